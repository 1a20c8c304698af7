"""Driving the page in a browser: a server to visit, and when a page has come to rest."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

#: The live page while it loads or runs.
BUSY = ", ".join(f".fl-root[data-state={state}]" for state in ("loading", "moving", "running"))
ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Served:
    """A page that is being served: its address, the folder of its study, its process."""

    url: str
    study: Path
    pid: int


def environment() -> dict[str, str]:
    """The environment of a server: this repository first, none of our own Streamlit settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT_")}
    return kept | {"PYTHONPATH": str(ROOT)}


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Serve the page of a study as `fulcrum ui` does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "sim", "ui", str(folder), "--port", str(port)]
    log = (folder.parent / "server.log").open("wb")
    server = subprocess.Popen(command, cwd=folder.parent, stdout=log, stderr=log, env=environment())
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_up(server, url)
        yield Served(url, folder, server.pid)
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()


def wait_until_up(server: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert server.poll() is None, "the server ended"
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health"):
            return
        time.sleep(0.1)
    pytest.fail("the server did not come up")


class Watch:
    """What a page did that it should not: errors on its console, requests to other hosts."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.errors: list[str] = []
        self.foreign: list[str] = []

    def on(self, page: Any) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        # A page opened by its own address is looked for below that address first.
        where = str(message.location.get("url", ""))
        if message.type == "error" and "/_stcore/" not in where:
            self.errors.append(f"{message.text} {where}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:", "blob:", self.url.replace("http", "ws"))):
            self.foreign.append(request.url)


def settle(page: Any) -> None:
    """Wait until the script has ended and every element is drawn."""
    page.wait_for_selector(".stApp[data-test-script-state='notRunning']")
    quiet = 0
    for _ in range(240):
        page.wait_for_timeout(150)
        done = page.locator(".stApp[data-test-script-state='notRunning']").count()
        drawn = not page.locator(f"[data-testid=stSkeleton], {BUSY}").count()
        quiet = quiet + 1 if done and drawn else 0
        if quiet >= 4:
            return
    pytest.fail("the page does not come to rest", pytrace=False)
