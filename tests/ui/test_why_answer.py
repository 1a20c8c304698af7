"""Why two settings differ, as the server answers it: what is asked, what comes back, what is refused."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.cli.app import main
from ui.address import View, opening
from ui.settings import Setting
from ui.study import Study, read_study
from ui.why import answer, explain

ROOT = Path(__file__).parent.parent.parent
PORTS = ROOT / "scenarios" / "port_strike"


@pytest.fixture(scope="module")
def ports() -> Study:
    return read_study(PORTS)


def asked(study: Study, question: dict[str, Any], **view: Any) -> dict[str, Any]:
    """The answer for a setting of the study, as it is sent."""
    first = opening(study)
    parts = {"setting": Setting("mediate"), "baseline": Setting("sit_it_out"), "seed": first.seed}
    found = answer(study, View(**{**parts, "central": True, "runs": 0, **view}), question)
    sent: dict[str, Any] = json.loads(json.dumps(found, allow_nan=False))
    return sent


def test_an_answer_says_what_differs_and_the_way_there(ports: Study) -> None:
    found = asked(ports, {"outcome": "strike_days"})
    direct = sim.analysis.why(
        ports.scenarios["mediate"], ports.scenarios["sit_it_out"], "strike_days",
        replications=500, seed=ports.seed,
    )  # fmt: skip
    assert "“Days on strike” is lower with" in found["sentence"]
    assert direct.difference() in found["sentence"]
    steps = found["paths"][0]["steps"]
    assert [step["name"] for step in steps] == [step.node.name for step in direct.paths[0]]
    assert steps[0]["direction"] == "set"
    assert steps[-1]["size"] == direct.effect.mean
    assert steps[-1]["direction"] == "less"
    assert len(found["rows"]) == sum(len(path["steps"]) for path in found["paths"])
    assert {len(row) for row in found["rows"]} == {len(found["columns"])}
    assert (found["runs"], found["futures"]) == (500, 0)
    assert found["held"] == "assumptions held at central values"


def test_the_command_gives_the_same_difference(
    ports: Study, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = Setting("mediate", (("mediation_day", 9),))
    found = asked(ports, {"outcome": "strike_days"}, setting=chosen, seed=3)
    words = shlex.split(found["command"])
    assert words[:6] == ["fulcrum", "why", "mediate.yaml", "--against", "sit_it_out.yaml", "--set"]
    monkeypatch.chdir(PORTS)
    monkeypatch.setattr("sys.argv", [*words, "--format", "json", "-q"])
    with pytest.raises(SystemExit) as done:
        main()
    assert not done.value.code
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == [
        step["name"] for path in found["paths"] for step in path["steps"]
    ]


def test_assumptions_vary_unless_they_are_held(ports: Study) -> None:
    found = asked(ports, {"outcome": "strike_days", "scenario": "reroute"}, central=False)
    assert (found["runs"], found["futures"], found["held"]) == (1000, 200, "")
    assert "--futures 200 -n 5" in found["command"]
    assert found["command"].startswith("fulcrum why reroute.yaml --against sit_it_out.yaml")
    pair = [ports.scenarios["sit_it_out"], ports.scenarios["reroute"]]
    made = sim.make_experiment(pair, futures=200, replications=5, seed=ports.seed)
    row = sim.compare(sim.run(made)).row("strike_days", "reroute")
    assert sim.analysis.brief_size(row) in found["sentence"]  # as Compare says
    held = asked(ports, {"outcome": "strike_days", "central": True}, central=False)
    assert held["futures"] == 0


def test_an_assumption_set_by_hand_has_no_command(ports: Study) -> None:
    """It acts in both scenarios; `--set` acts in one."""
    name = next(n for n, p in ports.scenarios["mediate"].model.parameters.items() if p.uncertain)
    value = ports.scenarios["mediate"].values()[name]
    found = asked(ports, {}, setting=Setting("mediate", ((name, value),)))
    assert found["command"] == ""


def test_the_same_in_both_is_said(ports: Study) -> None:
    found = asked(ports, {"scenario": "sit_it_out", "outcome": "strike_days"})
    assert found["sentence"].endswith("do not differ in anything.")
    assert (found["paths"], found["rows"]) == ([], [])


@pytest.mark.parametrize(
    ("question", "words"),
    [({"outcome": "strik_days"}, "strik_days"), ({"scenario": "mediat"}, "mediat"),
     ({"outcome": 7}, "7"), ({"scenario": ["mediate"]}, "mediate")],
)  # fmt: skip
def test_what_is_not_there_is_refused(ports: Study, question: dict[str, Any], words: str) -> None:
    with pytest.raises(sim.SimError, match=words):
        asked(ports, question)


def test_each_form_of_a_model_gives_a_way() -> None:
    folder = ROOT / "scenarios" / "ukraine_2025"
    here, there = (sim.load_scenario(folder / f"{n}.yaml") for n in ("hold_firm", "no_levers"))
    found = explain(
        here, there, "missiles_leaked", titles=("A", "B"), futures=0, seed=1, forms=True
    )
    heads = [path["title"] for path in found["paths"]]
    assert len(heads) > 2
    assert len(set(heads)) == len(heads)
    assert "under every form" in found["sentence"]
    assert found["command"] == ""
