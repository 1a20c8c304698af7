"""The frozen types of a checked model. They contain data and no logic.

A `Model` is always valid: all its expressions have resolved names and types.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from sim.errors import Span
from sim.formatting import Value as Value
from sim.language.statements import Statement
from sim.language.terms import Expression, Term, Type
from sim.model.clock import Clock
from sim.model.facts import Fact

TriggerKind = Literal["at", "every", "when", "rate", "none"]
Statistic = Literal[
    "final", "mean", "min", "max", "ever", "first", "count", "duration", "integral", "sd", "of"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The name, place and descriptive texts of an entry."""

    name: str
    span: Span
    unit: str = ""
    label: str = ""
    group: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranged(Entry):
    """An entry with an optional range."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever(Ranged):
    """What a decision maker sets (the L of XLRM)."""

    type: Type
    default: Value
    step: float | None = None
    points: Mapping[str, Value] = field(default_factory=dict)
    fact: Fact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(Ranged):
    """A property of the world (the X of XLRM): a fact or an assumption.

    `kind` is *counterfactual* if a scenario replaces its fact with an assumption.
    """

    type: Type
    value: Value
    kind: Literal["fact", "assumption", "counterfactual"]
    shape: str = "uniform"
    why: str = ""
    fact: Fact | None = None

    @property
    def uncertain(self) -> bool:
        """Whether its value differs between futures: it has a range, or is assumed among options."""
        if self.type.options:
            return self.kind == "assumption" and len(self.type.options) > 1
        return self.low is not None and self.high is not None and self.low < self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class StateVariable(Ranged):
    """A quantity that events change. `initial` is a value, or an expression in levers and parameters."""

    type: Type
    initial: Value | Expression


@dataclass(frozen=True, slots=True)
class Index:
    """A variable that stands for each member of a set, whose type has the members as options."""

    variable: str
    set: str
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Ranged):
    """A named formula over state, levers and parameters, for each member of the sets in `over`."""

    formula: Expression
    over: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """A name of a section whose entries are the cells of sets, as `stock[north]`.

    `base` is the entry without its members. `same` says that no state has an initial value of its own.
    """

    name: str
    section: str
    over: tuple[Index, ...]
    base: Lever | Parameter | StateVariable | Outcome
    same: bool


@dataclass(frozen=True, slots=True)
class Argument:
    """What each occurrence of an event has of its own; `value` holds where an edge gives none."""

    name: str
    type: Type
    value: Value
    span: Span


@dataclass(frozen=True, slots=True)
class Schedule:
    """An edge of the event graph: schedule `event` after a delay, if a condition holds.

    `index` has the member of each of the event's sets, `given` the arguments of the occurrence that
    are not at their declared values.
    """

    event: str
    after: Expression | None
    condition: Expression | None
    span: Span
    index: tuple[Term, ...] = ()
    given: Mapping[str, Expression] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """What it says besides delay and condition, as written."""
        return tuple(f"{name} = {of.text}" for name, of in self.given.items())


@dataclass(frozen=True, slots=True)
class Cancel:
    """An edge that removes the pending occurrences of `event`, if a condition holds.

    Without an `index`, it removes those of all members. With `where`, which reads their arguments,
    only those for which that is true.
    """

    event: str
    condition: Expression | None
    span: Span
    index: tuple[Term, ...] = ()
    where: Expression | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What it says besides its condition, as written."""
        return () if self.where is None else (f"where {self.where.text}",)


Edge = Schedule | Cancel


@dataclass(frozen=True, slots=True)
class Event:
    """One event: trigger, guard, statements, edges, message.

    `told` are the values in the braces of `tell`. An `at` event has `times`; `every`, `when` and `rate`
    events have `when`. It happens to each member of the sets in `over`.
    """

    name: str
    trigger: TriggerKind
    when: Expression | None
    span: Span
    times: tuple[Expression, ...] = ()
    guard: Expression | None = None
    do: tuple[Statement, ...] = ()
    then: tuple[Edge, ...] = ()
    priority: int = 0
    label: str = ""
    tell: str = ""
    group: str = ""
    help: str = ""
    told: tuple[Expression, ...] = ()
    over: tuple[Index, ...] = ()
    takes: tuple[Argument, ...] = ()

    @property
    def trigger_text(self) -> str:
        """The expression of its trigger as written, or its times; empty without a trigger."""
        parts = self.times if self.when is None else (self.when,)
        return ", ".join(part.text for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Entry):
    """One number per replication (the M of XLRM). `of` is an expression or the name of an event.

    A `final` is read at the time `at`, or at the end of the run; an `of` is computed there from other
    outcomes. `headline` outcomes lead every table
    and page; `matters` is the smallest difference that a decision would notice, in its unit.
    """

    statistic: Statistic
    of: Expression | str
    goal: Literal["minimize", "maximize", ""] = ""
    at: float | None = None
    headline: bool = False
    matters: float | None = None

    @property
    def followed(self) -> bool:
        """Whether it is updated whenever its expression changes."""
        return isinstance(self.of, Expression) and self.statistic not in ("final", "of")

    @property
    def measure(self) -> str:
        """What it measures, as ``mean of stock``, or the expression of other outcomes."""
        text = self.of if isinstance(self.of, str) else self.of.text
        return text if self.statistic == "of" else f"{self.statistic} of {text}"

    @property
    def share(self) -> bool:
        """Whether every value is 0 or 1, so that a mean over replications is a share."""
        boolean = isinstance(self.of, Expression) and self.of.type.kind == "boolean"
        return self.statistic == "ever" or (self.statistic in ("final", "of") and boolean)


#: Most outcomes that can be headlines.
MAX_HEADLINES = 5


@dataclass(frozen=True, slots=True)
class Model:
    """A valid model.

    `levers`, `parameters`, `state` and `outcomes` have an entry for each cell of a name that is
    declared over sets; `families` has these names. `derived` and `events` have one for all members.
    """

    name: str
    title: str
    clock: Clock
    levers: Mapping[str, Lever]
    parameters: Mapping[str, Parameter]
    state: Mapping[str, StateVariable]
    derived: Mapping[str, Derived]
    events: Mapping[str, Event]
    outcomes: Mapping[str, Outcome]
    stop: Expression | None = None
    sets: Mapping[str, Type] = field(default_factory=dict)
    families: Mapping[str, Family] = field(default_factory=dict)
    docs: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    #: Outcomes that others read, and that are no results themselves.
    hidden: Mapping[str, Outcome] = field(default_factory=dict)

    @property
    def computed(self) -> Mapping[str, Outcome]:
        """All outcomes that a run computes."""
        return {**self.outcomes, **self.hidden} if self.hidden else self.outcomes

    @property
    def uncertain(self) -> bool:
        """Whether any parameter has a range or options: whether there is anything to vary."""
        return any(parameter.uncertain for parameter in self.parameters.values())

    def series(self, name: str) -> StateVariable | Derived:
        """Return the entry of a state variable or derived quantity, or of one of its members."""
        if name in self.state:
            return self.state[name]
        family, bracket, members = name.partition("[")
        found = self.derived[family]
        if not bracket:
            return found
        label = f"{found.label}, {members.rstrip(']').replace(',', ', ')}" if found.label else ""
        return replace(found, name=name, label=label)

    def event(self, name: str) -> Event | None:
        """Return the entry of an event, or that of all members where it is the name of one of them."""
        return self.events.get(name) or self.events.get(name.partition("[")[0])

    def cells(self, name: str) -> tuple[str, ...]:
        """Return the names of the series or values of a name: its members, or the name itself."""
        over = self.over(name)
        if not over:
            return (name,)
        return tuple(
            f"{name}[{','.join(members)}]"
            for members in itertools.product(*(index.type.options for index in over))
        )

    def over(self, name: str) -> tuple[Index, ...]:
        """Return the sets over which a name is declared."""
        entry = self.families.get(name) or self.derived.get(name) or self.events.get(name)
        return entry.over if entry is not None else ()

    @property
    def headlines(self) -> tuple[str, ...]:
        """Names of the outcomes that lead: those declared, else the first with a goal, else the first.

        Where none is declared, single members lead only if there is nothing else.
        """
        entries = list(self.outcomes.values())
        alone = [o for o in entries if "[" not in o.name]
        declared = [o for o in entries if o.headline]
        goals = [o for o in alone if o.goal] or [o for o in entries if o.goal]
        return tuple(o.name for o in (declared or goals or alone or entries)[:MAX_HEADLINES])

    def __repr__(self) -> str:
        names = "levers", "parameters", "events", "outcomes"
        sizes = ", ".join(f"{len(getattr(self, name))} {name}" for name in names)
        return f"<Model '{self.name}': {sizes}>"
