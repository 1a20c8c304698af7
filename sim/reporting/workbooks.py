"""Tables as files that spreadsheets and data frames read: a workbook of Excel, Parquet."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from sim.errors import Diagnostic, ResultError

#: Rows that a sheet holds below its head, by the file format.
MOST_ROWS = 1_048_575
#: Widths of columns, in characters.
NARROWEST, WIDEST = 8, 60
#: Rows by which the width of a column is judged.
LOOKED_AT = 200

#: A table: the names of its columns, and its rows.
Sheet = tuple[Sequence[str], Sequence[Sequence[object]]]


def sheet_of(records: Sequence[Mapping[str, object]]) -> Sheet:
    """Return records as a table with a column for each key of any of them."""
    head = list(dict.fromkeys(key for record in records for key in record))
    return head, [[record.get(key) for key in head] for record in records]


def write_workbook(
    path: Path, sheets: Mapping[str, Sheet], about: Iterable[tuple[str, str]]
) -> None:
    """Write a workbook of Excel: a sheet per table, and a sheet "About".

    Numbers are numbers and text is text, so no cell is run as a formula. The head stays in sight.

    Raises
    ------
    ResultError
        A table has more rows than a sheet can hold.
    """
    import xlsxwriter

    for name, (_, rows) in sheets.items():
        if len(rows) > MOST_ROWS:
            words = f"{name}: {len(rows):,} rows, and a sheet holds {MOST_ROWS:,}"
            help = "write a file that ends in .parquet or .csv"
            raise ResultError(Diagnostic("too-large", words, None, help))
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        folded = book.add_format({"text_wrap": True, "valign": "top"})
        taken: set[str] = {"about"}
        for name, (head, rows) in sheets.items():
            sheet = book.add_worksheet(_sheet_name(name, taken))
            sheet.freeze_panes(1, 0)
            for column, title in enumerate(head):
                cells = (row[column] for row in islice(rows, LOOKED_AT))
                width = max((len(_shown(cell)) for cell in (title, *cells)), default=0) + 2
                sheet.set_column(column, column, max(NARROWEST, min(WIDEST, width)))
            for column, title in enumerate(head):
                sheet.write_string(0, column, title, bold)
            for number, row in enumerate(rows, start=1):
                for column, cell in enumerate(row):
                    _write(sheet, number, column, cell)
            if head and rows:
                sheet.autofilter(0, 0, len(rows), len(head) - 1)
        sheet = book.add_worksheet("About")
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 100)
        for number, (key, text) in enumerate(about):
            sheet.write_string(number, 0, key, bold)
            sheet.write_string(number, 1, text, folded)


def write_parquet(path: Path, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a table as Parquet."""
    import pandas as pd

    pd.DataFrame(list(rows), columns=list(head)).to_parquet(path, index=False)


def _write(sheet: Any, row: int, column: int, cell: object) -> None:
    if hasattr(cell, "item"):
        cell = cell.item()  # a scalar of NumPy
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, int | float) and math.isfinite(cell):
        sheet.write_number(row, column, cell)
    else:
        sheet.write_string(row, column, str(cell))


def _shown(cell: object) -> str:
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _sheet_name(name: str, taken: set[str]) -> str:
    """Return a name that Excel takes for a sheet: short, without some signs, unlike the others."""
    name = re.sub(r"[\[\]:*?/\\']", " ", name).strip()[:28] or "Table"
    found, number = name, 2
    while found.lower() in taken:
        found, number = f"{name} {number}", number + 1
    taken.add(found.lower())
    return found
