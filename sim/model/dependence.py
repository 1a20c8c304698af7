"""Read which parameters depend on each other: rank correlations, and shares of a sum."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

from sim.errors import did_you_mean
from sim.model.chance import CorrelationShape, SharesShape
from sim.model.checks import Path, Report
from sim.model.types import Correlation, Parameter, Shares
from sim.numerics.copula import cholesky

#: How far the values of shares may be off their sum, as a part of it.
SLACK = 1e-9
Ranks = dict[frozenset[str], float]


def read_correlations(
    report: Report, entries: Sequence[CorrelationShape], parameters: Mapping[str, Parameter]
) -> tuple[Correlation, ...]:
    """Read rank correlations; all together must be possible."""
    found: dict[int, Correlation] = {}
    ranks: Ranks = {}
    for i, entry in enumerate(entries):
        path: Path = ("correlations", i)
        if not _members(report, path, entry.of, parameters, "correlated"):
            continue
        if not -1.0 < entry.rank < 1.0:
            message = f"a rank correlation lies between -1 and 1, not at {entry.rank}"
            report.error((*path, "rank"), "bad-range", message)
            continue
        rank = float(entry.rank)
        pairs = [frozenset(pair) for pair in combinations(entry.of, 2)]
        twice = next((pair for pair in pairs if pair in ranks), None)
        if twice is not None:
            message = f"the correlation of {together(sorted(twice))} is given twice"
            report.error((*path, "of"), "duplicate-name", message)
            continue
        ranks |= dict.fromkeys(pairs, rank)
        found[i] = Correlation(tuple(entry.of), rank, report.key((*path, "of")), entry.why)
    if possible(ranks):
        return tuple(found.values())
    nearest = ((i, _nearest(ranks, found[i])) for i in reversed(found))
    at, rank_there = next(((i, x) for i, x in nearest if x is not None), (max(found), None))
    message = f"{together(found[at].of)} cannot be correlated so"
    if len(found) > 1:
        message += ", together with the other correlations"
    help = "weaken several of them" if rank_there is None else f"nearest: rank: {rank_there:g}"
    report.error(("correlations", at, "rank"), "bad-correlation", message, help)
    return ()


def read_shares(
    report: Report,
    entries: Sequence[SharesShape],
    parameters: Mapping[str, Parameter],
    correlations: Sequence[Correlation],
) -> tuple[Shares, ...]:
    """Read groups of parameters that add up."""
    found: list[Shares] = []
    taken = {name: "correlations" for one in correlations for name in one.of}
    for i, entry in enumerate(entries):
        path: Path = ("shares", i)
        if not _members(report, path, entry.of, parameters, "a share"):
            continue
        before = len(report.errors)
        members = [parameters[name] for name in entry.of]
        for place, one in enumerate(members):
            at = (*path, "of", place)
            if one.name in taken:
                message = f"'{one.name}' is already in '{taken[one.name]}'"
                report.error(at, "conflicting-keys", message)
                break
            if one.type.kind != "number" or one.shape != "uniform":
                message = f"'{one.name}' cannot be a share: it has whole numbers, or a shape"
                help = "shares are even over all combinations within their ranges that add up"
                report.error(at, "conflicting-keys", message, help)
            taken[one.name] = "shares"
        if len(report.errors) > before:
            continue
        low, high = (math.fsum(getattr(m, end) for m in members) for end in ("low", "high"))
        total = math.fsum(float(m.value) for m in members)
        if not low <= entry.to <= high:
            ends = f"{low:.12g} to {high:.12g}, never to {entry.to:g}"
            message = f"the ranges of {together(entry.of)} add up to {ends}"
            report.error((*path, "of"), "bad-range", message)
        elif abs(total - entry.to) > SLACK * max(1.0, abs(entry.to)):
            message = (
                f"the values of {together(entry.of)} add up to {total:.12g}, not to {entry.to:g}"
            )
            report.error((*path, "of"), "bad-sum", message, "change one of them")
        else:
            found.append(
                Shares(tuple(entry.of), float(entry.to), report.key((*path, "of")), entry.why)
            )
    return tuple(found)


def _members(
    report: Report, path: Path, names: Sequence[str], parameters: Mapping[str, Parameter], what: str
) -> bool:
    """Reject names that are no parameters whose values differ between futures."""
    before, broken = len(report.errors), False
    for i, name in enumerate(names):
        place = (*path, "of", i)
        if name in report.broken:
            broken = True
        elif name not in parameters:
            message = f"there is no parameter '{name}'"
            report.error(place, "unknown-name", message, did_you_mean(name, parameters))
        elif name in names[:i]:
            report.error(place, "duplicate-name", f"'{name}' is listed twice")
        elif not parameters[name].uncertain:
            help = "give it a 'range'"
            message = f"'{name}' cannot be {what}: its value is the same in all futures"
            report.error(place, "no-range", message, help)
        elif parameters[name].type.options:
            message = f"'{name}' cannot be {what}: options have no order"
            report.error(place, "type-mismatch", message)
    return not broken and len(report.errors) == before


def possible(ranks: Ranks) -> bool:
    """Whether there are numbers with all these rank correlations, those not given being 0."""
    names = sorted({name for pair in ranks for name in pair})
    return cholesky([_pearson(x) for x in matrix(names, ranks)], len(names)) == len(names)


def matrix(names: Sequence[str], ranks: Ranks) -> list[float]:
    """Return the rank correlations of some parameters, row by row."""
    return [1.0 if a == b else ranks.get(frozenset((a, b)), 0.0) for a in names for b in names]


def all_ranks(correlations: Sequence[Correlation]) -> Ranks:
    """Return the rank correlation of each pair."""
    return {frozenset(pair): one.rank for one in correlations for pair in combinations(one.of, 2)}


def _pearson(rank: float) -> float:
    return 2.0 * math.sin(math.pi * rank / 6.0)


def _nearest(ranks: Ranks, one: Correlation) -> float | None:
    """Return the possible value that is nearest to a correlation, with two digits, if there is any."""
    pairs = [frozenset(pair) for pair in combinations(one.of, 2)]
    ladder = sorted((i / 100 for i in range(-99, 100)), key=lambda x: abs(x - one.rank))
    return next((x for x in ladder if possible(ranks | dict.fromkeys(pairs, x))), None)


def together(names: Sequence[str]) -> str:
    """Return names in a sentence."""
    return f"{', '.join(names[:-1])} and {names[-1]}"
