"""LLVM IR → machine code in this process. Everything that touches llvmlite is here."""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import sys
import threading
from collections.abc import Mapping
from typing import Any

#: LLVM's optimisation level; `benchmarks/NOTES.md` has what each costs and gives.
LEVEL = 2

_ONE_AT_A_TIME = threading.Lock()


class MachineCode:
    """A verified and optimised LLVM module, loaded; `address` is that of its entry point.

    Parameters
    ----------
    llvm
        Text of the module.
    entry
        Symbol of the function to call.
    primitives
        For each symbol that the module declares, the function of the C library it stands for.
    level
        LLVM's optimisation level.
    """

    def __init__(
        self, llvm: str, entry: str, primitives: Mapping[str, str], level: int = LEVEL
    ) -> None:
        import llvmlite.binding as binding

        with _ONE_AT_A_TIME:
            _initialise()
            machine = _machine(level)
            module = binding.parse_assembly(llvm)
            module.verify()
            with binding.create_pipeline_tuning_options(level) as tuning:
                builder = binding.create_pass_builder(machine, tuning)
                builder.getModulePassManager().run(module, builder)
            code = machine.emit_object(module)
            library = binding.JITLibraryBuilder().add_object_img(code).export_symbol(entry)
            for symbol, function in primitives.items():
                library.import_symbol(symbol, _address(function))
            self._jit = binding.create_lljit_compiler(machine)
            self._loaded = library.link(self._jit, "kernel")
            self.optimised = module
        self.address: int = self._loaded[entry]


@functools.cache
def _initialise() -> None:
    import llvmlite.binding as binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()


def _machine(level: int) -> Any:
    import llvmlite.binding as binding

    target = binding.Target.from_default_triple()
    return target.create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=binding.get_host_cpu_features().flatten(),
        opt=level,
        jit=True,
    )


@functools.cache
def _mathematics() -> ctypes.CDLL:
    """Return the C library that CPython's `math` computes with."""
    if sys.platform == "win32":
        return ctypes.CDLL("ucrtbase")
    for name in (None, "libm.so.6"):
        try:
            library = ctypes.CDLL(name)
            if hasattr(library, "expm1"):
                return library
        except OSError:
            continue
    return ctypes.CDLL(ctypes.util.find_library("m"))


def _address(function: str) -> int:
    address = ctypes.cast(getattr(_mathematics(), function), ctypes.c_void_p).value
    assert address is not None
    return address
