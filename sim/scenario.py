"""Files → Model and Scenario: overlays laid over a model, the chain of files resolved."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sim.declarations import Report, check_value
from sim.errors import Diagnostic, ExperimentError, ModelError, Span, did_you_mean
from sim.facts import Fact, gather
from sim.model import Lever, Model, Parameter, Value
from sim.reader import STATISTICS, TRIGGERS, read_model
from sim.schema import ScenarioFile, kind_of, validate
from sim.source import Entry, Node, Scalar, Sequence, merge, read_file, read_text
from sim.source import Mapping as MappingNode

MAX_CHAIN = 8
#: Of an entry written as a bare value: the key that the value is meant for.
SHORTHAND = {"levers": "default", "parameters": "assume", "state": "initial", "derived": "formula"}
#: Keys of which an entry has one: a new one evicts the old one.
RIVALS: dict[str, tuple[tuple[str, ...], ...]] = {
    "parameters": (("fact", "assume"),),
    "events": (TRIGGERS,),
    "outcomes": (STATISTICS,),
}
SECTIONS = ("time", "levers", "parameters", "state", "derived", "events", "outcomes")


@dataclass(frozen=True, slots=True)
class Change:
    """What a scenario changes: a setting, or a part of the structure."""

    section: str
    name: str
    before: object
    after: object


@dataclass(frozen=True)
class Scenario:
    """A named setting of a model: the overlay applied, and values set on top of it by hand.

    `model` is the model with the overlay, `base` the model alone.
    """

    name: str
    title: str
    model: Model
    base: Model
    rationale: str = ""
    path: str = ""
    settings: Mapping[str, Value] = field(default_factory=dict)
    overlay: tuple[Change, ...] = ()

    def values(self) -> dict[str, Value]:
        """Return the value of every lever and parameter, by name."""
        found: dict[str, Value] = {name: lever.default for name, lever in self.model.levers.items()}
        found |= {name: parameter.value for name, parameter in self.model.parameters.items()}
        return found | dict(self.settings)

    def with_settings(self, settings: Mapping[str, Value], name: str | None = None) -> Scenario:
        """Return the scenario with levers or parameters set by hand.

        Raises
        ------
        ExperimentError
            A name is unknown or a value is out of its range.
        """
        checked = {key: self._checked(key, value) for key, value in settings.items()}
        return replace(self, name=name or self.name, settings={**self.settings, **checked})

    def with_levers(self, **levers: Value) -> Scenario:
        """Return the scenario with levers set by hand; see `with_settings`."""
        return self.with_settings(levers)

    def _checked(self, name: str, value: Value) -> Value:
        entry: Lever | Parameter | None = self.model.levers.get(name) or self.model.parameters.get(
            name
        )
        if entry is None:
            known = [*self.model.levers, *self.model.parameters]
            words = f"model '{self.model.name}' has no lever or parameter '{name}'"
            raise ExperimentError(
                Diagnostic("unknown-lever", words, None, did_you_mean(name, known))
            )
        bounds = None
        if isinstance(entry, Lever) and entry.low is not None and entry.high is not None:
            bounds = (entry.low, entry.high)
        report = Report(Scalar(value, str(value), Span("", 1, 1, 0, 0)))
        if not check_value(report, (), value, entry.type, bounds):
            fault = report.faults[0]
            raise ExperimentError(
                Diagnostic(fault.code, f"'{name}': {fault.message}", None, fault.help)
            )
        return value

    def changes(self) -> tuple[Change, ...]:
        """Return what differs from the model alone."""
        values = self.values()
        found = []
        for section in ("levers", "parameters"):
            for name, entry in getattr(self.model, section).items():
                base = getattr(self.base, section).get(name)
                if base is None:
                    continue
                before = base.default if isinstance(base, Lever) else base.value
                if values[name] != before or (
                    isinstance(entry, Parameter) and entry.kind == "counterfactual"
                ):
                    found.append(Change(section, name, before, values[name]))
        return (*found, *self.overlay)


@dataclass
class _Chain:
    """The files of a scenario, from the model to the last overlay, merged."""

    node: MappingNode
    model: MappingNode
    facts: list[tuple[Path, str, Span]]
    files: list[str]
    faults: list[Diagnostic]
    name: str = ""
    title: str = ""
    rationale: str = ""
    counterfactual: frozenset[str] = frozenset()
    overlay: tuple[Change, ...] = ()


def shown(path: Path) -> str:
    """Return the name that messages call a file by: relative to the working directory if below it."""
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else str(path)


def read_document(path: Path) -> MappingNode:
    """Read a file that is a mapping.

    Raises
    ------
    ModelError
        The file cannot be read, is not YAML, or is not a mapping.
    """
    return _mapping(read_file(path, shown(path)))


def _mapping(node: Node) -> MappingNode:
    if not isinstance(node, MappingNode):
        raise ModelError(Diagnostic("wrong-type", "a file is a mapping of keys", node.span))
    return node


def load_model(path: str | os.PathLike[str]) -> Model:
    """Load a model.

    Raises
    ------
    ModelError
        With every fault of its files.
    """
    return load_scenario(path).model


def load_scenario(path: str | os.PathLike[str]) -> Scenario:
    """Load a scenario, or a model as the scenario of its defaults.

    Raises
    ------
    ModelError
        With every fault of its files.
    """
    return _scenario(_resolve(Path(path), []), str(path))


def parse_scenario(content: str, path: str | os.PathLike[str]) -> Scenario:
    """Load a scenario or model from text, as if it stood in the file at `path`.

    Raises
    ------
    ModelError
        With every fault of the text and the files it names.
    """
    node = _mapping(read_text(content, shown(Path(path))))
    return _scenario(_resolve(Path(path), [], node), str(path))


def _scenario(chain: _Chain, path: str) -> Scenario:
    facts, faults = gather(chain.facts)
    model = _model(chain, facts, [*chain.faults, *faults])
    base = model if chain.node is chain.model else _base(chain, facts)
    return Scenario(
        name=chain.name or model.name,
        title=chain.title or model.title,
        model=model,
        base=base,
        rationale=chain.rationale,
        path=path,
        overlay=chain.overlay,
    )


#: Models that scenarios stand on, by the text they were read from: a study reads its model once.
_bases: OrderedDict[tuple[str, ...], Model] = OrderedDict()
MAX_BASES = 8


def _base(chain: _Chain, facts: Mapping[str, Fact]) -> Model:
    """Return the model alone, without the overlays."""
    texts = {span.text for fact in facts.values() if (span := fact.span).text}
    texts |= {chain.model.span.text} if chain.model.span.text else set()
    key = (chain.files[0], *sorted(text.content for text in texts))
    if key not in _bases:
        _bases[key] = _model(
            replace(chain, node=chain.model, counterfactual=frozenset()), facts, []
        )
        while len(_bases) > MAX_BASES:
            _bases.popitem(last=False)
    return _bases[key]


def _model(chain: _Chain, facts: Mapping[str, Fact], faults: list[Diagnostic]) -> Model:
    return read_model(chain.node, facts, tuple(chain.files), chain.counterfactual, tuple(faults))


def _resolve(path: Path, seen: list[Path], node: MappingNode | None = None) -> _Chain:
    """Read a file and everything it stands on."""
    node = node or read_document(path)
    kind = kind_of(node)
    if kind == "model":
        facts, faults = _fact_files(node, path)
        expanded = expand(node)
        return _Chain(expanded, expanded, facts, [shown(path)], faults)
    if kind != "scenario":
        word = f"a file of kind '{kind}'" if kind else "neither a model nor a scenario"
        raise ModelError(
            Diagnostic(
                "wrong-kind", f"this is {word}", node.span, "its first key is 'model' or 'scenario'"
            )
        )
    file, faults, _ = validate(node, ScenarioFile)
    if file is None or "of" not in node.entries:
        raise ModelError(faults)
    of = node.entries["of"].value
    target = below(path, of)
    if target.resolve() in [p.resolve() for p in (*seen, path)]:
        raise ModelError(Diagnostic("cycle", "the files name each other in a circle", of.span))
    if len(seen) >= MAX_CHAIN:
        raise ModelError(
            Diagnostic("too-deep", f"more than {MAX_CHAIN} scenarios on each other", of.span)
        )
    if not target.exists():
        raise ModelError([*faults, Diagnostic("no-file", f"there is no file '{file.of}'", of.span)])
    return _lay(_resolve(target, [*seen, path]), node, file, path, faults)


def _lay(
    chain: _Chain, node: MappingNode, file: ScenarioFile, path: Path, faults: list[Diagnostic]
) -> _Chain:
    """Lay an overlay over a chain."""
    facts, more = _fact_files(node, path)
    patch = MappingNode(
        {k: e for k, e in expand(node).entries.items() if k in SECTIONS}, node.span, node.flow
    )
    unknown = list(_unknown(chain.node, node))
    counterfactual = set(chain.counterfactual)
    parameters = patch.get("parameters")
    if isinstance(parameters, MappingNode):
        base = chain.node.get("parameters")
        for name, entry in parameters.entries.items():
            if not isinstance(entry.value, MappingNode) or "assume" not in entry.value.entries:
                continue
            old = base.get(name) if isinstance(base, MappingNode) else None
            if isinstance(old, MappingNode) and "fact" in old.entries:
                counterfactual.add(name)
    return _Chain(
        node=_mapping(merge(_evict(chain.node, patch), patch)),
        model=chain.model,
        facts=[*chain.facts, *facts],
        files=[*chain.files, shown(path)],
        faults=[*chain.faults, *faults, *more, *unknown],
        name=file.scenario,
        title=file.title or file.scenario.replace("_", " "),
        rationale=file.rationale or chain.rationale,
        counterfactual=frozenset(counterfactual),
        overlay=(*chain.overlay, *_structure(patch)),
    )


def _structure(patch: MappingNode) -> Iterable[Change]:
    """Yield the entries of an overlay that are more than values of levers and parameters."""
    for section in ("time", "state", "derived", "events", "outcomes"):
        entries = patch.get(section)
        if isinstance(entries, MappingNode):
            for name in entries.entries:
                yield Change(section, name, "", "changed")


def expand(node: MappingNode) -> MappingNode:
    """Write every shorthand of a document out in full."""
    entries = dict(node.entries)
    for section, key in SHORTHAND.items():
        old = entries.get(section)
        if old is None or not isinstance(old.value, MappingNode):
            continue
        full = {name: _expanded(entry, key) for name, entry in old.value.entries.items()}
        entries[section] = Entry(
            old.key, old.key_span, MappingNode(full, old.value.span, old.value.flow)
        )
    return MappingNode(entries, node.span, node.flow)


def _expanded(entry: Entry, key: str) -> Entry:
    value = entry.value
    if not isinstance(value, Scalar) or value.value is None:
        return entry
    inner = MappingNode({key: Entry(key, value.span, value)}, value.span, True)
    return Entry(entry.key, entry.key_span, inner)


def _evict(base: MappingNode, patch: MappingNode) -> MappingNode:
    """Take from the base the keys whose rivals the patch sets."""
    sections = dict(base.entries)
    for section, groups in RIVALS.items():
        old, new = base.get(section), patch.get(section)
        if not isinstance(old, MappingNode) or not isinstance(new, MappingNode):
            continue
        entries = dict(old.entries)
        for name, entry in new.entries.items():
            there = entries.get(name)
            if there is None or not isinstance(entry.value, MappingNode):
                continue
            if not isinstance(there.value, MappingNode):
                continue
            gone = {k for g in groups if set(g) & set(entry.value.entries) for k in g}
            kept = {k: e for k, e in there.value.entries.items() if k not in gone}
            inner = MappingNode(kept, there.value.span, there.value.flow)
            entries[name] = Entry(there.key, there.key_span, inner)
        whole = base.entries[section]
        sections[section] = Entry(
            whole.key, whole.key_span, MappingNode(entries, old.span, old.flow)
        )
    return MappingNode(sections, base.span, base.flow)


def _unknown(base: MappingNode, overlay: MappingNode) -> Iterable[Diagnostic]:
    """Yield a fault for each bare value, or null, given to a name the base has not."""
    for section in SECTIONS:
        new, old = overlay.get(section), base.get(section)
        if not isinstance(new, MappingNode) or section == "time":
            continue
        known = old.entries if isinstance(old, MappingNode) else {}
        for name, entry in new.entries.items():
            if name not in known and isinstance(entry.value, Scalar):
                kind = section.removesuffix("s") if section != "state" else "state"
                words = f"the model has no {kind} '{name}'"
                yield Diagnostic("unknown-name", words, entry.key_span, did_you_mean(name, known))


def _fact_files(
    node: MappingNode, path: Path
) -> tuple[list[tuple[Path, str, Span]], list[Diagnostic]]:
    """Return the files of facts that a document names, and the faults in their names."""
    listed = node.get("facts")
    files: list[tuple[Path, str, Span]] = []
    faults: list[Diagnostic] = []
    for item in listed.items if isinstance(listed, Sequence) else ():
        if not isinstance(item, Scalar) or not isinstance(item.value, str):
            continue
        try:
            target = below(path, item)
        except ModelError as error:
            faults.extend(error.diagnostics)
            continue
        if target.is_file():
            files.append((target, shown(target), item.span))
        else:
            faults.append(Diagnostic("no-file", f"there is no file '{item.value}'", item.span))
    return files, faults


def study_root(path: Path) -> Path:
    """Return the folder that a file's paths must stay in: the nearest one above it with `seeds/`."""
    folder = path.resolve().parent
    for candidate in (folder, *folder.parents):
        if (candidate / "seeds").is_dir():
            return candidate
    return folder


def below(path: Path, node: Node) -> Path:
    """Return the file that a path in a document names.

    Raises
    ------
    ModelError
        The path is absolute or leaves the study.
    """
    word = node.value if isinstance(node, Scalar) else None
    if not isinstance(word, str) or not word or "\0" in word:
        raise ModelError(Diagnostic("bad-path", "the name of a file is wanted here", node.span))
    if "\\" in word or "://" in word or Path(word).is_absolute() or word.startswith("~"):
        help = "write it relative to this file, with '/'"
        raise ModelError(
            Diagnostic("bad-path", f"'{word}' is not a relative path", node.span, help)
        )
    target = path.parent / word
    if not target.resolve().is_relative_to(study_root(path)):
        raise ModelError(Diagnostic("bad-path", f"'{word}' leaves the study's folder", node.span))
    return Path(os.path.normpath(target))
