"""Read events: trigger, guard, statements, edges and message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sim.errors import Diagnostic, ModelError, Span, did_you_mean
from sim.language.checker import check
from sim.language.expressions import Expression, express
from sim.language.names import BRACES, COUNTED, told_name
from sim.language.scope import BrokenName, Scope, unset_local
from sim.language.statements import Block, Statement, check_block
from sim.language.terms import BOOLEAN, NUMBER, Number, Reference, Type
from sim.model.arguments import Taken, read_given, read_takes, read_where
from sim.model.checks import ACTORS, Path, Report, check_name, formula_text
from sim.model.clock import Clock
from sim.model.event_types import Cancel, Edge, Event, Index, Schedule, TriggerKind
from sim.model.instants import date_time, event_index, is_date
from sim.model.moving import linear, still
from sim.model.recurrence import is_recurrence, read_recurrence
from sim.model.schema import EdgeShape, EventShape
from sim.model.sets import read_over
from sim.yaml import Scalar, locate

TRIGGERS: tuple[TriggerKind, ...] = ("at", "every", "when", "rate")


@dataclass
class EventReader:
    """Reads the events of one document; `entries` are those with a valid shape.

    `sets` are the types of members of sets, by the name of the set.
    """

    report: Report
    entries: Mapping[str, EventShape]
    clock: Clock | None
    sets: Mapping[str, Type] = field(default_factory=dict)
    over: dict[str, tuple[Index, ...]] = field(default_factory=dict)
    taken: dict[str, Taken] = field(default_factory=dict)

    def declare(self) -> EventReader:
        """Read which events are declared over sets: formulas read before the events count them."""
        for name, entry in self.entries.items():
            over = read_over(self.report, ("events", name), entry.over)
            if over is not None:
                self.over[name] = over
            if over:
                self.report.over[name] = tuple(index.set for index in over)
        return self

    def read(self) -> dict[str, Event]:
        """Return the valid events."""
        found = {}
        report = self.report
        for name, entry in self.entries.items():
            self.taken[name] = read_takes(self.report, ("events", name), entry.takes, self.sets)
        for name, entry in self.entries.items():
            if self.report.full:
                break
            event = self.event(name, entry) if name in self.over else None
            report.indices = ()
            if event is not None:
                found[name] = event
        return found

    def event(self, name: str, entry: EventShape) -> Event | None:
        """Read one event."""
        path: Path = ("events", name)
        report = self.report
        taken = self.taken[name]
        before = len(report.errors)
        check_name(report, path, name)
        report.indices = self.over[name]
        kind, trigger = self.trigger(path, entry)
        when = trigger if isinstance(trigger, Expression) else None
        times = trigger if isinstance(trigger, tuple) else ()
        guard = None
        if entry.condition is not None:
            scope = taken.within(report.scope("a guard", now=kind != "rate"))
            guard = report.expression((*path, "if"), scope, BOOLEAN)
            if kind == "rate":
                still(report, guard, "the guard of a rate")
        statements, block = self.statements(path, entry)
        after = replace(block.known(), draws=False)
        edges = [self.edge((*path, "then", i), edge, after) for i, edge in enumerate(entry.then)]
        told = self.tell((*path, "tell"), entry.tell, after)
        for edge in entry.then:
            texts = (edge.after, edge.condition, edge.where, *edge.given.values())
            words = " ".join(map(str, (*texts, edge.schedule, edge.cancel)))
            block.read.update(re.findall(r"\w+\b(?!\s*\()", words))
        names = map(told_name, BRACES.findall(entry.tell))
        block.read.update(re.findall(r"\w+", " ".join(names)))
        report.errors.extend(block.unread())
        if len(report.errors) > before:
            return None
        return Event(
            name=name, trigger=kind, when=when, span=report.key(path), times=times, guard=guard,
            do=statements, then=tuple(edge for edge in edges if edge is not None),
            priority=entry.priority, label=entry.label or name.replace("_", " "), tell=entry.tell,
            group=entry.group, help=entry.help, told=told, over=self.over[name],
            takes=tuple(taken.arguments.values()),
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
        place, taken = (*path, kind), self.taken[str(path[1])]
        match kind:
            case "at":
                places: list[Path] = [place]
                if isinstance(entry.at, list):
                    places = [(*place, i) for i in range(len(entry.at))]
                times = [self.instant(one, taken) for one in places]
                return kind, tuple(time for time in times if time is not None)
            case "every" if is_recurrence(report, entry.every):
                return kind, read_recurrence(report, place, entry.every, self.clock)
            case "every":
                scope = taken.beside(report.scope("'every'", draws=True, now=True))
                return kind, report.amount(place, scope, "bad-delay", above=True)
            case "when":
                scope = taken.beside(report.scope("'when'"))
                when = report.expression(place, scope, BOOLEAN)
                still(report, when, "'when'")
                return kind, when
        rate = report.amount(place, taken.beside(report.scope("'rate'")), "bad-rate")
        linear(report, rate, "'rate'")
        return kind, rate

    def instant(self, place: Path, taken: Taken) -> Expression | None:
        """Read a time: a number, a date, or an expression in levers and parameters."""
        if is_date(self.report, place):
            time = date_time(self.report, place, self.clock)
            scalar = locate(self.report.node, place).node
            assert isinstance(scalar, Scalar)
            return None if time is None else express(scalar.text, scalar.span, Number(time, NUMBER))
        scope = self.report.scope("'at'", roles=ACTORS, counts=False)
        return self.report.amount(place, taken.beside(scope), "bad-delay")

    def statements(self, path: Path, entry: EventShape) -> tuple[tuple[Statement, ...], Block]:
        """Read the `do` block."""
        taken = self.taken[str(path[1])]
        scope = taken.within(self.report.scope("'do'", draws=True, now=True))
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
        found = event_index(report, (*path, verb), event, replace(scope, place=f"'{verb}'"))
        if found is None:
            return None
        event, index = found
        if event in report.over and not index and verb == "schedule":
            sets = ", ".join(report.over[event])
            message = f"'{event}' happens to each {sets}"
            help = f"name the member, as in '{event}[r]'"
            report.error((*path, verb), "not-indexed", message, help)
        condition = None
        if entry.condition is not None:
            place = replace(scope, place="the condition of an edge")
            condition = report.expression((*path, "if"), place, BOOLEAN)
        if verb == "cancel":
            self.cancellable(path, event, entry)
            own = event == path[1]
            where = read_where(report, path, entry, scope, self.taken.get(event), own)
            return Cancel(event, condition, report.key(path), index, where)
        after = None
        if entry.after is not None:
            place = replace(scope, place="'after'", draws=True)
            after = report.amount((*path, "after"), place, "bad-delay")
        given = read_given(report, path, entry, scope, self.taken.get(event))
        return Schedule(event, after, condition, report.key(path), index, given)

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

    def tell(self, path: Path, text: str, scope: Scope) -> tuple[Expression, ...]:
        """Return the names in the braces of a sentence, perhaps with an index or words to count."""
        told: list[Expression] = []
        scalar = locate(self.report.node, path).node
        for match in BRACES.finditer(text):
            if match.group() in ("{{", "}}"):
                continue
            assert isinstance(scalar, Scalar)
            braces, span = match.group(1) or "", scalar.span_at(*match.span())
            name, known = told_name(braces), len(told)
            start = match.start(1)
            if match.group(1) is None:
                self.report.errors.append(_brace_error(None, scope, span))
            elif "|" in name:
                self.report.errors.append(Diagnostic("syntax", _UNCOUNTED, span, _COUNTED_HELP))
            elif name == "now":
                told.append(express(name, span, Reference("now", "now", NUMBER)))
            elif name in scope.over or "[" in name:
                inner = scalar.span_at(start, start + len(name))
                try:
                    term = check(Scalar(name, name, inner), name, scope)
                    told.append(express(name, inner, term))
                except ModelError as error:
                    self.report.errors.extend(error.diagnostics)
                except BrokenName:
                    pass
            elif name in scope.names:
                role, kind = scope.names[name]
                told.append(express(name, span, Reference(name, role, kind)))
            elif name not in scope.broken:
                self.report.errors.append(_brace_error(name, scope, span))
            if COUNTED.fullmatch(braces) and any(
                one.type.kind not in _NUMBERS for one in told[known:]
            ):
                message = f"'{name}' is no number: words for one and for many cannot follow it"
                self.report.errors.append(
                    Diagnostic("type-mismatch", message, span, f"write '{{{name}}}'")
                )
        return tuple(told)


#: Kinds of values that words for one and for many can follow.
_NUMBERS = ("number", "whole")
_UNCOUNTED = "words in braces are a name, words for 1, '|' and words for all other numbers"
_COUNTED_HELP = "write '{n ship waits|ships wait}'"


def _brace_error(name: str | None, scope: Scope, span: Span) -> Diagnostic:
    """Return the error for invalid content of braces in a sentence."""
    if name is None:
        help = "write '{{' or '}}' for a literal brace"
        return Diagnostic("syntax", "unmatched brace", span, help)
    if name in scope.unset:
        message, help = unset_local(name, scope)
        return Diagnostic("unset-local", message, span, help)
    hint = did_you_mean(name, scope.names) or "braces can contain only names"
    return Diagnostic("unknown-name", f"'{name}' is not defined", span, hint)
