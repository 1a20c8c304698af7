"""Experiments: scenarios × vary × futures × replications."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.draws import SCHEME
from sim.errors import Diagnostic, ExperimentError, ModelError, did_you_mean
from sim.generator import INITIAL
from sim.language.terms import Expression, Type
from sim.model import Model, Outcome, Parameter, Value
from sim.overlay import below, read_document
from sim.program import Program, generate
from sim.scenario import Scenario, load_scenario
from sim.schema import ExperimentFile, FuturesShape, kind_of
from sim.source import locate
from sim.traces import encode, say
from sim.validation import validate

#: More replications in one experiment are refused.
MAX_REPLICATIONS = 50_000_000
MAX_SCENARIOS = 2_000

Floats = npt.NDArray[np.float64]
Sampler = Literal["central", "latin_hypercube", "sobol", "random"]


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
            raise ExperimentError(
                Diagnostic("unknown-scenario", words, None, did_you_mean(name, names))
            )
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
        """Return the values that a kernel reads, in the order of ``records["Values"]``."""
        chosen = self.scenarios[scenario]
        values = {n: encode(v, _type(chosen.model, n)) for n, v in chosen.values().items()}
        for name, value in zip(self.parameters, self.futures[future], strict=True):
            if name in chosen.model.parameters and name not in chosen.settings:
                values[name] = float(value)
        for name, variable in chosen.model.state.items():
            if not isinstance(variable.initial, Expression):
                values[name + INITIAL] = encode(variable.initial, variable.type)
        slots = generate(chosen.model).records["Values"]
        return np.array([values[slot] for slot in slots])


def _type(model: Model, name: str) -> Type:
    return model.levers[name].type if name in model.levers else model.parameters[name].type


def plan(
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
    chosen = [point for scenario in chosen for point in _varied(scenario, vary or {})]
    _belong(chosen)
    names: tuple[str, ...] = ()
    points = np.empty((1, 0))
    if futures:
        names, points = sample(chosen[0].model, futures, sampler, seed)
    made = Experiment(
        name=name,
        title=title or name,
        scenarios=tuple(chosen),
        replications=replications,
        seed=seed,
        parameters=names,
        futures=points,
        sampler=sampler if futures else "central",
        targets=dict(targets or {}),
    )
    if replications < 1:
        raise ExperimentError(Diagnostic("bad-replications", "at least one replication is wanted"))
    if made.size > MAX_REPLICATIONS:
        words = (
            f"{len(made.scenarios)} scenarios × {len(made.futures)} futures × {replications:,} "
            f"replications are {made.size:,}, above the limit of {MAX_REPLICATIONS:,}"
        )
        raise ExperimentError(Diagnostic("too-large", words))
    return made


def _varied(scenario: Scenario, vary: Mapping[str, Sequence[Value]]) -> list[Scenario]:
    """Return the scenario at every point of the grid."""
    if math.prod(len(values) for values in vary.values()) > MAX_SCENARIOS:
        raise ExperimentError(
            Diagnostic("too-large", f"more than {MAX_SCENARIOS:,} points to vary")
        )
    points = []
    for values in itertools.product(*vary.values()):
        settings = dict(zip(vary, values, strict=True))
        label = ", ".join(f"{key}={say(value)}" for key, value in settings.items())
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
        if list(scenario.model.outcomes) != list(first.outcomes):
            words = f"'{scenario.name}' has other outcomes than '{scenarios[0].name}'"
            raise ExperimentError(Diagnostic("other-outcomes", words))


def sample(model: Model, n: int, sampler: Sampler, seed: int) -> tuple[tuple[str, ...], Floats]:
    """Sample the uncertain parameters of a model.

    Returns
    -------
    tuple
        Their names, and ``float64[n, parameter]``.
    """
    uncertain = [p for p in model.parameters.values() if p.uncertain]
    if sampler == "central" or not uncertain:
        return (), np.empty((n, 0))
    from scipy.stats import qmc  # half a second of import: only where futures are sampled

    size = len(uncertain)
    match sampler:
        case "latin_hypercube":
            unit = qmc.LatinHypercube(size, rng=np.random.default_rng(seed)).random(n)
        case "sobol":
            engine = qmc.Sobol(size, rng=np.random.default_rng(seed))
            unit = engine.random_base2(max(0, math.ceil(math.log2(n))))[:n]
        case _:
            unit = np.random.default_rng(seed).random((n, size))
    columns = [shaped(parameter, unit[:, i]) for i, parameter in enumerate(uncertain)]
    return tuple(p.name for p in uncertain), np.column_stack(columns)


def shaped(parameter: Parameter, u: Floats) -> Floats:
    """Return the values of a parameter at quantiles `u` of its shape."""
    low, high = parameter.low, parameter.high
    assert low is not None and high is not None
    if parameter.shape == "loguniform":
        return np.asarray(np.exp(np.log(low) + u * (np.log(high) - np.log(low))))
    if parameter.shape == "triangular":
        mode = float(parameter.value)
        cut = (mode - low) / (high - low)
        left = low + np.sqrt(u * (high - low) * (mode - low))
        right = high - np.sqrt((1 - u) * (high - low) * (high - mode))
        return np.where(u < cut, left, right)
    values = low + u * (high - low)
    return np.floor(low + u * (high - low + 1)) if parameter.type.kind == "whole" else values


def load_experiment(path: str | os.PathLike[str]) -> Experiment:
    """Load an experiment, with every scenario it names.

    Raises
    ------
    ModelError
        With every fault of all its files.
    ExperimentError
        The plan does not hold together.
    """
    file = Path(path)
    node = read_document(file)
    if kind_of(node) != "experiment":
        words = "this is not an experiment"
        raise ModelError(
            Diagnostic("wrong-kind", words, node.span, "its first key must be 'experiment'")
        )
    shape, faults, _ = validate(node, ExperimentFile)
    if shape is None:
        raise ModelError(faults)
    named = [("scenarios", i) for i in range(len(shape.scenarios))] or [("of",)]
    if not shape.scenarios and shape.of is None:
        span = locate(node, ()).key
        faults.append(Diagnostic("missing-key", "'scenarios' or 'of' is missing", span))
        raise ModelError(faults)
    scenarios = []
    for place in named:
        item = locate(node, place).node
        try:
            target = below(file, item)
            if not target.is_file():
                words = f"there is no file '{target.name}'"
                raise ModelError(Diagnostic("no-file", words, item.span))
            scenarios.append(load_scenario(target))
        except ModelError as error:
            faults.extend(d for d in error.diagnostics if d not in faults)
    for name in shape.vary:
        known = [n for s in scenarios for n in (*s.model.levers, *s.model.parameters)]
        if scenarios and name not in known:
            key = locate(node, ("vary", name)).key
            hint = did_you_mean(name, known)
            faults.append(
                Diagnostic("unknown-lever", f"there is no lever or parameter '{name}'", key, hint)
            )
    for name in shape.robustness:
        if scenarios and name not in scenarios[0].model.outcomes:
            key = locate(node, ("robustness", name)).key
            hint = did_you_mean(name, scenarios[0].model.outcomes)
            faults.append(Diagnostic("unknown-outcome", f"there is no outcome '{name}'", key, hint))
    if faults:
        raise ModelError(faults)
    futures = shape.futures or FuturesShape(sample="central", n=1)
    made = plan(
        scenarios,
        replications=shape.replications,
        seed=shape.seed,
        vary=shape.vary,
        futures=0 if futures.sample == "central" else futures.n,
        sampler=futures.sample,
        name=shape.experiment,
        title=shape.title or shape.experiment.replace("_", " "),
        targets={
            name: Target(
                -math.inf if t.at_least is None else float(t.at_least),
                math.inf if t.at_most is None else float(t.at_most),
            )
            for name, t in shape.robustness.items()
        },
    )
    return replace(made, rationale=shape.rationale, path=str(path))
