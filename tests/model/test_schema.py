"""JSON Schemas: they accept every right file, refuse a wrong shape, and are as committed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import toys

from sim.cli import main
from sim.model import guide_shape, schema, study_shapes
from sim.model.fields import Shape
from sim.model.schema import FILES
from sim.study.documents import as_mapping
from sim.study.json_schema import key_texts, schema_of, schema_text
from sim.yaml import read_file, read_text, to_data

ROOT = Path(__file__).parent.parent.parent
SHIPPED = sorted(
    path
    for folder in ("scenarios", "seeds", "sim/templates", "tests/models")
    for path in (ROOT / folder).rglob("*.yaml")
)


def validator(kind: str) -> Any:
    return jsonschema.Draft7Validator(schema_of(kind))


def faults(text: str) -> list[str]:
    data: Any = to_data(read_text(text))
    return [error.message for error in validator(next(iter(data))).iter_errors(data)]


@pytest.mark.parametrize("kind", FILES)
def test_committed_schemas_are_current(kind: str, root: Path) -> None:
    jsonschema.Draft7Validator.check_schema(schema_of(kind))
    committed = (root / f"docs/schema/{kind}.json").read_text(encoding="utf-8")
    assert committed == schema_text(kind), "write it again: python -m docs.generate"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: str(p.relative_to(ROOT)))
def test_shipped_files_are_accepted(path: Path) -> None:
    data: Any = to_data(as_mapping(read_file(path)))
    errors = [e.message for e in validator(next(iter(data))).iter_errors(data)]
    assert not errors


@pytest.mark.parametrize(
    "path", [p for p in SHIPPED if "models" not in p.parts], ids=lambda p: p.name
)
def test_shipped_files_name_their_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    target = path.parent / first.partition("=")[2]
    kind = next(iter(as_mapping(read_file(path)).entries))
    assert target.name == f"{kind}.json"
    assert "templates" in path.parts or target.is_file()


@pytest.mark.parametrize(
    "text",
    [
        "model: m",
        "model: m\ntime: {horizon: 1}\nlevrs: {}",
        "model: m\ntime: {horizon: 1}\nlevers: {a: {default: 1, rnge: [0, 1]}}",
        "model: m\ntime: {horizon: 1}\noutcomes: {a: {mean: x, goal: less}}",
        "model: m\ntime: {horizon: soon}",
        "model: m\ntime: {horizon: 1}\nlevers: {2a: 1}",
        "scenario: s",
        "scenario: s\nof: m.yaml\nlevers: {a: [1]}",
        "scenario: s\nof: m.yaml\nevents: {a: {after: 1}}",
        "experiment: e\nreplications: 0",
        "facts: f\nentries: {a: {value: 1, status: sure, vintage: ex_ante}}",
    ],
)
def test_wrong_shapes_are_refused(text: str) -> None:
    assert faults(text)


@pytest.mark.parametrize(
    "text",
    [
        "scenario: s\nof: m.yaml\nlevers: {a: null, b: 2, c: {default: x}}",
        "scenario: s\nof: m.yaml\nevents: {a: null, b: {at: 14, if: null}}",
        "model: m\ntime: {horizon: 1}\nderived: {a: b + 1, c: {formula: 2}}",
    ],
)
def test_overlays_and_shorthands_are_accepted(text: str) -> None:
    assert not faults(text)


def keys_of_shapes() -> Iterator[tuple[str, str]]:
    for name, shape in (vars(schema) | vars(study_shapes) | vars(guide_shape)).items():
        if isinstance(shape, type) and issubclass(shape, Shape):
            for field, info in shape.model_fields.items():
                yield name, info.alias or field


def test_every_key_is_explained() -> None:
    sections = {"time", "levers", "parameters", "state", "derived", "events", "outcomes", "tables"}
    for name, key in keys_of_shapes():
        overlay = name.startswith(("Scenario", "Targets", "Block")) and key in sections
        assert overlay or f"{name}.{key}" in key_texts() or key in key_texts(), (
            f"say what {name}.{key} means"
        )
    known = {f"{name}.{key}" for name, key in keys_of_shapes()}
    assert not {key for key in key_texts() if "." in key} - known


@pytest.mark.parametrize(("kind", "code"), [("scenario", 0), ("scenery", 2)])
def test_the_verb_prints_a_schema(
    kind: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["fulcrum", "schema", kind])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()
    assert end.value.code == code
    if code:
        assert "did you mean" in err or "one of model" in err
    else:
        assert json.loads(out)["properties"]["of"]


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("queues: {desk: {}}", "let a state count who waits"),
        ("lookups: {}", "under 'tables'"),
        ("events: {go: {at: 1, delay: 3}}", "schedule an event later"),
        ("events: {go: {weekday: 1}}", "weekday(now)"),
        ("events: {go: {at: 1, integral: x}}", "'{integral: x}'"),
        ("warmup: 3", "write it under 'time'"),
        ("include: queue.yaml", "as a block in a file"),
        ("events: {go: {after: 3}}", "schedule it from the event that it follows"),
        ("constants: {k: 1}", "under 'parameters'"),
        ("events: {go: {at: 1, nothing: 3}}", "known keys: label, at, every"),
    ],
)
def test_a_key_of_another_tool_has_another_form(text: str, help: str) -> None:
    found = toys.faults(f"state: {{x: {{initial: 1}}}}\n{text}\n")
    assert help in found[0].help
    assert found[0].code == "unknown-key"
