"""Every fragment on the page for those who come from another tool is a part of a model that runs."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import sim
from docs.generate.commands import verbs
from sim.yaml import read_text, to_data

PAGE = Path(__file__).parent.parent / "docs/how-to/coming-from.md"
#: Rows of the table of the answers: words, tools, and what to write.
ROW = re.compile(r"^\| (.+?) \| (?:[A-Z]\w+(?:, )?|all)+ \| (.+) \|$", re.MULTILINE)
#: What the fragments read, and do not declare themselves.
MODEL = """
model: toy
time: {unit: day, horizon: 40}
sets: {region: [north, south]}
levers: {price: {default: 1, range: [1, 9]}}
state:
  stock: 80.0
  seen: 50.0
  inflow: 4.0
  people: 20
  queue: 3
  free: 2
  ill: {over: region, initial: 40}
events:
  begin: {at: 0, then: [{schedule: delivery, after: 20}]}
  delivery: {takes: {quantity: 0}, do: stock += quantity}
outcomes: {last: {final: stock}}
"""
ROWS = dict(ROW.findall(PAGE.read_text(encoding="utf-8")))


def merged(base: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    return base | {
        key: base.get(key, {}) | value if isinstance(value, dict) else value
        for key, value in part.items()
    }


@pytest.mark.parametrize("words", ROWS)
def test_a_row_can_be_used(words: str, tmp_path: Path) -> None:
    model: dict[str, Any] = yaml.safe_load(MODEL)
    vary: dict[str, Any] = {}
    found = 0
    for code in re.findall(r"`([^`]+)`", ROWS[words]):
        if code.startswith("fulcrum "):
            assert code.split()[1] in verbs()
            found += 1
        elif re.match(r"\w+: \{", code):
            part = to_data(read_text(code, PAGE.name))
            assert isinstance(part, dict)
            vary |= part.pop("vary", {})
            model = merged(model, part)
            found += 1
        else:
            assert code in ("horizon", "now", "experiment: …"), f"not tried: {code}"
    assert found
    (tmp_path / "demand.csv").write_text("day,demand\n0,2\n40,3\n", encoding="utf-8")
    file = tmp_path / "toy.yaml"
    file.write_text(yaml.safe_dump(model, sort_keys=False), encoding="utf-8")
    if vary:
        file = tmp_path / "vary.yaml"
        experiment = {"experiment": "vary", "of": "toy.yaml", "vary": vary, "replications": 2}
        file.write_text(yaml.safe_dump(experiment, sort_keys=False), encoding="utf-8")
    ensemble = sim.run(sim.load([file], replications=2, futures=0))
    assert len(ensemble.scenarios) == math.prod(map(len, vary.values()))


def test_the_table_has_every_row() -> None:
    """A row that the pattern misses would not be tried."""
    table = PAGE.read_text(encoding="utf-8").partition("| --- |")[2].partition("\n\n")[0]
    assert len(ROWS) == table.count("\n|") > 40


def test_the_resource_serves_batches_and_keeps_no_server_idle(tmp_path: Path) -> None:
    model: dict[str, Any] = yaml.safe_load(MODEL)
    for code in re.findall(r"`([^`]+)`", ROWS["a resource with a queue, Seize and Release"]):
        part = to_data(read_text(code, PAGE.name))
        assert isinstance(part, dict)
        model = merged(model, part)
    batch = {"batch": {"at": 10, "do": "queue += 5"}}
    idle = {"idle": {"duration": "queue > 0 and servers > 0"}, "begun": {"count": "begin"}}
    model = merged(model, {"events": batch, "outcomes": idle})
    file = tmp_path / "toy.yaml"
    file.write_text(yaml.safe_dump(model, sort_keys=False), encoding="utf-8")
    ensemble = sim.run(sim.load([file], replications=20, futures=0))
    assert ensemble["idle"].max() == 0
    assert ensemble["begun"].min() == 8  # 3 at first and 5 later, all begun long before the end
