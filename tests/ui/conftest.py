"""What the tests of the page share: a small study, and the page run without a browser."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("streamlit")

from streamlit import config
from streamlit.testing.v1 import AppTest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FLAGSHIP = ROOT / "scenarios" / "ukraine_2025"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A copy of the small study, free to be changed."""
    folder = tmp_path / "well"
    shutil.copytree(HERE / "well", folder)
    return folder


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """``page(study, deadline="20")``: the page of a study at an address, run once."""
    config.get_config_options()
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")

    def open_page(folder: Path, **query: str) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["app.py", str(folder)])
        app = AppTest.from_file(str(ROOT / "ui" / "app.py"), default_timeout=120)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception, app.exception
        return app

    yield open_page
    config.set_option("server.address", before)
