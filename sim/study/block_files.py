"""A file of a block, checked alone: what only the model around it can tell is left to its uses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sim.errors import Diagnostic, ModelError
from sim.formatting import counted
from sim.model.builder import read_model
from sim.study.block_declarations import read_file
from sim.study.blocks import expand_uses
from sim.study.documents import read_block
from sim.study.filling import NEED
from sim.study.overlay import expand
from sim.study.paths import shown
from sim.yaml import Entry, Scalar, read_text
from sim.yaml import Mapping as MappingNode
from sim.yaml import Sequence as SequenceNode

#: Errors that the names of the model around a block may lift.
OF_THE_MODEL = frozenset({
    "unknown-name", "unknown-event", "unknown-fact", "unknown-option", "unknown-function",
    "unread-local", "unset-local", "not-assignable", "type-mismatch", "bad-date",
    "unknown-set", "unknown-member", "not-indexed", "wrong-length",
})  # fmt: skip
#: The time axis of the model that stands for the one around it.
TIME = "time: {start: '2000-01-01', horizon: 10000}"

SIZES = {
    "levers": "lever", "parameters": "parameter", "state": "state variable",
    "derived": "derived quantity", "events": "event", "outcomes": "outcome",
}  # fmt: skip


def describe_block(path: Path) -> str:
    """Check a file of a block, and summarize it in a few words.

    Its needs stand for themselves: what depends on the values that a use gives is not checked.

    Raises
    ------
    ModelError
        With every error of its text, its structure and its formulas.
    """
    block = read_file(path, read_block)
    sizes = [counted(n, word) for key, word in SIZES.items() if (n := len(block.node.section(key)))]
    needs = f" needs {', '.join(block.needs)}" if block.needs else ""
    summary = f"block '{block.name}'{needs}: {', '.join(sizes) or 'empty'}"
    head = block.node.entries["block"]
    given = {
        need: Entry(need, head.key_span, Scalar(need, need, head.key_span)) for need in block.needs
    }
    name = Scalar(path.name, path.name, head.key_span)
    use = MappingNode({"file": Entry("file", head.key_span, name), **given}, head.value.span)
    time = read_text(TIME, shown(path))
    assert isinstance(time, MappingNode)
    model = MappingNode({
        "model": Entry("model", head.key_span, head.value),
        **time.entries,
        "use": Entry("use", head.key_span, SequenceNode((use,), use.span)),
    }, block.node.span)  # fmt: skip
    try:
        written, _ = expand_uses(model, path, read_block)
    except ModelError as error:
        if found := [_alone(known) for known in error.diagnostics if not _unnamed(known)]:
            raise ModelError(found) from None
        return summary
    try:
        read_model(expand(written), {})
    except ModelError as error:
        if found := [_alone(known) for known in error.diagnostics if not _depends(known)]:
            raise ModelError(found) from None
    return summary


def _alone(found: Diagnostic) -> Diagnostic:
    """Return an error without a note of the use that stands for those of models."""
    use = found.span.used if found.span else None
    if found.span is None or use is None or use.span.used is not None:
        return found
    return replace(found, span=replace(found.span, used=None))


def _depends(found: Diagnostic) -> bool:
    """Whether an error depends on what a use gives, or on the model around the block."""
    if found.code in OF_THE_MODEL or found.span is None or found.span.text is None:
        return True
    text = found.span.text.content[found.span.start : found.span.end]
    return NEED.fullmatch(text.strip("'\"")) is not None


def _unnamed(found: Diagnostic) -> bool:
    """Whether an error is about a file whose name depends on what a use gives."""
    if found.code not in ("no-file", "bad-path") or found.span is None or found.span.text is None:
        return False
    return NEED.search(found.span.text.content[found.span.start : found.span.end]) is not None
