"""Blocks: parts of a model that are written once and used several times, written out before it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sim.errors import MAX_SHOWN, Diagnostic, ModelError, Text, Use, did_you_mean
from sim.language.names import name_error
from sim.model.fields import MAX_LABEL, MAX_USES
from sim.model.schema import UsesShape
from sim.model.shapes import validate
from sim.study.block_declarations import SECTIONS, SOURCES, Block, faults, read_file
from sim.study.filling import Filling, Size
from sim.study.paths import existing
from sim.yaml import Entry, Node, Scalar, locate
from sim.yaml import Mapping as MappingNode
from sim.yaml import Sequence as SequenceNode

MAX_INSIDE = 8  #: blocks that use each other


@dataclass
class Expansion:
    """A model while its uses are written out.

    Attributes
    ----------
    read
        Reads the file of a block.
    sections
        The entries so far, by section and name.
    texts
        The files of blocks.
    """

    read: Callable[[Path], MappingNode]
    sections: dict[str, dict[str, Entry]] = field(default_factory=dict)
    texts: dict[Path, Text | None] = field(default_factory=dict)
    blocks: dict[tuple[str, str], Block] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    size: Size = field(default_factory=Size)
    errors: list[Diagnostic] = field(default_factory=list)

    def add(
        self, item: MappingNode, path: Path, named: Mapping[str, Block], above: Sequence[Block]
    ) -> None:
        """Add what a use of a block makes; `above` are the blocks that hold it."""
        self.size.uses += 1
        if self.size.uses > MAX_USES:
            words = f"more than {MAX_USES} uses of blocks"
            raise ModelError([*self.errors, Diagnostic("too-large", words, item.span)])
        block = self.source(item, path, named)
        given = self.arguments(item, block) if block else None
        if block is None or given is None:
            return
        if block.key in [other.key for other in above]:
            words = f"block '{block.name}' uses itself"
            self.errors.append(Diagnostic("cycle", words, item.span))
            return
        if len(above) >= MAX_INSIDE:
            words = f"more than {MAX_INSIDE} blocks inside each other"
            self.errors.append(Diagnostic("too-deep", words, item.span))
            return
        texts = tuple((name, _shown(value)) for name, value in given.items())
        filling = Filling(Use(block.name, item.span, texts), given, self.size)
        for section in SECTIONS:
            for key, entry in block.node.section(section).items():
                part = MappingNode({key: entry}, entry.key_span)
                filled = filling.fill(part)
                assert isinstance(filled, MappingNode)
                for name, made in filled.entries.items():
                    self.enter(section, name, made)
        uses = block.node.get("use")
        inner = [filling.fill(use) for use in uses.items] if isinstance(uses, SequenceNode) else []
        self.errors += filling.errors
        siblings = named if block.key[1] else {}
        for use in inner:
            assert isinstance(use, MappingNode)
            self.add(use, block.path, siblings, (*above, block))

    def enter(self, section: str, name: str, entry: Entry) -> None:
        """Add an entry, unless there is one of its name."""
        entries = self.sections.setdefault(section, {})
        there = entries.setdefault(name, entry)
        if there is not entry:
            span = there.key_span.used.span if there.key_span.used else there.key_span
            words = f"'{name}' is also made at {span.file}:{span.line}:{span.column}"
            help = "put a need into the name, as in '{me}_stock'"
            if there.key_span.used is None:
                words, help = (
                    f"the model has '{name}' too, on line {span.line}",
                    "rename one of them",
                )
            self.errors.append(Diagnostic("duplicate-name", words, entry.key_span, help))

    def source(self, item: MappingNode, path: Path, named: Mapping[str, Block]) -> Block | None:
        """Return the block that a use names."""
        given = [key for key in SOURCES if key in item.entries]
        if len(given) != 1:
            words = "both 'block' and 'file'" if given else "'block' or 'file' is missing in a use"
            code = "conflicting-keys" if given else "missing-key"
            self.errors.append(Diagnostic(code, words, item.span))
            return None
        source = item.entries[given[0]].value
        if given[0] == "file":
            try:
                return self.from_file(existing(path, source), Use("", item.span))
            except ModelError as error:
                self.errors += error.diagnostics
                return None
        name = source.text if isinstance(source, Scalar) else ""
        if name not in named:
            words = f"there is no block '{name}'"
            help = did_you_mean(name, named) or "declare it under 'blocks', or name its 'file'"
            self.errors.append(Diagnostic("unknown-name", words, source.span, help))
            return None
        self.used.add(name)
        return named[name]

    def from_file(self, path: Path, use: Use) -> Block:
        """Return the block of a file, which is read once.

        Raises
        ------
        ModelError
            With every error of its structure; they name the use.
        """
        key = (str(path.resolve()), "")
        if key not in self.blocks:
            try:
                self.blocks[key] = block = read_file(path, self.read)
            except ModelError as error:
                raise ModelError([_at_use(found, use) for found in error.diagnostics]) from None
            self.texts[path] = block.node.span.text
        return self.blocks[key]

    def arguments(self, item: MappingNode, block: Block) -> dict[str, Node] | None:
        """Return what a use gives to each need of its block, or None where it does not fit."""
        before = len(self.errors)
        needs = ", ".join(block.needs)
        given = {key: entry for key, entry in item.entries.items() if key not in SOURCES}
        for key, entry in given.items():
            value = entry.value
            if key not in block.needs:
                words = f"'{key}' is not a need of block '{block.name}'"
                help = did_you_mean(key, block.needs)
                help = help or (f"it needs {needs}" if needs else "it needs nothing")
                self.errors.append(Diagnostic("unknown-key", words, entry.key_span, help))
            elif isinstance(value, Scalar) and value.value is None:
                words, help = f"'{key}' is empty", "give it a value"
                self.errors.append(Diagnostic("empty-value", words, entry.key_span, help))
            elif isinstance(value, MappingNode):
                words = "expected a word, a number or a list"
                self.errors.append(Diagnostic("wrong-type", words, value.span))
        missing = [need for need in block.needs if need not in given]
        if missing and len(self.errors) == before:
            words = f"'{missing[0]}' is missing: block '{block.name}' needs {needs}"
            self.errors.append(Diagnostic("missing-key", words, item.span))
        if len(self.errors) > before:
            return None
        return {need: given[need].value for need in block.needs}


def expand_uses(
    node: MappingNode, path: Path, read: Callable[[Path], MappingNode]
) -> tuple[MappingNode, tuple[Text, ...]]:
    """Write out the uses of a model.

    Returns
    -------
    tuple
        The model without `blocks` and `use`, and the texts of the files of blocks.

    Raises
    ------
    ModelError
        With every error of blocks and uses; the model cannot be read without them.
    """
    if "blocks" not in node.entries and "use" not in node.entries:
        return node, ()
    own = {key: node.entries[key] for key in ("blocks", "use") if key in node.entries}
    shape, errors, _ = validate(MappingNode(own, node.span), UsesShape)
    if shape is None or errors:
        raise ModelError(errors)
    made = Expansion(read, {section: dict(node.section(section)) for section in SECTIONS})
    named = {}
    for name, entry in node.section("blocks").items():
        assert isinstance(entry.value, MappingNode)
        if error := name_error(name, spoken=False):
            made.errors.append(Diagnostic("bad-name", f"'{name}' {error}", entry.key_span))
        named[name] = Block(
            name, (str(path), name), entry.value, tuple(shape.blocks[name].needs), path
        )
        made.errors += faults(named[name])
    if made.errors:
        raise ModelError(made.errors)
    uses = node.get("use")
    for item in uses.items if isinstance(uses, SequenceNode) else ():
        assert isinstance(item, MappingNode)
        if len(made.errors) <= MAX_SHOWN:
            made.add(item, path, named, ())
    if not made.errors:
        for name in named.keys() - made.used:
            words, help = f"block '{name}' is never used", "name it under 'use', or delete it"
            span = locate(node, ("blocks", name)).key
            made.errors.append(Diagnostic("unused-block", words, span, help))
    if made.errors:
        raise ModelError(dict.fromkeys(made.errors))
    entries = {key: entry for key, entry in node.entries.items() if key not in own}
    for section, found in made.sections.items():
        old = entries.get(section, Entry(section, node.span, MappingNode({}, node.span)))
        if found and isinstance(old.value, MappingNode):
            entries[section] = replace(old, value=replace(old.value, entries=found))
    return replace(node, entries=entries), tuple(text for text in made.texts.values() if text)


def grouped(node: MappingNode) -> MappingNode:
    """Give the entries that a use made, and that name no group, the use as their group."""
    entries = dict(node.entries)
    for section in SECTIONS:
        whole = node.get(section)
        if isinstance(whole, MappingNode):
            found = {name: _grouped(entry) for name, entry in whole.entries.items()}
            entries[section] = replace(entries[section], value=replace(whole, entries=found))
    return replace(node, entries=entries)


def _grouped(entry: Entry) -> Entry:
    use = entry.key_span.used
    if use is None or not isinstance(entry.value, MappingNode) or "group" in entry.value.entries:
        return entry
    words = " ".join([use.block, *(value for _, value in use.arguments[:1])])
    text = words.replace("_", " ")[:MAX_LABEL]
    group = Entry("group", entry.key_span, Scalar(text, text, entry.key_span))
    return replace(
        entry, value=replace(entry.value, entries={**entry.value.entries, "group": group})
    )


def _at_use(found: Diagnostic, use: Use) -> Diagnostic:
    """Return an error in the file of a block with the use that read it."""
    if found.span is None or found.span.used is not None:
        return found
    return replace(found, span=replace(found.span, used=use))


def _shown(value: Node) -> str:
    """Return a value as text for a note."""
    if isinstance(value, SequenceNode):
        return f"[{', '.join(map(_shown, value.items))}]"
    return value.text if isinstance(value, Scalar) else "…"
