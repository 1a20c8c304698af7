"""Put what a use gives in place of the braces of a block, and keep every place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sim.errors import Diagnostic, ModelError, Span, Use
from sim.model.checks import is_word
from sim.yaml import Entry, Filled, Node, Scalar, Sequence
from sim.yaml import Mapping as MappingNode
from sim.yaml.reader import MAX_BYTES, MAX_NODES

#: A name in braces.
NEED = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*)\}")
#: Keys of sentences for readers: braces that name no need stay as they are.
PROSE = frozenset({"tell", "label", "help", "why", "kept", "unit", "group", "title", "note"})


@dataclass
class Filling:
    """What one use gives to a block; `fill` puts it into the nodes of the block.

    Attributes
    ----------
    use
        The place of the use: every node that is made points to it.
    given
        The values by the name of the need.
    size
        Values and characters made so far, of all uses of a model.
    """

    use: Use
    given: Mapping[str, Node]
    size: Size
    errors: list[Diagnostic] = field(default_factory=list)

    def fill(self, node: Node, prose: bool = False) -> Node:
        """Return a node of the block with its braces filled; `prose` is a sentence for readers."""
        self.size.add(node)
        place = replace(node.span, used=self.use)
        if isinstance(node, Scalar):
            return self.scalar(node, place, prose)
        if isinstance(node, Sequence):
            return replace(node, items=tuple(map(self.fill, node.items)), span=place)
        entries: dict[str, Entry] = {}
        for key, entry in node.entries.items():
            span = replace(entry.key_span, used=self.use)
            name = self.key(key, span)
            if name in entries:
                words = f"'{name}' is given twice: '{key}' fills to the name of another key"
                self.errors.append(Diagnostic("duplicate-key", words, span))
            entries[name] = Entry(name, span, self.fill(entry.value, key in PROSE))
        return replace(node, entries=entries, span=place)

    def key(self, key: str, span: Span) -> str:
        """Return a key with its braces filled: with words and numbers alone."""

        def word(found: re.Match[str]) -> str:
            value = self.given.get(found[1])
            return found[0] if value is None else self.part(found[1], value, span)

        return NEED.sub(word, key)

    def scalar(self, node: Scalar, place: Span, prose: bool) -> Node:
        """Return a scalar with its braces filled.

        One that is nothing but a need becomes the value that is given, of any kind.
        """
        whole = NEED.fullmatch(node.text)
        value = self.given.get(whole[1]) if whole and not prose else None
        if value is not None and not isinstance(value, Scalar):
            return value
        parts, cuts, begun, length = [], [], 0, 0
        for found in NEED.finditer(node.text):
            given = self.given.get(found[1])
            if given is None:
                continue
            if value is not None or prose:
                text = (
                    given.text if isinstance(given, Scalar) else self.part(found[1], given, place)
                )
            else:
                text = self.part(found[1], given, place)
                text = f"({text})" if text.startswith("-") else text
            parts += [node.text[begun : found.start()], text]
            length += found.start() - begun
            cuts.append((length, length + len(text), *found.span()))
            begun, length = found.end(), length + len(text)
        if not cuts:
            return replace(node, span=place)
        full = "".join([*parts, node.text[begun:]])
        self.size.characters += len(full)
        filled = Filled(node.text, tuple(cuts))
        return Scalar(full if value is None else value.value, full, place, node.style, filled)

    def part(self, need: str, value: Node, place: Span) -> str:
        """Return a value as a part of a name or formula."""
        if isinstance(value, Scalar) and (is_word(value.text) or not isinstance(value.value, str)):
            return value.text
        shown = f"'{value.text:.40}'" if isinstance(value, Scalar) else "a list"
        words = f"{shown} cannot be a part of a name or formula, as '{need}' is here"
        help = f"give a word or a number, or let '{{{need}}}' stand alone"
        self.errors.append(Diagnostic("bad-argument", words, place, help))
        return need


@dataclass
class Size:
    """What the uses of a model have made so far: uses, values and characters."""

    uses: int = 0
    nodes: int = 0
    characters: int = 0

    def add(self, node: Node) -> None:
        """Count a node.

        Raises
        ------
        ModelError
            There are more than a file may have.
        """
        self.nodes += 1
        if isinstance(node, Scalar):
            self.characters += len(node.text)
        if self.nodes > MAX_NODES or self.characters > MAX_BYTES:
            most = f"{MAX_NODES:,} values or {MAX_BYTES:,} characters"
            words = f"the uses of blocks make more than {most}"
            raise ModelError(Diagnostic("too-large", words, node.span))


def braces(node: Node) -> Iterator[tuple[str, Span, bool]]:
    """Yield each name in braces with its place, and whether it can only be a need."""
    waiting: list[tuple[Node, bool]] = [(node, True)]
    while waiting:
        here, formula = waiting.pop()
        if isinstance(here, Scalar):
            for found in NEED.finditer(here.text):
                yield found[1], here.span_at(*found.span()), formula
        elif isinstance(here, Sequence):
            waiting += [(item, formula) for item in here.items]
        else:
            for key, entry in here.entries.items():
                for found in NEED.finditer(key):
                    yield found[1], entry.key_span, True
                waiting.append((entry.value, key not in PROSE))


def unquoted(node: Node) -> Iterator[MappingNode]:
    """Yield each `{name}` without quotes, which YAML reads as a mapping."""
    if isinstance(node, MappingNode):
        for entry in node.entries.values():
            yield from unquoted(entry.value)
            if isinstance(entry.value, MappingNode) and _bare(entry.value):
                yield entry.value
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from unquoted(item)
            if isinstance(item, MappingNode) and _bare(item):
                yield item


def _bare(node: MappingNode) -> bool:
    values = [entry.value for entry in node.entries.values()]
    return node.flow and len(values) == 1 and isinstance(values[0], Scalar) and not values[0].text
