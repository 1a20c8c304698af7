"""Tables: for people, for spreadsheets, for programs."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sim.analysis.result import Grid
from sim.reporting.signs import plain

#: csv-eu has semicolons, decimal commas and a byte order mark, as spreadsheets want it in many countries.
Format = Literal["csv", "csv-eu", "json"]
Records = Sequence[Mapping[str, object]]
#: What Markdown would take for a sign of its own.
_MARKUP = re.compile(r"[\\`*<>|\[\]$~]")


def write_records(records: Records, form: Format) -> str:
    """Return records for programs: as CSV or JSON."""
    if form == "json":
        return json.dumps([_plain(r) for r in records], indent=2, ensure_ascii=False) + "\n"
    return records_csv(records, european=form == "csv-eu")


def _plain(record: Mapping[str, object]) -> dict[str, object]:
    """Return a record that JSON can hold: no NaN, no infinity."""
    return {
        k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in record.items()
    }


def records_csv(records: Records, *, european: bool = False) -> str:
    """Return records as CSV; text that a spreadsheet takes for a formula gets an apostrophe."""
    if not records:
        return ""
    buffer = io.StringIO()
    write_csv(buffer, records[0], (record.values() for record in records), european=european)
    return buffer.getvalue()


def write_csv(
    file: IO[str], head: Iterable[str], rows: Iterable[Iterable[object]], *, european: bool = False
) -> None:
    """Write a table as CSV, row by row."""
    point = "," if european else "."
    if european:
        file.write("\ufeff")
    writer = csv.writer(file, delimiter=";" if european else ",", lineterminator="\n")
    writer.writerow([_cell(name, point) for name in head])
    writer.writerows([_cell(value, point) for value in row] for row in rows)


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


def grid_table(grid: Grid) -> Table:
    """Return a table for readers as a Rich table."""
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for column in grid.columns:
        table.add_column(
            text_cell(column.name),
            justify="right" if column.numeric else "left",
            overflow="fold",
            max_width=column.width,
        )
    for i, row in enumerate(grid.rows):
        if i and i in grid.blocks:
            table.add_section()
        table.add_row(*map(text_cell, row))
    return table


def text_cell(text: str) -> Text:
    """Return text as a cell, in signs that stdout can write."""
    return Text(plain(text))


def _in_markdown(cell: object) -> str:
    return _MARKUP.sub(r"\\\g<0>", str(cell))


def render(*parts: object, width: int | None = None) -> str:
    """Return Rich objects as plain text."""
    console = Console(file=io.StringIO(), width=width or 118, color_system=None, highlight=False)
    for part in parts:
        console.print(part)
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().split("\n"))


def show(*parts: object) -> None:
    """Print Rich objects to stdout: in colour on a terminal, plain and wide enough elsewhere."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=118)
    for part in parts:
        console.print(part)
