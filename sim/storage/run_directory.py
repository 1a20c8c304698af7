"""Run directories: crash-safe, self-describing results.

A directory contains ``manifest.json``, ``shards/shard-00000.parquet`` … and, with trajectories,
``series/scenario-00000.parquet`` … A shard is a fixed range of rows of one scenario that depends only on
the experiment. A file counts once its SHA-256 is beside it. The first shards are small and have the first
replications of every scenario and future, so an unfinished batch can be compared like a finished one.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from sim.engine.sources import engine
from sim.engine.trace import model_types
from sim.errors import Diagnostic, ExperimentError, ModelError, ResultError
from sim.execution.chunks import Piece, cut
from sim.execution.runner import KernelName
from sim.execution.trajectories import Trajectories
from sim.language.terms import BOOLEAN
from sim.storage.locations import Place, place_of
from sim.storage.manifest import describe, differs, digest, now, package_versions, rebuild, sound
from sim.storage.trajectory_files import read_trajectories
from sim.study.experiment import Experiment
from sim.study.paths import StrPath
from sim.version import __version__

FORMAT = 1
#: What of a plan says how its shards are cut; the first version had no smaller first ones.
LAYOUT = ("shard_rows", "first_rows")
MANIFEST, SHARDS, SERIES = "manifest.json", "shards", "series"


#: What is raised on the way by a plan that was changed by hand.
_CHANGED = (
    *(KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError),
    *(ExperimentError, ModelError),
)


def result_error(code: str, message: str, help: str = "") -> ResultError:
    """Return an error of results, which have no place in a file."""
    return ResultError(Diagnostic(code, message, None, help))


class RunDirectory:
    """The run directory of one experiment."""

    def __init__(
        self, place: Place, experiment: Experiment, description: Mapping[str, Any]
    ) -> None:
        self.place = place
        self.experiment = experiment
        self.description = description
        self.digest = digest(description)
        self.shards = cut(experiment, description["shard_rows"], description.get("first_rows"))

    def write(self, name: str, content: bytes) -> None:
        """Write a file, and then its digest beside it."""
        self.place.write(name, content)
        self.place.write(name + ".sha256", hashlib.sha256(content).hexdigest().encode())

    def read(self, name: str) -> bytes | None:
        """Return a file, or None where it is missing or damaged."""
        content, wanted = self.place.read(name), self.place.read(name + ".sha256")
        if content is None or wanted is None:
            return None
        return content if hashlib.sha256(content).hexdigest().encode() == wanted.strip() else None

    def claims(self, name: str) -> bool:
        """Whether the digest of a file exists, even if the file does not."""
        return self.place.read(name + ".sha256") is not None

    def part(self, part: tuple[int, int] | None) -> list[Piece]:
        """Return the shards of part `k` of `n`, or all: every n-th, so that all parts have small ones."""
        first, step = part or (1, 1)
        return self.shards[first - 1 :: step]

    def missing(self, shards: Sequence[Piece] | None = None) -> list[Piece]:
        """Return the shards that are missing or damaged, of these or of all."""
        among = self.shards if shards is None else shards
        return [shard for shard in among if self.read(shard_name(shard)) is None]

    def traces(self, series: bool | Sequence[str]) -> bool:
        """Whether the trajectories of all series, or of those named, exist; booleans have none."""
        found, types = self.trajectories(), model_types(self.experiment.model)
        wanted = self.experiment.programs()[0].series if isinstance(series, bool) else series
        kept = {name for name in wanted if types.get(name) != BOOLEAN}
        return found is not None and kept <= {*found.names, *found.shares}

    def trajectories(self) -> Trajectories | None:
        """Return the trajectories, or None where those of a scenario are missing or damaged."""
        found = [self.read(series_name(place)) for place in range(len(self.experiment.scenarios))]
        parts = [content for content in found if content is not None]
        return read_trajectories(self.experiment, parts) if len(parts) == len(found) else None

    def manifest(self, *, complete: bool, began: str, command: str, kernel: str) -> None:
        """Write the manifest."""
        content = {
            "fulcrum": __version__,
            "format": FORMAT,
            "complete": complete,
            "digest": self.digest,
            "engine": engine(),
            "command": command,
            "began": began,
            "ended": now() if complete else None,
            "kernel": kernel,
            "python": platform.python_version(),
            "packages": package_versions(),
            "machine": {
                "system": platform.system(),
                "processor": platform.machine(),
                "cores": os.cpu_count(),
            },
            "plan": self.description,
        }
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        self.place.write(MANIFEST, text.encode())


def shard_name(shard: Piece) -> str:
    """Return the name of a shard in its directory."""
    return f"{SHARDS}/shard-{shard.number:05d}.parquet"


def series_name(scenario: int) -> str:
    """Return the name of the trajectories of a scenario in its directory."""
    return f"{SERIES}/scenario-{scenario:05d}.parquet"


def read_manifest(place: Place) -> dict[str, Any]:
    """Read the manifest of a run directory.

    Raises
    ------
    ResultError
        There is none, it is damaged, or it is of another format.
    """
    raw = place.read(MANIFEST)
    if raw is None:
        names = place.names()
        written = any(name.endswith((".yaml", ".yml")) for name in names)
        help = f"name its files, as in {place}/*.yaml" if written else ""
        raise result_error("no-results", f"'{place}' has no results: there is no {MANIFEST}", help)
    file = f"{place}/{MANIFEST}"
    try:
        content = json.loads(raw.decode())
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise result_error("damaged", f"'{file}' is damaged")
    if content.get("format") != FORMAT:
        found = content.get("format")
        raise result_error(
            "other-format", f"'{file}' has format {found!r}, but this version reads format {FORMAT}"
        )
    kinds = {"kernel": str, "complete": bool, "engine": str, "command": str, "plan": dict}
    for name, kind in kinds.items():
        if not isinstance(content.get(name), kind):
            raise result_error(
                "damaged", f"'{file}' is damaged: '{name}' is missing or has the wrong type"
            )
    if content["kernel"] not in get_args(KernelName):
        raise result_error(
            "damaged", f"'{file}' is damaged: there is no kernel '{content['kernel']}'"
        )
    try:
        intact = content["digest"] == digest(content["plan"]) and sound(content["plan"])
    except _CHANGED:
        intact = False
    if not intact:
        raise result_error("damaged", f"'{file}' was changed: its experiment has another digest")
    return content


def open_directory(path: StrPath) -> tuple[RunDirectory, dict[str, Any]]:
    """Open the results in a directory.

    Raises
    ------
    ResultError
        There are none, or they are damaged or of another version.
    """
    place = place_of(path)
    content = read_manifest(place)
    try:
        experiment = rebuild(content["plan"])
        return RunDirectory(place, experiment, content["plan"]), content
    except _CHANGED:
        raise result_error("damaged", f"'{place}/{MANIFEST}' is damaged") from None


def refuse_foreign(place: Place) -> None:
    """Refuse a directory with other files.

    Raises
    ------
    ResultError
        It is neither empty nor a run directory.
    """
    names = place.names()
    if names and MANIFEST not in names:
        raise result_error("not-empty", f"'{place}' is not empty and has no results")


def refuse_other_engine(place: Place, content: Mapping[str, Any]) -> None:
    """Refuse to add to results of another version.

    Raises
    ------
    ResultError
        The manifest names another engine than this one.
    """
    if content["engine"] != engine():
        words = f"'{place}' was written by another version of the engine"
        raise result_error(
            "other-engine", words, "its numbers may differ: rerun into a new directory"
        )


def create_directory(
    place: Place, experiment: Experiment, layout: Mapping[str, int]
) -> tuple[RunDirectory, dict[str, Any] | None]:
    """Return the directory for an experiment and, if it has results of it, its manifest.

    Raises
    ------
    ResultError
        The directory has results of another experiment, or other files.
    """
    refuse_foreign(place)
    content = None
    if MANIFEST in place.names():
        content = read_manifest(place)
        layout = {key: content["plan"][key] for key in LAYOUT if key in content["plan"]}
    description = describe(experiment, layout)
    if content is not None and content["digest"] != digest(description):
        raise result_error(
            "other-plan",
            f"'{place}' has results of another experiment: {differs(content['plan'], description)}",
            "choose another directory",
        )
    return RunDirectory(place, experiment, description), content
