"""Replications that were run before, kept on disk: nothing is computed twice.

What a replication gives depends on the program, the values, the seed, the future and its number, and on
nothing else; so a piece of results is kept under the digest of these, whatever command or page ran
it. Part of the digest is the engine itself: the text of every module that makes numbers. A piece holds
the first replications of its stretch, so a longer run takes them and adds to them.

Worth it: a piece is kept only if it took longer than `WORTH_SECONDS`. Reading one back takes about 3 ms
for 5,000 replications of 50 outcomes; the compiled kernel takes seconds for them. Runs that name their
kernel never read from here: they are meant to run. Damaged entries count as missing, writing is
atomic, and what was used longest ago goes when there is more than `MAX_BYTES`.

``FULCRUM_CACHE`` names another folder, or is ``off``.
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.engine.codegen.program import Program
from sim.execution.chunks import Piece
from sim.study.experiment import Experiment

#: A piece that took less is not kept.
WORTH_SECONDS = 0.2
#: Bound on all that is kept.
MAX_BYTES = 256 * 2**20
#: Rows of a piece.
ROWS = 5_000
SUFFIX = ".fulcrum"

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
    found.update(f"{engine()} {program.digest} {shape}".encode())
    for future in range(piece.begin, piece.end):
        found.update(experiment.row(piece.scenario, future).tobytes())
    return found.hexdigest()


def recall(name: str, piece: Piece, outcomes: int) -> Kept | None:
    """Return what is kept of a piece, from its first replication on; None where there is nothing."""
    folder = cache_folder()
    if folder is None:
        return None
    file = folder / (name + SUFFIX)
    try:
        content = file.read_bytes()
        if hashlib.blake2b(content[_DIGEST:], digest_size=_DIGEST).digest() != content[:_DIGEST]:
            return None
        with np.load(io.BytesIO(content[_DIGEST:]), allow_pickle=False) as arrays:
            kept = Kept(arrays["outcomes"], arrays["status"], arrays["events"])
        os.utime(file)
    except (OSError, ValueError, KeyError, EOFError):
        return None
    count = min(kept.status.shape[1], piece.last - piece.first)
    if kept.outcomes.shape != (piece.end - piece.begin, kept.status.shape[1], outcomes):
        return None
    return Kept(kept.outcomes[:, :count], kept.status[:, :count], kept.events[:, :count])


def keep(name: str, rows: Kept) -> None:
    """Keep rows of a piece; where that cannot be done, nothing happens."""
    folder = cache_folder()
    if folder is None:
        return
    buffer = io.BytesIO()
    np.savez(buffer, outcomes=rows.outcomes, status=rows.status, events=rows.events)
    content = buffer.getvalue()
    beside = folder / f"{name}.{os.getpid()}{SUFFIX}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside.write_bytes(hashlib.blake2b(content, digest_size=_DIGEST).digest() + content)
        beside.replace(folder / (name + SUFFIX))
        shrink(MAX_BYTES)
    except OSError:
        try:
            beside.unlink(missing_ok=True)
        except OSError:
            return


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
                    told = entry.stat()
                except FileNotFoundError:  # another process was quicker
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
