"""The initial values of state in the generated source."""

from __future__ import annotations

from collections.abc import Sequence

from sim.engine.codegen.firing import Firing
from sim.language.expressions import Expression
from sim.language.render import local
from sim.model.event_types import Index
from sim.model.naming import cell_names, family_of, suffixed
from sim.model.types import Family, StateVariable

#: Suffix of the slot of `Values` for the literal initial value of a state variable.
INITIAL = "__initial"


def initial_slot(name: str) -> str:
    """Return the slot of `Values` for the literal initial value of a state variable.

    Examples
    --------
    >>> initial_slot("stock"), initial_slot("stock[north]")
    ('stock__initial', 'stock__initial[north]')
    """
    return suffixed(name, INITIAL)


def state_of(slot: str) -> str:
    """Return the state variable of an initial value's slot; empty for other slots."""
    return slot.replace(INITIAL, "") if family_of(slot).endswith(INITIAL) else ""


class Initial(Firing):
    """Writes initial values."""

    def members(self, indent: int, over: Sequence[Index]) -> int:
        """Write loops over all members; return the indentation inside."""
        for index in over:
            size = len(index.type.options)
            self.line(indent, f"for {local(index.variable)} in range({size}):")
            indent += 1
        return indent

    def initial(
        self, indent: int, name: str, variable: StateVariable, target: str, given: str
    ) -> None:
        """Write the initial value of a state variable, or of one of its members."""
        initial = variable.initial
        if isinstance(initial, Expression):
            renderer = self.renderer(f"{name}:initial", "c.own", "0")
            self.assign(indent, target, initial, renderer, f"'{name}'")
        else:
            self.line(indent, f"{target} = {given}", variable.span)
        self.invariant(indent, variable, variable.span, target)

    def initial_family(self, family: Family) -> None:
        """Write the initial values of all members of a state variable."""
        name, over, model = family.name, family.over, self.model
        cells = cell_names(name, over)
        base = family.base
        assert isinstance(base, StateVariable)
        literals = [c for c in cells if not isinstance(model.state[c].initial, Expression)]
        if family.same or len(literals) == len(cells):
            with self.within(name, over):
                indent = self.members(1, over)
                place = self.place(over)
                given = f"p.{name}{INITIAL}[{place}]"
                self.initial(indent, name, base, f"s.{name}[{place}]", given)
            return
        for i, cell in enumerate(cells):
            given = f"p.{name}{INITIAL}[{literals.index(cell) if cell in literals else 0}]"
            self.initial(1, cell, model.state[cell], f"s.{name}[{i}]", given)
