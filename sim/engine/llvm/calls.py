"""Restricted Python → LLVM IR: calls and conversions."""

# ruff: noqa: N802 (methods are named after the nodes of `ast`)

from __future__ import annotations

import ast
from collections.abc import Sequence

from sim.engine.llvm.emitter import Value, literal
from sim.engine.llvm.expressions import Expressions
from sim.engine.llvm.types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    SLOT,
    U64,
    Array,
    Function,
    Namespace,
    Record,
    Scalar,
    Table,
    TranslationError,
    Type,
)
from sim.engine.llvm.vectors import VECTORS


class Calls(Expressions):
    """Translates calls."""

    def _of_Call(self, node: ast.Call) -> Value:
        return self._call(node, used=True)

    def _call(self, node: ast.Call, used: bool) -> Value:
        if node.keywords:
            raise TranslationError("arguments by name")
        target, name = None, ast.unparse(node.func)
        match node.func:
            case ast.Name(id="float" | "int" | "u64" | "len") if len(node.args) == 1:
                return self._convert(name, self._expression(node.args[0]))
            case ast.Name() if name in VECTORS and name not in self.known:
                return VECTORS[name](self, *map(self._expression, node.args))
            case ast.Name():
                target = self.scope.function(name)
            case ast.Attribute(value=ast.Name(id=space), attr=attr) if space in self.known:
                kind = self.known[space].type
                target = kind.scope.function(attr) if isinstance(kind, Namespace) else None
        if target is None:
            raise TranslationError(f"{name} is not a function of the language")
        symbol, signature = target
        if len(node.args) != len(signature.parameters):
            raise TranslationError(f"{name} takes {len(signature.parameters)} arguments")
        if used and signature.returns is NONE:
            raise TranslationError(f"{name} returns nothing")
        values = [self._expression(argument) for argument in node.args]
        for (parameter, _), value in zip(signature.parameters, values, strict=True):
            if signature.limits is not None and parameter in signature.limits:
                _below(value, signature.limits[parameter], parameter)
        if signature.body is not None:
            return self._inline(signature, values)
        arguments = []
        for (_, kind), value in zip(signature.parameters, values, strict=True):
            arguments += self._argument(kind, value)
        returns = signature.returns
        joined = ", ".join(arguments)
        if signature.instruction:
            operands = [argument.split(" ")[1] for argument in arguments]
            return self.emit(returns, signature.instruction.format(*operands))
        if returns is NONE:
            self.lines.append(f"  call void @{symbol}({joined})")
            return Value(NONE, "")
        return self.emit(returns, f"call {returns.ir} @{symbol}({joined})")

    def _inline(self, function: Function, values: list[Value]) -> Value:
        """Translate the body of a function in place of its call."""
        assert function.body is not None and function.scope is not None
        outside = self.scope, self.known, self.variables
        known = {}
        for (name, kind), value in zip(function.parameters, values, strict=True):
            known[name] = self._as(value, kind) if isinstance(kind, Scalar) else value
            if value.type != kind and not isinstance(kind, Scalar):
                raise TranslationError(f"{kind.name} expected, not {value.type.name}")
        self.scope, self.known, self.variables = function.scope, known, {}
        value = Value(NONE, "")
        for statement in function.body.body:
            if isinstance(statement, ast.Return) and statement.value is not None:
                value = self._as(self._expression(statement.value), function.returns)
            else:
                self._statements([statement])
        self.scope, self.known, self.variables = outside
        return value

    def _statements(self, body: Sequence[ast.stmt]) -> None:
        raise NotImplementedError

    def _argument(self, kind: Type, value: Value) -> list[str]:
        if isinstance(kind, Namespace) and value.type == kind:
            return []
        if isinstance(kind, Record) and value.type is kind:
            return [f"ptr {value.text}"]
        if isinstance(kind, Array) and kind.length is None and isinstance(value.type, Table):
            return [f"ptr {value.text}", f"i64 {len(value.type.values)}"]
        if isinstance(kind, Array) and value.type == kind:
            return [f"ptr {value.text}", f"i64 {value.length}"]
        value = self._as(value, kind)
        assert isinstance(value.type, Scalar)
        return [f"{value.type.ir} {value.text}"]

    def _convert(self, name: str, value: Value) -> Value:
        kind = value.type
        match name, kind:
            case "len", Array():
                return Value(INT, value.length, kind.length)
            case "len", Record():
                return literal(kind.size // SLOT)
            case "len", Table():
                return literal(len(kind.values))
            case "float", _ if kind is FLOAT:
                return value
            case "float", _ if kind in (INT, U64, BOOL):
                assert isinstance(kind, Scalar)
                how = "sitofp" if kind is INT else "uitofp"
                return self.emit(FLOAT, f"{how} {kind.ir} {value.text} to double")
            case "int", _ if kind is FLOAT:
                text = f"call i64 @llvm.fptosi.sat.i64.f64(double {value.text})"
                return self.emit(INT, text)
            case "int", _ if kind is INT:
                return value
        raise TranslationError(f"{name} of {kind.name}")


def _below(value: Value, limit: int, what: str) -> None:
    if value.type is not INT:
        raise TranslationError(f"{what} must be a whole number")
    if value.constant is None:
        return  # of a member: the kernel's arrays test every index that is not constant
    if not 0 <= value.constant < limit:
        raise TranslationError(f"{value.constant} is not a known {what}")
