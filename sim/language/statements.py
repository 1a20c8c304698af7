"""The statements of `do`: assignments and branches, checked in order."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sim.errors import Diagnostic, ModelError, Span, did_you_mean
from sim.language import grammar
from sim.language.check import BrokenName, Checker, Scope
from sim.language.names import name_fault
from sim.language.terms import NUMBER, WHOLE, Expression, Role, Type, express
from sim.source import Scalar


@dataclass(frozen=True, slots=True)
class Assign:
    """``target = value``; a local where `local` is true."""

    target: str
    value: Expression
    span: Span
    local: bool


@dataclass(frozen=True, slots=True)
class If:
    """``if test: then … else: otherwise``; an `elif` is an `If` in `otherwise`."""

    test: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    span: Span


Statement = Assign | If


def assigned(statements: Iterable[Statement]) -> dict[str, Span]:
    """Return the state that statements may assign, each with its last assignment's place."""
    found: dict[str, Span] = {}
    for statement in statements:
        if isinstance(statement, If):
            found |= assigned(statement.then) | assigned(statement.otherwise)
        elif not statement.local:
            found[statement.target] = statement.span
    return found


@dataclass
class Block:
    """What checking a block of statements has found so far.

    `locals` are all locals with their types; `sure` those that are set on every path.
    """

    scope: Scope
    locals: dict[str, Type] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    sure: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    faults: list[Diagnostic] = field(default_factory=list)

    def names_after(self) -> Scope:
        """Return the scope of `then` and `tell`: locals that are set on every path are in it."""
        names = dict(self.scope.names)
        names |= {name: ("local", self.locals[name]) for name in self.sure if name in self.locals}
        maybe = {n for n in self.locals if n not in self.sure} | self.broken
        return replace(self.scope, names=names, broken=self.scope.broken | maybe)

    def unset(self) -> set[str]:
        """Return the locals that are set on some paths only."""
        return {name for name in self.locals if name not in self.sure}

    def unread(self) -> list[Diagnostic]:
        """Return a fault for each local that nothing reads: a typo cannot create state."""
        return [
            Diagnostic(
                "unread-local",
                f"'{name}' is set but never read",
                place,
                did_you_mean(name, self.assignable()) or "only state lasts beyond the event",
            )
            for name, place in self.places.items()
            if name not in self.read and name not in self.broken
        ]

    def assignable(self) -> list[str]:
        """Return the names of the state."""
        return [name for name, (role, _) in self.scope.names.items() if role == "state"]


def check_block(scalar: Scalar, text: str, scope: Scope) -> tuple[tuple[Statement, ...], Block]:
    """Check the statements of a `do` block; the faults found are in the returned `Block`."""
    block = Block(scope)
    try:
        nodes = grammar.statements(scalar, text)
    except ModelError as error:
        block.faults.extend(error.diagnostics)
        return (), block
    return _Reader(scalar, text, block).statements(nodes), block


class _Reader:
    def __init__(self, scalar: Scalar, text: str, block: Block) -> None:
        self.scalar = scalar
        self.text = text
        self.block = block

    def statements(self, nodes: list[ast.stmt]) -> tuple[Statement, ...]:
        found: list[Statement] = []
        for node in nodes:
            try:
                statement = self.statement(node)
            except ModelError as error:
                self.block.faults.extend(error.diagnostics)
                self.forget(node)
            except BrokenName:
                self.forget(node)
            else:
                found.append(statement)
        return tuple(found)

    def forget(self, node: ast.stmt) -> None:
        """After a fault, say nothing more of the locals that the faulty statement would have set."""
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                self.block.read.add(part.id)
                if isinstance(part.ctx, ast.Store) and part.id not in self.block.scope.names:
                    self.block.broken.add(part.id)

    def statement(self, node: ast.stmt) -> Statement:
        match node:
            case ast.Assign(targets=[ast.Name() as target], value=value):
                return self.assign(node, target, value)
            case ast.AugAssign(target=ast.Name() as target, op=op, value=value):
                left = ast.copy_location(ast.Name(target.id, ast.Load()), target)
                whole = ast.BinOp(left, op, value)
                return self.assign(node, target, ast.copy_location(whole, node))
            case ast.If():
                return self.branch(node)
        checker = self.checker()
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            checker.refuse(node, "not-allowed", "an assignment sets one name, as in 'x = 1'")
        checker.refuse(
            node,
            "not-allowed",
            "only assignments and 'if' may stand in 'do'",
            "declare what happens next under 'then'" if isinstance(node, ast.Expr) else "",
        )

    def checker(self) -> Checker:
        block = self.block
        names = dict(block.scope.names)
        names |= {
            name: ("local", kind) for name, kind in block.locals.items() if name in block.sure
        }
        return Checker(
            self.scalar,
            self.text,
            replace(block.scope, names=names, broken=block.scope.broken | block.broken),
        )

    def expression(self, node: ast.expr, want: Type | None) -> Expression:
        checker = self.checker()
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                self.block.read.add(part.id)
                if part.id in self.block.unset() and part.id not in self.block.broken:
                    checker.refuse(
                        part,
                        "unset-local",
                        f"'{part.id}' may be unset here: only one branch sets it",
                        "set it before the 'if', or in every branch",
                    )
        term = checker.term(node)
        term = checker.fit(term, want, node) if want else checker.settled(term, node)
        begin, end = grammar.offsets(self.text, node)
        return express(self.text[begin:end], self.scalar.span_at(begin, end), term)

    def branch(self, node: ast.If) -> If:
        test_checker = self.checker()
        test = self.expression(node.test, None)
        if test.type.kind != "boolean":
            test_checker.truth(node.test)
        before = set(self.block.sure)
        then = self.statements(node.body)
        after_then = self.block.sure
        self.block.sure = set(before)
        otherwise = self.statements(node.orelse)
        self.block.sure &= after_then
        return If(test, then, otherwise, test.span)

    def assign(self, node: ast.stmt, target: ast.Name, value: ast.expr) -> Assign:
        name = target.id
        begin, end = grammar.offsets(self.text, target)
        span = self.scalar.span_at(begin, end)
        role, kind = self.block.scope.names.get(name, (None, None))
        if role == "state":
            return Assign(name, self.expression(value, kind), span, local=False)
        self.refuse_target(target, name, role)
        known = self.block.locals.get(name)
        fixed = known if known and known.kind in ("option", "boolean") else None
        expression = self.expression(value, fixed)
        self.block.locals[name] = _join(known, expression.type)
        self.block.places.setdefault(name, span)
        self.block.sure.add(name)
        return Assign(name, expression, span, local=True)

    def refuse_target(self, target: ast.Name, name: str, role: Role | None) -> None:
        """Refuse to assign what is not state and cannot be a local."""
        checker = self.checker()
        if role is not None:
            checker.refuse(
                target, "not-assignable", f"'{name}' is a {role}: only state can be assigned"
            )
        if name in self.block.scope.events:
            checker.refuse(
                target, "not-assignable", f"'{name}' is an event: only state can be assigned"
            )
        fault = name_fault(name)
        if fault:
            checker.refuse(target, "bad-name", f"'{name}' {fault}")


def _join(known: Type | None, new: Type) -> Type:
    """Return the type of a local that has held one kind of number and now holds another."""
    if known is None or known.kind in ("option", "boolean"):
        return new
    return NUMBER if "number" in (known.kind, new.kind) else WHOLE
