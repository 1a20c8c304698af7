"""The statements of `do`: assignments and branches, checked in order."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sim.errors import MAX_SHOWN, Diagnostic, ModelError, Span, did_you_mean
from sim.language import grammar
from sim.language.checker import Checker
from sim.language.expressions import Expression, express
from sim.language.hints import SYNTAX
from sim.language.indices import indexed, not_whole
from sim.language.loops import inside, loop_variable
from sim.language.names import name_error
from sim.language.scope import BrokenName, Passage, Scope
from sim.language.terms import (
    BOOLEAN,
    NUMBER,
    WHOLE,
    Reference,
    Role,
    Term,
    Type,
)
from sim.yaml import Scalar


@dataclass(frozen=True, slots=True)
class Assign:
    """``target = value``; a local where `local` is true. `index` is that of a state's member."""

    target: str
    value: Expression
    span: Span
    local: bool
    index: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class If:
    """``if test: then … else: otherwise``; an `elif` is an `If` in `otherwise`."""

    test: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class For:
    """``for variable in set: body``; `type` is that of the set's members."""

    variable: str
    type: Type
    body: tuple[Statement, ...]
    span: Span


Statement = Assign | If | For


def assigned(statements: Iterable[Statement]) -> dict[str, Span]:
    """Return the state variables that statements can assign, with the place of the last assignment."""
    found: dict[str, Span] = {}
    for statement in statements:
        if isinstance(statement, If):
            found |= assigned(statement.then) | assigned(statement.otherwise)
        elif isinstance(statement, For):
            found |= assigned(statement.body)
        elif not statement.local:
            found[statement.target] = statement.span
    return found


@dataclass
class Block:
    """Locals and errors found so far in a block of statements.

    `locals` are all locals with their types; `sure` are those set on every path, `looped` those
    first set in a loop.
    """

    scope: Scope
    locals: dict[str, Type] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    sure: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    looped: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    errors: list[Diagnostic] = field(default_factory=list)

    def known(self) -> Scope:
        """Return the scope at this point, with the locals that are set on every path."""
        found: dict[str, tuple[Role, Type]] = dict(self.scope.names)
        found |= {name: ("local", self.locals[name]) for name in self.sure if name in self.locals}
        return replace(
            self.scope,
            names=found,
            broken=self.scope.broken | self.broken,
            unset=frozenset(self.locals) - self.sure,
            looped=frozenset(self.looped),
        )

    def unread(self) -> list[Diagnostic]:
        """Return an error for each local that is never read: it may be a misspelt state variable."""
        return [
            Diagnostic(
                "unread-local",
                f"'{name}' is set but never read",
                place,
                did_you_mean(name, self.assignable()) or "only state persists after the event",
            )
            for name, place in self.places.items()
            if name not in self.read and name not in self.broken
        ]

    def assignable(self) -> list[str]:
        """Return the names of the state."""
        return [name for name, (role, _) in self.scope.names.items() if role == "state"]


def check_block(scalar: Scalar, text: str, scope: Scope) -> tuple[tuple[Statement, ...], Block]:
    """Check the statements of a `do` block; the returned `Block` has the errors."""
    block = Block(scope)
    try:
        nodes = grammar.statements(scalar, text)
    except ModelError as error:
        block.errors.extend(error.diagnostics)
        return (), block
    return _Reader(Passage(scalar, text), block).statements(nodes), block


class _Reader:
    def __init__(self, passage: Passage, block: Block) -> None:
        self.passage = passage
        self.block = block

    def statements(self, nodes: list[ast.stmt]) -> tuple[Statement, ...]:
        found: list[Statement] = []
        for node in nodes:
            if len(self.block.errors) > MAX_SHOWN:
                break
            try:
                statement = self.statement(node)
            except ModelError as error:
                self.block.errors.extend(error.diagnostics)
                self.forget(node)
            except BrokenName:
                self.forget(node)
            else:
                found.append(statement)
        return tuple(found)

    def forget(self, node: ast.AST) -> None:
        """Suppress further errors about the locals that an invalid statement reads or sets."""
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                self.block.read.add(part.id)
                if isinstance(part.ctx, ast.Store) and part.id not in self.block.scope.names:
                    self.block.broken.add(part.id)

    def statement(self, node: ast.stmt) -> Statement:
        match node:
            case ast.Assign(targets=[ast.Name() as target], value=value):
                return self.assign(target, value)
            case ast.Assign(targets=[ast.Subscript() as target], value=value):
                return self.assign_member(target, value)
            case ast.AugAssign(target=ast.Name() as target, op=op, value=value):
                left = ast.copy_location(ast.Name(target.id, ast.Load()), target)
                whole = ast.BinOp(left, op, value)
                return self.assign(target, ast.copy_location(whole, node))
            case ast.AugAssign(target=ast.Subscript() as target, op=op, value=value):
                old = ast.copy_location(
                    ast.Subscript(target.value, target.slice, ast.Load()), target
                )
                whole = ast.BinOp(old, op, value)
                return self.assign_member(target, ast.copy_location(whole, node))
            case ast.If():
                return self.branch(node)
            case ast.For(orelse=[]):
                return self.loop(node)
            case ast.Assign() | ast.AugAssign() | ast.AnnAssign():
                message = "an assignment sets one name, as in 'x = 1'"
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                help = SYNTAX.get(type(targets[0]), "")
                raise self.passage.refuse(node, "not-allowed", message, help)
        raise self.passage.refuse(
            node,
            "not-allowed",
            "'do' can contain only assignments, 'if' and 'for r in SET'",
            SYNTAX.get(type(node), ""),
        )

    def expression(self, node: ast.expr, want: Type | None) -> Expression:
        calls = {part.func for part in ast.walk(node) if isinstance(part, ast.Call)}
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part not in calls:
                self.block.read.add(part.id)
        term = Checker(self.passage, self.block.known()).value(node, want)
        begin, end = self.passage.offsets(node)
        span = self.passage.scalar.span_at(begin, end)
        return express(self.passage.text[begin:end], span, term)

    def branch(self, node: ast.If) -> If:
        """Check a branch; report errors in its arms even if its test is invalid."""
        test: Expression | None = None
        try:
            test = self.expression(node.test, BOOLEAN)
        except ModelError as error:
            self.block.errors.extend(error.diagnostics)
        except BrokenName:
            pass
        before = set(self.block.sure)
        then = self.statements(node.body)
        after_then = self.block.sure
        self.block.sure = before
        otherwise = self.statements(node.orelse)
        self.block.sure &= after_then
        if test is None:
            raise BrokenName
        return If(test, then, otherwise, test.span)

    def loop(self, node: ast.For) -> For:
        """Check a loop over the members of a set; locals that it sets are unset after it."""
        block, before = self.block, self.block.scope
        checker = Checker(self.passage, block.known())
        try:
            name, kind = loop_variable(checker, node.target, node.iter)
            inner = inside(checker, node.target, len(kind.options))
        except ModelError:
            self.block.read |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
            raise
        if name in block.locals:
            message = f"'{name}' is already a local"
            help = "choose another name for the index"
            raise self.passage.refuse(node.target, "bad-name", message, help)
        sure, earlier = set(block.sure), set(block.locals)
        names: dict[str, tuple[Role, Type]] = {**before.names, name: ("index", kind)}
        block.scope = replace(before, names=names, turns=inner.turns, loops=inner.loops)
        body = self.statements(node.body)
        block.scope, block.sure = before, sure
        block.looped |= block.locals.keys() - earlier
        return For(name, kind, body, self.passage.span(node))

    def assign_member(self, target: ast.Subscript, value: ast.expr) -> Assign:
        """Check an assignment to a member of a state variable."""
        scope = self.block.known()
        name = target.value.id if isinstance(target.value, ast.Name) else ""
        if name in scope.broken:
            self.forget(value)
            raise BrokenName(name)
        role, kind = scope.names.get(name, (None, None))
        if name and role != "state":
            self.refuse_target(target.value, name, role)  # type: ignore[arg-type]
        for part in ast.walk(target.slice):
            if isinstance(part, ast.Name):
                self.block.read.add(part.id)
        place = indexed(Checker(self.passage, scope), target)
        assert isinstance(place, Reference)
        expression = self.expression(value, kind)
        return Assign(name, expression, self.passage.span(target), False, place.index)

    def assign(self, target: ast.Name, value: ast.expr) -> Assign:
        name, block = target.id, self.block
        span = self.passage.scalar.span_at(*self.passage.offsets(target))
        role, kind = block.scope.names.get(name, (None, None))
        if role == "state" and name in block.scope.over:
            raise not_whole(Checker(self.passage, block.known()), target)
        if role == "state":
            return Assign(name, self.expression(value, kind), span, local=False)
        if name in block.scope.broken:
            self.forget(value)
            raise BrokenName(name)
        self.refuse_target(target, name, role)
        known = block.locals.get(name)
        fixed = known if known and known.worded else None
        expression = self.expression(value, fixed)
        if known and not fixed and expression.type.kind == "option":
            raise self.passage.refuse(value, "type-mismatch", f"'{name}' was a number before")
        block.locals[name] = _join(known, expression.type)
        block.places.setdefault(name, span)
        block.sure.add(name)
        return Assign(name, expression, span, local=True)

    def refuse_target(self, target: ast.Name, name: str, role: Role | None) -> None:
        """Reject a target that is neither state nor a valid local."""
        if role is not None or name in self.block.scope.events:
            words = {
                "derived": "a derived quantity", "argument": "an argument", "index": "an index",
                None: "an event",
            }  # fmt: skip
            what = words.get(role, f"a {role}")
            message = f"'{name}' is {what}: only state can be assigned"
            raise self.passage.refuse(target, "not-assignable", message)
        if error := name_error(name):
            raise self.passage.refuse(target, "bad-name", f"'{name}' {error}")


def _join(known: Type | None, new: Type) -> Type:
    """Return the type of a local that is assigned values of two types."""
    if known is None or known.worded:
        return new
    return NUMBER if "number" in (known.kind, new.kind) else WHOLE
