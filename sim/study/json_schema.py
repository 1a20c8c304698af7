"""JSON Schema of every kind of file, for editors: what completes, explains and underlines.

It is made from the shapes that judge the files (`sim.model.schema`), with the shorthands written out. It
accepts every file that is right; the meaning of the words is judged by `fulcrum check` alone.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from sim.errors import Diagnostic, ExperimentError, did_you_mean
from sim.language.names import MAX_NAME
from sim.model import docs
from sim.model.schema import FILES, ModelFile, Shape
from sim.study.overlay import SECTIONS, SHORTHAND

DIALECT = "http://json-schema.org/draft-07/schema#"
SCALAR: dict[str, Any] = {"type": ["number", "boolean", "string"]}
NAME = {"pattern": "^[A-Za-z][A-Za-z0-9_]*$", "maxLength": MAX_NAME}

#: What each key means, in one line: ``Shape.key``, or the key alone where it means the same anywhere.
KEYS = {
    "label": "what a reader sees in place of the name",
    "unit": "unit of the value, as in day or $M",
    "group": "heading under which it is shown",
    "help": "what it means and what it leaves out",
    "title": "one line on top of tables and charts",
    "rationale": "why it is here, and what it asks",
    "of": "the file it is laid over, relative to this one",
    "facts": "files of facts, relative to this one",
    "fact": "name of a fact: its value, unit and source are taken over",
    "seed": "seed of the random numbers",
    "replications": "replications a scenario, in each future",
    "if": "a condition",
    "why": "the reason for an assumption",
    "note": "what a reader should know about the figure",
    "ModelFile.model": "name of the model; this key comes first",
    "ModelFile.time": "unit, start and horizon of the time axis",
    "ModelFile.levers": "what a decision maker sets, by name",
    "ModelFile.parameters": "the world as it is: facts, and assumptions with ranges, by name",
    "ModelFile.state": "quantities that events change, by name",
    "ModelFile.derived": "named formulas over state, levers and parameters",
    "ModelFile.events": "what can happen, by name",
    "ModelFile.outcomes": "one number per replication, by name",
    "ModelFile.docs": f"texts of the model card that no machine can fill: {', '.join(docs.KEYS)}",
    "ScenarioFile.scenario": "name of the scenario; this key comes first",
    "ExperimentFile.experiment": "name of the experiment; this key comes first",
    "ExperimentFile.of": "one scenario or model, in place of `scenarios`",
    "ExperimentFile.scenarios": "files of scenarios; the first is the baseline",
    "ExperimentFile.vary": "values of levers or parameters that are run in every combination",
    "ExperimentFile.futures": "how the uncertain parameters are sampled; else all are central",
    "ExperimentFile.robustness": "targets of outcomes, by name of the outcome",
    "FactsFile.facts": "name of this collection of facts; this key comes first",
    "FactsFile.entries": "the facts, by name",
    "TargetsFile.targets": "name of this set of targets; this key comes first",
    "TargetsFile.entries": "the targets, by name",
    "TargetsFile.vintage": "ex_ante for a calibration, ex_post for a backtest",
    "FactShape.value": "the figure",
    "FactShape.range": "lowest and highest figure that sources support",
    "FactShape.date": "when it was said or measured",
    "FactShape.said_by": "whose word it is",
    "FactShape.source": "where it can be read",
    "FactShape.url": "its address",
    "FactShape.status": "verified against the source, or not",
    "FactShape.vintage": "ex_ante: known before the start of the model; ex_post: later",
    "LeverShape.default": "its setting where nothing else is said",
    "LeverShape.range": "lowest and highest setting",
    "LeverShape.step": "distance of two settings of its slider",
    "LeverShape.options": "its settings, as words",
    "LeverShape.points": "settings with a name, marked on the slider",
    "ParameterShape.assume": "our own value; give a reason with `why`",
    "ParameterShape.range": "lowest and highest value thought possible; a range claims no probability",
    "ParameterShape.shape": "distribution over the range when futures are sampled",
    "ParameterShape.whole": "whole numbers only; each of the range is sampled alike",
    "ParameterShape.options": "its values, as words; assumed ones are sampled, each alike",
    "StateShape.initial": "value at time 0: a number, a word, or an expression, which can draw",
    "StateShape.range": "an invariant: leaving it is an error that names the event",
    "StateShape.options": "its values, as words",
    "DerivedShape.formula": "an expression without draws",
    "DerivedShape.range": "lowest and highest value, for charts",
    "EdgeShape.schedule": "the event to bring about",
    "EdgeShape.cancel": "the event whose pending occurrences are removed",
    "EdgeShape.after": "delay; draws are allowed",
    "EdgeShape.if": "judged after `do`",
    "EventShape.at": "at a time, or at each of a list: a number, a date or an expression",
    "EventShape.every": "again and again; the interval is drawn afresh each time",
    "EventShape.when": "the instant this condition turns true",
    "EventShape.rate": "a hazard per unit of time that follows the state",
    "EventShape.if": "guard: where false, `do` and `then` are skipped; stops the clock of a rate",
    "EventShape.do": "statements: assignments and if/elif/else",
    "EventShape.then": "edges: schedule or cancel other events",
    "EventShape.tell": "one sentence for the story of a run, with names in braces",
    "EventShape.priority": "among simultaneous events, lower goes first",
    "OutcomeShape.final": "value of an expression at the end of a run, or at the time `at`",
    "OutcomeShape.at": "for `final`: the time at which it is read, a number or a date",
    "OutcomeShape.mean": "time-weighted mean of an expression",
    "OutcomeShape.min": "least value of an expression",
    "OutcomeShape.max": "greatest value of an expression",
    "OutcomeShape.ever": "whether a condition was true, or an event happened",
    "OutcomeShape.first": "time at which it first did; missing where it never did",
    "OutcomeShape.count": "times a condition turned true, or an event happened",
    "OutcomeShape.duration": "time for which a condition was true",
    "OutcomeShape.goal": "which way is better",
    "OutcomeShape.headline": "it leads tables, page and report; at most five outcomes",
    "OutcomeShape.matters": "the smallest difference that a decision would notice; 0.02 is 2 points",
    "TimeShape.unit": "unit of time",
    "TimeShape.start": "date of time 0, in quotes",
    "TimeShape.horizon": "length of a run, in units of time",
    "TimeShape.warmup": "time or date at which statistics begin",
    "TimeShape.stop": "condition, or event, that ends a run early",
    "TimeShape.max_events": "events after which a replication fails, 1,000,000 by default",
    "FuturesShape.file": "a CSV file of futures, relative to this one, in place of `sample` and `n`",
    "FuturesShape.sample": "central: one future; the others draw from the ranges",
    "FuturesShape.n": "how many futures",
    "RobustnessShape.at_least": "satisfied at this value or above",
    "RobustnessShape.at_most": "satisfied at this value or below",
    "TargetShape.outcome": "the outcome that is judged",
    "TargetShape.at": "the value to be met, where no fact is named",
    "TargetShape.range": "lowest and highest value thought possible; a range claims no probability",
    "TargetShape.given": "judge only replications in which this outcome is not 0",
    "TargetShape.of": "judge this scenario in place of the file's",
    "TargetShape.departs": "why a calibration departs from evidence on purpose",
    "TargetShape.discrepancy": "standard deviation of what the model leaves out, for `calibrate --fit`",
    "TargetShape.persistence": "forecast that nothing changes, which a backtest compares the model with",
    "TargetShape.window": "from when to when the evidence was seen, as times or dates",
    "TargetShape.measured": "from when to when the outcome is measured; by default the whole run",
    "PersistenceShape.fact": "name of a fact known before the start",
    "PersistenceShape.at": "the forecast, where no fact is named",
    "PersistenceShape.range": "lowest and highest value; the forecast is uniform between them",
}


#: Old names of keys, by shape.
OLD_KEYS = {"ParameterShape": {"between": "range"}, "TargetShape": {"between": "range"}}


def schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 7) of a kind of file.

    Raises
    ------
    ExperimentError
        There is no such kind.
    """
    if kind not in FILES:
        words = f"there is no kind of file '{kind}'"
        help = did_you_mean(kind, FILES) or "one of " + ", ".join(FILES)
        raise ExperimentError(Diagnostic("unknown-name", words, None, help))
    schema = _described(FILES[kind])
    defs = schema.setdefault("$defs", {})
    if kind == "model":
        for section, key in SHORTHAND.items():
            place = schema["properties"][section]
            shape = _name_of(place["additionalProperties"])
            place["additionalProperties"] = _or_scalar(shape, f"shorthand for `{key}`")
    elif kind == "experiment":
        options = schema["properties"]["futures"]["anyOf"]
        options.insert(1, {"type": "string", "description": "shorthand for `file`"})
    elif kind in ("scenario", "targets"):
        full = _described(ModelFile)
        for name, part in full["$defs"].items():
            if name == "EdgeShape":  # a list is replaced as a whole
                defs[name] = part
            else:
                defs[f"{name}Overlay"] = _overlay(part)
        for section in SECTIONS:
            if section in schema["properties"]:
                schema["properties"][section] = _section(full["properties"][section], section)
    for section, place in schema["properties"].items():
        if section == "docs":
            place["propertyNames"] = {"enum": list(docs.KEYS)}
        elif "additionalProperties" in place:
            place["propertyNames"] = NAME
    return {"$schema": DIALECT, "title": f"Fulcrum: a file of kind '{kind}'"} | schema


def schema_text(kind: str) -> str:
    """Return the JSON Schema of a kind of file as the text of a file."""
    return json.dumps(schema_of(kind), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _described(shape: type[Shape]) -> dict[str, Any]:
    """Return pydantic's schema with our words and without its titles."""
    schema = shape.model_json_schema(by_alias=True)
    _strip(schema)
    for name, part in [(shape.__name__, schema), *schema.get("$defs", {}).items()]:
        for key, place in part.get("properties", {}).items():
            words = KEYS.get(f"{name}.{key}") or KEYS.get(key)
            if words:
                place["description"] = words
        for old, new in OLD_KEYS.get(name, {}).items():
            note = {"description": f"old name of `{new}`", "deprecated": True}
            part["properties"][old] = part["properties"][new] | note
    return schema


def _strip(node: Any) -> None:
    for child in list(_children(node)):
        if isinstance(child.get("title"), str):
            del child["title"]
        if child.get("default", 0) in (None, "", [], {}):
            del child["default"]


def _children(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for value in inner:
        yield from _children(value)


def _name_of(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[1]


def _or_scalar(shape: str, words: str) -> dict[str, Any]:
    return {"anyOf": [{"$ref": f"#/$defs/{shape}"}, SCALAR | {"description": words}]}


def _overlay(shape: dict[str, Any]) -> dict[str, Any]:
    """Return a shape of which any part may be given; null takes a part away."""
    part = {k: copy.deepcopy(v) for k, v in shape.items() if k != "required"}
    for key, place in part["properties"].items():
        words = {"description": place.pop("description")} if "description" in place else {}
        options = place.pop("anyOf", [place])
        if {"type": "null"} not in options:
            options = [*options, {"type": "null"}]
        part["properties"][key] = {"anyOf": options} | words
    return part


def _section(place: dict[str, Any], section: str) -> dict[str, Any]:
    """Return a section of an overlay: parts of entries, bare values, and null for none."""
    words = {"description": place.get("description", "")}
    if section == "time":
        return {"$ref": "#/$defs/TimeShapeOverlay"}
    shape = f"{_name_of(place['additionalProperties'])}Overlay"
    options: list[dict[str, Any]] = [{"$ref": f"#/$defs/{shape}"}, {"type": "null"}]
    if section in SHORTHAND:
        options.insert(1, SCALAR | {"description": f"shorthand for `{SHORTHAND[section]}`"})
    return {"type": "object", "additionalProperties": {"anyOf": options}} | words
