"""The compiled statistics have the bits that CPython has, and may be asked for by several threads."""

from __future__ import annotations

import importlib
import math
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from sim.statistics.estimates import estimate
from sim.statistics.library import ENTRIES, compiled

Arguments = list[Any]


def samples() -> Iterator[np.ndarray]:
    """Values of futures: numbers, yes and no, rare events, equal ones, and gaps."""
    rng = np.random.default_rng(1)
    for rows, width in ((1, 30), (2, 3), (20, 5), (23, 2), (40, 1)):
        numbers = rng.normal(size=(rows, 1)) + rng.normal(size=(rows, width))
        yield numbers
        yield (numbers > 0.4).astype(float)
        yield np.where(numbers > 1.8, 1.0, 0.0) - np.where(numbers < -1.8, 1.0, 0.0)
        yield np.round(numbers)
        yield np.full((rows, width), 0.1)
        gaps = numbers.copy()
        gaps[rng.random(gaps.shape) < 0.3] = math.nan
        gaps[: rows // 3] = math.nan
        yield gaps


def rooms(count: int, size: int) -> list[np.ndarray]:
    return [np.zeros(size) for _ in range(count)]


def cases(name: str, values: np.ndarray) -> Iterator[tuple[Arguments, list[int]]]:
    """Arguments of a function, and which of them hold its results."""
    rows, width = values.shape
    most = max(rows, width)
    levels, large = np.array([0.05, 0.5, 0.95]), 16 * rows
    given = [values, rows, width]
    for blocks in {rows, max(1, rows // 5)}:
        match name:
            case "units":
                yield [*given, blocks, *rooms(2, most)], [4, 5]
            case "estimate" | "zero_test":
                for share in (0, 1):
                    yield [*given, blocks, share, *rooms(1, 5), *rooms(2, most)], [5]
            case "paired":
                for share, differ in ((0, 0), (0, 1), (1, 0), (1, 1)):
                    yield [*given, blocks, share, differ, *rooms(1, 5), *rooms(2, most)], [6]
            case "shares":
                yield [*given, blocks, *rooms(2, 6), *rooms(9, max(256, rows))], [4, 5]
    match name:
        case "split":
            yield [*given, *rooms(1, 6), *rooms(3, rows)], [3, 4]
        case "spread":
            room = [*rooms(4, rows), *rooms(2, 16), *rooms(2, 2 * large)]
            yield [*given, levels, *rooms(1, 3), *rooms(1, 6), *room], [4, 5]
        case "expected":
            places = [np.zeros(rows, np.int64) for _ in range(2)]
            for turn in range(3):
                room = [*rooms(6, rows), *places, *rooms(1, rows)]
                yield [*given, turn, *rooms(1, rows), *rooms(1, 6), *room], [4]
        case "ranges":
            times = 2 * width
            halves = np.concatenate([values, values[::-1]], axis=1).repeat(2, axis=0)
            seen = np.tile([3.0, 2.0], rows)
            room = [*rooms(4, rows), *rooms(2, 16), *rooms(2, 2 * large)]
            yield (
                [halves, seen, rows, times, levels, *rooms(1, 3 * times), *rooms(1, 6), *room],
                [5],
            )
        case "hang" if rows > 1:
            yield hanging(values)
        case "cross" if rows >= 20:
            yield crossing(values)
        case "explain":
            yield explaining(values)
        case "futures":
            yield from hypercubes(rows)
        case "bands":
            yield [*given, levels, *rooms(1, 3 * rows), *rooms(1, width), *rooms(1, 2 * width)], [4]
        case "moments":
            yield [*given, *rooms(2, rows)], [3, 4]
        case "half_sums":
            yield [*given, np.arange(width) % 2, *rooms(1, 2 * rows)], [4]
        case "two_sided":
            yield [width + 1], []
        case "student_tails":
            yield [abs(float(np.nansum(values))), float(most)], []
        case "student_quantile":
            yield [0.37 / most, float(most)], []


def hanging(values: np.ndarray) -> tuple[Arguments, list[int]]:
    """Arguments of `hang` for differences that depend on some of ten numbers, logarithms and words."""
    rows, width = values.shape
    rng = np.random.default_rng(rows)
    some = [rng.random(rows), rng.lognormal(size=rows), rng.integers(0, 3, rows)]
    x = np.array([*some, *rng.random((7, rows))])
    moved = values + 4.0 * (x[0] - 0.4)[:, None] + np.where(x[2] == 1, 3.0, -1.0)[:, None]
    wholes = [np.zeros(n, np.int64) for n in (2, rows, 2, 10)]
    columns = rooms(3, 12 * rows)
    kinds, starts = np.array([0, 1, 2] + 7 * [0]), np.array([0, 1, 2, *range(4, 12)])
    given = [moved, rows, width, x, kinds, starts, 2]
    places, kept, ends, free = wholes
    room = [places, np.zeros(2), kept, *rooms(2, rows), ends, np.zeros(rows), *columns, free]
    return [
        *given,
        *room,
        np.zeros(10),
        np.zeros(rows),
        np.zeros(12),
        *np.zeros((2, rows), np.int64),
    ], [7, 8, 9, 10, 11, 12]


def explaining(values: np.ndarray) -> tuple[Arguments, list[int]]:
    """Arguments of `explain` for numbers, some of them equal, and a word."""
    rows, width = values.shape
    rng = np.random.default_rng(rows)
    x = np.array([rng.random(rows), np.round(rng.random(rows), 1), rng.integers(0, 3, rows)])
    words, bins, shuffles = np.array([0, 0, 3]), 4, 7
    wholes = [np.zeros(n, np.int64) for n in (rows, 3 * rows)]
    given = [values + x[2][:, None], rows, width, x, words, bins, shuffles, np.zeros(4)]
    room = [
        np.zeros(rows), *wholes, np.zeros(shuffles), np.zeros(rows), np.zeros(max(rows, shuffles)),
        *np.zeros((2, rows), np.int64), *rooms(2, 4), np.zeros(1, np.int64),
    ]  # fmt: skip
    return [*given, *room], [7]


def crossing(values: np.ndarray) -> tuple[Arguments, list[int]]:
    """Arguments of `cross` after `hang`."""
    before, _ = hanging(values)
    told = compiled("hang")(*before)
    _, rows, _, x, kinds, starts, _, places, _, kept, y, root, ends, *_ = before
    room = [
        *rooms(1, 10),
        *rooms(1, 5 * rows),
        *rooms(2, 5),
        *rooms(1, 25),
        *rooms(1, 5),
        *rooms(3, rows),
    ]
    given = [x, rows, kinds, starts, places, told, kept, int(ends[-1]), y, root]
    return [*given, *room], [10]


def hypercubes(n: int) -> Iterator[tuple[Arguments, list[int]]]:
    """Arguments of `futures`: parameters of each kind, alone; then correlated, together and shares."""
    kinds, shapes = [0, 0, 0, 1, 1, 2, 3, 3], [0, 1, 2, 1, 2, 0, 0, 0]
    laws = [
        *([-1, 1, 0], [1, 9, 2], [0, 1, 1], [1, 9, 2], [2, 5, 3], [0, 3]),
        *([0.2, 0.8, 0.5], [0.1, 0.9, 0.5]),
    ]
    starts = np.cumsum([0, *map(len, laws)])
    flat = np.array([x for law in laws for x in law], float)
    alone: list[list[float]] = [[], [], [0], [], [], []]
    linked = [[0, 2], [1.0, 0.6, 0.6, 1.0], [0, 2], [6, 7], [1.0], [0, 1, 2, 3, 3, 5, 6, 7]]
    for links, seed, blocks in ((alone, 0, 1), (linked, 2**40 + 7, min(n, 20))):
        members, ranks, groups, shared, totals, leads = links
        most = math.ceil(n / blocks)
        given = [
            np.array(members, int), np.array(ranks, float), np.array(groups, int),
            np.array(shared, int), np.array(totals, float), np.array(leads, int),
        ]  # fmt: skip
        room = [
            np.zeros(8 * n), np.zeros(8 * most, int), np.zeros(10, int),
            np.zeros(most * len(members)), np.zeros(3 * len(ranks)), np.zeros(len(shared)),
        ]  # fmt: skip
        yield (
            [n, blocks, seed, np.array(kinds), np.array(shapes), starts, flat, *given, *room],
            [13],
        )


def bits(value: Any) -> list[bytes]:
    if value is None:
        return []
    flat = np.ravel(np.array(value, float))
    return [b"nan" if math.isnan(x) else struct.pack("<d", x) for x in flat]


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("entry", ENTRIES)
def test_bits_are_those_of_cpython(entry: str) -> None:
    module, _, name = entry.rpartition(".")
    python = getattr(importlib.import_module(module), name)
    seen = 0
    for values in samples():
        for arguments, results in cases(name, values):
            arrays = [np.array(a) if isinstance(a, np.ndarray) else a for a in arguments]
            lists = [a.ravel().tolist() if isinstance(a, np.ndarray) else a for a in arguments]
            one, other = compiled(name)(*arrays), python(*lists)
            assert bits(one) == bits(other)
            for place in results:
                assert bits(arrays[place]) == bits(lists[place]), (name, values.shape, place)
            seen += 1
    assert seen


def test_threads_share_one_library() -> None:
    values = np.random.default_rng(2).normal(size=(20, 5))
    alone = estimate(values, share=False)
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda _: estimate(values, share=False), range(40))
    assert set(found) == {alone}


def test_an_array_of_another_kind_is_refused() -> None:
    with pytest.raises(AssertionError):
        compiled("moments")(np.zeros((4, 4))[:, ::2], 4, 2, np.zeros(4), np.zeros(4))
