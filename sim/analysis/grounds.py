"""What one number of a model rests on, and many of them in short."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sim.analysis.result import Column, Grid
from sim.formatting import value_text
from sim.model.members import values_text
from sim.model.types import Value

#: Numbers that a screen shows as they are, and the widest assumptions that it shows of more.
FEW, WIDEST = 12, 8


@dataclass(frozen=True, slots=True)
class Ground:
    """What one number rests on.

    Attributes
    ----------
    kind
        A lever is a *choice* where its default is not the value of the fact that explains it.
    status, vintage
        Of the fact; empty where there is none.
    ground
        The source of the fact, or the reason of the assumption; empty where it is missing.
    options
        The words that it may be; empty of a number.
    uncertain
        Whether futures vary it.
    structural
        Whether it is a form of the model.
    spread
        From what these sample it, where that is more than a range.
    """

    name: str
    section: Literal["parameter", "lever", "table"]
    label: str
    value: Value
    low: float | None
    high: float | None
    unit: str
    kind: Literal["fact", "assumption", "counterfactual", "choice"]
    fact: str
    status: str
    vintage: str
    date: str
    ground: str
    url: str
    options: tuple[str, ...]
    uncertain: bool
    spread: str = ""
    structural: bool = False

    @property
    def span(self) -> str:
        """Its range or its options as text; empty where it has neither."""
        return self.spread or ", ".join(self.options) or span_text(self.low, self.high)

    def __str__(self) -> str:
        words = ", ".join(word for word in (self.kind, self.status, self.vintage) if word)
        return f"{self.name} = {self.value}{f' {self.unit}' if self.unit else ''} ({words}): {self.ground}"


def amount(value: float) -> str:
    """Return a number with three significant digits; infinity is an event that never happened."""
    if math.isnan(value):
        return "–"
    return "never" if math.isinf(value) else value_text(value).replace("-", "−")


def span_text(low: float | None, high: float | None) -> str:
    """Return a range, or nothing where there is none."""
    return "" if low is None or high is None else f"{amount(low)} to {amount(high)}"


def kind_text(ground: Ground) -> str:
    """Return the kind of a ground with the status and vintage of its fact."""
    words = (ground.kind, ground.status, ground.vintage)
    kind = ", ".join(word for word in words if word)
    return f"structural {kind}" if ground.structural else kind


def brief_grids(grounds: Sequence[Ground]) -> tuple[Grid, ...]:
    """Return how many numbers are of each kind, and the widest assumptions; nothing of a few numbers.

    Structural assumptions come first.
    """
    if len(grounds) <= FEW:
        return ()
    kinds = [(ground.section, kind_text(ground)) for ground in grounds]
    counts = [
        (section, kind, f"{kinds.count((section, kind)):,}")
        for section, kind in sorted({*kinds}, key=lambda one: (one[0], -kinds.count(one)))
    ]
    assumed = [g for g in grounds if g.section == "parameter" and g.kind != "fact" and g.uncertain]
    assumed.sort(key=lambda g: (not g.structural, -_width(g)))
    widest = [
        (g.name, f"{values_text([g.value])} {g.unit}".rstrip(), g.span, g.ground or "MISSING")
        for g in assumed[:WIDEST]
    ]
    said = (Column("Number is"), Column("Kind"), Column("How many", True))
    head = (
        Column("Widest assumption"), Column("Value", True), Column("Range"), Column("Reason"),
    )  # fmt: skip
    return Grid(said, counts), *([Grid(head, widest)] if widest else [])


def _width(ground: Ground) -> float:
    """Return the width of a range against its value; the widest are those that could matter most."""
    if ground.low is None or ground.high is None or not isinstance(ground.value, int | float):
        return 0.0
    return (ground.high - ground.low) / (abs(ground.value) or 1.0)
