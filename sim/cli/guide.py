"""What `fulcrum --help` says beyond the verbs themselves: their groups by task, and an example of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sim.errors import did_you_mean
from sim.reporting.signs import plain

#: The verbs in the order of the work, by task.
GROUPS = {
    "Start": ("studies", "new", "check", "ui", "explain", "schema"),
    "Run": ("run", "trace", "plot", "merge", "replay", "verify", "source", "cache"),
    "Compare and explain": (
        "compare", "levers", "why", "attribute", "quantiles", "robustness", "sweep", "search",
    ),
    "Assumptions": ("sensitivity", "voi", "discover"),
    "Evidence": ("evidence", "calibrate", "backtest"),
    "Publish": ("report", "publish", "card"),
}  # fmt: skip
#: The first steps, below the verbs.
FIRST_STEPS = """\
First steps, on a study that comes with Fulcrum or one of your own (fulcrum new mystudy):
  fulcrum run scenarios/port_strike                    how it comes out
  fulcrum levers scenarios/port_strike                 which lever helps most, and when not
  fulcrum report scenarios/port_strike -o report.html  the answer on a page"""
PORT = "scenarios/port_strike"
#: An example of each verb.
EXAMPLES = {
    "studies": "fulcrum studies port_strike",
    "new": "fulcrum new mystudy --from port_strike",
    "check": f"fulcrum check {PORT}",
    "ui": f"fulcrum ui {PORT}",
    "explain": "fulcrum explain unknown-name",
    "schema": "fulcrum schema model",
    "run": f"fulcrum run {PORT}/compare.yaml -n 200 -o table.xlsx",
    "trace": f"fulcrum trace {PORT}/mediate.yaml --against {PORT}/sit_it_out.yaml",
    "plot": f"fulcrum plot {PORT}/compare.yaml -o fan.svg",
    "merge": "fulcrum merge all part1 part2",
    "replay": "fulcrum replay results --replication 3",
    "verify": "fulcrum verify results",
    "source": f"fulcrum source {PORT}/model.yaml",
    "cache": "fulcrum cache --clear",
    "compare": f"fulcrum compare {PORT}/compare.yaml --outcome settled",
    "levers": f"fulcrum levers {PORT}/sit_it_out.yaml --lever wage_offer --lever mediation",
    "why": f"fulcrum why {PORT}/mediate.yaml --outcome settled",
    "attribute": f"fulcrum attribute {PORT}/mediate.yaml --outcome settled",
    "quantiles": f"fulcrum quantiles {PORT}/compare.yaml --outcome strike_days",
    "robustness": f"fulcrum robustness {PORT}/compare.yaml --outcome cost",
    "sweep": f"fulcrum sweep {PORT}/mediate.yaml --lever mediation_day=2,9,16 --outcome settled",
    "search": f"fulcrum search {PORT}/model.yaml --outcome settled --outcome cost",
    "sensitivity": f"fulcrum sensitivity {PORT}/mediate.yaml --outcome settled",
    "voi": f"fulcrum voi {PORT}/compare.yaml --outcome settled --futures 200",
    "discover": f"fulcrum discover {PORT}/mediate.yaml --outcome settled --at-least 0.5",
    "evidence": f"fulcrum evidence {PORT}/model.yaml",
    "calibrate": "fulcrum calibrate calibration.yaml",
    "backtest": "fulcrum backtest backtest.yaml",
    "report": f"fulcrum report {PORT}/compare.yaml -o report.html",
    "publish": f"fulcrum publish {PORT} -o study.html",
    "card": f"fulcrum card {PORT}/model.yaml -o card.md",
}


def example(verb: str) -> str:
    """Return the example of a verb as the last lines of its help; nothing where there is none."""
    return f"\b\nExample:\n  {EXAMPLES[verb]}" if verb in EXAMPLES else ""


def usage_text(error: Any) -> str:
    """Return what is wrong with the words of a command, and the cure: near words, or an example."""
    text = str(error.format_message()).replace("Value error, ", "")
    verb = getattr(getattr(error, "ctx", None), "info_name", "") or ""
    found = re.search(r"'([^']*)' is not one of (.+?)\.?$", text)
    helps = []
    if found:
        known = re.findall(r"'([^']*)'", found[2])
        helps = [did_you_mean(found[1], known)]
        if "--format" in text and found[1] in ("xlsx", "parquet", "excel"):
            helps = [f"a table in a file: -o FILE.{found[1].replace('excel', 'xlsx')}"]
    elif "Missing" in text and verb in EXAMPLES:
        helps = [f"for example: {EXAMPLES[verb]}"]
    elif "No such option: --format" in text and verb == "report":
        helps = ["a report is a page: -o FILE.html; for a table, fulcrum run … -o FILE.xlsx"]
    return "".join([text, *(f"\n   = help: {plain(help)}" for help in helps if help)])


def grouped(verbs: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the tasks, each with its verbs; those of no task come last."""
    names = list(verbs)
    for title, group in GROUPS.items():
        if found := [name for name in group if name in names]:
            yield title, found
    known = {name for group in GROUPS.values() for name in group}
    if others := [name for name in names if name not in known]:
        yield "More", others
