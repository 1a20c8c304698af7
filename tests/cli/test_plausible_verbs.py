"""The verbs of a model that names plausible futures: what they run on and say, and fitting again."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.study.templates import study_texts
from ui.live.document import make_document

Run = Callable[..., tuple[int, str, str]]
STUDY = Path(__file__).parent.parent / "models" / "fitted"
CLAUSE = "60 plausible futures (of 62 kept of 400 drawn)"


def one_line(text: str) -> str:
    """Return what a verb prints without the ends of its lines."""
    return " ".join(text.split())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(STUDY, tmp_path / "fitted")
    monkeypatch.chdir(tmp_path / "fitted")


def edit(file: str, old: str, new: str) -> None:
    text = Path(file).read_text()
    assert old in text
    Path(file).write_text(text.replace(old, new))


VERBS = [
    ("run", "more.yaml"),
    ("compare", "base.yaml", "more.yaml"),
    ("compare", "base.yaml", "more.yaml", "--show", "p5,mean"),
    ("quantiles", "more.yaml", "--outcome", "queue"),
    ("robustness", "base.yaml", "more.yaml"),
    ("calibrate", "calibration.yaml"),
]


@pytest.mark.parametrize("words", VERBS, ids=lambda words: words[0])
def test_a_verb_says_which_futures_it_runs_on(fulcrum: Run, words: tuple[str, ...]) -> None:
    code, out, _ = fulcrum(*words)
    assert code == 0 and CLAUSE in one_line(out)
    code, out, _ = fulcrum(*words, "--independent", "--futures", 70)
    assert "plausible" not in out and "70 futures" in one_line(out)
    code, _, err = fulcrum(*words, "--futures", 61)
    assert code == 2 and "few-futures" in err and "--independent" in err


@pytest.mark.parametrize(
    "words",
    [
        ("discover", "more.yaml", "--outcome", "queue", "--at-most", 3),
        ("sensitivity", "more.yaml", "--outcome", "queue"),
        ("voi", "base.yaml", "more.yaml", "--outcome", "queue"),
        ("why", "more.yaml", "--against", "base.yaml", "--futures", 9, "-n", 2),
        ("attribute", "more.yaml", "--futures", 9, "-n", 2),
    ],
    ids=lambda words: words[0],
)
def test_other_verbs_of_futures_run(fulcrum: Run, words: tuple[object, ...]) -> None:
    code, out, err = fulcrum(*words)
    assert code == 0, err
    learns = words[0] in ("discover", "voi")
    assert ("The futures are plausible ones (of 62 kept of 400 drawn)" in one_line(out)) == learns


def test_evidence_names_the_file(fulcrum: Run) -> None:
    out = fulcrum("evidence", "model.yaml")[1]
    assert "Futures are the rows of plausible.csv, which evidence does not rule out" in one_line(
        out
    )


def test_importance_is_read_from_them(fulcrum: Run) -> None:
    fulcrum("run", "more.yaml", "-n", 300, "-o", "out")
    code, out, _ = fulcrum("sensitivity", "out", "--outcome", "queue")
    assert code == 0 and "The futures are plausible ones (of 62 kept of 400 drawn)" in one_line(out)


def test_options_that_exclude_each_other(fulcrum: Run) -> None:
    for other in (["--central"], ["--futures", "0"], ["--futures", "plausible.csv"]):
        code, _, err = fulcrum("run", "more.yaml", "--independent", *other)
        assert code == 2 and "--independent samples" in err
    fulcrum("run", "more.yaml", "-n", 60, "-o", "out")
    code, _, err = fulcrum("compare", "out", "--independent")
    assert code == 2 and "finished" in err


def test_a_calibration_is_over_plausible_futures_unless_they_are_held(fulcrum: Run) -> None:
    code, out, _ = fulcrum("calibrate", "calibration.yaml", "--central")
    assert "assumptions held at central values" in one_line(out)
    code, out, _ = fulcrum("calibrate", "calibration.yaml", "--futures", 30, "--format", "json")
    assert code == 0
    assert [row["in_range"] for row in json.loads(out)] == [True, True]
    edit("calibration.yaml", "at: 10.0, range: [4.0, 16.0]", "at: 50.0, range: [49.0, 51.0]")
    assert fulcrum("calibrate", "calibration.yaml")[0] == 1


def test_fitting_draws_from_the_ranges_into_the_file_that_the_model_names(fulcrum: Run) -> None:
    before = Path("plausible.csv").read_bytes()
    words = ("calibrate", "calibration.yaml", "--fit", "plausible.csv", "--futures", 400, "-n", 10)
    assert fulcrum(*words, "--keep", 60)[0] == 0
    assert Path("plausible.csv").read_bytes() == before
    Path("plausible.csv").unlink()
    assert fulcrum(*words, "--keep", 60)[0] == 0
    assert Path("plausible.csv").read_bytes() == before
    edit("plausible.csv", "calls,", "cals,")
    assert fulcrum(*words)[0] == 0
    text = Path("plausible.csv").read_text()
    assert text.startswith(before.decode()) and len(text.splitlines()) == 3 + 62


def test_numbers_are_short_and_within_their_ranges() -> None:
    lines = Path("plausible.csv").read_text().splitlines()[3:]
    model = sim.load_model("model.yaml")
    for line in lines:
        calls, patience, heads, mood, late = line.split(",")
        assert all(len(re.sub(r"[^0-9]|e.*|^0\.0*", "", n)) <= 6 for n in (calls, patience, late))
        assert mood in model.parameters["mood"].type.options and heads in "1234"


def test_check_says_when_they_were_fitted_to_another_edition(fulcrum: Run) -> None:
    code, _, err = fulcrum("check", "model.yaml", "more.yaml")
    assert (code, err) == (0, "")
    edit("model.yaml", "label: Clerks", "label: People")
    assert fulcrum("check", "model.yaml")[2] == ""
    edit("model.yaml", "range: [1.0, 9.0]", "range: [1.0, 9.5]")
    code, _, err = fulcrum("check", "model.yaml", "more.yaml")
    assert code == 0 and err.count("other-edition") == 1
    assert "plausible.csv:2:1: warning: other-edition" in err and "ranges of the model" in err
    assert "fulcrum calibrate calibration.yaml --fit plausible.csv" in err
    edit("model.yaml", "range: [1.0, 9.5]", "range: [1.0, 9.0]")
    edit("calibration.yaml", "range: [4.0, 16.0]", "range: [4.0, 17.0]")
    assert "targets of 'calibration.yaml' have changed" in fulcrum("check", "model.yaml")[2]
    Path("calibration.yaml").unlink()
    assert "'calibration.yaml' cannot be read" in fulcrum("check", "model.yaml")[2]
    edit("plausible.csv", "hasty", "nasty")
    code, _, err = fulcrum("check", "model.yaml")
    assert code == 2 and "unknown-option" in err and "--fit" in err


def test_a_report_says_so_and_how_to_get_it_again(fulcrum: Run) -> None:
    assert fulcrum("report", "base.yaml", "more.yaml", "-o", "a.html")[0] == 0
    text = Path("a.html").read_text()
    assert CLAUSE in text and "--independent" not in text
    assert fulcrum("report", "base.yaml", "more.yaml", "--independent", "-o", "b.html")[0] == 0
    text = Path("b.html").read_text()
    assert "plausible futures (" not in text and "--independent" in text


def test_a_page_has_the_rows_it_needs(fulcrum: Run) -> None:
    made = sim.load(["as_it_was.yaml", "more.yaml"])
    found = make_document(made)["listed"]
    assert (found["names"], found["rows"]) == (["patience", "heads", "mood"], 60)
    text = gzip.decompress(b64decode(found["values"])).decode()
    values = np.array([[float(v) for v in row.split(",")] for row in text.split("\n")])
    assert np.array_equal(values, made.futures[:, 1:4])
    assert "listed" in make_document(sim.load("more.yaml", futures=0))
    free = make_document(sim.load("more.yaml", independent=True))
    assert "listed" not in free and free["ranges"]
    explored = sim.load_scenario("more.yaml").explore(independent=True)
    assert '"ranges":true' in explored.html.replace(" ", "")


def test_a_new_study_takes_the_file_along() -> None:
    assert study_texts(Path.cwd(), "fitted")["plausible.csv"] == Path("plausible.csv").read_text()
