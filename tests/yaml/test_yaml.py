from __future__ import annotations

import json
import os
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fuzzing import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.errors import Diagnostic, ModelError, Span
from sim.yaml import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    dump,
    find,
    locate,
    merge,
    read_file,
    read_text,
    scalars,
    splice,
    to_data,
)
from sim.yaml import reader as source

BAD = Path(__file__).parent.parent / "bad" / "yaml"

#: One fault a file of tests/bad/yaml: its code and its place.
FAULTS = {
    "after_astral": ("quote-it", "2:10"),
    "alias": ("not-allowed", "2:8"),
    "alias_bomb": ("not-allowed", "1:5"),
    "alias_self": ("not-allowed", "1:9"),
    "anchor": ("not-allowed", "1:9"),
    "bracket": ("yaml-syntax", "1:28"),
    "character_bell": ("bad-character", "1:10"),
    "character_bidi": ("bad-character", "1:13"),
    "character_bom_inside": ("bad-character", "2:1"),
    "character_carriage_return": ("bad-character", "1:9"),
    "character_escaped": ("bad-character", "1:8"),
    "character_line_separator": ("bad-character", "1:10"),
    "character_next_line": ("bad-character", "1:9"),
    "character_nul_escaped": ("bad-character", "1:8"),
    "character_zero_width": ("bad-character", "2:5"),
    "directive_tag": ("not-allowed", "1:1"),
    "directive_yaml": ("not-allowed", "2:1"),
    "duplicate_key": ("duplicate-key", "3:1"),
    "duplicate_key_flow": ("duplicate-key", "1:28"),
    "duplicate_key_quoted": ("duplicate-key", "3:3"),
    "json_trailing": ("yaml-syntax", "1:10"),
    "key_empty": ("yaml-syntax", "2:3"),
    "key_int": ("key-not-text", "1:10"),
    "key_jinja": ("key-not-text", "1:10"),
    "key_list": ("key-not-text", "1:10"),
    "key_long": ("too-long", "2:3"),
    "key_null": ("key-not-text", "1:1"),
    "key_question": ("key-not-text", "1:3"),
    "key_time": ("quote-it", "1:1"),
    "key_true": ("key-not-text", "1:10"),
    "key_true_capital": ("quote-it", "1:10"),
    "latin1": ("not-utf8", "1:11"),
    "merge_bomb": ("not-allowed", "1:5"),
    "merge_key": ("not-allowed", "2:3"),
    "only_comments": ("empty", "1:1"),
    "second_document": ("not-allowed", "2:1"),
    "second_document_ended": ("not-allowed", "3:1"),
    "syntax_backtick": ("yaml-syntax", "1:5"),
    "syntax_colon": ("yaml-syntax", "1:16"),
    "syntax_escape": ("yaml-syntax", "1:10"),
    "syntax_indent": ("yaml-syntax", "3:3"),
    "syntax_percent": ("yaml-syntax", "1:8"),
    "syntax_quote": ("yaml-syntax", "3:1"),
    "syntax_tab": ("yaml-syntax", "2:1"),
    "syntax_unclosed": ("yaml-syntax", "2:2"),
    "tag_bare": ("not-allowed", "1:8"),
    "tag_binary": ("not-allowed", "1:8"),
    "tag_int": ("not-allowed", "1:8"),
    "tag_python": ("not-allowed", "1:8"),
    "tag_unknown_handle": ("yaml-syntax", "1:8"),
    "utf16": ("not-utf8", "1:1"),
    "value_16_digits": ("number-too-big", "1:6"),
    "value_Null": ("quote-it", "1:9"),
    "value_True": ("quote-it", "1:9"),
    "value_base60": ("quote-it", "1:11"),
    "value_base60_float": ("quote-it", "1:11"),
    "value_base60_short": ("quote-it", "1:11"),
    "value_binary": ("quote-it", "1:6"),
    "value_hex": ("quote-it", "1:6"),
    "value_inf": ("not-finite", "1:6"),
    "value_nan": ("not-finite", "1:6"),
    "value_norway": ("quote-it", "1:10"),
    "value_octal": ("quote-it", "1:6"),
    "value_octal_12": ("quote-it", "1:6"),
    "value_on": ("quote-it", "1:20"),
    "value_overflow": ("number-too-big", "1:6"),
    "value_overflow_negative": ("number-too-big", "1:10"),
    "value_underscore": ("quote-it", "1:6"),
    "value_underscore_float": ("quote-it", "1:6"),
    "value_yes": ("quote-it", "1:9"),
}

#: Where PyYAML's own parser points elsewhere than libyaml.
PYTHON_PLACES = {"syntax_escape": ("yaml-syntax", "1:11")}

MODEL = """\
# the model
model: tiny
levers:  # what we set
  deadline: {default: 50, range: [0, 180]}   # days
  atacms:
    default: "withheld"  # why
    options:
    - withheld
    - approved

events:
  salvo:
    every: exponential(salvo_interval)
    do: |
      missiles = 3
      if missiles > 2:
        damage += 1

    # about then
    then:
      - {schedule: talks, after: "uniform(7, 30)"}
empty:
"""


@pytest.fixture(params=["libyaml", "python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the test with each of PyYAML's parsers."""
    if request.param == "libyaml" and not hasattr(yaml, "CSafeLoader"):
        pytest.skip("PyYAML without libyaml")
    loader = yaml.CSafeLoader if request.param == "libyaml" else yaml.SafeLoader
    monkeypatch.setattr(source, "_LOADER", loader)
    return str(request.param)


def faults(content: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(ModelError) as caught:
        read_text(content)
    return caught.value.diagnostics


def fault(content: str) -> Diagnostic:
    (only,) = faults(content)
    return only


def place(span: Span | None) -> str:
    return f"{span.line}:{span.column}" if span else ""


def written(span: Span) -> str:
    assert span.text is not None
    return span.text.content[span.start : span.end]


def scalar(content: str, *path: str | int) -> Scalar:
    node = find(read_text(content), path)
    assert isinstance(node, Scalar)
    return node


def mapping(node: Node) -> Mapping:
    assert isinstance(node, Mapping)
    return node


def nodes(node: Node) -> Iterator[Node]:
    yield node
    inside = [e.value for e in node.entries.values()] if isinstance(node, Mapping) else []
    for child in inside or (node.items if isinstance(node, Sequence) else ()):
        yield from nodes(child)


# ---------------------------------------------------------------- what is refused


def test_every_bad_file_is_expected() -> None:
    assert {path.stem for path in BAD.iterdir()} == set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_bad_file(name: str, parser: str) -> None:
    with pytest.raises(ModelError) as caught:
        read_file(BAD / f"{name}.yaml", f"{name}.yaml")
    (found,) = caught.value.diagnostics
    expected = PYTHON_PLACES.get(name) if parser == "python" else None
    assert (found.code, place(found.span)) == (expected or FAULTS[name])
    assert found.span is not None
    assert found.span.file == f"{name}.yaml"
    assert found.message[0] == "'" or found.message[0].islower()
    assert not found.message.endswith(".")
    assert "\n" not in found.first_line()


PICTURES = {
    "bracket": """\
bracket.yaml:1:28: yaml-syntax: did not find expected ',' or '}', while parsing a flow mapping from line 1
  |
1 | outcomes: {use: {mean: busy[s]}}
  |                            ^
  = help: put text that contains brackets, braces or commas in quotes, or close what is open""",
    "duplicate_key_quoted": """\
duplicate_key_quoted.yaml:3:3: duplicate-key: 'cap' is already given on line 2
  |
3 |   "cap": 2
  |   ^^^^^""",
    "value_norway": """\
value_norway.yaml:1:10: quote-it: 'NO' is a truth value to some YAML parsers
  |
1 | country: NO
  |          ^^
  = help: put it in quotes: "NO\"""",
    "value_octal": """\
value_octal.yaml:1:6: quote-it: '010' is another number to some YAML parsers
  |
1 | cap: 010
  |      ^^^
  = help: write the number in plain decimal digits, or put it in quotes: "010\"""",
    "tag_python": """\
tag_python.yaml:1:8: not-allowed: the tag '!!python/name:os.system' is not allowed
  |
1 | model: !!python/name:os.system
  |        ^^^^^^^^^^^^^^^^^^^^^^^""",
    "character_bidi": """\
character_bidi.yaml:1:13: bad-character: the character U+202E is not allowed
  |
1 | title: "safe\\u202egpj.exe"
  |             ^""",
    "latin1": """\
latin1.yaml:1:11: not-utf8: the file is not UTF-8 text
  |
1 | title: caf\N{REPLACEMENT CHARACTER}
  |           ^
  = help: save as UTF-8""",
    "syntax_colon": """\
syntax_colon.yaml:1:16: yaml-syntax: mapping values are not allowed in this context
  |
1 | title: Deadline: fifty days
  |                ^
  = help: put text that contains ': ' in quotes""",
}


@pytest.mark.parametrize("name", PICTURES)
def test_picture(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        read_file(BAD / f"{name}.yaml", f"{name}.yaml")
    assert str(caught.value) == PICTURES[name]


def test_all_faults_of_a_text_at_once() -> None:
    found = faults("a: NO\nb: 1\nb: 010\nc: [.nan, *x]\n")
    assert [(f.code, place(f.span)) for f in found] == [
        ("quote-it", "1:4"),
        ("duplicate-key", "3:1"),
        ("quote-it", "3:4"),
        ("not-finite", "4:5"),
        ("not-allowed", "4:11"),
    ]
    assert [f.code for f in faults("a: NO\nb: [1\n")] == ["quote-it", "yaml-syntax"]


HUGE = {
    "brackets": ("[" * 50_000, "too-deep", "1:65"),
    "brackets_closed": ("[" * 30_000 + "]" * 30_000, "too-deep", "1:65"),
    "brackets_under_a_key": ("a: " + "[" * 1_000 + "]" * 1_000, "too-deep", "1:67"),
    "braces": ("{a: " * 10_000, "too-deep", "1:257"),
    "dashes": ("- " * 5_000, "too-deep", "1:129"),
    "indents": ("\n".join(" " * i + "a:" for i in range(900)), "too-deep", "65:65"),
    "keys": ("\n".join(f"k{i}: 1" for i in range(60_000)), "too-many-nodes", "25000:9"),
    "bytes": ("#" * 1_000_001, "too-big", "1:1"),
    "bytes_of_umlauts": ("# " + "ü" * 500_000, "too-big", "1:1"),
    "word": ("a: " + "x" * 20_001, "too-long", "1:4"),
    "blanks": ("a: x" + " " * 900_000 + "y", "too-long", "1:4"),
    "escapes": ('a: "' + "\\x41" * 200_000 + '"', "too-long", "1:4"),
    "hexadecimal": ("a: 0x" + "f" * 30_000, "too-long", "1:4"),
    "base_60": ("a: 1" + ":1" * 30_000, "too-long", "1:4"),
    "digits": ("a: " + "9" * 10_000, "number-too-big", "1:4"),
    "anchors": ("\n".join(f"k{i}: &a{i} 1" for i in range(20_000)), "not-allowed", "1:5"),
    "tag_directives": ("%TAG !a! tag:b\n" * 60_000, "not-allowed", "1:1"),
    "later_directives": ("a: 1\n...\n" + "%TAG !a! b\n" * 60_000, "not-allowed", "3:1"),
    "duplicates": ("a: 1\n" * 20_000, "duplicate-key", "2:1"),
}


#: Seconds of a busy machine within which work that is not quadratic ends.
SOON = 10


@pytest.mark.parametrize("name", HUGE)
def test_huge_texts_are_refused_soon(name: str) -> None:
    content, code, where = HUGE[name]
    began = time.process_time()
    found = faults(content)[0]
    assert time.process_time() - began < SOON
    assert (found.code, place(found.span)) == (code, where)
    assert len(str(found)) < 2_000


def test_memory_is_bounded() -> None:
    content = "\n".join(f"k{i}: {{a: {i}}}" for i in range(12_000))
    tracemalloc.start()
    try:
        read_text(content)
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


def test_limits_are_reached_not_passed() -> None:
    deepest = "[" * source.MAX_DEPTH + "]" * source.MAX_DEPTH
    assert isinstance(read_text(deepest), Sequence)
    assert scalar("a: " + "x" * source.MAX_SCALAR, "a").text == "x" * source.MAX_SCALAR
    assert "k" * source.MAX_KEY in mapping(read_text("k" * source.MAX_KEY + ": 1")).entries
    most = "[" + "1," * (source.MAX_NODES - 1) + "]"
    assert len(to_data(read_text(most))) == source.MAX_NODES - 1
    assert faults("[" + "1," * source.MAX_NODES + "]")[0].code == "too-many-nodes"
    rest = source.MAX_BYTES - len("a: 1 #")
    assert to_data(read_text("a: 1 #" + "x" * rest)) == {"a": 1}
    assert scalar("9" * scalars.MAX_DIGITS).value == 10**scalars.MAX_DIGITS - 1


# ---------------------------------------------------------------- files


def test_read_file(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_bytes(b"\xef\xbb\xbfmodel: x\r\ncap: NO\r\n")
    with pytest.raises(ModelError, match=r"model\.yaml:2:6: quote-it") as caught:
        read_file(path)
    assert caught.value.diagnostics[0].picture().split("\n")[2] == "2 | cap: NO"
    path.write_bytes(b"\xef\xbb\xbfmodel: x\r\n")
    node = read_file(path)
    assert to_data(node) == {"model": "x"}
    assert written(find(node, ("model",)).span) == "x"


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    big = tmp_path / "big.yaml"
    big.write_bytes(b"#" * (source.MAX_BYTES + 1))
    with pytest.raises(ModelError, match=r"too-big: more than 1,000,000 bytes"):
        read_file(big)
    with pytest.raises(
        ModelError, match=r"no-file: '.*' is a folder, not a file|permission denied"
    ):
        read_file(tmp_path)
    with pytest.raises(ModelError, match=r"no-file: cannot read '.*': no such file or directory"):
        read_file(tmp_path / "missing.yaml")
    with pytest.raises(ModelError, match="no-file: cannot read"):
        read_file("a\0b.yaml")
    with pytest.raises(ModelError, match=r"did you mean '.*big\.yaml'"):
        read_file(tmp_path / "big")


@pytest.mark.skipif(sys.platform == "win32", reason="no FIFO, no /dev")
def test_nothing_is_waited_for(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo.yaml"
    os.mkfifo(fifo)
    for path in (fifo, Path("/dev/zero")):
        with pytest.raises(ModelError, match="is not a regular file"):
            read_file(path)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc")
def test_files_are_closed(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text("a: 1")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        read_file(tmp_path / "model.yaml")
        with pytest.raises(ModelError):
            read_file(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


# ---------------------------------------------------------------- scalars


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-0", 0),
        ("+5", 5),
        ("1e-3", 0.001),
        ("1E5", 1e5),
        (".5", 0.5),
        ("5.", 5.0),
        ("-1.5e+3", -1500.0),
        ("0.0", 0.0),
        ("00.5", 0.5),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("y", "y"),
        ("N", "N"),
        ("nan", "nan"),
        ("Infinity", "Infinity"),
        ("2025-07-14", "2025-07-14"),
        ("1.2.3", "1.2.3"),
        ("12:75", "12:75"),
        ("north", "north"),
        ("tRUE", "tRUE"),
        ("phase != 'ceasefire'", "phase != 'ceasefire'"),
        ("'NO'", "NO"),
        ('"010"', "010"),
        ('"1e3"', "1e3"),
        ("'it''s'", "it's"),
        ('"caf\\xe9"', "café"),
        ("exponential(3)", "exponential(3)"),
    ],
)
@pytest.mark.usefixtures("parser")
def test_scalar(text: str, value: object) -> None:
    node = scalar(f"a: {text}\n", "a")
    assert (node.value, type(node.value)) == (value, type(value))
    assert bool(node.style) == text.startswith(("'", '"'))
    assert node.whole == (type(value) is int)
    assert bool(node.style) or node.text == text
    assert written(node.span) == text


@pytest.mark.parametrize(
    "word", ["y", "n", "no", "on", "Off", "YES", "2025-07-14", "a b", "'true'"]
)
def test_names_that_are_keys(word: str) -> None:
    assert to_data(read_text(f"{word}: 1")) == {word.strip("'"): 1}


def test_one_document_with_marks_is_fine() -> None:
    assert to_data(read_text("--- # start\na: 1\n...\n")) == {"a": 1}


# ---------------------------------------------------------------- places


@pytest.mark.usefixtures("parser")
def test_places_of_keys_and_values() -> None:
    node = read_text(MODEL, "model.yaml")
    assert isinstance(node, Mapping)
    levers = node.entries["levers"]
    assert (levers.key, place(levers.key_span), place(levers.value.span)) == (
        "levers",
        "3:1",
        "4:3",
    )
    assert written(levers.value.span).endswith("- approved")
    deadline = mapping(levers.value).entries["deadline"]
    assert written(deadline.key_span) == "deadline"
    assert written(deadline.value.span) == "{default: 50, range: [0, 180]}"
    assert deadline.value.span.file == "model.yaml"
    assert mapping(deadline.value).flow
    options = find(node, ("levers", "atacms", "options"))
    assert isinstance(options, Sequence)
    assert not options.flow
    assert [place(item.span) for item in options.items] == ["8:7", "9:7"]
    do = find(node, ("events", "salvo", "do"))
    assert written(do.span).startswith("|\n")
    assert written(do.span).endswith("damage += 1")
    assert (place(find(node, ("empty",)).span), written(find(node, ("empty",)).span)) == (
        "22:7",
        "",
    )


SCALARS = {
    "plain": "a: one + two\n",
    "plain_lines": "a: one +\n   two\n\n   three\n",
    "single": "a: 'it''s + one'\n",
    "single_lines": "a: 'it''s\n   + one\n\n\n   two'\n",
    "double": 'a: "one + two"\n',
    "double_escapes": 'a: "o\\x6ee \\u0061 \\t + 🙂 \\"b\\""\n',
    "double_lines": 'a: "one \\\n   two\n   three\n\n   four"\n',
    "literal": "a: |\n  x = 1\n\n  if x:\n    y = 2\nb: 1\n",
    "literal_crlf": "a: |\r\n  x = 1\r\n  y = 2\r\n",
    "literal_strip": "a:\n  b: |- # note\n     x = 1\n     y = 2\n\n",
    "literal_keep": "a: |+\n x\n\n\n",
    "literal_indicator": "a: |2\n    x = 1\n  y = 2\n",
    "literal_in_a_list": "- |\n  x = 1\n  y = 2\n- 1\n",
    "folded": "a: >\n  one\n  two\n\n  three\n    four\n  five\n",
}


@pytest.mark.parametrize("name", SCALARS)
@pytest.mark.usefixtures("parser")
def test_every_letter_is_found_in_the_file(name: str) -> None:
    node = next(n for n in nodes(read_text(SCALARS[name])) if isinstance(n, Scalar))
    last = node.span.start
    for at, char in enumerate(node.text):
        span = node.span_at(at, at + 1)
        assert span.text is not None
        assert last <= span.start <= span.end
        last = span.start
        line = span.text.line(span.line)
        if char.strip() and written(span) != "''" and not written(span).startswith("\\"):
            assert written(span) == line[span.column - 1] == char
    assert node.span_at(10**6, 10**7).end <= node.span.end


def test_span_at() -> None:
    do = scalar(MODEL, "events", "salvo", "do")
    at = do.text.index("missiles > 2")
    assert place(do.span_at(at, at + 8)) == "16:10"
    assert written(do.span_at(at, at + 12)) == "missiles > 2"
    after = scalar(MODEL, "events", "salvo", "then", 0, "after")
    assert written(after.span_at(8, 9)) == "7"
    assert place(after.span_at(8, 9)) == "21:43"
    escaped = scalar('a: "x\\x41y"', "a")
    assert written(escaped.span_at(1, 2)) == "\\x41"
    assert written(escaped.span_at(2, 3)) == "y"
    empty = escaped.span_at(1, 1)
    assert (empty.start, empty.end) == (5, 5)
    null = scalar("a:\n", "a").span_at(0, 1)
    assert (null.start, null.end) == (2, 2)
    bare = Scalar("x", "x", Span("f", 1, 1, 0, 1))
    assert bare.span_at(0, 1) is bare.span


# ---------------------------------------------------------------- paths


def test_find() -> None:
    node = read_text(MODEL)
    assert find(node, ()) is node
    assert to_data(find(node, ("levers", "deadline", "range", 1))) == 180
    for path in [("nope",), ("levers", 0), ("levers", "deadline", "range", 2), ("model", "x")]:
        with pytest.raises(KeyError):
            find(node, path)
    with pytest.raises(KeyError):
        find(node, ("levers", "deadline", "range", -1))


def test_locate_skips_the_tags_of_a_schema() -> None:
    node = read_text("events:\n  e1:\n    rate: 1\n    do: {x: bad}\n    then: [{schedule: b}]\n")
    found = locate(node, ("events", "e1", "rate", "do", "function-after[check()]", "x"))
    assert found.path == ("events", "e1", "do", "x")
    assert (place(found.key), place(found.value)) == ("4:10", "4:13")
    found = locate(node, ("events", "e1", "then", "list[edge]", 0, "cancel", "schedule"))
    assert (found.path, place(found.key)) == (("events", "e1", "then", 0, "schedule"), "5:13")
    missing = locate(node, ("events", "e1", "label"))
    assert (missing.path, place(missing.key)) == (("events", "e1"), "2:3")
    item = locate(node, ("events", "e1", "then", 0))
    assert place(item.key) == place(item.value) == "5:12"
    root = locate(node, ("zzz", 3))
    assert (root.path, root.node) == ((), node)


def test_locate_takes_the_field_after_its_tag() -> None:
    node = read_text("e1:\n  rate: 1\n  if: x\n")
    assert locate(node, ("e1", "rate", "if")).path == ("e1", "if")


# ---------------------------------------------------------------- merge

#: The examples of RFC 7396, appendix A: base, patch, result.
RFC_7396 = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


def node_of(data: Any) -> Node:
    return read_text(dump(data))


@pytest.mark.parametrize(("base", "patch", "result"), RFC_7396)
def test_merge_patch(base: Any, patch: Any, result: Any) -> None:
    assert to_data(merge(node_of(base), node_of(patch))) == result


def test_merge_points_into_the_overlay() -> None:
    base = read_text("levers:\n  cap: {default: 1, unit: day}\n  floor: 2\n", "model.yaml")
    over = read_text("levers: {cap: {default: 7}, floor: {min: 1}, new: 3}\n", "overlay.yaml")
    merged = merge(base, over)
    assert to_data(merged) == {
        "levers": {"cap": {"default": 7, "unit": "day"}, "floor": {"min": 1}, "new": 3}
    }
    files = {
        ("levers",): "model.yaml",
        ("levers", "cap"): "model.yaml",
        ("levers", "cap", "unit"): "model.yaml",
        ("levers", "cap", "default"): "overlay.yaml",
        ("levers", "floor"): "overlay.yaml",
        ("levers", "floor", "min"): "overlay.yaml",
        ("levers", "new"): "overlay.yaml",
    }
    for path, file in files.items():
        found = locate(merged, path)
        assert (found.path, found.key.file, found.value.file) == (path, file, file)
    assert to_data(base)["levers"]["cap"]["default"] == 1


def test_merge_keeps_the_order_of_the_base() -> None:
    merged = merge(node_of({"a": 1, "b": 2, "c": 3}), node_of({"d": 4, "b": 5}))
    assert list(to_data(merged)) == ["a", "b", "c", "d"]


# ---------------------------------------------------------------- dump

#: Texts that need quotes, or nearly.
ODD_WORDS = (
    "no¦True¦12:30¦1e-3¦010¦0x1F¦.nan¦null¦~¦¦ x¦x ¦a: b¦"
    "a #b¦- x¦-x¦---¦...¦<<¦[x¦{¦*a¦&a¦!t¦%d¦@¦`¦x:¦"
    '\'¦"¦it\'s¦"q"¦a, b¦? x¦?¦:¦|¦>¦a\nb¦a\n¦\n¦a\n\n¦'
    "a\n  b\n¦  a\nb¦a\n\tb¦\ta¦a\n b\n\n c¦🙂¦ü: ü¦a\r\nb¦#¦$bn"
)
WORDS = st.sampled_from(ODD_WORDS.split("¦"))
LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn", "Co", "Zl", "Zp"])
TEXTS = WORDS | st.text(LETTERS | st.sampled_from(" \n\t:#'\"-"), max_size=30)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15) + 1, 10**15 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
DATA = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)
MAPPINGS = st.dictionaries(TEXTS, DATA, max_size=4)


@given(DATA)
@settings(deadline=None)
def test_dump_round_trips(data: Any) -> None:
    assert json.dumps(to_data(read_text(dump(data)))) == json.dumps(data)


@given(MAPPINGS)
@settings(deadline=None)
def test_merging_nothing_is_the_identity(data: Any) -> None:
    node = node_of(data)
    assert merge(node, read_text("{}")) is node


@pytest.mark.fuzz
@given(MAPPINGS, MAPPINGS)
@settings(deadline=None, max_examples=examples(100))
def test_merging_twice_changes_nothing(base: Any, patch: Any) -> None:
    once = merge(node_of(base), node_of(patch))
    assert to_data(merge(once, node_of(patch))) == to_data(once)


def test_dump_is_readable() -> None:
    data = {
        "scenario": "arm_first",
        "levers": {"atacms": "approved", "patriots": 6, "share": 0.5, "since": "12:30"},
        "events": {
            "salvo": {
                "do": "x = 1\nif x:\n  y = 2\n",
                "then": [{"schedule": "e", "after": "uniform(7, 30)"}],
            }
        },
        "grid": [[1, 2], [3, 4]],
        "none": {},
    }
    assert (
        dump(data)
        == """\
scenario: arm_first
levers: {atacms: approved, patriots: 6, share: 0.5, since: "12:30"}
events:
  salvo:
    do: |
      x = 1
      if x:
        y = 2
    then:
      - {schedule: e, after: "uniform(7, 30)"}
grid: [[1, 2], [3, 4]]
none: {}
"""
    )


@pytest.mark.parametrize(
    "data", [float("nan"), float("inf"), {1: 2}, [{1: 2}], object(), "\x07", 10**16, {"k" * 200: 1}]
)
def test_dump_refuses_what_no_file_may_hold(data: Any) -> None:
    with pytest.raises(ModelError):
        dump(data)


# ---------------------------------------------------------------- splice


def changed(old: str, new: str) -> list[tuple[str, str]]:
    """The lines that differ, of two texts with as many lines."""
    pairs = list(zip(old.split("\n"), new.split("\n"), strict=True))
    return [(a, b) for a, b in pairs if a != b]


def test_splice_changes_one_line() -> None:
    new = splice(MODEL, [(("levers", "deadline", "default"), 20)])
    before = "  deadline: {default: 50, range: [0, 180]}   # days"
    assert changed(MODEL, new) == [(before, before.replace("50", "20"))]
    new = splice(MODEL, [(("levers", "atacms", "default"), "approved")])
    assert changed(MODEL, new) == [
        ('    default: "withheld"  # why', '    default: "approved"  # why')
    ]
    assert splice(MODEL, []) == MODEL


def test_splice_adds_after_the_last_sibling() -> None:
    new = splice(MODEL, [(("levers", "atacms", "label"), "no")])
    assert new == MODEL.replace("    - approved\n", '    - approved\n    label: "no"\n')
    new = splice(MODEL, [(("levers", "deadline", "unit"), "day")])
    assert new == MODEL.replace("[0, 180]}", "[0, 180], unit: day}")
    new = splice(MODEL, [(("events", "talks", "at"), 14)])
    assert new == MODEL.replace('30)"}\n', '30)"}\n  talks: {at: 14}\n')
    assert splice("a: 1  # one", [(("b",), 2)]) == "a: 1  # one\nb: 2"
    assert splice("- a: 1\n- 2\n", [((0, "b"), 3)]) == "- a: 1\n  b: 3\n- 2\n"
    assert splice("a: {}\n", [(("a", "b", "c"), 3)]) == "a: {b: {c: 3}}\n"


def test_splice_fills_what_is_empty() -> None:
    assert splice("a:\nb: 1\n", [(("a",), 2)]) == "a: 2\nb: 1\n"
    assert splice("a:  # why\n", [(("a", "b"), 2)]) == "a: {b: 2}  # why\n"
    assert splice("[{a: }]\n", [((0, "a"), 2)]) == "[{a: 2}]\n"
    assert splice("a: null\n", [(("a", "b", "c"), "x")]) == "a:\n  b: {c: x}\n"


def test_splice_of_blocks() -> None:
    new = splice(MODEL, [(("events", "salvo", "do"), "damage += 2\nphase = 'talks'\n")])
    assert to_data(read_text(new))["events"]["salvo"]["do"] == "damage += 2\nphase = 'talks'\n"
    assert "    do: |\n      damage += 2\n      phase = 'talks'\n\n    # about then\n" in new
    new = splice(MODEL, [(("events", "salvo", "do"), "damage += 2")])
    assert "    do: damage += 2\n\n    # about then\n" in new
    new = splice(MODEL, [(("events", "salvo", "every"), "a\nb")])
    assert "    every: |-\n      a\n      b\n    do: |\n" in new
    new = splice(MODEL, [(("levers", "atacms", "options"), ["a", "b, c"])])
    assert '    options: [a, "b, c"]\n\nevents:' in new


def test_splice_keeps_line_ends_and_mark() -> None:
    new = splice("\ufeffa: 1\r\nb:\r\n  c: 2\r\n", [(("b", "d"), 3), (("a",), 5)])
    assert new == "\ufeffa: 5\r\nb:\r\n  c: 2\r\n  d: 3\r\n"


def test_splice_keeps_the_kind_of_a_value() -> None:
    for value in (1, 1.0, True, None, "1", "true", "", "no", 1e-7):
        new = splice("a: {b: 7, c: 8}", [(("a", "b"), value)])
        found = to_data(read_text(new))["a"]["b"]
        assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("content", "path", "value"),
    [
        ("a: 1\n", ("a", "b"), 2),
        ("a: 1\n", ("a", "b", "c"), 2),
        ("a: [1]\n", ("a", 1), 2),
        ("a: [1]\n", ("a", -1), 2),
        ("a: [1]\n", ("a", "x"), 2),
        ("a: {b: 1}\n", ("a", 0), 2),
        ("7\n", (0,), 2),
        ("{a}\n", ("a",), 2),
        ("a:  # why\n", ("a",), "x\ny\n"),
    ],
)
def test_splice_refuses_what_it_cannot_do(content: str, path: Any, value: Any) -> None:
    with pytest.raises(ModelError, match=r"cannot-edit: '.*' cannot be edited in place"):
        splice(content, [(path, value)])


def test_splice_refuses_a_broken_text() -> None:
    with pytest.raises(ModelError, match=r"model\.yaml:1:4: yaml-syntax"):
        splice("a: ]", [(("a",), 1)], "model.yaml")


@pytest.mark.fuzz
@given(DATA, st.data(), DATA)
@settings(deadline=None, max_examples=examples(100))
def test_splice_sets_only_its_path(data: Any, draw: st.DataObject, value: Any) -> None:
    path: list[str | int] = []
    at = data
    while isinstance(at, dict | list) and at:
        step = draw.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        path.append(step)
        at = at[step]
        if draw.draw(st.booleans()):
            break
    assume(path)
    content = dump(data)
    try:
        new = splice(content, [(path, value)])
    except ModelError as error:
        assert [d.code for d in error.diagnostics] == ["cannot-edit"]
        return
    assert json.dumps(to_data(find(read_text(new), path))) == json.dumps(value)


# ---------------------------------------------------------------- fuzz

#: What YAML texts are made of, and what they must not hold.
MARKS = (
    "a¦b: ¦c:¦\n¦\n  ¦\n    ¦ ¦- ¦? ¦: ¦, ¦[¦]¦{¦}¦"
    "|¦>¦|-\n¦>+\n¦|2\n¦'¦\"¦\\¦\\x¦\\u00e9¦#¦ # c¦&a ¦*a¦"
    "!¦!!int ¦<<: ¦---¦...¦%TAG¦\t¦\r¦\r\n¦~¦1e3¦NO¦0x¦é¦"
    "🙂¦\ufeff¦\x85¦\u2028¦\ud800¦\x00¦@¦`¦=¦12:30¦null¦true"
)
PIECES = st.sampled_from(MARKS.split("¦"))


@pytest.mark.fuzz
@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60))
@settings(deadline=None, max_examples=examples(400))
def test_only_model_errors_come_out(content: str) -> None:
    for loader in {getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader}:
        source._LOADER, kept = loader, source._LOADER
        try:
            node = read_text(content)
        except ModelError as error:
            assert str(error)
            assert error.diagnostics
        else:
            for inner in nodes(node):
                assert 0 <= inner.span.start <= inner.span.end <= len(content)
                if isinstance(inner, Scalar):
                    inner.span_at(0, len(inner.text))
            assert json.dumps(to_data(read_text(dump(to_data(node))))) == json.dumps(to_data(node))
        finally:
            source._LOADER = kept


@pytest.mark.fuzz
@given(st.binary(max_size=40), st.integers(0, len(MODEL)))
@settings(deadline=None, max_examples=examples(100))
def test_only_model_errors_come_out_of_files(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, at: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    path.write_bytes(MODEL.encode()[:at] + raw + MODEL.encode()[at:])
    try:
        read_file(path)
    except ModelError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (123, "bad-path: expected the path of a file, not 123"),
        (None, "bad-path: expected the path of a file, not None"),
        (b"m.yaml", "bad-path: expected the path of a file, not b'm.yaml'"),
        ("", "bad-path: the path of the file is empty"),
        (".", "no-file: '.' is a folder, not a file"),
        (
            "no\0file",
            "no-file: cannot read 'no\\x00file': a path cannot contain a null character",
        ),
    ],
)
def test_what_is_not_a_file(path: Any, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        read_file(path)
    assert str(caught.value) == message
