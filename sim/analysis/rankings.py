"""What rankings of inputs share: which rows are shown, what is seen, and their chart."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.analysis.inputs import Factor
from sim.analysis.missing import LeftOut
from sim.analysis.result import Labels, Result
from sim.analysis.shuffles import LEAST_SIGNS, LEVEL
from sim.model.types import Outcome
from sim.statistics.estimates import Estimate

#: Name of the input that only draws other random numbers, and what readers see of it.
DUMMY = "dummy"
CHANCE_ALONE = "chance alone: an input that cannot matter"
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
    return "" if name == DUMMY else "seen" if seen else "not told apart from chance"


def called(name: str) -> str:
    """Return what an input is called in a table for readers."""
    return CHANCE_ALONE if name == DUMMY else name


def within(share: Estimate) -> Estimate:
    """Return a share of variance as readers see it, from 0 to 1; without an interval it may be any."""
    low, high = (
        (0.0, 1.0) if math.isnan(share.low) or math.isnan(share.high) else (share.low, share.high)
    )
    mean = 0.0 if math.isnan(share.mean) else share.mean
    mean, low, high = (min(1.0, max(0.0, x)) for x in (mean, low, high))
    return Estimate(mean, low, high, share.n)


def ranked_chart(
    names: Sequence[str], seen: Callable[[int], bool], measures: Mapping[str, Sequence[Estimate]],
    heading: str, parts: Sequence[str], runs: int, *, theme: Any, width: int, labels: Labels,
) -> Any:  # fmt: skip
    """Return the chart of a ranking: the first inputs and the dummy, with each of some measures."""
    from sim.charts.rankings import ranking_chart
    from sim.charts.theme import sources_note

    rows = [
        {
            "input": (labels or {}).get(names[i], called(names[i])), "part": part,
            "mean": values[i].mean, "low": values[i].low, "high": values[i].high,
            "seen": "yes" if seen(i) else "no",
        }
        for i in shown(names, DRAWN)
        for part, values in measures.items()
    ]  # fmt: skip
    return ranking_chart(rows, heading, [*parts, sources_note(runs)], theme=theme, width=width)


def ranking_sentence(names: Sequence[str], seen: Callable[[int], bool], outcome: str) -> str:
    """Return which inputs move an outcome, the first ones by name."""
    found = [name for i, name in enumerate(names) if seen(i) and name != DUMMY]
    total = len([name for name in names if name != DUMMY])
    if not found:
        return f"None of {total} inputs can be told apart from chance in what it does to {outcome}."
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    rest = f"; the other {total - len(found)} cannot be told apart from chance" * (
        total > len(found)
    )
    return f"{outcome} is moved most by {', '.join(found[:3])}{more}, of {total} inputs{rest}."


@dataclass(frozen=True)
class Ranking(Result):
    """What a design found of its inputs, the largest first, the dummy last.

    A ranking defines `measure`, what an input is judged by, and `figures`, its columns of a record.
    """

    outcome: Outcome
    factors: tuple[Factor, ...]
    points: int
    replications: int
    seed: int
    left_out: LeftOut
    p: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs, the dummy last."""
        return (*(f.name for f in self.factors), DUMMY)

    def measure(self, place: int) -> Estimate:
        """Return what an input is judged by."""
        raise NotImplementedError

    def figures(self, place: int) -> dict[str, object]:
        """Return what a record says of an input."""
        raise NotImplementedError

    def seen(self, place: int) -> bool:
        """Whether an input moves the expected outcome, as far as these runs tell.

        An effect stands by its corrected p value or, where it has none, by its interval.
        """
        p = self.p[place]
        return self.measure(place).low > 0 if math.isnan(p) else p <= LEVEL

    @property
    def clear(self) -> bool:
        """Whether some input is seen to move the outcome."""
        return any(self.seen(i) for i, name in enumerate(self.names) if name != DUMMY)

    def table(self) -> list[dict[str, object]]:
        """Return one record per input."""
        roles = [*(f.role for f in self.factors), "dummy"]
        return [
            {
                "input": name, "role": roles[i], **self.figures(i), "p": self.p[i],
                "verdict": "seen" if self.seen(i) else "no effect seen",
                "n": self.measure(i).n, "replications": self.replications,
            }
            for i, name in enumerate(self.names)
        ]  # fmt: skip

    def sentence(self) -> str:
        """Return which inputs move the outcome most."""
        return self.left_out.after(ranking_sentence(self.names, self.seen, self.outcome.name))
