"""Experiments: scenarios × vary × futures × replications."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from sim.engine.codegen.generator import INITIAL
from sim.engine.codegen.program import Program, generate
from sim.engine.trace import encode, model_types
from sim.errors import Diagnostic, ExperimentError, did_you_mean
from sim.language.terms import Expression
from sim.model.checks import spelt
from sim.model.schema import MAX_SEED
from sim.model.types import Model, Outcome, Value
from sim.numerics.draws import SCHEME
from sim.study.futures import Sampler, alike, sample
from sim.study.scenario import Scenario

#: More replications in one experiment are refused.
MAX_REPLICATIONS = 50_000_000
MAX_SCENARIOS = 2_000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Target:
    """A target for one outcome: satisfied from `at_least` up, and up to `at_most`."""

    at_least: float = -math.inf
    at_most: float = math.inf


@dataclass(frozen=True)
class Experiment:
    """What to run.

    Attributes
    ----------
    scenarios
        The policies, each with values of its own; the first is the baseline unless another is
        named.
    parameters
        Names of the uncertain parameters, in the order of the columns of `futures`.
    futures
        ``float64[future, parameter]``, values of the uncertain parameters; one row without columns
        where all are held at their central values.
    """

    name: str
    title: str
    scenarios: tuple[Scenario, ...]
    replications: int
    seed: int
    parameters: tuple[str, ...] = ()
    futures: Floats = field(default_factory=lambda: np.empty((1, 0)))
    sampler: Sampler = "central"
    targets: Mapping[str, Target] = field(default_factory=dict)
    rationale: str = ""
    path: str = ""

    def __post_init__(self) -> None:
        """Refuse an experiment that is too large, before anything is allocated, or a seed that is."""
        if not 0 <= self.seed <= MAX_SEED:
            words = f"a seed is a whole number from 0 to {MAX_SEED:,}"
            raise ExperimentError(Diagnostic("bad-seed", words))
        if self.replications < 1:
            words = "at least one replication is wanted"
            raise ExperimentError(Diagnostic("bad-replications", words))
        self._affords(len(self.futures))

    def _affords(self, futures: int) -> None:
        if futures < 0:
            raise ExperimentError(Diagnostic("bad-futures", f"{futures} futures cannot be sampled"))
        size = len(self.scenarios) * futures * self.replications
        if size > MAX_REPLICATIONS:
            parts = f"{len(self.scenarios)} scenarios × {futures:,} futures × {self.replications:,}"
            words = f"{parts} replications are {size:,}, above the limit of {MAX_REPLICATIONS:,}"
            raise ExperimentError(Diagnostic("too-large", words))

    def __repr__(self) -> str:
        sizes = f"{len(self.scenarios)} × {len(self.futures)} × {self.replications:,}"
        return f"<Experiment '{self.name}': {sizes} scenarios × futures × replications>"

    @property
    def model(self) -> Model:
        """The model of the first scenario."""
        return self.scenarios[0].model

    @property
    def size(self) -> int:
        """Number of replications in all."""
        return len(self.scenarios) * len(self.futures) * self.replications

    @property
    def randomness(self) -> str:
        """Name of the scheme that makes the random numbers."""
        return SCHEME

    def scenario_index(self, name: str) -> int:
        """Return the place of a scenario.

        Raises
        ------
        ExperimentError
            There is no such scenario.
        """
        names = [scenario.name for scenario in self.scenarios]
        if name not in names:
            words = f"there is no scenario '{name}'"
            help = did_you_mean(name, names) or f"there is {', '.join(names)}"
            raise ExperimentError(Diagnostic("unknown-scenario", words, None, help))
        return names.index(name)

    def model_outcome(self, name: str) -> Outcome:
        """Return an outcome of the model.

        Raises
        ------
        ExperimentError
            There is no such outcome.
        """
        known = self.model.outcomes
        if name not in known:
            words = f"there is no outcome '{name}'"
            raise ExperimentError(
                Diagnostic("unknown-outcome", words, None, did_you_mean(name, known))
            )
        return known[name]

    def programs(self) -> tuple[Program, ...]:
        """Return the program of each scenario."""
        return tuple(generate(scenario.model) for scenario in self.scenarios)

    def row(self, scenario: int, future: int) -> Floats:
        """Return the values a kernel reads; what a scenario sets or declares anew holds in all futures."""
        chosen = self.scenarios[scenario]
        types = model_types(chosen.model)
        values = {n: encode(v, types[n]) for n, v in chosen.values().items()}
        for name, value in zip(self.parameters, self.futures[future], strict=True):
            own = chosen.model.parameters.get(name)
            if own and name not in chosen.settings and alike(own, self.model.parameters[name]):
                values[name] = float(value)
        for name, variable in chosen.model.state.items():
            if not isinstance(variable.initial, Expression):
                values[name + INITIAL] = encode(variable.initial, variable.type)
        slots = generate(chosen.model).records["Values"]
        return np.array([values[slot] for slot in slots])


def make_experiment(
    scenarios: Scenario | Sequence[Scenario],
    *,
    replications: int = 200,
    seed: int = 1,
    vary: Mapping[str, Sequence[Value]] | None = None,
    futures: int = 0,
    sampler: Sampler = "latin_hypercube",
    name: str = "experiment",
    title: str = "",
    targets: Mapping[str, Target] | None = None,
) -> Experiment:
    """Plan an experiment.

    Parameters
    ----------
    vary
        Levers or parameters and the values each takes; every combination makes a scenario.
    futures
        Number of points at which the uncertain parameters are sampled; 0 holds them at their
        central values.

    Raises
    ------
    ExperimentError
        The scenarios do not belong together, a name is unknown, or the plan is too large.
    """
    chosen = [scenarios] if isinstance(scenarios, Scenario) else list(scenarios)
    if not chosen:
        raise ExperimentError(Diagnostic("empty", "an experiment wants at least one scenario"))
    grid = math.prod(len(values) for values in (vary or {}).values())
    if grid * len(chosen) > MAX_SCENARIOS:
        words = f"{len(chosen)} scenarios × {grid:,} points to vary are above {MAX_SCENARIOS:,}"
        raise ExperimentError(Diagnostic("too-large", words))
    chosen = [point for scenario in chosen for point in _varied(scenario, vary or {})]
    _belong(chosen)
    made = Experiment(
        name=name,
        title=title or name,
        scenarios=tuple(chosen),
        replications=replications,
        seed=seed,
        targets=dict(targets or {}),
    )
    if not futures:
        return made
    made._affords(futures)
    names, points = sample(made.model, futures, sampler, seed)
    return replace(made, parameters=names, futures=points, sampler=sampler)


def _varied(scenario: Scenario, vary: Mapping[str, Sequence[Value]]) -> list[Scenario]:
    """Return the scenario at every point of the grid."""
    points = []
    for values in itertools.product(*vary.values()):
        settings = dict(zip(vary, values, strict=True))
        label = ", ".join(f"{key}={spelt(value)}" for key, value in settings.items())
        points.append(
            scenario.with_settings(settings, f"{scenario.name} [{label}]" if label else None)
        )
    return points


def _belong(scenarios: Sequence[Scenario]) -> None:
    """Refuse scenarios that cannot stand in one table."""
    names = [scenario.name for scenario in scenarios]
    for name in names:
        if names.count(name) > 1:
            words = f"two scenarios are called '{name}'"
            raise ExperimentError(Diagnostic("duplicate-scenario", words))
    first = scenarios[0].model
    for scenario in scenarios[1:]:
        if scenario.model.name != first.name:
            words = (
                f"'{scenario.name}' belongs to model '{scenario.model.name}', not '{first.name}'"
            )
            raise ExperimentError(Diagnostic("other-model", words))
        if scenario.model.clock != first.clock:
            words = f"'{scenario.name}' has another time axis than '{scenarios[0].name}'"
            raise ExperimentError(Diagnostic("other-time", words))
        if list(scenario.model.outcomes) != list(first.outcomes):
            words = f"'{scenario.name}' has other outcomes than '{scenarios[0].name}'"
            raise ExperimentError(Diagnostic("other-outcomes", words))
