"""Files → one merged document: the chain of overlays that ends in a model, laid over it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from sim.errors import MAX_SHOWN, Diagnostic, ModelError, Span, Text, did_you_mean
from sim.language.names import name_error
from sim.model.events import TRIGGERS
from sim.model.formulas import STATISTICS
from sim.model.naming import family_of
from sim.model.renames import rename
from sim.model.schema import ScenarioFile, kind_of
from sim.model.sets import OWN_KEY
from sim.model.shapes import validate
from sim.model.types import FuturesFile, Value
from sim.study.blocks import expand_uses, grouped
from sim.study.documents import as_mapping, read_block, read_document
from sim.study.guide_file import GuideText, named_guide
from sim.study.model_futures import futures_file
from sim.study.own_values import declared, without_range
from sim.study.paths import below, existing, shown
from sim.study.set_files import by_member, fill_tables, replaced_facts, without_rivals
from sim.study.table_files import read_tables
from sim.yaml import Csv, Entry, Node, Scalar, Sequence, merge
from sim.yaml import Mapping as MappingNode

MAX_CHAIN = 8
#: Of an entry written as a bare value: the key that the value is meant for.
SHORTHAND = {**OWN_KEY, "tables": "series"}
#: Keys of which an entry has one: a new one evicts the old one.
RIVALS: dict[str, tuple[tuple[str, ...], ...]] = {
    "levers": (("default", "values"),),
    "parameters": (("fact", "assume", "values"),),
    "state": (("initial", "values"),),
    "events": (TRIGGERS,),
    "outcomes": (STATISTICS,),
    "tables": (("series", "points", "fact"),),
}
SECTIONS = (
    "time", "levers", "parameters", "state", "derived", "events", "outcomes", "functions", "samples",
    "correlations", "shares", "tables",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What a scenario changes: a setting, or a part of the structure."""

    section: str
    name: str
    before: object
    after: object


@dataclass
class Chain:
    """The files of a scenario, from the model to the last overlay, merged.

    `texts` are theirs, `blocks` the texts of the blocks that the model uses.
    """

    node: MappingNode
    model: MappingNode
    facts: list[tuple[Path, str, Span]]
    files: list[str]
    faults: list[Diagnostic]
    texts: tuple[Text | None, ...]
    blocks: tuple[Text, ...] = ()
    name: str = ""
    title: str = ""
    rationale: str = ""
    counterfactual: frozenset[str] = frozenset()
    overlay: tuple[Change, ...] = ()
    added: dict[str, Value] = field(default_factory=dict)
    csv: dict[str, Csv] = field(default_factory=dict)
    listed: FuturesFile | None = None
    guide: GuideText | None = None


def resolve(path: Path, seen: list[Path], node: MappingNode | None = None) -> Chain:
    """Read a file and everything it stands on."""
    node = node or read_document(path)
    kind = kind_of(node)
    if kind == "model":
        facts, faults = fact_files(node, path)
        node, guide = named_guide(node, path, faults)
        written, blocks = expand_uses(node, path, read_block)
        full = expand(written) if written is node else grouped(rename(expand(written)))
        filled, tables = fill_tables(full, path)
        expanded, csv, more = read_tables(filled, path, {})
        faults += more
        texts = (node.span.text, *tables)
        return Chain(
            expanded, expanded, facts, [shown(path)], faults, texts, csv=csv, blocks=blocks,
            listed=futures_file(node, path), guide=guide,
        )  # fmt: skip
    if kind != "scenario":
        word = f"a file of kind '{kind}'" if kind else "neither a model nor a scenario"
        raise ModelError(
            Diagnostic(
                "wrong-kind", f"this is {word}", node.span, "its first key is 'model' or 'scenario'"
            )
        )
    file, faults, removed = validate(node, ScenarioFile)
    if file is None:
        raise ModelError(faults)
    if fault := name_error(file.scenario, spoken=False):
        span = node.entries["scenario"].value.span
        faults.append(Diagnostic("bad-name", f"'{file.scenario}' {fault}", span))
    of = node.entries["of"].value
    target = below(path, of)
    if target.resolve() in [p.resolve() for p in (*seen, path)]:
        raise ModelError(Diagnostic("cycle", "the files name each other in a circle", of.span))
    if len(seen) >= MAX_CHAIN:
        raise ModelError(
            Diagnostic("too-deep", f"more than {MAX_CHAIN} scenarios on each other", of.span)
        )
    if not target.is_file():
        raise ModelError([*faults, Diagnostic("no-file", f"there is no file '{file.of}'", of.span)])
    try:
        chain = resolve(target, [*seen, path])
    except ModelError as error:
        raise ModelError([*faults, *error.diagnostics]) from None
    kept = {k: e for k, e in node.entries.items() if (k,) not in removed}
    return _lay(chain, replace(node, entries=kept), file, path, faults)


def _lay(
    chain: Chain, node: MappingNode, file: ScenarioFile, path: Path, faults: list[Diagnostic]
) -> Chain:
    """Lay an overlay over a chain."""
    facts, more = fact_files(node, path)
    node, csv, errors = read_tables(by_member(chain.node, expand(node)), path, chain.csv)
    more += errors
    patch = MappingNode(
        {k: e for k, e in node.entries.items() if k in SECTIONS}, node.span, node.flow
    )
    patch, tables = fill_tables(patch, path, chain.node)
    unknown = dict(_unknown(chain.node, node))
    patch = _without(patch, unknown)
    counterfactual = set(chain.counterfactual) | replaced_facts(chain.node, patch)
    for name, entry in patch.section("parameters").items():
        if not isinstance(entry.value, MappingNode):
            continue
        if _given(entry.value, "fact"):
            counterfactual.discard(name)
        old = chain.node.section("parameters").get(name)
        known = (
            old is not None and isinstance(old.value, MappingNode) and "fact" in old.value.entries
        )
        if known and _given(entry.value, "assume"):
            counterfactual.add(name)
    return Chain(
        node=as_mapping(merge(without_rivals(_evict(chain.node, patch), patch), patch)),
        model=chain.model,
        facts=[*chain.facts, *facts], files=[*chain.files, shown(path)],
        faults=[*chain.faults, *faults, *more, *unknown.values(), *_idle(chain.node, patch)],
        texts=(*chain.texts, node.span.text, *tables), blocks=chain.blocks, name=file.scenario,
        title=file.title or file.scenario.replace("_", " "),
        rationale=file.rationale or chain.rationale, counterfactual=frozenset(counterfactual),
        overlay=(*chain.overlay, *structure_changes(patch)),
        added=_added(chain.node, patch) | chain.added, csv=csv, listed=chain.listed,
        guide=chain.guide,
    )  # fmt: skip


def _added(base: MappingNode, patch: MappingNode) -> dict[str, Value]:
    """Return the values of the levers and parameters that an overlay is the first to declare."""
    known = {(section, name) for section, name, _, _ in declared(base)}
    return {
        name: value
        for section, name, _, value in declared(patch)
        if (section, name) not in known and value is not None
    }


def structure_changes(patch: MappingNode) -> Iterable[Change]:
    """Yield the entries of an overlay that are more than values of levers and parameters."""
    for section in (s for s in SECTIONS if s not in ("levers", "parameters")):
        yield from (Change(section, name, "", "changed") for name in patch.section(section))


def expand(node: MappingNode) -> MappingNode:
    """Write every shorthand of a document out in full."""
    entries = dict(node.entries)
    for section, key in SHORTHAND.items():
        old = entries.get(section)
        if old is None or not isinstance(old.value, MappingNode):
            continue
        full = {name: _expanded(entry, key) for name, entry in old.value.entries.items()}
        entries[section] = replace(old, value=replace(old.value, entries=full))
    return replace(node, entries=entries)


def _expanded(entry: Entry, key: str) -> Entry:
    value = entry.value
    if not isinstance(value, Scalar) or value.value is None:
        return entry
    inner = MappingNode({key: Entry(key, value.span, value)}, value.span, True)
    return replace(entry, value=inner)


def _evict(base: MappingNode, patch: MappingNode) -> MappingNode:
    """Take from the base the keys whose rivals the patch sets."""
    sections = dict(base.entries)
    for section, groups in RIVALS.items():
        whole = base.entries.get(section)
        if whole is None or not isinstance(whole.value, MappingNode):
            continue
        entries = dict(whole.value.entries)
        for name, entry in patch.section(section).items():
            there, new = entries.get(name), entry.value
            if there is None or not isinstance(there.value, MappingNode):
                continue
            if isinstance(new, MappingNode):
                set_ = {key for key in new.entries if _given(new, key)}
                gone = {key for group in groups if set_.intersection(group) for key in group}
                gone |= without_range(there.value, set_) if gone else set()
                if section == "tables":  # points are merged one by one
                    gone -= set_
                    gone |= {"column", "time"} if {"points", "fact"} & set_ else set()
                kept = {k: e for k, e in there.value.entries.items() if k not in gone}
                entries[name] = replace(there, value=replace(there.value, entries=kept))
        sections[section] = replace(whole, value=replace(whole.value, entries=entries))
    return replace(base, entries=sections)


def _idle(base: Node | None, patch: MappingNode, depth: int = 0) -> Iterable[Diagnostic]:
    """Yield a fault for each null below the entries of sections that has nothing to remove."""
    for key, entry in patch.entries.items():
        there = base.get(key) if isinstance(base, MappingNode) else None
        if isinstance(entry.value, MappingNode):
            yield from _idle(there, entry.value, depth + 1)
        elif depth > 1 and there is None and not _given(patch, key):
            message = f"'{key}' is empty, and the model has none to remove"
            help = "give it a value, or remove the key"
            yield Diagnostic("empty-value", message, entry.key_span, help)


def _given(entry: MappingNode, key: str) -> bool:
    """Whether an entry sets a key to more than null."""
    value = entry.get(key)
    return value is not None and not (isinstance(value, Scalar) and value.value is None)


def _unknown(
    base: MappingNode, overlay: MappingNode
) -> Iterable[tuple[tuple[str, str], Diagnostic]]:
    """Yield section, name and fault for each value, or null, given to a name that the base has not.

    A new lever, parameter or state variable is one that the overlay itself speaks of elsewhere.
    """
    spoken = Counter(word for text in _texts(overlay) for word in re.findall(r"\w+", text))
    told = 0
    for section in SECTIONS:
        known = base.section(section)
        for name, entry in overlay.section(section).items():
            if section == "time" or name in known:
                continue
            unused = section in ("levers", "parameters", "state") and not spoken[name]
            if unused or isinstance(entry.value, Scalar):
                kind = section.removesuffix("s")
                words = f"the model has no {kind} '{name}'"
                family = family_of(name)
                near = did_you_mean(family, known) if told <= MAX_SHOWN else ""
                help = _elsewhere(base, name) or near
                if family in known:
                    words = f"'{family}' is not declared over a set, so it has no members"
                    help = "set it without a member"
                told += 1
                yield (section, name), Diagnostic("unknown-name", words, entry.key_span, help)


def _without(node: MappingNode, gone: Collection[tuple[str, str]]) -> MappingNode:
    """Return a document without some entries, of which nothing more is said."""
    sections = dict(node.entries)
    for section, whole in node.entries.items():
        if isinstance(whole.value, MappingNode):
            kept = {k: e for k, e in whole.value.entries.items() if (section, k) not in gone}
            sections[section] = replace(whole, value=replace(whole.value, entries=kept))
    return replace(node, entries=sections)


def _elsewhere(base: MappingNode, name: str) -> str:
    """Return in which section of the base a name stands, as a hint."""
    places = (section for section in SHORTHAND if name in base.section(section))
    return next((f"it stands under '{section}'" for section in places), "")


def _texts(node: Node) -> Iterable[str]:
    """Yield the text of every value of a document."""
    if isinstance(node, Scalar):
        yield node.text
    children = node.items if isinstance(node, Sequence) else ()
    if isinstance(node, MappingNode):
        children = tuple(entry.value for entry in node.entries.values())
    for child in children:
        yield from _texts(child)


def fact_files(
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
            target = existing(path, item)
            files.append((target, shown(target), item.span))
        except ModelError as error:
            faults.extend(error.diagnostics)
    return files, faults
