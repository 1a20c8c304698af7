"""The same luck under two policies: where do two replications part, and why?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sim.analysis.causes import Node, causes_of, settings_apart
from sim.engine.trace import Occurrence, Pair, Trace, differing_occurrences
from sim.errors import Diagnostic, ExperimentError
from sim.execution.runner import trace
from sim.formatting import value_text
from sim.model.naming import family_of
from sim.model.types import Model, Value
from sim.study.scenario import Scenario


@dataclass(frozen=True, slots=True)
class PairedTraces:
    """Two traces of one seed and replication, and how they differ.

    Attributes
    ----------
    differences
        Pairs of occurrences that are not the same, in order of time. Two are a pair if they are the
        same event brought about in the same way for the same time of counting, which common random
        numbers make comparable; None stands where only one trace has it.
    shared
        How many occurrences are the same in both.
    cause
        In words: what the first difference depends on; empty where nothing differs.
    settings
        Name and both values of each lever or parameter in which the scenarios differ.
    """

    first: Trace
    second: Trace
    differences: tuple[Pair, ...]
    shared: int
    cause: str
    settings: tuple[tuple[str, Value, Value], ...]

    @property
    def names(self) -> tuple[str, str]:
        """Names of the two; two settings of one scenario get different names."""
        first, second = self.first.scenario, self.second.scenario
        return (first, second) if first != second else (first, f"{second} (against)")

    def table(self) -> list[dict[str, object]]:
        """Return one record per outcome that both have: its values, and how the first differs."""
        names = self.names
        return [
            {
                "outcome": name,
                "unit": self.first.units.get(name, ""),
                names[0]: value,
                names[1]: self.second.outcomes[name],
                "difference": value - self.second.outcomes[name],
            }
            for name, value in self.first.outcomes.items()
            if name in self.second.outcomes
        ]


def trace_pair(
    first: Scenario, second: Scenario, *, seed: int = 1, replication: int = 0, future: int = 0
) -> PairedTraces:
    """Run two scenarios on the same random numbers and find where they part.

    Raises
    ------
    ExperimentError
        The scenarios are of different models.
    RunError
        One of the replications broke a rule of its model.
    """
    if first.model.name != second.model.name:
        words = f"'{first.name}' and '{second.name}' are of different models"
        raise ExperimentError(Diagnostic("other-model", words))
    a, b = (trace(s, seed=seed, replication=replication, future=future) for s in (first, second))
    apart = settings_apart(first, second).items()
    settings = tuple((name, x, y) for name, (x, y) in apart if x is not None and y is not None)
    differences, shared = differing_occurrences(a, b)
    return PairedTraces(
        first=a, second=b, differences=differences, shared=shared,
        cause=_cause(*differences[0], (first.model, second.model), settings) if differences else "",
        settings=settings,
    )  # fmt: skip


def _cause(
    here: Occurrence | None,
    there: Occurrence | None,
    models: tuple[Model, Model],
    settings: tuple[tuple[str, Value, Value], ...],
) -> str:
    """Name the settings that the parting occurrence reads, and what brought it about."""
    candidates = [o for o in (here, there) if o is not None]
    parting = min(candidates, key=lambda o: o.time)
    events = {family_of(parting.event)}
    if "->" in parting.cause:
        events.add(family_of(parting.cause.split("->")[0]))
    read = set().union(*(reads_of(model, events) for model in models))
    told = {n: f"{n} ({value_text(x)} against {value_text(y)})" for n, x, y in settings}
    if found := [words for name, words in told.items() if family_of(name) in read]:
        return f"it depends on {', '.join(found)}"
    if any(name not in model.events for model in models for name in events):
        return f"only one of the two has the event '{parting.event}'"
    if settings:
        return f"the policies differ in {', '.join(list(told.values())[:4])}"
    return "the two differ in structure"


def reads_of(model: Model, events: Collection[str]) -> set[str]:
    """Return every name that events read, through derived quantities too.

    Examples
    --------
    >>> import sim
    >>> model = sim.load_model("scenarios/port_strike/model.yaml")
    >>> "mediation_day" in reads_of(model, ["mediator_called"])
    True
    """
    links, inside, size = causes_of(model), set(events), 0
    found = {Node("event", name) for name in inside}
    wanted = frozenset(found)
    while size < len(found):
        size = len(found)
        through = wanted | {node for node in found if node.kind == "derived"}
        found |= {
            source
            for source, targets in links.items()
            for target, within in targets.items()
            if not inside.isdisjoint(within) or (not within and target in through)
        }
    return {node.name for node in found if node.kind != "event"}
