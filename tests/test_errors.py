from __future__ import annotations

import pickle

import pytest

from sim.errors import (
    MAX_SHOWN,
    Diagnostic,
    ModelError,
    RunError,
    SimError,
    Span,
    Text,
    did_you_mean,
)

CONTENT = "events:\n  salvo:\n    do: tension = clip(tention, 0, 1)\r\n"
TEXT = Text("model.yaml", CONTENT)
WHOLE = Span("model.yaml", 1, 1, 0, len(CONTENT), TEXT)


def span_of(word: str, content: str = CONTENT) -> Span:
    text = Text("model.yaml", content)
    at = content.index(word)
    return Span("model.yaml", 1, 1, 0, len(content), text).shift(at, at + len(word))


def test_picture() -> None:
    fault = Diagnostic("unknown-name", "'tention' is not defined", span_of("tention"), "say so")
    assert fault.picture() == (
        "model.yaml:3:24: unknown-name: 'tention' is not defined\n"
        "  |\n"
        "3 |     do: tension = clip(tention, 0, 1)\n"
        "  |                        ^^^^^^^\n"
        "  = help: say so"
    )


def test_picture_without_place_or_text() -> None:
    assert Diagnostic("no-file", "cannot read 'x'").picture() == "no-file: cannot read 'x'"
    place = Span("x.yaml", 2, 3, 9, 12)
    assert Diagnostic("odd", "it is odd", place).picture() == "x.yaml:2:3: odd: it is odd"


def test_picture_past_the_end() -> None:
    end = Span("model.yaml", 4, 1, len(CONTENT), len(CONTENT), TEXT)
    lines = Diagnostic("yaml-syntax", "it ends", end).picture().split("\n")
    assert lines[2:] == ["4 | ", "  | ^"]


@pytest.mark.parametrize("at", [0, 40, 300, 590])
def test_picture_of_a_long_line(at: int) -> None:
    content = "x" * at + "bad" + "y" * (597 - at)
    lines = Diagnostic("odd", "it is odd", span_of("bad", content)).picture().split("\n")
    shown, carets = lines[2], lines[3]
    assert len(shown) <= 4 + 96 + 2
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "bad"


def test_picture_of_several_lines_marks_the_first() -> None:
    lines = Diagnostic("odd", "it is odd", span_of("salvo:\n    do")).picture().split("\n")
    assert lines[2:] == ["2 |   salvo:", "  |   ^^^^^^"]


def test_a_terminal_is_not_given_orders() -> None:
    content = "title: x\x1b[2Jy\u202e"
    picture = Diagnostic("odd", "'\x1b' is odd", span_of("x", content)).picture()
    assert all(c.isprintable() or c == "\n" for c in picture)
    assert "\\x1b[2Jy\\u202e" in picture


def test_shift_counts_lines_and_code_points() -> None:
    span = span_of("b", "🙂: a\n  🙂b")
    assert (span.line, span.column, span.start, span.end) == (2, 4, 8, 9)
    assert WHOLE.shift(0, 10**9).end == len(CONTENT)
    bare = Span("x", 1, 1, 0, 5)
    assert bare.shift(1, 2) is bare


def test_spans_compare_by_place() -> None:
    one, two = (Span("a", 1, 1, 0, 1, Text("a", c)) for c in "xy")
    assert one == two
    assert sorted([Span("a", 2, 1, 4, 5, TEXT), one, two])[0].line == 1
    assert CONTENT not in repr(WHOLE)


def test_many_faults_are_cut() -> None:
    error = ModelError(Diagnostic("odd", f"number {i}") for i in range(MAX_SHOWN + 7))
    assert str(error).split("\n")[-2:] == [f"odd: number {MAX_SHOWN - 1}", "… and 7 more"]
    assert str(ModelError("it is odd")) == "error: it is odd"


def test_errors_travel_between_processes() -> None:
    fault = Diagnostic("odd", "it is odd", span_of("tention"))
    model = pickle.loads(pickle.dumps(ModelError([fault])))
    assert isinstance(model, SimError)
    assert str(model) == str(ModelError([fault]))
    run = RunError(fault, event="salvo", time=1.5, state={"tension": 2.0}, replication=3, future=4)
    copy = pickle.loads(pickle.dumps(run))
    assert str(copy) == str(run)
    assert (copy.event, copy.time, copy.replication, copy.future) == ("salvo", 1.5, 3, 4)
    assert copy.state == {"tension": 2.0}


def test_run_error_tells_where_it_happened() -> None:
    fault = Diagnostic("range", "'tension' is 2")
    error = RunError(fault, event="salvo", time=1.5, state={"tension": 2.0}, replication=3)
    assert str(error) == (
        "range: 'tension' is 2\n"
        "   = in event 'salvo' at time 1.5, replication 3\n"
        "   = state: tension=2.0"
    )


def test_did_you_mean() -> None:
    assert did_you_mean("tention", ["tension", "damage"]) == "did you mean 'tension'?"
    assert did_you_mean("zzz", ["tension"]) == ""
