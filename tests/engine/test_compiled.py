"""The compiled kernel gives the same bits as its own loop run as plain Python."""

from __future__ import annotations

import hashlib
import math
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random
from types import SimpleNamespace
from typing import Any, cast, get_args, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine import calendar, compiled, counting, occurrences, places
from sim.engine import event_loop as loop
from sim.engine.codegen.program import Activation, EventEntry, Program
from sim.engine.compiled import CompiledKernel
from sim.engine.llvm import layout
from sim.engine.llvm.types import TranslationError
from sim.engine.protocol import Block
from sim.errors import ModelError
from sim.model.clock import MAX_EVENTS, Clock
from sim.model.event_types import TriggerKind
from sim.model.types import Model
from sim.numerics import arithmetic, draws

HEAD = "c: Calendar, s: State, p: Values, o: Accumulators"


class Slots:
    """A record as Python runs it."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.__dict__.update(dict.fromkeys(names, 0.0))

    def __getitem__(self, place: int) -> float:
        return cast(float, list(self.__dict__.values())[place])

    def __setitem__(self, place: int, value: float) -> None:
        self.__dict__[list(self.__dict__)[place]] = value

    def __len__(self) -> int:
        return len(self.__dict__)


def new_calendar(program: Program) -> calendar.Calendar:
    """Return a calendar as Python runs it."""
    c = calendar.Calendar()
    extents, tables = layout.extents(program), layout.tables(program)
    for name, hint in get_type_hints(calendar.Calendar, include_extras=True).items():
        if name in tables:
            setattr(c, name, tables[name])
        elif hint in (int, float):
            setattr(c, name, hint(0))
        else:
            kind, extent = get_args(hint)
            (element,) = get_args(kind)
            setattr(c, name, [element(0)] * extents[extent])
    return c


def plain(
    program: Program,
    values: list[float],
    *,
    count: int,
    first: int = 0,
) -> Block:
    """Run a program with the loop in plain Python."""
    names: dict[str, Any] = {**vars(arithmetic), **vars(draws), **vars(calendar), **vars(counting)}
    names |= {**vars(places), **vars(occurrences)}
    names |= {
        "note": lambda *_: None,
        "arguments": lambda *_: None,
        "State": None,
        "Values": None,
        "Accumulators": None,
    }
    exec(compile(program.source, "source", "exec"), names)
    c = new_calendar(program)
    c.horizon = program.model.clock.horizon
    c.points = program.model.clock.grid()
    c.series = len(program.series)
    c.recorded = list(range(c.series))
    c.step, clock = 1.0, program.model.clock
    c.max_events, c.max_at_once = clock.max_events, clock.max_at_once
    c.max_pending = clock.max_pending
    r = program.records
    s, p, o = map(Slots, (r["State"], r["Values"] + r["Constants"], r["Accumulators"]))
    for i, value in enumerate(values):
        p[i] = value
    width = len(program.model.outcomes)
    outcomes = [math.nan] * (count * width)
    status, events = [0] * count, [0] * count
    grid = [math.nan] * (len(program.series) * c.points * count)
    rules = SimpleNamespace(**names)
    a = (outcomes, width, status, events, grid, count)
    loop.run_block(c, s, p, o, rules, 7, 3, first, count, *a)
    shaped = np.array(grid).reshape(len(program.series), c.points, count)
    shaped[:, :, np.array(status) != 0] = np.nan
    return Block(
        np.array(outcomes).reshape(count, width), np.array(status), np.array(events), shaped
    )


def run(kernel: CompiledKernel, values: list[float], count: int, first: int = 0) -> Block:
    return kernel.run(np.array(values), seed=7, future=3, first=first, count=count, series=(0, 1))


def same(a: Block, b: Block) -> None:
    """Assert that two blocks have the same bits."""
    assert a.status.tolist() == b.status.tolist()
    assert a.events.tolist() == b.events.tolist()
    np.testing.assert_array_equal(_bits(a.outcomes), _bits(b.outcomes))
    np.testing.assert_array_equal(_bits(a.series), _bits(b.series))


def _bits(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.where(np.isnan(array), np.nan, array).view(np.int64)


def written(
    source: str,
    events: list[tuple[str, TriggerKind, int]],
    edges: list[tuple[str, int]] = [],  # noqa: B006
    state: tuple[str, ...] = ("x", "y"),
    horizon: float = 20.0,
    max_events: int = MAX_EVENTS,
) -> Program:
    """Return a program around a written source."""
    activations = [Activation(i, 0, "") for i in range(len(events))]
    activations += [Activation(event, draws.site_hash(name), name) for name, event in edges]
    entries = tuple(
        EventEntry(name, trigger, priority, i, draws.site_hash(f"{name}.rate"))
        for i, (name, trigger, priority) in enumerate(events)
    )
    model = SimpleNamespace(
        outcomes=dict.fromkeys(("a", "b")), clock=Clock("day", horizon, max_events=max_events)
    )
    records = {"State": state, "Values": ("k", "m"), "Accumulators": ("a", "b", "sum")}
    records["Constants"] = ()
    digest = hashlib.sha256(repr((source, entries, activations)).encode()).hexdigest()
    return Program(
        cast(Model, model), source, records, entries, tuple(activations), {}, state, {}, digest
    )


class Writer:
    """Writes a random program: every trigger, edges, cancels, ties, many pending occurrences."""

    def __init__(self, seed: int) -> None:
        self.random = r = Random(seed)
        count = r.randint(1, 7)
        triggers: list[TriggerKind] = ["at", "every", "rate", "when", "none"]
        self.events = [(f"e{i}", r.choice(triggers), r.choice([0, 0, -3, 7])) for i in range(count)]
        self.edges: list[tuple[str, int]] = []
        self.site = 0
        body = "".join(self.fire(i) for i in range(count))
        self.source = f"{self.refresh()}{body}{self.start()}{self.dispatch()}{END}"

    def draw(self, stream: str, n: str) -> str:
        self.site += 1
        u = f"uniform01({stream}, {draws.site_hash(str(self.site)):#x}, {n})"
        drawn = [f"exponential({u}, p.k)", f"poisson({u}, p.m)"]
        return self.random.choice([*drawn, "1.0", "0.5", f"uniform({u}, 0.0, 3.0)"])

    def value(self) -> str:
        r = self.random
        counts = [f"{of}(c, {r.randrange(len(self.events))})" for of in ("count_of", "pending_of")]
        return r.choice(["s.x", "s.y", "c.now", "p.k", "1.0", "2.5", *counts])

    def condition(self) -> str:
        return f"{self.value()} {self.random.choice(['<', '>=', '==', '!='])} {self.value()}"

    def statements(self, indent: str) -> str:
        r = self.random
        target = r.choice(["s.x", "s.y"])
        text = f"{indent}{target} = clip({target} {r.choice('+-*')} {self.value()}, -40.0, 60.0)\n"
        if r.random() < 0.4:
            text += f"{indent}if {self.condition()}:\n{indent}    s.x += 1.0\n"
        return text

    def schedule(self, indent: str, event: int, activation: int, delay: str) -> str:
        checked = f"{indent}status = schedule(c, {event}, {activation}, {delay})\n"
        return checked + f"{indent}if status != 0:\n{indent}    return status\n"

    def fire(self, i: int) -> str:
        r = self.random
        text = f"def fire_{i}({HEAD}, activation: int, w: u64, n: int) -> int:\n"
        text += f"    if {self.condition()}:\n        occurred(c, {i})\n{self.statements(' ' * 8)}"
        for _ in range(r.choice([0, 1, 1, 2, 3])):
            event = r.randrange(len(self.events))
            if self.events[event][1] in ("rate", "when") or r.random() < 0.2:
                if self.events[event][1] in ("at", "every", "none"):
                    text += f"        cancel(c, {event})\n"
                continue
            self.edges.append((f"edge{len(self.edges)}", event))
            activation = len(self.events) + len(self.edges) - 1
            text += self.schedule(" " * 8, event, activation, self.draw("w", "n"))
        if self.events[i][1] == "every":
            text += f"    if activation == {i}:\n" + self.schedule(
                " " * 8, i, i, self.draw("w", "n + 1")
            )
        return text + "    note(c, 0, s.x)\n    return refresh(c, s, p, o)\n\n"

    def refresh(self) -> str:
        text = f"def refresh({HEAD}) -> int:\n    o.sum += s.x\n"
        for i, (_, trigger, _) in enumerate(self.events):
            if trigger == "rate":
                rate = self.random.choice(["p.k", "absolute(s.x) * 0.1", "maximum(0.0, s.y)"])
                text += f"    set_rate(c, {i}, {rate} if {self.condition()} else 0.0)\n"
            elif trigger == "when":
                text += f"    status = set_condition(c, {i}, {self.condition()})\n"
                text += "    if status != 0:\n        return status\n"
        return text + "    return 0\n\n"

    def start(self) -> str:
        text = f"def start({HEAD}) -> int:\n    s.x = p.k\n    s.y = 1.0\n"
        for i, (_, trigger, _) in enumerate(self.events):
            if trigger in ("at", "every"):
                text += self.schedule(" " * 4, i, i, self.draw("c.own", "0"))
        return text + "    return refresh(c, s, p, o)\n\n"

    def dispatch(self) -> str:
        text = f"def fire({HEAD}, event: int, activation: int, w: u64, n: int) -> int:\n"
        for i in range(len(self.events)):
            text += f"    if event == {i}:\n        return fire_{i}(c, s, p, o, activation, w, n)\n"
        return text + "    return 0\n\n"


END = f"""
def record_x(c: Calendar, s: State, p: Values) -> float:
    return s.x

def record_twice_y(c: Calendar, s: State, p: Values) -> float:
    return s.y * 2.0

def record(c: Calendar, s: State, p: Values, series: int) -> float:
    if series == 0:
        return record_x(c, s, p)
    if series == 1:
        return record_twice_y(c, s, p)
    return NAN

def prepare(c: Calendar, s: State, p: Values) -> int:
    return 0

def mark({HEAD}) -> int:
    o.sum += 1000.0
    set_mark(c, c.mark + 1, INF)
    return 0

def finish({HEAD}) -> int:
    o.a = o.sum
    o.b = s.x + s.y * c.now
    return 0
"""


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.05, 3.0), st.floats(0.0, 4.0))
def test_random_programs(seed: int, k: float, m: float) -> None:
    writer = Writer(seed)
    program = written(writer.source, writer.events, writer.edges, max_events=3000)
    same(run(CompiledKernel(program), [k, m], 5), plain(program, [k, m], count=5))


PULSE = f"""
def start({HEAD}) -> int:
    return schedule(c, 0, 0, 0.0)

def fire({HEAD}, event: int, activation: int, w: u64, n: int) -> int:
    if event == 0:
        s.y += 1.0
        i0 = schedule(c, 1, 2, uniform(uniform01(w, 0x5, n), 0.0, p.k))
        if s.y > p.m:
            cancel(c, 1)
            s.y = 0.0
        return schedule(c, 0, 0, 0.001) if i0 == 0 else i0
    s.x = s.x * 0.5 + float(n)
    return 0
{END}
"""


def pulse(source: str = PULSE) -> Program:
    return written(source, [("pulse", "every", 0), ("late", "none", 0)], [("pulse->late", 1)])


def test_many_pending_and_cancelled() -> None:
    program = pulse()
    kernel = CompiledKernel(program)
    for values in ([30.0, 1e9], [5.0, 300.0], [15.0, 2500.0]):
        same(run(kernel, values, 1), plain(program, values, count=1))


def test_too_many_pending() -> None:
    source = f"""
def start({HEAD}) -> int:
    return schedule(c, 0, 0, 0.0)

def fire({HEAD}, event: int, activation: int, w: u64, n: int) -> int:
    status = schedule(c, 0, 1, p.k)
    if status != 0:
        return status
    return schedule(c, 0, 1, 0.0 if p.m > 0.0 else 0.00001)
{END}
"""
    program = written(source, [("storm", "at", 0)], [("storm->storm", 0)])
    kernel = CompiledKernel(program)
    assert run(kernel, [100.0, 0.0], 1).status.tolist() == [-3]  # beyond the horizon counts too
    assert run(kernel, [1.0, 0.0], 1).status.tolist() == [-3]
    assert run(kernel, [1.0, 1.0], 1).status.tolist() == [-2]
    assert run(kernel, [math.nan, 0.0], 1).status.tolist() == [-4]
    assert run(kernel, [-1.0, 0.0], 1).status.tolist() == [-4]
    few = written(source, [("storm", "at", 0)], [("storm->storm", 0)], max_events=77)
    block = run(CompiledKernel(few), [1.0, 0.0], 2)
    assert block.status.tolist() == [-1, -1] and block.events.tolist() == [78, 78]
    assert np.isnan(block.outcomes).all() and block.series is not None
    assert np.isnan(block.series).all()


def test_failed_replications_leave_the_others_alone() -> None:
    source = PULSE.replace(
        "    s.x = s", "    if n == 3 and s.y > 7.0:\n        return fail(c, 5, s.y)\n    s.x = s"
    )
    program = pulse(source)
    block = run(CompiledKernel(program), [0.01, 1e9], 20)
    assert set(block.status.tolist()) == {0, 5}
    assert (np.isnan(block.outcomes).any(axis=1) == (block.status != 0)).all()
    same(block, plain(program, [0.01, 1e9], count=20))


def test_work_may_be_split_and_shared() -> None:
    writer = Writer(20250714)
    program = written(writer.source, writer.events, writer.edges)
    kernel = CompiledKernel(program)
    whole = run(kernel, [1.0, 2.0], 64)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda first: run(kernel, [1.0, 2.0], 8, first), range(0, 64, 8)))
    assert whole.series is not None
    outcomes = np.concatenate([part.outcomes for part in parts])
    np.testing.assert_array_equal(_bits(whole.outcomes), _bits(outcomes))
    series = np.concatenate([part.series for part in parts if part.series is not None], axis=2)
    np.testing.assert_array_equal(_bits(whole.series), _bits(series))


def test_kernels_are_cached_by_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    writers = [Writer(seed) for seed in range(4)]
    programs = [written(w.source, w.events, w.edges) for w in writers]
    monkeypatch.setattr(compiled, "MAX_CACHED", 2)
    with ThreadPoolExecutor(4) as pool:
        first, second = pool.map(compiled.kernel_for, [programs[0], programs[0]])
    assert first is second
    assert compiled.kernel_for(programs[1]) is compiled.kernel_for(programs[1])
    for program in programs:
        compiled.kernel_for(program)
    assert compiled.kernel_for(programs[0]) is not first


def test_values_must_fit() -> None:
    kernel = CompiledKernel(pulse())
    with pytest.raises(ValueError, match="2 values expected"):
        run(kernel, [1.0], 1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("while s.x > 0.0:\n        s.x -= 1.0", "While is not part of a generated source"),
        ("c.heap_time[n] = 1.0", "is not part of a generated source"),
        ("s.z = 1.0", "a State has no z"),
        ("schedule(c, 99, 0, 1.0)", "99 is not a known event"),
        ("schedule(c, 0, 9, 1.0)", "9 is not a known activation"),
        ("push(c, 1.0, 0, 0)", "push is not a function"),
    ],
)
def test_generated_sources_are_restricted(line: str, words: str) -> None:
    source = PULSE.replace("    s.x = s", f"    {line}\n    s.x = s")
    program = pulse(source)
    with pytest.raises(TranslationError, match=words):
        CompiledKernel(program)


def test_an_empty_block() -> None:
    kernel = CompiledKernel(pulse())
    assert run(kernel, [1.0, 2.0], 0).outcomes.shape == (0, 2)


def test_a_model_may_be_too_large() -> None:
    start = (
        f"def start({HEAD}) -> int:\n" + "    s.x = s.x * 2.0 + s.y\n" * 40000 + "    return 0\n\n"
    )
    source = start + PULSE.split("\n\n", 1)[1]
    program = pulse(source)
    with pytest.raises(ModelError, match="too large"):
        CompiledKernel(program)


def test_long_functions_compile_in_time() -> None:
    """Long functions skip the LLVM passes that take quadratic time."""
    lines = (
        f"    s.x = clip(s.x * 0.5 + uniform(uniform01(w, {i}, n), 0.0, s.y), 0.0, 9.0)\n"
        f"    if not isfinite(s.x):\n        return fail(c, {i + 1}, s.x)\n"
        for i in range(1000)
    )
    source = PULSE.replace("    s.x = s.x * 0.5 + float(n)\n", "".join(lines))
    program = pulse(source)
    before = time.process_time()
    kernel = CompiledKernel(program)
    assert time.process_time() - before < 20
    same(run(kernel, [5.0, 300.0], 1), plain(program, [5.0, 300.0], count=1))
