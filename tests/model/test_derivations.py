"""Each figure that we counted follows from its rows in `seeds/derivations/`."""

from __future__ import annotations

import itertools
import re
from decimal import Decimal
from pathlib import Path

import pytest

from seeds.derivations import derive
from sim.model.facts import Fact, read_facts

SEEDS = Path(derive.HERE).parent
FACTS = {
    name: fact
    for file in ("article", "evidence")
    for name, fact in read_facts(SEEDS / f"{file}.yaml").items()
}
FIGURES = derive.figures()
OURS = re.compile(r"\bour (count|calculation|monthly difference)", re.IGNORECASE)


def agrees(stated: float, computed: float) -> bool:
    """Tell whether a number is the rounded computed one."""
    exponent = Decimal(str(stated)).normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return abs(stated - computed) <= 0.5 * 10 ** min(exponent, 0) + 1e-9


@pytest.mark.parametrize("name", FIGURES)
def test_an_entry_follows_from_its_rows(name: str) -> None:
    fact, (value, low, high) = FACTS[name], FIGURES[name]
    assert isinstance(fact.value, int | float)
    assert agrees(fact.value, value), f"{name}: {fact.value} is stated, the rows give {value:.4g}"
    if low is not None and high is not None:
        assert fact.low is not None and fact.high is not None
        assert agrees(fact.low, low), f"{name}: from {fact.low} is stated, the rows give {low:.4g}"
        assert agrees(fact.high, high), (
            f"{name}: to {fact.high} is stated, the rows give {high:.4g}"
        )


def counted(fact: Fact) -> bool:
    """Tell whether a figure is ours; distances are measured on maps that are too large to lie here."""
    return bool(OURS.search(fact.source)) and fact.name not in ("reach_moscow", "sites_within")


@pytest.mark.parametrize("name", [name for name, fact in FACTS.items() if counted(fact)])
def test_a_figure_of_ours_has_rows_or_is_unverified(name: str) -> None:
    assert name in FIGURES or FACTS[name].status == "unverified"


@pytest.mark.parametrize(
    ("stated", "computed", "right"),
    [(0.12, 0.1249, True), (0.12, 0.1251, False), (428, 427.5, True), (428, 427.4, False)],
)
def test_rounding(stated: float, computed: float, right: bool) -> None:
    assert agrees(stated, computed) is right


def test_nights_add_up_to_the_months() -> None:
    months = {row["month"]: row for row in derive.rows("raids_monthly")}
    for number, of in enumerate(derive.months(5, 12), start=5):
        month = months[f"2025-{number:02}"]
        for kind in ("drones", "ballistic"):
            assert sum(night[kind] for night in of) == int(month[kind])
        lumped = sum(night["cruise"] + night["mixed"] for night in of)
        assert lumped == int(month["cruise"])
        for kind in ("drones", "ballistic"):
            share = sum(night[f"{kind}_destroyed"] for night in of) / int(month[kind])
            assert agrees(float(month[f"{kind}_destroyed"]), share)


def test_nights_are_without_a_gap_and_no_more_falls_than_flies() -> None:
    dates = [derive.date.fromisoformat(row["date"]) for row in derive.rows("raids_nightly")]
    assert [(b - a).days for a, b in itertools.pairwise(dates)] == [1] * (len(dates) - 1)
    for night in derive.nights(dates[0], dates[-1]):
        for kind in ("drones", "ballistic", "cruise", "mixed", "other"):
            gone = night[f"{kind}_destroyed"] + night.get(f"{kind}_lost", 0)
            assert 0 <= gone <= night[kind]


def test_the_windows_are_those_of_the_run() -> None:
    first, last = derive.RUN
    assert (first - derive.date(2025, 7, 14)).days == 1
    assert (last - derive.date(2025, 7, 14)).days == 180
    assert len(derive.nights(*derive.SIXTY)) == 60


def test_exact_intervals() -> None:
    assert derive.exact(52, 0.025, derive.binomial(75), 1.0) == pytest.approx(
        (0.5762, 0.7947), abs=1e-4
    )
    assert derive.exact(0, 0.025, derive.binomial(4), 1.0) == pytest.approx((0.0, 0.6024), abs=1e-4)
    assert derive.exact(7, 0.05, derive.poisson, 100.0) == pytest.approx(
        (3.2853, 13.1481), abs=1e-4
    )
