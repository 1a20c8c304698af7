"""What a command reads and how it runs: files → experiment → ensemble, with progress on stderr."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sim.cli.options import KernelName
from sim.cli.progress import Meter
from sim.cli.signals import interruptible
from sim.cli.studies import holds_results, says_futures, study_files
from sim.errors import Diagnostic, ExperimentError, ResultError

if TYPE_CHECKING:
    from sim.analysis.registry import Check
    from sim.execution.ensemble import Ensemble
    from sim.execution.runner import Progress
    from sim.model.types import Model
    from sim.study.experiment import Experiment
    from sim.study.scenario import Scenario
    from sim.study.targets import TargetSet, Vintage


@dataclass
class FileSource:
    """The files and options of a command, as a `sim.analysis.registry.Source`.

    Attributes
    ----------
    listed
        The file that lists the futures, if one is asked for.
    independent
        Whether ranges are sampled even where a model lists plausible futures.
    reads
        What the verb reads, for a study's folder among the files.
    ran
        The ensemble that was run or read, if any.
    """

    files: Sequence[Path]
    replications: int | None = None
    futures: int | None = None
    given_seed: int | None = None
    settings: Sequence[str] | None = None
    kernel: KernelName = "auto"
    quiet: bool = False
    meter: Meter = field(default_factory=lambda: Meter(quiet=True))
    vintage: Vintage | None = None
    usual_seed: int | None = None
    listed: Path | None = None
    independent: bool = False
    vary: Sequence[str] | None = None
    reads: str = "scenarios"
    ran: Ensemble | None = None

    def __post_init__(self) -> None:
        """Read the files of a study where its folder is named."""
        self.files = study_files(self.files, self.reads, quiet=self.quiet)

    @property
    def seed(self) -> int:
        """The seed asked for, that of a file of targets, or the default one."""
        from sim.study.files import DEFAULT_SEED

        seed = self.usual_seed if self.given_seed is None else self.given_seed
        return DEFAULT_SEED if seed is None else seed

    @property
    def progress(self) -> Progress:
        """Called with the replications done and those in all."""
        return self.meter.update

    @property
    def stored(self) -> bool:
        """Whether it is a run directory rather than files."""
        return len(self.files) == 1 and holds_results(self.files[0])

    @property
    def finished(self) -> bool:
        """Whether it has futures of its own: a run directory or an experiment."""
        from sim.study.files import kind

        return self.stored or kind(self.files[0]) == "experiment"

    def scenario(self) -> Scenario:
        """Load the scenario, with the settings of the command."""
        from sim.study.assignments import read_assignments

        if self.stored:
            words = f"a scenario is needed here, not a run directory: '{self.files[0]}'"
            raise ExperimentError(Diagnostic("finished", words, None, "give a scenario"))
        self.refuse_listed()
        return self.load(str(self.files[0])).with_settings(read_assignments(self.settings or ()))

    def baseline(self) -> Scenario:
        """Load the model of the scenario at its defaults."""
        document = self.scenario().document
        assert document is not None
        return self.load(str(document.chain.files[0]))

    def load(self, name: str) -> Scenario:
        """Load another scenario."""
        from sim.study.independence import independent
        from sim.study.scenario import load_scenario
        from sim.study.shipped import shipped_path

        found = load_scenario(shipped_path(Path(name)))
        return independent(found) if self.independent else found

    def targets(self, vintage: Vintage) -> TargetSet:
        """Load the targets, of one vintage."""
        from sim.study.targets import load_targets

        self.vintage = vintage
        self.refuse_listed()
        found = load_targets(self.files[0], vintage)
        found = found.independent() if self.independent else found
        self.usual_seed = found.seed
        return found

    def experiment(self, futures: int = 0) -> Experiment:
        """Load the files as one experiment; warnings go to stderr unless `quiet`.

        Parameters
        ----------
        futures
            Futures to sample where neither the command nor the experiment's file says how many.
        """
        from sim.study.assignments import read_assignments, read_design
        from sim.study.files import load, with_futures
        from sim.study.futures import EXPLORED
        from sim.study.model_futures import at_most

        if self.stored:
            from sim.storage.run_directory import open_directory

            self.refuse_options()
            return open_directory(self.files[0])[0].experiment
        if self.vintage is not None:
            targets = self.targets(self.vintage)
            asked = self.futures
            if asked is None:
                asked = at_most(targets.scenarios[0].model, futures) if futures else 0
            return targets.planned(self.replications, self.given_seed, asked)
        logger = logging.getLogger("sim")
        before = logger.level
        logger.setLevel(logging.ERROR if self.quiet else before)
        try:
            found = load(
                self.files,
                replications=self.replications,
                seed=self.given_seed,
                settings=read_assignments(self.settings or ()),
                futures=self.futures if self.listed is None else self.listed,
                vary=read_design(self.vary or ()),
                independent=self.independent,
            )
        finally:
            logger.setLevel(before)
        if futures and self.futures is None and self.listed is None and not says_futures(found):
            usual = at_most(found.model, futures)
            found = with_futures(found, usual, self.replications or EXPLORED)
        return found

    def ensemble(
        self,
        check: Check = lambda e: None,
        *,
        futures: int = 0,
        series: Callable[[Model], Sequence[str]] = lambda model: (),
        halves: bool = False,
    ) -> Ensemble:
        """Return the results of a run directory, or run the files.

        Parameters
        ----------
        check
            Raises for what cannot be used, before anything runs.
        series
            From a model to the series that are kept over time.
        halves
            Whether they are wanted for each future too, which a run directory does not have.

        Raises
        ------
        SimError
            A file is faulty, the directory holds no results, or finished results cannot follow an
            option.
        """
        if not self.stored:
            experiment = self.experiment(futures)
            check(experiment)
            return self.run(experiment, series=series(experiment.model))
        from sim.storage.results import load_results

        self.ran = load_results(self.files[0])
        self.refuse_options()
        check(self.ran.experiment)
        names = series(self.ran.experiment.model)
        kept, many = self.ran.trajectories, len(self.ran.experiment.futures) > 1
        if names and (kept is None or (halves and many and kept.halves is None)):
            planned = self.ran.planned
            self.ran = replace(self.run(self.ran.experiment, series=names), planned=planned)
        return self.ran

    def run(
        self,
        experiment: Experiment,
        *,
        series: Sequence[str] = (),
        log: str | None = None,
        cache: bool = True,
    ) -> Ensemble:
        """Run an experiment with progress on stderr."""
        from sim.execution.runner import run

        with interruptible() as pulse, Meter(self.quiet, log, pulse) as meter:
            meter.begin(experiment)
            self.ran = run(
                experiment, kernel=self.kernel, progress=meter.update, series=series or False,
                cache=cache,
            )  # fmt: skip
            meter.done(self.ran)
        return self.ran

    def narrowed(
        self, check: Check, precision: str, baseline: str | None, outcomes: Sequence[str], cap: int
    ) -> Ensemble:
        """Add replications until the intervals are narrow enough; say so if they are not."""
        from sim.analysis.stopping import parse_precision, run_until

        experiment = self.experiment()
        check(experiment)
        with interruptible() as pulse, Meter(self.quiet, None, pulse) as meter:
            meter.begin(experiment)
            found = run_until(
                experiment, parse_precision(precision), baseline=baseline, outcomes=outcomes,
                cap=cap, kernel=self.kernel, progress=meter.update,
            )  # fmt: skip
            meter.done(found.ensemble)
        for reason in found.reasons:
            self.message(reason)
        if not found.reached:
            name, scenario, ratio = found.widest
            ran = found.ensemble.experiment
            size = len(ran.futures) * ran.replications
            width = "rests on too few different values"
            if ratio < math.inf:
                width = f"is still {ratio:.1f} times as wide as asked"
            self.message(
                f"stopped at {size:,} of at most {cap:,} replications per scenario: the interval of "
                f"'{name}' in '{scenario}' {width}"
            )
        self.ran = found.ensemble
        return self.ran

    def plan(self) -> str:
        """Return where the futures come from, in a sentence; nothing where none were sampled."""
        ran = self.ran.experiment if self.ran else self.experiment()
        count = len(ran.futures)
        if count < 2 or self.futures is not None or self.listed is not None:
            return ""
        if ran.path and not self.stored:
            words = f"{count:,} futures and seed {ran.seed} are those of {Path(ran.path).name}"
            return f"The {words}; other futures give somewhat other counts."
        if self.stored:
            return ""
        return (
            f"No experiment is named, so {count:,} futures are sampled with seed {ran.seed}; one with "
            "futures of its own gives somewhat other counts."
        )

    def usual_baseline(self) -> str:
        """Return the baseline of an experiment among the files, or the first scenario."""
        from sim.study.experiment_file import load_experiment
        from sim.study.files import kinds

        experiment = self.ran.experiment if self.ran else self.experiment()
        names = [scenario.name for scenario in experiment.scenarios]
        for file, kind in kinds([file for file in self.files if not holds_results(file)]):
            if kind == "experiment":
                first = load_experiment(file).scenarios[0].name
                if first in names:
                    return first
        return names[0]

    def refuse_options(self) -> None:
        """Refuse options that finished results cannot follow."""
        given = (self.replications, self.given_seed, self.futures, self.listed)
        asked = any(value is not None for value in given)
        if asked or self.settings or self.vary or self.independent:
            options = "-n, --seed, --set, --vary, --independent and --futures"
            words = f"a run directory holds finished results: {options} do not apply"
            raise ExperimentError(Diagnostic("finished", words))

    def refuse_listed(self) -> None:
        """Refuse a file of futures where a design of its own is run."""
        if self.listed is not None:
            words = f"the futures of '{self.listed}' cannot be used here: this design has its own"
            help = "use it with run, compare, quantiles, robustness, voi or report"
            raise ExperimentError(Diagnostic("bad-futures", words, None, help))

    def message(self, text: str) -> None:
        """Print a message on stderr, unless `quiet`."""
        if not self.quiet:
            print(text, file=sys.stderr)


def check_output(output: Path) -> None:
    """Refuse a file that cannot be written, before anything runs.

    Raises
    ------
    ResultError
        Its folder does not exist, or it is a folder.
    """
    if not output.parent.is_dir():
        raise ResultError(Diagnostic("no-folder", f"there is no folder '{output.parent}'"))
    if output.is_dir():
        raise ResultError(Diagnostic("is-folder", f"'{output}' is a folder, not a file"))


def report_failures(ensemble: Ensemble) -> None:
    """Print failed replications and partial results on stderr; exit 1 if a replication failed."""
    if ensemble.partial:
        print(ensemble.partial_note, file=sys.stderr)
    if not ensemble.failures:
        return
    for failure in ensemble.failures[:5]:
        where = f"{failure.scenario}, replication {failure.replication}"
        if failure.future:
            where += f", future {failure.future}"
        if failure.event:
            where += f", event '{failure.event}', time {failure.time:.4g}"
        print(f"failed: {where}", file=sys.stderr)
        print(f"   {failure.message}", file=sys.stderr)
    print(
        f"{len(ensemble.failures):,} of {ensemble.failed.size:,} replications failed",
        file=sys.stderr,
    )
    raise typer.Exit(1)
