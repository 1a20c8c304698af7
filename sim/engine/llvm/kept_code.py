"""Machine code that is kept on disk: a second process links it and translates nothing.

An entry (see `sim.kept`) is a line of JSON, with what a caller must know of the functions, and the object
code. Its name is a digest of what is translated, of the engine's own text, and of the target: the
versions of llvmlite and LLVM, the passes, and WebAssembly or the processor and each of its features.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim import kept
from sim.engine.llvm.machine_code import (
    Kind,
    MachineCode,
    object_code,
    target_identity,
    wasm_object,
)
from sim.engine.llvm.types import BOOL, FLOAT, NONE, U64, Array, Function, Namespace, Scalar, Type
from sim.engine.sources import engine

#: Bytes of an entry; larger code is not kept.
MAX_CODE = 16 * 2**20

#: Of the layout of an entry.
_FORMAT = 1
_CTYPES: Mapping[str, Any] = {
    "d": ctypes.c_double, "i": ctypes.c_int64, "u": ctypes.c_uint64, "p": ctypes.c_void_p, "b": ctypes.c_bool,
    "n": None,
}  # fmt: skip
_SIGNATURE = re.compile("[dibun][dibup]*")


@dataclass(frozen=True, slots=True)
class Translation:
    """A module in LLVM's language.

    Attributes
    ----------
    llvm
        Its text.
    entries
        The signature of each function to be called, by its symbol: see `signature`.
    """

    llvm: str
    entries: Mapping[str, str]


def signature(function: Function) -> str:
    """Return the C signature of a function: a letter for its result and one for each argument.

    Examples
    --------
    >>> from sim.engine.llvm.types import FLOAT, INT, Array, Function
    >>> signature(Function((("xs", Array(FLOAT, "double")), ("x", FLOAT)), INT))
    'ipid'
    """
    kinds = [function.returns, *(kind for _, kind in function.parameters)]
    return "".join(map(_letters, kinds))


def _letters(kind: Type) -> str:
    if isinstance(kind, Namespace):
        return ""
    if isinstance(kind, Array):
        return "pi"
    letters = {FLOAT: "d", U64: "u", BOOL: "b", NONE: "n"}
    return letters.get(kind, "i") if isinstance(kind, Scalar) else "p"


class Code:
    """Functions as machine code in this process: `functions` has them by their symbols."""

    def __init__(self, code: bytes, entries: Mapping[str, str]) -> None:
        self._loaded = MachineCode(code, tuple(entries))
        self.functions: dict[str, Callable[..., Any]] = {
            symbol: ctypes.CFUNCTYPE(*(_CTYPES[letter] for letter in letters))(
                self._loaded.addresses[symbol]
            )
            for symbol, letters in entries.items()
        }


def load_code(identity: str, translate: Callable[[], Translation]) -> Code:
    """Return machine code for this processor, ready to run; parameters are those of `kept_object`."""
    return Code(*kept_object(identity, translate))


def kept_object(
    identity: str, translate: Callable[[], Translation], kind: Kind = "native"
) -> tuple[bytes, Mapping[str, str]]:
    """Return object code and the signatures of its entries: kept ones, else new ones, and keep them.

    Parameters
    ----------
    identity
        What is translated: all that determines the translation except the engine's own text.
    translate
        Called where nothing is kept.
    """
    name = _name(identity, kind)
    if found := _recall(name):
        return found
    made = _uninterrupted(translate)
    code = wasm_object(made.llvm) if kind == "wasm" else object_code(made.llvm)
    content = json.dumps(dict(made.entries)).encode() + b"\n" + code
    if len(content) < MAX_CODE:
        kept.keep(name, content, code=True)
    return code, made.entries


def _uninterrupted(translate: Callable[[], Translation]) -> Translation:
    """Translate without the collector of garbage, which would visit every syntax tree, many times."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        return translate()
    finally:
        if enabled:
            gc.enable()


def _name(identity: str, kind: Kind) -> str:
    text = repr(("code", _FORMAT, engine(), target_identity(kind), identity))
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


def _recall(name: str) -> tuple[bytes, Mapping[str, str]] | None:
    content = kept.recall(name, MAX_CODE, code=True)
    if content is not None:
        head, _, code = content.partition(b"\n")
        with contextlib.suppress(ValueError, TypeError, AttributeError):  # somebody's own head
            entries = json.loads(head)
            if entries and all(map(_SIGNATURE.fullmatch, entries.values())):
                return code, entries
    return None
