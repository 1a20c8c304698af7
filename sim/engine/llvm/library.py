"""Functions of the library's own restricted modules, compiled for Python to call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sim.engine.llvm.assembly import Assembly, Unit
from sim.engine.llvm.kept_code import Code, Translation, load_code, signature
from sim.engine.llvm.types import SLOT

#: The functions of each library, and their code, which must outlive them.
_libraries: dict[tuple[str, ...], tuple[Code, Mapping[str, Callable[..., Any]]]] = {}
_lock = threading.Lock()


def functions(entries: tuple[str, ...]) -> Mapping[str, Callable[..., Any]]:
    """Return functions of restricted modules by name, compiled once in a process.

    They take whole numbers, floats and contiguous arrays, whose kinds are not checked; calls release
    the interpreter lock.

    Parameters
    ----------
    entries : tuple of str
        Dotted names, no two of which end alike.

    Examples
    --------
    >>> functions(("sim.numerics.sums.mean",))["mean"](np.array([1.0, 2.0]), 2)
    1.5
    """
    with _lock:
        if entries not in _libraries:
            code = load_code(repr(entries), lambda: translation(entries))
            by_name = {
                symbol.rpartition(".")[2]: _callable(function)
                for symbol, function in code.functions.items()
            }
            _libraries[entries] = code, by_name
    return _libraries[entries][1]


def assembled(entries: tuple[str, ...]) -> tuple[Assembly, list[tuple[Unit, str]]]:
    """Return an assembly, and the entry points in it that dotted names mean."""
    assembly = Assembly("", (), {})
    parts = [entry.rpartition(".") for entry in entries]
    return assembly, [(assembly.unit(module), name) for module, _, name in parts]


def translation(entries: tuple[str, ...]) -> Translation:
    """Return functions in LLVM's language, with all that they call."""
    assembly, points = assembled(entries)
    known = dict(assembly.request(unit, name) for unit, name in points)
    signatures = {symbol: signature(function) for symbol, function in known.items()}
    return Translation(assembly.text(*points), signatures)


def _callable(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes an array as its address and its length."""

    def function(*arguments: Any) -> Any:
        flat: list[Any] = []
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                assert argument.flags.c_contiguous and argument.itemsize == SLOT
                flat += (argument.__array_interface__["data"][0], argument.size)
            else:
                flat.append(argument)
        return inner(*flat)

    return function
