"""Replications that were run before, kept on disk: nothing is computed twice.

What a replication gives depends on the program, the values, the seed, the future and its number, and on
nothing else; so a piece of results is kept under the digest of these, whatever command or page ran
it. Part of the digest is the engine itself: the text of every module that makes numbers. A piece holds
the first replications of its stretch, so a longer run takes them and adds to them.

Worth it: a piece is kept only if it took longer than `WORTH_SECONDS`. Reading one back takes about 3 ms
for 5,000 replications of 50 outcomes; the compiled kernel takes seconds for them. Runs that name their
kernel never read from here: they are meant to run.

An entry (see `sim.kept`) is the rows: its size must be one that the piece can have, nothing in it is
interpreted, and rows that are not possible results count as missing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim import kept as disk
from sim.engine.codegen.program import Program
from sim.engine.sources import engine
from sim.execution.chunks import Piece
from sim.execution.possible import first_impossible
from sim.study.experiment import Experiment

#: A piece that took less is not kept.
WORTH_SECONDS = 0.2
#: Rows of a piece.
ROWS = 5_000

#: Of the layout of an entry.
_FORMAT = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of a piece: ``float64[future, replication, outcome]``, and status and events of each."""

    outcomes: npt.NDArray[np.float64]
    status: npt.NDArray[np.int32]
    events: npt.NDArray[np.int64]


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


def recall(name: str, piece: Piece, program: Program) -> Kept | None:
    """Return what is kept of a piece, from its first replication on; None where there is nothing."""
    row = _row(len(program.model.outcomes))
    content = disk.recall(name, ROWS * row.itemsize)
    if content is None:
        return None
    try:
        flat = np.frombuffer(content, row)
        rows = flat.reshape(piece.end - piece.begin, -1)
    except ValueError:
        return None
    if first_impossible(program, flat["outcomes"], flat["status"], flat["events"]):
        return None
    rows = rows[:, : piece.last - piece.first]
    return Kept(rows["outcomes"], rows["status"], rows["events"])


def keep(name: str, kept: Kept) -> None:
    """Keep rows of a piece; where that cannot be done, nothing happens."""
    rows = np.empty(kept.status.shape, _row(kept.outcomes.shape[2]))
    rows["outcomes"], rows["status"], rows["events"] = kept.outcomes, kept.status, kept.events
    disk.keep(name, rows.tobytes())
