"""Facts: sourced figures from `seeds/`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sim.errors import Diagnostic, ModelError, Span
from sim.language.names import name_error
from sim.model.fields import is_number
from sim.model.schema import FactsFile, FactShape, kind_of
from sim.model.shapes import validate
from sim.yaml import Mapping, locate, read_file


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure with its source.

    `status` tells whether the figure was checked against its source. `vintage` is *ex_ante* if it was
    known before the model's start, and *ex_post* if it became known later: such facts serve backtests
    and are never inputs. `series` has times or dates with values, for a table; `value` is then the last.
    """

    name: str
    value: float | int | bool | str
    span: Span
    low: float | None
    high: float | None
    unit: str
    label: str
    date: str
    said_by: str
    source: str
    url: str
    status: Literal["verified", "unverified"]
    vintage: Literal["ex_ante", "ex_post"]
    note: str
    series: tuple[tuple[float | str, float], ...] = ()
    unit_span: Span | None = field(default=None, compare=False, repr=False)


def read_facts(path: Path, name: str | None = None) -> dict[str, Fact]:
    """Read a facts file.

    Raises
    ------
    ModelError
        The file is invalid; the exception has all its errors.
    """
    node = read_file(path, name)
    if kind_of(node) != "facts" or not isinstance(node, Mapping):
        raise ModelError(
            Diagnostic(
                "wrong-kind", "this is not a facts file", node.span, "its first key must be 'facts'"
            )
        )
    file, diagnostics, _ = validate(node, FactsFile)
    facts: dict[str, Fact] = {}
    for key, entry in file.entries.items() if file else ():
        place = locate(node, ("entries", key))
        if error := name_error(key):
            diagnostics.append(Diagnostic("bad-name", f"'{key}' {error}", place.key))
        low, high = entry.range or (None, None)
        if low is not None and not low <= high:
            span = locate(node, ("entries", key, "range")).value
            diagnostics.append(
                Diagnostic("bad-range", f"the low end, {low}, is above the high end, {high}", span)
            )
        elif low is not None and is_number(entry.value) and not low <= entry.value <= high:
            span = locate(node, ("entries", key, "value")).value
            message = f"{entry.value} is outside its range {low} to {high}"
            diagnostics.append(Diagnostic("out-of-range", message, span))
        series = _series(node, key, entry, diagnostics)
        fields = entry.model_dump(exclude={"range", "series"})
        if entry.value is None:
            fields["value"] = series[-1][1] if series else 0.0
        unit = locate(node, ("entries", key, "unit")).value if entry.unit else None
        facts[key] = Fact(
            name=key, span=place.key, low=low, high=high, series=series, unit_span=unit, **fields
        )
    if diagnostics:
        raise ModelError(diagnostics)
    return facts


def _series(
    node: Mapping, key: str, entry: FactShape, diagnostics: list[Diagnostic]
) -> tuple[tuple[float | str, float], ...]:
    """Return the series of a fact; report a fact without either value or series, and bad values."""
    if (entry.value is None) == (entry.series is None):
        code, words = "conflicting-keys", f"'{key}' has both 'value' and 'series'"
        if entry.value is None:
            code, words = "missing-key", f"'value' is missing in '{key}'"
        diagnostics.append(Diagnostic(code, words, locate(node, ("entries", key)).key))
    for i, (_, value) in enumerate(entry.series or ()):
        if not is_number(value):
            place = locate(node, ("entries", key, "series", i, 1)).value
            diagnostics.append(Diagnostic("wrong-type", f"expected a number, not '{value}'", place))
            return ()
    return tuple((time, value) for time, value in entry.series or ())


def gather(files: Iterable[tuple[Path, str, Span]]) -> tuple[dict[str, Fact], list[Diagnostic]]:
    """Read several facts files; return the facts and the errors, such as a repeated name."""
    facts: dict[str, Fact] = {}
    diagnostics: list[Diagnostic] = []
    seen: set[Path] = set()
    for path, name, _ in files:
        if path.resolve() in seen:
            continue
        seen.add(path.resolve())
        try:
            found = read_facts(path, name)
        except ModelError as error:
            diagnostics.extend(error.diagnostics)
            continue
        for key, fact in found.items():
            if key in facts:
                other = facts[key].span
                message = f"fact '{key}' is also in {other.file}:{other.line}"
                diagnostics.append(Diagnostic("duplicate-fact", message, fact.span))
            facts[key] = fact
    return facts, diagnostics
