"""JobQueue at computing: never more at once than allowed, first come first served, and nothing is lost."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

import sim
from ui.job_queue import JobQueue


@pytest.mark.parametrize("allowed", [1, 2])
def test_no_more_at_once_than_allowed_and_in_order(allowed: int) -> None:
    queue, lock = JobQueue(at_once=allowed, most=50), threading.Lock()
    now, peak, order = 0, 0, []

    def compute(number: int) -> None:
        nonlocal now, peak
        with queue.turn():
            with lock:
                now, order[len(order) :] = now + 1, [number]
                peak = max(peak, now)
            time.sleep(0.01)
            with lock:
                now -= 1

    with ExitStack() as held:
        for _ in range(allowed):
            held.enter_context(queue.turn())
        threads = [threading.Thread(target=compute, args=(number,)) for number in range(20)]
        for place, thread in enumerate(threads, start=allowed + 1):
            thread.start()
            while len(queue._queue) < place:
                time.sleep(0.001)
        assert not order, "as many as may are computing"
    for thread in threads:
        thread.join(20)
    assert peak == allowed
    if allowed == 1:  # of two at once, either may write down its number first
        assert order == list(range(20))
    assert not queue._queue


def test_one_more_than_may_wait_is_refused_with_words() -> None:
    queue = JobQueue(at_once=1, most=0)
    with queue.turn(), pytest.raises(sim.ExperimentError, match="try again"), queue.turn():
        pytest.fail("the job was not refused")
    with queue.turn():
        pass


def test_one_that_gives_up_leaves_the_queue() -> None:
    class GivenUp(Exception):
        pass

    def superseded(before: int) -> None:
        assert before == 1
        raise GivenUp

    queue = JobQueue(at_once=1, most=5)
    with queue.turn():
        with pytest.raises(GivenUp), queue.turn(superseded):
            pytest.fail("the job was not refused")
        assert len(queue._queue) == 1
    assert not queue._queue
