"""NumPy's generator PCG64, where there is no NumPy. Restricted Python.

``numpy.random.default_rng([seed, block])`` hashes the two numbers into the state of PCG64 (O'Neill 2014:
a linear congruence of 128 bits, XSL RR).
"""

from __future__ import annotations

from sim.numerics.arithmetic import MASK64, u64

Words = list[u64]

WORDS = 10  # slots of a generator: a pool of four, and
HIGH = 4  # its state in two halves,
LOW = 5
ADD_HIGH = 6  # what each step adds to it,
ADD_LOW = 7
HALF = 8  # the second half of a number,
WAITS = 9  # and whether it is still to be used
POOL = 4
MASK32 = 0xFFFFFFFF
FACTOR_HIGH = 0x2360ED051FC65DA4  # of each step of PCG64
FACTOR_LOW = 0x4385DF649FCCF645
FACTOR_TOP = 0x4385DF64  # the halves of the latter
FACTOR_END = 0x9FCCF645
GATHER = 0x43B0D7E5  # of NumPy's SeedSequence: first constants of its hash, their factors,
GATHER_FACTOR = 0x931E8875
SPREAD = 0x8B51F9DD
SPREAD_FACTOR = 0x58F38DED
LEFT = 0xCA01F9DD  # and the weights with which two words are mixed
RIGHT = 0x4973F715


def below(work: Words, most: int) -> int:
    """Return a random whole number from 0 to `most`."""
    mask = 1
    while mask < most:
        mask = 2 * mask + 1
    found = most + 1
    while found > most:
        if work[WAITS] == 0:
            x = next64(work)
            work[HALF] = x >> 32
            found = int(float(x & MASK32)) & mask
        else:
            found = int(float(work[HALF])) & mask
        work[WAITS] = work[WAITS] ^ 1
    return found


def begin(work: Words, seed: u64, block: u64) -> None:
    """Make the generator of two numbers, the latter below 2**32."""
    long = seed > MASK32
    work[0] = seed & MASK32
    work[1] = seed >> 32 if long else block
    work[2] = block if long else 0
    work[3] = 0
    factor = GATHER & MASK64
    for i in range(POOL):
        before = factor
        factor = factor * GATHER_FACTOR & MASK32
        work[i] = hashed(work[i], before, factor)
    for i in range(POOL):
        for j in range(POOL):
            if i != j:
                before = factor
                factor = factor * GATHER_FACTOR & MASK32
                x = work[j] * LEFT - hashed(work[i], before, factor) * RIGHT & MASK32
                work[j] = x ^ x >> 16
    factor = SPREAD & MASK64
    for i in range(2 * POOL):
        before = factor
        factor = factor * SPREAD_FACTOR & MASK32
        x = hashed(work[i & 3], before, factor)
        at = HIGH + (i >> 1)
        work[at] = work[at] | x << 32 & MASK64 if i & 1 == 1 else x
    high = work[HIGH]
    low = work[LOW]
    work[ADD_HIGH] = (work[ADD_HIGH] << 1 | work[ADD_LOW] >> 63) & MASK64
    work[ADD_LOW] = (work[ADD_LOW] << 1 | 1) & MASK64
    work[LOW] = low + work[ADD_LOW] & MASK64
    work[HIGH] = high + work[ADD_HIGH] + (1 if work[LOW] < low else 0) & MASK64
    step(work)
    work[WAITS] = 0


def hashed(x: u64, before: u64, factor: u64) -> u64:
    """Return a word, scrambled."""
    y = (x ^ before) * factor & MASK32
    return y ^ y >> 16


def step(work: Words) -> None:
    """Move the generator on: its state times a constant and a sum, of 128 bits."""
    low = work[LOW]
    top = low >> 32
    end = low & MASK32
    across = top * FACTOR_END + ((end * FACTOR_END & MASK64) >> 32) & MASK64
    other = end * FACTOR_TOP + (across & MASK32) & MASK64
    high = top * FACTOR_TOP + (across >> 32) + (other >> 32) & MASK64
    high = high + low * FACTOR_HIGH + work[HIGH] * FACTOR_LOW + work[ADD_HIGH] & MASK64
    work[LOW] = low * FACTOR_LOW + work[ADD_LOW] & MASK64
    work[HIGH] = high + (1 if work[LOW] < work[ADD_LOW] else 0) & MASK64


def next64(work: Words) -> u64:
    """Return the next 64 random bits: the halves of the state, mixed and turned."""
    step(work)
    turn = work[HIGH] >> 58
    x = work[HIGH] ^ work[LOW]
    x = (x >> 32 | x << 32) & MASK64 if turn & 32 > 0 else x
    x = (x >> 16 | x << 48) & MASK64 if turn & 16 > 0 else x
    x = (x >> 8 | x << 56) & MASK64 if turn & 8 > 0 else x
    x = (x >> 4 | x << 60) & MASK64 if turn & 4 > 0 else x
    x = (x >> 2 | x << 62) & MASK64 if turn & 2 > 0 else x
    return (x >> 1 | x << 63) & MASK64 if turn & 1 > 0 else x


def unit_number(work: Words) -> float:
    """Return the next number from 0 to 1, without 1."""
    return float(next64(work) >> 11) * 1.1102230246251565e-16  # 2**-53
