"""A WebAssembly object file becomes a module that runs alone: a linker for one file.

LLVM writes relocatable objects. One without undefined functions already has its final numbers and
addresses, which start at zero; this is verified, place by place. What is left: a stack pointer of
its own, exports, and none of the linker's sections (WebAssembly object file linking, tool
conventions, 2024).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

HEADER = b"\0asm\1\0\0\0"
PAGE = 65_536
#: Bytes of the stack, above the tables; nothing recurses.
STACK = 1 << 20

_CUSTOM, _TYPE, _IMPORT, _GLOBAL, _EXPORT, _CODE, _DATA = 0, 1, 2, 6, 7, 10, 11
_DATA_COUNT = 12
#: The order of the sections in a module.
_ORDER = (_TYPE, _IMPORT, 3, 4, 5, _GLOBAL, _EXPORT, 8, 9, _DATA_COUNT, _CODE, _DATA)

_FUNCTION, _MEMORY, _GLOBAL_KIND = 0, 2, 3  # kinds of imports and exports
_SYMBOL_TABLE = 8
_UNDEFINED, _NAMED = 0x10, 0x40
#: Relocations of indices and of addresses; the second ones carry an addend.
_OF_FUNCTION, _OF_TYPE, _OF_GLOBAL, _OF_ADDRESS = 0, 6, 7, (3, 4)


class LinkError(Exception):
    """An object file is not what this linker reads: an internal error, not an error of a model."""


@dataclass
class Bytes:
    """Reads the parts of a section one after another."""

    data: bytes
    at: int = 0

    def number(self) -> int:
        """Return the next unsigned number (LEB128)."""
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def signed(self) -> int:
        """Return the next signed number (LEB128)."""
        start = self.at
        value = self.number()
        bits = 7 * (self.at - start)
        return value - (1 << bits) if self.data[self.at - 1] & 0x40 else value

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        self.at += size
        if self.at > len(self.data):
            raise LinkError("a part ends too early")
        return self.data[self.at - size : self.at]

    def part(self) -> bytes:
        """Return the next bytes, whose number stands before them."""
        return self.take(self.number())

    def text(self) -> str:
        """Return the next text."""
        return self.part().decode()

    @property
    def more(self) -> bool:
        """Whether there is something left."""
        return self.at < len(self.data)


@dataclass(frozen=True, slots=True)
class Import:
    """Something that a module takes from outside; `type` are its bytes."""

    name: str
    kind: int
    type: bytes


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name in an object file; `value` is the index of a function, or the address of data."""

    kind: int
    name: str
    value: int
    defined: bool


def leb(value: int) -> bytes:
    """Return an unsigned number as LEB128.

    Examples
    --------
    >>> leb(624485).hex()
    'e58e26'
    """
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def signed_leb(value: int) -> bytes:
    """Return a signed number as LEB128.

    Examples
    --------
    >>> signed_leb(-123456).hex()
    'c0bb78'
    """
    out = bytearray()
    while not -64 <= value < 64:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value & 0x7F])


def sections(module: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Yield the number, the name (of a custom one) and the content of each section."""
    if module[: len(HEADER)] != HEADER:
        raise LinkError("no WebAssembly")
    rest = Bytes(module, len(HEADER))
    while rest.more:
        number = rest.take(1)[0]
        content = Bytes(rest.part())
        name = content.text() if number == _CUSTOM else ""
        yield number, name, content.data[content.at :]


def custom_section(module: bytes, name: str) -> bytes | None:
    """Return the content of a custom section, or None."""
    return next((content for _, found, content in sections(module) if found == name), None)


def imports(module: bytes) -> list[Import]:
    """Return what a module imports."""
    content = next((content for number, _, content in sections(module) if number == _IMPORT), b"\0")
    rest = Bytes(content)
    found = []
    for _ in range(rest.number()):
        _, name, kind = rest.text(), rest.text(), rest.take(1)[0]
        start = rest.at
        if kind == _FUNCTION:
            rest.number()
        elif kind == _GLOBAL_KIND:
            rest.take(2)
        elif kind == _MEMORY:
            limits = rest.number()
            for _ in range(1 + (limits & 1)):
                rest.number()
        else:
            raise LinkError(f"an import of kind {kind}: '{name}'")
        found.append(Import(name, kind, rest.data[start : rest.at]))
    return found


def link(code: bytes, exports: Mapping[str, str], custom: Mapping[str, bytes]) -> bytes:
    """Return a module from an object file; it imports its memory alone, as ``env.memory``.

    Parameters
    ----------
    code
        The object file.
    exports
        Names under which functions are exported, by their symbols.
    custom
        Contents of custom sections by name.

    Raises
    ------
    LinkError
        The object needs something from outside, or a real linker.
    """
    parts = {number: content for number, name, content in sections(code) if number != _CUSTOM}
    extra = {name: content for number, name, content in sections(code) if number == _CUSTOM}
    segments = _segments(parts.get(_DATA, b"\0"))
    symbols = _symbols(extra["linking"], [address for address, _ in segments])
    for name, content in extra.items():
        if name == "reloc.CODE":
            _verify(content, parts[_CODE], symbols)
        elif name.startswith("reloc."):
            raise LinkError(f"relocations of '{name}'")
    for found in imports(code):
        if found.kind == _MEMORY:
            memory = _name("env") + _name("memory") + bytes([_MEMORY]) + found.type
            parts[_IMPORT] = _listed([memory])
        elif found.name == "__stack_pointer":  # the first global, as before
            parts[_GLOBAL] = b"\1\x7f\1\x41" + signed_leb(first_free(code)) + b"\x0b"
        else:
            raise LinkError(f"'{found.name}' is not defined")
    functions = {symbol.name: symbol.value for symbol in symbols if symbol.kind == _FUNCTION}
    parts[_EXPORT] = _listed(
        [_name(name) + bytes([_FUNCTION]) + leb(functions[of]) for of, name in exports.items()]
    )
    found_parts = [(number, parts[number]) for number in _ORDER if number in parts]
    found_parts += [(_CUSTOM, _name(name) + content) for name, content in custom.items()]
    return HEADER + b"".join(bytes([n]) + leb(len(part)) + part for n, part in found_parts)


def first_free(module: bytes) -> int:
    """Return the first address above the tables and the stack of a module or an object file."""
    content = next((content for number, _, content in sections(module) if number == _DATA), b"\0")
    end = max((address + size for address, size in _segments(content)), default=0)
    return (end + STACK + 15) & ~15


def _segments(content: bytes) -> list[tuple[int, int]]:
    """Return the address and the size of each segment of data."""
    rest = Bytes(content)
    found = []
    for _ in range(rest.number()):
        if rest.number() or rest.take(1) != b"\x41":
            raise LinkError("a segment without a constant address")
        address = rest.signed()
        if rest.take(1) != b"\x0b":
            raise LinkError("a segment without a constant address")
        found.append((address, len(rest.part())))
    return found


def _symbols(content: bytes, addresses: list[int]) -> list[Symbol]:
    rest = Bytes(content)
    if rest.number() != 2:
        raise LinkError("another version of the linker's section")
    found: list[Symbol] = []
    while rest.more:
        kind, part = rest.take(1)[0], Bytes(rest.part())
        if kind != _SYMBOL_TABLE:
            continue
        for _ in range(part.number()):
            kind, flags = part.take(1)[0], part.number()
            defined = not flags & _UNDEFINED
            name, value = "", 0
            if kind == 1:  # data
                name = part.text()
                if defined:
                    segment, offset, _ = part.number(), part.number(), part.number()
                    value = addresses[segment] + offset
            elif kind == 3:  # a section
                value = part.number()
            else:
                value = part.number()
                name = part.text() if defined or flags & _NAMED else ""
            found.append(Symbol(kind, name, value, defined))
    return found


def _verify(relocations: bytes, code: bytes, symbols: list[Symbol]) -> None:
    """Test that every place a linker would change already has its final value."""
    rest = Bytes(relocations)
    rest.number()  # the section
    for _ in range(rest.number()):
        kind, offset, index = rest.number(), rest.number(), rest.number()
        place = Bytes(code, offset)
        if kind in _OF_ADDRESS:
            wanted = symbols[index].value + rest.signed()
            found = place.number() if kind == _OF_ADDRESS[0] else place.signed()
            if not symbols[index].defined:
                raise LinkError(f"'{symbols[index].name}' is not defined")
        elif kind in (_OF_FUNCTION, _OF_GLOBAL, _OF_TYPE):
            wanted, found = index if kind == _OF_TYPE else symbols[index].value, place.number()
        else:
            raise LinkError(f"a relocation of kind {kind}")
        if found != wanted:
            raise LinkError(f"{found} in place of {wanted} at {offset}")


def _listed(items: list[bytes]) -> bytes:
    return leb(len(items)) + b"".join(items)


def _name(text: str) -> bytes:
    data = text.encode()
    return leb(len(data)) + data
