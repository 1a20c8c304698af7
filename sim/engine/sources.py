"""The digest of the engine: part of the name of whatever is kept of its work."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

_HOME = Path(__file__).parent.parent
#: Packages and modules of `sim` that turn files and random numbers into results.
ENGINE = (
    *("engine", "language", "model", "numerics", "yaml"),
    *(
        f"study/{name}.py"
        for name in (
            *("arguments", "block_declarations", "block_files", "blocks", "dependence", "designs"),
            *("experiment", "families", "filling", "futures", "laws", "listed_futures", "overlay"),
            *("model_futures", "own_values", "paths", "scenario", "scenario_tables", "set_files"),
            *("shares", "table_files"),
        )
    ),
)


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
