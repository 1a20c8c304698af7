"""The words of the page in the languages that it speaks."""

from __future__ import annotations

import functools
from pathlib import Path

import sim
from sim.study.arguments import known_name

TABLE = Path(__file__).parent / "words.yaml"
LANGUAGES = ("en", "de")


def words(language: str) -> dict[str, str]:
    """Return the words of a language by key, as ``{"levers.reset": "Reset"}``.

    Raises
    ------
    ExperimentError
        The page does not speak it.

    Examples
    --------
    >>> words("de")["page.toy"] != words("en")["page.toy"]
    True
    """
    known_name("language", language, LANGUAGES, "unknown-language")
    return {key: by[language] for key, by in table().items() if language in by}


@functools.cache
def table() -> dict[str, dict[str, str]]:
    """Return all words: by key, then by language."""
    data = sim.yaml.to_data(sim.yaml.read_file(TABLE, TABLE.name))
    return {
        f"{section}.{key}": by for section, entries in data.items() for key, by in entries.items()
    }
