"""JavaScript that runs a compiled model in a web page: plain modules, without dependencies.

`engine.js` loads and runs what `sim.engine.web_module` makes, `pool.js` shares a run among workers,
`format.js` writes numbers as Python does. `script` joins them for a page without a server.
"""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent
#: What a page runs, and what each of its workers.
PAGE = ("format", "engine", "pool")
WORKER = ("format", "engine", "worker")

_IMPORT = re.compile(r'^import .* from "\./\w+\.js";\n', re.MULTILINE)


def script(*names: str) -> str:
    """Return modules of this folder as the text of one module.

    A page opened from a file may import no other file; it holds this text instead, and makes its
    workers of it.

    Parameters
    ----------
    names
        Modules without ``.js``; each stands after those it imports, see `PAGE` and `WORKER`.

    Examples
    --------
    >>> "export async function load(" in script(*PAGE)
    True
    """
    texts = ((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in names)
    return "\n".join(_IMPORT.sub("", text) for text in texts)
