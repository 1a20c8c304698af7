"""Text → Python's own syntax tree, within bounds."""

from __future__ import annotations

import ast
import functools
import warnings

from sim.errors import Diagnostic, ModelError
from sim.source import Scalar

MAX_CHARACTERS = 2_000
MAX_NODES = 400
MAX_DEPTH = 100
MAX_BRACKETS = 40
MAX_STATEMENT_CHARACTERS = 10_000
MAX_STATEMENT_NODES = 4_000


def expression(scalar: Scalar, text: str) -> ast.expr:
    """Parse one expression.

    Raises
    ------
    ModelError
        With the place of the fault in the file.
    """
    if "#" in text:
        at = text.index("#")
        _refuse(scalar, "syntax", "a comment may not stand in an expression", at, len(text))
    lead = len(text) - len(text.lstrip())
    line = " " * lead + text[lead:].replace("\n", " ").replace("\r", " ")
    if not line.strip():
        _refuse(scalar, "syntax", "the expression is empty", 0, 1)
    tree = _parse(scalar, text, line.lstrip(), lead, "eval", MAX_CHARACTERS, MAX_NODES)
    assert isinstance(tree, ast.Expression)
    return tree.body


def statements(scalar: Scalar, text: str) -> list[ast.stmt]:
    """Parse a block of statements.

    Raises
    ------
    ModelError
        With the place of the fault in the file.
    """
    tree = _parse(scalar, text, text, 0, "exec", MAX_STATEMENT_CHARACTERS, MAX_STATEMENT_NODES)
    assert isinstance(tree, ast.Module)
    if not tree.body:
        _refuse(scalar, "syntax", "the block is empty", 0, 1)
    return tree.body


def offsets(text: str, node: ast.expr | ast.stmt, lead: int = 0) -> tuple[int, int]:
    """Return where a node begins and ends in `text`, as offsets.

    The texts are plain ASCII, so that the columns of the parser, which count bytes, count characters.
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


def _parse(
    scalar: Scalar, text: str, source: str, lead: int, mode: str, longest: int, most: int
) -> ast.AST:
    if len(text) > longest:
        _refuse(scalar, "too-long", f"more than {longest:,} characters in one expression", 0, 1)
    for i, c in enumerate(text):
        if not (" " <= c <= "~" or c in "\n\t\r"):
            _refuse(scalar, "syntax", f"'{c}' may not stand in an expression", i, i + 1)
    _brackets(scalar, text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, mode=mode)
    except SyntaxError as fault:
        starts = _line_starts(source)
        row = min(max((fault.lineno or 1) - 1, 0), len(starts) - 1)
        at = min(starts[row] + max((fault.offset or 1) - 1, 0) + lead, max(len(text) - 1, 0))
        words = _words(fault, text, at)
        _refuse(scalar, "syntax", words[0], at, at + 1, words[1])
    except (RecursionError, MemoryError, ValueError):
        _refuse(scalar, "too-deep", "the expression is nested too deeply", 0, 1)
    _bound(scalar, tree, most)
    return tree


def _words(fault: SyntaxError, text: str, at: int) -> tuple[str, str]:
    """Turn the parser's complaint into one of ours, with help."""
    rest = text[at : at + 2]
    if rest in ("&&", "||") or text[at - 1 : at + 1] in ("&&", "||"):
        return f"'{'&&' if '&' in text[at - 1 : at + 2] else '||'}' is not an operator", (
            "write 'and' or 'or'"
        )
    if rest[:1] == "=" and rest != "==":
        return "'=' assigns; an expression compares with '=='", ""
    if rest[:1] == "!" and rest != "!=":
        return "'!' is not an operator", "write 'not'"
    message = (fault.msg or "invalid syntax").split("(")[0].strip()
    if "Perhaps you forgot" in message or "Maybe you meant" in message:
        message = "invalid syntax"
    return message[:1].lower() + message[1:], ""


def _brackets(scalar: Scalar, text: str) -> None:
    depth = 0
    for i, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if depth > MAX_BRACKETS:
            _refuse(
                scalar, "too-deep", f"more than {MAX_BRACKETS} brackets inside each other", i, i + 1
            )


def _bound(scalar: Scalar, tree: ast.AST, most: int) -> None:
    count = 0
    stack: list[tuple[ast.AST, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        count += not isinstance(node, ast.expr_context | ast.operator | ast.unaryop | ast.cmpop)
        if depth > MAX_DEPTH:
            _refuse(scalar, "too-deep", f"the expression is nested deeper than {MAX_DEPTH}", 0, 1)
        if count > most:
            _refuse(scalar, "too-long", f"more than {most} terms in one expression", 0, 1)
        stack.extend((child, depth + 1) for child in ast.iter_child_nodes(node))


def _refuse(scalar: Scalar, code: str, message: str, begin: int, end: int, help: str = "") -> None:
    raise ModelError(Diagnostic(code, message, scalar.span_at(begin, end), help))
