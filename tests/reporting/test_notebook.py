"""Results show themselves in a notebook, and nothing in a model can smuggle markup in."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim

STUDY = "scenarios/port_strike"


@pytest.fixture(scope="module")
def hostile(root: Path) -> sim.Scenario:
    file = root / STUDY / "model.yaml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("label: Settled within 90 days", "label: '<img src=x onerror=alert(1)>'")
    text = text.replace("title: A dock strike", "title: <script>alert(1)</script> A dock strike")
    text = text.replace("tell: 'The talks fail.'", "tell: '<b>The talks fail.</b>'")
    return sim.parse_scenario(text, file)


def test_results_show_themselves(hostile: sim.Scenario) -> None:
    mediated = hostile.with_settings({"mediation": "called"}, "mediated")
    ensemble = sim.run([hostile, mediated], replications=5)
    shown = [sim.trace(mediated, seed=7), ensemble, sim.compare(ensemble)]
    for thing in shown:
        html = thing._repr_html_()
        assert html.startswith("<table>")
        assert "never a forecast" in html
        assert "<script" not in html
        assert "<img" not in html
        assert "<b>" not in html
        assert len(html) < 60_000
    assert "&lt;script" in shown[2]._repr_html_()
    assert "mediated" in shown[1]._repr_html_()


def test_long_stories_are_cut(root: Path) -> None:
    story = sim.trace(sim.load_scenario(root / STUDY / "sit_it_out.yaml"), seed=7)
    assert f"and {len(story.occurrences) - 60:,} more rows" in story._repr_html_()
