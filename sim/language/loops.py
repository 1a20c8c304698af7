"""Loops over the members of sets: functions of all members, and the limits of loops in each other."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import get_args

from sim.errors import ModelError, did_you_mean
from sim.language.indices import Checker, index_error
from sim.language.names import FUNCTIONS, REDUCERS
from sim.language.scope import Scope
from sim.language.terms import (
    BOOLEAN,
    NUMBER,
    WHOLE,
    Number,
    Operation,
    Reduce,
    Reducer,
    Term,
    Type,
)

#: Most members, or combinations of members, that one call goes through.
MAX_COMBINATIONS = 100_000
#: Most loops in each other. (Python, which runs the generated source, has at most 20 blocks.)
MAX_LOOPS = 10
#: Most times that loops in loops go through one place.
MAX_TURNS = 10_000_000


def not_reduced(checker: Checker, node: ast.Call, function: str) -> ModelError:
    """Return the error for a function of members that is given something else."""
    over = checker.scope.over
    name = next((p.id for p in ast.walk(node) if isinstance(p, ast.Name) and p.id in over), "")
    of = over[name] if name else tuple(checker.scope.sets)[:1] or ("SET",)
    body = f"{name}[{', '.join(one[:1] for one in of)}]" if name else "…"
    example = f"{function}({body} {' '.join(f'for {one[:1]} in {one}' for one in of)})"
    message = f"'{function}' goes through the members of a set"
    return checker.refuse(node, "argument-count", message, f"write {example}")


def reduces(checker: Checker, node: ast.Call, function: str) -> bool:
    """Return whether a call goes through members; a function that does only that must."""
    if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
        return function in REDUCERS
    others = (*FUNCTIONS, "count", *checker.scope.functions, *checker.scope.tables.names)
    if function in REDUCERS and function not in others:
        raise not_reduced(checker, node, function)
    return False


def reduced(checker: Checker, node: ast.Call, function: str) -> Term:
    """Check ``sum(value for r in set if condition)`` and its like."""
    (generator,) = node.args
    assert isinstance(generator, ast.GeneratorExp)
    outside = checker.scope
    checker.scope = replace(outside, draws=False, place=f"'{function}' over members")
    try:
        variables, conditions = _loops(checker, generator)
        condition = None
        if conditions:
            test = conditions[0] if len(conditions) == 1 else ast.BoolOp(ast.And(), conditions)
            condition = checker.truth(ast.copy_location(test, conditions[0]))
        body = (
            checker.truth(generator.elt)
            if function in ("any", "all", "count")
            else checker.number(generator.elt)
        )
    finally:
        checker.scope = outside
    return _reduction(checker, node, function, variables, body, condition)


def _loops(
    checker: Checker, node: ast.GeneratorExp
) -> tuple[tuple[tuple[str, Type], ...], list[ast.expr]]:
    """Read ``for r in set``, and make the variables known; return them, and the conditions."""
    found: list[tuple[str, Type]] = []
    conditions: list[ast.expr] = []
    size = 1
    for loop in node.generators:
        name, kind = loop_variable(checker, loop.target, loop.iter)
        found.append((name, kind))
        conditions += loop.ifs
        size *= len(kind.options)
        names = {**checker.scope.names, name: ("index", kind)}
        checker.scope = replace(checker.scope, names=names)
    if size > MAX_COMBINATIONS:
        message = f"more than {MAX_COMBINATIONS:,} combinations of members"
        raise checker.refuse(node, "too-large", message)
    checker.scope = inside(checker, node, size, len(found))
    return tuple(found), conditions


def inside(checker: Checker, node: ast.AST, size: int, loops: int = 1) -> Scope:
    """Return the scope inside of loops; reject too many in each other, and those that take too long."""
    scope = checker.scope
    inner = replace(scope, turns=scope.turns * size, loops=scope.loops + loops)
    if inner.loops > MAX_LOOPS:
        raise checker.refuse(node, "too-deep", f"more than {MAX_LOOPS} loops in each other")
    if inner.turns > MAX_TURNS:
        message = f"loops in loops go through this {inner.turns:,} times"
        message += f": at most {MAX_TURNS:,} are allowed"
        raise checker.refuse(
            node, "too-large", message, "use fewer members, or store a part in state"
        )
    return inner


def loop_variable(checker: Checker, target: ast.expr, of: ast.expr) -> tuple[str, Type]:
    """Check ``target in of`` of a loop: a new name, and a set."""
    scope = checker.scope
    if not isinstance(target, ast.Name):
        raise checker.refuse(target, "not-allowed", "a loop has one variable, as in 'for r in SET'")
    if not isinstance(of, ast.Name) or of.id not in scope.sets:
        text = ast.unparse(of)
        help = did_you_mean(text, scope.sets)
        if not help:
            help = (
                f"known sets: {', '.join(scope.sets)}" if scope.sets else "declare it under 'sets'"
            )
        raise checker.refuse(of, "unknown-set", f"'{text}' is not a set", help)
    name = target.id
    taken = scope.names[name][0] if name in scope.names else "event" if name in scope.events else ""
    if error := index_error(name, taken):
        raise checker.refuse(target, "bad-name", error, "choose another name for the index")
    return name, scope.sets[of.id]


def _reduction(
    checker: Checker,
    node: ast.Call,
    function: str,
    variables: tuple[tuple[str, Type], ...],
    body: Term,
    condition: Term | None,
) -> Term:
    span = checker.passage.span(node)

    def reduce(name: Reducer, of: Term, kind: Type) -> Reduce:
        return Reduce(name, variables, of, condition, kind, span)

    whole = WHOLE if body.type.kind != "number" else NUMBER
    if function == "mean":
        total = reduce("sum", body, whole)
        number = reduce("count", Number(1.0, BOOLEAN), WHOLE)
        return Operation("/", total, number, NUMBER, span)
    if function in ("argmax", "argmin") and len(variables) > 1:
        message = f"'{function}' goes through one set, to return its member"
        raise checker.refuse(node, "not-allowed", message)
    kinds: dict[str, Type] = {"any": BOOLEAN, "all": BOOLEAN, "count": WHOLE}
    if function in ("argmax", "argmin"):
        kinds[function] = variables[0][1]
    (name,) = (one for one in get_args(Reducer) if one == function)
    return reduce(name, body, kinds.get(function, whole))
