"""Start the page: on this machine only, sending nothing to other hosts.

`python -m ui.server --help` has the options that `fulcrum ui` leaves out.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import ipaddress
import os
import sys
import threading
from pathlib import Path
from typing import Any

from ui.guard import Guard

APP = Path(__file__).parent / "app.py"
#: The study shown where none is named: the fullest folder in the first of these that holds one.
DEFAULT_FOLDERS = ("scenarios", ".")
BAD_USAGE = 2
#: Settings of glibc's `mallopt`, from malloc.h.
M_ARENA_MAX, M_MMAP_THRESHOLD = -8, -3


def is_loopback(address: str) -> bool:
    """Whether an address is of this machine only."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def find_study(study: Path | None) -> Path | None:
    """Return the folder of a study: the one named, that of a file, or the usual one."""
    if study is not None:
        folder = study.parent if study.is_file() else study
        return folder.resolve() if folder.is_dir() else None
    above = (Path.cwd(), APP.parent.parent)
    for place in (start / name for start in above for name in DEFAULT_FOLDERS):
        folders = [place, *sorted(place.glob("*/"))] if place.is_dir() else []
        files = {folder: len(list(folder.glob("*.yaml"))) for folder in folders}
        fullest = max(folders, key=files.__getitem__, default=place)
        if files.get(fullest):
            return fullest.resolve()
    return None


def serve(
    study: Path | None = None,
    port: int = 8501,
    address: str = "",
    behind_proxy: bool = False,
) -> int:
    """Serve the page until it is interrupted.

    Parameters
    ----------
    study
        A study's folder, or one of its files.
    address
        Where to listen; only this machine unless `behind_proxy` is set. The page knows no
        passwords, so whoever can reach it can use it.

    Returns
    -------
    int
        Exit code: 2 if the study or the address is invalid.
    """
    folder = find_study(study)
    if folder is None:
        shown = study if study is not None else Path.cwd()
        print(f"error: no study found in '{shown}'", file=sys.stderr)
        print("   = help: a study is a folder with a model.yaml", file=sys.stderr)
        return BAD_USAGE
    address = address or os.environ.get("STREAMLIT_SERVER_ADDRESS", "") or "127.0.0.1"
    if not is_loopback(address) and not behind_proxy:
        print(f"error: '{address}' is open to other machines", file=sys.stderr)
        print(
            "   = help: the page has no passwords; behind a proxy that asks for one, pass"
            " --i-am-behind-a-proxy",
            file=sys.stderr,
        )
        return BAD_USAGE
    return _streamlit(folder, port, address, behind_proxy)


def _streamlit(folder: Path, port: int, address: str, behind_proxy: bool) -> int:
    """Hand over to Streamlit; it reads the packaged config beside the file that `sys.argv` names."""
    try:
        import streamlit as st
        from starlette.middleware import Middleware

        from ui.routes import ROUTES
    except ImportError:
        print("error: Streamlit is not installed", file=sys.stderr)
        print("   = help: pip install 'fulcrum-sim[ui]'", file=sys.stderr)
        return BAD_USAGE
    _return_memory()
    threading.Thread(target=_warm, args=(folder,), daemon=True).start()
    os.environ["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] = "false"
    os.environ["FULCRUM_BEHIND_PROXY"] = "1" if behind_proxy else ""
    options: dict[str, Any] = {
        "server.address": address, "server.port": port, "server.headless": True
    }  # fmt: skip
    if behind_proxy and not is_loopback(address):
        options["server.allowedHosts"] = os.environ.get("FULCRUM_HOSTS", address).split(",")
    sys.argv = [str(APP), str(folder)]
    app = st.App(
        APP,
        routes=ROUTES,
        middleware=[Middleware(Guard, behind_proxy=behind_proxy)],
    )
    print(
        f"Fulcrum: {folder.name} at http://{address}:{port} · press Ctrl-C to stop", file=sys.stderr
    )
    try:
        app.run(config=options)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        return 130
    return 0


def _return_memory() -> None:
    """Let glibc return what is freed: by default each new thread, and each rerun is one, gets a heap of
    its own, and large arrays move into heaps as soon as one was freed.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library
        libc = ctypes.CDLL(None)
        libc.mallopt(M_ARENA_MAX, 2)
        libc.mallopt(M_MMAP_THRESHOLD, 128 * 1024)


def _warm(folder: Path) -> None:
    """Load and compile before the first visitor asks; the page reports any error."""
    import sim
    from ui import documents
    from ui.study import open_study

    with contextlib.suppress(sim.SimError, OSError):
        documents.script()
        study = open_study(folder)
        documents.prepare(study)
        _ = [getattr(sim.charts, name) for name in dir(sim.charts)]
        sim.compare(sim.run(study.scenarios[study.first], replications=10, series=True))


def main() -> int:
    """Start the page from `python -m ui.server`."""
    parser = argparse.ArgumentParser(prog="python -m ui.server", description="Open the page.")
    parser.add_argument(
        "study", nargs="?", type=Path, help="folder of a study, or one of its files"
    )
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--address", default="", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--i-am-behind-a-proxy", action="store_true", dest="behind_proxy")
    chosen = parser.parse_args()
    return serve(chosen.study, chosen.port, chosen.address, chosen.behind_proxy)


if __name__ == "__main__":
    sys.exit(main())
