"""What is known of a difference, and every sentence on it: counts first, nothing beyond the model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim import formatting
from sim.analysis.rows import (
    UNTOLD,
    Row,
    hundred,
    label_text,
    level_text,
    range_text,
    scenario_text,
    unit_text,
    verdict_text,
)
from sim.analysis.turning import Turn, turn_text
from sim.analysis.verdicts import Verdict, judged
from sim.formatting import counted, decimal, digits, interval
from sim.model.types import Model
from sim.statistics.estimates import Estimate
from sim.statistics.nested import Spread

CAUTION = (
    "Futures are ways in which the assumptions may lie. They and chance are all that ranges and "
    "intervals show, inside this model; not everything that could happen."
)
#: Said with every answer that leaves out what is not known.
HELD = f"{formatting.HELD.capitalize()}."
#: Names told one by one in a sentence.
MAX_NAMES = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one outcome under two policies, in the same futures and with the same luck.

    Attributes
    ----------
    outcome, scenario, baseline : str
        Names.
    direction : str
        A verdict of `sim.analysis.verdicts`.
    share : Estimate or None
        Share of futures that have the likelier direction, and its interval; None where none is told.
    size : Spread or None
        The expected difference over the futures, noise taken off, in the unit of the outcome.
    hangs_on : tuple of Turn
        The assumptions that most decide the direction, with the values at which it turns.
    chance : float
        Standard deviation of the difference between two runs of one future.
    text : str
        All of it in sentences.
    """

    outcome: str
    scenario: str
    baseline: str
    direction: Verdict
    share: Estimate | None
    size: Spread | None
    hangs_on: tuple[Turn, ...]
    chance: float
    text: str

    def __str__(self) -> str:
        return self.text


def answer(row: Row, base: Row, held: str = "") -> Answer:
    """Return what is known of the difference of one row to the baseline; `held` ends the text."""
    chance = math.sqrt(row.gap.parts.within) if row.gap is not None else math.nan
    return Answer(
        outcome=row.outcome,
        scenario=row.scenario,
        baseline=base.scenario,
        direction=row.verdict,
        share=row.leading[1] if row.leading and row.verdict not in UNTOLD else None,
        size=row.gap,
        hangs_on=row.turns,
        chance=chance,
        text=" ".join(filter(None, (_answer_text(row, base, chance), held))),
    )


def _answer_text(row: Row, base: Row, chance: float) -> str:
    """Return direction, size, what it hangs on, and chance, in sentences."""
    head = f"{label_text(row)} in {scenario_text(row)}, against {scenario_text(base)}: {verdict_phrase(row)}."
    if row.gap is None:
        return f"{head} The difference is {pair_text(row)}."
    if row.verdict == "identical":
        return head
    parts = [head, f"The expected difference is {size_text(row)}."]
    if hangs := hangs_text(row):
        parts.append(hangs)
    if chance > 0:
        k = 100.0 if row.share else 1.0
        unit = " points" if row.share else unit_text(row)
        parts.append(
            f"Chance alone moves the difference of two runs by {decimal(chance * k, digits(chance * k / 2))}"
            f"{unit} (standard deviation)."
        )
    return " ".join(parts)


def verdict_phrase(row: Row) -> str:
    """Return a verdict as part of a sentence, with its share of futures where there is one."""
    few = f"{counted(row.events, 'pair')} of runs differ{'s' * (row.events == 1)}"
    words = {
        "identical": "the same in every pair of runs",
        "too few": "too few pairs of runs have a value to compare",
        "too few events": f"only {few}, too few for a direction",
        "no difference seen": "no difference is seen",
        "not settled": "too few runs to settle it",
    }
    text = words.get(row.verdict, verdict_text(row).removesuffix(" *"))
    if row.leading is None or row.verdict in UNTOLD:
        return text
    return f"{row.verdict if row.side else text}, {futures_phrase(row)}"


def futures_phrase(row: Row) -> str:
    """Return ``better in 78 of 100 futures [70, 85]``."""
    assert row.leading is not None
    word, found = row.leading
    ends = f"[{hundred(found.low)}, {hundred(found.high)}]"
    return f"{word} in {hundred(found.mean)} of 100 futures {ends}"


def size_text(row: Row) -> str:
    """Return the middle and the 5 to 95 % range of an expected difference, and what matters."""
    assert row.gap is not None
    k = 100.0 if row.share else 1.0
    unit = " points" if row.share else unit_text(row)
    if row.gap.low == row.gap.high:
        return f"{range_text(row.gap, row.share, True)}{unit} in 5 to 95 % of futures"
    places = digits((row.gap.high - row.gap.low) * k / 2)
    middle = decimal(row.gap.middle * k, places, True)
    ends = range_text(row.gap, row.share, True)
    return f"{middle}{unit} in the middle, {ends} in 5 to 95 % of futures"


def hangs_text(row: Row, most: int | None = None) -> str:
    """Return the sentence on the assumptions that decide a direction; empty where none stands out."""
    goal = "" if row.unpaired else row.goal
    texts = [turn_text(turn, goal) for turn in row.turns[:most]]
    return f"It is {listed(texts)}." if texts else ""


@dataclass(frozen=True, slots=True)
class Summary:
    """A question, its answer in sentences, and the line that must stand below them."""

    question: str
    sentences: tuple[str, ...]
    caution: str = CAUTION

    def __str__(self) -> str:
        return "\n".join([self.question, "", *self.sentences, "", self.caution])


def summarize(
    rows: Sequence[Row], model: Model, outcomes: Sequence[str], question: str = ""
) -> Summary:
    """Summarize what scenarios do to some outcomes, in a sentence or two for each.

    Parameters
    ----------
    rows : sequence of Row
        Rows of a comparison.
    model : Model
        Gives the horizon and the title.
    outcomes : sequence of str
        Names, the most important first; the first gets a sentence on the baseline too.
    question : str, optional
        By default the title of the model.

    Returns
    -------
    Summary
        Its text is `str(summary)`.
    """
    span = horizon_text(model)
    sentences = []
    for place, name in enumerate(outcomes):
        base, others = of_outcome(rows, name)
        level = level_text(base) + (f", {span}." if place == 0 else ".")
        if not others:
            sentences.append(level)
        elif place == 0:
            sentences += [level, differences_text(base, others)]
        else:
            told = differences_text(base, others)
            sentences.append(f"{level[:-1]}; {told[:1].lower()}{told[1:]}")
    return Summary(question or model.title or model.name.replace("_", " "), tuple(sentences))


def of_outcome(rows: Sequence[Row], name: str) -> tuple[Row, list[Row]]:
    """Return the baseline's row of an outcome, and those of the other scenarios."""
    found = [row for row in rows if row.outcome == name]
    base = next(row for row in found if row.verdict == "baseline")
    return base, [row for row in found if row is not base]


def horizon_text(model: Model) -> str:
    """Return the horizon of a model in words, as ``over 180 days from 14 July 2025``."""
    return f"over {model.clock.span}"


def differences_text(base: Row, others: Sequence[Row]) -> str:
    """Return how scenarios differ from the baseline in an outcome, in one sentence or two."""
    if any(row.gap is not None for row in others):
        return _over_futures(base, others)
    clear = [row for row in others if row.clear]
    loose = [row for row in others if row.side and row not in clear]
    chance = (
        f"; in {_listed(loose)} the interval excludes 0, which may be chance among so many differences"
        if loose
        else ""
    )
    if not clear:
        return _none_clear(others, scenario_text(base), chance)
    parts = [
        f"{side} in {_listed(found)}"
        for side in ("higher", "lower")
        if (found := [row for row in clear if row.side == side])
    ]
    rest = len(others) - len(clear) - len(loose)
    tail = f", with no clear difference in the other {_scenarios(rest)}" if rest else ""
    return f"Against {scenario_text(base)} it is {' and '.join(parts)}{tail}{chance}."


def _over_futures(base: Row, others: Sequence[Row]) -> str:
    """Return what holds of differences under the assumptions that are not known.

    Of more than a few scenarios, only the clear ones are told with their numbers.
    """
    clear = [row for row in others if row.clear]
    parts = [
        f"clearly {judged(side, base.goal) or side} in {listed([_each(row) for row in found])}"
        for side in ("higher", "lower")
        if (found := _ordered([row for row in clear if row.side == side]))
    ]
    head = f"Against {scenario_text(base)} it is " + (" and ".join(parts) if parts else "")
    if not parts:
        head = f"Against {scenario_text(base)} no direction is clear"
    groups: dict[str, list[Row]] = {}
    for row in others:
        if row not in clear:
            groups.setdefault(_group(row), []).append(row)
    if len(others) > MAX_NAMES:
        tails = [f"{word} in {_counted(rows)}" for word, rows in groups.items()]
        return head + "".join(f"; {tail}" for tail in tails) + "."
    tails = [
        f"{word} in {listed([_each(r) for r in _ordered(rows)])}" for word, rows in groups.items()
    ]
    return head + "".join(f"; {tail}" for tail in tails) + "."


def _counted(rows: Sequence[Row]) -> str:
    """Return one scenario by its title, and several by their number."""
    return scenario_text(rows[0]) if len(rows) == 1 else _scenarios(len(rows))


def _group(row: Row) -> str:
    """Return how a row without a clear direction is told of."""
    if row.side:
        return f"it is mostly {row.judged or row.side}"
    return {
        "depends on the assumptions": "it depends on the assumptions",
        "not settled": "it is not settled by so few runs",
        "too few": "too few pairs have a value",
        "too few events": "too few pairs differ",
        "identical": "it is the same in every pair",
        "no difference that matters": "there is no difference that matters",
    }.get(row.verdict, "no difference is seen")


def _none_clear(others: Sequence[Row], against: str, chance: str) -> str:
    """Return the sentence for no clear difference at all."""
    total = len(others)
    if all(row.verdict == "identical" for row in others):
        return f"Every run of the other {_scenarios(total)} has the same value as in {against}."
    known = [r for r in others if r.difference and math.isfinite(r.difference.mean)]
    if total == 1 and not chance:
        if not known or others[0].verdict == "too few":
            return f"Too few pairs of runs have a value to compare {scenario_text(others[0])}."
        return f"There is no clear difference in {_each(known[0])}."
    if chance:
        return f"No difference to {against} is clear{chance}."
    widest = max(known, key=lambda r: abs(r.difference.mean) if r.difference else 0.0, default=None)
    told = f"; the largest seen is {_each(widest)}" if widest else ""
    return (
        f"None of the other {_scenarios(total)} makes a clear difference to {against}: each 95 % "
        f"interval of the paired difference holds 0 or is exactly 0{told}."
    )


def pair_text(row: Row, units: bool = True) -> str:
    """Return a paired difference with its interval, as ``+4.1 points [+2.0, +6.2]``."""
    found = row.difference
    if found is None or not math.isfinite(found.mean):
        return "no pairs to compare"
    if row.verdict == "identical":
        return "exactly 0 in every pair of runs"
    if math.isnan(found.low):
        return f"0 in all of {found.n:,} pairs"
    mean, *ends = interval(found, True, 100.0 if row.share else 1.0).split(" ", 1)
    unit = " points" if row.share else unit_text(row) if units else ""
    return " ".join([mean + unit, *ends])


def _listed(rows: Sequence[Row]) -> str:
    """Return scenarios with their differences, the largest first."""
    return listed([_each(row) for row in _ordered(rows)])


def _ordered(rows: Sequence[Row]) -> list[Row]:
    """Return rows, the largest difference first."""
    return sorted(rows, key=lambda r: -abs(r.difference.mean) if r.difference else 0.0)


def listed(texts: Sequence[str]) -> str:
    """Return the first texts of a list as a part of a sentence, and how many more there are."""
    told = list(texts[:MAX_NAMES])
    if len(texts) > MAX_NAMES:
        told.append(f"{len(texts) - MAX_NAMES} more")
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)


def _each(row: Row) -> str:
    """Return a scenario with its difference: over futures their share and range, else the mean."""
    if row.gap is not None and row.leading is not None:
        word, found = row.leading
        if row.verdict in UNTOLD:
            return scenario_text(row)
        share = f"{word} in {hundred(found.mean)} of 100 futures"
        return f"{scenario_text(row)} ({share}, {range_text(row.gap, row.share, True)})"
    pairs = row.difference.n if row.difference else 0
    seen = f" over the {pairs:,} pairs in which both happen" if row.unpaired and pairs else ""
    return f"{scenario_text(row)} ({pair_text(row, units=False)}{seen})"


def _scenarios(count: int) -> str:
    return f"{count} scenarios" if count != 1 else "scenario"
