"""The arithmetic is that of IEEE 754 and of Python, bit for bit."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from sim.numerics import arithmetic, exponential
from sim.numerics.arithmetic import INF, NAN

Floats = npt.NDArray[np.float64]

EDGES = [
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.0, -2.0, 2.5, 3.0, -3.0, 1 / 3, math.pi, math.e),
    *(INF, -INF, NAN, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308),
    *(-1.7976931348623157e308, 2.0**52, 2.0**53, -(2.0**52), 2.0**52 - 0.5, 2.0**63, 1e22, 1e-17),
    *(709.782712893384, 709.7827128933841, -745.1332191019411, -745.1332191019412, 1e3, -1e3, 0.1),
    *(1.0 - 2.0**-53, 1.0 + 2.0**-52, -1.0 + 2.0**-53, -1.0 - 2.0**-52, 36.7, -36.7),
]


def numbers(seed: int, n: int = 220_000) -> Floats:
    """Return doubles of every size: any bit pattern, and the sizes that models have."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2**64, n // 4, dtype=np.uint64).view(np.float64)
    wide = rng.choice([-1.0, 1.0], n // 4) * 10.0 ** rng.uniform(-12, 12, n // 4)
    unit = rng.uniform(-1.5, 1.5, n // 4)
    return np.concatenate([EDGES, bits, wide, unit, rng.normal(0, 100, n - 3 * (n // 4))])


def differing(expected: list[float], found: list[float]) -> list[int]:
    """Return the places where two lists differ in a bit, a nan being a nan."""
    a, b = np.array(expected), np.array(found)
    same = (a.view(np.uint64) == b.view(np.uint64)) | (np.isnan(a) & np.isnan(b))
    return [int(i) for i in np.flatnonzero(~same)]


def test_div_is_the_quotient_of_ieee() -> None:
    a, b = np.array(list(itertools.product(EDGES, EDGES))).T
    with np.errstate(all="ignore"):
        expected = (a / b).tolist()
    assert not differing(expected, list(map(arithmetic.div, a.tolist(), b.tolist())))


@pytest.mark.parametrize(
    ("name", "python"), [("mod", lambda a, b: a % b), ("floordiv", lambda a, b: a // b)]
)
def test_division_with_remainder_is_pythons(
    name: str, python: Callable[[float, float], float]
) -> None:
    x = numbers(3)
    y = np.random.default_rng(4).permutation(x)
    small = np.random.default_rng(5).integers(-40, 40, (2, 50_000)) / 10
    pairs = [*zip(x.tolist(), y.tolist(), strict=True), *itertools.product(EDGES, EDGES)]
    pairs += zip(*small.tolist(), strict=True)
    pairs = [(a, b) for a, b in pairs if b != 0.0]
    ours = getattr(arithmetic, name)
    assert not differing([python(a, b) for a, b in pairs], [ours(a, b) for a, b in pairs])
    assert all(math.isnan(ours(a, b)) for a in EDGES for b in (0.0, -0.0))


def test_round_half_even_is_pythons() -> None:
    values = [x for x in numbers(6).tolist() if math.isfinite(x)]
    values += [i + 0.5 for i in range(-50, 50)]
    assert [arithmetic.round_half_even(x) for x in values] == [float(round(x)) for x in values]
    assert arithmetic.round_half_even(INF) == INF
    assert math.isnan(arithmetic.round_half_even(NAN))


def test_order_functions_let_nan_through() -> None:
    for a, b in itertools.product(EDGES, EDGES):
        known = not (math.isnan(a) or math.isnan(b))
        assert math.isnan(arithmetic.minimum(a, b)) != known
        assert math.isnan(arithmetic.maximum(a, b)) != known
        if known:
            assert arithmetic.minimum(a, b) == min(a, b)
            assert arithmetic.maximum(a, b) == max(a, b)
    for x, low, high in itertools.product(EDGES, EDGES, [0.0, 1.0, INF, NAN]):
        clipped = arithmetic.clip(x, low, high)
        if math.isnan(x) or math.isnan(low) or math.isnan(high):
            assert math.isnan(clipped)
        else:
            assert clipped == min(max(x, low), high)


def test_predicates_and_sign() -> None:
    for x in numbers(7, 4000).tolist():
        assert arithmetic.isfinite(x) is math.isfinite(x)
        assert arithmetic.is_whole(x) is x.is_integer()
        if math.isnan(x):
            assert math.isnan(arithmetic.sign(x))
        else:
            assert arithmetic.sign(x) == (x > 0) - (x < 0)
    assert not differing([0.0], [arithmetic.sign(-0.0)])


def test_sigmoid() -> None:
    assert exponential.sigmoid(0.0) == 0.5
    assert exponential.sigmoid(INF) == 1.0
    assert exponential.sigmoid(-INF) == 0.0
    assert exponential.sigmoid(1e4) == 1.0
    assert exponential.sigmoid(-700.0) == pytest.approx(math.exp(-700.0), rel=1e-14)
    assert math.isnan(exponential.sigmoid(NAN))
    x = np.linspace(-40, 40, 4001).tolist()
    y = list(map(exponential.sigmoid, x))
    assert y == sorted(y)
