"""A file of kind experiment → Experiment, with every fault of all that it names."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sim.errors import Diagnostic, ExperimentError, ModelError
from sim.language.names import name_error
from sim.model.shapes import validate
from sim.model.study_shapes import ExperimentFile
from sim.study import arguments
from sim.study.bounds import level_of
from sim.study.designs import ZIP, lists, problems
from sim.study.documents import read_document
from sim.study.experiment import Experiment, Target, make_experiment
from sim.study.families import unknown_outcome
from sim.study.futures import sizes
from sim.study.listed_futures import read_futures
from sim.study.paths import StrPath, existing
from sim.study.scenario import Scenario, load_scenario
from sim.study.scenario_tables import read_scenarios
from sim.yaml import Mapping as MappingNode
from sim.yaml import Node, locate
from sim.yaml import Sequence as SequenceNode


def load_experiment(
    path: StrPath, replications: int | None = None, independent: bool = False
) -> Experiment:
    """Load an experiment, with every scenario it names.

    Parameters
    ----------
    path : path
        The file.
    replications : int, optional
        In place of those of the file.
    independent : bool
        Sample from the ranges even where the model lists plausible futures.

    Raises
    ------
    ModelError
        With every fault of all its files.
    ExperimentError
        The plan does not hold together.
    """
    file = arguments.path(path)
    node = read_document(file, "experiment", "an experiment")
    shape, faults, _ = validate(node, ExperimentFile)
    if shape is None:
        raise ModelError(faults)
    tabled = [item for item in shape.scenarios if isinstance(item, dict)]
    if shape.scenarios and shape.of is not None and not tabled:
        key = locate(node, ("of",)).key
        faults.append(Diagnostic("conflicting-keys", "both 'scenarios' and 'of'", key))
    if node.get("scenarios") is None and node.get("of") is None:
        span = locate(node, ()).key
        faults.append(Diagnostic("missing-key", "'scenarios' or 'of' is missing", span))
    elif not faults and not shape.scenarios and shape.of is None:
        span = locate(node, ("scenarios",)).value
        faults.append(Diagnostic("empty", "an experiment wants at least one scenario", span))
    if fault := name_error(shape.experiment, spoken=False):
        span = locate(node, ("experiment",)).value
        faults.append(Diagnostic("bad-name", f"'{shape.experiment}' {fault}", span))
    scenarios = _named_scenarios(file, node, faults, bool(tabled))
    vary = _vary(node, shape)
    wrong = [
        replace(found, span=locate(node, ("vary", *place)).key) for place, found in problems(vary)
    ]
    faults.extend(wrong)
    if scenarios and not wrong:
        faults.extend(_unmet(node, shape, vary, scenarios))
    if faults:
        raise ModelError(faults)
    futures = shape.futures
    listed = (
        _listed(file, node, scenarios[0])
        if futures is not None and futures.file is not None and not independent
        else {}
    )
    replications = shape.replications if replications is None else replications
    if listed:
        replications = sizes(True, len(listed["futures"]), replications)[1]
    made = _planned(
        node,
        scenarios,
        replications=replications,
        seed=shape.seed,
        vary=vary,
        futures=0 if listed else futures.n if futures else None,
        sampler=futures.sample if futures else None,
        independent=independent,
        name=shape.experiment,
        title=shape.title or shape.experiment.replace("_", " "),
        targets={
            name: Target(
                -math.inf if t.at_least is None else float(t.at_least),
                math.inf if t.at_most is None else float(t.at_most),
                t.of,
            )
            for name, t in shape.robustness.items()
        },
    )
    made = replace(made, rationale=shape.rationale, path=str(path))
    return replace(made, origin="", **listed) if listed else made


def _listed(file: Path, node: MappingNode, scenario: Scenario) -> dict[str, Any]:
    """Read the futures that an experiment lists in a file, as parts of the experiment."""
    here = node.get("futures")
    if isinstance(here, MappingNode):
        if len(here.entries) > 1:
            key = next(entry.key_span for key, entry in here.entries.items() if key != "file")
            raise ModelError(Diagnostic("conflicting-keys", "a file lists all futures", key))
        here = here.entries["file"].value
    assert here is not None
    help = "make it with 'fulcrum calibrate TARGETS --fit FILE.csv'"
    target = existing(file, here, (".csv",), help)
    names, values = read_futures(target, scenario.model, scenario.base)
    return {"parameters": names, "futures": values, "sampler": "listed"}


def _planned(node: MappingNode, scenarios: Sequence[Scenario], **parts: Any) -> Experiment:
    """Plan an experiment of a file; what does not hold together is said at its key."""
    try:
        return make_experiment(scenarios, **parts)
    except ExperimentError as error:
        keys: dict[str, tuple[str, ...]] = {
            "duplicate-scenario": ("vary", "scenarios"),
            "few-futures": ("futures",),
            "too-large": ("replications", "vary"),
        }
        (found,) = error.diagnostics
        wanted = (*keys.get(found.code, ()), "scenarios", "of")
        key = next(key for key in wanted if key in node.entries)
        raise ModelError(replace(found, span=locate(node, (key,)).key)) from None


def _vary(node: MappingNode, shape: ExperimentFile) -> dict[str, Any]:
    """Return the design of a file, in its order."""
    given = {**(shape.vary.model_extra or {}), ZIP: shape.vary.zip}
    return {key: given[key] for key in node.section("vary") if given.get(key) is not None}


def _named_scenarios(
    file: Path, node: MappingNode, faults: list[Diagnostic], tabled: bool
) -> list[Scenario]:
    """Load the scenarios that an experiment names; add what is wrong with them to the faults.

    Beside a table, `of` is what its rows are laid over.
    """
    listed, of = node.get("scenarios"), node.get("of")
    items: Sequence[Node] = (listed,) if isinstance(listed, MappingNode) else ()
    items = listed.items if isinstance(listed, SequenceNode) else items
    if listed is None or tabled:
        base = [] if of is None else _loaded(file, (of,), None, faults)
        if listed is None or (of is not None and not base):
            return base
        return _loaded(file, items, base[0] if base else None, faults)
    return _loaded(file, items, None, faults)


def _loaded(
    file: Path, items: Iterable[Node], base: Scenario | None, faults: list[Diagnostic]
) -> list[Scenario]:
    """Load files of scenarios, and tables laid over `base`."""
    found: list[Scenario] = []
    for item in items:
        table = item.get("table") if isinstance(item, MappingNode) else None
        if table is None and isinstance(item, MappingNode):
            continue  # its shape has been reported
        try:
            if table is None:
                found.append(load_scenario(existing(file, item)))
            else:
                found += read_scenarios(existing(file, table, (".csv",)), base)
        except ModelError as error:
            faults.extend(d for d in error.diagnostics if d not in faults)
    return found


def _unmet(
    node: MappingNode,
    shape: ExperimentFile,
    vary: Mapping[str, Any],
    scenarios: Collection[Scenario],
) -> Iterator[Diagnostic]:
    """Yield a fault for each thing an experiment asks for that its scenarios have not."""
    for path, name, values in lists(vary):
        for place, value in enumerate(values):
            for scenario in scenarios:
                try:
                    scenario.with_settings({name: value})
                except ExperimentError as error:
                    (found,) = error.diagnostics
                    unknown = found.code == "unknown-lever"
                    where = locate(node, ("vary", *path) if unknown else ("vary", *path, place))
                    yield replace(found, span=where.key if unknown else where.value)
                    break
            else:
                continue
            break
    outcomes = next(iter(scenarios)).model.outcomes
    for name, target in shape.robustness.items():
        key = locate(node, ("robustness", name)).key
        if name not in outcomes:
            words, hint = unknown_outcome(next(iter(scenarios)).model, name)
            yield Diagnostic("unknown-outcome", words, key, hint)
        try:
            level_of(target.of)
        except ValueError as error:
            span = locate(node, ("robustness", name, "of")).value
            help = "write p5, p50, p97.5 … or mean"
            yield Diagnostic("bad-quantile", str(error), span, help)
        low, high = target.at_least, target.at_most
        if low is not None and high is not None and low > high:
            words = f"no value is at least {low} and at most {high}"
            yield Diagnostic("bad-target", words, key)
        if target.at_least is None and target.at_most is None:
            yield Diagnostic("missing-key", f"'at_least' or 'at_most' is missing in '{name}'", key)
