"""What the words of Fulcrum and of a model mean: the glossary of the page, the docs and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sim.errors import Diagnostic, ExperimentError, did_you_mean
from sim.model.types import Model
from sim.reporting.diagnostics import explanations
from sim.yaml import read_file, to_data

GLOSSARY = Path(__file__).with_name("glossary.yaml")
ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Term:
    """A word, and what it means in one sentence; `more` may follow it."""

    key: str
    term: str
    means: str
    more: str = ""
    plural: str = ""
    also: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The meaning with what follows it."""
        return f"{self.means} {self.more}".strip()

    @property
    def names(self) -> tuple[str, ...]:
        """All under which it is found, in small letters."""
        names = (self.key, self.term, self.plural, *self.also)
        return tuple(dict.fromkeys(name.lower() for name in names if name))


@cache
def _table() -> dict[str, Any]:
    data: dict[str, Any] = to_data(read_file(GLOSSARY))
    return data


def glossary_terms(model: Model | None = None, language: str = ENGLISH) -> tuple[Term, ...]:
    """Return the words of Fulcrum, after those of a model, which replace them where they are the same.

    A word that the glossary lacks in a language is given in English.

    Examples
    --------
    >>> from sim.reporting.glossary import glossary_terms
    >>> next(term.means for term in glossary_terms() if term.key == "baseline")
    'The scenario that the others are compared with.'
    >>> [term.term for term in glossary_terms(language="de")][1]
    'Hebel'
    """
    own = {
        name.lower(): Term(name, name, text.strip())
        for name, text in (model.terms if model else {}).items()
    }
    general = []
    for key, by in _table().items():
        entry = by.get(language) or by[ENGLISH]
        general.append(Term(key, **{**entry, "also": tuple(entry.get("also", ()))}))
    return (
        *own.values(),
        *(term for term in general if not own.keys() & {term.key, term.term.lower()}),
    )


def find_term(name: str, terms: tuple[Term, ...]) -> Term | None:
    """Return the term of a name: its key, its singular or plural, or another name of it."""
    wanted = " ".join(name.replace("_", " ").replace("-", " ").lower().split())
    for plain in (wanted, wanted.removesuffix("s")):
        for term in terms:
            if plain in (known.replace("-", " ") for known in term.names):
                return term
    return None


def explained(words: Sequence[str], terms: tuple[Term, ...]) -> list[tuple[str, str]]:
    """Return the heading and the text of each code or term; a term may be several words.

    Raises
    ------
    ExperimentError
        There is no such code and no such term.
    """
    whole = find_term(" ".join(words), terms)
    if whole and len(words) > 1:
        return [(whole.term, whole.text)]
    codes, found = explanations(), []
    for word in words:
        term = None if word in codes else find_term(word, terms)
        if term is None and word not in codes:
            names = [*codes, *(name for known in terms for name in known.names)]
            near = did_you_mean(word.lower(), names) or "'fulcrum explain' lists all"
            help = f"{near}; '--of FILE' adds the words of a model"
            raise ExperimentError(
                Diagnostic("unknown-name", f"there is no code or word '{word}'", None, help)
            )
        found.append((term.term, term.text) if term else (word, codes[word].markdown()))
    return found
