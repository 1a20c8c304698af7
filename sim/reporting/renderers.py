"""SVG of many charts at once, in processes of their own: vl-convert draws one at a time in each."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from subprocess import DEVNULL, PIPE, Popen
from typing import TypeAlias

from sim.reporting import renderer

#: From a chart as JSON to a function that waits for its SVG.
Render: TypeAlias = Callable[[str], Callable[[], str]]
#: More processes take more memory, about 150 MB each, than they save time.
MAX_PROCESSES = 4


def here(spec: str) -> Callable[[], str]:
    """Return a function that draws a chart in this process."""
    from sim.charts.export import drawn

    return partial(drawn, spec)


@contextmanager
def rendering(count: int | None = None) -> Iterator[Render]:
    """Start processes that draw charts; they end with the block.

    Parameters
    ----------
    count
        Processes; by default one for each core, up to `MAX_PROCESSES`. Below two, and where none can
        be started or one ends early, this process draws.

    Examples
    --------
    >>> with rendering(2) as render:
    ...     waiting = [render('{"mark": "point", "data": {"values": []}}') for _ in range(3)]
    ...     [svg()[:4] for svg in waiting]
    ['<svg', '<svg', '<svg']
    """
    count = min(os.cpu_count() or 1, MAX_PROCESSES) if count is None else count
    processes: list[Popen[bytes]] = []
    if count > 1 and sys.executable:
        command = [sys.executable, "-P", str(Path(renderer.__file__))]
        with suppress(OSError):
            for _ in range(count):
                processes.append(Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL))
    if not processes:
        yield here
        return
    idle: SimpleQueue[Popen[bytes]] = SimpleQueue()
    for process in processes:
        idle.put(process)

    def asked(spec: str) -> str:
        process = idle.get()
        try:
            return _asked(process, spec) or here(spec)()
        finally:
            idle.put(process)

    pool = ThreadPoolExecutor(len(processes))
    try:
        yield lambda spec: pool.submit(asked, spec).result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
            process.wait()
        pool.shutdown()
        for process in processes:
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what it did not read is lost with it
                    assert pipe is not None
                    pipe.close()


def _asked(process: Popen[bytes], spec: str) -> str | None:
    """Return the SVG that a process draws, or None where it has ended."""
    assert process.stdin is not None and process.stdout is not None
    try:
        renderer.send(process.stdin, spec)
        return renderer.receive(process.stdout)
    except (OSError, ValueError):
        return None
