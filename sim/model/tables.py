"""Read tables: points in the model, series of facts and CSV files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from sim.errors import Diagnostic, ModelError, Span
from sim.language.names import DRAWS, FUNCTIONS
from sim.language.tables import CALENDAR
from sim.language.terms import NUMBER, WHOLE
from sim.model.checks import (
    Path,
    Report,
    check_name,
    check_unit,
    check_vintage,
    find_fact,
    number_help,
)
from sim.model.clock import Clock
from sim.model.facts import Fact
from sim.model.fields import MAX_POINTS, is_number
from sim.model.schema import TableShape
from sim.model.types import Table
from sim.numerics.arithmetic import LARGEST
from sim.yaml import Csv, Scalar, locate, plain

#: A point: the argument and the value as written, and their places.
Point = tuple[object, object, Span, Span]
_SOURCES = ("series", "points", "fact")
#: Errors that are reported of one table.
MAX_ERRORS = 10


def read_tables(
    report: Report,
    entries: Mapping[str, TableShape],
    facts: Mapping[str, Fact],
    files: Mapping[str, Csv],
    clock: Clock | None,
) -> dict[str, Table]:
    """Read the tables, and make their names known; `files` are the CSV files by their names."""
    for name, entry in entries.items():
        table = _read(report, name, entry, facts, files, clock)
        if table is None:
            report.broken.add(name)
        else:
            report.tables[name] = table
    return dict(report.tables)


def _read(
    report: Report,
    name: str,
    entry: TableShape,
    facts: Mapping[str, Fact],
    files: Mapping[str, Csv],
    clock: Clock | None,
) -> Table | None:
    path: Path = ("tables", name)
    before = len(report.errors)
    check_name(report, path, name)
    if name in FUNCTIONS or name in DRAWS or name in CALENDAR:
        message = f"'{name}' is a function of the language"
        report.error(path, "bad-name", message, "give the table another name", key=True)
    given = [key for key in _SOURCES if getattr(entry, key) is not None]
    if len(given) != 1:
        code = "conflicting-keys" if given else "missing-key"
        both = f"both '{given[0]}' and '{given[1]}'" if given else "no points"
        help = "give one of 'points', 'series' and 'fact'"
        report.error(path, code, f"table '{name}' has {both}", help, key=True)
        return None
    fact = find_fact(report, (*path, "fact"), entry.fact, facts, series=True)
    if entry.fact is not None and fact is None:
        return None
    if not (fact or entry.source or entry.why):
        help = "write where it comes from ('source'), or why it is assumed ('why')"
        report.error(path, "missing-key", f"table '{name}' has no evidence", help, key=True)
    if entry.vintage == "ex_post":
        message = f"table '{name}' became known only after the model's start"
        report.error((*path, "vintage"), "ex-post-default", message, "use it in a targets file")
    for key in ("column", "time"):
        if getattr(entry, key) is not None and not isinstance(entry.series, str):
            message = f"'{key}' belongs to a 'series' from a file"
            report.error((*path, key), "conflicting-keys", message, key=True)
    rows = _rows(report, path, entry, fact, files)
    ordered = entry.points is None
    points = _points(report, rows, clock, ordered) if rows is not None else None
    if points is None or len(report.errors) > before:
        return None
    places, values, kinds, dated = points
    between = entry.between or ("linear" if entry.points is not None else "step")
    whole = between == "step" and all(kind is int for kind in kinds)
    return Table(
        name=name, span=report.key(path), unit=entry.unit or (fact.unit if fact else ""),
        label=entry.label or (fact.label if fact else ""), group=entry.group, help=entry.help,
        places=places, values=values, type=WHOLE if whole else NUMBER, between=between,
        beyond=entry.beyond, dated=dated, why=entry.why, fact=fact,
        file=entry.series if isinstance(entry.series, str) else "",
        source=fact.source if fact else entry.source, url=fact.url if fact else entry.url,
        status=fact.status if fact else entry.status,
        vintage=fact.vintage if fact else entry.vintage,
    )  # fmt: skip


def _rows(
    report: Report,
    path: Path,
    entry: TableShape,
    fact: Fact | None,
    files: Mapping[str, Csv],
) -> list[Point] | None:
    """Return the points as they are written; None where there are none to read."""
    if fact is not None:
        place = locate(report.node, (*path, "fact")).value
        check_vintage(report, path, fact)
        check_unit(report, path, entry.unit, fact)
        return [(time, value, place, place) for time, value in fact.series]
    if entry.points is not None:
        if not 1 <= len(entry.points) <= MAX_POINTS:
            message = f"expected 1 to {MAX_POINTS:,} points, not {len(entry.points):,}"
            report.error((*path, "points"), "too-large", message)
            return None
        places = [locate(report.node, (*path, "points", key)) for key in entry.points]
        return [
            (plain(key), value, place.key, place.value)
            for (key, value), place in zip(entry.points.items(), places, strict=True)
        ]
    series = entry.series
    if isinstance(series, str):
        return _from_file(report, path, entry, files.get(series))
    assert series is not None
    spans = [
        [locate(report.node, (*path, "series", i, k)).value for k in (0, 1)]
        for i in range(len(series))
    ]
    return [(*pair, *span) for pair, span in zip(series, spans, strict=True)]


def _from_file(
    report: Report, path: Path, entry: TableShape, file: Csv | None
) -> list[Point] | None:
    """Return the points in two columns of a CSV file."""
    if file is None:  # it could not be read, which was reported
        return None
    if not 1 <= len(file.rows) <= MAX_POINTS:
        message = f"expected 1 to {MAX_POINTS:,} rows, not {len(file.rows):,}"
        report.errors.append(Diagnostic("too-large", message, file.header[0].span))
        return None
    time = entry.time or file.names[0]
    others = [name for name in file.names if name != time]
    if entry.column is None and len(others) != 1:
        help = f"its columns: {', '.join(others[:20])}" if others else "the file has one column"
        message = "which column has the values? 'column' is missing"
        report.error((*path, "series"), "missing-key", message, help)
        return None
    column = entry.column or others[0]
    cells: list[tuple[Scalar, ...]] = []
    for key, name in (("time", time), ("column", column)):
        try:
            cells.append(file.column(name, locate(report.node, (*path, key)).value))
        except ModelError as error:
            report.errors.extend(error.diagnostics)
    if len(cells) < 2:
        return None
    return [(x.value, y.value, x.span, y.span) for x, y in zip(*cells, strict=True)]


def _points(
    report: Report, rows: Sequence[Point], clock: Clock | None, ordered: bool
) -> tuple[tuple[float, ...], tuple[float, ...], list[type], bool] | None:
    """Return places, values and their types, and whether the places are dates.

    What is wrong is reported; points that are not `ordered` are sorted.
    """
    found: list[tuple[float, float, Span]] = []
    errors: list[Diagnostic] = []
    dates = [isinstance(row[0], str) for row in rows]
    kinds = [type(row[1]) for row in rows]
    for x, y, x_span, y_span in rows:
        place = _place(x, x_span, clock, errors)
        if not is_number(y):
            word = "there is no value" if y is None or y == "" else f"expected a number, not '{y}'"
            help = "delete the row, or give it a value" if y is None else number_help(str(y))
            errors.append(Diagnostic("bad-table", word, y_span, help))
        elif abs(y) > LARGEST:  # type: ignore[arg-type]
            words = f"{y:g} is too large: at most {LARGEST:g} in size"
            errors.append(Diagnostic("too-large", words, y_span))
        elif place is not None:
            found.append((place + 0.0, float(y) + 0.0, x_span))  # type: ignore[arg-type]
        if len(errors) >= MAX_ERRORS:
            break
    if not errors and any(dates) != all(dates):
        at = dates.index(not dates[0])
        words = "some places are dates and some are numbers"
        errors.append(Diagnostic("bad-table", words, found[at][2], "write all of one kind"))
    if not ordered:
        found.sort(key=lambda point: point[0])
    errors = errors or _disorder(found)
    report.errors.extend(errors)
    if errors or clock is None:
        return None
    return tuple(p[0] for p in found), tuple(p[1] for p in found), kinds, all(dates)


def _place(x: object, span: Span, clock: Clock | None, errors: list[Diagnostic]) -> float | None:
    """Return the argument of a point: a number, or the time of a date; report another."""
    if is_number(x) and abs(x) <= LARGEST:  # type: ignore[arg-type]
        return float(x)  # type: ignore[arg-type]
    if clock is None:
        return None
    if not isinstance(x, str) or not x[:1].isdigit():
        words = f"expected a number or a date, not '{'' if x is None else x}'"
        errors.append(Diagnostic("bad-table", words, span, number_help(str(x))))
    elif clock.start is None:
        help = "set 'time: start', or write times as numbers"
        errors.append(Diagnostic("bad-date", "the model has no start date", span, help))
    elif (time := clock.moment(x)) is not None:
        return time
    else:
        help = "write it as in 2025-07-14, or 2025-07-14 06:30"
        errors.append(Diagnostic("bad-date", f"'{x}' is not a date", span, help))
    return None


def _disorder(points: Sequence[tuple[float, float, Span]]) -> list[Diagnostic]:
    """Return an error for the first point that is not after the one before, or too far from it."""
    for (x0, y0, _), (x1, y1, span) in pairwise(points):
        if x1 <= x0:
            words = f"{x1:.12g} comes after {x0:.12g}" if x1 < x0 else f"{x1:.12g} is there twice"
            return [Diagnostic("bad-table", words, span, "places ascend from point to point")]
        if not abs((y1 - y0) / (x1 - x0)) <= LARGEST:
            words = f"the line to this point is steeper than {LARGEST:g}"
            return [Diagnostic("bad-table", words, span)]
    return []
