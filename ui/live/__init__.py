"""The live component: levers and what they change, in any browser, without a server for a move.

The modules of JavaScript beside this file make the page out of a document (`ui.live.document`); they run
the model in workers with those of `sim.browser`. One text of script, one of the workers and one style
sheet serve Streamlit, a published file and a notebook. Nothing here needs Streamlit.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

from sim.browser import WORKER, script

FOLDER = Path(__file__).parent


@functools.cache
def page_script() -> str:
    """Return the component as the text of one script, which defines ``mount``."""
    return script(FOLDER / "app.js")


def module() -> str:
    """Return the component as a module that a page imports, its style and worker as default."""
    parts = {"worker": worker_script(), "style": style()}
    text = page_script()
    return f"{text}\nexport {{ mount }};\nexport default {json.dumps(parts)};\n"


@functools.cache
def worker_script() -> str:
    """Return what each of its workers runs."""
    return script(*WORKER)


@functools.cache
def style(only: tuple[str, ...] = ()) -> str:
    """Return its style sheet, or that of a page without it: the files named, in this order."""
    order = {"theme.css": 0, "paper.css": 2}
    known = (file for file in FOLDER.glob("*.css") if file.name != "gallery.css")
    files = sorted(known, key=lambda file: (order.get(file.name, 1), file.name))
    files = [FOLDER / name for name in only] or files
    return "\n".join(file.read_text(encoding="utf-8") for file in files)
