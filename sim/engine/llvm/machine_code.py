"""LLVM IR → object code → machine code in this process. The only module that uses llvmlite."""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import sys
import threading
from collections.abc import Mapping
from typing import Any

#: LLVM passes in order: a third of the compilation time of LLVM's level 2 for the same run time.
#: `sim.engine.llvm.assembly` decides what is inlined.
PASSES = (
    *("always_inliner", "global_dead_code_eliminate", "ipsccp", "global_opt"),
    *("post_order_function_attributes", "sroa", "simplify_cfg", "instruction_combine"),
    *("loop_simplify", "loop_rotate", "jump_threading", "new_gvn", "dead_store_elimination"),
    *("simplify_cfg", "instruction_combine"),
)

LEVEL = 2
#: Of the code generator: its second level takes a tenth longer for the same run time.
EMIT_LEVEL = 1

_ONE_AT_A_TIME = threading.Lock()


class MachineCode:
    """Object code loaded into this process; `address` is that of its entry point.

    Parameters
    ----------
    code
        What `object_code` returned.
    entry
        Symbol of the function to call.
    primitives
        Function of the C library for each symbol that the module declares.
    """

    def __init__(self, code: bytes, entry: str, primitives: Mapping[str, str]) -> None:
        import llvmlite.binding as binding

        with _ONE_AT_A_TIME:
            _initialise()
            library = binding.JITLibraryBuilder().add_object_img(code).export_symbol(entry)
            for symbol, function in primitives.items():
                library.import_symbol(symbol, _address(function))
            self._jit = binding.create_lljit_compiler(_machine())
            self._loaded = library.link(self._jit, "kernel")
        self.address: int = self._loaded[entry]


def object_code(llvm: str, level: int = 0) -> bytes:
    """Verify and optimise a module for this processor; return its object code.

    `level` is 0 for `PASSES`, or one of LLVM's own, 1 to 3: the same bits, some 3 % faster to run,
    and twice as long to optimise.
    """
    import llvmlite.binding as binding

    with _ONE_AT_A_TIME:
        _initialise()
        machine = _machine()
        module = binding.parse_assembly(llvm)
        module.verify()
        _optimise(module, machine, level)
        return bytes(machine.emit_object(module))


@functools.cache
def _initialise() -> None:
    import llvmlite.binding as binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    binding.set_option("fulcrum", "-fast-isel")  # a third less time to emit, same run time


def _optimise(module: Any, machine: Any, level: int) -> None:
    import llvmlite.binding as binding

    with binding.create_pipeline_tuning_options(level or LEVEL) as tuning:
        builder = binding.create_pass_builder(machine, tuning)
        if level:
            builder.getModulePassManager().run(module, builder)
            return
        passes = binding.create_new_module_pass_manager()
        for name in PASSES:
            getattr(passes, f"add_{name}_pass")()
        passes.run(module, builder)


def _machine() -> Any:
    import llvmlite.binding as binding

    target = binding.Target.from_default_triple()
    return target.create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=binding.get_host_cpu_features().flatten(),
        opt=EMIT_LEVEL,
        jit=True,
    )


@functools.cache
def _libm() -> ctypes.CDLL:
    """Return the C library that CPython's `math` uses."""
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
    address = ctypes.cast(getattr(_libm(), function), ctypes.c_void_p).value
    assert address is not None
    return address
