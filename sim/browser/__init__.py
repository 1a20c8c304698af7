"""JavaScript that runs a compiled model in a web page: plain modules, without dependencies.

<<<<<<< HEAD
`engine.js` loads and runs what `sim.engine.web_module` makes, `pool.js` shares a run among workers,
`format.js` writes numbers as Python does. `statistics.js` has the library's own estimates,
`comparison.js` the rows of a comparison, `rows.js`, `answers.js`, `briefs.js` and `wording.js`
their words, `phrases.js` the phrases of these, in any language. `script` joins them for a page
without a server.
=======
`engine.js` loads and runs what `sim.engine.web_module` makes, `pool.js` shares runs among workers, each
a `worker.js` that `member.js` looks after, `format.js` writes numbers as Python does. `statistics.js`
has the library's own estimates, `futures.js` the futures, `comparison.js` the rows of a comparison,
`analysis.js` all that a worker says of results, `rows.js`, `answers.js` and `wording.js` the words.
`script` joins them for a page without a server.
>>>>>>> main
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent
#: What a page runs, and what each of its workers.
PAGE = ("pool",)
WORKER = ("worker",)
#: What a page needs beside `PAGE` to say what a run shows.
ANSWERS = ("answers", "futures", "comparison")

_IMPORT = re.compile(r'^import [^;]+ from "([./\w]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=[a-z])", re.MULTILINE)


def script(*modules: str | Path) -> str:
    """Return modules and all that they import as the text of one script, without imports and exports.

    A page opened from a file may import no other file, and its workers may be no modules; it holds
    these texts instead.

    Parameters
    ----------
    modules
        Names of this folder without ``.js``, see `PAGE` and `WORKER`, or paths.

    Examples
    --------
    >>> "\\nasync function load(" in script(*PAGE)
    True
    """
    paths = [FOLDER / f"{one}.js" if isinstance(one, str) else one for one in modules]
    texts = (path.read_text(encoding="utf-8") for path in dict.fromkeys(_in_order(paths)))
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)


def _in_order(modules: list[Path]) -> Iterator[Path]:
    """Give modules, each after those that it imports."""
    for module in modules:
        found = _IMPORT.findall(module.read_text(encoding="utf-8"))
        yield from _in_order([(module.parent / name).resolve() for name in found])
        yield module.resolve()
