"""JavaScript that runs a compiled model in a web page: plain modules, without dependencies.

`engine.js` loads and runs what `sim.engine.web_module` makes, `pool.js` shares runs among workers, each
a `worker.js` that `member.js` looks after, `format.js` writes numbers as Python does. `statistics.js`
has the library's own estimates, `futures.js` the futures, `comparison.js` the rows of a comparison,
`analysis.js` all that a worker says of results, `rows.js`, `answers.js`, `briefs.js` and `wording.js`
their words, `phrases.js` the phrases of these, in any language. `script` joins them for a page
without a server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

FOLDER = Path(__file__).parent
#: What a page runs, and what each of its workers.
PAGE = ("engine", "pool")
WORKER = ("worker",)
#: What a page needs beside `PAGE` to say what a run shows.
ANSWERS = ("phrases", "answers", "briefs", "futures", "comparison")

_IMPORT = re.compile(r'^import (\{[^}]+\}) from "([./\w]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function|const|class) (\w+))", re.MULTILINE)


def script(*modules: str | Path) -> str:
    """Return modules and all that they import as the text of one script.

    A page opened from a file may import no other file, and its workers may be no modules; it holds
    these texts instead. Each module is a function of its own, so that names do not meet.

    Parameters
    ----------
    modules
        Names of this folder without ``.js``, see `PAGE` and `WORKER`, or paths. What they export is
        known to the whole script.

    Examples
    --------
    >>> "const { startPool } = " in script(*PAGE)
    True
    """
    paths = [FOLDER / f"{one}.js" if isinstance(one, str) else one.resolve() for one in modules]
    ordered = list(dict.fromkeys(_in_order(paths)))
    names = {path: f"{path.parent.name}_{path.stem}" for path in ordered}
    parts = [_wrapped(path, names) for path in ordered]
    for path in paths:
        exports = ", ".join(_exports(path.read_text(encoding="utf-8")))
        parts += [f"const {{ {exports} }} = {names[path]};"] if exports else []
    return "\n".join(parts)


def _wrapped(path: Path, names: Mapping[Path, str]) -> str:
    """Return a module as the value of a function: what it exports."""
    text = path.read_text(encoding="utf-8")

    def imported(found: re.Match[str]) -> str:
        return f"const {found[1]} = {names[(path.parent / found[2]).resolve()]};\n"

    inner = _EXPORT.sub(r"\1", _IMPORT.sub(imported, text))
    return f"const {names[path]} = (() => {{\n{inner}\nreturn {{ {', '.join(_exports(text))} }};\n}})();"


def _exports(text: str) -> list[str]:
    """Return the names that a module exports."""
    return [found[2] for found in _EXPORT.finditer(text)]


def _in_order(modules: Iterable[Path]) -> Iterator[Path]:
    """Give modules, each after those that it imports."""
    for module in modules:
        found = _IMPORT.findall(module.read_text(encoding="utf-8"))
        yield from _in_order((module.parent / name).resolve() for _, name in found)
        yield module
