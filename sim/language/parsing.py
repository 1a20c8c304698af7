"""Python's own parser, made safe for threads."""

from __future__ import annotations

import ast
import threading
from typing import Literal

_ONE_AT_A_TIME = threading.Lock()
_TRIES = 5


def python_tree(text: str, mode: Literal["eval", "exec"] = "exec") -> ast.AST:
    """Parse Python text.

    CPython before 3.12.1 keeps one recursion counter for all threads while it builds a tree, so two
    that parse at once, here or in another library, may meet a `SystemError` (CPython issue 106905).
    Ours therefore parse one at a time, and a clash with another library's is tried again.

    Raises
    ------
    SyntaxError, ValueError, RecursionError, MemoryError
        As `ast.parse` does.
    """
    for left in reversed(range(_TRIES)):
        try:
            with _ONE_AT_A_TIME:
                return ast.parse(text, mode=mode)
        except SystemError:
            if not left:
                raise
    raise AssertionError


def module_tree(text: str) -> ast.Module:
    """Parse the text of a Python module."""
    tree = python_tree(text)
    assert isinstance(tree, ast.Module)
    return tree
