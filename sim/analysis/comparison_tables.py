"""The tables of a comparison, and the lines around them."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence

from sim.analysis.result import Column, Grid, ends
from sim.analysis.rows import (
    Row,
    difference_text,
    estimate_text,
    futures_text,
    hundred,
    range_text,
    verdict_text,
)
from sim.formatting import HELD, counted, decimal, direction, futures_count, number, plural
from sim.study.experiment import Experiment
from sim.study.files import DEFAULT_SEED
from sim.study.futures import DEFAULT_REPLICATIONS, PER_FUTURE
from sim.study.shipped import short_path

#: Verdicts as they fit a cell.
SHORT = {
    "no difference that matters": "does not matter",
    "identical": "the same in every pair",
    "too few": "too few pairs",
}

#: How to read the cells of the first table, and what the words over futures mean.
CELLS = (
    "In brackets: of 100 futures, how many share the direction; below, the expected difference in the "
    "middle 90 %."
)
#: The same where there is room for a line; ``--all`` explains the words.
BRIEF_CELLS = (
    "(85): 85 of 100 futures share the direction; below, the expected difference in 90 of 100."
)
WORDS = (
    "A future is one way in which the assumptions may turn out. Clearly: at least 95 of 100, sampling "
    "error allowed for. Not settled: chance alone could look like this. Too few events: fewer than 20 "
    "pairs of runs differ. Does not matter: inside what the model calls noticeable."
)


def overview(rows: Sequence[Row], headlines: Sequence[str]) -> Grid:
    """Return scenarios × headline outcomes: the best in the first outcome first."""
    names = [name for name in headlines if any(row.outcome == name for row in rows)]
    found = {(row.outcome, row.scenario): row for row in rows}
    base, *others = standing(rows, names[0])
    heads = []
    for name in names:
        row = found[name, base]
        unit = "points" if row.share else plural(row.unit)
        heads.append("\n".join(filter(None, (row.outcome.replace("_", " "), unit))))
    lines = [
        (found[names[0], s].title, *(cell(found[name, s], base == s) for name in names))
        for s in (base, *others)
    ]
    columns = (
        Column("Scenario", width=26),
        *(Column(head) for head in heads),
    )
    return Grid(columns, lines)


def standing(rows: Sequence[Row], outcome: str) -> list[str]:
    """Return the scenarios in order: the baseline, then the best in an outcome first."""
    kept = [row for row in rows if row.outcome == outcome]
    kept.sort(key=lambda row: (row.verdict != "baseline", *_rank(row)))
    return [row.scenario for row in kept]


def ordered(rows: Sequence[Row], headlines: Sequence[str]) -> list[Row]:
    """Return rows in the order of the first table: headline outcomes first, scenarios as they stand there."""
    if not rows:
        return []
    names = [*dict.fromkeys((*headlines, *(row.outcome for row in rows)))]
    first = next(name for name in names if any(row.outcome == name for row in rows))
    places = {name: i for i, name in enumerate(standing(rows, first))}
    return sorted(rows, key=lambda row: (names.index(row.outcome), places[row.scenario]))


def skew_notes(rows: Sequence[Row]) -> list[str]:
    """Return which means have intervals that may miss too often; nothing without any."""
    skewed = [f"{row.outcome} in {row.scenario}" for row in rows if row.skewed]
    told = ", ".join(skewed[:3]) + (f" and {len(skewed) - 3} more" if skewed[3:] else "")
    words = (
        "Values too skewed, or different ones too rare, for t intervals of means, which may miss more "
        f"often than 5 times in 100: {told}."
    )
    return [words] if skewed else []


def mostly_text(rows: Sequence[Row]) -> list[str]:
    """Return why *mostly* is said of a direction that at least 95 of 100 futures share; nothing without."""
    low = [found for row in rows if (found := _doubt(row)) is not None]
    forms = [under.row for row in rows for under in row.forms if _doubt(under.row) is not None]
    notes = []
    if low:
        notes.append(
            "Mostly, though 95 or more of 100 futures share the direction: the 95 % interval of that share "
            f"reaches down to {min(map(hundred, low))}. More futures narrow it."
        )
    if forms:
        notes.append(
            "Mostly under a form, though 95 or more of 100 of its futures share the direction: a form "
            "has only some of the futures, too few for clearly."
        )
    return notes


def _doubt(row: Row) -> float | None:
    """Return the lower end of the share of futures of a direction that is only mostly so at 95 or more."""
    if row.gap is None or not row.side or row.clear or row.leading is None:
        return None
    share = row.leading[1]
    return share.low if share.mean >= 0.945 else None


def _rank(row: Row) -> tuple[int, float]:
    """Return where a row stands in order: without a difference last."""
    return int(math.isnan(row.middle)), row.middle if row.goal == "minimize" else -row.middle


def cell(row: Row, base: bool) -> str:
    """Return a verdict with its share of futures, and the range of the difference below it."""
    if base:
        level = number(row.estimate, scale=100.0 if row.share else 1.0)
        level += " in 100" if row.share else ""
        return level + (f"\n{range_text(row.level, row.share)}" if row.level else "")
    if row.gap is None or row.leading is None:
        return f"{verdict_text(row)}\n{difference_text(row).removesuffix(' points')}"
    below = range_text(row.gap, row.share, True)
    if row.verdict == "too few events":
        below = f"{counted(row.events, 'pair')} differ{'s' if row.events == 1 else ''}"
    word, found = row.leading
    count = hundred(found.mean)
    head = SHORT.get(row.verdict, row.verdict)
    if row.side:
        head = f"{row.verdict.split()[0]} {word} ({count})"
    elif row.verdict == "depends on the assumptions":
        head = f"depends ({count} {word})"
    return f"{head}\n{below}"


def details(rows: Sequence[Row], baseline: str) -> Grid:
    """Return a block per outcome and a line per scenario."""
    nested = any(row.level is not None for row in rows)
    lines: list[Sequence[str]] = []
    blocks = []
    for i, row in enumerate(rows):
        name = ""
        if not i or row.outcome != rows[i - 1].outcome:
            blocks.append(i)
            words = ", ".join(x for x in (row.unit, direction(row.goal)) if x)
            name = f"{row.label}\n{words}" if words else row.label
        line = [name, row.scenario, estimate_text(row)]
        if nested:
            line += [assumptions_text(row), range_text(row.gap, row.share, True), futures_text(row)]
        else:
            line.append(difference_text(row))
        lines.append((*line, verdict_text(row)))
    head = [
        Column("Outcome", width=26),
        Column("Scenario"),
        Column("Mean or share [95 % CI]", True),
    ]
    if nested:
        head += [
            Column("Assumptions", True),
            Column(f"Difference to\n{baseline}, 5 … 95 %", True),
            Column("Of 100 futures"),
        ]
    else:
        head.append(Column(f"Difference to {baseline}", True))
    return Grid((*head, Column("Verdict", width=18)), lines, blocks)


def assumptions_text(row: Row) -> str:
    """Return the share of the variance of one run that is due to the assumptions."""
    found = row.level.parts.assumptions if row.level else math.nan
    return "–" if math.isnan(found) else f"{decimal(100 * found, 0)} %"


def futures_record(row: Row) -> dict[str, object]:
    """Return what a record says of the futures; None where none were sampled."""
    level, gap = row.level, row.gap
    return {
        **ends("futures_higher", row.above),
        **ends("futures_lower", row.below),
        "difference_q05": gap.low if gap else None,
        "difference_q50": gap.middle if gap else None,
        "difference_q95": gap.high if gap else None,
        "level_q05": level.low if level else None,
        "level_q50": level.middle if level else None,
        "level_q95": level.high if level else None,
        "variance_assumptions": level.parts.between if level else None,
        "variance_chance": level.parts.within if level else None,
        "difference_variance_assumptions": gap.parts.between if gap else None,
        "difference_variance_chance": gap.parts.within if gap else None,
        "matters": row.matters,
        "events": row.events,
        "hangs_on": "; ".join(turn.parameter for turn in row.turns),
    }


def size_text(replications: int, futures: int, central: bool = False, origin: str = "") -> str:
    """Return how many replications stand behind a table, what is held, and which futures they are."""
    if futures > 1:
        return f"{runs_each_text(replications, futures, origin)}, the same futures and random numbers for all"
    held = f", {HELD}" if central else ""
    return f"{replications:,} runs of each scenario with the same random numbers{held}"


def runs_each_text(replications: int, futures: int, origin: str = "") -> str:
    """Return how many runs each scenario has, and in which futures."""
    return (
        f"{replications * futures:,} runs of each scenario: {futures_count(futures, origin)} × "
        f"{replications:,} replications"
    )


def gap_notes(partial: str, failures: int) -> list[str]:
    """Return what must be said of replications that are missing."""
    failed = f"{failures:,} replications failed and are left out of every figure."
    return [*filter(None, [partial]), *([failed] if failures else [])]


def next_step(rows: Sequence[Row], headlines: Sequence[str], experiment: Experiment) -> str:
    """Return the command that asks why: of the first headline outcome, in the scenario that moves it most."""
    name = next((name for name in headlines if any(row.outcome == name for row in rows)), "")
    known = [
        r for r in rows if r.outcome == name and r.difference and math.isfinite(r.difference.mean)
    ]
    paths = {
        scenario.name: scenario.path for scenario in experiment.scenarios if not scenario.settings
    }
    base = next((r.scenario for r in rows if r.verdict == "baseline"), "")
    most = max(known, key=lambda r: abs(r.difference.mean) if r.difference else 0.0, default=None)
    if most is None or not paths.get(most.scenario) or not paths.get(base):
        return ""
    here, there = (shlex.quote(short_path(paths[s])) for s in (most.scenario, base))
    return f"fulcrum why {here} --against {there} --outcome {name}{_same_futures(experiment)}"


def _same_futures(experiment: Experiment) -> str:
    """Return the options by which `why` has the futures of an experiment, and as many runs or fewer."""
    words = "" if experiment.seed == DEFAULT_SEED else f" --seed {experiment.seed}"
    if experiment.central:
        return f"{words} --central"
    count, each = len(experiment.futures), experiment.replications
    if not experiment.parameters or experiment.listed:
        return words
    if (count, each) != (DEFAULT_REPLICATIONS // PER_FUTURE, PER_FUTURE):
        words += f" --futures {count} -n {max(1, min(each, 2 * DEFAULT_REPLICATIONS // count))}"
    return words


def detail_notes(rows: Sequence[Row]) -> list[str]:
    """Return the further lines below a table of all outcomes."""
    notes = []
    gains = sorted(r.gain for r in rows if r.gain is not None and math.isfinite(r.gain))
    middle = gains[len(gains) // 2] if gains else 1.0
    if middle >= 1.5:
        notes.append(
            f"Independent random numbers would need about {decimal(middle, 0)} times the "
            "replications for the same intervals (median over the differences)."
        )
    if more := max((r.more for r in rows if r.more), default=None):
        added = f"{more[0]:,} more replications per scenario"
        notes.append(f"{added} would about halve the intervals of differences not seen.")
    if any(row.missing for row in rows):
        notes.append(
            "Beside a mean, n counts the replications in which the event happens; a difference is "
            "over the n pairs in which it happens in both. These are a selection, so no "
            "difference among them is called better or worse."
        )
    return notes
