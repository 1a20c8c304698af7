"""Read samples, the observed values that `empirical` draws from, and report all errors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sim.errors import Diagnostic, ModelError
from sim.language.terms import Sample
from sim.model.chance import SampleShape
from sim.model.checks import Path, Report, check_name
from sim.model.fields import is_number
from sim.model.types import SampleEntry
from sim.numerics.arithmetic import LARGEST
from sim.yaml import Csv, locate

MAX_VALUES = 10_000  #: values of a sample


def read_samples(
    report: Report, entries: Mapping[str, SampleShape], csv: Mapping[str, Csv]
) -> dict[str, SampleEntry]:
    """Read the samples of a model, some from files."""
    found = {}
    for name, entry in entries.items():
        one = _sample(report, name, entry, csv)
        report.samples[name] = one.sample if one else None
        if one:
            found[name] = one
    return found


def _sample(
    report: Report, name: str, entry: SampleShape, csv: Mapping[str, Csv]
) -> SampleEntry | None:
    path: Path = ("samples", name)
    before = len(report.errors)
    check_name(report, path, name)
    given = [key for key in ("values", "file") if getattr(entry, key) is not None]
    if not given:
        message = f"'values' or 'file' is missing in '{name}'"
        report.error(path, "missing-key", message, key=True)
        return None
    if len(given) > 1:
        message = f"'{name}' has both 'values' and 'file'"
        report.error((*path, "file"), "conflicting-keys", message, key=True)
        return None
    values = entry.values if entry.file is None else _column(report, path, entry, csv)
    weights = entry.weights
    if values is None:
        return None
    if weights is not None and len(weights) != len(values):
        message = f"{len(weights):,} weights for {len(values):,} values"
        report.error((*path, "weights"), "bad-range", message, "give each value one weight")
        return None
    for key, numbers in (("values", values), ("weights", weights or ())):
        for i, number in enumerate(numbers if entry.file is None or key == "weights" else ()):
            if abs(number) > LARGEST:
                message = f"{number:g} is too large: at most {LARGEST:g} in size"
                report.error((*path, key, i), "too-large", message)
            elif key == "weights" and number < 0:
                report.error((*path, key, i), "bad-range", f"a weight is 0 or more, not {number}")
    if weights is not None and not any(weights):
        message = "all weights are 0, so no value is possible"
        report.error((*path, "weights"), "bad-range", message)
    if len(report.errors) > before:
        return None
    return SampleEntry(
        name=name, span=report.key(path), unit=entry.unit, label=entry.label, group=entry.group,
        help=entry.help, sample=sample_of(name, values, weights), count=len(values),
        why=entry.why, source=entry.source, url=entry.url, status=entry.status or "",
        file=entry.file or "", column=entry.column or "",
    )  # fmt: skip


def _column(
    report: Report, path: Path, entry: SampleShape, csv: Mapping[str, Csv]
) -> list[Any] | None:
    """Return the numbers of a column of a file; None if one is at fault."""
    if entry.column is None:
        report.error((*path, "file"), "missing-key", "'column' is missing beside 'file'", key=True)
        return None
    if entry.file is None or entry.file not in csv:
        return None  # the file cannot be read, and that is reported
    try:
        cells = csv[entry.file].column(entry.column, locate(report.node, (*path, "column")).value)
    except ModelError as error:
        report.errors.extend(error.diagnostics)
        return None
    if not 1 <= len(cells) <= MAX_VALUES:
        message = f"a sample has 1 to {MAX_VALUES:,} values, not {len(cells):,}"
        report.error((*path, "file"), "too-large", message)
        return None
    before = len(report.errors)
    for cell in cells:
        if not is_number(cell.value) or not abs(cell.value) <= LARGEST:  # type: ignore[arg-type]
            message = f"expected a number, not '{cell.text}'"
            report.errors.append(Diagnostic("wrong-type", message, cell.span))
    return [cell.value for cell in cells] if len(report.errors) == before else None


def sample_of(name: str, values: Sequence[Any], weights: Sequence[Any] | None) -> Sample:
    """Return values in ascending order, each with its place among the weights."""
    pairs = sorted(zip(values, weights or [1] * len(values), strict=True))
    pairs = [(value, weight) for value, weight in pairs if weight]
    total = math.fsum(weight for _, weight in pairs)
    places, so_far = [], 0.0
    for _, weight in pairs:
        places.append(so_far / total)
        so_far += weight
    whole = all(isinstance(value, int) for value in values)
    return Sample(name, tuple(float(value) for value, _ in pairs), tuple(places), whole)
