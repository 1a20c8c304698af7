"""Words and whole numbers as inputs: in futures, and in every method that moves or reads them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.analysis.correlation_ratio import explained
from sim.analysis.discovery import discover
from sim.analysis.ema_workbench import ema_model
from sim.analysis.evidence import evidence_of
from sim.analysis.given_data import importance, pawn
from sim.analysis.inputs import factors
from sim.analysis.one_at_a_time import tornado
from sim.analysis.perfect_information import estimate_evppi
from sim.analysis.screening import morris
from sim.analysis.value_of_information import evppi
from sim.analysis.variance_decomposition import sobol
from sim.errors import ExperimentError
from sim.study.experiment import Target
from tests import toys

#: Over its options, `kind` has the variance 2 / 3, `side` 1 / 4 and `amount` 3 / 4; `kind` is bad when green.
TEXT = """
levers: {bold: {default: 'no', options: ['no', 'yes']}}
parameters:
  kind: {assume: red, options: [red, green, blue], why: Judged.}
  side: {assume: left, options: [left, right], why: Judged.}
  crew: {assume: 4, range: [1, 4], whole: true, why: Judged.}
  amount: {assume: 0.5, range: [0.0, 3.0], why: Judged.}
  sure: {assume: true, why: Judged.}
  only: {assume: here, options: [here], why: Judged.}
state: {y: 0.0}
events:
  end:
    at: 1
    do: |
      y = (2 if kind == 'green' else 1 if kind == 'blue' else 0)
      y += (1 if side == 'right' else 0) + amount
      y += (3 if bold == 'yes' and kind == 'green' else 0)
outcomes: {y: {final: y, goal: minimize}, hands: {final: crew, goal: minimize}}
"""


@pytest.fixture(scope="module")
def scenario() -> sim.Scenario:
    return toys.scenario(TEXT)


def run(scenario: sim.Scenario, futures: int) -> sim.Ensemble:
    return sim.run(
        sim.make_experiment(scenario, futures=futures, replications=2), kernel="simpy", cache=False
    )


def test_what_is_assumed_among_options_is_uncertain(scenario: sim.Scenario) -> None:
    known = scenario.model.parameters
    assert [n for n, p in known.items() if p.uncertain] == ["kind", "side", "crew", "amount"]


def test_a_fact_in_words_is_certain(tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(
        "facts: k\nentries:\n  k: {value: red, source: S, status: verified, vintage: ex_ante}\n"
    )
    (tmp_path / "model.yaml").write_text(
        "model: m\nfacts: [facts.yaml]\ntime: {horizon: 1}\n"
        "parameters: {kind: {fact: k, options: [red, green]}}\n"
        "outcomes: {y: {final: 1}}\n"
    )
    (tmp_path / "blue.yaml").write_text(
        "scenario: green\nof: model.yaml\nparameters: {kind: {assume: green, why: What if.}}\n"
    )
    for name in ("model", "blue"):
        kind = sim.load_scenario(tmp_path / f"{name}.yaml").model.parameters["kind"]
        assert not kind.uncertain and kind.value == {"model": "red", "blue": "green"}[name]


def test_every_option_and_every_whole_number_is_equally_likely(scenario: sim.Scenario) -> None:
    found = sim.make_experiment(scenario, futures=240, seed=3)
    assert Counter(found.sampled("kind")) == {"red": 80, "green": 80, "blue": 80}
    with pytest.raises(ExperimentError, match="did you mean 'kind'"):
        found.sampled("knd")
    assert Counter(found.sampled("side")) == {"left": 120, "right": 120}
    assert Counter(found.sampled("crew").tolist()) == {1.0: 60, 2.0: 60, 3.0: 60, 4.0: 60}


def test_futures_in_words(scenario: sim.Scenario) -> None:
    ensemble = run(scenario, 60)
    frame = ensemble.to_pandas()
    green = frame["y"][frame["kind"] == "green"] - frame["amount"][frame["kind"] == "green"]
    assert len(green) == 40 and green.round(9).between(2, 3).all()
    pytest.importorskip("xarray")
    assert set(ensemble.to_xarray()["kind"].values) == {"red", "green", "blue"}


def test_a_scenario_holds_its_own_options(scenario: sim.Scenario) -> None:
    """A future's word means nothing to a scenario that lists other words."""
    text = TEXT.replace("options: [red, green, blue]", "options: [blue, red, green]")
    other = toys.scenario(text)
    plan = sim.make_experiment([scenario, replace(other, name="other")], futures=60, replications=1)
    frame = sim.run(plan, kernel="simpy", cache=False).to_pandas()
    rest = frame["y"] - frame["amount"] - (frame["side"] == "right")
    assert rest["other"].round(9).tolist() == [0.0] * 60
    assert sorted(rest["toy"].round(9)) == [0.0] * 20 + [1.0] * 20 + [2.0] * 20


def test_a_shape_needs_numbers() -> None:
    text = "parameters: {k: {assume: a, options: [a, b], shape: triangular}}\noutcomes: {y: {final: 1}}"
    [fault] = toys.faults(text)
    assert fault.code == "conflicting-keys" and "'shape'" in fault.message


@pytest.mark.parametrize("trajectories", [2, 5, 20])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_morris_is_scaled_by_the_step_that_was_made(seed: int, trajectories: int) -> None:
    """On/off, 2 to 6 values, steps, words and a whole parameter: each has an effect of 10."""
    ten = sim.load_scenario(Path(__file__).parent.parent / "models" / "ten_equal_inputs.yaml")
    found = morris(
        ten, "y", factors(ten, levers=True), trajectories=trajectories, replications=1, seed=seed,
        kernel="simpy",
    )  # fmt: skip
    assert [e.mean for e in found.effects.size[:-1]] == pytest.approx([10.0] * 10)
    assert found.effects.spread[:-1] == pytest.approx([0.0] * 10, abs=1e-9)


@pytest.mark.parametrize("shape", ["uniform", "loguniform", "triangular"])
@pytest.mark.parametrize("most", [2, 3, 900])
def test_morris_moves_a_whole_number_of_any_shape(shape: str, most: int) -> None:
    """Along its own shape, log k goes up evenly from 0 to log 900; two values are always both met."""
    toy = toys.scenario(
        f"parameters: {{k: {{assume: 1, range: [1, {most}], whole: true, shape: {shape}}}}}\n"
        "outcomes: {y: {final: log(k)}}"
    )
    found = morris(toy, "y", trajectories=8, replications=1, kernel="simpy").effects
    assert found.mean[0].n == 8 and math.isfinite(found.size[0].mean)
    if shape == "loguniform" or most == 2:
        assert found.mean[0].mean == pytest.approx(math.log(most))
        assert found.spread[0] == pytest.approx(0.0, abs=1e-9)


def test_sobol_indices_of_words(scenario: sim.Scenario) -> None:
    found = sobol(scenario, "y", base_points=1024, replications=1, kernel="simpy")
    total = {n: e.mean for n, e in zip(found.names, found.indices.total, strict=True)}
    variance = 2 / 3 + 1 / 4 + 3 / 4
    assert found.indices.variance == pytest.approx(variance, rel=0.05)
    assert total["kind"] == pytest.approx(2 / 3 / variance, abs=0.03)
    assert total["side"] == pytest.approx(1 / 4 / variance, abs=0.03)
    assert total["crew"] == 0.0


def test_a_tornado_moves_to_every_other_word(scenario: sim.Scenario) -> None:
    found = tornado(
        scenario, "y", factors(scenario, ["kind", "sure"]), replications=2, kernel="simpy"
    )
    said = {(r["input"], r["value"]): r["difference"] for r in found.table()}
    assert said == {("kind", "green"): 2.0, ("kind", "blue"): 1.0, ("sure", "false"): 0.0}


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_a_truth_moves_where_it_is_named(scenario: sim.Scenario, method: str) -> None:
    named = factors(scenario, ["sure", "kind"])
    rank: Any = {"sobol": sobol, "morris": morris}[method]
    found = rank(scenario, "y", named, replications=1, kernel="simpy")
    assert found.names[:2] == ("kind", "sure")
    with pytest.raises(ExperimentError, match="'only' has no range to move in"):
        factors(scenario, ["only"])


def test_importance_of_words_in_given_data(scenario: sim.Scenario) -> None:
    ensemble = run(scenario, 300)
    for measure in ("variance", "pawn"):
        found = importance(ensemble, "y", measure=measure)  # type: ignore[arg-type]
        seen = {n for i, n in enumerate(found.names) if found.seen(i)}
        assert seen >= {"kind", "side", "amount"} and "crew" not in seen, measure
        assert "kind" in found.names[:2]


def test_options_stand_in_bins_of_their_own() -> None:
    """Every other option is bad: bins that hold neighbours would show nothing."""
    rng = np.random.default_rng(1)
    word = rng.permutation(np.arange(40) % 8).astype(float)
    y = word % 2
    x = np.column_stack([word, rng.random(40)])
    alone = [e.mean for e in explained(x, y, (8,), resamples=0)]
    assert alone[0] == pytest.approx(1.0) and abs(alone[1]) < 0.3
    far = pawn(x, y, (8,))
    assert far[0] == pytest.approx(0.5) and far[1] < 0.5
    gain, changes = estimate_evppi(np.array([y, 1 - y]), word, worded=True)
    assert gain.mean == pytest.approx(0.5) and changes == 0.5


@pytest.mark.parametrize("options", [2, 3, 4, 7, 10, 15])
def test_an_idle_word_is_as_far_as_an_idle_number(options: int) -> None:
    """Their bins are about as large, so one floor of shuffled numbers is fair to both."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(60):
        x = np.column_stack([rng.permutation(np.arange(120) % options), rng.random(120)])
        found.append(pawn(x.astype(float), rng.random(120), (options,)))
    word, number = np.mean(found, axis=0)
    assert 0.75 * number < word < 1.06 * number


def test_the_worth_of_knowing_a_word(scenario: sim.Scenario) -> None:
    """`bold` gains 1 where kind is not green and loses 2 where it is."""
    text = TEXT.replace(
        "y += (3 if bold == 'yes' and kind == 'green' else 0)",
        "y += (0 if bold == 'no' else 2 if kind == 'green' else -1)",
    )
    plain = toys.scenario(text)
    bold = plain.with_settings({"bold": "yes"}, "bold")
    plan = sim.make_experiment([plain, bold], futures=300, replications=2)
    found = evppi(sim.run(plan, kernel="simpy", cache=False), "y")
    assert found.names[0] == "kind"
    assert found.values[0].mean == pytest.approx(2 / 3, abs=0.02)
    assert found.worthwhile(found.values[0]) and not found.worthwhile(found.values[1])


def test_boxes_and_trees_hold_words(scenario: sim.Scenario) -> None:
    ensemble = run(scenario.with_settings({"bold": "yes"}), 300)
    found = discover(ensemble, "y", Target(at_most=4.999))
    assert [r.words for r in found.box.restrictions] == ["kind green"]
    assert found.box.restrictions[0].quasi_p < 1e-9 and found.box.restrictions[0].reproduced == 1.0
    assert found.leaves[0].restrictions[0].words == "kind green"
    first = found.table()[0]
    assert (first["options"], first["at_least"], first["at_most"]) == ("green", None, None)
    assert "kind green" in found.sentence() and "kind green" in str(found)


def test_a_box_without_one_option_lists_the_others(scenario: sim.Scenario) -> None:
    found = discover(run(scenario, 300), "y", Target(at_least=1.0), only=["kind", "side", "crew"])
    words = {r.name: r for leaf in (found.box, *found.leaves) for r in leaf.restrictions}
    assert words["kind"].words in ("kind red", "kind red or blue")
    assert words["side"].options == ("left",)


def test_whole_numbers_have_whole_bounds(scenario: sim.Scenario) -> None:
    """A tree cuts between 2 and 3; nobody can set a crew of 2.5."""
    found = discover(run(scenario, 300), "hands", Target(at_most=2.0))
    assert [r.words for leaf in found.leaves for r in leaf.restrictions] == ["crew at least 3"]


def test_words_in_the_ema_workbench(scenario: sim.Scenario) -> None:
    pytest.importorskip("ema_workbench")
    made = ema_model(scenario, replications=1, kernel="simpy")
    assert {u.name for u in made.uncertainties} == {"kind", "side", "crew", "amount"}
    assert made.function(kind="green", side="right", amount=0.0)["y"] == 3.0


def test_evidence_shows_options_and_counts_what_is_held(scenario: sim.Scenario) -> None:
    found = evidence_of(scenario.model)
    spans = {ground.name: ground.span for ground in found.grounds}
    assert spans["kind"] == "red, green, blue" and spans["crew"] == "1 to 4"
    assert [ground.name for ground in found.without_range] == ["sure", "only"]
