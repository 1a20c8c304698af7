"""How numbers are written: as many digits as the interval supports, and no more."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

from sim.analysis.estimates import Estimate
from sim.display import plural as plural

TOY = "A toy: transparent, sourced, uncertain – never a forecast."


def digits(half_width: float) -> int:
    """Return how many decimals an interval of this half width supports: its first two digits."""
    if not math.isfinite(half_width) or half_width <= 0:
        return 3
    return max(0, min(6, 1 - math.floor(math.log10(half_width))))


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


def interval(estimate: Estimate, sign: bool = False, scale: float = 1.0) -> str:
    """Return an estimate with its interval, as ``12.3 [11.8, 12.8]``."""
    mean, low, high = (x * scale for x in (estimate.mean, estimate.low, estimate.high))
    if math.isnan(mean):
        return "–"
    if math.isnan(low):
        return decimal(mean, digits(abs(mean) / 10), sign)
    if low == high:
        places = 0 if mean == int(mean) else 3
        return decimal(mean, places, sign)
    places = digits((high - low) / 2)
    nearer = min(abs(low), abs(high))
    while low * high > 0 and places < 6 and float(_rounded(nearer, places)) == 0.0:
        places += 1  # an end beside 0 must not read as if the interval held it
    return f"{decimal(mean, places, sign)} [{decimal(low, places, sign)}, {decimal(high, places, sign)}]"


def percent(estimate: Estimate, sign: bool = False) -> str:
    """Return a share in percent with its interval."""
    text = interval(estimate, sign, 100.0)
    return text if text == "–" else text + " %"
