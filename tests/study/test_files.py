"""`sim.load`: the files of a study as one experiment."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

import sim
from sim.errors import ExperimentError, ModelError, SimError
from sim.study.files import describe_file, within

FILES = {
    "model.yaml": """
model: pond
time: {horizon: 3}
levers: {feed: {default: 1.0, range: [0.0, 4.0]}}
parameters:
  rate: {assume: 2.0, between: [1.0, 3.0]}
  loss: {assume: 0.5, between: [0.0, 1.0]}
state: {fish: {initial: 10.0}}
events: {grow: {at: 1, do: fish = fish + feed * rate - loss}}
outcomes: {fish_left: {final: fish}}
""",
    "idle.yaml": "scenario: idle\nof: model.yaml\n",
    "much.yaml": "scenario: much\nof: model.yaml\nlevers: {feed: 3.0}\n",
    "both.yaml": """
experiment: both
of: model.yaml
vary: {feed: [0.0, 2.0]}
replications: 7
seed: 11
futures: {sample: latin_hypercube, n: 5}
""",
}


@pytest.fixture
def pond(tmp_path: Path) -> Path:
    """A study of one model, two scenarios and one experiment."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text.lstrip(), encoding="utf-8")
    return tmp_path


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.WARNING, logger="sim")
    return lambda: [record.getMessage() for record in caplog.records]


def codes(error: pytest.ExceptionInfo[SimError]) -> list[str]:
    return [diagnostic.code for diagnostic in error.value.diagnostics]


def names(experiment: sim.Experiment) -> list[str]:
    return [scenario.name for scenario in experiment.scenarios]


def test_a_folder_stands_for_its_scenarios(pond: Path, warnings: Callable[[], list[str]]) -> None:
    made = sim.load(pond)
    assert (made.name, names(made)) == ("comparison", ["idle", "much"])
    assert (made.replications, made.seed, len(made.futures)) == (5, 20250714, 200)
    assert (made.sampler, made.parameters) == ("latin_hypercube", ("rate", "loss"))
    assert warnings() == ["ignored (not a scenario): both.yaml (experiment), model.yaml (model)"]


def test_scenarios_stand_in_the_order_given(pond: Path, warnings: Callable[[], list[str]]) -> None:
    made = sim.load([str(pond / "much.yaml"), pond / "idle.yaml"], replications=30, seed=0)
    assert names(made) == ["much", "idle"]
    assert (len(made.futures), made.replications, made.seed) == (6, 5, 0)
    assert warnings() == []


def test_one_scenario_names_the_experiment(pond: Path) -> None:
    assert sim.load(pond / "much.yaml").name == "much"


def test_a_model_alone_is_its_own_scenario(pond: Path) -> None:
    made = sim.load(pond / "model.yaml", replications=2, futures=0)
    assert names(made) == ["pond"]
    assert sim.run(made).outcome("fish_left").tolist() == [[[11.5, 11.5]]]


def test_settings_go_into_every_scenario(pond: Path) -> None:
    made = sim.load(pond, settings={"rate": 1.5}, replications=1, futures=0)
    assert names(made) == ["idle", "much"]
    assert sim.run(made).outcome("fish_left").ravel().tolist() == [11.0, 14.0]
    over = sim.load(pond, settings={"feed": 2.0}, replications=1, futures=0)
    assert sim.run(over).outcome("fish_left").ravel().tolist() == [13.5, 13.5]


def test_a_setting_may_be_of_one_scenario_alone(pond: Path) -> None:
    made = sim.load(
        pond, settings={"idle:feed": 2.0, "rate": 1.5, "much:rate": 2.5}, replications=1
    )
    chosen = {s.name: dict(s.settings) for s in made.scenarios}
    assert chosen == {"idle": {"rate": 1.5, "feed": 2.0}, "much": {"rate": 2.5}}


@pytest.mark.parametrize(
    "settings",
    [{"fed": 1.0}, {"feed": 5.0}, {"feed": "much"}, {"none:feed": 1.0}, {"idle:fed": 1.0}],
)
def test_settings_that_no_scenario_takes_are_errors(pond: Path, settings: dict[str, float]) -> None:
    with pytest.raises(ExperimentError):
        sim.load(pond, settings=settings)


def test_an_experiment_keeps_what_its_file_says(pond: Path) -> None:
    made = sim.load(pond / "both.yaml")
    assert (made.name, names(made)) == ("both", ["pond [feed=0.0]", "pond [feed=2.0]"])
    assert (made.replications, made.seed) == (7, 11)
    assert (made.sampler, made.parameters) == ("latin_hypercube", ("rate", "loss"))
    assert made.futures.shape == (5, 2)


def test_arguments_come_before_the_experiment_s_file(pond: Path) -> None:
    made = sim.load(pond / "both.yaml", replications=2, seed=0)
    assert (made.replications, made.seed, len(made.futures)) == (2, 0, 5)


def test_an_experiment_takes_settings_of_what_it_does_not_vary(pond: Path) -> None:
    made = sim.load(pond / "both.yaml", settings={"loss": 1.0}, replications=1)
    assert [s.settings["loss"] for s in made.scenarios] == [1.0, 1.0]
    # with loss fixed only the rate differs between futures, and without feed nothing does
    assert sim.run(made).outcome("fish_left")[0].tolist() == [[9.0]] * 5
    with pytest.raises(ExperimentError) as error:
        sim.load(pond / "both.yaml", settings={"feed": 1.0})
    assert codes(error) == ["bad-setting"]


def test_several_experiments_are_an_error(pond: Path) -> None:
    again = FILES["both.yaml"].replace("experiment: both", "experiment: again").lstrip()
    (pond / "again.yaml").write_text(again, encoding="utf-8")
    with pytest.raises(ExperimentError) as error:
        sim.load([pond / "both.yaml", pond / "again.yaml"])
    assert codes(error) == ["no-scenario"]
    with pytest.raises(ExperimentError) as error:
        sim.load([])
    assert codes(error) == ["no-scenario"]


def test_scenarios_are_added_to_the_experiment_beside_them(pond: Path) -> None:
    made = sim.load([pond / "both.yaml", pond / "model.yaml", pond / "idle.yaml"])
    assert names(made) == ["pond [feed=0.0]", "pond [feed=2.0]", "idle"]


@pytest.mark.parametrize(
    ("n", "sampler", "each"),
    [
        (8, "sobol", 125),
        (6, "latin_hypercube", 167),
        (1, "sobol", 1_000),
        (4_000, "latin_hypercube", 5),
    ],
)
def test_futures_of_scenarios(pond: Path, n: int, sampler: str, each: int) -> None:
    """Powers of two are drawn by Sobol's sequence; futures share 1,000 replications."""
    made = sim.load(pond, futures=n)
    assert (made.futures.shape, made.sampler, made.parameters) == (
        (n, 2),
        sampler,
        ("rate", "loss"),
    )
    assert made.replications == each
    assert sim.load(pond, futures=n, replications=4).replications == 4
    assert names(made) == ["idle", "much"]


def test_no_futures_hold_the_parameters_at_their_centre(pond: Path) -> None:
    made = sim.load(pond, futures=0)
    assert (made.futures.shape, made.replications) == ((1, 0), 1_000)
    assert made.central
    assert not sim.load(pond).central


def test_futures_of_an_experiment_keep_its_sampler_and_its_runs(pond: Path) -> None:
    """Five futures of seven replications are 35 runs, in however many futures."""
    made = sim.load(pond / "both.yaml", futures=4)
    assert (made.futures.shape, made.sampler, made.replications) == ((4, 2), "latin_hypercube", 9)
    held = sim.load(pond / "both.yaml", futures=0)
    assert (held.futures.shape, held.replications, held.central) == ((1, 0), 35, True)
    each = sim.load(pond / "both.yaml", futures=4, replications=3)
    assert (len(each.futures), each.replications) == (4, 3)
    plain = FILES["both.yaml"].lstrip().replace("replications: 7", "replications: 600")
    (pond / "both.yaml").write_text(plain[: plain.index("futures:")], encoding="utf-8")
    assert [
        len(sim.load(pond / "both.yaml").futures),
        sim.load(pond / "both.yaml").replications,
    ] == [120, 5]
    assert sim.load(pond / "both.yaml", futures=0).replications == 600
    (pond / "both.yaml").write_text(FILES["both.yaml"].lstrip(), encoding="utf-8")
    with pytest.raises(ExperimentError) as error:
        sim.load(pond / "both.yaml", futures=-1)
    assert codes(error) == ["bad-futures"]


def test_the_errors_of_all_files_come_at_once_and_once_each(pond: Path) -> None:
    (pond / "idle.yaml").write_text("scenario: idle\nof: model.yaml\nlevers: {fed: 1}\n", "utf-8")
    (pond / "much.yaml").write_text("scenario: much\nof: model.yaml\nlevers: {feed: 9}\n", "utf-8")
    with pytest.raises(ModelError) as error:
        sim.load(pond)
    assert [Path(d.span.file).name for d in error.value.diagnostics if d.span] == [
        "idle.yaml",
        "much.yaml",
    ]
    broken = FILES["model.yaml"].replace("feed * rate", "food * rate").lstrip()
    for name in ("idle.yaml", "much.yaml"):
        (pond / name).write_text(FILES[name], encoding="utf-8")
    (pond / "model.yaml").write_text(broken, encoding="utf-8")
    with pytest.raises(ModelError) as error:
        sim.load(pond)
    assert len(error.value.diagnostics) == 1  # both scenarios share the broken model


def test_a_file_of_no_known_kind_is_an_error(pond: Path) -> None:
    (pond / "note.yaml").write_text("note: hello\n", encoding="utf-8")
    with pytest.raises(ModelError) as error:
        sim.load(pond)
    assert codes(error) == ["wrong-kind"]
    assert error.value.diagnostics[0].span is not None


def test_a_folder_is_searched_to_the_bottom_but_not_its_hidden_parts(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", "in/c.yaml", ".git/d.yaml", "in/.e.yaml", "f.yaxml", "g.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [str(f.relative_to(tmp_path)) for f in within(tmp_path)] == [
        "a.yaml",
        "b.yml",
        "in/c.yaml",
    ]
    assert within(tmp_path / "g.txt") == [tmp_path / "g.txt"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError) as error:
        within(tmp_path / "empty")
    assert codes(error) == ["no-file"]


def test_each_kind_of_file_in_a_few_words(pond: Path) -> None:
    counts = "1 lever, 2 parameters, 1 state, 1 event, 1 outcome"
    assert describe_file(pond / "model.yaml") == f"model 'pond': {counts}"
    assert describe_file(pond / "idle.yaml") == f"scenario 'idle': {counts}"
    assert describe_file(pond / "both.yaml") == "experiment 'both', 70 replications in all"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("seed: 3\nscenarios: [idle.yaml, idle.yaml]\nreplications: 2\n", "duplicate-scenario", 3),
        (
            "seed: 3\nscenarios: [idle.yaml, much.yaml]\nreplications: 1000000\n"
            "futures: {sample: random, n: 30}\n",
            "too-large",
            4,
        ),
    ],
)
def test_what_does_not_fit_is_located_at_its_key(
    pond: Path, text: str, code: str, line: int
) -> None:
    (pond / "both.yaml").write_text(f"experiment: both\n{text}", encoding="utf-8")
    with pytest.raises(ModelError) as error:
        sim.load(pond / "both.yaml")
    (found,) = error.value.diagnostics
    assert found.span is not None
    assert (found.code, found.span.line) == (code, line)
