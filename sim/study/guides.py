"""Files of guides, each loaded alone with the model it is of."""

from __future__ import annotations

from pathlib import Path

from sim.errors import ModelError
from sim.formatting import counted
from sim.model.guide import Guide
from sim.model.guide_shape import GuideFile
from sim.model.shapes import validate
from sim.study.documents import read_document
from sim.study.guide import read_guide
from sim.study.guide_file import GuideText
from sim.study.paths import existing
from sim.study.scenario import load_model


def load_guide(path: Path) -> Guide:
    """Load a guide and check it against its model.

    Raises
    ------
    ModelError
        With every error of the guide, or of its model.
    """
    node = read_document(path, "guide", "a guide")
    _, errors, removed = validate(node, GuideFile)
    if "of" not in node.entries or ("of",) in removed:
        raise ModelError(errors)
    return read_guide(GuideText(path, node), load_model(existing(path, node.entries["of"].value)))


def describe_guide(path: Path) -> str:
    """Check a file of a guide, and summarize it in a few words.

    Raises
    ------
    ModelError
        With every error of the guide, or of its model.
    """
    guide = load_guide(path)
    minutes = f", {counted(guide.minutes, 'minute')}" if guide.minutes else ""
    return f"guide '{guide.name}': {counted(len(guide.steps), 'step')}{minutes}"
