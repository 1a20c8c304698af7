"""The way from a lever to an outcome: what moved at each step, when, by how much, and how much it passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.analysis.causes import Node, entry_of
from sim.analysis.courses import Course
from sim.analysis.result import Column, Grid, Labels, Result, ends, outcome_label
from sim.formatting import HELD, TOY, counted, interval, percent, plural, value_text
from sim.model.clock import Clock
from sim.model.types import Model, Outcome, Value
from sim.statistics.estimates import Estimate

#: Names of what moved, where no way to the outcome is beyond noise.
MOST_MOVED = 4


@dataclass(frozen=True, slots=True)
class Hold:
    """What becomes of a difference if one quantity is held at its course under the other policy.

    Attributes
    ----------
    through
        What is then gone of the difference, in the unit of the outcome.
    part
        The same as a part of the whole; None where the whole is not clear of 0. Parts of several
        quantities need not add up to 1: they may lie on one path, or work against each other.
    seen
        Whether what is gone is more than chance, all quantities that were held considered.
    fault
        Why it could not be held; empty where it could.
    """

    through: Estimate
    part: Estimate | None
    seen: bool
    fault: str = ""

    def text(self) -> str:
        """Return how much of the difference it takes away."""
        if self.fault:
            return "cannot be held"
        return interval(self.through, sign=True) if self.part is None else percent(self.part)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path.

    Attributes
    ----------
    through
        Events in whose firing the step before acts on this one; empty where it is a formula.
    settings
        Of a lever or parameter, its values in both.
    """

    node: Node
    label: str
    unit: str
    through: tuple[str, ...]
    settings: tuple[Value | None, Value | None]
    course: Course | None
    hold: Hold | None

    @staticmethod
    def of(node: Node, first: Model, second: Model, **known: Any) -> Step:
        """Return the step of a node, with its label and unit from a model that has it."""
        entry = next(e for m in (first, second) if (e := entry_of(m, node)))
        of = known["course"].node if known["course"] else node
        unit = "time" if of.kind == "event" else getattr(entry, "unit", "")
        return Step(node, entry.label or node.name.replace("_", " "), unit, **known)

    def moved(self) -> str:
        """Return by how much it differs at most, or from what to what it was set."""
        if self.node.kind in ("lever", "parameter"):
            ours, theirs = map(_set_to, self.settings)
            return f"{ours} against {theirs} {plural(self.unit)}".rstrip()
        return "changed by the scenario" if self.course is None else self.amount(self.course.peak)

    def amount(self, time: int) -> str:
        """Return the difference at a time, with its interval and unit."""
        assert self.course is not None
        found, word = self.course.at(time), f" '{self.course.word}'" if self.course.word else ""
        if self.course.share:
            return f"{interval(found, True, 100.0)} of 100 runs{word}"
        member = f" ({self.course.word})" if self.course.word else ""
        return f"{interval(found, sign=True)} {plural(self.unit, found.mean)}".rstrip() + member


@dataclass(frozen=True)
class Why(Result):
    """Why an outcome differs between two scenarios.

    Attributes
    ----------
    effect
        The paired difference of the outcome.
    paths
        At most three, the one first whose narrowest step passes most; each from a lever to the outcome.
    starts, moved
        Names of what the two differ in, and of what moved on any way from there to the outcome.
    candidates
        How many quantities and events lie on such a way.
    beside
        Names of what was held, passes something and lies on none of the paths, the largest first.
    faults
        By name, why a quantity that moved could not be held.
    stops
        Whether a run can end early, so that nothing was held.
    """

    outcome: Outcome
    scenario: str
    against: str
    effect: Estimate
    paths: tuple[tuple[Step, ...], ...]
    starts: tuple[str, ...]
    candidates: int
    moved: tuple[str, ...]
    beside: tuple[tuple[str, Hold], ...]
    faults: Mapping[str, str]
    stops: bool
    replications: int
    futures: int
    seed: int
    clock: Clock
    failures: int
    central: bool = False
    held_forms: str = ""

    @property
    def shown(self) -> tuple[Step, ...]:
        """The steps of all paths, each once, the outcome last."""
        steps = {step.node: step for path in self.paths for step in path}.values()
        return tuple(sorted(steps, key=lambda step: step.node.kind == "outcome"))

    def table(self) -> list[dict[str, object]]:
        """Return one record per path and step."""
        rows: list[dict[str, object]] = []
        for number, path in enumerate(self.paths, start=1):
            for place, step in enumerate(path):
                course, hold = step.course, step.hold
                peak = course.at(course.peak) if course else None
                sound = hold if hold and not hold.fault else None
                rows.append(
                    {
                        "path": number, "step": place, "name": step.node.name,
                        "kind": step.node.kind, "through": " ".join(step.through),
                        "unit": step.unit, "option": course.word if course else "",
                        "from": course.onset if course else None,
                        "at": course.peak if course else None,
                        "difference": peak.mean if peak else None,
                        "low": peak.low if peak else None, "high": peak.high if peak else None,
                        **ends("removed", sound.through if sound else None),
                        **ends("part", sound.part if sound else None),
                        "fault": hold.fault if hold else "",
                    }
                )  # fmt: skip
        return rows

    def grid(self) -> Grid:
        """Return a line per step."""
        rows: list[tuple[str, ...]] = []
        blocks = []
        for path in self.paths:
            blocks.append(len(rows))
            for place, step in enumerate(path):
                end = step.node.kind == "outcome"
                course = step.course
                timed = course is not None and step.node.kind != "outcome"
                rows.append(
                    (
                        f"{'→ ' if place else ''}{step.node.name}",
                        ", ".join(step.through),
                        self._time(course.onset) if timed and course else "",
                        self.difference() if end else step.moved(),
                        self._time(course.peak) if timed and course else "",
                        step.hold.text() if step.hold else "",
                    )
                )
        columns = (
            Column("Path"), Column("Through"), Column("From"),
            Column("Largest difference [95 % CI]"), Column("On"),
            Column("Holding it removes", True),
        )  # fmt: skip
        return Grid(columns, rows, blocks[1:])

    def _time(self, index: int) -> str:
        return f"{self.clock.unit} {index}"

    def difference(self) -> str:
        """Return the difference of the outcome with its unit."""
        if self.outcome.share:
            return f"{interval(self.effect, True, 100.0)} of 100 runs"
        return f"{interval(self.effect, sign=True)} {plural(self.outcome.unit)}".rstrip()

    def story(self, path: tuple[Step, ...]) -> str:
        """Return a path as a sentence."""
        told = []
        for step in path:
            since = ""
            if step.course is not None and step.node.kind != "outcome":
                begin, peak = self._time(step.course.onset), self._time(step.course.peak)
                since = f" on {peak}" if begin == peak else f" on {peak}, seen from {begin}"
            amount = self.difference() if step.node.kind == "outcome" else step.moved()
            told.append(f"{step.label} ({amount}{since})")
        return " → ".join(told) + "."

    def sentence(self) -> str:
        """Return the difference, and what most of it goes through."""
        label, two = outcome_label(self.outcome), f"{self.scenario} against {self.against}"
        if not self.starts:
            return f"{self.scenario} and {self.against} do not differ in anything."
        levers = self._levers()
        if self.effect.n == 0 and not self.failures:
            return f"Nothing in this model leads from {levers} to {self.outcome.name}."
        if self.effect.verdict == "identical":
            return f"{label} is the same in every run of {two}, though {levers} may lead to it."
        tail = f" {HELD.capitalize()}." if self.central else ""
        seen = f"{two}: {label} differs by {self.difference()}"
        if not self.effect.seen:
            seen = f"{two}: no difference in {label} is seen, {self.difference()}"
        held = [s for s in self.shown if s.hold and s.hold.seen]
        if not self.paths:
            return f"{seen}. {self._on_the_way()}{tail}"
        if not held:
            return f"{seen}.{tail}"
        most = sorted(held, key=lambda s: -abs(s.hold.through.mean if s.hold else 0.0))[:3]
        told = [f"{s.label}: {s.hold.text()}" for s in held if s in most and s.hold]
        whole = " of it" if self.effect.seen else ""
        return f"{seen}. Held at its course in {self.against}, each removes{whole}: {'; '.join(told)}.{tail}"

    def _on_the_way(self) -> str:
        """Return what was found where no whole way is beyond noise."""
        if not self.moved:
            return (
                f"None of the {self.candidates} quantities and events on the way moved beyond noise: "
                "more replications may show it."
            )
        names = ", ".join(self.moved[:MOST_MOVED])
        more = f" and {len(self.moved) - MOST_MOVED} more" if self.moved[MOST_MOVED:] else ""
        return (
            f"On the way {names}{more} moved beyond noise, but no whole way to the outcome did: "
            "more replications may show it."
        )

    def _levers(self) -> str:
        return ", ".join(self.starts[:4]) + (" …" if len(self.starts) > 4 else "")

    def notes(self) -> list[str]:
        """Return the story of each path and how it was found."""
        stories = [f"{i}. {self.story(path)}" for i, path in enumerate(self.paths, start=1)]
        if self.effect.n == 0:
            return [TOY, self.sentence()]
        world = f"in each of {self.futures:,} futures" if self.futures else "of each"
        central = f", {HELD}" if self.central else ""
        beside = len(set(self.moved) - {step.node.name for step in self.shown})
        notes = [
            TOY, self.sentence(), *stories,
            f"{counted(self.replications, 'replication')} {world} on the same random numbers, seed "
            f"{self.seed}{central}. Of {self.candidates} quantities and events on a way from "
            f"{self._levers()} to {self.outcome.name}, {len(self.moved)} moved beyond noise "
            f"(at most 5 % of them falsely, which the intervals allow for) and {beside} of these are "
            "not shown; what did not move is not drawn.",
        ]  # fmt: skip
        left_out = self.replications * max(1, self.futures) - self.effect.n
        if left_out:
            notes.append(
                f"{counted(left_out, 'pair')} without a value on both sides are left out of the outcome: "
                "those left are a selection, not a fair comparison."
            )
        notes += [self.held_forms] if self.held_forms else []
        if self.beside:
            told = "; ".join(f"{name} {hold.text()}" for name, hold in self.beside[:4])
            notes.append(f"Beside these paths, holding it removes: {told}.")
        notes += [f"{name} could not be held: {fault}." for name, fault in self.faults.items()]
        if self.stops:
            notes.append("Nothing was held: in a model with `stop` one of the two may end first.")
        elif self.paths:
            notes.append(
                "Holding a quantity lets it follow its course in "
                f"{self.against}, event by event, and a lever is set as there; what is removed need "
                "not add up over steps. Events are not held."
            )
        return notes

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the steps in order, each with its difference over time."""
        from sim.charts.path import path_chart
        from sim.charts.theme import sources_note

        names = labels or {}
        panels = []
        for step in self.shown:
            if step.course is None:
                continue
            course, scale = step.course, 100.0 if step.course.share else 1.0
            unit = "points of 100 runs" if course.share else plural(step.unit)
            words = names.get(step.node.name, step.label)
            held = step.hold.text() if step.hold and not step.hold.fault else ""
            panels.append(
                (
                    f"{words}: {course.word}" if course.word else words,
                    [unit, f"held: removes {held}" if held else ""],
                    course.mean * scale,
                    course.half * scale,
                )
            )
        n = self.replications * max(1, self.futures)
        parts = [
            f"{self.scenario} less {self.against}", self.clock.span, "band: 95 %, for all at once",
            HELD if self.central else "",
            sources_note(n, "runs a scenario"),
        ]  # fmt: skip
        heading = f"Why it differs: {outcome_label(self.outcome)}"
        return path_chart(panels, heading, parts, self.clock, theme=theme, width=width)


def _set_to(value: Value | None) -> str:
    """Return a setting in words; a member of another set has none."""
    if value is None:
        return "nothing"
    return value_text(value.replace("_", " ") if isinstance(value, str) else value)
