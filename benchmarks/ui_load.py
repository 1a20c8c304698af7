"""Many visitors at once: `python benchmarks/ui_load.py [STUDY] [--sessions N] [--seconds S]`.

Each visitor is a client on the page's own websocket that drags a lever of its own over Explore, lets
go, and waits for the whole page. Nothing is drawn: this measures the server. Every answer has to show
the setting that was asked for and nothing of another visitor; the last of each is computed again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from ui_latency import ROOT, line, serving

import sim
from ui.settings import Setting, Value, resolve, with_value
from ui.study import Study, open_study
from ui.text import card_unit, counted, plain, value_text

#: Seconds between two messages of a drag, messages of a drag, seconds of rest after an answer.
THROTTLE, MOVES, REST = 0.15, 5, 1.0
PATIENCE = 120.0
STOPPED = ForwardMsg.FINISHED_EARLY_FOR_RERUN


@dataclass
class Shown:
    """What a visitor sees since its last request."""

    levers: dict[str, Value] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def runs(self) -> int:
        """The number of runs told below the numbers."""
        found = re.search(r"([\d,]+) runs each", "\n".join(self.texts))
        return int(found[1].replace(",", "")) if found else 0


@dataclass
class Visitor:
    """One session of the page, on a lever of its own."""

    socket: Any
    lever: str
    values: list[Value]
    opening: dict[str, Value] = field(default_factory=dict)
    shown: Shown = field(default_factory=Shown)
    component: str = ""
    fragment: str = ""
    query: str = ""
    number: int = 0
    asked: Value = ""
    numbers: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    queued: int = 0
    faults: list[str] = field(default_factory=list)

    async def arrive(self) -> None:
        """Open the page."""
        await self._send(BackMsg())
        await self._answer(time.perf_counter())
        self.opening = dict(self.shown.levers)
        self.faults += self.shown.faults

    async def slide(self, values: list[Value]) -> None:
        """Drag the lever over values, let go at the last, and judge the answer."""
        for value in values[:-1]:
            await self._move(value, final=False)
            await asyncio.sleep(THROTTLE)
        self.asked = values[-1]
        await self._move(self.asked, final=True)
        began = time.perf_counter()
        numbers = await self._answer(began)
        self.numbers.append(numbers)
        self.pages.append(time.perf_counter() - began)
        self.faults += [f"{self.lever} = {self.asked}: {fault}" for fault in self._judged()]

    def _judged(self) -> Iterator[str]:
        yield from self.shown.faults
        wanted = self.opening | {self.lever: self.asked}
        for name, value in self.shown.levers.items():
            if value != wanted[name]:
                yield f"{name} is shown as {value}, not {wanted[name]}"
        if not any(f"{self.lever}: {self.asked}" in text for text in self.shown.texts):
            yield "the overlay does not hold it"

    async def _move(self, value: Value, final: bool) -> None:
        self.number += 1
        moves = {"values": {self.lever: value}, "final": final, "number": self.number}
        message = BackMsg()
        message.rerun_script.fragment_id = self.fragment
        widgets = message.rerun_script.widget_states.widgets
        widgets.add(id=self.component, json_value="{}")
        widgets.add(
            id=f"$$STREAMLIT_INTERNAL_KEY_{self.component}__events",
            json_trigger_value=json.dumps([{"event": "moves", "value": moves}]),
        )
        await self._send(message)

    async def _send(self, message: BackMsg) -> None:
        message.rerun_script.query_string = self.query
        await self.socket.send(message.SerializeToString())

    async def _answer(self, began: float) -> float:
        """Read to the end of the run that shows what was asked for; give the time to its numbers."""
        numbers = 0.0
        async with asyncio.timeout(PATIENCE):
            while True:
                message = ForwardMsg.FromString(await self.socket.recv())
                kind = message.WhichOneof("type")
                if kind == "new_session":
                    self.shown, numbers = Shown(), 0.0
                elif kind == "page_info_changed":
                    self.query = message.page_info_changed.query_string
                elif kind == "delta":
                    self._see(message.delta)
                    if self.shown.metrics and not numbers:
                        numbers = time.perf_counter() - began
                elif (
                    kind == "script_finished"
                    and message.script_finished != STOPPED
                    and (self.shown.faults or self.asked in (self.shown.levers.get(self.lever), ""))
                ):
                    return numbers

    def _see(self, delta: Delta) -> None:
        element = delta.new_element
        match element.WhichOneof("type"):
            case "bidi_component" if element.bidi_component.id.endswith("-levers"):
                self.component, self.fragment = element.bidi_component.id, delta.fragment_id
                groups = json.loads(element.bidi_component.json)["groups"]
                self.shown.levers = {i["name"]: i["value"] for g in groups for i in g["items"]}
            case "metric":
                self.shown.metrics[element.metric.label] = element.metric.body
            case "markdown":
                self.shown.texts.append(element.markdown.body)
                self.queued += "In the queue" in element.markdown.body
            case "code":
                self.shown.texts.append(element.code.code_text)
            case "exception":
                self.shown.faults.append(f"exception: {element.exception.message}")
            case "alert":
                self.shown.faults.append(f"alert: {element.alert.body}")


@asynccontextmanager
async def visiting(url: str, lever: str, values: list[Value]) -> AsyncIterator[Visitor]:
    """Connect a visitor, as a browser does."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    async with websockets.connect(
        address, origin=url, subprotocols=["streamlit"], max_size=None, ping_timeout=None
    ) as socket:  # fmt: skip
        yield Visitor(socket, lever, values)


def own_levers(study: Study, sessions: int) -> list[tuple[str, list[Value]]]:
    """Return a lever for each session and its values in an order of its own."""
    model = study.model
    levers = [lever for lever in model.levers.values() if None not in (lever.low, lever.high)]
    found = []
    for session in range(sessions):
        lever = levers[session % len(levers)]
        low, high = lever.low, lever.high
        assert low is not None and high is not None
        chance = random.Random(session)
        values: list[Value] = [
            round(low + part * (high - low)) if lever.type.kind == "whole"
            else float(f"{low + part * (high - low):.4f}")
            for part in (chance.random() for _ in range(1000))
        ]  # fmt: skip
        found.append((lever.name, values))
    return found


async def visit(url: str, lever: str, values: list[Value], seconds: float, slides: int) -> Visitor:
    """Visit the page and slide for so many seconds or so often, whichever comes first."""
    async with visiting(url, lever, values) as visitor:
        await visitor.arrive()
        await asyncio.sleep(random.random() * min(seconds, REST))
        end = time.perf_counter() + seconds
        for place in range(slides):
            if time.perf_counter() > end:
                break
            start = place * MOVES % (len(values) - MOVES)
            drag = values[start : start + MOVES]
            if drag[-1] == visitor.opening[lever]:
                continue
            await visitor.slide(drag)
            await asyncio.sleep(min(seconds, REST))
        return visitor


def recomputed(study: Study, visitor: Visitor) -> Iterator[str]:
    """Give the numbers that a visitor saw last and that are not those of its setting."""
    setting = with_value(study, Setting(study.first), visitor.lever, visitor.asked)
    pair = {"baseline": resolve(study, Setting(study.baseline)), "this": resolve(study, setting)}
    named = [scenario.with_settings({}, name) for name, scenario in pair.items()]
    ensemble = sim.run(named, replications=visitor.shown.runs, seed=study.seed)
    rows = {plain(r.label): r for r in sim.compare(ensemble).rows if r.scenario == "this"}
    for label, body in visitor.shown.metrics.items():
        wanted = counted(value_text(rows[label]), card_unit(rows[label]))
        if body != wanted:
            yield f"{visitor.lever} = {visitor.asked}: {label} is shown as {body}, not {wanted}"


async def load(
    url: str, study: Study, sessions: int, seconds: float, slides: int = 10**6
) -> list[Visitor]:
    """Let many visit at once; what they saw wrong is in their `faults`."""
    own = own_levers(study, sessions)
    visits = (visit(url, name, values, seconds, slides) for name, values in own)
    visitors = await asyncio.gather(*visits)
    for visitor in visitors:
        visitor.faults += recomputed(study, visitor)
    return list(visitors)


async def watched(server: psutil.Process, sizes: list[int]) -> None:
    """Note the server's memory twice a second."""
    while True:
        sizes.append(server.memory_info().rss)
        await asyncio.sleep(0.5)


async def measure(url: str, pid: int, study: Study, sessions: int, seconds: float) -> int:
    """Load the server, print a table, and return how much went wrong."""
    server = psutil.Process(pid)
    sizes: list[int] = []
    start, used = server.memory_info().rss, sum(server.cpu_times()[:2])
    watch = asyncio.create_task(watched(server, sizes))
    began = time.perf_counter()
    visitors = await load(url, study, sessions, seconds)
    took, used = time.perf_counter() - began, sum(server.cpu_times()[:2]) - used
    await asyncio.sleep(10)
    watch.cancel()
    faults = [fault for visitor in visitors for fault in visitor.faults]
    pages = [1000 * s for visitor in visitors for s in visitor.pages]
    print(f"{study.folder.name}, {sessions} sessions, {took:.0f} s, {os.cpu_count()} processors")
    print(f"{'':<52} {'median':>8} {'95 %':>8}")
    print(line("lever let go → numbers", [1000 * s for v in visitors for s in v.numbers]))
    print(line("lever let go → whole page", pages))
    print(line("answers of one session", [float(len(v.pages)) for v in visitors], ""))
    print(line("runs behind the last answer", [float(v.shown.runs) for v in visitors], ""))
    print(f"{'times a wait was told':<52} {sum(v.queued for v in visitors):>8}")
    print(f"{'processor time of the server, s':<52} {used:>8.0f}")
    for what, size in (("start", start), ("peak", max(sizes)), ("end", sizes[-1])):
        print(f"{f'memory of the server, {what}':<52} {size / 2**20:>8.0f}           MiB")
    print(f"{'answers that were wrong':<52} {len(faults):>8}")
    for fault in faults[:20]:
        print(f"  {fault}", file=sys.stderr)
    return len(faults)


def main() -> int:
    """Measure and print; exit 1 if an answer was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", type=Path, default=ROOT / "scenarios/ukraine_2025")
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--quick", action="store_true", help="three sessions, ten seconds")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.sessions, chosen.seconds = 3, 10.0
    with serving(chosen.study) as (url, _, pid):
        study = open_study(chosen.study.resolve())
        wrong = asyncio.run(measure(url, pid, study, chosen.sessions, chosen.seconds))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
