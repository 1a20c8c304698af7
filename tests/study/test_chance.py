"""Shapes of assumptions, and assumptions that depend on each other: against theory."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from toys import model, scenario

import sim
from sim.analysis import morris, sobol, tornado
from sim.analysis.inputs import factors
from sim.errors import ExperimentError
from sim.model.types import Parameter
from sim.study.futures import Sampler, blocks, sample
from sim.study.laws import quantile, shaped

PLACES = (np.arange(20_000) + 0.5) / 20_000


def parameter(entry: str) -> Parameter:
    return model(f"parameters: {{p: {entry}}}\nstate: {{x: 0.0}}").parameters["p"]


def test_a_range_of_a_normal_shape_has_its_5th_and_95th_percentile() -> None:
    p = parameter("{assume: 4, range: [2, 6], shape: normal}")
    x = shaped(p, PLACES)
    assert np.quantile(x, [0.05, 0.5, 0.95]) == pytest.approx([2, 4, 6], abs=0.002)
    sd = 2 / stats.norm.ppf(0.95)
    assert (p.low, p.high) == pytest.approx((4 - 4 * sd, 4 + 4 * sd))
    assert x.std() == pytest.approx(sd, rel=2e-3) and p.low <= x.min() <= x.max() <= p.high


def test_bounds_cut_a_normal_shape_off() -> None:
    p = parameter("{assume: 0.9, range: [0.6, 0.99], bounds: [0, 1], shape: normal}")
    mean, sd = 0.795, 0.195 / stats.norm.ppf(0.95)
    law = stats.truncnorm((0 - mean) / sd, (1 - mean) / sd, mean, sd)
    x = shaped(p, np.array([0.0, *PLACES, 1.0]))
    assert x.min() >= 0 and x.max() <= 1
    inner = PLACES[250::500]
    assert shaped(p, inner) == pytest.approx(law.ppf(inner), abs=1e-3)


def test_a_lognormal_shape() -> None:
    p = parameter("{assume: 4, range: [1, 20], shape: lognormal}")
    law = stats.lognorm(math.log(20) / 2 / stats.norm.ppf(0.95), scale=20**0.5)
    inner = PLACES[250::500]
    assert shaped(p, inner) == pytest.approx(law.ppf(inner), rel=3e-3)
    assert shaped(p, np.array([0.05, 0.95])) == pytest.approx([1, 20], rel=1e-3)


@pytest.mark.parametrize("mode", [1, 2, 5, 9])
def test_pert_is_a_beta_around_its_value(mode: float) -> None:
    p = parameter(f"{{assume: {mode}, range: [1, 9], shape: pert}}")
    x = shaped(p, PLACES)
    assert x.mean() == pytest.approx((1 + 4 * mode + 9) / 6, rel=1e-4)
    law = stats.beta(1 + (mode - 1) / 2, 1 + (9 - mode) / 2, 1, 8)
    assert x[::500] == pytest.approx(law.ppf(PLACES[::500]), rel=1e-9)


def test_weights_say_how_often_a_value_comes() -> None:
    p = parameter("{assume: 0.1, shape: discrete, weights: {0.5: 1, 0.1: 2, 0.3: 0}}")
    x = shaped(p, PLACES)
    assert (p.low, p.high) == (0.1, 0.5) and sorted(set(x)) == [0.1, 0.5]
    assert (x == 0.1).mean() == pytest.approx(2 / 3, abs=1e-3) and (np.diff(x) >= 0).all()


@pytest.mark.parametrize(
    "entry",
    ["{assume: low, options: [high, low], weights: {low: 1, high: 3}}",
     "{assume: true, weights: {true: 1, false: 3}}"],
)  # fmt: skip
def test_words_and_truth_values_have_weights(entry: str) -> None:
    assert shaped(parameter(entry), PLACES).mean() == pytest.approx(0.25)


def test_a_word_without_a_chance_is_not_sampled() -> None:
    entry = "{assume: a, options: [a, b, c], weights: {a: 1, b: 0, c: 1}}"
    assert set(shaped(parameter(entry), PLACES)) == {0.0, 2.0}
    alone = "{assume: a, options: [a, b], weights: {a: 1, b: 0}}"
    assert not parameter(alone).uncertain


@pytest.mark.parametrize("shape", ["normal", "lognormal", "pert"])
def test_a_whole_parameter_keeps_its_shape(shape: str) -> None:
    p = parameter(f"{{assume: 4, range: [2, 30], whole: true, shape: {shape}}}")
    x = shaped(p, np.array([0.0, *PLACES, 1.0]))
    assert (x == np.round(x)).all() and p.low <= x.min() and x.max() <= p.high
    plain = parameter(f"{{assume: 4, range: [2, 30], shape: {shape}}}")
    assert x.mean() == pytest.approx(shaped(plain, PLACES).mean(), rel=0.02)


@pytest.mark.parametrize("shape", ["normal", "lognormal", "pert", "triangular", "loguniform"])
def test_a_quantile_leads_back_to_its_place(shape: str) -> None:
    p = parameter(f"{{assume: 4, range: [2, 30], shape: {shape}}}")
    assert quantile(p, shaped(p, PLACES[::500])) == pytest.approx(PLACES[::500], abs=1e-9)


LINKED = """
parameters:
  a: {assume: 4, range: [2, 6]}
  b: {assume: 0.5, range: [0.2, 0.95], bounds: [0, 1], shape: normal}
  alone: {assume: 4, range: [2, 6]}
  c: {assume: 4, range: [1, 20], shape: lognormal}
  d: {assume: 0.1, range: [0, 1], shape: pert}
state: {x: 0.0}
events: {go: {at: 1, do: "x = a + b + c + d + alone + normal(0, 0.1)"}}
outcomes: {x: {final: x}}
"""
RANKS = "correlations:\n  - {of: [a, b, c], rank: 0.6}\n  - {of: [c, d], rank: -0.5}\n"


def many(of: sim.model.Model, n: int, sampler: Sampler) -> np.ndarray:
    return np.concatenate([sample(of, n, sampler, seed)[1] for seed in range(12_000 // n)])


@pytest.mark.parametrize("sampler", ["latin_hypercube", "sobol", "random"])
@pytest.mark.parametrize("n", [16, 200, 3000])
def test_ranks_correlate_as_said(sampler: Sampler, n: int) -> None:
    found = stats.spearmanr(many(model(LINKED + RANKS), n, sampler)).statistic
    wanted = np.eye(5)
    for i, j, rank in ((0, 1, 0.6), (0, 3, 0.6), (1, 3, 0.6), (3, 4, -0.5)):
        wanted[i, j] = wanted[j, i] = rank
    assert abs(found - wanted).max() < 0.035


def test_a_correlation_leaves_shapes_strata_and_others_alone() -> None:
    free, linked = model(LINKED), model(LINKED + RANKS)
    for n in (60, 200, 1000):
        names, plain = sample(free, n, "latin_hypercube", 7)
        _, found = sample(linked, n, "latin_hypercube", 7)
        assert (plain[:, 2] == found[:, 2]).all()
        first = 0
        for block in np.array_split(found, blocks("latin_hypercube", n)):
            for i, name in enumerate(names):
                places = quantile(linked.parameters[name], block[:, i])
                assert sorted(np.floor(places * len(block))) == list(range(len(block)))
            first += len(block)


SHARES = """
parameters:
  rail: {assume: 0.5, range: [0, 1]}
  road: {assume: 0.3, range: [0.2, 0.4]}
  free: {assume: 1, range: [0, 1]}
  ship: {assume: 0.2, range: [0, 1]}
shares: [{of: [rail, road, ship]}]
state: {x: 0.0}
events: {go: {at: 1, do: x = rail + free}}
outcomes: {x: {final: x}, whole: {final: rail + road + ship}}
"""


@pytest.mark.parametrize("sampler", ["latin_hypercube", "sobol", "random"])
def test_shares_add_up_and_are_even(sampler: Sampler) -> None:
    x = many(model(SHARES), 400, sampler)
    rail, road, ship = x[:, 0], x[:, 1], x[:, 3]
    assert (rail + road + ship == 1.0).all()
    assert road.min() >= 0.2 and road.max() <= 0.4 and rail.min() >= 0 and ship.min() >= 0
    # Even over rail + ship = 1 - road: the density of road falls as the length 1 - road.
    assert road.mean() == pytest.approx((0.06 - 0.056 / 3) / (0.2 - 0.06), abs=2e-3)
    assert stats.kstest(rail / (1 - road), "uniform").statistic < 0.02


def test_three_free_shares_are_a_dirichlet() -> None:
    text = SHARES.replace("[0.2, 0.4]", "[0, 1]")
    x = many(model(text), 400, "latin_hypercube")[:, [0, 1, 3]]
    assert all(stats.kstest(column, stats.beta(1, 2).cdf).statistic < 0.015 for column in x.T)


def test_shares_are_set_together() -> None:
    base = scenario(SHARES)
    with pytest.raises(ExperimentError, match=r"shares add up to 1.1, not to 1: rail=0.6"):
        base.with_settings({"rail": 0.6})
    assert base.with_settings({"rail": 0.6, "ship": 0.1}).values()["rail"] == 0.6


def test_a_scenario_that_sets_shares_has_none_of_the_futures() -> None:
    base = scenario(SHARES)
    set_ = base.with_settings({"rail": 0.6, "ship": 0.1}, "set")
    experiment = sim.make_experiment([base, set_], futures=8)
    assert experiment.follows(0) == {"rail", "road", "ship", "free"}
    assert experiment.follows(1) == {"free"}


def test_shares_give_way_in_a_tornado() -> None:
    found = tornado(scenario(SHARES), "whole")
    assert {bar.factor.name for bars in found.bars for bar in bars} >= {"rail", "road", "ship"}
    assert all(abs(bar.difference.mean) < 1e-12 for bars in found.bars for bar in bars)
    moved = {
        (bar.factor.name, bar.factor.word(bar.value)): bar.difference.mean
        for bars in tornado(scenario(SHARES), "x").bars
        for bar in bars
    }
    assert moved["rail", "0.8"] == pytest.approx(0.3)  # the others keep at least 0.2
    assert moved["ship", "0"] == pytest.approx(0.2 * 0.5 / 0.6)  # rail has 0.5 of 0.6 of room


def test_first_order_indices_of_correlated_inputs_follow_theory() -> None:
    text = """
parameters:
  a: {assume: 0, range: [-1.6448536269514722, 1.6448536269514722], shape: normal}
  b: {assume: 0, range: [-1.6448536269514722, 1.6448536269514722], shape: normal}
correlations: [{of: [a, b], rank: 0.5}]
state: {x: 0.0}
events: {go: {at: 1, do: x = a + b}}
outcomes: {x: {final: x}}
"""
    found = sobol(scenario(text), "x", base_points=1024, replications=1)
    r = 2 * math.sin(math.pi / 12)
    of = dict(zip((f.name for f in found.factors), found.indices.first, strict=False))
    assert of["a"].mean == pytest.approx((1 + r) ** 2 / (2 + 2 * r), abs=0.02)
    assert of["b"].mean == pytest.approx((1 - r**2) / (2 + 2 * r), abs=0.02)
    assert "Correlated inputs" in " ".join(found.notes())


def test_screening_moves_a_normal_input_through_its_range() -> None:
    text = LINKED.replace("a + b + c + d + alone + normal(0, 0.1)", "10 * b")
    found = morris(scenario(text), "x", replications=2)
    place = [f.name for f in found.factors].index("b")
    low, high = (f.low for f in found.factors if f.name == "b"), 0.95
    assert next(low) == 0.2 and found.effects.size[place].mean == pytest.approx(7.5, rel=0.25)
    assert high == next(f.high for f in factors(scenario(text)) if f.name == "b")


def test_a_discrete_input_is_screened_value_by_value() -> None:
    text = """
parameters:
  a: {assume: 0, weights: {0: 8, 1: 1, 2: 1}}
  b: {assume: 0, range: [0, 1]}
state: {x: 0.0}
events: {go: {at: 1, do: x = a + b}}
outcomes: {x: {final: x}}
"""
    found = morris(scenario(text), "x", replications=2)
    sizes = dict(zip((f.name for f in found.factors), found.effects.size, strict=False))
    assert sizes["a"].mean == pytest.approx(2) and sizes["b"].mean == pytest.approx(1)


def test_an_overlay_replaces_correlations(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text("model: toy\ntime: {horizon: 10}\n" + LINKED + RANKS)
    text = "scenario: s\nof: model.yaml\ncorrelations: [{of: [a, alone], rank: 0.3}]\n"
    (tmp_path / "s.yaml").write_text(text)
    (one,) = sim.load_scenario(tmp_path / "s.yaml").model.correlations
    assert (one.of, one.rank) == (("a", "alone"), 0.3)


def test_evidence_tells_shapes_and_dependence() -> None:
    found = sim.analysis.evidence_of(model(LINKED + RANKS))
    told = str(found)
    assert "0.2 to 0.95 in 90 of 100 futures (normal, 0 to 1)" in told
    assert "Futures correlate a, b and c by rank, 0.6." in told


def block(page: str, title: str) -> str:
    """The YAML below a title of a page."""
    text = (Path(sim.__file__).parent.parent / "docs" / page).read_text(encoding="utf-8")
    return text.split(f"## {title}\n")[1].split("```yaml\n")[1].split("```")[0]


@pytest.mark.parametrize("title", ["Shapes", "Assumptions that depend on each other"])
def test_what_the_page_on_uncertainty_shows_can_be_sampled(title: str) -> None:
    shown = block("explanation/xlrm.md", title)
    made = model(shown + "state: {x: 0.0}\n")
    names, futures = sample(made, 40, "latin_hypercube", 1)
    assert names == tuple(made.parameters) and len(names) >= 5 and np.isfinite(futures).all()
