"""Designs: zips and factorials, tables of scenarios, futures from a file, also on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.errors import ExperimentError, ModelError
from sim.study.files import describe_file
from sim.study.scenario import Scenario

Cli = Callable[..., tuple[int, str, str]]
MODEL = """\
model: trade
time: {unit: day, horizon: 30}
levers:
  deadline: {default: 20, range: [0, 60]}
  tariff: {default: 10.0, range: [0.0, 200.0]}
  patriots: {default: 0, range: [0, 9]}
  mode: {default: slow, options: [slow, fast]}
  open: true
parameters:
  pace: {assume: 0.5, range: [0.1, 1.0], why: A guess.}
state: {deals: 0}
events: {deal: {rate: pace * (2 if mode == 'fast' else 1), if: open and deals < deadline, do: deals += 1}}
outcomes: {deals: {final: deals}, cost: {final: deals * tariff + patriots}}
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.yaml").write_text(
        MODEL.replace("if: open and deals < deadline", "if: open and deals < deadline")
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def experiment(text: str) -> sim.Experiment:
    Path("experiment.yaml").write_text(
        "experiment: e\nof: model.yaml\nreplications: 5\nfutures: {n: 4}\n" + text
    )
    return sim.load("experiment.yaml")


def names(made: sim.Experiment) -> list[str]:
    return [scenario.name for scenario in made.scenarios]


def test_a_zip_goes_together_and_all_else_in_every_combination(study: Path) -> None:
    made = experiment("vary: {patriots: [0, 6], zip: {deadline: [20, 50], tariff: [10, 100]}}\n")
    assert names(made) == [
        "trade [patriots=0, deadline=20, tariff=10]",
        "trade [patriots=0, deadline=50, tariff=100]",
        "trade [patriots=6, deadline=20, tariff=10]",
        "trade [patriots=6, deadline=50, tariff=100]",
    ]
    assert made.size == 4 * 4 * 5
    assert describe_file(Path("experiment.yaml")) == "experiment 'e', 80 replications in all"


def test_several_zips_are_a_list(study: Path) -> None:
    made = experiment(
        "vary:\n  zip:\n    - {deadline: [20, 50], tariff: [10, 100]}\n"
        "    - {patriots: [1, 2, 3], mode: [slow, fast, slow]}\n"
    )
    values = [scenario.values() for scenario in made.scenarios]
    assert [(v["deadline"], v["tariff"], v["patriots"], v["mode"]) for v in values] == [
        (d, t, p, m)
        for d, t in ((20, 10), (50, 100))
        for p, m in ((1, "slow"), (2, "fast"), (3, "slow"))
    ]


def test_a_lever_called_zip_has_a_list(study: Path) -> None:
    Path("model.yaml").write_text(MODEL.replace("patriots", "zip"))
    made = experiment("vary: {zip: [1, 2]}\n")
    assert names(made) == ["trade [zip=1]", "trade [zip=2]"]


def test_designs_in_python(study: Path) -> None:
    scenario = sim.load_scenario("model.yaml")

    def made(vary: Any) -> list[str]:
        return names(sim.make_experiment(scenario, replications=5, futures=4, vary=vary))

    assert made(
        {"zip": {"deadline": np.array([20, 50]), "tariff": [1.0, 2.0]}, "patriots": range(2)}
    ) == [
        "trade [deadline=20, tariff=1.0, patriots=0]",
        "trade [deadline=20, tariff=1.0, patriots=1]",
        "trade [deadline=50, tariff=2.0, patriots=0]",
        "trade [deadline=50, tariff=2.0, patriots=1]",
    ]
    for vary, words in (
        (
            {"zip": {"deadline": [1, 2], "tariff": [1.0]}},
            "'tariff' has 1 value, and 'deadline' has 2",
        ),
        (
            {"deadline": [1], "zip": [{"deadline": [2], "tariff": [1.0]}]},
            "'deadline' is varied twice",
        ),
        ({"zip": [{}]}, "a zip needs lists"),
        ({"zip": {"deadline": [[1]]}}, "expected a list of values for 'deadline'"),
        (
            {"zip": {f"x{i}": list(range(50)) for i in range(2)}, "deadline": list(range(60))},
            "above 2,000",
        ),
    ):
        with pytest.raises(ExperimentError, match=words):
            made(vary)


TABLE = """\
scenario,title,deadline,tariff,mode,open
wait,Wait and see,,,,
push,"Push, hard",50,100,fast,
shut,,,,,FALSE
"""


def test_each_row_of_a_table_is_a_scenario(study: Path) -> None:
    Path("policies.csv").write_text(TABLE)
    made = experiment("scenarios: {table: policies.csv}\n")
    assert names(made) == ["wait", "push", "shut"]
    assert [s.title for s in made.scenarios] == ["Wait and see", "Push, hard", "shut"]
    own = [dict(scenario.settings) for scenario in made.scenarios]
    assert own == [{}, {"deadline": 50, "tariff": 100, "mode": "fast"}, {"open": False}]
    deals = sim.run(made).outcome("deals")
    assert deals[2].max() == 0
    assert deals[1].mean() > deals[0].mean()


def test_a_table_beside_files_and_a_design(study: Path) -> None:
    Path("policies.csv").write_text(
        "scenario;of;tariff\npush;;100\nlate;late.yaml;50,0\n".replace("50,0", "50")
    )
    Path("late.yaml").write_text("scenario: late\nof: model.yaml\nlevers: {deadline: 60}\n")
    Path("calm.yaml").write_text("scenario: calm\nof: model.yaml\nlevers: {mode: slow}\n")
    made = experiment("scenarios: [calm.yaml, {table: policies.csv}]\nvary: {patriots: [1, 2]}\n")
    assert names(made) == [
        f"{name} [patriots={i}]" for name in ("calm", "push", "late") for i in (1, 2)
    ]
    assert made.scenarios[-1].values()["deadline"] == 60
    assert made.scenarios[-1].values()["tariff"] == 50


def test_every_error_of_a_table_is_told_at_once(study: Path) -> None:
    Path("policies.csv").write_text("scenario,deadline,tarif,mode\na,500,1,slow\na,1,2,quick\n")
    with pytest.raises(ModelError) as caught:
        experiment("scenarios: {table: policies.csv}\n")
    assert [d.first_line() for d in caught.value.diagnostics] == [
        "policies.csv:1:19: unknown-lever: model 'trade' has no lever or parameter 'tarif'",
        "policies.csv:2:3: out-of-range: 'deadline': 500 is outside the range 0 to 60",
        "policies.csv:3:1: duplicate-scenario: two scenarios are called 'a'",
        "policies.csv:3:7: unknown-option: 'mode': 'quick' is not one of the options: slow, fast",
    ]


def test_a_stored_design_is_read_without_its_files(study: Path) -> None:
    from sim.storage.batch import run_batch

    Path("policies.csv").write_text(TABLE)
    made = experiment("scenarios: {table: policies.csv}\n")
    ran = run_batch(made, study / "out")
    for name in ("policies.csv", "experiment.yaml", "model.yaml"):
        Path(name).unlink()
    found = sim.load_results(study / "out")
    assert [s.title for s in found.experiment.scenarios] == ["Wait and see", "Push, hard", "shut"]
    assert np.array_equal(found["deals"], ran["deals"])


def test_futures_of_a_file_may_have_names(study: Path) -> None:
    Path("futures.csv").write_text("id,pace\nlow,0.2\nhigh,0.9\n")
    Path("experiment.yaml").write_text(
        "experiment: e\nof: model.yaml\nreplications: 5\nfutures: futures.csv\n"
    )
    made = sim.load("experiment.yaml")
    assert made.parameters == ("pace",) and made.futures.tolist() == [[0.2], [0.9]]
    other = sim.load("model.yaml", futures="futures.csv", replications=5, seed=1)
    assert other.sampler == "listed" and other.size == 10
    assert np.array_equal(sim.run(made)["deals"], sim.run(other)["deals"])
    Path("futures.csv").write_text("id\nlow\n")
    with pytest.raises(ModelError, match="no column of a parameter"):
        sim.load("experiment.yaml")


def test_designs_on_the_command_line(study: Path, fulcrum: Cli) -> None:
    Path("futures.csv").write_text("pace\n0.2\n0.9\n0.4\n")
    vary = ("--vary", "patriots=0,6", "--vary", "deadline=20,50 tariff=10,100")
    listed = ("--futures", "futures.csv")
    code, out, err = fulcrum("run", "model.yaml", "-n", 4, *listed, *vary, "--format", "csv", "-q")
    assert (code, err) == (0, "")
    assert {line.split('"')[1] for line in out.splitlines()[1:]} == {
        f"trade [patriots={p}, deadline={d}, tariff={t}]"
        for p in (0, 6)
        for d, t in ((20, 10), (50, 100))
    }
    assert fulcrum("compare", "model.yaml", "-n", 4, *vary, "-q")[0] == 0
    for options, words in (
        (("--vary", "patriots"), "is not of the form LEVER=A,B"),
        (("--vary", "patriots=1 patriots=2"), "'patriots' is varied twice"),
        (("--vary", "deadline=1,2 tariff=3"), "'tariff' has 1 value, and 'deadline' has 2"),
        (("--vary", "patriots=1,99"), "99 is outside the range 0 to 9"),
        (("--vary", "patriots=1,"), "the value is missing"),
        (("--set", "patriots=3", "--vary", "patriots=1,2"), "set or varied already"),
        (("--futures", "many"), "is not a number of at least 0"),
        (("--futures", "-3"), "is not a number of at least 0"),
        (("--futures", "nowhere.csv"), "cannot read 'nowhere.csv'"),
        (("--futures", "futures.csv", "--central"), "--central holds"),
    ):
        code, _, err = fulcrum("run", "model.yaml", "-n", 4, *options, "-q")
        assert code == 2, options
        assert words in " ".join(err.replace("│", "").split()), err


def test_a_design_of_its_own_refuses_listed_futures(study: Path, fulcrum: Cli) -> None:
    Path("futures.csv").write_text("pace\n0.2\n")
    code, _, err = fulcrum("why", "model.yaml", "--futures", "futures.csv")
    assert code == 2 and "this design has its own" in err


def test_scenario_is_still_what_a_table_makes(study: Path) -> None:
    Path("policies.csv").write_text("scenario,time.warmup,deadline\na,5,10\nb,5,20\n")
    made = experiment("scenarios: {table: policies.csv}\n")
    assert all(isinstance(s, Scenario) and s.model.clock.warmup == 5 for s in made.scenarios)
