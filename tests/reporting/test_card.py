"""Model cards: complete, current, and the same wherever they are made."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from sim.reporting.card import model_card
from sim.reporting.listings import mermaid
from sim.study.scenario import load_model
from sim.study.shipped import shipped_studies

STUDIES = sorted(shipped_studies())
#: The items of STRESS-DES (Monks et al. 2019).
ITEMS = [
    f"### {s}.{n} "
    for s, last in zip("123456", (3, 5, 4, 3, 4, 1), strict=True)
    for n in range(1, last + 1)
]

Run = Callable[..., tuple[int, str, str]]


#: A card is made once; that of the flagship takes seconds.
card_of = cache(model_card)


@pytest.fixture
def study(root: Path, tmp_path: Path) -> Path:
    """A copy of the smaller study."""
    shutil.copytree(root / "scenarios/port_strike", tmp_path / "scenarios/port_strike")
    shutil.copytree(root / "seeds", tmp_path / "seeds")
    return tmp_path / "scenarios/port_strike/model.yaml"


@pytest.mark.parametrize("name", STUDIES)
def test_cards_are_current_and_whole(root: Path, name: str) -> None:
    model, file = f"scenarios/{name}/model.yaml", f"docs/models/{name}.md"
    card = card_of(root / model)
    assert card.empty == ()
    lines = card.text.splitlines()
    for item in ITEMS:
        assert sum(line.startswith(item) for line in lines) == 1, item
    assert "## What this model must not be used for" in lines
    assert "never a forecast" in card.text
    assert "Empty" not in card.text
    assert str(root) not in card.text
    page = (root / file).read_text(encoding="utf-8")
    plain, _, measured = page.partition("\n## Measured\n")
    assert card.text == plain, f"write it again: fulcrum card {model} --measured -o {file}"
    # whether these are current, tests/test_docs.py tells
    sections = re.findall("^### (.*)", measured, re.MULTILINE)
    assert sections == [
        "Share of variance per assumption", "Plausible region", "What turns each sign",
        "Calibration", "Backtest",
    ]  # fmt: skip


def test_a_card_is_the_same_from_anywhere(
    root: Path, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = model_card(root / "scenarios/port_strike/model.yaml").text
    assert model_card(study).text == here
    monkeypatch.chdir(study.parent)
    assert model_card(Path("model.yaml")).text == here


def test_empty_items_fail(study: Path, fulcrum: Run, tmp_path: Path) -> None:
    text = study.read_text(encoding="utf-8")
    purpose = text.index("  purpose:")
    text = text[:purpose] + text[text.index("  uses:") :]
    text = text.replace("why: 'Illustrative: a mid-sized port.'", "why: ''")
    study.write_text(text, encoding="utf-8")
    card = tmp_path / "card.md"
    code, _, err = fulcrum("card", study, "-o", card)
    assert code == 0  # it is written, and says what is missing
    assert card.is_file()
    code, _, again = fulcrum("card", study, "-o", card, "--check")
    assert code == 1
    assert err == again
    assert err.splitlines() == [
        "empty: docs: purpose",
        "empty: parameter 'ships_a_day': no source or reason",
    ]


def test_a_stale_card_fails(study: Path, fulcrum: Run, tmp_path: Path) -> None:
    card = tmp_path / "cards/card.md"
    assert fulcrum("card", study, "-o", card, "--check")[0] == 1
    assert fulcrum("card", study, "-o", card)[0] == 0
    assert fulcrum("card", study, "-o", card, "--check")[0] == 0
    text = study.read_text(encoding="utf-8").replace("assume: 6.0", "assume: 5.5")
    study.write_text(text, encoding="utf-8")
    code, _, err = fulcrum("card", study, "-o", card, "--check")
    assert code == 1
    assert "is out of date" in err
    assert "| 5.5 |" in fulcrum("card", study)[1]


def test_only_a_model_has_a_card(study: Path, fulcrum: Run) -> None:
    code, _, err = fulcrum("card", study.parent / "mediate.yaml")
    assert code == 2
    assert "wrong-kind" in err


def test_the_graph_has_every_event_and_edge(root: Path) -> None:
    model = load_model(root / "scenarios/port_strike/model.yaml")
    text = mermaid(model)
    for name, event in model.events.items():
        assert text.count(f"\n    e_{name}") == 1
        for edge in event.then:
            assert any(
                line.startswith(f"  e_{name} ") and line.endswith(f" e_{edge.event}")
                for line in text.splitlines()
            )
    assert "e_settlement -.-> e_talks_fail" in text
    assert "e_ship_arrives -->|if| e_ship_berths" in text


@pytest.mark.parametrize("name", STUDIES)
def test_a_card_shows_code_as_code(root: Path, name: str) -> None:
    text = card_of(root / "scenarios" / name / "model.yaml").text
    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert any("`" in row for row in rows)
    assert not [row for row in rows if "\\`" in row or "\\\\" in row]
