"""What a page that is being used takes of memory: it must not grow with the number of moves."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

import pytest
from browsing import Served, serving
from fuzzing import TIMES

from ui.runs import MAX_ENSEMBLES

pytestmark = [pytest.mark.slow, pytest.mark.fuzz]
#: Half of what `make fuzz` makes; the fault that this is for grew by 0.3 MB a move.
MOVES = min(500, 250 * TIMES)
#: After so many moves all caches are full.
WARM = 2 * MAX_ENSEMBLES
#: Megabytes by which the server may grow over the other moves.
GROWTH = 8


def resident(pid: int) -> float:
    """Megabytes of memory that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


class Visitor:
    """A session over the page's own websocket, without a browser."""

    def __init__(self, socket: Any, served: Served) -> None:
        self.socket = socket
        self.client = http.client.HTTPConnection(served.url.partition("//")[2])
        self.offered: dict[str, Any] = {}
        self.pages: dict[str, str] = {}
        self.undo: list[Any] = []
        self.moves = 0
        self.turn("")

    def move(self, depth: float) -> None:
        """Move the lever, as its browser tells it; now and then look at another page."""
        view = self.offered["view"] | {"values": {"depth": depth}}
        self.undo = [*self.undo, view][-100:]
        state = {"visit": self.offered["visit"], "view": view, "undo": self.undo}
        self.client.request("POST", f"/{self.offered['session']}", body=json.dumps(state))
        answer = self.client.getresponse()
        answer.read()
        assert answer.status == 204
        self.moves += 1
        if self.moves % 2:
            self.turn("drivers")
            self.turn("")

    def turn(self, page: str) -> None:
        """Run a page, and wait until it is drawn."""
        from streamlit.proto.BackMsg_pb2 import BackMsg
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        message = BackMsg()
        message.rerun_script.query_string = "runs=20"
        message.rerun_script.page_script_hash = self.pages.get(page, "")
        self.socket.send(message.SerializeToString())
        while True:
            found = ForwardMsg.FromString(self.socket.recv(timeout=60))
            if found.WhichOneof("type") == "navigation":
                known = found.navigation.app_pages
                self.pages = {one.url_pathname: one.page_script_hash for one in known}
            data = json.loads(found.delta.new_element.bidi_component.json or "{}")
            self.offered = data if "document" in data else self.offered
            if found.WhichOneof("type") == "script_finished":
                return


MODEL = """\
model: tiny
time: {horizon: 50}
levers: {depth: {default: 10.0, range: [0.0, 40.0]}}
state: {water: {initial: 0.0, range: [0.0, 100.0]}}
events: {rain: {rate: 0.5, do: 'water = min(100, water + depth / 10)'}}
outcomes: {water: {final: water}}
"""


def test_memory_does_not_grow_with_the_moves_of_a_lever(tmp_path: Path) -> None:
    client = pytest.importorskip("websockets.sync.client")
    if not Path("/proc/self/status").exists():
        pytest.skip("no /proc")
    (tmp_path / "model.yaml").write_text(MODEL, encoding="utf-8")
    seen = []
    with serving(tmp_path) as served:
        address = served.url.replace("http", "ws") + "/_stcore/stream"
        with client.connect(
            address, subprotocols=["streamlit"], max_size=None, origin=served.url
        ) as socket:
            visitor = Visitor(socket, served)
            for move in range(MOVES):
                visitor.move(40 * (move * 0.618034 % 1))
                if move >= WARM:
                    seen.append(resident(served.pid))
            visitor.client.close()
    assert max(seen) - seen[0] < GROWTH, [round(size) for size in seen[::20]]
