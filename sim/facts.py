"""Facts: sourced figures from `seeds/`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.errors import Span


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure with its source.

    `status` says whether the figure was read at its source; `vintage` whether it was knowable before
    the model's start (*ex_ante*) or came later (*ex_post*: for backtests, never for defaults).
    """

    name: str
    value: float | int | bool | str
    span: Span
    label: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    date: str = ""
    said_by: str = ""
    source: str = ""
    url: str = ""
    status: Literal["verified", "unverified"] = "unverified"
    vintage: Literal["ex_ante", "ex_post"] = "ex_ante"
    note: str = ""
