"""Arguments of public functions: values of NumPy and pandas are taken, wrong ones refused in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim

MODEL = """\
model: queue
time: {horizon: 20}
levers:
  desks: {default: 2, range: [1, 5]}
  pace: {default: 1.0, range: [0.5, 2.0]}
  open: {default: true}
parameters: {load: {assume: 0.8, between: [0.4, 1.2]}}
state:
  waiting: {initial: 0, range: [0, 100]}
  door: {initial: free, options: [free, shut]}
derived: {pressure: waiting * load}
events:
  arrival: {rate: load if open else 0, do: waiting += 1}
  service: {rate: pace * desks, if: waiting > 0, do: waiting -= 1}
  closing: {at: 15, do: door = 'shut'}
outcomes:
  mean: {mean: pressure}
  longest: {max: waiting}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> sim.Scenario:
    (tmp_path / "queue.yaml").write_text(MODEL)
    return sim.load_scenario(tmp_path / "queue.yaml")


def test_settings_of_numpy_and_pandas_are_plain_values(scenario: sim.Scenario) -> None:
    settings = {"desks": np.int64(3), "pace": np.float32(0.5), "open": np.bool_(False)}
    assert dict(scenario.with_settings(settings).settings) == {
        "desks": 3, "pace": 0.5, "open": False
    }  # fmt: skip
    frame = pd.DataFrame({"desks": [3, 4], "pace": [0.5, 1.5]})
    row = scenario.with_settings(frame.loc[1])
    assert dict(row.settings) == {"desks": 4, "pace": 1.5}
    assert all(type(value) in (int, float) for value in row.settings.values())


def test_numbers_of_numpy_give_the_same_run(scenario: sim.Scenario) -> None:
    plain = sim.run(scenario, replications=5, seed=3)
    other = sim.run(scenario, replications=np.int64(5), seed=np.uint32(3))  # type: ignore[arg-type]
    assert np.array_equal(plain.values, other.values)
    varied: Any = {"desks": np.arange(1, 4), "pace": pd.Series([0.5, 1.0])}
    made = sim.make_experiment(scenario, vary=varied)
    assert len(made.scenarios) == 6
    assert made.scenarios[0].name == "queue [desks=1, pace=0.5]"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: sim.run(s, replications="many"), "replications must be an integer at least 1"),
        (lambda s: sim.run(s, replications=1.5), "replications must be an integer at least 1"),
        (lambda s: sim.run(s, replications=True), "not True"),
        (lambda s: sim.run(s, replications=0), "not 0"),
        (lambda s: sim.run(s, seed=-1), "seed must be an integer from 0 to"),
        (lambda s: sim.run(s, seed=None), "not None"),
        (lambda s: sim.run(s, threads=0), "threads must be an integer at least 1"),
        (lambda s: sim.run(s, kernel="Simpy"), "did you mean 'simpy'"),
        (lambda s: sim.run(s, kernel=None), "there is no kernel None"),
        (lambda s: sim.run(s, series=["nope"]), "there is no series 'nope'"),
        (lambda s: sim.run(s, series="wating"), "did you mean 'waiting'"),
        (lambda s: sim.run(s, series=5), "series must be names"),
        (lambda s: sim.run(s, extend=5), "extend must be an ensemble"),
        (lambda s: sim.run([]), "at least one scenario"),
        (lambda s: sim.run(None), "expected scenarios or an experiment, not None"),
        (lambda s: sim.run("queue.yaml"), "load files with sim.load"),
        (lambda s: sim.run([s, 5]), "expected scenarios or an experiment, not 5"),
        (lambda s: sim.trace("queue.yaml"), "expected a scenario"),
        (lambda s: sim.trace(s, replication=-1), "replication must be an integer at least 0"),
        (lambda s: sim.replay(s), "expected an experiment"),
        (lambda s: sim.replay(sim.make_experiment(s), scenario=5), "there is no scenario 5"),
        (lambda s: sim.run_batch(s, "out"), "expected an experiment"),
        (lambda s: sim.run_batch(sim.make_experiment(s), 5), "expected a path, not 5"),
        (lambda s: sim.verify(5), "expected a path, not 5"),
        (lambda s: sim.verify("out", kernel="fast"), "there is no kernel 'fast'"),
        (lambda s: sim.load(5), "expected a path, not 5"),
        (lambda s: sim.load_scenario(None), "expected a path, not None"),
        (lambda s: sim.load_results(b"out"), "expected a path"),
        (lambda s: sim.parse_scenario(5, "x.yaml"), "must be text"),
        (lambda s: sim.make_experiment(s, futures="x"), "futures must be an integer"),
        (lambda s: sim.make_experiment(s, futures=4, sampler="sobel"), "did you mean 'sobol'"),
        (lambda s: sim.make_experiment(s, vary={"desks": []}), "has no values"),
        (lambda s: sim.make_experiment(s, vary={"desks": None}), "needs a list of values"),
        (lambda s: s.with_settings(5), "settings must be a mapping"),
        (lambda s: s.with_settings({5: 1}), "must be text, not 5"),
        (lambda s: s.with_settings({"desk": 1}), "did you mean 'desks'"),
        (lambda s: s.with_settings({"desks": float("nan")}), "must be finite"),
        (lambda s: s.with_settings({"load": 10**400}, allow_out_of_range=True), "must be finite"),
        (lambda s: s.with_settings({"desks": None}), "'desks'"),
        (lambda s: s.with_settings({"desks": [1, 2]}), "'desks'"),
    ],
)
def test_wrong_arguments_are_errors_in_words(
    scenario: sim.Scenario, call: Callable[[Any], Any], message: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(sim.ExperimentError) as caught:
        call(scenario)
    assert message in str(caught.value)


def test_futures_are_an_array_of_one_column_per_parameter(scenario: sim.Scenario) -> None:
    from dataclasses import replace

    made = sim.make_experiment(scenario, replications=2, futures=0)
    sampled = replace(made, parameters=("load",), futures=pd.DataFrame({"load": [1, 0.5]}))  # type: ignore[arg-type]
    assert sampled.futures.dtype == np.float64
    assert sim.run(sampled).values.shape == (1, 2, 2, 2)
    for wrong in ([1.0, 2.0], [["a"]], np.ones((2, 3))):
        with pytest.raises(sim.ExperimentError, match="futures must"):
            replace(made, parameters=("load",), futures=wrong)  # type: ignore[arg-type]


def test_one_series_is_a_text(scenario: sim.Scenario) -> None:
    one = sim.run(scenario, replications=3, series="waiting").trajectories
    assert one is not None
    assert one.names == ("waiting",)
