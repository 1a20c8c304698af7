"""An experiment as plain data, for the manifest of a run directory and the workers of a cluster."""

from __future__ import annotations

import datetime
import hashlib
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any, get_args

import numpy as np

from sim.engine.codegen.program import generate
from sim.errors import Diagnostic, ExperimentError, ResultError, Span
from sim.model.facts import Fact
from sim.model.fields import MAX_SEED
from sim.study.bounds import level_of
from sim.study.documents import as_mapping
from sim.study.experiment import MAX_REPLICATIONS, Experiment, Target
from sim.study.futures import Sampler
from sim.study.overlay import Chain, Change
from sim.study.scenario import Scenario, build_scenario
from sim.yaml import dump, parse_csv, read_text, to_data


def describe(experiment: Experiment, layout: Mapping[str, int]) -> dict[str, Any]:
    """Return an experiment as plain data, with the layout of its shards; `rebuild` makes it again.

    Raises
    ------
    ExperimentError
        A future is outside the range of its parameter.
    """
    _check_futures(experiment)
    documents: dict[str, Any] = {}
    scenarios = [_share(scenario_data(scenario), documents) for scenario in experiment.scenarios]
    return {
        "name": experiment.name,
        "title": experiment.title,
        "rationale": experiment.rationale,
        "path": experiment.path,
        "documents": documents,
        "scenarios": scenarios,
        "programs": [generate(scenario.model).digest for scenario in experiment.scenarios],
        "replications": experiment.replications,
        "seed": experiment.seed,
        "randomness": experiment.randomness,
        "sampler": experiment.sampler,
        **({"origin": experiment.origin} if experiment.origin else {}),
        **({"listed": experiment.listed} if experiment.listed else {}),
        "parameters": list(experiment.parameters),
        "futures": [[float(value) for value in row] for row in experiment.futures],
        "targets": {
            name: [_finite(t.at_least), _finite(t.at_most), *([t.of] if t.of != "mean" else [])]
            for name, t in experiment.targets.items()
        },
        **layout,
    }


def _check_futures(experiment: Experiment) -> None:
    for name, column in zip(experiment.parameters, experiment.futures.T, strict=True):
        entry = experiment.model.parameters[name]
        low, high = entry.low, entry.high
        if low is None or high is None:
            continue
        slack = 1e-9 * max(abs(low), abs(high))  # sampling rounds
        whole = entry.type.kind != "whole" or (column == np.trunc(column)).all()
        if not whole or column.min() < low - slack or column.max() > high + slack:
            words = f"the futures of '{name}' leave its range, {low:g} to {high:g}"
            raise ExperimentError(Diagnostic("bad-futures", words))


#: Parts that the scenarios of a study share, stored once.
_SHARED = ("model", "scenario", "facts", "csv")


def _share(scenario: dict[str, Any], documents: dict[str, Any]) -> dict[str, Any]:
    """Move the large parts of a scenario to `documents`, under their digests."""
    for key in scenario.keys() & {*_SHARED}:
        name = digest({key: scenario[key]})[:16]
        documents[name] = scenario[key]
        scenario[key] = name
    return scenario


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def digest(description: Mapping[str, Any]) -> str:
    """Return the digest of an experiment: equal digests mean equal rows, bit for bit."""
    text = json.dumps(description, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def sound(description: Mapping[str, Any]) -> bool:
    """Whether the values of a description are of the kind and size that `describe` writes."""

    def whole(key: str, low: int, high: int) -> bool:
        value = description[key]
        return type(value) is int and low <= value <= high

    parameters, futures = description["parameters"], description["futures"]
    told = (description, *description["scenarios"])
    texts = [part[key] for part in told for key in ("name", "title", "rationale", "path")]
    texts += [description.get("origin", ""), description.get("listed", "")]
    texts += [
        text for part in told[1:] for key in ("files", "counterfactual") for text in part[key]
    ]
    targets = description["targets"].values()
    bounds = [bound for target in targets for bound in target[:2]]
    texts += [of for target in targets for of in target[2:]]
    return (
        whole("seed", 0, MAX_SEED)
        and whole("replications", 1, MAX_REPLICATIONS)
        and whole("shard_rows", 1, MAX_REPLICATIONS)
        and ("first_rows" not in description or whole("first_rows", 1, description["shard_rows"]))
        and bool(description["scenarios"])
        and all(isinstance(text, str) for text in (*texts, *parameters))
        and description["sampler"] in get_args(Sampler)
        and bool(futures)
        and all(len(row) == len(parameters) for row in futures)
        and all(type(value) in (int, float) for row in futures for value in row)
        and all(len(target) in (2, 3) for target in targets)
        and all(type(bound) in (int, float) for bound in bounds if bound is not None)
    )


def rebuild(description: Mapping[str, Any]) -> Experiment:
    """Make the experiment that `describe` described.

    Raises
    ------
    ResultError
        It belongs to another version of the engine.
    ValueError, ExperimentError
        It has a name that the model does not have, or a value out of its range.
    """
    futures = description["futures"]
    documents = description["documents"]
    scenarios = [
        {key: documents[value] if key in _SHARED else value for key, value in scenario.items()}
        for scenario in description["scenarios"]
    ]
    experiment = Experiment(
        name=description["name"],
        title=description["title"],
        scenarios=tuple(restore_scenario(scenario) for scenario in scenarios),
        replications=description["replications"],
        seed=description["seed"],
        parameters=tuple(description["parameters"]),
        futures=np.array(futures, dtype=float).reshape(len(futures), -1),
        sampler=description["sampler"],
        origin=description.get("origin", ""),
        listed=description.get("listed", ""),
        targets={
            name: Target(-math.inf if low is None else low, math.inf if high is None else high, *of)
            for name, (low, high, *of) in description["targets"].items()
        },
        rationale=description["rationale"],
        path=description["path"],
    )
    for target in experiment.targets.values():
        level_of(target.of)
    model = experiment.model
    unknown = {*experiment.parameters} - {*model.parameters}
    if unknown := unknown | {*experiment.targets} - {*model.outcomes}:
        raise ValueError(f"unknown names {unknown}")
    _check_futures(experiment)
    programs = [generate(scenario.model).digest for scenario in experiment.scenarios]
    if programs != description["programs"] or experiment.randomness != description["randomness"]:
        words = "these results are of another version of the engine"
        raise ResultError(Diagnostic("other-engine", words))
    return experiment


def differs(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return in a few words how two experiments differ."""
    words = {
        "seed": "seed", "replications": "replications", "programs": "the model's structure",
        "futures": "futures", "randomness": "random numbers",
        "shard_rows": "the cuts into shards", "first_rows": "the cuts into shards",
    }  # fmt: skip
    for key, word in words.items():
        if old.get(key) != new.get(key):
            short = key in ("seed", "replications")
            return f"{word} {old.get(key)}, not {new[key]}" if short else f"{word} differ"
    named = ("path", "files")
    one, other = (
        [{k: v for k, v in scenario.items() if k not in named} for scenario in plan["scenarios"]]
        for plan in (old, new)
    )
    return "their files have other names" if one == other else "the scenarios differ"


_LEFT_OUT = ("name", "span", "series", "unit_span")
_FACT_KEYS = tuple(f.name for f in fields(Fact) if f.name not in _LEFT_OUT)


def _fact_data(fact: Fact) -> dict[str, Any]:
    """Return a fact as plain data."""
    data = {key: getattr(fact, key) for key in _FACT_KEYS}
    return data | ({"series": [list(pair) for pair in fact.series]} if fact.series else {})


def _fact(name: str, data: Mapping[str, Any]) -> Fact:
    """Return the fact that `_fact_data` describes."""
    series = tuple((time, value) for time, value in data.get("series", ()))
    return Fact(name=name, span=Span("", 1, 1, 0, 0), **{**data, "series": series})


def scenario_data(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as plain data: its merged documents and the facts they use."""
    assert scenario.document is not None
    chain, facts = scenario.document.chain, scenario.document.facts
    csv = {name: file.text.content for name, file in chain.csv.items()}
    return {
        "name": scenario.name,
        "title": scenario.title,
        "rationale": scenario.rationale,
        "path": scenario.path,
        "settings": dict(scenario.settings),
        "model": dump(to_data(chain.model)),
        "scenario": dump(to_data(chain.node)) if chain.node is not chain.model else "",
        "counterfactual": sorted(chain.counterfactual),
        "overlay": [list(astuple(change)) for change in scenario.overlay],
        "files": [*chain.files, *(text.name for text in chain.blocks)],
        "facts": {name: _fact_data(fact) for name, fact in facts.items()},
        **({"csv": csv} if csv else {}),
    }


def restore_scenario(data: Mapping[str, Any]) -> Scenario:
    """Return the scenario that `scenario_data` describes.

    Raises
    ------
    ModelError, ExperimentError
        The data were changed.
    """
    facts = {name: _fact(name, fact) for name, fact in data["facts"].items()}
    base = as_mapping(read_text(data["model"], "model"))
    node = as_mapping(read_text(data["scenario"], data["name"])) if data["scenario"] else base
    chain = Chain(
        node=node, model=base, facts=[], files=list(data["files"]), faults=[],
        texts=(base.span.text,) if node is base else (base.span.text, node.span.text),
        name=data["name"], title=data["title"], rationale=data["rationale"],
        counterfactual=frozenset(data["counterfactual"]),
        overlay=tuple(Change(*change) for change in data["overlay"]),
        csv={name: parse_csv(text, name) for name, text in data.get("csv", {}).items()},
    )  # fmt: skip
    scenario = build_scenario(chain, facts, [], data["path"])
    return scenario.with_settings(data["settings"], allow_out_of_range=True)


def now() -> str:
    """Return the time as text."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


_PACKAGES = ("numpy", "simpy", "llvmlite", "pyarrow", "pyyaml")


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that numbers come from."""
    from importlib.metadata import version

    return {name: version(name) for name in _PACKAGES}


def command_line() -> str:
    """Return the running command, with the names of files instead of absolute paths."""
    words = (Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:])
    return " ".join(["fulcrum", *words])
