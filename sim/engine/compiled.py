"""The compiled kernel: a program as machine code that runs blocks of replications.

A run holds no interpreter lock, and a kernel holds no state between runs: threads may share one.
"""

from __future__ import annotations

import ast
import ctypes
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.engine.codegen.program import MAX_EVENTS, MAX_INSTANT, Program
from sim.engine.llvm.assembly import Assembly, parsed
from sim.engine.llvm.layout import limits, records
from sim.engine.llvm.machine_code import MachineCode
from sim.engine.llvm.types import FLOAT, SLOT, U64, Array, Namespace, Scalar, Type
from sim.engine.protocol import Block, Floats

#: Kernels kept for programs met before.
MAX_CACHED = 32

_CALENDAR = "sim.engine.calendar"
_LOOP = "sim.engine.event_loop"
_LIBRARY = ("sim.numerics.arithmetic", "sim.numerics.draws", _CALENDAR)
_ENTRY = "run_block"


class CompiledKernel:
    """Machine code of one program."""

    name = "compiled"

    def __init__(self, program: Program) -> None:
        (calendar,) = (node for node in parsed(_CALENDAR).body if isinstance(node, ast.ClassDef))
        self.program = program
        self._records = records(program, calendar)
        assembly = Assembly(program.source, _LIBRARY, self._records, limits(program))
        loop = assembly.unit(_LOOP)
        symbol, signature = assembly.request(loop, _ENTRY)
        self.llvm = assembly.text(loop, _ENTRY)
        self._code = MachineCode(self.llvm, symbol, assembly.primitives)
        kinds = [kind for _, of in signature.parameters for kind in _ctypes_of(of)]
        self._run = ctypes.CFUNCTYPE(ctypes.c_int64, *kinds)(self._code.address)

    def run(
        self,
        values: Floats,
        *,
        seed: int,
        future: int,
        first: int,
        count: int,
        series: Sequence[int] = (),
    ) -> Block:
        """Run `count` replications from number `first` on."""
        clock = self.program.model.clock
        given = np.array(values, dtype=np.float64, ndmin=1)
        if given.shape != (len(self.program.records["Values"]),):
            raise ValueError(f"{len(self.program.records['Values'])} values expected")
        calendar, state, sums = (self._blank(n) for n in ("Calendar", "State", "Accumulators"))
        points = clock.grid() if len(series) else 0
        self._set(calendar, horizon=clock.horizon, step=1.0)
        numbers = calendar.view(np.int64)
        self._set(numbers, points=points, max_events=MAX_EVENTS, max_at_once=MAX_INSTANT)
        self._set(numbers, series=len(series))
        recorded = self._place("recorded")
        numbers[recorded : recorded + len(series)] = series
        width = len(self.program.model.outcomes)
        outcomes = np.full((count, width), np.nan)
        status, events = np.zeros(count, np.int32), np.zeros(count, np.int64)
        grid = np.full((len(series), points, count), np.nan)
        failed = self._run(
            *(array.ctypes.data for array in (calendar, state, given, sums)),
            *(seed, future, first, count, *_buffer(outcomes), width),
            *(x for array in (status, events, grid) for x in _buffer(array)),
            count,
        )
        if failed:
            grid[:, :, status != 0] = np.nan
        return Block(outcomes, status, events, grid)

    def _blank(self, record: str) -> Floats:
        return np.zeros(max(1, self._records[record].size // SLOT))

    def _set(self, memory: npt.NDArray[Any], **slots: float) -> None:
        for name, value in slots.items():
            memory[self._place(name)] = value

    def _place(self, name: str) -> int:
        return self._records["Calendar"].slots[name][1] // SLOT


def _buffer(array: npt.NDArray[Any]) -> tuple[int, int]:
    return array.ctypes.data, array.size


def _ctypes_of(kind: Type) -> list[Any]:
    """Return what ctypes calls the arguments of a parameter."""
    if isinstance(kind, Namespace):
        return []
    if isinstance(kind, Array):
        return [ctypes.c_void_p, ctypes.c_int64]
    if kind is FLOAT:
        return [ctypes.c_double]
    if kind is U64:
        return [ctypes.c_uint64]
    return [ctypes.c_int64] if isinstance(kind, Scalar) else [ctypes.c_void_p]


_kernels: OrderedDict[str, Future[CompiledKernel]] = OrderedDict()
_lock = threading.Lock()


def kernel_for(program: Program) -> CompiledKernel:
    """Return the kernel of a program, compiled once as long as it is kept."""
    with _lock:
        kernel = _kernels.get(program.digest)
        mine = kernel is None
        if kernel is None:
            kernel = _kernels[program.digest] = Future()
            while len(_kernels) > MAX_CACHED:
                _kernels.popitem(last=False)
        _kernels.move_to_end(program.digest)
    if mine:
        try:
            kernel.set_result(CompiledKernel(program))
        except BaseException as error:
            with _lock:
                _kernels.pop(program.digest, None)
            if not isinstance(error, Exception):  # an interrupt is this thread's alone
                kernel.set_exception(RuntimeError("the compilation was interrupted"))
                raise
            kernel.set_exception(error)
    return kernel.result()
