"""Read strict CSV into scalars with their places in the file."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from sim.errors import Diagnostic, ModelError, Span, Text, did_you_mean
from sim.yaml.nodes import Scalar
from sim.yaml.reader import REFUSED, read_characters
from sim.yaml.scalars import plain

MAX_CSV_BYTES = 20_000_000  #: of a file
MAX_ROWS = 100_000  #: below the header
MAX_COLUMNS = 2_000
#: A cell up to its end, by the sign that ends it.
_CELL = {
    sign: re.compile(rf'[ \t]*(?:"((?:[^"]|"")*)"[ \t]*(?=[{sign}]|$)|([^{sign}]*))')
    for sign in ",;"
}


@dataclass(frozen=True, slots=True)
class Csv:
    """A table: the names of its columns, and rows of as many cells.

    A cell is a scalar: `text` has its characters without quotes and outer blanks, `value` what
    they mean in YAML (text where they mean nothing), `span` its place.
    """

    text: Text
    header: tuple[Scalar, ...]
    rows: tuple[tuple[Scalar, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(cell.text for cell in self.header)

    def column(self, name: str, span: Span) -> tuple[Scalar, ...]:
        """Return the cells of a column; `span` is where its name is written.

        Raises
        ------
        ModelError
            There is no such column.
        """
        if name not in self.names:
            help = did_you_mean(name, self.names) or f"its columns: {', '.join(self.names[:20])}"
            words = f"'{self.text.name}' has no column '{name}'"
            raise ModelError(Diagnostic("unknown-name", words, span, help))
        at = self.names.index(name)
        return tuple(row[at] for row in self.rows)


def read_csv(path: str | os.PathLike[str], name: str, most_bytes: int = MAX_CSV_BYTES) -> Csv:
    """Read a CSV file, called `name` in messages; see `parse_csv`.

    Raises
    ------
    ModelError
        The file cannot be read, is too large or not UTF-8, or `parse_csv` refuses it.
    """
    return parse_csv(read_characters(path, name, most_bytes), name)


def parse_csv(content: str, name: str) -> Csv:
    """Read the text of a CSV file, called `name` in messages.

    The first row is the header. Cells end at commas, or at semicolons if the header has one;
    a cell in double quotes may contain both, and not a line break. Blank rows and rows that begin
    with ``#`` are comments. A byte order mark is skipped.

    Raises
    ------
    ModelError
        With every error of the text: a row of another length than the header, a column without a
        name or with that of another, a quote that does not end, or more rows or columns than
        `MAX_ROWS` and `MAX_COLUMNS`.
    """
    text = Text(name, content.removeprefix("\ufeff"))
    errors: list[Diagnostic] = []
    if found := REFUSED.search(text.content):
        words = f"the character U+{ord(found[0]):04X} is not allowed"
        at = found.start()
        number, column = text.content.count("\n", 0, at) + 1, at - text.content.rfind("\n", 0, at)
        raise ModelError(
            Diagnostic("bad-character", words, Span(name, number, column, *found.span(), text))
        )
    rows: list[tuple[Scalar, ...]] = []
    sign, start = "", 0
    for number, line in enumerate(text.content.split("\n"), 1):
        full = line.removesuffix("\r")
        if full.strip(" ,;\t") and not full.lstrip().startswith(("#", '"#')):
            sign = sign or (";" if ";" in re.sub(r'"[^"]*"', "", full) else ",")
            rows.append(_cells(full, sign, Span(name, number, 1, start, start, text), errors))
            if len(rows) > MAX_ROWS + 1:
                words = f"more than {MAX_ROWS:,} rows"
                raise ModelError(Diagnostic("too-large", words, rows[-1][0].span))
        start += len(line) + 1
    if not rows:
        words = "there is no header: the first row has the names of the columns"
        raise ModelError(Diagnostic("empty", words, Span(name, 1, 1, 0, 0, text)))
    header = rows[0]
    _check_header(header, errors)
    for row in rows[1:]:
        if len(row) != len(header):
            words = f"{len(row)} cells in this row, and the header has {len(header)}"
            help = f"cells end at '{sign}'; put a cell that contains one in double quotes"
            errors.append(Diagnostic("bad-csv", words, row[0].span, help))
    if errors:
        raise ModelError(errors)
    return Csv(text, header, tuple(rows[1:]))


def _cells(line: str, sign: str, place: Span, errors: list[Diagnostic]) -> tuple[Scalar, ...]:
    """Return the cells of a line that begins at `place`."""
    cells, at = [], 0
    pattern = _CELL[sign]
    while True:
        found = pattern.match(line, at)
        assert found is not None
        quoted = found[1] is not None
        inner = found[1].replace('""', '"') if found[1] is not None else found[2].strip()
        begin = at + len(found[0]) - len(found[0].lstrip())
        length = max(1, len(found[0].strip()))
        first = place.start + begin
        span = Span(place.file, place.line, begin + 1, first, first + length, place.text)
        if not quoted and '"' in inner:
            words = "a double quote inside a cell, or one that does not end on its line"
            help = 'write the whole cell in double quotes, and each quote in it twice: ""'
            errors.append(Diagnostic("bad-csv", words, span, help))
        value = plain(inner)
        cells.append(Scalar(inner if isinstance(value, Diagnostic) else value, inner, span))
        at = found.end() + 1
        if at > len(line):
            return tuple(cells)


def _check_header(header: tuple[Scalar, ...], errors: list[Diagnostic]) -> None:
    """Report columns without a name, or with that of another, and too many of them."""
    if len(header) > MAX_COLUMNS:
        words = f"{len(header):,} columns are above the limit of {MAX_COLUMNS:,}"
        errors.append(Diagnostic("too-large", words, header[0].span))
    seen: set[str] = set()
    for cell in header:
        if not cell.text:
            errors.append(Diagnostic("bad-csv", "a column without a name", cell.span))
        elif cell.text in seen:
            errors.append(Diagnostic("duplicate-name", f"two columns '{cell.text}'", cell.span))
        seen.add(cell.text)
