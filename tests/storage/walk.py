"""The study of the batch tests, and a process of its own to run it in.

A process forked from one that has loaded this module starts at once: the packages that write shards are
loaded, and the models are compiled.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas  # noqa: F401
import pyarrow.parquet  # noqa: F401

import sim
from sim.engine.compiled import kernel_for
from sim.storage.batch import run_batch
from sim.study.experiment import Experiment, make_experiment

MODEL = """\
model: walk
time: {horizon: 20}
levers: {drift: {default: 0.5, range: [0.0, 1.0]}}
state: {place: {initial: 0, range: [-1000, 1000]}}
events:
  step:
    every: 1
    do: |
      if bernoulli(drift):
        place += 1
      else:
        place -= 1
outcomes:
  place: {final: place, unit: m, label: Place}
  far: {ever: place > 6}
"""


def study(
    folder: Path, model: str = MODEL, replications: int = 12_000, seed: int = 7
) -> Experiment:
    file = folder / "walk.yaml"
    file.write_text(model)
    scenario = sim.load_scenario(file)
    other = scenario.with_settings({"drift": 0.7}, "uphill")
    return make_experiment([scenario, other], replications=replications, seed=seed)


def run_study(folder: Path, replications: int) -> None:
    run_batch(study(folder, replications=replications), folder / "out")


with tempfile.TemporaryDirectory() as _folder:
    for _program in study(Path(_folder)).programs():
        kernel_for(_program)
