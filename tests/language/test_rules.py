"""Rules that the reference of the language states in a word, checked by running."""

from __future__ import annotations

import pytest
import toys

import sim


def outcome(events: str, horizon: float = 3, kernel: str = "simpy") -> float:
    text = f"state: {{x: {{initial: 0.0}}}}\nevents:\n  {events}\noutcomes: {{x: {{final: x}}}}\n"
    return float(sim.run(toys.scenario(text, horizon), replications=1, kernel=kernel).values.item())


def test_every_waits_one_interval_first() -> None:
    assert toys.story("events: {tick: {every: 1}}", 2.5) == [("tick", 1.0), ("tick", 2.0)]


@pytest.mark.parametrize("kernel", ["simpy", "compiled"])
def test_count_includes_the_occurrence_under_way(kernel: str) -> None:
    assert outcome("tick: {at: 1, do: x = count(tick)}", kernel=kernel) == 1
    assert outcome("tick: {every: 1, do: x += count(tick)}", kernel=kernel) == 1 + 2 + 3


@pytest.mark.parametrize("kernel", ["simpy", "compiled"])
@pytest.mark.parametrize("trigger", ["at: 3", "every: 3", "every: 1", "when: count(clock) == 1"])
def test_an_event_at_the_horizon_happens(trigger: str, kernel: str) -> None:
    assert outcome(f"last: {{{trigger}, do: x = now}}\n  clock: {{at: 3}}", kernel=kernel) == 3


@pytest.mark.parametrize("kernel", ["simpy", "compiled"])
def test_truth_counts(kernel: str) -> None:
    for text, value in (("true + true", 2), ("2 * true - false", 2), ("(1 < 2) + (2 < 1)", 1)):
        assert outcome(f"go: {{at: 1, do: x = {text}}}", kernel=kernel) == value
