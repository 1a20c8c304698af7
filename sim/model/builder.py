"""Build a model from a document, and report all its errors together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sim.errors import Diagnostic, ModelError, did_you_mean
from sim.language.names import name_error
from sim.language.terms import NUMBER, Role, Type
from sim.model import docs
from sim.model.cells import Section
from sim.model.checks import Report
from sim.model.clock import MAX_EVENTS, Clock, parse_date
from sim.model.dependence import read_correlations, read_shares
from sim.model.entries import read_lever, read_state
from sim.model.event_types import Event
from sim.model.events import EventReader
from sim.model.facts import Fact
from sim.model.fields import MAX_LABEL
from sim.model.formulas import read_derived, read_outcomes
from sim.model.functions import read_functions
from sim.model.instants import moment, stop_condition
from sim.model.naming import cells_over, family_of
from sim.model.parameters import read_parameter
from sim.model.samples import read_samples
from sim.model.schema import ModelFile
from sim.model.sets import open_members, read_sets
from sim.model.shapes import validate
from sim.model.tables import read_tables
from sim.model.types import MAX_HEADLINES, Derived, Family, Model, Outcome, Value
from sim.yaml import Csv
from sim.yaml import Mapping as MappingNode

#: Maximum number of entries of a section.
MAX_ENTRIES = {
    "levers": 500, "parameters": 1_000, "state": 500, "derived": 500, "events": 500,
    "outcomes": 500, "functions": 200, "samples": 200, "tables": 100,
}  # fmt: skip
#: Maximum number of events and of outcomes, counting every member.
MAX_CELLS = {"events": 10_000, "outcomes": 1_000}
#: What an entry of a section is called.
KINDS = {
    "sets": "set", "levers": "lever", "parameters": "parameter", "state": "state variable",
    "derived": "derived quantity", "events": "event", "tables": "table",
}  # fmt: skip
MAX_HORIZON = 100_000
#: Points in time × series of one replication.
MAX_POINTS = 5_000_000


def read_model(
    node: MappingNode,
    facts: Mapping[str, Fact],
    files: tuple[str, ...] = (),
    counterfactual: frozenset[str] = frozenset(),
    errors: tuple[Diagnostic, ...] = (),
    usual: Mapping[str, Value] | None = None,
    csv: Mapping[str, Csv] | None = None,
) -> Model:
    """Build a model from a document.

    Parameters
    ----------
    usual
        The model's own values of levers and parameters, before scenarios change them.
    csv
        The CSV files that it names.
    counterfactual
        Parameters whose fact a scenario replaces with an assumption.
    errors
        Errors found earlier, to report together with those found here.

    Raises
    ------
    ModelError
        The document is invalid; the exception has all its errors.
    """
    node = open_members(node)
    file, found, removed = validate(node, ModelFile)
    report = Report(node, [*errors, *found], {path[1] for path in removed if len(path) > 1})
    report.facts_missing = ("facts",) in removed or _lack_facts(errors, files)
    sections_lost = {path[0] for path in removed if len(path) == 1} & set(MAX_ENTRIES)
    if file is None or sections_lost:
        raise ModelError(_sorted(report.errors))
    lost = {path[1] for path in removed if path[0] == "events" and len(path) > 1}
    report.events = frozenset(file.events) | lost
    report.outcomes = frozenset(file.outcomes)
    report.arising = frozenset(
        name for name, e in file.events.items() if e.rate is not None or e.when is not None
    )
    report.functions = {path[1]: None for path in removed if path[0] == "functions"}
    report.samples = {path[1]: None for path in removed if path[0] == "samples"}
    model = _Reader(report, file, facts, usual or {}, csv or {}).model(files, counterfactual)
    if report.errors or model is None:
        raise ModelError(_sorted(report.errors))
    return model


def _lack_facts(errors: tuple[Diagnostic, ...], files: tuple[str, ...]) -> bool:
    """Return whether an error is in a facts file or in the name of a file."""
    return any(
        error.code in ("no-file", "bad-path") or error.span is None or error.span.file not in files
        for error in errors
    )


def _sorted(errors: list[Diagnostic]) -> list[Diagnostic]:
    """Return the distinct errors, ordered by file and place."""

    def place(error: Diagnostic) -> tuple[str, int, int]:
        span = error.span
        return (span.file, span.line, span.column) if span else ("", 0, 0)

    return sorted(dict.fromkeys(errors), key=place)


@dataclass
class _Reader:
    report: Report
    file: ModelFile
    facts: Mapping[str, Fact]
    usual: Mapping[str, Value]
    csv: Mapping[str, Csv]

    def model(self, files: tuple[str, ...], counterfactual: frozenset[str]) -> Model | None:
        """Read the sections in the order of their dependencies."""
        file, report, facts, usual = self.file, self.report, self.facts, self.usual
        if error := name_error(file.model, spoken=False):
            report.error(("model",), "bad-name", f"'{file.model}' {error}")
        clock = report.clock = self.clock()
        self.sizes()
        if report.full or any(error.code == "too-large" for error in report.errors):
            return (
                None  # part of the document is missing, so later checks would report false errors
            )
        self.distinct()
        self.docs()
        self.terms()
        report.sets.update(read_sets(report, file.sets))
        families: dict[str, Family] = {}
        samples = read_samples(report, file.samples, self.csv)
        report.functions = read_functions(report, file.functions, self.roles())
        tables = read_tables(report, file.tables, facts, self.csv, clock)
        levers = Section(report, "levers", "lever", families).read(
            file.levers, lambda n, e: read_lever(report, n, e, facts, usual.get(family_of(n)))
        )
        parameters = Section(report, "parameters", "parameter", families).read(
            file.parameters,
            lambda n, e: read_parameter(
                report, n, e, facts, usual.get(family_of(n)), n in counterfactual
            ),
        )
        state = Section(report, "state", "state", families).read(
            file.state, lambda n, e: read_state(report, n, e)
        )
        correlations = read_correlations(report, file.correlations, parameters)
        shares = read_shares(report, file.shares, parameters, correlations)
        reader = EventReader(report, file.events, clock, report.sets).declare()
        derived = read_derived(report, file.derived)
        events = reader.read()
        outcomes = read_outcomes(report, file.outcomes, clock, families)
        self.cells(len(state), derived, events, outcomes)
        for name in [n for n, o in outcomes.items() if o.headline][MAX_HEADLINES:]:
            message = f"more than {MAX_HEADLINES} outcomes are headlines"
            report.error(("outcomes", name, "headline"), "too-many-headlines", message)
        stop = stop_condition(report, ("time", "stop")) if file.time.stop is not None else None
        if clock is None or report.errors:
            return None
        return Model(
            name=file.model, title=file.title or file.model, clock=clock, levers=levers,
            parameters=parameters, state=state, derived=derived, events=events, outcomes=outcomes,
            stop=stop, sets=dict(report.sets), families=families, tables=tables,
            docs=dict(file.docs), terms=dict(file.terms), files=files,
            functions={n: f.definition for n, f in report.functions.items() if f},
            samples=samples,
            correlations=correlations, shares=shares,
        )  # fmt: skip

    def roles(self) -> dict[str, tuple[Role, Type]]:
        """Return what each name of the model will be."""
        file = self.file
        named: tuple[tuple[Role, Iterable[str]], ...] = (
            ("lever", file.levers), ("parameter", file.parameters), ("state", file.state),
            ("derived", file.derived),
        )  # fmt: skip
        return {name: (role, NUMBER) for role, names in named for name in names}

    def cells(
        self,
        states: int,
        derived: Mapping[str, Derived],
        events: Mapping[str, Event],
        outcomes: Mapping[str, Outcome],
    ) -> None:
        """Reject a model with too many members."""
        series = states + sum(cells_over(entry.over) for entry in derived.values())
        horizon = self.file.time.horizon
        if self.report.sets and horizon * series > MAX_POINTS:
            message = (
                f"{horizon:,} points in time × {series:,} series exceed the limit of {MAX_POINTS:,}"
            )
            self.report.error(
                ("time", "horizon"), "too-large", message, "use a longer unit of time"
            )
        counts = {
            "events": sum(cells_over(event.over) for event in events.values()),
            "outcomes": len(outcomes),
        }
        for section, count in counts.items():
            if count > MAX_CELLS[section]:
                message = f"{count:,} {section} with all members: at most {MAX_CELLS[section]:,}"
                self.report.error((section,), "too-large", message, key=True)

    def clock(self) -> Clock | None:
        """Read the time axis."""
        time = self.file.time
        start = parse_date(time.start) if time.start is not None else None
        if time.start is not None and start is None:
            message = f"'{time.start}' is not a date"
            self.report.error(("time", "start"), "bad-date", message, "write it as in 2025-07-14")
            return None
        if not 0 < time.horizon <= MAX_HORIZON:
            message = f"horizon must be above 0 and at most {MAX_HORIZON:,}"
            self.report.error(("time", "horizon"), "out-of-range", message)
            return None
        clock = Clock(time.unit, float(time.horizon), start)
        if start is not None and clock.date(clock.horizon) is None:
            message = "the horizon is after the year 9999, the last that dates can have"
            self.report.error(("time", "horizon"), "out-of-range", message)
            return None
        series = len(self.file.state) + len(self.file.derived)
        if time.horizon * series > MAX_POINTS:
            message = f"{time.horizon:,} points in time × {series} series exceed the limit of {MAX_POINTS:,}"
            help = "use a longer unit of time"
            self.report.error(("time", "horizon"), "too-large", message, help)
            return None
        warmup = 0.0
        if time.warmup is not None:
            begin = moment(self.report, ("time", "warmup"), time.warmup, clock)
            if begin == clock.horizon:
                message = "the warm-up leaves nothing of the run: it must end before the horizon"
                self.report.error(("time", "warmup"), "out-of-range", message)
            warmup = begin or 0.0
        return replace(clock, warmup=warmup, max_events=time.max_events or MAX_EVENTS)

    def sizes(self) -> None:
        """Reject a model that is too large."""
        for section, most in MAX_ENTRIES.items():
            if len(getattr(self.file, section)) > most:
                message = f"more than {most} entries in '{section}'"
                self.report.error((section,), "too-large", message, key=True)

    def docs(self) -> None:
        """Reject keys that are not sections of the model card."""
        for key in self.file.docs:
            if key not in docs.KEYS:
                help = did_you_mean(key, docs.KEYS) or f"known keys: {', '.join(docs.KEYS)}"
                self.report.error(
                    ("docs", key), "unknown-key", f"'{key}' is not a section of the model card",
                    help, key=True,
                )  # fmt: skip

    def terms(self) -> None:
        """Reject words without a meaning, too long ones, and one that is there twice."""
        seen: dict[str, str] = {}
        for word, meaning in self.file.terms.items():
            path, plain = ("terms", word), " ".join(word.lower().split())
            if not plain or not meaning.strip():
                message = f"'{word}' has no meaning" if plain else "a word is empty"
                self.report.error(
                    path,
                    "empty-value",
                    message,
                    f"write '{word or 'word'}: what it means'",
                    key=True,
                )
            elif len(word) > MAX_LABEL:
                self.report.error(path, "too-long", f"more than {MAX_LABEL} characters", key=True)
            elif plain in seen:
                message = f"'{word}' is there already, as '{seen[plain]}'"
                self.report.error(path, "duplicate-name", message, key=True)
            seen.setdefault(plain, word)

    def distinct(self) -> None:
        """Reject a name that is used twice; `S` and `s` are two names, as in many sciences."""
        seen: dict[str, str] = {}
        for section in ("sets", "levers", "parameters", "state", "derived", "events", "tables"):
            for name in getattr(self.file, section):
                self.report.taken.setdefault(name, KINDS[section])
                there = seen.setdefault(name, section)
                if there != section:
                    message = f"'{name}' is also in '{there}'"
                    help = "names must differ across all sections"
                    self.report.error((section, name), "duplicate-name", message, help, key=True)
