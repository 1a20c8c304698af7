"""Stories: their words, and one golden one."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from toys import scenario, trace

import sim
from sim.engine.trace import decode, encode
from sim.engine.trace_recorder import TraceRecorder, fill_braces
from sim.formatting import value_text
from sim.language.terms import BOOLEAN, NUMBER, WHOLE, Type

PHASE = Type("option", ("war", "talks"))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "yes"),
        (False, "no"),
        ("war", "war"),
        (0, "0"),
        (-0.0, "0"),
        (7, "7"),
        (9999, "9999"),
        (12345, "12,345"),
        (1e15, "1,000,000,000,000,000"),
        (0.5, "0.5"),
        (1 / 3, "0.333"),
        (1234.56, "1,235"),
        (0.00001234, "1.23e-05"),
        (-2.5, "-2.5"),
        (math.nan, "not a number"),
        (math.inf, "infinity"),
        (-math.inf, "-infinity"),
    ],
)
def test_say(value: float | bool | str, words: str) -> None:
    assert value_text(value) == words


def test_values_there_and_back() -> None:
    for value, kind in [("talks", PHASE), (True, BOOLEAN), (3, WHOLE), (2.5, NUMBER)]:
        stored = encode(value, kind)
        assert isinstance(stored, float)
        assert decode(stored, kind) == value
        assert type(decode(stored, kind)) is type(value)
    assert decode(9.0, PHASE) == "9.0"
    assert decode(math.inf, WHOLE) == math.inf


def test_braces_of_a_message() -> None:
    assert fill_braces("{a} and {b}, {a}", {"a": "1", "b": "{a}"}) == "1 and {a}, 1"
    assert fill_braces("{{a}} {{{a}}}", {"a": "1"}) == "{a} {1}"
    assert fill_braces("", {}) == ""


def test_a_derived_quantity_that_is_no_number_is_told() -> None:
    text = """
    state: {x: {initial: 0.0}}
    derived: {odd: 1 / x}
    events: {go: {at: 1, tell: "{odd}, {x}"}}
    """
    assert trace(text).occurrences[0].text == "infinity, 0"


GOLDEN = """
model: golden
title: A small war
time: {start: 2025-07-14, horizon: 30}
levers:
  deadline: {default: 12, range: [0, 100]}
parameters:
  interval: {assume: 4.0}
state:
  phase: {initial: war, options: [war, talks, peace]}
  stock: {initial: 20, unit: missile}
  damage: {initial: 0.0, unit: $bn}
  warned: {initial: false}
events:
  salvo:
    label: Massive salvo
    every: exponential(interval)
    if: phase != 'peace'
    do: |
      fired = poisson(6)
      leaked = fired - binomial(min(fired, stock), 0.7)
      stock -= min(fired, stock)
      damage += leaked * 0.01
    tell: "{fired} fired, {leaked} get through, {stock} left"
  deadline_passes:
    at: deadline
    do: warned = true
    then:
      - {schedule: talks_open, after: "uniform(1, 3)", if: phase == 'war'}
      - {cancel: salvo}
  talks_open:
    do: phase = 'talks'
    tell: "Talks open"
  empty: {when: stock == 0, tell: "{{nothing}} left"}
outcomes:
  damage_: {final: damage, unit: $bn}
  talks_day: {first: phase == 'talks', unit: day}
  peace_day: {first: phase == 'peace', unit: day}
"""


def test_golden_story(golden: Callable[[str, str], None]) -> None:
    made = sim.parse_scenario(GOLDEN, "golden.yaml")
    golden("traces/small_war.txt", str(sim.trace(made, seed=3)) + "\n")


def test_golden_source(golden: Callable[[str, str], None]) -> None:
    from sim.engine.codegen.program import generate

    golden("source/small_war.py.txt", generate(sim.parse_scenario(GOLDEN, "g.yaml").model).source)


def test_a_story_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TraceRecorder.__init__, "__defaults__", (5,))
    found = sim.trace(scenario("events: {tick: {every: 1}}", 9))
    assert (len(found.occurrences), found.left_out) == (5, 4)
    assert "… and 4 more" in str(found)


def test_a_trace_is_a_table() -> None:
    text = """
    state: {x: {initial: 0}}
    events:
      go: {at: 1, do: x = 2, then: [{schedule: late, after: 2}], tell: "x is {x}"}
      late: {label: Later, then: [{cancel: go}]}
    """
    first, second = trace(text).table()
    assert first == {
        "time": 1.0,
        "date": "",
        "event": "go",
        "label": "go",
        "text": "x is 2",
        "cause": "trigger",
        "changes": "x: 0 → 2",
        "scheduled": "late at 3",
        "cancelled": "",
    }
    assert (second["label"], second["cause"]) == ("Later", "go->late#0")
    assert trace(text).to_pandas()["event"].tolist() == ["go", "late"]
