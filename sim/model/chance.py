"""The structure of what a model says of chance: dependence, functions and samples."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sim.model.fields import Amount, Formula, Named, Prose, Shape


class CorrelationShape(Shape):
    """Assumptions of which each two have one rank correlation."""

    of: list[str] = Field(min_length=2, max_length=50)
    rank: Amount
    why: Prose = ""


class SharesShape(Shape):
    """Assumptions that add up to a number."""

    of: list[str] = Field(min_length=2, max_length=8)
    to: Amount = 1
    why: Prose = ""


class FunctionShape(Shape):
    """A function of the model: a formula of its arguments, pure or with random draws."""

    takes: list[str] = Field(max_length=20)
    value: Formula | None = None
    draw: Formula | None = None
    help: Prose = ""


class SampleShape(Named):
    """Observed values, from which `empirical` draws: a list, or a column of a CSV file."""

    values: list[Amount] | None = Field(default=None, min_length=1, max_length=10_000)
    file: str | None = None
    column: str | None = None
    weights: list[Amount] | None = Field(default=None, min_length=1, max_length=10_000)
    source: Prose = ""
    url: Prose = ""
    status: Literal["verified", "unverified"] | None = None
    why: Prose = ""
