"""Progress on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

    from sim.ensemble import Ensemble
    from sim.experiment import Experiment


class Meter:
    """Shows how far a run is."""

    def __init__(self, plan: Experiment, quiet: bool) -> None:
        self.plan = plan
        self.quiet = quiet
        self.begun = time.perf_counter()
        self.bar: Progress | None = None
        self.last = self.begun

    def __enter__(self) -> Meter:
        if not self.quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

            self.bar = Progress(
                "running",
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self.bar.start()
            self.task = self.bar.add_task("run", total=self.plan.size)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self.bar is not None:
            self.bar.stop()

    def update(self, done: int, total: int) -> None:
        """Show that `done` of `total` replications are finished."""
        now = time.perf_counter()
        if self.bar is not None:
            self.bar.update(self.task, completed=done)
        elif not self.quiet and now - self.last > 5:
            print(f"{done:,} of {total:,} replications", file=sys.stderr)
            self.last = now

    def done(self, ensemble: Ensemble) -> None:
        """Say what was run, on which kernel, and how long it took."""
        if self.quiet:
            return
        seconds = time.perf_counter() - self.begun
        plan = self.plan
        futures = f" × {len(plan.futures)} futures" if len(plan.futures) > 1 else ""
        print(
            f"{len(plan.scenarios)} scenario{'s' if len(plan.scenarios) > 1 else ''}{futures} × "
            f"{plan.replications:,} replications, seed {plan.seed}, {ensemble.kernel} kernel, "
            f"{ensemble.events:,} events in {seconds:.1f} s",
            file=sys.stderr,
        )
