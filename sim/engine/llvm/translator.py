"""Restricted Python → LLVM IR, one function at a time.

There is one method per allowed syntax node; every other node raises an error with its name. Values
are float64, int (signed, 64 bits), u64 and bool; only literal whole numbers convert implicitly. No
operation has a flag that lets LLVM change a bit of a result, and every index is a constant inside
its array or is checked.
"""

# ruff: noqa: N802 (methods are named after the nodes of `ast`)

from __future__ import annotations

import ast
from collections.abc import Sequence

from sim.engine.llvm.calls import Calls
from sim.engine.llvm.emitter import Value, literal
from sim.engine.llvm.types import (
    BOOL,
    INT,
    NONE,
    SCALARS,
    Array,
    Function,
    Namespace,
    Record,
    Scalar,
    Scope,
    TranslationError,
)


class Translator(Calls):
    """Translates one function; `body` is the text of its definition.

    An `inner` function may be inlined into its callers. Its pointers are not marked `noalias`: the
    callers' are, and repeating it costs compilation time at each call.
    """

    def __init__(
        self,
        node: ast.FunctionDef,
        symbol: str,
        signature: Function,
        scope: Scope,
        inner: bool = False,
    ) -> None:
        super().__init__(scope)
        self.inner = inner
        self.node = node
        self.signature = signature
        self.loops: list[tuple[str, str, list[set[str]]]] = []
        try:
            header = self._header(symbol)
            self._statements(node.body)
            self._end()
        except TranslationError as error:
            line = getattr(self.here, "lineno", node.lineno)
            raise TranslationError(f"{node.name}, line {line}: {error}") from None
        self.body = "\n".join([header, "entry:", *self.slots, *self.lines, "}"])

    # -- the function ------------------------------------------------------------------------------

    def _header(self, symbol: str) -> str:
        written = _written(self.node.body)
        noalias = "" if self.inner else "noalias "
        arguments = []
        for name, kind in self.signature.parameters:
            if isinstance(kind, Namespace):
                self.known[name] = Value(kind, "")
            elif isinstance(kind, Record):
                arguments.append(f"ptr {noalias}noundef nonnull %{name}")
                self.known[name] = Value(kind, f"%{name}")
            elif isinstance(kind, Array):
                arguments += [f"ptr {noalias}noundef nonnull %{name}", f"i64 noundef %{name}.len"]
                self.known[name] = Value(kind, f"%{name}", length=f"%{name}.len")
            elif isinstance(kind, Scalar):
                arguments.append(f"{kind.ir} noundef %{name}")
                if name in written:
                    self._declare(name, kind)
                    self._store(name, Value(kind, f"%{name}"))
                else:
                    self.known[name] = Value(kind, f"%{name}")
            else:
                raise TranslationError(f"parameter {name} cannot be a {kind.name}")
        return f"{self.signature.returns.ir} @{symbol}({', '.join(arguments)}) {{"

    def _end(self) -> None:
        if self.open:
            if self.signature.returns is not NONE:
                raise TranslationError("not every path returns a value")
            self._close("ret void")

    # -- statements --------------------------------------------------------------------------------

    def _statements(self, body: Sequence[ast.stmt]) -> None:
        for node in body:
            self.here = node
            if not self.open:
                raise TranslationError("statement that is never reached")
            method = getattr(self, f"_do_{type(node).__name__}", None)
            if method is None:
                raise TranslationError(f"{type(node).__name__} is not part of the language")
            if self.scope.forbids(type(node).__name__):
                raise TranslationError(f"{type(node).__name__} is not part of a generated source")
            self._descend()
            method(node)
            self.depth -= 1

    def _do_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return
        match node.value:
            case ast.Call(func=ast.Name(id="note" | "arguments" as name)) if (
                self.scope.function(name) is None
            ):
                return  # only a trace records the values of messages and of errors
            case ast.Call():
                self._call(node.value, used=False)
            case _:
                raise TranslationError("expression without effect")

    def _do_Pass(self, node: ast.Pass) -> None:
        pass

    def _do_Assign(self, node: ast.Assign) -> None:
        if len(node.targets) != 1:
            raise TranslationError("one target at a time")
        self._assign(node.targets[0], self._expression(node.value))

    def _do_AnnAssign(self, node: ast.AnnAssign) -> None:
        kind = annotated(node.annotation)
        if node.value is None or not isinstance(node.target, ast.Name):
            raise TranslationError("an annotated variable needs a value")
        self._assign(node.target, self._as(self._expression(node.value), kind))

    def _do_AugAssign(self, node: ast.AugAssign) -> None:
        old = self._expression(node.target)
        self._assign(node.target, self._binary(node.op, old, node.value))

    def _assign(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self._store(target.id, value)
            return
        kind, item, address = self._address(target)
        value = self._as(value, kind)
        if kind is BOOL:
            value = self.emit(INT, f"zext i1 {value.text} to i64")
        elif item == "i32":
            value = self.emit(INT, f"trunc i64 {value.text} to i32")
        self.lines.append(f"  store {item} {value.text}, ptr {address}")

    def _do_Return(self, node: ast.Return) -> None:
        returns = self.signature.returns
        if node.value is None:
            if returns is not NONE:
                raise TranslationError(f"{returns.name} expected")
            self._close("ret void")
            return
        value = self._as(self._expression(node.value), returns)
        self._close(f"ret {returns.ir} {value.text}")

    def _do_If(self, node: ast.If) -> None:
        test = self._truth(node.test)
        if test.constant is not None:  # decided by the size of the program
            self._statements(node.body if test.constant else node.orelse)
            return
        yes, no, after = self._label(), self._label(), self._label()
        before = set(self.assigned)
        self._branch(test, yes, no if node.orelse else after)
        tested = node.test.id if isinstance(node.test, ast.Name) else ""
        ends = []
        for label, body in ((yes, node.body), (no, node.orelse)):
            self.assigned = set(before)
            if body is node.body:
                self.assigned |= self.assigned_if.get(tested, set())
            if body:
                self._start(label)
                self._statements(body)
                if self.open:
                    ends.append(self.assigned)
                    if body is node.body and tested in self.variables:
                        self.assigned_if[tested] = set(self.assigned)
                self._close(f"br label %{after}")
            else:
                ends.append(self.assigned)
        self.assigned = set.intersection(*ends) if ends else before
        if ends:
            self._start(after)

    def _do_While(self, node: ast.While) -> None:
        self.assigned_if.clear()
        if node.orelse:
            raise TranslationError("a loop has no else")
        head, body, after = self._label(), self._label(), self._label()
        self._start(head)
        forever = isinstance(node.test, ast.Constant) and node.test.value is True
        if forever:
            self._close(f"br label %{body}")
        else:
            self._branch(self._truth(node.test), body, after)
        self._loop(node.body, body, head, after, forever)

    def _do_For(self, node: ast.For) -> None:
        match node:
            case ast.For(
                target=ast.Name(id=name),
                iter=ast.Call(func=ast.Name(id="range"), args=[*bounds], keywords=[]),
                orelse=[],
            ) if 1 <= len(bounds) <= 2:
                pass
            case _:
                raise TranslationError("only `for name in range(first, end)`")
        self.assigned_if.clear()
        limits = [self._as(self._expression(bound), INT) for bound in bounds]
        first = limits[0] if len(limits) == 2 else literal(0)
        counter = f"{self._fresh()}.i"
        self.slots.append(f"  {counter} = alloca i64")
        self.lines.append(f"  store i64 {first.text}, ptr {counter}")
        head, body, step, after = (self._label() for _ in range(4))
        self._start(head)
        i = self.emit(INT, f"load i64, ptr {counter}")
        test = self.emit(BOOL, f"icmp slt i64 {i.text}, {limits[-1].text}")
        before = set(self.assigned)
        self._branch(test, body, after)
        self._start(body)
        self._store(name, i)
        if (
            isinstance(first.constant, int)
            and first.constant >= 0
            and name not in _written(node.body)
        ):
            self.below[name] = int(limits[-1].constant or 0)
        self._loop(node.body, "", step, after, forever=False)
        self.below.pop(name, None)
        self.lines.pop()  # the label of `after`, which comes after the step
        self.lines.append(f"{step}:")
        self.addresses.clear()
        i = self.emit(INT, f"load i64, ptr {counter}")
        i = self.emit(INT, f"add i64 {i.text}, 1")
        self.lines += [f"  store i64 {i.text}, ptr {counter}", f"  br label %{head}", f"{after}:"]
        self.addresses.clear()
        self.assigned = before

    def _loop(
        self, statements: list[ast.stmt], body: str, again: str, after: str, forever: bool
    ) -> None:
        before = set(self.assigned)
        if body:
            self._start(body)
        self.loops.append((again, after, []))
        self._statements(statements)
        self._close(f"br label %{again}")
        breaks = self.loops.pop()[2]
        self.assigned = set.intersection(*breaks) if forever and breaks else before
        if not forever or breaks:
            self._start(after)

    def _do_Break(self, node: ast.Break) -> None:
        _, after, breaks = self.loops[-1]
        breaks.append(set(self.assigned))
        self._close(f"br label %{after}")

    def _do_Continue(self, node: ast.Continue) -> None:
        self._close(f"br label %{self.loops[-1][0]}")


def annotated(node: ast.expr | None) -> Scalar:
    """Return the scalar type that an annotation names."""
    match node:
        case ast.Name(id=name) if name in SCALARS:
            return SCALARS[name]
        case ast.Constant(value=None):
            return NONE
    raise TranslationError(f"no such type: {ast.unparse(node) if node else 'none given'}")


def _written(body: Sequence[ast.stmt]) -> set[str]:
    """Return the names that statements assign."""
    names: set[str] = set()
    for node in body:
        target = getattr(node, "target", None) or next(iter(getattr(node, "targets", [])), None)
        if isinstance(target, ast.Name):
            names.add(target.id)
        for inner in ("body", "orelse"):
            names |= _written(getattr(node, inner, ()))
    return names
