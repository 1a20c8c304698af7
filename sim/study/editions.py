"""Whether a model's plausible futures were fitted to its ranges and targets as they are now."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from sim.errors import Diagnostic, ModelError, Span, Text
from sim.model.types import Model, Parameter
from sim.study.model_futures import listed
from sim.study.targets import TargetSet, load_targets

_FITTED = re.compile(
    r"^# targets (?P<targets>[0-9a-f]{16}) (?P<file>.+); ranges (?P<ranges>[0-9a-f]{16})",
    re.MULTILINE,
)


def ranges_digest(parameters: Mapping[str, Parameter]) -> str:
    """Return a digest of what uncertain parameters are sampled from.

    Returns
    -------
    str
        16 hexadecimal digits. Labels and reasons do not change it, nor does anything else of a model.
    """
    return _digest(
        sorted(
            (
                p.name,
                p.value,
                p.type.kind,
                p.type.options,
                p.low,
                p.high,
                p.shape,
                p.middle,
                p.weights,
            )
            for p in parameters.values()
            if p.uncertain
        )
    )


def targets_digest(targets: TargetSet) -> str:
    """Return a digest of what a file of targets says of the model.

    Returns
    -------
    str
        16 hexadecimal digits. Labels, notes and sources do not change it.
    """
    names = [scenario.name for scenario in targets.scenarios]
    return _digest(
        [
            (
                e.name,
                names[e.scenario],
                e.outcome,
                e.given,
                e.low,
                e.high,
                e.discrepancy,
                bool(e.departs),
            )
            for e in targets.entries
        ]
    )


def _digest(data: object) -> str:
    return hashlib.sha256(repr(data).encode()).hexdigest()[:16]


def outdated(model: Model) -> list[Diagnostic]:
    """Return warnings where plausible futures were fitted to other ranges or targets than there are now.

    Raises
    ------
    ModelError
        The file of futures has an error.
    """
    file = model.futures
    if file is None:
        return []
    listed(model)
    found = _FITTED.search(file.content)
    if found is None:
        return []  # of another origin
    changed = []
    if found["ranges"] != ranges_digest(file.parameters):
        changed.append("the ranges of the model have changed since")
    targets = Path(file.path).parent / found["file"]
    try:
        if found["targets"] != targets_digest(load_targets(targets)):
            changed.append(f"the targets of '{found['file']}' have changed since")
    except ModelError:
        changed.append(f"the targets of '{found['file']}' cannot be read")
    text = Text(file.path, file.content)
    line = file.content.count("\n", 0, found.start()) + 1
    place = Span(file.path, line, 1, found.start(), found.end(), text)
    help = f"fit them again: fulcrum calibrate {targets} --fit {file.path}"
    words = "fitted to another edition"
    return [
        Diagnostic("other-edition", f"{words}: {reason}", place, help, warning=True)
        for reason in changed
    ]
