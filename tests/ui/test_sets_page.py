"""The page with a model over sets: every part opens, and tells families rather than cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

REGIONS = Path(__file__).parent / "regions"


@pytest.fixture(scope="module")
def app_of() -> None:
    return None


@pytest.mark.parametrize("path", ["compare", "drivers", "run", "scenario", "model"])
def test_every_page_opens(path: str, page: Callable[..., AppTest]) -> None:
    app = page(REGIONS, runs="60")
    app._page_hash = calc_hash(path)
    app.run()
    assert not app.exception, app.exception
