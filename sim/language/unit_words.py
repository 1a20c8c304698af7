"""The words of units: what they mean in bases, and their forms that are one word.

Words of time, money, length, area, volume, mass and energy have known sizes; words of plain numbers,
as `share`, have no dimension. Any other word is a base of its own.
"""

from __future__ import annotations

import functools
import re
from fractions import Fraction

from sim.formatting import UNCOUNTED

Power = int | Fraction
Powers = tuple[tuple[str, Power], ...]

#: Length of each word of time in days; of a month and a year, the mean length.
TIME = {
    "second": 1 / 86400, "minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0,
    "month": 365.25 / 12, "quarter": 365.25 / 4, "year": 365.25, "decade": 3652.5,
}  # fmt: skip
#: Words that mean a plain number; what is counted by `event` is what a formula counts.
PURE = frozenset(UNCOUNTED) - {"percent"} | {
    "count", "dimensionless", "event", "factor", "fraction", "multiple", "none", "number", "occurrence",
    "odds", "part", "rad", "radian", "score", "unitless",
}  # fmt: skip
IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "buses": "bus",
    "gases": "gas", "lives": "life", "feet": "foot",
}  # fmt: skip
ALIASES = {
    "s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day",
    "wk": "week", "mo": "month", "yr": "year", "percent": "%", "percentage point": "%",
    "metre": "m", "meter": "m", "kilometre": "km", "kilometer": "km", "liter": "l", "litre": "l",
    "L": "l", "tonne": "t", "barrel": "bbl", "hectare": "ha", "watt": "W", "joule": "J",
    "gram": "g", "kilogram": "kg",
}  # fmt: skip
NUMBERS = {
    "dozen": 12.0, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "mn": 1e6, "bn": 1e9, "tn": 1e12,
}  # fmt: skip
#: Words with a known size: powers of bases, and the size in them.
KNOWN: dict[str, tuple[Powers, float]] = {
    "%": ((), 0.01), "‰": ((), 0.001), "m": ((("m", 1),), 1.0), "g": ((("g", 1),), 1.0),
    "t": ((("g", 1),), 1e6), "l": ((("m", 3),), 1e-3), "ha": ((("m", 2),), 1e4),
    "acre": ((("m", 2),), 4046.8564224), "mile": ((("m", 1),), 1609.344), "nmi": ((("m", 1),), 1852.0),
    "foot": ((("m", 1),), 0.3048), "J": ((("J", 1),), 1.0), "Wh": ((("J", 1),), 3600.0),
    "W": ((("J", 1), ("time", -1)), 86400.0), "bbl": ((("bbl", 1),), 1.0),
}  # fmt: skip
PREFIXES = {"m": 1e-3, "c": 1e-2, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_PREFIXED = re.compile(r"(?:([kMGT])(m|g|t|l|J|W|Wh|bbl)|([mc])(m|g|l))([23]?)")
MONEY = {
    "$": "$", "US$": "$", "USD": "$", "dollar": "$", "€": "€", "EUR": "€", "euro": "€", "£": "£",
    "GBP": "£", "¥": "¥", "JPY": "¥", "₴": "₴", "UAH": "₴", "₽": "₽", "RUB": "₽", "CHF": "CHF",
    "CNY": "CNY", "₹": "₹", "INR": "₹",
}  # fmt: skip
_SIZES = {"k": 1e3, "K": 1e3, "b": 1e9, "B": 1e9, "T": 1e12, "trn": 1e12, **NUMBERS}
_SIZES |= dict.fromkeys(("m", "M", "MM"), 1e6)
_SIZE = "|".join(sorted(_SIZES, key=len, reverse=True))
_SIGN = "|".join(re.escape(sign) for sign in sorted(MONEY, key=len, reverse=True))
_MONEY = re.compile(rf"({_SIZE})?({_SIGN})({_SIZE})?")
INDEX = re.compile(r"index\s+([\d.]+)\s*(?:-|–|to)\s*(\d+(?:\.\d+)?)")
#: Bases that are measured, so that nothing is counted in them.
MEASURED = frozenset({"time", "m", "g", "J", "bbl", "log odds", *MONEY.values()})


def singular(name: str) -> str:
    """Return a word in the singular; capitals count only in symbols."""
    if len(name) > 3 and name[1:].islower() and not _PREFIXED.fullmatch(name):
        name = name.lower()
    if name in IRREGULAR:
        return IRREGULAR[name]
    if len(name) < 4 or not name.islower() or name == "odds" or re.search(r"(ss|us|is|as)$", name):
        return name
    if name.endswith("ies"):
        return name[:-3] + "y"
    if re.search(r"(ss|x|ch|sh)es$", name):
        return name[:-2]
    return name.removesuffix("s")


@functools.lru_cache(maxsize=4096)
def meaning(name: str) -> tuple[Powers, float]:
    """Return the powers of bases that a word means, and its size in them."""
    if name in TIME:
        return (("time", 1),), TIME[name]
    if name in PURE:
        return (), 1.0
    if name in KNOWN:
        return KNOWN[name]
    if match := INDEX.fullmatch(name):
        return ((), 1 / float(match[2])) if float(match[1]) == 0 else (((name, 1),), 1.0)
    if match := _MONEY.fullmatch(name):
        return ((MONEY[match[2]], 1),), _SIZES.get(match[1], 1.0) * _SIZES.get(match[3], 1.0)
    if match := _PREFIXED.fullmatch(name):
        prefix, stem, power = match[1] or match[3], match[2] or match[4], int(match[5] or 1)
        bases, size = KNOWN[stem]
        scaled = tuple((base, exponent * power) for base, exponent in bases)
        return scaled, (size * PREFIXES[prefix]) ** power
    if name in ("m2", "m3"):
        return (("m", int(name[1])),), 1.0
    return ((name, 1),), 1.0
