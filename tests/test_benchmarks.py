"""The benchmarks start, and their peers compute what they claim; no time is tested here."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.engine.codegen.program import generate
from sim.engine.compiled import kernel_for
from sim.engine.simpy_kernel import SimpyKernel
from sim.study.experiment import make_experiment

#: What a benchmark wants that is no part of an ordinary installation.
OPTIONAL = {"ema_workbench", "mesa", "playwright", "psutil", "salabim", "streamlit", "websockets"}
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


SCRIPTS = sorted(
    ".".join(file.relative_to(BENCHMARKS).with_suffix("").parts)
    for file in BENCHMARKS.rglob("*.py")
    if file.stem != "__init__"
)


def script(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in OPTIONAL:
            raise
        pytest.skip(f"{error.name} is not installed")


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_benchmark_starts(name: str) -> None:
    module = script(name)
    assert module.__doc__
    if "." not in name:
        assert callable(module.main)
        assert "--quick" in Path(module.__file__).read_text(encoding="utf-8")


def test_draws_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    script("draws").compare("uniform 0 1; poisson 5", 1e-6)
    assert capsys.readouterr().out.count("compiled") == 2


def test_growing_models_run() -> None:
    growth = script("growth")
    few = {growth.many_events: 4, growth.many_members: 2, growth.all_to_all: 3}
    few |= {growth.many_pending: 2, growth.many_arguments: 2, growth.table_rows: 3}
    for write, size in (few | {growth.much_state: 10}).items():
        scenario = growth.from_text(write(size))
        assert sim.run(scenario, replications=2, futures=0, kernel="simpy").events > 0


def test_every_exploring_verb_runs(capsys: pytest.CaptureFixture[str]) -> None:
    script("exploring").run_all(base=2, few=2, many=10)
    assert len(capsys.readouterr().out.split("\n")) == 12


def test_kernels_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    kernels = script("kernels")
    setting = kernels.Setting(MODEL)
    kernels.machine()
    kernels.equal(setting, kernel_for(setting.program), SimpyKernel(setting.program), 3)
    kernels.banded("benchmark", setting)
    assert capsys.readouterr().out.endswith(" |\n")


def test_batches_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    batches = script("batches")
    monkeypatch.setattr(batches, "SIZES", (5_000,))
    monkeypatch.setenv("FULCRUM_CACHE", "off")
    small = sim.make_experiment(sim.load_scenario(MODEL), replications=10, futures=0)
    batches.runs(small)
    batches.recalled(small)
    batches.directories(tmp_path, shards=5)
    computing, writing = batches.shard_costs(sim.make_experiment(sim.load_scenario(MODEL)))
    batches.scale(computing, 0.02, writing)
    assert "of the ideal" in capsys.readouterr().out


def test_a_report_and_its_simulation_are_measured() -> None:
    report = script("report")
    files = [ROOT / "scenarios/port_strike" / f"{n}.yaml" for n in ("sit_it_out", "mediate")]
    assert all(seconds > 0 for seconds in report.simulated(files, 2))
    wall, cpu = report.command(["compare", *map(str, files), "-n", "20", "--seed", "2"], "off")
    assert wall > 0 and cpu > 0
