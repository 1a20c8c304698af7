"""A scenario explored in a notebook: the page stands in a frame, and a reader without frames is told."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import sim
from ui import live
from ui.live.document import make_document
from ui.live.notebook import Exploration
from ui.live.publish import page

STUDY = "scenarios/port_strike"


@pytest.fixture(autouse=True)
def stub(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the component, with every sign that an attribute has to escape."""
    monkeypatch.setattr(
        live, "page_script", lambda: "const mount = () => 1 < 2 && \"a\" > 'b&amp;';"
    )


@pytest.fixture
def explored(root: Path) -> Exploration:
    base = sim.load_scenario(root / STUDY / "sit_it_out.yaml")
    mediated = base.with_settings({"mediation": "called"}, "mediated")
    return base.explore(mediated, levers=["mediation"], title='<b>Strike</b> & "more"', seed=3)


class Frame(HTMLParser):
    """The frame of a cell as a browser reads it, and the text beside it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.given: dict[str, str | None] = {}
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "iframe":
            self.given = dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_cell_holds_the_page_in_a_closed_frame(explored: Exploration) -> None:
    frame = Frame(explored._repr_html_())
    assert frame.tags == ["iframe", "p", "small", "code"]
    assert frame.given["srcdoc"] == explored.html
    (given,) = re.findall(r' sandbox="([^"]*)"', explored._repr_html_().partition("srcdoc")[0])
    rights = given.split()
    assert "allow-scripts" in rights and "allow-downloads" in rights
    assert "allow-same-origin" not in rights, "its script cannot reach the notebook"
    assert frame.given["title"] == explored.title == '<b>Strike</b> & "more"'
    assert "resize" in (frame.given["style"] or "") and int(frame.given["height"] or 0) > 600


def test_a_reader_without_frames_is_told_what_is_missing(explored: Exploration) -> None:
    text = Frame(explored._repr_html_().partition("</iframe>")[2]).text
    assert "sit_it_out, mediated" in text and sim.formatting.TOY in text and "save" in text
    assert len(repr(explored)) < 200


def test_it_is_the_page_that_is_published(
    explored: Exploration, root: Path, tmp_path: Path
) -> None:
    base = sim.load_scenario(root / STUDY / "sit_it_out.yaml")
    mediated = base.with_settings({"mediation": "called"}, "mediated")
    same = sim.make_experiment([base, mediated], seed=3)
    made = page(make_document(same, levers=["mediation"], title=explored.title))
    assert explored.html == made
    explored.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8") == made
    (tmp_path / "mine.html").write_text("mine")
    with pytest.raises(sim.ExperimentError, match="not-a-page"):
        explored.save(tmp_path / "mine.html")


def test_wrong_words_are_refused(root: Path) -> None:
    base = sim.load_scenario(root / STUDY / "sit_it_out.yaml")
    with pytest.raises(sim.ExperimentError, match="did you mean 'mediation'"):
        base.explore(levers=["mediaton"])
    with pytest.raises(sim.ExperimentError, match="there is no language 'fr'"):
        base.explore(language="fr")
    with pytest.raises(sim.ExperimentError, match="expected scenarios"):
        base.explore("mediate")  # type: ignore[arg-type]


def test_a_missing_page_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = sim.load_scenario(root / STUDY / "sit_it_out.yaml")
    monkeypatch.setitem(sys.modules, "ui.live.notebook", None)
    with pytest.raises(sim.ExperimentError, match="missing-package: this installation has no page"):
        base.explore()
