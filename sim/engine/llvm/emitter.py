"""The base of the translator: operands, lines of LLVM IR, blocks and variables."""

from __future__ import annotations

import ast
import struct
from dataclasses import dataclass

from sim.engine.llvm.types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    U64,
    WIDE,
    Scalar,
    Scope,
    TranslationError,
    Type,
)

MASK64 = 0xFFFFFFFFFFFFFFFF

#: Maximum nesting of the syntax tree, below the limit of Python's stack.
MAX_DEPTH = 150


@dataclass(frozen=True, slots=True)
class Value:
    """An LLVM operand, with its value if it is a constant and its length if it is an array."""

    type: Type
    text: str
    constant: int | float | None = None
    length: str = ""
    below: int = 0  # a whole number from 0 up to this, if that is known


def literal(value: int | float) -> Value:
    """Return a constant as an operand."""
    if isinstance(value, bool):
        return Value(BOOL, "true" if value else "false", value)
    if isinstance(value, float):
        bits = struct.unpack("<Q", struct.pack("<d", value))[0]
        return Value(FLOAT, f"0x{bits:016X}", value)
    if not -(1 << 63) <= value <= MASK64:
        raise TranslationError(f"whole number beyond 64 bits: {value}")
    if value >= 1 << 63:
        return Value(U64, str(value - (1 << 64)), value)
    return Value(INT, str(value), value)


def wider(left: Value, right: Value) -> Scalar:
    """Return the type of a bitwise operation on two whole numbers."""
    kinds = {left.type, right.type}
    if kinds == {INT}:
        return INT
    if kinds == {U64}:
        return U64
    literals = [v for v in (left, right) if v.type is INT and isinstance(v.constant, int)]
    if U64 in kinds and WIDE not in kinds and literals and literals[0].constant >= 0:  # type: ignore
        return U64
    return WIDE


def cuts(left: Value, right: Value) -> bool:
    """Whether `left & right` fits into 64 bits in Python."""
    return any(
        v.type is U64 or (isinstance(v.constant, int) and v.constant >= 0) for v in (left, right)
    )


def fold(op: ast.operator, left: int | float, right: int | float | None) -> int | None:
    """Return the result of an operation on constants; None for operations that are not folded."""
    if not isinstance(left, int) or not isinstance(right, int):
        return None
    match op:
        case ast.LShift() if 0 <= right < 64:
            return left << right
        case ast.Sub():
            return left - right
        case ast.Add():
            return left + right
    return None


class Emitter:
    """Builds the text of one function."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.lines: list[str] = []
        self.slots: list[str] = []  # allocations of variables, at the top
        self.known: dict[str, Value] = {}  # names that are never assigned
        self.variables: dict[str, Scalar] = {}
        self.assigned: set[str] = set()  # variables that have a value here on every path
        self.assigned_if: dict[str, set[str]] = {}  # those that have one if a variable is true
        self.below: dict[str, int] = {}  # counters of loops, and their ends
        self.addresses: dict[tuple[str, int], str] = {}  # addresses computed in this block
        self.block = "entry"
        self.open = True  # whether the block has no terminator yet
        self.count = 0
        self.depth = 0

    # -- emission ----------------------------------------------------------------------------------

    def _fresh(self) -> str:
        self.count += 1
        return f"%.{self.count}"

    def _label(self) -> str:
        self.count += 1
        return f"b{self.count}"

    def emit(self, kind: Type, text: str) -> Value:
        """Write an instruction; return its result."""
        name = self._fresh()
        self.lines.append(f"  {name} = {text}")
        return Value(kind, name)

    def _close(self, text: str) -> None:
        if self.open:
            self.lines.append(f"  {text}")
        self.open = False

    def _start(self, label: str) -> None:
        self._close(f"br label %{label}")
        self.lines.append(f"{label}:")
        self.addresses.clear()
        self.block = label
        self.open = True

    def _branch(self, test: Value, yes: str, no: str) -> None:
        self._close(f"br i1 {test.text}, label %{yes}, label %{no}")

    # -- variables ---------------------------------------------------------------------------------

    def _declare(self, name: str, kind: Type) -> None:
        if not isinstance(kind, Scalar) or kind is NONE:
            raise TranslationError(f"{name} cannot be a {kind.name}")
        if name in self.known or not name.isascii():
            raise TranslationError(f"{name} cannot be assigned")
        self.variables[name] = kind
        self.slots.append(f"  %v.{name} = alloca {kind.ir}")

    def _store(self, name: str, value: Value) -> None:
        if name not in self.variables:
            self._declare(name, value.type)
        kind = self.variables[name]
        value = self._as(value, kind)
        self.lines.append(f"  store {kind.ir} {value.text}, ptr %v.{name}")
        self.assigned.add(name)
        self.assigned_if.pop(name, None)

    def _as(self, value: Value, kind: Type) -> Value:
        """Convert `value` to `kind`; only literals and masked numbers convert."""
        if value.type == kind:
            return value
        if value.type is INT and isinstance(value.constant, int):
            if kind is FLOAT and abs(value.constant) <= 1 << 53:
                return literal(float(value.constant))
            if kind in (U64, WIDE) and value.constant >= 0:
                return Value(kind, value.text, value.constant)
        if value.type is U64 and kind is WIDE:
            return Value(WIDE, value.text, value.constant)
        raise TranslationError(f"{kind.name} expected, not {value.type.name}")

    def _descend(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TranslationError(f"nested deeper than {MAX_DEPTH}")
