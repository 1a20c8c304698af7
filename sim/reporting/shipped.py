"""The studies that come with the package, as tables: all of them, and one with what is in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sim.analysis.result import Column, Grid, outcome_label
from sim.formatting import counted, direction, first_sentence, plural, short_title
from sim.model.dates import setting_text
from sim.model.naming import family_of
from sim.model.types import Lever, Model
from sim.study.shipped import Study

Record = dict[str, object]


def study_records(studies: Sequence[Study]) -> list[Record]:
    """Return a record of each study, with the command that begins one's own from it.

    Examples
    --------
    >>> from sim.study.shipped import shipped_study
    >>> [record] = study_records([shipped_study("port_strike")])
    >>> record["title"], record["levers"], record["next"]
    ('A dock strike and three ways to meet it', 7, 'fulcrum new mine --from port_strike')
    """
    return [
        {
            "study": study.name,
            "title": study.model.title,
            "purpose": first_sentence(study.model.docs.get("purpose", "")),
            "levers": len(study.levers),
            "scenarios": len(study.scenarios),
            "outcomes": len(study.model.headlines),
            "lesson_minutes": study.model.guide.minutes if study.model.guide else None,
            "next": f"fulcrum new mine --from {study.name}",
        }
        for study in studies
    ]


def study_grid(records: Sequence[Record]) -> Grid:
    """Return these records as a table for readers; what each is for takes a screen of its own."""
    columns = (
        Column("Study"), Column("Title"), Column("Levers", True), Column("Scenarios", True),
        Column("Lesson", True),
    )  # fmt: skip
    keys = ("study", "title", "levers", "scenarios", "lesson_minutes")
    rows = [[_cell(key, record[key]) for key in keys] for record in records]
    return Grid(columns, rows)


def _cell(key: str, value: object) -> str:
    if key == "lesson_minutes":
        return f"{value} min" if value else "–"
    return str(value)


def part_records(study: Study) -> list[Record]:
    """Return a record of each lever, headline outcome and scenario of a study."""
    model = study.model
    return [*_levers(model), *_outcomes(model), *_scenarios(study)]


def _levers(model: Model) -> Iterator[Record]:
    for name, members in groupby(model.levers.values(), key=lambda lever: family_of(lever.name)):
        levers = list(members)
        about = _declared(model, name, levers[0])
        label = about.label or name.replace("_", " ")
        yield _record("lever", name, label, _values(model, levers), about.help)


def _outcomes(model: Model) -> Iterator[Record]:
    for name in dict.fromkeys(map(family_of, model.headlines)):
        first = next(o for o in model.outcomes.values() if family_of(o.name) == name)
        outcome = _declared(model, name, first)
        values = "; ".join(filter(None, (direction(outcome.goal), outcome.unit)))
        yield _record("outcome", name, outcome_label(outcome), values, outcome.help)


def _declared(model: Model, name: str, cell: Any) -> Any:
    """Return the entry as its author wrote it, once for all members of a set."""
    return model.families[name].base if name in model.families else cell


def _scenarios(study: Study) -> Iterator[Record]:
    for one in study.scenarios:
        yield _record("scenario", one.name, one.title, f"{study.name}/{one.file.name}", one.about)


def _record(part: str, name: str, label: str, values: str, about: str) -> Record:
    return {
        "is": part, "name": name, "label": label, "values": values, "about": " ".join(about.split())
    }  # fmt: skip


def _values(model: Model, levers: Sequence[Lever]) -> str:
    """Return what a lever can be set to, and how it stands where nobody moves it."""
    first = levers[0]
    stand = " or ".join(dict.fromkeys(setting_text(model, one.name, one.default) for one in levers))
    if first.low is None or first.high is None:
        return f"{', '.join(first.type.options) or 'false, true'} (as it is: {stand})"
    low, high = (setting_text(model, first.name, end) for end in (first.low, first.high))
    unit = "" if first.unit == "share" else plural(first.unit)
    return f"{low} to {high} {unit}".rstrip() + f" (as it is: {stand})"


def part_grids(records: Sequence[Record]) -> list[Grid]:
    """Return the parts of a study as tables for readers."""
    heads = {
        "lever": ("Lever", "Can be set to"),
        "outcome": ("Headline outcome", "Better; unit"),
        "scenario": ("Scenario", "File"),
    }
    return [
        Grid(
            (Column(head), Column(values), Column("About")),
            [
                [str(record[key]) for key in ("label", "values", "about")]
                for record in records
                if record["is"] == part
            ],
        )
        for part, (head, values) in heads.items()
    ]


def lesson_text(model: Model) -> str:
    """Return what the guide of a model offers, in a line; nothing where it has none."""
    guide = model.guide
    if guide is None:
        return ""
    minutes = f", {counted(guide.minutes, 'minute')}" if guide.minutes else ""
    audience = f", for {guide.audience}" if guide.audience else ""
    return f"Lesson: {short_title(guide.title)} – {counted(len(guide.steps), 'step')}{minutes}{audience}."


def commands_to_try(study: Study) -> list[str]:
    """Return commands that run on a study as it comes."""
    name, listed = study.name, study.scenarios
    files = [f"{name}/{one.file.name}" for one in listed[:2]]
    trace = [f"fulcrum trace {files[1]} --against {files[0]}"] if len(files) > 1 else []
    return [
        f"fulcrum compare {name}",
        f"fulcrum levers {name}",
        *trace,
        f"fulcrum publish {name} -o {name}.html",
        f"fulcrum new mine --from {name}",
    ]
