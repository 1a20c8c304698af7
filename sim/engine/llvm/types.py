"""The types of the restricted Python and the memory layout of its records.

Every slot is eight bytes wide. A record is a sequence of scalars and of arrays whose lengths are
known at translation, so that one pointer reaches everything and every index can be checked.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

#: Bytes of a slot.
SLOT = 8


class TranslationError(Exception):
    """The source is not restricted Python: an internal error, not an error of a model."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A type that fits a register; `ir` is its LLVM type, `item` its type in memory."""

    name: str
    ir: str
    item: str


FLOAT = Scalar("float", "double", "double")
INT = Scalar("int", "i64", "i64")
U64 = Scalar("u64", "i64", "i64")
#: The result of an operation on u64 that may exceed 64 bits in Python: mask it before use.
WIDE = Scalar("unmasked u64", "i64", "i64")
BOOL = Scalar("bool", "i1", "i64")
NONE = Scalar("None", "void", "")

SCALARS = {t.name: t for t in (FLOAT, INT, U64, BOOL)}


@dataclass(frozen=True, slots=True)
class Array:
    """Slots of one type; if `length` is None, the caller passes it."""

    element: Scalar
    item: str
    length: int | None = None
    name: str = "array"


@dataclass(frozen=True, slots=True)
class Table:
    """An array of constants."""

    element: Scalar
    values: tuple[int | float, ...]
    name: str = "table"


@dataclass(frozen=True, slots=True)
class Function:
    """The signature of a function."""

    parameters: tuple[tuple[str, Type], ...]
    returns: Scalar
    instruction: str = ""  # of LLVM, with {} for each argument, if it is one
    limits: Mapping[str, int] | None = None  # parameters that must be constants below these
    body: ast.FunctionDef | None = None  # of a function that the translator inlines
    scope: Scope | None = None  # of the body


class Scope(Protocol):
    """The names visible to a function; `sim.engine.llvm.assembly.Unit` implements it."""

    def constant(self, name: str) -> int | float | tuple[int | float, ...] | Table | None:
        """Return a global constant, or None."""

    def function(self, name: str) -> tuple[str, Function] | None:
        """Return the symbol and signature of a function, or None."""

    def table(self, table: Table) -> str:
        """Return the symbol of a table of constants."""

    def forbids(self, what: str) -> bool:
        """Whether this source may not use a syntax node or a slot of the calendar."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """The functions of the generated source as a parameter of the loop; absent at run time."""

    scope: Scope
    name: str = "rules"


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Named slots behind one pointer; `slots` has the type and byte offset of each."""

    name: str
    slots: Mapping[str, tuple[Scalar | Array | Table, int]]
    size: int

    @classmethod
    def of_floats(cls, name: str, names: Iterable[str]) -> Record:
        """Return a record of float64 slots, in order; the cells of a name are an array."""
        slots: dict[str, tuple[Scalar | Array | Table, int]] = {}
        size = 0
        for slot in names:
            family, cell, _ = slot.partition("[")
            if not cell:
                slots[slot] = (FLOAT, SLOT * size)
            elif family in slots:
                (array, at) = slots[family]
                assert isinstance(array, Array) and at // SLOT + (array.length or 0) == size
                slots[family] = (Array(FLOAT, FLOAT.item, (array.length or 0) + 1), at)
            else:
                slots[family] = (Array(FLOAT, FLOAT.item, 1), SLOT * size)
            size += 1
        return cls(name, slots, SLOT * size)

    @property
    def all_floats(self) -> bool:
        """Whether every slot is a float64, so that the record can be read as an array."""
        return all(
            kind is FLOAT or (isinstance(kind, Array) and kind.element is FLOAT)
            for kind, _ in self.slots.values()
        )

    @classmethod
    def of_class(
        cls, node: ast.ClassDef, extents: Mapping[str, int], tables: Mapping[str, tuple[int, ...]]
    ) -> Record:
        """Return the layout of a class whose annotated fields are its slots.

        Parameters
        ----------
        node
            Fields are scalars, ``Annotated[list[T], extent]`` or, for tables of constants,
            ``Annotated[tuple[T, ...], extent]``.
        extents
            Lengths by the name of the extent.
        tables
            Values of the tables by field.
        """
        slots: dict[str, tuple[Scalar | Array | Table, int]] = {}
        offset = 0
        for field in node.body:
            if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
                continue
            name = field.target.id
            kind = _field(field.annotation, extents, tables.get(name))
            slots[name] = (kind, offset)
            if isinstance(kind, Array):
                offset += SLOT * (kind.length or 0)
            elif isinstance(kind, Scalar):
                offset += SLOT
        return cls(node.name, slots, offset)


Type = Scalar | Array | Table | Record | Namespace

#: Arrays of the caller, passed with their lengths.
BUFFERS = {
    "Floats": Array(FLOAT, "double"),
    "Ints": Array(INT, "i64"),
    "Shorts": Array(INT, "i32"),
    "Words": Array(U64, "i64"),
}


def _field(
    node: ast.expr, extents: Mapping[str, int], values: tuple[int, ...] | None
) -> Scalar | Array | Table:
    match node:
        case ast.Name(id=name) if name in SCALARS:
            return SCALARS[name]
        case ast.Subscript(
            value=ast.Name(id="Annotated"),
            slice=ast.Tuple(
                elts=[
                    ast.Subscript(value=ast.Name(id=container), slice=inner),
                    ast.Constant(value=str(extent)),
                ]
            ),
        ) if extent in extents:
            match container, inner:
                case "list", ast.Name(id=name) if name in SCALARS:
                    return Array(SCALARS[name], SCALARS[name].item, extents[extent])
                case "tuple", ast.Tuple(elts=[ast.Name(id=name), ast.Constant(value=v)]) if (
                    v is ... and values is not None and len(values) == extents[extent]
                ):
                    return Table(SCALARS[name], values)
    raise TranslationError(f"no such field: {ast.unparse(node)}")
