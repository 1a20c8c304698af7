"""The exploring verbs as typed: refused before anything runs, and what they take."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import sim
from sim.analysis import design
from sim.cli.app import main
from sim.cli.source import FileSource
from sim.errors import ExperimentError
from sim.execution import runner as running

MODEL = """\
model: toy
time: {horizon: 1}
levers:
  push: {default: 0, range: [0, 10]}
  mode: {default: low, options: [low, high]}
parameters:
  hot: {assume: 0.5, range: [0.0, 1.0]}
  cold: {assume: 0.5, range: [0.0, 1.0]}
  fixed: {assume: 1.0}
state: {y: 0.0}
events:
  end: {at: 1, do: "y = hot * (3 + push) - 2 * push * cold + normal(0, 0.1)"}
outcomes:
  y: {final: y, goal: maximize}
  aimless: {final: y}
"""
PLAN = """\
experiment: plan
scenarios: [model.yaml, more.yaml]
replications: 3
seed: 5
"""
WORDS = """\
model: words
time: {horizon: 1}
levers:
  on: {default: false}
  only: {default: this, options: [this]}
state: {y: 0.0}
events:
  end: {at: 1, do: "y = (1 if on else 0) + normal(0, 1)"}
outcomes:
  y: {final: y, goal: maximize}
"""
Told = tuple[int, str, str]
Fulcrum = Callable[..., Told]


@pytest.fixture
def fulcrum(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fulcrum:
    """Run the command line in this process; return exit code, stdout and stderr."""

    def run(*words: object) -> Told:
        monkeypatch.setattr(sys, "argv", ["fulcrum", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        found = capsys.readouterr()
        assert left.value.code is None or isinstance(left.value.code, int)
        return left.value.code or 0, found.out, found.err

    return run


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "seeds").mkdir()  # the top of a study
    (tmp_path / "model.yaml").write_text(MODEL)
    (tmp_path / "more.yaml").write_text("scenario: more\nof: model.yaml\nlevers: {push: 1}\n")
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "other.yaml").write_text(WORDS)
    (tmp_path / "wide.yaml").write_text(
        PLAN.replace("plan\n", "wide\n", 1) + "futures: {sample: random, n: 70}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing run."""

    def no(*_: object) -> None:
        raise AssertionError("it ran")

    monkeypatch.setattr(design, "kernel_of", no)
    monkeypatch.setattr(running, "kernel_of", no)


VERBS = {
    "tornado": "sensitivity model.yaml --outcome y --method tornado",
    "variance": "sensitivity wide.yaml --outcome y",
    "attribute": "attribute more.yaml --outcome y",
    "discover": "discover wide.yaml --outcome y --at-least 1",
    "search": "search model.yaml --outcome y",
    "sweep": "sweep model.yaml --outcome y --lever push",
    "voi": "voi plan.yaml --outcome y",
}


@pytest.mark.usefixtures("study", "still")
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("chart", "said"),
    [
        ("c.gif", "cannot be written as '.gif'"),
        ("no/such/c.svg", "there is no folder 'no/such'"),
        (".svg", "cannot be written as '.svg'"),
    ],
)
def test_a_chart_that_cannot_be_drawn(fulcrum: Fulcrum, verb: str, chart: str, said: str) -> None:
    code, out, err = fulcrum(*VERBS[verb].split(), "--chart", chart)
    assert code in (2, 74) and said in err and not out


@pytest.mark.usefixtures("study", "still")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (VERBS["tornado"] + " --only hott", "did you mean 'hot'"),
        (VERBS["variance"] + " --only hott", "did you mean 'hot'"),
        (VERBS["variance"] + " --only fixed", "these futures vary no parameter 'fixed'"),
        (VERBS["variance"] + " --scenario mor", "did you mean 'more'"),
        (VERBS["variance"] + "x", "there is no outcome 'yx'"),
        (VERBS["discover"] + " --only hott", "did you mean 'hot'"),
        (VERBS["discover"] + " --scenario mor", "did you mean 'more'"),
        (VERBS["discover"] + " --futures 10", "at least 60 futures, and these results have 10"),
        ("discover wide.yaml --outcome y", "no target for 'y'"),
        ("discover wide.yaml --outcome z --at-most 1", "there is no outcome 'z'"),
        (VERBS["search"] + " --only pusch", "did you mean 'push'"),
        ("sweep model.yaml --outcome y --lever pusch", "did you mean 'push'"),
        (VERBS["voi"] + " --only hott", "did you mean 'hot'"),
        (VERBS["voi"] + " --futures 0", "at least 20 futures"),
        ("voi plan.yaml --outcome aimless", "no goal"),
        ("voi plan.yaml --outcome yy", "there is no outcome 'yy'"),
        ("voi model.yaml --outcome y", "at least two scenarios"),
        ("voi wide.yaml --outcome y --futures 1000000000", "above the limit"),
        ("sweep model.yaml --outcome y --lever push --lever push=3", "'push' is given twice"),
        (VERBS["sweep"] + " --level nan", "nan is no level to cross"),
        (VERBS["sweep"] + " --levels 1000000000", "'--levels'"),
        ("discover wide.yaml --outcome y --at-least nan", "no value of 'y' is at least nan"),
        (VERBS["discover"] + " --at-most 0.5", "no value of 'y' is at least 1 and at most 0.5"),
        (VERBS["search"] + " --bound z<=3", "there is no outcome 'z'"),
        (VERBS["search"] + " --bound y<=nan", "no value of 'y'"),
        (VERBS["search"] + " --fresh 99999999", "above the limit"),
        (VERBS["attribute"] + " --futures 999999999", "above the limit"),
        (VERBS["tornado"] + " --scenario more", "--scenario does not apply to 'tornado'"),
        ("sensitivity model.yaml --outcome y --futures 9", "--futures does not apply to 'auto'"),
        (VERBS["variance"] + " --levers", "--levers does not apply to 'variance'"),
        (VERBS["sweep"] + " --against other.yaml", "belongs to model 'words', not 'toy'"),
        ("sensitivity model.yaml --outcome y --method pawn --futures 0", "add --futures 512"),
        ("sensitivity model.yaml --outcome y --points 1048576", "above the limit"),
        (
            "sensitivity model.yaml --outcome y --method morris --trajectories 9999999",
            "above the limit",
        ),
        ("plot plan.yaml -o c.svg --series yy", "there is no series 'yy'"),
        ("plot plan.yaml -o c.svg --scenario mor", "did you mean 'more'"),
        ("plot plan.yaml -o c.svg --chart forest --outcome yy", "there is no outcome 'yy'"),
        ("report plan.yaml -o c.html --series yy", "there is no series 'yy'"),
        ("compare plan.yaml --baseline foo", "there is "),
        ("sensitivity model.yaml --outcome y --futures 9", "--method variance or pawn"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(
    fulcrum: Fulcrum, words: str, said: str
) -> None:
    code, out, err = fulcrum(*words.split())
    assert code == 2 and said in err and not out, err


def test_futures_and_replications(study: Path) -> None:
    """What is asked for holds; else the futures an experiment's file asks for; else the usual."""

    def sizes(file: str, usual: int = 500, **asked: int) -> tuple[int, int, str]:
        found: list[tuple[int, int, str]] = []

        def judge(experiment: sim.Experiment) -> None:
            found.append((len(experiment.futures), experiment.replications, experiment.sampler))
            raise ExperimentError("enough")

        with pytest.raises(ExperimentError, match="enough"):
            FileSource([study / file], quiet=True, **asked).ensemble(judge, futures=usual)  # type: ignore[arg-type]
        return found[0]

    assert sizes("model.yaml") == (500, 50, "latin_hypercube")
    assert sizes("model.yaml", replications=4, futures=64) == (64, 4, "sobol")
    assert sizes("plan.yaml") == (500, 50, "latin_hypercube")
    assert sizes("wide.yaml") == (70, 3, "random")
    assert sizes("wide.yaml", futures=90) == (90, 3, "random")
    assert sizes("wide.yaml", futures=0) == (1, 210, "central")
    assert sizes("plan.yaml", usual=0) == (2, 2, "latin_hypercube")
    assert sizes("plan.yaml", futures=0) == (1, 4, "central")
    assert sizes("model.yaml", usual=0) == (200, 5, "latin_hypercube")


def test_levers_of_words(fulcrum: Fulcrum, study: Path) -> None:
    """A truth has two values and no place between them; a single word cannot be moved."""
    (study / "words.yaml").write_text(WORDS)
    rest = ("words.yaml", "--outcome", "y", "-n", 20, "-q")
    code, out, err = fulcrum("sweep", *rest, "--lever", "on=true,false", "--level", 0.5)
    assert code == 0 and "ipping" not in out and "true │" in out, err
    code, out, err = fulcrum("search", *rest, "--fresh", 20)
    assert code == 0 and "on=true" in out and "only" not in out, err
    code, out, err = fulcrum("sensitivity", *rest, "--levers", "--method", "tornado")
    assert code == 0 and "false → true" in out and "only" not in out, err
    code, _, err = fulcrum("sweep", *rest, "--lever", "only")
    assert code == 2 and "'only' has no range to move in" in err
    code, _, err = fulcrum("sensitivity", *rest)
    assert code == 2 and "nothing uncertain to move" in err and "--levers adds" in err


@pytest.mark.usefixtures("study", "still")
def test_a_folder_for_scenarios_is_looked_at_first(fulcrum: Fulcrum) -> None:
    code, out, err = fulcrum(*VERBS["search"].split(), "-o", "more.yaml")
    assert code == 74 and "is a file, not a folder" in err and not out


@pytest.mark.usefixtures("study")
def test_importance_over_futures_asked_for(fulcrum: Fulcrum) -> None:
    code, out, err = fulcrum(
        *["sensitivity", "plan.yaml", "--outcome", "y", "--futures", "32", "-n", "1", "-q"],
        "--only",
        "hot",
    )
    assert code == 0 and "read from 32 futures × 1 replication of finished runs" in out, err


@pytest.mark.usefixtures("study")
def test_results_at_an_address(fulcrum: Fulcrum, study: Path) -> None:
    assert fulcrum("run", "wide.yaml", "-o", "results", "-q")[0] == 0
    address = f"file://{study / 'results'}"
    for words in (
        "sensitivity {} --outcome y", "discover {} --outcome y --at-least 1", "voi {} --outcome y",
    ):  # fmt: skip
        told = [fulcrum(*words.format(place).split(), "-q") for place in ("results", address)]
        here, there = (out.partition("\nNext: ")[0] for _, out, _ in told)
        assert here == there and here and told[0][0] == told[1][0] == 0
    code, _, err = fulcrum("voi", address, "--outcome", "y", "--futures", "64")
    assert code == 2 and "--futures do not apply" in err
    code, _, err = fulcrum("sensitivity", address, "--outcome", "y", "--method", "sobol")
    assert code == 2 and "needs a scenario" in err and "--method variance" in err
    code, _, err = fulcrum("plot", address, "--chart", "timeline", "-o", "c.svg")
    assert code == 0, err


@pytest.mark.usefixtures("study")
def test_the_result_is_printed_before_it_is_drawn(
    fulcrum: Fulcrum, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "c.svg")

    monkeypatch.setattr("sim.charts.export.save_chart", full)
    for words in (VERBS["sweep"], VERBS["attribute"] + " --outcome aimless --format csv"):
        code, out, err = fulcrum(*words.split(), "-n", "5", "-q", "--chart", "c.svg")
        assert code == 74 and "the disk is full" in err and out, err
