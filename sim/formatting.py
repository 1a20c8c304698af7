"""How results show themselves: a number with as many digits as its interval supports, a unit after it;
in a notebook, a small table, all escaped.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from typing import Protocol

#: Rows of a table; how many are left out is said below it.
MOST = 60
#: Units that are words but count nothing.
UNCOUNTED = (
    "share", "probability", "percent", "ratio", "index", "log", "size", "weight", "exponent", "effort",
    "shape", "sign", "odds",
)  # fmt: skip
#: Numbers nearer to each other than this part of them differ by rounding alone.
ROUNDING = 1e-9
#: Words of estimative probability (ICD 203, 2015), each up to a probability.
LIKELIHOODS = (
    (0.05, "almost no chance"),
    (0.20, "very unlikely"),
    (0.45, "unlikely"),
    (0.55, "roughly even"),
    (0.80, "likely"),
    (0.95, "very likely"),
    (1.00, "almost certain"),
)
#: Where a title begins to explain itself.
_STOP = re.compile(r"[:;] | [–(]")
#: A value of a lever, a parameter or a state.
Value = bool | int | float | str
TOY = "A toy: transparent, sourced, uncertain – never a forecast."
#: Said wherever numbers leave out what is not known.
HELD = "assumptions held at central values"


def futures_count(futures: int, origin: str = "") -> str:
    """Return a number of futures, and of plausible ones of how many they are.

    Examples
    --------
    >>> futures_count(200), futures_count(200, "of 1,234 kept of 20,000 drawn")
    ('200 futures', '200 plausible futures (of 1,234 kept of 20,000 drawn)')
    """
    return f"{futures:,} plausible futures ({origin})" if origin else f"{futures:,} futures"


class Interval(Protocol):
    """A number and the two ends of its interval; NaN where there is none."""

    @property
    def mean(self) -> float:
        """The number."""

    @property
    def low(self) -> float:
        """The lower end."""

    @property
    def high(self) -> float:
        """The upper end."""


def html_table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], notes: Sequence[str] = ()
) -> str:
    """Return a table as HTML without style sheets or scripts."""
    listed = list(rows)
    left_out = [f"… and {len(listed) - MOST:,} more rows"] if len(listed) > MOST else []
    lines = ["<table>", f"<caption>{escape(caption)}</caption>"]
    lines.append(f"<thead>{_row('th', head)}</thead>")
    lines += ["<tbody>", *(_row("td", row) for row in listed[:MOST]), "</tbody>", "</table>"]
    told = dict.fromkeys(filter(None, (*left_out, *notes, TOY)))
    lines += [f"<p><small>{escape(note)}</small></p>" for note in told]
    return "\n".join(lines)


def plural(unit: str, value: float | None = None) -> str:
    """Return a unit as it stands after a number: a plain word gets its plural, a symbol none.

    Models declare units in the singular, as tables show them.
    """
    word, slash, rest = unit.partition("/")
    plain = re.fullmatch(r"(?=[a-z]*[aeiou])[a-z]{3,}", word)
    if not plain or word in UNCOUNTED or (value is not None and abs(value) == 1):
        return unit
    if re.search(r"[^aeiou]y$", word):
        word = word[:-1] + "ie"
    elif re.search(r"(s|x|z|ch|sh)$", word):
        word += "e"
    return f"{word}s{slash}{rest}"


def counted(count: int, word: str) -> str:
    """Return a number with what it counts, as ``1 setting`` and ``2,000 settings``."""
    head, space, last = word.rpartition(" ")
    return f"{count:,} {head}{space}{plural(last, count)}"


def direction(goal: str) -> str:
    """Return which way is better, in words; nothing where the model sets no goal."""
    return {"minimize": "less is better", "maximize": "more is better"}.get(goal, "")


def judged(side: str, goal: str) -> str:
    """Return whether a direction is better or worse; nothing where the outcome has no goal."""
    better = {"maximize": "higher", "minimize": "lower"}.get(goal)
    return "" if not (better and side) else "better" if side == better else "worse"


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, in one line."""
    return re.split(r"(?<=[.!?])\s", " ".join(text.split()), maxsplit=1)[0]


def short_title(title: str) -> str:
    """Return a title as it fits beside a dot: up to its first stop."""
    return _STOP.split(title, maxsplit=1)[0] or title


def short_titles(titles: Mapping[str, str]) -> dict[str, str]:
    """Return titles by name, short where that tells them apart.

    No two are the same: names follow where whole titles are alike.
    """
    short = {name: short_title(title) for name, title in titles.items()}
    ends, wholes = Counter(short.values()), Counter(titles.values())

    def unique(name: str, title: str) -> str:
        if ends[short[name]] == 1:
            return short[name]
        return title if wholes[title] == 1 or title == name else f"{title} ({name})"

    return {name: unique(name, title) for name, title in titles.items()}


def _row(tag: str, words: Sequence[str]) -> str:
    style = ' style="text-align: left"'
    cells = (escape(word).replace("\n", "<br>") for word in words)
    return f"<tr>{''.join(f'<{tag}{style}>{cell}</{tag}>' for cell in cells)}</tr>"


def digits(half_width: float) -> int:
    """Return how many decimals an interval of this half width supports: its first two digits."""
    if not math.isfinite(half_width) or half_width <= 0:
        return 3
    return max(0, min(6, 1 - exponent(half_width)))


def exponent(value: float) -> int:
    """Return the power of ten of a positive number, exactly: 2 for all from 100 up to 1000."""
    return Decimal(value).adjusted()


def decimal(value: float, places: int, sign: bool = False) -> str:
    """Return a number with a fixed number of decimals, a real minus sign and thousands apart."""
    if math.isnan(value):
        return "–"
    text = f"{_rounded(abs(value), places):,.{places}f}"
    zero = float(text.replace(",", "")) == 0.0
    prefix = "" if zero else "−" if value < 0 else "+" if sign else ""
    return prefix + text


def _rounded(value: float, places: int) -> Decimal | float:
    """Return a number rounded as a reader would: a half goes up, also one that binary just misses."""
    if value >= 1e15:  # infinity too
        return value
    return Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def interval(estimate: Interval, sign: bool = False, scale: float = 1.0) -> str:
    """Return an estimate with its interval, as ``12.3 [11.8, 12.8]``; without width, one number."""
    text = number(estimate, sign, scale)
    low, high = estimate.low * scale, estimate.high * scale
    if math.isnan(low) or _sharp(low, high):
        return text
    places = places_of(estimate, scale)
    return f"{text} [{decimal(low, places, sign)}, {decimal(high, places, sign)}]"


def number(estimate: Interval, sign: bool = False, scale: float = 1.0) -> str:
    """Return the mean of an estimate, with the digits that its interval supports."""
    return decimal(estimate.mean * scale, places_of(estimate, scale), sign)


def places_of(estimate: Interval, scale: float = 1.0) -> int:
    """Return how many decimals the interval of an estimate supports."""
    mean, low, high = (x * scale for x in (estimate.mean, estimate.low, estimate.high))
    if math.isnan(low):
        return 0 if mean == round(mean, 0) else digits(abs(mean) / 10)
    if _sharp(low, high):
        fits = (p for p in range(4) if math.isclose(round(mean, p), mean, rel_tol=ROUNDING))
        return next(fits, max(3, digits(abs(mean) / 10)))
    places = digits((high - low) / 2)
    nearer = min(abs(low), abs(high))
    while low * high > 0 and places < 6 and float(_rounded(nearer, places)) == 0.0:
        places += 1  # an end beside 0 must not read as if the interval held it
    return places


def _sharp(low: float, high: float) -> bool:
    """Whether an interval is no wider than the rounding of its ends."""
    return high - low <= ROUNDING * max(abs(low), abs(high))


def percent(estimate: Interval, sign: bool = False) -> str:
    """Return a share in percent with its interval."""
    text = interval(estimate, sign, 100.0)
    return text if text == "–" else text + " %"


def likelihood_words(low: float, high: float) -> str:
    """Return the word for an interval of probability, two for neighbouring bands, else nothing."""
    ends = [top for top, _ in LIKELIHOODS]
    last = len(ends) - 1
    first, last = (next((i for i, top in enumerate(ends) if p <= top), last) for p in (low, high))
    words = [word for _, word in LIKELIHOODS[first : last + 1]]
    return " to ".join(words) if len(words) <= 2 else ""


def value_text(value: Value) -> str:
    """Return a value as text; numbers have three significant digits, whole numbers all."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else f"{value}".replace("inf", "infinity")
    size = abs(value)
    if value == int(value):
        return f"{int(value):,}" if size >= 10_000 else f"{int(value)}"
    return f"{value:,.0f}" if size >= 1000 else f"{value:.3g}"


def exact_text(value: Value) -> str:
    """Return a value as it can be set by hand, with as many digits as make it that value."""
    if isinstance(value, bool):
        return yaml_text(value)
    text = value_text(value)
    if isinstance(value, float) and float(text.replace(",", "")) != value:
        return repr(value)
    return text


def yaml_text(value: object) -> str:
    """Return a value as written in a file; different values have different texts."""
    return str(value).lower() if isinstance(value, bool) else str(value)
