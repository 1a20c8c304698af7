"""Why two policies differ under each form of a model: the links of all forms first."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sim.analysis.answers import listed
from sim.analysis.causal_path import Step, Why
from sim.analysis.forms import label_of, likely_options, structural, words_of
from sim.analysis.reasons import why
from sim.analysis.registry import Analysis, Option, Source, usual_sizes
from sim.analysis.result import Column, Grid, Labels, Result, ends, outcome_label
from sim.errors import Diagnostic, ExperimentError
from sim.execution.runner import KernelName, Progress
from sim.formatting import HELD, TOY, counted
from sim.study.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two policies differ where one structural assumption has one of its forms."""

    parameter: str
    label: str
    option: str
    why: Why

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """The steps of its paths, each from one label to the next, in order."""
        pairs = ((a.label, b.label) for path in self.why.paths for a, b in itertools.pairwise(path))
        return tuple(dict.fromkeys(pairs))


@dataclass(frozen=True)
class WhyByForm(Result):
    """Why an outcome differs under each form of a model, one structural assumption at a time."""

    reasons: tuple[Reason, ...]

    def common(self, reasons: Sequence[Reason] | None = None) -> list[tuple[str, str]]:
        """Return the links that are on a path under each of some forms; by default of all."""
        of = reasons or self.reasons
        return [link for link in of[0].links if all(link in other.links for other in of)]

    def table(self) -> list[dict[str, object]]:
        """Return one record per form, path and step."""
        return [
            {"parameter": r.parameter, "option": r.option, **ends("effect", r.why.effect), **row}
            for r in self.reasons
            for row in r.why.table()
        ]

    def grid(self) -> Grid:
        """Return a line per form with its strongest path."""
        rows, blocks = [], []
        for place, r in enumerate(self.reasons):
            if not place or r.parameter != self.reasons[place - 1].parameter:
                blocks.append(place)
            path = r.why.paths[0] if r.why.paths else ()
            held = max((s for s in path if s.hold and s.hold.seen), key=_passed, default=None)
            through = f"{held.label}: {held.hold.text()}" if held and held.hold else ""
            chain = " → ".join(step.label for step in path) or "no way beyond noise"
            rows.append((r.label, words_of(r.option), r.why.difference(), chain, through))
        columns = (
            Column("Assumption", width=22), Column("Form"), Column("Difference [95 % CI]", True),
            Column("Strongest path"), Column("Holding it removes"),
        )  # fmt: skip
        return Grid(columns, rows, blocks)

    def sentence(self) -> str:
        """Return which links are on a path under every form, then which under some alone."""
        common = self.common()
        first = self.reasons[0].why
        head = f"{first.scenario} against {first.against}, {outcome_label(first.outcome)}"
        told = f"under every form {_links_text(common)}" if common else "no link under every form"
        parts = [f"{head}: {told}."]
        nothing = "nothing more" if common else "none"
        for name in dict.fromkeys(r.parameter for r in self.reasons):
            of = [r for r in self.reasons if r.parameter == name]
            groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
            for r in of:
                own = tuple(link for link in r.links if link not in common)
                groups.setdefault(own, []).append(words_of(r.option))
            if len(groups) < 2:
                continue
            cases = [
                f"{_links_text(own) if own else nothing} under {listed(options)}"
                for own, options in groups.items()
            ]
            parts.append(f"By “{of[0].label}”: {'; '.join(cases)}.")
        return " ".join(parts)

    def notes(self) -> list[str]:
        """Return the answer, and how it was found."""
        first = self.reasons[0].why
        size = f"{counted(first.replications, 'replication')} of each form"
        if first.futures:
            size += f" in each of {first.futures:,} futures"
        else:
            size += f", {HELD} beside the form"
        return [
            TOY,
            self.sentence(),
            f"{size}, seed {first.seed}. One assumption at a time; a link is on a path that `fulcrum why` "
            "draws under that form. A path that is not drawn may still be there, under its noise.",
        ]

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the steps under the first form."""
        return self.reasons[0].why.chart(theme=theme, width=width, labels=labels)

    @property
    def failed(self) -> int:
        """Number of replications that failed."""
        return sum(r.why.failures for r in self.reasons)


def _passed(step: Step) -> float:
    return abs(step.hold.through.mean) if step.hold else 0.0


def _links_text(links: Sequence[tuple[str, str]]) -> str:
    """Return links as text, those that follow each other as a chain."""
    chains: list[list[str]] = []
    for source, target in links:
        if chains and chains[-1][-1] == source:
            chains[-1].append(target)
        else:
            chains.append([source, target])
    return ", ".join(" → ".join(chain) for chain in chains)


def why_by_form(
    scenario: Scenario,
    against: Scenario,
    outcome: str | None = None,
    *,
    replications: int = 2000,
    futures: int = 0,
    seed: int = 1,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> WhyByForm:
    """Find the way of a difference under each form of each structural assumption.

    One assumption at a time is set in both scenarios; the others stay, or vary with the futures.
    The parameters are those of `why`.

    Raises
    ------
    ExperimentError
        Neither leaves a structural assumption open, or what `why` raises.
    """
    other = {entry.name for entry in structural(against)}
    entries = [entry for entry in structural(scenario) if entry.name in other]
    if not entries:
        words = f"model '{scenario.model.name}' has no structural assumption that both leave open"
        help = "give an assumed word its 'options', as in {assume: fast, options: [fast, slow]}"
        raise ExperimentError(Diagnostic("no-range", words, None, help))
    found = []
    for entry in entries:
        for option in likely_options(entry):
            here, there = (one.with_settings({entry.name: option}) for one in (scenario, against))
            ran = why(
                here, there, outcome, replications=replications, futures=futures, seed=seed,
                kernel=kernel, progress=progress,
            )  # fmt: skip
            found.append(Reason(entry.name, label_of(entry), option, ran))
    return WhyByForm(tuple(found))


def _why(
    source: Source, *, against: str | None, outcome: str | None, by_form: bool
) -> tuple[Why] | tuple[WhyByForm]:
    scenario = source.scenario()
    other = source.load(against) if against else source.baseline()
    futures, replications = usual_sizes(source, scenario.model, 2000)
    how: dict[str, Any] = {
        "replications": replications, "futures": futures, "seed": source.seed,
        "kernel": source.kernel, "progress": source.progress,
    }  # fmt: skip
    if by_form:
        return (why_by_form(scenario, other, outcome, **how),)
    return (why(scenario, other, outcome, **how),)


ANALYSIS = Analysis(
    verb="why",
    summary="Why two scenarios differ: the way from the lever to the outcome, step by step.",
    functions=(why, why_by_form),
    reads="scenario",
    run=_why,
    options=(
        Option("against", "The other scenario; by default the model at its defaults.", type=Scenario),
        Option("outcome", "The outcome to explain; by default the first with a goal."),
        Option(
            "by_form", "Under each form of the model (structural assumption): what is common first.",
            type=bool, default=False,
        ),
    ),
    futures=True,
    order=25,
)  # fmt: skip
