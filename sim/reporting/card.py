"""The model card: what a model is, what it rests on, and what it must not be used for.

Its items are those of STRESS-DES (Monks et al. 2019), in the words of `card.md`. What a machine can
tell comes from the files of the study; the rest is the `docs` section of the model. Measured sections
follow where they are asked for: what the study says of the model when it is run.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import jinja2

from sim.analysis.evidence import evidence_of
from sim.errors import Diagnostic, ModelError, SimError
from sim.execution.runner import Progress
from sim.formatting import TOY
from sim.model.docs import NEEDED, OPTIONAL
from sim.model.facts import Fact
from sim.model.types import Model
from sim.numerics.draws import SCHEME
from sim.reporting import listings
from sim.reporting.listings import mermaid
from sim.reporting.measured_listings import measured_sections
from sim.reporting.measurements import measure
from sim.study.documents import read_document
from sim.study.experiment import Experiment
from sim.study.experiment_file import load_experiment
from sim.study.files import kind
from sim.study.scenario import Scenario, load_scenario
from sim.study.targets import TargetSet, load_targets
from sim.yaml import Scalar

TEMPLATE = Path(__file__).with_name("card.md")


@dataclass(frozen=True)
class Study:
    """The files of one folder that belong to a model, and its targets in the folders beside it."""

    base: Scenario
    facts: tuple[Fact, ...]
    files: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    experiments: tuple[Experiment, ...]
    targets: tuple[TargetSet, ...]

    @property
    def model(self) -> Model:
        """The model."""
        return self.base.model


@dataclass(frozen=True)
class Card:
    """A model card as Markdown, and the items that nobody has filled."""

    model: str
    text: str
    empty: tuple[str, ...]

    def __str__(self) -> str:
        return self.text


def model_card(path: Path, *, measured: bool = False, progress: Progress | None = None) -> Card:
    """Write the card of a model from its file and those beside it.

    Parameters
    ----------
    path : Path
        The model.
    measured : bool
        Run the study, and add what it measures: which assumptions the variance is due to, which
        futures are plausible, what turns the sign of each difference, calibration and backtest. The
        same files give the same text.
    progress : callable, optional
        Called with the number of replications done and the number in all, of each run.

    Returns
    -------
    Card
        Its text is `str(card)`.

    Raises
    ------
    ModelError
        The file is no model, or a file of the study is faulty.
    SimError
        A run of a measured card cannot begin.

    Examples
    --------
    >>> from pathlib import Path
    >>> import sim.reporting
    >>> card = sim.reporting.model_card(Path("scenarios/port_strike/model.yaml"))
    >>> card.model, card.empty
    ('port_strike', ())
    """
    study = read_study(path)
    model = study.model
    untold: list[str] = []
    empty: list[str] = []

    def told(item: str) -> list[str]:
        """Return the author's words on an item, and note what is missing."""
        texts = {key: model.docs.get(key, "").strip() for key in NEEDED[item]}
        untold.extend(f"docs: {key}" for key, text in texts.items() if not text)
        more = [model.docs.get(key, "") for key in OPTIONAL.get(item, ())]
        return [listings.prose(text) for text in (*texts.values(), *more)]

    def item(
        title: str,
        *parts: str | list[str],
        after: str | list[str] = "",
        caller: Callable[[], str] = str,
    ) -> str:
        """Return an item: its parts, what the template says, and what follows."""
        text = paragraphs(*parts, " ".join(caller().split()), after)
        if not text:
            empty.append(title)
        return f"### {title}\n\n{text or '*Empty.*'}"

    evidence = evidence_of(model)
    used = {ground.fact for ground in evidence.grounds}
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    text = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        model=model, clock=model.clock, study=study, toy=TOY, scheme=SCHEME, listings=listings,
        mermaid=mermaid, evidence=evidence, paragraphs=paragraphs, told=told, item=item,
        used=[fact for fact in study.facts if fact.name in used],
        later=sum(fact.vintage == "ex_post" for fact in study.facts),
    )  # fmt: skip
    empty = [*untold, *empty, *listings.unlabelled(model)]
    empty += [f"parameter '{g.name}': no source or reason" for g in evidence.missing]
    if measured:
        found = measure(study.base, study.experiments, study.targets, progress)
        text = f"{text.rstrip()}\n\n{measured_sections(found, path.name)}"
    return Card(model.name, text.rstrip() + "\n", tuple(dict.fromkeys(empty)))


def paragraphs(*parts: str | list[str]) -> str:
    """Return texts with an empty line between them, without those that say nothing."""
    texts = [t for part in parts for t in ([part] if isinstance(part, str) else part)]
    return "\n\n".join(text.strip() for text in texts if text.strip())


def read_study(path: Path) -> Study:
    """Read a model and the files beside it that belong to it.

    Raises
    ------
    ModelError
        The file is no model, or a file beside it is faulty.
    """
    if kind(path) != "model":
        words = f"'{path.name}' is not a model"
        raise ModelError(Diagnostic("wrong-kind", words, None, "a card describes a model"))
    base = load_scenario(path)
    facts = base.document.facts if base.document else {}
    files = sorted(path.parent.glob("*.yaml"))
    kinds = {file: kind(file) for file in files}
    scenarios = [load_scenario(file) for file in files if kinds[file] == "scenario"]
    experiments = [load_experiment(file) for file in files if kinds[file] == "experiment"]
    targets = [load_targets(file) for file in files if kinds[file] == "targets"]
    name = base.model.name
    seeds = sorted({Path(fact.span.file).name for fact in facts.values()})
    return Study(
        base=base,
        facts=tuple(facts.values()),
        files=(path.name, *(f"seeds/{seed}" for seed in seeds)),
        scenarios=tuple(s for s in scenarios if s.model.name == name),
        experiments=tuple(e for e in experiments if e.model.name == name),
        targets=tuple(t for t in targets + _beside(path) if t.scenarios[0].model.name == name),
    )


def _beside(path: Path) -> list[TargetSet]:
    """Return the targets of a model in the folders beside its own, but for faulty ones."""
    own = path.resolve()
    found = []
    for file in sorted({file.resolve() for file in own.parent.parent.glob("*/*.yaml")}):
        with suppress(SimError):
            if file.parent != own.parent and kind(file) == "targets" and _model_of(file) == own:
                found.append(load_targets(file))
    return [targets for targets in found if targets.model_file == own]


def _model_of(file: Path) -> Path:
    """Return the model that a file leads to by `of`, without reading it as a model."""
    passed = {file}
    while isinstance(of := read_document(file).get("of"), Scalar):
        file = (file.parent / of.text).resolve()
        if file in passed:
            break
        passed.add(file)
    return file
