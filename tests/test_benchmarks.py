"""The peers of the benchmarks compute what they claim; nothing is timed here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.engine.codegen.program import generate
from sim.engine.compiled import kernel_for
from sim.engine.simpy_kernel import SimpyKernel
from sim.study.experiment import make_experiment

ROOT = Path(__file__).parent.parent
BENCHMARKS = ROOT / "benchmarks"
MODEL = BENCHMARKS / "model.yaml"
FLAGSHIP = ROOT / "scenarios/ukraine_2025/hold_firm.yaml"


@pytest.fixture(autouse=True)
def peers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])


def block(file, make, count):
    planned = make_experiment(sim.load_scenario(str(file)), futures=0)
    kernel = make(generate(planned.scenarios[0].model))
    every = range(len(kernel.program.series))
    return kernel.run(planned.row(0, 0), seed=3, future=0, first=5, count=count, series=every)


def assert_same(one, two) -> None:
    for a, b in ((one.outcomes, two.outcomes), (one.events, two.events), (one.series, two.series)):
        assert np.array_equal(a, b, equal_nan=True)
    assert np.array_equal(one.status, two.status)


@pytest.mark.slow
@pytest.mark.parametrize("file", [MODEL, FLAGSHIP], ids=["benchmark", "flagship"])
def test_c_has_the_same_bits(file: Path, need: Callable[..., str]) -> None:
    need("gcc")
    from peers.c import CKernel

    assert_same(block(file, kernel_for, 200), block(file, CKernel, 200))


def test_our_kernels_agree_on_the_benchmark_model() -> None:
    assert_same(block(MODEL, kernel_for, 20), block(MODEL, SimpyKernel, 20))


def test_peers_on_one_generator_agree_exactly() -> None:
    from peers import heap_model, simpy_model

    for seed in range(10):
        one, two = simpy_model.replicate(seed), heap_model.replicate(seed)
        assert np.array_equal(one[0], two[0], equal_nan=True)
        assert one[1] == two[1]


def test_salabim_agrees_exactly() -> None:
    pytest.importorskip("salabim")
    from peers import salabim_model, simpy_model

    for seed in range(3):
        one, two = simpy_model.replicate(seed), salabim_model.replicate(seed)
        assert np.array_equal(one[0], two[0], equal_nan=True)
        assert one[1] == two[1]


@pytest.mark.parametrize("keyed", [False, True])
def test_peers_agree_with_our_model_in_distribution(keyed: bool) -> None:
    from peers import heap_model
    from peers.world import NAMES

    ours = block(MODEL, kernel_for, 4_000).outcomes
    theirs = np.array([heap_model.replicate(seed, keyed)[0] for seed in range(400)])
    for i, name in enumerate(NAMES):
        a, b = ours[:, i][~np.isnan(ours[:, i])], theirs[:, i][~np.isnan(theirs[:, i])]
        error = np.sqrt(a.var() / len(a) + b.var() / len(b))
        assert abs(a.mean() - b.mean()) < 4 * error, name
