"""Parts of a batch that ran into directories of their own, joined in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.errors import Diagnostic, ResultError
from sim.execution.chunks import Piece
from sim.storage.locations import Place, place_of
from sim.storage.manifest import command_line, differs, now
from sim.storage.run_directory import (
    MANIFEST,
    SHARDS,
    RunDirectory,
    open_directory,
    read_manifest,
    refuse_foreign,
    refuse_other_engine,
    shard_name,
)
from sim.storage.shards import read_table
from sim.study.paths import StrPath


def merge_directories(path: StrPath, sources: Sequence[StrPath]) -> tuple[int, int]:
    """Copy the shards of several run directories of one experiment into another one.

    Parameters
    ----------
    path : str or os.PathLike
        The directory to write: a new one, or one with results of the same experiment.
    sources : sequence of str or os.PathLike
        Run directories, each with some of the shards; the same shard may be in several.

    Returns
    -------
    tuple of int
        How many shards are there now, and of how many.

    Raises
    ------
    ResultError
        The directories have results of different experiments, a shard is damaged, or two directories
        differ in one.
    """
    opened = [open_directory(source) for source in sources]
    first, manifest = opened[0]
    for directory, content in opened:
        _refuse_other(directory.place, content, first)
    place = place_of(path)
    place.make("")
    refuse_foreign(place)
    with place.locked():
        if MANIFEST in place.names():
            _refuse_other(place, read_manifest(place), first)
        place.sweep()
        target = RunDirectory(place, first.experiment, first.description)
        told = {"began": now(), "command": command_line(), "kernel": manifest["kernel"]}
        target.manifest(complete=False, **told)
        place.make(SHARDS)
        parts = [directory for directory, _ in opened]
        there = sum(_gather(target, parts, shard) for shard in target.shards)
        if there == len(target.shards):
            target.manifest(complete=True, **told)
    return there, len(target.shards)


def _refuse_other(place: Place, content: Mapping[str, Any], first: RunDirectory) -> None:
    """Refuse results of another experiment than those of the first directory."""
    if content["digest"] != first.digest:
        how = differs(content["plan"], first.description)
        words = f"'{place}' has results of another experiment than '{first.place}': {how}"
        help = "the parts of a batch come from the same command, but for --part and -o"
        raise ResultError(Diagnostic("other-plan", words, None, help))
    refuse_other_engine(place, content)


def _gather(target: RunDirectory, parts: Sequence[RunDirectory], shard: Piece) -> bool:
    """Copy a shard to the target, unless it has it; return whether it is there."""
    name, found = shard_name(shard), dict[bytes, RunDirectory]()
    for directory in (target, *parts):
        content = directory.read(name)
        if content is not None:
            found.setdefault(content, directory)
        elif directory is not target and directory.claims(name):
            words = f"'{directory.place}/{name}' is damaged"
            raise ResultError(Diagnostic("damaged", words, None, "run its part again"))
    if len(found) > 1:
        one, other = (str(directory.place) for directory in list(found.values())[:2])
        words = f"'{one}' and '{other}' differ in {name}"
        help = f"fulcrum verify {one} --all says whether it is the right one"
        raise ResultError(Diagnostic("damaged", words, None, help))
    for content, directory in found.items():
        read_table(content, target.experiment, shard)
        if directory is not target:
            target.write(name, content)
    return bool(found)
