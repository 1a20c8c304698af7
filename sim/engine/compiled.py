"""The compiled kernel: a program as machine code that runs blocks of replications.

A run releases the interpreter lock and a kernel is stateless, so threads may share one.
"""

from __future__ import annotations

import ast
import ctypes
import threading
from collections import OrderedDict
from concurrent.futures import Future
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.engine.codegen.program import Program
from sim.engine.llvm.assembly import Assembly, parsed
from sim.engine.llvm.layout import records
from sim.engine.llvm.machine_code import MachineCode, object_code
from sim.engine.llvm.types import FLOAT, SLOT, U64, Array, Namespace, Scalar, Type
from sim.engine.protocol import Block, Floats, Series, empty_block

#: Number of compiled kernels in the cache.
MAX_CACHED = 32

_CALENDAR = "sim.engine.calendar"
_LOOP = "sim.engine.event_loop"
_LIBRARY = ("sim.numerics.arithmetic", "sim.numerics.draws", _CALENDAR)
_ENTRY = "run_block"
_LINE = 8  # slots of a line of the cache
_RECORDS = ("Calendar", "State", "Accumulators", "Values")


class CompiledKernel:
    """Machine code of one program."""

    name = "compiled"

    def __init__(self, program: Program) -> None:
        (calendar,) = (node for node in parsed(_CALENDAR).body if isinstance(node, ast.ClassDef))
        self.program = program
        self._records = records(program, calendar)
        limits = {"event": len(program.events), "activation": len(program.activations)}
        assembly = Assembly(program.source, _LIBRARY, self._records, limits)
        loop = assembly.unit(_LOOP)
        symbol, signature = assembly.request(loop, _ENTRY)
        self.llvm = assembly.text(loop, _ENTRY)
        code = object_code(self.llvm)
        self._code = MachineCode(code, symbol, assembly.primitives)
        kinds = [kind for _, of in signature.parameters for kind in _ctypes_of(of)]
        self._run = ctypes.CFUNCTYPE(ctypes.c_int64, *kinds)(self._code.address)

    def run(
        self, values: Floats, *, seed: int, future: int, first: int, count: int, series: Series = ()
    ) -> Block:
        """Run `count` replications, numbered from `first`; see `Kernel.run`."""
        block = empty_block(self.program, count, series)
        self._fill(block, values, seed, future, first, series)
        return block

    def occurrences(
        self, values: Floats, *, seed: int, future: int, replication: int
    ) -> dict[str, int]:
        """Run one replication and return how often each event occurred, also if it fails."""
        block = empty_block(self.program, 1, ())
        calendar = self._fill(block, values, seed, future, replication, ())
        first = self._index("number")
        size = len(self.program.activations)
        return self.program.occurrences(calendar.view(np.int64)[first : first + size])

    def _fill(
        self, block: Block, values: Floats, seed: int, future: int, first: int, series: Series
    ) -> Floats:
        """Run the replications of a block; return the calendar as the last one left it."""
        program, clock = self.program, self.program.model.clock
        size = len(program.records["Values"])
        inputs = np.array(values, dtype=np.float64, ndmin=1)
        if inputs.shape != (size,):
            raise ValueError(f"{size} values expected")
        count, points = len(block.status), block.series.shape[1]
        calendar, state, sums, row = map(self._allocate, _RECORDS)
        row[:size] = inputs
        self._set(calendar, horizon=clock.horizon, step=1.0)
        limits = {n: getattr(clock, n) for n in ("max_events", "max_at_once", "max_pending")}
        integers = calendar.view(np.int64)
        self._set(integers, points=points, series=len(series), **limits)
        recorded = self._index("recorded")
        integers[recorded : recorded + len(series)] = series
        failed = self._run(
            *(array.ctypes.data for array in (calendar, state, row, sums)),
            *(seed, future, first, count, *_buffer(block.outcomes), len(program.model.outcomes)),
            *(x for array in (block.status, block.events, block.series) for x in _buffer(array)),
            count,
        )
        if failed:
            block.series[:, :, block.status != 0] = np.nan
        return calendar

    def _allocate(self, record: str) -> Floats:
        """Return the memory of a record, at the start of a line of the processor's cache."""
        slots = max(1, self._records[record].size // SLOT)
        memory = np.zeros(slots + _LINE)
        start = -memory.ctypes.data // SLOT % _LINE
        return memory[start : start + slots]

    def _set(self, memory: npt.NDArray[Any], **slots: float) -> None:
        for name, value in slots.items():
            memory[self._index(name)] = value

    def _index(self, name: str) -> int:
        return self._records["Calendar"].slots[name][1] // SLOT


def _buffer(array: npt.NDArray[Any]) -> tuple[int, int]:
    return array.ctypes.data, array.size


def _ctypes_of(kind: Type) -> list[Any]:
    """Return the ctypes of the C arguments that make up one parameter."""
    if isinstance(kind, Namespace):
        return []
    if isinstance(kind, Array):
        return [ctypes.c_void_p, ctypes.c_int64]
    scalars = {FLOAT: ctypes.c_double, U64: ctypes.c_uint64}
    return [scalars.get(kind, ctypes.c_int64) if isinstance(kind, Scalar) else ctypes.c_void_p]


_kernels: OrderedDict[str, Future[CompiledKernel]] = OrderedDict()
_lock = threading.Lock()


def kernel_for(program: Program) -> CompiledKernel:
    """Return the cached kernel of a program; compile it if there is none."""
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
            if not isinstance(error, Exception):  # an interrupt concerns only this thread
                kernel.set_exception(RuntimeError("the compilation was interrupted"))
                raise
            kernel.set_exception(error)
    return kernel.result()
