"""Tables of the time: exact laws of rates that follow them, hidden points, equal bits in all kernels."""

from __future__ import annotations

import math
import textwrap
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import toys
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from web_cases import WebCases, same_bits

import sim
from sim.engine.codegen.program import Program, generate
from sim.engine.compiled import kernel_for
from sim.engine.protocol import Block
from sim.engine.simpy_kernel import SimpyKernel
from sim.numerics.lookups import ramp_sum, ramp_time, until

Z = 4.5
STEP = "load: {points: {0: 0.5, 2: 3, 5: 0, 7: 1}, between: step, beyond: hold, why: A guess}"
LINE = "load: {points: {0: 1, 3: 5, 7: 0, 8: 0, 10: 2}, why: A guess}"
POISSON = """
tables: {{{table}}}
state: {{n: 0}}
events: {{hit: {{rate: 2 * load(now), do: n += 1}}}}
outcomes: {{n: {{count: hit}}, first: {{first: hit}}}}
"""
EVERYTHING = """
tables:
  hot: {points: {0: 1, 3: 5, 4.5: 2, 10: 2}, between: step, why: A guess}
  warm: {points: {0: 1, 3: 5, 7.25: 0.5, 10: 2}, why: A guess}
  demand: {points: {1: 100, 2: 60}, beyond: hold, why: A guess}
levers: {price: {default: 1.5}}
state: {n: 0, m: 0, k: 0.0, h: 0}
derived:
  heat: hot(now) * 2
  line: warm(now) * 3 + n * 0.1
  long: hot(now) + hot(now) * n + m * 2 - n * m / 10
events:
  a: {rate: heat, do: n += 1}
  b: {rate: line / 2, if: n > 3 and hot(now) < 4.5, do: m += 1}
  c: {when: long > 60 or hot(now) > 4, do: h += 1}
  d: {every: 1, do: 'k += demand(price + n / 50) + warm(now) + long'}
  e: {rate: '-(1 - line) if h < 2 else 0.25 * warm(now) - 0', do: k += 1}
outcomes:
  n: {final: n}
  m: {final: m}
  k: {final: k}
  high: {final: warm(now), at: 4.75}
  step: {mean: hot(now)}
  line: {mean: line}
  top: {max: long}
  first: {first: c}
  long: {duration: hot(now) > 4}
  times: {count: hot(now) > 1.5}
"""


def sample(text: str, count: int) -> np.ndarray:
    made = sim.make_experiment(toys.scenario(text), replications=count, seed=11)
    ensemble = sim.run(made)
    return np.array([ensemble.outcome(name).ravel() for name in made.model.outcomes])


def area(table: str, end: float) -> float:
    """The integral of the load, by its points."""
    model = toys.model(POISSON.format(table=table))
    (load,) = model.tables.values()
    marks = sorted({0.0, end, *(x for x in load.places if 0 < x < end)})
    total = 0.0
    for low, high in pairwise(marks):
        if load.between == "linear":
            total += (high - low) * (value(load, low) + value(load, high)) / 2
        else:
            total += (high - low) * value(load, low)
    return total


def value(table: sim.model.types.Table, x: float) -> float:
    if table.between == "linear":
        return float(np.interp(x, table.places, table.values))
    return table.values[int(np.searchsorted(table.places, x, side="right")) - 1]


@pytest.mark.parametrize("table", [STEP, LINE])
def test_the_law_of_an_inhomogeneous_poisson_process(table: str) -> None:
    counts, first = sample(POISSON.format(table=table), 40_000)
    mean = 2 * area(table, 10)
    assert abs(counts.mean() - mean) * math.sqrt(len(counts) / mean) < Z
    assert abs(counts.var() / mean - 1) * math.sqrt(len(counts) / 2) < Z
    # the integrated rate at the first arrival is exponential
    sums = np.array([2 * area(table, t) for t in first[~np.isnan(first)][:3_000]])
    limit = 1 - math.exp(-mean)
    assert stats.kstest(-np.expm1(-sums) / limit, "uniform").pvalue > 1e-4


def test_the_times_of_arrivals_follow_the_rate() -> None:
    text = POISSON.format(table=LINE)
    times = [t for seed in range(60) for _, t in toys.story(text, seed=seed)]
    shares = np.array([area(LINE, t) for t in times]) / area(LINE, 10)
    assert stats.kstest(shares, "uniform").pvalue > 1e-4


def test_means_are_exact() -> None:
    text = """
    tables:
      line: {points: {0: 1, 3: 5, 10: 2}, why: A}
      stair: {points: {0: 1, 3: 5, 10: 2}, between: step, why: A}
    state: {n: 1.0}
    events: {go: {at: [2, 5], do: n += 1}}
    outcomes:
      line: {mean: line(now)}
      stair: {mean: stair(now)}
      both: {mean: n * line(now) + stair(now)}
      top: {max: stair(now)}
      above: {duration: stair(now) >= 5}
      when: {first: stair(now) >= 5}
    """
    found = sample(text, 2)[:, 0]
    two, five = 1 + 4 * 2 / 3, 5 - 3 * 2 / 7
    parts = 1 * 2 * (1 + two) / 2 + 2 * 1 * (two + 5) / 2 + 2 * 2 * (5 + five) / 2
    both = (parts + 3 * 5 * (five + 2) / 2 + 3 * 1 + 7 * 5) / 10
    assert found == pytest.approx([(9 + 24.5) / 10, 3.8, both, 5, 7, 3], abs=1e-12)


def row_of(program: Program) -> list[float]:
    model = program.model
    row = [lever.default for lever in model.levers.values()]
    return row + [variable.initial for variable in model.state.values()]


def blocks(program: Program, count: int) -> list[Block]:
    every = range(len(program.series))
    return [
        kernel(program).run(row_of(program), seed=5, future=0, first=0, count=count, series=every)
        for kernel in (SimpyKernel, kernel_for)
    ]


@pytest.mark.parametrize(
    "text", [EVERYTHING, POISSON.format(table=STEP), POISSON.format(table=LINE)]
)
def test_kernels_agree(text: str) -> None:
    one, other = blocks(generate(toys.model(text)), 60)
    assert (one.status == 0).all()
    assert np.array_equal(one.outcomes, other.outcomes, equal_nan=True)
    assert np.array_equal(one.series, other.series, equal_nan=True)
    assert np.array_equal(one.events, other.events)


def test_the_browser_agrees(node: str, tmp_path: Path) -> None:
    cases = WebCases(tmp_path)
    for text in (EVERYTHING, POISSON.format(table=LINE)):
        made = generate(toys.model(text))
        cases.add(made, np.array(row_of(made)), seed=5, count=20, stories=[0])
    for expected, found, _ in cases.run(node):
        same_bits(expected, found)


def test_what_happens_at_a_point() -> None:
    text = """
    tables: {on: {points: {0: 0, 2: 1, 4: 0, 6: 1}, between: step, beyond: hold, why: A}}
    state: {seen: 0, asked: 0, late_seen: 0}
    events:
      # in the order of the file, and of priority: the table changes first
      tick: {at: [2, 4, 6], priority: -5, do: seen = seen * 10 + on(now)}
      rise: {when: on(now) == 1, do: asked += 1}
      late: {rate: 1000000 * on(now), if: late_seen < 1, do: late_seen += 1}
    """
    told = toys.story(text)
    assert [(e, t) for e, t in told if e != "late"] == [
        ("rise", 2), ("tick", 2), ("tick", 4), ("rise", 6), ("tick", 6)
    ]  # fmt: skip
    (late,) = [t for e, t in told if e == "late"]
    assert 2 < late < 2.001


def test_points_are_no_events_and_move_no_draw() -> None:
    body = """
    state: {n: 0, x: 0.0}
    events:
      go: {rate: 2, do: 'x = normal(0, 1)'}
      tick: {every: exponential(1), do: n += 1}
    outcomes: {n: {final: n}, x: {final: x}SECOND}
    """
    body = textwrap.dedent(body)
    table = (
        "tables: {t: {points: {"
        + ", ".join(f"{i / 100}: {i}" for i in range(1_001))
        + "}, why: A}}"
    )
    plain = toys.scenario("time: {horizon: 10, max_events: 200}" + body.replace("SECOND", ""))
    more = toys.scenario(
        "time: {horizon: 10, max_events: 200}\n"
        + table
        + body.replace("SECOND", ", t: {mean: t(now)}")
    )
    ran = [sim.run(sim.make_experiment(s, replications=50, seed=2)) for s in (plain, more)]
    for name in ("n", "x"):
        assert np.array_equal(ran[0].outcome(name), ran[1].outcome(name))
    assert np.array_equal(ran[0].events, ran[1].events)
    assert ran[1].outcome("t") == pytest.approx(500)


def test_a_table_ends_where_it_says() -> None:
    text = """
    tables: {t: {points: {1: 10, 3: 30}, why: A}}
    state: {x: 0.0, at: 1.0}
    events:
      go: {every: 1, do: at += 0.75, then: [{schedule: look}]}
      look: {do: x = t(at)}
    """
    error = toys.failure(text)
    assert error.diagnostic.code == "beyond-table"
    assert error.diagnostic.message == "t(x) with x = 3.25 is beyond the table, 1 to 3"
    assert error.time == 3
    held = toys.trace(text.replace("why: A", "beyond: hold, why: A"))
    assert held.series["x"][:5] == (0.0, 17.5, 25.0, 30.0, 30.0)


def test_a_rate_that_would_be_negative() -> None:
    text = """
    tables: {t: {points: {0: 2, 4: 0, 6: 4}, beyond: hold, why: A}}
    state: {n: 0}
    events: {go: {rate: t(now) - 1, do: n += 1}}
    """
    error = toys.failure(text)
    assert (error.diagnostic.code, error.time) == ("bad-rate", 4.0)
    assert error.diagnostic.message == "the rate of 'go' became -1"


@pytest.mark.parametrize(
    ("rate", "slope", "left"), [(2, 0.5, 3), (2, -0.25, 3), (0, 1, 2), (1, -1, 0.5)]
)
def test_ramps(rate: float, slope: float, left: float) -> None:
    time = ramp_time(left, rate, slope)
    assert ramp_sum(rate, slope, time) == pytest.approx(left, rel=1e-15)
    assert ramp_time(left + 100, rate, -abs(slope)) == math.inf
    assert ramp_sum(1.0, -1.0, 5.0) == 0.5


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_the_delay_until_a_time_is_exact(now: float, time: float) -> None:
    if now < time:
        delay = until([time], now)
        near = [math.nextafter(delay, 0.0), delay, math.nextafter(delay, math.inf)]
        assert now + delay == time or time not in [now + other for other in near]
        assert abs(now + delay - time) <= math.ulp(time)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_the_delay_between_times_of_a_calendar_is_exact(seconds: int, more: int) -> None:
    now, time = seconds / 86_400, (seconds + more) / 86_400
    assert abs(now + until([time], now) - time) <= math.ulp(time)
    assert seconds + until([float(seconds + more)], float(seconds)) == seconds + more
