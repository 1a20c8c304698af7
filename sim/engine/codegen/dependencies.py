"""What depends on what: which state, counts and pending occurrences an event or outcome reads."""

from __future__ import annotations

from collections.abc import Iterable

from sim.language.statements import assigned
from sim.language.terms import Expression, walk
from sim.model.types import Event, Model, Outcome

#: Terms of a formula up to which computing it again costs no more than keeping it.
WORTH_KEEPING = 5


class Dependencies:
    """The inputs of a model's events and outcomes, and what a firing may change.

    An input is the name of a state variable, ``count:EVENT`` or ``pending:EVENT``.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.of_derived: dict[str, frozenset[str]] = {}

    def expand(self, expressions: Iterable[Expression | None]) -> frozenset[str]:
        """Return the inputs of expressions, by way of derived quantities too."""
        found: set[str] = set()
        for expression in expressions:
            if expression is None:
                continue
            found |= {f"count:{event}" for event in expression.counts}
            found |= {f"pending:{event}" for event in expression.pendings}
            for name in expression.reads:
                if name in self.model.derived:
                    found |= self.derived(name)
                elif name in self.model.state:
                    found.add(name)
        return frozenset(found)

    def derived(self, name: str) -> frozenset[str]:
        """Return the inputs of a derived quantity."""
        if name not in self.of_derived:
            self.of_derived[name] = self.expand([self.model.derived[name].formula])
        return self.of_derived[name]

    def reached(self, expressions: Iterable[Expression | None]) -> frozenset[str]:
        """Return the derived quantities that expressions read, by way of others too."""
        found: set[str] = set()
        waiting = [e for e in expressions if e is not None]
        while waiting:
            for name in waiting.pop().reads:
                if name in self.model.derived and name not in found:
                    found.add(name)
                    waiting.append(self.model.derived[name].formula)
        return frozenset(found)

    def kept(self) -> frozenset[str]:
        """Return the derived quantities that are worth keeping until an input moves.

        Those that ask for counts or pending occurrences are not: too much moves these.
        """
        return frozenset(
            name
            for name, derived in self.model.derived.items()
            if sum(1 for _ in walk(derived.formula.term)) > WORTH_KEEPING
            and not any(":" in source for source in self.derived(name))
        )

    def event(self, event: Event) -> frozenset[str]:
        """Return what the trigger of an event reads; the guard of a hazard stops its clock."""
        return self.expand([event.when, event.guard if event.trigger == "rate" else None])

    def outcome(self, outcome: Outcome) -> frozenset[str]:
        """Return what an outcome must be kept up to date with."""
        return frozenset() if isinstance(outcome.of, str) else self.expand([outcome.of])

    def watched(self) -> frozenset[str]:
        """Return everything that a hazard, condition or outcome reads."""
        found: set[str] = set()
        for event in self.model.events.values():
            if event.trigger in ("rate", "when"):
                found |= self.event(event)
        for outcome in self.model.outcomes.values():
            found |= self.outcome(outcome)
        return frozenset(found)

    def moved_by(self, event: Event) -> frozenset[str]:
        """Return what a firing of an event may change."""
        moved = set(assigned(event.do)) | {f"count:{event.name}", f"pending:{event.name}"}
        return frozenset(moved | {f"pending:{edge.event}" for edge in event.then})
