"""Node → Model: every fault of the document at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from sim.clock import Clock, parse_date
from sim.declarations import (
    Path,
    Report,
    check_name,
    formula_text,
    read_lever,
    read_parameter,
    read_state,
)
from sim.errors import Diagnostic, ModelError, did_you_mean
from sim.facts import Fact
from sim.language.check import Scope
from sim.language.statements import Block, Statement, check_block
from sim.language.terms import (
    BOOLEAN,
    NUMBER,
    Expression,
    Number,
    Reference,
    Role,
    Type,
    express,
)
from sim.model import (
    Cancel,
    Derived,
    Edge,
    Event,
    Lever,
    Model,
    Outcome,
    Parameter,
    Schedule,
    StateVariable,
    Statistic,
    TriggerKind,
)
from sim.schema import DerivedShape, EdgeShape, EventShape, ModelFile, OutcomeShape, validate
from sim.source import Mapping as MappingNode
from sim.source import Scalar, locate

MAX_EVENTS = 500
MAX_STATE = 500
MAX_HORIZON = 100_000
TRIGGERS: tuple[TriggerKind, ...] = ("at", "every", "when", "rate")
STATISTICS: tuple[Statistic, ...] = (
    "final",
    "mean",
    "min",
    "max",
    "ever",
    "first",
    "count",
    "duration",
)
CONDITIONAL = frozenset({"ever", "first", "count", "duration"})
_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_ACTORS: frozenset[Role] = frozenset(("lever", "parameter"))
T = TypeVar("T")
Entry = TypeVar("Entry", Lever, Parameter, StateVariable)
_PURE: frozenset[Role] = frozenset(("lever", "parameter", "state", "derived"))


def read_model(
    node: MappingNode,
    facts: Mapping[str, Fact],
    files: tuple[str, ...] = (),
    counterfactual: frozenset[str] = frozenset(),
    faults: tuple[Diagnostic, ...] = (),
) -> Model:
    """Turn a document into a model.

    Parameters
    ----------
    counterfactual
        Parameters whose fact a scenario replaced by an assumption.
    faults
        What was found before, reported together with what is found here.

    Raises
    ------
    ModelError
        With every fault of the document.
    """
    file, found, removed = validate(node, ModelFile)
    report = Report(node, [*faults, *found], {path[1] for path in removed if len(path) > 1})
    if file is None:
        raise ModelError(report.faults)
    model = _Reader(report, file, facts, removed).model(files, counterfactual)
    if report.faults or model is None:
        raise ModelError(sorted(report.faults, key=_place))
    return model


def _place(fault: Diagnostic) -> tuple[str, int, int]:
    span = fault.span
    return (span.file, span.line, span.column) if span else ("", 0, 0)


@dataclass
class _Reader:
    report: Report
    file: ModelFile
    facts: Mapping[str, Fact]
    removed: set[tuple[str, ...]]

    def model(self, files: tuple[str, ...], counterfactual: frozenset[str]) -> Model | None:
        """Read the sections in the order in which they depend on each other."""
        file, report = self.file, self.report
        check_name(report, ("model",), file.model)
        clock = self.clock()
        self.sizes()
        self.distinct()
        self.names: dict[str, tuple[Role, Type]] = {}
        levers = {
            n: self.keep(n, "lever", read_lever(report, n, e, self.facts))
            for n, e in file.levers.items()
        }
        parameters = {
            n: self.keep(
                n, "parameter", read_parameter(report, n, e, self.facts, n in counterfactual)
            )
            for n, e in file.parameters.items()
        }
        initial_names = dict(self.names)
        state = {
            n: self.keep(n, "state", read_state(report, n, e, initial_names))
            for n, e in file.state.items()
        }
        self.events = frozenset(file.events) | {
            p[1] for p in self.removed if p[0] == "events" and p[1:]
        }
        derived = self.derived()
        events = {n: self.event(n, e) for n, e in file.events.items()}
        outcomes = {n: self.outcome(n, e) for n, e in file.outcomes.items()}
        if clock is None or report.faults:
            return None
        return Model(
            name=file.model,
            title=file.title or file.model,
            clock=clock,
            levers=_whole(levers, Lever),
            parameters=_whole(parameters, Parameter),
            state=_whole(state, StateVariable),
            derived=_whole(derived, Derived),
            events=_whole(events, Event),
            outcomes=_whole(outcomes, Outcome),
            docs=dict(file.docs),
            files=files,
        )

    def keep(self, name: str, role: Role, entry: Entry | None) -> Entry | None:
        """Let the later sections use a name, or keep them silent about a faulty one."""
        if entry is None:
            self.report.broken.add(name)
        else:
            self.names[name] = (role, entry.type)
        return entry

    def scope(
        self,
        place: str,
        *,
        draws: bool = False,
        now: bool = False,
        counts: bool = True,
        roles: frozenset[Role] = _PURE | {"local", "now"},
    ) -> Scope:
        """Return what an expression at a place may speak of."""
        return Scope(
            self.names,
            self.events,
            place,
            broken=frozenset(self.report.broken),
            draws=draws,
            now=now,
            counts=counts,
            roles=roles,
        )

    def clock(self) -> Clock | None:
        """Read the time axis."""
        time = self.file.time
        start = parse_date(time.start) if time.start is not None else None
        if time.start is not None and start is None:
            self.report.fault(
                ("time", "start"), "bad-date", f"'{time.start}' is not a date", "as in 2025-07-14"
            )
            return None
        if not 0 < time.horizon <= MAX_HORIZON:
            words = f"a horizon is above 0 and at most {MAX_HORIZON:,}"
            self.report.fault(("time", "horizon"), "out-of-range", words)
            return None
        return Clock(time.unit, float(time.horizon), start)

    def sizes(self) -> None:
        """Refuse a model that is too large."""
        for section, most in (("events", MAX_EVENTS), ("state", MAX_STATE)):
            if len(getattr(self.file, section)) > most:
                self.report.fault(
                    (section,), "too-large", f"more than {most} entries in '{section}'", key=True
                )

    def distinct(self) -> None:
        """Refuse a name that two sections use."""
        seen: dict[str, str] = {}
        for section in ("levers", "parameters", "state", "derived", "events"):
            for name in getattr(self.file, section):
                if name.lower() in seen:
                    self.report.fault(
                        (section, name),
                        "duplicate-name",
                        f"'{name}' is also in '{seen[name.lower()]}'",
                        "names are distinct over all sections, whatever their case",
                        key=True,
                    )
                seen.setdefault(name.lower(), section)

    def derived(self) -> dict[str, Derived | None]:
        """Read the derived quantities, each after those it uses."""
        entries = self.file.derived
        found: dict[str, Derived | None] = {}
        words = {
            name: set(re.findall(r"[A-Za-z_]\w*", str(entry.formula))) & set(entries)
            for name, entry in entries.items()
        }
        ready = [name for name in entries if not words[name]]
        waiting = {name: set(needs) for name, needs in words.items() if needs}
        while ready:
            name = ready.pop(0)
            found[name] = self.one_derived(name, entries[name])
            for other in [o for o, needs in waiting.items() if name in needs]:
                waiting[other].discard(name)
                if not waiting[other]:
                    del waiting[other]
                    ready.append(other)
        for name in waiting:
            self.report.broken.add(name)
            cycle = ", ".join(f"'{n}'" for n in sorted(waiting))
            self.report.fault(
                ("derived", name),
                "derived-cycle",
                f"'{name}' depends on itself, by way of {cycle}",
                key=True,
            )
            found[name] = None
        return {name: found[name] for name in entries}

    def one_derived(self, name: str, entry: DerivedShape) -> Derived | None:
        """Read one derived quantity."""
        path: Path = ("derived", name)
        good = check_name(self.report, path, name)
        formula = self.report.expression(
            (*path, "formula"), self.scope("a derived quantity", roles=_PURE)
        )
        if not good or formula is None:
            self.report.broken.add(name)
            return None
        self.names[name] = ("derived", formula.type)
        low, high = entry.range or (None, None)
        return Derived(
            name,
            formula,
            self.report.key(path),
            low,
            high,
            entry.unit,
            entry.label,
            entry.help,
            entry.group,
        )

    def event(self, name: str, entry: EventShape) -> Event | None:
        """Read one event."""
        path: Path = ("events", name)
        report = self.report
        good = check_name(report, path, name)
        before = len(report.faults)
        kind, trigger = self.trigger(path, entry)
        guard = None
        if entry.condition is not None:
            scope = self.scope("a guard", now=kind != "rate")
            guard = report.expression((*path, "if"), scope, BOOLEAN)
        statements, block = self.statements(path, entry)
        after = replace(block.names_after(), draws=False)
        edges = [self.edge((*path, "then", i), edge, after) for i, edge in enumerate(entry.then)]
        told = self.tell((*path, "tell"), entry.tell, after, block)
        for edge in edges:
            for part in (getattr(edge, "after", None), edge.condition if edge else None):
                block.read |= part.reads if part else frozenset()
        report.faults.extend(block.unread() if not block.faults else [])
        if not good or len(report.faults) > before:
            return None
        return Event(
            name=name,
            trigger=kind,
            when=trigger,
            span=report.key(path),
            guard=guard,
            do=statements,
            then=tuple(edge for edge in edges if edge is not None),
            priority=entry.priority,
            label=entry.label or name.replace("_", " "),
            tell=entry.tell,
            group=entry.group,
            help=entry.help,
            told=told,
        )

    def trigger(self, path: Path, entry: EventShape) -> tuple[TriggerKind, Expression | None]:
        """Read what brings an event about."""
        given = [kind for kind in TRIGGERS if getattr(entry, kind) is not None]
        if len(given) > 1:
            self.report.fault(
                (*path, given[1]),
                "two-triggers",
                f"'{path[1]}' has both '{given[0]}' and '{given[1]}'",
                "an event has one trigger at most",
                key=True,
            )
        if not given:
            return "none", None
        kind = given[0]
        place = (*path, kind)
        match kind:
            case "at":
                return kind, self.instant(place)
            case "every":
                scope = self.scope("'every'", draws=True, now=True)
                return kind, self.report.expression(place, scope, NUMBER)
            case "when":
                return kind, self.report.expression(place, self.scope("'when'"), BOOLEAN)
        return kind, self.report.expression(place, self.scope("'rate'"), NUMBER)

    def instant(self, place: Path) -> Expression | None:
        """Read `at`: a number, a date, or an expression in levers and parameters."""
        scalar = locate(self.report.node, place).node
        date = parse_date(formula_text(scalar)) if isinstance(scalar, Scalar) else None
        if date is not None and isinstance(scalar, Scalar):
            clock = self.clock()
            if clock is None:
                return None
            if clock.start is None:
                self.report.fault(
                    place, "bad-date", "the model has no start date", "set 'time: start'"
                )
                return None
            return express(scalar.text, scalar.span, Number(clock.time(date), NUMBER))
        scope = self.scope("'at'", roles=_ACTORS, counts=False)
        return self.report.expression(place, scope, NUMBER)

    def statements(self, path: Path, entry: EventShape) -> tuple[tuple[Statement, ...], Block]:
        """Read the `do` block."""
        scope = self.scope("'do'", draws=True, now=True)
        if entry.do is None:
            return (), Block(scope)
        scalar = locate(self.report.node, (*path, "do")).node
        assert isinstance(scalar, Scalar)
        statements, block = check_block(scalar, formula_text(scalar), scope)
        self.report.faults.extend(block.faults)
        return statements, block

    def edge(self, path: Path, entry: EdgeShape, scope: Scope) -> Edge | None:
        """Read one edge of the event graph."""
        report = self.report
        if (entry.schedule is None) == (entry.cancel is None):
            report.fault(path, "missing-key", "an edge has either 'schedule' or 'cancel'")
            return None
        verb, event = ("schedule", entry.schedule) if entry.schedule else ("cancel", entry.cancel)
        assert event is not None
        if event not in self.events:
            hint = did_you_mean(event, self.events)
            report.fault((*path, verb), "unknown-event", f"'{event}' is not an event", hint)
        condition = None
        if entry.condition is not None:
            place = replace(scope, place="the condition of an edge")
            condition = report.expression((*path, "if"), place, BOOLEAN)
        if verb == "cancel":
            if entry.after is not None:
                report.fault((*path, "after"), "unknown-key", "'cancel' knows no 'after'", key=True)
            target = self.file.events.get(event)
            if target and (target.rate is not None or target.when is not None):
                kind = "rate" if target.rate is not None else "when"
                words = f"'{event}' is a '{kind}' event and cannot be cancelled"
                report.fault(
                    (*path, "cancel"), "not-cancellable", words, "stop it with its guard, 'if'"
                )
            return Cancel(event, condition, report.key(path))
        after = None
        if entry.after is not None:
            place = replace(scope, place="'after'", draws=True)
            after = report.expression((*path, "after"), place, NUMBER)
        return Schedule(event, after, condition, report.key(path))

    def tell(self, path: Path, text: str, scope: Scope, block: Block) -> tuple[Reference, ...]:
        """Read the names in braces of a sentence."""
        told: list[Reference] = []
        scalar = locate(self.report.node, path).node
        for match in _BRACES.finditer(text):
            if match.group() in ("{{", "}}"):
                continue
            name = match.group(1)
            assert isinstance(scalar, Scalar)
            span = scalar.span_at(*match.span())
            if name is None:
                fault = Diagnostic(
                    "syntax", "a brace without its partner", span, "write '{{' for one brace"
                )
                self.report.faults.append(fault)
            elif name == "now":
                told.append(Reference("now", "now", NUMBER))
            elif name in scope.names:
                role, kind = scope.names[name]
                told.append(Reference(name, role, kind))
                block.read.add(name)
            elif name in block.locals:
                block.read.add(name)
                words = f"'{name}' may be unset here: only one branch sets it"
                self.report.faults.append(Diagnostic("unset-local", words, span))
            elif name not in scope.broken:
                hint = did_you_mean(name, scope.names) or "only names may stand in braces"
                fault = Diagnostic("unknown-name", f"'{name}' is not defined", span, hint)
                self.report.faults.append(fault)
        return tuple(told)

    def outcome(self, name: str, entry: OutcomeShape) -> Outcome | None:
        """Read one outcome."""
        path: Path = ("outcomes", name)
        report = self.report
        good = check_name(report, path, name)
        given = [s for s in STATISTICS if getattr(entry, s) is not None]
        if len(given) != 1:
            words = "has no statistic" if not given else f"has both '{given[0]}' and '{given[1]}'"
            report.fault(
                path,
                "missing-key",
                f"'{name}' {words}",
                f"one of {', '.join(STATISTICS)}",
                key=True,
            )
            return None
        statistic = given[0]
        place = (*path, statistic)
        value = getattr(entry, statistic)
        of: Expression | str | None
        if isinstance(value, str) and value.strip() in self.events:
            of = value.strip()
            if statistic not in CONDITIONAL or statistic == "duration":
                report.fault(
                    place, "type-mismatch", f"'{of}' is an event, and '{statistic}' wants a value"
                )
                return None
        else:
            want = BOOLEAN if statistic in CONDITIONAL else NUMBER
            of = report.expression(place, self.scope("an outcome", roles=_PURE), want)
        if not good or of is None:
            return None
        return Outcome(
            name=name,
            statistic=statistic,
            of=of,
            span=report.key(path),
            goal=entry.goal or "",
            unit=entry.unit,
            label=entry.label or name.replace("_", " "),
            help=entry.help,
            group=entry.group,
        )


def _whole(entries: Mapping[str, T | None], kind: type[T]) -> dict[str, T]:
    """Return the entries of a faultless section."""
    found = {name: entry for name, entry in entries.items() if isinstance(entry, kind)}
    assert len(found) == len(entries)
    return found
