"""Driving the page in a browser: a server to visit, and when a page has come to rest."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Served:
    """A page that is being served: its address and the folder of its study."""

    url: str
    study: Path


def environment() -> dict[str, str]:
    """The environment of a server: this repository first, none of our own Streamlit settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT_")}
    return kept | {"PYTHONPATH": str(ROOT)}


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
        drawn = not page.locator("[data-testid=stSkeleton]").count()
        quiet = quiet + 1 if done and drawn else 0
        if quiet >= 4:
            return
    pytest.fail("the page does not come to rest", pytrace=False)
