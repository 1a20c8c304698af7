"""CSV files: cells with their places, and every error of a file at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import ModelError
from sim.yaml import Csv, parse_csv, read_csv
from sim.yaml.csv_files import MAX_COLUMNS, MAX_ROWS


def places(table: Csv) -> list[tuple[object, int, int, str]]:
    """The value of each cell, its line and column, and the characters of its span."""
    content = table.text.content
    return [
        (cell.value, cell.span.line, cell.span.column, content[cell.span.start : cell.span.end])
        for row in (table.header, *table.rows)
        for cell in row
    ]


def test_cells_know_their_places() -> None:
    table = parse_csv("# a note\ndate, value\n\n2025-07-14,  3\n2025-07-15,\n", "t.csv")
    assert places(table) == [
        ("date", 2, 1, "date"), ("value", 2, 7, "value"),
        ("2025-07-14", 4, 1, "2025-07-14"), (3, 4, 14, "3"),
        ("2025-07-15", 5, 1, "2025-07-15"), (None, 5, 12, "\n"),
    ]  # fmt: skip
    assert table.names == ("date", "value")


def test_as_spreadsheets_write_it() -> None:
    text = '\ufeff"na;me";x\r\n"a ""b""; c" ; 1.5\r\n;;\r\n"";-2e3\r\n'
    assert places(parse_csv(text, "t.csv")) == [
        ("na;me", 1, 1, '"na;me"'), ("x", 1, 9, "x"),
        ('a "b"; c', 2, 1, '"a ""b""; c"'), (1.5, 2, 16, "1.5"),
        (None, 4, 1, '""'), (-2000.0, 4, 4, "-2e3"),
    ]  # fmt: skip


def test_a_column_by_its_name() -> None:
    table = parse_csv("a,b\n1,2\n3,4\n", "t.csv")
    span = table.header[0].span
    assert [cell.value for cell in table.column("b", span)] == [2, 4]
    with pytest.raises(ModelError, match=r"'t\.csv' has no column 'bb'") as caught:
        table.column("bb", span)
    assert caught.value.diagnostics[0].help == "did you mean 'b'?"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "1:1 empty"),
        ("# only a note\n", "1:1 empty"),
        ("a,b\n1\n1,2\n1,2,3\n", "2:1 bad-csv; 4:1 bad-csv"),
        ("a,,b\n1,2,3\n", "1:3 bad-csv"),
        ("a,b,a\n1,2,3\n", "1:5 duplicate-name"),
        ('a,b\n"1,2\n', "2:1 bad-csv"),
        ('a,b\n1,x"y"\n', "2:3 bad-csv"),
        ("a,b\n1,\x00\n", "2:3 bad-character"),
        ("a,b\r1,2\r", "1:4 bad-character"),
        ("a\n1\n" + "1\n" * MAX_ROWS, f"{MAX_ROWS + 2}:1 too-large"),
        (",".join(f"c{i}" for i in range(MAX_COLUMNS + 1)), "1:1 too-large"),
    ],
)  # fmt: skip
def test_errors_have_a_place(text: str, found: str) -> None:
    with pytest.raises(ModelError) as caught:
        parse_csv(text, "t.csv")
    spans = [(error.span, error.code) for error in caught.value.diagnostics]
    assert "; ".join(f"{span.line}:{span.column} {code}" for span, code in spans if span) == found


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\n\xff\n")
    with pytest.raises(ModelError, match="2:1: not-utf8"):
        read_csv(path, "t.csv")
    path.write_text("a\n" + "1\n" * 100)
    with pytest.raises(ModelError, match="too-big"):
        read_csv(path, "t.csv", most_bytes=100)
    assert len(read_csv(path, "t.csv").rows) == 100
    with pytest.raises(ModelError, match="no-file"):
        read_csv(tmp_path / "none.csv", "none.csv")
