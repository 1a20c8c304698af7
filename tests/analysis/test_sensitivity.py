"""Sensitivity against functions whose indices are known, and against SALib where both apply."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

import sim
from sim.analysis.correlation_ratio import explained
from sim.analysis.design import points
from sim.analysis.given_data import importance, pawn
from sim.analysis.inputs import Factor, factors
from sim.analysis.one_at_a_time import tornado
from sim.analysis.perfect_information import estimate_evppi, evpi
from sim.analysis.screening import effects_of, elementary_effects, morris, morris_points
from sim.analysis.sobol_indices import Floats, Indices, indices_of, saltelli
from sim.analysis.value_of_information import evppi
from sim.analysis.variance_decomposition import sobol
from sim.errors import ExperimentError
from sim.language.terms import NUMBER, WHOLE, Type
from sim.statistics.estimates import Estimate
from sim.study.scenario import Scenario, load_scenario

#: The mean of `y` is 2 strong + weak + 6 lever × strong; `idle` does nothing, `noisy` only reshuffles.
MODEL = """\
model: toy
time: {horizon: 1}
levers:
  lever: {default: 0.0, range: [0.0, 1.0]}
  mode: {default: low, options: [low, middle, high]}
  whole: {default: 2, range: [0, 10], step: 5}
parameters:
  strong: {assume: 0.5, range: [0.0, 1.0]}
  weak: {assume: 0.5, range: [0.0, 1.0]}
  idle: {assume: 0.5, range: [0.0, 1.0]}
  noisy: {assume: 0.5, range: [0.0, 1.0]}
  fixed: {assume: 1.0}
state: {y: 0.0, late: 0.0}
events:
  end:
    at: 1
    do: |
      shock = normal(0, 1)
      other = normal(0, 1)
      y = 2 * strong + weak + 6 * lever * strong + (shock if noisy > 0.5 else other)
  rare: {rate: 0.3, do: late = 1}
outcomes:
  y: {final: y, goal: maximize}
  high: {final: y > 2 + 0.02 * whole, goal: maximize}
  first_late: {first: late > 0.5}
  steady: {final: fixed / 3}
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    path = tmp_path_factory.mktemp("toy") / "m.yaml"
    path.write_text(MODEL)
    return load_scenario(path)


def of_function(function: Callable[[Floats], Floats], size: int) -> Indices:
    """Sobol indices of a plain function on the unit cube."""
    a, b, crossed = saltelli(size, 4096, seed=1)
    return indices_of(function(a), function(b), np.array([function(x) for x in crossed]))


def ishigami(u: Floats) -> Floats:
    x = -math.pi + 2 * math.pi * u
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


ISHIGAMI_FIRST = [0.3139, 0.4424, 0.0]
ISHIGAMI_TOTAL = [0.5576, 0.4424, 0.2437]


def within(estimate: Estimate, value: float) -> bool:
    return estimate.low <= value <= estimate.high


def test_ishigami() -> None:
    found = of_function(ishigami, 3)
    for i in range(3):
        assert found.first[i].mean == pytest.approx(ISHIGAMI_FIRST[i], abs=0.02)
        assert found.total[i].mean == pytest.approx(ISHIGAMI_TOTAL[i], abs=0.02)
        assert within(found.first[i], ISHIGAMI_FIRST[i])
        assert within(found.total[i], ISHIGAMI_TOTAL[i])
    assert found.variance == pytest.approx(13.845, rel=0.02)


def test_g_function() -> None:
    a = np.array([0.0, 1.0, 4.5, 9.0, 99.0])
    parts = 1 / (3 * (1 + a) ** 2)
    variance = np.prod(1 + parts) - 1
    found = of_function(lambda u: ((np.abs(4 * u - 2) + a) / (1 + a)).prod(axis=1), 5)
    for i, part in enumerate(parts):
        assert found.first[i].mean == pytest.approx(part / variance, abs=0.02)
        rest = np.prod(1 + np.delete(parts, i))
        assert found.total[i].mean == pytest.approx(part * rest / variance, abs=0.02)


def test_sobol_equals_salib_without_chance() -> None:
    from SALib.analyze import sobol as salib

    a, b, crossed = saltelli(3, 256, seed=4)
    y = np.column_stack([ishigami(a), *(ishigami(x) for x in crossed), ishigami(b)]).ravel()
    problem = {"num_vars": 3, "names": list("abc"), "bounds": [[0, 1]] * 3}
    theirs = salib.analyze(problem, y, calc_second_order=False, seed=1)
    ours = indices_of(ishigami(a), ishigami(b), np.array([ishigami(x) for x in crossed]))
    assert [e.mean for e in ours.first] == pytest.approx(list(theirs["S1"]), abs=1e-5)
    assert [e.mean for e in ours.total] == pytest.approx(list(theirs["ST"]), abs=1e-9)


def noisy(u: Floats, seed: int, replications: int = 10) -> Floats:
    """Ishigami's function under chance as large as itself, other numbers at every point."""
    chance = np.random.default_rng(seed).normal(0, 10, (len(u), replications))
    return np.asarray(ishigami(u)[:, None] + chance)


def test_chance_is_taken_off() -> None:
    totals, dummies = [], []
    for seed in range(0, 200, 10):
        a, b, crossed = saltelli(3, 256, seed)
        blocks = np.array([noisy(x, seed + 3 + i) for i, x in enumerate([*crossed, a])])
        found = indices_of(noisy(a, seed + 1), noisy(b, seed + 2), blocks, resamples=200)
        totals.append([e.mean for e in found.total])
        dummies.append(within(found.total[-1], 0.0))
        assert 0.2 < found.chance < 0.6
    assert np.mean(totals, axis=0) == pytest.approx([*ISHIGAMI_TOTAL, 0.0], abs=0.08)
    assert sum(dummies) >= 18


def test_a_power_of_two_is_wanted() -> None:
    with pytest.raises(ExperimentError, match="no power of two"):
        saltelli(2, 100, seed=1)


def test_morris_equals_salib() -> None:
    from SALib.analyze import morris as salib

    unit = morris_points(4, 20, seed=2)
    y = unit @ np.array([1.0, 2.0, 0.0, -3.0]) + unit[:, 0] * unit[:, 3]
    problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0, 1]] * 4}
    theirs = salib.analyze(problem, unit, y)
    ours = effects_of(elementary_effects(unit, y))
    assert [e.mean for e in ours.size] == pytest.approx(list(theirs["mu_star"]))
    assert [e.mean for e in ours.mean] == pytest.approx(list(theirs["mu"]))
    assert list(ours.spread) == pytest.approx(list(theirs["sigma"]), abs=1e-9)
    assert ours.size[2].mean == 0.0


def test_effects_by_hand() -> None:
    """One input, two trajectories, two replications: effects 1 and 3, then -2 and -2."""
    unit = np.array([[0.0], [0.5], [1.0], [0.5]])
    values = np.array([[0.0, 0.0], [0.5, 1.5], [0.0, 1.0], [1.0, 2.0]])
    effects = elementary_effects(unit, values)
    assert effects.tolist() == [[[1.0, 3.0], [-2.0, -2.0]]]
    found = effects_of(effects)
    assert (found.mean[0].mean, found.size[0].mean) == pytest.approx((0.0, 2.0))
    assert found.spread[0] == pytest.approx(math.sqrt(8))
    # the mean size of a normal error around 0, with the two trajectories' standard errors averaged
    assert found.chance[0] == pytest.approx(math.sqrt(2) / 2 * math.sqrt(2 / math.pi / 2))
    one = effects_of(effects[:, :1, :1])
    assert math.isnan(one.spread[0]) and one.chance == (0.0,)


def test_too_large_a_screening_is_refused_before_it_is_made(
    toy: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("sim.analysis.screening.morris_points")
    inputs = factors(toy)
    with pytest.raises(ExperimentError, match="too-large"):
        morris(toy, "y", inputs, trajectories=10_000, replications=10_000)


def test_sobol_of_a_model(toy: Scenario) -> None:
    found = sobol(toy, "y", base_points=128, replications=20, seed=3)
    by_name = dict(zip(found.names, found.indices.total, strict=True))
    assert found.names[0] == "strong" and found.names[-1] == "dummy"
    assert by_name["strong"].mean == pytest.approx(0.8, abs=0.15)
    assert by_name["weak"].mean == pytest.approx(0.2, abs=0.1)
    assert by_name["idle"] == Estimate(0.0, 0.0, 0.0, 128)
    assert within(by_name["dummy"], 0.0) and within(by_name["noisy"], 0.0)
    seen = {row["input"] for row in found.table() if row["verdict"] == "seen"}
    assert seen == {"strong", "weak"}
    assert found.points == 128 * 7
    assert "includes 0" in " ".join(found.notes()) and "strong" in str(found)
    assert found.chart().to_dict()


@pytest.mark.filterwarnings("error")
def test_what_never_varies_has_no_indices(toy: Scenario) -> None:
    with pytest.raises(ExperimentError, match="'steady' does not vary"):
        sobol(toy, "steady", base_points=8, replications=3)


def test_screening_of_a_model(toy: Scenario) -> None:
    inputs = factors(toy, levers=True)
    assert [f.name for f in inputs] == ["lever", "mode", "whole", "strong", "weak", "idle", "noisy"]
    found = morris(toy, "y", inputs, trajectories=20, replications=40, seed=1)
    by_name = dict(zip(found.names, range(len(found.names)), strict=True))
    assert {"lever", "strong"} == set(found.names[:2])
    assert found.effects.mean[by_name["weak"]].mean == pytest.approx(1.0)
    for name in ("mode", "whole", "idle"):
        assert found.effects.size[by_name[name]].mean == 0.0
    assert not found.seen(by_name["noisy"]) and not found.seen(by_name["dummy"])
    assert found.effects.size[by_name["noisy"]].mean > 0.05  # chance alone has a size
    assert found.effects.chance[by_name["noisy"]] > 0.05
    assert "μ*" in " ".join(found.notes()) and "lever" in str(found)
    assert found.chart().to_dict()


def test_tornado(toy: Scenario) -> None:
    found = tornado(toy, "y", factors(toy, levers=True), replications=50, seed=1)
    assert found.bars[0][0].factor.name == "lever"
    rows = {(row["input"], row["value"]): row for row in found.table()}
    assert rows["lever", "1"]["difference"] == pytest.approx(3.0)
    assert rows["strong", "0"]["difference"] == pytest.approx(-1.0)
    assert rows["idle", "0"]["verdict"] == "identical"
    assert rows["noisy", "1"]["verdict"] == "no difference seen"
    assert {("mode", "middle"), ("mode", "high")} <= set(rows)
    assert "Noise band" in " ".join(found.notes()) and "lever" in str(found)
    assert found.chart().to_dict()["title"]["frame"] == "bounds"


def test_a_tornado_says_what_it_leaves_out(toy: Scenario) -> None:
    found = tornado(toy, "first_late", factors(toy, ["strong"]), replications=50)
    lost = 100 - sum(bar.difference.n for bar in found.bars[0])
    assert found.unpaired == lost > 0
    assert f"{lost} pairs of 100 without a value" in " ".join(found.notes())
    none = tornado(toy, "first_late", factors(toy, ["strong"]), replications=1, seed=2)
    assert "No difference has an interval" in " ".join(none.notes())


def test_a_tornado_of_a_share_judges_as_compare_does(toy: Scenario) -> None:
    """A few pairs that differ make a t interval too narrow."""
    found = tornado(toy, "high", factors(toy, ["whole"]), replications=200, seed=3)
    (bars,) = found.bars
    other = toy.with_settings({"whole": 10}, "other")
    compared = sim.compare(sim.run([toy, other], replications=200, futures=0, seed=3))
    rows = {r.scenario: r for r in compared.rows if r.outcome == "high"}
    bar = next(b for b in bars if b.value == 10.0)
    assert bar.difference == rows["other"].difference and bar.difference.low < bar.difference.mean
    assert bar.p_value == rows["other"].p_value and found.centre == rows["toy"].estimate


def test_missing_values_are_refused_with_their_place(toy: Scenario) -> None:
    with pytest.raises(ExperimentError) as error:
        sobol(toy, "first_late", base_points=4, replications=5)
    assert "'first_late' has no value in" in str(error.value)
    assert "of 140 replications" in str(error.value) and "strong=" in str(error.value)
    with pytest.raises(ExperimentError, match="no value in"):
        morris(toy, "first_late", trajectories=2, replications=5)


def test_points_share_their_random_numbers(toy: Scenario) -> None:
    matrix = np.array([[0.2, 2.0], [0.9, 2.0], [0.2, 0.0]])
    found = points(toy, ["strong", "mode"], matrix, 30, 5, outcomes=["y"], threads=2)
    one = sim.run(
        [toy.with_settings({"strong": 0.2, "mode": "high"})], replications=30, futures=0, seed=5
    )
    assert (found.outcome("y")[0] == one.outcome("y")[0, 0]).all()
    gap = found.outcome("y")[1] - found.outcome("y")[0]
    assert gap == pytest.approx(np.full(30, 1.4))
    slow = points(toy, ["strong", "mode"], matrix, 30, 5, outcomes=["y"], kernel="simpy")
    assert (slow.values == found.values).all()
    with pytest.raises(ExperimentError, match="leaves its range"):
        points(toy, ["mode"], np.array([[3.0]]))
    with pytest.raises(ExperimentError, match="did you mean 'strong'"):
        points(toy, ["strongg"], np.array([[3.0]]))


def test_factors(toy: Scenario) -> None:
    whole, mode = factors(toy, ["whole", "mode"])
    assert whole.levels(9) == [0.0, 5.0, 10.0] and mode.levels(2) == [0.0, 1.0, 2.0]
    assert whole.at(np.array([0.0, 0.5, 0.999])).tolist() == [0.0, 5.0, 10.0]
    assert mode.value(2.0) == "high" and whole.value(5.0) == 5
    with pytest.raises(ExperimentError, match="'fixed' has no range"):
        factors(toy, ["fixed"])


def lever(low: float, high: float, kind: Type = NUMBER, step: float = 0.0) -> Factor:
    return Factor("x", "", "", "lever", kind, low, low, high, step)


@pytest.mark.parametrize(
    ("factor", "count", "values"),
    [
        (lever(0, 1), 11, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]),
        (lever(0.3, 0.95), 11, [round(0.3 + 0.05 * i, 2) for i in range(14)]),
        (lever(5, 50, WHOLE), 11, list(range(5, 51, 5))),
        (lever(0, 180, WHOLE), 11, list(range(0, 181, 20))),
        (lever(0, 10, WHOLE), 5, [0, 2, 4, 6, 8, 10]),
        (lever(0, 3, WHOLE), 11, [0, 1, 2, 3]),
        (lever(0, 17, WHOLE), 5, [0, 5, 10, 15, 17]),  # a prime: the last part is shorter
        (lever(0, 1, NUMBER, 0.3), 11, [0, 0.3, 0.6, 0.9]),
        (lever(0, 3e-7), 4, [0, 1e-7, 2e-7, 3e-7]),
        (lever(1, 2), 2, [1, 2]),
    ],
)
def test_levels_are_evenly_apart(factor: Factor, count: int, values: list[float]) -> None:
    assert factor.levels(count) == values


@pytest.mark.parametrize(
    ("number", "word"),
    [(0.1234567, "0.1234567"), (0.3, "0.3"), (1234.5, "1234.5"), (12345.0, "12,345"), (2.0, "2")],
)
def test_the_word_of_a_value_is_the_value_that_was_run(number: float, word: str) -> None:
    assert lever(0, 1e6).word(number) == word
    assert lever(0, 1e6).value(number) == number


def test_importance_from_given_runs(toy: Scenario) -> None:
    ensemble = sim.run(
        sim.make_experiment(toy, futures=256, sampler="sobol", replications=20, seed=2)
    )
    found = importance(ensemble, "y")
    values = dict(zip(found.names, found.values, strict=True))
    assert found.names[:2] == ("strong", "weak") and found.names[-1] == "dummy"
    share = (1 - found.chance) * 0.8
    assert values["strong"].mean == pytest.approx(share, abs=0.1)
    assert {row["input"] for row in found.table() if row["verdict"] == "seen"} >= {"strong", "weak"}
    assert importance(ensemble, "y", measure="pawn").names[0] == "strong"
    assert found.notes() and "strong" in str(found)
    assert found.chart().to_dict()
    with pytest.raises(ExperimentError, match="has no value"):
        importance(ensemble, "first_late")
    with pytest.raises(ExperimentError, match=r"no parameter 'strng'\n.*did you mean 'strong'"):
        importance(ensemble, "y", only=["weak", "strng"])
    for measure in ("variance", "pawn"):
        with pytest.raises(ExperimentError, match="'steady' does not vary with these inputs"):
            importance(ensemble, "steady", measure=measure)  # type: ignore[arg-type]
    with pytest.raises(ExperimentError, match="at least 30 futures"):
        importance(sim.run(sim.make_experiment(toy, futures=8, replications=2)), "y")


def test_given_data_on_ishigami() -> None:
    u = np.random.default_rng(3).random((4000, 4))
    found = explained(u, ishigami(u))
    for estimate, value in zip(found, [*ISHIGAMI_FIRST, 0.0], strict=True):
        assert estimate.mean == pytest.approx(value, abs=0.04)
    from SALib.analyze import pawn as salib

    problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0, 1]] * 4}
    theirs = salib.analyze(problem, u, ishigami(u), S=10)["median"]
    assert pawn(u, ishigami(u)) == pytest.approx(np.asarray(theirs), abs=0.01)


def gain(mean: float, spread: float) -> float:
    """The closed form: what knowing X gains between 0 and X where X is normal."""
    z = mean / spread
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return mean * 0.5 * (1 + math.erf(z / math.sqrt(2))) + spread * density - max(mean, 0.0)


def test_evppi_of_two_policies_with_a_closed_form() -> None:
    found = []
    for seed in range(10):
        x = np.random.default_rng(seed).normal(size=(1000, 3))
        utility = np.array([np.zeros(1000), 0.3 + x[:, 0] + 0.5 * x[:, 1]])
        known = [estimate_evppi(utility, x[:, i], seed=seed)[0].mean for i in range(3)]
        found.append([*known, evpi(utility).mean])
    truth = [gain(0.3, 1.0), gain(0.3, 0.5), 0.0, gain(0.3, math.hypot(1.0, 0.5))]
    assert np.mean(found, axis=0) == pytest.approx(truth, abs=0.02)


def test_knowing_is_never_worth_less_than_nothing() -> None:
    """One choice is better by far: what chance makes of the rest is no loss."""
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        utility = np.array([rng.normal(0.0, 1.0, (60, 4)), rng.normal(0.02, 1.0, (60, 4))])
        estimates = (
            evpi(utility, seed=seed),
            estimate_evppi(utility.mean(axis=2), rng.random(60))[0],
        )
        assert all(e.low >= 0 and e.mean >= 0 and e.low <= e.mean <= e.high for e in estimates)
        found += [e.mean for e in estimates]
    assert min(found) == 0.0 and max(found) > 0.0


def test_worth_of_knowing(toy: Scenario) -> None:
    risky = toy.with_settings({"lever": 1.0}, "risky")
    plain = toy.with_settings({"weak": 1.0}, "plain")
    ensemble = sim.run(sim.make_experiment([plain, risky], futures=128, replications=10, seed=1))
    found = evppi(ensemble, "y")
    assert found.best == "risky" and found.names[0] == "strong"
    assert found.values[0].mean <= max(found.perfect.high, 0.01)
    assert found.notes() and "strong" in str(found)
    assert found.chart().to_dict() and found.table()[0]["parameter"] == "everything"
    with pytest.raises(ExperimentError, match="did you mean 'strong'"):
        evppi(ensemble, "y", only=["strng"])
    with pytest.raises(ExperimentError, match="no goal"):
        evppi(ensemble, "first_late")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "SALib.sample.morris", None)
    with pytest.raises(ExperimentError, match="pip install SALib"):
        morris_points(2, 4, seed=1)
