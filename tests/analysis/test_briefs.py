"""A difference in few words: never more than its verdict allows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.analysis.briefs import brief_phrase, brief_size
from sim.analysis.rows import Row
from sim.statistics.estimates import Estimate
from sim.statistics.nested import Components, Spread

PARTS = Components(0.019, 0.001, 0.1, 0.02, 200, 1000)
ROW = Row(
    scenario="bold", outcome="peace", label="Peace", unit="share", goal="maximize", share=True,
    estimate=Estimate(0.2, 0.17, 0.23, 1000), difference=Estimate(0.019, 0.01, 0.03, 1000),
    verdict="depends on the assumptions", missing=0, failed=0,
    gap=Spread(-0.043, 0.019, 0.092, PARTS),
    above=Estimate(0.78, 0.70, 0.85, 200), below=Estimate(0.22, 0.15, 0.30, 200), events=90,
)  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "phrase", "size"),
    [
        ("depends on the assumptions", "depends on the assumptions (better in 78 of 100 futures)",
         "better in 78 of 100 futures"),
        ("mostly higher", "mostly better (78 of 100 futures)", "better in 78 of 100 futures"),
        ("clearly higher", "clearly better (78 of 100 futures)", "better in 78 of 100 futures"),
        ("no difference that matters", "no difference that matters", "no difference that matters"),
    ],
)  # fmt: skip
def test_a_count_stands_only_beside_a_direction(verdict: str, phrase: str, size: str) -> None:
    row = replace(ROW, verdict=verdict)  # type: ignore[arg-type]
    assert brief_phrase(row) == phrase
    assert brief_size(row) == f"+1.9 points, −4.3 … +9.2; {size}"


def test_few_events_have_no_size_and_no_direction() -> None:
    row = replace(ROW, verdict="too few events", events=7)
    assert brief_phrase(row) == brief_size(row)
    assert "7 pairs" in brief_size(row)
    assert "futures" not in brief_size(row)


def test_without_futures_the_paired_mean_is_told() -> None:
    row = replace(ROW, verdict="higher", gap=None, above=None, below=None)
    assert brief_phrase(row) == "higher, better (+1.9 points)"
    assert brief_size(row) == "+1.9 points [+1.0, +3.0]"
    loose = replace(row, p_holm=0.2)
    assert brief_phrase(loose).endswith("which may be chance among so many differences")


def test_an_index_needs_no_unit() -> None:
    row = replace(ROW, share=False, unit="index 0-100", goal="minimize", verdict="mostly higher")
    assert brief_phrase(row) == "mostly worse (78 of 100 futures)"
    assert brief_size(row).startswith("+0.019, −0.043 … +0.092; worse")
