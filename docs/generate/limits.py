"""The limits, collected from the constants that define them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping

from sim.reporting.tables import markdown_table

#: The constant behind each limit, and what it limits.
LIMITS = (
    ("sim.yaml.reader", "MAX_BYTES", "bytes of a file"),
    ("sim.yaml.reader", "MAX_NODES", "scalars, keys and collections of a file"),
    ("sim.yaml.reader", "MAX_DEPTH", "collections inside each other"),
    ("sim.yaml.reader", "MAX_SCALAR", "characters of a scalar"),
    ("sim.yaml.reader", "MAX_KEY", "characters of a key"),
    ("sim.yaml.scalars", "MAX_DIGITS", "digits of a whole number"),
    ("sim.language.names", "MAX_NAME", "characters of a name"),
    ("sim.language.grammar", "MAX_CHARACTERS", "characters of an expression"),
    ("sim.language.grammar", "MAX_NODES", "terms of an expression"),
    ("sim.language.grammar", "MAX_BRACKETS", "brackets inside each other"),
    ("sim.language.grammar", "MAX_STATEMENT_CHARACTERS", "characters of a `do`"),
    ("sim.language.grammar", "MAX_STATEMENT_NODES", "terms of a `do`"),
    ("sim.language.grammar", "MAX_DEPTH", "terms inside each other"),
    ("sim.model.formulas", "MAX_TERMS", "terms of a derived quantity with all those it uses"),
    ("sim.language.units", "MAX_DEPTH", "parentheses inside each other in a unit"),
    ("sim.language.units", "MAX_POWER", "largest power of a word in a unit"),
    ("sim.model.formulas", "MAX_LEVELS", "derived quantities that use each other"),
    ("sim.model.fields", "MAX_LABEL", "characters of a title, a label or a unit"),
    ("sim.model.fields", "MAX_TIMES", "times of one event"),
    ("sim.model.guide_shape", "MAX_STEPS", "steps of a guide"),
    ("sim.model.guide_shape", "MAX_TEXT", "characters of a text or an answer of a guide"),
    ("sim.model.guide_shape", "MAX_ASK", "characters of a question of a guide"),
    ("sim.model.schema", "MAX_ARGUMENTS", "arguments of an event"),
    ("sim.model.sets", "MAX_SETS", "sets of a model"),
    ("sim.model.sets", "MAX_MEMBERS", "members of a set"),
    ("sim.model.sets", "MAX_CELLS", "combinations of members of a name"),
    ("sim.model.fields", "MAX_POINTS", "points of a table"),
    ("sim.yaml.csv_files", "MAX_CSV_BYTES", "bytes of a CSV file"),
    ("sim.yaml.csv_files", "MAX_ROWS", "rows of a CSV file"),
    ("sim.yaml.csv_files", "MAX_COLUMNS", "columns of a CSV file"),
    ("sim.numerics.arithmetic", "LARGEST", "a number in a model, in size"),
    ("sim.engine.codegen.program", "MAX_SOURCE", "characters of a program to be compiled"),
    ("sim.model.fields", "MAX_NEEDS", "names that a block needs"),
    ("sim.model.fields", "MAX_USES", "uses of blocks in a model, also those inside blocks"),
    ("sim.study.blocks", "MAX_INSIDE", "blocks inside each other"),
    ("sim.study.overlay", "MAX_CHAIN", "overlays on top of each other"),
    ("sim.model.types", "MAX_HEADLINES", "outcomes with `headline: true`"),
    ("sim.model.fields", "MAX_FACT_FILES", "files of facts that a file names"),
    ("sim.model.fields", "MAX_FUTURES", "futures of an experiment"),
    ("sim.model.fields", "MAX_EACH", "replications in each future"),
    ("sim.model.fields", "MAX_SEED", "a seed"),
    ("sim.model.builder", "MAX_ENTRIES", "entries of {}"),
    ("sim.model.builder", "MAX_HORIZON", "units of time of a horizon"),
    ("sim.model.builder", "MAX_POINTS", "points in time × series of one replication"),
    (
        "sim.study.designs",
        "MAX_SCENARIOS",
        "scenarios of an experiment, including `vary`",
    ),
    ("sim.study.experiment", "MAX_REPLICATIONS", "replications of an experiment in total"),
    ("sim.execution.runner", "MAX_VALUES", "values of outcomes in memory"),
    (
        "sim.execution.recording",
        "MAX_HALVES",
        "means of series that a run keeps by future: scenarios × futures × 2 × series × times",
    ),
    ("sim.model.clock", "MAX_EVENTS", "events of one replication; `time: max_events` sets another"),
    ("sim.model.clock", "MAX_AT_ONCE", "events at one instant; at least 1 % of `max_events`"),
    ("sim.model.clock", "MAX_PENDING", "occurrences pending; at least 10 % of `max_events`"),
)


def limits_table() -> str:
    """Return the table of limits."""
    rows = ((_shown(value), words, f"`{home}.{name}`") for value, words, home, name in _limits())
    return markdown_table(("Limit", "Of", "Constant"), rows)


def _shown(value: float) -> str:
    return f"{value:,}" if value < 1e18 else f"{value:g}"


def _limits() -> Iterator[tuple[float, str, str, str]]:
    for home, name, words in LIMITS:
        value = getattr(importlib.import_module(home), name)
        if isinstance(value, Mapping):
            for section, number in value.items():
                yield number, words.format(f"`{section}`"), home, name
        else:
            yield value, words, home, name
