"""The page of diagnostic codes, from the catalogue that `fulcrum explain` reads."""

from __future__ import annotations

from itertools import groupby

from sim.reporting.diagnostics import explanations


def all_entries() -> str:
    """Return every code under its group: first an index with links, then the entries."""
    groups = {
        group: list(entries)
        for group, entries in groupby(explanations().values(), lambda entry: entry.group)
    }
    index = [
        f"- {group}: " + " · ".join(f"[{e.code}](#{e.code})" for e in entries)
        for group, entries in groups.items()
    ]
    parts = ["\n".join(index)]
    for group, entries in groups.items():
        parts.append(f"## {group}")
        parts += [f"### {e.code}\n\n{e.markdown()}" for e in entries]
    return "\n\n".join(parts)
