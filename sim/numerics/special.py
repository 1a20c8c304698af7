"""Special functions behind the draws: log-gamma, incomplete gamma and beta. Restricted Python.

CPython does not use the C library's ``lgamma``, so these functions use only ``+ - * /``, `exp`,
`log` and `log1p`. The incomplete functions use saddle-point forms of their leading factors (Loader
2000), which keep 13 digits where logarithms of gamma functions would cancel.
"""

from __future__ import annotations

from sim.numerics.arithmetic import NAN, absolute, sqrt
from sim.numerics.exponential import exp
from sim.numerics.logarithm import log, log1p

HALF_LOG_TWO_PI = 0.9189385332046727
TWO_PI = 6.283185307179586
EPSILON = 2.5e-16
GREAT = 1e200
SCALE = 1e-200
MAX_TERMS = 20000.0


def log_gamma(x: float) -> float:
    """Return log Γ(x) for x > 0: recurrence up to ten, then Stirling's series."""
    product = 1.0
    z = x
    while z < 10.0:
        product *= z
        z += 1.0
    return (z - 0.5) * log(z) - z + HALF_LOG_TWO_PI + stirling_series(z) - log(product)


def stirling_series(x: float) -> float:
    """Return Stirling's series for x ≥ 10 (Abramowitz and Stegun 1964, 6.1.41)."""
    t = 1.0 / (x * x)
    s = 1.0 / 156.0
    s = 691.0 / 360360.0 - s * t
    s = 1.0 / 1188.0 - s * t
    s = 1.0 / 1680.0 - s * t
    s = 1.0 / 1260.0 - s * t
    s = 1.0 / 360.0 - s * t
    s = 1.0 / 12.0 - s * t
    return s / x


def stirling_error(x: float) -> float:
    """Return log Γ(x + 1) less its Stirling approximation, for x > 0 (Loader 2000)."""
    if x >= 10.0:
        return stirling_series(x)
    return log_gamma1p(x) - (x + 0.5) * log(x) + x - HALF_LOG_TWO_PI


def log_gamma1p(x: float) -> float:
    """Return log Γ(1 + x) for x > 0, to full relative precision where x is small."""
    if x > 0.01:
        return log_gamma(x + 1.0)
    s = 0.1255096695247430
    s = 0.1440498967688461 - s * x
    s = 0.1695571769974082 - s * x
    s = 0.2073855510286740 - s * x
    s = 0.2705808084277845 - s * x
    s = 0.4006856343865314 - s * x
    s = 0.8224670334241132 - s * x
    return x * (s * x - 0.5772156649015329)


def log_rising(x: float, s: float) -> float:
    """Return log Γ(x + s) / Γ(x) for 0 < s <= x, without cancellation where s is small."""
    product = 0.0  # minus one
    z = x
    while z < 10.0:
        product += (1.0 + product) * (s / z)
        z += 1.0
    ratio = s * log(s + z) + (z - 0.5) * log1p(s / z) - s
    return ratio + (stirling_series(s + z) - stirling_series(z)) - log1p(product)


def deviance(x: float, m: float) -> float:
    """Return x log(x / m) + m - x for positive x and m, without cancellation (Loader 2000)."""
    d = x - m
    if absolute(d) >= 0.1 * (x + m):
        return x * (log(x) - log(m)) - d
    v = d / (x + m)
    s = d * v
    term = 2.0 * x * v
    v *= v
    k = 1.0
    while k < 40.0:
        term *= v
        k += 2.0
        next_s = s + term / k
        if next_s == s:
            return s
        s = next_s
    return s


def gamma_constant(a: float) -> float:
    """Return the part of `gamma_factor` that depends only on ``a``."""
    if a < 10.0:
        return -log_gamma1p(a)
    return -stirling_series(a) - 0.5 * log(TWO_PI * a)


def gamma_factor(a: float, x: float, constant: float) -> float:
    """Return x**a exp(-x) / Γ(a + 1) for positive a and x."""
    if a < 10.0:
        return exp(a * log(x) - x + constant)
    return exp(constant - deviance(a, x))


def gamma_tail(a: float, x: float, factor: float, upper: bool) -> float:
    """Return P(a, x), or Q(a, x) if ``upper``, from the leading factor."""
    if x < a + 1.0:
        p = factor * gamma_series(a, x)
        return 1.0 - p if upper else p
    q = factor * a * gamma_fraction(a, x)
    return q if upper else 1.0 - q


def gamma_series(a: float, x: float) -> float:
    """Return P(a, x) over its leading factor, by its series (Gautschi 1979)."""
    term = 1.0
    total = 1.0
    k = a
    stop = a + MAX_TERMS
    while k < stop and term > total * EPSILON:
        k += 1.0
        term *= x / k
        total += term
    return total


def gamma_fraction(a: float, x: float) -> float:
    """Return Q(a, x) over x**a exp(-x) / Γ(a), by Legendre's continued fraction."""
    b = x + 1.0 - a
    p0 = 0.0
    q0 = 1.0
    p = 1.0
    q = b
    last = 0.0
    value = 1.0 / b
    k = 0.0
    while k < MAX_TERMS and absolute(value - last) > EPSILON * value:
        k += 1.0
        b += 2.0
        c = k * (a - k)
        p1 = b * p + c * p0
        q1 = b * q + c * q0
        p0 = p
        q0 = q
        p = p1
        q = q1
        if q > GREAT:
            p0 *= SCALE
            q0 *= SCALE
            p *= SCALE
            q *= SCALE
        last = value
        value = p / q
    return value


def incomplete_gamma(a: float, x: float, upper: bool) -> float:
    """Return the regularised incomplete gamma function P(a, x), or Q(a, x) if ``upper``."""
    if x <= 0.0:
        return 1.0 if upper else 0.0
    return gamma_tail(a, x, gamma_factor(a, x, gamma_constant(a)), upper)


def beta_constant(a: float, b: float) -> float:
    """Return the part of `beta_factor` that depends only on ``a`` and ``b``."""
    n = a + b
    if n < 10.0:
        return log_gamma(n) - log_gamma(a) - log_gamma(b)
    e = stirling_series(n) - stirling_error(a) - stirling_error(b)
    return e + 0.5 * log(a / TWO_PI * (b / n))


def beta_factor(a: float, b: float, x: float, y: float, constant: float) -> float:
    """Return x**a y**b / B(a, b) for positive a, b, x and y = 1 - x."""
    n = a + b
    if n < 10.0:
        return exp(a * log(x) + b * log(y) + constant)
    return exp(constant - deviance(a, n * x) - deviance(b, n * y))


def beta_tail(a: float, b: float, x: float, y: float, factor: float, upper: bool) -> float:
    """Return I_x(a, b), or its complement if ``upper``, from the leading factor."""
    if b * x <= a * y:
        p = factor * beta_fraction(a, b, x, y)
        return 1.0 - p if upper else p
    q = factor * beta_fraction(b, a, y, x)
    return q if upper else 1.0 - q


def beta_fraction(a: float, b: float, x: float, y: float) -> float:
    """Return I_x(a, b) over its leading factor, for x up to the mean.

    The continued fraction of DiDonato and Morris (1992).
    """
    c = 1.0 + (a * y - b * x)
    c0 = b / a
    c1 = 1.0 + 1.0 / a
    p0 = 0.0
    q0 = 1.0
    p = 1.0
    q = c / c1
    last = 0.0
    value = c1 / c
    n = 0.0
    t = 0.0
    s = a + 1.0
    while n < MAX_TERMS and absolute(value - last) > EPSILON * value:
        n += 1.0
        w = n * (b - n) * x
        e = a / s
        first = (1.0 + t) * (1.0 + t + c0) * (e * e) * (w * x)
        t = n / a
        second = n + w / s + (t + 1.0) / (c1 + t + t) * (c + n * (y + 1.0))
        s += 2.0
        p1 = first * p0 + second * p
        q1 = first * q0 + second * q
        p0 = p
        q0 = q
        p = p1
        q = q1
        if q > GREAT:
            p0 *= SCALE
            q0 *= SCALE
            p *= SCALE
            q *= SCALE
        last = value
        value = p / q
    return value


def incomplete_beta(a: float, b: float, x: float, y: float, upper: bool) -> float:
    """Return the regularised incomplete beta function I_x(a, b), or its complement if ``upper``.

    ``y`` is ``1 - x``, passed separately because one of the two may have more digits.
    """
    if x <= 0.0:
        return 1.0 if upper else 0.0
    if y <= 0.0:
        return 0.0 if upper else 1.0
    return beta_tail(a, b, x, y, beta_factor(a, b, x, y, beta_constant(a, b)), upper)


def normal_quantile(u: float) -> float:
    """Return the standard normal quantile by algorithm AS 241, PPND16 (Wichura 1988).

    Its polynomials are summed in pairs, which a processor computes side by side (Estrin 1960).
    """
    q = u - 0.5
    if absolute(q) <= 0.425:
        r = 0.180625 - q * q
        s = r * r
        num = (
            3.3871328727963666080e0
            + r * 1.3314166789178437745e2
            + s * (1.9715909503065514427e3 + r * 1.3731693765509461125e4)
        )
        high = (
            4.5921953931549871457e4
            + r * 6.7265770927008700853e4
            + s * (3.3430575583588128105e4 + r * 2.5090809287301226727e3)
        )
        num += s * s * high
        den = (
            1.0
            + r * 4.2313330701600911252e1
            + s * (6.8718700749205790830e2 + r * 5.3941960214247511077e3)
        )
        high = (
            2.1213794301586595867e4
            + r * 3.9307895800092710610e4
            + s * (2.8729085735721942674e4 + r * 5.2264952788528545610e3)
        )
        den += s * s * high
        return q * num / den
    tail = u if q < 0.0 else 1.0 - u
    if not tail > 0.0:
        return NAN
    r = sqrt(-log(tail))
    if r <= 5.0:
        r -= 1.6
        s = r * r
        num = (
            1.42343711074968357734e0
            + r * 4.63033784615654529590e0
            + s * (5.76949722146069140550e0 + r * 3.64784832476320460504e0)
        )
        high = (
            1.27045825245236838258e0
            + r * 2.41780725177450611770e-1
            + s * (2.27238449892691845833e-2 + r * 7.74545014278341407640e-4)
        )
        num += s * s * high
        den = (
            1.0
            + r * 2.05319162663775882187e0
            + s * (1.67638483018380384940e0 + r * 6.89767334985100004550e-1)
        )
        high = (
            1.48103976427480074590e-1
            + r * 1.51986665636164571966e-2
            + s * (5.47593808499534494600e-4 + r * 1.05075007164441684324e-9)
        )
        den += s * s * high
    else:
        r -= 5.0
        s = r * r
        num = (
            6.65790464350110377720e0
            + r * 5.46378491116411436990e0
            + s * (1.78482653991729133580e0 + r * 2.96560571828504891230e-1)
        )
        high = (
            2.65321895265761230930e-2
            + r * 1.24266094738807843860e-3
            + s * (2.71155556874348757815e-5 + r * 2.01033439929228813265e-7)
        )
        num += s * s * high
        den = (
            1.0
            + r * 5.99832206555887937690e-1
            + s * (1.36929880922735805310e-1 + r * 1.48753612908506148525e-2)
        )
        high = (
            7.86869131145613259100e-4
            + r * 1.84631831751005468180e-5
            + s * (1.42151175831644588870e-7 + r * 2.04426310338993978564e-15)
        )
        den += s * s * high
    return -num / den if q < 0.0 else num / den
