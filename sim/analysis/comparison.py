"""How do scenarios differ from a baseline? Paired differences under common random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.analysis.answers import HELD, Answer, answer, differences_text, hangs_text, of_outcome
from sim.analysis.comparison_tables import (
    BRIEF_CELLS,
    CELLS,
    WORDS,
    detail_notes,
    details,
    futures_record,
    gap_notes,
    mostly_text,
    ordered,
    overview,
    runs_each_text,
    size_text,
    skew_notes,
)
from sim.analysis.differences import compare_outcome
from sim.analysis.form_answers import ByForm, form_sentences, forms_brief
from sim.analysis.forms import Form, forms_of, held_text
from sim.analysis.result import Grid, Result, ends
from sim.analysis.rows import Row, holm, label_text, level_text, scenario_text, verdict_text
from sim.analysis.stops import stops_text
from sim.execution.ensemble import Ensemble
from sim.formatting import TOY, counted
from sim.study.arguments import known_name
from sim.study.assignments import common_settings, policy_titles, settings_text

#: Most replications per scenario of a sequential run, in all its futures.
CAP = 100_000


@dataclass(frozen=True)
class Comparison(Result):
    """Every outcome of every scenario against a baseline."""

    baseline: str
    replications: int
    futures: int
    rows: tuple[Row, ...]
    failures: int
    partial: str = ""
    headlines: tuple[str, ...] = ()
    central: bool = False
    detailed: bool = False
    next_step: str = ""
    by_hand: str = ""
    stops: str = ""
    held_forms: str = ""
    origin: str = ""
    plan: str = ""
    asked: bool = False

    @property
    def by_form(self) -> ByForm:
        """What each row is under each form of the model; without rows where no form varies.

        Examples
        --------
        >>> import sim
        >>> files = ["scenarios/port_strike/sit_it_out.yaml", "scenarios/port_strike/mediate.yaml"]
        >>> sim.compare(sim.run(sim.load(files))).by_form.rows
        ()
        """
        rows = tuple(row for row in self.rows if row.forms)
        names = {row.outcome for row in rows}
        shown = tuple(name for name in self.headlines if name in names)
        return ByForm(rows, shown, self.baseline, self.failures)

    @property
    def scenarios(self) -> list[str]:
        """Names of the scenarios, in order."""
        return list(dict.fromkeys(row.scenario for row in self.rows))

    def row(self, outcome: str, scenario: str) -> Row:
        """Return the row of an outcome in a scenario.

        Raises
        ------
        ExperimentError
            There is none.
        """
        found = {(row.outcome, row.scenario): row for row in self.rows}
        known_name("outcome", outcome, [o for o, _ in found], "unknown-outcome")
        known_name("scenario", scenario, self.scenarios, "unknown-scenario")
        return found[outcome, scenario]

    def answer(self, outcome: str, scenario: str) -> Answer:
        """Return what is known of an outcome in a scenario, against the baseline.

        Raises
        ------
        ExperimentError
            There is no such outcome or scenario.

        Examples
        --------
        >>> import sim
        >>> files = ["scenarios/port_strike/sit_it_out.yaml", "scenarios/port_strike/mediate.yaml"]
        >>> found = sim.compare(sim.run(sim.load(files)))
        >>> found.answer("strike_days", "mediate").direction
        'clearly lower'
        """
        row, base = self.row(outcome, scenario), self.row(outcome, self.baseline)
        return answer(row, base, HELD if self.central else "")

    def table(self) -> list[dict[str, object]]:
        """Return one record per outcome and scenario, numbers in full."""
        return [
            {
                "outcome": row.outcome,
                "scenario": row.scenario,
                "unit": row.unit,
                "n": row.estimate.n,
                "mean": row.estimate.mean,
                "low": row.estimate.low,
                "high": row.estimate.high,
                **ends("difference", row.difference),
                "pairs": row.difference.n if row.difference else None,
                "verdict": row.verdict,
                **futures_record(row),
                "p": row.p_value,
                "p_holm": row.p_holm,
                "variance_reduction": row.gain,
                "never": row.missing,
                "failed": row.failed,
            }
            for row in self.rows
        ]

    def grid(self) -> Grid:
        """Return scenarios × headline outcomes; of a detailed comparison a block per outcome."""
        if self.detailed or len(self.scenarios) < 2:
            return details(ordered(self.rows, self.headlines), self.baseline)
        return overview(self.rows, self.headlines)

    def notes(self) -> list[str]:
        """Return how to read the table, and the answer."""
        notes = [TOY, f"{size_text(self.replications, self.futures, self.central, self.origin)}."]
        notes += [self.plan] if self.plan else []
        notes += [f"Set by hand in every scenario: {self.by_hand}."] if self.by_hand else []
        notes += [self.stops] if self.stops else []
        notes += [self.held_forms] if self.held_forms else []
        if len(self.scenarios) > 1:
            notes.append(self.reading())
            notes += mostly_text(self._shown())
        tests = sum(row.p_value is not None for row in self.rows)
        if any(verdict_text(row).endswith("*") for row in self.rows):
            notes.append(
                f"* the interval excludes 0, but among {tests} tested differences one such may be "
                "chance (Holm's adjusted p is 0.05 or more)."
            )
        shown = [row for row in self._shown() if self.detailed or not row.gap]
        notes += skew_notes(shown)
        if self.detailed:
            notes += detail_notes(self.rows)
        return [*notes, *gap_notes(self.partial, self.failures), *self._answer()]

    def brief_notes(self) -> list[str]:
        """Return what a screen has room for below the table: how to read it, and what it hangs on."""
        if self.detailed or len(self.scenarios) < 2 or not any(row.gap for row in self.rows):
            return self.notes()
        size = runs_each_text(self.replications, self.futures, self.origin)
        hand = f"Set by hand in every scenario: {self.by_hand}." if self.by_hand else ""
        plan = "" if self.origin else self.plan
        size = f"{TOY} {size}. {plan}".rstrip()
        lines = [size, hand, self.stops, self.held_forms, BRIEF_CELLS]
        brief = forms_brief(self.rows, self.headlines, asked=self.asked)
        hangs = [
            f"{label_text(r)} in {scenario_text(r)} {hangs_text(r, 1).removeprefix('It ')}"
            for r in self._surest()
        ]
        gaps = gap_notes(self.partial, self.failures)
        return [*filter(None, [*lines, *gaps, brief]), *hangs]

    def _surest(self) -> list[Row]:
        """Return the row of a headline whose direction most surely hangs on an assumption, if any."""
        hung = [row for row in self.rows if row.turns and row.outcome in self.headlines]
        return sorted(hung, key=lambda row: row.turns[0].p)[:1]

    def _shown(self) -> list[Row]:
        """Return the rows of the table."""
        return [row for row in self.rows if self.detailed or row.outcome in self.headlines]

    def every(self) -> tuple[Grid, ...]:
        """Return the table of the headlines, and below it that of all outcomes in the same order."""
        if not self.detailed or len(self.scenarios) < 2 or not self.headlines:
            return (self.grid(),)
        return overview(self.rows, self.headlines), self.grid()

    @property
    def uncut(self) -> bool:
        """Whether its table is the answer, of which a screen shows all rows."""
        return not self.detailed

    @property
    def more(self) -> str:
        """What the table leaves out, and how to see it."""
        names = {row.outcome for row in self.rows} - {*self.headlines}
        if self.detailed or not names:
            return ""
        return f"Left out: {counted(len(names), 'outcome')}. --all shows every one, with means."

    def reading(self) -> str:
        """Return how to read a cell or a line."""
        if not any(row.gap for row in self.rows):
            return "Paired differences with 95 % intervals of chance, not adjusted for multiple comparisons."
        first = (
            "Each line has the mean, the share of the variance of a run that is due to the assumptions, "
            "and the expected difference in the middle 90 % of futures."
            if self.detailed
            else CELLS
        )
        return f"{first} {WORDS}"

    def _answer(self) -> list[str]:
        """Return the answer in two or three sentences, and the next step."""
        if len(self.scenarios) < 2 or not self.rows:
            return []
        found = ["", *form_sentences(self.rows, self.headlines, asked=self.asked), self.sentence()]
        found += [f"{label_text(r)} in {scenario_text(r)}: {hangs_text(r)}" for r in self._surest()]
        return [*found, *([f"Next: {self.next_step}"] if self.next_step else [])]

    def sentence(self) -> str:
        """Return what the first headline outcome says."""
        if not self.rows:
            return "The model has no outcome."
        known = {row.outcome for row in self.rows}
        name = next((name for name in self.headlines if name in known), self.rows[0].outcome)
        base, others = of_outcome(self.rows, name)
        parts = [f"{level_text(base)}.", differences_text(base, others) if others else ""]
        return " ".join(filter(None, [*parts, HELD if self.central else ""]))

    def chart(
        self,
        outcomes: str | Sequence[str] | None = None,
        *,
        theme: Any = "light",
        width: int = 760,
        labels: Mapping[str, str] | None = None,
        heading: bool = True,
    ) -> Any:
        """Return the differences of some outcomes; by default of the headlines."""
        from sim.analysis.forest import forest_chart

        runs = self.replications * self.futures
        return forest_chart(
            self.rows, outcomes or self.headlines, runs=runs, futures=self.futures,
            central=self.central, by_hand=self.by_hand, theme=theme, width=width, heading=heading,
        )  # fmt: skip

    @property
    def failed(self) -> int:
        """Number of replications that failed."""
        return self.failures


def compare(
    ensemble: Ensemble,
    baseline: str | None = None,
    *,
    turns: bool = True,
    outcomes: Sequence[str] = (),
) -> Comparison:
    """Compare every scenario with a baseline (the first scenario unless named).

    The replications of two scenarios share their futures and random numbers, so the difference is
    taken within each pair before it is averaged. Where futures are sampled, intervals of means rest on
    the independent parts of their design, and the direction of a difference on the futures
    that share it (`sim.statistics.nested`).

    Parameters
    ----------
    ensemble : Ensemble
        The results of several scenarios.
    baseline : str, optional
        Name of a scenario.
    turns : bool
        Find the assumptions that the sign of a difference hangs on, which takes most of the time.
    outcomes : sequence of str
        Take their differences under each form of the model apart too (`Comparison.by_form`), beside
        those of the headline outcomes.

    Returns
    -------
    Comparison
        A row for every outcome of every scenario.

    Raises
    ------
    ExperimentError
        There is no scenario of that name.

    Examples
    --------
    >>> import sim
    >>> files = ["scenarios/port_strike/sit_it_out.yaml", "scenarios/port_strike/mediate.yaml"]
    >>> found = sim.compare(sim.run(sim.load(files)))
    >>> found.row("strike_days", "mediate").verdict
    'clearly lower'
    """
    return compare_under(ensemble, baseline, forms_of(ensemble.experiment), turns, outcomes)


def compare_under(
    ensemble: Ensemble,
    baseline: str | None,
    forms: Sequence[Form],
    turns: bool,
    outcomes: Sequence[str],
) -> Comparison:
    """Compare scenarios as `compare` does, and the headlines and some outcomes under each of some forms."""
    base = ensemble.scenario_index(baseline) if baseline else 0
    experiment = ensemble.experiment
    titles = policy_titles(experiment.scenarios)
    split = {*experiment.model.headlines, *outcomes}
    rows = [
        compare_outcome(
            ensemble,
            outcome,
            scenario,
            base,
            titles,
            hung=turns,
            forms=forms if outcome.name in split else (),
        )
        for outcome in experiment.model.outcomes.values()
        for scenario in range(len(ensemble.scenarios))
    ]
    return Comparison(
        baseline=ensemble.scenarios[base],
        replications=experiment.replications,
        futures=len(experiment.futures),
        rows=holm(rows),
        failures=len(ensemble.failures),
        partial=ensemble.partial_note,
        headlines=experiment.model.headlines,
        central=experiment.central,
        by_hand=settings_text(experiment.model, common_settings(experiment.scenarios)),
        stops=stops_text(ensemble),
        held_forms=held_text(experiment),
        origin=experiment.origin,
    )
