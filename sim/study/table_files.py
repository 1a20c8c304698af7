"""CSV files of tables and samples: read once, under names that do not depend on where that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sim.errors import Diagnostic, ModelError
from sim.study.paths import existing, shown, study_root
from sim.yaml import Csv, Scalar, read_csv
from sim.yaml import Mapping as MappingNode

Files = Mapping[str, Csv]
#: Sections whose entries name files, and the key that does.
FILES = {"tables": "series", "samples": "file"}


def read_tables(
    node: MappingNode, path: Path, known: Files
) -> tuple[MappingNode, dict[str, Csv], list[Diagnostic]]:
    """Read the CSV files that the tables and samples of a document name.

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
    whole = dict(node.entries)
    for section, key in FILES.items():
        entries = dict(node.section(section))
        for name, entry in entries.items():
            named = entry.value.get(key) if isinstance(entry.value, MappingNode) else None
            if not isinstance(named, Scalar) or not isinstance(named.value, str):
                continue
            assert isinstance(entry.value, MappingNode)
            try:
                target = existing(path, named, (".csv",))
                file = read_csv(target, shown(target))
            except ModelError as error:
                errors.extend(error.diagnostics)
                continue
            word = target.resolve().relative_to(study_root(path)).as_posix()
            while word in files and files[word].text.content != file.text.content:
                word += "~"  # of another study
            files[word] = file
            inner = dict(entry.value.entries)
            inner[key] = replace(inner[key], value=replace(named, value=word))
            entries[name] = replace(entry, value=replace(entry.value, entries=inner))
        if entries:
            inside = whole[section].value
            assert isinstance(inside, MappingNode)
            whole[section] = replace(whole[section], value=replace(inside, entries=entries))
    return (node if files == known else replace(node, entries=whole)), files, errors
