"""What turns the sign of a difference, by simulation against known truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.analysis.shuffles import flipped
from sim.analysis.turning import Floats, Turn, turn_text, turns
from tests import toys

DEAD = "\n".join(f"  dead_{i}: {{assume: 0.5, range: [0.0, 1.0], why: J.}}" for i in range(110))
TEXT = f"""
parameters:
  sign: {{assume: 0.0, range: [-1.0, 1.0], why: J., label: Preventive sign}}
  rate: {{assume: 0.1, range: [0.001, 10.0], shape: loguniform, unit: event/day, why: J.}}
  crew: {{assume: 4, range: [0, 9], whole: true, unit: hand, why: J.}}
  kind: {{assume: red, options: [red, green, blue], why: J.}}
  side: {{assume: left, options: [left, right], why: J.}}
{DEAD}
outcomes: {{y: {{final: 1}}}}
"""


@pytest.fixture(scope="module")
def scenario() -> sim.Scenario:
    return toys.scenario(TEXT)


def sampled(scenario: sim.Scenario, seed: int, futures: int = 200) -> sim.Experiment:
    return sim.make_experiment(scenario, futures=futures, seed=seed)


def column(experiment: sim.Experiment, name: str) -> Floats:
    return experiment.futures[:, experiment.parameters.index(name)]


def noisy(expected: Floats, seed: int, noise: float = 2.0, replications: int = 5) -> Floats:
    rng = np.random.default_rng(seed)
    return expected[:, None] + rng.normal(0, noise, (len(expected), replications))


def test_of_dead_inputs_none_is_named_in_95_of_100_tables(scenario: sim.Scenario) -> None:
    rng = np.random.default_rng(5)
    experiment = sampled(scenario, 1)
    named = 0
    for seed in range(100):
        # skewed futures and noise, as of rare events
        expected = rng.exponential(1.0, 200)
        named += bool(turns(noisy(expected, seed) ** 2, experiment, most=1))
        experiment = replace(experiment, futures=rng.permuted(experiment.futures, axis=0))
    assert named <= 10  # of 100 at 5 %, as many come in 99 of 100 tests


def test_dead_inputs_stay_unnamed_beside_strong_ones(scenario: sim.Scenario) -> None:
    wrong = 0
    for seed in range(30):
        experiment = sampled(scenario, seed)
        y = 6 * column(experiment, "sign") + 2 * column(experiment, "dead_7")
        found = turns(noisy(y, seed), experiment)
        assert [turn.parameter for turn in found[:2]] == ["sign", "dead_7"]
        wrong += len(found) > 2
    assert wrong <= 5


def test_the_value_at_which_the_sign_turns_is_found_within_its_error(
    scenario: sim.Scenario,
) -> None:
    values = []
    for seed in range(40):
        experiment = sampled(scenario, seed)
        y = 2 * (column(experiment, "sign") + 0.4) + 1.5 * (column(experiment, "dead_3") - 0.5)
        turn = turns(noisy(y, seed), experiment)[0]
        assert turn.parameter == "sign" and turn.above and turn.p < 0.05
        assert turn.label == "Preventive sign" and turn.slope == pytest.approx(4.0, abs=1.0)
        assert turn.value is not None
        values.append(turn.value)
    # noise of a mean over the slope: √((2² / 5 + 1.5² / 12) / 200) / 2
    error = np.sqrt((4 / 5 + 1.5**2 / 12) / 200) / 2
    assert np.mean(values) == pytest.approx(-0.4, abs=4 * error / np.sqrt(40))
    assert np.std(values) < 2 * error


def test_a_downward_turn_and_goals_in_words(scenario: sim.Scenario) -> None:
    experiment = sampled(scenario, 3)
    y = -2 * (column(experiment, "sign") + 0.4)
    [turn] = turns(noisy(y, 1, 0.01), experiment)
    assert turn.above is False and turn.slope < 0
    text = "better on average only where “Preventive sign” is {} −0.4"
    assert turn_text(turn, "maximize") == text.format("below")
    assert turn_text(turn, "minimize") == text.format("above")
    assert turn_text(turn) == text.format("below").replace("better", "higher")


def test_a_rate_turns_on_its_logarithm_and_a_crew_between_two_hands(scenario: sim.Scenario) -> None:
    experiment = sampled(scenario, 4)
    [turn] = turns(noisy(np.log(column(experiment, "rate") / 0.02), 1, 0.05), experiment)
    assert (turn.parameter, turn.value) == ("rate", 0.02)
    [turn] = turns(noisy(column(experiment, "crew") - 6.4, 1, 0.05), experiment)
    assert (turn.parameter, turn.value) == ("crew", 6.5)
    assert turn_text(turn).endswith("“crew” is above 6.5 hands")


def test_options_under_which_the_difference_is_positive(scenario: sim.Scenario) -> None:
    experiment = sampled(scenario, 5)
    y = np.array([-1.0, 1.0, 2.0])[column(experiment, "kind").astype(int)]
    [turn] = turns(noisy(y, 2), experiment)
    assert turn.parameter == "kind" and turn.words == ("green", "blue")
    assert turn.above is None and turn.value is None and turn.slope == pytest.approx(3, abs=0.7)
    assert turn_text(turn, "maximize") == "better on average only where “kind” is green or blue"
    assert turn_text(turn, "minimize") == "better on average only where “kind” is not green or blue"
    [turn] = turns(noisy(y + 3, 2), experiment)
    assert turn.words == () and turn_text(turn).startswith("larger or smaller with “kind”")


def test_a_difference_that_does_not_cross_zero_has_no_value(scenario: sim.Scenario) -> None:
    experiment = sampled(scenario, 6)
    [turn] = turns(noisy(column(experiment, "sign") + 1.5, 1, 0.5), experiment)
    assert turn.above and turn.value is None
    assert turn_text(turn, "minimize") == "more favourable where “Preventive sign” is low"
    assert turn_text(turn) == "higher where “Preventive sign” is high"


def test_a_line_that_crosses_where_no_future_does_is_not_believed(scenario: sim.Scenario) -> None:
    experiment = sampled(scenario, 7)
    bend = np.maximum(0.02, 8 * (column(experiment, "sign") - 0.4))  # the line alone is below 0
    found = turns(noisy(bend, 1, 0.05), experiment)
    assert found[0].parameter == "sign" and found[0].value is None


def test_of_copies_of_an_input_one_is_named(scenario: sim.Scenario) -> None:
    experiment = sampled(scenario, 8)
    futures = experiment.futures.copy()
    futures[:, experiment.parameters.index("dead_1")] = column(experiment, "sign") / 2
    copied = replace(experiment, futures=futures)
    assert len(turns(noisy(column(copied, "sign"), 1, 0.1), copied)) == 1


def test_missing_pairs_and_futures_of_few_count_less(scenario: sim.Scenario) -> None:
    experiment = sampled(scenario, 9)
    y = noisy(2 * column(experiment, "sign"), 1)
    y[:20], y[20:40, 1:] = np.nan, np.nan
    y[20:40, 0] += np.random.default_rng(1).normal(0, 4, 20)
    assert turns(y, experiment)[0].parameter == "sign"


def test_a_shift_between_the_parts_of_a_sample_is_not_held_for_an_input(
    scenario: sim.Scenario,
) -> None:
    experiment = sampled(scenario, 10)
    part = np.repeat([0.0, 1.0], 100)
    futures = experiment.futures.copy()
    rng = np.random.default_rng(1)
    futures[:, experiment.parameters.index("dead_0")] = part + rng.uniform(0, 0.001, 200)
    moved = replace(experiment, futures=futures)
    y = noisy(3.0 * part, 1)
    assert turns(y, moved)[0].parameter == "dead_0" == turns(y, moved, blocks=200)[0].parameter
    assert turns(y, moved, blocks=2) == ()
    sign = noisy(column(experiment, "sign"), 1)
    assert turns(sign, experiment, blocks=20)[0].parameter == "sign"


def test_too_few_futures_or_nothing_uncertain_name_nothing(scenario: sim.Scenario) -> None:
    few = sampled(scenario, 1, futures=9)
    assert turns(np.tile(column(few, "sign")[:, None], 5), few) == ()
    many = sampled(scenario, 1, futures=40)
    assert turns(np.full((40, 5), np.nan), many) == () and turns(np.ones((40, 5)), many) == ()
    assert turns(np.ones((1, 50)), sim.make_experiment(scenario)) == ()


def test_the_same_differences_give_the_same_turns(scenario: sim.Scenario) -> None:
    experiment = sampled(scenario, 11)
    y = noisy(column(experiment, "sign"), 1)
    first, second = (turns(y, experiment) for _ in range(2))
    assert first == second and all(isinstance(turn, Turn) for turn in first)
    assert len(turns(y, experiment, most=0)) == 0


@pytest.mark.parametrize("common", [True, False], ids=["one luck for all rows", "luck of each row"])
def test_of_effects_that_are_chance_few_tables_hold_one_that_is_seen(common: bool) -> None:
    rng = np.random.default_rng(3)
    tables = 0
    for _ in range(120):
        effects = rng.normal(size=(40, 1 if common else 10, 12))
        tables += flipped(np.repeat(effects, 10, axis=1) if common else effects).min() <= 0.05
    assert tables <= 12  # of 120 at 5 %, more come in 1 of 100 tests


def test_an_effect_beside_chance_is_seen_and_a_rounding_error_is_not() -> None:
    rng = np.random.default_rng(4)
    effects = rng.normal(size=(40, 10, 20))
    effects[0] += rng.choice([-1, 1], (10, 1))  # the signs differ between the rows
    effects[1] = 1e-14
    effects[2, 3:], effects[2, :, 15:] = np.nan, np.nan
    found = flipped(effects)
    assert found[0] <= 0.01 and found[1] > 0.5 and not np.isnan(found).any()
    assert np.isnan(flipped(effects[:, :, :7])).all()
