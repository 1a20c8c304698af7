"""Read derived quantities and outcomes from the entries of a file, and report all errors."""

from __future__ import annotations

import graphlib
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from sim.errors import Diagnostic
from sim.language.expressions import Expression, walk
from sim.language.scope import Scope
from sim.language.terms import BOOLEAN, NUMBER, Reference, Role
from sim.model.cells import is_cell, outcome_cells
from sim.model.checks import ACTORS, Path, Report, check_name, check_range
from sim.model.clock import Clock
from sim.model.entries import common_fields
from sim.model.instants import event_named, moment
from sim.model.moving import linear, note_derived, still
from sim.model.naming import family_of
from sim.model.outcomes import type_of, unwritable
from sim.model.schema import DerivedShape, OutcomeShape
from sim.model.sets import read_over
from sim.model.types import Derived, Family, Outcome, Statistic
from sim.yaml import locate

#: Limits of a derived quantity: terms after expansion, and levels of nesting.
MAX_TERMS = 20_000
MAX_LEVELS = 100
STATISTICS: tuple[Statistic, ...] = get_args(Statistic)
#: Roles of the names that an outcome of outcomes can use, and what to write for others.
READABLE: frozenset[Role] = ACTORS | {"outcome"}
INSTEAD = "measure it in an outcome of its own, as with 'final', and read that outcome"
CONDITIONAL = frozenset({"ever", "first", "count", "duration"})


def read_derived(report: Report, entries: Mapping[str, DerivedShape]) -> dict[str, Derived]:
    """Read the derived quantities, each after those it uses."""
    needs = {n: _names(str(e.formula)) & set(entries) for n, e in entries.items()}
    order = _in_order(report, "derived", needs, "derived-cycle")
    report.broken.update(entries.keys() - needs)
    found: dict[str, Derived] = {}
    sizes: dict[str, tuple[int, int]] = {}
    for name in order:
        entry = _read_one(report, name, entries[name], sizes)
        if entry is None:
            report.broken.add(name)
        else:
            found[name] = entry
            report.names[name] = ("derived", entry.formula.type)
            note_derived(report, name, entry.formula)
    return {name: found[name] for name in entries if name in found}


def _in_order(report: Report, section: str, needs: dict[str, set[str]], code: str) -> list[str]:
    """Return names, each after those that it needs; report circles, and leave them out of `needs`."""
    names = list(needs)
    while True:
        try:
            return list(graphlib.TopologicalSorter(needs).static_order())
        except graphlib.CycleError as error:
            cycle: list[str] = list(reversed(error.args[1]))
            first = min(range(len(cycle) - 1), key=lambda i: names.index(cycle[i]))
            cycle = [*cycle[first:-1], *cycle[: first + 1]]
            message = f"'{cycle[0]}' depends on itself: {' → '.join(cycle)}"
            report.error((section, cycle[0]), code, message, key=True)
            for name in cycle:
                needs.pop(name, None)
            for uses in needs.values():
                uses -= set(cycle)


def _read_one(
    report: Report, name: str, entry: DerivedShape, sizes: dict[str, tuple[int, int]]
) -> Derived | None:
    """Read one derived quantity; `sizes` are the terms and levels of earlier ones."""
    path: Path = ("derived", name)
    good = check_name(report, path, name)
    good &= check_range(report, (*path, "range"), entry.range)
    place = (*path, "formula")
    over = read_over(report, path, entry.over)
    if over is None:
        return None
    report.indices = over
    formula = report.expression(place, report.scope("a derived quantity"))
    report.indices = ()
    if not good or formula is None:
        return None
    terms = list(walk(formula.term))
    used = [sizes[t.name] for t in terms if isinstance(t, Reference) and t.name in sizes]
    size = len(terms) + sum(size for size, _ in used)
    level = 1 + max((level for _, level in used), default=0)
    sizes[name] = size, level
    if size > MAX_TERMS or level > MAX_LEVELS:
        message = f"'{name}' expands to more than {MAX_TERMS:,} terms"
        if level > MAX_LEVELS:
            message = f"'{name}' is nested more than {MAX_LEVELS} derived quantities deep"
        report.error(place, "too-large", message, "store a part of it in the state")
        return None
    if over:
        report.over[name] = tuple(index.set for index in over)
    fields = common_fields(report, path, entry, entry.range)
    return Derived(**fields, formula=formula, over=over)


def read_outcomes(
    report: Report,
    entries: Mapping[str, OutcomeShape],
    clock: Clock | None,
    families: dict[str, Family],
) -> dict[str, Outcome]:
    """Read the outcomes, each after those it reads."""
    bases = {n: e for n, e in entries.items() if not is_cell(n, entries)}
    needs = {
        n: _names(str(e.of)) & set(bases) if e.of is not None else set() for n, e in bases.items()
    }
    found: dict[str, dict[str, Outcome]] = {}
    names, over = dict(report.names), dict(report.over)

    def read(name: str, entry: OutcomeShape) -> Outcome | None:
        others = report.scope("an outcome of outcomes", now=True, counts=False, roles=READABLE)
        broken = others.broken | (bases.keys() - found.keys())
        others = replace(
            others, names={**others.names, **names}, over=over, broken=broken, instead=INSTEAD
        )
        return read_outcome(report, name, entry, clock, others)

    for name in _in_order(report, "outcomes", needs, "outcome-cycle"):
        cells = outcome_cells(report, name, entries, read, families)
        if cells:
            found[name] = cells
            names[name] = ("outcome", type_of(next(iter(cells.values()))))
            over.pop(name, None)
            if indices := read_over(report, ("outcomes", name), bases[name].over):
                over[name] = tuple(index.set for index in indices)
    return {cell: of for name in bases for cell, of in found.get(name, {}).items()}


def read_outcome(
    report: Report, name: str, entry: OutcomeShape, clock: Clock | None, others: Scope
) -> Outcome | None:
    """Read one outcome; `others` is the scope of one that reads other outcomes."""
    path: Path = ("outcomes", name)
    good = check_name(report, path, name)
    given = [s for s in STATISTICS if getattr(entry, s) is not None]
    if not given:
        help = f"give one of {', '.join(STATISTICS)}"
        report.error(path, "missing-key", f"'{name}' has no statistic", help, key=True)
        return None
    if len(given) > 1:
        message = f"'{name}' has both '{given[0]}' and '{given[1]}'"
        report.error((*path, given[1]), "conflicting-keys", message, key=True)
        return None
    statistic = given[0]
    place = (*path, statistic)
    value = getattr(entry, statistic)
    of: Expression | str | None
    if isinstance(value, str) and family_of(value).strip() in report.events:
        of = event_named(report, place, value.strip())
        if of is None:
            return None
        if statistic not in CONDITIONAL or statistic == "duration":
            message = f"'{statistic}' needs an expression, but '{of}' is an event"
            report.error(place, "type-mismatch", message)
            return None
    else:
        want = BOOLEAN if statistic in CONDITIONAL else NUMBER
        scope = report.scope("an outcome", now=statistic == "final")
        of = report.expression(place, others if statistic == "of" else scope, want)
        if of is not None and statistic == "of" and (part := unwritable(of)):
            words = (
                f"'{part.function}' with a condition" if part.condition else f"'{part.function}'"
            )
            message = f"{words} cannot go through outcomes"
            help = "take it of the state, with 'final'"
            report.errors.append(Diagnostic("not-allowed", message, part.span, help))
            return None
        if statistic in ("mean", "integral"):
            linear(report, of, "a mean" if statistic == "mean" else "an integral")
        elif statistic not in ("final", "of"):
            still(report, of, f"'{statistic}'")
    at = None
    if entry.at is not None and statistic != "final":
        message = f"'at' belongs to 'final', not to '{statistic}'"
        report.error((*path, "at"), "conflicting-keys", message, key=True)
    elif entry.at is not None:
        at = moment(report, (*path, "at"), entry.at, clock)
        good &= at is not None
    if entry.matters is not None and not 0 < entry.matters < math.inf:
        message = f"matters must be above 0, not {entry.matters}"
        report.error((*path, "matters"), "bad-range", message)
        return None
    if not good or of is None:
        return None
    return Outcome(
        name=name, statistic=statistic, of=of, span=report.key(path), goal=entry.goal or "",
        at=at, headline=entry.headline,
        matters=None if entry.matters is None else float(entry.matters), unit=entry.unit,
        label=entry.label or name.replace("_", " "), help=entry.help, group=entry.group,
        unit_span=locate(report.node, (*path, "unit")).value if entry.unit else None,
    )  # fmt: skip


def _names(text: str) -> set[str]:
    """Return the words of an expression that can be names."""
    return set(re.findall(r"[A-Za-z]\w*\b(?!\s*\()", re.sub(r"'[^']*'|\"[^\"]*\"", " ", text)))
