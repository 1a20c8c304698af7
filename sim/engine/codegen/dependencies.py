"""The state, counts and pending occurrences that each event and outcome reads, and for which members.

An *access* is an input with a slot for each of its sets. What reads ``stock[r]`` for its own member
``r`` needs an update only when the stock of that member changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.language.expressions import Expression, draws, walk
from sim.language.statements import Assign, For, If, Statement
from sim.language.terms import CountOf, Number, PendingOf, Reduce, Reference, Term
from sim.model.event_types import Event, Index
from sim.model.moving import moving_formulas
from sim.model.naming import family_of
from sim.model.types import Model, Outcome

#: Formulas with more terms than this are cached: computing shorter ones again costs no more.
MAX_UNCACHED = 5
#: The own index at a place, a fixed member, or None for any member.
Slot = tuple[Literal["own", "at"], int] | None
#: An input (a state variable, ``count:EVENT``, ``pending:EVENT`` or ``now:TABLE``) and its members.
Access = tuple[str, tuple[Slot, ...]]


@dataclass(frozen=True, slots=True)
class Update:
    """Members of a reader that a change concerns.

    Attributes
    ----------
    fixed
        For some of the reader's indices, the index of the change (``own``) or the member (``at``)
        that they equal; the others go through all members.
    tests
        Indices of the change that must equal a member.
    """

    fixed: tuple[tuple[int, Slot], ...] = ()
    tests: tuple[tuple[int, int], ...] = ()


#: Changed members by input.
Changes = Mapping[str, Sequence[tuple[Slot, ...]]]


def by_input(changes: Iterable[Access]) -> Changes:
    """Return changes by the input that they change."""
    found: dict[str, list[tuple[Slot, ...]]] = {}
    for name, slots in changes:
        found.setdefault(name, []).append(slots)
    return found


def affected(reads: Iterable[Access], changes: Changes) -> list[Update]:
    """Return the members of a reader that changes concern; an update of all members stands alone."""
    found: dict[Update, None] = {}
    for name, read in reads:
        for written in changes.get(name, ()):
            update = _matched(read, written)
            if update is not None:
                found[update] = None
    return [Update()] if Update() in found else sorted(found, key=repr)


def _matched(read: tuple[Slot, ...], written: tuple[Slot, ...]) -> Update | None:
    """Return which members of a reader a change concerns; None where it concerns none."""
    fixed: dict[int, Slot] = {}
    tests: list[tuple[int, int]] = []
    for mine, theirs in zip(read, written, strict=True):
        if mine is None or theirs is None:
            continue
        if mine[0] == "own":
            fixed.setdefault(mine[1], theirs)
        elif theirs[0] == "own":
            tests.append((theirs[1], mine[1]))
        elif mine != theirs:
            return None
    return Update(tuple(sorted(fixed.items())), tuple(tests))


def variables(over: Sequence[Index]) -> tuple[str, ...]:
    """Return the names of index variables."""
    return tuple(index.variable for index in over)


class Dependencies:
    """The inputs of a model's events and outcomes, and the changes that a firing may make."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.state = {family_of(name) for name in model.state}
        self.of_derived: dict[str, frozenset[Access]] = {}
        self.of_event: dict[str, frozenset[Access]] = {}
        self.of_outcome: dict[str, frozenset[Access]] = {}
        self.of_fixed: dict[str, bool] = {}  # of derived quantities
        self.moving = moving_formulas(model.derived)
        self.events_over = {name: len(event.over) for name, event in model.events.items()}

    def accesses(
        self, expressions: Iterable[Expression | None], own: Sequence[str] = ()
    ) -> frozenset[Access]:
        """Return what expressions read, including what they read through derived quantities."""
        found: set[Access] = set()
        for expression in expressions:
            if expression is not None:
                found |= {(f"now:{table}", ()) for table in expression.turns}
            for part in walk(expression.term) if expression is not None else ():
                match part:
                    case CountOf(event=event, index=index):
                        found.add((f"count:{event}", self._slots(event, index, own)))
                    case PendingOf(event=event, index=index):
                        found.add((f"pending:{event}", self._slots(event, index, own)))
                    case Reference(name=name, role="state", index=index):
                        found.add((name, tuple(slot(one, own) for one in index)))
                    case Reference(name=name, role="derived", index=index):
                        given = [slot(one, own) for one in index]
                        found |= {
                            (of, tuple(_passed(one, given) for one in slots))
                            for of, slots in self.derived(name)
                        }
        return frozenset(found)

    def _slots(self, event: str, index: tuple[Term, ...], own: Sequence[str]) -> tuple[Slot, ...]:
        if not index:
            return (None,) * self.events_over[event]
        return tuple(slot(one, own) for one in index)

    def expand(self, expressions: Iterable[Expression | None]) -> frozenset[str]:
        """Return the inputs of expressions, including those read through derived quantities."""
        return frozenset(name for name, _ in self.accesses(expressions))

    def derived(self, name: str) -> frozenset[Access]:
        """Return what a derived quantity reads."""
        if name not in self.of_derived:
            derived = self.model.derived[name]
            self.of_derived[name] = self.accesses([derived.formula], variables(derived.over))
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
        return self._reads_fixed(term, ())

    def _reads_fixed(self, term: Term, own: Sequence[str]) -> bool:
        parts = list(walk(term))
        bound = {*own, *bounds(parts)}
        return not any(
            draws(part)
            or isinstance(part, CountOf | PendingOf)
            or (isinstance(part, Reference) and not self._is_fixed(part, bound))
            for part in parts
        )

    def _is_fixed(self, reference: Reference, bound: set[str]) -> bool:
        if reference.role == "index":
            return reference.name in bound
        if reference.role != "derived":
            return reference.role in ("lever", "parameter", "horizon")
        name = reference.name
        if name not in self.of_fixed:
            derived = self.model.derived[name]
            own = variables(derived.over)
            self.of_fixed[name] = self._reads_fixed(derived.formula.term, own)
        return self.of_fixed[name]

    def cached(self) -> frozenset[str]:
        """Return the derived quantities to cache until an input changes.

        Those that read counts or pending occurrences are not cached: these change too often. Neither
        are those that move between events. Those that never change are constants of the run.
        """
        return frozenset(
            name
            for name, derived in self.model.derived.items()
            if self._long(derived.formula.term)
            and not any(of.startswith(("count:", "pending:")) for of, _ in self.derived(name))
            and name not in self.moving
            and not self.fixed(derived.formula.term)
        )

    def _long(self, term: Term) -> bool:
        parts = list(walk(term))
        return len(parts) > MAX_UNCACHED or any(isinstance(part, Reduce) for part in parts)

    def event(self, event: Event) -> frozenset[Access]:
        """Return what an event's trigger reads, with the guard if it is a hazard."""
        if event.name not in self.of_event:
            guard = event.guard if event.trigger == "rate" else None
            found = self.accesses([event.when, guard], variables(event.over))
            self.of_event[event.name] = found
        return self.of_event[event.name]

    def outcome(self, outcome: Outcome) -> frozenset[Access]:
        """Return what updates an outcome when it changes."""
        if isinstance(outcome.of, str) or outcome.statistic == "of":
            return frozenset()
        if outcome.name not in self.of_outcome:
            self.of_outcome[outcome.name] = self.accesses([outcome.of])
        return self.of_outcome[outcome.name]

    def watched(self) -> frozenset[str]:
        """Return all inputs of hazards, conditions and outcomes."""
        triggers = (e for e in self.model.events.values() if e.trigger in ("rate", "when"))
        accesses = frozenset().union(
            *map(self.event, triggers), *map(self.outcome, self.model.computed.values())
        )
        return frozenset(name for name, _ in accesses)

    def turning(self) -> list[str]:
        """Return the tables at whose points hazards, conditions, outcomes or caches are updated."""
        inputs = self.watched().union(
            self.expand([self.model.stop]),
            *({of for of, _ in self.derived(name)} for name in self.cached()),
        )
        return sorted(source[4:] for source in inputs if source.startswith("now:"))

    def changed_by(self, event: Event) -> frozenset[Access]:
        """Return what a firing of an event may change."""
        own = variables(event.over)
        mine: tuple[Slot, ...] = tuple(("own", i) for i in range(len(own)))
        found = {(f"count:{event.name}", mine), (f"pending:{event.name}", mine)}
        for edge in event.then:
            found.add((f"pending:{edge.event}", self._slots(edge.event, edge.index, own)))
        return frozenset(found) | assignments(event.do, own)


def slot(term: Term, own: Sequence[str]) -> Slot:
    """Return the slot of an index: one of one's own, a fixed member, or any."""
    match term:
        case Reference(name=name, role="index") if name in own:
            return "own", list(own).index(name)
        case Number(value=value):
            return "at", int(value)
    return None


def bounds(parts: Iterable[Term]) -> set[str]:
    """Return the index variables that the parts of a term bring with them."""
    return {name for part in parts if isinstance(part, Reduce) for name, _ in part.variables}


def assignments(statements: Iterable[Statement], own: Sequence[str]) -> frozenset[Access]:
    """Return the state that statements may change."""
    found: set[Access] = set()
    for statement in statements:
        match statement:
            case If(then=then, otherwise=otherwise):
                found |= assignments(then, own) | assignments(otherwise, own)
            case For(body=body):
                found |= assignments(body, own)
            case Assign(target=target, local=False, index=index):
                found.add((target, tuple(slot(one, own) for one in index)))
    return frozenset(found)


def _passed(inner: Slot, given: Sequence[Slot]) -> Slot:
    """Return a slot of a derived quantity in what reads it with the indices given."""
    return given[inner[1]] if inner is not None and inner[0] == "own" else inner
