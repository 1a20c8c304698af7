"""The frozen types of events: triggers, arguments, edges, and the sets that they happen to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sim.errors import Span
from sim.formatting import Value
from sim.language.expressions import Expression
from sim.language.statements import Statement
from sim.language.terms import Term, Type

TriggerKind = Literal["at", "every", "when", "rate", "none"]


@dataclass(frozen=True, slots=True)
class Index:
    """A variable that stands for each member of a set, whose type has the members as options."""

    variable: str
    set: str
    type: Type


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
