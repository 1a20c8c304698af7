"""What the numbers of a model rest on, and that nothing rests on what came later."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import sim
from sim.analysis.evidence import evidence_of
from sim.yaml import dump, read_file, to_data

STUDY = "scenarios/ukraine_2025"
FACTS = """\
facts: figures
entries:
  known: {value: 3, range: [2, 5], unit: day, source: A book, status: verified, vintage: ex_ante}
  heard: {value: 4.0, source: A rumour, status: unverified, vintage: ex_ante}
  bare: {value: 1.0, status: unverified, vintage: ex_ante}
  later: {value: 9.0, source: A newspaper, status: verified, vintage: ex_post}
"""
MODEL = """\
model: plain
facts: [seeds/figures.yaml]
time: {horizon: 10}
levers:
  wait: {default: 3, range: [0, 9], fact: known}
  other: {default: 5, range: [0, 9], fact: known}
  free: {default: 1, range: [0, 9]}
parameters:
  a: {fact: known}
  b: {fact: heard}
  c: {assume: 1.0, range: [0.5, 2.0], why: Judgement.}
  d: {assume: 2.0, why: Fixed.}
state: {x: 0.0}
events: {go: {at: 1, do: x = a + b + c + d + wait + other + free}}
outcomes: {x: {final: x}}
"""

Run = Callable[..., tuple[int, str, str]]


def write(folder: Path, model: str = MODEL, facts: str = FACTS) -> Path:
    (folder / "seeds").mkdir(exist_ok=True)
    (folder / "seeds/figures.yaml").write_text(facts, encoding="utf-8")
    (folder / "model.yaml").write_text(model, encoding="utf-8")
    return folder / "model.yaml"


def test_kinds_and_shares(tmp_path: Path) -> None:
    evidence = evidence_of(sim.load_model(write(tmp_path)))
    kinds = {ground.name: ground.kind for ground in evidence.grounds}
    assert kinds == {
        "wait": "fact",
        "other": "choice",
        "a": "fact",
        "b": "fact",
        "c": "assumption",
        "d": "assumption",
    }
    assert [g.name for g in evidence.facts] == ["a", "b"]
    assert [g.name for g in evidence.verified] == ["a"]
    assert [g.name for g in evidence.without_range] == ["d"]
    assert not evidence.missing
    by_name = {ground.name: ground for ground in evidence.grounds}
    assert (by_name["a"].low, by_name["a"].high, by_name["a"].unit) == (2, 5, "day")
    assert by_name["c"].ground == "Judgement."


def test_counterfactual_of_a_scenario(tmp_path: Path) -> None:
    write(tmp_path)
    overlay = "scenario: other\nof: model.yaml\nparameters: {a: {assume: 4, why: What if.}}\n"
    (tmp_path / "other.yaml").write_text(overlay, encoding="utf-8")
    evidence = evidence_of(sim.load_scenario(tmp_path / "other.yaml").model)
    ground = next(g for g in evidence.grounds if g.name == "a")
    assert (ground.kind, ground.fact, ground.ground) == ("counterfactual", "", "What if.")


def test_missing_reasons_are_told(tmp_path: Path, fulcrum: Run) -> None:
    model = MODEL.replace(", why: Judgement.", "").replace("fact: heard", "fact: bare")
    path = write(tmp_path, model)
    code, _, err = fulcrum("evidence", path)
    assert code == 0
    assert err == "without a source or reason: b, c\n"
    code, out, err = fulcrum("evidence", path, "--strict", "--format", "json")
    assert code == 1
    assert {r["name"] for r in json.loads(out) if not r["source_or_reason"]} == {"b", "c"}
    assert fulcrum("evidence", write(tmp_path), "--strict")[0] == 0


def test_formats_agree(tmp_path: Path, fulcrum: Run) -> None:
    path = write(tmp_path)
    records = json.loads(fulcrum("evidence", path, "--format", "json")[1])
    rows = list(csv.DictReader(io.StringIO(fulcrum("evidence", path, "--format", "csv")[1])))
    assert [r["name"] for r in rows] == [r["name"] for r in records]
    assert rows[2] == {k: "" if v is None else str(v) for k, v in records[2].items()}
    markdown = fulcrum("evidence", path, "--format", "markdown")[1]
    assert all(f"| {record['name']} |" in markdown for record in records)
    assert "never a forecast" in markdown
    table = fulcrum("evidence", path)[1]
    assert "4 parameters: 2 (50%) rest on facts with a source" in table
    assert "never a forecast" in table


def test_what_came_later_feeds_no_parameter(tmp_path: Path) -> None:
    with pytest.raises(sim.ModelError) as caught:
        sim.load_model(write(tmp_path, MODEL.replace("fact: heard", "fact: later")))
    assert [d.code for d in caught.value.diagnostics] == ["ex-post-default"]


@pytest.mark.parametrize("study", ["ukraine_2025", "port_strike"])
def test_every_number_of_a_study_has_a_ground(root: Path, study: str) -> None:
    evidence = evidence_of(sim.load_model(root / f"scenarios/{study}/model.yaml"))
    assert [ground.name for ground in evidence.missing] == []


def test_without_what_came_later_every_default_is_the_same(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "seeds", tmp_path / "seeds")
    shutil.copytree(root / STUDY, tmp_path / STUDY)
    removed = 0
    for file in (tmp_path / "seeds").glob("*.yaml"):
        data = to_data(read_file(file))
        kept = {k: e for k, e in data["entries"].items() if e["vintage"] == "ex_ante"}
        removed += len(data["entries"]) - len(kept)
        file.write_text(dump({**data, "entries": kept}), encoding="utf-8")
    assert removed > 20
    for name in ("model", "no_levers", "as_it_happened"):
        with_all = sim.load_scenario(root / STUDY / f"{name}.yaml")
        without = sim.load_scenario(tmp_path / STUDY / f"{name}.yaml")
        assert without.values() == with_all.values()
        for name, parameter in with_all.model.parameters.items():
            other = without.model.parameters[name]
            assert (other.low, other.high, other.unit) == (
                parameter.low,
                parameter.high,
                parameter.unit,
            )
