"""Which file of a study's folder a verb reads, where the folder is named instead of a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.study.experiment import Experiment

#: The file of a run directory without which it holds no results.
MANIFEST = "manifest.json"
#: Studies that an error names.
MOST = 5


def is_study(path: Path) -> bool:
    """Return whether this is a folder with YAML files rather than results."""
    from sim.study.files import inside

    return path.is_dir() and not (path / MANIFEST).exists() and bool(inside(path))


def refuse_folder(path: Path) -> None:
    """Refuse a folder of several studies, and name them.

    Raises
    ------
    ExperimentError
        It is one.
    """
    from sim.errors import Diagnostic, ExperimentError

    if path.is_dir() and not is_study(path) and not (path / MANIFEST).exists():
        studies = sorted(str(folder) for folder in path.iterdir() if is_study(folder))
        if studies:
            words = f"'{path}' is a folder of {len(studies)} studies: one is wanted here"
            help = f"name one of {', '.join(studies[:MOST])}"
            raise ExperimentError(Diagnostic("no-scenario", words, None, help))


def refuse_empty(folder: Path, vintage: str) -> None:
    """Refuse the folder of a study without the targets that a verb reads.

    Raises
    ------
    ExperimentError
        It holds none.
    """
    from sim.errors import Diagnostic, ExperimentError

    verb = "calibrate" if vintage == "ex_ante" else "backtest"
    words = f"the folder '{folder}' holds no file of targets of vintage {vintage}"
    help = f"write one, or name it: fulcrum {verb} TARGETS.yaml"
    raise ExperimentError(Diagnostic("no-scenario", words, None, help))


def study_files(files: Sequence[Path], reads: str, *, quiet: bool = True) -> list[Path]:
    """Return files, and of a study's folder those that a verb reads.

    Parameters
    ----------
    reads
        As `sim.analysis.registry.Analysis.reads`; *ex_ante* and *ex_post* are targets, *listed* all
        scenarios, and *files* takes a folder with all that is in it.
    quiet
        Whether the user is not told which file was chosen.

    Returns
    -------
    list of Path
        A folder that holds nothing of the kind stays as it is: the error names it.
    """
    from sim.study.shipped import short_path

    if reads == "files":
        return list(files)
    found: list[Path] = []
    for path in files:
        refuse_folder(path)
        chosen = _within(path, reads) if is_study(path) else []
        if chosen and not quiet:
            print(f"reading {', '.join(map(short_path, chosen))}", file=sys.stderr)
        if not chosen and reads in ("ex_ante", "ex_post") and is_study(path):
            refuse_empty(path, reads)
        found += chosen or [path]
    return found


def _within(folder: Path, reads: str) -> list[Path]:
    from sim.errors import SimError
    from sim.study.documents import read_document
    from sim.study.files import inside, kind
    from sim.study.shipped import USUAL

    by_kind: dict[str, list[Path]] = {}
    for file in inside(folder):
        try:
            named = kind(file)
            if named == "targets":
                vintage = read_document(file).get("vintage")
                named = str(getattr(vintage, "value", ""))
        except SimError:
            continue  # the verb itself says what is wrong with a file that it reads
        by_kind.setdefault(named, []).append(file)
    if reads in ("ex_ante", "ex_post"):
        return by_kind.get(reads, [])[:1]
    models = by_kind.get("model", [])
    if reads == "listed":
        return [*models, *by_kind.get("scenario", [])]
    if reads in ("scenario", "model", "study"):
        return models[:1] if len(models) == 1 else []
    usual = [file for file in by_kind.get("experiment", []) if file.name == USUAL]
    return usual or by_kind.get("scenario", []) or models


def says_futures(experiment: Experiment) -> bool:
    """Whether the file of an experiment says which futures to sample."""
    from sim.study.documents import read_document

    if not experiment.path or experiment.sampler == "central":
        return False
    return read_document(Path(experiment.path)).get("futures") is not None


def holds_results(file: Path) -> bool:
    """Return whether a word of the command line is a directory or an address rather than a file."""
    return file.is_dir() or ":/" in str(file)
