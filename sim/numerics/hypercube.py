"""NumPy's Latin hypercube of futures, where there is no NumPy. Restricted Python.

`sim.study.futures.sample` draws each block with ``numpy.random.default_rng([seed, block])``: the two
numbers make a generator (`sim.numerics.pcg`), `permuted` shuffles the strata of each parameter (Fisher
and Yates, with rejection), and `random` places the points in them. NumPy does so since 1.20.
"""

from __future__ import annotations

from sim.numerics.arithmetic import MASK64, u64
from sim.numerics.copula import Words, correlate, share
from sim.numerics.pcg import begin, below, unit_number
from sim.numerics.shapes import shaped
from sim.numerics.sums import Floats, Ints, part_start


def futures(
    n: int, blocks: int, seed: u64, kinds: Ints, shapes: Ints, starts: Ints, laws: Floats,
    members: Ints, ranks: Floats, groups: Ints, shared: Ints, totals: Floats, out: Floats,
    strata: Ints, work: Words, points: Floats, factor: Floats, widths: Floats,
) -> None:  # fmt: skip
    """Write futures, ``float64[future, parameter]``, as `sim.study.futures.sample` does.

    Parameters
    ----------
    kinds, shapes, laws
        As in `sim.numerics.shapes`; the law of parameter k is from ``starts[k]`` to ``starts[k + 1]``.
    members, ranks, groups, shared, totals
        Correlations and shares, as in `sim.numerics.copula`.
    strata, work, points, factor, widths
        Room for a place of each future in a block, for each parameter, and for `WORDS` words; and as in
        `sim.numerics.copula`.
    """
    size = len(kinds)
    for block in range(blocks):
        first = part_start(n, blocks, block)
        count = part_start(n, blocks, block + 1) - first
        begin(work, seed, block & MASK64)
        for p in range(size):
            shuffle(work, strata, p * count, count)
        for i in range(count):
            for p in range(size):
                u = unit_number(work)
                out[(first + i) * size + p] = (float(strata[p * count + i]) + u) / float(count)
    if len(members) > 0:
        correlate(n, blocks, seed, size, members, ranks, out, points, factor, work)
    if len(totals) > 0:
        share(n, size, starts, laws, groups, shared, totals, out, widths)
    for i in range(n):
        for p in range(size):
            at = i * size + p
            out[at] = shaped(out[at], kinds[p], shapes[p], laws, starts[p], starts[p + 1])


def shuffle(work: Words, strata: Ints, first: int, count: int) -> None:
    """Write whole numbers from 0 up, in random order."""
    for i in range(count):
        strata[first + i] = i
    for k in range(1, count):
        i = count - k
        at = first + below(work, i)
        kept = strata[first + i]
        strata[first + i] = strata[at]
        strata[at] = kept
