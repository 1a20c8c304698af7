"""What holds under every form of a model is said in JavaScript as in Python, to the letter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from form_models import rivals_run
from test_texts import ENGLISH, german
from web_calls import STATISTICS, Calls, flat, inputs_of, outcome_of, same

import sim
from sim.analysis.form_answers import form_sentences
from sim.analysis.forms import forms_of
from sim.analysis.identity import can_differ, can_vary
from sim.analysis.rows import Under

#: Of a row under a form, what its futures decide.
FIELDS = ("difference", "verdict", "gap", "above", "below", "events")


def ensembles() -> list[sim.Ensemble]:
    """Many futures, so few that a form has under ten, and several scenarios with noise."""
    return [rivals_run(), rivals_run(24), rivals_run(120, 3, 0, 0.2, 2, 5, 9)]


def add_rows(calls: Calls, ensemble: sim.Ensemble) -> None:
    experiment = ensemble.experiment
    compared = sim.compare(ensemble)
    forms = [
        {
            "name": f.name,
            "label": f.label,
            "options": f.options,
            "count": f.count,
            "values": f.values,
        }
        for f in forms_of(experiment)
    ]
    for name in experiment.model.headlines:
        values = ensemble.outcome(name)
        sides = [
            {"scenario": of, "title": of, "table": table, "failed": failed.ravel()}
            for of, table, failed in zip(ensemble.scenarios, values, ensemble.failed, strict=True)
        ]
        for place in range(1, len(sides)):
            how = {
                "blocks": experiment.blocks, "canDiffer": can_differ(experiment, place, 0, name),
                "canVary": can_vary(experiment, place, name), "inputs": inputs_of(experiment),
                "forms": forms,
            }  # fmt: skip
            row = compared.row(name, ensemble.scenarios[place])
            of = outcome_of(experiment.model.outcomes[name])
            calls.add("comparison.compareOutcome", row, STATISTICS, of, sides[place], sides[0], how)


def under_python(under: Under) -> list[Any]:
    head = [under.parameter, under.label, under.option, under.futures, under.forms]
    return [*head, *(x for name in FIELDS for x in flat(getattr(under.row, name)))]


def under_javascript(under: dict[str, Any]) -> list[Any]:
    head = [under[name] for name in ("parameter", "label", "option", "futures", "forms")]
    return [*head, *(x for name in FIELDS for x in flat(under["row"][name]))]


def test_each_row_under_each_form_has_the_bits_of_python(node: str, tmp_path: Path) -> None:
    calls = Calls()
    for ensemble in ensembles():
        add_rows(calls, ensemble)
    verdicts = set()
    for _, row, got in calls.run(node, tmp_path):
        assert len(row.forms) == len(got["forms"]) == 5
        for wanted, found in zip(row.forms, got["forms"], strict=True):
            one, two = under_python(wanted), under_javascript(found)
            assert len(one) == len(two) and all(map(same, one, two)), (one, two)
            verdicts.add(wanted.row.verdict)
    assert {"clearly higher", "mostly lower", "no difference seen", "not settled"} <= verdicts


def test_the_sentences_are_those_of_python(node: str, tmp_path: Path) -> None:
    calls = Calls()
    for ensemble in ensembles():
        found = sim.compare(ensemble)
        rows = list(found.rows)
        some = [
            replace(r, forms=tuple(replace(u, forms=9) for u in r.forms if u.option != "learning"))
            for r in rows
        ]
        for told in (rows, rows[::-1], some, [replace(r, forms=()) for r in rows]):
            sentences = form_sentences(told, found.headlines)
            calls.add("forms.formSentences", sentences, told, list(found.headlines))
    said = calls.run(node, tmp_path)
    assert all(got == wanted for _, wanted, got in said), said
    assert any(any("hangs on" in line for line in wanted) for _, wanted, _ in said)
    assert any(any("forms of “How they decide” that futures" in x for x in w) for _, w, _ in said)
    assert any(not wanted for _, wanted, _ in said)


def test_a_page_in_german_says_them_in_german(node: str, tmp_path: Path) -> None:
    calls = Calls()
    calls.add("phrases.speak", None, {f"answers.{key}": of for key, of in german().items()})
    for ensemble in ensembles():
        found = sim.compare(ensemble)
        rows = [
            replace(
                row, label="Wartezeit", title="Szenario",
                forms=tuple(replace(u, label="Leiter", option="rot") for u in row.forms),
            )
            for row in found.rows
        ]  # fmt: skip
        calls.add("forms.formSentences", None, rows, list(found.headlines))
    told = [line for _, _, got in calls.run(node, tmp_path)[1:] for line in got]
    assert told
    assert [line for line in told if ENGLISH.search(line)] == []
