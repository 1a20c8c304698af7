"""Many visitors at once: `python benchmarks/ui_load.py [STUDY] [--sessions N] [--seconds S]`.

Each visitor is a session that moves a lever of its own, as its browser would: the model runs
there, and the server is only told. At the end each turns to another page and back, where the server has to
know its setting and nothing of another visitor. One more visitor is a real browser: alone, then among all
the others.
"""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures
import http.client
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil
import websockets
from pages.live import PAGE, ROOT, WATCH, chromium, first_figures, line, released, serving
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ui.settings import Value
from ui.study import Study, open_study

#: Seconds between two moves of a visitor.
REST = 1.0
PATIENCE = 120.0


@dataclass
class Visitor:
    """One session of the page, on a lever of its own."""

    url: str
    lever: str
    values: list[Value]
    offered: dict[str, Any] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = http.client.HTTPConnection(self.url.partition("//")[2])

    async def visit(self, end: float) -> None:
        """Open the page, move the lever until the end, and turn to another page."""
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        async with websockets.connect(
            address, origin=self.url, subprotocols=["streamlit"], max_size=None, ping_timeout=None
        ) as socket:  # type: ignore[arg-type]
            for page in ("", "model", ""):
                await self._turn(socket, page)
            for part in ("script", "document"):
                await self._ask("GET", self.offered[part], None, 200)
            await asyncio.sleep(random.random() * REST)
            undo, view = [], self.offered["view"]
            for moved in self.values:
                if time.perf_counter() > end:
                    break
                undo = [*undo, view][-100:]
                view = view | {"values": view["values"] | {self.lever: moved}}
                await self.move(view, undo)
                await asyncio.sleep(REST)
            for page in ("model", "compare"):
                await self._turn(socket, page)
            told = self.offered["view"]["values"]
            for name, value in (view["values"] | told).items():
                if view["values"].get(name) != value or told.get(name, value) != value:
                    self.faults.append(f"{name} is known as {told.get(name)}")

    async def move(self, view: dict[str, Any], undo: list[Any]) -> None:
        """Tell the server a state, as Explore does."""
        state = {"visit": self.offered["visit"], "view": view, "undo": undo, "redo": [], "pins": []}
        began = time.perf_counter()
        await self._ask("POST", self.offered["session"], json.dumps(state), 204)
        self.waits.append(1000 * (time.perf_counter() - began))

    async def _ask(self, method: str, path: str, body: str | None, wanted: int) -> None:
        def ask() -> int:
            self.client.request(method, f"/{path}", body=body, headers={"Origin": self.url})
            answer = self.client.getresponse()
            answer.read()
            return answer.status

        if (status := await asyncio.to_thread(ask)) != wanted:
            self.faults.append(f"{path} was answered with {status}")

    async def _turn(self, socket: Any, page: str) -> None:
        """Run a page to its end and note what it shows."""
        message = BackMsg()
        message.rerun_script.query_string = ""
        message.rerun_script.page_script_hash = self.pages.get(page, "")
        await socket.send(message.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            while True:
                found = ForwardMsg.FromString(await socket.recv())
                kind = found.WhichOneof("type")
                if kind == "navigation":
                    self.pages = {
                        p.url_pathname: p.page_script_hash for p in found.navigation.app_pages
                    }
                elif kind == "delta":
                    self._see(found.delta.new_element)
                elif kind == "script_finished":
                    return

    def _see(self, element: Any) -> None:
        match element.WhichOneof("type"):
            case "bidi_component":
                data = json.loads(element.bidi_component.json)
                self.offered = data
            case "exception":
                self.faults.append(f"exception: {element.exception.message}")


def own_levers(study: Study, sessions: int) -> Iterator[tuple[str, list[Value]]]:
    """Give a lever for each session and its values in an order of its own."""
    levers = [lever for lever in study.model.levers.values() if None not in (lever.low, lever.high)]
    for session in range(sessions):
        lever = levers[session % len(levers)]
        low, high = lever.low, lever.high
        assert low is not None and high is not None
        chance = random.Random(session)
        places = [low + chance.random() * (high - low) for _ in range(1000)]
        whole = lever.type.kind == "whole"
        yield lever.name, [round(at) if whole else float(f"{at:.4f}") for at in places]


def loaded(url: str, folder: Path, sessions: int, seconds: float) -> tuple[list[float], list[str]]:
    """Let many visit at once; milliseconds of their waits, and what they saw wrong."""
    visitors = asyncio.run(load(url, open_study(folder), sessions, seconds))
    waits = [wait for visitor in visitors for wait in visitor.waits]
    return waits, [fault for visitor in visitors for fault in visitor.faults]


async def load(url: str, study: Study, sessions: int, seconds: float) -> list[Visitor]:
    """Let many visit at once."""
    end = time.perf_counter() + seconds
    visitors = [Visitor(url, name, values) for name, values in own_levers(study, sessions)]
    await asyncio.gather(*(visitor.visit(end) for visitor in visitors))
    return visitors


async def per_move(url: str, pid: int, study: Study, moves: int = 500) -> float:
    """Return milliseconds of the server's processors for a move of one visitor."""
    server = psutil.Process(pid)
    ((lever, values),) = own_levers(study, 1)
    visitor = Visitor(url, lever, values)
    await visitor.visit(time.perf_counter() + 2 * REST)
    view = visitor.offered["view"]
    used = sum(server.cpu_times()[:2])
    for _ in range(moves):
        await visitor.move(view, [view] * 20)
    return float(1000 * (sum(server.cpu_times()[:2]) - used) / moves)


def measure(url: str, pid: int, study: Study, sessions: int, seconds: float) -> int:
    """Load the server, print a table, and return how much went wrong."""
    server = psutil.Process(pid)
    print(f"{study.folder.name}, {sessions} sessions, {seconds:.0f} s, {os.cpu_count()} processors")
    print(f"{'':<52} {'median':>8} {'95 %':>8}")
    spent = asyncio.run(per_move(url, pid, study))
    with chromium() as browser:
        alone: list[float] = []
        if browser is not None:
            page, _, _ = first_figures(browser, url, 1)
            page.locator(PAGE).evaluate(WATCH)
            released(page, 2)
            alone, _ = released(page, 10)
        start, used = server.memory_info().rss, sum(server.cpu_times()[:2])
        among: list[float] = []
        with concurrent.futures.ProcessPoolExecutor(1, get_context("spawn")) as pool:
            others = pool.submit(loaded, url, study.folder, sessions, seconds)
            while browser is not None and not others.done():
                among += released(page, 1)[0]
        waits, faults = others.result()
        used = sum(server.cpu_times()[:2]) - used
    if alone:
        print(line("a browser alone: lever let go → picture of all runs", alone))
        print(line("the same browser among the others", among))
    print(line("a move told → the server has it", waits))
    print(f"{'processor time of the server for a move':<52} {spent:>8.2f}           ms")
    print(
        f"{'the same with arrivals and last pages':<52} {1000 * used / len(waits):>8.2f}           ms"
    )
    grown = (server.memory_info().rss - start) / 2**20
    print(f"{'memory of the server, growth':<52} {grown:>8.0f}           MiB")
    print(f"{'pages that were wrong':<52} {len(faults):>8}")
    for fault in faults[:20]:
        print(f"  {fault}", file=sys.stderr)
    return len(faults)


def main() -> int:
    """Measure and print; exit 1 if a page was wrong."""
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
        wrong = measure(url, pid, study, chosen.sessions, chosen.seconds)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
