"""A study as one JSON document: all that its page needs to run without a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sim
from sim.analysis.causes import CHANCE, SECTIONS, Node
from sim.analysis.identity import sliced
from sim.analysis.paired_traces import reads_of
from sim.analysis.sampled import input_name
from sim.engine.codegen.program import Program
from sim.engine.web_module import compile_web_module
from sim.formatting import TOY
from sim.reporting.glossary import glossary_terms
from sim.statistics.web_library import compile_web_library
from sim.study.arguments import known_name
from sim.study.assignments import policy_titles
from sim.study.dependence import links
from sim.study.model_futures import alike
from sim.study.rows import own_row
from sim.study.shares import with_all_shares
from ui import headline
from ui.digests import scenario_digest
from ui.live.entries import (
    Item,
    dated_item,
    family_items,
    lever_item,
    member_of,
    parameter_item,
    table_item,
)
from ui.live.guide import guide_item
from ui.live.languages import words
from ui.live.packing import listed_item, packed
from ui.live.series import drawn_series
from ui.text import label_of, rule

#: Version of the document, which the page tests.
FORMAT = 1
Part = dict[str, Any]


def make_document(
    experiment: sim.Experiment,
    *,
    baseline: str | None = None,
    first: str | None = None,
    title: str = "",
    language: str = "en",
    levers: Sequence[str] | None = None,
    guide: bool = True,
) -> Part:
    """Return the document of an experiment.

    Parameters
    ----------
    experiment : Experiment
        Its scenarios, seed, futures and replications are those of the page.
    baseline, first : str, optional
        The scenario to compare with, by default the first; and that shown at first, by default the
        next one.
    title : str, optional
        By default that of the model.
    language : str
        Of the words of the page: ``en`` or ``de``.
    levers : sequence of str, optional
        The levers that can be moved; by default all.
    guide : bool
        Whether the page offers the guide of the model, if it has one.

    Returns
    -------
    dict
        What JSON has, NaN nowhere; its parts are described in ``ui/live/study.js``.

    Raises
    ------
    ExperimentError
        There is no such scenario or lever.
    ModelError
        A program is too large to compile.

    Examples
    --------
    >>> import sim
    >>> files = ["scenarios/port_strike/sit_it_out.yaml", "scenarios/port_strike/mediate.yaml"]
    >>> made = make_document(sim.load(files))
    >>> made["baseline"], made["first"], made["futures"], made["replications"]
    ('sit_it_out', 'mediate', 200, 5)
    """
    scenarios, model = experiment.scenarios, experiment.model
    names = [scenario.name for scenario in scenarios]
    base = names[experiment.scenario_index(baseline or names[0])]
    others = [name for name in names if name != base] or [base]
    shown = names[experiment.scenario_index(first)] if first else others[0]
    chosen = _chosen(model, levers)
    programs: dict[str, Program] = {p.digest: p for p in experiment.programs()}
    modules = list(programs)
    with ThreadPoolExecutor() as pool:
        held = pool.submit(compile_web_library)
        compiled = list(pool.map(compile_web_module, programs.values()))
        library = held.result()
    titles = policy_titles(scenarios)
    uncertain = [p.name for p in model.parameters.values() if p.uncertain]
    slices, slots = _slices(experiment)
    inputs = sorted({n for s in scenarios for n in (*s.model.levers, *s.model.parameters)})
    said = _structure(experiment, [nodes - {CHANCE} for nodes in slices])
    depend = links(model, uncertain)
    lesson = guide_item(model, names, chosen) if guide else None
    parts = {name for group in model.shares for name in group.of}
    return {
        "format": FORMAT,
        "fulcrum": sim.__version__,
        "language": language,
        "words": words(language),
        "name": model.name,
        "title": title or model.title or model.name.replace("_", " "),
        "toy": TOY,
        "span": model.clock.span,
        "seed": experiment.seed,
        "futures": len(experiment.futures) if experiment.parameters else 0,
        "replications": experiment.replications,
        "uncertain": bool(uncertain),
        "sampled": uncertain,
        **({"links": asdict(depend)} if depend else {}),
        **listed_item(experiment),
        **({"guide": lesson} if lesson else {}),
        "statistics": packed(library),
        "modules": [packed(module.wasm) for module in compiled],
        "names": [list(programs[digest].records["Values"]) for digest in modules],
        "digest": scenario_digest(_base(scenarios[0])),
        "scenarios": [
            _scenario(experiment, i, titles)
            | {
                "module": modules.index(experiment.programs()[i].digest),
                "slices": slots[i],
                "says": said[i],
            }
            for i in range(len(scenarios))
        ],
        "inputs": inputs,
        "slices": [_dependence(nodes, inputs) for nodes in slices],
        "baseline": base,
        "first": shown,
        "levers": [_dated(model, name, lever_item(model.levers[name])) for name in chosen],
        "held": [
            _dated(model, name, lever_item(lever))
            for name, lever in model.levers.items()
            if name not in chosen
        ],
        "assumptions": [
            _dated(model, n, parameter_item(p, parts)) | _for_all(model, uncertain, n)
            for n, p in model.parameters.items()
        ],
        "families": family_items(model),
        **({"tables": [table_item(t) for t in model.tables.values()]} if model.tables else {}),
        "outcomes": [_outcome(o, model) for o in model.outcomes.values()],
        "headlines": list(model.headlines),
        "moments": [name for name in model.levers if headline.is_moment(model, name)],
        **drawn_series(model),
        "events": {
            name: {
                "label": event.label or name.replace("_", " "),
                "group": event.group,
                "rule": rule(model, name),
                "reads": _inputs_of(experiment, name),
            }
            for name, event in model.events.items()
        },
        "docs": [
            {"name": name, "title": _sentence(name), "text": text}
            for name, text in model.docs.items()
        ],
        "glossary": {
            term.key: {"term": term.term, "text": term.text}
            for term in glossary_terms(model, language)
        },
        "folder": Path(scenarios[0].path).resolve().parent.name,
    }


def _for_all(model: sim.Model, sampled: Sequence[str], name: str) -> dict[str, str]:
    """Return what a parameter is called whose members move together with it, alike."""
    whole = input_name(model, sampled, name) if name in sampled else name
    if whole == name:
        return {}
    return {"together": model.families[whole].base.label or whole.replace("_", " ")}


def _inputs_of(experiment: sim.Experiment, event: str) -> list[str]:
    """Return the levers and parameters that an event reads in any of the models."""
    models = {program.digest: program.model for program in experiment.programs()}.values()
    read = {
        cell for model in models for name in reads_of(model, [event]) for cell in model.cells(name)
    }
    return sorted(n for n in read if any(n in m.levers or n in m.parameters for m in models))


def _chosen(model: sim.Model, levers: Sequence[str] | None) -> list[str]:
    """Return the levers to move, in the order of the model."""
    cells = [cell for name in levers or () for cell in model.cells(name)]
    for name in cells:
        known_name("lever", name, model.levers, "unknown-lever")
    return [name for name in model.levers if levers is None or name in cells]


def _base(scenario: sim.Scenario) -> sim.Scenario:
    """Return the model of a scenario at its defaults."""
    base = scenario.base
    return sim.Scenario(name=base.name, title=base.title, model=base, base=base)


def _scenario(experiment: sim.Experiment, index: int, titles: Mapping[str, str]) -> Part:
    """Describe a scenario; its values are in the order of the module's layout."""
    scenario = experiment.scenarios[index]
    return {
        "name": scenario.name,
        "title": scenario.title or scenario.name.replace("_", " "),
        "short": titles[scenario.name],
        "about": scenario.rationale,
        "file": Path(scenario.path).name,
        "digest": scenario_digest(scenario),
        "values": [float(value) for value in own_row(scenario, {}).values],
        "follows": sorted(_follows(experiment, index)),
        "set": sorted(scenario.settings),
        "changes": [
            f"{change.section}: {change.name}"
            for change in scenario.changes()
            if change.section not in ("levers", "parameters")
        ],
    }


def _follows(experiment: sim.Experiment, index: int) -> frozenset[str]:
    """Return the parameters that would follow the futures, whether the experiment has them or not."""
    model, chosen = experiment.model, experiment.scenarios[index]
    own = chosen.model.parameters
    found = (p for p in model.parameters.values() if p.uncertain and p.name in own)
    free = (p for p in found if p.name not in chosen.settings)
    return with_all_shares(model, (p.name for p in free if alike(own[p.name], p)))


def _structure(experiment: sim.Experiment, slices: Sequence[frozenset[Node]]) -> list[list[int]]:
    """Return for each scenario what its model says of each slice, as a number.

    Where two scenarios have the same one, only their values can make an outcome differ.
    """
    entries: dict[Node, list[Any]] = {}
    told: dict[tuple[Any, ...], int] = {}
    frames: list[Any] = []
    found = []
    for scenario in experiment.scenarios:
        model = scenario.model
        frame = _place(frames, (model.clock, model.stop))
        numbers = {
            Node(kind, name): _place(entries.setdefault(Node(kind, name), []), _said(kind, entry))
            for kind, section in SECTIONS.items()
            for name, entry in getattr(model, section).items()
        }
        keys = [(frame, *(numbers.get(node, -1) for node in sorted(nodes))) for nodes in slices]
        found.append([told.setdefault((i, *key), len(told)) for i, key in enumerate(keys)])
    return found


def _said(kind: str, entry: Any) -> Any:
    """Return what an entry says beside a value."""
    return entry.type if kind in ("lever", "parameter") else entry


def _place(known: list[Any], value: Any) -> int:
    """Return the place of a value among those seen, added where it is new."""
    place = next((i for i, other in enumerate(known) if other == value), len(known))
    if place == len(known):
        known.append(value)
    return place


def _slices(experiment: sim.Experiment) -> tuple[list[frozenset[Node]], list[list[int]]]:
    """Return what outcomes depend on, and for each scenario the places of its outcomes there."""
    known: dict[frozenset[Node], int] = {}
    done: dict[str, list[int]] = {}
    for scenario, program in zip(experiment.scenarios, experiment.programs(), strict=True):
        if program.digest not in done:
            model = scenario.model
            nodes = [_with_cells(model, sliced(model, outcome)) for outcome in model.outcomes]
            done[program.digest] = [known.setdefault(some, len(known)) for some in nodes]
    return list(known), [done[program.digest] for program in experiment.programs()]


def _with_cells(model: sim.Model, nodes: frozenset[Node]) -> frozenset[Node]:
    """Return nodes with those of all members in place of a name that is declared over sets."""
    return frozenset(
        Node(node.kind, cell)
        for node in nodes
        for cell in (model.cells(node.name) if node.name in model.families else (node.name,))
    )


def _dependence(nodes: frozenset[Node], inputs: Sequence[str]) -> Part:
    """Return which inputs are among nodes, a sign for each, and whether chance is."""
    names = {node.name for node in nodes - {CHANCE} if node.kind in ("lever", "parameter")}
    signs = "".join("1" if name in names else "0" for name in inputs)
    return {"inputs": signs, "chance": CHANCE in nodes}


def _outcome(outcome: sim.model.Outcome, model: sim.Model) -> Part:
    return {
        "name": outcome.name,
        **member_of(outcome.name),
        "label": label_of(outcome),
        "unit": outcome.unit,
        "goal": outcome.goal,
        "share": outcome.share,
        "matters": outcome.matters,
        "series": headline.series_of(model, outcome.name),
        "headline": outcome.name in model.headlines,
        "group": outcome.group,
        "help": outcome.help,
    }


def _sentence(name: str) -> str:
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


def _dated(model: sim.model.Model, name: str, item: Item) -> Item:
    """Return the item of a lever or parameter, with what shows a date as one."""
    entry = model.levers.get(name) or model.parameters[name]
    return dated_item(item, model.clock) if entry.dated else item
