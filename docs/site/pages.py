"""What the built pages hold: their links, their anchors, and their text by section."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: The attributes by which a page leads elsewhere or loads something.
LINKS = ("href", "src", "poster", "data", "action")
#: Elements without an end.
VOID = (
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
)  # fmt: skip
#: Words of these are no text of a page.
SILENT = ("script", "style", "svg", "template")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@dataclass
class Section:
    """A heading with what stands below it, up to the next one."""

    anchor: str
    title: str = ""
    text: str = ""


@dataclass
class Page:
    """A built page."""

    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    sections: list[Section] = field(default_factory=list)
    title: str = ""
    description: str = ""


def read_pages(site: Path) -> dict[Path, Page]:
    """Read every page of a site, by its path."""
    return {path: read_page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}


def read_page(text: str) -> Page:
    """Read one page.

    Examples
    --------
    >>> page = read_page('<article><section id="a"><h1>A</h1>See <a href="b.html">b</a>')
    >>> page.links, page.anchors, page.sections
    (['b.html'], {'a'}, [Section(anchor='a', title='A', text='See b')])
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    for section in reader.page.sections:
        section.title = " ".join(section.title.split())
        section.text = " ".join(section.text.split())
    return reader.page


def broken_links(pages: Mapping[Path, Page]) -> list[str]:
    """Name every link that stays in the site and leads to no file, or to no anchor of a page.

    Links to another host and pieces of data are passed over; a reader follows the former.
    """
    faults = []
    for path, page in pages.items():
        for link in dict.fromkeys(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not link:
                continue
            target = Path(os.path.normpath(path.parent / unquote(parts.path)))
            if not parts.path:
                target = path
            anchor = unquote(parts.fragment)
            if not target.is_file():
                faults.append(f"{path}: no file for '{link}'")
            elif anchor and target in pages and anchor not in pages[target].anchors:
                faults.append(f"{path}: no anchor for '{link}'")
    return faults


class _Reader(HTMLParser):
    """Collects a page in one pass."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.page.links += [given[name] for name in LINKS if given.get(name)]
        if "id" in given:
            self.page.anchors.add(given["id"])
        if tag == "meta" and given.get("name") == "description":
            self.page.description = given.get("content", "")
        if tag == "section" and "id" in given:
            self.page.sections.append(Section(given["id"]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if any(tag in SILENT for tag in self.open):
            return
        if self.open[-1:] == ["title"]:
            self.page.title += data
        if "article" not in self.open or not self.page.sections:
            return
        section = self.page.sections[-1]
        if any(tag in HEADINGS for tag in self.open):
            # The sign that links to a heading is no part of it.
            section.title += "" if data == "¶" else data
        else:
            blank = "" if self.open[-1] in ("span", "a", "code", "strong", "em") else " "
            section.text += blank + data
