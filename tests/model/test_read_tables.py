"""Tables in files: points, series of facts, CSV files; errors point into them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import toys

import sim
from sim.model.fields import MAX_POINTS
from sim.storage.manifest import describe, digest, rebuild

MODEL = """\
model: toy
time: {start: 2025-07-14, horizon: 10, unit: day}
facts: [seeds/facts.yaml]
tables:
  demand: {points: {1: 100, 2: 60}, beyond: hold, why: A survey, unit: piece}
  warmth: {series: seeds/t.csv, column: value, beyond: hold, source: The weather office}
  staff: {fact: staff, beyond: hold}
state: {x: 0.0, n: 0}
events:
  hit: {rate: warmth(now), do: n += 1}
  look: {at: [0, '2025-07-17'], do: 'x += demand(1.5) + staff(now)'}
outcomes: {x: {final: x}, n: {final: n}}
"""
FACTS = """\
facts: seen
entries:
  staff:
    series: [[2025-07-14, 3], [2025-07-16, 5]]
    unit: person
    source: The register
    status: verified
    vintage: ex_ante
  one: {value: 3, status: verified, vintage: ex_ante}
"""
CSV = "day,value,other\n2025-07-14,1,x\n2025-07-15 12:00,2.5,y\n2025-07-20,3,z\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "model.yaml").write_text(MODEL)
    (tmp_path / "seeds" / "facts.yaml").write_text(FACTS)
    (tmp_path / "seeds" / "t.csv").write_text(CSV)
    return tmp_path


def first_errors(path: str = "model.yaml") -> list[str]:
    with pytest.raises(sim.ModelError) as caught:
        sim.load_scenario(path)
    return [error.first_line() for error in caught.value.diagnostics]


def test_where_points_come_from(folder: Path) -> None:
    tables = sim.load_model("model.yaml").tables
    warmth, staff, demand = tables["warmth"], tables["staff"], tables["demand"]
    assert (warmth.places, warmth.values) == ((0.0, 1.5, 6.0), (1.0, 2.5, 3.0))
    assert (warmth.between, warmth.dated, warmth.file) == ("step", True, "seeds/t.csv")
    assert (staff.places, staff.values, staff.unit) == ((0.0, 2.0), (3.0, 5.0), "person")
    assert (staff.source, staff.status, str(staff.type)) == (
        "The register", "verified", "a whole number"
    )  # fmt: skip
    assert (demand.between, str(demand.type), demand.why) == ("linear", "a number", "A survey")
    ensemble = sim.run(sim.make_experiment(sim.load_scenario("model.yaml"), replications=2, seed=1))
    assert (ensemble.outcome("x") == 80 + 3 + 80 + 5).all()


def test_a_scenario_changes_points_and_files(folder: Path) -> None:
    Path("other.yaml").write_text(
        "scenario: other\nof: model.yaml\n"
        "tables:\n  demand: {points: {2: 80, 3: 10}}\n  warmth: {points: {0: 4}, between: step}\n"
    )
    tables = sim.load_scenario("other.yaml").model.tables
    assert (tables["demand"].places, tables["demand"].values) == ((1, 2, 3), (100, 80, 10))
    assert (tables["warmth"].places, tables["warmth"].values) == ((0.0,), (4.0,))
    Path("seeds/u.csv").write_text("t,value\n0,7\n")
    Path("other.yaml").write_text("scenario: o\nof: model.yaml\ntables: {warmth: seeds/u.csv}\n")
    scenario = sim.load_scenario("other.yaml")
    assert scenario.model.tables["warmth"].values == (7.0,)
    assert scenario.base.tables["warmth"].values == (1.0, 2.5, 3.0)


def test_results_know_their_points_without_the_files(folder: Path) -> None:
    made = sim.make_experiment(sim.load_scenario("model.yaml"), replications=5, seed=1)
    plan = describe(made, {"shard_rows": 4})
    Path("seeds/t.csv").write_text(CSV.replace("2.5", "2.25"))
    other = sim.make_experiment(sim.load_scenario("model.yaml"), replications=5, seed=1)
    assert digest(describe(other, {"shard_rows": 4})) != digest(plan)
    shutil.rmtree("seeds")
    again = rebuild(plan)
    assert digest(describe(again, {"shard_rows": 4})) == digest(plan)
    assert (sim.run(again).outcome("n") == sim.run(made).outcome("n")).all()


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("day,value\n2025-07-14,1\n2025-07-13,2\n", "3:1", "bad-table: -1 comes after 0"),
        ("day,value\n2025-07-14,1\n2025-07-14,2\n", "3:1", "bad-table: 0 is there twice"),
        ("day,value\n2025-07-14,\n", "2:12", "bad-table: there is no value"),
        ('day,value\n2025-07-14,"1,5"\n', "2:12", "bad-table: expected a number, not '1,5'"),
        ("day,value\n2025-07-14,true\n", "2:12", "bad-table: expected a number, not 'True'"),
        ("day,value\n14/07/2025,1\n", "2:1", "bad-date: '14/07/2025' is not a date"),
        ("day,value\n2025-02-30,1\n", "2:1", "bad-date: '2025-02-30' is not a date"),
        ("day,value\n2025-07-14,1\n3,2\n", "3:1", "bad-table: some places are dates and some"),
        ("day,value\n,1\n", "2:1", "bad-table: expected a number or a date, not ''"),
        ("day,value\n2025-07-14,1e101\n", "2:12", "too-large: 1e+101 is too large"),
        ("day,value\n1,1\n1.0000000000000002,1e99\n", "3:1", "bad-table: the line to this point"),
        ("day,value\n1,1,2\n", "2:1", "bad-csv: 3 cells in this row, and the header has 2"),
        ("day,value\n", "1:1", "too-large: expected 1 to 10,000 rows, not 0"),
    ],
)
def test_errors_point_into_the_file(folder: Path, text: str, place: str, message: str) -> None:
    Path("seeds/t.csv").write_text(text)
    (found,) = first_errors()
    assert found.startswith(f"seeds/t.csv:{place}: {message}")


def test_limits(folder: Path) -> None:
    rows = "".join(f"{i},1\n" for i in range(MAX_POINTS))
    Path("seeds/t.csv").write_text(f"day,value\n{rows}")
    assert len(sim.load_model("model.yaml").tables["warmth"].places) == MAX_POINTS
    Path("seeds/t.csv").write_text(f"day,value\n{rows}{MAX_POINTS},1\n")
    assert "too-large: expected 1 to 10,000 rows, not 10,001" in first_errors()[0]
    many = "tables:\n" + "".join(f"  t{i}: {{points: {{0: 1}}, why: A}}\n" for i in range(101))
    assert [error.code for error in toys.faults(many)] == ["too-large"]
    assert not toys.faults(many.replace("  t100: {points: {0: 1}, why: A}\n", ""))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("column: value", "column: valu"), "model.yaml:6:41: unknown-name: 'seeds/t.csv' has no"),
        (("column: value, ", ""), "model.yaml:6:20: missing-key: which column has the values?"),
        (("seeds/t.csv", "seeds/u.csv"), "model.yaml:6:20: no-file: there is no file 'seeds/u.csv'"),
        (("seeds/t.csv", "/t.csv"), "model.yaml:6:20: bad-path: "),
        (("seeds/t.csv", "seeds/facts.yaml"), "model.yaml:6:20: bad-path: "),
        (("fact: staff", "fact: one"), "model.yaml:7:17: wrong-type: fact 'one' is a single value"),
        (("fact: staff", "fact: two"), "model.yaml:7:17: unknown-fact: there is no fact 'two'"),
        (("why: A survey, ", ""), "model.yaml:5:3: missing-key: table 'demand' has no evidence"),
        (("points: {1: 100, 2: 60}, ", ""), "model.yaml:5:3: missing-key: table 'demand' has no points"),
        (("{1: 100, 2: 60}", "{1: 100, 1.0: 60}"), "model.yaml:5:29: bad-table: 1 is there twice"),
        (("{1: 100, 2: 60}", "{1: 100, b: 60}"), "model.yaml:5:29: bad-table: expected a number or a date"),
        (("start: 2025-07-14, ", ""), "seeds/t.csv:2:1: bad-date: the model has no start date"),
    ],
)  # fmt: skip
def test_errors_of_an_entry(folder: Path, change: tuple[str, str], message: str) -> None:
    Path("model.yaml").write_text(MODEL.replace(*change))
    assert any(found.startswith(message) for found in first_errors()), first_errors()


def test_a_fact_with_a_series_is_no_value(folder: Path) -> None:
    Path("model.yaml").write_text(MODEL + "parameters: {p: {fact: staff}}\n")
    assert first_errors() == [
        "model.yaml:13:24: wrong-type: fact 'staff' is a series, not a single value"
    ]
