"""What is named beside an experiment: further scenarios, or a file of futures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sim.study.experiment import Experiment
from sim.study.experiment_file import load_experiment
from sim.study.futures import sizes
from sim.study.listed_futures import read_futures
from sim.study.paths import StrPath, shown


def beside(
    experiments: Sequence[Path], scenarios: Sequence[Path], given: Sequence[StrPath]
) -> list[Path] | None:
    """Return the scenarios that are added to an experiment named among them; None where none is."""
    if len(experiments) != 1 or experiments[0] not in {Path(path) for path in given}:
        return None
    own = {Path(s.path).resolve() for s in load_experiment(experiments[0]).scenarios if s.path}
    return [file for file in scenarios if file.resolve() not in own]


def with_listed(experiment: Experiment, path: Path, replications: int | None) -> Experiment:
    """Return an experiment with the futures of a file."""
    names, values = read_futures(path, experiment.model, experiment.scenarios[0].base)
    each = replications or (experiment.replications if experiment.path else None)
    return replace(
        experiment,
        replications=sizes(True, len(values), each)[1],
        parameters=names,
        futures=values,
        sampler="listed",
        origin="",
        listed=shown(path),
    )
