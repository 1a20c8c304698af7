"""The page of words, from the glossary that the page and `fulcrum explain` read."""

from __future__ import annotations

from pathlib import Path

from sim.reporting.glossary import Term, glossary_terms
from sim.reporting.listings import prose
from sim.study.scenario import load_model

#: The studies whose own words are listed too.
STUDIES = ("ukraine_2025", "port_strike")


def all_terms() -> str:
    """Return the words of Fulcrum, then those of each study."""
    parts = ["\n".join(map(_line, glossary_terms()))]
    for name in STUDIES:
        model = load_model(Path("scenarios", name, "model.yaml"))
        own = glossary_terms(model)[: len(model.terms)]
        parts += [f"## Words of *{prose(model.title)}*", "\n".join(map(_line, own))]
    return "\n\n".join(parts)


def _line(term: Term) -> str:
    return f"- **{prose(term.term)}**: {prose(term.text)}"
