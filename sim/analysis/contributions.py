"""What each lever contributes to the difference of two scenarios, one by one or group by group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sim.analysis.result import Column, Grid, Labels, Result, outcome_label
from sim.engine.codegen.program import generate
from sim.engine.trace import encode
from sim.errors import Diagnostic, ExperimentError
from sim.formatting import HELD, TOY, counted, direction, exact_text, interval, number
from sim.model.types import Outcome, Value
from sim.statistics.estimates import Estimate
from sim.study.experiment import make_experiment
from sim.study.families import together
from sim.study.scenario import Scenario

#: More levers than these would need more than a thousand subsets.
MAX_PLAYERS = 10


@dataclass(frozen=True, slots=True)
class Player:
    """A lever, or some together, that is set as in the scenario or as in the baseline."""

    name: str
    label: str
    settings: tuple[tuple[str, Value, Value], ...]

    @property
    def change(self) -> str:
        """What it changes, in words."""
        return ", ".join(
            f"{n}: {exact_text(old)} → {exact_text(new)}" for n, old, new in self.settings
        )


def same_structure(scenario: Scenario, baseline: Scenario) -> bool:
    """Return whether two scenarios differ in levers and parameters only."""
    one, other = generate(scenario.model), generate(baseline.model)
    if one.digest != other.digest or scenario.model.clock != baseline.model.clock:
        return False
    rows = zip(
        make_experiment(scenario, futures=0).row(0, 0),
        make_experiment(baseline, futures=0).row(0, 0),
        strict=True,
    )
    settings = scenario.values()
    slots = zip(one.records["Values"], rows, strict=True)
    return all(slot in settings or a == b for slot, (a, b) in slots)


def differing(
    scenario: Scenario, baseline: Scenario, by: Literal["lever", "group"] = "lever"
) -> tuple[Player, ...]:
    """Return the levers and parameters in which two scenarios differ.

    Raises
    ------
    ExperimentError
        They are alike, or differ in too many.
    """
    new, old = scenario.values(), baseline.values()
    model = scenario.model
    players: dict[str, Player] = {}
    for name in new:
        if new[name] == old.get(name, new[name]):
            continue
        entry = model.levers.get(name) or model.parameters[name]
        family = together(model, name)
        own = family.name if family else name
        key = entry.group if by == "group" and entry.group else own
        label = (family.base if family else entry).label or own.replace("_", " ")
        label = key if key != own else label
        before = players[key].settings if key in players else ()
        players[key] = Player(key, label, (*before, (name, old[name], new[name])))
    if not players:
        words = f"'{scenario.name}' and '{baseline.name}' set every lever alike"
        raise ExperimentError(Diagnostic("no-difference", words))
    if len(players) > MAX_PLAYERS:
        words = f"{len(players)} levers differ, and {2 ** len(players):,} subsets are too many"
        help = f"up to {MAX_PLAYERS} are possible; --by group takes those of one group together"
        raise ExperimentError(Diagnostic("too-many-levers", words, None, help))
    return tuple(players.values())


def subset_row(players: Sequence[Player], subset: int, baseline: Scenario) -> list[float]:
    """Return the values of all settings for one subset; bit i says that player i is in."""
    model = baseline.model
    row = []
    for i, player in enumerate(players):
        for name, old, new in player.settings:
            entry = model.levers.get(name) or model.parameters[name]
            row.append(encode(new if subset >> i & 1 else old, entry.type))
    return row


@dataclass(frozen=True)
class Attribution(Result):
    """What each lever contributes to the difference of a scenario to its baseline.

    Attributes
    ----------
    values
        Per player, its Shapley value; they add up to `whole`.
    alone, last
        Per player, its effect on top of the baseline alone, and on top of all others.
    interactions
        Per pair of players, the Shapley interaction index (Grabisch and Roubens 1999).
    kept
        Replications in which the outcome has a value for every subset.
    """

    outcome: Outcome
    scenario: str
    baseline: str
    players: tuple[Player, ...]
    base: Estimate
    end: Estimate
    whole: Estimate
    values: tuple[Estimate, ...]
    alone: tuple[Estimate, ...]
    last: tuple[Estimate, ...]
    interactions: tuple[tuple[int, int, Estimate], ...]
    kept: int
    replications: int
    futures: int
    failures: int
    central: bool
    seed: int

    def table(self) -> list[dict[str, object]]:
        """Return one record per lever, then per pair, then for the whole."""
        records = []
        for i, player in enumerate(self.players):
            records.append(
                _record("lever", player.name, player.change, self.values[i])
                | {"alone": self.alone[i].mean, "last": self.last[i].mean}
            )
        for i, j, value in self.interactions:
            name = f"{self.players[i].name} × {self.players[j].name}"
            records.append(_record("interaction", name, "", value) | {"alone": None, "last": None})
        records.append(
            _record("whole", self.scenario, f"against {self.baseline}", self.whole)
            | {"alone": None, "last": None}
        )
        return records

    def grid(self) -> Grid:
        """Return the baseline, a line per lever, the whole, and the scenario."""
        rows: list[Sequence[str]] = [(self.baseline, "", interval(self.base), "", "", "")]
        for player, value, alone, last in zip(
            self.players, self.values, self.alone, self.last, strict=True
        ):
            rows.append(
                (
                    player.name, player.change, interval(value, sign=True), number(alone, True),
                    number(last, True), value.verdict,
                )
            )  # fmt: skip
        whole = interval(self.whole, sign=True)
        rows.append(("together", "", whole, "", "", self.whole.verdict))
        rows.append((self.scenario, "", interval(self.end), "", "", ""))
        columns = (
            Column("Lever"), Column("Change"), Column("Contribution [95 % CI]", True),
            Column("alone", True), Column("last", True), Column("Verdict"),
        )  # fmt: skip
        return Grid(columns, rows)

    def notes(self) -> list[str]:
        """Return the lines that every attribution must carry."""
        n = len(self.players)
        each = f"in each of {self.futures} futures" if self.futures > 1 else "each"
        notes = [
            TOY,
            f"{self.outcome.name}: exact Shapley values over {counted(2**n, 'subset')} of "
            f"{counted(n, 'lever')}, {counted(self.replications, 'replication')} {each} on common random "
            f"numbers, seed {self.seed}{f', {HELD}' if self.central else ''}.",
            "Contributions add up to the whole difference. 'alone': on top of the baseline; 'last': on "
            "top of all others; where they differ, levers interact.",
        ]
        seen = [
            f"{self.players[i].name} × {self.players[j].name} {interval(e, sign=True)}"
            for i, j, e in self.interactions
            if e.seen
        ]
        if seen:
            notes.append("Interactions seen: " + "; ".join(seen[:5]) + ".")
        elif n > 1:
            notes.append("No interaction of two levers is seen.")
        total = self.replications * self.futures
        if self.kept < total:
            notes.append(
                f"Only the {self.kept:,} of {total:,} replications in which the outcome has a value for "
                "every subset count."
            )
        return notes

    @property
    def clear(self) -> bool:
        """Whether some lever is seen to contribute."""
        return any(value.seen for value in self.values)

    def sentence(self) -> str:
        """Return the whole difference and the lever that contributes most to it."""
        i = max(range(len(self.players)), key=lambda i: abs(self.values[i].mean))
        whole = (
            f"{self.scenario} changes {self.outcome.name} by {interval(self.whole, sign=True)} against "
            f"{self.baseline}"
        )
        held = f" {HELD.capitalize()}." if self.central else ""
        if not self.clear:
            return f"{whole}; no lever is seen to contribute.{held}"
        most = interval(self.values[i], sign=True)
        unseen = sum(not value.seen for value in self.values)
        rest = f"; {unseen} of {len(self.values)} cannot be told apart from chance" * bool(unseen)
        return f"{whole}; {self.players[i].name} contributes most, {most}{rest}.{held}"

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return a waterfall from the baseline to the scenario."""
        from sim.charts.rankings import waterfall_bars
        from sim.charts.theme import sources_note

        scale = 100.0 if self.outcome.share else 1.0
        counts = Counter(player.label for player in self.players)
        rows: list[dict[str, Any]] = []

        def add(name: str, begin: float, end: float, ends: Estimate, kind: str) -> None:
            shift = begin if kind != "total" else 0.0
            row = {"begin": begin, "end": end, "low": shift + ends.low, "high": shift + ends.high}
            rows.append({"part": name, "kind": kind} | {k: scale * v for k, v in row.items()})

        level = self.base.mean
        add(self.baseline, 0.0, level, self.base, "total")
        for player, value in zip(self.players, self.values, strict=True):
            kind = ("up" if value.mean > 0 else "down") if value.seen else "unseen"
            alone = counts[player.label] == 1
            label = player.label if alone else f"{player.label} ({player.name})"
            add(label or player.name, level, level + value.mean, value, kind)
            level += value.mean
        add(self.scenario, 0.0, level, self.end, "total")
        parts = [
            "of 100 runs" if self.outcome.share else self.outcome.unit,
            direction(self.outcome.goal),
            "Shapley values with 95 % intervals; pale where the interval includes 0",
            sources_note(self.kept, "runs per subset"),
        ]
        heading = f"From {self.baseline} to {self.scenario}: {outcome_label(self.outcome)}"
        return waterfall_bars(rows, heading, parts, theme=theme, width=width)


def _record(kind: str, name: str, change: str, value: Estimate) -> dict[str, object]:
    return {
        "part": kind, "name": name, "change": change, "value": value.mean, "low": value.low,
        "high": value.high, "n": value.n, "verdict": value.verdict,
    }  # fmt: skip
