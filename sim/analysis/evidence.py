"""What do the numbers of a model rest on? Facts with sources, or assumptions with reasons."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sim.analysis.dead_search import POLICIES, dead_parameters
from sim.analysis.deadness import Deadness
from sim.analysis.grounds import Ground, brief_grids, kind_text, span_text
from sim.analysis.registry import Analysis, Option, Source
from sim.analysis.result import Column, Grid, Labels, Result
from sim.formatting import TOY, counted
from sim.model.members import values_text
from sim.model.naming import family_of
from sim.model.types import Lever, Model, Parameter, Table
from sim.study.arguments import bad_argument
from sim.study.laws import spread_text
from sim.study.shares import chance_lines


@dataclass(frozen=True)
class Evidence(Result):
    """What every parameter, every table, and every lever with a fact rests on."""

    model: str
    title: str
    grounds: tuple[Ground, ...]
    chance: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[Ground, ...]:
        """The parameters alone."""
        return tuple(g for g in self.grounds if g.section == "parameter")

    @property
    def facts(self) -> tuple[Ground, ...]:
        """Parameters that rest on facts."""
        return tuple(g for g in self.parameters if g.kind == "fact")

    @property
    def verified(self) -> tuple[Ground, ...]:
        """Parameters that rest on facts which were read at their source."""
        return tuple(g for g in self.facts if g.status == "verified")

    @property
    def structural(self) -> tuple[Ground, ...]:
        """The forms of the model: parameters that are assumed among words."""
        return tuple(g for g in self.parameters if g.structural)

    @property
    def missing(self) -> tuple[Ground, ...]:
        """Those without a source or reason."""
        return tuple(g for g in self.grounds if not g.ground.strip())

    @property
    def without_range(self) -> tuple[Ground, ...]:
        """Assumed parameters that every future holds fast."""
        return tuple(g for g in self.parameters if g.kind != "fact" and not g.uncertain)

    def table(self) -> list[dict[str, object]]:
        """Return one record per parameter and lever."""
        return [
            {
                "name": g.name, "is": g.section, "label": g.label, "value": g.value, "low": g.low,
                "high": g.high, "options": ", ".join(g.options), "unit": g.unit, "kind": g.kind,
                "fact": g.fact, "status": g.status, "vintage": g.vintage, "date": g.date,
                "source_or_reason": g.ground, "url": g.url,
                **({"structural": g.structural} if self.structural else {}),
            }
            for g in self.grounds
        ]  # fmt: skip

    def grid(self) -> Grid:
        """Return a line per parameter and lever; members that rest on the same have one line."""
        rows: list[tuple[str, ...]] = []
        blocks, before = [0], ""
        for _, same in itertools.groupby(self.grounds, key=_basis):
            members = list(same)
            ground = members[0]
            part = "structural" if ground.structural else ground.section
            if rows and part != before:
                blocks.append(len(rows))
            before = part
            name, span = ground.name, ground.span
            if len(members) > 1:
                name = f"{family_of(name)} × {len(members):,}"
                low = min((g.low for g in members if g.low is not None), default=None)
                high = max((g.high for g in members if g.high is not None), default=None)
                span = span if all(g.span == span for g in members) else span_text(low, high)
            value = f"{values_text(g.value for g in members)} {ground.unit}".rstrip()
            rows.append((name, value, span, kind_text(ground), ground.ground or "MISSING"))
        columns = (
            Column("Name"), Column("Value", True), Column("Range"), Column("Kind"),
            Column("Source or reason"),
        )  # fmt: skip
        return Grid(columns, rows, blocks)

    def brief(self) -> tuple[Grid, ...]:
        """Return how many numbers are of each kind, and the widest assumptions, structural ones first."""
        return brief_grids(self.grounds) or (self.grid(),)

    def notes(self) -> list[str]:
        """Return the lines that every table of evidence must carry."""
        notes = [TOY, self.sentence()]
        if self.facts:
            read = len(self.verified)
            notes.append(
                f"Of these facts, {_part(read, len(self.facts))} were read at their source and "
                f"{len(self.facts) - read} are unverified."
            )
        if levers := sum(g.section == "lever" for g in self.grounds):
            notes.append(
                f"Levers that cite a fact: {levers}; a default is a choice, not a finding."
            )
        if self.structural:
            told = "; ".join(
                f"{g.label or g.name} ({', '.join(g.options)})" for g in self.structural
            )
            notes.append(
                f"Structural assumptions, the forms of the model: {told}. What holds under all is said first."
            )
        if self.without_range:
            count = len(self.without_range)
            notes.append(f"Assumptions without a range, which every future keeps fixed: {count}.")
        return [*notes, *self.chance]

    def sentence(self) -> str:
        """Return how many parameters rest on facts, and how many on assumptions."""
        total = len(self.parameters)
        return (
            f"{total} parameters: {_part(len(self.facts), total)} rest on facts with a source, "
            f"{_part(total - len(self.facts), total)} are our assumptions."
        )

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return how many numbers rest on what."""
        from sim.charts.rankings import waterfall_bars

        kinds = list(dict.fromkeys(kind_text(ground) for ground in self.grounds))
        counts = {kind: sum(kind_text(g) == kind for g in self.grounds) for kind in kinds}
        rows = [
            {"part": kind, "kind": "up", "begin": 0, "end": n, "low": n, "high": n}
            for kind, n in sorted(counts.items(), key=lambda item: -item[1])
        ]
        parts = [f"{len(self.grounds)} parameters and levers, by kind, status and vintage"]
        return waterfall_bars(rows, "What the numbers rest on", parts, theme=theme, width=width)


def _part(count: int, total: int) -> str:
    return f"{count} ({count / total:.0%})" if total else f"{count}"


def evidence_of(model: Model) -> Evidence:
    """Return what every parameter, and every lever with a fact, rests on.

    Parameters
    ----------
    model : Model

    Returns
    -------
    Evidence

    Examples
    --------
    >>> import sim
    >>> model = sim.load_model("scenarios/port_strike/model.yaml")
    >>> print(sim.analysis.evidence_of(model).sentence())
    17 parameters: 0 (0%) rest on facts with a source, 17 (100%) are our assumptions.
    """
    levers = (lever for lever in model.levers.values() if lever.fact is not None)
    parameters = sorted(model.parameters.values(), key=lambda entry: not entry.structural)
    entries: Iterable[Lever | Parameter] = (*levers, *parameters)
    grounds = [*map(_ground, entries), *map(_of_table, model.tables.values())]
    return Evidence(model.name, model.title, tuple(grounds), _chance(model))


def _chance(model: Model) -> tuple[str, ...]:
    file = model.futures
    if file is None:
        return chance_lines(model)
    words = "which evidence does not rule out, not draws from the ranges"
    return (*chance_lines(model), f"Futures are the rows of {file.path}, {words}.")


def _of_table(table: Table) -> Ground:
    """Return what a table rests on: a fact, a file with a source, or an assumption."""
    fact = table.fact
    sourced = fact is not None or bool(table.source)
    return Ground(
        name=table.name, section="table", label=table.label,
        value=counted(len(table.places), "point"), low=min(table.values), high=max(table.values),
        unit=table.unit, kind="fact" if sourced else "assumption", fact=fact.name if fact else "",
        status=table.status if sourced else "", vintage=table.vintage if sourced else "",
        date=fact.date if fact else "", ground=table.source or table.why, url=table.url,
        options=(), uncertain=False,
    )  # fmt: skip


def _basis(ground: Ground) -> tuple[str, ...]:
    """Return what members of a family have in common where they rest on the same."""
    family = family_of(ground.name)
    return ground.section, family, kind_text(ground), ground.ground, ground.fact, ground.unit


def _ground(entry: Lever | Parameter) -> Ground:
    fact = entry.fact
    reason = fact.source if fact else ""
    kind: Literal["fact", "assumption", "counterfactual", "choice"]
    if isinstance(entry, Lever):
        value = entry.default
        kind = "fact" if fact is not None and fact.value == value else "choice"
    else:
        value, kind = entry.value, entry.kind
        reason = reason or entry.why
    return Ground(
        name=entry.name, section="lever" if isinstance(entry, Lever) else "parameter",
        label=entry.label, value=value, low=entry.low, high=entry.high, unit=entry.unit,
        kind=kind, fact=fact.name if fact else "", status=fact.status if fact else "",
        vintage=fact.vintage if fact else "", date=fact.date if fact else "", ground=reason,
        url=fact.url if fact else "", options=entry.type.options,
        uncertain=isinstance(entry, Parameter) and entry.uncertain,
        spread=spread_text(entry) if isinstance(entry, Parameter) else "",
        structural=isinstance(entry, Parameter) and entry.structural,
    )  # fmt: skip


def _evidence(
    source: Source, *, strict: bool, dead: bool, policies: int | None, seed: int | None
) -> Sequence[Evidence | Deadness]:
    if dead:
        if strict:
            raise bad_argument("--strict and --dead are two checks: run each", code="bad-option")
        return [
            dead_parameters(
                source.scenario(), policies=POLICIES if policies is None else policies,
                seed=source.seed, kernel=source.kernel, progress=source.progress,
            )
        ]  # fmt: skip
    if policies is not None or seed is not None:
        raise bad_argument("--policies and --seed go with --dead", code="bad-option")
    return [evidence_of(source.scenario().model)]


def _missing(
    results: Sequence[Evidence | Deadness], *, strict: bool, **options: object
) -> tuple[str, bool]:
    found = results[0]
    if isinstance(found, Deadness):
        names = ", ".join(found.dead)
        return (f"dead, and nothing says why it stays: {names}" if names else ""), bool(names)
    names = ", ".join(ground.name for ground in found.missing)
    return (f"without a source or reason: {names}" if names else ""), bool(names) and strict


ANALYSIS = Analysis(
    verb="evidence",
    summary="Show what every number of a model rests on: a fact with its source, or an assumption.",
    functions=(evidence_of, dead_parameters),
    reads="model",
    run=_evidence,
    options=(
        Option("strict", "Exit 1 if a source or reason is missing.", type=bool, default=False),
        Option(
            "dead", "Find the parameters and levers that change nothing; exit 1 if there are any.",
            type=bool, default=False,
        ),
        Option(
            "policies", f"With --dead, settings of the levers that are drawn (default {POLICIES}).",
            type=int, minimum=0, maximum=1_000,
        ),
        Option("seed", "With --dead, seed of the random numbers.", type=int, minimum=0),
    ),
    fails=_missing,
    order=30,
)  # fmt: skip
