"""Outcomes of outcomes, integrals and standard deviations over time: exact values, equal kernels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from toys import model, scenario

import sim
from sim.engine.codegen.program import Program, generate, narrowed
from sim.engine.compiled import kernel_for
from sim.engine.protocol import Block
from sim.engine.simpy_kernel import SimpyKernel
from sim.errors import ModelError, RunError
from sim.execution.possible import first_impossible
from sim.study.experiment import make_experiment


def blocks(made: sim.Scenario, count: int = 4) -> tuple[Program, Block]:
    """Run some replications in both kernels, which must agree in every bit."""
    program = generate(made.model)
    row = make_experiment(made, futures=0).row(0, 0)
    given: dict[str, Any] = {"seed": 5, "future": 0, "first": 0, "count": count}
    one, other = (kernel(program).run(row, **given) for kernel in (SimpyKernel, kernel_for))
    assert np.array_equal(one.outcomes, other.outcomes, equal_nan=True)
    assert np.array_equal(one.status, other.status)
    assert not first_impossible(program, one.outcomes, one.status, one.events)
    return program, other


def outcomes(text: str, horizon: float = 10, **settings: Any) -> dict[str, float]:
    """The outcomes of one replication."""
    program, block = blocks(scenario(text, horizon, **settings), 1)
    assert block.status[0] == 0
    return dict(zip(program.model.outcomes, block.outcomes[0].tolist(), strict=True))


SAW = "state: {x: 0}\nevents: {step: {every: 1, do: 'x = 0 if x == 3 else x + 1'}}\n"


@pytest.mark.parametrize("time", ["horizon: 8", "horizon: 12, warmup: 4", "horizon: 12, warmup: 8"])
def test_a_saw_tooth(time: str) -> None:
    found = outcomes(
        f"time: {{{time}}}\n{SAW}"
        "outcomes: {area: {integral: x}, level: {mean: x}, spread: {sd: x}, up: {integral: x > 1}}"
    )
    length = 4 if "warmup: 8" in time else 8
    assert found["area"] == 1.5 * length
    assert found["up"] == length / 2
    assert found["spread"] == pytest.approx(math.sqrt(1.25), rel=1e-14)


def test_statistics_end_with_the_run() -> None:
    found = outcomes(
        f"time: {{horizon: 99, warmup: 1, stop: 'count(step) == 5'}}\n{SAW}"
        "outcomes: {area: {integral: x}, spread: {sd: x}, length: {of: now - 1}, set: {of: horizon}}"
    )  # 1, 2, 3, 0 for a unit of time each
    assert found["area"] == 6
    assert found["spread"] == pytest.approx(math.sqrt(1.25), rel=1e-14)
    assert (found["length"], found["set"]) == (4, 99)


def test_a_run_that_stops_before_the_warm_up() -> None:
    found = outcomes(
        f"time: {{horizon: 9, warmup: 5, stop: 'count(step) == 2'}}\n{SAW}"
        "outcomes: {area: {integral: x}, spread: {sd: x}, both: {of: area + spread}}"
    )
    assert found == {"area": 0, "spread": 0, "both": 0}


def test_a_small_deviation_from_a_large_value() -> None:
    """Where a mean of squares less the square of the mean has lost every digit."""
    found = outcomes(
        "state: {x: 0}\nevents: {step: {every: 1, do: 'x = 1 - x'}}\n"
        "outcomes: {spread: {sd: 1e9 + x}, none: {sd: 1e9 + 0 * x}}"
    )
    assert found["spread"] == pytest.approx(0.5, rel=1e-9)
    assert found["none"] == 0


def test_the_number_in_a_queue_over_a_long_run() -> None:
    """M/M/1 at rho = 1/2: the mean is 1, the variance rho / (1 - rho)² = 2, and Little's law holds."""
    made = scenario(
        "time: {horizon: 20000, warmup: 200}\n"
        "state: {n: 0}\n"
        "events: {come: {rate: 1, do: n += 1}, go: {rate: '2 if n > 0 else 0', do: n -= 1}}\n"
        "outcomes:\n  area: {integral: n}\n  spread: {sd: n}\n  gone: {count: go}\n"
        "  level: {of: area / (horizon - 200)}\n  stay: {of: area / gone}\n"
    )
    found = sim.run(made, replications=40, seed=2).values[0, 0]
    mean, error = found.mean(axis=0), found.std(axis=0, ddof=1) / math.sqrt(len(found))
    for place, value in {1: math.sqrt(2), 3: 1.0, 4: 1.0}.items():
        assert abs(mean[place] - value) < 4.5 * error[place] + 1e-3
        assert error[place] < 0.02


def test_a_chain_in_any_order() -> None:
    found = outcomes(
        "levers: {price: {default: 2.0, range: [0, 9]}}\nparameters: {tax: {assume: 0.5}}\n" + SAW +
        "outcomes:\n  d: {of: c * c}\n  c: {of: b + a * tax}\n  b: {of: a * price}\n"
        "  a: {integral: x}\n  cheap: {of: b < 5 or not big}\n  big: {of: d > 100}\n",
        8, price=3.0,
    )  # fmt: skip
    assert found == {"d": 1764, "c": 42, "b": 36, "a": 12, "cheap": 0, "big": 1}


def test_its_values_are_truths_where_it_is_one() -> None:
    made = model("state: {x: 1.0}\noutcomes: {a: {mean: x}, good: {of: a > 0}, n: {of: 2 * a}}")
    assert made.outcomes["good"].share
    assert not made.outcomes["n"].share


MISSING = """
state: {x: 0}
events: {never: {at: 99}, soon: {at: 2, do: x = 1}}
outcomes:
  day: {first: never}
  came: {ever: never}
  other: {first: soon}
  late: {of: day + 1}
  very: {of: late > 4}
  sum: {of: other + 1 / (late - 3)}
  censored: {of: day if came else horizon}
  either: {of: came and day < 5}
"""


def test_a_missing_value_makes_missing_what_reads_it() -> None:
    found = outcomes(MISSING)
    missing = {name for name, value in found.items() if value != value}
    assert missing == {"day", "late", "very", "sum"}
    assert (found["censored"], found["either"]) == (10, 0)
    later = outcomes(MISSING, 100)
    assert (later["late"], later["very"], later["censored"]) == (100, 1, 99)


def test_a_division_by_zero_fails_the_replication() -> None:
    made = scenario("state: {x: 0}\noutcomes: {n: {final: x}, ratio: {of: 5 / n}}")
    _, block = blocks(made, 2)
    assert (block.status > 0).all()
    with pytest.raises(RunError, match="division by zero: 5 / 0") as caught:
        sim.trace(made)
    assert caught.value.diagnostic.span is not None


def test_an_integral_that_is_too_large_fails() -> None:
    made = scenario("state: {x: 9.0e99}\noutcomes: {area: {integral: x}}", 1000)
    _, block = blocks(made, 1)
    assert block.status[0] > 0


def test_an_outcome_more_changes_no_draw() -> None:
    text = (
        "state: {n: 0}\nevents:\n  come: {rate: 1, do: n += poisson(2)}\n"
        "  go: {every: exponential(1), do: n -= 1}\n"
        "outcomes:\n  a: {mean: n}\n"
    )
    more = "  z: {sd: n}\n  y: {integral: n}\n  x: {of: a + y / horizon}\n"
    plain = blocks(scenario(text), 20)[1]
    grown = blocks(scenario(text + more), 20)[1]
    assert np.array_equal(plain.outcomes[:, 0], grown.outcomes[:, 0])
    assert np.array_equal(plain.events, grown.events)


def test_narrowed_keeps_what_is_read_and_hides_it() -> None:
    made = scenario(MISSING + "  spread: {sd: x}\n", 100)
    whole = blocks(made)[1]
    less = narrowed(made.model, ["very", "censored"])
    assert tuple(less.outcomes) == ("very", "censored")
    assert set(less.hidden) == {"day", "late", "came"}
    program = generate(less)
    assert "spread" not in program.source
    row = make_experiment(made, futures=0).row(0, 0)
    for kernel in (SimpyKernel, kernel_for):
        found = kernel(program).run(row, seed=5, future=0, first=0, count=4)
        columns = [list(made.model.outcomes).index(name) for name in less.outcomes]
        assert np.array_equal(found.outcomes, whole.outcomes[:, columns], equal_nan=True)


def test_horizon_is_read_everywhere() -> None:
    found = outcomes(
        "parameters: {k: {assume: 2.0}}\n"
        "state: {x: {initial: horizon / 4}, hit: 0, late: false}\n"
        "derived: {part: x / horizon}\n"
        "events:\n"
        "  one: {at: horizon / 2, do: 'x = horizon - now'}\n"
        "  two: {every: horizon / 4, if: now < horizon, do: hit += 1}\n"
        "  three: {rate: 5 / horizon * k}\n"
        "  four: {when: part >= 4 / horizon, do: late = true}\n"
        "outcomes: {p: {max: part}, h: {final: hit}, l: {final: late}, o: {of: horizon}}",
        8,
    )
    assert found == {"p": 0.5, "h": 3, "l": 1, "o": 8}


def test_horizon_follows_the_setting() -> None:
    text = "model: m\ntime: {horizon: %d}\noutcomes: {h: {of: horizon}, f: {final: horizon}}"
    for length in (8, 12):
        made = sim.parse_scenario(text % length, "m.yaml")
        assert blocks(made, 1)[1].outcomes.tolist() == [[length, length]]


def test_a_name_horizon_of_the_model_s_own_goes_on() -> None:
    lever = "levers: {horizon: {default: 3.0, range: [0, 9]}}\noutcomes: {h: {of: horizon}}"
    assert outcomes(lever) == {"h": 3}
    local = 'events: {one: {at: 1, do: "horizon = 2\\nx = horizon"}}\noutcomes: {h: {final: x}}'
    assert outcomes("state: {x: 0.0}\n" + local) == {"h": 2}
    state = "state: {horizon: 5}\noutcomes: {h: {mean: horizon}, o: {of: h}}"
    assert outcomes(state)["o"] == 5


def test_a_circle_is_one_error() -> None:
    with pytest.raises(ModelError) as caught:
        model("outcomes: {a: {of: b + 1}, b: {of: c}, c: {of: a}, d: {of: a}}")
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("outcome-cycle", "'a' depends on itself: a → b → c → a")
