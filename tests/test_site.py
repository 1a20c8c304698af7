"""The site opens from a disk and from a server, asks no other host, and no link in it is broken."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from docs.site import broken_links, read_pages
from docs.site.build import BELOW, SiteError, matching, navigation, run_sphinx

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent
STUDIES = [path.parent.name for path in sorted(ROOT.glob("scenarios/*/model.yaml"))]
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, built once as `make site` builds it: some 13 s of processor time."""
    folder = tmp_path_factory.mktemp("web") / "site"
    command = [sys.executable, "-m", "docs.site", os.path.relpath(folder, ROOT)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@dataclass
class Visit:
    """A browser's page, with all that it asked for and all that went wrong."""

    page: Any
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@pytest.fixture
def visitor(browser: Any) -> Iterator[Callable[..., Visit]]:
    """``visitor(viewport=…)``: a page that remembers every request and every error."""
    contexts = []

    def begin(**options: Any) -> Visit:
        contexts.append(browser.new_context(**options))
        visit = Visit(contexts[-1].new_page())
        visit.page.on("request", lambda request: visit.asked.append(request.url))
        visit.page.on("pageerror", lambda error: visit.faults.append(str(error)))
        visit.page.on(
            "console", lambda m: m.type in ("error", "warning") and visit.faults.append(m.text)
        )
        return visit

    yield begin
    for context in contexts:
        context.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server of a folder."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_disk_is_enough(site: Path, visitor: Callable[..., Visit]) -> None:
    """Every page, and every link in it as the browser understands it."""
    visit = visitor()
    anchors: dict[str, list[str]] = {}
    links: dict[str, list[str]] = {}
    for path in read_pages(site):
        address = path.as_uri()
        visit.page.goto(address)
        links[address] = visit.page.evaluate("[...document.links].map((link) => link.href)")
        anchors[address] = visit.page.evaluate(
            "[...document.querySelectorAll('[id]')].map((element) => element.id)"
        )
    assert visit.faults == []
    foreign = [url for url in visit.asked if not url.startswith(("file:", "data:", "blob:"))]
    assert foreign == []
    broken = []
    for address, targets in links.items():
        for target in targets:
            if not target.startswith("file:"):
                continue
            base, anchor = urldefrag(target)
            base, anchor = base.partition("?")[0], unquote(anchor)
            there = Path(unquote(urlsplit(base).path)).is_file()
            if not there or (anchor and anchor not in anchors.get(base, [anchor])):
                broken.append(f"{address}: {target}")
    assert broken == []
    assert sum(map(len, links.values())) > 3_000


def test_a_server_serves_it_alone(site: Path, visitor: Callable[..., Visit]) -> None:
    visit = visitor()
    with served(site) as address:
        for path in read_pages(site):
            if path.parent.name != "studies" or path.name == "index.html":
                visit.page.goto(f"{address}/{path.relative_to(site).as_posix()}")
        visit.page.goto("about:blank")
    assert visit.faults == []
    own = (f"{address}/", "data:", "blob:", "about:")
    assert [url for url in visit.asked if not url.startswith(own)] == []


def test_search_works_from_a_disk(site: Path, visitor: Callable[..., Visit]) -> None:
    visit = visitor()
    visit.page.goto((site / "docs/tutorial.html").as_uri())
    box = visit.page.get_by_role("searchbox").or_(visit.page.locator("input[name=q]")).first
    box.fill("Sobol")
    box.press("Enter")
    found = visit.page.locator("#search-results li")
    found.first.wait_for()
    visit.page.get_by_text("Search finished").wait_for()
    names = found.locator(":scope > a").all_inner_texts()
    assert {"Python", "Command line"} <= set(names)
    # Below a page stand the sections with the word, and the text around it.
    deep = visit.page.get_by_role("link", name="sensitivity", exact=True)
    line = visit.page.locator(".found").filter(has=deep)
    assert line.locator("mark").first.inner_text() == "Sobol"
    deep.click()
    visit.page.wait_for_url("**/docs/reference/command-line.html#sensitivity")
    assert visit.faults == []


@pytest.mark.parametrize(
    "page",
    [
        "index.html", "search.html?q=future", "docs/tutorial.html", "docs/reference/language.html",
        "docs/reference/command-line.html", "docs/reference/diagnostics.html",
        "docs/models/ukraine_2025.html", "sim/ARCHITECTURE.html", "benchmarks/RESULTS.html",
    ],
)  # fmt: skip
def test_nothing_is_wider_than_a_phone(
    site: Path, visitor: Callable[..., Visit], page: str
) -> None:
    visit = visitor(viewport=PHONE, has_touch=True)
    visit.page.goto(f"{site.as_uri()}/{page}")
    visit.page.evaluate("scrollTo(500, 0)")
    assert visit.page.evaluate("[document.documentElement.scrollWidth, scrollX]") == [390, 0]


def test_every_page_and_every_study_is_there(site: Path) -> None:
    listed = [page for group in navigation().values() for page in group]
    listed += [page for pattern in BELOW.values() for page in matching(pattern)]
    assert {"README.md", "CHANGELOG.md", "SECURITY.md", "benchmarks/scale.md"} <= set(listed)
    assert set(matching("docs/**/*.md")) <= set(listed)
    for page in listed:
        assert (site / page).with_suffix(".html").is_file(), page
    landing = (site / "index.html").read_text(encoding="utf-8")
    assert len(STUDIES) >= 2
    for name in STUDIES:
        assert f'href="studies/{name}.html"' in landing
        if (ROOT / f"docs/models/{name}.md").is_file():
            assert f'href="docs/models/{name}.html"' in landing
            card = (site / f"docs/models/{name}.html").read_text(encoding="utf-8")
            assert f'href="../../studies/{name}.html"' in card
    for page in ("index.html", "docs/reference/language.html"):
        assert re.search(r'href="[./]*studies/index\.html"', (site / page).read_text("utf-8"))
    assert '<a href="../index.html">' in (site / "studies/index.html").read_text("utf-8")


def test_blocks_are_coloured_and_keep_their_options_to_themselves(site: Path) -> None:
    source = (ROOT / "docs/how-to/many-alike.md").read_text(encoding="utf-8")
    page = (site / "docs/how-to/many-alike.html").read_text(encoding="utf-8")
    options = re.findall(r"^```yaml (file=\S+)", source, re.MULTILINE)
    assert len(options) > 3
    assert not [option for option in options if option in page]
    assert page.count('class="highlight-yaml') == len(re.findall("^```yaml", source, re.MULTILINE))
    assert '<span class="nt">parameters</span>' in page
    card = (site / "docs/models/port_strike.html").read_text(encoding="utf-8")
    assert "flowchart LR" not in card
    for theme in ("light", "dark"):
        picture = (site / f"_static/graph_port_strike_{theme}.svg").read_text(encoding="utf-8")
        assert "Ship takes a berth" in picture


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.html").write_text('<p id="here">b</p>', encoding="utf-8")
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">1</a><a href="b.html#there">2</a><img src="no%20file.png">'
        '<a href="https://example.org/">3</a><a href="#gone">4</a><a href="b.html">5</a>',
        encoding="utf-8",
    )
    faults = [fault.rpartition(" for ")[2] for fault in broken_links(read_pages(tmp_path))]
    assert faults == ["'b.html#there'", "'no%20file.png'", "'#gone'"]


# MyST calls what Sphinx 11 will drop; this process takes every warning of Python for an error.
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning:myst_parser")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:myst_parser")
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("# A\n\nSee [b](b.md).\n", "b.md"),
        ("# A\n\nSee [below](#nothing).\n", "nothing"),
        ("# A\n\n![c](c.png)\n", "c.png"),
    ],
)
def test_a_warning_is_an_error(tmp_path: Path, text: str, fault: str) -> None:
    source = tmp_path / "source"
    (source / "static").mkdir(parents=True)
    (source / "static/icon.svg").write_text("<svg/>", encoding="utf-8")
    (source / "index.rst").write_text("Home\n====\n\n.. toctree::\n\n   a\n", encoding="utf-8")
    (source / "a.md").write_text(text, encoding="utf-8")
    with pytest.raises(SiteError, match=rf"a\.md.*{re.escape(fault)}"):
        run_sphinx(source, tmp_path / "made", tmp_path / "cache", [])


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    command = [sys.executable, "-m", "docs.site", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "name another folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
