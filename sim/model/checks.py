"""The names and errors found while a document is read, and checks shared by its entries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.errors import MAX_SHOWN, Diagnostic, ModelError, Span, did_you_mean
from sim.formatting import yaml_text
from sim.language.checker import check
from sim.language.expressions import Expression, express
from sim.language.names import name_error
from sim.language.scope import BrokenName, Function, Scope
from sim.language.tables import Tables
from sim.language.terms import (
    BOOLEAN,
    NUMBER,
    WHOLE,
    Number,
    Role,
    Sample,
    Term,
    Type,
)
from sim.language.units import same
from sim.model.calendar_tables import no_calendar
from sim.model.clock import Clock
from sim.model.event_types import Index
from sim.model.facts import Fact
from sim.model.fields import is_number
from sim.model.naming import family_of
from sim.model.types import Table
from sim.numerics.arithmetic import LARGEST
from sim.yaml import Node, Scalar, locate

#: Roles of the names that a formula can use.
PURE: frozenset[Role] = frozenset(("lever", "parameter", "state", "derived"))
ACTORS: frozenset[Role] = frozenset(("lever", "parameter"))
Path = tuple[str | int, ...]


@dataclass
class Report:
    """The names and errors found so far in one document.

    `broken` are names whose declaration is invalid; `facts_missing` is true if a facts file could not
    be read. Further errors about either are suppressed. `turns` are the tables of the time that each
    derived quantity reads, `moving` the formulas of those that change between events. `sets` are the
    sets, `over` the sets of each name that is declared over some, `taken` what each name of the model
    is, `indices` are those of the entry that is being read, and `cells` are names of cells.
    """

    node: Node
    errors: list[Diagnostic] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    names: dict[str, tuple[Role, Type]] = field(default_factory=dict)
    events: frozenset[str] = frozenset()
    arising: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()
    facts_missing: bool = False
    sets: dict[str, Type] = field(default_factory=dict)
    over: dict[str, tuple[str, ...]] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    indices: tuple[Index, ...] = ()
    cells: set[str] = field(default_factory=set)
    functions: dict[str, Function | None] = field(default_factory=dict)
    samples: dict[str, Sample | None] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    moving: dict[str, Term] = field(default_factory=dict)
    turns: dict[str, frozenset[str]] = field(default_factory=dict)
    clock: Clock | None = None

    @property
    def full(self) -> bool:
        """Whether there are more errors than will be shown."""
        return len(self.errors) > MAX_SHOWN

    def scope(
        self,
        place: str,
        *,
        draws: bool = False,
        now: bool = False,
        counts: bool = True,
        roles: frozenset[Role] = PURE,
        own: bool = False,
    ) -> Scope:
        """Return the names that an expression at a place can use.

        `own` says that a name without an index means the members of the entry itself.
        """
        types = {name: (table.type, table.between) for name, table in self.tables.items()}
        missing = ("", "") if self.clock is None else no_calendar(self.clock)
        tables = Tables(types, missing, of_now=roles == PURE)
        names: dict[str, tuple[Role, Type]] = {i.variable: ("index", i.type) for i in self.indices}
        return Scope(
            {**self.names, **names} if names else self.names, self.events, place,
            broken=frozenset(self.broken), arising=self.arising, draws=draws, now=now, counts=counts,
            sets=self.sets, over=self.over, outcomes=self.outcomes, tables=tables,
            functions=self.functions, samples=self.samples,
            own=tuple(i.variable for i in self.indices) if own else (),
            roles=roles | {"local", "now", "horizon", "index"},
        )  # fmt: skip

    def error(self, path: Path, code: str, message: str, help: str = "", key: bool = False) -> None:
        """Add an error that points at the value (or the key) at a path."""
        place = locate(self.node, path)
        self.errors.append(Diagnostic(code, message, place.key if key else place.value, help))

    def key(self, path: Path) -> Span:
        """Return the place of a key."""
        return locate(self.node, path).key

    def place(self, path: Path) -> Span:
        """Return the place of a value."""
        return locate(self.node, path).value

    def amount(self, path: Path, scope: Scope, code: str, above: bool = False) -> Expression | None:
        """Check the expression of a time, delay or rate: a number, 0 or more, or above 0."""
        found = self.expression(path, scope, NUMBER)
        if found is not None and isinstance(found.term, Number):
            low = found.term.value
            if low < 0.0 or (above and low == 0.0):
                message = (
                    f"{scope.place} is {low:.12g}: it must be {'above 0' if above else '0 or more'}"
                )
                self.errors.append(Diagnostic(code, message, found.span))
        if found is not None and found.type.kind == "boolean":
            message = "expected a number, not true or false"
            self.errors.append(Diagnostic("type-mismatch", message, found.span))
        return found

    def expression(self, path: Path, scope: Scope, want: Type | None = None) -> Expression | None:
        """Check the expression at a path; return None if it is invalid."""
        scalar = locate(self.node, path).node
        if not isinstance(scalar, Scalar):
            self.error(path, "wrong-type", "expected an expression")
            return None
        text = formula_text(scalar)
        try:
            return express(text, scalar.span, check(scalar, text, scope, want))
        except ModelError as error:
            self.errors.extend(error.diagnostics)
        except BrokenName:
            pass
        return None


def formula_text(scalar: Scalar) -> str:
    """Return the text of an expression, which can be a plain number or truth value."""
    return scalar.value if isinstance(scalar.value, str) else scalar.text.strip()


def number_help(word: str) -> str:
    """Return how to write a text that looks like a number, or an empty string."""
    text = word.strip()
    if re.fullmatch(r"[-+]?[0-9]+,[0-9]{3}(,[0-9]{3})*", text):
        return f"write {text.replace(',', '')}, without commas"
    text, percent = text.removesuffix("%").rstrip(), text.endswith("%")
    if re.fullmatch(r"[-+]?[0-9]+,[0-9]+", text):
        text = text.replace(",", ".")
        if not percent:
            return f"write {text}, with a decimal point"
    if not re.fullmatch(r"[-+]?[0-9]+(\.[0-9]*)?", text):
        return ""
    if percent:
        return f"write {float(text) / 100:.12g}, or {text} if the unit is %"
    return f"write {text}, without quotes"


def numeric_type(values: Sequence[Any]) -> Type:
    """Return the whole type if all numbers are written without point or exponent, else number."""
    return WHOLE if all(isinstance(v, int) for v in values if v is not None) else NUMBER


def check_name(report: Report, path: Path, name: str) -> bool:
    """Reject an invalid name."""
    error = name_error(family_of(name) if name in report.cells else name)
    if error:
        report.error(path, "bad-name", f"'{name}' {error}", key=True)
    return not error


def is_word(text: str) -> bool:
    """Return whether a text can be an option."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text) is not None


def check_options(report: Report, path: Path, options: Sequence[str]) -> bool:
    """Reject options that are repeated or not plain words."""
    before = len(report.errors)
    for i, word in enumerate(options):
        if not is_word(word):
            message = f"'{word}' is not a valid option: use letters, digits, _ or -"
            report.error((*path, i), "bad-name", message)
        if word in options[:i]:
            report.error((*path, i), "duplicate-option", f"'{word}' is listed twice")
    return len(report.errors) == before


def check_range(report: Report, path: Path, pair: Sequence[float] | None) -> bool:
    """Reject a range whose low end is above its high end."""
    if pair is not None and not pair[0] <= pair[1]:
        report.error(path, "bad-range", f"the low end, {pair[0]}, is above the high end, {pair[1]}")
        return False
    return True


def _word(value: Any) -> str:
    """Return a value of a file in words."""
    return "nothing" if value is None else f"'{yaml_text(value)}'"


def check_value(
    report: Report, path: Path, value: Any, kind: Type, pair: Sequence[float] | None = None
) -> bool:
    """Reject a value of another type or outside a range."""
    before = len(report.errors)
    if kind.kind == "option":
        if value not in kind.options:
            report.error(
                path,
                "unknown-option",
                f"'{value}' is not one of the options: {', '.join(kind.options)}",
                did_you_mean(str(value), kind.options),
            )
    elif kind.kind == "boolean":
        if not isinstance(value, bool):
            report.error(path, "wrong-type", f"expected true or false, not '{value}'")
    elif not is_number(value):
        message = f"expected {kind}, not {'a list' if isinstance(value, list) else _word(value)}"
        ends = f"{kind} from {pair[0]} to {pair[1]}" if pair is not None else ""
        report.error(path, "wrong-type", message, number_help(str(value)) or ends)
    elif abs(value) > LARGEST:
        report.error(path, "too-large", f"{value:g} is too large: at most {LARGEST:g} in size")
    elif kind.kind == "whole" and float(value) != int(value):
        report.error(path, "wrong-type", f"expected a whole number, not {value}")
    elif pair is not None and not pair[0] <= value <= pair[1]:
        report.error(path, "out-of-range", f"{value} is outside the range {pair[0]} to {pair[1]}")
    return len(report.errors) == before


def find_fact(
    report: Report, path: Path, name: str | None, facts: Mapping[str, Fact], series: bool = False
) -> Fact | None:
    """Return the fact that an entry names, a value or a series; report another and return None."""
    if name is None:
        return None
    if name not in facts and report.facts_missing:
        return None
    if name not in facts:
        hint = did_you_mean(name, facts) or ("" if facts else "list its file under 'facts'")
        report.error(path, "unknown-fact", f"there is no fact '{name}'", hint)
        return None
    if bool(facts[name].series) != series:
        is_, help = "a single value, not a series", "use it as a parameter"
        if not series:
            is_, help = (
                "a series, not a single value",
                "read it with a table: 'tables: {NAME: {fact: …}}'",
            )
        report.error(path, "wrong-type", f"fact '{name}' is {is_}", help)
        return None
    return facts[name]


def check_unit(report: Report, path: Path, unit: str, fact: Fact | None) -> bool:
    """Reject a unit that differs from that of the fact: units are not converted."""
    if fact is None or not unit or not fact.unit or same(unit, fact.unit):
        return True
    message = f"the unit is '{unit}', but fact '{fact.name}' is in '{fact.unit}'"
    report.error((*path, "unit"), "other-unit", message)
    return False


def check_vintage(report: Report, path: Path, fact: Fact) -> bool:
    """Reject a fact that was not known at the start of the model as an input."""
    if fact.vintage == "ex_ante":
        return True
    message = f"fact '{fact.name}' became known only after the model's start"
    help = "use it in a targets file, not as an input"
    report.error((*path, "fact"), "ex-post-default", message, help)
    return False


def check_kind(
    report: Report,
    path: Path,
    options: Sequence[str] | None,
    value: Any,
    numeric: Mapping[str, Any],
) -> Type | None:
    """Return the type of an entry; `numeric` are the keys allowed only for numbers."""
    given = next((key for key, found in numeric.items() if found is not None), None)
    if options is not None:
        if given is not None:
            message = f"an entry with options cannot have a '{given}'"
            report.error((*path[:2], given), "conflicting-keys", message, key=True)
            return None
        good = check_options(report, (*path[:2], "options"), options)
        return Type("option", tuple(options)) if good else None
    if isinstance(value, str):
        message = f"expected a number, not '{value}'"
        help = number_help(value) or "to allow words, list them under 'options'"
        report.error(path, "wrong-type", message, help)
        return None
    if isinstance(value, bool) and given is not None:
        message = f"expected a number, not '{yaml_text(value)}'"
        report.error(path, "wrong-type", message, f"true and false cannot have a '{given}'")
        return None
    return BOOLEAN if isinstance(value, bool) else NUMBER
