"""Declarations of blocks, under `blocks` or in files of their own, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Diagnostic, ModelError, did_you_mean
from sim.language.names import name_error
from sim.model.schema import BlockFile
from sim.model.shapes import validate
from sim.study.filling import braces, unquoted
from sim.yaml import Mapping as MappingNode
from sim.yaml import Sequence as SequenceNode
from sim.yaml import locate

#: What a block may hold. Their entries are grouped by use.
SECTIONS = ("levers", "parameters", "state", "derived", "events", "outcomes")
#: Keys of a use that name the block.
SOURCES = ("block", "file")


@dataclass(frozen=True)
class Block:
    """A block: `key` tells it from all others, `path` is the file that it stands in."""

    name: str
    key: tuple[str, str]
    node: MappingNode
    needs: tuple[str, ...]
    path: Path


def read_file(path: Path, read: Callable[[Path], MappingNode]) -> Block:
    """Return the block of a file.

    Raises
    ------
    ModelError
        With every error of its structure.
    """
    node = read(path)
    shape, errors, _ = validate(node, BlockFile)
    if shape is None or errors:
        raise ModelError(errors)
    if error := name_error(shape.block, spoken=False):
        span = locate(node, ("block",)).value
        raise ModelError(Diagnostic("bad-name", f"'{shape.block}' {error}", span))
    block = Block(shape.block, (str(path.resolve()), ""), node, tuple(shape.needs), path)
    if errors := list(faults(block)):
        raise ModelError(errors)
    return block


def faults(block: Block) -> Iterator[Diagnostic]:
    """Yield what is wrong with a block, whoever uses it."""
    listed = locate(block.node, ("needs",)).node
    places = [item.span for item in listed.items] if isinstance(listed, SequenceNode) else []
    for place, (need, span) in enumerate(zip(block.needs, places, strict=True)):
        if error := name_error(need, spoken=False):
            yield Diagnostic("bad-name", f"'{need}' {error}", span)
        elif need in SOURCES:
            yield Diagnostic("bad-name", f"'{need}' names the block in a use", span)
        elif need in block.needs[:place]:
            yield Diagnostic("duplicate-name", f"'{need}' is listed twice", span)
    body = {key: e for key, e in block.node.entries.items() if key in (*SECTIONS, "use", "title")}
    whole = MappingNode(body, block.node.span)
    for bare in unquoted(whole):
        (name,) = bare.entries
        words, help = (
            f"'{{{name}}}' without quotes is a mapping",
            f"""write '{{{name}}}' in quotes""",
        )
        if name in block.needs:
            yield Diagnostic("wrong-type", words, bare.span, help)
    seen = set()
    for name, span, needed in braces(whole):
        seen.add(name)
        if needed and name not in block.needs:
            words = f"'{name}' is not a need of block '{block.name}'"
            help = did_you_mean(name, block.needs) or "list it under 'needs'"
            yield Diagnostic("unknown-name", words, span, help)
    for need, span in zip(block.needs, places, strict=True):
        fit = not name_error(need, spoken=False)
        if fit and need not in seen and not any(need in bare.entries for bare in unquoted(whole)):
            words = f"block '{block.name}' never uses its need '{need}'"
            help = f"write '{{{need}}}' where it belongs, or delete it"
            yield Diagnostic("unused-need", words, span, help)
