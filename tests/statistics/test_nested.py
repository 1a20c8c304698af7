"""Replications in futures: chance is told from assumptions, and intervals of shares cover."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import norm

from sim.statistics.nested import components, shares, spread

Floats = np.ndarray
NAN = math.nan
#: The usual sizes: futures, replications in each, and independent Latin hypercubes they consist of.
FUTURES, EACH, BLOCKS = 200, 5, 20


def noisy(expected: Floats, noise: float, rng: np.random.Generator, each: int = EACH) -> Floats:
    """Replications around the expected values of the futures."""
    return expected[:, None] + noise * rng.standard_normal((len(expected), each))


def cubes(rng: np.random.Generator, inputs: int = 4) -> Floats:
    """Latin hypercubes one below the other: points[future, input] from 0 to 1."""
    size = FUTURES // BLOCKS
    places = rng.permuted(np.tile(np.arange(size), (BLOCKS, inputs, 1)), axis=2)
    points = places.transpose(0, 2, 1).reshape(FUTURES, inputs)
    return (points + rng.random((FUTURES, inputs))) / size


@pytest.mark.parametrize(("between", "within"), [(4.0, 1.0), (0.25, 9.0), (0.0, 1.0), (2.0, 0.0)])
def test_components_are_the_variances_that_were_put_in(between: float, within: float) -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(300):
        expected = 7.0 + math.sqrt(between) * rng.standard_normal(80)
        found.append(components(noisy(expected, math.sqrt(within), rng)))
    assert np.mean([f.mean for f in found]) == pytest.approx(7.0, abs=0.05)
    assert np.mean([f.within for f in found]) == pytest.approx(within, rel=0.02)
    # what is below 0 by chance is told as 0, so a small variance is a little too large on average
    assert np.mean([f.between for f in found]) == pytest.approx(between, rel=0.05, abs=0.05)
    assert np.mean([f.noise for f in found]) == pytest.approx(within / EACH, rel=0.02)
    if between != 0.25:  # there half of a small number is noise
        part = np.median([f.assumptions for f in found])
        assert part == pytest.approx(between / (between + within), abs=0.02)


def test_components_by_hand_with_missing_values() -> None:
    """Means 2, 6 and 5 of 2, 2 and 1 values: within 2 by two spare ones, noise 2 × (1/2 + 1/2 + 1) / 3."""
    found = components(np.array([[1.0, 3.0], [5.0, 7.0], [5.0, NAN], [NAN, NAN]]))
    assert (found.futures, found.runs) == (3, 5)
    assert found.mean == pytest.approx(13 / 3)
    assert (found.within, found.noise) == pytest.approx((2.0, 4 / 3))
    assert found.between == pytest.approx(13 / 3 - 4 / 3)
    assert found.assumptions == pytest.approx(0.6)


def test_noise_never_makes_a_variance_negative() -> None:
    found = components(np.array([[-1.0, 1.0], [1.0, -1.0], [0.5, -0.5]]))
    assert (found.between, found.assumptions) == (0.0, 0.0)
    still = components(np.full((3, 4), 0.1))
    assert (still.between, still.within, still.noise) == (0.0, 0.0, 0.0)
    assert math.isnan(still.assumptions)


@pytest.mark.parametrize(
    "values", [np.ones((1, 50)), np.ones((20, 1)), np.full((3, 3), NAN), np.array([[1.0, NAN]] * 9)]
)
def test_one_future_or_one_replication_in_each_tells_no_range(values: Floats) -> None:
    assert spread(values) is None
    assert shares(values, len(values)) is None
    assert not components(values).within >= 0


def test_a_range_is_that_of_the_expected_values_and_not_of_their_noisy_means() -> None:
    """As much noise in the mean of a future as there is between futures: naive ranges are √2 too wide."""
    rng = np.random.default_rng(2)
    truth = 3.0 + 2.0 * norm.ppf([0.05, 0.5, 0.95])
    wide, naive = [], []
    for _ in range(60):
        values = noisy(3.0 + 2.0 * rng.standard_normal(FUTURES), 2.0 * math.sqrt(EACH), rng)
        found = spread(values)
        assert found is not None
        wide.append((found.low, found.middle, found.high))
        naive.append(np.quantile(values.mean(axis=1), [0.05, 0.5, 0.95]))
    assert np.mean(wide, axis=0) == pytest.approx(truth, abs=0.2)
    assert np.ptp(np.mean(naive, axis=0)) > 1.3 * np.ptp(truth)


def test_a_range_keeps_the_shape_of_what_it_stands_for() -> None:
    rng = np.random.default_rng(3)
    found = [spread(noisy(rng.exponential(1.0, FUTURES), 0.6, rng)) for _ in range(60)]
    means = np.mean([(f.low, f.middle, f.high) for f in found if f], axis=0)
    assert means == pytest.approx(-np.log([0.95, 0.5, 0.05]), abs=0.2)


def test_a_range_without_noise_has_the_quantiles_of_the_values() -> None:
    expected = np.random.default_rng(4).gamma(2.0, size=101)
    found = spread(np.tile(expected[:, None], 3))
    assert found is not None and found.parts.noise == 0.0
    assert (found.low, found.middle, found.high) == pytest.approx(
        tuple(np.quantile(expected, [0.05, 0.5, 0.95]))
    )


def test_a_range_stays_among_the_means() -> None:
    """A spread drawn too wide must not reach beyond what was seen: a share stays from 0 to 1."""
    rng = np.random.default_rng(5)
    values = (rng.random((40, 5)) < 0.97).astype(float)
    found = spread(values)
    assert found is not None and 0.0 <= found.low <= found.middle <= found.high <= 1.0


def test_shares_without_noise_are_counts() -> None:
    expected = np.array([-2.0, -1.0, 0.0, 0.0, 1.0, 3.0, 4.0, 5.0])
    above, below = shares(np.tile(expected[:, None], 2), 8) or (None, None)
    assert above is not None and below is not None
    assert (above.mean, below.mean, above.n) == (4 / 8, 2 / 8, 8), "a tie is on no side"
    assert 0.0 < above.low < 4 / 8 < above.high < 1.0


def test_all_and_none_have_an_end_at_their_share() -> None:
    rng = np.random.default_rng(6)
    for noise in (0.0, 0.5):
        above, below = shares(noisy(5.0 + rng.random(FUTURES), noise, rng), BLOCKS) or (None, None)
        assert above is not None and below is not None
        assert (above.mean, above.high) == (1.0, 1.0) and 0.97 < above.low < 1.0
        assert (below.mean, below.low) == (0.0, 0.0) and 0.0 < below.high < 0.03


def test_with_noise_the_sides_make_a_whole() -> None:
    rng = np.random.default_rng(7)
    values = noisy(rng.standard_normal(60), 2.0, rng)
    above, below = shares(values, 60) or (None, None)
    turned, _ = shares(-values, 60) or (None, None)
    assert above is not None and below is not None and turned is not None
    assert above.mean + below.mean == pytest.approx(1.0)
    assert (below.low, below.high) == pytest.approx((1 - above.high, 1 - above.low))
    assert (turned.mean, turned.low) == pytest.approx((below.mean, below.low), abs=0.03)


def test_noise_does_not_make_a_clear_direction_doubtful() -> None:
    """Every future has the same small gain; half of the noisy means lie below 0."""
    rng = np.random.default_rng(8)
    values = noisy(np.full(2_000, 0.5), 10.0, rng)
    assert (values.mean(axis=1) > 0).mean() < 0.6
    above, _ = shares(values, 2_000) or (None, None)
    assert above is not None and above.high > 0.95


def _normal(points: Floats) -> Floats:
    return np.asarray(norm.ppf(points[..., 0]))


def _additive(points: Floats) -> Floats:
    return np.asarray(points @ np.array([3.0, 2.0, 1.0, 1.0]))


def _interacting(points: Floats) -> Floats:
    a, b, c, d = np.moveaxis(points - 0.5, -1, 0)
    return np.asarray(4 * a * b + 2 * c * d + 0.5 * a)


SHAPES: dict[Callable[[Floats], Floats], int] = {
    _normal: FUTURES,
    _additive: BLOCKS,
    _interacting: BLOCKS,
}


@pytest.mark.parametrize(
    ("reliability", "times", "least", "most"),
    [
        (0.1, 24, 0.94, 0.995),
        (0.3, 24, 0.93, 0.995),
        (0.7, 24, 0.93, 0.995),
        (1.0, 300, 0.93, 0.97),
    ],
)
def test_intervals_of_shares_cover(
    reliability: float, times: int, least: float, most: float
) -> None:
    """95 of 100 intervals hold the share of all futures that there could be.

    The reliability is the part of the variance of the mean of a future that is not noise. Normal
    differences come from independent futures, the others from Latin hypercubes: for additive ones these
    are far more precise than independent futures, for interacting ones hardly.
    """
    rng = np.random.default_rng(round(1000 * reliability))
    hits, tries = 0, 0
    everything = np.random.default_rng(0).random((200_000, 4))
    for shape, blocks in SHAPES.items():
        whole = shape(everything)
        noise = float(whole.std()) * math.sqrt(EACH * (1 / reliability - 1))
        for share in (0.55, 0.95):
            zero = np.quantile(whole, 1 - share)
            for _ in range(times):
                points = cubes(rng) if blocks == BLOCKS else rng.random((FUTURES, 4))
                above, below = shares(noisy(shape(points) - zero, noise, rng), blocks) or (
                    None,
                    None,
                )
                assert above is not None and below is not None
                hits += above.low <= share <= above.high
                tries += 1
    assert least <= hits / tries <= most, hits / tries


def test_latin_hypercubes_make_the_share_of_an_additive_difference_more_precise() -> None:
    rng = np.random.default_rng(9)
    widths: dict[str, list[float]] = {"cubes": [], "independent": []}
    for _ in range(20):
        for name, points, blocks in (
            ("cubes", cubes(rng), BLOCKS),
            ("independent", rng.random((FUTURES, 4)), FUTURES),
        ):
            above, _ = shares(np.tile((_additive(points) - 3.5)[:, None], 2), blocks) or (
                None,
                None,
            )
            assert above is not None
            widths[name].append(above.high - above.low)
    assert np.mean(widths["cubes"]) < 0.75 * np.mean(widths["independent"])


def test_futures_without_a_value_leave_their_block_and_not_its_place() -> None:
    """Each block has as many above as below 0: blocks that are cut otherwise would seem to differ."""
    signs = np.tile(np.repeat([1.0, -1.0], FUTURES // BLOCKS // 2), BLOCKS)
    values = np.tile(signs[:, None], 2)
    for block in range(15):  # one of either sign
        values[10 * block] = values[10 * block + 9] = NAN
    above, _ = shares(values, BLOCKS) or (None, None)
    assert above is not None and (above.n, above.mean) == (170, 0.5)
    assert above.high - above.low < 0.055, "as narrow as ten times as many independent futures"


@pytest.mark.filterwarnings("error")
def test_most_futures_may_lack_a_value() -> None:
    values = np.full((20, 5), NAN)
    values[::4] = [[-1.0, -2.0, 0.5, NAN, 1.0]]
    values[0] = 3.0
    above, below = shares(values, 20) or (None, None)
    assert above is not None and below is not None and above.n == 5
    assert 0.0 <= above.low <= above.mean <= above.high <= 1.0
    assert 0.0 <= below.low <= below.mean <= below.high <= 1.0
