"""Scenarios: overlays laid over a model, shorthand, eviction, deletion, chains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fuzzing import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.errors import ExperimentError, ModelError, SimError
from sim.storage.manifest import restore_scenario, scenario_data
from sim.study.scenario import parse_scenario

BAD = Path(__file__).parent.parent / "bad"
MODEL = """\
model: m
title: A model
facts: [seeds/f.yaml]
time: {horizon: 20}
levers:
  dose: {default: 2, range: [0, 10]}
  mode: {default: slow, options: [slow, fast]}
parameters:
  pace: {fact: pace, range: [0.1, 2.0]}
  chance: {assume: 0.5}
state:
  stock: {initial: 10}
  level: {initial: 0.0}
derived:
  twice: level * 2
events:
  tick:
    every: exponential(pace)
    do: level += dose * bernoulli(chance)
    then: [{schedule: hit, after: 1}]
  hit: {do: stock -= 1}
outcomes:
  end: {final: twice}
  left: {final: stock}
"""
FACTS = """\
facts: f
entries:
  pace: {value: 1.0, range: [0.5, 1.5], unit: day, status: verified, vintage: ex_ante}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "f.yaml").write_text(FACTS)
    (tmp_path / "m.yaml").write_text(MODEL)
    return tmp_path


def overlay(study: Path, text: str, of: str = "m.yaml") -> sim.Scenario:
    return parse_scenario(f"scenario: s\nof: {of}\n{text}", study / "s.yaml")


def faults(study: Path, text: str) -> list[tuple[str, int, str]]:
    with pytest.raises(ModelError) as caught:
        overlay(study, text)
    return [
        (Path(d.span.file).name, d.span.line, d.code) if d.span else ("", 0, d.code)
        for d in caught.value.diagnostics
    ]


def test_a_bare_value_sets_the_entry_s_own(study: Path) -> None:
    made = overlay(
        study,
        "levers: {dose: 5, mode: fast}\nparameters: {chance: 0.9}\nstate: {stock: 3}\n"
        "derived: {twice: level * 4}\n",
    )
    model = made.model
    assert (model.levers["dose"].default, model.levers["mode"].default) == (5, "fast")
    assert model.levers["dose"].high == 10
    assert model.parameters["chance"].value == 0.9
    assert model.state["stock"].initial == 3
    assert model.derived["twice"].formula.text == "level * 4"
    assert made.base.levers["dose"].default == 2


def test_an_empty_overlay_is_the_model(study: Path) -> None:
    base, same = sim.load_scenario(study / "m.yaml"), overlay(study, "")
    found = sim.run([base, same], replications=30, kernel="simpy")
    assert np.array_equal(found.values[0], found.values[1])
    assert same.changes() == ()
    rows = sim.compare(found).rows
    assert {row.verdict for row in rows if row.scenario == "s"} == {"identical"}
    assert all(row.difference.mean == 0.0 for row in rows if row.difference)


def test_a_policy_equal_to_the_defaults_changes_nothing(study: Path) -> None:
    base = sim.load_scenario(study / "m.yaml")
    same = overlay(study, "levers: {dose: 2, mode: slow}\nparameters: {chance: 0.5}\n")
    by_hand = base.with_settings({"dose": 2, "mode": "slow", "pace": 1.0}, "by hand")
    values = sim.run([base, same, by_hand], replications=30, futures=0, kernel="simpy").values
    assert np.array_equal(values[0], values[1])
    assert np.array_equal(values[0], values[2])


def test_assume_evicts_fact_and_is_a_counterfactual(study: Path) -> None:
    made = overlay(study, "parameters: {pace: 1.5}\n")
    pace = made.model.parameters["pace"]
    assert (pace.kind, pace.value, pace.fact) == ("counterfactual", 1.5, None)
    assert (pace.low, pace.high) == (0.1, 2.0)
    assert made.base.parameters["pace"].kind == "fact"
    (change,) = made.changes()
    assert (change.section, change.name, change.before, change.after) == (
        "parameters",
        "pace",
        1.0,
        1.5,
    )


def test_a_fact_takes_its_place_again(study: Path) -> None:
    (study / "a.yaml").write_text("scenario: a\nof: m.yaml\nparameters: {pace: 1.5}\n")
    made = overlay(study, "parameters: {pace: {fact: pace}}\n", of="a.yaml")
    assert made.model.parameters["pace"].kind == "fact"


def test_an_assumption_replaced_is_no_counterfactual(study: Path) -> None:
    assert overlay(study, "parameters: {chance: 0.1}\n").model.parameters["chance"].kind == (
        "assumption"
    )


def test_a_trigger_evicts_the_other(study: Path) -> None:
    made = overlay(study, "events: {tick: {at: 3}}\n")
    tick = made.model.events["tick"]
    assert (tick.trigger, len(tick.do), len(tick.then)) == ("at", 1, 1)


def test_a_statistic_evicts_the_other(study: Path) -> None:
    end = overlay(study, "outcomes: {end: {max: twice}}\n").model.outcomes["end"]
    assert end.statistic == "max"


def test_null_deletes(study: Path) -> None:
    made = overlay(
        study, "events: {tick: {then: null, do: null}, hit: null}\noutcomes: {left: null}\n"
    )
    assert set(made.model.events) == {"tick"}
    assert made.model.events["tick"].then == ()
    assert set(made.model.outcomes) == {"end"}


def test_a_null_trigger_leaves_an_event_to_be_scheduled(study: Path) -> None:
    assert overlay(study, "events: {tick: {every: null}}\n").model.events["tick"].trigger == "none"


def test_lists_are_replaced_whole(study: Path) -> None:
    made = overlay(study, "events: {tick: {then: [{schedule: hit, after: 2}, {schedule: tick}]}}\n")
    assert [e.event for e in made.model.events["tick"].then] == ["hit", "tick"]


def test_new_structure(study: Path) -> None:
    made = overlay(
        study,
        "levers: {boost: {default: 1}}\nstate: {extra: {initial: 0}}\n"
        "events: {more: {at: 4, do: extra += boost}}\n",
    )
    assert set(made.model.events) == {"tick", "hit", "more"}
    assert {(c.section, c.name) for c in made.changes()} == {("state", "extra"), ("events", "more")}


def test_chains(study: Path) -> None:
    (study / "a.yaml").write_text("scenario: a\nof: m.yaml\nlevers: {dose: 3, mode: fast}\n")
    (study / "b.yaml").write_text("scenario: b\nof: a.yaml\nlevers: {dose: 4}\n")
    made = overlay(study, "state: {stock: 1}\n", of="b.yaml")
    assert (made.model.levers["dose"].default, made.model.levers["mode"].default) == (4, "fast")
    assert made.base.levers["dose"].default == 2
    assert [Path(f).name for f in made.model.files] == ["m.yaml", "a.yaml", "b.yaml", "s.yaml"]


def test_a_chain_is_bounded(study: Path) -> None:
    (study / "s0.yaml").write_text("scenario: s0\nof: m.yaml\n")
    for i in range(1, 12):
        (study / f"s{i}.yaml").write_text(f"scenario: s{i}\nof: s{i - 1}.yaml\n")
    assert sim.load_scenario(study / "s7.yaml").name == "s7"
    with pytest.raises(ModelError) as caught:
        sim.load_scenario(study / "s11.yaml")
    assert caught.value.diagnostics[0].code == "too-deep"


def test_files_of_facts_named_twice(study: Path) -> None:
    assert overlay(study, "facts: [seeds/f.yaml, ./seeds/../seeds/f.yaml]\n").name == "s"


def test_a_fact_given_twice(study: Path) -> None:
    (study / "seeds" / "g.yaml").write_text(FACTS.replace("facts: f", "facts: g"))
    assert faults(study, "facts: [seeds/g.yaml]\n") == [("g.yaml", 3, "duplicate-fact")]


def test_faulty_facts_are_not_missed_everywhere(study: Path) -> None:
    (study / "seeds" / "f.yaml").write_text(FACTS.replace("verified", "sure"))
    assert faults(study, "") == [("f.yaml", 3, "wrong-type")]


def test_faults_point_into_the_file_that_made_them(study: Path) -> None:
    text = (
        "levers: {dose: 99}\nevents:\n  tick:\n    do: levle += 1\n"
        "    then: [{schedule: hitt}]\noutcomes: {end: {final: tvice}}\n"
    )
    assert faults(study, text) == [
        ("s.yaml", 3, "out-of-range"),
        ("s.yaml", 6, "unknown-name"),
        ("s.yaml", 7, "unknown-event"),
        ("s.yaml", 8, "unknown-name"),
    ]


def test_a_deletion_shows_where_the_thing_is_used(study: Path) -> None:
    assert faults(study, "events: {hit: null}\n") == [("m.yaml", 20, "unknown-event")]


def test_faults_of_model_and_overlay_come_together(study: Path) -> None:
    (study / "m.yaml").write_text(MODEL.replace("stock -= 1", "stok -= 1"))
    assert faults(study, "levers: {dose: -1}\n") == [
        ("m.yaml", 21, "unknown-name"),
        ("s.yaml", 3, "out-of-range"),
    ]


def test_an_overlay_may_mend_its_model_only_in_part(study: Path) -> None:
    """The model alone must be right too: changes are told against it."""
    (study / "m.yaml").write_text(MODEL.replace("stock -= 1", "stok -= 1"))
    assert faults(study, "events: {hit: {do: stock -= 1}}\n") == [("m.yaml", 21, "unknown-name")]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("doze", 1, "unknown-lever"),
        ("dose", 11, "out-of-range"),
        ("dose", -1, "out-of-range"),
        ("dose", 1.5, "wrong-type"),
        ("dose", "much", "wrong-type"),
        ("dose", True, "wrong-type"),
        ("mode", "quick", "unknown-option"),
        ("mode", 1, "unknown-option"),
        ("pace", "x", "wrong-type"),
    ],
)
def test_settings_are_checked(study: Path, name: str, value: object, code: str) -> None:
    base = sim.load_scenario(study / "m.yaml")
    with pytest.raises(ExperimentError) as caught:
        base.with_settings({name: value})  # type: ignore[dict-item]
    assert caught.value.diagnostics[0].code == code


def test_a_word_in_place_of_a_number_is_told_what_is_wanted(study: Path) -> None:
    base = sim.load_scenario(study / "m.yaml")
    with pytest.raises(ExperimentError) as caught:
        base.with_settings({"dose": "lots"})
    assert caught.value.diagnostics[0].help == "a whole number from 0 to 10"


def test_settings_add_up(study: Path) -> None:
    base = sim.load_scenario(study / "m.yaml").with_levers(dose=3).with_levers(mode="fast")
    assert (base.values()["dose"], base.values()["mode"]) == (3, "fast")
    assert base.with_levers(dose=4).values()["dose"] == 4
    assert [c.after for c in base.changes()] == [3, "fast"]


EXTRAS = ["  x: {initial: 1}", "    do: |", "      level = 1", "    then:", "  - [", "null", "#"]
pieces = st.sampled_from([*MODEL.split("\n"), *EXTRAS])
edits = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3), pieces), min_size=1, max_size=4)


@pytest.mark.fuzz
@settings(max_examples=examples(150), deadline=None)
@given(edits)
def test_mutated_models_only_raise_our_errors(changes: list[tuple[int, int, str]]) -> None:
    lines = (
        MODEL.replace("facts: [seeds/f.yaml]\n", "").replace("fact: pace", "assume: 1").split("\n")
    )
    for at, kind, line in changes:
        place = at % len(lines)
        if kind == 0:
            lines[place] = line
        elif kind == 1:
            lines.insert(place, line)
        elif kind == 2:
            del lines[place]
            lines = lines or [""]
        else:
            word = lines[place]
            lines[place] = word[: len(word) // 2] + word[len(word) // 2 + 1 :]
    try:
        scenario = parse_scenario("\n".join(lines), "m.yaml")
        sim.run(scenario, replications=1, kernel="simpy")
    except SimError:
        pass


@pytest.mark.parametrize(
    ("line", "help"),
    [
        ("levers: {pace: 0.6}", "it stands under 'parameters'"),
        ("levers: {doze: 3}", "did you mean 'dose'?"),
        (
            "sets: {server: {count: 4}}",
            "only a model has sets, and a scenario keeps them: change them in a model of its own",
        ),
        ("parameters: {pace: 60%}", "write 0.6, or 60 if the unit is %"),
        ("parameters: {pace: '0.6'}", "write 0.6, without quotes"),
        ('parameters: {pace: "0,6"}', "write 0.6, with a decimal point"),
        ('levers: {dose: "1,000"}', "write 1000, without commas"),
        ("parameters: {pace: lots}", "a number from 0.1 to 1.0"),
        ("events: {hit: {then: {schedule: hit}}}", "write it as a list, in [ ]"),
        ("events: {hit: {do: stock = 2 ^ 3}}", "write a power as '**'"),
    ],
)
def test_hints(line: str, help: str) -> None:
    text = f"scenario: s\nof: model_for_all.yaml\n{line}\n"
    with pytest.raises(ModelError) as caught:
        parse_scenario(text, BAD / "s.yaml")
    assert [fault.help for fault in caught.value.diagnostics] == [help]


def test_one_range_for_every_way_to_set() -> None:
    """A value that a file may not give is refused by hand too, and the hint says the way out."""
    chosen = parse_scenario("scenario: s\nof: model_for_all.yaml\n", BAD / "s.yaml")
    assert chosen.with_settings({"pace": 1.0}).values()["pace"] == 1.0
    for name, value, key in (("pace", 1.1, "range"), ("dose", 11, "range")):
        with pytest.raises(ExperimentError, match="outside the range") as caught:
            chosen.with_settings({name: value})
        assert f"widen its '{key}'" in caught.value.diagnostics[0].help
    extreme = chosen.with_settings({"pace": 0.0}, allow_out_of_range=True)
    assert extreme.values()["pace"] == 0.0
    with pytest.raises(ExperimentError, match="outside the range"):
        chosen.with_settings({"dose": 11}, allow_out_of_range=True)
    wider = (
        "scenario: s\nof: model_for_all.yaml\nparameters: {pace: {assume: 1.1, range: [0.1, 2]}}\n"
    )
    assert parse_scenario(wider, BAD / "s.yaml").values()["pace"] == 1.1


def test_a_lever_keeps_its_type_under_a_scenario() -> None:
    finer = "scenario: s\nof: model_for_all.yaml\nlevers: {dose: {default: 2.5, step: 0.5}}\n"
    assert str(parse_scenario(finer, BAD / "s.yaml").model.levers["dose"].type) == "a number"


def test_links_in_a_circle_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    with pytest.raises(ModelError, match=r"leads nowhere|no file"):
        parse_scenario("scenario: s\nof: loop.yaml\n", tmp_path / "s.yaml")


def test_many_faults_are_found_fast_and_truly(tmp_path: Path) -> None:
    names = "".join(f"  wrong_{i}: 1\n" for i in range(20_000))
    with pytest.raises(ModelError) as caught:
        parse_scenario(f"scenario: s\nof: model_for_all.yaml\nlevers:\n{names}", BAD / "s.yaml")
    assert {fault.code for fault in caught.value.diagnostics} == {"unknown-name"}
    many = "".join(f"  p{i}: {{assume: 1}}\n" for i in range(1_001))
    text = f"model: m\ntime: {{horizon: 5}}\nparameters:\n{many}state: {{x: p1}}\n"
    with pytest.raises(ModelError) as caught:
        parse_scenario(text, tmp_path / "m.yaml")
    assert [fault.code for fault in caught.value.diagnostics] == ["too-large"]


def test_a_choice_of_words_may_become_a_number() -> None:
    text = "scenario: s\nof: model_for_all.yaml\n"
    text += "levers: {mode: {options: null, default: 5, range: [0, 9]}}\n"
    text += "events: {tick: {if: mode < 9}}\n"
    assert parse_scenario(text, BAD / "s.yaml").values()["mode"] == 5


def test_an_added_lever_keeps_its_type_too(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("model: m\ntime: {horizon: 5}\nstate: {x: {initial: 0.0}}\n")
    (tmp_path / "a.yaml").write_text(
        "scenario: a\nof: m.yaml\nlevers: {new: {default: 2, range: [0, 5]}}\nstate: {x: {initial: new}}\n"
    )
    with pytest.raises(ModelError, match=r"expected a whole number, not 2\.5"):
        parse_scenario("scenario: b\nof: a.yaml\nlevers: {new: 2.5}\n", tmp_path / "b.yaml")


@pytest.mark.parametrize("base", ["range", "between"])
@pytest.mark.parametrize("over", ["range", "between"])
def test_the_old_name_of_a_range(study: Path, base: str, over: str) -> None:
    """An overlay replaces the range of its model, whichever of the two names each of them uses."""
    (study / "m.yaml").write_text(MODEL.replace("pace, range:", f"pace, {base}:"))
    pace = overlay(study, "parameters: {chance: 0.6}").model.parameters["pace"]
    assert (pace.low, pace.high) == (0.1, 2.0)
    scenario = overlay(study, f"parameters: {{pace: {{{over}: [0.2, 3.0]}}}}")
    pace = scenario.model.parameters["pace"]
    assert (pace.low, pace.high, pace.value) == (0.2, 3.0, 1.0)
    again = restore_scenario(scenario_data(scenario)).model.parameters["pace"]
    assert (again.low, again.high) == (0.2, 3.0)
    pace = overlay(study, f"parameters: {{pace: {{{over}: null}}}}").model.parameters["pace"]
    assert (pace.low, pace.high) == (0.5, 1.5)


def test_both_names_of_a_range(study: Path) -> None:
    with pytest.raises(ModelError) as caught:
        overlay(study, "parameters: {pace: {range: [0.2, 3.0], between: [0.2, 3.0]}}")
    (found,) = caught.value.diagnostics
    assert found.code == "conflicting-keys"
    assert found.message == "'pace' has both 'range' and 'between'"
    assert found.span is not None
    assert (found.span.line, found.span.column) == (3, 40)


def test_the_old_name_gives_the_same_futures(study: Path) -> None:
    def futures() -> np.ndarray:
        experiment = sim.make_experiment([sim.load_scenario(study / "m.yaml")], futures=8)
        return experiment.futures

    new = futures()
    (study / "m.yaml").write_text(MODEL.replace("pace, range:", "pace, between:"))
    assert np.array_equal(futures(), new)


def test_a_value_of_its_own_takes_the_shape_of_a_fact_s_range_along(study: Path) -> None:
    model = MODEL.replace(
        "pace: {fact: pace, range: [0.1, 2.0]}", "pace: {fact: pace, shape: pert}"
    )
    (study / "m.yaml").write_text(model)
    plain = overlay(study, "parameters: {pace: 0.7}\n").model.parameters["pace"]
    assert (plain.value, plain.shape, plain.low) == (0.7, "uniform", None)
    ranged = overlay(study, "parameters: {pace: {assume: 0.7, range: [0.5, 1]}}\n")
    assert ranged.model.parameters["pace"].shape == "pert"
