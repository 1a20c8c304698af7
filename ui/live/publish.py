"""A document as one file that opens anywhere: it asks nobody for anything, and its policy says so."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import sim
from ui import live
from ui.live.gallery import Card, counts, gallery_body, purpose
from ui.live.languages import words

#: What tells a page of ours, which may be replaced, from another file.
MARK = '<meta name="generator" content="Fulcrum '
#: Starts the component; what stands in the file without it is replaced.
START = """
{
  const root = document.getElementById("fulcrum");
  const part = (id) => JSON.parse(document.getElementById(id).textContent);
  const start = async () =>
    mount(root, { document: part("fulcrum-document"), worker: part("fulcrum-worker"), home: "file" });
  start().catch((error) => {
    const told = document.createElement("p");
    told.className = "fl-failed";
    told.textContent = `${root.dataset.failed} ${error.message}`;
    root.prepend(told);
    document.documentElement.dataset.state = "failed";
  });
}
"""
#: Characters of a description, as search engines and messengers show it.
MAX_DESCRIPTION = 200


def page(document: Mapping[str, Any], *, title: str = "") -> str:
    """Return a document as one HTML file: script, style, data and all.

    Parameters
    ----------
    document : mapping
        What `ui.live.document.make_document` returns.
    title : str, optional
        By default that of the document.

    Returns
    -------
    str
        The same for the same document. Its policy allows its own script and style, by their digests,
        and no request.

    Examples
    --------
    >>> import sim
    >>> from ui.live.document import make_document
    >>> made = page(make_document(sim.load("scenarios/port_strike/mediate.yaml")))
    >>> made.startswith("<!doctype html>"), "default-src 'none'" in made
    (True, True)
    """
    title = title or document["title"]
    script = f'(() => {{\n"use strict";\n{live.page_script()}\n{START}}})();\n'
    allowed = (
        f"script-src {_digest(script)} 'wasm-unsafe-eval'; worker-src blob:; img-src data: blob:"
    )
    data = {
        "fulcrum-document": {**document, "title": title},
        "fulcrum-worker": live.worker_script(),
    }
    blocks = [
        f'<script type="application/json" id="{name}">{_inert(value)}</script>'
        for name, value in data.items()
    ]
    failed = escape(document["words"]["publish.failed"])
    body = [
        f'<div id="fulcrum" data-failed="{failed}">\n{_still(document, title)}\n</div>',
        *blocks,
        f"<script>{_unbroken(script, 'script')}</script>",
    ]
    return _html(title, _description(document), document["language"], allowed, body)


def allowances(page: str) -> str:
    """Return what the policy of a page allows beside its style; a page around it must allow that too."""
    found = re.search(r"default-src 'none'; ([^\"]*?); style-src", page)
    assert found is not None
    return found[1]


def index(
    studies: Mapping[str, Card], *, title: str = "", language: str = "en", home: str = ""
) -> str:
    """Return a page without script that shows studies and links to their pages.

    Parameters
    ----------
    studies : mapping of str to Card
        By the name of the file, beside this one.
    home : str, optional
        Address of the page above it, if there is one.
    """
    known = words(language)
    title = title or known["publish.site"]
    body = gallery_body(studies, title=title, language=language, home=home)
    style = live.style(("theme.css", "publish.css", "gallery.css"))
    return _html(title, known["publish.toy"], language, "img-src data:", body, style)


def write_page(path: Path, text: str) -> None:
    """Write a page whole or not at all, in place of a page or where there is nothing.

    Raises
    ------
    ExperimentError
        Another file is there.
    OSError
        It cannot be written; what was there before still is.
    """
    refuse_other(path)
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)
        raise


def refuse_other(path: Path) -> None:
    """Refuse to replace a file that is no page of ours.

    Raises
    ------
    ExperimentError
        It is one.
    """
    if path.is_dir():
        raise sim.ExperimentError(
            sim.errors.Diagnostic("is-folder", f"'{path}' is a folder, not a file")
        )
    if path.exists() and path.stat().st_size and not is_page(path):
        told = f"'{path}' is there already, and Fulcrum did not publish it"
        help = "name another file, or delete this one first"
        raise sim.ExperimentError(sim.errors.Diagnostic("not-a-page", told, None, help))


def is_page(path: Path) -> bool:
    """Whether a file is a page that was published."""
    with path.open("rb") as file:
        return MARK.encode() in file.read(4096)


def _html(
    title: str, description: str, language: str, allowed: str, body: list[str], style: str = ""
) -> str:
    style = style or live.style()
    policy = f"default-src 'none'; {allowed}; style-src {_digest(style)}; base-uri 'none'; form-action 'none'"
    named = {"description": description, "referrer": "no-referrer"}
    graph = {"title": title, "description": description, "type": "website"}
    lines = [
        "<!doctype html>",
        f'<html lang="{language}">',
        "<head>",
        '<meta charset="utf-8">',
        f'{MARK}{sim.__version__}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        *(f'<meta name="{key}" content="{escape(text)}">' for key, text in named.items()),
        *(f'<meta property="og:{key}" content="{escape(text)}">' for key, text in graph.items()),
        '<link rel="icon" href="data:,">',
        f"<title>{escape(title)}</title>",
        f"<style>{_unbroken(style, 'style')}</style>",
        "</head>",
        '<body class="fl-file">',
        *body,
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _still(document: Mapping[str, Any], title: str) -> str:
    """Return what a reader sees before the script starts, or without it."""
    known = {
        key[8:]: escape(word) for key, word in document["words"].items() if key[:8] == "publish."
    }
    rows = []
    for scenario in document["scenarios"]:
        base = f' <span class="fl-quiet">({known["baseline"]})</span>'
        named = escape(scenario["title"]) + (
            base if scenario["name"] == document["baseline"] else ""
        )
        rows.append(f'<tr><th scope="row">{named}</th><td>{escape(scenario["about"])}</td></tr>')
    lines = [
        '<main class="fl-still">',
        f"<h1>{escape(title)}</h1>",
        f"<p>{known['toy']}</p>",
        *([f"<p>{escape(told)}</p>"] if (told := purpose(document)) else []),
        f"<noscript><p>{known['scripts']}</p></noscript>",
        f"<p>{known['intro'].format(**counts(document))}</p>",
        "<table>",
        "<thead><tr>",
        *(f'<th scope="col">{known[head]}</th>' for head in ("scenario", "about")),
        "</tr></thead>",
        "<tbody>",
        *rows,
        "</tbody>",
        "</table>",
        "</main>",
    ]
    return "\n".join(lines)


def _description(document: Mapping[str, Any]) -> str:
    text = purpose(document) or document["words"]["publish.intro"].format(**counts(document))
    return text if len(text) <= MAX_DESCRIPTION else f"{text[: MAX_DESCRIPTION - 1]}…"


def _digest(text: str) -> str:
    """Return a text as a source that a policy allows."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inert(data: Any) -> str:
    """Return data as JSON that ends no element and opens no comment."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    signs = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
    return text.translate(signs)


def _unbroken(text: str, element: str) -> str:
    """Return our own text of an element, which must not hold what would end it or change its digest."""
    assert not re.search(rf"</{element}|<!--|\r", text, re.IGNORECASE), element
    return text
