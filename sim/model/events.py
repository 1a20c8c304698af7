"""Read events: trigger, guard, statements, edges and message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sim.errors import Diagnostic, Span, did_you_mean
from sim.language.names import BRACES
from sim.language.scope import Scope
from sim.language.statements import Block, Statement, check_block
from sim.language.terms import BOOLEAN, NUMBER, Expression, Number, Reference, express
from sim.model.checks import ACTORS, Path, Report, check_name, formula_text
from sim.model.clock import Clock
from sim.model.instants import date_time, is_date
from sim.model.moving import linear, still
from sim.model.recurrence import is_recurrence, read_recurrence
from sim.model.schema import EdgeShape, EventShape
from sim.model.types import Cancel, Edge, Event, Schedule, TriggerKind
from sim.yaml import Scalar, locate

TRIGGERS: tuple[TriggerKind, ...] = ("at", "every", "when", "rate")


@dataclass
class EventReader:
    """Reads the events of one document; `entries` are those with a valid shape."""

    report: Report
    entries: Mapping[str, EventShape]
    clock: Clock | None

    def read(self) -> dict[str, Event]:
        """Return the valid events."""
        found = {}
        for name, entry in self.entries.items():
            if self.report.full:
                break
            event = self.event(name, entry)
            if event is not None:
                found[name] = event
        return found

    def event(self, name: str, entry: EventShape) -> Event | None:
        """Read one event."""
        path: Path = ("events", name)
        report = self.report
        before = len(report.errors)
        check_name(report, path, name)
        kind, trigger = self.trigger(path, entry)
        when = trigger if isinstance(trigger, Expression) else None
        times = trigger if isinstance(trigger, tuple) else ()
        guard = None
        if entry.condition is not None:
            scope = report.scope("a guard", now=kind != "rate")
            guard = report.expression((*path, "if"), scope, BOOLEAN)
            if kind == "rate":
                still(report, guard, "the guard of a rate")
        statements, block = self.statements(path, entry)
        after = replace(block.known(), draws=False)
        edges = [self.edge((*path, "then", i), edge, after) for i, edge in enumerate(entry.then)]
        told = self.tell((*path, "tell"), entry.tell, after)
        for edge in entry.then:
            block.read.update(re.findall(r"\w+\b(?!\s*\()", f"{edge.after} {edge.condition}"))
        block.read.update(BRACES.findall(entry.tell))
        report.errors.extend(block.unread())
        if len(report.errors) > before:
            return None
        return Event(
            name=name, trigger=kind, when=when, span=report.key(path), times=times, guard=guard,
            do=statements, then=tuple(edge for edge in edges if edge is not None),
            priority=entry.priority, label=entry.label or name.replace("_", " "), tell=entry.tell,
            group=entry.group, help=entry.help, told=told,
        )  # fmt: skip

    def trigger(
        self, path: Path, entry: EventShape
    ) -> tuple[TriggerKind, Expression | tuple[Expression, ...] | None]:
        """Read the trigger of an event."""
        given = [kind for kind in TRIGGERS if getattr(entry, kind) is not None]
        given.sort(key=lambda kind: self.report.key((*path, kind)))
        if len(given) > 1:
            message = f"'{path[1]}' has both '{given[0]}' and '{given[1]}'"
            help = "an event has at most one trigger"
            self.report.error((*path, given[1]), "conflicting-keys", message, help, key=True)
        if not given:
            return "none", None
        kind, report = given[0], self.report
        place = (*path, kind)
        match kind:
            case "at":
                places: list[Path] = [place]
                if isinstance(entry.at, list):
                    places = [(*place, i) for i in range(len(entry.at))]
                times = [self.instant(one) for one in places]
                return kind, tuple(time for time in times if time is not None)
            case "every" if is_recurrence(report, entry.every):
                return kind, read_recurrence(report, place, entry.every, self.clock)
            case "every":
                scope = report.scope("'every'", draws=True, now=True)
                return kind, report.amount(place, scope, "bad-delay", above=True)
            case "when":
                when = report.expression(place, report.scope("'when'"), BOOLEAN)
                still(report, when, "'when'")
                return kind, when
        rate = report.amount(place, report.scope("'rate'"), "bad-rate")
        linear(report, rate, "'rate'")
        return kind, rate

    def instant(self, place: Path) -> Expression | None:
        """Read a time: a number, a date, or an expression in levers and parameters."""
        if is_date(self.report, place):
            time = date_time(self.report, place, self.clock)
            scalar = locate(self.report.node, place).node
            assert isinstance(scalar, Scalar)
            return None if time is None else express(scalar.text, scalar.span, Number(time, NUMBER))
        scope = self.report.scope("'at'", roles=ACTORS, counts=False)
        return self.report.amount(place, scope, "bad-delay")

    def statements(self, path: Path, entry: EventShape) -> tuple[tuple[Statement, ...], Block]:
        """Read the `do` block."""
        scope = self.report.scope("'do'", draws=True, now=True)
        if entry.do is None:
            return (), Block(scope)
        scalar = locate(self.report.node, (*path, "do")).node
        assert isinstance(scalar, Scalar)
        statements, block = check_block(scalar, formula_text(scalar), scope)
        self.report.errors.extend(block.errors)
        return statements, block

    def edge(self, path: Path, entry: EdgeShape, scope: Scope) -> Edge | None:
        """Read one edge of the event graph."""
        report = self.report
        event = entry.cancel if entry.schedule is None else entry.schedule
        if event is None or (entry.schedule is not None and entry.cancel is not None):
            report.error(path, "missing-key", "an edge needs either 'schedule' or 'cancel'")
            return None
        verb = "cancel" if entry.schedule is None else "schedule"
        if event not in report.events:
            hint = did_you_mean(event, report.events)
            report.error((*path, verb), "unknown-event", f"'{event}' is not an event", hint)
        condition = None
        if entry.condition is not None:
            place = replace(scope, place="the condition of an edge")
            condition = report.expression((*path, "if"), place, BOOLEAN)
        if verb == "cancel":
            self.cancellable(path, event, entry)
            return Cancel(event, condition, report.key(path))
        after = None
        if entry.after is not None:
            place = replace(scope, place="'after'", draws=True)
            after = report.amount((*path, "after"), place, "bad-delay")
        return Schedule(event, after, condition, report.key(path))

    def cancellable(self, path: Path, event: str, entry: EdgeShape) -> None:
        """Reject cancelling an event that is never scheduled."""
        if entry.after is not None:
            message = "'cancel' cannot have 'after'"
            self.report.error((*path, "after"), "unknown-key", message, key=True)
        target = self.entries.get(event)
        if target and (target.rate is not None or target.when is not None):
            kind = "rate" if target.rate is not None else "when"
            message = f"'{event}' is a '{kind}' event and cannot be cancelled"
            help = "stop it with its guard, 'if'"
            self.report.error((*path, "cancel"), "not-cancellable", message, help)

    def tell(self, path: Path, text: str, scope: Scope) -> tuple[Reference, ...]:
        """Return the names in the braces of a sentence."""
        told: list[Reference] = []
        scalar = locate(self.report.node, path).node
        for match in BRACES.finditer(text):
            if match.group() in ("{{", "}}"):
                continue
            assert isinstance(scalar, Scalar)
            name, span = match.group(1), scalar.span_at(*match.span())
            if name == "now":
                told.append(Reference("now", "now", NUMBER))
            elif name in scope.names:
                role, kind = scope.names[name]
                told.append(Reference(name, role, kind))
            elif name not in scope.broken:
                self.report.errors.append(_brace_error(name, scope, span))
        return tuple(told)


def _brace_error(name: str | None, scope: Scope, span: Span) -> Diagnostic:
    """Return the error for invalid content of braces in a sentence."""
    if name is None:
        help = "write '{{' or '}}' for a literal brace"
        return Diagnostic("syntax", "unmatched brace", span, help)
    if name in scope.unset:
        message = f"'{name}' may be unset here: only one branch sets it"
        return Diagnostic(
            "unset-local", message, span, "set it before the 'if', or in every branch"
        )
    hint = did_you_mean(name, scope.names) or "braces can contain only names"
    return Diagnostic("unknown-name", f"'{name}' is not defined", span, hint)
