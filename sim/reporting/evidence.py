"""Evidence, calibration and backtest as tables for people."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from sim.analysis.evidence import Evidence, Ground
from sim.analysis.targets import Backtest, Calibration, Judgement
from sim.engine.trace import say
from sim.formatting import TOY, decimal, interval, percent
from sim.numerics.estimates import Estimate

NEVER = "never"


def amount(value: float) -> str:
    """Return a number with three significant digits; infinity is an event that never came."""
    if math.isnan(value):
        return "–"
    return NEVER if math.isinf(value) else say(value).replace("-", "−")


def span_text(low: float | None, high: float | None) -> str:
    """Return a range, or nothing where there is none."""
    return "" if low is None or high is None else f"{amount(low)} to {amount(high)}"


def table_of(titles: Sequence[str], numeric: Sequence[str] = ()) -> Table:
    """Return an empty table for a terminal; `numeric` columns are set to the right."""
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, justify="right" if title in numeric else "left", overflow="fold")
    return table


def evidence_table(evidence: Evidence) -> Table:
    """Return what each number rests on as a table for a terminal."""
    table = table_of(("Name", "Value", "Range", "Kind", "Source or reason"), ("Value",))
    last = ""
    for ground in evidence.grounds:
        if last and ground.section != last:
            table.add_section()
        last = ground.section
        cells = (
            ground.name,
            f"{say(ground.value)} {ground.unit}".rstrip(),
            span_text(ground.low, ground.high),
            kind_text(ground),
            ground.ground or "MISSING",
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def kind_text(ground: Ground) -> str:
    """Return the kind of a ground with the status and vintage of its fact."""
    words = (ground.kind, ground.status, ground.vintage)
    return ", ".join(word for word in words if word)


def evidence_notes(evidence: Evidence) -> list[str]:
    """Return the lines that every table of evidence must carry."""
    total = len(evidence.parameters)
    assumed = total - len(evidence.facts)
    levers = len(evidence.grounds) - total
    notes = [
        TOY,
        f"{total} parameters: {_part(len(evidence.facts), total)} rest on facts with a source, "
        f"{_part(assumed, total)} are assumptions of ours.",
    ]
    if evidence.facts:
        read = len(evidence.verified)
        notes.append(
            f"Of these facts, {_part(read, len(evidence.facts))} were read at their source and "
            f"{len(evidence.facts) - read} are unverified."
        )
    if levers:
        notes.append(f"Levers that cite a fact: {levers}; a default is a choice, not a finding.")
    if evidence.without_range:
        count = len(evidence.without_range)
        notes.append(f"Assumptions without a range, which every future holds fast: {count}.")
    return notes


def _part(count: int, total: int) -> str:
    return f"{count} ({count / total:.0%})" if total else f"{count}"


def _target(judgement: Judgement, mark: str = "") -> str:
    entry = judgement.entry
    return f"{entry.label}{mark} ({entry.unit})" if entry.unit else entry.label + mark


def _evidence(judgement: Judgement) -> str:
    entry = judgement.entry
    scale, unit = (100, " %") if judgement.share else (1, "")
    shown = amount(scale * entry.value) + unit
    ends = ""
    if entry.low is not None and entry.high is not None:
        ends = span_text(scale * entry.low, scale * entry.high)
    return f"{shown}\n({ends}{unit})" if ends else shown


def _estimate(judgement: Judgement) -> str:
    """Return the model's mean with its interval on a line of its own, and how many stand behind it."""
    text = percent(judgement.estimate) if judgement.share else interval(judgement.estimate)
    return text.replace(" [", "\n[")


def _middles(judgement: Judgement) -> str:
    return f"50 %: {_ends(judgement.half)}\n90 %: {_ends(judgement.most)}"


def _ends(pair: tuple[float, float]) -> str:
    low, high = pair
    return amount(low) if low == high else f"{amount(low)} to {amount(high)}"


def _counted(judgement: Judgement) -> str:
    """Return how many replications count, and in how many of them the event never came."""
    text = f"{judgement.replications:,}"
    return f"{text}\n{judgement.never:,} never" if judgement.never else text


def _judged_table(judgements: Sequence[Judgement], evidence: str, verdict: str) -> Table:
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("Target (unit)", max_width=36)
    table.add_column(evidence, justify="right")
    table.add_column("Model mean\n[95 % CI]", justify="right")
    table.add_column("Middle of the replications")
    table.add_column("n", justify="right")
    table.add_column(verdict)
    last = ""
    for judgement in judgements:
        if judgement.scenario != last:
            if last:
                table.add_section()
            last = judgement.scenario
            table.add_row(Text(f"in {last}:", style="italic"))
        calibrating = verdict == "In range"
        verdicts = (
            MARK[judgement.in_range]
            if calibrating
            else f"50 % {MARK[judgement.in_half]}\n90 % {MARK[judgement.in_most]}"
        )
        cells = (
            _target(judgement, " ·" if calibrating and judgement.entry.fed else ""),
            _evidence(judgement),
            _estimate(judgement),
            _middles(judgement),
            _counted(judgement),
            verdicts,
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


MARK = {True: "in", False: "OUT"}


def calibration_table(found: Calibration) -> Table:
    """Return a calibration as a table for a terminal."""
    return _judged_table(found.judgements, "Evidence\n(range)", "In range")


def calibration_notes(found: Calibration) -> list[str]:
    """Return the lines that every calibration must carry."""
    inside = sum(j.in_range for j in found.judgements)
    fed = sum(j.entry.fed for j in found.judgements)
    notes = [
        TOY,
        f"{inside} of {len(found.judgements)} targets: the model's mean lies in the range of the evidence.",
        _runs(found),
    ]
    if fed:
        notes.append(
            f"· {fed} of them feed the model: a parameter rests on the same fact, so that they show "
            "that the model hands it on, not that it is right."
        )
    for entry in found.departures:
        notes.append(f"Out of range on purpose, {entry.name}: {entry.departs}")
    if found.misses:
        notes.append(f"Out of range: {', '.join(found.misses)}.")
    return [*notes, found.rationale] if found.rationale else notes


def backtest_table(found: Backtest) -> Table:
    """Return a backtest as a table for a terminal."""
    return _judged_table(found.judgements, "What happened\n(range)", "Inside")


def backtest_notes(found: Backtest) -> list[str]:
    """Return the lines that every backtest must carry."""
    notes = [
        TOY,
        f"{_covered(found.half)} in the middle 50 %, {_covered(found.most)} in the middle 90 % (Wilson's "
        f"95 % interval, n = {found.most.n} targets, which are not independent of each other).",
        _runs(found),
        "Nothing was tuned to these figures. A figure inside a wide interval is no success, and one outside "
        "a narrow interval shows where the model is too sure or wrong.",
    ]
    if any(j.never for j in found.judgements):
        notes.append(
            "'Never': the event does not come before the horizon; such replications count as later than "
            "any day, and the mean is over the others."
        )
    if found.misses:
        notes.append(f"Outside the middle 90 %: {', '.join(found.misses)}.")
    return [*notes, found.rationale] if found.rationale else notes


def _covered(estimate: Estimate) -> str:
    inside = round(estimate.mean * estimate.n) if estimate.n else 0
    low, high = (decimal(100 * x, 0) for x in (estimate.low, estimate.high))
    return f"{inside} of {estimate.n} targets [{low}, {high} %]"


def _runs(found: Calibration | Backtest) -> str:
    futures = f" in each of {found.futures} futures" if found.futures > 1 else ""
    held = "" if found.futures > 1 else ", uncertain parameters at their central values"
    failed = f"; {found.failures:,} failed and are left out" if found.failures else ""
    return f"{found.replications:,} replications a scenario{futures}{held}{failed}."
