"""Read strict YAML into nodes with their places in the file, and write YAML.

A scalar is text, a number (as in YAML 1.2, so ``1e-3`` is one), ``true``, ``false`` or null. Scalars
that YAML 1.1 and 1.2 read differently are rejected, as are tags, anchors, merge keys, directives,
multiple documents and duplicate keys. Every error is a `ModelError`; errors of scalars and keys are
reported together.
"""

from sim.yaml.editor import dump, splice
from sim.yaml.nodes import (
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Step,
    Value,
    find,
    locate,
    merge,
    to_data,
)
from sim.yaml.reader import read_characters, read_file, read_text
from sim.yaml.scalars import plain

__all__ = [
    "Entry",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "Step",
    "Value",
    "dump",
    "find",
    "locate",
    "merge",
    "plain",
    "read_characters",
    "read_file",
    "read_text",
    "splice",
    "to_data",
]
