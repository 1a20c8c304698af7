"""Files of guides: read beside a model, and checked against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sim.errors import ExperimentError, ModelError, did_you_mean
from sim.language.names import name_error
from sim.model.checks import Report
from sim.model.guide import Guide, Look, Step
from sim.model.guide_shape import GuideFile, StepShape
from sim.model.shapes import validate
from sim.model.types import Model, Value
from sim.study.documents import read_document
from sim.study.families import input_cells, refuse_family, set_cells, unknown_outcome
from sim.study.guide_file import GuideText
from sim.study.paths import shown
from sim.study.settings import check_setting
from sim.yaml import Scalar

#: Keys under `set` that name scenarios.
SCENES = ("scenario", "baseline")


def read_guide(file: GuideText, model: Model) -> Guide:
    """Check a guide against its model.

    Raises
    ------
    ModelError
        With every error of its text, its structure and the names and values it uses.
    """
    made, errors, removed = validate(file.node, GuideFile)
    report = Report(file.node, list(errors))
    if made is None or ("steps",) in removed:
        raise ModelError(report.errors)
    if error := name_error(made.guide, spoken=False):
        report.error(("guide",), "bad-name", f"'{made.guide}' {error}")
    reader = _Reader(report, model, file.path)
    steps = tuple(reader.step(i, step) for i, step in enumerate(made.steps))
    if report.errors:
        raise ModelError(report.errors)
    title = made.title or made.guide.replace("_", " ")
    return Guide(
        name=made.guide, title=title, audience=made.audience, minutes=made.minutes or 0,
        steps=steps, path=shown(file.path),
    )  # fmt: skip


def left_out(guide: Guide, scenarios: Iterable[str], levers: Iterable[str]) -> str:
    """Return why a page with some scenarios and levers cannot show a guide, or nothing."""
    known, movable = set(scenarios), set(levers)
    for i, step in enumerate(guide.steps, 1):
        missing = [n for n in (step.scenario, step.baseline) if n and n not in known]
        if missing:
            return f"step {i} of the guide needs the scenario '{missing[0]}'"
        if step.lever and step.lever not in movable:
            return f"step {i} of the guide moves '{step.lever}', which has no control here"
    return ""


class _Reader:
    """Reads the steps of one guide."""

    def __init__(self, report: Report, model: Model, path: Path) -> None:
        self.report, self.model, self.path = report, model, path
        self.inputs = (*model.levers, *model.parameters)
        self.parts = {name for group in model.shares for name in group.of}

    def step(self, place: int, step: StepShape) -> Step:
        """Check one step."""
        at = ("steps", place)
        if not step.title.strip():
            self.report.error((*at, "title"), "empty-value", "'title' is empty", "name the step")
        if step.answer.strip() and not step.ask.strip():
            words, help = "an answer without a question", "write the question under 'ask'"
            self.report.error((*at, "answer"), "missing-key", words, help, key=True)
        scenes, settings = self.set(at, step.set)
        lever, to = self.move(at, step)
        return Step(
            title=step.title.strip(), text=_plain(step.text), scenario=scenes.get("scenario", ""),
            baseline=scenes.get("baseline", ""), settings=settings, lever=lever, to=to,
            ask=_plain(step.ask), answer=_plain(step.answer), look=self.look(at, step),
        )  # fmt: skip

    def set(
        self, at: tuple[str | int, ...], given: Mapping[str, Value] | None
    ) -> tuple[dict[str, str], dict[str, Value] | None]:
        """Return the scenarios and the values that a step sets."""
        if given is None:
            return {}, None
        scenes: dict[str, str] = {}
        settings: dict[str, Value] = {}
        for name, value in given.items():
            if name in SCENES:
                if self.scene((*at, "set", name), value):
                    scenes[name] = str(value)
            else:
                settings[name] = self.value((*at, "set", name), name, value)
        return scenes, set_cells(self.model, settings)

    def scene(self, at: tuple[str | int, ...], name: Value) -> bool:
        """Check the name of a scenario of the study."""
        own = self.model.name
        if name == own or _scenario_name(self.path.with_name(f"{name}.yaml")) == name:
            return True
        files = sorted(self.path.parent.glob("*.y*ml"))
        known = [own, *filter(None, map(_scenario_name, files))]
        if name in known:
            return True
        help = did_you_mean(str(name), known) or f"one of {', '.join(known[:12])}"
        words = f"no file beside the guide is a scenario '{name}'"
        self.report.error(at, "unknown-scenario", words, help)
        return False

    def value(self, at: tuple[str | int, ...], name: str, value: Value) -> Value:
        """Check a value of a lever or parameter, or of all its members."""
        cells = input_cells(self.model, name)
        if not all(cell in self.inputs for cell in cells):
            self.unknown(at, name, key=True)
        elif not self.parts.isdisjoint(cells):
            words = f"'{name}' is part of a sum: a page cannot set it alone"
            self.report.error(at, "bad-setting", words, key=True)
        else:
            try:
                checked = [check_setting(self.model, cell, value, False) for cell in cells]
                return checked[0]
            except ExperimentError as error:
                found = error.diagnostics[0]
                self.report.error(at, found.code, found.message, found.help)
        return value

    def unknown(self, at: tuple[str | int, ...], name: str, key: bool) -> None:
        """Report a name that is no lever or parameter."""
        sections = ("state", "derived", "events", "outcomes")
        there = [section for section in sections if name in getattr(self.model, section)]
        help = did_you_mean(name, [*self.inputs, *self.model.families])
        if there:
            help = f"it stands under '{there[0]}': a guide sets levers and parameters"
        words = f"model '{self.model.name}' has no lever or parameter '{name}'"
        self.report.error(at, "unknown-lever", words, help, key=key)

    def move(self, at: tuple[str | int, ...], step: StepShape) -> tuple[str, Value | None]:
        """Return the lever that the reader is to move, and the value if one is asked for."""
        if step.move is None:
            return "", None
        at, before = (*at, "move"), len(self.report.errors)
        name, to = (
            (step.move, None) if isinstance(step.move, str) else next(iter(step.move.items()))
        )
        place = at if to is None else (*at, name)
        try:
            refuse_family(self.model, name, self.inputs, "unknown-lever")
        except ExperimentError as error:
            found = error.diagnostics[0]
            self.report.error(place, found.code, found.message, found.help, key=to is not None)
            return name, to
        if to is not None:
            to = self.value(place, name, to)
        elif name not in self.inputs:
            self.unknown(place, name, key=False)
        if (
            to is not None
            and before == len(self.report.errors)
            and (step.set or {}).get(name) == to
        ):
            words, help = f"the step sets '{name}' to this already", "let it start elsewhere"
            self.report.error(place, "bad-setting", words, help)
        return name, to

    def look(self, at: tuple[str | int, ...], step: StepShape) -> Look:
        """Check what a step asks to look at."""
        look = step.look
        if look is None:
            return Look()
        model, at = self.model, (*at, "look")
        if look.outcome is not None and look.outcome not in model.outcomes:
            words, help = unknown_outcome(model, look.outcome)
            self.report.error((*at, "outcome"), "unknown-outcome", words, help)
        families = [n for n, f in model.families.items() if f.section in ("state", "derived")]
        series = {*model.state, *model.derived, *families}
        cells = {cell for name in model.derived for cell in model.cells(name)}
        if look.series is not None and look.series not in series | cells:
            words = f"'{look.series}' is no state variable or derived quantity"
            help = did_you_mean(look.series, sorted(series))
            self.report.error((*at, "series"), "unknown-name", words, help)
        return Look(look.part or "", look.outcome or "", look.series or "", _plain(look.text))


def _scenario_name(file: Path) -> str:
    """Return the name of the scenario in a file, or nothing where it holds none."""
    try:
        named = read_document(file, "scenario", "a scenario").get("scenario")
    except ModelError:
        return ""
    return named.value if isinstance(named, Scalar) and isinstance(named.value, str) else ""


def _plain(text: str) -> str:
    """Return a text without the line breaks of its file; an empty line ends a paragraph."""
    return "\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))
