"""The limits, collected from the constants that hold them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping

from sim.reporting.tables import markdown_table

#: Where each limit is held, and what it limits.
LIMITS = (
    ("sim.source.reading", "MAX_BYTES", "bytes of a file"),
    ("sim.source.reading", "MAX_NODES", "scalars, keys and collections of a file"),
    ("sim.source.reading", "MAX_DEPTH", "collections inside each other"),
    ("sim.source.reading", "MAX_SCALAR", "characters of a scalar"),
    ("sim.source.reading", "MAX_KEY", "characters of a key"),
    ("sim.source.scalars", "MAX_DIGITS", "digits of a whole number"),
    ("sim.language.names", "MAX_NAME", "characters of a name"),
    ("sim.language.grammar", "MAX_CHARACTERS", "characters of an expression"),
    ("sim.language.grammar", "MAX_NODES", "terms of an expression"),
    ("sim.language.grammar", "MAX_BRACKETS", "brackets inside each other"),
    ("sim.language.grammar", "MAX_STATEMENT_CHARACTERS", "characters of a `do`"),
    ("sim.language.grammar", "MAX_STATEMENT_NODES", "terms of a `do`"),
    ("sim.overlay", "MAX_CHAIN", "scenarios laid over each other"),
    ("sim.schema", "MAX_FACT_FILES", "files of facts that a file names"),
    ("sim.schema", "MAX_FUTURES", "futures of an experiment"),
    ("sim.schema", "MAX_EACH", "replications that a file asks for, in each future"),
    ("sim.schema", "MAX_SEED", "a seed"),
    ("sim.reader", "MAX_ENTRIES", "entries of {}"),
    ("sim.reader", "MAX_HORIZON", "units of time of a horizon"),
    ("sim.reader", "MAX_POINTS", "points in time × series of one replication"),
    ("sim.experiment", "MAX_SCENARIOS", "scenarios of an experiment, with all that is varied"),
    ("sim.experiment", "MAX_REPLICATIONS", "replications of an experiment in all"),
    ("sim.running", "MAX_VALUES", "values of outcomes held in memory"),
    ("sim.program", "MAX_EVENTS", "events of one replication"),
    ("sim.program", "MAX_INSTANT", "events at one instant"),
    ("sim.program", "MAX_PENDING", "occurrences pending at once"),
)


def limits_table() -> str:
    """Return the table of limits."""
    rows = ((f"{value:,}", words, f"`{home}.{name}`") for value, words, home, name in _limits())
    return markdown_table(("At most", "Of what", "Held by"), rows)


def _limits() -> Iterator[tuple[int, str, str, str]]:
    for home, name, words in LIMITS:
        value = getattr(importlib.import_module(home), name)
        if isinstance(value, Mapping):
            for section, number in value.items():
                yield number, words.format(f"`{section}`"), home, name
        else:
            yield value, words, home, name
