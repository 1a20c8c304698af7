"""Strict YAML text → a tree of nodes, each with its place in the file; and back.

A scalar is text, a number (YAML 1.2: ``1e-3`` is one), ``true``, ``false`` or null. What YAML 1.1
and 1.2 read differently is refused, and so are tags, anchors, merge keys, directives, second
documents and duplicate keys. Every error is a `ModelError`; errors of single scalars and keys are
reported together.
"""

from sim.yaml.editor import dump, splice
from sim.yaml.nodes import (
    Entry,
    Mapping,
    Node,
    Place,
    Scalar,
    Sequence,
    Step,
    Value,
    find,
    locate,
    merge,
    to_data,
)
from sim.yaml.reader import read_file, read_text
from sim.yaml.scalars import plain

__all__ = [
    "Entry",
    "Mapping",
    "Node",
    "Place",
    "Scalar",
    "Sequence",
    "Step",
    "Value",
    "dump",
    "find",
    "locate",
    "merge",
    "plain",
    "read_file",
    "read_text",
    "splice",
    "to_data",
]
