"""A file as a document: a mapping of a kind, with old names of keys replaced."""

from __future__ import annotations

from pathlib import Path

from sim.errors import Diagnostic, ModelError
from sim.model.renames import rename
from sim.model.schema import kind_of
from sim.study.paths import shown
from sim.yaml import Mapping as MappingNode
from sim.yaml import Node, read_file


def read_document(path: Path, kind: str = "", what: str = "") -> MappingNode:
    """Read a file that is a mapping, and of a kind if one is given.

    Raises
    ------
    ModelError
        The file cannot be read, is not YAML, not a mapping, or of another kind.
    """
    node = as_mapping(read_file(path, shown(path)))
    if kind and kind_of(node) != kind:
        help = f"its first key must be '{kind}'"
        raise ModelError(Diagnostic("wrong-kind", f"this is not {what}", node.span, help))
    return node


def read_block(path: Path) -> MappingNode:
    """Read the file of a block; see `read_document`."""
    return read_document(path, "block", "a block")


def as_mapping(node: Node) -> MappingNode:
    """Return a document that is a mapping, with old names of keys replaced.

    Raises
    ------
    ModelError
        It is something else.
    """
    if not isinstance(node, MappingNode):
        raise ModelError(Diagnostic("wrong-type", "a file is a mapping of keys", node.span))
    return rename(node)
