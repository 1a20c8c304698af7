"""Load files of any kind; the first key names the kind."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sim.engine.codegen.program import generate
from sim.errors import Diagnostic, ExperimentError, ModelError
from sim.formatting import counted
from sim.model.facts import read_facts
from sim.model.naming import cells_over
from sim.model.schema import FILES, kind_of
from sim.model.types import Model, Value
from sim.study import arguments
from sim.study.additions import beside, with_listed
from sim.study.block_files import describe_block
from sim.study.designs import Axis, axes, spread
from sim.study.documents import read_document
from sim.study.experiment import Experiment, join_scenarios, make_experiment
from sim.study.experiment_file import load_experiment
from sim.study.families import input_cells
from sim.study.futures import Sampler, usual_sampler
from sim.study.guides import describe_guide
from sim.study.paths import StrPath, shown
from sim.study.scenario import Scenario, load_scenario
from sim.study.targets import load_targets
from sim.study.unit_check import models_of

Loaded = TypeVar("Loaded")
#: The seed of files that name none.
DEFAULT_SEED = 20250714
_log = logging.getLogger("sim")


def within(path: Path) -> list[Path]:
    """Return the YAML files of a folder and the folders in it, or the file itself.

    Raises
    ------
    ModelError
        A folder holds none.
    """
    if not path.is_dir():
        return [path]
    found = sorted(
        file
        for file in path.rglob("*.y*ml")
        if file.suffix in (".yaml", ".yml")
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )
    if not found:
        raise ModelError(Diagnostic("no-file", f"the folder '{path}' holds no YAML file"))
    return found


def inside(folder: Path) -> list[Path]:
    """Return the YAML files that lie in a folder itself; hidden ones are an editor's own."""
    found = (file for file in folder.glob("*.y*ml") if file.suffix in (".yaml", ".yml"))
    return sorted(file for file in found if not file.name.startswith("."))


def kinds(files: Sequence[Path]) -> list[tuple[Path, str]]:
    """Return each file with its kind.

    Raises
    ------
    ModelError
        A file cannot be read or is of no known kind.
    """
    return [(file, kind(file)) for file in files]


def kind(file: Path) -> str:
    """Return the kind of a file.

    Raises
    ------
    ModelError
        The file cannot be read or is of no known kind.
    """
    node = read_document(file)
    found = kind_of(node)
    if not found:
        known = ", ".join(FILES)
        words = "the first key does not name a kind of file"
        raise ModelError(Diagnostic("wrong-kind", words, node.span, f"one of {known}"))
    return found


def describe_file(file: Path) -> str:
    """Load a file of any kind and summarize it in a few words.

    Raises
    ------
    SimError
        With every fault.
    """
    return inspect_file(file)[0]


def inspect_file(file: Path) -> tuple[str, tuple[Model, ...]]:
    """Load a file of any kind; return it in a few words, and its models.

    Raises
    ------
    SimError
        With every fault.
    """
    match kind(file):
        case "facts":
            return counted(len(read_facts(file, shown(file))), "fact"), ()
        case "experiment":
            made = load_experiment(file)
            words = f"experiment '{made.name}', {made.size:,} replications in all"
            return words, models_of(made.scenarios)
        case "targets":
            targets = load_targets(file)
            words = f"{len(targets.entries)} {targets.vintage} targets '{targets.name}'"
            return words, models_of(targets.scenarios)
        case "block":
            return describe_block(file), ()
        case "guide":
            return describe_guide(file), ()
        case found:
            scenario = load_scenario(file)
            model = scenario.model
            sizes = {
                "lever": len(model.levers),
                "parameter": len(model.parameters),
                "state": len(model.state),
                "event": len(model.events),
                "outcome": len(model.outcomes),
            }
            parts = [counted(len(kind.options), name) for name, kind in model.sets.items()]
            parts += [counted(n, word) for word, n in sizes.items()]
            happening = sum(cells_over(event.over) for event in model.events.values())
            if happening != len(model.events):
                place = parts.index(counted(len(model.events), "event"))
                parts[place] += f" ({happening:,} in all)"
            listed = ", ".join(parts)
            large = "" if generate(model).compilable else "; too large to compile, it runs in SimPy"
            return f"{found} '{scenario.name}': {listed}{large}", (model,)


def load(
    files: StrPath | Iterable[StrPath],
    *,
    replications: int | None = None,
    seed: int | None = None,
    settings: Mapping[str, Value] | None = None,
    futures: int | StrPath | None = None,
    vary: Mapping[str, Any] | None = None,
    independent: bool = False,
) -> Experiment:
    """Load the files of a study as one experiment.

    Scenarios beside one experiment are added to it. Among scenarios, files of other kinds are ignored
    with a warning, so that a whole folder can be given.

    Parameters
    ----------
    files : path, or iterable of paths
        Scenarios, one model, or one experiment; a folder stands for the YAML files in it.
    replications : int, optional
        Replications of each scenario: in each future if the experiment or `futures` says how many
        futures, else in all futures together. By default as many as make the runs of the
        experiment, or 1,000 in all.
    seed : int, optional
        Seed of the random numbers; by default that of the experiment, or 20250714.
    settings : mapping of str to value, optional
        Levers and parameters to set in every scenario; `scenario:name` sets one in that one alone.
    futures : int or path, optional
        Futures to sample of the uncertain parameters; 0 holds them at their central values. By
        default those of the experiment, or as many as give five replications in each. Or a CSV
        file that lists them, one a row.
    vary : mapping of str to values, optional
        Levers or parameters and the values each takes, as `sim.make_experiment` takes them.
    independent : bool
        Sample from the ranges even where the model lists plausible futures.

    Returns
    -------
    Experiment
        What `sim.run` takes.

    Raises
    ------
    ModelError
        A file is faulty; all errors of all files are reported at once.
    ExperimentError
        The files do not make one experiment, or a setting is unknown or out of its range.

    Examples
    --------
    >>> import sim
    >>> experiment = sim.load(["scenarios/port_strike/sit_it_out.yaml",
    ...                        "scenarios/port_strike/mediate.yaml"], replications=100)
    >>> experiment
    <Experiment 'comparison': 2 × 20 × 5 scenarios × futures × replications>
    """
    again = partial(
        load, files, replications=replications, seed=seed, settings=settings,
        independent=independent,
    )  # fmt: skip
    if isinstance(futures, str | os.PathLike):
        made = again(vary=vary)
        return with_listed(made, arguments.path(futures), replications)
    if vary:
        return _varied(again(futures=futures), axes(vary))
    chosen = arguments.mapping("settings", {} if settings is None else settings)
    given = (
        [files]
        if isinstance(files, str | os.PathLike) or not isinstance(files, Iterable)
        else [*files]
    )
    found = kinds([file for path in given for file in within(arguments.path(path))])
    scenarios = [f for f, kind in found if kind == "scenario"]
    scenarios = scenarios or [f for f, kind in found if kind == "model"]
    experiments = [f for f, kind in found if kind == "experiment"]
    if len(scenarios) == 1 and len(given) == 2 and not experiments:
        # A model and one scenario: the model at its defaults is what it is compared with.
        scenarios = [f for f, _ in found]
    added = beside(experiments, scenarios, given)
    if scenarios and added is None:
        if ignored := [f"{f.name} ({kind})" for f, kind in found if f not in scenarios]:
            _log.warning("ignored (not a scenario): %s", ", ".join(ignored))
        loaded = set_in(load_all(scenarios, load_scenario), chosen)
        made = make_experiment(
            loaded,
            replications=replications,
            futures=futures,
            sampler=_sampler(loaded, futures, independent),
            independent=independent,
            seed=DEFAULT_SEED if seed is None else seed,
            name="comparison" if len(loaded) > 1 else loaded[0].name,
        )
    elif len(experiments) == 1:
        made = load_experiment(experiments[0], replications, independent)
        if added:
            made = join_scenarios(made, [*made.scenarios, *load_all(added, load_scenario)])
        made = _with_settings(made, chosen)
        made = replace(made, seed=made.seed if seed is None else seed)
        if futures is not None:
            made = with_futures(made, futures, replications)
    else:
        words = "expected scenarios, one model or one experiment"
        raise ExperimentError(Diagnostic("no-scenario", words))
    return made


def _varied(experiment: Experiment, design: Sequence[Axis]) -> Experiment:
    """Return an experiment with each of its scenarios at every point of a design."""
    for name in (name for axis in design for name in axis):
        if any(name in scenario.settings for scenario in experiment.scenarios):
            words = f"'{name}' is set or varied already, so it cannot be varied too"
            raise ExperimentError(Diagnostic("bad-setting", words))
    return join_scenarios(experiment, spread(experiment.scenarios, design))


def _with_settings(experiment: Experiment, settings: Mapping[str, Value]) -> Experiment:
    """Set levers and parameters that the experiment itself does not vary."""
    for name in (key.rpartition(":")[2] for key in settings):
        cells = input_cells(experiment.model, name)
        if any(not scenario.settings.keys().isdisjoint(cells) for scenario in experiment.scenarios):
            words = f"the experiment varies '{name}', so it cannot be set too"
            raise ExperimentError(Diagnostic("bad-setting", words))
    return replace(experiment, scenarios=tuple(set_in(experiment.scenarios, settings)))


def set_in(scenarios: Sequence[Scenario], settings: Mapping[str, Value]) -> list[Scenario]:
    """Set levers and parameters in every scenario, or as `scenario:name` in that one alone.

    Raises
    ------
    ExperimentError
        There is no such scenario, or a setting is unknown or out of its range.
    """
    everywhere = {key: value for key, value in settings.items() if ":" not in key}
    own: dict[str, dict[str, Value]] = {scenario.name: {} for scenario in scenarios}
    for key in settings.keys() - everywhere.keys():
        scenario, _, name = key.partition(":")
        arguments.known_name("scenario", scenario, own, "unknown-scenario")
        own[scenario][name] = settings[key]
    return [s.with_settings(everywhere | own[s.name]) for s in scenarios]


def with_futures(experiment: Experiment, futures: int, replications: int | None) -> Experiment:
    """Sample an experiment's uncertain parameters again; 0 holds them at their central values.

    The runs in all stay the same unless `replications` says how many each future gets.
    """
    futures = arguments.whole("futures", futures, 0, None, "bad-futures")
    runs = experiment.replications * len(experiment.futures)
    sampler = experiment.sampler
    if sampler in ("central", "listed", "plausible"):
        sampler = _sampler(experiment.scenarios, futures)
    sampled = make_experiment(
        experiment.scenarios,
        replications=replications or -(-runs // max(1, futures)),
        seed=experiment.seed,
        futures=futures,
        sampler=sampler,
    )
    return replace(
        experiment,
        replications=sampled.replications,
        parameters=sampled.parameters,
        futures=sampled.futures,
        sampler=sampled.sampler,
        origin=sampled.origin,
    )


def _sampler(
    scenarios: Sequence[Scenario], futures: int | None, independent: bool = False
) -> Sampler:
    """Return how a number of futures is sampled: of ranges, powers of two from Sobol's sequence."""
    model = scenarios[0].model
    return usual_sampler(replace(model, futures=None) if independent else model, futures or 0)


def load_all(files: Sequence[Path], load_one: Callable[[Path], Loaded]) -> list[Loaded]:
    """Load every file.

    Raises
    ------
    ModelError
        With the errors of all of them.
    """
    loaded: list[Loaded] = []
    errors: dict[Diagnostic, None] = {}
    for file in files:
        try:
            loaded.append(load_one(file))
        except ModelError as error:
            errors |= dict.fromkeys(error.diagnostics)
    if errors:
        raise ModelError(errors)
    return loaded
