"""Units of measurement: text to powers of words, and how two units relate.

Any word is a unit. Nothing is converted: the check says by which factor two units differ.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from sim.language.unit_words import (
    ALIASES,
    INDEX,
    NUMBERS,
    PURE,
    TIME,
    Power,
    Powers,
    meaning,
    singular,
)

#: Most levels of parentheses, and the largest power, of a unit.
MAX_DEPTH, MAX_POWER = 10, 12
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_TOKEN = re.compile(
    rf"""\s*(?:
    (?P<index>{INDEX.pattern.replace("(", "(?:").replace("(?:?:", "(?:")})
    | (?P<number>\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?)
    | (?P<power>(?:\*\*|\^)\s*\(?\s*(?P<plain>[-−+]?\d+(?:\.\d+)?(?:/\d+)?)\s*\)?|(?P<high>[⁻⁰¹²³⁴-⁹]+))
    | (?P<sign>[*·×⋅/()])
    | (?P<word>[^\s*·×⋅/()^\d⁻⁰¹²³⁴-⁹,;][^\s*·×⋅/()^⁻⁰¹²³⁴-⁹,;]*)
    )""",
    re.VERBOSE,
)


class UnitError(ValueError):
    """A text that is no unit; `at` are the offsets of the fault in it."""

    def __init__(self, message: str, at: tuple[int, int]) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Unit:
    """Powers of words, in the order of writing, times a number.

    Examples
    --------
    >>> str(parse("parcels per 100 km/week"))
    'parcel·week/(100 km)'
    >>> parse("parcels/week") == parse("parcel / week")
    True
    """

    powers: Powers = ()
    factor: float = 1.0

    @property
    def dimension(self) -> Powers:
        """Powers of the bases."""
        return _measure(self)[0]

    @property
    def scale(self) -> float:
        """Size in units of the bases."""
        return _measure(self)[1]

    def __str__(self) -> str:
        shown = [(name, power) for name, power in self.powers if name not in PURE] or self.powers
        over = [_raised(name, power) for name, power in shown if power > 0]
        under = [_raised(name, -power) for name, power in shown if power < 0]
        head, factor = "·".join(over), self.factor
        if under and factor < 1:
            under[0] = f"({_spelt(1 / factor)} {under[0]})"
        elif factor != 1:
            head = f"{_spelt(factor)} {head}".strip()
        under = [f"({name})" if re.search(r"^[^(].* ", name) else name for name in under]
        return "/".join([head or ("1" if under else "a plain number"), *under])


def _raised(name: str, power: Power) -> str:
    signs = {Fraction(1): "", Fraction(2): "²", Fraction(3): "³"}
    return name + signs.get(Fraction(power), f"^{float(power):.4g}")


def _spelt(factor: float) -> str:
    return f"{factor:,.0f}" if factor == int(factor) and factor < 1e15 else f"{factor:.6g}"


ONE = Unit()


@functools.lru_cache(maxsize=4096)
def product(a: Unit, b: Unit, power: Power = 1) -> Unit:
    """Return ``a * b ** power``.

    Examples
    --------
    >>> str(product(parse("parcel/day"), parse("day")))
    'parcel'
    """
    found = dict(a.powers)
    for word, exponent in b.powers:
        found[word] = _whole(found.get(word, 0) + exponent * power)
    kept = tuple((word, exponent) for word, exponent in found.items() if exponent)
    return Unit(kept, a.factor * float(b.factor) ** float(power))


def word(name: str) -> Unit:
    """Return the unit of one word."""
    return Unit(((name, 1),))


def same(first: str, second: str) -> bool:
    """Return whether two texts are one unit, as ``parcels/day`` and ``parcel per day``."""
    a, b = unit_of(first), unit_of(second)
    return a.dimension == b.dimension and math.isclose(a.scale, b.scale)


@functools.lru_cache(maxsize=4096)
def unit_of(text: str) -> Unit:
    """Return the unit that a text means; one that is malformed is a word of its own."""
    try:
        return parse(text)
    except UnitError:
        return word(text.strip())


def fault(text: str) -> UnitError | None:
    """Return why a text is no unit, or None."""
    try:
        parse(text)
    except UnitError as error:
        return error
    return None


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Unit:
    """Return the unit that a text means.

    Raises
    ------
    UnitError
        The text is malformed.

    Examples
    --------
    >>> parse("$bn/day").dimension, parse("$bn/day").scale
    ((('$', 1), ('time', -1)), 1000000000.0)
    """
    tokens: list[tuple[str, str, tuple[int, int]]] = []
    text = text.replace("per cent", "%       ").rstrip()
    at, end = 0, len(text)
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise UnitError(f"'{text[at]}' does not belong in a unit", (at, at + 1))
        kind = next(k for k in ("index", "number", "power", "sign", "word") if match[k] is not None)
        content = match[kind]
        if kind == "power":
            content = match["plain"] or match["high"].translate(_SUPERSCRIPT)
        kind = "per" if content == "per" else "word" if kind == "index" else kind
        tokens.append((kind, content, (match.start(), match.end())))
        at = match.end()
    if not tokens:
        raise UnitError("a unit needs a word", (0, len(text)))
    return _Parser(tokens, end).whole()


class _Parser:
    """Reads products and quotients from left to right; words side by side are one word."""

    def __init__(self, tokens: list[tuple[str, str, tuple[int, int]]], end: int) -> None:
        self.tokens = tokens
        self.next = 0
        self.end = end
        self.depth = 0

    def peek(self) -> tuple[str, str, tuple[int, int]]:
        if self.next < len(self.tokens):
            return self.tokens[self.next]
        return ("end", "", (self.end - 1, self.end))

    def whole(self) -> Unit:
        found = self.quotients()
        kind, content, at = self.peek()
        if kind != "end":
            raise UnitError(f"'{content}' does not belong here", at)
        largest = max((abs(float(power)) for _, power in found.powers), default=0.0)
        if not 1e-30 < found.factor < 1e30 or largest > MAX_POWER:
            raise UnitError("a power or a number in it is too large", (0, self.end))
        return found

    def quotients(self) -> Unit:
        """Read quotients parted by `per`, which binds least."""
        found = ONE if self.peek()[0] == "per" else self.products()
        while self.peek()[0] == "per":
            self.next += 1
            found = product(found, self.products(), -1)
        return found

    def products(self) -> Unit:
        found = self.phrase()
        while (token := self.peek())[0] == "sign" and token[1] not in "()":
            self.next += 1
            found = product(found, self.phrase(), -1 if token[1] == "/" else 1)
        return found

    def phrase(self) -> Unit:
        """Read numbers, words and parentheses that stand side by side."""
        found = ONE
        words: list[str] = []
        begin = self.next
        while True:
            kind, content, at = self.peek()
            if kind == "word":
                self.next += 1
                words += [content] if content != "and" else []
                following = self.peek()
                if following[0] == "power":
                    timed = len(words) > 1 and ALIASES.get(words[-1], singular(words[-1])) in TIME
                    found = product(found, _named(words[:-1] if timed else []))
                    found = product(found, _named(words[-1:] if timed else words), self.power())
                    words = []
                elif following[0] != "word" or following[1] == "and":
                    found, words = product(found, _named(words)), []
            elif kind == "number":
                self.next += 1
                value = float(content.replace(",", ""))
                if not 0 < value < 1e30:
                    raise UnitError("a number in a unit must be above 0 and not too large", at)
                power = self.power() if self.peek()[0] == "power" else 1
                found = product(found, Unit((), value), power)
            elif (kind, content) == ("sign", "("):
                self.next += 1
                self.depth += 1
                if self.depth > MAX_DEPTH:
                    raise UnitError("too many parentheses", at)
                inside = self.quotients()
                if self.peek()[1] != ")":
                    raise UnitError("this parenthesis is not closed", at)
                self.next += 1
                self.depth -= 1
                power = self.power() if self.peek()[0] == "power" else 1
                found = product(found, inside, power)
            elif self.next == begin:
                what = f"before '{content}'" if content else "at the end"
                raise UnitError(f"a word is missing {what}", at)
            else:
                return found

    def power(self) -> Power:
        """Read a power."""
        _, content, at = self.peek()
        self.next += 1
        try:
            found = Fraction(content.replace("−", "-"))
        except (ValueError, ZeroDivisionError):
            raise UnitError(f"'{content}' is not a power", at) from None
        if not 0 < abs(found) <= MAX_POWER:
            raise UnitError(f"a power is from 1 to {MAX_POWER}", at)
        return _whole(found)


def _whole(power: Power) -> Power:
    return int(power) if power == int(power) else power


def _named(words: Iterable[str]) -> Unit:
    """Return the unit of words side by side: their number words, and the rest as one word."""
    factor, power, rest = 1.0, 1, []
    for name in words:
        if name in NUMBERS:
            factor *= NUMBERS[name]
        elif name in ("square", "cubic"):
            power = 2 if name == "square" else 3
        else:
            rest.append(singular(name))
    found = Unit((), factor)
    if len(rest) > 1 and ALIASES.get(rest[-1], rest[-1]) in TIME:  # as in `person day`
        found = product(found, _named([rest.pop()]))
    whole = " ".join(rest)
    return product(found, word(ALIASES.get(whole, whole)), power) if whole else found


@functools.lru_cache(maxsize=4096)
def _measure(unit: Unit) -> tuple[Powers, float]:
    """Return the powers of the bases, sorted, and the scale."""
    found: dict[str, Power] = {}
    scale = unit.factor
    for name, power in unit.powers:
        bases, size = meaning(name)
        scale *= size ** float(power)
        for base, exponent in bases:
            found[base] = _whole(found.get(base, 0) + exponent * power)
    return tuple(sorted((b, p) for b, p in found.items() if p)), scale
