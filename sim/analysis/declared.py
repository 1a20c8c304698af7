"""The verbs that the modules of this package declare, read from their text without importing them."""

from __future__ import annotations

import ast
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import Any

import sim.analysis


@dataclass(frozen=True, slots=True)
class Declared:
    """What the text of a module says of an analysis."""

    verb: str
    summary: str
    order: int
    module: str


@cache
def declared_verbs() -> dict[str, Declared]:
    """Return what is declared, by verb and in order.

    Importing all analyses takes a second, which a list of verbs does not need.
    """
    found = []
    for module in pkgutil.iter_modules(sim.analysis.__path__):
        text = pkgutil.get_data("sim.analysis", f"{module.name}.py") or b""
        if b" Analysis(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Analysis":
                given: dict[str | None, Any] = {
                    word.arg: word.value.value
                    for word in node.keywords
                    if isinstance(word.value, ast.Constant)
                }
                name = f"sim.analysis.{module.name}"
                found.append(
                    Declared(given["verb"], given["summary"], given.get("order", 50), name)
                )
    return {one.verb: one for one in sorted(found, key=lambda one: (one.order, one.verb))}
