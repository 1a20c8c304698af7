"""JavaScript that runs a compiled model in a web page: plain modules, without dependencies.

`engine.js` loads and runs what `sim.engine.web_module` makes, `pool.js` shares a run among workers,
`format.js` writes numbers as Python does. `statistics.js` has the library's own estimates,
`comparison.js` the rows of a comparison, `rows.js`, `answers.js`, `briefs.js` and `wording.js`
their words, `phrases.js` the phrases of these, in any language. `script` joins them for a page
without a server.
"""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent
#: What a page runs, and what each of its workers.
PAGE = ("format", "engine", "pool")
WORKER = ("format", "engine", "worker")
#: What a page needs beside `PAGE` to say what a run shows.
ANSWERS = ("phrases", "wording", "rows", "answers", "briefs", "statistics", "comparison")

_MODULE_WORDS = re.compile(r'^(import [^;]+ from "\./\w+\.js";\n|export (?=[a-z]))', re.MULTILINE)


def script(*names: str) -> str:
    """Return modules of this folder as the text of one script, without imports and exports.

    A page opened from a file may import no other file, and its workers may be no modules; it holds
    these texts instead.

    Parameters
    ----------
    names
        Modules without ``.js``; each stands after those it imports, see `PAGE` and `WORKER`.

    Examples
    --------
    >>> "\\nasync function load(" in script(*PAGE)
    True
    """
    texts = ((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in names)
    return "\n".join(_MODULE_WORDS.sub("", text) for text in texts)
