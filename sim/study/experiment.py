"""Experiments: scenarios × vary × futures × replications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from sim.engine.codegen.program import Program, generate
from sim.errors import Diagnostic, ExperimentError
from sim.model.fields import MAX_SEED
from sim.model.types import Model, Outcome
from sim.numerics.draws import SCHEME
from sim.study.arguments import bad_argument, known_name, whole
from sim.study.bounds import Target as Target
from sim.study.designs import axes, spread
from sim.study.families import refuse_family
from sim.study.futures import Sampler, blocks, sample, sizes, usual_sampler
from sim.study.independence import independent as without_futures
from sim.study.model_futures import alike, listed, rows
from sim.study.rows import OwnRow, own_row
from sim.study.scenario import Scenario
from sim.study.scenario_sets import require_comparable
from sim.study.shares import with_all_shares

#: More replications in one experiment are refused.
MAX_REPLICATIONS = 50_000_000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Experiment:
    """What `run` runs: scenarios × futures × replications.

    Make one with `sim.make_experiment`, or load one with `sim.load`.

    Attributes
    ----------
    name, title : str
        Name and title of the experiment.
    scenarios : tuple of Scenario
        The policies; the first is the baseline unless another is named.
    replications : int
        Replications of each scenario in each future.
    seed : int
        Seed of the random numbers, from 0 to 10**15 - 1. All scenarios share them.
    parameters : tuple of str
        Names of the uncertain parameters, in the order of the columns of `futures`.
    futures : float64[future, parameter]
        Values of the uncertain parameters, an option as its place among the words; one row without
        columns where all have their central values.
    sampler : {'central', 'latin_hypercube', 'sobol', 'random', 'listed', 'plausible'}
        How the futures were sampled; *listed* ones come from a file, each a unit of its own, and
        *plausible* ones from the file that the model names.
    origin : str
        Of plausible futures, of how many they are: ``of 1,234 kept of 20,000 drawn``.
    targets : mapping of str to Target
        Targets by outcome.
    rationale, path : str
        Why the experiment is of interest, and the file it was read from.
    listed : str
        The file that lists the futures, where one was named.

    Examples
    --------
    >>> import sim
    >>> experiment = sim.load("scenarios/port_strike/mediate.yaml", replications=100)
    >>> experiment.size
    100
    """

    name: str
    title: str
    scenarios: tuple[Scenario, ...]
    replications: int
    seed: int
    parameters: tuple[str, ...] = ()
    futures: Floats = field(default_factory=lambda: np.empty((1, 0)))
    sampler: Sampler = "central"
    origin: str = ""
    targets: Mapping[str, Target] = field(default_factory=dict)
    rationale: str = ""
    path: str = ""
    listed: str = ""

    def __post_init__(self) -> None:
        """Check the numbers, and refuse an experiment that is too large before any allocation."""
        seed = whole("seed", self.seed, 0, MAX_SEED, "bad-seed")
        replications = whole("replications", self.replications, 1, None, "bad-replications")
        try:
            futures = np.asarray(self.futures, dtype=np.float64)
        except (TypeError, ValueError):
            raise bad_argument("futures must be an array of numbers", code="bad-futures") from None
        if futures.ndim != 2 or futures.shape[1] != len(self.parameters):
            columns = f"one column for each of {len(self.parameters)} parameters"
            message = f"futures must have {columns}, not the shape {futures.shape}"
            raise bad_argument(message, code="bad-futures")
        if not np.isfinite(futures).all():
            raise bad_argument("futures must be finite numbers", code="bad-futures")
        for name, value in (("seed", seed), ("replications", replications), ("futures", futures)):
            object.__setattr__(self, name, value)
        self._affords(len(futures))

    def _affords(self, futures: int) -> None:
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
    def central(self) -> bool:
        """Whether uncertain parameters are held at their central values."""
        return not self.parameters and self.model.uncertain

    @property
    def size(self) -> int:
        """Number of replications in all."""
        return len(self.scenarios) * len(self.futures) * self.replications

    @property
    def blocks(self) -> int:
        """Number of independent parts of the futures: the units of an interval over futures."""
        return blocks(self.sampler, len(self.futures))

    @property
    def randomness(self) -> str:
        """Name of the scheme that makes the random numbers."""
        return SCHEME

    def scenario_index(self, name: str) -> int:
        """Return the index of a scenario.

        Raises
        ------
        ExperimentError
            There is no such scenario.
        """
        names = [scenario.name for scenario in self.scenarios]
        return names.index(known_name("scenario", name, names, "unknown-scenario"))

    def model_outcome(self, name: str) -> Outcome:
        """Return an outcome of the model.

        Raises
        ------
        ExperimentError
            There is no such outcome.
        """
        known = self.model.outcomes
        refuse_family(self.model, name, known, "unknown-outcome")
        return known[known_name("outcome", name, known, "unknown-outcome")]

    def sampled(self, name: str) -> npt.NDArray[Any]:
        """Return the values of an uncertain parameter in all futures, options as words.

        Parameters
        ----------
        name : str
            One of `parameters`.

        Returns
        -------
        float64[future] or str[future]

        Raises
        ------
        ExperimentError
            The futures do not vary it.

        Examples
        --------
        >>> import sim
        >>> scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
        >>> sorted(set(sim.make_experiment(scenario, futures=60).sampled("berths").tolist()))
        [7.0, 8.0, 9.0]
        """
        known_name("parameter", name, self.parameters, "unknown-lever")
        values = self.futures[:, self.parameters.index(name)]
        words = self.model.parameters[name].type.options
        return np.array(words)[values.astype(int)] if words else values

    def programs(self) -> tuple[Program, ...]:
        """Return the program of each scenario."""
        return tuple(generate(scenario.model) for scenario in self.scenarios)

    def follows(self, scenario: int) -> frozenset[str]:
        """Return the parameters that have their values of the futures in a scenario."""
        chosen, all_own = self.scenarios[scenario], self.model.parameters
        own = chosen.model.parameters
        found = (n for n in self.parameters if n in own and n not in chosen.settings)
        return with_all_shares(self.model, (n for n in found if alike(own[n], all_own[n])))

    def row(self, scenario: int, future: int) -> Floats:
        """Return the values a kernel reads; a value that a scenario sets is the same in all futures."""
        own = self._rows[scenario]
        found = own.values.copy()
        found[own.slots] = self.futures[future, own.columns]
        return found

    @cached_property
    def _rows(self) -> list[OwnRow]:
        places = {name: i for i, name in enumerate(self.parameters)}
        return [
            own_row(chosen, {name: places[name] for name in self.follows(i)})
            for i, chosen in enumerate(self.scenarios)
        ]


def require_experiment(experiment: Any) -> None:
    """Refuse what is not an experiment.

    Raises
    ------
    ExperimentError
        It is something else.
    """
    if not isinstance(experiment, Experiment):
        message = f"expected an experiment, not {experiment!r:.60}"
        raise bad_argument(
            message, "load files with sim.load, or combine scenarios with make_experiment"
        )


def make_experiment(
    scenarios: Scenario | Sequence[Scenario],
    *,
    replications: int | None = None,
    seed: int = 1,
    vary: Mapping[str, Any] | None = None,
    futures: int | None = None,
    sampler: Sampler | None = None,
    independent: bool = False,
    name: str = "experiment",
    title: str = "",
    targets: Mapping[str, Target] | None = None,
) -> Experiment:
    """Make an experiment of scenarios.

    Parameters
    ----------
    scenarios : Scenario or sequence of Scenario
        The policies, with different names; the first is the baseline.
    replications : int, optional
        Replications of each scenario: in each future if `futures` is given, else in all futures
        together, by default 1,000.
    seed : int
        Seed of the random numbers, from 0 to 10**15 - 1.
    vary : mapping of str to values, optional
        Levers or parameters and the values each takes; every combination makes a scenario. Under
        the key `zip` stand values that go together, by name, or several such mappings.
    futures : int, optional
        Number of points at which the uncertain parameters are sampled; 0 holds them at their
        central values. By default as many as give five replications in each.
    sampler : {'latin_hypercube', 'sobol', 'random', 'central'}, optional
        How the futures are sampled from the ranges. By default they are the first of the plausible
        ones that the model lists, or a Latin hypercube where it lists none.
    independent : bool
        Sample from the ranges even where the model lists plausible futures.
    name, title : str
        Name and title of the experiment.
    targets : mapping of str to Target, optional
        Targets by outcome.

    Returns
    -------
    Experiment
        What `sim.run` takes.

    Raises
    ------
    ExperimentError
        The scenarios do not belong together, a name is unknown, or the experiment is too large.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
    >>> days = [10, 20, 30]
    >>> sim.make_experiment(scenario, replications=50, vary={"mediation_day": days})
    <Experiment 'experiment': 3 × 10 × 5 scenarios × futures × replications>
    """
    chosen = [scenarios] if isinstance(scenarios, Scenario) else scenarios
    if not isinstance(chosen, Iterable) or isinstance(chosen, str):
        chosen = [chosen]
    chosen = list(chosen)
    if strangers := [found for found in chosen if not isinstance(found, Scenario)]:
        message = f"expected scenarios or an experiment, not {strangers[0]!r:.60}"
        raise bad_argument(message, "load files with sim.load")
    if not chosen:
        raise bad_argument("an experiment needs at least one scenario", code="empty")
    if independent:
        chosen = [without_futures(scenario) for scenario in chosen]
    chosen = spread(chosen, axes(vary))
    if not chosen:
        raise bad_argument("a name in vary has no values", code="empty")
    require_comparable(chosen)
    model = chosen[0].model
    known = [word for word in get_args(Sampler) if word != "listed"]
    sampler = usual_sampler(model) if sampler is None else sampler
    known_name("sampler", sampler, known if model.futures else known[:-1])
    most = rows(model) if sampler == "plausible" and model.uncertain and futures is None else None
    futures, replications = sizes(
        model.uncertain, futures, replications, sampler == "central", most
    )
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
    names, sampled = sample(made.model, futures, sampler, made.seed)
    origin = listed(model).origin if sampler == "plausible" else ""
    return replace(made, parameters=names, futures=sampled, sampler=sampler, origin=origin)


def join_scenarios(experiment: Experiment, scenarios: Iterable[Scenario]) -> Experiment:
    """Return an experiment with other scenarios.

    Raises
    ------
    ExperimentError
        They cannot be compared.
    """
    chosen = tuple(scenarios)
    require_comparable(chosen)
    return replace(experiment, scenarios=chosen)
