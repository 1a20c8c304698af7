"""Check the units of a model, and infer those of entries that declare none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sim.errors import Diagnostic, Span
from sim.language.expressions import Expression
from sim.language.statements import For, If, Statement
from sim.language.units import ONE, fault, product, unit_of
from sim.model.dimensions.messages import Wanted, differs
from sim.model.dimensions.quantities import (
    BARE,
    PLAIN,
    Quantity,
    agreed,
    is_count,
    of_unit,
    per_time,
    times,
)
from sim.model.dimensions.walk import Locals, Units
from sim.model.event_types import Event, Schedule
from sim.model.naming import family_of
from sim.model.types import Derived, Entry, Model, Outcome

#: Rounds in which units of state are inferred from one another.
ROUNDS = 3
#: What the value of a statistic is: that of its expression where it is none of these.
TIMES = frozenset({"first", "duration"})
SHARES = frozenset({"ever"})
OVER_TIME = frozenset({"integral"})


def units_of(model: Model, assumed: bool = False) -> list[Diagnostic]:
    """Return warnings of units that do not agree, and of texts that are no units.

    With `assumed`, notes of where a bare number took the unit beside it are among them.

    Examples
    --------
    >>> import sim
    >>> units_of(sim.load_model("scenarios/port_strike/model.yaml"))
    []
    """
    units = Units(model, _declared(model))
    if any(s.type.kind in ("number", "whole") and not s.unit for s in model.state.values()):
        _infer_state(units)
    _infer_derived(units)
    units.found, units.assumed = [], []
    for entry in _entries(model):
        units.found.extend(_malformed(entry))
    _check(units)
    if assumed:
        units.found.extend(_note(span, quantity) for span, quantity in units.assumed)
    nowhere = Span("", 0, 0, 0, 0)
    return sorted(dict.fromkeys(units.found), key=lambda found: found.span or nowhere)


def _written(section: Mapping[str, Entry]) -> Iterator[tuple[str, str]]:
    """Yield each name with its key in a section, and with those of members that are written apart."""
    seen = set()
    for cell, entry in section.items():
        name = family_of(cell)
        if (name, entry.span) not in seen:
            seen.add((name, entry.span))
            yield name, cell


def _entries(model: Model) -> Iterator[Entry]:
    for section in (model.levers, model.parameters, model.state, model.derived, model.outcomes):
        for _, cell in _written(section):
            yield section[cell]


def _note(span: Span, quantity: Quantity) -> Diagnostic:
    message = f"a number without a unit is taken to be in {quantity.unit}"
    return Diagnostic("unit-assumed", message, span)


def _malformed(entry: Entry) -> Iterator[Diagnostic]:
    """Yield a warning for a text that is no unit; it counts as a word of its own."""
    error = fault(entry.unit) if entry.unit.strip() else None
    if error is not None and entry.unit_span is not None:
        message = f"'{entry.unit}' is not a unit: {error}"
        help = "write powers of words, as 'parcel/day' or 'km^2'; it counts as a unit of its own"
        quoted = entry.unit_span.end - entry.unit_span.start != len(entry.unit)
        begin, end = (at + quoted for at in error.at)
        yield Diagnostic("bad-unit", message, entry.unit_span.shift(begin, end), help, warning=True)


def _declared(model: Model) -> dict[str, Quantity | None]:
    """Return the quantities that entries declare; truth values are plain numbers.

    A name over sets has its own unit, or else that of the first member with one.
    """
    found: dict[str, Quantity | None] = {
        name: of_unit(unit_of(of.base.unit), name)
        for name, of in model.families.items()
        if of.section != "outcomes" and of.base.unit.strip()
    }
    found |= {
        name: of_unit(unit_of(table.unit), name) if table.unit.strip() else None
        for name, table in model.tables.items()
    }
    for section in (model.levers, model.parameters, model.state, model.derived):
        for name, cell in _written(section):
            entry = section[cell]
            kind = entry.formula.type if isinstance(entry, Derived) else entry.type
            if kind.kind == "boolean":
                found[name] = BARE
            elif found.setdefault(name, None) is None and entry.unit.strip():
                found[name] = of_unit(unit_of(entry.unit), name)
    return found


def _infer_derived(units: Units) -> None:
    """Give derived quantities without a unit that of their formula, each after those it uses."""
    waiting = {n: d for n, d in units.model.derived.items() if units.known[n] is None}
    while waiting:
        ready = [n for n, d in waiting.items() if not d.formula.reads & waiting.keys()]
        for name in ready:
            found = units.of(waiting.pop(name).formula)
            units.known[name] = None if found is None or found.bare else found
        if not ready:  # never in a valid model
            return


def _infer_state(units: Units) -> None:
    """Give state without a unit that of its values, where all of them have one and the same."""
    model = units.model
    state = [(name, model.state[cell]) for name, cell in _written(model.state)]
    names = {n for n, s in state if units.known[n] is None and not s.type.worded}
    for _ in range(ROUNDS):
        trial = Units(model, dict(units.known))
        _infer_derived(trial)
        values: dict[str, list[Quantity | None]] = {name: [] for name in names}
        for name, variable in state:
            if name in names and isinstance(variable.initial, Expression):
                values[name].append(trial.of(variable.initial))
        for event in model.events.values():
            for name, value in _values(trial, event.do, {}):
                if name in values:
                    values[name].append(value)
        before = dict(units.known)
        for name, given in values.items():
            units.known[name] = _common(given)
        if units.known == before:
            return


def _values(
    units: Units, statements: Iterable[Statement], local: Locals
) -> Iterator[tuple[str, Quantity | None]]:
    """Yield the quantities that statements assign to state."""
    for statement in statements:
        if isinstance(statement, If):
            yield from _values(units, statement.then, local)
            yield from _values(units, statement.otherwise, local)
        elif isinstance(statement, For):
            yield from _values(units, statement.body, local)
        else:
            value = units.of(statement.value, local)
            if statement.local:
                local[statement.target] = value
            else:
                yield statement.target, value


def _common(given: Iterable[Quantity | None]) -> Quantity | None:
    """Return the one quantity of several values, numbers apart; None where they differ."""
    found: Quantity | None = None
    for quantity in given:
        if quantity is None or quantity.bare:
            continue
        found = quantity if found is None else agreed(found, quantity)
        if found is None:
            return None
    return found


def _check(units: Units) -> None:
    """Check every formula of a model once."""
    model = units.model
    for cells in (model.levers, model.parameters, model.state):
        _check_members(units, cells)
    for section in (model.state, model.derived):
        for name, cell in _written(section):
            entry = section[cell]
            formula = entry.formula if isinstance(entry, Derived) else entry.initial
            if isinstance(formula, Expression):
                value = units.of(formula)
                if entry.unit and (wanted := units.known[name]) is not None:
                    units.fit(value, units.wanted(name, wanted), formula.span)
    if model.stop is not None:
        units.of(model.stop)
    for event in model.events.values():
        _check_event(units, event)
    for name, cell in _written(model.outcomes):
        _check_outcome(units, name, model.outcomes[cell])


def _check_members(units: Units, section: Mapping[str, Entry]) -> None:
    """Report a member that is in another unit than the others of its name."""
    for name, cell in _written(section):
        entry = section[cell]
        wanted = units.known[name]
        if wanted is not None and not wanted.bare and entry.unit.strip():
            value = of_unit(unit_of(entry.unit))
            units.fit(value, units.wanted(name, wanted), entry.unit_span or entry.span)


def _check_event(units: Units, event: Event) -> None:
    for time in event.times:
        _timed(units, time, {}, "a time")
    if event.when is not None:
        if event.trigger == "when":
            units.of(event.when)
        elif event.trigger == "every":
            _timed(units, event.when, {}, "an interval")
        else:
            _timed(units, event.when, {}, "a rate", -1)
    if event.guard is not None:
        units.of(event.guard)
    local: Locals = {}
    units.statements(event.do, local)
    for edge in event.then:
        units.members(edge.index, edge.span, local)
        if edge.condition is not None:
            units.of(edge.condition, local)
        if isinstance(edge, Schedule) and edge.after is not None:
            _timed(units, edge.after, local, "a delay")


def _timed(units: Units, expression: Expression, local: Locals, what: str, power: int = 1) -> None:
    """Report a time, a delay or a rate that is not in the model's unit of time."""
    value = units.of(expression, local)
    plain = product(ONE, units.clock, power)
    if value is None:
        return
    if value.bare:
        units.assumed.append((expression.span, of_unit(plain)))
    if not value.names or value.bare:
        return
    wanted = [per_time(reading.unit, units.clock, power) for reading in value.readings]
    if not any(unit and agreed(value, of_unit(unit)) for unit in wanted):
        rule = Wanted(f"{what} of this model", of_unit(wanted[0] or plain))
        units.found.append(differs(rule, value, expression.span, units.place))


def _check_outcome(units: Units, name: str, outcome: Outcome) -> None:
    """Check that the unit of an outcome is that of what its statistic measures."""
    value = units.of(outcome.of) if isinstance(outcome.of, Expression) else None
    if not outcome.unit.strip() or fault(outcome.unit):
        return
    declared, kind = of_unit(unit_of(outcome.unit)), outcome.statistic
    place = outcome.unit_span or outcome.span
    rule: Wanted | None = None
    if kind in TIMES:
        rule = Wanted(f"'{kind}'", of_unit(units.clock))
    elif kind in SHARES or (isinstance(outcome.of, Expression) and outcome.of.type.worded):
        rule = Wanted("a share of runs or of time", PLAIN)
    elif kind == "count":
        rule = None if is_count(declared.unit) else Wanted("a count", PLAIN)
    elif value is not None and isinstance(outcome.of, Expression):
        if kind in OVER_TIME:
            value = times(value, of_unit(units.clock), 1, units.clock)
        units.fit(value, Wanted(f"'{name}'", declared, place), outcome.of.span)
    if rule is not None and agreed(declared, rule.quantity) is None:
        shown = rule.quantity.unit if rule.quantity.unit.powers else "share"
        help = (
            f"write 'unit: {shown}'"
            if kind != "count"
            else "name what is counted, as 'unit: event'"
        )
        units.found.append(differs(rule, declared, place, units.place, help))
