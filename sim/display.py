"""How a result shows itself in a notebook: a small table, every word escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

#: Rows of a table; how many are left out is said below it.
MOST = 60
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


def _row(tag: str, words: Sequence[str]) -> str:
    style = ' style="text-align: left"'
    return f"<tr>{''.join(f'<{tag}{style}>{escape(word)}</{tag}>' for word in words)}</tr>"
