"""What changes between events because it follows a line of the time, and where that is exact."""

from __future__ import annotations

from collections.abc import Mapping

from sim.errors import Diagnostic, ModelError
from sim.language.expressions import Expression
from sim.language.lookups import moving, slope
from sim.language.terms import Lookup, Term
from sim.model.checks import Report
from sim.model.types import Derived


def moving_formulas(derived: Mapping[str, Derived]) -> dict[str, Term]:
    """Return the formulas of the derived quantities that change between events."""
    found: dict[str, Term] = {}
    waiting = {name: of.formula.term for name, of in derived.items()}
    while more := {name: term for name, term in waiting.items() if moving(term, found)}:
        found |= more
        waiting = {name: term for name, term in waiting.items() if name not in more}
    return found


def note_derived(report: Report, name: str, formula: Expression) -> None:
    """Note which tables of the time a derived quantity reads, and whether it follows a line."""
    report.turns[name] = _turns(report, formula)
    if moving(formula.term, report.moving):
        report.moving[name] = formula.term


def still(report: Report, of: Expression | None, what: str) -> None:
    """Reject an expression that follows a line between events, and check that its tables last."""
    part = moving(of.term, report.moving) if of is not None else None
    if of is None:
        return
    if part is not None:
        place = part.span if isinstance(part, Lookup) else of.span
        name = part.table if isinstance(part, Lookup) else part.name
        message = f"'{name}' follows a line in time, and {what} sees only what events change"
        help = "write 'between: step' in the table"
        report.errors.append(Diagnostic("not-a-line", message, place, help))
    _lasts(report, of, what)


def linear(report: Report, of: Expression | None, what: str) -> None:
    """Reject an expression that is no sum of multiples of the lines that it follows."""
    if of is None:
        return
    try:
        slope(of.term, report.moving, of.span)
    except ModelError as error:
        report.errors.extend(error.diagnostics)
    _lasts(report, of, what)


def _turns(report: Report, of: Expression) -> frozenset[str]:
    """Return the tables of the time that an expression reads, also through derived quantities."""
    return of.turns.union(*(report.turns.get(name, frozenset()) for name in of.reads))


def _lasts(report: Report, of: Expression, what: str) -> None:
    """Reject a table that ends before the horizon, where it is read at all times."""
    if report.clock is None:
        return
    horizon = report.clock.horizon
    for table in sorted(_turns(report, of)):
        found = report.tables.get(table)
        if found is not None and not found.covers(0.0, horizon):
            ends = f"{found.places[0]:.12g} to {found.places[-1]:.12g}"
            message = f"table '{table}' has values from {ends}, and {what} reads it from 0 to {horizon:.12g}"
            help = "add points, or write 'beyond: hold' in the table"
            report.errors.append(Diagnostic("beyond-table", message, of.span, help))
