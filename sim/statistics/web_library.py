"""The compiled statistics as a WebAssembly module, for `sim/browser/statistics.js`."""

from __future__ import annotations

import json

from sim.engine.llvm.kept_code import kept_object
from sim.engine.llvm.library import assembled, translation
from sim.engine.llvm.types import Array
from sim.engine.llvm.wasm_module import first_free, link
from sim.engine.web_module import SECTION
from sim.statistics.library import ENTRIES

#: Version of what the module says of itself, which a reader tests.
FORMAT = 1


def compile_web_library() -> bytes:
    """Compile the statistics to WebAssembly.

    Returns
    -------
    bytes
        A module that imports its memory. Its section ``fulcrum`` has, as JSON, the types of the
        parameters of each function that it exports, and the first free address.

    Examples
    --------
    >>> compile_web_library()[:4]
    b'\\x00asm'
    """
    code, symbols = kept_object(repr(ENTRIES), lambda: translation(ENTRIES), "wasm")
    kinds = {
        name: [
            f"{of.element.name}s" if isinstance(of, Array) else of.name
            for _, of in unit.signature(name).parameters
        ]
        for unit, name in assembled(ENTRIES)[1]
    }
    layout = {"format": FORMAT, "free": first_free(code), "functions": kinds}
    exports = {symbol: symbol.rpartition(".")[2] for symbol in symbols}
    return link(code, exports, {SECTION: json.dumps(layout).encode()})
