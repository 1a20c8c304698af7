"""What decides correctness: triggers, order, ties, guards, failures, and the streams of draws."""

from __future__ import annotations

import numpy as np
import pytest
from toys import events, failure, model, program, scenario, story, trace

import sim
from sim.engine.codegen.program import generate
from sim.engine.simpy_kernel import SimpyKernel


def recorded(text: str, name: str, horizon: float = 10) -> tuple[float, ...]:
    return trace(text, horizon).series[name]


def outcome(text: str, name: str = "x", horizon: float = 10) -> float:
    return trace(text, horizon).outcomes[name]


# -- triggers --------------------------------------------------------------------------------------


def test_at() -> None:
    text = """
    levers: {day: {default: 4}}
    events:
      a: {at: 2.5}
      b: {at: day * 2}
      never: {at: 10.001}
      last: {at: 10}
      first: {at: 0}
    """
    assert story(text) == [("first", 0), ("a", 2.5), ("b", 8), ("last", 10)]


def test_at_a_date() -> None:
    made = sim.parse_scenario(
        "model: m\ntime: {start: 2025-07-14, horizon: 30}\nevents: {a: {at: 2025-07-20}}\n",
        "m.yaml",
    )
    (occurrence,) = sim.trace(made).occurrences
    assert (occurrence.time, str(occurrence.date)) == (6, "2025-07-20")


def test_every_is_a_renewal_whose_guard_may_be_false() -> None:
    text = """
    state: {n: {initial: 0}}
    events:
      tick: {every: 2, if: now > 5, do: n += 1}
    """
    assert story(text) == [("tick", 6), ("tick", 8), ("tick", 10)]


def test_every_looks_at_the_state_it_made() -> None:
    text = """
    state: {step: {initial: 1}}
    events:
      tick: {every: step, do: step += 1}
    """
    assert [t for _, t in story(text)] == [1, 3, 6, 10]


def test_when_fires_at_time_0_and_re_arms() -> None:
    text = """
    state: {x: {initial: 5}}
    events:
      low: {at: 2, do: x = 0}
      still_high: {at: 1, do: x = 6}
      high_again: {at: 4, do: x = 9}
      higher: {at: 5, do: x = 10}
      alarm: {when: x > 3}
    """
    assert [t for e, t in story(text) if e == "alarm"] == [0, 4]


def test_when_follows_the_event_that_made_it_true() -> None:
    text = """
    state: {x: {initial: 0}}
    events:
      one: {at: 1, do: x = 1}
      two: {at: 1}
      alarm: {when: x > 0, do: x = 0}
    """
    assert events(text) == "one alarm two"


def test_two_conditions_keep_their_order() -> None:
    text = """
    state: {x: {initial: 0}}
    events:
      later: {when: x > 0}
      go: {at: 1, do: x = 1}
      sooner: {when: x > 0, priority: -1}
    """
    assert events(text) == "go sooner later"


def test_a_guard_stops_a_rate_and_time_on_the_clock_is_kept() -> None:
    """An on-off guard delays the firing by the time it is off."""
    text = """
    state: {power: {initial: true}}
    events:
      off: {at: OFF, do: power = false}
      again: {at: BACK, do: power = true}
      ring: {rate: 0.5, if: power}
    """
    plain = [
        t for e, t in story(text.replace("OFF", "100").replace("BACK", "100"), 50) if e == "ring"
    ]
    first = plain[0]
    stopped = text.replace("OFF", f"{first / 2}").replace("BACK", f"{first / 2 + 3}")
    rung = [t for e, t in story(stopped, 50) if e == "ring"]
    assert rung[0] == pytest.approx(first + 3, abs=1e-12)


def test_a_rate_of_zero_never_rings() -> None:
    assert story("events: {ring: {rate: 0}}") == []


def test_a_scheduled_rate_event_keeps_its_clock() -> None:
    text = """
    events:
      push: {at: 1, then: [{schedule: ring, after: 0.25}]}
      ring: {rate: 0.5}
    """
    alone = [t for _, t in story("events: {ring: {rate: 0.5}}", 40)]
    both = [t for e, t in story(text, 40) if e == "ring"]
    assert sorted([*alone, 1.25]) == both


def test_no_trigger_no_firing() -> None:
    assert story("events: {quiet: {do: x = 1}}\nstate: {x: {initial: 0}}") == []


def test_constant_triggers() -> None:
    text = "events: {once: {when: true}, never: {when: false}, hum: {rate: 0.1 + 0.2}}"
    found = story(text, 30)
    assert [(e, t) for e, t in found if e != "hum"] == [("once", 0)]
    assert sum(e == "hum" for e, _ in found) > 2


def test_a_derived_quantity_may_count() -> None:
    text = """
    derived:
      busy: count(tick) + pending(boom)
      very_busy: busy > 3
    events:
      tick: {every: 1, then: [{schedule: boom, after: 1.5}]}
      boom: {}
      alarm: {when: very_busy}
    outcomes: {x: {max: busy}}
    """
    assert [t for e, t in story(text) if e == "alarm"] == [2, 3]
    assert outcome(text) == 12


# -- order -----------------------------------------------------------------------------------------


def test_ties_by_priority_then_first_in_first_out() -> None:
    text = """
    events:
      a: {at: 3}
      b: {at: 3, priority: 2}
      c: {at: 3, priority: -1}
      d: {at: 3}
      e: {at: 3, priority: -1}
    """
    assert events(text) == "c e a d b"


def test_ties_of_scheduled_events() -> None:
    text = """
    events:
      go:
        at: 1
        then:
          - {schedule: slow, after: 2}
          - {schedule: quick, after: 2}
          - {schedule: slow, after: 2}
          - {schedule: now_, after: 0}
          - {schedule: soon}
      slow: {priority: 0}
      quick: {priority: 0}
      now_: {}
      soon: {priority: -5}
    """
    assert events(text) == "go soon now_ slow quick slow"


def test_order_inside_a_firing() -> None:
    """Guard, then `do`, then edges with the locals of `do`; the sentence sees what `do` made."""
    text = """
    state: {x: {initial: 1}}
    events:
      go:
        at: 1
        if: x == 1
        do: |
          x = 5
          wait = x * 0.5
          x += 1
        then:
          - {schedule: late, after: wait, if: x == 6}
          - {schedule: wrong, if: x == 5}
        tell: "{x} and {wait}"
      late: {}
      wrong: {}
    """
    found = trace(text)
    assert [(o.event, o.time) for o in found.occurrences] == [("go", 1), ("late", 3.5)]
    assert found.occurrences[0].text == "6 and 2.5"
    assert found.occurrences[0].scheduled == (("late", 3.5),)
    assert [(c.name, c.before, c.after) for c in found.occurrences[0].changes] == [("x", 1, 6)]


def test_a_false_guard_skips_do_and_then() -> None:
    text = """
    state: {x: {initial: 0}}
    events:
      go: {at: 1, if: x > 0, do: x = 1, then: [{schedule: late}]}
      late: {}
    outcomes: {x: {count: go}}
    """
    assert story(text) == []
    assert outcome(text) == 0


def test_statements_run_in_order() -> None:
    text = """
    state: {a: {initial: 1}, b: {initial: 2}}
    events:
      swap:
        at: 1
        do: |
          old = a
          a = b
          b = old
          if a > b:
            a -= 1
          elif a == b:
            a = 100
          else:
            b = 100
    outcomes: {x: {final: a * 10 + b}}
    """
    assert outcome(text) == 11


def test_names_of_the_machine_may_be_locals() -> None:
    text = """
    state: {total: {initial: 0.0}}
    events:
      go:
        at: 1
        do: |
          c = 1
          s = c + 1
          p = s + 1
          o = p + 1
          w = o + 1
          n = w + 1
          activation = n + 1
          rate = activation + 1
          delay = rate + 1
          status = delay + 1
          guard = status + 1
          chance = guard + 1
          if bernoulli(1):
            chance += 1
          fire_go = chance + 1
          x = fire_go + 1
          x_ = x + 1
          NAN = x_ + 1
          total = NAN
    outcomes: {x: {final: total}}
    """
    assert outcome(text) == 17


# -- several occurrences, cancel, pending ------------------------------------------------------------


def test_several_pending_occurrences() -> None:
    text = """
    state: {seen: {initial: 0}}
    events:
      go:
        at: 1
        then: [{schedule: boom, after: 1}, {schedule: boom, after: 3}, {schedule: boom, after: 2}]
      look: {at: 2.5, do: seen = pending(boom)}
      boom: {}
    outcomes: {x: {final: seen}}
    """
    assert [t for e, t in story(text) if e == "boom"] == [2, 3, 4]
    assert outcome(text) == 2


def test_cancel_removes_all_and_ends_a_renewal() -> None:
    text = """
    events:
      tick: {every: 1, then: [{schedule: boom, after: 2.5}]}
      stop: {at: 4.2, then: [{cancel: boom}, {cancel: tick}, {cancel: later}]}
      later: {at: 6}
      boom: {}
    """
    assert [e for e, t in story(text) if t > 4.2] == []
    (stop,) = [o for o in trace(text).occurrences if o.event == "stop"]
    assert stop.cancelled == (("boom", 3), ("tick", 1), ("later", 1))


def test_a_cancelled_renewal_can_be_pushed_once() -> None:
    text = """
    events:
      tick: {every: 1}
      stop: {at: 1.5, then: [{cancel: tick}]}
      push: {at: 4, then: [{schedule: tick}]}
    """
    assert [t for e, t in story(text) if e == "tick"] == [1, 4]


def test_pending_and_count_move_what_reads_them() -> None:
    text = """
    state: {x: {initial: 0}}
    events:
      go: {at: 1, then: [{schedule: boom, after: 2}, {schedule: boom, after: 3}]}
      boom: {}
      two_wait: {when: pending(boom) == 2}
      none_wait: {when: count(go) > 0 and pending(boom) == 0}
      second: {when: count(boom) == 2}
    outcomes:
      waiting: {mean: pending(boom)}
      peak: {max: pending(boom)}
    """
    assert story(text) == [
        ("go", 1), ("two_wait", 1), ("boom", 3), ("boom", 4), ("none_wait", 4), ("second", 4)
    ]  # fmt: skip
    assert outcome(text, "waiting") == pytest.approx(0.5)
    assert outcome(text, "peak") == 2


def test_pending_falls_even_where_the_guard_is_false() -> None:
    text = """
    events:
      go: {at: 1, then: [{schedule: boom, after: 2}]}
      boom: {if: now > 100}
      alarm: {when: count(go) > 0 and pending(boom) == 0}
    """
    assert story(text) == [("go", 1), ("alarm", 3)]


# -- what is recorded --------------------------------------------------------------------------------


def test_a_recorded_value_includes_the_events_at_its_time() -> None:
    text = """
    state: {x: {initial: 0}}
    derived: {twice: x * 2}
    events: {set: {at: 5, do: x = 7}}
    """
    assert recorded(text, "x") == (0, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7)
    assert recorded(text, "twice")[4:6] == (0, 14)


def test_the_grid_ends_at_the_last_whole_unit() -> None:
    text = "state: {x: {initial: 3}}\nevents: {set: {at: 2.5, do: x = 7}}"
    assert recorded(text, "x", horizon=2.5) == (3, 3, 3)


def test_outcome_statistics() -> None:
    text = """
    state: {x: {initial: 2.0}, phase: {initial: a, options: [a, b]}}
    events:
      up: {at: 2, do: x = 6}
      down: {at: 6, do: x = 1}
      flip: {every: 4, do: "phase = 'b' if phase == 'a' else 'a'"}
    outcomes:
      last: {final: x * 2}
      average: {mean: x}
      least: {min: x}
      most: {max: x}
      big: {ever: x > 5}
      huge: {ever: x > 50}
      when_big: {first: x > 5}
      when_huge: {first: x > 50}
      at_once: {first: x == 2}
      turns: {count: phase == 'b'}
      turns_at_0: {count: phase == 'a'}
      long: {duration: x > 5}
      in_b: {duration: phase == 'b'}
      flips: {count: flip}
      flipped: {ever: flip}
      first_flip: {first: flip}
      no_second: {first: count(flip) > 5}
      share_b: {mean: phase == 'b'}
    """
    found = dict(trace(text).outcomes)
    assert np.isnan(found.pop("when_huge"))
    assert np.isnan(found.pop("no_second"))
    assert found == {
        "last": 2,
        "average": (2 * 2 + 4 * 6 + 4 * 1) / 10,
        "least": 1,
        "most": 6,
        "big": 1,
        "huge": 0,
        "when_big": 2,
        "at_once": 0,
        "turns": 1,
        "turns_at_0": 2,
        "long": 4,
        "in_b": 4,
        "flips": 2,
        "flipped": 1,
        "first_flip": 4,
        "share_b": pytest.approx(0.4),
    }


def test_a_passing_value_is_seen_by_extremes_only_after_do() -> None:
    text = """
    state: {x: {initial: 0, range: [0, 5]}}
    events:
      go:
        at: 1
        do: |
          x = 9
          x = 3
    outcomes: {x: {max: x}}
    """
    assert outcome(text) == 3


# -- failures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "words", "event", "time"),
    [
        ("go: {at: 1, do: x = 0 / x}", "not-finite", "division by zero: 0 / 0", "go", 1),
        ("go: {at: 1, do: x = 1 / x}", "not-finite", "division by zero: 1 / 0", "go", 1),
        ("go: {at: 1, do: x = log(x)}", "impossible-argument", "log(x) with x = 0: a log", "go", 1),
        (
            "go: {at: 1, do: x = exp(1000 + x)}",
            "impossible-argument",
            "exp(x) with x = 1000",
            "go",
            1,
        ),
        (
            "go: {at: 1, do: x = (x - 8) ** (1 / 3)}",
            "not-finite",
            "power with a fraction: (-8) ** 0.333333333333",
            "go",
            1,
        ),
        (
            "go: {at: 1, do: 'x = normal(0, x - 1)'}",
            "impossible-argument",
            "mean = 0, sd = -1: a standard",
            "go",
            1,
        ),
        ("go: {at: 1, do: x = 100.001}", "out-of-range", "'x' became 100.001, outside", "go", 1),
        ("go: {at: 2, do: x = -101}", "out-of-range", "range, -100 to 100", "go", 2),
        ("go: {at: x_start - 5}", "bad-delay", "the time of 'go' became -5", "start or end", 0),
        ("go: {every: 3 - 2 * now}", "bad-delay", "the interval of 'go' became -3", "go", 3),
        ("go: {every: x}", "event-storm", "at one instant", "go", 0),
        ("go: {at: 1, then: [{schedule: go, after: x - 1}]}", "bad-delay", "after 'go'", "go", 1),
        ("go: {at: 1, then: [{schedule: go, after: 1 / x}]}", "not-finite", "1 / 0", "go", 1),
        ("go: {rate: x - 2}", "bad-rate", "the rate of 'go' became -2", "start or end", 0),
        ("go: {rate: 1 / x}", "not-finite", "1 / 0", "start or end", 0),
        ("go: {at: 4, do: x = 4}\n  r: {rate: 2 - x}", "bad-rate", "'r' became -2", "go", 4),
        ("go: {at: 1, then: [{schedule: go}]}", "event-storm", "'go'", "go", 1),
        ("a: {when: x > 0, do: x = -1}\n  b: {when: x <= 0, do: x = 1}", "event-storm", "", "", 0),
        (
            "go: {at: 1, then: [{schedule: go, after: 1e-300}]}",
            "event-storm",
            "10,000 events at one instant",
            "go",
            1,
        ),
    ],
)
def test_failures(text: str, code: str, words: str, event: str, time: float) -> None:
    head = "parameters: {x_start: {assume: 0.0}}\nstate: {x: {initial: 0.0, range: [-100, 100]}}\n"
    error = failure(head + "events:\n  " + text)
    assert error.diagnostic.code == code
    assert words in error.diagnostic.message or words in error.diagnostic.help
    assert error.diagnostic.span is not None
    assert error.diagnostic.span.line >= 5
    if event:
        assert (error.event, error.time) == (event, time)
    assert set(error.state) <= {"x"}


def test_an_impossible_draw_in_a_condition() -> None:
    text = """
    state: {x: {initial: 0}}
    events:
      go:
        at: 1
        do: |
          DO
    """
    for do in (
        "if bernoulli(x + 2):\n            x = 1",
        "if not bernoulli(x - 1) and x > 0:\n            x = 1",
        "hit = bernoulli(x - 0.5)\n          x = 1 if hit else 0",
    ):
        error = failure(text.replace("DO", do))
        assert (error.diagnostic.code, error.event) == ("impossible-argument", "go")
        assert "a probability lies between 0 and 1" in error.diagnostic.message


def test_a_range_is_an_invariant_at_the_start() -> None:
    text = "levers: {a: {default: 7}}\nstate: {x: {initial: a * 2, range: [0, 10]}}"
    error = failure(text)
    assert (error.diagnostic.code, error.event) == ("out-of-range", "start or end")


def test_a_run_error_names_state_time_event_and_line() -> None:
    text = """
    state: {x: {initial: 3}, phase: {initial: war, options: [war, peace]}}
    events:
      boom: {at: 2.5, do: x = round(x / 0.0001 ** 80)}
    """
    shown = str(failure(text))
    assert "model.yaml:6:" in shown
    assert "in event 'boom' at time 2.5, replication 0" in shown
    assert "state: x=" in shown
    assert "phase=war" in shown


def test_storms_of_events() -> None:
    time = "time: {horizon: 10, max_events: 500}\n"
    error = failure(time + "state: {y: {initial: 1.0}}\nevents: {e: {rate: y * y, do: y += 1}}")
    assert (error.diagnostic.code, error.event) == ("event-storm", "e")
    assert error.diagnostic.span is not None


def test_storms_of_pending_occurrences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.model.clock.MAX_PENDING", 50)
    time = "time: {horizon: 10, max_events: 500}\n"
    text = time + "events: {e: {every: 0.01, then: [{schedule: f, after: 100}]}, f: {}}"
    assert failure(text).diagnostic.code == "event-storm"


def test_a_storm_names_its_loop() -> None:
    text = """
    events:
      go: {at: 1, then: [{schedule: ping}]}
      ping: {then: [{schedule: pong}]}
      pong: {then: [{schedule: ping}]}
    """
    found = failure(text).diagnostic
    assert "most often 'ping' (5,00" in found.message
    assert "'pong'" in found.message


def test_failed_replications_are_rows() -> None:
    text = """
    state: {x: {initial: 0.0, range: [0, 1]}}
    events: {go: {at: 1, do: "x = normal(0.5, 0.5)"}}
    outcomes: {end: {final: x}}
    """
    found = sim.run(scenario(text), replications=60, seed=3, kernel="simpy")
    assert 0 < len(found.failures) < 60
    assert found.failed.sum() == len(found.failures)
    assert np.isnan(found.outcome("end")[found.failed]).all()
    assert not np.isnan(found.outcome("end")[~found.failed]).any()
    row = found.failures[0]
    assert (row.code, row.event, row.time) == ("out-of-range", "go", 1)
    assert "model.yaml:5:" in row.message


def test_many_failures_are_not_all_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.execution.failures.MAX_REPLAYED", 3)
    text = "state: {x: {initial: 0.0}}\nevents: {go: {at: 1, do: x = 1 / x}}\noutcomes: {e: {final: x}}"
    found = sim.run(scenario(text), replications=10, seed=3, kernel="simpy")
    assert [f.event for f in found.failures] == ["go"] * 3 + [""] * 7
    assert {f.code for f in found.failures} == {"not-finite"}
    assert [f.replication for f in found.failures] == list(range(10))


# -- draws -------------------------------------------------------------------------------------------

SALVOES = """
parameters: {interval: {assume: 2.0}}
state: {hits: {initial: 0}, late: {initial: 0.0}}
events:
  salvo:
    every: exponential(interval)
    do: |
      shots = poisson(5)
      hits += binomial(shots, 0.5)
    then:
      - {schedule: answer, after: "exponential(1)"}
    tell: "{shots}"
  answer:
    do: late += uniform(0, 1)
  flow:
    rate: 0.7
    do: late += normal(0, 1)
outcomes:
  end: {final: hits}
  late_: {final: late}
"""


def messages(text: str, event: str = "salvo") -> list[tuple[float, str]]:
    return [(o.time, o.text) for o in trace(text, 30).occurrences if o.event == event]


def test_same_seed_same_story() -> None:
    assert trace(SALVOES, 30, seed=5) == trace(SALVOES, 30, seed=5)
    assert trace(SALVOES, 30, seed=5) != trace(SALVOES, 30, seed=6)
    assert trace(SALVOES, 30, replication=1) != trace(SALVOES, 30)


def test_an_unused_event_leaves_every_draw_equal() -> None:
    more = SALVOES.replace("events:", "events:\n  idle: {rate: 0, do: hits += poisson(3)}")
    for event in ("salvo", "answer", "flow"):
        assert messages(more, event) == messages(SALVOES, event)


def test_the_order_of_events_does_not_matter() -> None:
    salvo = SALVOES[SALVOES.index("  salvo:") : SALVOES.index("  answer:")]
    moved = SALVOES.replace(salvo, "").replace("outcomes:", salvo + "outcomes:")
    assert messages(moved) == messages(SALVOES)
    assert messages(moved, "flow") == messages(SALVOES, "flow")


def test_one_more_salvo_leaves_the_regular_ones_alone() -> None:
    more = SALVOES.replace("events:", "events:\n  extra: {at: 7, then: [{schedule: salvo}]}")
    regular = messages(SALVOES)
    assert set(regular) < set(messages(more))
    assert len(messages(more)) == len(regular) + 1
    again = more.replace("at: 7", "at: 3")
    (one,) = set(messages(more)) - set(regular)
    (two,) = set(messages(again)) - set(regular)
    assert one[1] == two[1]


def test_another_statement_leaves_the_other_draws_alone() -> None:
    more = SALVOES.replace(
        "      shots = poisson(5)", "      late += uniform(0, 1)\n      shots = poisson(5)"
    )
    assert messages(more) == messages(SALVOES)


def test_a_local_does_not_meet_the_clock_of_its_event() -> None:
    """Draws of locals called after the machinery are independent of the intervals."""
    text = """
    state: {a: {initial: 0.0}}
    events:
      ring:
        rate: 1
        do: |
          rate = uniform(0, 1)
          every = uniform(0, 1)
          a = rate + every
        tell: "{rate} {every}"
      tick:
        every: uniform(0, 1)
        do: |
          every = uniform(0, 1)
          a = every
        tell: "{every}"
    """
    found = trace(text, 400)
    for event in ("ring", "tick"):
        rows = [o for o in found.occurrences if o.event == event]
        times = np.diff([0, *(o.time for o in rows)])
        for column in range(len(rows[0].text.split())):
            drawn = np.array([float(o.text.split()[column]) for o in rows])
            for lag in (0, 1):
                r = np.corrcoef(times[lag:], drawn[: len(drawn) - lag])[0, 1]
                assert abs(r) < 4.5 / np.sqrt(len(times))


def test_a_monotone_coupling() -> None:
    """More is never less: each draw follows its own uniform."""
    base = scenario(SALVOES, 30)
    text = SALVOES.replace("poisson(5)", "poisson(6)")
    more = scenario(text, 30)
    one = [int(o.text) for o in sim.trace(base, seed=9).occurrences if o.event == "salvo"]
    two = [int(o.text) for o in sim.trace(more, seed=9).occurrences if o.event == "salvo"]
    assert len(one) == len(two)
    assert all(a <= b for a, b in zip(one, two, strict=True))


def test_splitting_the_work_changes_nothing() -> None:
    made = scenario(SALVOES, 30)
    kernel = SimpyKernel(generate(made.model))
    values, every = np.array([2.0, 0.0, 0.0]), range(len(kernel.program.series))
    whole = kernel.run(values, seed=1, future=0, first=0, count=6, series=every)
    parts = [
        kernel.run(values, seed=1, future=0, first=i, count=2, series=every) for i in (0, 2, 4)
    ]
    assert np.array_equal(whole.outcomes, np.concatenate([p.outcomes for p in parts]))
    stacked = [p.series for p in parts]
    assert np.array_equal(whole.series, np.concatenate(stacked, axis=2))


def test_trace_and_run_agree() -> None:
    made = scenario(SALVOES, 30)
    ensemble = sim.run(made, replications=5, seed=7, kernel="simpy", series=True)
    for i in range(5):
        one = sim.trace(made, seed=7, replication=i)
        assert one.outcomes["end"] == ensemble.outcome("end")[0, 0, i]
        assert ensemble.trajectories is not None
        place = ensemble.trajectories.names.index("hits")
        assert tuple(ensemble.trajectories.samples[0, i, place]) == one.series["hits"]


def test_draw_sites_are_distinct() -> None:
    import re

    source = program(SALVOES).source
    sites = re.findall(r"uniform01\((?:w|c\.own), (0x[0-9a-f]+)", source)
    assert len(sites) == 7
    assert len(set(sites)) == 6  # the interval of 'salvo' stands in 'start' and in its firing


def test_values_are_inputs() -> None:
    """Levers, parameters and initial values are not in the source: one compilation serves all."""
    one = program(SALVOES)
    two = program(
        SALVOES.replace("assume: 2.0", "assume: 3.0").replace("initial: 0}", "initial: 4}")
    )
    assert one.source == two.source
    assert one.digest == two.digest
    assert program(SALVOES, 11).digest != one.digest


def test_the_source_is_plain() -> None:
    text = "events: {a: {rate: 2, if: x > 1}, b: {rate: 3}}\nstate: {x: {initial: 0}}"
    source = program(text).source
    assert source.count("rate = 0.0") == 1
    assert model(text).events["b"].guard is None


def test_tracing_a_run_that_fails_tells_the_rule() -> None:
    broken = scenario(
        """
        state: {x: {initial: 0.0, range: [0, 5]}}
        events:
          go:
            at: 1
            do: |
              y = 7
              x = y
            tell: "x became {y}"
        outcomes: {x: {final: x}}
        """
    )
    with pytest.raises(sim.RunError, match="go"):
        sim.trace(broken)
