"""What units differ, in words: both units, where each is declared, and the factor that cures it."""

from __future__ import annotations

from collections.abc import Callable

from sim.errors import Diagnostic, Span
from sim.language.unit_words import MEASURED
from sim.language.units import Unit, product, word
from sim.model.dimensions.quantities import Quantity

#: Entries that are named for one side.
MOST_NAMED = 3
_HOW = {
    "+": "cannot add {1} to {0}", "-": "cannot subtract {1} from {0}",
    "%": "cannot divide {0} by {1} for a remainder", "compare": "cannot compare {0} with {1}",
    "choose": "one branch is in {0}, the other in {1}",
}  # fmt: skip
Find = Callable[[str], Span | None]


def between(how: str, left: Quantity, right: Quantity, span: Span, find: Find) -> Diagnostic:
    """Return the diagnostic for two terms that must agree; `how` is an operator or a function."""
    form = _HOW.get(how, f"'{how}' of {{0}} and {{1}}")
    message = form.format(_described(left, find), _described(right, find))
    return _mismatch(message, span, _cure(right, left.unit, "the second"))


def differs(what: str, wanted: Quantity, value: Quantity, span: Span, find: Find) -> Diagnostic:
    """Return the diagnostic for a value in another unit than `what`, which has that unit or must."""
    message = f"{what} is in {_described(wanted, find)}, but this is in {_described(value, find)}"
    return _mismatch(message, span, _cure(value, wanted.unit, "it"))


def needs_number(what: str, value: Quantity, span: Span, find: Find) -> Diagnostic:
    """Return the diagnostic for a unit where only a plain number makes sense."""
    message = f"{what} is a plain number, but this is in {_described(value, find)}"
    help = _cure(value, Unit(), "it") or "divide it by a quantity of the same unit"
    return _mismatch(message, span, help)


def _mismatch(message: str, span: Span, help: str) -> Diagnostic:
    return Diagnostic("unit-mismatch", message, span, help, warning=True)


def _described(quantity: Quantity, find: Find) -> str:
    """Return a unit with the entries that it comes from, and their places."""
    found = []
    for name in quantity.names[:MOST_NAMED]:
        span = find(name)
        found.append(f"'{name}' at {span.file}:{span.line}:{span.column}" if span else f"'{name}'")
    if len(quantity.names) > MOST_NAMED:
        found.append("…")
    return f"{quantity.unit} ({', '.join(found)})" if found else str(quantity.unit)


def _cure(value: Quantity, wanted: Unit, called: str) -> str:
    """Return what makes a value fit: the factor between units of one dimension, or the 1 left out."""
    ratio = product(value.unit, wanted, -1)
    match ratio.dimension:
        case ():
            factor = ratio.scale
            by = f"multiply {called} by {factor:.6g}"
            return by if factor >= 1 else f"divide {called} by {1 / factor:.6g}"
        case ((base, -1),) if base not in MEASURED or base == "time":
            name = next(n for n, power in ratio.powers if word(n).dimension == ((base, 1),))
            return f"if {called} is for one {name}, write '1 * …'"
    return ""
