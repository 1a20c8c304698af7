"""How the compiled kernel grows: events, members of sets, occurrences, arguments, state, tables.

`python benchmarks/growth.py [--quick]`
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import sim
from sim.engine.codegen.program import generate
from sim.engine.compiled import CompiledKernel
from sim.study.experiment import make_experiment


def many_events(count: int) -> str:
    """A ring of events: renewals, hazards, conditions and what they schedule, in equal parts."""
    state, events = [], []
    for i in range(count // 4):
        j = (i + 1) % (count // 4)
        state.append(f"  x{i}: {{initial: 1.0}}\n  n{i}: {{initial: 0}}")
        events.append(
            f"  a{i}:\n    every: exponential(3)\n    if: x{j} < 50\n"
            f"    do: |\n      k = poisson(2)\n      x{i} += k * lognormal(0, 0.3)\n      n{i} += 1\n"
            f"  b{i}:\n    rate: 0.01 * x{i} / (1 + x{j})\n    do: x{i} = 0.5 * x{i}\n"
            f"    then: [{{schedule: c{i}, after: 'uniform(1, 5)'}}]\n"
            f"  c{i}:\n    do: x{j} = clip(x{j} + normal(0, 1), 0, 100)\n"
            f"  d{i}:\n    when: x{i} > 20\n    do: x{i} = x{i} - 15\n"
        )
    outcomes = "outcomes:\n  last: {final: x0}\n  mean: {mean: x0}\n"
    return model("\n".join(state), "".join(events), outcomes)


def many_pending(count: int) -> str:
    """About `count` occurrences of one event pending at any time."""
    state = "  left: {initial: 0}"
    events = (
        f"  begin:\n    every: exponential({180 / 20_000})\n    do: left += 0\n"
        f"    then: [{{schedule: end, after: 'exponential({count * 180 / 20_000})'}}]\n"
        "  end:\n    do: left += 1\n"
    )
    return model(state, events, "outcomes:\n  last: {final: left}\n")


def many_arguments(count: int) -> str:
    """The same with a ticket each; one in 200 is looked for among them and cancelled."""
    state = "  left: {initial: 0}\n  ticket: {initial: 0}"
    events = (
        f"  begin:\n    every: exponential({180 / 20_000})\n    do: ticket += 1\n    then:\n"
        f"      - {{schedule: end, after: 'exponential({count * 180 / 20_000})', with: {{who: ticket}}}}\n"
        "      - {cancel: end, where: who == ticket - 5, if: ticket % 200 == 0}\n"
        "  end:\n    takes: {who: 0}\n    do: left += who\n"
    )
    return model(state, events, "outcomes:\n  last: {final: left}\n")


def much_state(count: int) -> str:
    """Three events, and `count` state variables that one of them reads and writes in turn."""
    state = "\n".join(f"  x{i}: {{initial: 1.0}}" for i in range(count))
    sums = "".join(f"      x{i} = 0.5 * x{i} + 0.5 * x{(i + 1) % count}\n" for i in range(8))
    events = f"  move:\n    every: exponential(0.1)\n    do: |\n      x0 += normal(0, 1)\n{sums}"
    return model(state, events, "outcomes:\n  last: {final: x0}\n")


def table_rows(count: int) -> str:
    """One event that reads a table of `count` rows at a random place."""
    places = (180 * i / max(1, count - 1) for i in range(count))
    points = ", ".join(f"{place!r}: {i % 7}.5" for i, place in enumerate(places))
    tables = f"tables:\n  t: {{points: {{{points}}}, why: Numbers.}}\n"
    events = "  read:\n    every: exponential(0.01)\n    do: x += t(uniform(0, 180))\n"
    return model("  x: {initial: 0.0}", events, "outcomes:\n  last: {final: x}\n") + tables


def many_members(count: int) -> str:
    """Members of a set with two hazards each, which read nothing of another member."""
    return members(count, "0.2", "")


def all_to_all(count: int) -> str:
    """Members that each infect every other: each event changes the hazard of all."""
    contacts = "  contacts: {over: [m, m], assume: 0.001, why: Numbers.}\n"
    force = "0.3 * I[i] / N[i] + sum(contacts[i, j] * I[j] / N[j] for j in m if j != i)"
    return members(count, force, contacts)


def members(count: int, force: str, parameters: str) -> str:
    """People of `count` places who fall ill and recover."""
    sets = (
        f"sets: {{m: {{count: {count}}}}}\nparameters:\n"
        f"  N: {{over: m, assume: 100, whole: true, why: Numbers.}}\n{parameters}"
    )
    state = "  S: {over: m, initial: N - 5}\n  I: {over: m, initial: 5}"
    events = (
        f"  ill:\n    over: m as i\n    rate: S[i] * ({force})\n"
        "    do: |\n      S[i] -= 1\n      I[i] += 1\n"
        "  well:\n    over: m as i\n    rate: 0.2 * I[i]\n"
        "    do: |\n      I[i] -= 1\n      S[i] += 1\n"
    )
    return model(state, events, "outcomes:\n  last: {final: 'I[1]'}\n", horizon=10) + sets


def model(state: str, events: str, outcomes: str, horizon: int = 180) -> str:
    time_ = f"time: {{unit: day, horizon: {horizon}}}\n"
    return f"model: growing\n{time_}state:\n{state}\nevents:\n{events}{outcomes}"


def measure(text: str) -> tuple[float, float, float]:
    """Return seconds to compile, events a replication, and µs an event."""
    planned = make_experiment(from_text(text), futures=0)
    program = generate(planned.scenarios[0].model)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        kernel = CompiledKernel(program)
        seconds.append(time.process_time() - start)
    values = planned.row(0, 0)

    def run(count: int) -> tuple[float, float]:
        start = time.process_time()
        block = kernel.run(values, seed=1, future=0, first=0, count=count)
        return time.process_time() - start, float(block.events.sum())

    once, _ = run(5)
    count = max(5, int(0.15 / max(once / 5, 1e-6)))
    turns = [run(count) for _ in range(5)]
    events = turns[0][1]
    return (
        statistics.median(seconds),
        events / count,
        statistics.median(t for t, _ in turns) / events * 1e6,
    )


def from_text(text: str):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.yaml")
        file.write_text(text)
        return sim.load_scenario(str(file))


def main() -> None:
    os.environ["FULCRUM_CACHE"] = "off"  # what is kept is not compiled
    for what, write, sizes in (
        ("events", many_events, (12, 24, 48, 96)),
        ("members of a set", many_members, (10, 100, 1_000)),
        ("members, each infects all others", all_to_all, (12, 100)),
        ("pending occurrences", many_pending, (1, 10, 100, 1_000, 10_000)),
        ("arguments under way", many_arguments, (1, 10, 100, 1_000, 10_000)),
        ("state variables", much_state, (10, 30, 100, 300)),
        ("rows of a table", table_rows, (10, 100, 1_000, 10_000)),
    ):
        print(f"\n| {what} | compile, CPU s | events a replication | ns an event | M events/s |")
        print("| --- | --- | --- | --- | --- |")
        for size in sizes[: 2 if "--quick" in sys.argv else None]:
            compile_time, events, micros = measure(write(size))
            cells = f"{size:,} | {compile_time:.2f} | {events:,.0f} | {micros * 1e3:.0f} | {1 / micros:.1f}"
            print(f"| {cells} |", flush=True)


if __name__ == "__main__":
    main()
