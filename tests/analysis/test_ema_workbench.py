"""The bridge to the EMA Workbench, with the real package."""

from __future__ import annotations

import io
import json
import tarfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.analysis.design import points
from sim.analysis.ema_workbench import ema_model, read_archive
from sim.errors import ResultError
from sim.study.scenario import Scenario, load_scenario

MODEL = """\
model: toy_model
time: {horizon: 1}
levers:
  push: {default: 0, range: [0, 10]}
  mode: {default: none, options: [none, bad]}
  on: {default: false}
parameters: {size: {assume: 1.0, range: [0.5, 1.5]}}
state: {y: 0.0}
events:
  end: {at: 1, do: "y = size * push - (5 if mode == 'bad' else 0) + (1 if on else 0) + normal(0, 1)"}
outcomes:
  y: {final: y, goal: maximize}
  big: {ever: y > 3}
  rare: {first: y > 1e6}
"""


@pytest.fixture
def toy(tmp_path: Path) -> Scenario:
    (tmp_path / "m.yaml").write_text(MODEL)
    return load_scenario(tmp_path / "m.yaml")


@pytest.fixture
def ema() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("ema_workbench")


@pytest.mark.filterwarnings("ignore")
def test_a_scenario_is_an_ema_model(toy: Scenario, ema: Any, tmp_path: Path) -> None:
    model = ema_model(toy, replications=10, seed=3)
    assert {v.name for v in model.levers} == {"push", "mode", "on"}
    assert [v.name for v in model.uncertainties] == ["size"]
    assert model.outcomes["y"].kind == ema.ScalarOutcome.MAXIMIZE
    with ema.SequentialEvaluator(model) as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=4, policies=3)
    assert len(experiments) == 12 and np.isnan(outcomes["rare"]).all()
    row = experiments.iloc[5]
    place = [row["size"], row["push"], ["none", "bad"].index(row["mode"]), float(row["on"])]
    ours = points(toy, ["size", "push", "mode", "on"], np.array([place]), 10, 3)
    assert outcomes["y"][5] == pytest.approx(ours.outcome("y").mean())
    assert outcomes["big"][5] == pytest.approx(ours.outcome("big").mean())
    ema.save_results((experiments, outcomes), str(tmp_path / "r.tar.gz"))
    archive = read_archive(tmp_path / "r.tar.gz")
    assert archive.outcomes["y"] == pytest.approx(outcomes["y"])
    assert archive.experiments["push"].tolist() == experiments["push"].tolist()
    assert archive.experiments["mode"].tolist() == [str(m) for m in experiments["mode"]]


def archive(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as made:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return path


def test_arrays_of_archives(tmp_path: Path) -> None:
    block = io.BytesIO()
    np.save(block, np.arange(24.0).reshape(2, 3, 4))
    listed = [["ArrayOutcome", "a", "a.npy"], ["TimeSeriesOutcome", "b", "b.csv"]]
    files = {
        "metadata.json": json.dumps({"version": 0.1, "outcomes": listed}).encode(),
        "experiments.csv": b"x,policy\n0.5,one\n0.7,two\n",
        "a.npy": block.getvalue(),
        "b.csv": b"1,2,3\n4,5,\n",
    }
    found = read_archive(archive(tmp_path / "r.tar.gz", files))
    assert found.outcomes["a"].shape == (2, 3, 4) and found.outcomes["b"].shape == (2, 3)
    assert np.isnan(found.outcomes["b"][1, 2])
    assert found.experiments["x"].tolist() == [0.5, 0.7]
    assert found.experiments["policy"].tolist() == ["one", "two"]


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    (tmp_path / "junk.tar.gz").write_bytes(b"junk")
    with pytest.raises(ResultError, match="not an archive"):
        read_archive(tmp_path / "junk.tar.gz")
    with pytest.raises(ResultError, match="not an archive"):
        read_archive(archive(tmp_path / "a.tar.gz", {"experiments.csv": b"x\n1\n"}))
    pickled = io.BytesIO()
    np.save(pickled, np.array([{}], dtype=object), allow_pickle=True)
    files = {
        "metadata.json": json.dumps({"outcomes": [["A", "a", "a.npy"]]}).encode(),
        "experiments.csv": b"x\n1\n",
        "a.npy": pickled.getvalue(),
    }
    with pytest.raises(ResultError, match="not an archive"):
        read_archive(archive(tmp_path / "p.tar.gz", files))
