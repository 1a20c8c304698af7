"""Blocks: one part written once equals the same written out; faults name the block and its use."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import toys

import sim
from sim.engine.codegen.program import generate
from sim.errors import Diagnostic, ModelError, RunError
from sim.model.fields import MAX_USES
from sim.storage.batch import run_batch
from sim.storage.run_directory import open_directory
from sim.study.blocks import MAX_INSIDE
from sim.study.files import describe_file

LADDER = Path(__file__).parent.parent / "models" / "ladder.yaml"
BY_HAND = """
    time: {unit: day, horizon: 60}
    levers:
      blue_resolve: {default: 2, range: [0, 5]}
      red_resolve: {default: 2, range: [0, 5]}
    state: {blue_rung: 0, red_rung: 0}
    derived:
      blue_gap: red_rung - blue_rung
      red_gap: blue_rung - red_rung
    events:
      blue_climbs:
        rate: 0.2 * (1 + max(0, blue_gap))
        if: blue_rung < blue_resolve + 1
        do: |
          step = 1 + bernoulli(0.2)
          blue_rung += step
        tell: 'blue climbs by {step} to {blue_rung}.'
        then: [{schedule: blue_calms, after: exponential(20)}]
      blue_calms: {do: 'blue_rung = max(0, blue_rung - 1)'}
      red_climbs:
        rate: 0.1 * (1 + max(0, red_gap))
        if: red_rung < red_resolve + 1
        do: |
          step = 1 + bernoulli(0.2)
          red_rung += step
        tell: 'red climbs by {step} to {red_rung}.'
        then: [{schedule: red_calms, after: exponential(20)}]
      red_calms: {do: 'red_rung = max(0, red_rung - 1)'}
    outcomes:
      blue_top: {max: blue_rung}
      red_top: {max: red_rung}
"""
TANK = """\
block: tank
needs: [me, size]
levers: {'{me}_open': {default: true}}
state: {'{me}_level': {initial: '{size}', range: [0, '{size}']}}
events:
  '{me}_drains': {every: exponential(2), if: '{me}_open and {me}_level > 0', do: '{me}_level -= 1'}
outcomes: {'{me}_left': {final: '{me}_level'}}
"""
MODEL = """\
model: tanks
time: {unit: day, horizon: 20}
use:
  - {file: blocks/tank.yaml, me: north, size: 5}
  - {file: blocks/tank.yaml, me: south, size: 9}
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks/tank.yaml").write_text(TANK)
    (tmp_path / "model.yaml").write_text(MODEL)
    (tmp_path / "shut.yaml").write_text(
        "scenario: shut\nof: model.yaml\nlevers: {south_open: false}\nstate: {north_level: 3}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def runs(scenario: sim.Scenario, **options: object) -> sim.Ensemble:
    return sim.run(sim.make_experiment(scenario, replications=100, seed=3), **options)  # type: ignore[arg-type]


def errors(text: str) -> list[Diagnostic]:
    with pytest.raises(ModelError) as caught:
        sim.parse_scenario("model: m\ntime: {horizon: 10}\n" + text, "model.yaml")
    return list(caught.value.diagnostics)


def test_a_ladder_of_one_block_equals_the_one_by_hand() -> None:
    made, by_hand = sim.load_scenario(LADDER), toys.scenario(BY_HAND)
    assert generate(made.model).digest == generate(by_hand.model).digest
    one, other = runs(made), runs(by_hand)
    for name in ("blue_top", "red_top"):
        assert np.array_equal(one[name], other[name])
    told = sim.trace(made, seed=5).occurrences
    assert [o.text for o in told] == [o.text for o in sim.trace(by_hand, seed=5).occurrences]
    assert any(o.text.startswith("red climbs by ") for o in told)


def test_kernels_agree_on_a_model_with_blocks() -> None:
    scenario = sim.load_scenario(LADDER)
    one, other = runs(scenario, kernel="simpy"), runs(scenario, kernel="compiled")
    assert all(np.array_equal(one[name], other[name]) for name in ("blue_top", "red_top"))


def test_another_use_leaves_every_other_draw_alone(study: Path) -> None:
    before = runs(sim.load_scenario("model.yaml"))
    text = MODEL.replace("use:\n", "use:\n  - {file: blocks/tank.yaml, me: east, size: 7}\n")
    (study / "model.yaml").write_text(text)
    after = runs(sim.load_scenario("model.yaml"))
    assert after["east_left"].std() > 0
    for name in ("north_left", "south_left"):
        assert np.array_equal(before[name], after[name])


def test_a_scenario_changes_the_names_that_uses_make(study: Path) -> None:
    shut = sim.load_scenario("shut.yaml")
    assert shut.values() == {"north_open": True, "south_open": False}
    assert shut.model.state["north_level"].initial == 3
    assert runs(shut)["south_left"].tolist() == [9] * 100


def test_an_argument_keeps_its_kind() -> None:
    scenario = toys.scenario("""
        blocks:
          part:
            needs: [me, low, flag, ends, words, first, sum]
            levers:
              '{me}_mode': {default: '{first}', options: '{words}'}
              '{me}_on': '{flag}'
              '{me}_pace': {default: '{low}', range: '{ends}'}
            derived:
              '{me}_total': '{sum}'
              '{me}_power': '{low}**2 + now_{me}'
              now_{me}: '2 - {low}'
        use: [{block: part, me: x1, low: -1.5, flag: true, ends: [-2, 2.5], words: [a, b], first: b,
               sum: 1 + x1_pace}]
    """)
    levers = scenario.model.levers
    assert levers["x1_mode"].default == "b" and levers["x1_mode"].type.options == ("a", "b")
    assert levers["x1_on"].default is True
    assert levers["x1_pace"].default == -1.5 and levers["x1_pace"].high == 2.5
    derived = scenario.model.derived
    assert derived["x1_total"].formula.text == "1 + x1_pace"
    assert derived["x1_power"].formula.text == "(-1.5)**2 + now_x1"


def test_blocks_use_blocks() -> None:
    scenario = toys.scenario("""
        blocks:
          pair:
            needs: [me]
            use: [{block: one, me: '{me}_a', size: 2}, {block: one, me: '{me}_b', size: 3}]
          one: {needs: [me, size], state: {'{me}_x': '{size}'}}
        use: [{block: pair, me: p}, {block: pair, me: q}]
    """)
    assert {n: s.initial for n, s in scenario.model.state.items()} == {
        "p_a_x": 2, "p_b_x": 3, "q_a_x": 2, "q_b_x": 3,
    }  # fmt: skip


def test_the_entries_of_a_use_are_a_group() -> None:
    scenario = sim.load_scenario(LADDER)
    assert scenario.model.events["red_calms"].group == "side red"
    assert scenario.model.levers["blue_resolve"].group == "side blue"
    own = toys.scenario("""
        blocks: {tank: {needs: [me], state: {'{me}_x': {initial: 0, group: 'All {me}'}}}}
        use: [{block: tank, me: north}]
    """)
    assert own.model.state["north_x"].group == "All north"


def test_a_fault_in_a_block_names_line_and_use() -> None:
    found = errors(
        "blocks:\n"
        "  side:\n"
        "    needs: [me, far]\n"
        "    state: {'{me}_x': 0}\n"
        "    events:\n"
        "      '{me}_moves':\n"
        "        every: 1\n"
        "        do: |\n"
        "          {me}_x += 1\n"
        "          if {me}_x > {far}_x + {me}_y:\n"
        "            {me}_x = 0\n"
        "use: [{block: side, me: a, far: commander}, {block: side, me: commander, far: a}]\n"
    )
    assert [d.message for d in found] == ["'a_y' is not defined", "'commander_y' is not defined"]
    for error in found:
        assert error.span is not None
        assert (error.span.line, error.span.column) == (12, 33)
        assert error.span.end - error.span.start == len("{me}_y")
    assert str(found[1]).endswith("note: used at model.yaml:14:45 with me = commander, far = a")


def test_a_fault_in_a_block_inside_a_block_names_both_uses() -> None:
    found = errors(
        "blocks:\n"
        "  pair: {needs: [me], use: [{block: one, me: '{me}_a'}]}\n"
        "  one: {needs: [me], derived: {'{me}_x': 1 + y}}\n"
        "use: [{block: pair, me: p}]\n"
    )
    assert found[0].notes == (
        "used at model.yaml:4:29 with me = p_a",
        "used at model.yaml:6:7 with me = p",
    )


def test_a_failed_replication_names_the_use_and_the_filled_formula() -> None:
    scenario = toys.scenario("""
        blocks:
          tank:
            needs: [me]
            state: {'{me}_x': 1.5}
            events: {'{me}_grows': {every: 1, do: '{me}_x = 1 / ({me}_x - {me}_x)'}}
        use: [{block: tank, me: north}]
    """)
    with pytest.raises(RunError) as caught:
        sim.trace(scenario)
    assert "1 / 0" in str(caught.value)
    assert "used at model.yaml:9:7 with me = north" in str(caught.value)


def test_every_place_of_a_filled_text_is_that_of_its_brace() -> None:
    """Whatever the lengths, an error points at the text of the file that it comes from."""
    for me in ("a", "abcdefghijkl"):
        for block in (
            "'{me}_x + {me}_y * bad'",
            '"{me}_x + {me}_y * bad"',
            "{me}_x + {me}_y * bad",
        ):
            text = f"1 + {block}" if block[0] == "{" else block
            (found,) = errors(
                f"blocks: \n  b:\n    needs: [me]\n    state: {{'{{me}}_x': 0, '{{me}}_y': 0}}\n"
                f"    derived:\n      '{{me}}_z': {text}\nuse: [{{block: b, me: {me}}}]\n"
            )
            assert found.span is not None and found.span.text is not None
            assert found.span.text.content[found.span.start : found.span.end] == "bad"


def test_a_changed_file_of_a_block_is_read_again(study: Path) -> None:
    before = sim.load_scenario("shut.yaml")
    (study / "blocks/tank.yaml").write_text(TANK.replace("{default: true}", "{default: false}"))
    after = sim.load_scenario("shut.yaml")
    assert before.base.levers["north_open"].default is True
    assert after.base.levers["north_open"].default is False
    assert after.model.files == ("model.yaml", "shut.yaml", "blocks/tank.yaml")


def test_a_run_directory_is_read_without_its_files(study: Path) -> None:
    experiment = sim.load(["model.yaml", "shut.yaml"], replications=50)
    ran = run_batch(experiment, study / "out")
    for name in ("model.yaml", "shut.yaml", "blocks"):
        shutil.move(study / name, study / f"gone_{name}")
    found = sim.load_results(study / "out")
    assert np.array_equal(found["north_left"], ran["north_left"])
    again = open_directory(study / "out")[0].experiment
    assert np.array_equal(sim.run(again)["south_left"], ran["south_left"])
    assert "blocks/tank.yaml" in again.scenarios[0].model.files


def test_blocks_stay_inside_the_study(tmp_path: Path) -> None:
    (tmp_path / "tank.yaml").write_text(TANK)
    inside = tmp_path / "inner"
    inside.mkdir()
    (inside / "model.yaml").write_text(MODEL.replace("blocks/tank", "../tank"))
    with pytest.raises(ModelError, match="leaves the study's folder"):
        sim.load_scenario(inside / "model.yaml")


def test_a_file_of_a_block_is_checked_alone(study: Path) -> None:
    assert describe_file(Path("blocks/tank.yaml")) == (
        "block 'tank' needs me, size: 1 lever, 1 state variable, 1 event, 1 outcome"
    )
    (study / "blocks/odd.yaml").write_text(
        "block: odd\nneeds: [me, per]\nderived: {'{me}_x': 'outside * {per}'}\n"
        "events: {'{me}_e': {every: '{per}', do: 'stock = stock + {me}_x'}}\n"
        "outcomes: {'{me}_o': {maen: '{me}_x'}}\n"
    )
    with pytest.raises(ModelError) as caught:
        describe_file(Path("blocks/odd.yaml"))
    assert [d.first_line() for d in caught.value.diagnostics] == [
        "blocks/odd.yaml:5:23: unknown-key: 'maen' is not a key here"
    ]
    assert caught.value.diagnostics[0].notes == ()


def test_a_set_of_the_model_is_no_error_in_a_block_alone(study: Path) -> None:
    (study / "blocks/acts.yaml").write_text(
        "block: acts\nparameters: {step: {over: act, assume: 1}}\nstate: {done: 0}\n"
        "events:\n  answer: {takes: {kind: act}, do: 'done += step[kind]'}\n"
    )
    assert describe_file(Path("blocks/acts.yaml")).startswith("block 'acts'")


def test_limits_of_blocks() -> None:
    tank = "blocks: {tank: {needs: [me], state: {'{me}_x': 0}}}\nuse:\n"
    uses = [f"  - {{block: tank, me: t{i}}}\n" for i in range(MAX_USES + 1)]
    assert len(toys.scenario(tank + "".join(uses[:-1])).model.state) == MAX_USES
    assert errors(tank + "".join(uses))[0].code == "wrong-type"
    twice = "blocks:\n  a: {needs: [me], use: [{block: b, me: '{me}1'}, {block: b, me: '{me}2'}]}\n"
    twice += "  b: {needs: [me], state: {'{me}_x': 0}}\nuse:\n"
    many = [f"  - {{block: a, me: t{i}_}}\n" for i in range(70)]
    assert [d.message for d in errors(twice + "".join(many))] == ["more than 200 uses of blocks"]

    def chain(length: int) -> str:
        inner = "".join(
            f"  b{i}: {{needs: [me], use: [{{block: b{i + 1}, me: '{{me}}'}}]}}\n"
            for i in range(length - 1)
        )
        last = f"  b{length - 1}: {{needs: [me], state: {{'{{me}}_x': 0}}}}\n"
        return f"blocks:\n{inner}{last}use: [{{block: b0, me: a}}]\n"

    assert toys.scenario(chain(MAX_INSIDE)).model.state["a_x"].initial == 0
    assert errors(chain(MAX_INSIDE + 1))[0].message == "more than 8 blocks inside each other"
    states = ", ".join(f"'{{me}}_x{i}': {{initial: 0, label: a}}" for i in range(100))
    large = f"blocks: {{big: {{needs: [me], state: {{{states}}}}}}}\nuse:\n"
    many = [f"  - {{block: big, me: t{i}}}\n" for i in range(MAX_USES)]
    assert errors(large + "".join(many))[0].code == "too-large"
    assert errors(large + "".join(many[:6]))[0].message == "more than 500 entries in 'state'"


POOL = """\
block: pool
needs: [me, pace, starts]
parameters:
  '{me}_size': {over: region, values: '{starts}', why: invented}
  '{me}_wear': {over: region, table: wear.csv, why: invented}
state: {'{me}_level': {over: region as r, initial: '{me}_size[r]', members: {south: 2}}}
derived: {'{me}_all': 'sum({me}_level[r] for r in region)'}
events:
  '{me}_drains':
    over: region as r
    rate: '{pace} * {me}_wear[r] * {me}_level[r]'
    do: '{me}_level[r] -= 1'
    tell: 'One of {me} leaves {r}.'
outcomes:
  '{me}_left': {over: region as r, final: '{me}_level[r]'}
  '{me}_first': {over: region as r, final: '{me}_level[r]', at: 0}
  '{me}_mean': {mean: '{me}_all'}
"""
POOLS = """\
model: pools
time: {horizon: 20}
sets: {region: [north, south]}
use:
  - {file: blocks/pool.yaml, me: oil, pace: 0.1, starts: [5, 9]}
  - {file: blocks/pool.yaml, me: gas, pace: 0.02, starts: [30, 40]}
"""


def test_a_block_may_declare_entries_over_sets_of_the_model(study: Path) -> None:
    (study / "blocks/pool.yaml").write_text(POOL)
    (study / "blocks/wear.csv").write_text("region,wear\nnorth,1\nsouth,0.5\n")
    (study / "pools.yaml").write_text(POOLS)
    scenario = sim.load_scenario("pools.yaml")
    levels = ["oil_level[north]", "oil_level[south]", "gas_level[north]", "gas_level[south]"]
    assert list(scenario.model.state) == levels
    assert scenario.values()["gas_wear[south]"] == 0.5
    one, other = runs(scenario, kernel="simpy"), runs(scenario, kernel="compiled")
    for level, start in zip(levels, (5, 2, 30, 2), strict=True):
        assert set(one[level.replace("level", "first")]) == {start}
    assert one["gas_left[north]"].std() > 0
    for name in scenario.model.outcomes:
        assert np.array_equal(one[name], other[name])
    assert describe_file(Path("blocks/pool.yaml")).startswith("block 'pool' needs me, pace, starts")


def test_a_set_that_only_a_block_names_is_unknown(study: Path) -> None:
    (study / "blocks/pool.yaml").write_text(POOL.replace("over: region as r, f", "over: place, f"))
    (study / "blocks/wear.csv").write_text("region,wear\nnorth,1\nsouth,0.5\n")
    (study / "pools.yaml").write_text(POOLS)
    with pytest.raises(ModelError) as caught:
        sim.load_scenario("pools.yaml")
    found = caught.value.diagnostics[0]
    assert found.code == "unknown-set" and found.span is not None
    assert (found.span.file, found.span.line) == ("blocks/pool.yaml", 15)
    assert found.notes[0].startswith("used at pools.yaml:5:")
