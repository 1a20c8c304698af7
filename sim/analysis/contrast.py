"""The difference of two scenarios as the outcome that an analysis reads: A minus B.

Both have the same futures and the same luck, so what moves both alike does not move the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from sim.analysis.registry import Option, Source
from sim.analysis.result import outcome_label
from sim.errors import Diagnostic, ExperimentError
from sim.execution.ensemble import Ensemble
from sim.execution.runner import run
from sim.model.types import Outcome
from sim.statistics.estimates import Bools, Floats
from sim.study.experiment import Experiment, make_experiment
from sim.study.files import with_futures
from sim.study.futures import EXPLORED
from sim.study.model_futures import alike, at_most
from sim.study.scenario import Scenario
from sim.study.scenario_sets import require_comparable

#: Differences are multiples of about this part of the largest value.
GRAIN = 1e-12

AGAINST = Option(
    "against",
    "Analyse the difference to this scenario in the same future with the same luck, shares in points; "
    "of an experiment or a run directory, the name of one of its scenarios.",
    type=Scenario, metavar="SCENARIO",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference(Outcome):
    """An outcome of one scenario minus that of another, as an outcome; of a share, in points of 100.

    Attributes
    ----------
    scenario, against
        What is subtracted from, and what is.
    points
        Whether the outcome is a share.
    """

    scenario: str = ""
    against: str = ""
    points: bool = False

    @property
    def share(self) -> bool:
        """A difference is no share."""
        return False


def difference_of(outcome: Outcome, scenario: str, against: str) -> Difference:
    """Return the difference of an outcome between two scenarios, as an outcome."""
    minus = f"{scenario} minus {against}"
    given = {field.name: getattr(outcome, field.name) for field in fields(Outcome)} | {
        "name": f"{outcome.name} ({minus})",
        "label": f"{outcome_label(outcome)}, {minus}",
        "unit": "point" if outcome.share else outcome.unit,
    }
    return Difference(**given, scenario=scenario, against=against, points=outcome.share)


def outcome_of(scenario: Scenario, against: Scenario | None, name: str) -> Outcome:
    """Return the outcome that a design reads: that of a scenario, or its difference to another."""
    outcome = scenario.model.outcomes[name]
    return difference_of(outcome, scenario.name, against.name) if against else outcome


def subtracted(outcomes: Sequence[Outcome], here: Floats, there: Floats) -> Floats:
    """Return ``here - there``, of shares in points; the outcomes are along the last axis.

    What is small enough to be a rounding error of the two is rounded off: it would pass for an effect.
    """
    scale = np.array([100.0 if outcome.share else 1.0 for outcome in outcomes])
    sizes = np.fmax(abs(here), abs(there)).reshape(-1, len(outcomes))
    grain = 2.0 ** np.floor(np.log2(GRAIN * np.nanmax(sizes, axis=0, initial=1e-300)))
    return np.asarray(np.round((here - there) / grain) * grain * scale)


def lines(outcome: Outcome) -> list[str]:
    """Return the note that a result on a difference carries; nothing where it is on an outcome."""
    if not isinstance(outcome, Difference):
        return []
    unit = ", in points (of 100 runs)" if outcome.points else ""
    return [
        f"What is analysed is the difference {outcome.scenario} minus {outcome.against}{unit}, in the "
        f"same future and with the same luck: parameters move in both, levers in {outcome.scenario} alone."
    ]


def require_pair(scenario: Scenario, against: Scenario) -> None:
    """Refuse two scenarios that cannot be subtracted; they may have one name.

    Raises
    ------
    ExperimentError
        They differ in their model, time or outcomes.
    """
    require_comparable([scenario, replace(against, name=f"{against.name} (subtracted)")])


def follows(scenario: Scenario, against: Scenario, name: str) -> bool:
    """Whether a scenario has the same value of an input as another where a design moves that.

    Levers differ, they are the policies; and so does a parameter that one of the two sets.
    """
    groups = (group.of for group in against.model.shares if name in group.of)
    return all(_follows(scenario, against, one) for one in next(groups, (name,)))


def _follows(scenario: Scenario, against: Scenario, name: str) -> bool:
    mine, own = scenario.model.parameters.get(name), against.model.parameters.get(name)
    if mine is None or own is None or not alike(mine, own):
        return False
    return name not in against.settings or name in scenario.settings


def opponent(source: Source, scenario: Scenario, file: object) -> Scenario:
    """Load the scenario to subtract; parameters that are set for the first hold in it too."""
    found = source.load(str(file))
    shared = {
        name: value
        for name, value in scenario.settings.items()
        if name not in found.settings and follows(scenario, found, name)
    }
    own = f"{found.name} as it stands" if found.name == scenario.name else None
    return found.with_settings(shared, own, allow_out_of_range=True)


def both(
    source: Source,
    scenario: str | None,
    against: object,
    check: Callable[[Experiment, str | None, str | None], object],
    *,
    futures: int = 0,
    last: bool = False,
) -> tuple[Ensemble, str | None, str | None]:
    """Return the results of a scenario, or of two in the same futures, and their names.

    Parameters
    ----------
    scenario
        Name of the first in an experiment; by default its first one, or the `last`, but the other.
    against
        A file, or in an experiment a name; None where no difference is asked for.
    check
        Raises for what cannot be used, before anything runs.
    futures
        To sample, where none are asked for.

    Raises
    ------
    ExperimentError
        A scenario is unknown, or both are the same.
    """
    if against is None:
        return source.ensemble(lambda e: check(e, scenario, None), futures=futures), scenario, None
    if source.finished:
        names: list[str] = []

        def checked(experiment: Experiment) -> None:
            names[:] = pair_of(experiment, scenario, str(against), last=last)
            check(experiment, names[0], names[1])

        return source.ensemble(checked, futures=futures), names[0], names[1]
    first = source.scenario()
    if scenario not in (None, first.name):
        words = f"there is no scenario '{scenario}' here, only '{first.name}'"
        raise ExperimentError(Diagnostic("unknown-scenario", words))
    other = opponent(source, first, against)
    made = make_experiment([first, other], replications=source.replications or 1, seed=source.seed)
    count = source.futures or at_most(first.model, futures)
    made = with_futures(made, count, source.replications or EXPLORED)
    check(made, first.name, other.name)
    ran = run(made, kernel=source.kernel, progress=source.progress)
    return ran, first.name, other.name


def pair_of(
    experiment: Experiment, scenario: str | None, against: str, *, last: bool = False
) -> tuple[str, str]:
    """Return the names of the two scenarios of a difference.

    Raises
    ------
    ExperimentError
        A scenario is unknown, or both are the same.
    """
    experiment.scenario_index(against)
    names = [entry.name for entry in experiment.scenarios]
    others = [name for name in (names[::-1] if last else names) if name != against]
    chosen = scenario or (others or names)[0]
    experiment.scenario_index(chosen)
    if chosen == against:
        words = f"the difference of '{against}' to itself is 0"
        raise ExperimentError(Diagnostic("bad-option", words, None, "name another --scenario"))
    return chosen, against


def differences(
    ensemble: Ensemble, outcome: str, scenario: str, against: str | None
) -> tuple[Outcome, Floats, Bools]:
    """Return what an analysis of an ensemble reads: the outcome of a scenario, or its difference.

    Returns
    -------
    tuple
        The outcome; its values ``float64[future, replication]``, of the pairs in which both have one;
        and where a replication failed, ``bool[future, replication]``.
    """
    entry = ensemble.experiment.model_outcome(outcome)
    here, failed = ensemble.outcome(outcome, scenario), ensemble.failed
    mine = failed[ensemble.scenario_index(scenario)]
    if against is None:
        return entry, here, mine
    there = ensemble.outcome(outcome, against)
    values = subtracted([entry], here[..., None], there[..., None])[..., 0]
    broken = mine | failed[ensemble.scenario_index(against)]
    return difference_of(entry, scenario, against), values, broken
