"""Questions that a page asks the server: who may ask, what, and how a fault is told."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

import sim
from ui import asking, posted
from ui.address import View
from ui.routes import ROUTES
from ui.settings import Setting, with_text
from ui.study import Study, read_study

VIEW = {
    "scenario": "thrift", "baseline": "usual", "values": {"pump": 4}, "seed": 7, "central": False,
    "runs": 0,
}  # fmt: skip


def echo(study: Study, view: View, question: Any) -> Any:
    """Tell what came; or fail, as asked."""
    match question.get("do"):
        case "refuse":
            raise sim.ExperimentError("too many runs")
        case "break":
            raise RuntimeError("secret")
        case "odd":
            return object()
    return {"study": study.model_name, "values": dict(view.setting.values), "rest": question}


@pytest.fixture
def token(study: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A session that may ask, and an answerer of one kind."""
    monkeypatch.setitem(asking.ANSWERERS, "echo", echo)
    made = posted.new_token()
    asking.admit(made, read_study(study), None)
    return made


def ask(token: str, body: Any) -> tuple[int, Any]:
    """Post a question; return the status and what was answered."""
    text = body if isinstance(body, str) else json.dumps(body)
    scope = {
        "type": "http", "method": "POST", "path": f"/live/ask/{token}", "query_string": b"", "headers": [],
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": text.encode(), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Starlette(routes=ROUTES)(scope, receive, send))
    return sent[0]["status"], json.loads(b"".join(part.get("body", b"") for part in sent[1:]))


def test_study_view_and_question_reach_who_answers(token: str) -> None:
    status, found = ask(token, {"kind": "echo", "question": {"view": VIEW, "of": "dry"}})
    assert status == 200
    assert found == {"study": "well", "values": {"pump": 4}, "rest": {"of": "dry"}}


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"kind": "nothing", "question": {"view": VIEW}}, 422, "no question of the kind 'nothing'"),
        ({"kind": ["echo"], "question": {"view": VIEW}}, 422, "no question of the kind"),
        ({"kind": "echo"}, 422, "no question was sent"),
        ({"kind": "echo", "question": {}}, 422, "no setting was sent"),
        ({"kind": "echo", "question": {"view": VIEW | {"values": {"pump": 99}}}}, 422, "outside the range"),
        ({"kind": "echo", "question": {"view": VIEW | {"scenario": "no"}}}, 422, "no scenario 'no'"),
        ({"kind": "echo", "question": {"view": VIEW, "do": "refuse"}}, 422, "too many runs"),
        ({"kind": "echo", "question": {"view": VIEW, "do": "break"}}, 500, "could not be answered"),
        ({"kind": "echo", "question": {"view": VIEW, "do": "odd"}}, 500, "could not be answered"),
        ("[1]", 400, "no JSON"),
        ("{", 400, "no JSON"),
        ("[" * 50_000, 400, "no JSON"),
        ('{"a":"' + "x" * 70_000 + '"}', 413, "too long"),
    ],
)  # fmt: skip
def test_a_fault_is_told_in_words(token: str, body: Any, status: int, words: str) -> None:
    found = ask(token, body)
    assert found[0] == status
    assert words in found[1]["error"]
    assert "secret" not in found[1]["error"] and "Traceback" not in found[1]["error"]


def test_only_sessions_of_this_server_may_ask(study: Path) -> None:
    status, found = ask("guess", {"kind": "echo", "question": {"view": VIEW}})
    assert status == 404
    assert "reload" in found["error"]
    first, opened = posted.new_token(), read_study(study)
    asking.admit(first, opened, None)
    for _ in range(posted.MAX_SESSIONS):
        asking.admit(posted.new_token(), opened, None)
    assert ask(first, {})[0] == 404


def test_the_text_that_was_edited_may_be_asked_about(study: Path, token: str) -> None:
    opened = read_study(study)
    edited = with_text(opened, Setting("thrift"), opened.text("thrift") + "# mine\n")
    body = {"kind": "echo", "question": {"view": VIEW | {"scenario": "thrift_edited"}}}
    assert ask(token, body)[0] == 422
    asking.admit(token, opened, edited)
    assert ask(token, body)[0] == 200
