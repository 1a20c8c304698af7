"""Why do two settings differ? The way from the lever to the outcome, as data that the page draws."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import sim
from ui.address import View
from ui.naming import title_of
from ui.settings import Setting, resolve, status_quo
from ui.study import Study
from ui.text import HELD, label_of

#: Futures and replications in each, as the page runs them; runs with assumptions held, and under each form.
FUTURES, IN_EACH, RUNS_HELD, RUNS_BY_FORM = 200, 5, 500, 200
Progress = Callable[[int, int], None]
#: What the steps of all paths are listed by.
COLUMNS = ("Step", "Through", "Seen from", "Largest difference", "On", "Holding it removes")


def answer(
    study: Study, view: View, question: Mapping[str, Any], progress: Progress | None = None
) -> dict[str, Any]:
    """Return why a setting differs from the baseline in an outcome; see `explain`.

    Parameters
    ----------
    question : mapping
        ``outcome``, by default the first headline; ``scenario`` of the study in place of the setting
        of the view; ``central`` holds the assumptions; ``forms`` asks under each form of the model.

    Raises
    ------
    SimError
        There is no such scenario or outcome, or a run broke a rule of the model.
    """
    setting = view.setting
    name = question.get("scenario") or setting.scenario
    if name != setting.scenario:
        if str(name) not in study.scenarios:
            raise sim.ExperimentError(f"no scenario '{name!s:.40}'")
        setting = Setting(str(name))
    policy = resolve(study, setting)
    baseline = status_quo(study, view.baseline, setting)
    outcome = question.get("outcome") or (policy.model.headlines or list(policy.model.outcomes))[0]
    central = view.central or question.get("central") is True
    forms = question.get("forms") is True
    files = _files(study.files, setting, view.baseline, policy.model)
    return explain(
        policy, baseline, str(outcome),
        titles=(title_of(study, setting), title_of(study, view.baseline)),
        futures=0 if central else FUTURES, seed=view.seed, forms=forms, command=files,
        progress=progress,
    )  # fmt: skip


def explain(
    policy: sim.Scenario,
    baseline: sim.Scenario,
    outcome: str,
    *,
    titles: tuple[str, str],
    futures: int,
    seed: int,
    forms: bool = False,
    command: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return why two scenarios differ in an outcome.

    Parameters
    ----------
    futures : int
        How many; 0 holds the assumptions at their central values.
    command : sequence of str, optional
        Words of the command up to the outcome, where there is one.

    Returns
    -------
    dict
        What JSON has: ``sentence``, ``paths`` with ``title``, ``story`` and ``steps``, ``columns`` and
        ``rows``, ``runs``, ``held``, ``notes``, ``command``.
    """
    futures = futures if any(p.uncertain for p in policy.model.parameters.values()) else 0
    futures = min(futures, RUNS_BY_FORM // 4) if forms else futures
    runs = RUNS_BY_FORM if forms else FUTURES * IN_EACH if futures else RUNS_HELD
    size = max(2, runs // futures) if futures else runs
    here, there = replace(policy, name=titles[0]), replace(baseline, name=titles[1])
    how: dict[str, Any] = {
        "replications": size, "futures": futures, "seed": seed, "progress": progress
    }  # fmt: skip
    if forms:
        by_form = sim.analysis.why_by_form(here, there, outcome, **how)
        found = [r.why for r in by_form.reasons]
        heads = [f"{r.label}: {r.option.replace('_', ' ')}" for r in by_form.reasons]
        paths = [(h, w, w.paths[0]) for h, w in zip(heads, found, strict=True) if w.paths]
        sentence, notes = by_form.sentence(), by_form.notes()[2:]
    else:
        found = [sim.analysis.why(here, there, outcome, **how)]
        paths = [("", found[0], path) for path in found[0].paths]
        told = _compared(here, there, found[0], seed, size, futures) if futures else ""
        sentence, notes = sentence_of(found[0], titles, told), _own_notes(found[0])
    drawn: list[dict[str, Any]] = [
        {"title": head, "story": w.story(path), "steps": [_step(w, s, policy.model) for s in path]}
        for head, w, path in paths
    ]
    words = []
    if command:
        words = ["fulcrum", "why", *command, "--outcome", outcome, "--seed", str(seed)]
        words += ["--futures", str(futures)] if futures else []
        words += ["-n", str(size), *(["--by-form"] if forms else [])]
    return {
        "scenario": titles[0],
        "against": titles[1],
        "outcome": outcome,
        "label": label_of(found[0].outcome),
        "sentence": sentence,
        "paths": drawn,
        "columns": list(COLUMNS),
        "rows": [_row(step) for path in drawn for step in path["steps"]],
        "runs": size * max(1, futures),
        "futures": futures,
        "seed": seed,
        "held": "" if futures or not policy.model.uncertain else HELD,
        "notes": notes,
        "command": shlex.join(words),
    }


def every_answer(
    experiment: sim.Experiment,
    names: Sequence[str],
    baseline: str,
    tell: Callable[[str], None],
    *,
    as_filed: bool = True,
) -> dict[str, dict[str, Any]]:
    """Return the answers that a file holds: by scenario, then by headline outcome.

    Parameters
    ----------
    tell
        Called with a scenario's name before its answers are worked out.
    as_filed
        Whether the scenarios are as their files have them, so that a command can name these.
    """
    scenarios = {scenario.name: scenario for scenario in experiment.scenarios}
    against = scenarios[baseline]
    outcomes = experiment.model.headlines or list(experiment.model.outcomes)[:1]
    futures = min(FUTURES, len(experiment.futures)) if experiment.parameters else 0
    found: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(names):
        if name == baseline:
            continue
        tell(name)
        policy = scenarios[name]
        titles = (_title(policy), _title(against))
        command = (Path(policy.path).name, "--against", Path(against.path).name)
        found[name] = {
            outcome: explain(
                policy, against, outcome, titles=titles, futures=futures, seed=experiment.seed,
                command=command if as_filed else None,
            )
            for outcome in outcomes
        }  # fmt: skip
    return found


def _compared(
    here: sim.Scenario, there: sim.Scenario, found: Any, seed: int, size: int, futures: int
) -> str:
    """Return what a comparison of the same runs says, as Compare does; nothing where nothing can differ."""
    if not found.effect.n:
        return ""
    pair = [replace(there, name="baseline"), replace(here, name="policy")]  # titles may be alike
    made = sim.make_experiment(pair, replications=size, futures=futures, seed=seed)
    row = sim.compare(sim.run(made), turns=False).row(found.outcome.name, "policy")
    told = sim.analysis.brief_size(row)
    return f"“{label_of(found.outcome)}” with “{here.name}” against “{there.name}”: {told}."


def sentence_of(found: Any, titles: tuple[str, str], compared: str = "") -> str:
    """Return what differs, in the words of a comparison where there are, and the way that passes most."""
    here, there = (f"“{title}”" for title in titles)
    label = f"“{label_of(found.outcome)}”"
    if not found.starts:
        return f"{here} and {there} do not differ in anything."
    if found.effect.n == 0 and not found.failures:
        return f"Nothing in this model leads from what differs to {label}."
    if found.effect.verdict == "identical":
        return f"{label} is the same in every run with {here} as with {there}."
    told = compared
    if not told and found.effect.seen:
        side = "higher" if found.effect.mean > 0 else "lower"
        told = f"{label} is {side} with {here} than with {there}: {found.difference()}."
    elif not told:
        told = (
            f"No difference in {label} is seen between {here} and {there} ({found.difference()})."
        )
    if not found.paths:
        return f"{told} No way from what differs to it is beyond noise."
    begin = found.paths[0][0]
    told += f" The strongest way there begins at “{begin.label}” ({begin.moved()})"
    held = [s for s in found.shown if s.hold and s.hold.seen and s.hold.part is not None]
    inner = [s for s in held if s.node.kind not in ("lever", "parameter", "outcome")]
    if not (found.effect.seen and inner):
        return f"{told}."
    most = max(inner, key=lambda s: abs(s.hold.through.mean if s.hold else 0.0))
    return (
        f"{told} and passes through “{most.label}”: held at its course in the baseline, "
        f"{most.hold.text()} of the difference is gone."
    )


def _own_notes(found: Any) -> list[str]:
    """Return how it was found, without what the answer and its picture say."""
    said = 2 + len(found.paths)
    return found.notes()[said:] if found.effect.n else []


def _step(found: Any, step: Any, model: sim.Model) -> dict[str, Any]:
    """Describe a step of a path."""
    course = step.course if step.node.kind != "outcome" else None
    end = step.node.kind == "outcome"
    effect = found.effect if end else (course.at(course.peak) if course else None)
    direction = "set" if effect is None else "more" if effect.mean > 0 else "less"
    clock = found.clock
    return {
        "name": step.node.name,
        "label": step.label,
        "kind": step.node.kind,
        "moved": found.difference() if end else step.moved(),
        "direction": direction,
        "size": effect.mean if effect else None,
        "from": f"{clock.unit} {course.onset}" if course else "",
        "day": f"{clock.unit} {course.peak}" if course else "",
        "through": [
            (model.events[e].label if e in model.events else "") or e.replace("_", " ")
            for e in step.through
        ],
        "removes": step.hold.text() if step.hold else "",
    }


def _row(step: Mapping[str, Any]) -> list[str]:
    cells = (step["label"], ", ".join(step["through"]), step["from"], step["moved"], step["day"])
    return [*cells, step["removes"]]


def _files(
    files: Mapping[str, Path], setting: Setting, baseline: Setting, model: sim.Model
) -> list[str] | None:
    """Return the words of the command; None where no command sets both alike."""
    edited = setting.text is not None or baseline.text is not None
    if edited or any(name in model.parameters for name, _ in setting.values):
        return None  # a text has no file; an assumption set by hand acts in both, --set in one
    given = [word for name, value in setting.values for word in ("--set", f"{name}={_word(value)}")]
    return [files[setting.scenario].name, "--against", files[baseline.scenario].name, *given]


def _word(value: Any) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def _title(scenario: sim.Scenario) -> str:
    return scenario.title or scenario.name.replace("_", " ")
