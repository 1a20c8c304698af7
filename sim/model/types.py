"""The frozen types of a checked model. They contain data and no logic.

A `Model` is always valid: all its expressions have resolved names and types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from sim.errors import Diagnostic, Span
from sim.formatting import Value as Value
from sim.language.expressions import Expression
from sim.language.tables import Between
from sim.language.terms import NUMBER, Definition, Sample, Type
from sim.model.clock import Clock
from sim.model.event_types import Event, Index
from sim.model.facts import Fact
from sim.model.guide import Guide
from sim.model.naming import cell_names, family_of, labelled, members_in

Statistic = Literal[
    "final", "mean", "min", "max", "ever", "first", "count", "duration", "integral", "sd", "of"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The name, place and descriptive texts of an entry; `unit_span` is where its unit is declared."""

    name: str
    span: Span
    unit: str = ""
    label: str = ""
    group: str = ""
    help: str = ""
    unit_span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranged(Entry):
    """An entry with an optional range."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever(Ranged):
    """What a decision maker sets (the L of XLRM). One that is `dated` is a time, shown as a date.

    `kept` says why it stays although it changes nothing.
    """

    type: Type
    default: Value
    step: float | None = None
    points: Mapping[str, Value] = field(default_factory=dict)
    fact: Fact | None = None
    dated: bool = False
    kept: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(Ranged):
    """A property of the world (the X of XLRM): a fact or an assumption.

    `kind` is *counterfactual* if a scenario replaces its fact with an assumption. Of a *normal* or
    *lognormal* shape `middle` are the 5th and 95th percentile, and `low` and `high` where it is cut off.
    `weights` are the values of a *discrete* shape, in order, an option as its place among the words.
    One that is `dated` is a time, shown as a date. `kept` says why it stays although it changes nothing.
    """

    type: Type
    value: Value
    kind: Literal["fact", "assumption", "counterfactual"]
    shape: str = "uniform"
    middle: tuple[float, float] | None = None
    weights: tuple[tuple[float, float], ...] = ()
    why: str = ""
    fact: Fact | None = None
    dated: bool = False
    kept: str = ""

    @property
    def uncertain(self) -> bool:
        """Whether its value differs between futures: it has a range, or is assumed among options."""
        if self.type.options:
            likely = sum(weight > 0 for _, weight in self.weights)
            return self.kind == "assumption" and (likely or len(self.type.options)) > 1
        if self.weights:
            return sum(weight > 0 for _, weight in self.weights) > 1
        return self.low is not None and self.high is not None and self.low < self.high

    @property
    def structural(self) -> bool:
        """Whether it is a form of the model: an uncertain word for the whole model, not one per member."""
        return self.uncertain and bool(self.type.options) and not self.name.endswith("]")


@dataclass(frozen=True, slots=True)
class Correlation:
    """Parameters of which each two have one rank correlation (Spearman's)."""

    of: tuple[str, ...]
    rank: float
    span: Span
    why: str = ""


@dataclass(frozen=True, slots=True)
class Shares:
    """Parameters that add up to a number in every future."""

    of: tuple[str, ...]
    to: float
    span: Span
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleEntry(Entry):
    """Observed values, `count` of them, and where they come from."""

    sample: Sample
    count: int
    why: str = ""
    source: str = ""
    url: str = ""
    status: str = ""
    file: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateVariable(Ranged):
    """A quantity that events change. `initial` is a value, or an expression in levers and parameters."""

    type: Type
    initial: Value | Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Ranged):
    """A named formula over state, levers and parameters, for each member of the sets in `over`."""

    formula: Expression
    over: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """A name of a section whose entries are the cells of sets, as `stock[north]`.

    `base` is the entry without its members. `same` says that no state has an initial value of its own,
    `together` that the members of a lever or parameter move as one input.
    """

    name: str
    section: str
    over: tuple[Index, ...]
    base: Lever | Parameter | StateVariable | Outcome
    same: bool
    together: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Entry):
    """A function of one argument, given by points: evidence, or an assumption.

    Attributes
    ----------
    places, values
        The arguments in ascending order, and the value at each.
    between, beyond
        Whether it is a staircase or a line between two points; and whether it keeps the end
        values beyond them, or has none.
    dated
        Whether its arguments were written as dates.
    file, source, status, vintage, why, fact
        Where it comes from.
    """

    places: tuple[float, ...] = field(repr=False)
    values: tuple[float, ...] = field(repr=False)
    type: Type = NUMBER
    between: Between = "step"
    beyond: Literal["hold", "error"] = "error"
    dated: bool = False
    file: str = ""
    source: str = ""
    url: str = ""
    status: Literal["verified", "unverified"] = "unverified"
    vintage: Literal["ex_ante", "ex_post"] = "ex_ante"
    why: str = ""
    fact: Fact | None = None

    def covers(self, low: float, high: float) -> bool:
        """Whether it has a value at each argument of a range."""
        return self.beyond == "hold" or (self.places[0] <= low and high <= self.places[-1])


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


@dataclass(frozen=True, slots=True, eq=False)
class FuturesFile:
    """The file of plausible futures that a model names, read when futures are sampled.

    Attributes
    ----------
    path, content
        What messages call it, and its text.
    errors
        Why it cannot be read. They are raised where it is used, so that a new file can be made.
    parameters
        Those of the model that names it, without the overlay of a scenario.
    """

    path: str
    content: str
    errors: tuple[Diagnostic, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


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
    tables: Mapping[str, Table] = field(default_factory=dict)
    docs: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    functions: Mapping[str, Definition] = field(default_factory=dict)
    samples: Mapping[str, SampleEntry] = field(default_factory=dict)
    correlations: tuple[Correlation, ...] = ()
    shares: tuple[Shares, ...] = ()
    #: Outcomes that others read, and that are no results themselves.
    hidden: Mapping[str, Outcome] = field(default_factory=dict)
    #: No part of what a model is: an experiment has the futures themselves.
    futures: FuturesFile | None = field(default=None, compare=False, repr=False)
    guide: Guide | None = field(default=None, compare=False, repr=False)

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
        found, members = self.derived[family_of(name)], members_in(name)
        if not members:
            return found
        label = labelled(found.label, members) if found.label else ""
        return replace(found, name=name, label=label)

    def event(self, name: str) -> Event | None:
        """Return the entry of an event, or that of all members where it is the name of one of them."""
        return self.events.get(name) or self.events.get(family_of(name))

    def cells(self, name: str) -> tuple[str, ...]:
        """Return the names of the series or values of a name: its members, or the name itself."""
        return tuple(cell_names(name, self.over(name)))

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
