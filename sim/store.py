"""Run directories: results that no interruption can spoil, and that know what they are.

A directory holds ``manifest.json``, ``shards/shard-00000.parquet`` … and beside each shard a file with
its SHA-256. A shard is a fixed stretch of rows of one scenario; what it holds depends on the plan
alone, never on who computed it or when. Each file is written beside its place, synced and renamed, so
no reader ever sees half a file; a shard counts once its digest lies beside it.
"""

from __future__ import annotations

import datetime
import fcntl
import hashlib
import json
import math
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.ensemble import Ensemble, FailedRun
from sim.errors import Diagnostic, ResultError
from sim.experiment import Experiment, Target
from sim.program import generate
from sim.scenario import resolved, restore
from sim.shards import SHARD_ROWS, Shard, read_table, shards

FORMAT = 1
MANIFEST, LOCK, SHARDS = "manifest.json", ".lock", "shards"


def describe(plan: Experiment) -> dict[str, Any]:
    """Return a plan as plain data from which it can be made again."""
    documents: dict[str, Any] = {}
    scenarios = [_shelved(resolved(scenario), documents) for scenario in plan.scenarios]
    return {
        "name": plan.name,
        "title": plan.title,
        "rationale": plan.rationale,
        "path": plan.path,
        "documents": documents,
        "scenarios": scenarios,
        "programs": [generate(scenario.model).digest for scenario in plan.scenarios],
        "replications": plan.replications,
        "seed": plan.seed,
        "randomness": plan.randomness,
        "sampler": plan.sampler,
        "parameters": list(plan.parameters),
        "futures": [[float(value) for value in row] for row in plan.futures],
        "targets": {
            name: [_finite(t.at_least), _finite(t.at_most)] for name, t in plan.targets.items()
        },
        "shard_rows": SHARD_ROWS,
    }


#: What the scenarios of a study have in common, kept once.
_SHELVED = ("model", "scenario", "facts")


def _shelved(scenario: dict[str, Any], documents: dict[str, Any]) -> dict[str, Any]:
    """Put the large parts of a scenario on the common shelf, under their digests."""
    for key in _SHELVED:
        name = digest({key: scenario[key]})[:16]
        documents[name] = scenario[key]
        scenario[key] = name
    return scenario


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def digest(description: Mapping[str, Any]) -> str:
    """Return the digest of a plan: two plans with one digest have the same rows, bit for bit."""
    text = json.dumps(description, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def rebuild(description: Mapping[str, Any]) -> Experiment:
    """Make the plan that `describe` put away.

    Raises
    ------
    ResultError
        It does not describe the programs it says it does.
    """
    futures = description["futures"]
    shelf = description["documents"]
    scenarios = [
        {key: shelf[value] if key in _SHELVED else value for key, value in scenario.items()}
        for scenario in description["scenarios"]
    ]
    plan = Experiment(
        name=description["name"],
        title=description["title"],
        scenarios=tuple(restore(scenario) for scenario in scenarios),
        replications=description["replications"],
        seed=description["seed"],
        parameters=tuple(description["parameters"]),
        futures=np.array(futures, dtype=float).reshape(len(futures), -1),
        sampler=description["sampler"],
        targets={
            name: Target(-math.inf if low is None else low, math.inf if high is None else high)
            for name, (low, high) in description["targets"].items()
        },
        rationale=description["rationale"],
        path=description["path"],
    )
    programs = [generate(scenario.model).digest for scenario in plan.scenarios]
    if programs != description["programs"] or plan.randomness != description["randomness"]:
        raise _fault("other-engine", "these results are of another version of the engine")
    return plan


def _fault(code: str, message: str, help: str = "") -> ResultError:
    return ResultError(Diagnostic(code, message, None, help))


class RunDirectory:
    """A run directory of one plan."""

    def __init__(self, path: Path, plan: Experiment, description: Mapping[str, Any]) -> None:
        self.path = path
        self.plan = plan
        self.description = description
        self.digest = digest(description)

    def write(self, shard: Shard, content: bytes) -> None:
        """Put a shard in its place, and then its digest beside it."""
        folder = self.path / SHARDS
        write_atomic(folder / shard.name, content)
        write_atomic(
            folder / (shard.name + ".sha256"), hashlib.sha256(content).hexdigest().encode()
        )

    def read(self, shard: Shard) -> bytes | None:
        """Return a shard, or None where it is missing or damaged."""
        file = self.path / SHARDS / shard.name
        try:
            content = file.read_bytes()
            wanted = file.with_name(file.name + ".sha256").read_text()
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        return content if hashlib.sha256(content).hexdigest() == wanted.strip() else None

    def missing(self) -> list[Shard]:
        """Return the shards that are missing or damaged."""
        return [shard for shard in shards(self.plan) if self.read(shard) is None]

    def manifest(self, *, complete: bool, began: str, command: str, kernel: str) -> None:
        """Write what the directory holds."""
        content = {
            "fulcrum": _version(),
            "format": FORMAT,
            "complete": complete,
            "digest": self.digest,
            "command": command,
            "began": began,
            "ended": now() if complete else None,
            "kernel": kernel,
            "python": platform.python_version(),
            "packages": _packages(),
            "machine": {
                "system": platform.system(),
                "processor": platform.machine(),
                "cores": os.cpu_count(),
            },
            "plan": self.description,
        }
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        write_atomic(self.path / MANIFEST, text.encode())


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def now() -> str:
    """Return the time as text."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _version() -> str:
    from sim import __version__

    return __version__


def _packages() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("numpy", "simpy", "llvmlite", "pyarrow", "pyyaml")}


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a directory; it dies with its holder.

    Raises
    ------
    ResultError
        Another process holds it.
    """
    with (path / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            words = f"'{path}' is in use by process {holder}"
            raise ResultError(Diagnostic("locked", words)) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.seek(0)
            file.truncate()


def read_manifest(path: Path) -> dict[str, Any]:
    """Read the manifest of a run directory.

    Raises
    ------
    ResultError
        There is none, it is damaged, or it is of another format.
    """
    file = path / MANIFEST
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _fault("no-results", f"'{path}' holds no results: it has no {MANIFEST}") from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise _fault("damaged", f"'{file}' is damaged") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else None
        raise _fault(
            "other-format", f"'{file}' is of format {found!r}, and this is format {FORMAT}"
        )
    try:
        told = content["digest"] == digest(content["plan"])
    except (KeyError, TypeError, ValueError):
        told = False
    if not told:
        raise _fault("damaged", f"'{file}' was changed: its plan does not have its digest")
    return content


def open_directory(path: Path) -> tuple[RunDirectory, dict[str, Any]]:
    """Open the results in a directory.

    Raises
    ------
    ResultError
        There are none, or they are damaged or of another version.
    """
    content = read_manifest(path)
    try:
        plan = rebuild(content["plan"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _fault("damaged", f"'{path / MANIFEST}' is damaged") from None
    return RunDirectory(path, plan, content["plan"]), content


def create_directory(path: Path, plan: Experiment) -> RunDirectory:
    """Make a directory for a plan, or open the one that holds part of it.

    Raises
    ------
    ResultError
        The directory holds another plan, or something else.
    """
    description = describe(plan)
    if path.exists() and not path.is_dir():
        raise _fault("not-a-directory", f"'{path}' is a file")
    if (path / MANIFEST).exists():
        content = read_manifest(path)
        if content["digest"] != digest(description):
            raise _fault(
                "other-plan",
                f"'{path}' holds results of another plan: {_differs(content['plan'], description)}",
                "choose another directory",
            )
    elif path.is_dir() and any(entry.name != LOCK for entry in path.iterdir()):
        raise _fault("not-empty", f"'{path}' is not empty and holds no results of ours")
    (path / SHARDS).mkdir(parents=True, exist_ok=True)
    return RunDirectory(path, plan, description)


def _differs(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Say in a few words what tells two plans apart."""
    words = {
        "seed": "seed",
        "replications": "replications",
        "programs": "the model's structure",
        "futures": "futures",
        "randomness": "random numbers",
    }
    for key, word in words.items():
        if old.get(key) != new[key]:
            short = key in ("seed", "replications")
            return f"{word} {old.get(key)}, not {new[key]}" if short else f"{word} differ"
    return "the scenarios differ"


def load_results(path: str | os.PathLike[str]) -> Ensemble:
    """Load the results in a run directory; rows that are not finished count as not run.

    An unfinished directory gives the replications that every scenario and future has.

    Raises
    ------
    ResultError
        There are none, or they are damaged.
    """
    directory, content = open_directory(Path(path))
    plan = directory.plan
    names = tuple(plan.model.outcomes)
    rows = len(plan.futures) * plan.replications
    values = np.full((len(plan.scenarios), rows, len(names)), np.nan)
    status = np.full((len(plan.scenarios), rows), -99, np.int32)
    failures: list[FailedRun] = []
    events = 0
    for shard in shards(plan):
        raw = directory.read(shard)
        if raw is None:
            if content["complete"]:
                raise _fault(
                    "damaged", f"'{Path(path) / SHARDS / shard.name}' is missing or damaged"
                )
            continue
        table = read_table(raw, plan, shard)
        values[shard.scenario, shard.begin : shard.end] = table.outcomes
        status[shard.scenario, shard.begin : shard.end] = table.status
        failures += table.failures
        events += int(table.events.sum())
    shape = (len(plan.scenarios), len(plan.futures), plan.replications)
    done = (status.reshape(shape) != -99).all(axis=(0, 1))
    finished = int(done.argmin()) if not done.all() else plan.replications
    if finished == 0:
        raise _fault("unfinished", f"'{path}' has no replication that every scenario has finished")
    return Ensemble(
        experiment=replace(plan, replications=finished),
        values=values.reshape(*shape, -1)[:, :, :finished],
        failed=status.reshape(shape)[:, :, :finished] != 0,
        failures=tuple(f for f in failures if f.replication < finished),
        kernel=content["kernel"],
        events=events,
    )


def command_line() -> str:
    """Return the command that is running, without paths of the machine."""
    return " ".join(["fulcrum", *sys.argv[1:]])
