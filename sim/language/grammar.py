"""Parse text into a Python syntax tree of limited size."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable
from typing import Literal, TypeVar

from sim.errors import Diagnostic, ModelError
from sim.language.parsing import python_tree
from sim.language.terms import Operator
from sim.yaml import Scalar

MAX_CHARACTERS = 2_000
MAX_NODES = 400
MAX_DEPTH = 100
MAX_BRACKETS = 40
MAX_STATEMENT_CHARACTERS = 10_000
MAX_STATEMENT_NODES = 4_000
#: Texts whose trees are kept: a scenario has most of its texts from its model.
MAX_KEPT = 1_024

#: Operators of the language.
ARITHMETIC: dict[type[ast.AST], Operator] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**",
}  # fmt: skip
COMPARISONS: dict[type[ast.AST], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
#: Operators and syntax of Python that the language does not have.
MEMBERSHIPS: dict[type[ast.AST], str] = {
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}
BIT_OPERATORS: dict[type[ast.AST], str] = {
    ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
    ast.MatMult: "@",
}  # fmt: skip
REFUSED: dict[type[ast.AST], str] = {
    ast.Attribute: "attributes ('a.b') are not part of the language",
    ast.Subscript: "subscripts ('a[b]') are not part of the language",
    ast.Lambda: "functions cannot be defined here",
    ast.ListComp: "comprehensions are not part of the language",
    ast.SetComp: "comprehensions are not part of the language",
    ast.DictComp: "comprehensions are not part of the language",
    ast.GeneratorExp: "comprehensions are not part of the language",
    ast.List: "lists are not part of the language",
    ast.Tuple: "lists of values are not part of the language",
    ast.Set: "sets are not part of the language",
    ast.Dict: "mappings are not part of the language",
    ast.JoinedStr: "format strings are not part of the language",
    ast.NamedExpr: "':=' is not part of the language",
    ast.Await: "'await' is not part of the language",
    ast.Yield: "'yield' is not part of the language",
    ast.YieldFrom: "'yield' is not part of the language",
    ast.Starred: "'*' arguments are not part of the language",
}
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
#: A number that runs into a letter or underscore: ``0x10``, ``1_000``, ``2j``, ``1or``.
_GLUED = re.compile(r"(?<![\w.])(?>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)[A-Za-z_]\w*", re.ASCII)
_STRANGE = re.compile(r"[^\n\t\r -~]|\\")
_FOREIGN = re.compile(r"&&|\|\||!(?!=)")


T = TypeVar("T")


class _Refused(Exception):
    """Code and message of an error, its offsets in the text, and perhaps help."""


def expression(scalar: Scalar, text: str) -> ast.expr:
    """Parse one expression; do not change the tree, which others share.

    Raises
    ------
    ModelError
        The text is not valid; the diagnostic has the place in the file.
    """
    return _placed(_expression, scalar, text)


def statements(scalar: Scalar, text: str) -> list[ast.stmt]:
    """Parse a block of statements; do not change the trees, which others share.

    Raises
    ------
    ModelError
        The text is not valid; the diagnostic has the place in the file.
    """
    return _placed(_statements, scalar, text)


def _placed(parse: Callable[[str], T], scalar: Scalar, text: str) -> T:
    """Return what a parser makes of a text; what it refuses gets its place in the file."""
    try:
        return parse(text)
    except _Refused as refused:
        code, message, begin, end, *help = refused.args
        span = scalar.span_at(begin, end)
        raise ModelError(Diagnostic(code, message, span, *help)) from None


@functools.lru_cache(maxsize=MAX_KEPT)
def _expression(text: str) -> ast.expr:
    if "#" in text:
        at = text.index("#")
        raise _Refused("syntax", "comments are not allowed in an expression", at, len(text))
    if ";" in text:
        at = text.index(";")
        raise _Refused("syntax", "expected one expression, without ';'", at, at + 1)
    lead = len(text) - len(text.lstrip())
    line = " " * lead + text[lead:].replace("\n", " ").replace("\r", " ")
    if not line.strip():
        raise _Refused("syntax", "the expression is empty", 0, 1)
    _check_length(text, MAX_CHARACTERS, "expression")
    tree = _parse(text, line.lstrip(), lead, "eval")
    _bound(tree, MAX_NODES)
    assert isinstance(tree, ast.Expression)
    return tree.body


@functools.lru_cache(maxsize=MAX_KEPT)
def _statements(text: str) -> list[ast.stmt]:
    _check_length(text, MAX_STATEMENT_CHARACTERS, "block")
    tree = _parse(text, text, 0, "exec")
    _bound(tree, MAX_STATEMENT_NODES)
    assert isinstance(tree, ast.Module)
    if not tree.body:
        raise _Refused("syntax", "the block is empty", 0, 1)
    return tree.body


def offsets(text: str, node: ast.expr | ast.stmt, lead: int = 0) -> tuple[int, int]:
    """Return the start and end offsets of a node in `text`.

    The texts are plain ASCII, so the parser's columns, which count bytes, count characters.
    """
    starts = _line_starts(text)
    begin = starts[node.lineno - 1] + node.col_offset + lead
    last = node.end_lineno or node.lineno
    end = starts[last - 1] + (node.end_col_offset or node.col_offset + 1) + lead
    return begin, end


@functools.lru_cache(maxsize=64)
def _line_starts(text: str) -> list[int]:
    starts = [0]
    for i, c in enumerate(text):
        if c == "\n":
            starts.append(i + 1)
    return starts


def _check_length(text: str, most: int, what: str) -> None:
    if len(text) > most:
        raise _Refused("too-long", f"more than {most:,} characters in one {what}", 0, 1)


def _parse(text: str, source: str, lead: int, mode: Literal["eval", "exec"]) -> ast.AST:
    """Parse `source`, which is `text` without its first `lead` characters."""
    if found := _STRANGE.search(text):
        message = f"the character '{found[0]}' is not allowed in an expression"
        raise _Refused("syntax", message, *found.span())
    _brackets(text)
    _foreign(text)
    try:
        return python_tree(source, mode)
    except SyntaxError as error:
        last = max(len(text.rstrip()) - 1, 0)
        starts = _line_starts(source)
        row = min(max((error.lineno or 1) - 1, 0), len(starts) - 1)
        at = min(starts[row] + error.offset - 1 + lead, last) if error.offset else last
        message = _syntax_message(error, text, at)
        first = re.match(r"\s*if\b", text) if mode == "eval" else None
        help = "write 'a if test else b'" if first else ""
        raise _Refused("syntax", message, at, at + 1, help) from None
    except (RecursionError, MemoryError, ValueError):
        raise _Refused("too-deep", "the expression is nested too deeply", 0, 1) from None


def _foreign(text: str) -> None:
    """Reject numbers that are not plain decimals, and operators of other languages."""
    words = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
    if found := _GLUED.search(words):
        message = f"'{found[0]}' is not a number"
        help = "write it in plain decimal digits"
        raise _Refused("syntax", message, *found.span(), help)
    if found := _FOREIGN.search(words):
        help = "write 'not'" if found[0] == "!" else "write 'and' or 'or'"
        raise _Refused("syntax", f"'{found[0]}' is not an operator", *found.span(), help)


def _syntax_message(error: SyntaxError, text: str, at: int) -> str:
    """Return a message for a syntax error of the Python parser."""
    if text[at : at + 1] == "=" and text[at : at + 2] != "==":
        return "'=' assigns: use '==' to compare"
    message = (error.msg or "").partition(" (")[0].partition(" on line ")[0].strip()
    if "Exceeds the limit" in message:
        return "the number is too large"
    if "leading zeros" in message:
        return "a whole number cannot begin with 0"
    if not message or message.startswith("invalid syntax") or "?" in message:
        early = at >= len(text.rstrip()) - 1 and text[at : at + 1] in "+-*/%<>=(,"
        return "the expression is incomplete" if early else "this is not a valid expression"
    return message[:1].lower() + message[1:]


def _brackets(text: str) -> None:
    depth = 0
    if sum(map(text.count, "([{")) <= MAX_BRACKETS:
        return
    for i, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if depth > MAX_BRACKETS:
            raise _Refused(
                "too-deep", f"brackets are nested more than {MAX_BRACKETS} deep", i, i + 1
            )


def _bound(tree: ast.AST, most: int) -> None:
    count = 0
    stack: list[tuple[ast.AST, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        count += not isinstance(node, ast.expr_context | ast.operator | ast.unaryop | ast.cmpop)
        if depth > MAX_DEPTH:
            raise _Refused("too-deep", f"the expression is nested more than {MAX_DEPTH} deep", 0, 1)
        if count > most:
            raise _Refused("too-long", f"more than {most} terms in one expression", 0, 1)
        # As `ast.iter_child_nodes`, in half the time.
        for value in map(node.__dict__.get, node._fields):
            if isinstance(value, list):
                stack += [(child, depth + 1) for child in value if isinstance(child, ast.AST)]
            elif isinstance(value, ast.AST):
                stack.append((value, depth + 1))
