"""Names of files that documents give: relative, with '/', and never out of the study."""

from __future__ import annotations

import os
from pathlib import Path

from sim.errors import Diagnostic, ModelError
from sim.yaml import Node, Scalar

#: What every function that reads or writes a file takes.
StrPath = str | os.PathLike[str]


def shown(path: Path) -> str:
    """Return what messages call a file: its path from the working directory, if it lies below."""
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else str(path)


def study_root(path: Path) -> Path:
    """Return the folder that paths in a file must stay in: the nearest above it with `seeds/`."""
    folder = path.resolve().parent
    for candidate in (folder, *folder.parents):
        if (candidate / "seeds").is_dir():
            return candidate
    return folder


def below(path: Path, node: Node, ends: tuple[str, ...] = (".yaml", ".yml")) -> Path:
    """Return the file that a path in a document names; it has one of the `ends`.

    Raises
    ------
    ModelError
        The path is absolute or leaves the study.
    """
    word = node.value if isinstance(node, Scalar) else None
    if not isinstance(word, str) or not word or "\0" in word:
        raise ModelError(Diagnostic("bad-path", "expected the name of a file", node.span))
    if not word.endswith(ends):
        kind = "YAML" if ".yaml" in ends else "CSV"
        words = f"'{word}' is not the name of a {kind} file"
        help = f"it ends in {' or '.join(ends)}"
        raise ModelError(Diagnostic("bad-path", words, node.span, help))
    if "\\" in word or "://" in word or Path(word).is_absolute() or word.startswith("~"):
        help = "write it relative to this file, with '/'"
        raise ModelError(
            Diagnostic("bad-path", f"'{word}' is not a relative path", node.span, help)
        )
    target = path.parent / word
    try:
        inside = target.resolve().is_relative_to(study_root(path))
    except (OSError, RuntimeError):  # links that lead in a circle
        words = f"'{word}' leads nowhere"
        raise ModelError(Diagnostic("bad-path", words, node.span)) from None
    if not inside:
        raise ModelError(Diagnostic("bad-path", f"'{word}' leaves the study's folder", node.span))
    return Path(os.path.normpath(target))


def existing(
    path: Path, node: Node, ends: tuple[str, ...] = (".yaml", ".yml"), help: str = ""
) -> Path:
    """Return the file that a path in a document names, as `below`, if there is one.

    Raises
    ------
    ModelError
        The path is absolute or leaves the study, or there is no such file.
    """
    target = below(path, node, ends)
    if not target.is_file():
        word = node.value if isinstance(node, Scalar) else ""
        raise ModelError(Diagnostic("no-file", f"there is no file '{word}'", node.span, help))
    return target
