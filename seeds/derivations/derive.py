"""Recompute the figures of `seeds/*.yaml` that we counted ourselves, from the rows beside this file.

`python seeds/derivations/derive.py` prints them; a test compares them with the entries.
"""

import csv
import itertools
import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent
Row = dict[str, str]
Figure = tuple[float, float | None, float | None]  # value, and range where it is computed

#: A raid is massive with this many missiles or drones in one night.
MASSIVE_MISSILES, MASSIVE_DRONES = 20, 400
MONTH = 30.4
BEFORE = date(2025, 5, 1), date(2025, 7, 14)
#: Nights as long before the announcement as a baseline of "no change" looks back.
SIXTY = date(2025, 5, 16), date(2025, 7, 14)
#: The nights of the run: a raid is dated by the morning of its report.
RUN = date(2025, 7, 15), date(2026, 1, 10)
MAY_JUNE = ("2025-05", "2025-06")
#: Shares stopped: the entry, the kind, its column in the months, and what counts beside destroyed.
SHARES = (
    ("drone_stopped", "drones", "drones_stopped", ("lost",)),
    ("ballistic_stopped", "ballistic", "ballistic_destroyed", ()),
    ("cruise_stopped", "cruise", "cruise_destroyed", ()),
)


def rows(name: str) -> list[Row]:
    """Return the rows of a CSV file."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def nights(first: date, last: date) -> list[dict[str, int]]:
    """Return the nights reported from `first` to `last`."""
    return [
        {key: int(value) for key, value in row.items() if key != "date"}
        for row in rows("raids_nightly")
        if first <= date.fromisoformat(row["date"]) <= last
    ]


def months(first: int, last: int) -> list[list[dict[str, int]]]:
    """Return the nights of each month of 2025 from `first` to `last`."""
    starts = [date(2025, m, 1) for m in range(first, last + 1)] + [
        date(2025 + last // 12, last % 12 + 1, 1)
    ]
    return [nights(a, b - timedelta(1)) for a, b in itertools.pairwise(starts)]


def missiles(night: dict[str, int]) -> int:
    """Return the ballistic and cruise missiles of a night; two nights lump them together."""
    return night["ballistic"] + night["cruise"] + night["mixed"]


def massive(night: dict[str, int]) -> bool:
    """Tell whether a raid is massive: every kind of missile counts."""
    missile_count = missiles(night) + night["other"]
    return missile_count >= MASSIVE_MISSILES or night["drones"] >= MASSIVE_DRONES


def mean(values: Sequence[float]) -> float:
    """Return the mean."""
    return sum(values) / len(values)


def salvo_rate(of: list[dict[str, int]]) -> float:
    """Return massive raids a night."""
    return mean([massive(night) for night in of])


def drones(of: list[dict[str, int]]) -> float:
    """Return drones a night."""
    return mean([night["drones"] for night in of])


def leaked(of: list[dict[str, int]]) -> float:
    """Return ballistic and cruise missiles that got through, a night."""
    kinds = ("ballistic", "cruise", "mixed")
    return mean([sum(n[k] - n[f"{k}_destroyed"] for k in kinds) for n in of])


def stopped(kind: str, *also: str) -> Callable[[list[dict[str, int]]], float]:
    """Return how to compute the share destroyed, or otherwise stopped, of those launched."""
    ends = ("destroyed", *also)
    return lambda of: sum(n[f"{kind}_{end}"] for n in of for end in ends) / sum(n[kind] for n in of)


def over(parts: list[list[dict[str, int]]], how: Callable[[list[dict[str, int]]], float]) -> Figure:
    """Return a figure of all nights, its range that of the parts."""
    each = [how(part) for part in parts]
    return how([night for part in parts for night in part]), min(each), max(each)


def exact(
    k: int, tail: float, below: Callable[[int, float], float], top: float
) -> tuple[float, float]:
    """Return the exact interval of what makes k likely: each end leaves `tail` beyond the count."""

    def where(counts: int, level: float) -> float:
        low, high = 0.0, top
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if below(counts, middle) > level else (low, middle)
        return low

    return where(k - 1, 1 - tail) if k else 0.0, where(k, tail)


def poisson(counts: int, at: float) -> float:
    """Return the chance of `counts` or fewer events where `at` are expected."""
    return sum(math.exp(-at) * at**i / math.factorial(i) for i in range(counts + 1))


def binomial(n: int) -> Callable[[int, float], float]:
    """Return how to compute the chance of `counts` or fewer out of n, each with chance `at`."""
    return lambda counts, at: sum(
        math.comb(n, i) * at**i * (1 - at) ** (n - i) for i in range(counts + 1)
    )


def raids() -> dict[str, Figure]:
    """Return what the nightly and monthly rows give."""
    before, run, later = nights(*BEFORE), nights(*RUN), months(6, 12)
    halves = [nights(SIXTY[0], date(2025, 6, 14)), nights(date(2025, 6, 15), SIXTY[1])]
    salvoes = [night for night in before if massive(night)]
    others = [night for night in before if not massive(night)]
    found: dict[str, Figure] = {"salvo_rate": (salvo_rate(before), None, None)}
    for kind in ("drones", "ballistic", "cruise"):
        found[f"salvo_{kind}"] = mean([night[kind] for night in salvoes]), None, None
        found[f"night_{kind}"] = mean([night[kind] for night in others]), None, None
        two = [float(month[kind]) for month in rows("raids_monthly") if month["month"] in MAY_JUNE]
        found[f"{kind}_june"] = two[1], min(two), max(two)
    for name, kind, column, also in SHARES:
        year = [float(m[column]) for m in rows("raids_monthly") if kept(m, kind)]
        found[name] = stopped(kind, *also)(before), min(year), max(year)
    window: tuple[tuple[str, Callable[[list[dict[str, int]]], float]], ...] = (
        ("salvo_rate", salvo_rate), ("drones", drones), ("missiles_leaked", leaked),
        ("ballistic_stopped", stopped("ballistic")),
    )  # fmt: skip
    for name, how in window:
        _, low, high = over(months(8, 12), how)
        found[f"{name}_window"] = how(run), low, high
        found[f"{name}_before"] = over(halves, how)
    found["salvo_rate_later"] = over(later, salvo_rate)
    found["missiles_leaked_later"] = over(later, leaked)
    found["drones_per_day_later"] = over(months(7, 12), drones)
    found["ballistic_stopped_september"] = stopped("ballistic")(months(9, 9)[0]), None, None
    lull = nights(date(2025, 8, 1), date(2025, 8, 20))
    usual = nights(date(2025, 6, 1), date(2025, 7, 31))
    found["lull_drones"] = drones(lull) / drones(usual), None, None
    per_night = [mean([missiles(night) for night in some]) for some in (lull, usual)]
    found["lull_missiles"] = per_night[0] / per_night[1], None, None
    found["lull_days"] = longest_lull(run), None, None
    return found


def kept(month: Row, kind: str) -> bool:
    """Tell whether a month counts for a range: July 2024 to June 2025, less two for cruise missiles."""
    far_off = kind == "cruise" and month["month"] in ("2024-10", "2025-02")
    return "2024-07" <= month["month"] <= "2025-06" and not far_off


def longest_lull(of: list[dict[str, int]]) -> float:
    """Return the longest run of nights with fewer than 300 drones."""
    longest = length = 0
    for night in of:
        length = length + 1 if night["drones"] < 300 else 0
        longest = max(longest, length)
    return longest


def counts() -> dict[str, Figure]:
    """Return what dates, sums and counts give."""
    days = {
        r["name"]: (date.fromisoformat(r["to"]) - date.fromisoformat(r["from"])).days
        for r in rows("days")
    }
    found: dict[str, Figure] = {name: (value, None, None) for name, value in days.items()}
    kyiv = rows("kyiv_ballistic")
    launched, destroyed = (sum(int(r[key]) for r in kyiv) for key in ("launched", "destroyed"))
    found["ballistic_stopped_patriot"] = destroyed / launched, None, None
    inaugurated = date(2025, 1, 20)
    calls = [date.fromisoformat(r["date"]) for r in rows("putin_calls")]
    found["putin_calls"] = len(calls) / (calls[-1] - inaugurated).days * MONTH, None, None
    halted = (date(2025, 7, 4) - inaugurated).days
    found["shipment_stops"] = len(rows("shipment_stops")) / halted, None, None
    deadlines = [r["executed"] == "yes" for r in rows("deadlines")]
    done, n = sum(deadlines), len(deadlines)
    ends = exact(done, 0.025, binomial(n), 1.0)
    found["deadlines_executed"] = (done + 1) / (n + 2), *ends  # the rule of succession
    rates = {r["name"]: (int(r["events"]), float(r["exposure"])) for r in rows("rates")}
    found |= {name: (events / time, None, None) for name, (events, time) in rates.items()}
    wars, years = rates["war_end_hazard"]
    low, high = exact(wars, 0.05, poisson, 100.0)
    found["war_end_hazard"] = wars / years, low / years, high / years
    losses = [int(r["killed_and_wounded"]) for r in rows("losses")]
    found["russian_casualties"] = losses[1] - losses[0], None, None
    advance = [float(r["km2"]) for r in rows("advance_monthly") if r["month"] > "2025-07"]
    found["advance_later"] = mean(advance), min(advance), max(advance)
    cuts = [float(r["after"]) / float(r["before"]) - 1 for r in rows("india")]
    found["india_cut_sanctions"] = mean(cuts), None, None
    for r in rows("discounts"):
        low, high = (float(r[f"after_{end}"]) - float(r["before"]) for end in ("low", "high"))
        found[r["name"]] = (low + high) / 2, low, high
    return found


def figures() -> dict[str, Figure]:
    """Return every derived figure by the name of its entry."""
    return raids() | counts()


if __name__ == "__main__":
    for name, (value, low, high) in figures().items():
        print(f"{name:28} {value:10.4g}", *(f"{end:.4g}" for end in (low, high) if end is not None))
