"""Which file was meant by a path that nothing has."""

from __future__ import annotations

import difflib
import os
from itertools import islice
from pathlib import Path

#: Names of a folder among which the nearest is sought.
MOST = 10_000


def near_path(path: str | os.PathLike[str]) -> str:
    """Return a hint with the nearest file or folder that exists; empty where none is near."""
    wanted = Path(path)
    try:
        if (near := Path(f"{wanted}.yaml")).is_file():
            return f"did you mean '{near}'?"
        parent, wrong = wanted.parent, wanted.name
        while not parent.is_dir() and parent != parent.parent:
            parent, wrong = parent.parent, parent.name
        inside = (file.name for file in islice(parent.iterdir(), MOST))
        names = [name for name in inside if not name.startswith(".")]
        rest = wanted.relative_to(parent / wrong)
        for name in difflib.get_close_matches(wrong, names, cutoff=0.6):
            if (meant := parent / name / rest).exists():
                return f"did you mean '{meant}'?"
    except (OSError, ValueError):
        pass  # a hint is no reason for another error
    return ""
