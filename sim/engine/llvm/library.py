"""Functions of the library's own restricted modules, compiled for Python to call."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.engine.llvm.assembly import Assembly, Unit
from sim.engine.llvm.machine_code import MachineCode, object_code
from sim.engine.llvm.types import (
    FLOAT,
    INT,
    NONE,
    SLOT,
    U64,
    Array,
    Function,
    Namespace,
    Scalar,
    Type,
)  # fmt: skip

#: What a compiled function may return.
_RETURNS = {FLOAT: ctypes.c_double, INT: ctypes.c_int64, NONE: None}


@dataclass(frozen=True, slots=True)
class Library:
    """Compiled functions by name, and the machine code that they are part of."""

    code: MachineCode
    functions: Mapping[str, Callable[..., Any]]


_libraries: dict[tuple[str, ...], Library] = {}
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
            _libraries[entries] = _compile(*assembled(entries))
    return _libraries[entries].functions


def assembled(entries: tuple[str, ...]) -> tuple[Assembly, list[tuple[Unit, str]]]:
    """Return an assembly, and the entry points in it that dotted names mean."""
    assembly = Assembly("", (), {})
    parts = [entry.rpartition(".") for entry in entries]
    return assembly, [(assembly.unit(module), name) for module, _, name in parts]


def _compile(assembly: Assembly, entries: list[tuple[Unit, str]]) -> Library:
    known = {name: assembly.request(unit, name) for unit, name in entries}
    symbols = [symbol for symbol, _ in known.values()]
    code = MachineCode(object_code(assembly.text(*entries)), symbols)
    called = {
        name: _callable(code.addresses[symbol], signature)
        for name, (symbol, signature) in known.items()
    }
    return Library(code, called)


def _callable(address: int, signature: Function) -> Callable[..., Any]:
    kinds = [kind for _, of in signature.parameters for kind in ctypes_of(of)]
    inner = ctypes.CFUNCTYPE(_RETURNS[signature.returns], *kinds)(address)

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


def ctypes_of(kind: Type) -> list[Any]:
    """Return the ctypes of the C arguments that make up one parameter."""
    if isinstance(kind, Namespace):
        return []
    if isinstance(kind, Array):
        return [ctypes.c_void_p, ctypes.c_int64]
    scalars = {FLOAT: ctypes.c_double, U64: ctypes.c_uint64}
    return [scalars.get(kind, ctypes.c_int64) if isinstance(kind, Scalar) else ctypes.c_void_p]
