"""Outcomes without a value, as a `first` that never happened: refused, or left out and counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sim.analysis.registry import Option
from sim.errors import Diagnostic, ExperimentError
from sim.formatting import counted
from sim.statistics.estimates import Bools, Floats

#: *refuse* an outcome that lacks a value in some replication, or *drop* such replications.
Missing = Literal["refuse", "drop"]

MISSING = Option(
    "missing",
    "An outcome that lacks a value in some replications: refuse it, or drop those replications and "
    "say how many.",
    default="refuse", choices=("refuse", "drop"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What an analysis left out because an outcome has no value there.

    Attributes
    ----------
    replications, total
        Those without a value, and all.
    failed
        Those among them that failed; in the others, the outcome never happened.
    units, of, unit
        What is left out whole, for too few of its replications have a value: how many of how many
        futures, base points or elementary effects.
    """

    replications: int = 0
    total: int = 0
    failed: int = 0
    units: int = 0
    of: int = 0
    unit: str = ""

    @property
    def words(self) -> str:
        """A sentence that says so; empty where nothing is left out."""
        if not self.replications:
            return ""
        failed = f", {self.failed:,} of which failed" if self.failed else ""
        whole = f"; with them {self.units:,} of {counted(self.of, self.unit)}" if self.units else ""
        return (
            f"Left out: {self.replications:,} of {counted(self.total, 'replication')} in which the "
            f"outcome has no value{failed}{whole}. Those left are a selection."
        )

    def whole(self, outcome: str, kept: Bools, least: int, unit: str) -> LeftOut:
        """Return it with what is left out whole: all but the units kept, along the last axis.

        Raises
        ------
        ExperimentError
            Fewer than `least` are left.
        """
        left, of = int(kept.sum(axis=-1).min()), kept.shape[-1]
        if left < least:
            words = f"'{outcome}' has a value in {left:,} of {counted(of, unit)} only"
            help = f"at least {least} are needed: run more, or choose another outcome"
            raise ExperimentError(Diagnostic("missing-values", words, None, help))
        return replace(self, units=int((~kept).sum()), of=kept.size, unit=unit)

    def lines(self) -> list[str]:
        """Return the sentence as the notes of a table."""
        return [self.words] if self.words else []

    def after(self, sentence: str) -> str:
        """Return a sentence with this one behind it."""
        return f"{sentence} {self.words}".rstrip()


def left_out(
    outcome: str,
    values: Floats,
    failed: Bools,
    missing: Missing,
    unit: str,
    place: Callable[[int], str],
) -> LeftOut:
    """Count the replications without a value, or refuse them.

    Parameters
    ----------
    values, failed
        ``[unit, replication]``.
    unit, place
        What a unit is called, and from its number, which it is.

    Raises
    ------
    ExperimentError
        A value is missing, and `missing` is *refuse*.
    """
    gaps = np.isnan(values)
    count, broken = int(gaps.sum()), int((gaps & failed).sum())
    if count and missing == "refuse":
        why = [f"{broken:,} failed"] if broken else []
        why += [f"in {count - broken:,} it never happened"] if count > broken else []
        number, replication = (int(i) for i in np.argwhere(gaps)[0])
        words = (
            f"'{outcome}' has no value in {count:,} of {counted(gaps.size, 'replication')} "
            f"({', '.join(why)}) at {int(gaps.any(axis=1).sum()):,} of {counted(len(gaps), unit)}; "
            f"the first is replication {replication} of {place(number)}"
        )
        help = (
            "narrow the ranges until no run fails"
            if broken
            else "choose an outcome that always has a value"
        )
        help += ", or leave these replications out: --missing drop"
        raise ExperimentError(Diagnostic("missing-values", words, None, help))
    return LeftOut(count, gaps.size, broken)
