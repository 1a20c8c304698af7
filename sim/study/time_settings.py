"""Settings of the time axis and of a run, laid over a scenario as its last overlay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from sim.model.types import Value
from sim.study.overlay import Chain, as_mapping, structure_changes
from sim.yaml import merge, read_text

#: Their names in `with_settings` and `--set`.
TIME_SETTINGS = ("time.horizon", "time.warmup", "time.stop", "time.max_events")


def set_time(chain: Chain, values: Mapping[str, Value]) -> Chain:
    """Return a chain with other values under `time`, as the last of its overlays."""
    patch = as_mapping(read_text(f"time: {json.dumps(values)}", "settings"))
    return replace(
        chain,
        node=as_mapping(merge(chain.node, patch)),
        texts=(*chain.texts, patch.span.text),
        overlay=(*chain.overlay, *structure_changes(patch)),
    )
