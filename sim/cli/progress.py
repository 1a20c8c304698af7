"""Progress: a bar with rate and time left on a terminal, plain lines elsewhere, JSON where asked."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress

    from sim.execution.ensemble import Ensemble
    from sim.study.experiment import Experiment

#: Seconds between two plain lines, and between two lines of a log.
EVERY = {"line": 5.0, "log": 1.0}
#: Seconds after the first step by which a rate is known.
MEASURED = 0.5
#: What a record of the library may say besides its message.
_FIELDS = ("shard", "rows")


class Meter:
    """Shows how far a run is.

    Parameters
    ----------
    log
        Where structured lines go: a file, ``-`` for stderr, or nowhere.
    pulse
        Called at every step; it may raise.
    """

    def __init__(
        self, quiet: bool, log: str | None = None, pulse: Callable[[], None] | None = None
    ) -> None:
        self.quiet = quiet
        self.log = log
        self.pulse = pulse
        self.started = time.perf_counter()
        self.completed = 0
        self.marks: list[tuple[float, int]] = []
        self.finished = False
        self.bar: Progress | None = None
        self.last = {"line": self.started, "log": 0.0}
        self.file: IO[str] | None = None
        self.handlers: list[logging.Handler] = []
        logger = logging.getLogger("sim")
        self.before = (logger.level, logger.propagate)

    def __enter__(self) -> Meter:
        if self.log is not None:
            self.file = (
                sys.stderr if self.log == "-" else Path(self.log).open("a", encoding="utf-8")
            )
            self._listen(_Call(lambda record: self._write_record(record)), logging.DEBUG)
        if not self.quiet:
            self._listen(_Call(lambda record: self._print(record.getMessage())), logging.INFO)
        return self

    def begin(self, experiment: Experiment) -> None:
        """Log what is about to run."""
        self.write(
            "begin",
            experiment=experiment.name,
            scenarios=[scenario.name for scenario in experiment.scenarios],
            futures=len(experiment.futures),
            replications=experiment.replications,
            seed=experiment.seed,
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self.bar is not None:
            self.bar.stop()
        if kind is None and self.completed and not self.finished and not self.quiet:
            seconds = time.perf_counter() - self.started
            self._print(f"{self.completed:,} replications in {seconds:.1f} s")
        if kind is not None:
            self.write("stopped", error=kind.__name__, message=str(error))
        logger = logging.getLogger("sim")
        for handler in self.handlers:
            logger.removeHandler(handler)
        logger.setLevel(self.before[0])
        logger.propagate = self.before[1]
        if self.file is not None and self.file is not sys.stderr:
            self.file.close()

    def _listen(self, handler: logging.Handler, level: int) -> None:
        handler.setLevel(level)
        self.handlers.append(handler)
        logger = logging.getLogger("sim")
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        logger.addHandler(handler)

    def _start_bar(self, total: int) -> Progress:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        bar = Progress(
            "running", BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True), console=Console(stderr=True), transient=True,
        )  # fmt: skip
        bar.start()
        self.task = bar.add_task("run", total=total, rate="")
        return bar

    def write(self, event: str, **fields: Any) -> None:
        """Write a structured line."""
        if self.file is not None:
            told = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
            with suppress(OSError, ValueError):  # a log that cannot be written ends no run
                self.file.write(json.dumps(told | fields, ensure_ascii=False) + "\n")
                self.file.flush()

    def _write_record(self, record: logging.LogRecord) -> None:
        fields = {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        level = record.levelname.lower()
        self.write("message", level=level, message=record.getMessage(), **fields)

    def _print(self, text: str) -> None:
        if self.bar is not None:
            self.bar.console.print(text, markup=False, highlight=False)
        else:
            print(text, file=sys.stderr)

    def update(self, done: int, total: int) -> None:
        """Show that `done` of `total` replications are finished."""
        if self.pulse is not None:
            self.pulse()
        now = time.perf_counter()
        rate, left = self._speed(done, total, now)
        shown = not self.quiet and self.log != "-" and sys.stderr.isatty()
        if self.bar is None and shown:
            self.bar = self._start_bar(total)
        if done == total:
            self.completed += total
        if self.bar is not None:
            self.bar.update(
                self.task, completed=done, total=total, rate=f"{rate:,.0f}/s" if rate else ""
            )
        elif not self.quiet and now - self.last["line"] > EVERY["line"]:
            self.last["line"] = now
            print(_line(done, total, rate, left), file=sys.stderr)
        if self.file is not None and now - self.last["log"] > EVERY["log"]:
            self.last["log"] = now
            seconds = None if left is None else round(left, 1)
            self.write(
                "progress", done=done, total=total, rate=round(rate, 1), seconds_left=seconds
            )

    def _speed(self, done: int, total: int, now: float) -> tuple[float, float | None]:
        """Return replications a second and the seconds left; 0 and None until they can be measured.

        The first step is no measure: it waits for the model to be compiled, and for worker processes.
        """
        marks = self.marks
        if marks and done < marks[-1][1]:
            marks.clear()  # the next part of an analysis begins
        if not marks or done > marks[-1][1]:
            marks.append((now, done))
        begin, first = marks[0]
        end, last = marks[-1]
        if end - begin < MEASURED or last == first:
            return 0.0, None
        rate = (last - first) / (end - begin)
        return rate, max(0.0, (total - done) / rate - (now - end))

    def done(self, ensemble: Ensemble) -> None:
        """Say what was run, on which kernel, and how long it took."""
        self.finished = True
        seconds = time.perf_counter() - self.started
        experiment = ensemble.experiment
        self.write(
            "end", kernel=ensemble.kernel, events=ensemble.events, failed=len(ensemble.failures),
            seconds=round(seconds, 3),
        )  # fmt: skip
        if self.quiet:
            return
        futures = f" × {len(experiment.futures)} futures" if len(experiment.futures) > 1 else ""
        self._print(
            f"{len(experiment.scenarios)} scenario{'s' if len(experiment.scenarios) > 1 else ''}{futures} × "
            f"{experiment.replications:,} replications, seed {experiment.seed}, {ensemble.kernel} kernel, "
            f"{ensemble.events:,} events, {seconds:.1f} s"
        )


class _Call(logging.Handler):
    """Hands records to a function."""

    def __init__(self, call: Callable[[logging.LogRecord], None]) -> None:
        super().__init__()
        self.call = call

    def emit(self, record: logging.LogRecord) -> None:
        """Hand over a record."""
        self.call(record)


def _line(done: int, total: int, rate: float, left: float | None) -> str:
    """Return how far a run is, in a line."""
    text = f"{done:,} of {total:,} replications" + (f", {rate:,.0f} a second" if rate else "")
    return text if left is None else f"{text}, {_span(left)} left"


def _span(seconds: float) -> str:
    """Return a stretch of time in words."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
