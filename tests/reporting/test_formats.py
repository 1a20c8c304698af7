"""Results leave in forms that other programs read: Parquet, pandas, xarray, CSV, JSON, Markdown."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import sim
from sim.reporting.tables import records_csv, write_records
from sim.storage.batch import run_batch
from sim.study.experiment import make_experiment

MODEL = """\
model: shop
time: {horizon: 8, start: 2025-07-14}
levers: {doors: {default: 1, range: [1, 4]}}
parameters: {pace: {assume: 2.0, range: [1.0, 3.0]}}
state: {served: {initial: 0, unit: people, label: Served}}
events: {serve: {rate: pace * doors, do: served += 1}}
outcomes:
  served: {final: served, unit: people, label: People served}
  tenth: {first: served >= 10, unit: day}
"""


@pytest.fixture
def scenarios(tmp_path: Path) -> list[sim.Scenario]:
    (tmp_path / "shop.yaml").write_text(MODEL)
    one = sim.load_scenario(tmp_path / "shop.yaml")
    return [one, one.with_settings({"doors": 2}, "two doors")]


@pytest.fixture
def ensemble(scenarios: list[sim.Scenario]) -> sim.Ensemble:
    made = make_experiment(scenarios, replications=30, futures=4, seed=2)
    return sim.run(made, kernel="simpy", series=True)


def test_pandas_has_every_row_with_its_future(ensemble: sim.Ensemble) -> None:
    frame = ensemble.to_pandas()
    assert frame.index.names == ["scenario", "future", "replication"]
    assert len(frame) == 2 * 4 * 30
    assert frame.loc[("two doors", 3, 7), "served"] == ensemble.outcome("served", "two doors")[3, 7]
    pace = frame["pace"].groupby("future").first()
    assert pace.to_list() == ensemble.experiment.futures[:, 0].tolist()
    assert not frame["failed"].any()


def test_xarray_has_labels_and_units(ensemble: sim.Ensemble) -> None:
    data = ensemble.to_xarray()
    assert dict(data["served"].sizes) == {"scenario": 2, "future": 4, "replication": 30}
    assert data["served"].attrs == {"units": "people", "long_name": "People served"}
    assert np.array_equal(data["tenth"].values, ensemble.outcome("tenth"), equal_nan=True)
    middle = data["band"].sel(scenario="shop", series="served", level=0.5)
    assert middle.sizes["time"] == 9
    assert (middle.diff("time") >= 0).all()


def test_parquet_is_read_by_others(scenarios: list[sim.Scenario], tmp_path: Path) -> None:
    made = make_experiment(scenarios, replications=30, futures=4, seed=2)
    stored = run_batch(made, tmp_path / "out")
    pattern = str(tmp_path / "out" / "shards" / "*.parquet")
    query = (
        'select scenario, avg("outcome.served") from read_parquet(?) group by scenario order by 1'
    )
    found = dict(duckdb.execute(query, [pattern]).fetchall())
    for name in stored.scenarios:
        assert found[name] == pytest.approx(stored.outcome("served", name).mean())
    assert pl.read_parquet(pattern)["outcome.served"].sum() == stored.outcome("served").sum()
    files = sorted((tmp_path / "out" / "shards").glob("*.parquet"))
    table = pd.concat(pd.read_parquet(file) for file in files)
    rows = table.set_index(["scenario", "future", "replication"])["outcome.served"]
    assert rows.loc[list(stored["served"].index)].to_numpy() == pytest.approx(
        stored.outcome("served").ravel()
    )


def test_csv_and_json_say_the_same(ensemble: sim.Ensemble) -> None:
    records = sim.compare(ensemble).table()
    rows = list(csv.DictReader(io.StringIO(write_records(records, "csv"))))
    data = json.loads(write_records(records, "json"))
    assert len(rows) == len(data) == len(records)
    for row, datum, record in zip(rows, data, records, strict=True):
        assert float(row["mean"]) == datum["mean"] == record["mean"]
    assert rows[0]["difference"] == ""
    assert data[0]["difference"] is None


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_a_spreadsheet_sees_no_formula(text: str) -> None:
    assert (
        records_csv([{"name": text, "value": -1.5}]).splitlines()[1:][0].lstrip('"').startswith("'")
    )
