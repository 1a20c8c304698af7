"""Targets of outcomes, and the names of what is taken over runs: their mean, or a quantile as p95."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

#: What is wrong with a word that names neither.
UNKNOWN = "is neither 'mean' nor a quantile such as p95"


def level_of(word: str) -> float | None:
    """Return the level of a quantile such as ``p95``; None for ``mean``.

    Raises
    ------
    ValueError
        It is neither.

    Examples
    --------
    >>> level_of("p97.5"), level_of("mean")
    (0.975, None)
    """
    if word == "mean":
        return None
    found = re.fullmatch(r"p([0-9]{1,2}(\.[0-9]{1,3})?)", word)
    if found is None or float(found[1]) == 0.0:
        raise ValueError(f"'{word}' {UNKNOWN}")
    return float(found[1]) / 100


@dataclass(frozen=True, slots=True)
class Target:
    """A target for one outcome, met from `at_least` up and up to `at_most`.

    Attributes
    ----------
    at_least, at_most : float
        The bounds, in the unit of the outcome; infinite where there is none.
    of : str
        What must meet them: the ``mean`` over replications, or a quantile such as ``p95``.

    Examples
    --------
    >>> import sim
    >>> sim.Target(at_most=30)
    Target(at_least=-inf, at_most=30, of='mean')
    """

    at_least: float = -math.inf
    at_most: float = math.inf
    of: str = "mean"

    @property
    def level(self) -> float | None:
        """The level of its quantile; None for a mean."""
        return level_of(self.of)
