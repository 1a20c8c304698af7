"""What a document has as packed text: modules, and the plausible futures of a model."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import sim
from sim.study.futures import SAMPLED
from sim.study.independence import lists_futures
from sim.study.model_futures import listed

#: Plausible futures of a page, the first ones, unless it begins with more.
MOST_LISTED = 1_000


def packed(data: bytes) -> str:
    """Return bytes as text for a page: gzip, then base64; the same bytes give the same text."""
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def listed_item(experiment: sim.Experiment) -> dict[str, Any]:
    """Return the plausible futures that a page samples, or that it samples ranges in spite of them."""
    if experiment.sampler in SAMPLED:
        return {"ranges": True} if lists_futures(experiment.scenarios[0]) else {}
    if experiment.model.futures is None or not experiment.model.uncertain:
        return {}
    found = listed(experiment.model)
    values = found.values[: max(MOST_LISTED, len(experiment.futures))]
    text = "\n".join(",".join(map(_number, row)) for row in values.tolist())
    return {
        "listed": {
            "names": list(found.names),
            "rows": len(values),
            "values": packed(text.encode()),
            "counts": found.counts,
            "path": found.path,
        }
    }


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
