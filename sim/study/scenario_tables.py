"""Tables of scenarios: each row of a CSV file is one, each column a lever or parameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sim.errors import Diagnostic, ExperimentError, ModelError, did_you_mean
from sim.language.names import name_error
from sim.model.fields import MAX_LABEL
from sim.model.types import Value
from sim.study.paths import existing, shown
from sim.study.scenario import Scenario, load_scenario
from sim.study.settings import TIME_SETTINGS
from sim.yaml import Scalar, read_csv

#: Columns that are no levers or parameters.
NAME, TITLE, OF = "scenario", "title", "of"
#: How spreadsheets write true and false.
SPREADSHEET = {"TRUE": True, "FALSE": False}


def read_scenarios(path: Path, base: Scenario | None) -> list[Scenario]:
    """Return the scenarios of a table, in the order of its rows.

    An empty cell leaves the value of what the row is laid over: the file in its column `of`,
    else `base`.

    Raises
    ------
    ModelError
        With every error of the table, at its cell.
    """
    table = read_csv(path, shown(path))
    errors: list[Diagnostic] = []
    if NAME not in table.names:
        words = f"there is no column '{NAME}', which names the scenario of a row"
        errors.append(Diagnostic("missing-key", words, table.header[0].span))
    if base is None and OF not in table.names:
        words = f"neither the experiment nor a column '{OF}' says what the rows are laid over"
        help = "write 'of: model.yaml' in the experiment"
        errors.append(Diagnostic("missing-key", words, table.header[0].span, help))
    if not table.rows:
        words = "there are no scenarios in this file"
        errors.append(Diagnostic("empty", words, table.header[0].span))
    if errors:
        raise ModelError(errors)
    found: list[Scenario] = []
    unknown: set[str] = set()
    for row in table.rows:
        cells = dict(zip(table.names, row, strict=True))
        try:
            scenario = _base(path, cells.get(OF), base, cells[NAME])
        except ModelError as error:
            errors += error.diagnostics
            continue
        if fault := name_error(cells[NAME].text, spoken=False):
            words = f"'{cells[NAME].text}' {fault}"
            errors.append(Diagnostic("bad-name", words, cells[NAME].span))
        elif cells[NAME].text in [one.name for one in found]:
            words = f"two scenarios are called '{cells[NAME].text}'"
            errors.append(Diagnostic("duplicate-scenario", words, cells[NAME].span))
        model = scenario.model
        known = [*model.levers, *model.parameters, *TIME_SETTINGS]
        for head in table.header:
            if head.text not in (NAME, TITLE, OF, *known, *unknown):
                words = f"model '{model.name}' has no lever or parameter '{head.text}'"
                errors.append(
                    Diagnostic("unknown-lever", words, head.span, did_you_mean(head.text, known))
                )
                unknown.add(head.text)
        settings = _settings(scenario, {n: c for n, c in cells.items() if n in known}, errors)
        made = scenario.with_settings(settings, cells[NAME].text)
        title = cells[TITLE].text if TITLE in cells else ""
        if len(title) > MAX_LABEL:
            words = f"the text is longer than {MAX_LABEL} characters"
            errors.append(Diagnostic("wrong-type", words, cells[TITLE].span))
        found.append(replace(made, title=title or made.name.replace("_", " ")))
    if errors:
        raise ModelError(dict.fromkeys(errors))
    return found


def _base(path: Path, of: Scalar | None, base: Scenario | None, name: Scalar) -> Scenario:
    """Return what a row is laid over."""
    if of is not None and of.text:
        return load_scenario(existing(path, of))
    if base is None:
        words = f"the row of '{name.text}' does not say what it is laid over"
        raise ModelError(Diagnostic("missing-key", words, (of or name).span))
    return base


def _settings(
    scenario: Scenario, cells: Mapping[str, Scalar], errors: list[Diagnostic]
) -> dict[str, Value]:
    """Return the values of a row; report those that their levers cannot have."""
    found: dict[str, Value] = {}
    for name, cell in cells.items():
        entry = scenario.model.levers.get(name) or scenario.model.parameters.get(name)
        kind = entry.type.kind if entry is not None else ""
        value = cell.text if kind == "option" else cell.value
        if kind == "boolean" and cell.text in SPREADSHEET:
            value = SPREADSHEET[cell.text]
        if not cell.text or value is None:
            continue
        try:
            scenario.with_settings({name: value})
        except (ExperimentError, ModelError) as error:
            errors += [replace(d, span=cell.span) for d in error.diagnostics]
        else:
            found[name] = value
    return found
