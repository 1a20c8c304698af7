"""What futures vary: the parameters of an experiment, those that move together as one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sim.analysis.inputs import alike, among, factor_of
from sim.errors import Diagnostic, ExperimentError
from sim.model.types import Model, Parameter
from sim.study.experiment import Experiment
from sim.study.families import chosen_cells, input_cells, leads, together


def varied(experiment: Experiment, only: Sequence[str], least: int, what: str) -> tuple[str, ...]:
    """Return the parameters that the futures of a plan vary: those named, or all.

    Parameters
    ----------
    least, what
        Fewer futures are refused, as in *discovery wants at least 60 futures*.

    Raises
    ------
    ExperimentError
        There are too few futures, or a name is not among what they vary.
    """
    if len(experiment.futures) < least:
        words = f"{what} at least {least} futures, and these results have {len(experiment.futures)}"
        help = "add --futures 512, or 'futures: {sample: sobol, n: 512}' to an experiment"
        raise ExperimentError(Diagnostic("few-futures", words, None, help))
    if not experiment.parameters:
        words = f"model '{experiment.model.name}' has nothing uncertain for futures to vary"
        help = "give a parameter 'range: [low, high]', or an assumed word its 'options'"
        raise ExperimentError(Diagnostic("no-range", words, None, help))
    known, model = experiment.parameters, experiment.model
    cells = chosen_cells(model, only) or known
    if missing := [name for name in only if known and known_cells(experiment, name) == ()]:
        among(missing, known, "these futures vary no parameter")
    first = leads(model, known)
    led = (known[first[known.index(cell)]] for cell in cells if cell in known)
    return tuple(dict.fromkeys(input_name(model, known, name) for name in led))


def known_cells(experiment: Experiment, name: str) -> tuple[str, ...]:
    """Return which cells of a parameter the futures vary; itself, if it has no members."""
    return tuple(n for n in input_cells(experiment.model, name) if n in experiment.parameters)


def column_of(experiment: Experiment, name: str) -> int:
    """Return the column of the futures of a parameter; of a family that of the first of its members."""
    return experiment.parameters.index(known_cells(experiment, name)[0])


def sampled_entry(experiment: Experiment, name: str) -> Parameter:
    """Return the entry of a parameter that `varied` named, with that name."""
    entry = experiment.model.parameters[known_cells(experiment, name)[0]]
    if entry.name == name:
        return entry
    return replace(entry, name=name, label=experiment.model.families[name].base.label)


def input_name(model: Model, known: Collection[str], name: str) -> str:
    """Return the name of a family in place of its first member, if all that are known are sampled alike."""
    family = together(model, name)
    if family is None:
        return name
    entries = [model.parameters[n] for n in model.cells(family.name) if n in known]
    members = [factor_of(entry, entry.value) for entry in entries]
    return family.name if all(alike(f, members[0]) for f in members) else name


def origin_lines(origin: str) -> list[str]:
    """Return what must be said where plausible futures teach something of single assumptions."""
    words = "assumptions hang together in them, so shares and bounds of single ones overlap"
    return [f"The futures are plausible ones ({origin}): {words}."] if origin else []
