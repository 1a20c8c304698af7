"""Which command an analyst would run next, after each verb."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

#: From a verb to the command that usually follows; FILES, FILE and OUTCOME are those of this one.
STEPS = {
    "compare": "fulcrum report FILES -o report.html",
    "quantiles": "fulcrum compare FILES --outcome OUTCOME",
    "robustness": "fulcrum report FILES -o report.html",
    "levers": "fulcrum sensitivity FILE --outcome OUTCOME",
    "attribute": "fulcrum levers FILE --outcome OUTCOME",
    "sweep": "fulcrum search FILE --outcome OUTCOME",
    "search": "fulcrum levers FILE --outcome OUTCOME",
    "sensitivity": "fulcrum voi FILE --outcome OUTCOME",
    "evidence": "fulcrum levers FILE",
    "calibrate": "fulcrum calibrate FILE --all",
    "backtest": "fulcrum backtest FILE --all",
    "why": "fulcrum report AGAINST FILE -o report.html",
}
#: Options that the next command takes over, by its verb, each with how it is written.
SETTINGS = {"set_": "--set", "seed": "--seed"}
FUTURES = {"futures": "--futures", "central": "--central", "independent": "--independent"}
SAME_RUNS = SETTINGS | FUTURES | {"baseline": "--baseline", "vary": "--vary", "replications": "-n"}
KEPT = {
    "report": SAME_RUNS, "compare": SAME_RUNS, "levers": SETTINGS | FUTURES,
    "sensitivity": SETTINGS, "voi": SETTINGS, "calibrate": SETTINGS | FUTURES,
    "backtest": SETTINGS | FUTURES, "search": SETTINGS,
}  # fmt: skip
#: Verbs whose settings are of the first scenario alone, so that a command on two cannot take them.
OF_ONE = ("why", "attribute")


def kept_options(verb: str, given: Mapping[str, Any]) -> str:
    """Return the options by which a command runs the same policies in the same futures.

    Examples
    --------
    >>> kept_options("compare", {"baseline": "base", "central": True, "set_": ["a=1", "b=2"]})
    ' --set a=1 --set b=2 --central --baseline base'
    """
    words: list[str] = []
    for name, option in KEPT.get(verb, {}).items():
        value = given.get(name)
        if value is True:
            words.append(option)
        elif value is not None and value is not False:
            for one in value if isinstance(value, list | tuple) else [value]:
                words += [option, str(one)]
    return "".join(f" {shlex.quote(word)}" for word in words)


def next_command(verb: str, files: Sequence[Path], given: Mapping[str, Any]) -> str:
    """Return the next command; nothing where none follows, or what it needs was not given.

    Parameters
    ----------
    given
        The options of the verb, by name.
    """
    from sim.study.shipped import short_path

    step = STEPS.get(verb, "")
    outcome = given.get("outcome")
    outcome = (outcome[0] if outcome else None) if isinstance(outcome, list | tuple) else outcome
    if "OUTCOME" in step:
        if outcome is None:
            step = step.replace(" --outcome OUTCOME", "")
        else:
            step = step.replace("OUTCOME", shlex.quote(str(outcome)))
    if "AGAINST" in step:
        against = given.get("against")
        step = step.replace("AGAINST", shlex.quote(short_path(against))) if against else ""
    if not step or ("--all" in step and given.get("all")):
        return ""
    if "report" in step and verb in OF_ONE and given.get("set_"):
        return ""
    step += kept_options(step.split()[1], given)
    named = [shlex.quote(short_path(file)) for file in files]
    return step.replace("FILES", " ".join(named)).replace("FILE", named[0])
