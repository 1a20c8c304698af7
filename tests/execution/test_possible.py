"""Whatever the kernels return is possible; what they cannot return is found in the cache and batch tests."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from sim.execution.possible import first_impossible
from sim.execution.runner import Run
from sim.study.experiment import make_experiment

ROOT = Path(__file__).parent.parent.parent
MODELS = [*ROOT.glob("tests/models/*.yaml"), *ROOT.glob("scenarios/*/model.yaml")]


@pytest.mark.parametrize("file", MODELS, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_what_a_kernel_returns_is_possible(file: Path) -> None:
    made = make_experiment(sim.load_scenario(file), replications=20, futures=4)
    under_way = Run(made, kernel="compiled")
    for _ in under_way.steps():
        pass
    rows = under_way.rows
    outcomes = rows.values.reshape(-1, rows.values.shape[3])
    (program,) = made.programs()
    assert not first_impossible(program, outcomes, rows.status.ravel(), rows.events.ravel())
