"""A new study, written from an empty one or from any that comes with the package."""

from __future__ import annotations

import re
from pathlib import Path

from sim.errors import Diagnostic, ExperimentError
from sim.model.schema import FILES
from sim.study.json_schema import schema_text
from sim.study.shipped import HOME, packs, shipped_studies, unknown_study

BLANK = "blank"
TEMPLATES = HOME / "templates"
#: Where the files of a study find facts and schemas in a checkout, and where in a study of its own.
SEEDS, SCHEMA = "../../seeds/", "../../docs/schema/"


def starting_points() -> dict[str, Path]:
    """Return the folders that a new study can begin from, by name: an empty one, then those shipped."""
    return {BLANK: TEMPLATES / BLANK, **shipped_studies()}


def write_study(folder: Path, source: str = BLANK) -> list[Path]:
    """Write a new study and return its files.

    Parameters
    ----------
    folder
        A folder that is not there yet, or is empty.
    source
        Name of a study that comes with the package.

    Raises
    ------
    ExperimentError
        There is no such study, or the folder holds something.
    """
    known = starting_points()
    if source not in known:
        raise unknown_study(source, list(known))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        words = f"'{folder}' is there already and is not an empty folder"
        raise ExperimentError(
            Diagnostic("not-empty", words, None, "name a folder that does not exist yet")
        )
    texts = study_texts(known[source], source)
    about = (TEMPLATES / "README.md").read_text(encoding="utf-8")
    texts["README.md"] = about.format(title=folder.resolve().name, source=source)
    written = []
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        written.append(path)
    return written


def study_texts(home: Path, source: str) -> dict[str, str]:
    """Return the files of a study as one folder, by name: facts and schemas lie within it."""
    texts: dict[str, str] = {}
    seeds: set[str] = set()
    for path in sorted([*home.rglob("*.yaml"), *home.rglob("*.csv")]):
        name = path.relative_to(home).as_posix()
        if name.startswith("seeds/"):
            continue
        text = path.read_text(encoding="utf-8")
        seeds |= set(re.findall(re.escape(SEEDS) + r"([\w./-]+\.(?:ya?ml|csv))", text))
        texts[name] = text.replace(SEEDS, "seeds/").replace(SCHEMA, "schema/")
    place = packs() / "seeds"
    if source == BLANK:
        place, seeds = home / "seeds", {path.name for path in home.glob("seeds/*.yaml")}
    for name in sorted(seeds):
        text = (place / name).read_text(encoding="utf-8")
        texts[f"seeds/{name}"] = text.replace("../docs/schema/", "../schema/")
    texts |= {f"schema/{kind}.json": schema_text(kind) for kind in FILES}
    return texts
