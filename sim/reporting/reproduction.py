"""The commands that give the numbers of an experiment again, checked before they are told."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine.codegen.program import generate
from sim.errors import SimError
from sim.formatting import short_title
from sim.study.assignments import common_settings, settings_text, write_assignment
from sim.study.experiment import Experiment
from sim.study.files import load
from sim.study.futures import SAMPLED
from sim.study.independence import lists_futures
from sim.study.scenario import Scenario, load_scenario, parse_scenario
from sim.yaml import dump


@dataclass(frozen=True, slots=True)
class Recipe:
    """What gives the numbers of an experiment again.

    Attributes
    ----------
    arguments : tuple of str
        Files and options that every verb takes; empty where no command gives the same.
    overlays : mapping of str to str
        Files to save first, with their texts: scenarios with values of their own set by hand.
    names : mapping of str to str
        What scenarios are called in the results, where that is not their name.
    """

    arguments: tuple[str, ...]
    overlays: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)

    def command(self, verb: str, *more: str) -> str:
        """Return a command line."""
        return shlex.join(["fulcrum", verb, *self.arguments, *more])


def recipe(experiment: Experiment) -> Recipe:
    """Return the files and options that make the same experiment, for the directory of work.

    They are tried: what they load has the same policies, futures, replications and seed.

    Parameters
    ----------
    experiment : Experiment

    Returns
    -------
    Recipe

    Examples
    --------
    >>> import sim
    >>> recipe(sim.load("scenarios/port_strike/mediate.yaml")).command("compare")
    'fulcrum compare scenarios/port_strike/mediate.yaml --seed 20250714 -n 1000'
    """
    common = common_settings(experiment.scenarios)
    own = {
        s.name: {n: v for n, v in s.settings.items() if n not in common}
        for s in experiment.scenarios
    }
    words = [part for n, v in common.items() for part in ("--set", write_assignment(n, v))]
    try:
        if any(own.values()):
            overlays = {
                _file(s): _overlay(s, own[s.name]) for s in experiment.scenarios if own[s.name]
            }
            files = [_file(s) if own[s.name] else s.path for s in experiment.scenarios]
            loaded = [_loaded(file, overlays) for file in files]
            loaded = [s.with_settings(common) for s in loaded]
            fits = len(set(files)) == len(files) and _same_policies(experiment, loaded)
            sizes = next(_sizes(experiment, experiment.scenarios[0].path), None) if fits else None
            if sizes is not None:
                return Recipe((*files, *_options(experiment, sizes), *words), overlays)
            return Recipe((), {})
        for files in filter(all, ([experiment.path], [s.path for s in experiment.scenarios])):
            for sizes in _sizes(experiment, files[0]):
                made = load(files, settings=common, seed=experiment.seed, **sizes)
                if _same_plan(experiment, made) and _same_policies(
                    experiment, list(made.scenarios)
                ):
                    return Recipe((*files, *_options(experiment, sizes), *words), {})
    except (SimError, OSError):
        pass  # a file is gone or has changed
    return Recipe((), {})


def run_options(experiment: Experiment) -> list[str]:
    """Return the options of the command line for the seed and all numbers of runs of an experiment.

    Examples
    --------
    >>> import sim
    >>> run_options(sim.load("scenarios/port_strike/mediate.yaml", futures=8, replications=2))
    ['--seed', '20250714', '--futures', '8', '-n', '2']
    """
    sizes = {"replications": experiment.replications}
    if experiment.parameters or experiment.central:
        sizes["futures"] = len(experiment.futures) if experiment.parameters else 0
    return _options(experiment, sizes)


def file_stem(experiment: Experiment) -> str:
    """Return a name for a file that tells what was run, as ``hold_firm_deadline_20_report``.

    Examples
    --------
    >>> import sim
    >>> file_stem(sim.load("scenarios/port_strike/mediate.yaml", settings={"mediation_day": 20}))
    'mediate_mediation_day_20_report'
    """
    settings = common_settings(experiment.scenarios)
    names = [s.name for s in experiment.scenarios]
    head = names[0] if len(names) == 1 else experiment.model.name
    if len(names) == 2:
        head = f"{names[1]}_against_{names[0]}"
    parts = [head, *(f"{name}_{value}" for name, value in settings.items()), "report"]
    return re.sub(r"[^\w.-]+", "_", "_".join(parts))[:120].lower()


def report_title(experiment: Experiment) -> str:
    """Return what a report is called: its question, and what was set by hand in every scenario."""
    model = experiment.model
    named = experiment.title not in ("", experiment.name, "comparison")
    title = experiment.title if named else model.title or model.name.replace("_", " ")
    held = settings_text(model, common_settings(experiment.scenarios))
    if held and len(experiment.scenarios) == 1:
        title = short_title(experiment.scenarios[0].title or experiment.scenarios[0].name)
    return f"{title}, {held}" if held else title


def _options(experiment: Experiment, sizes: Mapping[str, int]) -> list[str]:
    """Return the options of the command line for a seed and numbers of runs."""
    found = ["--seed", f"{experiment.seed}"]
    ranges = experiment.sampler in SAMPLED and lists_futures(experiment.scenarios[0])
    found += ["--independent"] if ranges else []
    if "futures" in sizes:
        found += ["--futures", f"{sizes['futures']}"] if sizes["futures"] else ["--central"]
    return found + (["-n", f"{sizes['replications']}"] if "replications" in sizes else [])


def _sizes(experiment: Experiment, file: str) -> Iterator[dict[str, Any]]:
    """Yield the numbers of runs with which a file makes the same futures, as `sim.load` takes them."""
    futures, replications = len(experiment.futures), experiment.replications
    tries: list[dict[str, Any]] = [{"replications": futures * replications}]
    if experiment.parameters:
        tries.append({"futures": futures, "replications": replications})
    elif experiment.model.uncertain:
        tries = [{"futures": 0, "replications": replications}]
    if file == experiment.path:
        tries = [{}, {"replications": replications}, *tries]
    ranges = experiment.sampler in SAMPLED and lists_futures(experiment.scenarios[0])
    for sizes in ({**one, "independent": True} if ranges else one for one in tries):
        if _same_plan(experiment, load(file, seed=experiment.seed, **sizes), names=False):
            yield sizes


def _same_plan(experiment: Experiment, made: Experiment, names: bool = True) -> bool:
    """Whether two experiments have the same runs of each scenario."""
    plans = [(e.seed, e.replications, e.parameters) for e in (experiment, made)]
    listed = [[s.name for s in e.scenarios] if names else [] for e in (experiment, made)]
    same = plans[0] == plans[1] and listed[0] == listed[1]
    return same and np.array_equal(experiment.futures, made.futures)


def _same_policies(experiment: Experiment, made: list[Scenario]) -> bool:
    """Whether scenarios have the same program, and the same values in every future."""
    again = Experiment(
        experiment.name, experiment.title, tuple(made), experiment.replications, experiment.seed,
        experiment.parameters, experiment.futures, experiment.sampler,
    )  # fmt: skip
    for place, (one, other) in enumerate(zip(experiment.scenarios, made, strict=True)):
        if generate(one.model).digest != generate(other.model).digest:
            return False
        for future in {0, len(experiment.futures) - 1}:  # a value held is the same in both
            if not np.array_equal(experiment.row(place, future), again.row(place, future)):
                return False
    return True


def _file(scenario: Scenario) -> str:
    """Return the name of the file of a scenario with values of its own."""
    return re.sub(r"\W+", "_", scenario.name).strip("_").lower() + ".yaml"


def _overlay(scenario: Scenario, own: Mapping[str, Any]) -> str:
    """Return a scenario that lays its own values over its file."""
    made: dict[str, Any] = {"scenario": Path(_file(scenario)).stem, "of": scenario.path}
    made["title"] = f"{scenario.title or scenario.name}, {settings_text(scenario.model, own)}"
    for section in ("levers", "parameters"):
        here = {n: v for n, v in own.items() if n in getattr(scenario.model, section)}
        made |= {section: here} if here else {}
    return dump(made)


def _loaded(file: str, overlays: Mapping[str, str]) -> Scenario:
    """Load a scenario of a file, or of a text that is to be saved in one."""
    text = overlays.get(file)
    return load_scenario(file) if text is None else parse_scenario(text, file)
