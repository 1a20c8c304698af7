"""Check the units of a model, a scenario or an experiment."""

from __future__ import annotations

from collections.abc import Iterable

from sim.errors import Diagnostic
from sim.model.dimensions.check import units_of
from sim.model.types import Model
from sim.study import arguments
from sim.study.experiment import Experiment
from sim.study.scenario import Scenario


def check_units(of: Model | Scenario | Experiment, *, assumed: bool = False) -> list[Diagnostic]:
    """Return where the units of a model do not agree.

    Parameters
    ----------
    of : Model, Scenario or Experiment
        What to check; of an experiment, the models of all its scenarios.
    assumed : bool
        List also where a number without a unit took that of what stands beside it.

    Returns
    -------
    list of Diagnostic
        In the order of their places; each prints as a message with its line. Empty where nothing is wrong.

    Raises
    ------
    ExperimentError
        `of` is none of these.

    Examples
    --------
    >>> import sim
    >>> sim.check_units(sim.load_model("scenarios/port_strike/model.yaml"))
    []
    """
    if isinstance(of, Model):
        models: tuple[Model, ...] = (of,)
    elif isinstance(of, Scenario):
        models = (of.model,)
    elif isinstance(of, Experiment):
        models = models_of(of.scenarios)
    else:
        words = f"units are those of a model, a scenario or an experiment, not {of!r}"
        raise arguments.bad_argument(words)
    found: dict[Diagnostic, None] = {}
    for model in models:
        found |= dict.fromkeys(units_of(model, assumed))
    return list(found)


def models_of(scenarios: Iterable[Scenario]) -> tuple[Model, ...]:
    """Return the different models of scenarios."""
    return tuple({id(scenario.model): scenario.model for scenario in scenarios}.values())
