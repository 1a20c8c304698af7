"""Errors beside the lines of a text, and tables that are cards on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim

pytest.importorskip("streamlit")

from ui.line_numbers import faults_in
from ui.listing import html_of

SCENARIO = Path("scenarios/port_strike/mediate.yaml")


def test_errors_know_their_line_in_the_text_and_stand_in_order() -> None:
    text = SCENARIO.read_text("utf-8") + "\n  wage_ofer: 3\n  berths: many\n"
    with pytest.raises(sim.ModelError) as caught:
        sim.parse_scenario(text, SCENARIO)
    found = faults_in(caught.value.diagnostics, text)
    lines = text.splitlines()
    assert [lines[fault["line"] - 1].strip() for fault in found] == ["wage_ofer: 3", "berths: many"]
    assert "wage_ofer" in found[0]["message"]
    assert faults_in(caught.value.diagnostics, "another text") == []


def test_a_listing_shows_any_text_as_text_and_knows_its_columns() -> None:
    bad = '<img src=x onerror="hit()">'
    records: list[dict[str, str | None]] = [
        {"What": bad, "Link": "https://a.b/?c&d", "Formula": "a < b", "Empty": ""},
        {"What": "two", "Link": None, "Formula": "", "Empty": None},
    ]
    html = html_of(records, code=["Formula"], ids=["event-a", 'b" c'])
    assert "<img" not in html and "&lt;img" in html
    assert 'href="https://a.b/?c&amp;d"' in html and "javascript" not in html
    assert '<td data-column="Formula"><code>a &lt; b</code></td>' in html
    assert "Empty" not in html, "a column that nobody fills"
    assert '<tr id="event-a">' in html and 'id="b&quot; c"' in html
