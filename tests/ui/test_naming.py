"""What a setting is called, and the command that gives its numbers again."""

from __future__ import annotations

import io
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.cli.app import main
from ui.address import opening
from ui.export import outcomes_csv
from ui.naming import recipe, slug_of, title_of
from ui.runs import Result, run_all
from ui.settings import Setting, status_quo, with_text, with_value
from ui.study import Study, read_study


@pytest.fixture
def opened(study: Path) -> Study:
    return read_study(study)


def changed(opened: Study, name: str, **values: Any) -> Setting:
    setting = Setting(name)
    for key, value in values.items():
        setting = with_value(opened, setting, key, value)
    return setting


def test_a_setting_is_called_by_what_was_changed(opened: Study) -> None:
    assert title_of(opened, Setting("thrift")) == "Thrift: pump less"
    few = changed(opened, "thrift", pump=1, depth=20.5, cover="stone")
    assert title_of(opened, few) == "Thrift, cover = stone, depth = 20.5 m"
    assert slug_of(opened, few) == "thrift_cover_stone_depth_20_5"
    many = changed(opened, "usual", pump=9, depth=20.5, guarded=True, shower=4.0, rain_every=3.0)
    assert title_of(opened, many).endswith("= 9 buckets/day and 2 more")
    assert len(slug_of(opened, many)) <= 60
    assert slug_of(opened, many) != slug_of(opened, changed(opened, "usual", pump=8))


def test_an_edited_text_is_called_edited_or_by_its_own_title(opened: Study) -> None:
    text = opened.text("thrift") + "events: {draw: {every: 2}}\n"
    setting = with_text(opened, Setting("thrift"), text)
    assert title_of(opened, setting) == "Thrift, text edited"
    own = with_text(opened, setting, text.replace("Thrift: pump less", "Slow: every other day"))
    assert title_of(opened, own) == "Slow: every other day"
    assert slug_of(opened, own) != slug_of(opened, setting)


def page_result(opened: Study, settings: dict[str, Setting], central: bool, n: int) -> Result:
    chosen = list(settings.values())[-1]
    scenarios = {name: status_quo(opened, s, chosen) for name, s in settings.items()}
    return run_all(scenarios, n=n, seed=7, central=central)


@pytest.mark.parametrize("central", [False, True], ids=["futures", "central"])
@pytest.mark.parametrize(
    ("baseline", "policy", "files"),
    [
        (("usual", {}), ("thrift", {"pump": 2, "cover": "stone", "guarded": True}), 0),
        (("usual", {}), ("thrift", {"depth": 20.5, "shower": 9.0}), 0),
        (("usual", {}), ("usual", {"pump": 9, "shower": 4.0}), 1),
        (("well", {}), ("thrift", {}), 1),
        (("usual", {}), ("thrift", "events: {draw: {every: 2}}\nparameters: {shower: 9.0}\n"), 1),
    ],
    ids=["levers", "assumption", "twice", "defaults", "text"],
)
def test_the_command_gives_the_numbers_of_the_page(
    opened: Study, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    baseline: Any, policy: Any, files: int, central: bool,
) -> None:  # fmt: skip
    settings = {}
    for name, (scenario, change) in {"baseline": baseline, "this setting": policy}.items():
        settings[name] = (
            with_text(opened, Setting(scenario), opened.text(scenario) + change)
            if isinstance(change, str)
            else changed(opened, scenario, **change)
        )
    result = page_result(opened, settings, central, 50)
    found = recipe(opened, settings, result.ensemble.experiment)
    assert len(found.overlays) == files
    for name, text in found.overlays.items():
        (opened.folder / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(opened.folder)
    words = [*shlex.split(found.command("compare")), "--format", "csv", "--quiet"]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    told = pd.read_csv(io.StringIO(capsys.readouterr().out))
    mine = pd.read_csv(io.StringIO(outcomes_csv(result.renamed(found.names))))
    assert ("assumptions" in mine) == central
    pd.testing.assert_frame_equal(mine[told.columns], told)


def test_the_opening_varies_what_is_not_known(opened: Study) -> None:
    view = opening(opened)
    assert not view.central
    settings = {"baseline": view.baseline, "this setting": view.setting}
    result = page_result(opened, settings, replace(view).central, 1000)
    assert (result.futures, result.n) == (200, 1000)
