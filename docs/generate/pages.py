"""Pages with generated parts: text between two marks is replaced, the rest is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from docs.generate import (
    cards,
    commands,
    diagnostics,
    glossary,
    interface,
    language,
    licences,
    limits,
)
from sim.errors import Diagnostic, ExperimentError
from sim.model.schema import FILES
from sim.study.json_schema import schema_text

#: The generated blocks, by the name in ``<!-- generated: functions -->`` … ``<!-- end -->``.
BLOCKS: dict[str, Callable[[], str]] = {
    "functions": language.functions,
    "draws": language.draws,
    "statistics": language.statistics,
    "triggers": language.triggers,
    "keys": language.keys,
    "shorthands": language.shorthands,
    "licences": licences.licences_table,
    "limits": limits.limits_table,
    "commands": commands.all_verbs,
    "overview": commands.overview,
    "functions of verbs": commands.functions_of_verbs,
    "exit codes": commands.exit_codes,
    "diagnostics": diagnostics.all_entries,
    "glossary": glossary.all_terms,
    "names": interface.public_names,
}
_MARK = re.compile(r"<!-- generated: ([\w ]+) -->\n(.*?)<!-- end -->", re.DOTALL)


def filled(text: str) -> str:
    """Return a page with its generated parts updated.

    Raises
    ------
    ExperimentError
        A mark has an unknown name.
    """

    def fresh(match: re.Match[str]) -> str:
        name = match[1]
        if name not in BLOCKS:
            raise ExperimentError(
                Diagnostic("unknown-name", f"no generated block is called '{name}'")
            )
        return f"<!-- generated: {name} -->\n\n{BLOCKS[name]().strip()}\n\n<!-- end -->"

    return _MARK.sub(fresh, text)


def written_files(docs: Path, *, anew: bool = False) -> dict[Path, str]:
    """Return the current text of every file of `docs` that is generated, in whole or in part.

    With `anew` every card is measured again.
    """
    files = {docs / "schema" / f"{kind}.json": schema_text(kind) for kind in FILES}
    pages = [*sorted(docs.rglob("*.md")), docs.parent / "README.md"]
    for page in pages:
        if page.is_file() and _MARK.search(text := page.read_text(encoding="utf-8")):
            files[page] = filled(text)
    return files | cards.model_cards(docs, anew=anew)


def stale_files(docs: Path, *, anew: bool = False) -> dict[Path, str]:
    """Return the generated files that are out of date, with their current text."""
    return {
        path: text
        for path, text in written_files(docs, anew=anew).items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    }
