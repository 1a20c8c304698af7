"""Build the site: stage the pages, publish the studies, run Sphinx, check every link.

Sphinx reads a copy of the pages, in which they have the places that they have in the repository, so
their links hold as they are. Only the copy knows of a site: the order of the pages, and pictures of
the graphs that GitHub draws itself.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from docs.site.pages import Page, broken_links, read_page, read_pages

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
#: The navigation: a caption, and the pages below it. Pages of a pattern have the order of docs/README.md.
NAVIGATION = {
    "Start": ("README.md", "docs/tutorial.md"),
    "How-to guides": ("docs/how-to/*.md",),
    "Reference": ("docs/reference/*.md",),
    "Explanation": ("docs/explanation/*.md",),
    "Model cards": ("docs/models/*.md",),
    "Project": (
        "docs/README.md", "sim/ARCHITECTURE.md", "docs/decisions/README.md", "benchmarks/*.md",
        "seeds/*/README.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "SECURITY.md", "CHANGELOG.md",
    ),
}  # fmt: skip
#: Pages that stand below another in the navigation.
BELOW = {"docs/decisions/README.md": "docs/decisions/[0-9]*.md"}
#: Headings of pages whose own say less here than on the first page of the repository or of a folder.
HEADINGS = {
    "README.md": "What Fulcrum is",
    "docs/README.md": "All pages",
    "benchmarks/RESULTS.md": "Measured speed",
}
STUDIES = "studies"
LINK = re.compile(r"\[([^\]\n]*)\]\(([^)#\s]+)[^)\s]*\)")
MERMAID = re.compile(r"^```mermaid\n.*?^```\n\n[^\n]*\n", re.DOTALL | re.MULTILINE)


class SiteError(Exception):
    """The site cannot be built as it is."""


@dataclass(frozen=True)
class Study:
    """A live page of the gallery, and the model card that belongs to it."""

    name: str
    title: str
    purpose: str
    page: str
    card: str


def build_site(folder: Path) -> int:
    """Write the site into a folder, in place of an earlier one, and return its number of pages.

    Raises
    ------
    SiteError
        Sphinx warns, a study cannot be published, a link leads nowhere, or the folder holds something else.
    """
    folder = folder.resolve()
    if folder.exists() and any(folder.iterdir()) and not (folder / "searchindex.js").is_file():
        raise SiteError(f"'{folder}' holds something that is no site: name another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".site-") as scratch:
        source, made = Path(scratch) / "source", Path(scratch) / "made"
        _write(made / "index.html", b"")  # Sphinx writes it; the gallery links what is there
        publish_studies(made / STUDIES)
        studies = published_studies(made / STUDIES)
        stage(source, studies)
        run_sphinx(source, made, Path(scratch) / "cache", studies)
        pages = read_pages(made)
        write_texts(made, pages)
        if faults := broken_links(pages):
            raise SiteError("\n".join(fault.replace(f"{made}{os.sep}", "") for fault in faults))
        if folder.exists():
            shutil.rmtree(folder)
        made.replace(folder)
    return len(pages)


def publish_studies(folder: Path) -> None:
    """Write the gallery of live pages."""
    command = [sys.executable, "-m", "sim", "publish", "scenarios", "--site", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SiteError(f"fulcrum publish: {done.stderr.strip()}")


def published_studies(folder: Path) -> list[Study]:
    """Return the studies of a gallery, as the heads of their pages tell of them."""
    studies = []
    for path in sorted(folder.glob("*.html")):
        if path.name == "index.html":
            continue
        name = path.stem.removeprefix("study_") if path.stem == "study_index" else path.stem
        head = read_page(path.read_text("utf-8").partition("<style>")[0])
        card = f"docs/models/{name}"
        studies.append(
            Study(
                name, head.title.strip(), head.description, f"{STUDIES}/{path.name}",
                card if (ROOT / f"{card}.md").is_file() else "",
            )
        )  # fmt: skip
    return studies


def stage(folder: Path, studies: Iterable[Study]) -> None:
    """Copy the pages and what they show into a folder, with the page that all begins with."""
    named = [page for group in navigation().values() for page in group]
    below = [page for pattern in BELOW.values() for page in matching(pattern)]
    for page in (*named, *below):
        text = (ROOT / page).read_text("utf-8")
        for target in linked_files(page, text):
            _write(folder / target, (ROOT / target).read_bytes())
        if page in HEADINGS:
            text = re.sub(r"\A# .*", f"# {HEADINGS[page]}", text)
        if page.startswith("docs/models/"):
            text = draw_graph(page, text, folder / "static")
        _write(folder / page, text.encode())
    shutil.copytree(HERE / "static", folder / "static", dirs_exist_ok=True)
    _write(folder / "index.rst", first_page(studies).encode())


def navigation() -> dict[str, list[str]]:
    """Return the pages below each caption, those that docs/README.md lists in its order."""
    order = list(listed())

    def place(page: str) -> tuple[int, str]:
        return (order.index(page) if page in order else len(order), page)

    return {
        caption: [page for pattern in patterns for page in sorted(matching(pattern), key=place)]
        for caption, patterns in NAVIGATION.items()
    }


def listed() -> dict[str, str]:
    """Return the pages that docs/README.md lists, in its order, each with what it calls it."""
    text = (ROOT / "docs/README.md").read_text("utf-8")
    return {os.path.normpath(f"docs/{match[2]}"): match[1] for match in LINK.finditer(text)}


def matching(pattern: str) -> list[str]:
    """Return the pages of the repository that a pattern means, in order of their names."""
    return [path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob(pattern))]


def linked_files(page: str, text: str) -> set[str]:
    """Return the files, other than pages, that a page shows or links to."""
    found = set()
    for match in LINK.finditer(text):
        if "://" in match[2] or match[2].endswith(".md"):
            continue
        path = os.path.normpath((Path(page).parent / match[2]).as_posix())
        if not path.startswith("..") and (ROOT / path).is_file():
            found.add(path)
    return found


def first_page(studies: Iterable[Study]) -> str:
    """Return the landing page, which holds the order of all others."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    engine = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
    )
    landing = engine.get_template("landing.html").render(studies=list(studies))
    lines = [":hide-toc:", "", "Fulcrum", "=======", "", ".. raw:: html", ""]
    lines += [f"   {line}" for line in landing.splitlines()]
    short = listed()
    for caption, pages in navigation().items():
        lines += ["", ".. toctree::", "   :hidden:", f"   :caption: {caption}", ""]
        for page in pages:
            name = short.get(page) if page.startswith("docs/models/") else None
            target = page.removesuffix(".md")
            lines.append(f"   {name} <{target}>" if name else f"   {target}")
    return "\n".join([*lines, ""])


def draw_graph(page: str, text: str, static: Path) -> str:
    """Return a model card with pictures of its event graph, which GitHub draws from the Mermaid in it.

    Mermaid is a program of some 3 MB for a browser; `fulcrum plot --chart graph` draws the same graph.
    """
    from sim import charts
    from sim.charts.export import svg_text
    from sim.study.scenario import load_model

    if not MERMAID.search(text):
        if "```mermaid" in text:
            raise SiteError(f"{page}: a Mermaid graph without its paragraph cannot be drawn")
        return text
    name = Path(page).stem
    model = load_model(ROOT / "scenarios" / name / "model.yaml")
    up = "../" * page.count("/")
    pictures = []
    for theme in ("light", "dark"):
        picture = f"graph_{name}_{theme}.svg"
        chart = charts.graph_chart(model, theme=theme)  # type: ignore[arg-type]
        _write(static / picture, svg_text(chart).encode())
        pictures.append(
            f'<img class="only-{theme}" src="{up}_static/{picture}" loading="lazy" '
            f'alt="Event graph: which events schedule or cancel which">'
        )
    caption = (
        "The event graph (Schruben 1983), as `fulcrum plot --chart graph` draws it: an arc leads from an "
        "event to one that it schedules, or, dashed, cancels."
    )
    shown = "\n".join(['<div class="graph">', *pictures, "</div>", "", caption, ""])
    return MERMAID.sub(lambda _: shown, text, count=1)


def run_sphinx(source: Path, made: Path, cache: Path, studies: Iterable[Study]) -> None:
    """Write the pages; a warning is an error."""
    from sphinx.application import Sphinx
    from sphinx.util.console import nocolor
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    from sim.version import __version__

    by_card = {study.card: asdict(study) for study in studies if study.card}
    settings = {
        "version": __version__,
        "html_title": f"Fulcrum {__version__}",
        "html_static_path": [str(source / "static")],
        "templates_path": [str(HERE / "templates")],
        "exclude_patterns": ["static"],
        "html_context": {"studies": by_card},
    }
    nocolor()
    warnings = source.parent / "warnings"
    with (
        warnings.open("w", encoding="utf-8") as said,
        patch_docutils(),
        docutils_namespace(),
    ):
        sphinx = Sphinx(
            source, HERE, made, cache, "html", confoverrides=settings, status=None, warning=said,
            freshenv=True,
        )  # fmt: skip
        sphinx.connect("doctree-read", _add_pages_below, priority=400)
        sphinx.build(force_all=True)
    if told := warnings.read_text("utf-8").strip():
        raise SiteError(told.replace(f"{source}{os.sep}", ""))
    shutil.rmtree(made / "_sources", ignore_errors=True)


def _add_pages_below(sphinx, doctree) -> None:  # type: ignore[no-untyped-def]
    """Give a page those that stand below it; before Sphinx, at 500, collects them."""
    from sphinx.addnodes import toctree

    name = sphinx.env.docname
    if pattern := BELOW.get(f"{name}.md"):
        pages = [page.removesuffix(".md") for page in matching(pattern)]
        doctree[-1] += toctree(
            "", parent=name, entries=[(None, page) for page in pages], includefiles=pages,
            maxdepth=-1, glob=False, hidden=True, includehidden=False, numbered=0,
            titlesonly=False, caption=None, rawentries=[],
        )  # fmt: skip


def write_texts(made: Path, pages: Mapping[Path, Page]) -> None:
    """Write what the search shows of a page: its sections with their text, as a script.

    A page that is opened from a disk may load a script but fetch no page.
    """
    texts = {
        path.relative_to(made).as_posix(): [
            [section.anchor, section.title, section.text] for section in page.sections
        ]
        for path, page in pages.items()
        if path.parent.name != STUDIES and page.sections
    }
    told = json.dumps(texts, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    _write(made / "_static/texts.js", f"window.fulcrumTexts = {told};\n".encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
