"""The commands that give the numbers of an experiment again, checked before they are told."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine.codegen.program import generate
from sim.errors import SimError
from sim.formatting import short_title, yaml_text
from sim.study.assignments import (
    common_settings,
    read_assignments,
    read_design,
    setting_label,
    settings_text,
    write_assignment,
)
from sim.study.experiment import Experiment
from sim.study.files import load
from sim.study.futures import SAMPLED
from sim.study.independence import lists_futures
from sim.study.scenario import Scenario, load_scenario, parse_scenario
from sim.study.shipped import short_path
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
    paths = [*dict.fromkeys(s.path for s in experiment.scenarios)]
    for files in filter(all, ([experiment.path], [experiment.path, *_beside(experiment)], paths)):
        for words in _changes(experiment):
            found = _tried(experiment, files, words)
            if found is not None:
                return found
    return _with_files(experiment)


def _beside(experiment: Experiment) -> list[str]:
    """Return the files of scenarios that were named beside the file of an experiment."""
    if not experiment.path:
        return []
    try:
        own = {s.path for s in load(experiment.path).scenarios}
    except (SimError, OSError):
        return []
    return [*dict.fromkeys(s.path for s in experiment.scenarios if s.path not in own)]


def _changes(experiment: Experiment) -> Iterator[list[str]]:
    """Yield options that may have changed scenarios: none, `--set` and `--vary`, by their values."""
    common = common_settings(experiment.scenarios)
    held = [part for n, v in common.items() for part in ("--set", write_assignment(n, v))]
    yield []
    if held:
        yield held
    own = own_settings(experiment)
    alone = [
        part
        for scenario, settings in own.items()
        for n, v in settings.items()
        for part in ("--set", f"{scenario}:{write_assignment(n, v)}")
    ]
    if not alone:
        return
    yield [*held, *alone]
    if varied := _varied(experiment, own):
        words = [f"{name}={','.join(values)}" for name, values in varied.items()]
        yield [*held, *(part for word in words for part in ("--vary", word))]
        yield [*held, "--vary", " ".join(words)]


def own_settings(experiment: Experiment) -> dict[str, dict[str, Any]]:
    """Return what was set by hand in some scenarios only, by scenario."""
    common = common_settings(experiment.scenarios)
    return {
        s.name: {n: v for n, v in s.settings.items() if n not in common}
        for s in experiment.scenarios
    }


def _varied(experiment: Experiment, own: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the values, as written, of what was set in every scenario but not alike.

    Those of one file are told: of names that change together each combination, else each value once.
    """
    first = experiment.scenarios[0].path
    settings = [own[s.name] for s in experiment.scenarios if s.path == first]
    names = [n for n in settings[0] if all(n in of for of in own.values())]
    lists = {n: [yaml_text(of[n]) for of in settings] for n in names}
    once = {n: [*dict.fromkeys(values)] for n, values in lists.items()}
    return once if math.prod(map(len, once.values())) == len(settings) else lists


def _tried(experiment: Experiment, files: list[str], words: list[str]) -> Recipe | None:
    """Return the recipe of some files and options, if they make the same experiment."""
    pairs = [*zip(words[::2], words[1::2], strict=True)]
    try:
        settings = read_assignments(word for option, word in pairs if option == "--set")
        vary = read_design(word for option, word in pairs if option == "--vary")
        for sizes in _sizes(experiment, files[0]):
            made = load(files, settings=settings, vary=vary, seed=experiment.seed, **sizes)
            if _same_plan(experiment, made) and _same_policies(experiment, list(made.scenarios)):
                named = map(short_path, files)
                return Recipe((*named, *_options(experiment, sizes), *words), {})
    except (SimError, OSError):
        pass  # a file is gone or has changed, or the options do not fit it
    return None


def _with_files(experiment: Experiment) -> Recipe:
    """Return the recipe with a file for each scenario with values of its own; none if it gives others."""
    common = common_settings(experiment.scenarios)
    own = own_settings(experiment)
    words = [part for n, v in common.items() for part in ("--set", write_assignment(n, v))]
    overlays = {_file(s): _overlay(s, own[s.name]) for s in experiment.scenarios if own[s.name]}
    files = [_file(s) if own[s.name] else s.path for s in experiment.scenarios]
    if not overlays or not all(s.path for s in experiment.scenarios):
        return Recipe((), {})
    try:
        loaded = [_loaded(file, overlays).with_settings(common) for file in files]
        fits = len(set(files)) == len(files) and _same_policies(experiment, loaded)
        sizes = next(_sizes(experiment, experiment.scenarios[0].path), None) if fits else None
    except (SimError, OSError):
        return Recipe((), {})
    if sizes is None:
        return Recipe((), {})
    return Recipe((*files, *_options(experiment, sizes), *words), overlays)


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
    names = [s.name for s in experiment.scenarios]
    head = names[0] if len(names) == 1 else experiment.model.name
    if len(names) == 2:
        head = f"{names[1]}_against_{names[0]}"
    settings = common_settings(experiment.scenarios)
    own = own_settings(experiment)
    parts = [head, *(f"{name}_{value}" for name, value in settings.items())]
    if all(own.values()):  # of two, the names hold the values
        varied = _varied(experiment, own) if len(names) > 2 else {}
        parts += ["_".join((name, *dict.fromkeys(values))) for name, values in varied.items()]
    else:
        parts += [f"{name}_{n}_{v}" for name, of in own.items() for n, v in of.items()]
    parts += ["central"] if experiment.central else []
    return re.sub(r"[^\w.-]+", "_", "_".join([*parts, "report"]))[:120].lower()


def report_title(experiment: Experiment) -> str:
    """Return what a report is called: its question, or its one scenario, and what was set by hand."""
    model = experiment.model
    named = experiment.title not in ("", experiment.name, "comparison")
    title = experiment.title if named else model.title or model.name.replace("_", " ")
    held = changed_text(experiment)
    if len(experiment.scenarios) == 1:
        only = experiment.scenarios[0].title or experiment.scenarios[0].name
        title = short_title(only) if held else only
    return f"{title}, {held}" if held else title


def changed_text(experiment: Experiment) -> str:
    """Return what was set by hand, in all scenarios or in some, in words; nothing without any."""
    model = experiment.model
    held = settings_text(model, common_settings(experiment.scenarios))
    own = own_settings(experiment)
    parts = [held] if held else []
    if all(own.values()):
        varied = _varied(experiment, own)
        parts += [
            f"{setting_label(model, name)} at {' and '.join(dict.fromkeys(values))}"
            for name, values in varied.items()
        ]
    elif some := [s for s in experiment.scenarios if own[s.name]]:
        if len(some) > 2:
            parts.append(f"values set by hand in {len(some)} scenarios")
        else:
            parts += [
                f"{settings_text(s.model, own[s.name])} in “{short_title(s.title or s.name)}”"
                for s in some
            ]
    return ", ".join(parts)


def _options(experiment: Experiment, sizes: Mapping[str, int]) -> list[str]:
    """Return the options of the command line for a seed and numbers of runs."""
    found = ["--seed", f"{experiment.seed}"]
    ranges = experiment.sampler in SAMPLED and lists_futures(experiment.scenarios[0])
    found += ["--independent"] if ranges else []
    if experiment.listed:
        found += ["--futures", experiment.listed]
    elif "futures" in sizes:
        found += ["--futures", f"{sizes['futures']}"] if sizes["futures"] else ["--central"]
    return found + (["-n", f"{sizes['replications']}"] if "replications" in sizes else [])


def _sizes(experiment: Experiment, file: str) -> Iterator[dict[str, Any]]:
    """Yield the numbers of runs with which a file makes the same futures, as `sim.load` takes them."""
    futures, replications = len(experiment.futures), experiment.replications
    if experiment.listed:
        yield {"futures": experiment.listed, "replications": replications}
        return
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
    plans = [(e.seed, e.replications, e.parameters, e.sampler) for e in (experiment, made)]
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
