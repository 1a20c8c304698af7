"""The file of a guide that a model names; `sim.study.guide` checks what it says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from sim.errors import Diagnostic, ModelError
from sim.study.documents import read_document
from sim.study.paths import existing
from sim.yaml import Mapping as MappingNode
from sim.yaml import Scalar


@dataclass(frozen=True)
class GuideText:
    """The file of a guide, not yet checked against its model."""

    path: Path
    node: MappingNode


def named_guide(
    node: MappingNode, path: Path, errors: list[Diagnostic]
) -> tuple[MappingNode, GuideText | None]:
    """Return the document of a model without its guide, which decides no result, and the guide.

    Parameters
    ----------
    errors
        Takes those of the name of the file: there is none, or it is no guide.
    """
    named = node.get("guide")
    if not isinstance(named, Scalar) or not isinstance(named.value, str):
        return node, None  # another value is an error of the document
    alone = replace(node, entries={k: e for k, e in node.entries.items() if k != "guide"})
    try:
        target = existing(path, named)
        found = GuideText(target, read_document(target, "guide", "a guide"))
    except ModelError as error:
        errors.extend(error.diagnostics)
        return alone, None
    return alone, found
