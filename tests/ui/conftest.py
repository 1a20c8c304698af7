"""What the tests of the page share: a small study, and the page run without a browser."""

from __future__ import annotations

import shutil
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Served, Watch, serving, settle

pytest.importorskip("streamlit")

from streamlit import config
from streamlit.testing.v1 import AppTest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


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

    def open_page(folder: Path, **query: str | list[str]) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["app.py", str(folder)])
        app = AppTest.from_file(str(ROOT / "ui" / "app.py"), default_timeout=120)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception, app.exception
        return app

    yield open_page
    config.set_option("server.address", before)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page of the small study, served as `fulcrum ui` does, from a folder elsewhere."""
    folder = tmp_path_factory.mktemp("study") / "well"
    shutil.copytree(HERE / "well", folder)
    with serving(folder) as found:
        yield found


@pytest.fixture
def visit(browser: Any, served: Served) -> Iterator[Callable[..., Any]]:
    """``visit("compare", dark=True, pump="9")``: a page in a browser, drawn to its end.

    When the test ends, no page may have reported an error or asked another host for anything.
    """
    watch = Watch(served.url)
    contexts = []

    def open_page(
        path: str = "", *, width: int = 1440, height: int = 900, dark: bool = False, **query: str
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        watch.on(page)
        ask = f"?{urllib.parse.urlencode(query)}" if query else ""
        page.goto(f"{served.url}/{path}{ask}")
        settle(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not watch.errors
    assert not watch.foreign
