"""Restricted Python → LLVM IR: expressions, with one method per allowed syntax node."""

# ruff: noqa: N802 (methods are named after the nodes of `ast`)

from __future__ import annotations

import ast
import operator
from dataclasses import replace

from sim.engine.llvm.emitter import Emitter, Value, cuts, fold, literal, wider
from sim.engine.llvm.types import (
    BOOL,
    FLOAT,
    INT,
    SLOT,
    U64,
    WIDE,
    Array,
    Record,
    Scalar,
    Scope,
    Table,
    TranslationError,
)

_FLOAT_OPS = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
_WHOLE_OPS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.LShift: "shl"}
_BIT_OPS = {ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor"}
_TESTS = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}
_FOLDED = {test: getattr(operator, name) for test, name in _TESTS.items()}

#: Maximum number and allowed types of nodes in an expression that is computed without a branch.
_CHEAP = 16
_PLAIN = (
    ast.Name | ast.Constant | ast.Attribute | ast.UnaryOp | ast.BinOp | ast.Compare | ast.BoolOp
)


class Expressions(Emitter):
    """Translates expressions into operands."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.here: ast.AST | None = None

    def _expression(self, node: ast.expr) -> Value:
        self.here = node
        method = getattr(self, f"_of_{type(node).__name__}", None)
        if method is None:
            raise TranslationError(f"{type(node).__name__} is not part of the language")
        self._descend()
        value: Value = method(node)
        self.depth -= 1
        return value

    def _truth(self, node: ast.expr) -> Value:
        return self._as(self._expression(node), BOOL)

    def _of_Constant(self, node: ast.Constant) -> Value:
        if isinstance(node.value, bool | int | float):
            return literal(node.value)
        raise TranslationError(f"{type(node.value).__name__} is not a value of the language")

    def _of_Name(self, node: ast.Name) -> Value:
        name = node.id
        if name in self.variables:
            if name not in self.assigned:
                raise TranslationError(f"{name} may not have a value here")
            kind = self.variables[name]
            value = self.emit(kind, f"load {kind.ir}, ptr %v.{name}")
            return replace(value, below=self.below.get(name, 0))
        if name in self.known:
            return self.known[name]
        constant = self.scope.constant(name)
        if isinstance(constant, Table):
            return Value(constant, f"@{self.scope.table(constant)}")
        if isinstance(constant, tuple):
            table = Table(literal(constant[0]).type, constant)  # type: ignore[arg-type]
            return Value(table, f"@{self.scope.table(table)}")
        if constant is None:
            raise TranslationError(f"{name} is not known")
        return literal(constant)

    def _of_Attribute(self, node: ast.Attribute) -> Value:
        record = self._expression(node.value)
        if isinstance(record.type, Record):
            if record.type.name == "Calendar" and self.scope.forbids(node.attr):
                raise TranslationError(f"{node.attr} is not part of a generated source")
            kind = record.type.slots.get(node.attr, (None, 0))[0]
            if isinstance(kind, Table):
                return Value(kind, f"@{self.scope.table(kind)}")
            if isinstance(kind, Array):
                return Value(kind, self._slot_address(record, node.attr), length=str(kind.length))
        return self._load(*self._address(node, record))

    def _of_Subscript(self, node: ast.Subscript) -> Value:
        array = self._expression(node.value)
        index = self._expression(node.slice)
        if isinstance(array.type, Table) and isinstance(index.constant, int):
            _inside(index.constant, len(array.type.values))
            return self._as(literal(array.type.values[index.constant]), array.type.element)
        return self._load(*self._element_address(array, index))

    def _load(self, kind: Scalar, item: str, address: str) -> Value:
        value = self.emit(kind, f"load {item}, ptr {address}")
        if kind is BOOL:
            return self.emit(BOOL, f"icmp ne i64 {value.text}, 0")
        if item == "i32":
            return self.emit(INT, f"sext i32 {value.text} to i64")
        return value

    def _address(self, node: ast.expr, record: Value | None = None) -> tuple[Scalar, str, str]:
        """Return the type, the type in memory and the address of an attribute or item."""
        if isinstance(node, ast.Subscript):
            array = self._expression(node.value)
            if isinstance(array.type, Table):
                raise TranslationError("a table is constant")
            return self._element_address(array, self._expression(node.slice))
        if not isinstance(node, ast.Attribute):
            raise TranslationError(f"{type(node).__name__} cannot be assigned")
        record = record or self._expression(node.value)
        if not isinstance(record.type, Record) or node.attr not in record.type.slots:
            raise TranslationError(f"a {record.type.name} has no {node.attr}")
        kind = record.type.slots[node.attr][0]
        if not isinstance(kind, Scalar):
            raise TranslationError(f"{node.attr} cannot be assigned")
        return kind, kind.item, self._slot_address(record, node.attr)

    def _slot_address(self, record: Value, name: str) -> str:
        assert isinstance(record.type, Record)
        offset = record.type.slots[name][1]
        address = self.addresses.get((record.text, offset))
        if address is None:
            step = f"getelementptr inbounds i8, ptr {record.text}, i64 {offset}"
            address = self.addresses[record.text, offset] = self.emit(record.type, step).text
        return address

    def _element_address(self, array: Value, index: Value) -> tuple[Scalar, str, str]:
        kind = array.type
        if isinstance(kind, Record) and kind.all_floats:
            kind = Array(FLOAT, FLOAT.item, kind.size // SLOT)
        if isinstance(kind, Table):
            kind = Array(kind.element, kind.element.item, len(kind.values))
        if not isinstance(kind, Array) or index.type not in (INT, U64):
            raise TranslationError(f"a {array.type.name} cannot be indexed by {index.type.name}")
        if kind.length is not None and isinstance(index.constant, int):
            _inside(index.constant, kind.length)
            checked = index.text
        elif kind.length is not None and 0 < index.below <= kind.length:
            checked = index.text
        else:
            length = array.length or str(kind.length)
            inside = self.emit(BOOL, f"icmp ult i64 {index.text}, {length}").text
            checked = self.emit(INT, f"select i1 {inside}, i64 {index.text}, i64 0").text
        step = f"getelementptr inbounds {kind.item}, ptr {array.text}, i64 {checked}"
        return kind.element, kind.item, self.emit(kind, step).text

    def _of_UnaryOp(self, node: ast.UnaryOp) -> Value:
        value = self._expression(node.operand)
        match node.op:
            case ast.Not():
                return self.emit(BOOL, f"xor i1 {self._as(value, BOOL).text}, true")
            case ast.USub() if value.constant is not None and value.type in (FLOAT, INT):
                return literal(-value.constant)
            case ast.USub() if value.type is FLOAT:
                return self.emit(FLOAT, f"fneg double {value.text}")
            case ast.USub() if value.type is INT:
                return self.emit(INT, f"sub i64 0, {value.text}")
        raise TranslationError(f"{type(node.op).__name__} of {value.type.name}")

    def _of_BinOp(self, node: ast.BinOp) -> Value:
        return self._binary(node.op, self._expression(node.left), node.right)

    def _binary(self, op: ast.operator, left: Value, node: ast.expr) -> Value:
        right = self._expression(node)
        if FLOAT in (left.type, right.type):
            if type(op) not in _FLOAT_OPS:
                raise TranslationError(
                    f"{type(op).__name__} of floats: use sim.numerics.arithmetic"
                )
            left, right = self._as(left, FLOAT), self._as(right, FLOAT)
            text = f"{_FLOAT_OPS[type(op)]} double {left.text}, {right.text}"
            return self.emit(FLOAT, text)
        return self._whole(op, left, right)

    def _whole(self, op: ast.operator, left: Value, right: Value) -> Value:
        name = type(op).__name__
        if not {left.type, right.type} <= {INT, U64, WIDE}:
            raise TranslationError(f"{name} of {left.type.name} and {right.type.name}")
        if left.type is INT and right.type is INT and left.constant is not None:
            folded = fold(op, left.constant, right.constant)
            if folded is not None:
                return literal(folded)
        kind = wider(left, right)
        if isinstance(op, ast.RShift | ast.LShift):
            _inside(right.constant if isinstance(right.constant, int) else -1, 64)
        match op:
            case ast.RShift() if left.type is not WIDE:
                how = "ashr" if left.type is INT else "lshr"
                return self.emit(left.type, f"{how} i64 {left.text}, {right.text}")
            case ast.BitAnd() | ast.BitOr() | ast.BitXor():
                if isinstance(op, ast.BitAnd) and kind is WIDE and cuts(left, right):
                    kind = U64
                return self.emit(kind, f"{_BIT_OPS[type(op)]} i64 {left.text}, {right.text}")
            case ast.Add() | ast.Sub() | ast.Mult() | ast.LShift():
                if isinstance(op, ast.LShift):
                    kind = left.type  # type: ignore[assignment]
                text = f"{_WHOLE_OPS[type(op)]} i64 {left.text}, {right.text}"
                return self.emit(INT if kind is INT else WIDE, text)
        raise TranslationError(f"{name} of {left.type.name} and {right.type.name}")

    def _of_BoolOp(self, node: ast.BoolOp) -> Value:
        stop, both = ("true", "or") if isinstance(node.op, ast.Or) else ("false", "and")
        value = self._truth(node.values[0])
        after = ""
        ends = []
        for other in node.values[1:]:
            if self._cheap(other):
                value = self.emit(BOOL, f"{both} i1 {value.text}, {self._truth(other).text}")
                continue
            after = after or self._label()
            more = self._label()
            ends.append(f"[ {stop}, %{self.block} ]")
            self._branch(value, *((after, more) if stop == "true" else (more, after)))
            self._start(more)
            value = self._truth(other)
        if not after:
            return value
        ends.append(f"[ {value.text}, %{self.block} ]")
        self._start(after)
        return self.emit(BOOL, f"phi i1 {', '.join(ends)}")

    def _of_IfExp(self, node: ast.IfExp) -> Value:
        test = self._truth(node.test)
        if test.constant is not None:  # decided by the size of the program
            return self._expression(node.body if test.constant else node.orelse)
        if self._cheap(node.body) and self._cheap(node.orelse):
            first, second = self._alike(self._expression(node.body), self._expression(node.orelse))
            assert isinstance(first.type, Scalar)
            kind = first.type.ir
            text = f"select i1 {test.text}, {kind} {first.text}, {kind} {second.text}"
            return self.emit(first.type, text)
        yes, no, after = self._label(), self._label(), self._label()
        self._branch(test, yes, no)
        self._start(yes)
        first = self._expression(node.body)
        ends = [self.block]
        self._close(f"br label %{after}")
        self._start(no)
        first, second = self._alike(first, self._expression(node.orelse))
        assert isinstance(first.type, Scalar)
        ends.append(self.block)
        self._start(after)
        pairs = f"[ {first.text}, %{ends[0]} ], [ {second.text}, %{ends[1]} ]"
        return self.emit(first.type, f"phi {first.type.ir} {pairs}")

    def _alike(self, first: Value, second: Value) -> tuple[Value, Value]:
        kind = first.type if first.constant is None else second.type
        if not isinstance(kind, Scalar):
            raise TranslationError(f"a choice between {kind.name}s")
        return self._as(first, kind), self._as(second, kind)

    def _cheap(self, node: ast.expr) -> bool:
        """Whether always computing an expression is cheaper than a branch around it."""
        waiting: list[ast.AST] = [node]
        for _ in range(_CHEAP):
            if not waiting:
                return True
            of = waiting.pop()
            if isinstance(of, ast.Call):
                found = self.scope.function(of.func.id) if isinstance(of.func, ast.Name) else None
                if found is None or found[1].body is None or len(found[1].body.body) > 2:
                    return False
                waiting += [
                    s.value for s in found[1].body.body if isinstance(s, ast.Return) and s.value
                ]
                waiting += of.args
            elif isinstance(of, _PLAIN):
                waiting += (n for n in ast.iter_child_nodes(of) if isinstance(n, ast.expr))
            else:
                return False
        return False

    def _of_Compare(self, node: ast.Compare) -> Value:
        left = self._expression(node.left)
        result: Value | None = None
        for op, other in zip(node.ops, node.comparators, strict=True):
            right = self._expression(other)
            test = self._test(op, left, right)
            if result is not None and result.constant is not None:
                result = test if result.constant else result
                left = right
                continue
            both = f"and i1 {result.text}, {test.text}" if result else ""
            result = self.emit(BOOL, both) if both else test
            left = right
        assert result is not None
        return result

    def _test(self, op: ast.cmpop, left: Value, right: Value) -> Value:
        name = _TESTS.get(type(op))
        if name is None:
            raise TranslationError(f"{type(op).__name__} is not part of the language")
        if left.type is right.type is INT and None not in (left.constant, right.constant):
            return literal(bool(_FOLDED[type(op)](left.constant, right.constant)))
        if FLOAT in (left.type, right.type):
            left, right = self._as(left, FLOAT), self._as(right, FLOAT)
            ordered = "u" if name == "ne" else "o"
            return self.emit(BOOL, f"fcmp {ordered}{name} double {left.text}, {right.text}")
        if U64 in (left.type, right.type):
            left, right = self._as(left, U64), self._as(right, U64)
        equality = isinstance(op, ast.Eq | ast.NotEq)
        if left.type != right.type or not (
            left.type in (INT, U64) or (left.type is BOOL and equality)
        ):
            raise TranslationError(f"{left.type.name} is not compared with {right.type.name}")
        assert isinstance(left.type, Scalar)
        signed = "" if equality else "s" if left.type is INT else "u"
        text = f"icmp {signed}{name} {left.type.ir} {left.text}, {right.text}"
        return self.emit(BOOL, text)


def _inside(index: int, length: int) -> None:
    if not 0 <= index < length:
        raise TranslationError(f"{index} is outside 0 .. {length - 1}")
