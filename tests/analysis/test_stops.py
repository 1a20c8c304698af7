"""Runs that stop before the horizon: tables and stories say how many, and when."""

from __future__ import annotations

import numpy as np
from toys import scenario, trace

import sim
from sim.analysis.outcomes import outcomes_of

STOP = """
time: {horizon: 20, stop: deal}
events: {deal: {rate: 0.1}}
outcomes: {share: {ever: deal}%s}
"""


def test_tables_say_how_many_stopped_and_when() -> None:
    found = sim.run(scenario(STOP % ", end: {final: now}"), replications=200)
    ends = found.outcome("end").ravel()
    early = ends[ends < 20]
    text = (
        f"Stopped before the horizon: toy in {early.size / 2:.0f} of 100 runs "
        f"(half of these by day {np.median(early):.4g})."
    )
    assert text in outcomes_of(found).notes()
    assert text in sim.compare(found).notes()
    assert text in sim.analysis.compare_quantiles(found, outcomes=["end"]).notes()


def test_without_the_outcome_a_note_names_it() -> None:
    found = sim.run(scenario(STOP % ""), replications=5)
    assert any("{final: now}" in note for note in sim.compare(found).notes())


def test_nothing_is_said_of_a_model_that_does_not_stop() -> None:
    found = sim.run(scenario("outcomes: {end: {final: now}}"), replications=5)
    assert sim.compare(found).stops == ""


def test_a_story_says_when_it_stops() -> None:
    text = "time: {horizon: 20, stop: deal}\nevents: {deal: {at: 5}}\noutcomes: {end: {final: now}}"
    found = trace(text)
    assert "d 5.0  The run stops, 15 early" in str(found)
    assert "The run stops, 15 early, at day 5.0." in found._repr_html_()
    assert "The run stops" not in trace("events: {deal: {at: 5}}")._repr_html_()
