"""Checked term → text of the generated Python.

Every value is a float64. A term that is true or false has two forms: a condition, and the number
1.0 or 0.0 that is stored. Only checked names and numbers of a model reach the generated text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sim.language.names import DRAWS, FUNCTIONS
from sim.language.terms import (
    Call,
    Choose,
    Compare,
    CountOf,
    Draw,
    Logic,
    Negate,
    Not,
    Number,
    Operation,
    PendingOf,
    Reference,
    Term,
    Word,
)

#: Local of the generated source for the draw of a condition.
CHANCE = "chance"
#: Names of the generated source that a local must not hide.
_OWN = (
    "chance c s p o w n activation event guard delay status x rate truth schedule cancel set_rate "
    "set_condition fail occurred count_of pending_of put note uniform01 div floordiv mod "
    "power isfinite NAN"
)
TAKEN = frozenset(_OWN.split(" ")) | {
    signature.target for signature in (*FUNCTIONS.values(), *DRAWS.values())
}
_PREFIXES = ("fire_", "derived_", "rate_", "when_", "observe_")


@dataclass(frozen=True)
class Renderer:
    """Turns terms into text.

    Parameters
    ----------
    draw
        Registers the next draw site and returns the text of its uniform.
    event_numbers
        Number of each event.
    """

    draw: Callable[[], str]
    event_numbers: dict[str, int]

    def number(self, term: Term) -> str:
        """Return the text of the term as a float64."""
        match term:
            case Number(value=value):
                return literal(value)
            case Reference(name=name, role=role):
                return reference(name, role)
            case Operation():
                return self.operation(term)
            case Negate(operand=operand):
                return f"(-{self.number(operand)})"
            case Choose(test=test, then=then, otherwise=otherwise):
                return f"({self.number(then)} if {self.truth(test)} else {self.number(otherwise)})"
            case Call(function=function, arguments=arguments):
                return self.call(function, [self.number(a) for a in arguments])
            case Draw(function=function, arguments=arguments):
                given = [self.number(a) for a in arguments]
                given += ["0.0"] * (DRAWS[function].most - len(given))
                return f"{DRAWS[function].target}({', '.join([self.draw(), *given])})"
            case CountOf(event=event):
                return f"count_of(c, {self.event_numbers[event]})"
            case PendingOf(event=event):
                return f"pending_of(c, {self.event_numbers[event]})"
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
                text = self.number(operands[0])
                for op, operand in zip(ops, operands[1:], strict=True):
                    text += f" {op} {self.number(operand)}"
                return f"({text})"
            case Logic(op=op, operands=operands):
                return "(" + f" {op} ".join(self.truth(operand) for operand in operands) + ")"
            case Number(value=value):
                return "(1.0 != 0.0)" if value else "(0.0 != 0.0)"
        return f"({self.number(term)} != 0.0)"

    def operation(self, term: Operation) -> str:
        """Return arithmetic in a form that gives the same bits in CPython and compiled code."""
        left, right = self.number(term.left), self.number(term.right)
        match term.op:
            case "+" | "-" | "*":
                return f"({left} {term.op} {right})"
            case "/":
                if isinstance(term.right, Number) and term.right.value != 0.0:
                    return f"({left} / {right})"
                return f"div({left}, {right})"
            case "//":
                return f"floordiv({left}, {right})"
            case "%":
                return f"mod({left}, {right})"
        if isinstance(term.right, Number):
            if term.right.value == 0.5:
                return f"sqrt({left})"
            if term.right.value == 2.0 and isinstance(term.left, Reference):
                return f"({left} * {left})"
        return f"power({left}, {right})"

    def call(self, function: str, arguments: list[str]) -> str:
        """Return a call; `min` and `max` of several arguments become calls of two, nested by halves."""
        target = FUNCTIONS[function].target
        if function in ("min", "max") and len(arguments) > 2:
            half = (len(arguments) + 1) // 2
            arguments = [self.call(function, part) for part in (arguments[:half], arguments[half:])]
        if function in ("min", "max") and len(arguments) == 1:
            return arguments[0]
        return f"{target}({', '.join(arguments)})"


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
        case "now":
            return "c.now"
        case "drawn":
            return name
    return local(name)


def local(name: str) -> str:
    """Return a local of a `do` block as written in the generated source."""
    hidden = name in TAKEN or name.startswith(_PREFIXES) or name.endswith("_")
    return f"{name}_" if hidden else name


def leading_draw(test: Term) -> Draw | None:
    """Return the draw that a condition evaluates first, or None."""
    match test:
        case Draw():
            return test
        case Not(operand=operand) | Logic(operands=(operand, *_)):
            return leading_draw(operand)
    return None


def led_by(test: Term, first: Term) -> Term:
    """Return a condition with its leading draw replaced."""
    match test:
        case Not(operand=operand):
            return replace(test, operand=led_by(operand, first))
        case Logic(operands=(operand, *rest)):
            return replace(test, operands=(led_by(operand, first), *rest))
    return first
