"""Firefox, driven by WebDriver BiDi: the little of it that a test needs."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

EVENTS = ["log.entryAdded", "network.beforeRequestSent"]
#: Files that a page saves go to a folder, without a question.
PREFERENCES = """user_pref("browser.download.folderList", 2);
user_pref("browser.download.dir", {folder});
"""


class Firefox:
    """A tab of Firefox, and what went wrong in it: errors on its console, requests to others."""

    def __init__(self, socket: ClientConnection, folder: Path) -> None:
        self._socket, self._folder = socket, folder
        self._last = 0
        self.faults: list[str] = []
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=EVENTS)
        self._tab = self.call("browsingContext.getTree")["contexts"][0]["context"]

    def call(self, method: str, **given: Any) -> Any:
        """Send a command and return its result."""
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": given}))
        while True:
            message = json.loads(self._socket.recv(timeout=120))
            if message.get("id") == self._last:
                assert message["type"] == "success", message
                return message["result"]
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        told = message.get("params", {})
        if message.get("method") == "log.entryAdded" and told["level"] in ("error", "warn"):
            self.faults.append(told["text"])
        url = told.get("request", {}).get("url", "file:")
        if not url.startswith(("file:", "blob:", "data:", "about:")):
            self.faults.append(url)

    def visit(self, url: str) -> None:
        """Open an address."""
        self.call("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def evaluate(self, code: str) -> Any:
        """Return what an expression, or what it promises, gives as JSON."""
        code = f"(async () => JSON.stringify((await ({code})) ?? null))()"
        target = {"context": self._tab}
        found = self.call("script.evaluate", expression=code, target=target, awaitPromise=True)
        assert found["type"] == "success", found
        return json.loads(found["result"]["value"])

    def wait_for(self, condition: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + 60
        while not self.evaluate(condition):
            assert time.monotonic() < end, f"not to be: {condition}"
            time.sleep(0.05)

    def press(self, key: str) -> None:
        """Press a key in the element that has the focus."""
        strokes = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        keyboard = {"type": "key", "id": "keyboard", "actions": strokes}
        self.call("input.performActions", context=self._tab, actions=[keyboard])

    def saved(self, pattern: str) -> bytes:
        """Wait for a file that the page saves."""
        end = time.monotonic() + 30
        while not (found := [path for path in self._folder.glob(pattern) if path.stat().st_size]):
            assert time.monotonic() < end, f"no {pattern} is saved"
            time.sleep(0.05)
        return found[0].read_bytes()


@contextlib.contextmanager
def running(program: str, folder: Path) -> Iterator[Firefox]:
    """Run Firefox with a new profile in a folder, where what it saves goes too."""
    profile, log = folder / "profile", folder / "firefox.log"
    profile.mkdir()
    preferences = PREFERENCES.format(folder=json.dumps(str(folder)))
    (profile / "user.js").write_text(preferences, encoding="utf-8")
    command = [program, "--headless", "--no-remote", "--profile", str(profile)]
    with log.open("wb") as out:
        started = subprocess.Popen(
            [*command, "--remote-debugging-port", "0"],
            stdout=out,
            stderr=out,
            env=os.environ | {"HOME": str(folder)},
        )
    try:
        end = time.monotonic() + 60
        while not (found := re.search(r"listening on (ws://\S+)", log.read_text("utf-8"))):
            if started.poll() is not None or time.monotonic() > end:
                pytest.fail(f"Firefox did not start:\n{log.read_text('utf-8')}", pytrace=False)
            time.sleep(0.05)
        with connect(f"{found[1]}/session", max_size=None, proxy=None) as socket:
            yield Firefox(socket, folder)
            with contextlib.suppress(Exception):
                socket.send('{"id": 0, "method": "browser.close", "params": {}}')
                started.wait(10)
    finally:
        started.kill()
        started.wait()
