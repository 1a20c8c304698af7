"""The generated source with what records a story; see `sim.engine.story`."""

from __future__ import annotations

import ast

from sim.engine.codegen.firing import FIRE
from sim.engine.codegen.writer import SIGNATURE
from sim.language.parsing import module_tree

_WRAPPED = f"""
def start({SIGNATURE}, o: Accumulators) -> int:
    status = untold_start(c, s, p, o)
    if telling(c):
        remember(c, s)
    return status

def fire({SIGNATURE}, {FIRE.replace(",", ", event: int,", 1)}) -> int:
    if not telling(c):
        return untold_fire(c, s, p, o, event, activation, w, n)
    begin(c, event, activation, n)
    status = untold_fire(c, s, p, o, event, activation, w, n)
    tell(c, s, status)
    return status
"""


class _Telling(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name in ("start", "fire"):
            node.name = f"untold_{node.name}"
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        match node.value:
            case ast.Call(func=ast.Name(id="note"), args=[_, _, *values]):
                notes = "\n".join(f"    note(c, {ast.unparse(value)})" for value in values)
                return module_tree(f"if telling(c):\n{notes}\n    c.failed = 0").body[0]
        return node


def told_source(source: str) -> str:
    """Return a generated source that records its occurrences while the calendar is telling.

    Parameters
    ----------
    source
        `Program.source`: the two functions that the event loop calls to start and to fire are
        wrapped, and a message notes its values one by one.
    """
    return ast.unparse(_Telling().visit(module_tree(source))) + _WRAPPED
