"""Single faults put into copies of the study's model: each is found, in its place, and alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.errors import ModelError
from sim.study.scenario import parse_scenario

STUDY = Path(__file__).parent.parent / "scenarios" / "ukraine_2025"


def line_of(text: str, at: int) -> tuple[int, int]:
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def after(text: str, *words: str) -> int:
    """The place behind words that follow each other in a text."""
    at = 0
    for word in words:
        at = text.index(word, at) + len(word)
    return at


@pytest.fixture(scope="module")
def model() -> str:
    return (STUDY / "model.yaml").read_text(encoding="utf-8")


def insert(text: str, at: int, new: str, cut: int = 0) -> tuple[str, int]:
    """Put a text in, and return the place of its mark «."""
    mark = new.index("«")
    return text[:at] + new.replace("«", "") + text[at + cut :], at + mark


def check(text: str, place: int, code: str, word: str, more: int = 0) -> None:
    with pytest.raises(ModelError) as caught:
        parse_scenario(text, STUDY / "copy.yaml")
    found = caught.value.diagnostics
    assert found[0].span is not None
    where = (found[0].span.line, found[0].span.column)
    assert (where, found[0].code) == (line_of(text, place), code), str(caught.value)[:2000]
    assert word in found[0].message + found[0].help
    assert len(found) == 1 + more, str(caught.value)[:2000]


#: A section, an entry added at its top with « at the fault, its code, and a word of the message.
ADDED = [
    ("levers", "x1: {default: 5, range: «[9, 1]}", "bad-range", "low end"),
    ("levers", "x1: {default: «50, range: [0, 10]}", "out-of-range", "outside the range"),
    ("levers", "x1: {default: «yes_please, options: [no_thanks, maybe]}", "unknown-option", "maybe"),
    ("levers", "x1: {default: 5, unit: «7}", "wrong-type", "text"),
    ("levers", "x1: {«defalt: 5}", "unknown-key", "default"),
    ("levers", "«x1: {range: [0, 1]}", "missing-key", "default"),
    ("levers", "x1: {default: 5, fact: «tariff_deadlin}", "unknown-fact", "tariff_deadline"),
    ("levers", "x1: {default: 5, unit: «week, fact: tariff_deadline}", "other-unit", "day"),
    ("parameters", "«x1: {range: [0, 1]}", "missing-key", "assume"),
    ("parameters", "x1: {assume: «7, range: [0, 1]}", "out-of-range", "outside"),
    ("parameters", "x1: {assume: 0.5, range: [0, 1], shape: «gaussian}", "wrong-type", "uniform"),
    ("state", "x1: {initial: «tariff_ratee * 2}", "unknown-name", "tariff_rate"),
    ("state", "«x1: {range: [0, 1]}", "missing-key", "initial"),
    ("state", "x1: {initial: «5, range: [0, 1]}", "out-of-range", "outside"),
    ("derived", "x1: 2 * «escalatoin", "unknown-name", "not defined"),
    ("derived", "x1: «now * 2", "now-not-allowed", "now"),
    ("derived", "«x1: x1 + 1", "derived-cycle", "itself"),
    ("events", "x1: {at: 3, if: «bernoulli(0.5)}", "draw-not-allowed", "guard"),
    ("events", "x1: {at: 3, do: «extra = 1}", "unread-local", "never read"),
    ("events", "x1: {at: 3, do: «tariff_rate = 1}", "not-assignable", "lever"),
    ("events", "x1: {at: 3, «every: 5}", "conflicting-keys", "both"),
    ("events", "x1: {rate: «normal(0)}", "argument-count", "2 arguments"),
    ("events", "x1: {rate: «now}", "now-not-allowed", "rate"),
    ("events", "x1: {at: 3, then: [{schedule: «salvoo}]}", "unknown-event", "salvo"),
    ("events", "x1: {when: tariff_rate «&& true}", "syntax", "'and'"),
    ("events", "x1: {when: instrument == «'secondary_tarif'}", "unknown-option", "secondary_tariff"),
    ("events", 'x1: {at: 3, tell: "«{nothing} at all"}', "unknown-name", "nothing"),
    ("events", "x1: {at: «2025-02-30}", "bad-date", "not a date"),
    ("outcomes", "x1: {ever: «tariff_rate}", "type-mismatch", "true or false"),
    ("outcomes", "x1: {final: tariff_rate, goal: «maximise}", "wrong-type", "maximize"),
    ("outcomes", "«x1: {unit: day}", "missing-key", "statistic"),
]  # fmt: skip


@pytest.mark.parametrize(("section", "entry", "code", "word"), ADDED, ids=[a[1] for a in ADDED])
def test_one_fault(model: str, section: str, entry: str, code: str, word: str) -> None:
    text, place = insert(model, after(model, f"\n{section}:\n"), f"  {entry}\n")
    check(text, place, code, word)


def test_typo_in_a_section(model: str) -> None:
    at = model.index("\noutcomes:") + 1
    check(*insert(model, at, "«outcome:", len("outcomes:")), "unknown-key", "outcomes")


def test_duplicate_key(model: str) -> None:
    at = after(model, "\nlevers:\n")
    name = re.findall(r"^  (\w+):", model[at:], re.MULTILINE)[0]
    text, place = insert(model, model.index("\nparameters:") + 1, f"  «{name}: {{default: 1}}\n")
    check(text, place, "duplicate-key", f"'{name}'")


def test_missing_horizon(model: str) -> None:
    line = next(line for line in model.split("\n") if line.startswith("time:"))
    check(
        *insert(model, model.index(line), "«time: {unit: day}", len(line)), "missing-key", "horizon"
    )


def test_a_name_misspelt_where_it_is_declared_is_told_where_it_is_used(model: str) -> None:
    """The model's own typo: every use of the name is a fault, and each is pointed at."""
    at = after(model, "\nstate:\n")
    name = next(
        line.strip().split(":")[0]
        for line in model[at:].split("\n")
        if ":" in line and "#" not in line
    )
    text = model.replace(f"\n  {name}: ", f"\n  {name}_typo: ", 1)
    with pytest.raises(ModelError) as caught:
        parse_scenario(text, STUDY / "copy.yaml")
    for fault in caught.value.diagnostics:
        assert name in fault.message + fault.help
        assert fault.span is not None


def test_a_file_of_facts_that_is_not_there(model: str) -> None:
    at = model.index("../../seeds/article.yaml")
    text, place = insert(model, at, "«../../seeds/articles.yaml", len("../../seeds/article.yaml"))
    check(text, place, "no-file", "articles.yaml")
