"""What of a model changes nothing: dead, seen only as noise, without a goal, or alive somewhere."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.analysis import dead_search
from sim.analysis.deadness import Deadness, Finding
from sim.analysis.design import Points
from sim.analysis.design import points as run_points
from tests.toys import scenario

Run = Callable[..., tuple[int, str, str]]
TOY = """\
levers:
  push: {default: 0.0, range: [0.0, 1.0]}
  gate: {default: 99.0, range: [2.0, 99.0]}
  mode: {default: calm, options: [calm, rough, wild]}
  loose: {default: 1, range: [0, 5]}
parameters:
  plain: {assume: 1.0, range: [0.5, 2.0]}
  unread: {assume: 1.0, range: [0.5, 2.0]}
  fixed: {assume: 3.0}
  used: {assume: 3.0}
  cancels: {assume: 1.0, range: [0.5, 2.0]}
  capped: {assume: 7.0, range: [6.0, 9.0]}
  symmetric: {assume: 1.0, range: [0.5, 2.0]}
  pushed: {assume: 1.0, range: [0.5, 2.0]}
  in_wild: {assume: 1.0, range: [0.5, 2.0]}
  behind: {assume: 1.0, range: [0.5, 2.0]}
  side: {assume: 1.0, range: [0.5, 2.0]}
  kind: {assume: one, options: [one, two, three]}
  word: {assume: one, options: [one, two]}
  middle: {assume: 2.0, range: [0.0, 8.0]}
  low_one: {assume: 2.0, range: [1.0, 4.0]}
  high_one: {assume: 6.0, range: [3.0, 9.0]}
state: {y: 0.0, z: 0.0, x: 0.0}
events:
  tick: {every: 1, do: "x = x + uniform(0, 2)"}
  rule: {when: x > gate, do: y = y + behind}
  end:
    at: 9.5
    do: |
      y = y + plain + used + normal(0, 1) + push * pushed + (cancels - cancels) + min(capped, 5)
      y = y + (in_wild if mode == 'wild' else 0) + (3 if kind == 'three' else 0)
      y = y + (symmetric if uniform(0, 1) < 0.5 else -symmetric)
      y = y + (1 if middle > 5.5 and middle < 6.5 else 0) + max(low_one, high_one)
      z = side
outcomes:
  y: {final: y, goal: maximize}
  z: {final: z}
"""


def verdicts(text: str = TOY, **given: Any) -> dict[str, str]:
    found = sim.analysis.dead_parameters(scenario(text), **given)
    return {finding.name: finding.verdict for finding in found.findings}


def finding(found: Deadness, name: str) -> Finding:
    return next(one for one in found.findings if one.name == name)


def test_each_verdict_has_its_parameter() -> None:
    found = verdicts()
    assert "fixed" in found and "used" not in found  # without a range: only whether it is read
    assert {name for name, verdict in found.items() if verdict == "dead"} == {
        "unread", "fixed", "cancels", "capped", "word", "loose",
    }  # fmt: skip
    assert {n for n, v in found.items() if v == "moves no outcome with a goal"} == {"side"}
    assert {n for n, v in found.items() if v == "not seen beyond noise"} == {"symmetric"}
    assert {name for name, verdict in found.items() if verdict == "alive"} == {
        "plain", "pushed", "in_wild", "behind", "kind", "middle", "low_one", "high_one", "push",
        "gate", "mode",
    }  # fmt: skip


def test_it_says_where_it_is_alive_and_what_nothing_reads() -> None:
    found = sim.analysis.dead_parameters(scenario(TOY))
    assert not finding(found, "unread").read and finding(found, "cancels").read
    wild = finding(found, "in_wild").shift
    assert wild is not None and wild.outcome == "y" and wild.policy.startswith("drawn")
    assert wild.difference == pytest.approx(1.0 if wild.value == "2" else -0.5)
    plain = finding(found, "plain").shift
    assert plain is not None and (plain.policy, plain.value) == ("defaults", "2")
    low = finding(found, "low_one").shift
    assert low is not None and "future" in low.policy  # only where the other one is lower
    assert isinstance(found, sim.Result) and "<table>" in found._repr_html_()
    assert list(found.to_pandas().columns) == list(found.table()[0])
    assert found.dead == ("unread", "fixed", "cancels", "capped", "word", "loose")
    assert "6 dead (unread, fixed, cancels, capped, word, loose)" in found.sentence()


def test_more_policies_find_what_the_defaults_hide() -> None:
    hidden = {"pushed", "in_wild", "behind", "loose"}
    assert {n for n, v in verdicts(policies=0).items() if v == "dead"} >= hidden
    assert {n for n, v in verdicts(policies=3).items() if v == "dead"} & hidden == {"loose"}


def test_the_same_seed_gives_the_same_verdicts_in_both_kernels() -> None:
    short = {"policies": 2, "replications": 12}
    model = scenario(TOY)
    one = sim.analysis.dead_parameters(model, **short)
    other = sim.analysis.dead_parameters(model, kernel="simpy", **short)
    assert one == sim.analysis.dead_parameters(model, **short) == other


SMALL = """\
parameters:
  a: {{assume: 0.0, range: [0.0, {end}]}}
events: {{go: {{at: 1, do: "y = {formula}"}}}}
state: {{y: 0.0}}
outcomes: {{y: {{final: y}}}}
"""


@pytest.mark.parametrize(
    ("formula", "end", "verdict"),
    [
        ("1 + a", 3e-16, "not seen beyond noise"),  # the last bit of 1
        ("0 * (a - 0.5)", 1.0, "not seen beyond noise"),  # -0 and 0
        ("0 * a", 1.0, "dead"),
        ("1 + a", 1e-17, "dead"),
        ("a", 1.0, "alive"),  # the same in every run: certain
        ("a * 1e-6 + uniform(0, 1)", 1.0, "alive"),
        ("uniform(0, 1) if a > 0.5 else 0.5", 1.0, "not seen beyond noise"),
    ],
)
def test_a_bit_is_enough_to_live(formula: str, end: float, verdict: str) -> None:
    assert verdicts(SMALL.format(formula=formula, end=end)) == {"a": verdict}


@pytest.mark.parametrize("look", [0, 1])
@pytest.mark.parametrize("change", ["bit", "nan", "failed"])
def test_no_bit_is_overlooked(monkeypatch: pytest.MonkeyPatch, change: str, look: int) -> None:
    """One bit of one outcome in one replication, at one end, in one policy of either look."""
    policies = {0: "drawn 2", 1: "drawn 3, future 4"}

    def changed(policy: sim.Scenario, names: list[str], *given: Any, **others: Any) -> Points:
        ran = run_points(policy, names, *given, **others)
        if policy.name == policies[look] and "dull" in names:
            place = int(np.flatnonzero(ran.matrix[:, names.index("dull")] == 2.0)[0])
            if change == "failed":
                ran.failed[place, 5] = True
            elif change == "nan":
                ran.values[place, 5, 1] = np.nan
            else:
                ran.values[place, 5, 1] = np.nextafter(ran.values[place, 5, 1], 9.0)
        return ran

    monkeypatch.setattr(dead_search, "points", changed)
    text = """\
levers: {push: {default: 1, range: [0, 5]}}
parameters: {dull: {assume: 1.0, range: [0.5, 2.0]}, duller: {assume: 1.0, range: [0.5, 2.0]}}
state: {y: 0.0, z: 1.0}
events: {go: {at: 1, do: "y = push + uniform(0, 1) + 0 * dull + 0 * duller"}}
outcomes: {y: {final: y}, z: {final: z}}
"""
    assert verdicts(text, policies=4) == {
        "dull": "not seen beyond noise", "duller": "dead", "push": "alive",
    }  # fmt: skip


def test_a_failure_and_a_missing_value_are_changes() -> None:
    text = """\
parameters:
  root: {assume: 1.0, range: [-1.0, 2.0]}
  bar: {assume: 0.5, range: [0.0, 2.0]}
state: {y: 0.0, hit: false}
events:
  go: {at: 1, do: "y = 0 * sqrt(root)"}
  then: {at: 2, do: "hit = uniform(0, 1) > bar"}
outcomes: {y: {final: y}, when: {first: hit}}
"""
    found = sim.analysis.dead_parameters(scenario(text))
    assert {f.verdict for f in found.findings} == {"alive"}
    assert found.broken > 0 and "failed" in " ".join(found.notes())
    bar = finding(found, "bar").shift
    assert bar is not None and bar.outcome == "when" and bar.missing
    assert bar.difference == pytest.approx(-0.5 if bar.value == "2" else 0.5, abs=0.3)


def test_without_goals_every_outcome_counts() -> None:
    found = sim.analysis.dead_parameters(scenario(TOY.replace(", goal: maximize", "")))
    assert not found.having("moves no outcome with a goal")
    assert finding(found, "side").verdict == "alive"
    assert "No outcome has a goal" in " ".join(found.notes())


FAMILIES = """\
sets: {region: [north, south, west]}
levers: {help: {over: region, default: 0.0, range: [0.0, 1.0], together: true}}
parameters:
  own: {over: region, values: [1.0, 2.0, 3.0], range: [0.0, 4.0]}
  one: {over: region, values: [1.0, 2.0, 3.0], range: [0.0, 4.0], together: true}
  idle: {over: region, assume: 1.0, range: [0.0, 4.0]}
state: {y: 0.0}
events: {go: {at: 1, do: "y = own[north] + one[south] + help[west] + normal(0, 0.1) + 0 * idle[north]"}}
outcomes: {y: {final: y}}
"""


def test_members_that_move_together_are_one_and_others_each_their_own() -> None:
    found = sim.analysis.dead_parameters(scenario(FAMILIES))
    assert {f.name: f.verdict for f in found.findings} == {
        "own[north]": "alive", "own[south]": "dead", "own[west]": "dead", "one": "alive",
        "idle[north]": "dead", "idle[south]": "dead", "idle[west]": "dead", "help": "alive",
    }  # fmt: skip
    names = [row[0] for row in found.grid().rows]
    assert names == ["own × 2", "idle × 3", "own[north]", "one", "help"]


def test_a_share_lives_by_what_gives_way() -> None:
    text = """\
parameters:
  a: {assume: 0.5, range: [0.2, 0.8]}
  b: {assume: 0.5, range: [0.2, 0.8]}
shares: [{of: [a, b], to: 1}]
state: {y: 0.0}
events: {go: {at: 1, do: y = a}}
outcomes: {y: {final: y}}
"""
    assert verdicts(text) == {"a": "alive", "b": "alive"}
    three = text.replace("[a, b]", "[a, b, c]").replace("do: y = a", "do: y = 0 * a")
    three = three.replace("range: [0.2, 0.8]", "range: [0.0, 0.8]")
    three = three.replace("shares", "  c: {assume: 0.0, range: [0.0, 0.5]}\nshares")
    assert verdicts(three) == dict.fromkeys("abc", "dead")


MODEL = """\
model: plain
time: {horizon: 10}
levers:
  push: {default: 1, range: [0, 5]}
parameters:
  alive: {assume: 1.0, range: [0.5, 2.0], why: A guess.}
  late: {assume: 1.0, range: [0.5, 2.0], why: A guess.}
  idle: {assume: 1.0, range: [0.5, 2.0], why: A guess.}
state: {y: 0.0}
events: {go: {at: 1, do: "y = y + push * alive + normal(0, 0.1)"}}
outcomes: {y: {final: y, goal: maximize}}
"""
RULE = """\
scenario: rule
of: model.yaml
events: {rule: {at: 2, do: y = y + late}}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "model.yaml").write_text(MODEL, encoding="utf-8")
    return tmp_path / "model.yaml"


def test_exit_codes_and_what_is_kept(study: Path, fulcrum: Run) -> None:
    code, out, err = fulcrum("evidence", study, "--dead", "-q", "--policies", 2)
    assert (code, err) == (1, "")
    assert "2 dead (late, idle)" in out and "never a forecast" in out
    code, _, err = fulcrum("evidence", study, "--dead", "--policies", 2)
    assert code == 1 and "dead, and nothing says why it stays: late, idle\n" in err
    kept = MODEL.replace("why: A guess.", "why: A guess., kept: For the next edition.")
    study.write_text(kept.replace("A guess., kept", "A guess, kept"), encoding="utf-8")
    code, out, _ = fulcrum("evidence", study, "--dead", "--policies", 2)
    assert code == 0
    assert "late (kept), idle (kept)" in out
    assert "'late' stays: For the next edition." in out
    assert "'alive' says why it stays ('kept'), and is not dead." in out


def test_scenarios_of_the_folder_are_policies(study: Path, fulcrum: Run) -> None:
    (study.parent / "rule.yaml").write_text(RULE, encoding="utf-8")
    (study.parent / "broken.yaml").write_text("scenario: b\nof: model.yaml\nlevers: {pull: 1}\n")
    (study.parent / "stranger.yaml").write_text("scenario: s\nof: other.yaml\n")
    (study.parent / "other.yaml").write_text(MODEL)
    found = sim.analysis.dead_parameters(sim.load_scenario(study), policies=1)
    assert found.policies == ("defaults", "drawn 1", "rule")
    assert found.dead == ("idle",)
    assert found.left_out == ("broken.yaml (it has errors)",)
    assert finding(found, "late").shift.policy == "rule"  # type: ignore[union-attr]
    alone = sim.analysis.dead_parameters(sim.load_scenario(study), policies=1, others=())
    assert alone.dead == ("late", "idle")
    itself = sim.analysis.dead_parameters(sim.load_scenario(study.parent / "rule.yaml"), policies=0)
    assert itself.policies == ("rule",)


def test_a_scenario_with_another_fact_of_the_world_is_no_place_to_move_it(study: Path) -> None:
    text = "scenario: known\nof: model.yaml\nparameters: {alive: {assume: 1.5, why: Measured.}}\n"
    (study.parent / "known.yaml").write_text(text, encoding="utf-8")
    found = sim.analysis.dead_parameters(sim.load_scenario(study), policies=0)
    assert finding(found, "alive").verdict == "alive"


def test_formats_agree(study: Path, fulcrum: Run) -> None:
    words = ("evidence", study, "--dead", "-q", "--policies", 2)
    records = json.loads(fulcrum(*words, "--format", "json")[1])
    rows = list(csv.DictReader(io.StringIO(fulcrum(*words, "--format", "csv")[1])))
    assert [r["name"] for r in rows] == [r["name"] for r in records]
    assert [r["verdict"] for r in records] == ["dead", "dead", "alive", "alive"]
    markdown = fulcrum(*words, "--format", "markdown")[1]
    assert all(f"| {record['name']} |" in markdown for record in records)
    chart = study.parent / "dead.svg"
    assert fulcrum(*words, "--chart", chart)[0] == 1
    assert chart.read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--policies", "3"), "--policies and --seed go with --dead"),
        (("--seed", "3"), "--policies and --seed go with --dead"),
        (("--dead", "--strict"), "--strict and --dead are two checks"),
        (("--dead", "--policies", "-1"), "--policies"),
    ],
)
def test_options_that_do_not_fit(
    study: Path, fulcrum: Run, options: tuple[str, ...], words: str
) -> None:
    code, out, err = fulcrum("evidence", study, *options)
    assert code == 2 and not out
    assert words in err


def test_arguments_that_are_no_scenarios() -> None:
    with pytest.raises(sim.ExperimentError, match="expected scenarios"):
        sim.analysis.dead_parameters("model.yaml")  # type: ignore[arg-type]
    with pytest.raises(sim.ExperimentError, match="policies"):
        sim.analysis.dead_parameters(scenario(TOY), policies=-1)


def test_a_draw_of_one_lever_does_not_change_with_another() -> None:
    from sim.analysis.drawn_policies import drawn_settings

    one = scenario(TOY)
    more = scenario(TOY.replace("levers:\n", "levers:\n  extra: {default: 1, range: [0, 9]}\n"))
    mine, theirs = (drawn_settings(s, 6, 1) for s in (one, more))
    assert [s.values()["push"] for s in mine] == [s.values()["push"] for s in theirs]
    assert {s.values()["push"] for s in mine} >= {0.0, 1.0}  # both ends
    assert {s.values()["mode"] for s in mine} == {"calm", "rough", "wild"}


def test_a_lever_in_steps_is_drawn_to_its_upper_end_and_not_beyond() -> None:
    from sim.analysis.drawn_policies import drawn_settings

    assert 19 * 0.05 > 0.95
    stepped = TOY.replace(
        "levers:\n", "levers:\n  part: {default: 0, range: [0, 0.95], step: 0.05}\n"
    )
    drawn = drawn_settings(scenario(stepped), 6, 1)
    assert max(s.values()["part"] for s in drawn) == 0.95
