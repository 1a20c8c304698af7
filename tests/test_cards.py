"""Measured model cards among the docs: when they are measured anew, and that it gives the same text."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from docs.generate.cards import MEASURED, digest, model_cards
from sim.reporting.card import model_card

ROOT = Path(__file__).parent.parent
#: A run of these takes most of a millisecond, and their card a minute or more of two processors:
#: `python -m docs.generate --measure` measures them too.
LONG = {"epidemic", "waiting_list"}
CARDS = sorted(page.stem for page in (ROOT / "docs/models").glob("*.md"))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in CARDS if name not in LONG])
def test_a_card_measured_again_has_the_same_text(name: str) -> None:
    page = (ROOT / "docs/models" / f"{name}.md").read_text(encoding="utf-8")
    again = model_card(ROOT / "scenarios" / name / "model.yaml", measured=True).text
    assert page.rpartition("\n<!-- measured: ")[0] == again


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of a study with its facts, and a page for its card."""
    shutil.copytree(ROOT / "scenarios/shutdown", tmp_path / "scenarios/shutdown")
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    (tmp_path / "docs/models").mkdir(parents=True)
    (tmp_path / "docs/models/shutdown.md").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    "file", ["model.yaml", "blocks/side.yaml", "calibration.yaml", "compare.yaml", "seeds"]
)
def test_a_change_of_what_it_rests_on_changes_the_digest(copy: Path, file: str) -> None:
    model = copy / "scenarios/shutdown/model.yaml"
    before = digest(model)
    changed = copy / "seeds/shutdown.yaml" if file == "seeds" else model.parent / file
    changed.write_text(changed.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert digest(model) != before


def test_a_lesson_is_no_part_of_what_is_measured(copy: Path) -> None:
    model = copy / "scenarios/shutdown/model.yaml"
    before = digest(model)
    with (model.parent / "guide.yaml").open("a", encoding="utf-8") as guide:
        guide.write("# changed\n")
    assert digest(model) == before


def test_measured_sections_are_kept_while_nothing_changes(copy: Path) -> None:
    page = copy / "docs/models/shutdown.md"
    model = copy / "scenarios/shutdown/model.yaml"
    mark = f"<!-- measured: {digest(model)} -->\n"
    page.write_text(f"old\n{MEASURED}\nwhat was measured\n\n{mark}", encoding="utf-8")
    text = model_cards(copy / "docs")[page]
    assert text == model_card(model).text + f"{MEASURED}\nwhat was measured\n\n{mark}"
    page.write_text(f"old\n{MEASURED}\nwhat was measured\n", encoding="utf-8")
    text = model_cards(copy / "docs")[page]
    assert "what was measured" not in text and text.endswith(mark) and MEASURED in text
