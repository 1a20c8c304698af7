"""The shapes of uncertain parameters: from a quantile to a value, and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.engine.protocol import Floats
from sim.formatting import exact_text
from sim.language.terms import NUMBER
from sim.model.parameters import CUT, UNBOUNDED, curve
from sim.model.types import Parameter
from sim.numerics import shapes
from sim.numerics.exponential import erf, exp
from sim.numerics.logarithm import log
from sim.numerics.special import incomplete_beta
from sim.statistics.library import compiled

#: Codes of `sim.numerics.shapes`.
KINDS = {"number": shapes.NUMBER, "whole": shapes.WHOLE}
SHAPES = ("uniform", "loguniform", "triangular", "pert", "normal", "lognormal", "discrete")


def law(parameter: Parameter) -> list[float]:
    """Return the numbers of a parameter's shape, as `sim.numerics.shapes` reads them."""
    p = parameter
    if p.weights:
        found, total, so_far = [], sum(weight for _, weight in p.weights), 0.0
        for value, weight in p.weights:
            so_far += weight
            found += [value, so_far / total] if weight else []
        return found
    if p.type.worded:
        return [0.0, float(len(p.type.options) or 2)]
    assert p.low is not None and p.high is not None
    ends = [float(p.low), float(p.high)]
    if p.middle is None:
        return [*ends, float(p.value)]
    mean, sd = curve(p.shape, p.middle)
    logs = [log(x) if x > 0.0 else -np.inf for x in ends] if p.shape == "lognormal" else ends
    return [*ends, mean, sd, _below(logs[0], mean, sd), _below(logs[1], mean, sd)]


def weights_text(parameter: Parameter) -> str:
    """Return how likely each value is, as ``low: 25 %, high: 75 %``; empty without weights."""
    total = sum(weight for _, weight in parameter.weights)
    words = parameter.type.options or ("false", "true")
    named = [
        (words[int(value)] if parameter.type.worded else exact_text(value), weight)
        for value, weight in parameter.weights
    ]
    return ", ".join(f"{word}: {100 * weight / total:.3g} %" for word, weight in named)


def spread_text(parameter: Parameter) -> str:
    """Return a pert, normal, lognormal or discrete shape in words; empty of others."""
    if parameter.weights:
        return weights_text(parameter)
    if parameter.middle is not None:
        low, high = map(exact_text, parameter.middle)
        ends = [exact_text(round_to(x)) for x in (parameter.low, parameter.high) if x is not None]
        return f"{low} to {high} in 90 of 100 futures ({parameter.shape}, {' to '.join(ends)})"
    if parameter.shape == "pert" and parameter.low is not None and parameter.high is not None:
        return f"{exact_text(parameter.low)} to {exact_text(parameter.high)} (pert)"
    return ""


def round_to(x: float) -> float:
    """Return a number with four digits."""
    return float(f"{x:.4g}")


def _below(x: float, mean: float, sd: float) -> float:
    """Return how much of a normal curve, without its ends, lies below a number."""
    return 0.5 * (1.0 + erf(min(max((x - mean) / sd, -CUT), CUT) / 2.0**0.5))


def codes(parameter: Parameter) -> tuple[int, int]:
    """Return kind and shape of a parameter as `sim.numerics.shapes` names them."""
    kind = KINDS.get(parameter.type.kind, shapes.WORD)
    return kind, SHAPES.index(parameter.shape)


def shaped(parameter: Parameter, u: Floats) -> Floats:
    """Return the values of a parameter at quantiles `u` of its shape.

    Options without weights are equally likely. They are given as places among the words.
    """
    if parameter.shape in ("pert", "normal", "lognormal", "discrete"):
        places, back = np.unique(u, return_inverse=True)
        found = np.empty(len(places))
        compiled("shaped_values")(places, *codes(parameter), np.array(law(parameter)), found)
        return np.asarray(found[back].reshape(np.shape(u)))
    if parameter.type.worded:
        count = len(parameter.type.options) or 2
        return np.minimum(np.floor(u * count), count - 1)
    assert parameter.low is not None and parameter.high is not None
    if parameter.type.kind == "whole":  # each whole number stands for the stretch around it
        wide = replace(parameter, low=parameter.low - 0.5, high=parameter.high + 0.5, type=NUMBER)
        return np.clip(np.floor(shaped(wide, u) + 0.5), parameter.low, parameter.high)
    low, high = parameter.low, parameter.high
    if parameter.shape == "loguniform":
        logs = log(low) + u * (log(high) - log(low))
        return np.array([exp(x) for x in logs.tolist()])  # numpy's exp differs by processor
    if parameter.shape == "triangular":
        mode = float(parameter.value)
        cut = (mode - low) / (high - low)
        left = low + np.sqrt(u * (high - low) * (mode - low))
        right = high - np.sqrt((1 - u) * (high - low) * (high - mode))
        return np.where(u < cut, left, right)
    return low + u * (high - low)


def quantile(parameter: Parameter, values: Floats) -> Floats:
    """Return where numbers stand in the shape of a parameter, from 0 to 1: `shaped` the other way.

    Of a discrete shape it is the place among its values.
    """
    assert parameter.low is not None and parameter.high is not None
    low, high = parameter.low, parameter.high
    if parameter.weights:
        listed = law(parameter)[::2]
        return np.interp(values, listed, np.linspace(0.0, 1.0, len(listed)))
    if parameter.shape == "pert":
        rise = 4.0 * (float(parameter.value) - low) / (high - low)
        parts = [min(max((x - low) / (high - low), 0.0), 1.0) for x in values.tolist()]
        return np.array([incomplete_beta(1 + rise, 5 - rise, x, 1 - x, False) for x in parts])
    if parameter.shape in UNBOUNDED:
        _, _, mean, sd, first, last = law(parameter)
        logs = [log(x) if parameter.shape == "lognormal" else x for x in values.tolist()]
        return np.array([(_below(x, mean, sd) - first) / (last - first) for x in logs])
    if parameter.shape == "loguniform":
        return np.asarray(np.log(values / low) / np.log(high / low))
    if parameter.shape == "triangular":
        mode = float(parameter.value)
        below = (values - low) ** 2 / ((high - low) * (mode - low or 1.0))
        above = 1 - (high - values) ** 2 / ((high - low) * (high - mode or 1.0))
        return np.where(values < mode, below, above)
    return np.asarray((values - low) / (high - low))
