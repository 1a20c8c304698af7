"""LLVM IR → object code → machine code in this process. The only module that uses llvmlite."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Sequence
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
#: Of the code generator: its second level takes a tenth longer for the same run time.
NATIVE_LEVEL = 1

#: Options that leave out steps of the code generator: for this processor they take a sixth of its
#: time and gain nothing; for WebAssembly, which is 2 % faster with those steps, they are turned round.
OPTIONS = {"enable-misched": 0} | dict.fromkeys(
    (
        *("disable-machine-licm", "disable-postra-machine-licm", "disable-machine-cse"),
        *("disable-machine-sink", "disable-copyprop"),
    ),
    1,
)

#: Whether code and constants lie in one piece of memory, so that addresses have 32 bits; JITLink
#: does this, but not for Windows.
NEAR = sys.platform != "win32"

#: Object code for this processor or for WebAssembly.
Kind = Literal["native", "wasm"]

#: The triple of WebAssembly, and what every browser since 2023 has beyond its first version.
WASM = "wasm32-unknown-unknown"
WASM_FEATURES = "+mutable-globals,+bulk-memory,+sign-ext,+nontrapping-fptoint,+simd128"

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
            self._jit = binding.create_lljit_compiler(_machine(), use_jit_link=NEAR)
            self._loaded = library.link(self._jit, "kernel")
        self.addresses: dict[str, int] = {entry: self._loaded[entry] for entry in entries}


def object_code(llvm: str) -> bytes:
    """Verify and optimise a module for this processor; return its object code."""
    import llvmlite.binding as binding

    with _ONE_AT_A_TIME:
        _initialise()
        machine = _machine()
        module = binding.parse_assembly(llvm)
        module.verify()
        _optimise(module, machine)
        return _emitted(module, machine, lean=True)


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
        return _emitted(module, machine, lean=False)


def _emitted(module: Any, machine: Any, lean: bool) -> bytes:
    import llvmlite.binding as binding

    for option, value in OPTIONS.items():
        binding.set_option("fulcrum", f"-{option}={value if lean else 1 - value}")
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


def _optimise(module: Any, machine: Any) -> None:
    import llvmlite.binding as binding

    with binding.create_pipeline_tuning_options(LEVEL) as tuning:
        builder = binding.create_pass_builder(machine, tuning)
        passes = binding.create_new_module_pass_manager()
        for name in PASSES:
            getattr(passes, f"add_{name}_pass")()
        passes.run(module, builder)


def _processor() -> tuple[str, str]:
    """Return the name of this processor and its features, less those that only cost time to emit."""
    import llvmlite.binding as binding

    features = binding.get_host_cpu_features().flatten()
    return binding.get_host_cpu_name(), features + ",-avx512f" * ("+avx512f" in features)


def target_identity(kind: Kind) -> str:
    """Return what a kind of object code depends on besides the texts of its module and of this one."""
    import llvmlite
    import llvmlite.binding as binding

    versions = (llvmlite.__version__, binding.llvm_version_info)
    host = (binding.get_default_triple(), *_processor())
    target = (WASM, WASM_FEATURES) if kind == "wasm" else host
    return repr((kind, versions, target, LEVEL, NATIVE_LEVEL, PASSES, OPTIONS, NEAR))


def _machine() -> Any:
    import llvmlite.binding as binding

    cpu, features = _processor()
    target = binding.Target.from_default_triple()
    model, reloc = ("small", "pic") if NEAR else ("jitdefault", "default")
    return target.create_target_machine(
        cpu=cpu, features=features, opt=NATIVE_LEVEL, reloc=reloc, codemodel=model, jit=not NEAR
    )
