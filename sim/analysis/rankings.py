"""What rankings of inputs share: which rows are shown, and their chart."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sim.analysis.result import Labels
from sim.analysis.shuffles import LEAST_SIGNS, LEVEL
from sim.statistics.estimates import Estimate

#: Name of the input that only draws other random numbers.
DUMMY = "dummy"
#: Rows of a table for readers, and of a chart; the other formats have all.
SHOWN, DRAWN = 25, 20


def shown(names: Sequence[str], limit: int = SHOWN) -> list[int]:
    """Return the places shown of a ranking: the first ones, and the dummy."""
    places = list(range(min(limit, len(names))))
    last = len(names) - 1
    return [*places, last] if names and names[-1] == DUMMY and last not in places else places


def cut_note(names: Sequence[str]) -> list[str]:
    """Return the note on the inputs that a table leaves out, if it does."""
    more = len([name for name in names if name != DUMMY]) - SHOWN
    return [f"{more} more inputs rank lower: --format csv lists all."] if more > 0 else []


def stands(p: float, effect: Estimate) -> bool:
    """Whether an effect stands: by its corrected p value or, where it has none, by its interval."""
    return effect.low > 0 if math.isnan(p) else p <= LEVEL


def seen_note(tails: Sequence[float], what: str) -> str:
    """Return what *seen* means, from the p values of all inputs and the dummy."""
    inputs = len(tails) - 1
    if math.isnan(tails[0]):
        return (
            f"'seen': {what} is above 0 in 97.5 % of the resamples, not corrected for looking at "
            f"{inputs} inputs: that takes {LEAST_SIGNS} replications."
        )
    return (
        f"'seen': {what} is as large in at most {LEVEL:.0%} of the random flips of the replications' "
        f"signs, for the largest of {inputs} inputs."
    )


def verdict(name: str, seen: bool) -> str:
    """Return what a table says of an input; nothing of the dummy."""
    return "" if name == DUMMY else "seen" if seen else "no effect seen"


def ranked_chart(
    names: Sequence[str], seen: Callable[[int], bool], measures: Mapping[str, Sequence[Estimate]],
    heading: str, parts: Sequence[str], runs: int, *, theme: Any, width: int, labels: Labels,
) -> Any:  # fmt: skip
    """Return the chart of a ranking: the first inputs and the dummy, with each of some measures."""
    from sim.charts.rankings import ranking_chart
    from sim.charts.theme import sources_note

    rows = [
        {
            "input": (labels or {}).get(names[i], names[i]), "part": part, "mean": values[i].mean,
            "low": values[i].low, "high": values[i].high, "seen": "yes" if seen(i) else "no",
        }
        for i in shown(names, DRAWN)
        for part, values in measures.items()
    ]  # fmt: skip
    return ranking_chart(rows, heading, [*parts, sources_note(runs)], theme=theme, width=width)


def ranking_sentence(names: Sequence[str], seen: Sequence[bool], outcome: str) -> str:
    """Return which inputs move an outcome, the first ones by name."""
    found = [name for name, known in zip(names, seen, strict=True) if known and name != DUMMY]
    total = len([name for name in names if name != DUMMY])
    if not found:
        return f"None of {total} inputs is seen to move {outcome}."
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return f"{outcome} is moved most by {', '.join(found[:3])}{more}, of {total} inputs."
