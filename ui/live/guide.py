"""The guide of a study as its page shows it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

import sim
from sim.study.guide import left_out


def guide_item(model: sim.Model, scenarios: Collection[str], levers: Collection[str]) -> Any:
    """Return the guide of a model in a document; nothing where it has none, or the page cannot show it."""
    guide = model.guide
    if guide is None or left_out(guide, scenarios, (*levers, *model.parameters)):
        return None
    return {
        "title": guide.title,
        "audience": guide.audience,
        "minutes": guide.minutes,
        "steps": [asdict(step) for step in guide.steps],
    }
