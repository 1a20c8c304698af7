"""The words of the page: each in every language, with the same values in it, and each in use."""

from __future__ import annotations

import re

import pytest

from ui.live import FOLDER
from ui.live.languages import LANGUAGES, table, words

#: Keys are put together from a stem and a word of the model's own kinds.
SOURCES = [*FOLDER.glob("*.js"), *FOLDER.glob("*.py")]
CODE = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)


def values_in(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", text))


def test_every_word_stands_in_every_language_with_the_same_values() -> None:
    for key, by in table().items():
        if key.startswith("answers."):  # the English ones are phrases of `sim.browser`
            continue
        assert set(by) == set(LANGUAGES), key
        assert len({frozenset(values_in(text)) for text in by.values()}) == 1, key


def test_every_word_is_in_use() -> None:
    """A key is written out, or ends in a word that is put behind a stem which is written out."""
    unused = []
    for key in words("en"):
        section, _, name = key.partition(".")
        written = (
            any(f"{mark}{name}{mark}" in CODE for mark in "\"'")
            or f'"{key}"' in CODE
            or f"{name}:" in CODE
        )
        stems = [name[: i + 1] for i, sign in enumerate(name) if sign == "_"]
        built = any(f"`{stem}${{" in CODE or f'"{stem}"' in CODE for stem in stems)
        built = built or any(f"{section}.{stem}${{" in CODE for stem in [*stems, ""])
        if not (written or built):
            unused.append(key)
    assert not unused


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_empty_or_has_markup(language: str) -> None:
    for key, text in words(language).items():
        assert text.strip() or key.startswith("answers."), key
        assert "<" not in text.replace("< ", ""), key
