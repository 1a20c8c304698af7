"""A table of records that can be read at any width: on a phone each record is a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

#: From so many records on, they can be searched.
MANY = 15


def show(
    records: Sequence[Mapping[str, str | None]],
    key: str,
    code: Sequence[str] = (),
    ids: Sequence[str] = (),
) -> None:
    """Draw records of the same columns; those that nobody fills are left out.

    Parameters
    ----------
    key
        Of the field to search, which long tables have.
    code
        Columns of names and formulas. An address of the web becomes a link.
    ids
        What links lead to, for each record.
    """
    found = [(record, ids[i] if ids else "") for i, record in enumerate(records)]
    if len(found) >= MANY:
        wanted = st.text_input("Search", key=f"{key}.search").lower()
        found = [one for one in found if wanted in " ".join(filter(None, one[0].values())).lower()]
        st.caption(f"{len(found):,} of {len(records):,}")
    st.html(html_of([record for record, _ in found], code, [place for _, place in found]))


def html_of(
    records: Sequence[Mapping[str, str | None]], code: Sequence[str] = (), ids: Sequence[str] = ()
) -> str:
    """Return records as a table whose cells know their column, for where they stand below each other."""
    columns = [name for name in (records[0] if records else ()) if any(r[name] for r in records)]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    rows = ""
    for place, record in enumerate(records):
        cells = (_cell(n, record[n] or "", i, n in code) for i, n in enumerate(columns))
        mark = f' id="{escape(ids[place])}"' if ids and ids[place] else ""
        rows += f"<tr{mark}>{''.join(cells)}</tr>"
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="listing" role="region" aria-label="Table" tabindex="0">{table}</div>'


def _cell(name: str, text: str, place: int, is_code: bool) -> str:
    shown = escape(text)
    if text.startswith(("https://", "http://")):
        shown = f'<a href="{shown}" target="_blank" rel="noreferrer">open</a>'
    elif is_code and text:
        shown = f"<code>{shown}</code>"
    if place == 0:
        return f'<th scope="row">{shown}</th>'
    return f'<td data-column="{escape(name)}">{shown}</td>'
