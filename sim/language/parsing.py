"""Thread-safe access to the Python parser."""

from __future__ import annotations

import ast
import threading
from typing import Literal

_ONE_AT_A_TIME = threading.Lock()
_TRIES = 5


def python_tree(text: str, mode: Literal["eval", "exec"] = "exec") -> ast.AST:
    """Parse Python text.

    CPython before 3.12.1 shares one recursion counter between threads while it builds a tree, so
    parsing in two threads can raise `SystemError` (CPython issue 106905). A lock prevents this here;
    a clash with another library's parsing is retried.

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
