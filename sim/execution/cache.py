"""Replications that were run before, kept on disk: nothing is computed twice.

What a replication gives depends on the program, the values, the seed, the future and its number, and on
nothing else; so a piece of results is kept under the digest of these, whatever command or page ran
it. Part of the digest is the engine itself: the text of every module that makes numbers. A piece holds
the first replications of its stretch, so a longer run takes them and adds to them.

Worth it: a piece is kept only if it took longer than `WORTH_SECONDS`. Reading one back takes about 3 ms
for 5,000 replications of 50 outcomes; the compiled kernel takes seconds for them. Runs that name their
kernel never read from here: they are meant to run. Writing is atomic, and what was used longest ago
goes when there is more than `MAX_BYTES`.

An entry is a digest and the rows. The digest guards against accidents, not against somebody who writes an
entry of his own: so its size must be one that the piece can have, nothing in it is interpreted, and
what is not a regular file with possible results counts as missing.

``FULCRUM_CACHE`` names another folder, or is ``off``.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.engine.codegen.program import Program
from sim.execution.chunks import Piece
from sim.execution.possible import first_impossible
from sim.study.experiment import Experiment
from sim.study.paths import read_regular

#: A piece that took less is not kept.
WORTH_SECONDS = 0.2
#: Bound on all that is kept.
MAX_BYTES = 256 * 2**20
#: Rows of a piece.
ROWS = 5_000
SUFFIX = ".fulcrum"

#: Of the layout of an entry.
_FORMAT = 2
_DIGEST = 32
_HOME = Path(__file__).parent.parent
#: Packages and modules of `sim` that turn files and random numbers into results.
ENGINE = (
    *("engine", "language", "model", "numerics", "yaml"),
    *(
        f"study/{name}.py"
        for name in ("arguments", "experiment", "futures", "overlay", "paths", "scenario")
    ),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of a piece: ``float64[future, replication, outcome]``, and status and events of each."""

    outcomes: npt.NDArray[np.float64]
    status: npt.NDArray[np.int32]
    events: npt.NDArray[np.int64]


def cache_folder() -> Path | None:
    """Return the folder of the cache, or None where it is off."""
    named = os.environ.get("FULCRUM_CACHE", "")
    if named:
        return None if named.lower() in ("off", "0", "no") else Path(named)
    try:
        if sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # no home
        return None
    return base / "fulcrum"


@functools.cache
def engine() -> str:
    """Return the digest of every module of the engine that can change a number."""
    found = hashlib.blake2b(digest_size=16)
    for file in engine_files():
        found.update(f"{file.relative_to(_HOME).as_posix()}\0".encode() + file.read_bytes())
    return found.hexdigest()


def engine_files() -> list[Path]:
    """Return the modules of the engine, sorted."""
    tops = [_HOME / name for name in ENGINE]
    return sorted(file for top in tops for file in ([top] if top.is_file() else top.rglob("*.py")))


def name_of(experiment: Experiment, program: Program, piece: Piece) -> str:
    """Return the name a piece is kept under."""
    found = hashlib.blake2b(digest_size=20)
    shape = (piece.begin, piece.end, piece.first, experiment.seed, experiment.randomness)
    found.update(f"{_FORMAT} {engine()} {program.digest} {shape}".encode())
    for future in range(piece.begin, piece.end):
        found.update(experiment.row(piece.scenario, future).tobytes())
    return found.hexdigest()


def _row(outcomes: int) -> np.dtype[np.void]:
    """Return the layout of a row in an entry."""
    return np.dtype([("outcomes", "<f8", (outcomes,)), ("status", "<i4"), ("events", "<i8")])


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST).digest()


def recall(name: str, piece: Piece, program: Program) -> Kept | None:
    """Return what is kept of a piece, from its first replication on; None where there is nothing."""
    folder = cache_folder()
    if folder is None:
        return None
    file, row = folder / (name + SUFFIX), _row(len(program.model.outcomes))
    try:
        content = read_regular(file, most=_DIGEST + ROWS * row.itemsize)
        if content is None or _digest(content[_DIGEST:]) != content[:_DIGEST]:
            return None
        flat = np.frombuffer(content, row, offset=_DIGEST)
        rows = flat.reshape(piece.end - piece.begin, -1)
        os.utime(file)
    except (OSError, ValueError):
        return None
    if first_impossible(program, flat["outcomes"], flat["status"], flat["events"]):
        return None
    rows = rows[:, : piece.last - piece.first]
    return Kept(rows["outcomes"], rows["status"], rows["events"])


def keep(name: str, kept: Kept) -> None:
    """Keep rows of a piece; where that cannot be done, nothing happens."""
    folder = cache_folder()
    if folder is None:
        return
    rows = np.empty(kept.status.shape, _row(kept.outcomes.shape[2]))
    rows["outcomes"], rows["status"], rows["events"] = kept.outcomes, kept.status, kept.events
    content = rows.tobytes()
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, beside = tempfile.mkstemp(SUFFIX, name, folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_digest(content) + content)
            Path(beside).replace(folder / (name + SUFFIX))
        except OSError:
            Path(beside).unlink()
            raise
        shrink(MAX_BYTES)


def entries() -> list[tuple[float, int, Path]]:
    """Return when each entry was used last, its size and its file, the oldest first."""
    folder = cache_folder()
    found = []
    if folder is not None and folder.is_dir():
        with os.scandir(folder) as listed:
            for entry in listed:
                if not entry.name.endswith(SUFFIX):  # the folder may hold other things
                    continue
                try:
                    told = entry.stat(follow_symlinks=False)
                except FileNotFoundError:  # another process was quicker
                    continue
                if stat.S_ISDIR(told.st_mode):
                    continue
                found.append((told.st_mtime, told.st_size, Path(entry.path)))
    return sorted(found)


def shrink(bound: int) -> int:
    """Remove what was used longest ago until all is a fifth below the bound; return how many went."""
    found = entries()
    size = sum(size for _, size, _ in found)
    if size <= bound:
        return 0
    gone = 0
    for _, bytes_, file in found:
        if size <= bound * 4 // 5:
            break
        file.unlink(missing_ok=True)
        size -= bytes_
        gone += 1
    return gone
