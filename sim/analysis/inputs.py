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
from sim.model.types import Family, Lever, Parameter, Value
from sim.statistics.estimates import Floats
from sim.study.experiment import Experiment, Target
from sim.study.families import input_cells, together
from sim.study.laws import law, quantile, shaped
from sim.study.scenario import Scenario
from sim.study.shares import within_sum


@dataclass(frozen=True, slots=True)
class Factor:
    """A lever or an uncertain parameter that a design moves.

    Attributes
    ----------
    central
        Its value in the scenario, or that of its first member; an option as its place among the words.
    low, high
        The ends of its range; of an option, 0 and the last place; of a normal or lognormal shape its
        5th and 95th percentile.
    linked
        Whether it is correlated with others, or a share of a sum.
    members
        Those of a family that move together; the values are those of the first.
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
    members: tuple[Factor, ...] = ()

    @property
    def held(self) -> float:
        """Where a design leaves it as it is: NaN, if each of its members is at a value of its own."""
        here = self.expand(np.array([self.central]))
        own = (member.central for member in self.members or (self,))
        return (
            self.central
            if all(v[0] == x for (_, v), x in zip(here, own, strict=True))
            else math.nan
        )

    def expand(self, values: Floats) -> Iterator[tuple[str, Floats]]:
        """Yield each lever or parameter that it moves, with its values: those at the same quantiles."""
        if not self.members:
            yield self.name, values
        for member in self.members:
            same = alike(member, self.members[0])
            moved = values if same else member.at(self.place(values))
            yield member.name, np.where(np.isnan(values), member.central, moved)

    def settings(self, number: float) -> dict[str, Value]:
        """Return what to set for a value, by name: of members that are then alike, of their family."""
        if not math.isnan(number) and all(alike(f, self) for f in self.members):
            return {self.name: self.value(number)}
        types = {member.name: member for member in self.members or (self,)}
        expanded = self.expand(np.array([number]))
        return {name: types[name].value(float(values[0])) for name, values in expanded}

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
        return [v for v in found if any(v != f.central for f in self.members or (self,))]

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
        found = self.low + self.grain * np.minimum(np.floor(u * count), count - 1)
        return np.asarray(np.minimum(found, self.high))  # 19 * 0.05 is a little above 0.95

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
    groups = (together(model, name) for name in names)
    names = [group.name if group else name for group, name in zip(groups, names, strict=True)]
    found = list(named(scenario, names))
    fixed = [f.name for f in found if not f.low < f.high]
    if fixed and only and (len(fixed) == len(found) or not set(fixed).isdisjoint(only)):
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
    """Return levers and parameters by name, each once; a family whose members move together is one.

    Raises
    ------
    ExperimentError
        A name is unknown.
    """
    model, values = scenario.model, scenario.values()
    families = {n: f for n, f in model.families.items() if f.together}
    cells = [c for n in names for c in ((n,) if n in families else input_cells(model, n))]
    known = [*values, *families]
    groups = [*(c.of for c in model.correlations), *(s.of for s in model.shares)]
    linked = {name for group in groups for name in group}

    def one(name: str) -> Factor:
        entry = model.levers.get(name) or within_sum(model, model.parameters[name])
        return replace(factor_of(entry, values[name]), linked=name in linked)

    for name in among(cells, known, f"model '{model.name}' has no lever or parameter"):
        if name in families:
            yield _joined(families[name], [one(cell) for cell in model.cells(name)])
        else:
            yield one(name)


def _joined(family: Family, members: Sequence[Factor]) -> Factor:
    """Return the members of a family as one input, with the values of the first that has a range."""
    moved = [f for f in members if f.low < f.high] or list(members)
    first = moved[0]
    label = family.base.label or family.name.replace("_", " ")
    unit = first.unit
    if not all(alike(f, first) for f in moved):
        unit = f"{unit} ({first.name.partition('[')[2].rstrip(']')})".strip()
    return replace(first, name=family.name, label=label, unit=unit, members=tuple(moved))


def alike(one: Factor, other: Factor) -> bool:
    """Whether two inputs have the same values at all quantiles."""
    mine, theirs = ((f.low, f.high, f.step, _curve(f)) for f in (one, other))
    return mine == theirs


def _curve(factor: Factor) -> tuple[object, ...]:
    """Return what a parameter is sampled from beside its range."""
    p = factor.parameter
    if p is None or not p.uncertain or p.shape in ("uniform", "loguniform"):
        return (p.shape,) if p is not None else ()
    return (p.shape, *law(p))


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


def factor_of(entry: Lever | Parameter, value: Value) -> Factor:
    """Return the input of an entry with a value in the scenario."""
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
