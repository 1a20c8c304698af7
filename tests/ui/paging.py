"""The page without a browser: turning to other pages, and telling it what the live page would."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from ui import posted


def turn(app: AppTest, path: str) -> AppTest:
    """Turn to another page; a browser empties the address on its way."""
    app._page_hash = calc_hash(path)
    app.query_params.clear()
    app.run()
    assert not app.exception, app.exception
    return app


def post(app: AppTest, **state: Any) -> None:
    """Post a state, as the live page does, and run the page again."""
    body = {"visit": app.session_state["visit"], **state}
    assert posted.keep(app.session_state["token"], json.dumps(body).encode())
    app.run()
    assert not app.exception, app.exception


def moved(app: AppTest, **values: Any) -> dict[str, Any]:
    """The view that the live page began with, with other values."""
    view: dict[str, Any] = app.session_state["offered"]["view"]
    return view | {"values": values}


def texts(app: AppTest) -> str:
    """What the page says."""
    return "\n".join(str(part.value) for part in (*app.markdown, *app.caption, *app.code))
