"""Every analysis of the registry keeps the protocol, from the command line to the chart."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from pathlib import Path

import pytest

import sim
from sim.analysis.registry import analyses, analysis
from sim.cli.analyses import parameters, verb
from sim.cli.app import main

MODEL = """\
model: toy
time: {horizon: 1}
levers:
  push: {default: 0, range: [0, 10]}
  pull: {default: 0.0, range: [0.0, 1.0]}
parameters:
  hot: {assume: 0.5, range: [0.0, 1.0], why: A guess}
  cold: {assume: 0.5, range: [0.0, 1.0], why: A guess}
state: {y: 0.0}
events:
  end: {at: 1, do: "y = hot * (3 + push) - push * cold + pull + normal(0, 0.1)"}
outcomes:
  y: {final: y, goal: maximize}
  size: {final: abs(y), goal: minimize}
"""
#: A few words for each verb; they name files of `study`.
WORDS = {
    "compare": "base.yaml more.yaml",
    "quantiles": "base.yaml more.yaml --outcome y",
    "robustness": "base.yaml more.yaml --futures 8 -n 4",
    "levers": "base.yaml --outcome y --futures 12 -n 5",
    "evidence": "model.yaml",
    "calibrate": "targets.yaml",
    "backtest": "later.yaml",
    "sensitivity": "model.yaml --outcome y --points 16 -n 3",
    "why": "more.yaml --outcome y",
    "attribute": "more.yaml --outcome y",
    "discover": "model.yaml --outcome y --at-least 1.5 --futures 90 -n 2 --no-tree",
    "sweep": "model.yaml --outcome y --lever push=0,5,10",
    "search": "model.yaml --outcome y --outcome size --levels 2 --fresh 20",
    "voi": "base.yaml more.yaml --outcome y --futures 40 -n 2",
}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.yaml").write_text(MODEL)
    (tmp_path / "more.yaml").write_text(
        "scenario: more\nof: model.yaml\nlevers: {push: 4, pull: 0.5}\n"
    )
    (tmp_path / "base.yaml").write_text("scenario: base\nof: model.yaml\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_verbs_are_those_of_the_declarations() -> None:
    assert set(analyses()) == set(WORDS), "give each verb a row in WORDS"
    for module in pkgutil.iter_modules(sim.analysis.__path__, "sim.analysis."):
        declared = importlib.import_module(module.name)
        for one in [*getattr(declared, "ANALYSES", ()), getattr(declared, "ANALYSIS", None)]:
            assert one is None or analyses()[one.verb] is one
    assert analysis("sweep") is analyses()["sweep"]
    assert analysis("swep") is None


@pytest.mark.parametrize("name", WORDS)
def test_options_are_documented_and_reach_the_analysis(name: str) -> None:
    declared = analyses()[name]
    given = {p.name for p in parameters(declared)}
    taken = inspect.signature(declared.run).parameters
    for option in declared.options:
        assert option.help.endswith("."), option.name
        assert option.name in given
        assert option.name in taken or any(p.kind == p.VAR_KEYWORD for p in taken.values())
    assert verb(declared).__doc__ == declared.summary
    assert declared.summary.endswith(".") and declared.functions


@pytest.mark.parametrize("name", sorted(set(WORDS) - {"calibrate", "backtest"}))
def test_every_result_has_a_table_a_chart_and_a_sentence(
    name: str, study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results: list[sim.Result] = []
    declared = analyses()[name]
    from sim.cli import analyses as front

    write = front.write_results

    def watched(found: list[sim.Result], *given: object) -> None:
        results.extend(found)
        write(found, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(front, "write_results", watched)
    words = ["fulcrum", name, *WORDS[name].split(), "--chart", "c.svg", "-q"]
    if declared.reads != "model" and "-n" not in words:
        words += ["-n", "20"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as left:
        main()
    out = capsys.readouterr()
    assert not left.value.code, out.err
    assert Path("c.svg").read_text().startswith("<svg")
    for found in results:
        assert isinstance(found, sim.Result)
        grid = found.grid()
        assert found.table() and grid.rows
        assert all(len(row) == len(grid.columns) for row in grid.rows)
        assert list(found.to_pandas().columns) == list(found.table()[0])
        assert found.sentence().endswith(".") and found.sentence()[0] != " "
        assert found.notes()[0].startswith("A toy")
        assert found.sentence() in str(found)
        assert "<table>" in found._repr_html_()


def test_the_price_of_a_tab_is_what_it_runs(study: Path) -> None:
    policy = sim.load_scenario("more.yaml")
    base = sim.load_scenario("model.yaml")
    chosen = {
        "tornado": {}, "sobol": {"only": ("hot", "cold"), "points": 16},
        "attribution": {"by": "lever"}, "sweep": {"lever": ("push",)},
    }  # fmt: skip
    costs = {
        tab.name: tab.cost(policy, 10, baseline=base, **chosen.get(tab.name, {}))
        for declared in analyses().values()
        for tab in declared.tabs
    }
    assert costs == {
        "tornado": 50, "sobol": 16 * 5 * 10, "attribution": 4 * 10, "sweep": 12 * 10,
        "discovery": 0,
    }  # fmt: skip
