"""Collects the functions that a program needs into one LLVM module."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from sim.engine.calendar import EXPORTS
from sim.engine.codegen.program import MAX_SOURCE
from sim.engine.codegen.writer import CONSTANT
from sim.engine.llvm.emitter import literal
from sim.engine.llvm.translator import Translator, annotated
from sim.engine.llvm.types import (
    BUFFERS,
    FLOAT,
    INT,
    U64,
    Function,
    Namespace,
    Record,
    Scalar,
    Table,
    TranslationError,
    Type,
)
from sim.errors import Diagnostic, ModelError
from sim.language.parsing import module_tree
from sim.language.render import CHECKED
from sim.numerics import arithmetic

#: Intrinsics of `arithmetic.INSTRUCTIONS`.
EXACT = ("sqrt", "floor", "ceil", "fabs")

#: Maximum syntax nodes of a function that the translator inlines.
SHORT = 40

#: LLVM inlines a function that is called once, has at most SHORT_BODY lines of IR, or adds at most
#: ADDED lines in total. Functions that are rarely called never are.
SHORT_BODY = 20
ADDED = 130
FLAG = "calendar.flag"
COLD = frozenset({"flag", "compact"})

#: Functions with more lines are not optimised: some LLVM passes take time quadratic in the length.
LONG_BODY = 3_000

#: Modules of the kernel whose functions a generated source calls.
_KERNEL = frozenset({"calendar", "turns", "counting", "places", "occurrences", "story"})
_LOOPS = frozenset({"While"})


@functools.cache
def parsed(module: str) -> ast.Module:
    """Return the cached syntax tree of a library module."""
    return module_tree(inspect.getsource(importlib.import_module(module)))


def _is_inlinable(node: ast.FunctionDef) -> bool:
    """Whether a function is so short, and free of local variables, that a call would cost more."""
    *before, last = node.body[1:] if ast.get_docstring(node, clean=False) else node.body
    stores = (ast.Assign, ast.AugAssign)
    return (
        sum(1 for _ in ast.walk(node)) <= SHORT
        and all(isinstance(s, stores) for s in before)
        and isinstance(last, (*stores, ast.Return))
        and not any(
            isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) for n in ast.walk(node)
        )
    )


def own_tables(tree: ast.Module) -> dict[str, Table]:
    """Return the tables of constants that a generated source defines: of bits, indices or floats."""
    found = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Tuple() as value):
                values = ast.literal_eval(value)
                kind = INT if all(isinstance(x, int) for x in values) else FLOAT
                if kind is INT and max(values) >= 1 << 32:
                    kind = U64  # the hashes of draws
                found[name] = Table(kind, values)
    return found


@dataclass(eq=False)
class Unit:
    """One source with the meaning of its names; implements `Scope`.

    Parameters
    ----------
    name
        Prefix of the unit's functions in LLVM.
    names
        Names that the source may use besides its own functions.
    restricted
        Whether loops and internals of the kernel are forbidden, as in a generated source.
    """

    assembly: Assembly
    name: str
    tree: ast.Module
    names: Mapping[str, object]
    restricted: bool = False

    def __post_init__(self) -> None:
        self.functions = {n.name: n for n in self.tree.body if isinstance(n, ast.FunctionDef)}
        self.signatures: dict[str, Function] = {}

    def signature(self, name: str) -> Function:
        """Return the signature of a function of this unit."""
        if name not in self.signatures:
            node = self.functions[name]
            a = node.args
            if a.vararg or a.kwarg or a.kwonlyargs or a.posonlyargs or a.defaults:
                raise TranslationError(f"{name}: only plain parameters")
            parameters = tuple((arg.arg, self._type(arg.annotation)) for arg in a.args)
            short = not (self.restricted or self._instruction(name)) and _is_inlinable(node)
            body, scope = (node, self) if short else (None, None)
            self.signatures[name] = Function(
                parameters, annotated(node.returns), self._instruction(name), body=body, scope=scope
            )
        return self.signatures[name]

    def _type(self, node: ast.expr | None) -> Type:
        if isinstance(node, ast.Name):
            if node.id == "Rules":
                return self.assembly.rules
            layout = self.assembly.records.get(node.id) or BUFFERS.get(node.id)
            if layout is not None:
                return layout
        return annotated(node)

    def constant(self, name: str) -> int | float | tuple[int | float, ...] | Table | None:
        """Return a global constant, or None."""
        value = self.names.get(name)
        return value if isinstance(value, int | float | tuple | Table) else None

    def function(self, name: str) -> tuple[str, Function] | None:
        """Return the symbol and signature of a function, or None."""
        if name in self.functions:
            return self.resolve(name)
        value = self.names.get(name)
        if inspect.isfunction(value) and value.__module__.startswith("sim."):
            unit = self.assembly.unit(value.__module__)
            symbol, signature = unit.resolve(value.__name__)
            if self.restricted and unit.name in _KERNEL:
                signature = replace(signature, limits=self.assembly.limits)
            return symbol, signature
        return None

    def _instruction(self, name: str) -> str:
        """Return the instruction of a function that is one, else nothing."""
        return arithmetic.INSTRUCTIONS.get(name, "") if self.name == "arithmetic" else ""

    def resolve(self, name: str) -> tuple[str, Function]:
        """Return the symbol and signature of a function of this unit; inlined ones have no symbol."""
        signature = self.signature(name)
        if signature.body is not None or signature.instruction:
            return "", signature
        return self.assembly.request(self, name)

    def table(self, table: Table) -> str:
        """Return the symbol of a table of constants."""
        return self.assembly.table(table)

    def forbids(self, what: str) -> bool:
        """Whether this source may not use a syntax node or a slot of the calendar."""
        return self.restricted and (what in _LOOPS or (what[0].islower() and what not in EXPORTS))


class Assembly:
    """Translates an entry function and all functions that it reaches.

    Parameters
    ----------
    source
        The generated source.
    modules
        Library modules whose functions it may call.
    records
        Record layouts by name.
    limits
        Upper bounds of parameters of the kernel's functions: the generated source must pass
        constants below them.
    constants
        Tables that the generated source names.
    """

    def __init__(
        self,
        source: str,
        modules: Sequence[str],
        records: Mapping[str, Record],
        limits: Mapping[str, int] | None = None,
        constants: Mapping[str, tuple[float, ...]] | None = None,
    ) -> None:
        if len(source) > MAX_SOURCE:
            size = f"its source has {len(source):,} characters, {MAX_SOURCE:,} allowed"
            message, help = (
                f"the model is too large to compile: {size}",
                "run it with --kernel simpy",
            )
            raise ModelError(Diagnostic("too-large", message, None, help))
        self.records = records
        self.limits = limits
        self.library: dict[str, Unit] = {}
        names: dict[str, object] = dict(constants or {})
        for module in modules:
            space = self.unit(module).names
            exports = space.get("EXPORTS", space.keys())
            assert isinstance(exports, Collection)
            names |= {k: v for k, v in space.items() if k in exports and not k.startswith("_")}
        tree = module_tree(source)
        names |= own_tables(tree)
        self.model = Unit(self, "model", tree, names, restricted=limits is not None)
        self.rules = Namespace(self.model)
        self._tables: dict[Table, str] = {}
        self._waiting: list[tuple[Unit, str]] = []
        self._calls: dict[str, set[str]] = {}
        self._sites: Counter[str] = Counter()
        self._caller = ""
        self._lines: dict[str, int] = {}

    def unit(self, module: str) -> Unit:
        """Return a library module as a unit."""
        if module not in self.library:
            space = vars(importlib.import_module(module))
            self.library[module] = Unit(self, module.split(".")[-1], parsed(module), space)
        return self.library[module]

    def request(self, unit: Unit, name: str) -> tuple[str, Function]:
        """Add a function to the module; return its symbol and signature."""
        signature = unit.signature(name)
        symbol = f"{unit.name}.{name}"
        if symbol not in self._calls:
            self._calls[symbol] = set()
            self._waiting.append((unit, name))
        self._sites[symbol] += 1
        if self._caller:
            self._calls[self._caller].add(symbol)
        return symbol, signature

    def table(self, table: Table) -> str:
        """Return the symbol of a table of constants."""
        return self._tables.setdefault(table, f"table.{len(self._tables)}")

    def text(self, *entries: tuple[Unit, str]) -> str:
        """Return the text of the LLVM module for some entry points."""
        symbols = {self.request(unit, name)[0] for unit, name in entries}
        translated = []
        while self._waiting:
            unit, name = self._waiting.pop()
            self._caller = f"{unit.name}.{name}"
            node, signature = unit.functions[name], unit.signature(name)
            whole = self._caller in symbols or (unit.restricted and signature.returns is INT)
            body = Translator(node, self._caller, signature, unit, inner=not whole).body
            translated.append((self._caller, name, whole, body))
        self._lines = {of: body.count("\n") for of, _, _, body in translated}
        bodies = [
            f"define {'' if of in symbols else 'internal '}"
            + body.replace(" {", f" {self._hint(of, name, whole)} {{", 1)
            for of, name, whole, body in translated
        ]
        try:
            TopologicalSorter(self._calls).prepare()
        except CycleError as error:
            raise TranslationError(f"functions that call each other: {error.args[1]}") from None
        tables = [self._constants(table, name) for table, name in self._tables.items()]
        attributes = (
            "declare i64 @llvm.fptosi.sat.i64.f64(double)",
            "declare i64 @llvm.cttz.i64(i64, i1)",
            *(f"declare double @llvm.{name}.f64(double)" for name in EXACT),
            "attributes #0 = { nounwind }",
            "attributes #2 = { nounwind noinline }",
            "attributes #3 = { nounwind alwaysinline }",
            "attributes #4 = { nounwind noinline optnone }",
            "attributes #5 = { nounwind noinline cold }",
        )
        return "\n".join([*tables, *bodies, *attributes, ""])

    def _hint(self, symbol: str, name: str, whole: bool) -> str:
        """Return the attributes of a function, which control whether LLVM inlines it."""
        sites, lines = self._sites[symbol], self._lines[symbol]
        if name.startswith(CHECKED):  # it holds what it calls
            lines += sum(self._lines[inner] for inner in self._calls[symbol] - {FLAG})
        if lines > LONG_BODY:
            return "#4"
        if name in COLD:
            return "#5"
        if whole or name.startswith(CONSTANT):
            return "#2"
        few = sites * lines <= ADDED or sites == 1 or lines <= SHORT_BODY
        return "#3" if few else "#0"

    def _constants(self, table: Table, name: str) -> str:
        kind: Scalar = table.element
        items = ", ".join(f"{kind.ir} {literal(value).text}" for value in table.values)
        size = f"[{len(table.values)} x {kind.ir}]"
        return f"@{name} = private unnamed_addr constant {size} [{items}]"
