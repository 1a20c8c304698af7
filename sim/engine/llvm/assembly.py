"""Which functions a program needs, and the LLVM module that they make together."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from sim.engine.calendar import EXPORTS
from sim.engine.llvm.emitter import Scope, literal
from sim.engine.llvm.translator import Translator, annotated
from sim.engine.llvm.types import (
    BUFFERS,
    FLOAT,
    INT,
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
from sim.numerics import arithmetic

#: Functions of the C library that LLVM has an exact instruction for.
INTRINSICS = {
    "sqrt": "llvm.sqrt.f64",
    "floor": "llvm.floor.f64",
    "ceil": "llvm.ceil.f64",
    "fabs": "llvm.fabs.f64",
}

#: Before the name of a function of the C library: LLVM must not know it for what it is, or it would
#: compute and rewrite its calls with an arithmetic of its own.
C_PREFIX = "fc_"

#: Characters that a generated source may have: so no model takes longer than 5 s, or 500 MB.
MAX_SOURCE = 320_000

#: Nodes of a function that is written out where it is called.
SHORT = 40

#: A function set_condition part of its callers where it is called once, is this short (in lines of LLVM
#: IR), adds no more lines than this in all, or is worth it anyway.
SHORT_BODY = 20
ADDED = 100
HOT = frozenset({"uniform01", "mix", "exponential", "set_rate", "reschedule"})
ADDED_HOT = 5_000

#: A function of more lines is left as it is: some of LLVM's passes take a time that grows with the
#: square of a function's length.
LONG_BODY = 3_000

_DROPPED = frozenset({"note"})
_LOOPS = frozenset({"For", "While"})


@functools.cache
def parsed(module: str) -> ast.Module:
    """Return the syntax tree of a module of the library, once."""
    return module_tree(inspect.getsource(importlib.import_module(module)))


def _is_inlinable(node: ast.FunctionDef) -> bool:
    """Whether a function is a few assignments to slots and a value: its call costs more."""
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


class Unit:
    """One source and what its names mean.

    Parameters
    ----------
    assembly
        Takes requests for functions.
    name
        Stands before the names of the unit's functions in LLVM.
    tree
        The source.
    names
        Everything that functions of the source may name besides its own functions.
    generated
        Whether it is held to less: no loops, and of the kernel only what it offers.
    """

    def __init__(
        self,
        assembly: Assembly,
        name: str,
        tree: ast.Module,
        names: Mapping[str, object],
        generated: bool = False,
    ) -> None:
        self.assembly = assembly
        self.name = name
        self.names = names
        self.functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
        self.signatures: dict[str, Function] = {}
        self.generated = generated

    def signature(self, name: str) -> Function:
        """Return what the definition of a function says of its types."""
        if name not in self.signatures:
            node = self.functions[name]
            a = node.args
            if a.vararg or a.kwarg or a.kwonlyargs or a.posonlyargs or a.defaults:
                raise TranslationError(f"{name}: only plain parameters")
            parameters = tuple((arg.arg, self._type(arg.annotation)) for arg in a.args)
            short = (
                node if not (self.generated or self.foreign(name)) and _is_inlinable(node) else None
            )
            self.signatures[name] = Function(parameters, annotated(node.returns), body=short)
        return self.signatures[name]

    def _type(self, node: ast.expr | None) -> Type:
        if isinstance(node, ast.Name):
            if node.id == "Rules":
                return self.assembly.rules
            found = self.assembly.records.get(node.id) or BUFFERS.get(node.id)
            if found is not None:
                return found
        return annotated(node)

    # What `Scope` asks for.

    def constant(self, name: str) -> int | float | tuple[int | float, ...] | None:
        """Return a global constant, or None where the name is not one."""
        value = self.names.get(name)
        return value if isinstance(value, int | float | tuple) else None

    def function(self, name: str) -> tuple[str, Function] | None:
        """Return the symbol and the signature of a function."""
        if name in self.functions:
            return self.offer(name)
        value = self.names.get(name)
        if inspect.isfunction(value) and value.__module__.startswith("sim."):
            unit = self.assembly.unit(value.__module__)
            symbol, signature = unit.offer(value.__name__)
            if self.generated and unit.name == "calendar":
                signature = replace(signature, limits=self.assembly.limits)
            return symbol, signature
        return None

    def foreign(self, name: str) -> bool:
        """Whether a function stands for one of the C library or for an instruction."""
        known = arithmetic.PRIMITIVES.keys() | arithmetic.INSTRUCTIONS.keys()
        return self.name == "arithmetic" and name in known

    def offer(self, name: str) -> tuple[str, Function]:
        """Return symbol and signature of a function of this unit, or its text if that is short."""
        signature = self.signature(name)
        return ("", signature) if signature.body is not None else self.assembly.request(self, name)

    def home(self, name: str) -> Scope:
        """Return what a function of this name sees itself."""
        value = self.names.get(name)
        if name not in self.functions and inspect.isfunction(value):
            return self.assembly.unit(value.__module__)
        return self

    def rule(self, name: str) -> tuple[str, Function] | None:
        """Return a function of the generated source."""
        return self.assembly.model.function(name)

    def record(self, name: str) -> Record | None:
        """Return the layout of a record."""
        return self.assembly.records.get(name)

    def table(self, table: Table) -> str:
        """Return the symbol of a table of constants."""
        return self.assembly.table(table)

    def refused(self, what: str) -> bool:
        """Whether a node of the syntax tree, or a slot of a calendar, is not for this source."""
        return self.generated and (what in _LOOPS or (what[0].islower() and what not in EXPORTS))

    def dropped(self, name: str) -> bool:
        """Whether calls of a function are left out."""
        return name in _DROPPED


class Assembly:
    """The functions that an entry reaches, translated.

    Parameters
    ----------
    source
        The generated source.
    modules
        Modules of the library whose functions it may call.
    records
        Layouts by the name of the record.
    limits
        For a parameter of the kernel's functions, how many values it has: the generated source
        must give it as a constant below that.
    """

    def __init__(
        self,
        source: str,
        modules: Sequence[str],
        records: Mapping[str, Record],
        limits: Mapping[str, int] | None = None,
    ) -> None:
        if len(source) > MAX_SOURCE:
            size = f"its source has {len(source):,} characters, {MAX_SOURCE:,} allowed"
            raise ModelError(Diagnostic("too-large", f"the model is too large to compile: {size}"))
        self.records = records
        self.limits = limits
        self.rules = Namespace()
        self.library: dict[str, Unit] = {}
        names: dict[str, object] = {}
        for module in modules:
            space = self.unit(module).names
            offered = space.get("EXPORTS", space.keys())
            assert isinstance(offered, Collection)
            names |= {k: v for k, v in space.items() if k in offered and not k.startswith("_")}
        self.model = Unit(self, "model", module_tree(source), names, generated=limits is not None)
        self.primitives: dict[str, str] = {}  # symbol in LLVM -> symbol in the C library
        self._declared: dict[str, str] = {}
        self._tables: dict[Table, str] = {}
        self._waiting: list[tuple[Unit, str]] = []
        self._calls: dict[str, set[str]] = {}
        self._sites: Counter[str] = Counter()
        self._caller = ""

    def unit(self, module: str) -> Unit:
        """Return a module of the library as a unit."""
        if module not in self.library:
            space = vars(importlib.import_module(module))
            self.library[module] = Unit(self, module.split(".")[-1], parsed(module), space)
        return self.library[module]

    def request(self, unit: Unit, name: str) -> tuple[str, Function]:
        """Return symbol and signature of a function that will be part of the module."""
        signature = unit.signature(name)
        if unit.name == "arithmetic" and name in arithmetic.INSTRUCTIONS:
            instruction = arithmetic.INSTRUCTIONS[name]
            return "", Function(signature.parameters, signature.returns, instruction)
        if unit.name == "arithmetic" and name in arithmetic.PRIMITIVES:
            return self._primitive(arithmetic.PRIMITIVES[name], signature), signature
        symbol = f"{unit.name}.{name}"
        if symbol not in self._calls:
            self._calls[symbol] = set()
            self._waiting.append((unit, name))
        self._sites[symbol] += 1
        if self._caller:
            self._calls[self._caller].add(symbol)
        return symbol, signature

    def _primitive(self, function: str, signature: Function) -> str:
        symbol = INTRINSICS.get(function, C_PREFIX + function)
        if any(kind is not FLOAT for _, kind in signature.parameters):
            raise TranslationError(f"{function} takes floats")
        if function not in INTRINSICS:
            self.primitives[symbol] = function
        kinds = ", ".join("double" for _ in signature.parameters)
        self._declared[symbol] = f"declare double @{symbol}({kinds}) #1"
        return symbol

    def table(self, table: Table) -> str:
        """Return the symbol of a table of constants."""
        return self._tables.setdefault(table, f"table.{len(self._tables)}")

    def text(self, unit: Unit, entry: str) -> str:
        """Return the LLVM module of an entry point and all that it reaches."""
        symbol, _ = self.request(unit, entry)
        translated = []
        while self._waiting:
            unit, name = self._waiting.pop()
            self._caller = f"{unit.name}.{name}"
            node, signature = unit.functions[name], unit.signature(name)
            whole = self._caller == symbol or (unit.generated and signature.returns is INT)
            body = Translator(node, self._caller, signature, unit, inner=not whole).body
            translated.append((self._caller, name, whole, body))
        bodies = [
            f"define {'' if of == symbol else 'internal '}"
            + body.replace(" {", f" {self._hint(of, name, whole, body)} {{", 1)
            for of, name, whole, body in translated
        ]
        try:
            TopologicalSorter(self._calls).prepare()
        except CycleError as error:
            raise TranslationError(f"functions that call each other: {error.args[1]}") from None
        tables = [self._constants(table, name) for table, name in self._tables.items()]
        attributes = (
            "declare i64 @llvm.fptosi.sat.i64.f64(double)",
            "attributes #0 = { nounwind }",
            "attributes #1 = { nounwind willreturn memory(none) }",
            "attributes #2 = { nounwind noinline }",
            "attributes #3 = { nounwind alwaysinline }",
            "attributes #4 = { nounwind noinline optnone }",
        )
        return "\n".join([*tables, *self._declared.values(), *bodies, *attributes, ""])

    def _hint(self, symbol: str, name: str, whole: bool, body: str) -> str:
        """Return the attributes of a function: whether it set_condition part of its callers."""
        sites, lines = self._sites[symbol], body.count("\n")
        if lines > LONG_BODY:
            return "#4"
        if whole:
            return "#2"
        added = sites * lines
        inside = added <= (ADDED_HOT if name in HOT else ADDED)
        return "#3" if inside or sites == 1 or lines <= SHORT_BODY else "#0"

    def _constants(self, table: Table, name: str) -> str:
        kind: Scalar = table.element
        items = ", ".join(f"{kind.ir} {literal(value).text}" for value in table.values)
        size = f"[{len(table.values)} x {kind.ir}]"
        return f"@{name} = private unnamed_addr constant {size} [{items}]"
