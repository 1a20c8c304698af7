"""The state, counts and pending occurrences that each event and outcome reads."""

from __future__ import annotations

from collections.abc import Iterable

from sim.language.statements import assigned
from sim.language.terms import CountOf, Expression, PendingOf, Reference, Term, draws, walk
from sim.model.moving import moving_formulas
from sim.model.types import Event, Model, Outcome

#: Formulas with more terms than this are cached: computing shorter ones again costs no more.
MAX_UNCACHED = 5


class Dependencies:
    """The inputs of a model's events and outcomes, and the changes that a firing may make.

    An input is the name of a state variable, ``count:EVENT``, ``pending:EVENT``, or ``now:TABLE`` for
    a table of the time.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.of_derived: dict[str, frozenset[str]] = {}
        self.of_fixed: dict[str, bool] = {}  # of derived quantities
        self.moving = moving_formulas(model.derived)

    def expand(self, expressions: Iterable[Expression | None]) -> frozenset[str]:
        """Return the inputs of expressions, including those read through derived quantities."""
        inputs: set[str] = set()
        for expression in expressions:
            if expression is None:
                continue
            inputs |= {f"count:{event}" for event in expression.counts}
            inputs |= {f"pending:{event}" for event in expression.pendings}
            inputs |= {f"now:{table}" for table in expression.turns}
            for name in expression.reads:
                if name in self.model.derived:
                    inputs |= self.derived(name)
                elif name in self.model.state:
                    inputs.add(name)
        return frozenset(inputs)

    def derived(self, name: str) -> frozenset[str]:
        """Return the inputs of a derived quantity."""
        if name not in self.of_derived:
            self.of_derived[name] = self.expand([self.model.derived[name].formula])
        return self.of_derived[name]

    def derived_in(self, expression: Expression) -> frozenset[str]:
        """Return the derived quantities that an expression reads, directly or through others."""
        names: set[str] = set()
        waiting = [expression]
        while waiting:
            new = (waiting.pop().reads & self.model.derived.keys()) - names
            names |= new
            waiting += (self.model.derived[name].formula for name in new)
        return frozenset(names)

    def fixed(self, term: Term) -> bool:
        """Whether a term reads only levers, parameters and what follows from them."""
        return not any(
            draws(part)
            or isinstance(part, CountOf | PendingOf)
            or (isinstance(part, Reference) and not self._is_fixed(part))
            for part in walk(term)
        )

    def _is_fixed(self, reference: Reference) -> bool:
        if reference.role != "derived":
            return reference.role in ("lever", "parameter")
        name = reference.name
        if name not in self.of_fixed:
            self.of_fixed[name] = self.fixed(self.model.derived[name].formula.term)
        return self.of_fixed[name]

    def cached(self) -> frozenset[str]:
        """Return the derived quantities to cache until an input changes.

        Those that read counts or pending occurrences are not cached: these change too often. Neither
        are those that move between events. Those that never change are constants of the run.
        """
        return frozenset(
            name
            for name, derived in self.model.derived.items()
            if sum(1 for _ in walk(derived.formula.term)) > MAX_UNCACHED
            and not any(source.startswith(("count:", "pending:")) for source in self.derived(name))
            and name not in self.moving
            and not self.fixed(derived.formula.term)
        )

    def event(self, event: Event) -> frozenset[str]:
        """Return the inputs of an event's trigger, with the guard if it is a hazard."""
        return self.expand([event.when, event.guard if event.trigger == "rate" else None])

    def outcome(self, outcome: Outcome) -> frozenset[str]:
        """Return the inputs whose changes update an outcome."""
        return frozenset() if isinstance(outcome.of, str) else self.expand([outcome.of])

    def watched(self) -> frozenset[str]:
        """Return all inputs of hazards, conditions and outcomes."""
        triggers = (e for e in self.model.events.values() if e.trigger in ("rate", "when"))
        return frozenset().union(
            *map(self.event, triggers), *map(self.outcome, self.model.outcomes.values())
        )

    def turning(self) -> list[str]:
        """Return the tables at whose points hazards, conditions, outcomes or caches are updated."""
        inputs = self.watched().union(
            self.expand([self.model.stop]), *map(self.derived, self.cached())
        )
        return sorted(source[4:] for source in inputs if source.startswith("now:"))

    def changed_by(self, event: Event) -> frozenset[str]:
        """Return what a firing of an event may change."""
        changed = set(assigned(event.do)) | {f"count:{event.name}", f"pending:{event.name}"}
        return frozenset(changed | {f"pending:{edge.event}" for edge in event.then})
