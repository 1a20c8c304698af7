"""Labelled results: outcomes and trajectories by name, and ensembles joined."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sim

MODEL = """\
model: queue
time: {horizon: 20, unit: hour}
levers: {pace: {default: 1.0, range: [0.5, 2.0]}}
parameters: {load: {assume: 0.8, between: [0.4, 1.2], unit: 1/hour}}
state:
  waiting: {initial: 0, range: [0, 8]}
  door: {initial: free, options: [free, shut]}
derived: {pressure: waiting * load}
events:
  arrival: {rate: load, do: waiting += 1}
  service: {rate: pace, if: waiting > 0, do: waiting -= 1}
  closing: {at: 15, do: door = 'shut'}
outcomes:
  mean: {mean: pressure}
  five: {first: waiting > 4, unit: hour}
"""


@pytest.fixture
def scenarios(tmp_path: Path) -> list[sim.Scenario]:
    (tmp_path / "queue.yaml").write_text(MODEL)
    slow = sim.load_scenario(tmp_path / "queue.yaml").with_settings({"pace": 0.5}, "slow")
    return [slow, slow.with_settings({"pace": 2.0}, "fast")]


@pytest.fixture
def ensemble(scenarios: list[sim.Scenario]) -> sim.Ensemble:
    made = sim.make_experiment(scenarios, replications=20, futures=3, seed=2)
    return sim.run(made, series=True)


def test_an_outcome_by_name_is_a_labelled_series(ensemble: sim.Ensemble) -> None:
    found = ensemble["mean"]
    assert found.index.names == ["scenario", "future", "replication"]
    assert found.name == "mean"
    wanted = ensemble.outcome("mean", "fast")[2, 7]
    assert found.loc[("fast", 2, 7)] == wanted
    with pytest.raises(sim.ExperimentError, match="did you mean 'mean'"):
        ensemble["meam"]


def test_the_table_leaves_out_what_never_happened(ensemble: sim.Ensemble) -> None:
    records = {(r["scenario"], r["outcome"]): r for r in ensemble.table()}
    assert len(records) == 4
    for (scenario, outcome), record in records.items():
        values = ensemble.outcome(str(outcome), str(scenario))
        values = values[~np.isnan(values)]
        assert record["n"] == values.size
        if values.size > 1:
            assert record["mean"] == pytest.approx(values.mean())
            assert record["sd"] == pytest.approx(values.std(ddof=1))
            assert record["q95"] == pytest.approx(np.quantile(values, 0.95))
    assert ensemble.failures, "the model fails in some replications"
    assert "replications failed" in ensemble._repr_html_()


def test_bands_and_shares_by_name(ensemble: sim.Ensemble) -> None:
    found = ensemble.trajectories
    assert found is not None
    assert np.array_equal(found.band("pressure", "fast"), found.bands[1, 1])
    assert np.array_equal(found.band("waiting"), found.bands[:, 0])
    assert found.share("door", "shut", "slow").tolist() == [0.0] * 15 + [1.0] * 6
    for call in (
        lambda: found.band("wating"),
        lambda: found.band("waiting", "fats"),
        lambda: found.share("door", "shu"),
        lambda: found.share("waiting", "shut"),
    ):
        with pytest.raises(sim.ExperimentError, match="there is no"):
            call()
    frame = found.to_pandas()
    assert list(frame.columns) == ["scenario", "series", "time", "level", "value"]
    assert len(frame) == found.bands.size
    row = frame.query("scenario == 'fast' and series == 'waiting' and time == 9 and level == 0.75")
    assert row["value"].item() == found.band("waiting", "fast")[3, 9]


def test_joined_parts_are_the_run_of_all(ensemble: sim.Ensemble) -> None:
    whole = ensemble.experiment
    parts = [sim.run(replace(whole, scenarios=(s,)), series=True) for s in whole.scenarios]
    joined = sim.Ensemble.concat(parts)
    assert joined.experiment.scenarios == whole.scenarios
    assert np.array_equal(joined.values, ensemble.values, equal_nan=True)
    assert np.array_equal(joined.failed, ensemble.failed)
    assert joined.failures == ensemble.failures
    assert joined.events == ensemble.events
    one, other = joined.trajectories, ensemble.trajectories
    assert one is not None
    assert other is not None
    for name in ("bands", "samples", "times"):
        assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
    assert np.array_equal(one.shares["door"], other.shares["door"])
    assert (one.scenarios, one.names, one.n) == (other.scenarios, other.names, other.n)


def test_joined_parts_take_the_names_of_an_experiment(ensemble: sim.Ensemble) -> None:
    whole = ensemble.experiment
    renamed = [s.with_settings({}, name) for s, name in zip(whole.scenarios, "ab", strict=True)]
    joined = sim.Ensemble.concat([ensemble], replace(whole, scenarios=tuple(renamed)))
    assert joined.scenarios == ("a", "b")
    assert {f.scenario for f in joined.failures} <= {"a", "b"}
    assert joined.trajectories is not None
    assert joined.trajectories.scenarios == ("a", "b")


def test_what_does_not_belong_together_is_not_joined(
    ensemble: sim.Ensemble, scenarios: list[sim.Scenario]
) -> None:
    other = sim.run(scenarios[0].with_settings({}, "third"), replications=20, seed=2)
    with pytest.raises(sim.ExperimentError, match="differ in seed, futures"):
        sim.Ensemble.concat([ensemble, other])
    with pytest.raises(sim.ExperimentError, match="two scenarios are called"):
        sim.Ensemble.concat([ensemble, ensemble])
    with pytest.raises(sim.ExperimentError, match="at least one ensemble"):
        sim.Ensemble.concat([])


def test_xarray_has_everything(ensemble: sim.Ensemble) -> None:
    pytest.importorskip("xarray")
    data, found = ensemble.to_xarray(), ensemble.trajectories
    assert found is not None
    assert data["load"].attrs["units"] == "1/hour"
    assert np.array_equal(data["load"], ensemble.experiment.futures[:, 0])
    shut = data["share_door"].sel(scenario="slow", option_door="shut")
    assert np.array_equal(shut, found.share("door", "shut", "slow"))
    assert data["sample"].dims == ("scenario", "sample", "series", "time")
    assert data["time"].attrs["units"] == "hour"
    assert (data.attrs["seed"], data.attrs["sampler"]) == (2, "latin_hypercube")
    digests = [program.digest for program in ensemble.experiment.programs()]
    assert data.attrs["programs"].split() == digests
