"""Blocks of statements: locals, branches, and every fault at once."""

from __future__ import annotations

import pytest
from toys import faults, scenario

from sim.language.hints import WORDS

HEAD = """\
levers: {dose: {default: 2}}
state: {stock: {initial: 5}, level: {initial: 0.0}, phase: {initial: war, options: [war, peace]}}
events:
  go:
    at: 1
    do: |
"""


def found(do: str, then: str = "") -> list[tuple[int, str, str]]:
    """Line in the block, code and words of each fault."""
    text = HEAD + "".join(f"      {line}\n" for line in do.split("\n")) + then
    return [(f.span.line - 8, f.code, f.message) for f in faults(text) if f.span]


@pytest.mark.parametrize(
    "do",
    [
        "stock = 1",
        "stock -= 1\nstock *= 2\nstock //= 2\nstock %= 3\nstock **= 2",
        "level /= 2",
        "x = 1\nstock = x",
        "x = 1\nx += 1\nstock = x",
        "if stock > 1:\n  x = 1\nelse:\n  x = 2\nstock = x",
        "if stock > 1:\n  x = 1\nelif stock > 0:\n  x = 2\nelse:\n  x = 3\nstock = x",
        "if stock > 1:\n  x = 1\n  stock = x",
        "x = 0\nif stock > 1:\n  x = 1\nstock = x",
        "x = phase\nif x == 'war':\n  phase = 'peace'",
        "x = stock > 1\nif x:\n  stock = 1",
        "x = bernoulli(0.5)\nif x and stock > 1:\n  stock = 1",
        "x = 1\nx = 0.5\nlevel = x",
        "x = 0.5\nx = 1\nlevel = x",
        "phase = 'war' if stock > 1 else 'peace'",
        "# a comment\nstock = 1  # and another",
        "stock = (1 +\n  2)",
        "if stock > 1: stock = 1",
    ],
)
def test_good_blocks(do: str) -> None:
    assert found(do) == []


@pytest.mark.parametrize(
    ("do", "faults_"),
    [
        ("x = 1", [(1, "unread-local", "'x' is set but never read")]),
        ("poisson = poisson(2)", [(1, "unread-local", "'poisson' is set but never read")]),
        ("x = 1\ny = x", [(2, "unread-local", "'y' is set but never read")]),
        ("x = y\nstock = x", [(1, "unknown-name", "'y' is not defined")]),
        ("x += 1", [(1, "unknown-name", "'x' is not defined")]),
        (
            "stock = stok\nlevel = levle\nphase = 'wra'",
            [
                (1, "unknown-name", "'stok' is not defined"),
                (2, "unknown-name", "'levle' is not defined"),
                (3, "unknown-option", "'wra' is not one of the options: war, peace"),
            ],
        ),
        (
            "if stok > 1:\n  level = levle\nelse:\n  dose = 3",
            [
                (1, "unknown-name", "'stok' is not defined"),
                (2, "unknown-name", "'levle' is not defined"),
                (4, "not-assignable", "'dose' is a lever: only state can be assigned"),
            ],
        ),
        ("x = foo(1)\nstock = x", [(1, "unknown-function", "'foo' is not a function")]),
        (
            "if stock > 1:\n  x = 1\nstock = x",
            [(3, "unset-local", "'x' may be unset here: only one branch sets it")],
        ),
        (
            "if stock > 1:\n  x = 0.5\nelse:\n  x = 1\nstock = x",
            [(5, "type-mismatch", "expected a whole number, but this can have a fraction")],
        ),
        ("x = 1\nx = phase\nlevel = 1 if x == 'war' else 2",
         [(2, "type-mismatch", "'x' was a number before")]),
        ("x = phase\nx = 1\nlevel = 1 if x == 'war' else 2",
         [(2, "type-mismatch", "expected one of war, peace, not a whole number")]),
        ("x = stock > 1\nx = 3\nlevel = x",
         [(2, "type-mismatch", "expected true or false, not a whole number")]),
        ("for i in stock:\n  level = i", [(1, "unknown-set", "'stock' is not a set")]),
        ("stock = 1\nstock",
         [(2, "not-allowed", "'do' can contain only assignments, 'if' and 'for r in SET'")]),
    ],
)  # fmt: skip
def test_bad_blocks(do: str, faults_: list[tuple[int, str, str]]) -> None:
    assert found(do) == faults_


def test_a_faulty_edge_does_not_make_its_locals_unread() -> None:
    then = "    then: [{schedule: go, after: foo(x)}, {schedule: go, if: y > bar}]\n"
    assert [c for _, c, _ in found("x = 1\ny = 2", then)] == ["unknown-function", "unknown-name"]


def test_locals_are_seen_by_edges_and_sentences_only() -> None:
    then = '    then: [{schedule: go, after: x}]\n    tell: "{y}"\n'
    assert found("x = 1\ny = 2", then) == []
    assert [c for _, c, _ in found("x = 1\nstock = x", "    every: x\n")] == ["conflicting-keys"]
    other = HEAD.replace("at: 1", "if: x > 1\n    at: 1") + "      x = 1\n      stock = x\n"
    assert [f.code for f in faults(other)] == ["unknown-name"]


def test_many_faults_are_bounded_and_quick() -> None:
    do = "\n".join(f"stok{i} += levle{i}" for i in range(400))
    assert 50 <= len(found(do)) <= 60


def test_the_same_text_is_checked_wherever_it_stands() -> None:
    """Its tree is shared; the places of its faults, and what its names mean, are not."""
    text = """\
state: {stock: {initial: 1}}
events:
  one: {every: 1, do: stock += twice}
  two: {every: 1, do: stock += twice}
  three: {every: 1, do: stock += 1 +}
  four: {every: 1, do: stock += 1 +}
outcomes: {stock: {final: stock}}
"""
    told = [(fault.code, fault.span.line) for fault in faults(text) if fault.span]
    assert [line for _, line in told] == [5, 6, 7, 8]
    assert told[0][0] == told[1][0] == "unknown-name"
    assert told[2][0] == told[3][0] == "syntax"
    assert not faults("levers: {twice: {default: 2}}\n" + text.replace("1 +}", "1}"))


def test_state_in_a_block_keeps_its_type() -> None:
    made = scenario(HEAD + "      stock = 3\n      level = stock\n")
    assert [s.type.kind for s in made.model.state.values()] == ["whole", "number", "option"]


@pytest.mark.parametrize(
    ("do", "help"),
    [
        ("for i in stock:\n  level = 1", "declare it under 'sets'"),
        ("while level < 1:\n  level += 1", WORDS["while"]),
        ("stock[1] = 2", "declare it with 'over: SET'"),
        ("stock = 1\ngo", "declare what happens next under 'then'"),
    ],
)
def test_what_is_refused_has_another_form(do: str, help: str) -> None:
    text = HEAD + "".join(f"      {line}\n" for line in do.split("\n"))
    assert [fault.help for fault in faults(text)] == [help]
