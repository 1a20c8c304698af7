"""The compiled kernel: a program as machine code that runs blocks of replications.

A run releases the interpreter lock and a kernel is stateless, so threads may share one.
"""

from __future__ import annotations

import ast
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.engine.codegen.program import Program
from sim.engine.llvm.assembly import Assembly, parsed
from sim.engine.llvm.kept_code import Translation, load_code, signature
from sim.engine.llvm.layout import records
from sim.engine.llvm.types import SLOT, Function, Record
from sim.engine.protocol import Block, Floats, Series, empty_block
from sim.numerics import LIBRARY

#: Number of compiled kernels in the cache.
MAX_CACHED = 32

CALENDAR = "sim.engine.calendar"
TURNS = "sim.engine.turns"
#: Modules of the calendar, and those that have its fields.
CALENDARS = (
    *(CALENDAR, "sim.engine.counting", "sim.engine.places", "sim.engine.occurrences", TURNS),
)
_FIELDS = (CALENDAR, "sim.engine.places")
_LOOP = "sim.engine.event_loop"
_LINE = 8  # slots of a line of the cache
_RECORDS = ("Calendar", "State", "Accumulators", "Values")
ENTRY = "run_block"


def translation(program: Program) -> Translation:
    """Return a program in LLVM's language, with the event loop and all that it calls.

    Raises
    ------
    ModelError
        The program is too large to compile.
    """
    symbol, called, text = assembled(program, program.source, (), layouts(program))
    return Translation(text, {symbol: signature(called)})


def assembled(
    program: Program, source: str, modules: Sequence[str], layouts: Mapping[str, Record]
) -> tuple[str, Function, str]:
    """Return symbol and signature of the entry point, and the text with all that it reaches.

    Parameters
    ----------
    source
        The program's source, or one made from it.
    modules
        Library modules besides those of the compiled kernel; their names take the place of others.
    layouts
        Layouts of the records by name.

    Raises
    ------
    ModelError
        The program is too large to compile.
    """
    limits = {"event": len(program.events), "activation": len(program.activations)}
    limits["argument"] = max((1, *program.arguments))
    library = (*LIBRARY, *CALENDARS, *modules)
    assembly = Assembly(source, library, layouts, limits, program.tables)
    loop = assembly.unit(_LOOP)
    symbol, called = assembly.request(loop, ENTRY)
    return symbol, called, assembly.text((loop, ENTRY))


def layouts(program: Program) -> Mapping[str, Record]:
    """Return the layouts of the records of a program."""
    return records(program, calendar_class())


def calendar_class(*modules: str) -> ast.ClassDef:
    """Return the calendar with the fields of all its modules, and of others behind these."""
    fields: list[ast.stmt] = []
    for module in (*_FIELDS, *modules):
        (of,) = (node for node in parsed(module).body if isinstance(node, ast.ClassDef))
        fields += of.body
    return ast.ClassDef("Calendar", [], [], fields, [])


class CompiledKernel:
    """Machine code of one program."""

    name = "compiled"

    def __init__(self, program: Program) -> None:
        self.program = program
        self._records = layouts(program)
        self._code = load_code(program.digest, lambda: translation(program))
        (self._run,) = self._code.functions.values()
        self._own = threading.local()

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
        calendar, state, sums, row = self._workspace()
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

    def _workspace(self) -> tuple[Floats, ...]:
        """Return this thread's memory of the records; every replication begins by resetting it."""
        if not hasattr(self._own, "records"):
            self._own.records = tuple(map(self._allocate, _RECORDS))
        found: tuple[Floats, ...] = self._own.records
        return found

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
