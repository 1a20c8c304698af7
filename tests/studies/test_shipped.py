"""What every study that ships keeps: found by discovery, so that a new one is held to it too.

Its card is tested in tests/reporting/test_card.py, its guide's claims in tests/live/test_guide_claims.py,
its bits in WebAssembly in tests/browser/test_engine.py, and the figures of its page in
tests/ui/test_same_figures.py; these find the studies in the same way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

import sim
from sim.model.naming import family_of
from sim.study.documents import read_document
from sim.study.files import inside, kind
from sim.study.shipped import Study, shipped_studies, shipped_study

Run = Callable[..., tuple[int, str, str]]
#: The study that is as large as its subject; tests/test_ukraine_sanity.py runs what is left out here.
FLAGSHIP = "ukraine_2025"
SMALL = sorted(shipped_studies().keys() - {FLAGSHIP})
#: Lines of a model, and of one that is older than this bound.
MAX_LINES, OLDER, MAX_LEVERS = 250, {"port_strike": 274}, 8
#: What a scenario says of itself, and does not set.
WORDS = ("scenario", "title", "rationale", "of")


@pytest.fixture(scope="module", params=[*SMALL, FLAGSHIP])
def study(request: pytest.FixtureRequest) -> Study:
    return shipped_study(request.param)


@pytest.fixture(params=SMALL)
def small(request: pytest.FixtureRequest) -> Study:
    return shipped_study(request.param)


def test_there_are_studies() -> None:
    assert {"port_strike", FLAGSHIP} <= set(shipped_studies())


def test_its_size_is_that_of_a_study_one_reads(study: Study) -> None:
    lines = (study.folder / "model.yaml").read_text("utf-8").splitlines()
    assert study.model.name == study.name, "a study is found by the name of its model"
    assert len(study.levers) >= 4
    if study.name != FLAGSHIP:
        assert len(lines) <= OLDER.get(study.name, MAX_LINES)
        assert len(study.levers) <= MAX_LEVERS


def test_its_scenarios_are_policies_of_their_own(study: Study) -> None:
    assert len(study.scenarios) >= 4
    assert all(one.title and one.about for one in study.scenarios)
    said = {
        str({k: v for k, v in sim.yaml.to_data(read_document(one.file)).items() if k not in WORDS})
        for one in study.scenarios
    }
    assert len(said) == len(study.scenarios), "two scenarios set the same"


def test_its_comparison_begins_with_its_yardstick(study: Study) -> None:
    experiment = sim.load_experiment(study.folder / "compare.yaml")
    names = [scenario.name for scenario in experiment.scenarios]
    assert names == [one.name for one in study.scenarios[: len(names)]] and len(names) >= 4
    assert experiment.sampler in ("latin_hypercube", "plausible")
    assert len(experiment.futures) >= 50 and experiment.replications >= 5


def test_its_comparison_has_the_runs_of_its_page(small: Study) -> None:
    """`fulcrum compare STUDY` and the published page show one set of numbers."""
    if small.name in OLDER:
        pytest.skip("its comparison is older than this rule")
    page = sim.load([one.file for one in small.scenarios])
    listed = sim.load_experiment(small.folder / "compare.yaml")
    assert (listed.seed, listed.replications) == (page.seed, page.replications)
    assert (listed.futures == page.futures).all() and listed.parameters == page.parameters


def test_what_was_known_before_is_dated_before(study: Study) -> None:
    """A fact `ex_ante` of a model with a start was known by the day after it."""
    start: date | None = study.model.clock.start
    scenario = sim.load_scenario(study.folder / "model.yaml")
    assert scenario.document is not None
    for fact in scenario.document.facts.values():
        if start is not None and fact.vintage == "ex_ante" and fact.date:
            assert fact.date <= (start + timedelta(days=1)).isoformat(), f"{fact.name}: {fact.date}"


def test_what_it_measures_and_moves_is_explained(study: Study) -> None:
    model = study.model
    leading = dict.fromkeys(map(family_of, model.headlines))
    assert 2 <= len(leading) <= 5
    for name in model.headlines:
        outcome = model.outcomes[name]
        assert outcome.headline and outcome.matters and outcome.goal, name
        assert outcome.label and outcome.help, name
    for lever in model.levers.values():
        assert lever.label and lever.help and lever.group, lever.name
        assert lever.type.options or lever.unit or lever.type.kind == "truth", lever.name
    for parameter in model.parameters.values():
        assert parameter.label and (parameter.fact or parameter.why), parameter.name
    for part in ("purpose", "misuses"):
        assert model.docs[part].strip()


def test_it_has_a_lesson(study: Study) -> None:
    guide = study.model.guide
    assert guide is not None and guide.minutes and guide.audience
    assert 7 <= len(guide.steps) <= 10
    assert any(step.ask and step.answer for step in guide.steps)


def test_its_files_check_with_strict_units(small: Study, fulcrum: Run) -> None:
    code, _, err = fulcrum("check", small.folder, "--strict-units", "-q")
    assert code == 0, err


def test_its_known_answers_hold(small: Study, fulcrum: Run) -> None:
    for file in inside(small.folder):
        if kind(file) == "targets" and read_document(file).get("vintage").value == "ex_ante":
            code, out, err = fulcrum("calibrate", file, "-q")
            assert code == 0, out + err


def test_a_copy_of_it_compares_as_it_does(
    small: Study, fulcrum: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert fulcrum("new", "mine", "--from", small.name, "-q")[0] == 0
    rows = []
    for path in ("mine", small.name):
        few = ("--futures", 4, "-n", 2, "--format", "json", "-q")
        code, out, err = fulcrum("compare", path, *few)
        assert code == 0, err
        rows.append(json.loads(out))
    assert rows[0] == rows[1] and len(rows[0]) >= 8
