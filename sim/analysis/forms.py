"""The forms of a model: structural assumptions, and which of them each future has."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.errors import Diagnostic, ExperimentError
from sim.model.types import Parameter
from sim.numerics.crossings import LEAST
from sim.study.experiment import Experiment
from sim.study.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Form:
    """A structural assumption: a parameter that is assumed to be one of several words.

    Attributes
    ----------
    options
        All its words.
    count
        How many of these it may be.
    places
        Places, among these, of those that some future has.
    values
        The place that each future has.
    """

    name: str
    label: str
    options: tuple[str, ...]
    count: int
    places: tuple[int, ...]
    values: npt.NDArray[np.int64]


def forms_of(experiment: Experiment) -> tuple[Form, ...]:
    """Return the structural assumptions of which the futures have two forms or more.

    One that a scenario sets for itself is none: its futures would be of one form there.

    Examples
    --------
    >>> import sim
    >>> forms_of(sim.load("scenarios/port_strike/mediate.yaml"))
    ()
    """
    if len(experiment.futures) < 2:
        return ()
    followed = [experiment.follows(i) for i in range(len(experiment.scenarios))]
    found = []
    for column, name in enumerate(experiment.parameters):
        entry = experiment.model.parameters[name]
        if not entry.structural or not all(name in names for names in followed):
            continue
        values = experiment.futures[:, column].astype(np.int64)
        places = tuple(np.unique(values).tolist())
        if len(places) > 1:
            options = entry.type.options
            found.append(
                Form(name, label_of(entry), options, len(likely_options(entry)), places, values)
            )
    return tuple(found)


def likely_options(entry: Parameter) -> list[str]:
    """Return the forms of a structural assumption: its words, without those of weight 0."""
    options = entry.type.options
    return [options[int(at)] for at, weight in entry.weights if weight > 0] or list(options)


def require_forms(experiment: Experiment) -> None:
    """Refuse to tell forms apart where none vary.

    Raises
    ------
    ExperimentError
        There is one scenario, or no future has another form than the others.
    """
    if len(experiment.scenarios) < 2:
        words = "a difference under each form needs at least two scenarios"
        raise ExperimentError(Diagnostic("one-scenario", words))
    if forms_of(experiment):
        return
    words = f"no form of model '{experiment.model.name}' varies between these futures"
    help = "give an assumed word its 'options', set it in no scenario, and sample --futures"
    raise ExperimentError(Diagnostic("no-range", words, None, help))


def combined(forms: Sequence[Form]) -> tuple[Form, ...]:
    """Return every combination of several forms as one, if each has futures enough to be judged."""
    if len(forms) < 2:
        return ()
    combinations = list(itertools.product(*(form.places for form in forms)))
    values = np.full(len(forms[0].values), -1)
    for number, places in enumerate(combinations):
        same = [form.values == at for form, at in zip(forms, places, strict=True)]
        values[np.all(same, axis=0)] = number
    if min(np.count_nonzero(values == i) for i in range(len(combinations))) < LEAST:
        return ()
    options = (
        " · ".join(form.options[at] for form, at in zip(forms, places, strict=True))
        for places in combinations
    )
    name = " × ".join(form.name for form in forms)
    label = " × ".join(form.label for form in forms)
    count = len(combinations)
    return (Form(name, label, tuple(options), count, tuple(range(count)), values),)


def structural(scenario: Scenario) -> tuple[Parameter, ...]:
    """Return the structural assumptions of a scenario's model that it does not set itself."""
    entries = scenario.model.parameters.values()
    return tuple(p for p in entries if p.structural and p.name not in scenario.settings)


def held_text(experiment: Experiment) -> str:
    """Return which form is held where futures sample none; empty without a structural assumption."""
    if len(experiment.futures) > 1:
        return ""
    told = []
    for entry in structural(experiment.scenarios[0]):
        own = {scenario.values().get(entry.name) for scenario in experiment.scenarios}
        if len(own) == 1:
            told.append(f"“{label_of(entry)}” as {words_of(str(own.pop()))}")
    return f"Forms of the model that are held: {', '.join(told)}." if told else ""


def label_of(entry: Parameter) -> str:
    """Return the label of a parameter, or its name in words."""
    return entry.label or words_of(entry.name)


def words_of(option: str) -> str:
    """Return an option as it stands in a sentence."""
    return option.replace("_", " ")
