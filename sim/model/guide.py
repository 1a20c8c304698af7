"""A guide: a path through a study in steps, for a lesson. It decides no number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.formatting import Value


@dataclass(frozen=True, slots=True)
class Look:
    """What a step asks to look at: a part of the page, an outcome, a series, in words."""

    part: str = ""
    outcome: str = ""
    series: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a guide.

    Attributes
    ----------
    scenario, baseline
        Names of the scenario that the step starts from and of the one it is compared with; empty
        for the baseline of the page.
    settings
        Values of levers and parameters over the scenario; None where the step leaves the page as it is.
    lever, to
        The lever or parameter that the reader is asked to move, and the value; None for any other.
    """

    title: str
    text: str = ""
    scenario: str = ""
    baseline: str = ""
    settings: Mapping[str, Value] | None = None
    lever: str = ""
    to: Value | None = None
    ask: str = ""
    answer: str = ""
    look: Look = field(default_factory=Look)


@dataclass(frozen=True, slots=True)
class Guide:
    """The file of a guide, checked against its model; `audience` is whom it is for."""

    name: str
    title: str
    audience: str
    minutes: int
    steps: tuple[Step, ...]
    path: str
