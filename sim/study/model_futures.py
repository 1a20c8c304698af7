"""The plausible futures that a model names: they are what its uncertain parameters are sampled from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from sim.engine.protocol import Floats
from sim.errors import Diagnostic, ExperimentError, ModelError
from sim.formatting import counted
from sim.model.types import FuturesFile, Model, Parameter
from sim.study.families import together
from sim.study.listed_futures import MAX_BYTES, parse_futures
from sim.study.paths import existing, shown
from sim.study.shares import with_all_shares
from sim.yaml import Mapping as MappingNode
from sim.yaml import Scalar, parse_csv
from sim.yaml.reader import read_characters

#: What makes a file of plausible futures, as a cure.
FIT = "make it with 'fulcrum calibrate TARGETS --fit FILE.csv', or run with --independent"
_COUNTS = re.compile(r"^# (\d+) of (\d+) futures kept", re.MULTILINE)


@dataclass(frozen=True)
class Listed:
    """Plausible futures: values of parameters, ``float64[future, parameter]``, and where they are from.

    `counts` are those kept and those drawn, where the file says so.
    """

    names: tuple[str, ...]
    values: Floats
    path: str
    counts: tuple[int, int] | None

    @property
    def origin(self) -> str:
        """Of how many they are, in words."""
        if self.counts is None:
            return f"of {self.path}"
        kept, drawn = self.counts
        return f"of {kept:,} kept of {drawn:,} drawn"


def futures_file(node: MappingNode, path: Path) -> FuturesFile | None:
    """Return the file of futures that the document of a model names, if it names one."""
    named = node.get("futures")
    if not isinstance(named, Scalar) or not isinstance(named.value, str) or not named.value:
        return None  # no file; another value is an error of the document
    try:
        target = existing(path, named, (".csv",), FIT)
        return FuturesFile(shown(target), read_characters(target, shown(target), MAX_BYTES))
    except ModelError as error:
        return FuturesFile(named.value, "", tuple(error.diagnostics))


def listed(model: Model) -> Listed:
    """Return the plausible futures of a model that names them.

    A parameter that a scenario declares otherwise than the model is not among them, nor are shares
    of a sum or members that move together, unless all of them are.

    Raises
    ------
    ModelError
        The file cannot be read, has a column that is no uncertain parameter, or a value out of its range.
    """
    file = model.futures
    assert file is not None
    found = _read(file)
    kept = {
        name
        for name in found.names
        if name in model.parameters and alike(model.parameters[name], file.parameters[name])
    }
    kept = set(with_all_shares(model, kept))
    groups = {name: together(model, name) for name in kept}
    for group in {id(g): g for g in groups.values() if g is not None}.values():
        cells = {name for name in model.cells(group.name) if model.parameters[name].uncertain}
        if not cells <= kept:
            kept -= cells
    places = [i for i, name in enumerate(found.names) if name in kept]
    names = tuple(found.names[i] for i in places)
    return replace(found, names=names, values=found.values[:, places])


@lru_cache(maxsize=16)
def _read(file: FuturesFile) -> Listed:
    if file.errors:
        raise ModelError(list(file.errors))
    try:
        names, values = parse_futures(parse_csv(file.content, file.path), file.parameters)
    except ModelError as error:
        cure = "fit them again with 'fulcrum calibrate TARGETS --fit', or run with --independent"
        raise ModelError(
            [replace(d, help=f"{d.help}; {cure}" if d.help else cure) for d in error.diagnostics]
        ) from None
    values.setflags(write=False)
    counts = _COUNTS.search(file.content)
    return Listed(names, values, file.path, (int(counts[1]), int(counts[2])) if counts else None)


def rows(model: Model) -> int | None:
    """Return how many plausible futures a model lists; None where it names no file of them."""
    return None if model.futures is None else len(_read(model.futures).values)


def at_most(model: Model, futures: int) -> int:
    """Return a usual number of futures, or all that the model lists where those are fewer."""
    most = rows(model)
    return futures if most is None else min(futures, most)


def lay_listed(model: Model, names: Sequence[str], drawn: Floats) -> Floats:
    """Return futures in which what a model lists replaces what was drawn: its first rows.

    Parameters
    ----------
    names
        The columns of ``drawn``, ``float64[future, parameter]``.

    Raises
    ------
    ExperimentError
        More futures are wanted than the model lists.
    ModelError
        See `listed`.
    """
    found = listed(model)
    assert model.futures is not None
    n, most = len(drawn), len(found.values)
    if n > most:
        words = f"{counted(n, 'future')} cannot be taken from '{model.futures.path}', which lists {most:,}"
        help = (
            f"ask for at most {most:,}, keep more with 'fulcrum calibrate TARGETS --fit', or draw "
            "from the ranges with --independent"
        )
        raise ExperimentError(Diagnostic("few-futures", words, None, help))
    laid = np.array(drawn)
    laid[:, [names.index(name) for name in found.names]] = found.values[:n]
    return laid


def alike(one: Parameter, other: Parameter) -> bool:
    """Whether two entries say the same of a parameter: its value, and what it is sampled from."""
    mine, theirs = (
        (p.value, p.type, p.low, p.high, p.shape, p.middle, p.weights) for p in (one, other)
    )
    return mine == theirs
