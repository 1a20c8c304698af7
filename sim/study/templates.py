"""Studies that come with the package, and a new one written from any of them.

A checkout holds them in `scenarios/` and `seeds/`; a wheel carries the same files in `sim/packs`.
"""

from __future__ import annotations

import re
from pathlib import Path

from sim.errors import Diagnostic, ExperimentError, did_you_mean
from sim.model.schema import FILES
from sim.study.json_schema import schema_text

HOME = Path(__file__).parent.parent
BLANK = "blank"
#: Where the files of a study find facts and schemas in a checkout, and where in a study of its own.
SEEDS, SCHEMA = "../../seeds/", "../../docs/schema/"


def shipped_studies() -> dict[str, Path]:
    """Return the folders of the studies that a new one can begin from, by name."""
    found = {BLANK: HOME / "templates" / BLANK}
    home = _packs() / "scenarios"
    for model in sorted(home.glob("*/model.yaml")):
        found[model.parent.name] = model.parent
    return found


def _packs() -> Path:
    """Return the folder that holds `scenarios` and `seeds`: in a wheel, else of the checkout."""
    inside = HOME / "packs"
    return inside if inside.is_dir() else HOME.parent


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
    known = shipped_studies()
    if source not in known:
        words = f"no study '{source}' comes with the package"
        help = did_you_mean(source, known) or "one of " + ", ".join(known)
        raise ExperimentError(Diagnostic("unknown-name", words, None, help))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        words = f"'{folder}' is there already and is not an empty folder"
        raise ExperimentError(
            Diagnostic("not-empty", words, None, "name a folder that does not exist yet")
        )
    texts = study_texts(known[source], source)
    about = (HOME / "templates" / "README.md").read_text(encoding="utf-8")
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
        seeds |= set(re.findall(re.escape(SEEDS) + r"([\w.-]+\.ya?ml)", text))
        texts[name] = text.replace(SEEDS, "seeds/").replace(SCHEMA, "schema/")
    places = [_packs() / "seeds" / name for name in seeds]
    if source == BLANK:
        places = list(home.glob("seeds/*.yaml"))
    for path in sorted(places):
        text = path.read_text(encoding="utf-8")
        texts[f"seeds/{path.name}"] = text.replace("=../docs/schema/", "=../schema/")
    texts |= {f"schema/{kind}.json": schema_text(kind) for kind in FILES}
    return texts
