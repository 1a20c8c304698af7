"""Which lever moves an outcome most, each alone, and under which assumption does it not?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.analysis.answers import HELD, hangs_text
from sim.analysis.briefs import brief_phrase, brief_size
from sim.analysis.comparison_tables import WORDS, cell, gap_notes, size_text
from sim.analysis.differences import compare_outcome
from sim.analysis.inputs import Factor, factors
from sim.analysis.lever_words import lever_name, read_levers
from sim.analysis.registry import OUTCOME, Analysis, Option, Source
from sim.analysis.result import Column, Grid, Labels, Result, ends
from sim.analysis.rows import Row, holm, label_text
from sim.analysis.turning import turn_text
from sim.errors import Diagnostic, ExperimentError
from sim.execution.runner import KernelName, Progress, run
from sim.formatting import TOY
from sim.study.arguments import known_name
from sim.study.experiment import make_experiment
from sim.study.scenario import Scenario

#: Moves with a rule between them.
FEW = 8


@dataclass(frozen=True, slots=True)
class Move:
    """One lever moved alone: its value before and after, and the row of each outcome that is told."""

    factor: Factor
    before: str
    after: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Levers(Result):
    """Every lever moved alone: those that make the outcome better first, then by how far they move it.

    Attributes
    ----------
    base
        The outcome in the scenario as it stands.
    idle
        Levers that by themselves change nothing, in any run.
    """

    scenario: str
    outcome: str
    base: Row
    moves: tuple[Move, ...]
    idle: tuple[str, ...]
    replications: int
    futures: int
    central: bool
    origin: str = ""
    partial: str = ""
    failures: int = 0

    def table(self) -> list[dict[str, object]]:
        """Return one record per move and outcome, that of the question first."""
        return [
            {
                "lever": move.factor.name, "label": move.factor.label, "before": move.before,
                "after": move.after, "outcome": row.outcome, "unit": row.unit,
                "mean": row.estimate.mean, **ends("difference", row.difference),
                "verdict": row.verdict, "judged": row.judged,
                "futures_higher": row.above.mean if row.above else None,
                "futures_lower": row.below.mean if row.below else None,
                "difference_q05": row.gap.low if row.gap else None,
                "difference_q50": row.gap.middle if row.gap else None,
                "difference_q95": row.gap.high if row.gap else None,
                "hangs_on": "; ".join(turn.parameter for turn in row.turns),
            }
            for move in self.moves
            for row in move.rows
        ]  # fmt: skip

    def grid(self) -> Grid:
        """Return a line per move: what it does to the outcome, and on which assumptions that hangs."""
        rows = []
        for move in self.moves:
            row = move.rows[0]
            goal = "" if row.unpaired else row.goal
            hung = turn_text(row.turns[0], goal) if row.turns else ""
            hung += f" (and {len(row.turns) - 1} more)" if row.turns[1:] else ""
            moved = f"{move.before} → {move.after} {move.factor.unit}".rstrip()
            rows.append(
                (move.factor.label or move.factor.name, moved, cell(row, False), hung or "–")
            )
        label = self.moves[0].rows[0].label if self.moves else self.outcome
        columns = (
            Column("Lever alone"), Column("Moved"), Column(label or self.outcome),
            Column("Which hangs on"),
        )  # fmt: skip
        return Grid(columns, rows, range(len(rows)) if len(rows) <= FEW else ())

    def notes(self) -> list[str]:
        """Return the lines that a ranking of levers must carry."""
        notes = [
            TOY,
            f"{size_text(self.replications, self.futures, self.central, self.origin)}.",
            f"Each lever alone, moved from where it stands in {self.scenario} to the ends of its range "
            "or to another option; together they may do more or less than the sum.",
        ]
        if self.futures > 1:
            notes.append(
                f"In brackets: of 100 futures, how many share the direction; below, the expected "
                "difference in the middle 90 %; the number in the first sentence is its median over the "
                f"futures. {WORDS}"
            )
        if self.idle:
            notes.append(
                f"Changes nothing by itself here, in any run: {', '.join(self.idle)}. A lever may act only "
                "once another is moved: --set moves one, and attribute takes a package apart."
            )
        return notes + gap_notes(self.partial, self.failures)

    def sentence(self) -> str:
        """Return which lever helps the outcome most, or moves it most, and where it does not."""
        rows = [(move, move.rows[0]) for move in self.moves]
        seen = [(move, row) for move, row in rows if row.side]
        best = next(((m, r) for m, r in seen if r.judged == "better"), None)
        found = best or next(iter(seen), None)
        label = label_text(rows[0][1]) if rows else f"“{self.outcome}”"
        held = f" {HELD}" if self.central else ""
        if found is None:
            return f"No single lever is seen to move {label} here.{held}"
        move, row = found
        verb = "helps" if best else "moves"
        name = move.factor.label or move.factor.name
        hung = hangs_text(row)
        size = brief_size(row) if row.gap is not None else brief_phrase(row)
        unhelpful = "" if best or not row.goal else " None is seen to make it better."
        return (
            f"“{name}” at {move.after} instead of {move.before} {verb} {label} most: {size}."
            f"{f' {hung}' if hung else ''}{unhelpful}{held}"
        )

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the differences, a line per move."""
        from sim.analysis.forest import forest_chart

        titled = [self.base] + [
            replace(m.rows[0], title=f"{m.factor.label or m.factor.name}: {m.after}")
            for m in self.moves
        ]
        return forest_chart(
            titled, (self.outcome,), runs=self.replications * self.futures, futures=self.futures,
            central=self.central, by_hand="", theme=theme, width=width,
        )  # fmt: skip

    @property
    def failed(self) -> int:
        """Number of replications that failed."""
        return self.failures


def rank_levers(
    scenario: Scenario,
    outcome: str,
    moves: Sequence[tuple[Factor, Sequence[float]]] | None = None,
    *,
    replications: int | None = None,
    futures: int | None = None,
    seed: int = 1,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Levers:
    """Move each lever alone and rank what that does to an outcome.

    All moves have the futures and random numbers of the scenario as it stands.

    Parameters
    ----------
    scenario : Scenario
        Where the levers stand before.
    outcome : str
        The outcome that the levers are ranked by.
    moves : sequence of (Factor, values), optional
        The levers and the values each is moved to; by default all, to the ends of their ranges.
    replications, futures : int, optional
        As of `sim.make_experiment`.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    Levers

    Raises
    ------
    ExperimentError
        There is no such outcome, or no lever that can be moved.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load_scenario("scenarios/port_strike/sit_it_out.yaml")
    >>> found = sim.analysis.rank_levers(scenario, "settled", replications=10, futures=20)
    >>> found.table()[0]["lever"]
    'emergency_if_queue_exceeds'
    """
    known_name("outcome", outcome, scenario.model.outcomes, "unknown-outcome")
    if moves is None:
        moves = [(f, f.ends) for f in factors(scenario, levers=True, parameters=False)]
    cases = [(factor, value) for factor, values in moves for value in values]
    if not cases:
        words = "no lever has another value to move to"
        raise ExperimentError(Diagnostic("no-range", words))
    moved = [
        scenario.with_settings(f.settings(v), f"{scenario.name} [{f.name}={f.word(v)}]")
        for f, v in cases
    ]
    experiment = make_experiment(
        [scenario, *moved], replications=replications, futures=futures, seed=seed, name="levers"
    )
    ensemble = run(experiment, kernel=kernel, progress=progress)
    model = experiment.model
    names = dict.fromkeys((outcome, *model.headlines))
    titles = {name: name for name in ensemble.scenarios}
    base = compare_outcome(ensemble, model.outcomes[outcome], 0, 0, titles, hung=False)
    rows = holm(
        [
            compare_outcome(ensemble, model.outcomes[name], place, 0, titles, hung=name == outcome)
            for place in range(1, len(ensemble.scenarios))
            for name in names
        ]
    )
    each = len(names)
    found = [
        Move(factor, _held(factor), factor.word(value), rows[i * each : (i + 1) * each])
        for i, (factor, value) in enumerate(cases)
    ]
    acting = [move for move in found if any(row.events for row in move.rows)]
    acting.sort(key=lambda m: (m.rows[0].judged != "better", -_weight(m.rows[0])))
    moving = {move.factor.name for move in acting}
    still = [f.label or f.name for f, _ in moves if f.name not in moving]
    return Levers(
        scenario.name, outcome, base, tuple(acting), tuple(dict.fromkeys(still)),
        experiment.replications, len(experiment.futures), experiment.central, experiment.origin,
        ensemble.partial_note, len(ensemble.failures),
    )  # fmt: skip


def _held(factor: Factor) -> str:
    """Return where a lever stands, or that the members of a family stand apart."""
    return factor.word(factor.central) if factor.held == factor.held else "as they are"


def _weight(row: Row) -> float:
    """Return how far a move moves an outcome, in differences that matter."""
    return abs(row.middle) / row.matters if row.matters and row.middle == row.middle else 0.0


def _levers(source: Source, *, outcome: str, lever: tuple[str, ...]) -> list[Levers]:
    """Rank the levers of a scenario: all, or those named as ``NAME`` or ``NAME=V,V,…``."""
    scenario = source.scenario()
    for name in (lever_name(scenario.model, word.partition("=")[0].strip()) for word in lever):
        if name in scenario.model.parameters:
            words = f"'{name}' is a parameter, not a lever"
            help = f"'fulcrum sensitivity … --only {name}' moves assumptions"
            raise ExperimentError(Diagnostic("bad-sweep", words, None, help))
    moves = None
    if lever:
        read = read_levers(scenario, lever, levers=True, parameters=False)
        moves = [(factor, values or factor.ends) for factor, values in read]
    return [
        rank_levers(
            scenario, outcome, moves, replications=source.replications, futures=source.futures,
            seed=source.seed, kernel=source.kernel, progress=source.progress,
        )
    ]  # fmt: skip


ANALYSIS = Analysis(
    verb="levers",
    summary="Which lever helps most, each moved alone, and on which assumptions that hangs.",
    functions=(rank_levers,),
    reads="scenario",
    run=_levers,
    options=(
        OUTCOME,
        Option(
            "lever", "Only this lever, by its name or label, or only at these values; repeatable.", many=True,
            metavar="NAME[=V,V,…]",
        ),
    ),
    futures=True,
    order=15,
)  # fmt: skip
