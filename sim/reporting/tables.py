"""Tables: for people, for spreadsheets, for programs."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sim.analysis.comparison import Comparison, Row
from sim.analysis.decision_criteria import Robustness
from sim.formatting import TOY, decimal, direction, interval, percent
from sim.numerics.estimates import Estimate

Format = Literal["table", "csv", "json", "markdown"]
Records = Sequence[Mapping[str, object]]
#: What Markdown would take for a sign of its own.
_MARKUP = re.compile(r"[\\`*<>|\[\]$~]")


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
    """Return records as CSV; text that a spreadsheet takes for a formula gets an apostrophe."""
    buffer = io.StringIO()
    if records:
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow([_cell(name) for name in records[0]])
        writer.writerows([_cell(value) for value in record.values()] for record in records)
    return buffer.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
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


def records_markdown(records: Records) -> str:
    """Return records as a Markdown table; what they hold is shown as it is."""
    if not records:
        return ""
    rows = ((_in_markdown(_shown(v)) for v in r.values()) for r in records)
    return markdown_table(records[0], rows)


def table_markdown(table: Table) -> str:
    """Return a table for a terminal as Markdown."""
    names = [_in_markdown(column.header) for column in table.columns]
    columns = [[_in_markdown(cell) for cell in column.cells] for column in table.columns]
    return markdown_table(names, zip(*columns, strict=True))


def _in_markdown(cell: object) -> str:
    return _MARKUP.sub(r"\\\g<0>", str(cell))


def records_table(records: Records, title: str = "") -> Table:
    """Return records as a table for a terminal."""
    table = Table(
        title=Text(title) if title else None, title_justify="left", show_edge=False, pad_edge=False
    )
    for name in records[0] if records else ():
        number = all(isinstance(r[name], int | float | None) for r in records)
        table.add_column(Text(name), justify="right" if number else "left", overflow="fold")
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


def outcome_records(comparison: Comparison) -> list[dict[str, object]]:
    """Return one record per outcome and scenario: its mean or share with its interval."""
    keys = ("scenario", "outcome", "unit", "n", "mean", "low", "high", "never", "failed")
    return [{key: record[key] for key in keys} for record in comparison.table()]


def outcome_table(comparison: Comparison) -> Table:
    """Return the outcomes of every scenario as a table for a terminal, without differences."""
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("Scenario", overflow="fold")
    table.add_column("Outcome", overflow="fold")
    table.add_column("Unit")
    table.add_column("Mean or share [95 % CI]", justify="right")
    for row in sorted(comparison.rows, key=lambda row: comparison.scenarios.index(row.scenario)):
        cells = (row.scenario, row.label, row.unit, estimate_text(row))
        table.add_row(*(Text(cell) for cell in cells))
    return table


def outcome_notes(comparison: Comparison) -> list[str]:
    """Return the lines that a table of outcomes must carry."""
    notes = [
        TOY,
        f"{_size(comparison)}; intervals are 95 % and show chance inside this model alone.",
    ]
    if any(row.missing for row in comparison.rows):
        notes.append("Where an n stands beside a mean, the event never happened in the others.")
    return notes + _gaps(comparison)


def _size(comparison: Comparison) -> str:
    futures = f" in each of {comparison.futures} futures" if comparison.futures > 1 else ""
    return f"{comparison.replications:,} replications a scenario{futures}"


def _gaps(comparison: Comparison) -> list[str]:
    """Return what is to be said of replications that are not there."""
    failed = f"{comparison.failures:,} replications failed and are left out of every figure."
    return [*filter(None, [comparison.partial]), *([failed] if comparison.failures else [])]


def estimate_text(row: Row) -> str:
    """Return the estimate of a row with its interval, and its n where a value is missing."""
    text = percent(row.estimate) if row.share else interval(row.estimate)
    return f"{text} · n={row.estimate.n:,}" if row.missing else text


def difference_text(row: Row) -> str:
    """Return the difference of a row with its interval, and its pairs where they are a selection."""
    if row.difference is None or row.verdict == "too few":
        return "–"
    if row.verdict == "identical":
        return "0"
    if row.share:
        return percent(row.difference, sign=True).replace(" %", " points")
    pairs = f" · n={row.difference.n:,}" if row.unpaired else ""
    return interval(row.difference, sign=True) + pairs


def verdict_text(row: Row) -> str:
    """Return what the interval of a difference says."""
    words = {
        "identical": "the same in every pair",
        "too few": "too few pairs",
        "baseline": "baseline",
    }
    if row.verdict in ("higher", "lower"):
        goal = "" if row.unpaired else row.goal
        better = {"maximize": "higher", "minimize": "lower"}.get(goal)
        judged = "" if better is None else ", better" if better == row.verdict else ", worse"
        firm = "" if row.p_holm is None or row.p_holm < 0.05 else " *"
        return row.verdict + judged + firm
    return words.get(row.verdict, "no difference seen")


def comparison_table(comparison: Comparison) -> Table:
    """Return a comparison as a table for a terminal: a block per outcome, a line per scenario."""
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("Outcome", max_width=30)
    table.add_column("Scenario", overflow="fold")
    table.add_column("Mean or share [95 % CI]", justify="right")
    table.add_column(Text(f"Difference to {comparison.baseline}"), justify="right")
    table.add_column("Seen")
    last = ""
    for row in comparison.rows:
        name = ""
        if row.outcome != last:
            if last:
                table.add_section()
            words = ", ".join(x for x in (row.unit, direction(row.goal)) if x)
            name = f"{row.label}\n{words}" if words else row.label
            last = row.outcome
        cells = (name, row.scenario, estimate_text(row), difference_text(row), verdict_text(row))
        table.add_row(*(Text(cell) for cell in cells))
    return table


def comparison_notes(comparison: Comparison) -> list[str]:
    """Return the lines that every comparison must carry."""
    notes = [
        TOY,
        f"{_size(comparison)}, on common random numbers; differences are paired. Intervals are 95 %, "
        "each for itself.",
        "They show chance inside this model, not everything that could happen.",
    ]
    tests = sum(row.p_value is not None for row in comparison.rows)
    if any(verdict_text(row).endswith("*") for row in comparison.rows):
        notes.append(
            f"* its own interval excludes 0, but among {tests} tested differences of this table one "
            "such may be chance (Holm's adjusted p is 0.05 or more)."
        )
    gains = [
        row.gain for row in comparison.rows if row.gain is not None and math.isfinite(row.gain)
    ]
    middle = sorted(gains)[len(gains) // 2] if gains else 1.0
    if middle >= 1.5:
        notes.append(
            f"Independent random numbers would have needed about {decimal(middle, 0)} times the "
            "replications for the same intervals (median over the differences)."
        )
    settled = max((r.more for r in comparison.rows if r.more), default=None)
    if settled:
        notes.append(
            f"Where no difference is seen, {_thrice(comparison, settled[0])} would about halve the "
            "interval."
        )
    if any(row.missing for row in comparison.rows):
        notes.append(
            "Where an n stands beside a mean, the event never happened in the other replications; "
            "the difference is over the n pairs in which both have a value. These are a selection, so "
            "it is called neither better nor worse."
        )
    return notes + _gaps(comparison)


def _thrice(comparison: Comparison, replications: int) -> str:
    """Say what must be added to a sample to make it four times as large."""
    if comparison.futures > 1:
        return f"{3 * comparison.futures:,} more futures"
    return f"{replications:,} more replications a scenario"


def robustness_table(found: Robustness) -> Table:
    """Return robustness as a table for a terminal: a block per criterion."""
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("Outcome", max_width=28)
    table.add_column("Criterion", max_width=34)
    table.add_column("Scenario", overflow="fold")
    table.add_column("Value [95 % CI]", justify="right")
    table.add_column("Ranked first", justify="right")
    for criterion in found.criteria:
        words = f"{criterion.name}\n{criterion.meaning}"
        name = criterion.outcome
        for i, scenario in enumerate(criterion.scenarios):
            estimate = Estimate(
                criterion.values[i], criterion.low[i], criterion.high[i], found.futures
            )
            row = (name, words, scenario, interval(estimate), f"{criterion.first[i]:.0%}")
            table.add_row(*(Text(cell) for cell in row))
            name = words = ""
        table.add_section()
    return table


def robustness_notes(found: Robustness) -> list[str]:
    """Return the lines that every robustness table must carry."""
    shaky = [c for c in found.criteria if not c.stable]
    notes = [
        TOY,
        f"{found.futures:,} futures × {found.replications:,} replications a scenario; intervals "
        f"and ranks from {found.resamples:,} bootstrap samples of the futures, alike for all.",
        "'Ranked first': the share of those samples in which the scenario comes out best.",
    ]
    if shaky:
        notes.append(
            f"In {len(shaky)} of {len(found.criteria)} rankings no scenario is first in 95 % of "
            "the samples: those rankings are not stable."
        )
    if found.left_out:
        count = ", ".join(f"{name}: {n:,}" for name, n in found.left_out.items())
        notes.append(
            f"Left out, for some scenario has no value there at all: futures by outcome, {count}."
        )
    if found.partial:
        notes.append(found.partial)
    if found.failures:
        notes.append(f"{found.failures:,} replications failed and are left out of every figure.")
    return notes
