"""What a page that is being used takes of memory: it must not grow with the number of moves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from browsing import serving
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

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.fragment = self.levers = ""
        self.moves = 0
        self.rerun()

    def rerun(self, **moves: float) -> None:
        """Run the page, or move a lever as a drag does, and wait until it is drawn."""
        from streamlit.proto.BackMsg_pb2 import BackMsg
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        message = BackMsg()
        message.rerun_script.query_string = "runs=20"
        if moves:
            self.moves += 1
            said = {"number": self.moves, "values": moves, "final": self.moves % 20 == 0}
            message.rerun_script.fragment_id = self.fragment
            state = message.rerun_script.widget_states.widgets.add()
            state.id = f"$$STREAMLIT_INTERNAL_KEY_{self.levers}__events"
            state.json_trigger_value = json.dumps([{"event": "moves", "value": said}])
        self.socket.send(message.SerializeToString())
        while True:
            found = ForwardMsg.FromString(self.socket.recv(timeout=60))
            element = found.delta.new_element
            if element.bidi_component.id.endswith("levers"):
                self.levers, self.fragment = element.bidi_component.id, found.delta.fragment_id
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
            visitor = Visitor(socket)
            for move in range(MOVES):
                visitor.rerun(depth=40 * (move * 0.618034 % 1))
                if move >= WARM:
                    seen.append(resident(served.pid))
    assert max(seen) - seen[0] < GROWTH, [round(size) for size in seen[::20]]
