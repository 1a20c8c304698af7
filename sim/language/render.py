"""Checked term → text of the generated Python.

Every value is a float64. A term that is true or false has two forms: a condition, and the number
1.0 or 0.0 that is stored. Only checked names and numbers of a model reach the generated text.

Names and numbers of a model are finite. What can fail on finite arguments (a draw, a division, a
logarithm) is written as a call that sets the calendar's `failed`. A sum or a product that can be too
large is tested where its value reaches something that could hide an infinity or a nan: a comparison,
an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.errors import Span
from sim.language.bounds import OVERFLOW, magnitude
from sim.language.domains import PARTIAL
from sim.language.names import DRAWS, FUNCTIONS
from sim.language.terms import (
    Apply,
    Call,
    Choose,
    Compare,
    CountOf,
    Draw,
    Logic,
    Lookup,
    Negate,
    Not,
    Number,
    Operation,
    PendingOf,
    Pick,
    Reduce,
    Reference,
    Sample,
    Term,
    Word,
)

#: Prefix of the functions of the generated source that test their result.
CHECKED = "checked"
#: Names of the generated source that a local must not hide.
_OWN = (
    "c s p o w n activation event guard holds delay status x rate schedule cancel set_rate "
    "set_condition set_stop set_mark set_ramp set_turn turn forget fail flag arguments occurred count_of "
    "pending_of note point_of step_of line_of slope_of next_of until uniform01 div floordiv "
    "mod power bounded checked held present NAN INF count_among pending_among member range turn "
    "given give taken list_pending next_pending pending_argument cancel_listed end_list"
)
TAKEN = frozenset(_OWN.split(" ")) | {
    signature.target for signature in (*FUNCTIONS.values(), *DRAWS.values())
}
_PREFIXES = (
    *("fire_", "derived_", "constant_", "rate_", "when_", "observe_", "reduce_", "table_"),
    f"{CHECKED}_",
)
#: Operators that can fail on finite numbers, and their functions.
_PARTIAL_OPERATORS = {"/": "div", "//": "floordiv", "%": "mod", "**": "power"}


def _no_model(*arguments: Any) -> Any:
    """Functions and samples are those of a model."""
    raise AssertionError(arguments)


def no_tables(term: Lookup, argument: str) -> tuple[str, bool]:
    """There are none."""
    raise AssertionError(f"no table {term.table}")


@dataclass
class Renderer:
    """Turns terms into text.

    Parameters
    ----------
    draw
        Registers the next draw site and returns the text of its uniform.
    check
        Registers a call that can fail (its target, its name in the language, its place) and returns
        the text of the call up to its arguments.
    event_numbers
        Number of each event.
    failing
        Derived quantities whose formula can fail.
    bounds
        The largest size of each derived quantity.
    can_fail
        Whether a text written so far can set the calendar's `failed`.
    outcome
        Returns the text that reads an outcome, and whether it can set `failed`: one can be missing.
    apply
        Returns the text of a call of a function of the model from its draws and its arguments, with
        whether it can set `failed`.
    pick
        Returns the text of a draw from a sample.
    hold
        Returns the text of a term whose value is computed before the run, with whether reading it can
        set `failed`; None for other terms. The second argument tells whether it must be finite.
    look
        Returns the text that reads a table at an argument, with whether it can set `failed`.
    reduce
        Writes the function of a value over members; returns the text of its call, and whether it can
        set `failed`.
    event_sizes
        Number of members of each event that is declared over sets.
    """

    draw: Callable[[], str]
    check: Callable[[str, str, Span], str]
    event_numbers: dict[str, int]
    failing: Collection[str] = ()
    bounds: Mapping[str, float] = field(default_factory=dict)
    can_fail: bool = False
    apply: Callable[[Apply, Callable[[], str], list[str]], tuple[str, bool]] = _no_model
    pick: Callable[[Sample, str], str] = _no_model
    hold: Callable[[Term, bool], tuple[str, bool] | None] = lambda term, finite: None
    outcome: Callable[[str], tuple[str, bool]] = lambda name: (name, False)
    reduce: Callable[[Reduce], tuple[str, bool]] | None = None
    event_sizes: Mapping[str, int] = field(default_factory=dict)
    look: Callable[[Lookup, str], tuple[str, bool]] = no_tables

    def finite(self, term: Term) -> str:
        """Return the text of the term as a float64 that is finite, or has set `failed`."""
        return self._held(term, finite=True) or self._finite(term)

    def number(self, term: Term) -> str:
        """Return the text of the term as a float64."""
        return self._held(term, finite=False) or self._number(term)

    def _held(self, term: Term, finite: bool) -> str:
        """Return the text of a constant, or an empty one."""
        text, can_fail = self.hold(term, finite) or ("", False)
        self.can_fail |= can_fail
        return text

    def _finite(self, term: Term) -> str:
        if magnitude(term, self.bounds) <= OVERFLOW:
            return self._number(term)
        match term:
            case Operation(span=span) | Reduce(span=span) if _is_plain(term):
                return self.checked("", "", span, [self.number(term)])
            case Negate(operand=operand):
                return f"(-{self.finite(operand)})"
            case Choose(test=test, then=then, otherwise=otherwise):
                return f"({self.finite(then)} if {self.truth(test)} else {self.finite(otherwise)})"
        return self._number(term)

    def reference(self, name: str, role: str, index: tuple[Term, ...]) -> str:
        """Return a name of the model, with its index."""
        if role == "index":
            return f"float({local(name)})"
        if not index:
            return reference(name, role)
        if role == "derived":
            given = "".join(f", {self.member(one)}" for one in index)
            return f"derived_{name}(c, s, p{given})"
        return f"{reference(name, role)}[{self.flat(index)}]"

    def flat(self, index: tuple[Term, ...]) -> str:
        """Return the place of a cell among those of its name, the last set changing fastest."""
        return flat_place(
            [self.member(term) for term in index], [len(t.type.options) for t in index]
        )

    def member(self, term: Term) -> str:
        """Return a member of a set as a whole number."""
        match term:
            case Number(value=value):
                return str(int(value))
            case Reference(name=name, role="index"):
                return local(name)
        return f"int({self.finite(term)})"

    def occurrences(self, what: str, event: str, index: tuple[Term, ...]) -> str:
        """Return the call that counts occurrences of an event, or of all its members."""
        first = self.event_numbers[event]
        if index:
            return f"{what}_of(c, {shifted(first, self.flat(index))})"
        if event in self.event_sizes:
            return f"{what}_among(c, {first}, {first + self.event_sizes[event]})"
        return f"{what}_of(c, {first})"

    def checked(self, target: str, name: str, span: Span, arguments: list[str]) -> str:
        """Return a call that sets `failed` if its result is not a finite number."""
        self.can_fail = True
        return f"{self.check(target, name, span)}, {', '.join(arguments)})"

    def _number(self, term: Term) -> str:
        match term:
            case Number(value=value):
                return literal(value)
            case Reference(name=name, role="outcome"):
                text, can_fail = self.outcome(name)
                self.can_fail |= can_fail
                return text
            case Reference(name=name, role=role, index=index):
                self.can_fail |= role == "derived" and name in self.failing
                return self.reference(name, role, index)
            case Reduce():
                assert self.reduce is not None
                text, can_fail = self.reduce(term)
                self.can_fail |= can_fail
                return text
            case Operation():
                return self.operation(term)
            case Negate(operand=operand):
                return f"(-{self.number(operand)})"
            case Choose(test=test, then=then, otherwise=otherwise):
                return f"({self.number(then)} if {self.truth(test)} else {self.number(otherwise)})"
            case Call(function=function, arguments=arguments, span=span):
                return self.call(function, [self.finite(a) for a in arguments], span)
            case Draw(function=function, arguments=arguments, span=span):
                given = [self.finite(a) for a in arguments]
                given += ["0.0"] * (DRAWS[function].most - len(given))
                return self.checked(DRAWS[function].target, function, span, [self.draw(), *given])
            case Apply(arguments=arguments):
                text, can_fail = self.apply(term, self.draw, [self.finite(a) for a in arguments])
                self.can_fail |= can_fail
                return text
            case Pick(sample=sample):
                return self.pick(sample, self.draw())
            case CountOf(event=event, index=index):
                return self.occurrences("count", event, index)
            case PendingOf(event=event, index=index):
                return self.occurrences("pending", event, index)
            case Lookup(argument=argument):
                text, can_fail = self.look(term, self.finite(argument))
                self.can_fail |= can_fail
                return text
            case Not() | Compare() | Logic():
                return f"(1.0 if {self.truth(term)} else 0.0)"
            case Word(word=word):
                raise AssertionError(f"word without a type {word}")

    def truth(self, term: Term) -> str:
        """Return the text of the term as a condition."""
        match term:
            case Not(operand=operand):
                return f"(not {self.truth(operand)})"
            case Compare(ops=ops, operands=operands):
                text = self.finite(operands[0])
                for op, operand in zip(ops, operands[1:], strict=True):
                    text += f" {op} {self.finite(operand)}"
                return f"({text})"
            case Logic(op=op, operands=operands):
                return "(" + f" {op} ".join(self.truth(operand) for operand in operands) + ")"
            case Number(value=value):
                return "(1.0 != 0.0)" if value else "(0.0 != 0.0)"
        return f"({self.finite(term)} != 0.0)"

    def operation(self, term: Operation) -> str:
        """Return arithmetic in a form that gives the same bits in CPython and compiled code."""
        op, right = term.op, term.right
        if op == "**" and isinstance(right, Number) and right.value == 0.5:
            return self.checked("sqrt", "sqrt", term.span, [self.finite(term.left)])
        if _is_plain(term):
            left = self.number(term.left)
            return f"({left} * {left})" if op == "**" else f"({left} {op} {self.number(right)})"
        operands = [self.finite(term.left), self.finite(right)]
        return self.checked(_PARTIAL_OPERATORS[op], op, term.span, operands)

    def call(self, function: str, arguments: list[str], span: Span) -> str:
        """Return a call; `min` and `max` of several arguments become calls of two, nested by halves."""
        target = FUNCTIONS[function].target
        if function in PARTIAL:
            return self.checked(target, function, span, arguments)
        if function in ("min", "max") and len(arguments) > 2:
            half = (len(arguments) + 1) // 2
            halves = (arguments[:half], arguments[half:])
            arguments = [self.call(function, part, span) for part in halves]
        if function in ("min", "max") and len(arguments) == 1:
            return arguments[0]
        return f"{target}({', '.join(arguments)})"


def _is_plain(term: Operation | Reduce) -> bool:
    """Whether arithmetic on finite numbers can give an infinity, but never hides one."""
    match term:
        case Operation(op="+" | "-" | "*") | Reduce(function="sum"):
            return True
        case Operation(op="/", right=Number()):
            return True
        case Operation(op="**", left=Reference(), right=Number(value=2.0)):
            return True
    return False


def flat_place(members: Sequence[str], sizes: Sequence[int]) -> str:
    """Return the text of a cell's place, from those of its members."""
    text, *rest = members
    for member, size in zip(rest, sizes[1:], strict=True):
        if text.isdigit() and member.isdigit():
            text = str(int(text) * size + int(member))
        else:
            text = shifted(
                member, f"{text if text.isidentifier() or text.isdigit() else f'({text})'} * {size}"
            )
    return text


def shifted(first: int | str, place: str) -> str:
    """Return the text of a number plus a place."""
    if str(first).isdigit() and place.isdigit():
        return str(int(first) + int(place))
    return place if str(first) == "0" else f"{place} + {first}"


def literal(value: float) -> str:
    """Return a float literal that reads back as the same bits."""
    text = repr(float(value))
    return f"({text})" if text.startswith("-") else text


def reference(name: str, role: str) -> str:
    """Return a name of the model as written in the generated source."""
    match role:
        case "state":
            return f"s.{name}"
        case "lever" | "parameter":
            return f"p.{name}"
        case "derived":
            return f"derived_{name}(c, s, p)"
        case "now" | "horizon":
            return f"c.{name}"
    return local(name)


def local(name: str) -> str:
    """Return a local of a `do` block as written in the generated source."""
    hidden = name in TAKEN or name.startswith(_PREFIXES) or name.endswith("_")
    return f"{name}_" if hidden else name
