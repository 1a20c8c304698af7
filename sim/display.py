"""How results show themselves: a unit after its number; in a notebook, a small table, all escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

#: Rows of a table; how many are left out is said below it.
MOST = 60
#: Units that are words but count nothing.
UNCOUNTED = (
    "share", "probability", "percent", "ratio", "index", "log", "size", "weight", "exponent", "effort",
    "shape", "sign",
)  # fmt: skip
TOY = "A toy: transparent, sourced, uncertain – never a forecast."


def html_table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], notes: Sequence[str] = ()
) -> str:
    """Return a table as HTML without style sheets or scripts."""
    listed = list(rows)
    left_out = [f"… and {len(listed) - MOST:,} more rows"] if len(listed) > MOST else []
    lines = ["<table>", f"<caption>{escape(caption)}</caption>"]
    lines.append(f"<thead>{_row('th', head)}</thead>")
    lines += ["<tbody>", *(_row("td", row) for row in listed[:MOST]), "</tbody>", "</table>"]
    lines += [f"<p><small>{escape(note)}</small></p>" for note in (*left_out, *notes, TOY)]
    return "\n".join(lines)


def plural(unit: str, value: float | None = None) -> str:
    """Return a unit as it stands after a number: a plain word gets its plural, a symbol none.

    Models declare units in the singular, as tables show them.
    """
    word, slash, rest = unit.partition("/")
    plain = re.fullmatch(r"(?=[a-z]*[aeiou])[a-z]{3,}", word)
    if not plain or word in UNCOUNTED or (value is not None and abs(value) == 1):
        return unit
    if re.search(r"[^aeiou]y$", word):
        word = word[:-1] + "ie"
    elif re.search(r"(s|x|z|ch|sh)$", word):
        word += "e"
    return f"{word}s{slash}{rest}"


def _row(tag: str, words: Sequence[str]) -> str:
    style = ' style="text-align: left"'
    return f"<tr>{''.join(f'<{tag}{style}>{escape(word)}</{tag}>' for word in words)}</tr>"
