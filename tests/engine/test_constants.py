"""Terms of levers and parameters are computed once a block, and fail only where they are read."""

from __future__ import annotations

import numpy as np
import pytest
from toys import program

from sim.engine.codegen.program import Program
from sim.engine.compiled import CompiledKernel
from sim.engine.protocol import Block
from sim.engine.simpy_kernel import SimpyKernel
from sim.errors import RunError

#: FORM is read where `open` is 1, in each place that a formula can have.
PLACES = (
    "events: {go: {every: 1, do: 'x = x + (FORM if open == 1 else 1)'}}",
    'events: {go: {every: 1, do: "if open == 1:\\n  x = FORM\\nelse:\\n  x = x + 1"}}',
    "events: {go: {every: 1, if: 'open == 1 and FORM > 0', do: x = x + 1}}",
    "events: {go: {rate: 'FORM if open == 1 else 2', do: x = x + 1}}",
    "events: {go: {when: 'open == 1 and FORM > 0', do: x = x + 1}}",
    "events: {go: {at: 2, then: [{if: open == 1, schedule: two, after: FORM}]}, two: {do: x = 1}}",
    "events: {go: {every: 1, do: 'x = poisson(FORM if open == 1 else 2)'}}",
    "derived: {d: FORM}\nevents: {go: {every: 1, do: 'x = x + (d if open == 1 else 1)'}}",
    "derived: {d: FORM, e: d + 1}\nevents: {go: {every: 1, do: 'x = x + (e if open == 1 else 1)'}}",
)
MODEL = """
parameters:
  a: {assume: 2.0, why: a test}
  b: {assume: 3.0, why: a test}
  open: {assume: 0.0, why: a test}
state: {x: 0.0}
outcomes: {x: {final: x}, m: {mean: x}}
"""


def blocks(made: Program, *values: float) -> tuple[Block, Block]:
    row = np.array([*values, 0.0])
    one, other = (
        kernel(made).run(row, seed=1, future=0, first=0, count=3)
        for kernel in (CompiledKernel, SimpyKernel)
    )
    assert np.array_equal(one.status, other.status)
    assert np.array_equal(one.outcomes, other.outcomes, equal_nan=True)
    return one, other


@pytest.mark.parametrize("place", PLACES)
def test_a_constant_that_fails_does_so_only_where_it_is_read(place: str) -> None:
    made = program(MODEL + place.replace("FORM", "log(a - b)"))
    assert made.records["Constants"]
    closed, _ = blocks(made, 2.0, 3.0, 0.0)
    assert not closed.status.any()
    read, _ = blocks(made, 2.0, 3.0, 1.0)
    assert (made.errors[int(read.status[0])].function, (read.status > 0).all()) == ("log", True)
    kernel, row = SimpyKernel(made), (2.0, 3.0, 1.0, 0.0)
    error = kernel.failure(row, seed=1, future=0, replication=0)
    assert isinstance(error, RunError)
    assert "log(x) with x = -1" in str(error)
    span = error.diagnostic.span
    assert span is not None
    assert span.text is not None
    assert span.text.content[span.start : span.end] == "log(a - b)"


@pytest.mark.parametrize("place", PLACES)
def test_constants_follow_the_values_of_the_block(place: str) -> None:
    made = program(MODEL + place.replace("FORM", "log(a + b) / (a + 1)"))
    kernel = CompiledKernel(made)
    for a in (2.0, 5.0, 0.5):
        fresh, _ = blocks(made, a, 3.0, 1.0)
        again = kernel.run(np.array([a, 3.0, 1.0, 0.0]), seed=1, future=0, first=0, count=3)
        assert np.array_equal(again.outcomes, fresh.outcomes)
        assert not again.status.any()


@pytest.mark.parametrize(
    "form",
    [
        "normal(a, b)", "a * b * bernoulli(0.5)", "a * b * x", "a * b + now", "(a * b) if x > 1 else 2",
        "count(go) * a * b", "pending(go) + a - b", "a",
    ],
)  # fmt: skip
def test_what_can_change_is_no_constant(form: str) -> None:
    made = program(MODEL + f"events: {{go: {{every: 1, do: 'x = {form}'}}}}")
    texts = [line for line in made.source.splitlines() if line.startswith("    p.constant__")]
    for word in ("uniform01", "s.", "count_of", "pending_of", "c.now"):
        assert not any(word in text for text in texts)
    assert ("s.x = p.constant__" in made.source) is False


def test_the_first_failure_wins_in_the_order_of_evaluation() -> None:
    made = program(MODEL + "events: {go: {at: 1, do: 'x = sqrt(a - 3 * b) + log(a - b)'}}")
    read, _ = blocks(made, 2.0, 3.0, 1.0)
    assert made.errors[int(read.status[0])].function == "sqrt"


def test_the_same_term_is_computed_once() -> None:
    made = program(MODEL + "events: {go: {every: 1, do: 'x = x * (a / 2 + b) + (a / 2 + b)'}}")
    assert len(made.records["Constants"]) == 1
