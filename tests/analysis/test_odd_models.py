"""Every analysis on models with few or odd inputs: an answer, or an error in our words; no fault of ours."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sim.cli import main

BODIES = {
    "words": """
levers: {lever: {default: low, options: [low, middle, high]}, flag: {default: false}}
parameters: {kind: {assume: red, options: [red, green, blue]}}
""",
    "whole": """
levers: {lever: {default: 1, range: [0, 3]}}
parameters: {kind: {assume: 2, range: [1, 2], whole: true}}
""",
    "shaped": """
levers: {lever: {default: 1.0, range: [0.0, 3.0], step: 0.7}}
parameters: {kind: {assume: 1, range: [1, 2], whole: true, shape: loguniform}, b: {assume: true}}
""",
    "single": """
levers: {lever: {default: 1, range: [1, 1]}, flag: {default: this, options: [this]}}
parameters: {kind: {assume: this, options: [this]}, b: {assume: 3, range: [3, 3]}}
""",
    "flat": """
levers: {lever: {default: 1, range: [0, 3]}}
parameters: {kind: {assume: 1.0, range: [0.0, 1.0]}}
""",
    "bare": "",
}
#: What `y` is, beside chance.
MEANS = {
    "words": "(0 if kind == 'red' else 1 if kind == 'green' else 5) + (lever == 'high') + flag",
    "whole": "kind + lever",
    "shaped": "kind + lever + b",
    "single": "lever + b",
    "flat": "3",
    "bare": "3",
}
REST = """
state: {{y: 0.0}}
events:
  end: {{at: 0.5, do: "y = {mean} + {noise}"}}
  done: {{rate: 1.5}}
  never: {{at: 99}}
outcomes:
  y: {{final: y, goal: minimize}}
  when: {{first: done, goal: minimize}}
  never: {{first: never, goal: minimize}}
"""
#: In `other.yaml`, the lever has another value.
OTHER = {"words": "high", "whole": "3", "shaped": "0.7", "single": "1", "flat": "2"}

COMMANDS = {
    "tornado": "sensitivity model.yaml --outcome y --method tornado -n 1",
    "morris": "sensitivity model.yaml --outcome y --method morris --trajectories 2 -n 1",
    "sobol": "sensitivity model.yaml --outcome y --points 8 -n 2",
    "levers": "sensitivity model.yaml --outcome y --points 4 --levers -n 1",
    "only": "sensitivity model.yaml --outcome y --points 4 --only kind -n 1",
    "variance": "sensitivity model.yaml --outcome y --method variance --futures 30 -n 1",
    "pawn": "sensitivity model.yaml --outcome y --method pawn --futures 30 -n 2",
    "two futures": "sensitivity model.yaml --outcome y --method pawn --futures 2 -n 2",
    "discover": "discover model.yaml --outcome y --at-most 3.5 --futures 60 -n 1",
    "voi": "voi this.yaml other.yaml --outcome y --futures 20 -n 1",
    "robustness": "robustness this.yaml other.yaml --outcome y --futures 2 -n 1",
    "attribute": "attribute other.yaml --outcome y --futures 2 -n 1",
    "search": "search model.yaml --outcome y --levels 3 --fresh 2 -n 1",
    "sweep": "sweep model.yaml --outcome y --lever kind -n 1",
    "quantiles": "quantiles model.yaml --outcome when --futures 2 -n 1",
    "compare": "compare this.yaml other.yaml --outcome never -n 1",
    "evidence": "evidence model.yaml",
    "drop, sobol": "sensitivity model.yaml --outcome when --points 8 -n 3 --missing drop",
    "drop, morris": "sensitivity model.yaml --outcome when --method morris -n 3 --missing drop",
    "drop, pawn": "sensitivity model.yaml --outcome when --method pawn --futures 60 -n 2 --missing drop",
    "drop, voi": "voi this.yaml other.yaml --outcome when --futures 60 -n 2 --missing drop",
    "drop, none": "sensitivity model.yaml --outcome never --points 4 -n 2 --missing drop",
}
#: What is refused of every model, and further of one; the rest has an answer.
ALWAYS = {
    "two futures": "few-futures",
    "drop, sobol": "no-variance",
    "drop, none": "missing-values",
}
NO_INPUT = dict.fromkeys(COMMANDS, "no-range") | {
    **dict.fromkeys(("robustness", "quantiles", "compare", "evidence"), ""),
    "attribute": "no-difference",
    "two futures": "few-futures",
}
REFUSED = {
    "whole": {"discover": "one-sided"},
    "single": NO_INPUT,
    "flat": dict.fromkeys(("sobol", "levers", "only", "variance", "pawn"), "no-variance")
    | {"discover": "one-sided"},
    "bare": NO_INPUT | {"only": "unknown-lever", "sweep": "unknown-name"},
}


@pytest.fixture(scope="module", params=BODIES)
def study(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    name = request.param
    folder = tmp_path_factory.mktemp("odd") / name
    (folder / "seeds").mkdir(parents=True)  # the top of a study
    noise = "0" if name == "flat" else "normal(0, 0.1)"
    rest = REST.format(mean=MEANS[name], noise=noise)
    (folder / "model.yaml").write_text(
        f"model: {name}\ntime: {{horizon: 1}}\n{BODIES[name]}{rest}", encoding="utf-8"
    )
    (folder / "this.yaml").write_text("scenario: this\nof: model.yaml\n", encoding="utf-8")
    other = f"levers: {{lever: {OTHER[name]}}}\n" if name in OTHER else ""
    (folder / "other.yaml").write_text(
        f"scenario: other\nof: model.yaml\n{other}", encoding="utf-8"
    )
    return folder


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", COMMANDS)
def test_an_answer_or_an_error_in_our_words(
    study: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(study)
    rest = ["-q"] if name == "evidence" else ["-q", "--kernel", "simpy"]
    monkeypatch.setattr(sys, "argv", ["fulcrum", *COMMANDS[name].split(), *rest])
    with pytest.raises(SystemExit) as left:
        main()
    out, err = capsys.readouterr()
    refused = (ALWAYS | REFUSED.get(study.name, {})).get(name, "")
    if refused:
        assert left.value.code == 2 and err.startswith(f"{refused}: ") and not out, err
    else:
        assert not left.value.code and "nan" not in out.split() and out, err
