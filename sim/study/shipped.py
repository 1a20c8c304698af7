"""The studies that come with the package, and the paths that their names stand for.

A checkout holds them in `scenarios/` and `seeds/`; a wheel carries the same files in `sim/packs`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sim.errors import Diagnostic, ExperimentError, did_you_mean
from sim.model.naming import family_of
from sim.model.types import Model
from sim.study.documents import read_document
from sim.study.files import inside, kind
from sim.study.scenario import load_model
from sim.yaml import Mapping as MappingNode
from sim.yaml import Scalar

HOME = Path(__file__).parent.parent
#: The files of a study by name: its model, and the experiment by which it is run.
MODEL, USUAL = "model.yaml", "compare.yaml"


@dataclass(frozen=True)
class ListedScenario:
    """A scenario as its file introduces it."""

    name: str
    title: str
    about: str
    file: Path


@dataclass(frozen=True)
class Study:
    """A study that comes with the package: its name and its folder.

    Examples
    --------
    >>> study = shipped_study("port_strike")
    >>> study.model.title, len(study.levers), [s.name for s in study.scenarios][:2]
    ('A dock strike and three ways to meet it', 7, ['sit_it_out', 'mediate'])
    """

    name: str
    folder: Path

    @cached_property
    def model(self) -> Model:
        """The model."""
        return load_model(self.folder / MODEL)

    @property
    def levers(self) -> tuple[str, ...]:
        """Names of the levers; one that each member of a set has is one."""
        return tuple(dict.fromkeys(map(family_of, self.model.levers)))

    @cached_property
    def scenarios(self) -> tuple[ListedScenario, ...]:
        """The scenarios: first those that its comparison lists, in that order."""
        found = {
            file: _introduced(file) for file in inside(self.folder) if kind(file) == "scenario"
        }
        first = [file for file in _compared(self.folder / USUAL) if file in found]
        return tuple(found[file] for file in dict.fromkeys([*first, *found]))


def _introduced(file: Path) -> ListedScenario:
    node = read_document(file)
    name, title, about = (_text(node, key) for key in ("scenario", "title", "rationale"))
    return ListedScenario(name, title or name.replace("_", " "), " ".join(about.split()), file)


def _text(node: MappingNode, key: str) -> str:
    found = node.get(key)
    return str(found.value) if isinstance(found, Scalar) else ""


def _compared(file: Path) -> Sequence[Path]:
    """Return the scenarios that an experiment names, if there is one."""
    found = read_document(file).get("scenarios") if file.is_file() else None
    entries = getattr(found, "items", ())
    return [file.parent / str(one.value) for one in entries if isinstance(one, Scalar)]


def shipped_studies() -> dict[str, Path]:
    """Return the folders of the studies that come with the package, by name.

    Examples
    --------
    >>> "port_strike" in shipped_studies()
    True
    """
    found = sorted((packs() / "scenarios").glob(f"*/{MODEL}"))
    return {model.parent.name: model.parent for model in found}


def shipped_study(name: str) -> Study:
    """Return a study that comes with the package.

    Raises
    ------
    ExperimentError
        None is called that.
    """
    known = shipped_studies()
    if name not in known:
        raise unknown_study(name, list(known))
    return Study(name, known[name])


def unknown_study(name: str, known: Sequence[str]) -> ExperimentError:
    """Return the error of a name that no study has; it names those near, or all."""
    words = f"no study '{name}' comes with the package"
    help = did_you_mean(name, known) or "one of " + ", ".join(known)
    return ExperimentError(Diagnostic("unknown-name", words, None, help))


def packs() -> Path:
    """Return the folder that holds `scenarios` and `seeds`: in a wheel, else of the checkout."""
    carried = HOME / "packs"
    return carried if carried.is_dir() else HOME.parent


def shipped_path(path: Path) -> Path:
    """Return a path as it is, or that of a shipped study if it begins with the name of one.

    What lies in the working directory comes first: the name of a study stands for its folder only
    where nothing of that name is there.

    Raises
    ------
    ExperimentError
        It is one word that names nothing, and nearly the name of a study.

    Examples
    --------
    >>> shipped_path(Path("port_strike/mediate.yaml")).is_file()
    True
    """
    if path.is_absolute() or not path.parts or os.path.lexists(path.parts[0]):
        return path
    known = shipped_studies()
    first, *rest = path.parts
    if first in known:
        return known[first].joinpath(*rest)
    if not rest and not path.suffix and (help := did_you_mean(first, known, 0.75)):
        words = f"there is no file or folder '{path}', and no study that ships is called so"
        raise ExperimentError(Diagnostic("no-file", words, None, help))
    return path


def short_path(path: str | Path) -> str:
    """Return how a command names a path: one that `shipped_path` found, as it was asked for.

    Examples
    --------
    >>> short_path(shipped_path(Path("port_strike/mediate.yaml")))
    'port_strike/mediate.yaml'
    """
    target, home = Path(path), packs() / "scenarios"
    if not target.is_relative_to(home) or target == home:
        return str(path)
    named = target.relative_to(home)
    return str(path) if os.path.lexists(named.parts[0]) else named.as_posix()
