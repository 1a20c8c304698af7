"""The CSV files of a document's tables: read once, under names that do not depend on where it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sim.errors import Diagnostic, ModelError
from sim.study.paths import existing, shown, study_root
from sim.yaml import Csv, Scalar, read_csv
from sim.yaml import Mapping as MappingNode

Files = Mapping[str, Csv]


def read_tables(
    node: MappingNode, path: Path, known: Files
) -> tuple[MappingNode, dict[str, Csv], list[Diagnostic]]:
    """Read the CSV files that the tables of a document name.

    Parameters
    ----------
    path
        The file of the document.
    known
        The files that earlier documents name.

    Returns
    -------
    tuple
        The document with the files' names from the folder of the study, all files by these names,
        and the errors.
    """
    files = dict(known)
    errors: list[Diagnostic] = []
    entries = dict(node.section("tables"))
    for name, entry in entries.items():
        series = entry.value.get("series") if isinstance(entry.value, MappingNode) else None
        if not isinstance(series, Scalar) or not isinstance(series.value, str):
            continue
        assert isinstance(entry.value, MappingNode)
        try:
            target = existing(path, series, (".csv",))
            file = read_csv(target, shown(target))
        except ModelError as error:
            errors.extend(error.diagnostics)
            continue
        word = target.resolve().relative_to(study_root(path)).as_posix()
        while word in files and files[word].text.content != file.text.content:
            word += "~"  # of another study
        files[word] = file
        inner = dict(entry.value.entries)
        inner["series"] = replace(inner["series"], value=replace(series, value=word))
        entries[name] = replace(entry, value=replace(entry.value, entries=inner))
    if files == known:
        return node, files, errors
    section = node.entries["tables"]
    assert isinstance(section.value, MappingNode)
    whole = {
        **node.entries,
        "tables": replace(section, value=replace(section.value, entries=entries)),
    }
    return replace(node, entries=whole), files, errors
