"""JavaScript that runs a compiled model in a web page: plain modules, without dependencies.

`engine.js` loads and runs what `sim.engine.web_module` makes, `pool.js` shares runs among workers, each
a `worker.js` that `member.js` looks after, `format.js` writes numbers as Python does. `statistics.js`
has the library's own estimates, `comparison.js` the rows of a comparison, `analysis.js` all that a
worker says of results, `rows.js`, `answers.js` and `wording.js` the words. `script` joins them for a
page without a server.
"""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent
#: What a page runs, and what each of its workers.
PAGE = ("format", "engine", "member", "pool")
WORKER = ("format", "engine", "wording", "rows", "statistics", "comparison", "analysis", "worker")
#: What a page needs beside `PAGE` to say what a run shows.
ANSWERS = ("wording", "rows", "answers", "statistics", "comparison")

_MODULE_WORDS = re.compile(r'^(import [^;]+ from "[./\w]+\.js";\n|export (?=[a-z]))', re.MULTILINE)


def script(*names: str, folder: Path = FOLDER) -> str:
    """Return modules of a folder as the text of one script, without imports and exports.

    A page opened from a file may import no other file, and its workers may be no modules; it holds
    these texts instead.

    Parameters
    ----------
    names
        Modules without ``.js``; each stands after those it imports, see `PAGE` and `WORKER`.
    folder
        By default that of this package; texts of several folders may follow each other.

    Examples
    --------
    >>> "\\nasync function load(" in script(*PAGE)
    True
    """
    texts = ((folder / f"{name}.js").read_text(encoding="utf-8") for name in names)
    return "\n".join(_MODULE_WORDS.sub("", text) for text in texts)
