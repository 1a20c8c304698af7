"""Targets: figures of evidence that a model is held against, and what of the model to hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from sim.errors import Diagnostic, ExperimentError, ModelError
from sim.model.builder import read_model
from sim.model.checks import Report, check_name, check_range, find_fact
from sim.model.facts import Fact, gather
from sim.model.shapes import validate
from sim.model.study_shapes import TargetsFile, TargetShape
from sim.study import arguments
from sim.study.documents import read_document
from sim.study.experiment import Experiment, make_experiment
from sim.study.families import unknown_outcome
from sim.study.independence import independent
from sim.study.overlay import resolve
from sim.study.paths import StrPath, existing
from sim.study.persistence import (
    SAME_WINDOW,
    Persistence,
    Window,
    check_same_unit,
    read_persistence,
    read_window,
    shared,
)
from sim.study.scenario import Scenario, load_scenario
from sim.yaml import Entry, Scalar, locate
from sim.yaml import Mapping as MappingNode

Vintage = Literal["ex_ante", "ex_post"]
#: Sections in which a file of targets adds to a model what is to be measured.
PROBES = ("state", "derived", "events", "outcomes")
#: Futures of a backtest, and replications in each, where neither is asked for.
FUTURES, EACH = 200, 5


@dataclass(frozen=True, slots=True)
class TargetEntry:
    """One figure of evidence and the outcome that is held against it.

    Attributes
    ----------
    scenario
        Place of its scenario in the set.
    given
        Outcome that must be above 0 for a replication to count, or an empty string.
    fact
        Where the figure comes from; None where it is judged, and `why` says how.
    fed
        Whether a parameter of the model rests on the same fact, so that meeting it is no surprise.
    departs
        Why the model departs from this evidence on purpose, or an empty string.
    discrepancy
        Standard deviation of what the model leaves out.
    persistence
        The forecast that nothing changes.
    window, measured
        When the evidence was seen and when the outcome is measured, in the model's time; the first
        is None where the file does not say.
    """

    name: str
    scenario: int
    outcome: str
    given: str
    value: float
    low: float | None
    high: float | None
    unit: str
    label: str
    note: str
    why: str
    fact: Fact | None
    fed: bool
    departs: str
    discrepancy: float
    persistence: Persistence | None
    window: Window | None
    measured: Window

    @property
    def other_window(self) -> bool:
        """Whether the evidence was seen in another window of time than the outcome is measured in."""
        return self.window is not None and shared(self.window, self.measured) < SAME_WINDOW


@dataclass(frozen=True)
class TargetSet:
    """A file of targets with the scenarios it judges."""

    name: str
    title: str
    rationale: str
    vintage: Vintage
    scenarios: tuple[Scenario, ...]
    entries: tuple[TargetEntry, ...]
    replications: int
    seed: int
    path: str = ""

    @property
    def model_file(self) -> Path | None:
        """The file of the model that they are about; None without files."""
        document = self.scenarios[0].document
        return Path(document.chain.files[0]).resolve() if document else None

    def independent(self) -> TargetSet:
        """Return the targets for models that list no plausible futures."""
        return replace(self, scenarios=tuple(map(independent, self.scenarios)))

    def planned(
        self, replications: int | None = None, seed: int | None = None, futures: int = 0
    ) -> Experiment:
        """Plan the runs that the targets need.

        Parameters
        ----------
        futures
            Points at which the uncertain parameters are sampled; 0 holds them at their central values.
            With some, there are `EACH` replications in each where no number is asked for.

        Raises
        ------
        ExperimentError
            The plan is too large.
        """
        futures = futures if self.scenarios[0].model.uncertain else 0
        return make_experiment(
            self.scenarios, replications=replications or (EACH if futures else self.replications),
            seed=self.seed if seed is None else seed, futures=futures, name=self.name,
            title=self.title,
        )  # fmt: skip


def load_targets(path: StrPath, vintage: Vintage | None = None) -> TargetSet:
    """Load a file of targets.

    Parameters
    ----------
    vintage
        The vintage that is wanted, where only one will do.

    Raises
    ------
    ModelError
        With every fault of the file and of those it stands on.
    """
    file = arguments.path(path)
    node = read_document(file, "targets", "a file of targets")
    shape, faults, _ = validate(node, TargetsFile)
    if shape is None or faults:
        raise ModelError(faults)
    if vintage is not None and shape.vintage != vintage:
        words = f"expected {vintage} targets, and these are {shape.vintage}"
        verb = "backtest" if shape.vintage == "ex_post" else "calibrate"
        help = f"hold the model against them with 'fulcrum {verb}'"
        span = locate(node, ("vintage",)).value
        raise ModelError(Diagnostic("wrong-vintage", words, span, help))
    report = Report(node)
    scenarios: dict[str, int] = {}
    built: list[tuple[Scenario, Mapping[str, Fact]]] = []
    entries = []
    for name, entry in shape.entries.items():
        place = ("entries", name, "of") if entry.of else ("of",)
        word = entry.of or shape.of
        if word not in scenarios:
            scenarios[word] = len(built)
            built.append(_measured(file, node, locate(node, place).node))
        index = scenarios[word]
        found = _entry(report, name, entry, index, *built[index], shape.vintage)
        entries += [found] if found else []
    if report.errors:
        raise ModelError(report.errors)
    try:
        make_experiment([scenario for scenario, _ in built], futures=0)
    except ExperimentError as error:
        raise ModelError(
            [replace(d, span=locate(node, ("of",)).value) for d in error.diagnostics]
        ) from None
    return TargetSet(
        name=shape.targets, title=shape.title or shape.targets.replace("_", " "),
        rationale=shape.rationale, vintage=shape.vintage,
        scenarios=tuple(scenario for scenario, _ in built), entries=tuple(entries),
        replications=shape.replications, seed=shape.seed, path=str(path),
    )  # fmt: skip


def _measured(
    file: Path, node: MappingNode, of: Scalar | object
) -> tuple[Scenario, Mapping[str, Fact]]:
    """Return a scenario with what the file adds to measure it, and all facts at hand."""
    assert isinstance(of, Scalar)
    base = load_scenario(existing(file, of))
    faults = []
    for section in PROBES:
        there = getattr(base.model, section)
        for name, entry in node.section(section).items():
            if name in there:
                words = f"the model has '{name}' already: targets add to a model and change nothing"
                faults.append(Diagnostic("already-there", words, entry.key_span))
    head = node.entries["targets"]
    overlay = {
        "scenario": Entry("scenario", head.key_span, Scalar(base.name, base.name, head.key_span)),
        "of": Entry("of", of.span, of),
        **{k: e for k, e in node.entries.items() if k in (*PROBES, "facts")},
    }
    chain = resolve(file, [], MappingNode(overlay, node.span))
    facts, more = gather(chain.facts)
    found = (*faults, *chain.faults, *more)
    model = read_model(chain.node, facts, tuple(chain.files), chain.counterfactual, found)
    return replace(base, model=replace(model, futures=base.model.futures)), facts


def _entry(
    report: Report,
    name: str,
    entry: TargetShape,
    index: int,
    scenario: Scenario,
    facts: Mapping[str, Fact],
    vintage: Vintage,
) -> TargetEntry | None:
    """Read one entry, with every fault reported."""
    path = ("entries", name)
    before = len(report.errors)
    check_name(report, path, name)
    for key in ("outcome", "given"):
        word = getattr(entry, key)
        if word is not None and word not in scenario.model.outcomes:
            report.error((*path, key), "unknown-outcome", *unknown_outcome(scenario.model, word))
    fact = find_fact(report, (*path, "fact"), entry.fact, facts)
    _check_keys(report, path, entry, vintage)
    check_range(report, (*path, "range"), entry.range)
    if fact is not None:
        _check_fact(report, path, fact, vintage)
    low, high = (fact.low, fact.high) if fact is not None else entry.range or (None, None)
    value = entry.at if fact is None else fact.value
    place = (*path, "at" if fact is None else "fact")
    if low is None or high is None:
        low = high = None
        if vintage == "ex_ante" and len(report.errors) == before:
            report.error(
                place, "missing-range", f"'{name}' has no range that the model could leave"
            )
    elif isinstance(value, int | float) and not low <= value <= high:
        report.error(place, "out-of-range", f"{value} is outside its range, {low} to {high}")
    if len(report.errors) > before:
        return None
    assert value is not None
    model = scenario.model
    outcome = model.outcomes[entry.outcome]
    if fact is not None and not check_same_unit(report, (*path, "outcome"), outcome, fact):
        return None
    persistence = read_persistence(
        report, (*path, "persistence"), entry.persistence, outcome, facts
    )
    clock = model.clock
    window = read_window(report, (*path, "window"), entry.window, clock)
    measured = read_window(report, (*path, "measured"), entry.measured, clock)
    if entry.discrepancy is not None and entry.discrepancy < 0:
        words = f"a standard deviation is at least 0, not {entry.discrepancy}"
        report.error((*path, "discrepancy"), "out-of-range", words)
    fed = fact is not None and any(p.fact == fact for p in model.parameters.values())
    return TargetEntry(
        name=name, scenario=index, outcome=outcome.name, given=entry.given or "",
        value=float(value), low=low, high=high, unit=outcome.unit,
        label=entry.label or (fact.label if fact else "") or outcome.label, note=entry.note,
        why=entry.why, fact=fact, fed=fed, departs=entry.departs,
        discrepancy=float(entry.discrepancy or 0.0), persistence=persistence, window=window,
        measured=measured or (clock.warmup, clock.horizon),
    )  # fmt: skip


def _check_keys(
    report: Report, path: tuple[str, ...], entry: TargetShape, vintage: Vintage
) -> None:
    """Report keys of an entry that are missing or exclude each other."""
    name = path[-1]
    if (entry.fact is None) == (entry.at is None):
        words = "'fact' or 'at' is missing" if entry.fact is None else "both 'fact' and 'at'"
        report.error(path, "missing-key", f"{words} in '{name}'", key=True)
    if entry.fact is not None and entry.range is not None:
        words, help = "a fact brings its own range", "write it in seeds/"
        report.error((*path, "range"), "two-ranges", words, help)
    if entry.at is not None and not entry.why:
        report.error(path, "missing-key", f"'why' is missing in '{name}'", key=True)
    if entry.departs and vintage == "ex_post":
        words = "what came later has no departures on purpose: a miss is a miss"
        report.error((*path, "departs"), "no-departure", words)


def _check_fact(report: Report, path: tuple[str, ...], fact: Fact, vintage: Vintage) -> None:
    """Report a fact of the wrong vintage or kind."""
    if fact.vintage != vintage:
        words = f"fact '{fact.name}' is {fact.vintage}, and the targets of this file are {vintage}"
        report.error((*path, "fact"), "wrong-vintage", words)
    if isinstance(fact.value, str):
        report.error((*path, "fact"), "wrong-type", f"fact '{fact.name}' is not a number")
