"""A view in the live page is what the same view is in Python: values, addresses, titles, commands."""

from __future__ import annotations

import argparse
import random
import re
import shlex
import shutil
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from live_calls import LiveCalls, in_node
from web_calls import as_json

import sim
from sim.analysis.rows import Row
from sim.study.assignments import read_assignments
from ui.address import LIVE_QUESTIONS, View, address_of, doubt, opening, read_address, read_look
from ui.live import FOLDER, document
from ui.live.languages import words
from ui.naming import recipe, slug_of, title_of
from ui.settings import Setting, Value, resolve, status_quo, with_value
from ui.study import Study, read_study
from ui.text import first_line

WELL = Path(__file__).parent.parent / "ui" / "well"
STUDIES = {
    "well": WELL,
    "regions": WELL.parent / "regions",
    "port": Path("scenarios/port_strike"),
    "war": Path("scenarios/ukraine_2025"),
}
Page = dict[str, Any]


@pytest.fixture(scope="module")
def studies() -> dict[str, Study]:
    return {name: read_study(folder) for name, folder in STUDIES.items()}


@pytest.fixture(scope="module")
def documents(studies: dict[str, Study]) -> Iterator[dict[str, Page]]:
    """Documents of the studies without programs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "packed", lambda data: "")
        patch.setattr(document, "compile_web_library", lambda: b"")
        patch.setattr(document, "compile_web_module", lambda program: program)
        patch.setattr("sim.engine.codegen.program.Program.wasm", b"", raising=False)
        yield {name: page_of(study) for name, study in studies.items()}


#: What Drivers answers, which a document tells where it can answer too.
FURTHER = [tab.name for found in sim.analysis.analyses().values() for tab in found.tabs]
QUESTIONS = [*LIVE_QUESTIONS, *FURTHER]


def page_of(study: Study) -> Page:
    scenarios = [study.scenarios[name] for name in study.scenarios]
    experiment = sim.make_experiment(scenarios, seed=study.seed)
    page = document.make_document(experiment, baseline=study.baseline, first=study.first)
    for scene in page["scenarios"]:
        scene |= {"digest": study.digest(scene["name"]), "title": study.titles[scene["name"]]}
    kept = ("name", "baseline", "first", "seed", "futures", "replications", "uncertain", "names",
            "scenarios", "levers", "held", "assumptions", "families", "words", "folder",
            "outcomes", "headlines")  # fmt: skip
    return {key: page[key] for key in kept} | {"questions": QUESTIONS, "guide": page.get("guide")}


def as_view(view: View) -> Page:
    """Return a view as the page has it."""
    return {
        "scenario": view.setting.scenario,
        "values": dict(view.setting.values),
        "baseline": view.baseline.scenario,
        "seed": view.seed,
        "central": view.central,
        "runs": view.runs,
    }


def some_value(entry: Any, luck: random.Random) -> Value:
    if entry.type.kind == "option":
        return str(luck.choice(entry.type.options))
    if entry.type.kind == "boolean":
        return luck.random() < 0.5
    low, high = (0.0, 10.0) if entry.low is None else (entry.low, entry.high)
    value = luck.uniform(low, high)
    return (
        round(value) if entry.type.kind == "whole" else luck.choice([value, float(round(value, 2))])
    )


def wrong_values(entry: Any) -> list[Value]:
    if entry.type.kind == "option":
        return [entry.type.options[0][:-1] + "x", ""]
    if entry.type.kind == "boolean":
        return ["yes", "maybe"]
    beyond: list[Value] = [] if entry.low is None else [entry.low - 1, entry.high + 1]
    return [*beyond, "much", *([2.5] if entry.type.kind == "whole" else [])]


def some_views(study: Study, count: int) -> Iterator[View]:
    """Views of a study: as it opens, then with more and more set by hand."""
    yield opening(study)
    luck = random.Random(7)
    names = list(study.scenarios)
    for turn in range(count):
        setting = Setting(luck.choice(names))
        model = study.scenarios[setting.scenario].model
        entries = {**model.levers, **model.parameters}
        for name in luck.sample(list(entries), min(turn % 7, len(entries))):
            try:
                value = some_value(entries[name], luck)
                setting = with_value(study, setting, name, value)
            except sim.SimError:
                continue
        runs = luck.choice([0, 0, 60, 1000])
        yield View(setting, Setting(luck.choice(names)), luck.randrange(99), turn % 3 == 1, runs)


@pytest.fixture(scope="module")
def said(
    node: str, studies: dict[str, Study], documents: dict[str, Page]
) -> list[tuple[list[Any], Any, Any]]:
    """What Python and what the page say, of one process of Node."""
    calls = LiveCalls()
    calls.documents = documents
    for of, study in studies.items():
        calls.add("setting.openingView", as_view(opening(study)), of)
        for view in some_views(study, 15):
            page_view, query = as_view(view), address_of(study, view)
            calls.add("setting.titleOf", title_of(study, view.setting), of, page_view)
            held = "_central" if view.central and study.model.uncertain else ""
            calls.add("setting.slugOf", slug_of(study, view.setting) + held, of, page_view)
            calls.add("address.addressOf", query, of, page_view)
            expected = {"view": page_view, "tab": "", "look": {}, "ignored": [], "doubt": ""}
            calls.add("address.readAddress", expected, of, urllib.parse.urlencode(query))
            calls.add("recipe.overlayYaml", view, of, page_view)
            calls.add("recipe.commandOf", view, of, page_view)
            calls.add("recipe.openCommand", query, of, page_view)
            calls.add("setting.differences", view, of, page_view)
        base = opening(study)
        model = study.scenarios[base.setting.scenario].model
        for entry in (*model.levers.values(), *model.parameters.values()):
            own = study.scenarios[base.setting.scenario].values()[entry.name]
            calls.add("setting.valueOf", own, of, base.setting.scenario, entry.name)
            for value in (own, some_value(entry, random.Random(3)), *wrong_values(entry)):
                calls.add(
                    "setting.withValue", tried(study, base, entry.name, value),
                    of, as_view(base), entry.name, value,
                )  # fmt: skip
    for of in ("port", "war"):
        for query in steps_of(studies[of]):
            view, look = read_address(studies[of], query)[0], read_look(studies[of], query)[0]
            part = studies[of].model.guide.steps[int(query["step"]) - 1].look.part
            told = doubt(studies[of], view, query)
            tab = "" if "scenario" in query or part == "explore" else part
            parts = {"view": as_view(view), "tab": tab, "look": look}
            expected = parts | {"ignored": [], "doubt": told}
            calls.add("address.readAddress", expected, of, urllib.parse.urlencode(query))
    for query in HOSTILE:
        study = studies["well"]
        view, ignored = read_address(study, query)
        told = doubt(study, view, query)
        said = [same_in_json(text) for text in ignored]
        look = read_look(study, query)[0]
        tab = {"singles": "drivers"}.get(query.get("tab", ""), query.get("tab", ""))
        parts = {"view": as_view(view), "tab": tab, "look": look}
        expected = parts | {"ignored": said, "doubt": told}
        calls.add("address.readAddress", expected, "well", urllib.parse.urlencode(query))
    return calls.run(node)


def steps_of(study: Study) -> Iterator[dict[str, str]]:
    """Addresses of each step of a guide: bare, with luck of its own, and with a setting."""
    for number in range(1, len(study.model.guide.steps) + 1):
        step = {"step": str(number)}
        yield from (step, step | {"seed": "4"}, step | {"scenario": study.first})


HOSTILE: list[dict[str, str]] = [
    {"scenario": "thirft", "baseline": "nowhere", "pump": "2"},
    {"seed": "-1", "runs": "9999999", "assumptions": "maybe"},
    {"seed": "1e3", "runs": "1", "assumptions": "central"},
    {"pump": "99", "depth": "20.5", "cover": "ston", "guarded": "true"},
    {"pump": "2.5", "depth": "nan", "cover": "stone", "guarded": "yes"},
    {"pomp": "1", "set.depth": "7", "set.pump": "x" * 90, "__proto__": "1", "constructor": "2"},
    {"depth": "1e999", "rain_every": "٣", "shower": ".5", "spoils": "-1e-7"},
    {"model.digest": "00000000-00000000-00000000", "scenario": "usual"},
    {"model.digest": "1", "embed": "true"},
    {"embed": "true"},
    {"outcome": "dry_day", "step": "12", "tab": "singles"},
    {"outcome": "dry_dy", "step": "0", "question": "x", "tab": "compare"},
    {"outcome": "x" * 90, "step": "100", "set.outcome": "1"},
]


def test_a_bare_step_begins_from_its_setting_and_a_setting_wins(studies: dict[str, Study]) -> None:
    study = studies["port"]
    view, ignored = read_address(study, {"step": "4"})
    assert (view.setting.scenario, view.baseline.scenario) == ("sit_it_out", "sit_it_out")
    assert dict(view.setting.values) == {"reroute_share": 0.7} and ignored == []
    assert read_look(study, {"step": "4"})[0] == {"step": "4", "outcome": "cost"}
    for own in ({"scenario": study.first}, {"baseline": study.baseline}):
        assert read_address(study, {"step": "4"} | own)[0] == opening(study)
    view = read_address(study, {"step": "4", "wage_offer": "5.0"})[0]
    assert dict(view.setting.values) == {"wage_offer": 5.0}


def same_in_json(text: str) -> str:
    """Return a text as of numbers that JSON has read: 5 and 5.0 are alike."""
    return re.sub(r"\.0\b", "", text)


def tried(study: Study, view: View, name: str, value: Value) -> Page:
    """Return the view with a value, or why not."""
    try:
        setting = with_value(study, view.setting, name, value)
    except sim.SimError as error:
        return {"error": same_in_json(first_line(error))}
    return as_view(View(setting, view.baseline, view.seed, view.central, view.runs))


@pytest.mark.parametrize(
    "function",
    ["openingView", "titleOf", "slugOf", "addressOf", "readAddress", "valueOf", "withValue"],
)
def test_the_page_says_of_a_view_what_python_says(
    said: list[tuple[list[Any], Any, Any]], function: str
) -> None:
    some = [part for part in said if part[0][1] == function]
    assert len(some) >= len(STUDIES)
    for (_, name, study, *given), expected, found in some:
        if name == "addressOf":
            found = dict(urllib.parse.parse_qsl(found, keep_blank_values=True))
        assert found == expected, (study, given)


def parts_of(
    said: list[tuple[list[Any], Any, Any]], function: str
) -> Iterator[tuple[str, Any, Any]]:
    """Give the study, what was expected and what was found of each call of a function."""
    yield from ((call[2], expected, found) for call, expected, found in said if call[1] == function)


def test_an_overlay_makes_the_same_scenario(
    said: list[tuple[list[Any], Any, Any]], studies: dict[str, Study]
) -> None:
    for of, view, text in parts_of(said, "overlayYaml"):
        study = studies[of]
        made = sim.parse_scenario(text, study.folder / "new.yaml")
        wanted = resolve(study, view.setting)
        assert made.values() == wanted.values(), text
        assert made.title == title_of(study, view.setting)
        assert made.name not in study.scenarios
        assert made.overlay == wanted.overlay


def shared_of(study: Study, view: View) -> tuple[sim.Scenario, sim.Scenario]:
    """Return the baseline and the policy of a page: assumptions set by hand act in both."""
    base, policy = resolve(study, view.baseline), resolve(study, view.setting)
    held = {n: v for n, v in view.setting.values if n in base.model.parameters}
    return base.with_settings(held, allow_out_of_range=True), policy


def test_a_command_loads_the_same_policies(
    said: list[tuple[list[Any], Any, Any]], studies: dict[str, Study],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    shutil.copytree("seeds", tmp_path / "seeds")
    for name, study in studies.items():
        shutil.copytree(study.folder, tmp_path / "scenarios" / name)
    for of, view, found in parts_of(said, "commandOf"):
        study = studies[of]
        monkeypatch.chdir(tmp_path / "scenarios" / of)
        for file, text in found["files"].items():
            Path(file).write_text(text, encoding="utf-8")
        assert shlex.split(found["command"]) == ["fulcrum", *found["words"]]
        experiment = loaded(found["words"])
        base, policy = shared_of(study, view)
        assert [s.values() for s in experiment.scenarios] == [base.values(), policy.values()]
        assert [s.overlay for s in experiment.scenarios] == [base.overlay, policy.overlay]
        assert experiment.seed == view.seed
        assert experiment.central == (view.central and bool(study.model.uncertain))
        runs = len(experiment.futures) * experiment.replications
        assert runs == (view.runs or 1000)
        for file in found["files"]:
            Path(file).unlink()


def loaded(words: list[str]) -> sim.Experiment:
    """Load what `fulcrum compare` runs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=["compare"])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--seed", type=int)
    parser.add_argument("--futures", type=int)
    parser.add_argument("--central", action="store_const", const=0, dest="futures")
    parser.add_argument("-n", type=int)
    given = parser.parse_args(words)
    return sim.load(
        given.files, settings=read_assignments(given.set), seed=given.seed, futures=given.futures,
        replications=given.n,
    )  # fmt: skip


def test_a_command_is_that_of_the_page_in_streamlit(
    said: list[tuple[list[Any], Any, Any]], studies: dict[str, Study]
) -> None:
    told = 0
    for of, view, found in parts_of(said, "commandOf"):
        study = studies[of]
        base, policy = shared_of(study, view)
        usual = status_quo(study, view.baseline, view.setting)
        assert usual.values() == base.values()
        if found["files"] or (of == "war" and told > 2):
            continue
        settings = {"baseline": view.baseline, "policy": view.setting}
        futures = 0 if view.central or not study.model.uncertain else 200
        experiment = sim.make_experiment(
            [base.with_settings({}, "baseline"), policy.with_settings({}, "policy")],
            seed=view.seed, replications=view.runs or 1000, futures=None if futures else 0,
        )  # fmt: skip
        made = recipe(study, settings, experiment)
        assert sorted(made.arguments) == sorted(found["words"][1:])
        told += 1
    assert told


def test_the_page_opens_where_it_was(
    said: list[tuple[list[Any], Any, Any]], studies: dict[str, Study]
) -> None:
    for of, query, found in parts_of(said, "openCommand"):
        assert found["command"] == f"fulcrum ui {studies[of].folder.name}"
        assert dict(urllib.parse.parse_qsl(found["address"].removeprefix("?"))) == query


def test_differences_are_those_of_the_values(
    said: list[tuple[list[Any], Any, Any]], studies: dict[str, Study]
) -> None:
    for of, view, found in parts_of(said, "differences"):
        base, policy = (scenario.values() for scenario in shared_of(studies[of], view))
        wanted = {n: [base[n], policy[n]] for n in base if n in policy and base[n] != policy[n]}
        assert {row["name"]: [row["baseline"], row["setting"]] for row in found} == wanted
        assert all(row["label"] and row["kind"] for row in found)


HISTORY = """
import { readFileSync } from "node:fs";
const { module, views } = JSON.parse(readFileSync(0, "utf-8"));
const { createHistory } = await import(module);
const told = [];
const history = createHistory(views[0]);
const tell = () => told.push([history.view.seed, history.committed.seed, history.canUndo, history.canRedo]);
history.undo(); tell();
history.preview(views[1]); tell();
history.commit(views[2]); tell();
history.commit({ ...views[2], values: { b: 1, a: 2 } });
history.commit({ ...views[2], values: { a: 2, b: 1 } });
history.undo(); tell();
history.undo(); tell();
history.redo(); tell();
history.commit(views[3]); tell();
const kept = JSON.parse(JSON.stringify(history.state()));
for (let seed = 10; seed < 300; seed += 1) history.commit({ ...views[0], seed });
for (let n = 0; n < 300 && history.canUndo; n += 1) history.undo();
tell();
history.restore(kept); tell();
history.undo(); tell();
console.log(JSON.stringify(told));
"""


def test_a_history_goes_back_a_hundred_steps_and_forward_again(node: str) -> None:
    view = {"scenario": "a", "values": {}, "baseline": "b", "central": False, "runs": 0}
    views = [{**view, "seed": seed} for seed in range(4)]
    module = (FOLDER / "history.js").as_uri()
    assert in_node(node, HISTORY, {"module": module, "views": views}) == [
        [0, 0, False, False],
        [1, 0, False, False],
        [2, 2, True, False],
        [2, 2, True, True],
        [0, 0, False, True],
        [2, 2, True, True],
        [3, 3, True, False],
        [199, 199, False, True],
        [3, 3, True, False],
        [2, 2, True, True],
    ]


@pytest.mark.parametrize("central", [False, True], ids=["futures", "central"])
def test_numbers_as_csv_are_those_of_the_command(
    node: str, study_files: list[Path], central: bool
) -> None:
    experiment = sim.load(study_files, replications=60, seed=3, futures=0 if central else None)
    rows = [replace(row, unit="=1+1" if row.share else row.unit) for row in compared(experiment)]
    records = sim.compare(sim.run(experiment)).table()
    for record, row in zip(records, rows, strict=True):
        record["unit"] = row.unit
        del record["variance_reduction"]
        record |= {"assumptions": "central"} if central else {}
    calls = LiveCalls()
    calls.add("export.csvOf", None, "", as_json(rows), {"uncertain": True}, {"central": central})
    [(_, _, found)] = calls.run(node)
    assert found == sim.reporting.tables.write_records(records, "csv")
    assert "'=1+1" in found


def compared(experiment: sim.Experiment) -> Sequence[Row]:
    return sim.compare(sim.run(experiment)).rows


@pytest.fixture
def study_files() -> list[Path]:
    return [WELL / "usual.yaml", WELL / "thrift.yaml"]


def test_the_name_of_a_file_is_one_everywhere(node: str) -> None:
    calls = LiveCalls()
    names = {"thrift_pump_2.csv": "thrift_pump_2.csv", "../a b/ü:.csv": "_a_b_.csv", "…": "_"}
    for given, wanted in names.items():
        calls.add("export.printableName", wanted, "", given)
    assert [found for _, _, found in calls.run(node)] == calls.expected


def test_the_page_speaks_german_too(
    studies: dict[str, Study], documents: dict[str, Page], node: str
) -> None:
    calls = LiveCalls()
    calls.documents = {"well": documents["well"] | {"words": words("de")}}
    calls.add("address.readAddress", None, "well", "pump=99&seed=-1&scenario=thrif&cover=x")
    [(_, _, found)] = calls.run(node)
    assert len(found["ignored"]) == 4
    assert all("{" not in said and "„" in said for said in found["ignored"])


def test_the_part_of_the_page_is_no_lever_in_either_reader(studies: dict[str, Study]) -> None:
    study = studies["well"]
    query = address_of(study, opening(study)) | {"tab": "model"}
    assert read_address(study, query) == (opening(study), [])
    assert doubt(study, opening(study), {"tab": "model"}) == ""
