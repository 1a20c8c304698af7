"""Functions of a model and draws from samples: alike in all kernels, and none moves another's luck."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from toys import failure, model, program, scenario

import sim
from sim.errors import ModelError

PERT = (
    "low + (high - low) * beta(1 + 4 * (mode - low) / (high - low), "
    "1 + 4 * (high - mode) / (high - low))"
)
TEXT = f"""
parameters: {{pace: {{assume: 0.5}}}}
samples:
  times: {{values: [5, 1, 2, 2], why: measured}}
  odd: {{values: [9, 1.5, 2], weights: [3, 1, 0], why: measured}}
functions:
  twice: {{takes: [c, e], draw: 'pert(c, (c + e) / 2, e) + pert(c, c, e) / harmonic(c, e)'}}
  pert: {{takes: [low, mode, high], draw: '{PERT}'}}
  harmonic: {{takes: [x, y], value: 2 * x * y / (x + y)}}
  near: {{takes: [x], value: x > 3}}
  later: {{takes: [x], draw: x + empirical(odd)}}
state: {{x: {{initial: 'pert(1, 2, 4)'}}, n: 0, z: 0.0}}
events:
  tick:
    every: pert(0.1, 0.2, 0.4)
    do: |
      y = twice(uniform(1, 2), 3 + pace)
      x = harmonic(y, x) + harmonic(pace + 1, 2)
      z = empirical(times) + later(x)
      n += 1 if near(x) else 0
outcomes: {{x: {{final: x}}, n: {{final: n}}, z: {{mean: z}}}}
"""


def test_kernels_agree_to_the_last_bit() -> None:
    experiment = sim.make_experiment(scenario(TEXT), replications=40, seed=3)
    fast, slow = (sim.run(experiment, kernel=k) for k in ("compiled", "simpy"))
    assert np.array_equal(fast.values.view(np.int64), slow.values.view(np.int64))
    assert np.isfinite(fast.values).all() and len(np.unique(fast.outcome("z"))) == 40


def values(do: str, count: int = 20_000) -> np.ndarray:
    text = TEXT.replace("z: 0.0}", "z: 0.0, v: 0.0}").replace(
        "{mean: z}", "{mean: z}, v: {final: v}"
    )
    text = text.replace("events:\n", f"events:\n  once: {{at: 1, do: '{do}'}}\n")
    experiment = sim.make_experiment(scenario(text, horizon=1.01), replications=count)
    return sim.run(experiment).outcome("v").ravel()


def test_a_function_draws_what_it_says() -> None:
    found = values("v = pert(1, 2, 4)")
    assert stats.kstest(found, stats.beta(1 + 4 / 3, 1 + 8 / 3, 1, 3).cdf).statistic < 0.015


def test_an_argument_is_evaluated_once() -> None:
    text = TEXT.replace("near: {", "square: {takes: [x], value: x * x}\n  near: {")
    changed = text.replace("z = empirical", "q = square(uniform(-1, 1))\n      z = q + empirical")
    found = program(changed).source
    assert found.count("uniform01") == program(TEXT).source.count("uniform01") + 1


def test_empirical_draws_each_value_alike_or_by_weight() -> None:
    found = values("v = empirical(times)")
    assert {x: round((found == x).mean(), 2) for x in set(found)} == pytest.approx(
        {1.0: 0.25, 2.0: 0.5, 5.0: 0.25}, abs=0.015
    )
    found = values("v = later(0)")
    assert set(found) == {1.5, 9.0} and (found == 9).mean() == pytest.approx(0.75, abs=0.015)


def test_a_whole_sample_is_whole_and_a_function_keeps_whole_numbers() -> None:
    text = """
samples: {seen: {values: [1, 2], why: w}}
functions: {half: {takes: [x], value: x / 2}, two: {takes: [x], value: 2 * x}}
state: {n: 0}
events: {go: {at: 1, do: n = empirical(seen) + two(n)}}
"""
    assert model(text)
    with pytest.raises(ModelError, match="expected a whole number, but this can have a fraction"):
        model(text.replace("two(n)", "half(n)"))


def test_a_function_leaves_other_draws_alone() -> None:
    """What is added is named by the place of its call, so other draws keep their numbers."""
    before = sim.trace(scenario(TEXT), seed=5)
    more = TEXT.replace(
        "near: {", "noise: {takes: [s], draw: 'normal(0, s) + normal(0, s)'}\n  near: {"
    )
    more = more.replace("z: 0.0}", "z: 0.0, w: 0.0}")
    more = more.replace("      z = empirical", "      w = noise(1) + w\n      z = empirical")
    after = sim.trace(scenario(more), seed=5)
    assert [(o.event, o.time) for o in before.occurrences] == [
        (o.event, o.time) for o in after.occurrences
    ]
    for name in ("x", "n", "z"):
        assert before.outcomes[name] == after.outcomes[name]


def test_draws_of_a_call_count_on_from_those_of_its_arguments() -> None:
    head = "functions: {f: {takes: [x], draw: x + exponential(1)}}\nstate: {v: 0.0}\n"
    texts = ("f(uniform(0, 1))", "uniform(0, 1) + exponential(1)")
    a, b = (
        program(head + f"events: {{e: {{at: 1, do: 'v = {x} + exponential(1)'}}}}") for x in texts
    )
    sites = [sorted(w for w in p.source.split() if w.startswith("0x")) for p in (a, b)]
    assert sites[0] == sites[1] and len(sites[0]) == 3


def test_an_error_points_into_the_function_and_tells_where_it_is_called() -> None:
    text = TEXT.replace("z = empirical", "x = harmonic(n, 0 - n)\n      z = empirical")
    found = failure(text).diagnostic
    assert found.message.startswith("division by zero: ")
    assert found.span is not None and found.span.line == 11
    assert "'harmonic' is called in model.yaml, line 21, column 11" in found.help


def test_a_nested_call_tells_the_whole_way() -> None:
    text = TEXT.replace("z = empirical", "x = twice(1 - n, n - 1)\n      z = empirical")
    found = failure(text).diagnostic
    assert "'harmonic' is called in model.yaml, line 9" in found.help
    assert "'twice' is called in model.yaml, line 21" in found.help


def test_a_model_without_functions_has_none_in_its_source() -> None:
    assert "__" not in program("state: {x: 0.0}\nevents: {e: {at: 1, do: x += 1}}").source.replace(
        "x__initial", ""
    )


def test_a_sample_is_read_from_a_column(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "x.csv").write_text("clerk,minutes\nA,3\nB,4.5\n")
    text = (
        "model: toy\ntime: {horizon: 10}\n"
        "samples: {service: {file: seeds/x.csv, column: minutes, source: our log}}\n"
        "state: {v: 0.0}\nevents: {go: {every: 1, do: v += empirical(service)}}\n"
        "outcomes: {v: {final: v}}\n"
    )
    (tmp_path / "model.yaml").write_text(text)
    made = sim.load_scenario(tmp_path / "model.yaml")
    assert made.model.samples["service"].sample.values == (3.0, 4.5)
    (line,) = sim.analysis.evidence_of(made.model).chance
    assert line == "'service' has 2 observed values from seeds/x.csv, column minutes: our log."
    assert set(sim.run(sim.make_experiment(made, replications=50)).outcome("v").ravel()) <= {
        3.0 * i + 4.5 * (10 - i) for i in range(11)
    }


def test_what_the_reference_shows_runs(tmp_path: Path) -> None:
    page = Path(sim.__file__).parent.parent / "docs" / "reference" / "language.md"
    parts = page.read_text(encoding="utf-8").split("```yaml\n")
    shown = [p.split("```")[0] for p in parts if p.startswith(("functions:\n", "samples:\n"))]
    assert len(shown) == 2
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "arrivals.csv").write_text("minutes\n1.5\n3\n")
    text = "model: toy\ntime: {horizon: 10}\n" + "".join(shown) + (
        "state: {v: 0.0}\nevents:\n  go:\n    every: empirical(arrivals)\n"
        "    do: v += harmonic(pert(1, 2, 4), empirical(service_times))\noutcomes: {v: {final: v}}\n"
    )  # fmt: skip
    (tmp_path / "model.yaml").write_text(text)
    experiment = sim.make_experiment(sim.load_scenario(tmp_path / "model.yaml"), replications=20)
    assert np.isfinite(sim.run(experiment).values).all()
