"""Files of futures: the same numbers back, every fault with its place, and experiments that name one."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.storage.manifest import describe, rebuild
from sim.study.files import with_futures
from sim.study.futures import sample
from sim.study.listed_futures import futures_text, model_digest, read_futures

MODEL = """\
model: toy
time: {horizon: 10}
levers: {push: {default: 1.0, range: [0.0, 5.0]}}
parameters:
  pace: {assume: 2.0, range: [1.0, 3.0], why: A guess}
  tiny: {assume: 1.0e-7, range: [1.0e-9, 1.0e-5], shape: loguniform, why: A guess}
  heads: {assume: 3, range: [1, 6], whole: true, why: A guess}
  mood: {assume: calm, options: [calm, angry, "on"], why: A guess}
  fixed: {assume: 4.0, why: Known}
state: {n: 0}
events: {arrival: {rate: pace * push, do: n += heads}}
outcomes: {n: {final: n, unit: event}}
"""
STUDY = "experiment: listed\nof: model.yaml\nfutures: plausible.csv\nreplications: 3\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.yaml").write_text(MODEL)
    (tmp_path / "study.yaml").write_text(STUDY)
    (tmp_path / "plausible.csv").write_text("pace,mood,heads\n2.5,angry,6\n1,on,1\n")
    return tmp_path


def test_a_file_gives_the_same_numbers_back(folder: Path) -> None:
    model = sim.load_model("model.yaml")
    names, futures = sample(model, 200, "latin_hypercube", 3)
    Path("all.csv").write_text(futures_text(model, names, futures, "drawn"))
    again, found = read_futures(Path("all.csv"), model, model)
    assert again == names == ("pace", "tiny", "heads", "mood")
    assert found.tobytes() == np.ascontiguousarray(futures).tobytes()
    assert "angry" in Path("all.csv").read_text()


def test_an_experiment_runs_on_the_futures_it_names(folder: Path) -> None:
    made = sim.load("study.yaml")
    assert (made.sampler, made.parameters, made.size) == ("listed", ("pace", "mood", "heads"), 6)
    assert made.sampled("mood").tolist() == ["angry", "on"]
    # a column that is missing keeps its central value
    assert list(made.row(0, 0)) == [1.0, 2.5, 1e-7, 6.0, 1.0, 4.0, 0.0]
    ensemble = sim.run(made, kernel="simpy")
    assert (ensemble.outcome("n")[0, 0] % 6 == 0).all()
    assert sim.load("study.yaml", futures=0).sampler == "central"
    assert with_futures(made, 8, None).sampler == "sobol"


def test_its_values_are_part_of_the_experiment(folder: Path) -> None:
    made = sim.load("study.yaml")
    plan = describe(made, {"shard_rows": 4})
    assert rebuild(plan).sampler == "listed"
    Path("plausible.csv").write_text("pace,mood,heads\n2.5,angry,6\n1.0000000000000002,on,1\n")
    assert describe(sim.load("study.yaml"), {"shard_rows": 4})["futures"] != plan["futures"]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("pace,mod\n2,calm\n", "unknown-name", "1:6"),
        ("pace, push\n2,3\n", "unknown-name", "1:7"),
        ("# note\npace,fixed\n2,4\n", "no-range", "2:6"),
        ("pace,pace\n2,2\n", "duplicate-name", "1:6"),
        ("pace,mood\n2,calm\n3.5,calm\n", "out-of-range", "3:1"),
        ("pace,mood\n2,calm\n2,clam\n", "unknown-option", "3:3"),
        ("pace,mood\n2,\n", "unknown-option", "2:3"),
        ("pace\ntwo\n", "wrong-type", "2:1"),
        ("pace,heads\n\n,2\n", "wrong-type", "3:1"),
        ("heads\n2.5\n", "wrong-type", "2:1"),
        ("pace\nnan\n", "wrong-type", "2:1"),
        ("pace\n.nan\n", "wrong-type", "2:1"),
        ("pace\n1e999\n", "wrong-type", "2:1"),
        ("pace,heads\n2\n", "bad-csv", "2:1"),
        ("pace,heads\n2,3,\n", "bad-csv", "2:1"),
        ("pace;heads\n2;3.5\n", "wrong-type", "2:3"),
        ("", "empty", "1:1"),
        ("# only a comment\npace,heads\n", "empty", "1:1"),
    ],
)
def test_faults_have_a_place(folder: Path, text: str, code: str, place: str) -> None:
    Path("plausible.csv").write_text(text)
    with pytest.raises(sim.ModelError) as caught:
        sim.load("study.yaml")
    first = caught.value.diagnostics[0].first_line()
    assert first.startswith(f"plausible.csv:{place}: {code}: ")


def test_every_fault_is_told_at_once(folder: Path) -> None:
    Path("plausible.csv").write_text('\ufeff"pace",moood\r\n9,calm\r\nx,calm\r\n')
    with pytest.raises(sim.ModelError) as caught:
        sim.load("study.yaml")
    found = [(d.code, d.span.line, d.span.column) for d in caught.value.diagnostics if d.span]
    assert found == [("unknown-name", 1, 8), ("out-of-range", 2, 1), ("wrong-type", 3, 1)]


@pytest.mark.parametrize(
    ("futures", "code"),
    [
        ("missing.csv", "no-file"),
        ("plausible.yaml", "bad-path"),
        ("/tmp/plausible.csv", "bad-path"),
        ("../plausible.csv", "bad-path"),
        ("{file: plausible.csv, n: 3}", "conflicting-keys"),
        ("3", "wrong-type"),
        ("{sample: listed, n: 3}", "wrong-type"),
    ],
)
def test_faults_of_the_name(folder: Path, futures: str, code: str) -> None:
    Path("study.yaml").write_text(STUDY.replace("plausible.csv", futures))
    with pytest.raises(sim.ModelError) as caught:
        sim.load("study.yaml")
    assert [d.code for d in caught.value.diagnostics] == [code]
    assert "study.yaml:3:" in caught.value.diagnostics[0].first_line()


def test_both_forms_of_the_name(folder: Path) -> None:
    Path("study.yaml").write_text(STUDY.replace("plausible.csv", "{file: plausible.csv}"))
    assert sim.load("study.yaml").sampler == "listed"


def test_a_file_that_is_no_text(folder: Path) -> None:
    Path("plausible.csv").write_bytes(b"pace\n\xff\n")
    with pytest.raises(sim.ModelError) as caught:
        sim.load("study.yaml")
    assert "plausible.csv:2:1: not-utf8" in str(caught.value)


def test_futures_of_another_model_are_told(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    model = sim.load_model("model.yaml")
    text = futures_text(model, ("pace",), np.array([[2.0]]), "drawn")
    Path("plausible.csv").write_text(text)
    with caplog.at_level(logging.WARNING, "sim"):
        sim.load("study.yaml")
        assert not caplog.records
        Path("model.yaml").write_text(MODEL.replace("[1.0, 3.0]", "[1.0, 4.0]"))
        sim.load("study.yaml")
    (record,) = {one.getMessage(): one for one in caplog.records}.values()
    assert "plausible.csv" in record.getMessage() and "calibrate --fit" in record.getMessage()
    labelled = MODEL.replace("why: Known", "why: Known, label: What it is")
    Path("model.yaml").write_text(labelled)
    assert model_digest(sim.load_model("model.yaml")) == model_digest(model)


def test_only_a_file_lists_futures(folder: Path) -> None:
    scenario = sim.load_scenario("model.yaml")
    with pytest.raises(sim.ExperimentError, match="there is no sampler 'listed'"):
        sim.make_experiment(scenario, futures=4, sampler="listed")


Run = Callable[..., tuple[int, str, str]]


def test_the_command_line_runs_it(folder: Path, fulcrum: Run) -> None:
    code, out, err = fulcrum("compare", "study.yaml", "-q", "--format", "json", "--kernel", "simpy")
    assert code == 0, err
    assert json.loads(out)
    assert fulcrum("check", "study.yaml")[0] == 0
    Path("plausible.csv").write_text("pace\n7\n")
    code, _, err = fulcrum("check", "study.yaml")
    assert code == 2 or code == 1
    assert "plausible.csv:2:1: out-of-range: 'pace': 7 is outside the range" in err
    assert "Traceback" not in err
