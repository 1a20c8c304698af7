"""Pages with generated parts: what stands between two marks is written anew, the rest is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from docs.generate import commands, diagnostics, interface, language, licences, limits
from sim.errors import Diagnostic, ExperimentError
from sim.model.schema import FILES
from sim.study.json_schema import schema_text

#: What a page can ask for: ``<!-- generated: functions -->`` … ``<!-- end -->``.
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
    "names": interface.public_names,
}
_MARK = re.compile(r"<!-- generated: ([\w ]+) -->\n(.*?)<!-- end -->", re.DOTALL)


def filled(text: str) -> str:
    """Return a page with its generated parts written anew.

    Raises
    ------
    ExperimentError
        A mark asks for something unknown.
    """

    def fresh(match: re.Match[str]) -> str:
        name = match[1]
        if name not in BLOCKS:
            raise ExperimentError(Diagnostic("unknown-name", f"nothing is called '{name}'"))
        return f"<!-- generated: {name} -->\n\n{BLOCKS[name]().strip()}\n\n<!-- end -->"

    return _MARK.sub(fresh, text)


def written_files(docs: Path) -> dict[Path, str]:
    """Return every file of `docs` that is generated, whole or in part, as it should be."""
    files = {docs / "schema" / f"{kind}.json": schema_text(kind) for kind in FILES}
    pages = [*sorted(docs.rglob("*.md")), docs.parent / "README.md"]
    for page in pages:
        if page.is_file() and _MARK.search(text := page.read_text(encoding="utf-8")):
            files[page] = filled(text)
    return files


def stale_files(docs: Path) -> dict[Path, str]:
    """Return the generated files that are not as they should be, as they should be."""
    return {
        path: text
        for path, text in written_files(docs).items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    }
