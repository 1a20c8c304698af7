"""Tables: for people, for spreadsheets, for programs."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Literal

from rich.console import Console
from rich.text import Text

from sim.analysis.result import Grid
from sim.reporting.layout import screen_width
from sim.reporting.signs import plain

#: csv-eu has semicolons, decimal commas and a byte order mark, as spreadsheets want it in many countries.
Format = Literal["csv", "csv-eu", "json"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How CSV is written: between cells, in numbers, and whether a byte order mark stands before it."""

    separator: str = ","
    decimal: str = "."
    bom: bool = False


STANDARD, EUROPEAN = Dialect(), Dialect(";", ",", True)
Records = Sequence[Mapping[str, object]]
#: What Markdown would take for a sign of its own.
_MARKUP = re.compile(r"[\\`*<>|\[\]$~]")


def write_records(records: Records, form: Format, dialect: Dialect | None = None) -> str:
    """Return records for programs: as CSV, in the dialect of its name unless one is given, or JSON."""
    if form == "json":
        return json.dumps([_plain(r) for r in records], indent=2, ensure_ascii=False) + "\n"
    return records_csv(records, dialect or (EUROPEAN if form == "csv-eu" else STANDARD))


def _plain(record: Mapping[str, object]) -> dict[str, object]:
    """Return a record that JSON can hold: no NaN, no infinity."""
    return {
        k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in record.items()
    }


def records_csv(records: Records, dialect: Dialect = STANDARD) -> str:
    """Return records as CSV; text that a spreadsheet takes for a formula gets an apostrophe."""
    if not records:
        return ""
    buffer = io.StringIO()
    write_csv(buffer, records[0], (record.values() for record in records), dialect)
    return buffer.getvalue()


def write_csv(
    file: IO[str],
    head: Iterable[str],
    rows: Iterable[Iterable[object]],
    dialect: Dialect = STANDARD,
) -> None:
    """Write a table as CSV, row by row."""
    if dialect.bom:
        file.write("\ufeff")
    writer = csv.writer(file, delimiter=dialect.separator, lineterminator="\n")
    writer.writerow([_cell(name, dialect.decimal) for name in head])
    writer.writerows([_cell(value, dialect.decimal) for value in row] for row in rows)


def _cell(value: object, point: str) -> object:
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value)).replace(".", point)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return "" if value is None else value


def markdown_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown; its cells are Markdown too."""
    names = list(head)
    lines = [names, ["---"] * len(names), *([_in_line(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _in_line(text: str) -> str:
    """Return text that a cell can hold: in one line, and no end of the cell."""
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split()))


def grid_markdown(grid: Grid) -> str:
    """Return a table for readers as Markdown."""
    head, *rows = (
        [_in_markdown(cell).replace("\n", "<br>") for cell in row]
        for row in (grid.head, *grid.rows)
    )
    return markdown_table(head, rows)


def text_cell(text: str) -> Text:
    """Return text as a cell, in signs that stdout can write."""
    return Text(plain(text))


def _in_markdown(cell: object) -> str:
    return _MARKUP.sub(r"\\\g<0>", str(cell))


def render(*parts: object, width: int | None = None) -> str:
    """Return Rich objects as plain text."""
    console = Console(
        file=io.StringIO(), width=width or screen_width(), color_system=None, highlight=False
    )
    for part in parts:
        console.print(part)
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().split("\n"))


def show(*parts: object) -> None:
    """Print Rich objects to stdout: in colour on a terminal, plain elsewhere."""
    console = Console(highlight=False, width=screen_width())
    for part in parts:
        console.print(part)
