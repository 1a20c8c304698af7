"""Values that `with_settings` takes: those of levers and parameters, and of the time axis and a run."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace

from sim.errors import Diagnostic, ExperimentError, Span, did_you_mean
from sim.formatting import yaml_text
from sim.model.checks import Report, check_value
from sim.model.dates import date_value, is_dated
from sim.model.fields import is_number
from sim.model.types import Model, Parameter, Value
from sim.study.arguments import bad_argument
from sim.study.documents import as_mapping
from sim.study.overlay import Chain, structure_changes
from sim.yaml import Scalar, merge, read_text

#: Their names in `with_settings` and `--set`.
TIME_SETTINGS = ("time.horizon", "time.warmup", "time.stop", "time.max_events")


def set_time(chain: Chain, values: Mapping[str, Value]) -> Chain:
    """Return a chain with other values under `time`, as the last of its overlays."""
    patch = as_mapping(read_text(f"time: {json.dumps(values)}", "settings"))
    return replace(
        chain,
        node=as_mapping(merge(chain.node, patch)),
        texts=(*chain.texts, patch.span.text),
        overlay=(*chain.overlay, *structure_changes(patch)),
    )


def check_setting(model: Model, name: str, value: Value, allow_out_of_range: bool) -> Value:
    """Return the value of a lever or parameter.

    Raises
    ------
    ExperimentError
        There is no such name, or the value is of the wrong type or out of its range.
    """
    entry = model.levers.get(name) or model.parameters.get(name)
    if entry is None:
        families = [
            f.name for f in model.families.values() if f.section in ("levers", "parameters")
        ]
        known = [*model.levers, *model.parameters, *families, *TIME_SETTINGS]
        message = f"model '{model.name}' has no lever or parameter '{name}'"
        help = did_you_mean(name, known)
        raise ExperimentError(Diagnostic("unknown-lever", message, None, help))
    if is_number(value) and not abs(value) <= sys.float_info.max:  # type: ignore[arg-type]
        raise bad_argument(f"'{name}' must be finite, not {value}", code="wrong-type")
    if entry.dated and is_dated(value):
        time = date_value(model.clock, str(value))
        if time is None:
            message, help = f"'{name}': '{value}' is not a date", "write it as in 2025-07-14"
            raise ExperimentError(Diagnostic("bad-date", message, None, help))
        value = time
    if (word := yaml_text(value)) in entry.type.options:
        value = word  # 2025 or true may be the word of an option
    bounds = None
    free = allow_out_of_range and isinstance(entry, Parameter)
    if not free and entry.low is not None and entry.high is not None:
        bounds = (entry.low, entry.high)
    report = Report(Scalar(value, str(value), Span("", 1, 1, 0, 0)))
    if not check_value(report, (), value, entry.type, bounds):
        error = report.errors[0]
        help = error.help
        if error.code == "out-of-range":
            help = "to go beyond it, widen its 'range' in a scenario file"
        raise ExperimentError(Diagnostic(error.code, f"'{name}': {error.message}", None, help))
    return value
