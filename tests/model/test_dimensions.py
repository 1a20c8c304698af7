"""The check of units: each rule, both places, and no message where nothing is wrong."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from all_models import STUDIES
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import scenario

import sim
from sim.errors import Diagnostic

ROOT = Path(__file__).parent.parent.parent
BAD = sorted((ROOT / "tests" / "bad" / "units").glob("*.yaml"))
NAMES = """
parameters:
  distance: {assume: 3.0, unit: km}
  height: {assume: 9.0, unit: m}
  people: {assume: 5, whole: true, unit: person}
  wait: {assume: 5.0, unit: day}
  lead: {assume: 2.0, unit: week}
  speed: {assume: 2.0, unit: km/day}
  arrivals: {assume: 2.0, unit: ship/day}
  monthly: {assume: 2.0, unit: ship/month}
  price: {assume: 2.0, unit: $M/ship}
  chance: {assume: 0.5, unit: probability}
  interest: {assume: 5.0, unit: '%/year'}
  tax: {assume: 5.0, unit: '%'}
  odds_of: {assume: 0.5, unit: log odds}
  noise: {assume: 0.1, unit: km/day^0.5}
  bare: {assume: 7.0}
levers:
  on: {default: true}
  way: {default: sea, options: [sea, land]}
state:
  far: {initial: 0.0, unit: km}
  ships: {initial: 0, unit: ship}
  debt: {initial: 1.0, unit: $bn}
  day_of: {initial: 0.0, unit: day}
  free: {initial: 0.0}
"""


def warnings(rest: str) -> list[Diagnostic]:
    return sim.check_units(scenario(NAMES + textwrap.dedent(rest)))


def assigned(target: str, value: str) -> list[Diagnostic]:
    return warnings(f"events:\n  a: {{every: 1, do: '{target} = {value}'}}")


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_units(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "tests" / "bad")
    found = sim.check_units(sim.load_scenario(path.relative_to(Path.cwd())))
    first = path.read_text(encoding="utf-8").split("\n")[0]
    match = re.fullmatch(r"# expect: (\d+):(\d+) ([a-z-]+): (.*)", first)
    assert match and len(found) == 1
    only = found[0]
    assert only.span is not None and only.warning and only.help
    assert (only.span.line, only.span.column) == (int(match[1]), int(match[2]))
    assert (only.code, only.message) == (match[3], match[4])
    assert f": warning: {only.code}: " in only.first_line()


def test_there_are_many_bad_units() -> None:
    assert len(BAD) >= 25


def test_both_places_are_named() -> None:
    (only,) = assigned("far", "distance + people")
    assert only.message == (
        "cannot add person ('people' at model.yaml:7:42) to km ('distance' at model.yaml:5:33)"
    )


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_model_of_ours_is_warned(path: Path) -> None:
    assert [str(w) for w in sim.check_units(sim.load_scenario(path))] == []


@pytest.mark.parametrize(
    "value",
    [
        "distance + 3", "3 - distance", "2 * distance", "max(0, distance)", "0 if on else distance",
        "distance + height / 1000", "speed * wait", "speed * 3", "speed * lead * 7",
        "distance * tax / 100", "distance * (1 + tax / 100)", "distance * chance",
        "distance * people / people", "abs(-distance)", "distance * exp(-wait / 3)",
        "distance * exp(-wait / (lead * 7))", "sqrt(distance ** 2)",
        "(distance ** 2 * distance) ** 0.5 / sqrt(distance)", "uniform(0, 2) * distance",
        "uniform(1, distance)", "normal(distance, 2)", "lognormal(log(distance) - 0.5, 0.2)", "far",
        "exponential(distance)", "gamma(2, distance)", "triangular(1, 2, distance)",
        "weibull(2, distance)", "clip(distance, 0, far)", "distance % 2",
        "distance // height * height / 1000", "free + distance", "noise * sqrt(7)",
        "noise * sqrt(wait)", "distance * count(a)", "5 * chance", "bare * people",
        "distance * (way == \\'sea\\')", "floor(distance)", "round(distance / 8) * 8", "-distance",
        "distance * log(chance / (1 - chance))", "distance * sigmoid(odds_of)",
        "beta(2, 3) * distance",
    ],
)  # fmt: skip
def test_what_is_right_is_not_warned(value: str) -> None:
    found = assigned("far", value.replace("\\'", "''"))
    assert [str(w) for w in found] == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("distance + height", "divide the second by 1000"), ("height", "divide it by 1000"),
        ("2 * distance + 3 * people", "cannot add person"), ("distance * people", "km·person"),
        ("distance - (wait + 1)", "cannot subtract day"), ("speed", "'1 * …'"),
        ("distance ** 2", "km²"), ("sqrt(distance)", "km^0.5"),
        ("speed * lead", "multiply it by 7"), ("distance * tax", "divide it by 100"),
        ("distance if on else people", "one branch is in km"),
        ("clip(distance, 0, wait)", "'clip' takes one unit"),
        ("distance * exp(wait)", "argument of 'exp'"), ("distance * sin(tax)", "divide it by 100"),
        ("distance ** wait", "an exponent is a plain number"), ("2 ** distance", "an exponent"),
        ("distance * (odds_of + chance)", "cannot add probability"),
        ("triangular(1, wait, distance)", "'triangular'"), ("poisson(people)", "person"),
        ("gamma(wait, distance)", "argument 1 of 'gamma'"),
        ("distance * bernoulli(wait)", "argument 1 of 'bernoulli'"),
        ("lognormal(log(people), 1)", "person"), ("exponential(wait)", "in day"), ("now", "in day"),
        ("distance * choice(wait, people)", "'choice'"),
        ("distance * (wait > distance)", "cannot compare"),
        ("lognormal(distance, 1)", "argument 1 of 'lognormal'"),
        ("normal(distance, wait)", "'normal'"), ("beta_binomial(people, 1, wait)", "argument 3"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_warned(value: str, words: str) -> None:
    found = assigned("far", value)
    assert any(words in str(w) for w in found), [str(w) for w in found]


@pytest.mark.parametrize(
    "trigger",
    [
        "rate: arrivals", "rate: monthly / 30.4", "rate: 2 * arrivals", "rate: 0.1 * people",
        "rate: 1 / wait", "rate: people / wait", "rate: 3",
        "rate: arrivals * chance + 2 * arrivals", "every: wait", "every: lead * 7",
        "every: exponential(1 / arrivals)", "every: wait / people", "every: 'uniform(1, 2)'",
        "at: wait", "at: [3, wait + 2]", "at: lead * 7", "rate: -log(1 - chance) / 365",
    ],
)  # fmt: skip
def test_right_triggers(trigger: str) -> None:
    assert [str(w) for w in warnings(f"events:\n  a: {{{trigger}}}")] == []


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ("rate: monthly", "divide it by 30.4375"),
        ("rate: people", "a rate of this model is in person/day"), ("rate: wait", "a rate"),
        ("rate: speed", "a rate of this model is in 1/day"), ("rate: tax / wait", "100"),
        ("rate: monthly * 30.4", "a rate"), ("rate: arrivals * people", "a rate"),
        ("every: lead", "multiply it by 7"), ("every: arrivals", "an interval"),
        ("at: lead", "a time"), ("at: distance", "a time"),
        ("every: exponential(1 / monthly)", "multiply it by 30.4375"),
        ("when: far > people", "cannot compare"),
    ],
)  # fmt: skip
def test_wrong_triggers(trigger: str, words: str) -> None:
    found = warnings(f"events:\n  a: {{{trigger}}}")
    assert len(found) == 1 and words in str(found[0])


def test_bare_time_is_in_the_time_of_the_model() -> None:
    assert assigned("ships", "poisson(arrivals)") == []
    assert assigned("ships", "poisson(7 * monthly / 30.4)") == []
    (only,) = assigned("ships", "poisson(7 * monthly)")
    assert only.help == "divide it by 30.4375"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("{mean: far, unit: km}", ""), ("{mean: far}", ""), ("{final: far * 1000, unit: m}", ""),
        ("{final: far / 10, unit: km/day}", ""), ("{max: ships, unit: ships}", ""),
        ("{final: 3, unit: $bn}", ""), ("{ever: far > 1, unit: probability}", ""),
        ("{count: a, unit: raid}", ""), ("{first: a, unit: day}", ""),
        ("{duration: far > 1, unit: days}", ""), ("{final: far > 1, unit: share}", ""),
        ("{final: count(a) / 10, unit: event/day}", ""),
        ("{final: 100 * (ships / people), unit: '%'}", "ship"),
        ("{mean: far, unit: m}", "multiply it by 1000"),
        ("{mean: far, unit: day}", "'o' is in day"),
        ("{ever: a, unit: '%'}", "write 'unit: share'"), ("{count: a, unit: day}", "a count"),
        ("{first: a, unit: km}", "write 'unit: day'"),
        ("{duration: far > 1, unit: week}", "write 'unit: day'"),
        ("{final: far > 1, unit: km}", "a share"),
        ("{final: far > people, unit: share}", "cannot compare"),
    ],
)  # fmt: skip
def test_outcomes(outcome: str, words: str) -> None:
    found = warnings(f"events: {{a: {{every: 1}}}}\noutcomes:\n  o: {outcome}")
    assert [words in str(w) for w in found] == ([True] if words else [])


def test_unknown_units_match_anything() -> None:
    assert assigned("far", "bare + people * bare") == []
    assert assigned("free", "bare") == []


def test_state_without_a_unit_takes_that_of_its_values() -> None:
    both = "{every: 1, do: 'free = distance'}, b: {every: 1, do: 'far = free + people'}"
    (only,) = warnings(f"events: {{a: {both}}}")
    assert "'distance' at model.yaml:5:33" in only.message
    differ = "{every: 1, do: 'free = distance'}, b: {every: 1, do: 'free = people'}"
    assert warnings(f"events: {{a: {differ}}}") == []


def test_one_fault_makes_one_message() -> None:
    (only,) = assigned("far", "3 * (distance + people) / wait")
    assert "cannot add" in only.message


def test_branches_of_a_local() -> None:
    text = """
        events:
          a:
            every: 1
            do: |
              if on:
                x = distance
              else:
                x = {other}
              far = x * people / people
              day_of = x
    """
    assert [w.message.split(" (")[0] for w in warnings(text.format(other="0"))] == [
        "'day_of' is in day"
    ]
    assert warnings(text.format(other="wait")) == []


def test_edges() -> None:
    edge = "events: {{a: {{every: 1, then: [{{schedule: b, {}}}]}}, b: {{}}}}"
    assert warnings(edge.format("after: wait, if: far > 1")) == []
    assert "a delay" in warnings(edge.format("after: lead"))[0].message
    assert "compare" in warnings(edge.format("if: far > people"))[0].message


def test_assumed_numbers_are_listed() -> None:
    made = scenario(NAMES + "events: {a: {every: 1, do: 'far = distance + 3'}}")
    notes = [d for d in sim.check_units(made, assumed=True) if d.code == "unit-assumed"]
    messages = [note.message for note in notes]
    assert "a number without a unit is taken to be in km" in messages
    assert "a number without a unit is taken to be in day" in messages
    assert not any(note.warning for note in notes)


def test_a_fact_is_named_where_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fact = "value: 3, unit: km, source: A book, status: verified, vintage: ex_ante"
    Path("facts.yaml").write_text(f"facts: f\nentries:\n  way: {{{fact}}}\n")
    Path("model.yaml").write_text(
        "model: m\ntime: {horizon: 9}\nfacts: [facts.yaml]\nparameters:\n  way: {fact: way}\n"
        "  crew: {assume: 3, unit: person}\noutcomes: {o: {final: crew + way}}\n"
    )
    (only,) = sim.check_units(sim.load_model("model.yaml"))
    assert "'way' at facts.yaml:3:25" in only.message


def test_a_unit_and_its_fact_may_be_spelt_in_two_ways(tmp_path: Path) -> None:
    fact = "value: 3, unit: ships/day, source: A book, status: verified, vintage: ex_ante"
    (tmp_path / "facts.yaml").write_text(f"facts: f\nentries:\n  way: {{{fact}}}\n")
    text = (
        "model: m\ntime: {{horizon: 9}}\nfacts: [facts.yaml]\nparameters:\n"
        "  way: {{fact: way, unit: {}}}\n"
    )
    (tmp_path / "model.yaml").write_text(text.format("ship per day"))
    assert sim.load_model(tmp_path / "model.yaml").parameters["way"].unit == "ship per day"
    (tmp_path / "model.yaml").write_text(text.format("ship/week"))
    with pytest.raises(sim.ModelError, match="other-unit"):
        sim.load_model(tmp_path / "model.yaml")


REGIONS = """
sets: {region: [north, south, east]}
levers:
  lockdown: {over: region, default: 0.0, unit: share}
parameters:
  people: {over: region, values: [1000, 500, 300], unit: person}
  transmission: {assume: 0.4, unit: 1/day}
  duration: {assume: 5.0, unit: day}
  mobility: {over: [region, region], values: [[0, 0.1, 0], [0.1, 0, 0.1], [0, 0.1, 0]], unit: share}
state:
  S: {over: region, initial: people, unit: person}
  I: {over: region, initial: 0, unit: person, members: {north: 5}}
derived:
  share: {over: region as r, formula: 'I[r] / people[r]'}
  force: {over: region as r, formula: 'share[r] + sum(mobility[r, s] * share[s] for s in region if s != r)'}
events:
  infection:
    over: region as r
    rate: transmission * (1 - lockdown[r]) * S[r] * force[r]
    do: |
      S[r] -= 1
      I[r] += 1
    then: [{schedule: 'recovery[r]', after: exponential(duration)}]
  recovery: {over: region as r, do: 'I[r] -= 1'}
outcomes:
  attack: {over: region as r, final: 'people[r] - S[r]', unit: person}
  worst: {final: 'max(1 - S[r] / people[r] for r in region)', unit: share}
  where: {final: 'position(argmax(S[r] for r in region))'}
  peak: {max: 'sum(I[r] for r in region)', unit: person}
  ill: {mean: 'count(I[r] > 0 for r in region)'}
  cases: {over: region as r, count: 'infection[r]', unit: person}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("share[r] + sum(", "people[r] + sum(", "cannot add"),
        ("sum(I[r] for r in region)", "sum(I[r] + duration for r in region)", "cannot add"),
        (
            "max: 'sum(I[r] ",
            "max: 'sum(duration ",
            "'peak' is in person",
        ),
        ("if s != r", "if s != r and I[s] > duration", "cannot compare"),
        ("count(I[r] > 0 ", "count(I[r] > duration ", "cannot compare"),
        ("argmax(S[r] ", "argmax(S[r] + duration ", "cannot add"),
        ("initial: people", "initial: duration", "'S' is in person"),
        ("'people[r] - S[r]'", "'duration'", "'attack' is in person"),
        ("rate: transmission", "rate: duration", "a rate of this model is in person/day"),
        ("S[r] -= 1", "S[r] = duration", "'S' is in person"),
        ("S[r] -= 1", "for s in region:\n        S[s] = duration", "'S' is in person"),
        (
            "S[r] -= 1",
            "for s in region:\n        S[s] = max(S[s], duration)",
            "'max' takes one unit",
        ),
        ("'recovery[r]'", "'recovery[argmin(S[s] + duration for s in region)]'", "cannot add"),
        ("{north: 5}", "{north: {initial: 5, unit: km}}", "'I' is in person"),
    ],
)
def test_units_over_sets(right: str, wrong: str, message: str) -> None:
    assert not sim.check_units(scenario(REGIONS))
    assert right in REGIONS
    (found,) = sim.check_units(scenario(REGIONS.replace(right, wrong)))
    assert found.message.startswith(message)


def test_state_over_sets_takes_the_unit_of_its_values() -> None:
    without = REGIONS.replace(
        "S: {over: region, initial: people, unit: person}", "S: {over: region, initial: people}"
    )
    assert not sim.check_units(scenario(without))
    (found,) = sim.check_units(scenario(without.replace("'people[r] - S[r]'", "'S[r] - duration'")))
    assert found.message.startswith("cannot subtract day") and "from person" in found.message


def test_check_units_refuses_anything_else() -> None:
    with pytest.raises(sim.ExperimentError, match="a model, a scenario or an experiment"):
        sim.check_units("model.yaml")  # type: ignore[arg-type]


def test_check_units_of_an_experiment_says_each_fault_once() -> None:
    made = scenario(NAMES + "outcomes: {o: {mean: far + people}}")
    experiment = sim.make_experiment([made, made.with_settings({"distance": 1.0}, "near")])
    assert len(sim.check_units(experiment)) == 1
    assert sim.check_units(made.model) == sim.check_units(experiment)


FLAGSHIP = sim.load_model(ROOT / "scenarios/ukraine_2025/model.yaml")
TEXTS = ["", "km", "person/day", "%", "km//h", "1/day^0.5", "$bn", "index 0-100", "😀"]


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_any_units_give_messages_and_no_error(random: Random) -> None:
    def with_units(section: str) -> dict[str, Any]:
        entries = getattr(FLAGSHIP, section)
        return {n: replace(e, unit=random.choice(TEXTS)) for n, e in entries.items()}

    model = replace(
        FLAGSHIP, parameters=with_units("parameters"), state=with_units("state"),
        derived=with_units("derived"),
    )  # fmt: skip
    for found in sim.check_units(model):
        assert found.span is not None and found.help and "None" not in found.message
