"""Load a file of any kind; the first key names the kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.errors import Diagnostic, ModelError
from sim.model.facts import read_facts
from sim.model.schema import FILES, kind_of
from sim.study.experiment_file import load_experiment
from sim.study.overlay import read_document
from sim.study.paths import shown
from sim.study.scenario import load_scenario
from sim.study.targets import load_targets


def within(path: Path) -> list[Path]:
    """Return the YAML files of a folder and the folders in it, or the file itself.

    Raises
    ------
    ModelError
        A folder holds none.
    """
    if not path.is_dir():
        return [path]
    found = sorted(
        file
        for file in path.rglob("*.y*ml")
        if file.suffix in (".yaml", ".yml")
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )
    if not found:
        raise ModelError(Diagnostic("no-file", f"the folder '{path}' holds no YAML file"))
    return found


def kinds(files: Sequence[Path]) -> list[tuple[Path, str]]:
    """Return each file with its kind.

    Raises
    ------
    ModelError
        A file cannot be read or is of no known kind.
    """
    return [(file, kind(file)) for file in files]


def kind(file: Path) -> str:
    """Return the kind of a file.

    Raises
    ------
    ModelError
        The file cannot be read or is of no known kind.
    """
    node = read_document(file)
    found = kind_of(node)
    if not found:
        known = ", ".join(FILES)
        words = "the first key does not name a kind of file"
        raise ModelError(Diagnostic("wrong-kind", words, node.span, f"one of {known}"))
    return found


def load(file: Path) -> str:
    """Load a file whatever its kind and say in a few words what it is.

    Raises
    ------
    SimError
        With every fault.
    """
    match kind(file):
        case "facts":
            count = len(read_facts(file, shown(file)))
            return f"{count} fact{'' if count == 1 else 's'}"
        case "experiment":
            made = load_experiment(file)
            return f"experiment '{made.name}', {made.size:,} replications in all"
        case "targets":
            targets = load_targets(file)
            return f"{len(targets.entries)} {targets.vintage} targets '{targets.name}'"
        case found:
            scenario = load_scenario(file)
            model = scenario.model
            sizes = {
                "lever": len(model.levers),
                "parameter": len(model.parameters),
                "state": len(model.state),
                "event": len(model.events),
                "outcome": len(model.outcomes),
            }
            words = [f"{n} {word}{'' if n == 1 else 's'}" for word, n in sizes.items()]
            return f"{found} '{scenario.name}': {', '.join(words)}"
