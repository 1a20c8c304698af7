"""Accessibility of all pages of `fulcrum ui`, of a frame and of the report: what axe finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sim

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent.parent
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: What Streamlit itself does and gives us no way to mend, by rule.
STREAMLIT = {
    "presentation-role-conflict": "a tooltip's wrapper with role=none can have the focus",
}
PATHS = ("", "compare", "drivers", "run", "scenario", "model")


def faults(page: Any) -> dict[str, Any]:
    """The rules that are broken, each with the elements."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    return {
        fault["id"]: [node["html"][:120] for node in fault["nodes"]][:3]
        for fault in found.response["violations"]
    }


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_on_a_page(visit: Callable[..., Any], path: str, width: int) -> None:
    page = visit(path, width=width)
    assert {rule: of for rule, of in faults(page).items() if rule not in STREAMLIT} == {}


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_any_part_of_the_model(visit: Callable[..., Any], width: int) -> None:
    page = visit("model", width=width)
    for tab in page.get_by_role("tab").all():
        tab.click()
        page.wait_for_timeout(1500)
        left = {rule: of for rule, of in faults(page).items() if rule not in STREAMLIT}
        assert left == {}, tab.inner_text()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of two scenarios."""
    files = [
        ROOT / "scenarios" / "port_strike" / f"{name}.yaml" for name in ("sit_it_out", "mediate")
    ]
    target = tmp_path_factory.mktemp("report") / "report.html"
    result = sim.run(sim.load(files, futures=20, replications=5))
    target.write_text(sim.reporting.report_html(result), encoding="utf-8")
    return target


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_a_report(browser: Any, report: Path, width: int) -> None:
    context = browser.new_context(bypass_csp=True, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(report.as_uri())
    page.wait_for_timeout(500)
    found = faults(page)
    context.close()
    assert found == {}
