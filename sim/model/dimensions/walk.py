"""The quantity of every term: what is added, compared or assigned must have one unit.

Whatever is unknown matches anything, and so does a new kind of term.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from sim.errors import Diagnostic, Span
from sim.language.expressions import Expression, parts
from sim.language.statements import For, If, Statement
from sim.language.terms import (
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
    Reduce,
    Reference,
    Term,
)
from sim.language.units import MAX_POWER, word
from sim.model.dimensions.messages import Wanted, between, differs, needs_number
from sim.model.dimensions.quantities import (
    BARE,
    Quantity,
    agreed,
    counts,
    is_number,
    literal,
    of_unit,
    raised,
    times,
)
from sim.model.naming import family_of
from sim.model.types import Entry, Model

Locals = dict[str, Quantity | None]
#: Functions whose arguments and value have one unit, those over members that have the unit of each,
#: those of plain numbers, and draws by what they give.
ALIKE = frozenset({"abs", "floor", "ceil", "round", "min", "max", "clip"})
OF_BODY = frozenset({"sum", "min", "max"})
OF_NUMBERS = frozenset({"exp", "sin", "cos", "tanh", "erf", "sigmoid", "log", "log10"})
ALIKE_DRAWS = frozenset({"uniform", "normal", "triangular"})
#: The argument whose unit a draw has, and those that are plain numbers.
DRAWN: Mapping[str, tuple[int | None, tuple[int, ...]]] = {
    "exponential": (0, ()), "poisson": (0, ()), "gamma": (1, (0,)), "weibull": (1, (0,)),
    "binomial": (0, (1,)), "negative_binomial": (0, (1,)), "beta_binomial": (0, (1, 2)),
    "bernoulli": (None, (0,)), "geometric": (None, (0,)), "beta": (None, (0, 1)),
}  # fmt: skip


@dataclass
class Units:
    """The units of a model's names, and what was found in its formulas.

    Attributes
    ----------
    known
        The quantity of each name, of one over sets that of all members; None where it is unknown.
    assumed
        Places at which a bare number took the unit beside it.
    """

    model: Model
    known: dict[str, Quantity | None]
    found: list[Diagnostic] = field(default_factory=list)
    assumed: list[tuple[Span, Quantity]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = word(self.model.clock.unit)

    def place(self, name: str) -> Span | None:
        """Return where the unit of a name is declared."""
        model = self.model
        whole = model.families.get(name)
        if whole is not None and whole.base.unit:
            return whole.base.unit_span or whole.base.span
        for section in (model.levers, model.parameters, model.state, model.derived):
            entries: Iterable[Entry] = section.values()
            for entry in entries:
                if name in (entry.name, family_of(entry.name)):
                    return entry.unit_span or entry.span
        return None

    def wanted(self, name: str, quantity: Quantity) -> Wanted:
        """Return what the values of an entry must be."""
        return Wanted(f"'{name}'", quantity, name)

    def of(self, expression: Expression, local: Locals | None = None) -> Quantity | None:
        """Return the quantity of an expression; None where it is unknown."""
        return _Walk(self, expression.span, local or {}).of(expression.term)

    def members(self, index: Iterable[Term], span: Span, local: Locals | None = None) -> None:
        """Check the terms that choose members of sets; their values are words."""
        for term in index:
            _Walk(self, span, local or {}).of(term)

    def fit(self, value: Quantity | None, wanted: Wanted, span: Span) -> None:
        """Report a value that is not in the unit that something has."""
        if value is None:
            return
        if value.bare:
            self.assumed.append((span, wanted.quantity))
        elif agreed(value, wanted.quantity) is None:
            self.found.append(differs(wanted, value, span, self.place))

    def statements(self, statements: Iterable[Statement], local: Locals) -> None:
        """Check statements; `local` gets the quantities of their locals."""
        for statement in statements:
            if isinstance(statement, If):
                self.of(statement.test, local)
                other = dict(local)
                self.statements(statement.then, local)
                self.statements(statement.otherwise, other)
                for name in local.keys() | other.keys():
                    local[name] = joined(local.get(name, BARE), other.get(name, BARE))
                continue
            if isinstance(statement, For):  # a set has a member, so the body happens
                self.statements(statement.body, local)
                continue
            self.members(statement.index, statement.span, local)
            value = self.of(statement.value, local)
            if statement.local:
                local[statement.target] = value
            elif (wanted := self.known.get(statement.target)) is not None:
                self.fit(value, self.wanted(statement.target, wanted), statement.value.span)


@dataclass
class _Walk:
    """Finds the quantities of the terms of one expression; `span` is the nearest known place."""

    units: Units
    span: Span
    local: Locals

    def of(self, term: Term) -> Quantity | None:
        """Return the quantity of a term: one `case` for each kind."""
        match term:
            case Number(value=value, type=kind):
                return BARE if kind.worded else literal(value)
            case Reference(role="now" | "horizon"):
                return of_unit(self.units.clock)
            case Reference(name=name, role="local"):
                return self.local.get(name)
            case Reference(role="index"):
                return BARE
            case Reference(name=name, type=kind, index=index):
                self.units.members(index, self.span, self.local)
                return BARE if kind.kind == "boolean" else self.units.known.get(name)
            case CountOf(index=index) | PendingOf(index=index):
                self.units.members(index, self.span, self.local)
                return BARE
            case Reduce(span=span):
                return self.at(span).reduce(term)
            case Negate(operand=operand):
                return self.of(operand)
            case Operation():
                return self.operation(term)
            case Compare(span=span):
                return self.at(span).compare(term)
            case Not() | Logic():
                for part in parts(term):
                    self.of(part)
                return BARE
            case Choose(test=test, then=then, otherwise=otherwise, span=span):
                self.of(test)
                here = self.at(span)
                return None if term.type.options else here.alike([then, otherwise], "choose")
            case Call(span=span):
                return self.at(span).call(term)
            case Draw(span=span):
                return self.at(span).draw(term)
            case Lookup(table=table, argument=argument):
                self.of(argument)
                return BARE if table[0] == ":" else self.units.known.get(table)
        for part in parts(term):
            self.of(part)
        return None

    def at(self, span: Span | None) -> _Walk:
        """Return the walk at a place."""
        return self if span is None else _Walk(self.units, span, self.local)

    def operation(self, term: Operation) -> Quantity | None:
        """Return the quantity of arithmetic."""
        here = self.at(term.span)
        if term.op in ("+", "-", "%"):
            return here.alike([term.left, term.right], term.op)
        left, right = self.of(term.left), self.of(term.right)
        if term.op == "**":
            return here.power(left, right, term.right)
        if left is None or right is None:
            return None
        return times(left, right, 1 if term.op == "*" else -1, self.units.clock)

    def reduce(self, term: Reduce) -> Quantity | None:
        """Return the quantity of a value over members: that of each, or none of a count or a member."""
        if term.condition is not None:
            self.of(term.condition)
        body = self.of(term.body)
        return body if term.function in OF_BODY else BARE

    def compare(self, term: Compare) -> Quantity:
        """Check neighbours in a chain of comparisons; the value is a truth value."""
        if not any(operand.type.options for operand in term.operands):
            given = [self.of(operand) for operand in term.operands]
            for pair in pairwise(given):
                self.agree(pair, "compare")
        return BARE

    def power(self, base: Quantity | None, by: Quantity | None, right: Term) -> Quantity | None:
        """Return the quantity of a power: a constant one raises the unit, any other needs a number."""
        if isinstance(right, Number) and abs(right.value) <= MAX_POWER:
            return (
                None if base is None else raised(base, Fraction(right.value).limit_denominator(12))
            )
        self.number(by, "an exponent")
        self.number(base, "what is raised to a power that varies")
        return BARE

    def alike(self, terms: Sequence[Term], how: str) -> Quantity | None:
        """Return the one quantity of terms that must agree; report the first that does not."""
        return self.agree([self.of(term) for term in terms], how)

    def agree(self, quantities: Iterable[Quantity | None], how: str) -> Quantity | None:
        found: Quantity | None = None
        unknown = False
        for quantity in quantities:
            if quantity is None:
                unknown = True
            elif found is None:
                found = quantity
            else:
                if found.bare != quantity.bare:
                    self.units.assumed.append((self.span, quantity if found.bare else found))
                both = agreed(found, quantity)
                if both is None:
                    if (
                        found.names or quantity.names
                    ):  # where units are declared, not of `now` alone
                        place = self.units.place
                        self.units.found.append(between(how, found, quantity, self.span, place))
                    return None
                found = both
        return None if unknown and (found is None or found.bare) else found

    def number(self, quantity: Quantity | None, what: str) -> None:
        """Report a quantity that should be a plain number."""
        if quantity is not None and quantity.names and not is_number(quantity):
            self.units.found.append(needs_number(what, quantity, self.span, self.units.place))

    def call(self, term: Call) -> Quantity | None:
        """Return the quantity of a function's value."""
        name = term.function
        if name in ALIKE:
            return self.alike(term.arguments, name)
        given = [self.of(argument) for argument in term.arguments]
        if name == "sqrt" and given[0] is not None:
            return raised(given[0], Fraction(1, 2))
        if name in ("sign", "position"):
            return BARE
        if name not in OF_NUMBERS:
            return None
        self.number(given[0], f"the argument of '{name}'")
        return BARE

    def draw(self, term: Draw) -> Quantity | None:
        """Return the quantity of a draw."""
        name = term.function
        if name == "lognormal":
            return self.lognormal(term)
        if name in ALIKE_DRAWS:
            return self.alike(term.arguments, name)
        given = [self.of(argument) for argument in term.arguments]
        if name == "choice":
            self.agree(given, name)
            return BARE
        if name not in DRAWN:
            return None
        of, numbers = DRAWN[name]
        for i in numbers:
            self.number(given[i], f"argument {i + 1} of '{name}'")
        if of is None:
            return BARE
        found = given[of]
        if found is not None and term.type.kind == "whole" and name != "binomial":
            found = counts(found, self.units.clock)
        plain = found is not None and not found.unit.dimension and found.unit.scale == 1
        return BARE if plain and term.type.kind == "whole" else found

    def lognormal(self, term: Draw) -> Quantity | None:
        """Return the unit of ``x`` for ``lognormal(log(x) + …, sigma)``, else a plain number."""
        mu, sigma = term.arguments
        self.number(self.of(sigma), "argument 2 of 'lognormal'")
        while isinstance(mu, Operation) and mu.op in ("+", "-"):
            self.number(self.of(mu.right), "argument 1 of 'lognormal'")
            mu = mu.left
        if isinstance(mu, Call) and mu.function == "log":
            return self.of(mu.arguments[0])
        found = self.of(mu)
        self.number(found, "argument 1 of 'lognormal'")
        return literal(0.0) if found is not None and found.bare else None


def joined(a: Quantity | None, b: Quantity | None) -> Quantity | None:
    """Return the quantity of a local after two branches; None where they differ."""
    return None if a is None or b is None else agreed(a, b)
