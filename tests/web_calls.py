"""Functions of `sim/browser` called in Node: what to call is collected, then called at once."""

from __future__ import annotations

import json
import math
import subprocess
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.rows import Row
from sim.analysis.turning import LOGARITHMIC
from sim.browser import FOLDER
from sim.model.types import Outcome
from sim.statistics.web_library import compile_web_library
from sim.study.experiment import Experiment

SCRIPT = Path(__file__).parent / "browser" / "run_calls.mjs"
#: The place of the statistics among arguments.
STATISTICS = "statistics"


class Calls:
    """Calls of JavaScript functions, with what Python says of each."""

    def __init__(self) -> None:
        self.calls: list[list[Any]] = []
        self.expected: list[Any] = []

    def add(self, function: str, expected: Any, *given: Any) -> None:
        """Add a call of ``module.function``; matrices become tables, objects mappings."""
        self.calls.append([*function.rsplit(".", 1), *map(as_json, given)])
        self.expected.append(expected)

    def run(self, node: str, folder: Path) -> list[tuple[str, Any, Any]]:
        """Return the name of each function called, what Python says, and what JavaScript says."""
        (folder / "statistics.wasm").write_bytes(compile_web_library())
        (folder / "calls.json").write_text(json.dumps(self.calls, allow_nan=False), "utf-8")
        command = [node, str(SCRIPT), str(FOLDER), str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        found = json.loads((folder / "found.json").read_text("utf-8"))
        names = [call[1] for call in self.calls]
        return list(zip(names, self.expected, found, strict=True))


def as_json(value: Any) -> Any:
    """Return a value as JSON has it, with JavaScript's names; NaN and infinities as words."""
    if isinstance(value, np.ndarray) and value.ndim == 2:
        return {"values": as_json(value.ravel()), "rows": value.shape[0], "width": value.shape[1]}
    if is_dataclass(value):
        return {camel(f.name): as_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {name: as_json(of) for name, of in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [as_json(of) for of in value]
    if isinstance(value, np.generic):
        return as_json(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return value


def camel(name: str) -> str:
    """Return ``p_value`` as ``pValue``."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def flat(value: Any) -> list[Any]:
    """Return nested results as a list of numbers and words, in order."""
    if is_dataclass(value):
        return [x for field in fields(value) for x in flat(getattr(value, field.name))]
    if isinstance(value, dict):
        return [x for part in value.values() for x in flat(part)]
    if isinstance(value, tuple | list | np.ndarray):
        return [x for part in value for x in flat(part)]
    return [value]


def same(one: Any, other: Any) -> bool:
    """Whether two numbers have the same bits, those of JavaScript perhaps as a word; or are equal."""
    if isinstance(one, str | None) or other is None:
        return bool(one == other)
    one, other = float(one), float(other)
    return (one == other and math.copysign(1, one) == math.copysign(1, other)) or (
        math.isnan(one) and math.isnan(other)
    )


#: Fields of a row that only a detailed table of one future shows, or that have tests of their own.
UNSEEN = {"gain", "forms"}


def shown_row(row: Row) -> list[Any]:
    """Return what a row has, in the order of its fields."""
    return [x for name in Row.__slots__ if name not in UNSEEN for x in flat(getattr(row, name))]


def found_row(row: dict[str, Any]) -> list[Any]:
    """Return the same of a row of JavaScript."""
    names = [name for name in Row.__slots__ if name not in UNSEEN]
    camels = [{"p_value": "pValue", "p_holm": "pHolm"}.get(name, name) for name in names]
    parts = [row[name] for name in camels]
    return [x for part in parts for x in flat(part)]


def outcome_of(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as `comparison.js` takes it."""
    return {f: getattr(outcome, f) for f in ("name", "label", "unit", "goal", "share", "matters")}


def inputs_of(experiment: Experiment) -> list[dict[str, Any]]:
    """Return the uncertain parameters as `comparison.js` takes them."""
    inputs = []
    for name, values in zip(experiment.parameters, experiment.futures.T, strict=True):
        entry = experiment.model.parameters[name]
        words = list(entry.type.options) or ["false", "true"]
        inputs.append(
            {"name": name, "label": entry.label, "unit": entry.unit, "values": values.tolist(),
             "logarithm": entry.shape in LOGARITHMIC, "whole": entry.type.kind == "whole",
             **({"options": words, "words": len(words)} if entry.type.worded else {})}
        )  # fmt: skip
    return inputs
