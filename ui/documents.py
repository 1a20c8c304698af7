"""What the live page runs in a browser: the document of a study, made once and kept as it is sent."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import sim
from ui import live
from ui.address import View, opening
from ui.live.document import make_document
from ui.live.publish import page
from ui.naming import slug_of, title_of
from ui.posted import edited_name
from ui.runs import DEFAULT_RUNS
from ui.settings import Setting, resolve, status_quo
from ui.study import Study

#: Documents that are kept, shared by all visitors.
MAX_DOCUMENTS = 16


@dataclass(frozen=True)
class Prepared:
    """A document as it is sent.

    Attributes
    ----------
    body
        JSON, compressed.
    errors
        Files that are left out, with their messages.
    """

    digest: str
    body: bytes
    errors: Mapping[str, str]


_made: OrderedDict[tuple[int, str, str], tuple[Study, Prepared]] = OrderedDict()
_lock = threading.Lock()


def prepare(study: Study, edited: Setting | None = None) -> Prepared:
    """Return the document of a study, with an edited text as one more scenario.

    Raises
    ------
    SimError
        The model has an error, or is too large to compile.
    """
    key = (id(study), edited.scenario if edited else "", (edited and edited.text) or "")
    with _lock:  # what another visitor is waiting for is not made twice
        if key not in _made:
            # The study is kept beside it, so that its id stays its own.
            _made[key] = study, _prepared(study, edited)
            while len(_made) > MAX_DOCUMENTS:
                _made.popitem(last=False)
        _made.move_to_end(key)
        return _made[key][1]


def body_of(digest: str) -> bytes | None:
    """Return a document that was made, as it is sent."""
    return next((made.body for _, made in list(_made.values()) if made.digest == digest), None)


@cache
def script() -> tuple[str, bytes]:
    """Return the component as a module, compressed, with its digest."""
    text = live.module().encode()
    return _digest(text), gzip.compress(text, 9, mtime=0)


def published(study: Study, view: View) -> str:
    """Return a page of the study for everybody, which opens with a setting; see `status_quo`.

    Raises
    ------
    SimError
        The setting has an error.
    """
    found, _ = comparable(study, opening(study).baseline.scenario)
    scenarios = [status_quo(study, Setting(one.name), view.setting) for one in found]
    first = view.setting.scenario
    if view.setting != Setting(first):
        first = slug_of(study, view.setting)
        scenarios.append(resolve(study, view.setting).with_settings({}, first))
    futures = 0 if view.central else None
    experiment = sim.make_experiment(
        scenarios, replications=view.runs or DEFAULT_RUNS, futures=futures, seed=view.seed
    )
    document = make_document(experiment, baseline=view.baseline.scenario, first=first)
    for scene in document["scenarios"]:
        if scene["name"] == first != view.setting.scenario:
            scene["title"] = scene["short"] = title_of(study, view.setting)
    return page(document)


def _prepared(study: Study, edited: Setting | None) -> Prepared:
    view = opening(study)
    scenarios, errors = comparable(study, view.baseline.scenario)
    name = ""
    if edited is not None:
        name = edited_name(study, edited)
        own = replace(resolve(study, edited), title=title_of(study, replace(edited, values=())))
        scenarios.append(own.with_settings({}, name))
    experiment = sim.make_experiment(scenarios, replications=DEFAULT_RUNS, seed=study.seed)
    document = make_document(
        experiment, baseline=view.baseline.scenario, first=view.setting.scenario
    )
    for scene in document["scenarios"]:
        scene["title"] = study.titles.get(scene["name"], scene["title"])
        if edited is not None and scene["name"] == name:
            scene |= {"address": edited.scenario, "file": f"{slug_of(study, edited)}.yaml"}
            scene["digest"] = study.digest(edited.scenario)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Prepared(_digest(text), gzip.compress(text, 6, mtime=0), errors)


def comparable(study: Study, baseline: str) -> tuple[list[sim.Scenario], dict[str, str]]:
    """Return the scenarios that can be compared with a baseline, and the errors of the others."""
    found: dict[str, sim.Scenario] = {}
    errors: dict[str, str] = {}
    base = study.scenarios[baseline]
    for name, file in study.files.items():
        try:
            found[name] = study.scenarios[name]
            sim.make_experiment([base.with_settings({}, "the study"), found[name]], futures=0)
        except sim.SimError as error:
            errors[file.name] = str(error)
            found.pop(name, None)
    return list(found.values()), errors


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
