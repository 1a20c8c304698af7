"""A study: a folder with a model, its scenarios and experiments.

Scenarios are loaded when they are first asked for: a page shows two of them at first.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sim
from ui.digests import scenario_digest

SEED = 20250714
KINDS = ("model", "scenario", "experiment")
MAX_OPEN = 4


class ScenarioFiles(Mapping[str, sim.Scenario]):
    """The scenarios of a study by name; each is loaded once, on first access."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self.files = files
        self._loaded: dict[str, sim.Scenario] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> sim.Scenario:
        """Return a scenario.

        Raises
        ------
        SimError
            Its file has errors.
        """
        file = self.files[name]
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = sim.load_scenario(file)
            return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self.files

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


@dataclass(frozen=True)
class Study:
    """The contents of a study folder.

    Attributes
    ----------
    scenarios
        By name, in the order of the study's first experiment, then by file name; the model alone,
        as the scenario of its defaults, comes last.
    titles
        What each scenario is called.
    baseline, first
        Name of the usual baseline, and of the scenario that is shown first.
    errors
        Files that could not be read, with their messages.
    """

    folder: Path
    scenarios: Mapping[str, sim.Scenario]
    files: Mapping[str, Path]
    titles: Mapping[str, str]
    model_name: str
    baseline: str
    first: str
    seed: int = SEED
    errors: Mapping[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def model(self) -> sim.Model:
        """The model, without overlays."""
        try:
            return self.scenarios[self.baseline].base
        except sim.SimError:
            return self.scenarios[self.model_name].model

    def text(self, name: str) -> str:
        """Return the text of a scenario's file."""
        return self.files[name].read_text(encoding="utf-8")

    def digest(self, name: str) -> str:
        """Return eight digits for all that decides the numbers of a scenario: labels do not."""
        if name not in self.digests:
            self.digests[name] = scenario_digest(self.scenarios[name])
        return self.digests[name]

    def is_model(self, name: str) -> bool:
        """Whether this scenario is the model itself, with its defaults."""
        return name == self.model_name


_open: OrderedDict[tuple[Any, ...], Study] = OrderedDict()
_lock = threading.Lock()


def open_study(folder: Path) -> Study:
    """Open a study; it is read again when one of its files has changed.

    Raises
    ------
    SimError
        There is no model.
    """
    homes = [folder, *sorted(path for path in folder.glob("*") if path.is_dir())]
    homes += [above / name for above in (folder, *folder.parents) for name in ("seeds", "blocks")]
    files = (file for home in homes for file in (*yaml_files(home), *sorted(home.glob("*.csv"))))
    key = (str(folder), *map(_stamp, files))
    with _lock:
        if key not in _open:
            _open[key] = read_study(folder)
            while len(_open) > MAX_OPEN:
                _open.popitem(last=False)
        return _open[key]


def yaml_files(folder: Path) -> list[Path]:
    """Return the YAML files of a folder; hidden ones are an editor's own."""
    return sorted(file for file in folder.glob("*.yaml") if not file.name.startswith("."))


def _stamp(file: Path) -> tuple[str, int, int]:
    """Return what changes when a file does; one that leads nowhere has no time and no size."""
    try:
        found = file.stat()
    except OSError:
        return str(file), 0, 0
    return str(file), found.st_mtime_ns, found.st_size


def read_study(folder: Path) -> Study:
    """Read the head of every file of a folder.

    Raises
    ------
    SimError
        There is no model.
    """
    found: dict[str, list[tuple[Path, Mapping[str, Any]]]] = {kind: [] for kind in KINDS}
    errors: dict[str, str] = {}
    for file in yaml_files(folder):
        try:
            kind, head = _head(file)
        except sim.SimError as error:
            errors[file.name] = str(error)
            continue
        if kind in found:
            found[kind].append((file, head))
    if not found["model"]:
        words = f"no model found in '{folder.name}'"
        raise sim.ExperimentError("\n".join([words, *errors.values()]))
    model, head = found["model"][0]
    model_name = str(head["model"])
    files: dict[str, Path] = {}
    titles: dict[str, str] = {}
    for file, head in found["scenario"]:
        name = str(head["scenario"])
        if name in files or name == model_name:
            errors[file.name] = f"another scenario is already named '{name}'"
            continue
        files[name] = file
        titles[name] = str(head.get("title") or name.replace("_", " "))
    files[model_name], titles[model_name] = model, "The model's defaults"
    order, seed = _order([head for _, head in found["experiment"]], files)
    names = [*order, *(name for name in files if name not in order)]
    ordered = {name: files[name] for name in names}
    return Study(
        folder=folder,
        scenarios=ScenarioFiles(ordered),
        files=ordered,
        titles=titles,
        model_name=model_name,
        baseline=names[0] if order else model_name,
        first=names[1] if order else names[0],
        seed=seed,
        errors=errors,
    )


def _head(file: Path) -> tuple[str, Mapping[str, Any]]:
    """Return the kind of a file and its keys; of a model, which may be long, only its name."""
    if not file.is_file():  # a link that leads nowhere, a pipe
        raise sim.ExperimentError(f"cannot read '{file.name}': not a regular file")
    with file.open(encoding="utf-8", errors="replace") as lines:
        first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    with contextlib.suppress(sim.SimError):
        head = sim.yaml.to_data(sim.yaml.read_text(first))
        if isinstance(head, dict) and "model" in head:
            return "model", head
    data = sim.yaml.to_data(sim.yaml.read_file(file, file.name))
    return (str(next(iter(data), "")), data) if isinstance(data, dict) else ("", {})


def _order(
    experiments: list[Mapping[str, Any]], files: Mapping[str, Path]
) -> tuple[list[str], int]:
    """Return the scenarios of the first experiment that compares several, and its seed."""
    names = {file.name: name for name, file in files.items()}
    for head in experiments:
        listed = head.get("scenarios")
        found = (
            [names[str(n)] for n in listed if str(n) in names] if isinstance(listed, list) else []
        )
        if len(found) > 1:
            seed = head.get("seed", SEED)
            return list(dict.fromkeys(found)), seed if isinstance(seed, int) else SEED
    return [], SEED
