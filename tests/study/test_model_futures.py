"""Plausible futures that a model names: what samples them, what replaces them, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.reporting.reproduction import recipe
from sim.storage.manifest import describe, rebuild
from sim.study.futures import sample, sizes
from sim.study.listed_futures import read_futures
from sim.study.model_futures import listed

STUDY = Path(__file__).parent.parent / "models" / "fitted"
ALL = ("calls", "patience", "heads", "mood", "late")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(STUDY, tmp_path / "fitted")
    monkeypatch.chdir(tmp_path / "fitted")
    return tmp_path / "fitted"


def rows(n: int) -> np.ndarray:
    """The first rows of the file."""
    model = sim.load_model("model.yaml")
    names, values = read_futures(Path("plausible.csv"), model, model)
    assert names == ALL
    return values[:n]


def edit(file: str, old: str, new: str) -> None:
    text = Path(file).read_text()
    assert old in text
    Path(file).write_text(text.replace(old, new))


def test_the_first_rows_are_the_futures_of_every_run(folder: Path) -> None:
    scenario = sim.load_scenario("more.yaml")
    for made in (
        sim.make_experiment(scenario, futures=20),
        sim.load("more.yaml", futures=20),
        sim.load("more.yaml", futures=16, seed=4),
        sim.run(scenario, futures=20, replications=1).experiment,
    ):
        n = len(made.futures)
        assert (made.sampler, made.parameters) == ("plausible", ALL)
        assert made.origin == "of 62 kept of 400 drawn"
        assert np.array_equal(made.futures, rows(n)) and n in (16, 20)
        assert made.blocks == n  # each is a unit of its own


def test_a_usual_number_is_cut_to_the_rows_and_one_asked_for_is_not(folder: Path) -> None:
    made = sim.load("model.yaml")
    assert (len(made.futures), made.replications) == (60, 17)
    assert sizes(True, None, 4000, most=60) == (60, 67)
    assert len(sim.load("model.yaml", futures=60).futures) == 60
    with pytest.raises(sim.ExperimentError, match="few-futures") as caught:
        sim.load("model.yaml", futures=61)
    assert "61 futures" in str(caught.value) and "lists 60" in str(caught.value)
    assert "--independent" in str(caught.value)
    assert len(sim.load("model.yaml", futures=61, independent=True).futures) == 61


def test_independent_futures_are_those_of_a_model_without_a_file(folder: Path) -> None:
    shutil.copy("model.yaml", "bare.yaml")
    edit("bare.yaml", "futures: plausible.csv\n", "")
    for futures in (None, 50, 64):
        bare = sim.load("bare.yaml", futures=futures)
        made = sim.load("model.yaml", futures=futures, independent=True)
        assert (made.sampler, made.origin) == (bare.sampler, "")
        assert np.array_equal(made.futures, bare.futures)
    scenario = sim.load_scenario("model.yaml")
    explicit = sim.make_experiment(scenario, futures=30, sampler="random")
    assert explicit.sampler == "random" and explicit.origin == ""
    ran = sim.run(scenario, futures=30, replications=1, independent=True)
    bare_ran = sim.run(sim.load_scenario("bare.yaml"), futures=30, replications=1)
    assert np.array_equal(ran.values, bare_ran.values)


def test_a_changed_horizon_does_not_bring_the_file_back(folder: Path) -> None:
    made = sim.load("model.yaml", settings={"time.horizon": 5.0}, independent=True)
    assert made.sampler == "latin_hypercube"
    again = sim.load("model.yaml", settings={"time.horizon": 5.0})
    assert again.sampler == "plausible" and again.model.clock.horizon == 5.0


def test_central_values_need_no_file(folder: Path) -> None:
    Path("plausible.csv").unlink()
    made = sim.load("model.yaml", futures=0)
    assert made.central and made.replications == 1000
    assert sim.trace(sim.load_scenario("model.yaml")).outcomes


def test_a_value_set_by_hand_replaces_its_column(folder: Path) -> None:
    made = sim.load(["base.yaml", "more.yaml"], settings={"more:calls": 3.0}, futures=10)
    place = list(sim.load_scenario("model.yaml").values()).index("calls")
    assert [made.row(1, f)[place] for f in range(10)] == [3.0] * 10
    assert [made.row(0, f)[place] for f in range(10)] == rows(10)[:, 0].tolist()
    others = [i for i in range(2, 8) if i != place]  # levers stand first
    for future in range(10):
        assert made.row(0, future)[others].tolist() == made.row(1, future)[others].tolist()


def test_a_new_range_is_sampled_for_itself(folder: Path) -> None:
    made = sim.load("as_it_was.yaml", futures=40)
    assert made.sampler == "plausible"
    model = sim.load_model("as_it_was.yaml")
    names, drawn = sample(model, 40, "latin_hypercube", made.seed)
    for i, name in enumerate(names):
        own = name in ("calls", "late")
        expected = drawn[:, i] if own else rows(40)[:, ALL.index(name)]
        assert np.array_equal(made.futures[:, i], expected), name
    assert made.futures[:, 0].min() >= 5.0 and made.futures[:, 0].max() <= 6.0


def test_a_parameter_without_a_column_is_sampled_for_itself(folder: Path) -> None:
    lines = Path("plausible.csv").read_text().splitlines()
    short = [line if line.startswith("#") else ",".join(line.split(",")[:3]) for line in lines]
    Path("plausible.csv").write_text("\n".join(short))
    model = sim.load_model("model.yaml")
    names, drawn = sample(model, 30, "latin_hypercube", 5)
    _, made = sample(model, 30, "plausible", 5)
    assert names == ALL
    assert np.array_equal(made[:, 3:], drawn[:, 3:])
    assert np.array_equal(made[:, 0], [float(line.split(",")[0]) for line in lines[3:33]])


SHARES = """\
model: shares
time: {horizon: 5}
futures: plausible.csv
parameters:
  one: {assume: 0.3, range: [0, 1], why: A guess}
  two: {assume: 0.7, range: [0, 1], why: A guess}
  free: {assume: 1, range: [0, 2], why: A guess}
shares: [{of: [one, two]}]
state: {x: {initial: one + free}}
outcomes: {end: {final: x}}
"""


def test_shares_come_from_the_file_whole_or_not_at_all(folder: Path) -> None:
    Path("shares.yaml").write_text(SHARES)
    Path("plausible.csv").write_text("one,free\n0.25,0.5\n0.5,1.5\n")
    made = sim.load("shares.yaml", futures=2)
    assert made.sampled("free").tolist() == [0.5, 1.5]
    assert np.allclose(made.sampled("one") + made.sampled("two"), 1.0, atol=1e-12)
    assert made.sampled("one").tolist() != [0.25, 0.5]
    Path("plausible.csv").write_text("one,two,free\n0.25,0.75,0.5\n0.5,0.5,1.5\n")
    made = sim.load("shares.yaml", futures=2)
    assert (made.sampled("one").tolist(), made.sampled("two").tolist()) == (
        [0.25, 0.5],
        [0.75, 0.5],
    )
    assert made.origin == "of plausible.csv"


def test_an_experiment_that_names_futures_has_its_own(folder: Path) -> None:
    head = "experiment: own\nof: model.yaml\nreplications: 2\n"
    Path("own.csv").write_text("calls,mood\n2,hasty\n3,on\n")
    Path("file.yaml").write_text(f"{head}futures: own.csv\n")
    made = sim.load("file.yaml")
    assert (made.sampler, made.parameters, made.origin) == ("listed", ("calls", "mood"), "")
    Path("sobol.yaml").write_text(f"{head}futures: {{sample: sobol, n: 8}}\n")
    assert sim.load("sobol.yaml").sampler == "sobol"
    Path("many.yaml").write_text(f"{head}futures: {{n: 9}}\n")
    made = sim.load("many.yaml")
    assert made.sampler == "plausible" and np.array_equal(made.futures, rows(9))
    assert sim.load("many.yaml", independent=True).sampler == "latin_hypercube"
    assert sim.load("file.yaml", independent=True).sampler == "latin_hypercube"
    Path("too_many.yaml").write_text(f"{head}futures: {{n: 90}}\n")
    with pytest.raises(sim.ModelError, match="few-futures") as caught:
        sim.load("too_many.yaml")
    assert "too_many.yaml:4:" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("calls,patience", "cals,patience", "unknown-name", "3:1"),
        ("calls,patience", "fixed,patience", "no-range", "3:1"),
        ("calls,patience", "clerks,patience", "unknown-name", "3:1"),
        ("8.2216,", "18.2216,", "out-of-range", "4:1"),
        ("hasty,", "hastier,", "unknown-option", "5:"),
    ],
)
def test_a_stale_file_is_an_error_where_it_is_used(
    folder: Path, old: str, new: str, code: str, place: str
) -> None:
    edit("plausible.csv", old, new)
    with pytest.raises(sim.ModelError) as caught:
        sim.load("more.yaml")
    first = caught.value.diagnostics[0]
    assert first.first_line().startswith(f"plausible.csv:{place}") and first.code == code
    assert first.help
    assert sim.load("more.yaml", independent=True).sampler == "latin_hypercube"
    assert sim.load("more.yaml", futures=0).central


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ("missing.csv", "no-file"),
        ("model.yaml", "bad-path"),
        ("../plausible.csv", "bad-path"),
        ("/tmp/plausible.csv", "bad-path"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_at_its_name(
    folder: Path, named: str, code: str
) -> None:
    edit("model.yaml", "futures: plausible.csv", f"futures: {named}")
    sim.load_model("model.yaml")
    with pytest.raises(sim.ModelError) as caught:
        sim.load("model.yaml")
    assert caught.value.diagnostics[0].first_line().startswith(f"model.yaml:4:10: {code}")


def test_a_model_names_one_file(folder: Path) -> None:
    edit("model.yaml", "futures: plausible.csv", "futures: [plausible.csv]")
    with pytest.raises(sim.ModelError, match=r"model\.yaml:4:"):
        sim.load("model.yaml")


def test_a_run_directory_needs_no_file(folder: Path) -> None:
    made = sim.load(["base.yaml", "more.yaml"], futures=6, replications=2)
    plan = describe(made, {"shard_rows": 4})
    sim.run_batch(made, "out")
    Path("plausible.csv").unlink()
    again = rebuild(plan)
    assert (again.sampler, again.origin) == ("plausible", made.origin)
    assert np.array_equal(again.futures, made.futures)
    kept = sim.load_results("out")
    assert kept.experiment.origin == made.origin
    assert (
        sim.compare(kept)
        .notes()[1]
        .startswith(
            "12 runs of each scenario: 6 plausible futures (of 62 kept of 400 drawn) × 2 replications"
        )
    )
    assert "origin" not in describe(sim.load("model.yaml", futures=0), {"shard_rows": 4})


def test_the_command_that_gives_the_numbers_again(folder: Path) -> None:
    made = sim.load(["as_it_was.yaml", "more.yaml"], futures=12)
    assert "--independent" not in recipe(made).arguments
    assert recipe(made).arguments
    free = sim.load(["as_it_was.yaml", "more.yaml"], futures=12, independent=True)
    assert "--independent" in recipe(free).arguments
    assert recipe(free).arguments != recipe(made).arguments


def test_more_futures_are_taken_while_there_are_some(folder: Path) -> None:
    made = sim.load("model.yaml", futures=10, replications=20)
    found = sim.analysis.run_until(made, 0.01, outcomes=["served"], cap=3000)
    ran = found.ensemble.experiment
    assert ran.sampler == "plausible" and len(ran.futures) == 60
    assert np.array_equal(ran.futures, rows(60))


def test_every_analysis_of_futures_takes_them(folder: Path) -> None:
    base, more = sim.load_scenario("model.yaml"), sim.load_scenario("more.yaml")
    (found,) = sim.analysis.shapley(more, base, ["queue"], replications=2, futures=12)
    assert found.futures == 12
    with pytest.raises(sim.ExperimentError, match="few-futures"):
        sim.analysis.shapley(more, base, ["queue"], replications=2, futures=61)


def test_columns_that_a_scenario_changes_are_left_out(folder: Path) -> None:
    assert listed(sim.load_model("as_it_was.yaml")).names == ("patience", "heads", "mood")
    assert listed(sim.load_model("more.yaml")).names == ALL
