"""What do the numbers of a model rest on? Facts with sources, or assumptions with reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sim.model.types import Lever, Model, Parameter, Value


@dataclass(frozen=True, slots=True)
class Ground:
    """What one number rests on.

    Attributes
    ----------
    kind
        A lever is a *choice* where its default is not the value of the fact that explains it.
    status, vintage
        Of the fact; empty where there is none.
    ground
        The source of the fact, or the reason of the assumption; empty where it is missing.
    """

    name: str
    section: Literal["parameter", "lever"]
    label: str
    value: Value
    low: float | None
    high: float | None
    unit: str
    kind: Literal["fact", "assumption", "counterfactual", "choice"]
    fact: str
    status: str
    vintage: str
    date: str
    ground: str
    url: str

    def __str__(self) -> str:
        words = ", ".join(word for word in (self.kind, self.status, self.vintage) if word)
        return f"{self.name} = {self.value}{f' {self.unit}' if self.unit else ''} ({words}): {self.ground}"


@dataclass(frozen=True)
class Evidence:
    """What every parameter, and every lever with a fact, rests on."""

    model: str
    title: str
    grounds: tuple[Ground, ...]

    @property
    def parameters(self) -> tuple[Ground, ...]:
        """The parameters alone."""
        return tuple(g for g in self.grounds if g.section == "parameter")

    @property
    def facts(self) -> tuple[Ground, ...]:
        """Parameters that rest on facts."""
        return tuple(g for g in self.parameters if g.kind == "fact")

    @property
    def verified(self) -> tuple[Ground, ...]:
        """Parameters that rest on facts which were read at their source."""
        return tuple(g for g in self.facts if g.status == "verified")

    @property
    def missing(self) -> tuple[Ground, ...]:
        """Those without a source or reason."""
        return tuple(g for g in self.grounds if not g.ground.strip())

    @property
    def without_range(self) -> tuple[Ground, ...]:
        """Assumed parameters that every future holds fast."""
        return tuple(g for g in self.parameters if g.kind != "fact" and g.low is None)

    def table(self) -> list[dict[str, object]]:
        """Return one record per parameter and lever."""
        return [
            {
                "name": g.name,
                "is": g.section,
                "label": g.label,
                "value": g.value,
                "low": g.low,
                "high": g.high,
                "unit": g.unit,
                "kind": g.kind,
                "fact": g.fact,
                "status": g.status,
                "vintage": g.vintage,
                "date": g.date,
                "source_or_reason": g.ground,
                "url": g.url,
            }
            for g in self.grounds
        ]

    def __str__(self) -> str:
        return "\n".join(str(ground) for ground in self.grounds)


def evidence_of(model: Model) -> Evidence:
    """Tell what every parameter, and every lever with a fact, rests on."""
    levers = (lever for lever in model.levers.values() if lever.fact is not None)
    entries: Iterable[Lever | Parameter] = (*levers, *model.parameters.values())
    return Evidence(model.name, model.title, tuple(_ground(entry) for entry in entries))


def _ground(entry: Lever | Parameter) -> Ground:
    fact = entry.fact
    reason = fact.source if fact else ""
    kind: Literal["fact", "assumption", "counterfactual", "choice"]
    if isinstance(entry, Lever):
        value = entry.default
        kind = "fact" if fact is not None and fact.value == value else "choice"
    else:
        value, kind = entry.value, entry.kind
        reason = reason or entry.why
    return Ground(
        name=entry.name,
        section="lever" if isinstance(entry, Lever) else "parameter",
        label=entry.label,
        value=value,
        low=entry.low,
        high=entry.high,
        unit=entry.unit,
        kind=kind,
        fact=fact.name if fact else "",
        status=fact.status if fact else "",
        vintage=fact.vintage if fact else "",
        date=fact.date if fact else "",
        ground=reason,
        url=fact.url if fact else "",
    )
