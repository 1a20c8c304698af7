"""Analyses of models whose events have arguments: what they pass on, copies, cards and graphs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from toys import scenario

import sim
from sim.analysis.causes import Node, causes_of
from sim.analysis.cutting import HELD, twin
from sim.analysis.paired_traces import reads_of
from sim.charts.graph import graph_frame
from sim.reporting import listings

#: `push` reaches `stock` only as an argument that is passed on twice.
PASSED = """
levers: {push: {default: 2, range: [0, 9]}}
state: {stock: 10, asked: 0, other: 0}
events:
  asks:
    every: exponential(1)
    do: |
      much = push + poisson(2)
      asked += 1
    then: [{schedule: sends, after: exponential(2), with: {amount: much, number: asked}}]
  sends:
    takes: {amount: 0, number: 0}
    then: [{schedule: comes, after: 0.5, with: {quantity: amount + 1, order: number}}]
  comes:
    takes: {quantity: 0, order: 0}
    do: stock += quantity
  forgets:
    every: 3
    do: other += 1
    then: [{cancel: comes, where: order % 2 == other % 2}]
outcomes: {end: {final: stock + other}, n: {count: comes}}
"""


def test_causes_follow_arguments() -> None:
    links = causes_of(scenario(PASSED).model)
    assert links[Node("lever", "push")] == {Node("state", "stock"): ("comes",)}
    assert links[Node("chance", "")][Node("state", "stock")] == ("comes",)
    forgotten = links[Node("state", "asked")]
    assert forgotten[Node("event", "comes")] == ("forgets",)
    assert links[Node("state", "other")][Node("event", "comes")] == ("forgets",)
    assert links[Node("event", "forgets")][Node("event", "comes")] == ()
    assert "push" in reads_of(scenario(PASSED).model, ["comes"])


def test_a_copy_beside_it_changes_nothing() -> None:
    first, second = scenario(PASSED, 40, push=5), scenario(PASSED, 40)
    both = twin(first, second, "end", [Node("state", "stock")])
    alone = sim.run(first, replications=50, seed=3)["end"]
    assert np.array_equal(sim.run(both, replications=50, seed=3)["end"], alone)
    held = sim.run(both.with_settings({"stock" + HELD: True}), replications=50, seed=3)["end"]
    assert np.array_equal(held, sim.run(second, replications=50, seed=3)["end"])


def test_why_follows_them() -> None:
    base = scenario(PASSED, 20)
    found = sim.analysis.why(
        base.with_settings({"push": 6}, "pushed"), base, "end", replications=200, seed=1
    )
    (path,) = found.paths
    assert [step.node.name for step in path] == ["push", "stock", "end"]
    assert path[1].through == ("comes",)


def test_card_and_graph_show_them() -> None:
    model = scenario(PASSED).model
    table = listings.events(model)
    assert "`amount = 0, number = 0`" in table
    assert "`sends` after `exponential(2)` with `amount = much, number = asked`" in table
    assert "cancels `comes` where `order % 2 == other % 2`" in table
    mermaid = listings.mermaid(model)
    assert 'e_asks -->|"amount = much, number = asked"| e_sends' in mermaid
    assert 'e_forgets -.->|"where order % 2 == other % 2"| e_comes' in mermaid
    told = set(graph_frame(model)["told"].dropna())
    assert "sends -> comes, after 0.5, quantity = amount + 1, order = number" in told
    assert "forgets -> comes, where order % 2 == other % 2" in told


def test_an_overlay_changes_what_is_taken(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(f"model: m\ntime: {{horizon: 10}}\n{PASSED}")
    (tmp_path / "s.yaml").write_text(
        "scenario: s\nof: m.yaml\nevents: {comes: {takes: {quantity: 3, extra: {options: [a, b]}}}}\n"
    )
    taken = sim.load_scenario(tmp_path / "s.yaml").model.events["comes"].takes
    assert [(a.name, a.value) for a in taken] == [("quantity", 3), ("order", 0), ("extra", "a")]
