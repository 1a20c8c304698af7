"""The live component: levers and what they change, in any browser, without a server for a move.

The modules of JavaScript beside this file make the page out of a document (`ui.live.document`); they run
the model in workers with those of `sim.browser`. One text of script, one of the workers and one style
sheet serve Streamlit, a published file and a notebook. Nothing here needs Streamlit.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from sim.browser import FOLDER as BROWSER

FOLDER = Path(__file__).parent
_IMPORT = re.compile(r'^import [^;]+ from "([^"]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=[a-z])", re.MULTILINE)


@functools.cache
def page_script() -> str:
    """Return the component as the text of one script, which defines ``mount``."""
    return joined(FOLDER / "app.js")


@functools.cache
def worker_script() -> str:
    """Return what each of its workers runs."""
    return joined(BROWSER / "worker.js")


@functools.cache
def style() -> str:
    """Return its style sheet."""
    files = sorted(FOLDER.glob("*.css"), key=lambda file: (file.name != "theme.css", file.name))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def joined(*modules: Path) -> str:
    """Return modules and all that they import as the text of one script, without imports and exports.

    A page opened from a file may import no other file, and its workers may be no modules; it holds
    these texts instead.

    Examples
    --------
    >>> "function dateAt(" in joined(BROWSER / "engine.js")
    True
    """
    texts = (path.read_text(encoding="utf-8") for path in dict.fromkeys(_in_order(modules)))
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)


def _in_order(modules: tuple[Path, ...]) -> Iterator[Path]:
    """Give modules, each after those that it imports."""
    for module in modules:
        found = _IMPORT.findall(module.read_text(encoding="utf-8"))
        yield from _in_order(tuple((module.parent / name).resolve() for name in found))
        yield module
