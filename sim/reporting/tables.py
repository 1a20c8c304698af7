"""Tables: for people, for spreadsheets, for programs."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sim.analysis.comparison import Comparison, Row, compare
from sim.ensemble import Ensemble
from sim.reporting.numbers import TOY, interval, percent

Format = Literal["table", "csv", "json", "markdown"]
Records = Sequence[Mapping[str, object]]


def write_records(records: Records, form: Format) -> str:
    """Return records as a table, CSV, JSON or Markdown."""
    match form:
        case "csv":
            return records_csv(records)
        case "json":
            return json.dumps([_plain(r) for r in records], indent=2, ensure_ascii=False) + "\n"
        case "markdown":
            return records_markdown(records)
    return render(records_table(records))


def _plain(record: Mapping[str, object]) -> dict[str, object]:
    """Return a record that JSON can hold: no NaN, no infinity."""
    return {
        k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in record.items()
    }


def records_csv(records: Records) -> str:
    """Return records as CSV; a text cell that a spreadsheet would take for a formula gets an apostrophe."""
    buffer = io.StringIO()
    if records:
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow([_cell(name) for name in records[0]])
        writer.writerows([_cell(value) for value in record.values()] for record in records)
    return buffer.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return "" if value is None else value


def records_markdown(records: Records) -> str:
    """Return records as a Markdown table."""
    if not records:
        return ""
    names = list(records[0])
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    for record in records:
        cells = (_shown(value).replace("|", "\\|").replace("\n", " ") for value in record.values())
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def records_table(records: Records, title: str = "") -> Table:
    """Return records as a table for a terminal."""
    table = Table(title=title or None, title_justify="left", show_edge=False, pad_edge=False)
    for name in records[0] if records else ():
        number = all(isinstance(r[name], int | float | None) for r in records)
        table.add_column(name, justify="right" if number else "left", overflow="fold")
    for record in records:
        table.add_row(*(Text(_shown(value)) for value in record.values()))
    return table


def _shown(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.4g}"
    return str(value)


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


def outcome_records(ensemble: Ensemble) -> list[dict[str, object]]:
    """Return one record per outcome and scenario: its mean or share with its interval."""
    keys = ("scenario", "outcome", "unit", "n", "mean", "low", "high", "never", "failed")
    return [{key: record[key] for key in keys} for record in compare(ensemble).table()]


def estimate_text(row: Row) -> str:
    """Return the estimate of a row with its interval and unit."""
    if row.share:
        return percent(row.estimate)
    text = interval(row.estimate)
    return text


def difference_text(row: Row) -> str:
    """Return the difference of a row, or words where there is none to show."""
    if row.difference is None:
        return "baseline"
    if row.verdict == "identical":
        return "exactly 0"
    if row.verdict == "too few":
        return "too few pairs"
    text = percent(row.difference, sign=True) if row.share else interval(row.difference, sign=True)
    if row.share:
        text = text.replace(" %", " points")
    return f"{text} · no difference seen" if row.verdict == "no difference seen" else text


def comparison_table(comparison: Comparison) -> Table:
    """Return a comparison as a table for a terminal: a block per outcome, a line per scenario."""
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("Outcome")
    table.add_column("Scenario")
    table.add_column("Mean or share [95 % CI]", justify="right")
    table.add_column(f"Difference to {comparison.baseline} [95 % CI]", justify="right")
    last = ""
    for row in comparison.rows:
        name = ""
        if row.outcome != last:
            if last:
                table.add_section()
            goal = {"minimize": "less is better", "maximize": "more is better"}.get(row.goal, "")
            name = row.label + (f"\n{', '.join(x for x in (row.unit, goal) if x)}" if row.unit or goal else "")
            last = row.outcome
        mean = estimate_text(row)
        if row.missing:
            mean += f" · n={row.estimate.n:,}"
        table.add_row(Text(name), Text(row.scenario), Text(mean), Text(difference_text(row)))
    return table


def comparison_notes(comparison: Comparison) -> list[str]:
    """Return the lines that every comparison must carry."""
    futures = f" in each of {comparison.futures} futures" if comparison.futures > 1 else ""
    notes = [
        TOY,
        f"{comparison.replications:,} replications a scenario{futures}, on common random numbers; "
        "differences are paired. Intervals are 95 %, one by one, not jointly.",
        "They show chance inside this model, not everything that could happen.",
    ]
    if any(row.missing for row in comparison.rows):
        notes.append(
            "Where an n stands beside a mean, the event never happened in the other replications; "
            "the difference is over pairs in which both have a value."
        )
    if comparison.failures:
        notes.append(f"{comparison.failures:,} replications failed and are left out of every figure.")
    return notes


def comparison_text(comparison: Comparison) -> str:
    """Return a comparison as plain text."""
    return render(comparison_table(comparison)) + "\n" + "\n".join(comparison_notes(comparison))
