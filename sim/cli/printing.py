"""What a verb prints: the answer in a sentence, the table, its notes, the next command; and its files."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from sim.cli.options import Format
from sim.errors import Diagnostic, ExperimentError
from sim.formatting import counted
from sim.reporting.signs import plain

if TYPE_CHECKING:
    from sim.analysis.result import Grid, Result
    from sim.reporting.tables import Dialect, Records
    from sim.reporting.workbooks import Sheet

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}
DECIMALS = {"point": ".", "comma": ","}
#: Lines of a screenful, besides its last ones, and those that a table gets in any case.
SCREEN, LEAST_LINES = 34, 20
#: Files that a table can be written into.
SUFFIXES = (".csv", ".xlsx", ".parquet", ".json")


@dataclass(frozen=True, slots=True)
class Form:
    """How results are printed and where they are written: the options that verbs share.

    Attributes
    ----------
    file
        The file that the whole table is written into too.
    rows
        The file for a row per replication.
    """

    format: Format = "table"
    all: bool = False
    file: Path | None = None
    rows: Path | None = None
    separator: Literal["comma", "semicolon", "tab"] | None = None
    decimal: Literal["point", "comma"] | None = None
    bom: bool | None = None

    @property
    def dialect(self) -> Dialect:
        """How CSV is written: as --format names it, and as the options on top of that."""
        from sim.reporting.tables import EUROPEAN, STANDARD, Dialect

        usual = EUROPEAN if self.format == "csv-eu" else STANDARD
        point = DECIMALS[self.decimal] if self.decimal else usual.decimal
        between = ";" if point == "," else usual.separator
        between = SEPARATORS[self.separator] if self.separator else between
        return Dialect(between, point, usual.bom if self.bom is None else self.bom)

    def check(self) -> None:
        """Refuse options that do not go together, and files of no known kind, before anything runs."""
        from sim.cli.source import check_output

        files = [file for file in (self.file, self.rows) if file is not None]
        for file in files:
            check_output(file)
            check_suffix(file)
        if len({*files}) < len(files) and files[0].suffix != ".xlsx":
            words = f"'{files[0]}' would hold two tables, which only a workbook can"
            raise ExperimentError(Diagnostic("bad-suffix", words, None, "write an .xlsx file"))
        if self.separator is None and self.decimal is None and self.bom is None:
            return
        if self.dialect.separator == self.dialect.decimal:
            raise typer.BadParameter(
                "a comma cannot part cells and decimals both: use --separator semicolon or tab"
            )
        if self.format not in ("csv", "csv-eu") and all(file.suffix != ".csv" for file in files):
            raise typer.BadParameter(
                "--separator, --decimal and --bom are of CSV: add --format csv or -o FILE.csv"
            )


def check_suffix(file: Path) -> None:
    """Refuse a file that no table can be written into.

    Raises
    ------
    ExperimentError
        Its suffix names no known kind.
    """
    if file.suffix.lower() not in SUFFIXES:
        words = f"'{file}': the suffix of a table is one of {', '.join(SUFFIXES)}"
        help = f"write {file.stem}.csv or {file.stem}.xlsx"
        raise ExperimentError(Diagnostic("bad-suffix", words, None, help))


def form_of(given: Mapping[str, Any]) -> Form:
    """Return the form that the options of a verb ask for, checked."""
    names = ("format", "file", "rows", "separator", "decimal", "bom")
    found = Form(all=bool(given.get("all")), **{n: given[n] for n in names if n in given})
    found.check()
    return found


def write_results(
    results: Sequence[Result], form: Form, chart: Path | None = None, step: str = ""
) -> None:
    """Write results to stdout: for readers the answer first, for programs as records.

    Parameters
    ----------
    step
        The command that an analyst would run next.
    """
    from sim.reporting.tables import grid_markdown

    if form.format == "table":
        print("\n\n".join(text_of(result, whole=form.all) for result in results))
        _show_next(results, step)
    elif form.format == "markdown":
        for i, result in enumerate(results):
            parts = (grid_markdown(result.grid())[:-1], *result.notes())
            print(end="\n" if i else "")
            print("\n\n".join(filter(None, parts)))
    else:
        print_records(_records(results), form.format, form.dialect)
    if chart is not None:
        from sim.charts.export import save_chart

        save_chart(results[0].chart(), chart)


def print_records(
    records: Sequence[dict[str, Any]], format: Literal["csv", "csv-eu", "json"], dialect: Dialect
) -> None:
    """Write records to stdout for programs, without a mark that the stream cannot write."""
    from sim.reporting.tables import write_records

    mark = dialect.bom and not plain("\ufeff").startswith("\\")
    sys.stdout.write(write_records(records, format, replace(dialect, bom=mark)))


def text_of(result: Result, *, whole: bool) -> str:
    """Return a result for a reader: its sentence, what of its table fits a screen, its notes."""
    from sim.reporting.layout import cut, first_rows, lay_out, screen_width, wrapped

    width = screen_width()
    sentence = result.sentence()
    parts = [wrapped(plain(sentence), width)]
    grids: Sequence[Grid] = result.every() if whole else result.brief()
    left_out = 0
    said = {line for line in (sentence, *sentence.split("\n")) if line}
    lines = result.notes() if whole else result.brief_notes()
    notes = [note for note in lines if note not in said and not _is_step(note)]
    while notes and not notes[-1]:
        notes.pop()
    below = "\n".join(wrapped(plain(note), width) for note in notes)
    room = max(LEAST_LINES, SCREEN - below.count("\n") - parts[0].count("\n"))
    for grid in grids:
        if not grid.rows:
            continue  # the sentence and the notes say what was found
        laid = lay_out(grid, width)
        count = len(grid.rows) if whole or result.uncut else cut(laid, room // len(grids))
        left_out += len(grid.rows) - count
        parts += grid_texts(first_rows(grid, count), width)
    more = "" if whole else left_out_text(result, grids, left_out)
    parts.append("\n".join(filter(None, (below, wrapped(plain(more), width) if more else ""))))
    return "\n\n".join(filter(None, parts))


def grid_texts(grid: Grid, width: int) -> list[str]:
    """Return a grid as tables no wider than a screen."""
    from sim.reporting.layout import lay_out, table_of
    from sim.reporting.tables import render

    return [render(table_of(laid), width=width).rstrip("\n") for laid in lay_out(grid, width)]


def left_out_text(result: Result, grids: Sequence[Grid], cut_rows: int) -> str:
    """Return what is not shown, and how to see it; nothing where all is."""
    whole = result.grid()
    if cut_rows and len(grids) == 1 and grids[0].rows == whole.rows:
        return (
            f"Left out: {counted(cut_rows, 'row')} of {len(whole.rows):,}. --all shows every row."
        )
    if grids[0].rows != whole.rows:
        return f"In short. --all shows the whole table: {counted(len(whole.rows), 'row')}."
    return result.more


def _is_step(note: str) -> bool:
    return note.startswith("Next: ")


def _show_next(results: Sequence[Result], step: str) -> None:
    """Print the next command: that of the result itself, or the usual one."""
    own = [note[6:] for result in results for note in result.notes() if _is_step(note)]
    show_next(own[0] if own else step)


def show_next(step: str) -> None:
    """Print the next command, in lines that a shell reads as one."""
    from sim.reporting.layout import screen_width, wrapped_command

    if step:
        print("\n" + wrapped_command(plain(step), screen_width(), "Next: "))


def _records(results: Sequence[Result]) -> list[dict[str, object]]:
    return [
        ({"outcome": found.outcome.name} if len(results) > 1 else {}) | row  # type: ignore[attr-defined]
        for found in results
        for row in found.table()
    ]


def save_tables(
    results: Sequence[Result],
    form: Form,
    runs: Sheet | None = None,
    about: Sequence[tuple[str, str]] = (),
) -> None:
    """Write the table of the results, and that of the runs, into the files asked for."""
    from sim.reporting.workbooks import sheet_of

    tables: dict[Path, dict[str, Sheet]] = {}
    if form.file is not None:
        names = [type(result).__name__ for result in results]
        several = len(results) > 1
        tables[form.file] = (
            {
                f"{name} {i}" if several else name: sheet_of(result.table())
                for i, (name, result) in enumerate(zip(names, results, strict=True), start=1)
            }
            if form.file.suffix.lower() == ".xlsx"
            else {"Table": sheet_of(_records(results))}
        )
    if form.rows is not None and runs is not None:
        tables.setdefault(form.rows, {})["Runs"] = runs
    for file, sheets in tables.items():
        _write(file, sheets, form.dialect, [*about, *_about(results)])


def save_records(
    name: str, records: Records, form: Form, about: Sequence[tuple[str, str]] = ()
) -> None:
    """Write records into the file asked for, if any; `name` is that of the sheet."""
    from sim.reporting.workbooks import sheet_of

    if form.file is not None:
        _write(form.file, {name: sheet_of(records)}, form.dialect, about)


def _write(
    file: Path, sheets: Mapping[str, Sheet], dialect: Dialect, about: Sequence[tuple[str, str]]
) -> None:
    from sim.reporting.workbooks import write_workbook

    if file.suffix.lower() == ".xlsx":
        write_workbook(file, sheets, about)
    else:
        _write_table(file, next(iter(sheets.values())), dialect)


def _about(results: Sequence[Result]) -> list[tuple[str, str]]:
    """Return the answer and the notes of some results, for the sheet that says what a workbook is."""
    found: dict[tuple[str, str], None] = {}
    for result in results:
        found[("Answer", result.sentence())] = None
        found |= {("Note", note): None for note in result.notes() if note and not _is_step(note)}
    return list(found)


def about_command(seed: int | None, runs: str = "") -> list[tuple[str, str]]:
    """Return what made a workbook: command, version, seed and runs."""
    from sim.formatting import TOY
    from sim.version import __version__

    words = [Path(sys.argv[0]).stem or "fulcrum", *sys.argv[1:]]
    found = [("What", TOY), ("Command", shlex.join(words)), ("Version", f"fulcrum {__version__}")]
    found += [("Seed", str(seed))] if seed is not None else []
    return [*found, *([("Runs", runs)] if runs else [])]


def _write_table(file: Path, sheet: Sheet, dialect: Dialect) -> None:
    from sim.reporting.tables import write_csv, write_records
    from sim.reporting.workbooks import write_parquet

    head, rows = sheet
    if file.suffix.lower() == ".parquet":
        write_parquet(file, head, rows)
    elif file.suffix.lower() == ".json":
        records = [dict(zip(head, row, strict=True)) for row in rows]
        file.write_text(write_records(records, "json"), encoding="utf-8")
    else:
        with file.open("w", encoding="utf-8", newline="") as out:
            write_csv(out, head, rows, dialect)


def quoted(*words: object) -> str:
    """Return words as a shell reads them, paths with the slashes of the system."""
    from sim.study.shipped import short_path

    texts = [short_path(word) if isinstance(word, Path) else str(word) for word in words]
    return shlex.join(texts)
