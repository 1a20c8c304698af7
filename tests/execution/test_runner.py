"""Runs: no cut, order or number of threads changes a number; bands by name; an end when asked."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toys import scenario

import sim
from sim.execution import chunks as pieces
from sim.execution import failures
from sim.execution import recording as bands
from sim.execution import runner as running
from sim.study.experiment import Experiment, make_experiment
from sim.study.files import describe_file

MODEL = """\
model: queue
time: {horizon: 40}
levers: {pace: {default: 1.0, range: [0.5, 2.0]}}
parameters: {load: {assume: 0.8, range: [0.4, 1.2]}}
state:
  waiting: {initial: 0, range: [0, 30]}
  door: {initial: open, options: [open, shut]}
derived: {pressure: waiting * load}
events:
  arrival: {rate: load, if: door == 'open', do: waiting += 1}
  service: {rate: pace, if: waiting > 0, do: waiting -= 1}
  closing: {at: 35, do: door = 'shut'}
outcomes:
  longest: {max: waiting}
  mean: {mean: pressure}
  ten: {first: waiting > 9}
"""


@pytest.fixture
def made(tmp_path: Path) -> Experiment:
    file = tmp_path / "queue.yaml"
    file.write_text(MODEL)
    scenario = sim.load_scenario(file)
    fast = scenario.with_settings({"pace": 1.5}, "fast")
    return make_experiment([scenario, fast], replications=130, seed=3, futures=3)


def same(one: sim.Ensemble, other: sim.Ensemble) -> None:
    assert np.array_equal(one.values, other.values, equal_nan=True)
    assert np.array_equal(one.failed, other.failed)
    assert one.failures == other.failures
    assert one.events == other.events
    assert (one.trajectories is None) == (other.trajectories is None)
    if one.trajectories is not None and other.trajectories is not None:
        for name in ("bands", "samples", "times"):
            assert np.array_equal(
                getattr(one.trajectories, name), getattr(other.trajectories, name), equal_nan=True
            )
        assert one.trajectories.n == other.trajectories.n
        for name, shares in one.trajectories.shares.items():
            assert np.array_equal(shares, other.trajectories.shares[name])


def shuffled(seed: int) -> Any:
    """Return a `spread` that yields in any order."""

    def spread(work: Any, items: Iterable[Any], threads: int) -> Iterator[Any]:
        found = list(pieces.spread(work, items, threads))
        random.Random(seed).shuffle(found)
        return iter(found)

    return spread


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("chunk", [1, 7, 500])
def test_no_cut_and_no_order_changes_a_number(
    made: Experiment, threads: int, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = sim.run(made, series=True)
    monkeypatch.setitem(running.CHUNK, "compiled", chunk)
    monkeypatch.setitem(pieces.FIRST_BLOCK, "compiled", chunk)
    monkeypatch.setattr("sim.execution.work_queue.ROWS", 40 * chunk)
    monkeypatch.setattr(running, "spread", shuffled(threads))
    same(whole, sim.run(made, series=True, threads=threads))


def test_the_kernels_agree(made: Experiment) -> None:
    same(
        sim.run(made, series=True),
        sim.run(made, series=True, kernel="simpy"),
    )


def test_replications_can_be_added(made: Experiment) -> None:
    from dataclasses import replace

    few = sim.run(replace(made, replications=33))
    same(sim.run(made), sim.run(made, extend=few))


@pytest.mark.parametrize("rows", [1, 2, 3, 10, 100, 389, 390, 5_000])
def test_pieces_hold_every_row_once(made: Experiment, rows: int) -> None:
    seen: set[tuple[int, int, int]] = set()
    for number, piece in enumerate(pieces.cut(made, rows)):
        assert piece.number == number
        assert 0 < piece.rows <= max(rows, 1)
        here = {(piece.scenario, *piece.row(row)) for row in range(piece.rows)}
        assert len(here) == piece.rows
        assert not seen & here
        seen |= here
    assert len(seen) == made.size


def test_the_first_replications_of_everything_come_first(made: Experiment) -> None:
    """Three futures of two scenarios in pieces of at most 200 rows: 66 replications deep."""
    found = [(p.scenario, p.begin, p.end, p.first, p.last) for p in pieces.cut(made, 200)]
    assert found == [(0, 0, 3, 0, 66), (1, 0, 3, 0, 66), (0, 0, 3, 66, 130), (1, 0, 3, 66, 130)]
    assert [p.rows for p in pieces.cut(made, 200)] == [198, 198, 192, 192]
    small = pieces.cut(made, 2)  # two futures side by side, one replication deep
    assert [(p.scenario, p.begin, p.end, p.first) for p in small[:4]] == [
        (0, 0, 2, 0),
        (1, 0, 2, 0),
        (0, 2, 3, 0),
        (1, 2, 3, 0),
    ]
    assert small[0].row(1) == (1, 0)


def test_shares_of_options_add_up_and_follow_the_calendar(made: Experiment) -> None:
    found = sim.run(made, series=True).trajectories
    assert found is not None and found.n == 390
    opened, shut = found.shares["door"][0]
    assert (opened[:35] == 1).all() and (shut[:35] == 0).all()
    assert (opened[35:] == 0).all() and (shut[35:] == 1).all()
    assert found.times.tolist() == list(range(41))


def test_series_by_name(made: Experiment) -> None:
    every = sim.run(made, series=True).trajectories
    assert every is not None
    some = sim.run(made, series=["pressure", "door"]).trajectories
    assert some is not None
    assert some.names == ("pressure",)
    assert list(some.shares) == ["door"]
    place = every.names.index("pressure")
    assert np.array_equal(some.bands[:, 0], every.bands[:, place])
    assert np.array_equal(some.shares["door"], every.shares["door"])
    assert sim.run(made, series=[]).trajectories is None
    assert sim.run(made).trajectories is None
    with pytest.raises(sim.ExperimentError, match="did you mean 'pressure'"):
        sim.run(made, series=["presure"])


def test_bands_are_numpy_s_quantiles(made: Experiment) -> None:
    row = np.random.default_rng(1).normal(size=(5, 77))
    wanted = np.quantile(row, bands.LEVELS, axis=1)
    assert np.allclose(bands._quantiles(row), wanted, rtol=1e-14)


def test_progress_is_told_and_may_end_the_run(made: Experiment) -> None:
    told: list[tuple[int, int]] = []
    sim.run(made, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (made.size, made.size)
    assert [done for done, _ in told] == sorted(done for done, _ in told)

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        sim.run(made, progress=interrupt)
    assert threading.active_count() == before


def test_long_pieces_can_be_stopped(made: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece of thousands of slow replications gives up between two of its blocks."""
    from sim.engine.simpy_kernel import SimpyKernel

    run = SimpyKernel.run

    def slowly(self: SimpyKernel, *args: Any, **kwargs: Any) -> Any:
        time.sleep(0.02 * kwargs["count"])
        return run(self, *args, **kwargs)

    monkeypatch.setattr(SimpyKernel, "run", slowly)
    monkeypatch.setitem(running.CHUNK, "simpy", 100_000)
    stopped = threading.Event()
    kernel = running.kernel_of(made.programs()[0], "simpy")
    found = pieces.blocks(
        kernel, made.row(0, 0), seed=1, future=0, first=0, count=5_000, stop=stopped
    )
    sizes = [len(next(found).status) for _ in range(8)]
    assert max(sizes) < 20
    stopped.set()
    with pytest.raises(pieces.Stopped):
        next(found)


def test_an_error_in_a_thread_ends_the_run(
    made: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Experiment, "row", broken)
    with pytest.raises(ZeroDivisionError):
        sim.run(made, cache=False)


def test_storms_are_told_by_their_rule_alone(tmp_path: Path) -> None:
    """The kernel that has the words is slow: a million events are not gone through again in it."""
    (tmp_path / "storm.yaml").write_text(
        "model: storm\ntime: {horizon: 50}\nstate: {x: {initial: 0}}\n"
        "events: {boom: {every: 0.00001, do: x = 1 - x}}\noutcomes: {x: {final: x}}\n"
    )
    began = time.process_time()
    found = sim.run(sim.load_scenario(tmp_path / "storm.yaml"), replications=4, cache=False)
    assert time.process_time() - began < 20
    assert [f.code for f in found.failures] == ["event-storm"] * 4
    began = time.process_time()
    assert sum(failures.choose_replayed([1] * 300_000, 100)) == 100
    assert time.process_time() - began < 2
    assert failures.choose_replayed([10, failures.REPLAYED_EVENTS, 10, 10], 2) == [
        True,
        False,
        True,
        False,
    ]


def test_any_replication_is_told(made: Experiment) -> None:
    told = sim.trace(made.scenarios[0], replication=60_000_000)
    assert told.replication == 60_000_000
    with pytest.raises(sim.ExperimentError, match="no replication 130"):
        sim.replay(made, replication=130)


def test_a_model_too_large_to_compile_runs_in_simpy(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """`check` knows it before, and the numbers are the same."""
    text = """
state: {x: {initial: 0.0}}
events: {e: {every: exponential(1), do: x += 1}}
outcomes: {x: {final: x}}
"""
    usual = sim.run(scenario(text), replications=5, cache=False)
    monkeypatch.setattr("sim.engine.codegen.program.MAX_SOURCE", 100)
    found = sim.run(scenario(text), replications=5, cache=False)
    assert (usual.kernel, found.kernel) == ("compiled", "simpy")
    assert "too large to compile" in caplog.text
    assert found.values.tolist() == usual.values.tolist()
    file = tmp_path / "m.yaml"
    file.write_text(f"model: m\ntime: {{horizon: 10}}\n{text}")
    assert "too large to compile, it runs in SimPy" in describe_file(file)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_a_run_has_a_thread_for_each_processor_that_it_may_use(made: Experiment) -> None:
    granted = os.sched_getaffinity(0)
    assert running.Run(made, cache=False).threads == len(granted)
    os.sched_setaffinity(0, {min(granted)})
    try:
        assert running.Run(made, cache=False).threads == 1
    finally:
        os.sched_setaffinity(0, granted)
