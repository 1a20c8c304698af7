"""What of a model changes nothing: a verdict for each parameter and lever, with what it moves most."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sim.analysis.inputs import Factor
from sim.analysis.result import Column, Grid, Labels, Result
from sim.formatting import TOY, counted, exact_text, value_text
from sim.model.naming import family_of

Verdict = Literal["dead", "not seen beyond noise", "moves no outcome with a goal", "alive"]
#: In the order in which a table shows them.
VERDICTS: tuple[Verdict, ...] = (
    "dead", "not seen beyond noise", "moves no outcome with a goal", "alive",
)  # fmt: skip
#: The chance of an error in all tests of one input.
ALPHA = 0.05
#: Names that a sentence lists.
LISTED = 12


@dataclass(frozen=True, slots=True)
class Shift:
    """An outcome that changed, by at least a bit, when one input moved in one policy.

    Attributes
    ----------
    value
        Where the input moved to, from its value in the policy.
    difference
        Mean paired difference; of the share of runs with a value, where `missing`.
    size
        The same in standard deviations of a run; infinite where runs do not vary, NaN of too few.
    p
        Of a zero difference, adjusted for all tests of the input (Bonferroni).
    missing
        Whether it is not the value that differs most, but whether there is one.
    """

    outcome: str
    policy: str
    value: str
    difference: float
    size: float
    p: float
    goal: bool
    missing: bool = False

    @property
    def seen(self) -> bool:
        """Whether it stands after correction for all looks."""
        return self.p <= ALPHA


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one parameter or lever.

    Attributes
    ----------
    section
        *parameter* or *lever*.
    span
        Where it was moved, as text.
    read
        Whether any formula reads it; one that none reads is dead without a run.
    shift
        What it moves most, among what was run; of one that is not seen, what is the likeliest.
    kept
        Why it stays although it changes nothing.
    """

    name: str
    section: str
    label: str
    span: str
    unit: str
    verdict: Verdict
    read: bool
    shift: Shift | None
    kept: str

    @property
    def fails(self) -> bool:
        """Whether it is dead, and nothing says why it stays."""
        return self.verdict == "dead" and not self.kept.strip()


@dataclass(frozen=True)
class Deadness(Result):
    """Which parameters and levers change nothing.

    Attributes
    ----------
    policies
        Names of the settings in which each input was moved.
    tests
        How many tests the p values of an input are adjusted for, at most.
    left_out
        Scenario files that were not used, each with the reason.
    broken
        Replications that failed.
    runs
        Replications in all.
    """

    model: str
    findings: tuple[Finding, ...]
    policies: tuple[str, ...]
    replications: tuple[int, ...]
    tests: int
    goals: bool
    left_out: tuple[str, ...]
    broken: int
    runs: int
    seed: int

    def having(self, verdict: Verdict) -> tuple[Finding, ...]:
        """Return what has a verdict."""
        return tuple(f for f in self.findings if f.verdict == verdict)

    @property
    def dead(self) -> tuple[str, ...]:
        """Names of what is dead and does not say why it stays."""
        return tuple(f.name for f in self.findings if f.fails)

    def table(self) -> list[dict[str, object]]:
        """Return one record per parameter and lever."""
        return [
            {
                "name": f.name, "is": f.section, "label": f.label, "moved": f.span, "unit": f.unit,
                "verdict": f.verdict, "read": f.read,
                "outcome": f.shift.outcome if f.shift else "",
                "policy": f.shift.policy if f.shift else "",
                "at": f.shift.value if f.shift else "",
                "difference": f.shift.difference if f.shift else None,
                "size": f.shift.size if f.shift else None, "p": f.shift.p if f.shift else None,
                "kept": f.kept,
            }
            for f in self._ordered()
        ]  # fmt: skip

    def _ordered(self) -> list[Finding]:
        return sorted(self.findings, key=lambda f: VERDICTS.index(f.verdict))

    def grid(self) -> Grid:
        """Return a line per parameter and lever; members with the same verdict have one line."""
        rows: list[tuple[str, ...]] = []
        blocks, before = [0], ""
        for _, same in itertools.groupby(self._ordered(), key=_alike):
            members = list(same)
            one = max(members, key=_size)
            if rows and one.verdict != before:
                blocks.append(len(rows))
            before = one.verdict
            name = one.name
            if len(members) > 1:
                name = f"{family_of(name)} × {len(members):,}"
            moved = f"{one.span} {one.unit}".strip()
            rows.append((name, one.section, moved, _verdict(one), *_most(one)))
        columns = (
            Column("Name"), Column("Is"), Column("Moved"), Column("Verdict"), Column("Moves most"),
            Column("Size", True), Column("In policy"),
        )  # fmt: skip
        return Grid(columns, rows, blocks)

    def notes(self) -> list[str]:
        """Return the lines that every table of dead parameters must carry."""
        few, more, last = self.replications
        notes = [
            TOY,
            self.sentence(),
            f"Each moves to the ends of its range, an option to each word, in {len(self.policies)} "
            f"policies with {few} paired replications each, the others at the values of the policy; where "
            f"nothing changed, further values are tried in other futures, with {more}. Seed {self.seed}, "
            f"{self.runs:,} runs.",
            "dead: no bit of any outcome changed in what was run, which is a proof only where nothing "
            "reads it.",
            "not seen beyond noise: something changed, but no mean difference stands. p values are "
            f"adjusted for all tests of an input (Bonferroni, up to {self.tests:,}: outcomes × policies × "
            f"values, in each of three looks); what is not seen gets more and other replications, up to "
            f"{last:,}, where most is to be expected.",
            "Size: the mean difference in standard deviations of a run. One that is seen to move an "
            "outcome with a goal is followed no further, so it may move others more."
            if self.goals
            else "Size: the mean difference in standard deviations of a run. No outcome has a goal, so all "
            "count; one that is seen to move is followed no further.",
        ]
        if self.left_out:
            notes.append(f"Not among the policies: {', '.join(self.left_out)}.")
        if self.broken:
            notes.append(f"{counted(self.broken, 'replication')} failed, and have no outcomes.")
        for finding in (f for f in self.findings if f.kept):
            if finding.verdict == "dead":
                notes.append(f"'{finding.name}' stays: {finding.kept.strip().rstrip('.')}.")
            else:
                notes.append(f"'{finding.name}' says why it stays ('kept'), and is not dead.")
        return notes

    def sentence(self) -> str:
        """Return how many change nothing, and which."""
        total = [
            counted(sum(f.section == kind for f in self.findings), kind)
            for kind in ("parameter", "lever")
        ]
        parts = [
            f"{len(found)} {words}{_names(found)}"
            for verdict, words in zip(
                VERDICTS,
                ("dead", "not seen beyond noise", "moving no outcome with a goal", "alive"),
                strict=True,
            )
            if (found := self.having(verdict)) or verdict in ("dead", "alive")
        ]
        return f"Of {' and '.join(total)}: {', '.join(parts)}."

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return how many parameters and levers have which verdict."""
        from sim.charts.rankings import waterfall_bars

        rows = [
            {"part": verdict, "kind": "up", "begin": 0, "end": n, "low": n, "high": n}
            for verdict in VERDICTS
            for n in [len(self.having(verdict))]
        ]
        parts = [f"{len(self.findings)} parameters and levers", f"{len(self.policies)} policies"]
        return waterfall_bars(rows, "What changes nothing", parts, theme=theme, width=width)


def _names(found: Sequence[Finding]) -> str:
    """Return names in brackets; nothing of what is alive."""
    if not found or found[0].verdict == "alive":
        return ""
    names = [f.name + " (kept)" * bool(f.kept and not f.fails) for f in found]
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f" ({', '.join(names[:LISTED])}{more})"


def _alike(finding: Finding) -> tuple[str, ...]:
    """Return what members of a family have in common that are shown in one line."""
    cell = "[" in finding.name
    family = family_of(finding.name)
    return (finding.verdict, str(finding.read), family, finding.kept) if cell else (finding.name,)


def _verdict(finding: Finding) -> str:
    words = "dead: nothing reads it" if not finding.read else finding.verdict
    return f"{words} (kept)" if finding.kept and finding.verdict == "dead" else words


def _most(finding: Finding) -> tuple[str, str, str]:
    """Return the outcome that an input moves most, by how much, and in which policy."""
    shift = finding.shift
    if shift is None:
        return ("", "", "")
    what = f"{shift.outcome}, at {shift.value}" + ", whether it has a value" * shift.missing
    size = "∞" if math.isinf(shift.size) else value_text(float(f"{abs(shift.size):.2g}"))
    sign = "−" if shift.difference < 0 else "+"
    return what, "–" if math.isnan(shift.size) else f"{sign}{size} sd", shift.policy


def _size(finding: Finding) -> float:
    size = abs(finding.shift.size) if finding.shift else -1.0
    return size if size == size else 0.0


def span_of(factor: Factor) -> str:
    """Return where an input moves, as text."""
    if factor.worded:
        return ", ".join(map(factor.word, factor.levels(2)))
    return f"{exact_text(factor.value(factor.low))} to {exact_text(factor.value(factor.high))}"
