"""What a design moves: levers and uncertain parameters, their values, and how these are written."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sim.engine.trace import encode
from sim.errors import Diagnostic, ExperimentError, did_you_mean
from sim.formatting import exact_text
from sim.language.terms import Type
from sim.model.types import Lever, Parameter, Value
from sim.statistics.estimates import Floats
from sim.study.dependence import correlated, links, values, within_sum
from sim.study.experiment import Experiment, Target
from sim.study.laws import quantile, shaped
from sim.study.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Factor:
    """A lever or an uncertain parameter that a design moves.

    Attributes
    ----------
    central
        Its value in the scenario; an option as its place among the words.
    low, high
        The ends of its range; of an option, 0 and the last place; of a normal or lognormal shape its
        5th and 95th percentile.
    linked
        Whether it is correlated with others, or a share of a sum.
    """

    name: str
    label: str
    unit: str
    role: Literal["lever", "parameter"]
    type: Type
    central: float
    low: float
    high: float
    step: float = 0.0
    parameter: Parameter | None = None
    linked: bool = False

    @property
    def worded(self) -> bool:
        """Whether its values are words, without an order."""
        return self.type.worded

    @property
    def few(self) -> bool:
        """Whether it has few values: words, whole numbers, a step or weights."""
        listed = self.parameter is not None and bool(self.parameter.weights)
        return self.worded or listed or bool(self.grain)

    @property
    def grain(self) -> float:
        """What its values are apart at least; 0 where any number between the ends will do."""
        return self.step or (1.0 if self.type.kind == "whole" else 0.0)

    @property
    def steps(self) -> int:
        """How many grains its range holds."""
        return math.floor((self.high - self.low) / self.grain + 1e-9)

    @property
    def ends(self) -> list[float]:
        """The ends of its range, of an option every place: those among them that it is not at."""
        found = self.levels(2) if self.worded else [self.low, self.high]
        return [value for value in found if value != self.central]

    def place(self, values: Floats) -> Floats:
        """Return where values stand in the range (options: in their order), from 0 to 1: `at` back."""
        if self.parameter is not None and not self.worded:
            return quantile(self.parameter, values)
        return np.asarray((values - self.low) / (self.high - self.low))

    def at(self, u: Floats) -> Floats:
        """Return the values at quantiles `u`, numbers from 0 to 1."""
        if self.parameter is not None:
            return np.asarray(shaped(self.parameter, u), float)
        if self.worded:
            return np.minimum(np.floor(u * (self.high + 1)), self.high)
        if not self.grain:
            return np.asarray(self.low + u * (self.high - self.low))
        count = self.steps + 1
        return np.asarray(self.low + self.grain * np.minimum(np.floor(u * count), count - 1))

    def levels(self, count: int) -> list[float]:
        """Return about `count` values from end to end, evenly apart; of an option, all.

        The stride is a round number where the range has one near.
        """
        if self.worded:
            return [float(i) for i in range(int(self.high) + 1)]
        if self.parameter is not None and self.parameter.weights:
            return [value for value, weight in self.parameter.weights if weight]
        span = self.grain * self.steps if self.grain else self.high - self.low
        stride = stride_of(span, self.grain, max(1, count - 1))
        places = [*np.arange(0.0, span - 1e-9 * stride, stride), span]
        return [self.rounded(self.low + float(place), 12) for place in places]

    def rounded(self, number: float, digits: int = 4) -> float:
        """Return the number that is near, with so many digits of its range: one can set it by hand."""
        places = digits - math.floor(math.log10(self.high - self.low))
        return min(max(round(number, places), self.low), self.high)

    def value(self, number: float) -> Value:
        """Return what a scenario can be set to: a word, a whole number or a number."""
        match self.type.kind:
            case "option":
                return self.type.options[int(number)]
            case "boolean":
                return bool(number)
            case "whole":
                return round(number)
        return float(number)

    def word(self, number: float) -> str:
        """Return a value as a reader would write it, with all of its digits."""
        return exact_text(self.value(number))


def moved_values(scenario: Scenario, inputs: Sequence[Factor], unit: Floats) -> Floats:
    """Return values ``float64[point, input]`` at independent quantiles.

    Of correlated inputs a quantile is that given those before it, and of shares too: the first has
    what all have in common, and each other one what it adds.

    Raises
    ------
    ExperimentError
        Some shares of a sum move, and others do not.
    """
    model, names = scenario.model, [f.name for f in inputs]
    for group in model.shares:
        lacking = [name for name in group.of if name not in names]
        if 1 < len(group.of) - len(lacking) < len(group.of):
            words = f"'{lacking[0]}' must move too, for it adds up with others that do"
            help = f"name all of {', '.join(group.of)}, or one"
            raise ExperimentError(Diagnostic("bad-sum", words, None, help))
    depend = links(model, names)
    unit = correlated(depend, unit)
    matrix = np.column_stack([f.at(unit[:, i]) for i, f in enumerate(inputs)])
    if depend.shared:
        chosen = [inputs[i].parameter for i in depend.shared]
        own = replace(depend, members=(), ranks=(), shared=tuple(range(len(chosen))))
        parts = values(own, [p for p in chosen if p], unit[:, depend.shared])
        matrix[:, depend.shared] = np.column_stack(parts)
    return matrix


def linked_note(inputs: Sequence[Factor]) -> list[str]:
    """Return how to read the figures of inputs that depend on each other; nothing without any."""
    names = [f.name for f in inputs if f.linked]
    if len(names) < 2:
        return []
    return [
        f"Correlated inputs and shares of a sum ({', '.join(names)}) move in the order of the model: the "
        "first has what it has in common with the others, each other one what it adds, the last share none."
    ]


def stride_of(span: float, grain: float, wanted: int) -> float:
    """Return the stride that cuts a span into about `wanted` even parts, a round one if there is one.

    Where none cuts it evenly, as with a prime number of grains, the last part is the shorter one.
    """
    if grain and span <= (wanted + 0.5) * grain:
        return grain
    near = sorted(
        range(-(-wanted // 2), wanted * 3 // 2 + 1), key=lambda parts: (abs(parts - wanted), parts)
    )
    even = [span / parts for parts in near if not grain or _whole(span / parts / grain)]
    for stride in even:
        head = stride / 10 ** math.floor(math.log10(stride) + 1e-9)
        if any(math.isclose(head, round_, rel_tol=1e-9) for round_ in (1.0, 2.0, 2.5, 5.0)):
            return stride
    return even[0] if even else grain * math.ceil(span / grain / wanted)


def _whole(number: float) -> bool:
    return round(number) >= 1 and math.isclose(number, round(number), rel_tol=1e-9)


def factors(
    scenario: Scenario, only: Sequence[str] = (), *, levers: bool = False, parameters: bool = True
) -> tuple[Factor, ...]:
    """Return what can be moved: the uncertain parameters, and levers where they are asked for.

    Parameters
    ----------
    only
        Names of levers or parameters; these and no others, in this order.

    Raises
    ------
    ExperimentError
        A name is unknown or its entry has no range, or nothing is left to move.
    """
    model = scenario.model
    names = list(only)
    if not only:
        names += list(model.levers) if levers else []
        names += [n for n, p in model.parameters.items() if p.uncertain] if parameters else []
    found = list(named(scenario, names))
    fixed = [f.name for f in found if not f.low < f.high]
    if fixed and only:
        words = f"'{fixed[0]}' has no range to move in"
        help = "give it 'range: [low, high]' in the model, or more 'options'"
        raise ExperimentError(Diagnostic("no-range", words, None, help))
    kept = tuple(f for f in found if f.low < f.high)
    if not kept:
        what = "nothing uncertain" if parameters else "no lever with a range"
        words = f"model '{model.name}' has {what} to move"
        help = "--levers adds the levers" if model.levers and not levers else ""
        raise ExperimentError(Diagnostic("no-range", words, None, help))
    return kept


def named(scenario: Scenario, names: Sequence[str]) -> Iterator[Factor]:
    """Return levers and parameters by name, each once.

    Raises
    ------
    ExperimentError
        A name is unknown.
    """
    model, own = scenario.model, scenario.values()
    groups = [*(c.of for c in model.correlations), *(s.of for s in model.shares)]
    linked = {name for group in groups for name in group}
    for name in among(names, own, f"model '{model.name}' has no lever or parameter"):
        entry = model.levers.get(name) or within_sum(model, model.parameters[name])
        yield replace(_factor(entry, own[name]), linked=name in linked)


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
    return among(
        only or experiment.parameters, experiment.parameters, "these futures vary no parameter"
    )


def goal_of(experiment: Experiment, outcome: str, of: str) -> str:
    """Return the goal of an outcome, by which one setting or scenario (`of`) is better than another.

    Raises
    ------
    ExperimentError
        There is no such outcome, or it has no goal.
    """
    goal = experiment.model_outcome(outcome).goal
    if not goal:
        words = f"outcome '{outcome}' has no goal, so no {of} is better than another"
        help = "give it 'goal: minimize' or 'goal: maximize' in the model"
        raise ExperimentError(Diagnostic("no-goal", words, None, help))
    return goal


def reachable(outcome: str, target: Target) -> None:
    """Refuse a target that no value meets.

    Raises
    ------
    ExperimentError
        Its ends are the wrong way round, or no numbers.
    """
    low, high = target.at_least, target.at_most
    if not (low <= high and low < math.inf and high > -math.inf):
        words = f"no value of '{outcome}' is at least {low:g} and at most {high:g}"
        raise ExperimentError(Diagnostic("bad-target", words))


def among(names: Sequence[str], known: Collection[str], lacks: str) -> tuple[str, ...]:
    """Return the names, each once.

    Parameters
    ----------
    lacks
        What is said before a name that is not known, as *model 'port' has no lever*.

    Raises
    ------
    ExperimentError
        A name is unknown.
    """
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise ExperimentError(Diagnostic("unknown-lever", f"{lacks} '{name}'", None, hint))
    return tuple(dict.fromkeys(names))


def _factor(entry: Lever | Parameter, value: Value) -> Factor:
    kind = entry.type.kind
    low, high = (isinstance(entry, Parameter) and entry.middle) or (entry.low, entry.high)
    if entry.type.worded:
        low, high = 0.0, 1.0 if kind == "boolean" else float(len(entry.type.options) - 1)
    central = encode(value, entry.type)
    bounded = low is not None and high is not None
    return Factor(
        name=entry.name, label=entry.label or entry.name.replace("_", " "), unit=entry.unit,
        role="lever" if isinstance(entry, Lever) else "parameter", type=entry.type,
        central=central, low=float(low) if bounded and low is not None else central,
        high=float(high) if bounded and high is not None else central,
        step=float(entry.step or 0.0) if isinstance(entry, Lever) else 0.0,
        parameter=entry if isinstance(entry, Parameter) else None,
    )  # fmt: skip
