"""Ctrl-C and SIGTERM: end soon, keep what is finished, and at the second time end at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

#: Seconds until the process ends, whatever it still does.
PATIENCE = 1.7


@contextmanager
def interruptible(kept: Callable[[], str] = str) -> Iterator[Callable[[], None]]:
    """End within two seconds of SIGINT or SIGTERM, with exit code 130 or 143.

    The first signal raises where the program is, so that its threads are told to stop; a second one,
    or a replication that lasts too long, ends the process as it stands. Run directories bear that.

    Parameters
    ----------
    kept
        Called when a signal comes: where finished shards are, or nothing.

    Yields
    ------
    Callable
        Raises if a signal came whose exception was lost, as it is inside a finalizer.
    """
    caught: list[int] = []

    def leave(number: int) -> NoReturn:
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    def handle(number: int, frame: FrameType | None) -> None:
        if caught:
            _end(number)
        caught.append(number)
        place = kept()
        words = (
            f": finished shards are kept in '{place}', the same command goes on" if place else ""
        )
        os.write(2, f"\nfulcrum: interrupted{words}\n".encode())
        clock = threading.Timer(PATIENCE, _end, [number])
        clock.daemon = True
        clock.start()
        leave(number)

    def check() -> None:
        if caught:
            leave(caught[0])

    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield check
    except Exception:
        check()  # a lock that a signal interrupted may not be released: that is the signal's doing
        raise
    finally:
        if not caught:  # else the clock is running, and another signal ends it
            for number, handler in before.items():
                signal.signal(number, handler)


def _end(number: int) -> NoReturn:
    """Leave now: no thread is waited for, and a hidden cursor is shown again."""
    if sys.stderr.isatty():
        os.write(2, b"\x1b[?25h")
    os._exit(128 + number)
