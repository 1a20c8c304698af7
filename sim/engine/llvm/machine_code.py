"""LLVM IR → object code → machine code in this process. The only module that uses llvmlite."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator, Sequence
from typing import Any, Literal

#: LLVM passes in order: a third of the compilation time of LLVM's level 2 for the same run time.
#: `sim.engine.llvm.assembly` decides what is inlined.
PASSES = (
    *("always_inliner", "global_dead_code_eliminate", "ipsccp", "global_opt"),
    *("post_order_function_attributes", "sroa", "simplify_cfg", "instruction_combine"),
    *("loop_simplify", "loop_rotate", "jump_threading", "new_gvn", "dead_store_elimination"),
    *("simplify_cfg", "instruction_combine"),
)

LEVEL = 2

#: Object code for this processor with our passes or with all of LLVM's, or for WebAssembly.
Kind = Literal["quick", "best", "wasm"]

#: The triple of WebAssembly, and what every browser since 2023 has beyond its first version.
WASM = "wasm32-unknown-unknown"
WASM_FEATURES = "+mutable-globals,+bulk-memory,+sign-ext,+nontrapping-fptoint"

_ONE_AT_A_TIME = threading.Lock()


class MachineCode:
    """Object code loaded into this process; `addresses` has those of its entry points.

    Parameters
    ----------
    code
        What `object_code` returned.
    entries
        Symbols of the functions to call.
    """

    def __init__(self, code: bytes, entries: Sequence[str]) -> None:
        import llvmlite.binding as binding

        with _ONE_AT_A_TIME:
            _initialise()
            library = binding.JITLibraryBuilder().add_object_img(code)
            for entry in entries:
                library.export_symbol(entry)
            self._jit = binding.create_lljit_compiler(_machine())
            self._loaded = library.link(self._jit, "kernel")
        self.addresses: dict[str, int] = {entry: self._loaded[entry] for entry in entries}


def object_code(llvm: str, *, best: bool = False) -> bytes:
    """Verify and optimise a module for this processor; return its object code.

    Parameters
    ----------
    best
        Whether it takes nearly twice the time, for code that runs a sixth faster to the same bits.
        Other modules can be compiled and linked meanwhile.
    """
    import llvmlite.binding as binding

    with contextlib.nullcontext() if best else _ONE_AT_A_TIME:
        _initialise()
        machine = _machine()
        module = binding.parse_assembly(llvm, binding.create_context() if best else None)
        module.verify()
        _optimise(module, machine, best)
        with _careful_selection() if best else contextlib.nullcontext():
            return bytes(machine.emit_object(module))


def wasm_object(llvm: str) -> bytes:
    """Verify and optimise a module for WebAssembly; return its object file."""
    import llvmlite.binding as binding

    with _ONE_AT_A_TIME:
        _initialise()
        _initialise_wasm()
        target = binding.Target.from_triple(WASM)
        machine = target.create_target_machine(cpu="mvp", features=WASM_FEATURES, opt=LEVEL)
        module = binding.parse_assembly(llvm)
        module.triple, module.data_layout = WASM, str(machine.target_data)
        module.verify()
        _optimise(module, machine)
        with _careful_selection():
            return bytes(machine.emit_object(module))


@functools.cache
def _initialise_wasm() -> None:
    import llvmlite.binding as binding

    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()


@functools.cache
def _initialise() -> None:
    import llvmlite.binding as binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    binding.set_option("fulcrum", "-fast-isel")  # a third less time to emit, same run time


@contextlib.contextmanager
def _careful_selection() -> Iterator[None]:
    """Select instructions with care: it takes longer, and gives smaller and faster code."""
    import llvmlite.binding as binding

    binding.set_option("fulcrum", "-fast-isel=false")
    try:
        yield
    finally:
        binding.set_option("fulcrum", "-fast-isel=true")


def _optimise(module: Any, machine: Any, best: bool = False) -> None:
    """Run our passes over a module, or all of LLVM's level."""
    import llvmlite.binding as binding

    with binding.create_pipeline_tuning_options(LEVEL) as tuning:
        builder = binding.create_pass_builder(machine, tuning)
        if best:
            passes = builder.getModulePassManager()
        else:
            passes = binding.create_new_module_pass_manager()
            for name in PASSES:
                getattr(passes, f"add_{name}_pass")()
        passes.run(module, builder)


def _processor() -> tuple[str, str]:
    """Return the name of this processor and its features."""
    import llvmlite.binding as binding

    return binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()


def target_identity(kind: Kind) -> str:
    """Return what a kind of object code depends on besides the texts of its module and of this one."""
    import llvmlite
    import llvmlite.binding as binding

    versions = (llvmlite.__version__, binding.llvm_version_info)
    host = (binding.get_default_triple(), *_processor())
    target = (WASM, WASM_FEATURES) if kind == "wasm" else host
    return repr((kind, versions, target, LEVEL, PASSES))


def _machine() -> Any:
    import llvmlite.binding as binding

    cpu, features = _processor()
    target = binding.Target.from_default_triple()
    return target.create_target_machine(cpu=cpu, features=features, opt=LEVEL, jit=True)
