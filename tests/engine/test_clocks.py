"""The next clock is the same whether it is searched one by one or with vectors."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import program

from sim.engine.calendar import BLOCK_BITS, MOST
from sim.engine.clocks import MANY, earliest_of_blocks, earliest_of_few, earliest_of_many
from sim.engine.compiled import CompiledKernel
from sim.engine.simpy_kernel import SimpyKernel

TIMES = st.lists(st.sampled_from([0.0, 1.0, 1.5, 2.0, float("inf")]), min_size=1, max_size=MOST)


@given(TIMES, st.randoms())
def test_both_searches_agree(times: list[float], random: Any) -> None:
    order = random.sample(range(100), len(times))
    c: Any = SimpleNamespace(clock_time=times, clock_order=order)
    assert earliest_of_many(c) == earliest_of_few(c)


@given(st.lists(st.sampled_from([0.0, 1.0, 1.5, 2.0, float("inf")]), min_size=1), st.randoms())
def test_blocks_agree_after_every_change(times: list[float], random: Any) -> None:
    order = random.sample(range(1000), len(times))
    blocks = (len(times) - 1 >> BLOCK_BITS) + 1
    c: Any = SimpleNamespace(
        clock_time=times, clock_order=order, block_first=[0] * blocks, block_moved=[True] * blocks
    )
    for _ in range(5):
        assert earliest_of_blocks(c) == earliest_of_few(c)
        clock = random.randrange(len(times))
        c.clock_time[clock] = random.choice([0.0, 0.5, 1.0, float("inf")])
        c.block_moved[clock >> BLOCK_BITS] = True


@pytest.mark.parametrize("size", [MANY - 1, MANY, MANY + 1, 23, MOST, MOST + 1, 150])
def test_many_clocks_fire_in_the_order_of_simpy(size: int) -> None:
    ties = "\n".join(
        f"  e{i}: {{every: {1 + i % 3}, priority: {i * 7 % 5}, do: x = (x * 3 + {i}) % 1009}}"
        for i in range(size - 2)
    )
    made = program(f"""
state: {{x: 0}}
events:
{ties}
  odd: {{rate: 1 + x / 1009, do: x = (x + 1) % 1009}}
  even: {{rate: 0.5, do: x = (x * 2) % 1009}}
outcomes: {{x: {{final: x}}, m: {{mean: x}}}}
""")
    one, other = (
        kernel(made).run(np.array([0.0]), seed=1, future=0, first=0, count=4)
        for kernel in (CompiledKernel, SimpyKernel)
    )
    assert np.array_equal(one.outcomes, other.outcomes)
    assert np.array_equal(one.events, other.events)
    assert not one.status.any()
