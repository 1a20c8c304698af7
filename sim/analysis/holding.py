"""How much of a difference goes through a quantity: it is held, and what is then gone is measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.analysis.causal_path import Hold
from sim.analysis.causes import Node, settings_apart
from sim.analysis.courses import Paired
from sim.analysis.cutting import HELD, twin
from sim.analysis.design import points
from sim.analysis.twin_copy import twin_name
from sim.engine.codegen.program import generate
from sim.execution.runner import KernelName, Progress
from sim.model.types import Model
from sim.statistics.estimates import Bools, Floats, p_value, paired, ratio
from sim.study.experiment import Experiment
from sim.study.scenario import Scenario

#: Replications in which it is tested that holding a quantity where it is anyway changes nothing.
CHECKED = 100


def hold(
    experiment: Experiment,
    outcome: str,
    nodes: Sequence[Node],
    ran: Paired,
    *,
    tests: int,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> dict[Node, Hold]:
    """Hold each quantity in turn at its course under the second policy.

    That nothing changes where a quantity is held at a course that it has anyway is tested too
    (composition, Galles and Pearl 1998): where two events of one instant are not told apart, it may.

    Parameters
    ----------
    nodes
        State and derived quantities, each held at its course; levers and parameters, each set as in
        the second policy.
    ran
        Both, nothing held.
    tests
        How many quantities are held in all, for the correction of what is seen (Bonferroni).
    """
    first, second = experiment.scenarios
    apart = settings_apart(first, second)
    share = experiment.model.outcomes[outcome].share
    quantities = [node for node in nodes if node.kind in ("state", "derived")]

    def held(here: Scenario, replications: int) -> tuple[Floats, Bools]:
        pair = twin(here, second, outcome, quantities, apart)
        ours, theirs = _rows(experiment, pair.model, here is first)
        size = len(experiment.futures)
        columns = {name: np.tile(row, len(nodes)) for name, row in ours.items()}
        columns |= {node.name + HELD: np.zeros(len(nodes) * size) for node in quantities}
        for i, node in enumerate(nodes):
            block = slice(i * size, (i + 1) * size)
            if node in quantities:
                columns[node.name + HELD][block] = 1.0
            else:
                for name in pair.model.cells(node.name):
                    if name in columns:
                        columns[name][block] = theirs[name]
        found = points(
            pair, list(columns), np.stack(list(columns.values()), axis=1), replications,
            experiment.seed, outcomes=(outcome,), future=list(range(size)) * len(nodes),
            kernel=kernel, progress=progress,
        )  # fmt: skip
        shape = (len(nodes), size, replications)
        return found.outcome(outcome).reshape(shape), found.failed.reshape(shape)

    values = ran.values
    checked = min(CHECKED, experiment.replications)
    cut, failed = held(first, experiment.replications)
    same = held(second, checked)[0]
    found = {}
    for i, node in enumerate(nodes):
        unlike = ~np.isclose(same[i], values[1][:, :checked], rtol=1e-9, atol=0, equal_nan=True)
        fault = ""
        faults = failed[i] & ~ran.failed[0]
        if faults.any():
            fault = f"{int(faults.sum()):,} of {faults.size:,} runs broke a rule of the model"
        elif unlike.any():
            fault = "held where it is anyway, it still changes the outcome"
        gone = values[0] - cut[i]
        found[node] = Hold(
            through=paired(values[0], cut[i], share=share),
            part=ratio(gone, values[0] - values[1]),
            seen=not fault and _beyond_chance(gone, share, tests),
            fault=fault,
        )
    return found


def _beyond_chance(differences: Floats, share: bool, tests: int) -> bool:
    """Whether a mean difference is not 0, one of several tested (Bonferroni)."""
    p = p_value(differences, share=share)
    certain = float(np.nanmax(np.abs(differences), initial=0.0)) > 0.0
    return certain if p is None else p <= 0.05 / tests


def _rows(
    experiment: Experiment, model: Model, first: bool
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return the settings of a twin that differ over copies or futures, by name over futures.

    The second are those that the first copy would have under the second policy.
    """
    futures = range(len(experiment.futures))
    found: list[dict[str, Floats]] = []
    for copy in (0, 1):
        scenario = experiment.scenarios[copy]
        slots = generate(scenario.model).records["Values"]
        rows = np.array([experiment.row(copy, f) for f in futures])
        found.append({name: rows[:, slots.index(name)] for name in slots})
    ours, theirs = found if first else (found[1], found[1])
    names = {*settings_apart(*experiment.scenarios), *experiment.parameters}
    known = model.levers.keys() | model.parameters.keys()
    columns = {name: ours[name] for name in names & ours.keys() if name in known}
    shared = names & theirs.keys()
    columns |= {twin_name(name): theirs[name] for name in shared if twin_name(name) in known}
    return columns, theirs
