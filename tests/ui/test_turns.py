"""Turns at computing: never more at once than allowed, first come first served, and nothing is lost."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

import sim
from ui.job_queue import Turns


@pytest.mark.parametrize("allowed", [1, 2])
def test_no_more_at_once_than_allowed_and_in_order(allowed: int) -> None:
    turns, lock = Turns(at_once=allowed, most=50), threading.Lock()
    now, peak, order = 0, 0, []

    def compute(number: int) -> None:
        nonlocal now, peak
        with turns.turn():
            with lock:
                now, order[len(order) :] = now + 1, [number]
                peak = max(peak, now)
            time.sleep(0.01)
            with lock:
                now -= 1

    with ExitStack() as held:
        for _ in range(allowed):
            held.enter_context(turns.turn())
        threads = [threading.Thread(target=compute, args=(number,)) for number in range(20)]
        for place, thread in enumerate(threads, start=allowed + 1):
            thread.start()
            while len(turns._queue) < place:
                time.sleep(0.001)
        assert not order, "as many as may are computing"
    for thread in threads:
        thread.join(20)
    assert peak == allowed
    if allowed == 1:  # of two at once, either may write down its number first
        assert order == list(range(20))
    assert not turns._queue


def test_one_more_than_may_wait_is_refused_with_words() -> None:
    turns = Turns(at_once=1, most=0)
    with turns.turn(), pytest.raises(sim.ExperimentError, match="try again"), turns.turn():
        pytest.fail("it got a turn")
    with turns.turn():
        pass


def test_one_that_gives_up_leaves_the_queue() -> None:
    class GivenUp(Exception):
        pass

    def superseded(before: int) -> None:
        assert before == 1
        raise GivenUp

    turns = Turns(at_once=1, most=5)
    with turns.turn():
        with pytest.raises(GivenUp), turns.turn(superseded):
            pytest.fail("it got a turn")
        assert len(turns._queue) == 1
    assert not turns._queue
