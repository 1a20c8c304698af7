"""Read the entries of a section: one value each, or one for every member of sets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sim.errors import ModelError
from sim.language.expressions import Expression, bound_to, express
from sim.language.terms import NUMBER, WHOLE, Role, Type
from sim.model.checks import Path, Report, check_value
from sim.model.event_types import Index
from sim.model.naming import (
    cell_name,
    cell_names,
    cell_places,
    combinations,
    family_of,
    labelled,
    members_in,
)
from sim.model.outcomes import of_cells
from sim.model.sets import OWN_KEY, flat_values, members_of, read_over, unknown_member
from sim.model.types import Family, Lever, Outcome, Parameter, StateVariable

Declared = TypeVar("Declared", Lever, Parameter, StateVariable)
Shape = TypeVar("Shape", bound=Any)
#: The field of an entry that has its value.
_FIELDS = {"levers": "default", "parameters": "value", "state": "initial"}


@dataclass
class Section:
    """The entries of one section, and the names that are declared over sets."""

    report: Report
    name: str
    role: Role
    families: dict[str, Family]

    def read(
        self, entries: Mapping[str, Shape], read: Callable[[str, Shape], Declared | None]
    ) -> dict[str, Declared]:
        """Read a section and make its names known; errors about invalid ones are suppressed later."""
        found: dict[str, Declared] = {}
        celled = {
            name for name, entry in entries.items() if "[" not in name and entry.over is not None
        }
        for name, entry in entries.items():
            if self.report.full:
                raise ModelError(self.report.errors)
            if "[" in name and family_of(name) in entries:
                if family_of(name) not in celled:
                    self.not_over(name)
                continue
            if name in celled:
                cells = self.family(name, entry, entries, read)
                if cells is None:
                    self.report.broken.add(name)
                else:
                    found |= cells
                continue
            if not self.alone(name, entry):
                self.report.broken.add(name)
                continue
            read_entry = read(name, entry)
            if read_entry is None:
                self.report.broken.add(name)
                continue
            found[name] = read_entry
            self.report.names[name] = (self.role, read_entry.type)
        return found

    def not_over(self, name: str) -> None:
        """Report a value of a member under a name that has none."""
        message = f"'{family_of(name)}' is not declared over a set, so it has no members"
        help = "declare it with 'over: SET'"
        self.report.error((self.name, name), "not-indexed", message, help, key=True)

    def alone(self, name: str, entry: Any) -> bool:
        """Reject the keys of a family in an entry without `over`."""
        for key in ("values", "table", "column", "members", "together"):
            if getattr(entry, key, None) is not None:
                message = f"'{key}' belongs to an entry with 'over'"
                help = "declare it with 'over: SET'"
                self.report.error((self.name, name, key), "not-indexed", message, help, key=True)
                return False
        return True

    def family(
        self,
        name: str,
        entry: Shape,
        entries: Mapping[str, Shape],
        read: Callable[[str, Shape], Declared | None],
    ) -> dict[str, Declared] | None:
        """Read a name that is declared over sets; return its cells."""
        report, path = self.report, (self.name, name)
        over = read_over(report, path, entry.over)
        if over is None:
            return None
        values = None
        if entry.values is not None:
            if self.both(path, entry):
                return None
            values = flat_values(report, path, entry.values, over)
            if values is None:
                return None
            # One with a fraction decides that all are numbers.
            first = next((v for v in values if isinstance(v, float)), values[0])
            entry = entry.model_copy(update={OWN_KEY[self.name]: first})
        cells = [cell for cell in entries if family_of(cell) == name and cell != name]
        filled = self.filled(cells, entries, cell_names(name, over), values)
        report.cells.update(cells)
        report.indices = over
        try:
            base = read(name, entry)
            own = {cell: read(cell, filled.get(cell, entries[cell])) for cell in cells}
        finally:
            report.indices = ()
        if base is None or any(of is None for of in own.values()):
            return None
        together = getattr(entry, "together", None)
        for cell in cells:
            if getattr(entries[cell], "together", None) != together:
                message = f"'together' is said once for all members of '{name}'"
                report.error((self.name, cell, "together"), "not-indexed", message, key=True)
                return None
        found = self.cells(base, over, values, {n: of for n, of in own.items() if of is not None})
        if found is not None and together:
            self.families[name] = replace(self.families[name], together=True)
        return found

    def both(self, path: Path, entry: Any) -> bool:
        """Reject a value for all members beside a list of them; a scenario's list replaces it."""
        report, key = self.report, OWN_KEY[self.name]
        own, values = report.key((*path, key)), report.key((*path, "values"))
        if getattr(entry, key) is None or own.file != values.file:
            return False
        message = f"'{path[1]}' has both '{key}' and a list of values"
        help = f"remove '{key}', or give single values under 'members'"
        report.error((*path, key), "conflicting-keys", message, help, key=True)
        return True

    def filled(
        self, cells: list[str], entries: Mapping[str, Shape], names: list[str], values: Any
    ) -> dict[str, Shape]:
        """Return the entries of members that take their value from the list of all values."""
        key = OWN_KEY[self.name]
        return {
            cell: entries[cell].model_copy(update={key: values[names.index(cell)]})
            for cell in cells
            if values is not None and cell in names
            if getattr(entries[cell], key) is None and getattr(entries[cell], "fact", None) is None
        }

    def cells(
        self,
        base: Declared,
        over: tuple[Index, ...],
        values: list[Any] | None,
        own: dict[str, Declared],
    ) -> dict[str, Declared] | None:
        """Return the cells of a family, from its base and the entries of single members."""
        report, name, field = self.report, base.name, _FIELDS[self.name]
        kind = _joined([base.type, *(of.type for of in own.values())])
        found: dict[str, Declared] = {}
        pair = None if base.low is None or base.high is None else (base.low, base.high)
        places: list[tuple[int, ...]] = cell_places(over)
        i: int
        for i, members in enumerate(combinations(over)):
            cell = cell_name(name, members)
            if cell in own:
                found[cell] = _labelled(own.pop(cell), base, members)
            else:
                found[cell] = _labelled(replace(base, name=cell), base, members)
                if values is not None:
                    place: Path = (self.name, name, "values", *places[i])
                    if not check_value(report, place, values[i], base.type, pair):
                        return None
                    found[cell] = replace(found[cell], **{field: values[i]})
            started = _started(found[cell], over, members)
            found[cell] = started if started.type == kind else replace(started, type=kind)
        for cell in own:
            unknown_member(report, (self.name, cell), cell, over)
        if own:
            return None
        base = replace(base, type=kind)
        same = (
            isinstance(base, StateVariable)
            and isinstance(base.initial, Expression)
            and all(
                isinstance(of.initial, Expression) and of.initial.text == base.initial.text
                for of in found.values()
                if isinstance(of, StateVariable)
            )
        )
        self.families[name] = Family(name, self.name, over, base, same)
        report.names[name] = (self.role, kind)
        report.over[name] = tuple(index.set for index in over)
        return found


def is_cell(name: str, entries: Collection[str]) -> bool:
    """Whether a name is that of a member of another entry."""
    return "[" in name and family_of(name) in entries


def outcome_cells(
    report: Report,
    name: str,
    entries: Mapping[str, Any],
    read: Callable[[str, Any], Outcome | None],
    families: dict[str, Family],
) -> dict[str, Outcome]:
    """Read one outcome; one that is declared over sets has a cell for each of its members."""
    entry = entries[name]
    over = read_over(report, ("outcomes", name), entry.over)
    if over is None:
        return {}
    cells = [cell for cell in entries if family_of(cell) == name and cell != name]
    report.cells.update(cells)
    report.indices = over
    try:
        base = read(name, entry)
        own = {cell: read(cell, entries[cell]) for cell in cells}
    finally:
        report.indices = ()
    if base is None:
        return {}
    if not over:
        if base.statistic == "of" and isinstance(base.of, Expression):
            base = replace(base, of=of_cells(base.of))
        return {name: base}
    found: dict[str, Outcome] = {}
    for members in combinations(over):
        cell = cell_name(name, members)
        of = own.pop(cell, None) or base
        found[cell] = _observed(replace(of, name=cell), base, over, members)
    for cell in own:
        unknown_member(report, ("outcomes", cell), cell, over)
    if name not in report.names and name not in report.events:  # else it is known by its own sets
        families[name] = Family(name, "outcomes", over, base, True)
    return found


def _observed(
    outcome: Outcome, base: Outcome, over: tuple[Index, ...], members: tuple[str, ...]
) -> Outcome:
    """Return an outcome of one cell."""
    of: Expression | str
    if isinstance(outcome.of, Expression):
        of = bound(outcome.of, over, members)
        if outcome.statistic == "of":
            of = of_cells(of)
    else:
        of = event_cell(outcome.of, over, members)
    return replace(outcome, of=of, label=labelled(base.label, members), headline=outcome.headline)


def event_cell(event: str, over: tuple[Index, ...], members: tuple[str, ...]) -> str:
    """Return the name of an event with its index variables replaced by members."""
    given = members_in(event)
    if not given:
        return event
    known = dict(zip((index.variable for index in over), members, strict=True))
    return cell_name(family_of(event), (known.get(part, part) for part in given))


def bound(of: Expression, over: tuple[Index, ...], members: tuple[str, ...]) -> Expression:
    """Return an expression with the index variables replaced by the members of a cell."""
    return express(of.text, of.span, bound_to(of.term, members_of(over, members)))


def _started(entry: Declared, over: tuple[Index, ...], members: tuple[str, ...]) -> Declared:
    """Return an entry whose initial value, if it is a formula, is that of its cell."""
    if not isinstance(entry, StateVariable) or not isinstance(entry.initial, Expression):
        return entry
    return replace(entry, initial=bound(entry.initial, over, members))


def _labelled(entry: Declared, base: Declared, members: tuple[str, ...]) -> Declared:
    if not base.label or entry.label != base.label:
        return entry
    return replace(entry, label=labelled(base.label, members))


def _joined(kinds: list[Type]) -> Type:
    """Return the type of all cells: numbers if some have a fraction."""
    return NUMBER if {WHOLE, NUMBER} <= set(kinds) else kinds[0]
