"""Members of sets in a run: against copies, against updates of everything, and the limits."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from set_models import SetModel
from toys import faults, model, program, scenario, trace

import sim
from sim.engine.codegen import edges, sites, updating
from sim.engine.codegen.dependencies import Dependencies, Update
from sim.engine.codegen.program import ModelKey, Program, _generate
from sim.engine.compiled import kernel_for
from sim.engine.protocol import Block
from sim.engine.simpy_kernel import SimpyKernel
from sim.errors import ModelError
from sim.language import loops
from sim.model import builder, sets
from sim.study.experiment import make_experiment
from sim.study.scenario import Scenario, parse_scenario

MODELS = Path(__file__).parent.parent / "models"


def results(made: Scenario, code: Program, kernel: Callable[..., object] = SimpyKernel) -> Block:
    row = make_experiment(made, replications=3, seed=5).row(0, 0)
    every = range(len(code.series))
    return kernel(code).run(row, seed=5, future=0, first=0, count=3, series=every)  # type: ignore


def finals(text: str) -> dict[str, float]:
    """Outcomes of one replication, the same in both kernels."""
    made = scenario(text)
    code = program(text)
    one, other = results(made, code), results(made, code, kernel_for)
    assert np.array_equal(one.outcomes, other.outcomes, equal_nan=True)
    assert not one.status.any()
    return dict(zip(made.model.outcomes, one.outcomes[0].tolist(), strict=True))


REGIONS = "sets: {region: [north, south, east]}\n"


def test_a_derived_quantity_counts_members_of_events() -> None:
    text = f"""
    {REGIONS}
    derived: {{seen: 'count(go[south]) + sum(count(go[r]) for r in region if r != ''south'')'}}
    events: {{go: {{over: region as r, every: position(r)}}}}
    outcomes: {{seen: {{final: seen}}, all: {{count: go}}, own: {{final: 'count(go[south])'}}}}
    """
    assert finals(text) == {"seen": 18, "all": 18, "own": 5}


def test_a_sum_reads_the_horizon_and_the_time() -> None:
    text = f"""
    {REGIONS}
    outcomes: {{o: {{final: 'sum(horizon + now * position(r) for r in region)'}}}}
    """
    assert finals(text) == {"o": 90}


def test_a_sum_reads_arguments_locals_and_loop_variables() -> None:
    text = f"""
    {REGIONS}
    state: {{x: 0.0, S: {{over: region, initial: 1.0}}}}
    events:
      begin: {{at: 0, then: [{{schedule: 'go[south]', after: 1, with: {{size: 2.5, which: east}}}}]}}
      go:
        over: region as q
        takes: {{size: 0.0, which: region}}
        do: |
          twice = 2 * size
          S[which] = 7
          for r in region:
            x += sum(twice for s in region if s != r and s != q) + (S[which] if r == which else 0)
    outcomes: {{x: {{final: x}}, east: {{final: 'S[east]'}}}}
    """
    assert finals(text) == {"x": 27, "east": 7}


def test_conditions_that_turn_true_together_fire_in_the_order_of_members() -> None:
    text = f"""
    {REGIONS}
    state: {{order: 0, S: {{over: region, initial: 0}}}}
    events:
      pull:
        over: region as r
        at: 5 * position(r) - 4
        do: |
          S[east] = 1
          S[r] = 1
      watch: {{over: region as r, when: 'S[r] > 0', do: order = 10 * order + position(r)}}
    outcomes: {{order: {{final: order}}}}
    """
    assert finals(text) == {"order": 132}


def eager(made: Scenario, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The program without caches in which everything is updated after every event."""
    with monkeypatch.context() as patch:
        patch.setattr(Dependencies, "cached", lambda self: frozenset())
        patch.setattr(updating, "affected", lambda reads, changes: [Update()])
        return _generate.__wrapped__(ModelKey(made.model))


@pytest.mark.parametrize("seed", range(1006, 1012))
def test_updates_miss_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is updated only where it reads a change happens as if all were updated always."""
    made = parse_scenario(SetModel(seed).text(), "made.yaml")
    code, slow = program_of(made), eager(made, monkeypatch)
    assert code.source != slow.source
    one, other = results(made, code), results(made, slow)
    assert np.array_equal(one.status > 0, other.status > 0)
    good = one.status == 0
    assert np.array_equal(one.events, other.events)
    # A line in a rate is integrated in other pieces, so its last bits differ.
    assert np.allclose(one.outcomes[good], other.outcomes[good], equal_nan=True)
    assert np.allclose(one.series[:, :, good], other.series[:, :, good], equal_nan=True)


def program_of(made: Scenario) -> Program:
    return _generate.__wrapped__(ModelKey(made.model))


def refused(text: str) -> tuple[str, str]:
    """Code and place, as line and column in the text, of the one error of a model."""
    (found,) = faults(text)
    assert found.span is not None, found
    return found.code, found.message


def many(count: int, rest: str) -> str:
    return f"sets: {{many: {{count: {count}}}}}\n{rest}\n"


def test_limits_of_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    assert model(many(sets.MAX_MEMBERS, "state: {x: {over: many, initial: 0}}"), horizon=1)
    listed = ", ".join(f"s{i}: [a]" for i in range(sets.MAX_SETS + 1))
    assert refused(f"sets: {{{listed}}}") == ("too-large", "more than 100 sets")
    for count in (sets.MAX_MEMBERS + 1, 10**12):
        assert refused(many(count, "")) == ("too-large", "more than 1,000 members in one set")
    words = ", ".join(f"w{i}" for i in range(sets.MAX_MEMBERS + 1))
    assert refused(f"sets: {{many: [{words}]}}")[0] == "too-large"
    text = many(200, "state: {x: {over: [many, many], initial: 0}}")
    assert refused(text) == (
        "too-large",
        "40,000 combinations of members: at most 20,000 are allowed",
    )


def test_limit_of_combinations() -> None:
    most = int(loops.MAX_COMBINATIONS**0.5)
    text = "outcomes: {o: {final: 'sum(1 for a in many for b in many)'}}"
    assert finals(many(most, text)) == {"o": most**2}
    assert refused(many(most + 1, text))[0] == "too-large"


def test_limit_of_loops_in_loops() -> None:
    inner = "sum(sum(1 for b in many for c in many) for a in many)"
    assert refused(many(300, f"outcomes: {{o: {{final: '{inner}'}}}}"))[0] == "too-large"
    text = "for a in many:\\n  for b in many:\\n    for c in many:\\n      x = 1"
    text = f'state: {{x: 0}}\nevents: {{go: {{at: 1, do: "{text}"}}}}'
    assert refused(many(1000, text)) == (
        "too-large",
        "loops in loops go through this 1,000,000,000 times: at most 10,000,000 are allowed",
    )
    assert model(many(200, text))


def nested(depth: int) -> str:
    """Loops in each other over a set of one member, in statements and in a sum."""
    names = [f"a{i}" for i in range(depth)]
    body = "".join("      " + "  " * i + f"for {v} in many:\n" for i, v in enumerate(names))
    inner = "      " + "  " * depth + "x += 1\n"
    every = " ".join(f"for {v} in many" for v in names)
    return many(
        1,
        f"state: {{x: 0}}\nevents:\n  go:\n    at: 1\n    do: |\n{body}{inner}"
        f"outcomes: {{x: {{final: x}}, o: {{final: 'sum(1 {every})'}}}}",
    )


def test_limit_of_depth() -> None:
    assert finals(nested(loops.MAX_LOOPS)) == {"x": 1, "o": 1}
    found = faults(nested(loops.MAX_LOOPS + 1))
    assert [(one.code, one.message) for one in found] == [
        ("too-deep", "more than 10 loops in each other")
    ] * 2
    assert all(one.span is not None for one in found)


def test_limits_of_events_and_outcomes() -> None:
    over = "over: [many as a, many as b]"
    most = int(builder.MAX_CELLS["events"] ** 0.5)
    text = f"events: {{go: {{{over}}}}}"
    assert model(many(most, text))
    assert refused(many(most + 1, text)) == (
        "too-large", "10,201 events with all members: at most 10,000",
    )  # fmt: skip
    text = f"outcomes: {{o: {{{over}, final: '1'}}}}"
    assert refused(many(32, text)) == (
        "too-large", "1,024 outcomes with all members: at most 1,000",
    )  # fmt: skip


EDGES = """
events:
  go:
    over: many as a
    takes: {which: many}
    then: [{schedule: 'go[which]', after: 1}]
"""
SITES = """
state: {x: 0.0}
events:
  go:
    over: many as a
    at: 0
    do: |
      for b in many:
        x = uniform(0, 1)
"""


@pytest.mark.parametrize(
    ("text", "most", "line", "column"),
    [(EDGES, edges.MAX_ACTIVATIONS, 9, 12), (SITES, sites.MAX_SITES, 12, 9)],
)
def test_a_model_too_large_to_generate_is_located(
    text: str,
    most: int,
    line: int,
    column: int,
    fulcrum: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
) -> None:
    path = tmp_path / "large.yaml"
    count = int(most**0.5)
    head = "model: large\ntime: {horizon: 1}\n"
    path.write_text(head + many(count - 1, text))
    assert fulcrum("check", path)[0] == 0
    path.write_text(head + many(count + 1, text))
    code, _, err = fulcrum("check", path)
    assert code == 2
    assert f"large.yaml:{line}:{column}: too-large: " in err
    assert "use fewer members" in err
    with pytest.raises(ModelError):
        sim.run(sim.load_scenario(path), replications=1)


def test_a_set_of_one_member() -> None:
    text = """
    sets: {one: [it]}
    state: {x: {over: [one, one], initial: 2}}
    events: {go: {over: one as i, at: 1, do: 'x[i, it] += 1'}}
    outcomes: {o: {over: [one as a, one as b], final: 'x[a, b]'}}
    """
    assert finals(text) == {"o[it,it]": 3}
    assert [o.event for o in trace(text).occurrences] == ["go[it]"]


def test_every_process_writes_the_same_program() -> None:
    """The order of a set of Python is not that of another process: programs are kept by digest."""
    code = """
import sys
from sim.engine.codegen.program import generate
from sim.study.scenario import load_scenario
for path in sys.argv[1:]:
    print(generate(load_scenario(path).model).digest)
"""
    models = [str(MODELS / name) for name in ("algebra.yaml", "regions.yaml", "law_kelton.yaml")]
    found = {
        subprocess.run(
            [sys.executable, "-c", code, *models], env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2", "3", "4")
    }  # fmt: skip
    assert len(found) == 1
