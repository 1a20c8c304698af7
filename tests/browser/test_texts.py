"""Cards, tables and the heading say what the page in Python says, and the same in another language."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import card_texts
import pytest
from page_texts import card_unit, unit_of, verdict
from web_calls import Calls, same

import sim
from sim.analysis.answers import hangs_text
from sim.analysis.comparison_tables import cell, standing
from sim.analysis.rows import Row
from sim.browser import FOLDER
from sim.reporting.tables import write_records
from ui import text
from ui.live.languages import table, words

TEXTS = "../../ui/live/texts"
#: Words of a verdict that no German sentence has.
ENGLISH = re.compile(
    r"\b(better|worse|higher|lower|clearly|mostly|depends|settled|futures?|runs?|pairs?|scenarios?|against|"
    r"difference|interval|points|likely|average|averages|baseline|assumptions|never|values|where|only|the)\b"
)


def bare(markdown: str) -> str:
    """Markdown without its marks."""
    return re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)\*+", "", markdown)).replace(text.JOINER, "")


def add_row(calls: Calls, row: Row) -> None:
    """Add what cards and tables say of a row."""
    calls.add(f"{TEXTS}.valuePiece", card_texts.value_text(row), row)
    calls.add(f"{TEXTS}.cardRange", card_texts.range_text(row), row)
    calls.add(f"{TEXTS}.cardDifference", card_texts.difference_text(row), row)
    calls.add(f"{TEXTS}.cardUnit", card_unit(row), row)
    calls.add(f"{TEXTS}.unitOf", unit_of(row), row)
    calls.add(f"{TEXTS}.cellLines", cell(row, row.verdict == "baseline").split("\n"), row)


def add_comparison(calls: Calls, found: sim.Comparison) -> None:
    """Add all of a comparison: its rows, its records, its order, what leads a page."""
    records = json.loads(write_records(found.table(), "json"))
    for row, record in zip(found.rows, records, strict=True):
        add_row(calls, row)
        if row.gap or row.level:
            calls.add("rows.tableRecord", record, row)
    raw = [replace(row, p_holm=None) for row in found.rows]
    calls.add("rows.holmOf", [row.p_holm for row in found.rows], raw)
    for name in found.headlines:
        calls.add(f"{TEXTS}.standing", standing(found.rows, name), list(found.rows), name)
    hung = [
        f"{row.label}: {card_texts.uncapitalize(hangs_text(row)).removeprefix('it is ')}"
        for name in found.headlines
        for row in sorted(
            (r for r in found.rows if r.outcome == name and r.turns), key=lambda r: -r.turns[0].p
        )[-1:]
    ]
    calls.add(f"{TEXTS}.hangingTexts", hung, list(found.rows), list(found.headlines))
    for scenario in found.scenarios:
        told = [found.row(name, scenario) for name in found.headlines]
        if told[0].verdict == "baseline":
            continue
        for shown in (told, [replace(row, verdict="identical") for row in told]):
            for central in (False, True):
                title, against = told[0].title, found.row(told[0].outcome, found.baseline).title
                wanted = bare(verdict(shown, title, against, central))
                calls.add(f"{TEXTS}.headlineText", wanted, shown, title, against, central)


@pytest.fixture(scope="module")
def compared(results: list[sim.Ensemble]) -> list[sim.Comparison]:
    """Both studies over futures, and one with its assumptions held."""
    files = [
        Path("scenarios/port_strike", f"{n}.yaml") for n in ("sit_it_out", "mediate", "reroute")
    ]
    held = sim.run(sim.load(files, futures=0, replications=60))
    return [sim.compare(ensemble) for ensemble in (*results, held)]


@pytest.fixture(scope="module")
def said(
    node: str, compared: list[sim.Comparison], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, Any, Any]]:
    """What Python and what JavaScript say."""
    calls = Calls()
    for found in compared:
        add_comparison(calls, found)
    return calls.run(node, tmp_path_factory.mktemp("texts"))


def test_each_text_and_number_is_that_of_python(said: list[tuple[str, Any, Any]]) -> None:
    for name, wanted, got in said:
        if name == "valuePiece":
            assert got["text"] == wanted
        elif name == "tableRecord":
            assert list(got) == list(wanted)
            assert all(same(wanted[key], got[key]) for key in wanted), (wanted, got)
        elif name == "holmOf":
            assert all(same(p, row["pHolm"]) for p, row in zip(wanted, got, strict=True))
        else:
            assert got == wanted, name
    names = [name for name, _, _ in said]
    assert names.count("tableRecord") > 200
    assert names.count("headlineText") > 40


def test_each_number_of_a_text_is_one_of_its_record(
    node: str, compared: list[sim.Comparison], tmp_path: Path
) -> None:
    calls, records = Calls(), []
    for found in compared:
        for row, record in zip(found.rows, found.table(), strict=True):
            for function in ("valuePiece", "rangeTold", "differenceTold", "leadPiece", "restTold"):
                calls.add(f"{TEXTS}.{function}", None, row)
                records.append(record)
    seen = set()
    for record, (_, _, got) in zip(records, calls.run(node, tmp_path), strict=True):
        for piece in got if isinstance(got, list) else [got]:
            if isinstance(piece, dict):
                seen.add(piece["statistic"])
                assert same(record[piece["statistic"]], piece["value"])
    assert {
        "level_q50",
        "level_q05",
        "difference_q50",
        "futures_higher",
        "futures_lower",
        "mean",
    } <= seen


def german() -> dict[str, str]:
    return {
        key.removeprefix("answers."): by["de"]
        for key, by in table().items()
        if key.startswith("answers.")
    }


def english(node: str) -> dict[str, str]:
    program = (
        f'import {{ PHRASES }} from "{FOLDER / "phrases.js"}"; console.log(JSON.stringify(PHRASES))'
    )
    command = [node, "--input-type=module", "--eval", program]
    found: dict[str, str] = json.loads(
        subprocess.run(command, capture_output=True, check=True).stdout
    )
    return found


def test_each_phrase_has_both_languages_and_the_same_places(node: str) -> None:
    one, other = english(node), german()
    assert list(one) == list(other)
    for key, phrase in one.items():
        assert sorted(re.findall(r"{\w+", phrase)) == sorted(re.findall(r"{\w+", other[key])), key


def in_german(row: Row, number: int) -> Row:
    """A row whose own words are no English ones."""
    turns = tuple(
        replace(t, label="Zins", unit="Tage", words=("rot",) * len(t.words)) for t in row.turns
    )
    return replace(row, label="Wartezeit", title=f"Szenario {number}", unit="Tage", turns=turns)


def add_german(calls: Calls, told: Sequence[Row]) -> None:
    base, *others = told
    for row in told:
        for function in (
            "valuePiece",
            "cardRange",
            "cardDifference",
            "cellLines",
            "unitOf",
            "shortVerdict",
        ):
            calls.add(f"{TEXTS}.{function}", None, row)
        calls.add("wording.levelText", None, row)
    for row in others:
        for function in ("verdictText", "differenceText", "futuresText"):
            calls.add(f"rows.{function}", None, row)
        for function in ("verdictPhrase", "hangsText"):
            calls.add(f"answers.{function}", None, row)
        calls.add("briefs.briefPhrase", None, row)
        calls.add("answers.answerText", None, row, base)
        for central in (False, True):
            calls.add(f"{TEXTS}.headlineText", None, [row], row.title, base.title, central)
    calls.add("answers.sentence", None, base, others, True)
    calls.add(f"{TEXTS}.hangingTexts", None, others, [base.outcome], True)


def test_other_outcomes_are_named_by_their_verdict(
    node: str, compared: list[sim.Comparison], tmp_path: Path
) -> None:
    calls = Calls()
    names = words("en")
    some = next(
        row for row in compared[0].rows if row.goal == "minimize" and row.gap and not row.unpaired
    )
    made = {
        "clearly higher": "A", "mostly lower": "B", "depends on the assumptions": "C",
        "identical": "D", "no difference that matters": "E", "too few events": "F",
        "mostly higher": "G", "clearly lower": "H", "mostly the same": "I",
    }  # fmt: skip
    rows = [replace(some, verdict=verdict, label=label) for verdict, label in made.items()]
    cases = {
        "": [row for row in rows if row.label in "DEFI"],
        "Worse: A · Better: B": [row for row in rows if row.label in "ABD"],
        "Worse: A, G · Depends on the assumptions: C and 2 more": rows,
        "Worse: B · Depends on the assumptions: C · Better: A": [
            replace(row, goal="maximize") for row in rows[:4]
        ],
    }
    for told, given in cases.items():
        calls.add(f"{TEXTS}.othersText", told, names, given)
    calls.add(f"{TEXTS}.othersText", "", names, [replace(row, goal="") for row in rows])
    few = replace(rows[0], gap=None, verdict="higher", p_holm=0.2)
    calls.add(f"{TEXTS}.othersText", "", names, [few])
    calls.add(f"{TEXTS}.othersText", "Schlechter: A, G", words("de"),
              [replace(row, verdict="clearly higher") for row in (rows[0], rows[6])])  # fmt: skip
    for _, wanted, got in calls.run(node, tmp_path):
        assert got == wanted


def test_a_page_in_german_says_no_english_word(
    node: str, compared: list[sim.Comparison], tmp_path: Path
) -> None:
    calls = Calls()
    calls.add("phrases.speak", None, {f"answers.{key}": of for key, of in german().items()})
    for found in compared:
        for name in dict.fromkeys(row.outcome for row in found.rows):
            kept = [row for row in found.rows if row.outcome == name]
            kept.sort(key=lambda row: row.verdict != "baseline")
            add_german(calls, [in_german(row, i) for i, row in enumerate(kept)])
    calls.add("wording.decimal", None, -1234.5, 2, True)
    calls.add("wording.thousands", None, 12345)
    told = [json.dumps(got, ensure_ascii=False) for name, _, got in calls.run(node, tmp_path)]
    assert told[-2:] == ['"−1.234,50"', '"12.345"']
    texts = [re.sub(r'"(statistic|text|value)":|"(level_q50|mean)"', "", line) for line in told]
    assert [line for line in texts if ENGLISH.search(line)] == []
    assert any("besser in" in line for line in texts)
    assert any("eindeutig" in line for line in texts)
