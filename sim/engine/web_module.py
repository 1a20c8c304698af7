"""A program as one WebAssembly file: the code, and what a reader without Python must know of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.engine.codegen.initial import state_of
from sim.engine.codegen.program import Program
from sim.engine.codegen.telling import told_source
from sim.engine.compiled import ENTRY, assembled, calendar_class
from sim.engine.llvm.kept_code import Translation, kept_object, signature
from sim.engine.llvm.layout import records
from sim.engine.llvm.types import Record
from sim.engine.llvm.wasm_module import custom_section, first_free, link
from sim.engine.trace import encode, model_types
from sim.engine.trace_recorder import MAX_OCCURRENCES
from sim.language.expressions import Expression
from sim.language.terms import Type
from sim.model.naming import labelled, members_in
from sim.model.types import Entry, Model
from sim.numerics.draws import SCHEME
from sim.version import __version__

#: Version of the layout, which a reader tests.
FORMAT = 1
#: Name of the custom section that has the layout, as JSON.
SECTION = "fulcrum"
#: Most slots of a story: half a gigabyte.
MAX_ITEMS = 1 << 26

_STORY = "sim.engine.story"


@dataclass(frozen=True, slots=True, eq=False)
class WebModule:
    """A program for WebAssembly; `sim/browser/engine.js` runs it.

    Attributes
    ----------
    wasm
        The file. It imports its memory and exports ``run_block``.
    layout
        The content of its section ``fulcrum``: the model's names and texts, and where the memory
        holds what.
    """

    wasm: bytes
    layout: Mapping[str, Any]


def compile_web_module(program: Program) -> WebModule:
    """Compile a program to WebAssembly.

    Raises
    ------
    ModelError
        The program is too large to compile.

    Examples
    --------
    >>> import sim
    >>> from sim.engine.codegen.program import generate
    >>> model = sim.load_scenario("scenarios/port_strike/mediate.yaml").model
    >>> module = compile_web_module(generate(model))
    >>> module.wasm[:4], module.layout["model"]["name"]
    (b'\\x00asm', 'port_strike')
    """
    layouts = _records(program)

    def translation() -> Translation:
        source = told_source(program.source)
        symbol, called, text = assembled(program, source, (_STORY,), layouts)
        return Translation(text, {symbol: signature(called)})

    identity = repr((program.digest, len(program.model.state)))
    code, (symbol,) = kept_object(identity, translation, "wasm")
    layout = {"memory": _memory(layouts, first_free(code)), **description(program)}
    content = json.dumps(layout, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return WebModule(link(code, {symbol: ENTRY}, {SECTION: content.encode()}), layout)


def read_module(wasm: bytes) -> WebModule:
    """Return a module from the bytes of its file.

    Raises
    ------
    ValueError
        They are no such file, or one of another version.
    """
    content = custom_section(wasm, SECTION)
    layout = json.loads(content) if content is not None else {}
    if layout.get("format") != FORMAT:
        raise ValueError(f"no module of format {FORMAT}")
    return WebModule(wasm, layout)


def _records(program: Program) -> Mapping[str, Record]:
    """Return the layouts of the records; the calendar is one that can tell a story."""
    calendar = calendar_class(_STORY)
    found = records(program, calendar, known=max(1, len(program.model.state)), items=MAX_ITEMS)
    return {**found, "Story": found["Calendar"]}


def _memory(layouts: Mapping[str, Record], free: int) -> dict[str, Any]:
    """Return where the host finds what: offsets in bytes, all slots eight bytes wide."""
    calendar = layouts["Calendar"]
    return {
        "free": free,
        "calendar": {name: offset for name, (_, offset) in calendar.slots.items()},
        "records": {name: layouts[name].size for name in ("State", "Values", "Accumulators")},
        "most": MAX_OCCURRENCES,
        "items": MAX_ITEMS,
    }


def description(program: Program) -> dict[str, Any]:
    """Return a program's names, texts and limits as JSON has them; what is empty is left out."""
    model, clock = program.model, program.model.clock
    types = model_types(model)
    outcomes = [
        {**_texts(o), "statistic": o.statistic, "goal": o.goal, "share": o.share, "matters": o.matters,
         "headline": o.name in model.headlines}
        for o in model.outcomes.values()
    ]  # fmt: skip
    events = [
        {"name": cell.name, "label": labelled(e.label, members_in(cell.name)),
         "group": e.group, "tell": e.tell,
         "told": [{"name": told.text, **_type(told.type)} for told in e.told] or None,
         "takes": [{"name": of.name, **_type(of.type)} for of in e.takes] or None}
        for cell in program.events
        for e in (model.events[cell.family],)
    ]  # fmt: skip
    errors = {
        str(status): {"code": found.code, "message": found.message or found.diagnostic().message,
                      "help": found.help}
        for status, found in program.errors.items()
    }  # fmt: skip
    whole = {
        "format": FORMAT,
        "fulcrum": __version__,
        "scheme": SCHEME,
        "digest": program.digest,
        "model": {"name": model.name, "title": model.title},
        "clock": {
            "unit": clock.unit, "horizon": clock.horizon, "warmup": clock.warmup,
            "start": clock.start.isoformat() if clock.start else None, "points": clock.grid(),
            "max_events": clock.max_events, "max_at_once": clock.max_at_once,
            "max_pending": clock.max_pending,
        },
        "values": [_value(model, name, types) for name in program.records["Values"]],
        "outcomes": outcomes,
        "state": len(model.state),
        "series": [{**_texts(model.series(name)), **_type(types[name])} for name in program.series],
        "events": events,
        "activations": [activation.name or "trigger" for activation in program.activations],
        "errors": errors,
    }  # fmt: skip
    filled: dict[str, Any] = _filled(whole)
    return filled


def _filled(value: Any) -> Any:
    """Return nested data without the entries of its mappings that are empty."""
    if isinstance(value, dict):
        kept = {name: _filled(of) for name, of in value.items()}
        return {name: of for name, of in kept.items() if of is not None and of != ""}
    return [_filled(of) for of in value] if isinstance(value, list) else value


def _value(model: Model, name: str, types: Mapping[str, Type]) -> dict[str, Any]:
    """Describe one of the values that a kernel reads."""
    if state_of(name):
        variable = model.state[state_of(name)]
        assert not isinstance(variable.initial, Expression)
        default = encode(variable.initial, variable.type)
        return {"name": name, "role": "initial", **_type(variable.type), "default": default}
    lever, kind = model.levers.get(name), types[name]
    entry = lever or model.parameters[name]
    value = lever.default if lever else model.parameters[name].value
    return {
        **_texts(entry), "role": "lever" if lever else "parameter", **_type(kind),
        "default": encode(value, kind), "low": entry.low, "high": entry.high,
        "shape": "" if lever else model.parameters[name].shape,
    }  # fmt: skip


def _texts(entry: Entry) -> dict[str, str]:
    return {"name": entry.name, "label": entry.label, "unit": entry.unit, "group": entry.group}


def _type(kind: Type) -> dict[str, Any]:
    return {"kind": kind.kind} | ({"options": list(kind.options)} if kind.options else {})
