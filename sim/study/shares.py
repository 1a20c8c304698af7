"""Shares that add up: whether they do, and what their sum leaves to each; loaded with every model."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from sim.errors import Diagnostic, ExperimentError
from sim.formatting import exact_text
from sim.model.dependence import SLACK, together
from sim.model.types import Model, Parameter, Value


def chance_lines(model: Model) -> tuple[str, ...]:
    """Return what a model says of chance beside single parameters, in sentences."""

    def ended(text: str, why: str) -> str:
        return f"{text}: {why.strip().rstrip('.')}." if why.strip() else f"{text}."

    found = [
        ended(f"Futures correlate {together(c.of)} by rank, {c.rank:g}", c.why)
        for c in model.correlations
    ]
    found += [ended(f"Shares {together(s.of)} add up to {s.to:g}", s.why) for s in model.shares]
    for one in model.samples.values():
        place = f" from {one.file}, column {one.column}" if one.file else ""
        reason = one.source or one.why or "MISSING: no source or reason"
        text = f"'{one.name}' has {one.count:,} observed values{place}"
        found.append(ended(text + (f" ({one.status})" if one.status else ""), reason))
    return tuple(found)


def with_all_shares(model: Model, names: Iterable[str]) -> frozenset[str]:
    """Return the names without shares of a sum whose other members are not all among them."""
    found = frozenset(names)
    for group in model.shares:
        if not found.issuperset(group.of):
            found -= set(group.of)
    return found


def within_sum(model: Model, parameter: Parameter) -> Parameter:
    """Return a parameter with the range that the others leave it, where it is a share of a sum."""
    for group in model.shares:
        if parameter.name in group.of:
            others = [model.parameters[name] for name in group.of if name != parameter.name]
            low, high = (math.fsum(getattr(p, end) for p in others) for end in ("low", "high"))
            ends = (
                max(parameter.low or 0.0, group.to - high),
                min(parameter.high or 0.0, group.to - low),
            )
            return replace(parameter, low=ends[0], high=ends[1])
    return parameter


def check_sums(model: Model, values: Mapping[str, Value], given: Collection[str]) -> None:
    """Refuse values of which some are given, and shares among them do not add up.

    Raises
    ------
    ExperimentError
        They do not.
    """
    for group in model.shares:
        total = math.fsum(float(values[name]) for name in group.of)
        apart = abs(total - group.to) > SLACK * max(1.0, abs(group.to))
        if apart and not set(group.of).isdisjoint(given):
            told = ", ".join(f"{name}={exact_text(values[name])}" for name in group.of)
            words = f"shares add up to {total:.12g}, not to {group.to:g}: {told}"
            raise ExperimentError(Diagnostic("bad-sum", words, None, "set all of them together"))
