"""Questions that the live page asks a server: which kinds there are, and who answers them.

A question is a stranger's JSON. Its view is checked as a posted state is; the rest is checked by whoever
answers. Answers wait in the queue of long jobs.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import sim
from ui import posted, why
from ui.address import View
from ui.job_queue import LONG
from ui.settings import Setting
from ui.study import Study

#: Takes the study, the view of the reader and the rest of the question; returns what JSON can hold.
Answerer = Callable[[Study, View, Mapping[str, Any]], Any]
#: Bytes of a question.
MAX_QUESTION = 64 * 1024

ANSWERERS: dict[str, Answerer] = {"why": why.answer}
_sessions: OrderedDict[str, tuple[Study, Setting | None]] = OrderedDict()
_lock = threading.Lock()


def admit(token: str, study: Study, edited: Setting | None) -> None:
    """Let a session ask about its study, and about the text that was edited there."""
    with _lock:
        _sessions[token] = study, edited
        _sessions.move_to_end(token)
        while len(_sessions) > posted.MAX_SESSIONS:
            _sessions.popitem(last=False)


def is_admitted(token: str) -> bool:
    """Whether a session of this server has the token."""
    return token in _sessions


def answer(token: str, asked: Mapping[str, Any]) -> Any:
    """Return the answer to a question ``{"kind": …, "question": {"view": …, …}}``.

    Raises
    ------
    SimError
        Nobody answers such questions, the view is none of the study, or there is no answer.
    """
    study, edited = _sessions[token]
    kind, question = asked.get("kind"), asked.get("question")
    if not isinstance(kind, str) or kind not in ANSWERERS:
        raise sim.ExperimentError(f"no question of the kind '{str(kind)[:40]}'")
    if not isinstance(question, dict):
        raise sim.ExperimentError("no question was sent")
    view = posted.read_view(study, posted.checked(question.get("view"))[1], edited)
    rest = {name: value for name, value in question.items() if name != "view"}
    with LONG.turn():
        return ANSWERERS[kind](study, view, rest)
