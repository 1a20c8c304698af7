"""Model cards of the shipped studies, measured anew when something that they rest on changes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sim.engine.codegen.program import generate
from sim.reporting.card import model_card, read_study
from sim.study.files import kind

#: The heading of the measured sections, which are the last ones of a card.
MEASURED = "\n## Measured\n"


def model_cards(docs: Path, *, anew: bool = False) -> dict[Path, str]:
    """Return the measured card of every study that has a page among the models of `docs`.

    To measure takes seconds to minutes. A page keeps its measured sections while its last line names the
    digest of all that they rest on, unless all are to be measured anew.
    """
    studies = docs.parent / "scenarios"
    return {
        page: _card(model, page.read_text(encoding="utf-8"), anew)
        for page in sorted(docs.glob("models/*.md"))
        if (model := studies / page.stem / "model.yaml").is_file()
    }


def _card(model: Path, page: str, anew: bool) -> str:
    mark = f"<!-- measured: {digest(model)} -->\n"
    if anew or not page.endswith(mark) or MEASURED not in page:
        return f"{model_card(model, measured=True).text}\n{mark}"
    return model_card(model).text + MEASURED + page.partition(MEASURED)[2]


def digest(model: Path) -> str:
    """Return the digest of all that the measured sections of a card rest on.

    These are its files but the guide, facts and targets elsewhere, and the programs that run.
    """
    study = read_study(model)
    files = {file.resolve() for end in ("yaml", "csv") for file in model.parent.rglob(f"*.{end}")}
    files -= {file for file in files if file.suffix == ".yaml" and kind(file) == "guide"}
    files |= {Path(fact.span.file).resolve() for fact in study.facts}
    files |= {Path(targets.path).resolve() for targets in study.targets}
    runs = [study.base, *study.scenarios, *(s for t in study.targets for s in t.scenarios)]
    parts = [file.read_text(encoding="utf-8") for file in sorted(files)]
    parts += [generate(scenario.model).digest for scenario in runs]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
