"""The elementary functions: small errors, exact edges, never falling, and the same bits compiled.

Errors are in units in the last place: the nearest double is within half of one. References are
mpmath and, for many points, numpy's long double where that has more digits.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from functools import cache

import mpmath
import numpy as np
import numpy.typing as npt
import pytest
from fuzzing import TIMES, examples
from mpmath import mp, mpf

from docs.generate import coefficients
from sim.engine.llvm.assembly import Assembly
from sim.engine.llvm.kept_code import Code, signature
from sim.engine.llvm.machine_code import object_code
from sim.numerics import LIBRARY
from sim.numerics.arithmetic import INF, NAN, TINY, bits, fmod, from_bits
from sim.numerics.coefficients import EXP_PER_STEP, LOG_FROM
from sim.numerics.exponential import erf, exp, expm1, tanh
from sim.numerics.logarithm import log, log1p, log10, power
from sim.numerics.trigonometric import cos, sin

Floats = npt.NDArray[np.float64]
Function = Callable[..., float]

#: The greatest error in units in the last place. Results below `TINY` are rounded twice: 0.76.
WORST = {
    exp: 0.51, expm1: 0.56, log: 0.51, log1p: 0.51, log10: 0.51, power: 0.51,
    sin: 0.78, cos: 0.78, tanh: 0.53, erf: 0.74,
}  # fmt: skip
WORST_TINY = 0.76
NAMES = {function: function.__name__ for function in WORST}
MORE_DIGITS = np.finfo(np.longdouble).nmant >= 63

LOOP = """
def fill(x: Floats, y: Floats, out: Floats, n: int) -> int:
    for i in range(n):
        out[i] = {call}
    return 0
"""


@cache
def machine(call: str) -> tuple[Code, Callable[..., int]]:
    """Compile a loop over an expression in ``x[i]`` and ``y[i]``."""
    assembly = Assembly(LOOP.format(call=call), LIBRARY, {})
    symbol, function = assembly.request(assembly.model, "fill")
    llvm = assembly.text((assembly.model, "fill"))
    code = Code(object_code(llvm), {symbol: signature(function)})
    return code, code.functions[symbol]


def compiled(call: str, x: Floats, y: Floats | None = None) -> Floats:
    """Return the values of an expression in ``x[i]`` and ``y[i]``, by compiled code."""
    y = x if y is None else y
    out = np.empty_like(x)
    arrays = [v for a in (x, y, out) for v in (a.ctypes.data, a.size)]
    machine(call)[1](*arrays, len(x))
    return out


def call_of(function: Function) -> str:
    name = function.__name__
    return f"{name}(x[i], y[i])" if function in (power, fmod) else f"{name}(x[i])"


def arguments(function: Function, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return `n` arguments in the range where the function has something to compute."""

    def sized(low: float, high: float, count: int = n // 4) -> Floats:
        return rng.choice([-1.0, 1.0], count) * 10.0 ** rng.uniform(low, high, count)

    def drawn(low: float, high: float, count: int = n // 4) -> Floats:
        return rng.uniform(low, high, count)

    positive = rng.integers(1, bits(INF), n // 4, dtype=np.int64).view(np.float64)
    near_one = np.concatenate([1.0 + sized(-15.5, -1), drawn(0.5, 2.0)])
    parts = {
        exp: [drawn(-745.2, 709.8), drawn(-1, 1), sized(-20, 0), drawn(-745.2, -690.0)],
        expm1: [drawn(-45, 709.8), drawn(-1, 1), sized(-300, 0), drawn(-0.4, 0.4)],
        log: [positive, near_one, np.abs(sized(-323, -307))],
        log1p: [
            drawn(-1, 1),
            sized(-300, -0.01),
            np.abs(sized(-1, 300)),
            np.abs(sized(-16, -1)) - 1,
        ],
        log10: [positive, near_one, 10.0 ** rng.integers(-300, 300, n // 4)],
        sin: [drawn(-1, 1), drawn(-40, 40), sized(-300, 300), sized(3, 9)],
        cos: [drawn(-1, 1), drawn(-40, 40), sized(-300, 300), sized(3, 9)],
        tanh: [drawn(-0.4, 0.4), drawn(-23, 23), sized(-300, 1), drawn(-2, 2)],
        erf: [drawn(-0.6, 0.6), drawn(-6.1, 6.1), sized(-300, 0), drawn(-3, 3)],
        power: [positive, near_one, drawn(0, 10)],
    }
    x = np.concatenate(parts[function])
    if function is not power:
        return x, x
    with np.errstate(divide="ignore"):
        widest = np.clip(drawn(-745.2, 709.8, len(x)) / np.log(x), -1e18, 1e18)
    return x, np.where(rng.random(len(x)) < 0.5, widest, np.round(drawn(-50, 50, len(x)), 1))


def units(true: mpf) -> tuple[mpf, mpf]:
    """Return the spacing of doubles at a number, and the number."""
    size = abs(true)
    exponent = int(mpmath.frexp(size)[1]) if size else -2000
    return mpf(2) ** max(exponent - 53, -1074), size


def exact(function: Function) -> Callable[..., mpf]:
    found: Callable[..., mpf] = getattr(mpmath, function.__name__)
    return found


def allowed(function: Function, value: float) -> float:
    return WORST[function] if abs(value) >= TINY else WORST_TINY


def worst_error(function: Function, n: int, seed: int | None) -> dict[bool, float]:
    """Return the greatest errors against mpmath, of ordinary results and of those below `TINY`."""
    x, y = arguments(function, n, np.random.default_rng(seed))
    found = compiled(call_of(function), x, y)
    worst = {False: 0.0, True: 0.0}
    with mp.workprec(180):
        for a, b, value in zip(x.tolist(), y.tolist(), found.tolist(), strict=True):
            true = exact(function)(*((a, b) if function is power else (a,)))
            unit, size = units(true)
            if size >= mpf(2) ** 1024 * (1 - mpf(2) ** -54):
                assert math.isinf(value)
                continue
            error = abs(mpf(value) - true) / unit
            tiny = abs(value) < TINY
            worst[tiny] = max(worst[tiny], float(error))
    return worst


@pytest.mark.parametrize("function", WORST, ids=NAMES.get)
@pytest.mark.fuzz
def test_errors_are_below_their_bounds(function: Function) -> None:
    worst = worst_error(function, examples(2000), 1 if TIMES == 1 else None)
    print(f"{function.__name__}: {worst[False]:.4f}, below {TINY:.0e} {worst[True]:.4f}")
    assert worst[False] <= WORST[function]
    assert worst[True] <= WORST_TINY


@pytest.mark.skipif(not MORE_DIGITS, reason="a long double here is no longer than a double")
@pytest.mark.parametrize("function", [f for f in WORST if f is not erf], ids=NAMES.get)
def test_errors_of_many_are_below_their_bounds(function: Function) -> None:
    x, y = arguments(function, 400_000, np.random.default_rng(2))
    found = compiled(call_of(function), x, y)
    with np.errstate(all="ignore"):
        long = [v.astype(np.longdouble) for v in ((x, y) if function is power else (x,))]
        true = getattr(np, function.__name__)(*long)
        unit = np.ldexp(1.0, np.maximum(np.frexp(np.abs(true))[1] - 53, -1074))
        error = np.abs(found - true) / unit
    error[np.abs(true) >= np.ldexp(np.longdouble(2.0) - 2.0**-53, 1023)] = 0.0  # rounded: infinite
    ordinary = np.abs(found) >= TINY
    assert np.nanmax(error[ordinary]) <= WORST[function] + 0.002
    assert np.nanmax(error[~ordinary], initial=0.0) <= WORST_TINY + 0.002


WORDS = """
0 5e-324 1e-310 2.2250738585072014e-308 1e-300 5.5e-17 1.1e-16 2.3e-16 3.7e-9 1e-5 0.1 0.35 0.5 0.6885
0.9999999999999999 1 1.0000000000000002 1.377 1.5 2 2.5 3 3.141592653589793 6 22 36.7 40 56 690 709
709.782712893384 709.7827128933841 710 745.1332191019411 745.1332191019412 746 1e3 1e5 1048576 1048577
4503599627370497 9007199254740991 9007199254740992 1e19 1e22 1e100 5.319372648326541e255 1e300
1.7976931348623157e308
"""
EDGES = [sign * float(word) for sign in (1, -1) for word in WORDS.split()]


@pytest.mark.parametrize("function", WORST, ids=NAMES.get)
def test_errors_at_edges(function: Function) -> None:
    domain = {log: lambda x: x > 0, log10: lambda x: x > 0, log1p: lambda x: x > -1}
    inside = domain.get(function, lambda x: True)
    points: Iterator[tuple[float, ...]] = ((x,) for x in EDGES if inside(x))
    if function is power:
        pairs = itertools.product(EDGES, EDGES)
        points = ((x, y) for x, y in pairs if x > 0 and abs(y * log(x)) < 1000.0)
    with mp.workprec(1300 if function in (sin, cos) else 200):
        for point in points:
            value, true = function(*point), exact(function)(*map(mpf, point))
            unit, size = units(true)
            if size >= mpf(2) ** 1024 * (1 - mpf(2) ** -54):
                assert value == math.copysign(INF, true), point
            else:
                assert abs(mpf(value) - true) <= allowed(function, value) * unit, point


def alike(a: float, b: float) -> bool:
    return (a != a and b != b) or (a == b and math.copysign(1.0, a) == math.copysign(1.0, b))


def test_special_values() -> None:
    special = {
        exp: [(INF, INF), (-INF, 0.0), (0.0, 1.0), (-0.0, 1.0)],
        expm1: [(INF, INF), (-INF, -1.0), (0.0, 0.0), (-0.0, -0.0)],
        log: [(INF, INF), (-INF, NAN), (0.0, -INF), (-0.0, -INF), (-1.0, NAN), (1.0, 0.0)],
        log1p: [(INF, INF), (-INF, NAN), (0.0, 0.0), (-0.0, -0.0), (-1.0, -INF), (-1.5, NAN)],
        log10: [(INF, INF), (-INF, NAN), (0.0, -INF), (-0.0, -INF), (-1.0, NAN), (1.0, 0.0)],
        sin: [(INF, NAN), (-INF, NAN), (0.0, 0.0), (-0.0, -0.0)],
        cos: [(INF, NAN), (-INF, NAN), (0.0, 1.0), (-0.0, 1.0)],
        tanh: [(INF, 1.0), (-INF, -1.0), (0.0, 0.0), (-0.0, -0.0)],
        erf: [(INF, 1.0), (-INF, -1.0), (0.0, 0.0), (-0.0, -0.0)],
    }
    for function, pairs in special.items():
        for x, value in [*pairs, (NAN, NAN)]:
            assert alike(function(x), value), (function.__name__, x)
    assert [log10(10.0**k) for k in range(23)] == list(range(23))


def test_powers_of_special_numbers_are_those_of_c() -> None:
    """C99, F.9.4.4: Python's pow has these, but raises where C returns a nan or an infinity."""
    odd, even, broken = (
        [3.0, -5.0, 2.0**53 - 1],
        [2.0, -4.0, 2.0**53, 1e300],
        [0.5, -2.5, 2.0**51 + 0.5],
    )
    for y in odd:
        for x, value in [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (-1.0, -1.0)]:
            assert alike(power(x, y), value if y > 0.0 or abs(x) == 1.0 else 1.0 / value if value else
                         math.copysign(INF, value))  # fmt: skip
    for y in (*even, *broken, INF, -INF):
        for x in (0.0, -0.0):
            assert alike(power(x, y), 0.0 if y > 0.0 else INF)
        for x in (INF, -INF):
            assert alike(power(x, y), INF if y > 0.0 else 0.0)
    for x in (1.5, -1.5, 1e300, -1e300, 0.5, -0.5, 1e-300):
        grows = abs(x) > 1.0
        assert alike(power(x, INF), INF if grows else 0.0)
        assert alike(power(x, -INF), 0.0 if grows else INF)
    for x in (-1.0, 1.0):
        assert [power(x, y) for y in (INF, -INF, 2.0, 1e300)] == [1.0] * 4
    for x in (*EDGES, INF, -INF, NAN):
        assert power(x, 0.0) == power(x, -0.0) == power(1.0, x) == 1.0
        assert alike(power(x, NAN), 1.0 if x == 1.0 else NAN)
        assert x == 0.0 or alike(power(NAN, x), NAN)
    for x in (-1.0, -2.0, -TINY, -1e300):
        assert all(math.isnan(power(x, y)) for y in broken)
    for x, y in itertools.product(
        (-3.0, -0.3, -1e10, -5e-324), (1.0, 2.0, 3.0, -7.0, 10.0, 4097.0)
    ):
        assert alike(power(x, y), power(-x, y) if y % 2 == 0 else -power(-x, y))
    assert [power(2.0, float(k)) for k in range(-1074, 1024)] == [
        2.0**k for k in range(-1074, 1024)
    ]
    assert [power(float(x), 2.0) for x in range(1000)] == [float(x * x) for x in range(1000)]


def test_remainders_are_exact() -> None:
    rng = np.random.default_rng(3)
    any_bits = rng.integers(0, 2**64, (2, 30_000), dtype=np.uint64).view(np.float64)
    subnormal = rng.integers(0, 2**53, (2, 3_000), dtype=np.uint64).view(np.float64)
    usual = np.round(rng.uniform(-1e4, 1e4, (2, 20_000)), 2)
    wide = rng.normal(size=(2, 20_000)) * 10.0 ** rng.uniform(-15, 15, (2, 20_000))
    a, b = np.concatenate(
        [any_bits, subnormal, usual, wide, np.array([*itertools.product(EDGES, EDGES)]).T], axis=1
    )
    b[np.isnan(b) | (b == 0.0)] = 7.0
    found = compiled("fmod(x[i], y[i])", a, b)
    finite = np.isfinite(a)
    true = [math.fmod(x, y) for x, y in zip(a[finite].tolist(), b[finite].tolist(), strict=True)]
    assert same_bits(np.array(true), found[finite])
    assert np.isnan(found[~finite]).all()
    assert all(math.isnan(fmod(x, 0.0)) for x in EDGES)
    assert all(math.isnan(fmod(x, NAN)) and math.isnan(fmod(NAN, x)) for x in EDGES)
    assert fmod(5.0, INF) == 5.0 and fmod(-5.0, -INF) == -5.0


def same_bits(a: Floats, b: Floats) -> bool:
    return bool(((a.view(np.uint64) == b.view(np.uint64)) | (np.isnan(a) & np.isnan(b))).all())


@pytest.mark.parametrize("function", [*WORST, fmod], ids=lambda f: f.__name__)
def test_compiled_code_has_the_same_bits(function: Function) -> None:
    rng = np.random.default_rng(4)
    edges = np.array([*itertools.product([*EDGES, INF, -INF, NAN], repeat=2)]).T
    drawn = arguments(function if function is not fmod else power, 4_000, rng)
    x = np.concatenate(
        [rng.integers(0, 2**64, 4_000, dtype=np.uint64).view(np.float64), edges[0], drawn[0]]
    )
    y = np.concatenate(
        [rng.integers(0, 2**64, 4_000, dtype=np.uint64).view(np.float64), edges[1], drawn[1]]
    )
    if function in (power, fmod):
        slow = [function(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    else:
        slow = [function(a) for a in x.tolist()]
    assert same_bits(np.array(slow), compiled(call_of(function), x, y))


def test_bits_are_those_in_memory() -> None:
    x = np.array([*EDGES, INF, -INF])
    assert [bits(v) for v in x.tolist()] == x.view(np.uint64).tolist()
    assert [from_bits(bits(v)) for v in x.tolist()] == x.tolist()


def around(centres: Floats, reach: int) -> Floats:
    """Return neighbouring doubles around each number, in order, one row for each."""
    words = centres.view(np.int64)[:, None] + np.arange(-reach, reach + 1)
    rows = words.view(np.float64)
    return np.where(centres[:, None] < 0.0, rows[:, ::-1], rows)


def never_falls(rows: Floats, call: str) -> bool:
    found = compiled(call, np.ascontiguousarray(rows).ravel()).reshape(rows.shape)
    return bool((np.diff(found, axis=1) >= 0.0).all())


def test_exp_never_falls() -> None:
    """Inside a cell of its table it is a sum of rounded terms that grow; here are all borders."""
    borders = (np.arange(-137_400, 131_050) + 0.5) / EXP_PER_STEP
    assert never_falls(around(borders, 8), "exp(x[i])")
    rng = np.random.default_rng(5)
    places = np.concatenate(
        [rng.uniform(-745, 709, 500), rng.uniform(-1, 1, 500), 10.0 ** rng.uniform(-18, 0, 200)]
    )
    assert never_falls(around(places, 1000), "exp(x[i])")


def test_log_never_falls() -> None:
    exponents = (np.arange(1, 2046) - 1023)[:, None] << 52
    borders = (LOG_FROM + (np.arange(128) << 45) + exponents).ravel()
    borders = borders[(borders > 8) & (borders < bits(INF) - 8)]
    assert never_falls(around(borders.view(np.float64), 4), "log(x[i])")
    rng = np.random.default_rng(6)
    places = np.concatenate(
        [10.0 ** rng.uniform(-300, 300, 300), rng.uniform(0.3, 3, 700), [1e-310]]
    )
    assert never_falls(around(places, 1000), "log(x[i])")


@pytest.mark.parametrize(
    "call",
    [
        "exponential(x[i], 3.0)",
        "normal(x[i], 0.0, 1.0)",
        "lognormal(x[i], 0.3, 0.7)",
        "lognormal(x[i], 0.0, 1e-9)",
        "weibull(x[i], 0.7, 2.0)",
        "weibull(x[i], 900.0, 2.0)",
    ],
)
def test_draws_never_fall(call: str) -> None:
    """Runs of neighbouring uniforms: at both ends, at the borders of the tables, and anywhere."""
    rng = np.random.default_rng(7)
    borders = 1.0 - (LOG_FROM + (np.arange(0, 128) << 45)).view(np.float64)
    at_borders = (borders[borders > 0] * 2**52).astype(np.int64) - 1000
    anywhere = rng.integers(0, 2**52 - 2001, 300)
    powers = 2 ** np.arange(11, 52) - 1000
    starts = np.concatenate([[0, 2**52 - 2001], at_borders, anywhere, powers])
    assert never_falls((starts[:, None] + np.arange(2000) + 0.5) * 2.0**-52, call)


def test_coefficients_are_those_of_the_script() -> None:
    assert coefficients.FILE.read_text(encoding="utf-8") == coefficients.text()
