"""The kernels agree bit for bit: on every model here, and on models that Hypothesis writes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from all_models import STUDIES, models
from fuzzing import TIMES, examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from set_models import SetModel
from web_cases import WebCases, same_bits

import sim
from sim.engine.codegen.program import Program, generate
from sim.engine.compiled import kernel_for
from sim.engine.protocol import Block, Kernel
from sim.engine.simpy_kernel import SimpyKernel
from sim.study.experiment import make_experiment
from sim.study.scenario import Scenario, parse_scenario

ROOT = Path(__file__).parent.parent.parent


def agree(a: Block, b: Block) -> None:
    """Assert equality without tolerance: outcomes, status, occurrences, series."""
    assert np.array_equal(a.status, b.status)
    assert np.array_equal(a.events, b.events)
    assert np.array_equal(a.outcomes, b.outcomes, equal_nan=True)
    good = a.status == 0
    assert np.array_equal(a.series[:, :, good], b.series[:, :, good], equal_nan=True)


def both(scenario: Scenario, count: int, seed: int) -> tuple[Block, Block]:
    made = make_experiment(scenario, replications=count, seed=seed)
    program: Program = generate(scenario.model)
    row, every = made.row(0, 0), range(len(program.series))
    one, other = (
        kernel(program).run(row, seed=seed, future=0, first=0, count=count, series=every)
        for kernel in (SimpyKernel, kernel_for)  # scenarios of one model are compiled once
    )
    return one, other


@pytest.mark.parametrize("path", STUDIES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_every_model_and_scenario_of_the_repository(path: Path) -> None:
    scenario = sim.load_scenario(path)
    agree(*both(scenario, 3, seed=17))


def test_the_studies_are_found() -> None:
    assert len(STUDIES) >= 25


def test_splitting_changes_nothing() -> None:
    scenario = sim.load_scenario(ROOT / "scenarios" / "port_strike" / "model.yaml")
    kernel = kernel_for(generate(scenario.model))
    row, every = make_experiment(scenario, seed=3).row(0, 0), range(len(kernel.program.series))
    whole = kernel.run(row, seed=3, future=2, first=0, count=60, series=every)
    cuts = (0, 1, 8, 21, 60)
    parts = [
        kernel.run(row, seed=3, future=2, first=a, count=b - a, series=every)
        for a, b in pairwise(cuts)
    ]
    assert np.array_equal(
        np.concatenate([p.outcomes for p in parts]), whole.outcomes, equal_nan=True
    )
    series = [p.series for p in parts]
    assert np.array_equal(np.concatenate(series, axis=2), whole.series)


@pytest.mark.parametrize("kernel", [SimpyKernel, kernel_for])
def test_some_series_alone_change_nothing(kernel: type[Kernel]) -> None:
    scenario = sim.load_scenario(ROOT / "scenarios" / "ukraine_2025" / "hold_firm.yaml")
    runner = kernel(generate(scenario.model))
    size = len(runner.program.series)
    row = make_experiment(scenario, seed=3).row(0, 0)
    every, some, none = (
        runner.run(row, seed=3, future=0, first=4, count=6, series=recorded)
        for recorded in (range(size), (size - 1, 2, 7), ())
    )
    assert np.array_equal(some.series, every.series[[size - 1, 2, 7]], equal_nan=True)
    assert none.series.size == 0
    for block in (some, none):
        assert np.array_equal(block.outcomes, every.outcomes, equal_nan=True)
        assert np.array_equal(block.events, every.events)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_nothing(threads: int) -> None:
    scenario = sim.load_scenario(ROOT / "scenarios" / "port_strike" / "model.yaml")
    made = make_experiment(scenario, replications=1_300, seed=5)
    one = sim.run(made, threads=1)
    many = sim.run(made, threads=threads)
    assert np.array_equal(one.values, many.values, equal_nan=True)


@pytest.mark.fuzz
def test_models_that_hypothesis_writes(node: str, tmp_path: Path) -> None:
    cases = WebCases(tmp_path)

    @settings(
        max_examples=examples(100),
        deadline=None,
        derandomize=TIMES == 1,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
        ],
    )
    @given(models())
    def at_home(text: str) -> None:
        scenario = parse_scenario(text, "made.yaml")
        agree(*both(scenario, 4, seed=23))
        row = make_experiment(scenario, seed=23).row(0, 0)
        cases.add(generate(scenario.model), row, seed=23, count=4)

    at_home()
    for expected, found, _ in cases.run(node):  # and as WebAssembly
        same_bits(expected, found)


@pytest.mark.fuzz
def test_models_over_sets(node: str, tmp_path: Path) -> None:
    """Everything that the language has for many alike, tables, chance and arguments, at once."""
    cases = WebCases(tmp_path)

    @settings(max_examples=examples(8), deadline=None, derandomize=TIMES == 1)
    @given(st.integers(0, 2**32))
    def at_home(seed: int) -> None:
        scenario = parse_scenario(SetModel(seed).text(), "made.yaml")
        agree(*both(scenario, 3, seed=29))
        row = make_experiment(scenario, seed=29).row(0, 0)
        cases.add(generate(scenario.model), row, seed=29, count=3)

    at_home()
    for expected, found, _ in cases.run(node):
        same_bits(expected, found)
