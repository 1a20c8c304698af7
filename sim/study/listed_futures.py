"""Files of futures: one future a row, one uncertain parameter a column, options as words."""

from __future__ import annotations

import csv
import hashlib
import io
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sim.engine.codegen.program import generate
from sim.engine.protocol import Floats
from sim.errors import Diagnostic, ModelError, Span, did_you_mean
from sim.model.checks import Report, check_value
from sim.model.fields import MAX_FUTURES
from sim.model.types import Model, Parameter, Value
from sim.study.paths import shown
from sim.yaml import Csv, Scalar, read_csv

#: Bytes of a file.
MAX_BYTES = 200_000_000
#: Significant digits of a number that is fitted: 300 futures of 180 parameters are 0.4 MB.
DIGITS = 5
#: Columns that name the rows.
IDS = ("future", "id")
_log = logging.getLogger("sim")
_DIGEST = re.compile(r"^#.*\bmodel ([0-9a-f]{16})\b", re.MULTILINE)


def model_digest(model: Model) -> str:
    """Return a digest of what a model does at given parameters, and of their values and ranges.

    Returns
    -------
    str
        16 hexadecimal digits. Labels and reasons do not change it.
    """
    entries = [(p.name, p.value, p.type.options, p.low, p.high) for p in model.parameters.values()]
    levers = [(lever.name, lever.default) for lever in model.levers.values()]
    text = repr((generate(model).digest, sorted(entries), sorted(levers)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def futures_text(model: Model, names: Sequence[str], futures: Floats, origin: str) -> str:
    """Return the text of a file of futures; `read_futures` gives the same numbers back, bit for bit.

    Parameters
    ----------
    names
        The uncertain parameters, in the order of the columns.
    futures : float64[future, parameter]
        Their values, an option as its place among the words.
    origin
        Where they come from, for the comment above the header.
    """
    parameters = [model.parameters[name] for name in names]
    made = io.StringIO()
    made.write(f"# {origin}; model {model_digest(model)}\n")
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(names)
    for row in futures:
        writer.writerow(_word(p, float(v)) for p, v in zip(parameters, row, strict=True))
    return made.getvalue()


def shortened(values: Floats, low: float, high: float) -> Floats:
    """Return numbers of `DIGITS` significant digits; one that would leave its range keeps all of them."""
    short = np.array([float(f"{value:.{DIGITS}g}") for value in values])
    return np.where((short >= low) & (short <= high), short, values)


def _word(parameter: Parameter, value: float) -> str:
    if parameter.type.options:
        return parameter.type.options[int(value)]
    if parameter.type.kind == "boolean":
        return "true" if value else "false"
    return str(int(value)) if parameter.type.kind == "whole" else repr(value)


def read_futures(path: Path, model: Model, base: Model) -> tuple[tuple[str, ...], Floats]:
    """Read a file of futures.

    Parameters whose column is missing keep their central values. A column `future` or `id` names
    the rows, for readers. A file that was made for another
    model, or for another state of this one, is read with a warning, if all its values are allowed.

    Parameters
    ----------
    model
        Whose uncertain parameters they are.
    base
        The model without what a scenario changes, whose digest is held against that of the file.

    Returns
    -------
    tuple
        The names of the columns, and ``float64[future, parameter]``; an option as its place among
        the words.

    Raises
    ------
    ModelError
        With every fault of the file.
    """
    name = shown(path)
    table = read_csv(path, name, MAX_BYTES)
    found = parse_futures(table, model.parameters)
    digest = _DIGEST.search(table.text.content)
    if digest and digest[1] != model_digest(base):
        _log.warning("%s: these futures were kept for another state of model '%s'; make them again "
                     "with 'fulcrum calibrate --fit'", name, base.name)  # fmt: skip
    return found


def parse_futures(
    table: Csv, parameters: Mapping[str, Parameter]
) -> tuple[tuple[str, ...], Floats]:
    """Return the futures of a table, as `read_futures` does.

    Raises
    ------
    ModelError
        With every fault of the table.
    """
    name, text = table.text.name, table.text
    faults: list[Diagnostic] = []
    named = [cell.text in IDS and cell.text not in parameters for cell in table.header]
    for place, is_id in enumerate(named):
        if is_id:
            _check_ids([cells[place] for cells in table.rows], faults)
    kept = [place for place, is_id in enumerate(named) if not is_id]
    if not kept:
        words = "there is no column of a parameter in this file"
        faults.append(Diagnostic("empty", words, table.header[0].span))
    columns = _columns([table.header[place] for place in kept], parameters, faults)
    rows = [
        [_number(p, cells[at], faults) if p else 0.0 for p, at in zip(columns, kept, strict=True)]
        for cells in table.rows
    ]
    if not rows:
        words = "there are no futures in this file"
        faults.append(Diagnostic("empty", words, Span(name, 1, 1, 0, 0, text)))
    if len(rows) > MAX_FUTURES:
        words = f"{len(rows):,} futures are above the limit of {MAX_FUTURES:,}"
        faults.append(Diagnostic("too-large", words, Span(name, 1, 1, 0, 0, text)))
    if faults:
        raise ModelError(faults)
    return tuple(p.name for p in columns if p), np.array(rows, dtype=np.float64)


def _check_ids(cells: Sequence[Scalar], faults: list[Diagnostic]) -> None:
    """Report names of futures that are missing, or given twice."""
    seen: dict[str, int] = {}
    for cell in cells:
        if not cell.text:
            faults.append(Diagnostic("bad-csv", "a future without a name", cell.span))
        elif cell.text in seen:
            words = f"future '{cell.text}' is also on line {seen[cell.text]}"
            faults.append(Diagnostic("duplicate-name", words, cell.span))
        seen.setdefault(cell.text, cell.span.line)


def _columns(
    cells: Sequence[Scalar], parameters: Mapping[str, Parameter], faults: list[Diagnostic]
) -> list[Parameter | None]:
    """Return the parameter of each column; None where it is at fault."""
    uncertain = {name: p for name, p in parameters.items() if p.uncertain}
    for cell in cells:
        word = cell.text
        if word in parameters and word not in uncertain:
            words = f"parameter '{word}' has no range, so its value is the same in all futures"
            faults.append(Diagnostic("no-range", words, cell.span, "delete the column"))
        elif word not in uncertain:
            words = f"the model has no uncertain parameter '{word}'"
            help = did_you_mean(word, uncertain)
            faults.append(Diagnostic("unknown-name", words, cell.span, help))
    return [uncertain.get(cell.text) for cell in cells]


def _number(parameter: Parameter, cell: Scalar, faults: list[Diagnostic]) -> float:
    """Return a value as a number; report one that the parameter cannot have."""
    kind = parameter.type
    low, high = parameter.low, parameter.high
    number = cell.value
    pair = None if low is None or high is None else (low, high)
    if kind.kind == "number" and pair and type(number) is float and pair[0] <= number <= pair[1]:
        return number  # most cells of a large file
    value: Value | None = cell.text if kind.options else cell.value
    report = Report(cell)
    if not check_value(report, (), value, kind, pair):
        (found,) = report.errors
        message = f"'{parameter.name}': {found.message}"
        faults.append(Diagnostic(found.code, message, cell.span, found.help))
        return 0.0
    return float(kind.options.index(cell.text) if kind.options else value)  # type: ignore[arg-type]
