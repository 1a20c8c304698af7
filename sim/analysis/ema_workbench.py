"""A scenario as a model of the EMA Workbench (Kwakkel 2017), and its result archives as arrays."""

from __future__ import annotations

import csv
import io
import json
import os
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.analysis.design import points
from sim.analysis.inputs import Factor, factors
from sim.analysis.optional import needed
from sim.engine.trace import encode
from sim.errors import Diagnostic, ResultError
from sim.execution.runner import KernelName
from sim.study.scenario import Scenario

#: A member of an archive above this is refused, as is an archive of more members.
MAX_BYTES, MAX_MEMBERS = 1 << 30, 10_000


def ema_model(
    scenario: Scenario,
    outcomes: Sequence[str] = (),
    *,
    replications: int = 20,
    seed: int = 1,
    name: str = "",
    kernel: KernelName = "auto",
) -> Any:
    """Return a scenario as an ``ema_workbench.Model``.

    Levers become its levers, uncertain parameters its uncertainties, and means over the replications its
    outcomes, with the model's goals. Every experiment has the same random numbers, so that the workbench
    compares like with like. A replication without a value is left out of its mean.

    Parameters
    ----------
    outcomes
        Those to hand over; by default all.
    name
        Name of the model in the workbench: letters and digits.

    Raises
    ------
    ExperimentError
        EMA Workbench is not installed, or an outcome is unknown.
    """
    ema = needed("ema_workbench", "ema_workbench")
    model = scenario.model
    chosen = tuple(outcomes or model.outcomes)
    moved = factors(scenario, levers=True)
    types = {n: e.type for n, e in model.levers.items()}
    types |= {n: e.type for n, e in model.parameters.items()}

    def run(**settings: Any) -> dict[str, float]:
        names = list(settings)
        row = [encode(settings[n], types[n]) for n in names]
        ran = points(
            scenario, names, np.array([row]), replications, seed, outcomes=chosen, kernel=kernel,
            threads=1,
        )  # fmt: skip
        values = ran.values[0]
        known = ~np.isnan(values)
        sums = np.where(known, values, 0.0).sum(axis=0)
        counts = known.sum(axis=0)
        return {
            n: float(s / c) if c else float("nan")
            for n, s, c in zip(chosen, sums, counts, strict=True)
        }

    made = ema.Model(name or "".join(c for c in model.name if c.isalnum()), function=run)
    made.levers = [_variable(ema, f) for f in moved if f.role == "lever"]
    made.uncertainties = [_variable(ema, f) for f in moved if f.role == "parameter"]
    kinds = {
        "minimize": ema.ScalarOutcome.MINIMIZE,
        "maximize": ema.ScalarOutcome.MAXIMIZE,
        "": ema.ScalarOutcome.INFO,
    }
    made.outcomes = [ema.ScalarOutcome(n, kind=kinds[model.outcomes[n].goal]) for n in chosen]
    return made


def _variable(ema: Any, factor: Factor) -> Any:
    """Return what the workbench calls a factor."""
    match factor.type.kind:
        case "option":
            return ema.CategoricalParameter(factor.name, list(factor.type.options))
        case "boolean":
            return ema.BooleanParameter(factor.name)
        case "whole":
            return ema.IntegerParameter(factor.name, int(factor.low), int(factor.high))
    return ema.RealParameter(factor.name, factor.low, factor.high)


@dataclass(frozen=True)
class Archive:
    """Results of the EMA Workbench.

    Attributes
    ----------
    experiments
        Per column, its values: ``float64[experiment]`` where all are numbers, else words.
    outcomes
        Per outcome, an array with the experiments along its first axis.
    """

    experiments: dict[str, npt.NDArray[Any]]
    outcomes: dict[str, npt.NDArray[np.float64]]


def read_archive(path: str | os.PathLike[str]) -> Archive:
    """Read a tar.gz that ``ema_workbench.save_results`` wrote; the workbench is not needed.

    Nothing is unpacked to disk, and nothing in the archive is run.

    Raises
    ------
    ResultError
        The file is not such an archive.
    """
    try:
        with tarfile.open(path, "r:gz") as archive:
            if len(archive.getmembers()) > MAX_MEMBERS:
                raise _damaged(path, f"more than {MAX_MEMBERS:,} members")
            metadata = json.loads(_member(archive, "metadata.json", path))
            text = _member(archive, "experiments.csv", path).decode("utf-8")
            outcomes = {}
            for _, name, file in metadata["outcomes"]:
                outcomes[str(name)] = _array(_member(archive, str(file), path), str(file))
    except (tarfile.TarError, EOFError, KeyError, TypeError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    rows = list(csv.reader(io.StringIO(text)))
    columns = zip(*rows[1:], strict=True) if len(rows) > 1 else ([] for _ in rows[0])
    experiments = {n: _column(list(c)) for n, c in zip(rows[0], columns, strict=True)}
    return Archive(experiments, outcomes)


def _member(archive: tarfile.TarFile, name: str, path: str | os.PathLike[str]) -> bytes:
    member = archive.getmember(name)
    if not member.isfile() or member.size > MAX_BYTES:
        raise _damaged(path, f"'{name}' is no plain file, or too large")
    content = archive.extractfile(member)
    assert content is not None
    return content.read()


def _array(content: bytes, file: str) -> npt.NDArray[np.float64]:
    """Return an outcome: a table of numbers, or an array of numpy without objects."""
    if file.endswith(".npy"):
        return np.asarray(np.load(io.BytesIO(content), allow_pickle=False), float)
    text = content.decode("utf-8")
    rows = [[float(x) if x else np.nan for x in line] for line in csv.reader(io.StringIO(text))]
    table = np.array(rows, float)
    return table[:, 0] if table.ndim == 2 and table.shape[1] == 1 else table


def _column(words: list[str]) -> npt.NDArray[Any]:
    try:
        return np.array([float(w) for w in words])
    except ValueError:
        return np.array(words)


def _damaged(path: str | os.PathLike[str], why: str) -> ResultError:
    words = f"{os.fspath(path)}: not an archive of the EMA Workbench: {why}"
    return ResultError(Diagnostic("damaged", words))
