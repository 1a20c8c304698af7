"""The page of words, from the glossary that the page and `fulcrum explain` read."""

from __future__ import annotations

from sim.reporting.glossary import Term, glossary_terms
from sim.reporting.listings import prose
from sim.study.shipped import shipped_studies, shipped_study


def all_terms() -> str:
    """Return the words of Fulcrum, then those of each study."""
    parts = ["\n".join(map(_line, glossary_terms()))]
    for name in shipped_studies():
        model = shipped_study(name).model
        own = glossary_terms(model)[: len(model.terms)]
        parts += [f"## Words of *{prose(model.title)}*", "\n".join(map(_line, own))]
    return "\n\n".join(parts)


def _line(term: Term) -> str:
    return f"- **{prose(term.term)}**: {prose(term.text)}"
