"""The report is one file that asks nobody for anything; its sentences say what the numbers say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import sim
from sim.analysis.answers import differences_text, summarize
from sim.analysis.comparison import Comparison
from sim.analysis.rows import (
    Row,
    chance_text,
    difference_text,
    level_text,
    range_text,
    verdict_text,
)
from sim.charts.theme import THEMES
from sim.formatting import decimal, likelihood_words, plural
from sim.statistics.estimates import Estimate

#: A text that would do harm as markup, as a template or as an expression.
NASTY = "<script>alert(1)</script> {{ 7 * 7 }} \" ' & </title>"
FACTS = """\
facts: notes
title: Notes
entries:
  flow:
    value: 3
    range: [2, 4]
    unit: m3/day
    label: Daily flow
    date: '2025-01-02'
    said_by: the miller
    source: "The miller's book, NASTY"
    url: https://example.org/book?a=1&b="2"
    status: verified
    vintage: ex_ante
    note: Read twice.
"""
MODEL = """\
model: well
title: 'Does a second pump empty the well? NASTY'
facts: [seeds/notes.yaml]
time: {unit: day, start: 2025-03-30, horizon: 30}
levers:
  pumps: {default: 1, range: [0, 3], label: 'Pumps NASTY'}
parameters:
  flow: {fact: flow, label: Flow}
  wear: {assume: 0.05, range: [0.02, 0.1], unit: 1/day, why: A guess of ours.}
state:
  water: {initial: 60.0, range: [0.0, 100.0], unit: m3, label: Water in the well}
  health: {initial: fair, options: [fair, broken], label: Health}
events:
  rain: {rate: 0.3, label: Rain, do: 'water = min(100, water + 8)'}
  draw: {every: 1, label: Water is drawn, do: 'water = max(FLOOR, water - flow * pumps)'}
  breaks: {rate: wear * pumps, if: health == 'fair', do: health = 'broken'}
outcomes:
  fair: {ever: health == 'broken', goal: maximize, label: The pump breaks}
  least: {min: water, goal: minimize, unit: m3, label: 'Least water NASTY'}
  day: {first: health == 'broken', unit: day}
  rains: {count: rain, unit: event}
docs:
  limits: 'No frost, no theft. NASTY'
"""


def study(folder: Path, floor: str = "0") -> list[sim.Scenario]:
    """Write the study and load its scenarios: the model, one without pumps, a counterfactual."""
    (folder / "seeds").mkdir()
    words = NASTY.replace("'", "''")
    quoted = NASTY.replace('"', '\\"')
    (folder / "seeds" / "notes.yaml").write_text(
        FACTS.replace("NASTY", quoted).replace('b="2"', "b=2"), encoding="utf-8"
    )
    text = MODEL.replace("NASTY", words).replace("FLOOR", floor)
    (folder / "model.yaml").write_text(text, encoding="utf-8")
    head = "of: model.yaml\n"
    (folder / "idle.yaml").write_text(
        f"scenario: idle\n{head}rationale: 'As if {words}'\nlevers: {{pumps: 0}}\n"
    )
    (folder / "more.yaml").write_text(
        f"scenario: more\n{head}levers: {{pumps: 3}}\nparameters: {{flow: {{assume: 3.5}}}}\n"
    )
    return [sim.load_scenario(folder / f"{name}.yaml") for name in ("model", "idle", "more")]


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> sim.Ensemble:
    scenarios = study(tmp_path_factory.mktemp("study"))
    experiment = sim.make_experiment(scenarios, replications=30, seed=20250714, futures=4)
    return sim.run(experiment, kernel="simpy", series=True)


@pytest.fixture(scope="module")
def page(ensemble: sim.Ensemble) -> str:
    return sim.reporting.report_html(ensemble)


class Page(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.links: list[str] = []
        self.asked: list[str] = []
        self.names: Counter[str] = Counter()
        self.colours: set[str] = set()
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)
        for key, value in attrs:
            value = value or ""
            if tag == "a" and key == "href":
                self.links.append(value)
            elif key in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
                self.asked.append(value)
            elif key.startswith("on") or (key == "style" and "url" in value):
                self.faults.append(f"{tag} {key}={value}")
            if key == "id":
                self.names[value] += 1
            if key in ("fill", "stroke") and value.startswith(("#", "rgb")):
                self.colours.add(value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in self.open:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def test_it_asks_nobody_for_anything(page: str) -> None:
    found = Page(page)
    assert found.faults == []
    assert found.open == []
    assert found.asked == ["data:,"]
    assert found.tags["script"] == found.tags["iframe"] == found.tags["img"] == 0
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
    assert "@import" not in page
    assert "url(http" not in page
    inside = {link for link in found.links if link.startswith("#")}
    assert set(found.links) - inside == {"https://example.org/book?a=1&b=2"}
    assert {link[1:] for link in inside} <= set(found.names), (
        "every entry of the contents leads somewhere"
    )
    assert len(inside) >= 8
    assert all(count == 1 for count in found.names.values()), "every id is the page's only one"
    assert len(page.encode()) < 5_000_000


def test_texts_of_a_model_stay_texts(page: str) -> None:
    assert "<script" not in page
    assert "49" not in re.findall(r"\{\{.*?\}\}|as if (\d+)", page)
    found = Page(page)
    assert "Does a second pump empty the well? <script>alert(1)</script> {{ 7 * 7 }}" in found.words
    assert found.tags["title"] == 1


def test_every_colour_has_its_dark_one(page: str) -> None:
    light = THEMES["light"]
    known = {light.background, light.text, light.muted, light.grid, light.border}
    known |= {*light.categorical, *light.ink, *light.sequential}
    assert Page(page).colours <= known
    style = page[page.index("prefers-color-scheme") : page.index("@media print")]
    for colour in known:
        assert f'[fill="{colour}" i]' in style
        assert f'[stroke="{colour}" i]' in style


def test_it_holds_what_it_must(page: str, ensemble: sim.Ensemble) -> None:
    words = Page(page).words
    for part in (
        "A toy: transparent, sourced, uncertain – never a forecast.",
        "20250714",
        "splitmix64x2",
        "30 per scenario and future",
        "4, latin hypercube",
        f"{ensemble.events:,}",
        "The miller's book",
        "verified, ex ante, 2025-01-02",
        "A guess of ours.",
        "No frost, no theft.",
        "None of 360.",
        "Counterfactuals: facts that a scenario replaces (1)",
        "3.5",
        "minimax regret",
        "Ranked first",
        "Nothing: every lever and parameter stands as in the model.",
        "Difference to well",
        "How the scenarios compare",
        "of 100 futures",
        "Least water",
    ):
        assert part.lower() in words.lower(), part
    for row in sim.compare(ensemble).rows:
        if row.outcome == "least" and row.gap is not None:
            assert range_text(row.gap, row.share, True) in words
    assert page.count("<svg") == 2 * (1 + 2 + 1 + 1 + 1), (
        "plane, differences of two, forest, incidence, fan; two widths"
    )


def test_answers_are_the_numbers(ensemble: sim.Ensemble) -> None:
    comparison = sim.compare(ensemble)
    found = summarize(comparison.rows, ensemble.experiment.model, ("fair", "least"))
    values = ensemble.outcome("fair", "well")
    count = int(values.sum())
    assert len(found.sentences) == 3
    assert f"in {count} of 120 simulated runs of “Does a second pump" in found.sentences[0]
    assert "over 30 days from 30 March 2025" in found.sentences[0]
    idle = comparison.row("fair", "idle")
    assert idle.gap is not None and idle.below is not None
    ends = [f"{100 * end:.0f}".replace("-", "−") for end in (idle.gap.low, idle.gap.high)]
    share = f"worse in {100 * idle.below.mean:.0f} of 100 futures"
    assert f"“idle” ({share}, {' … '.join(ends)})" in found.sentences[1]


def test_one_scenario_and_no_series(tmp_path: Path) -> None:
    first = study(tmp_path)[0]
    alone = sim.run(first, replications=10, kernel="simpy")
    page = sim.reporting.report_html(alone, title="One well")
    words = Page(page).words
    assert "<title>One well</title>" in page
    assert "How large the differences are" not in words
    assert "Robustness" not in words
    assert page.count("<svg") == 4


def test_a_model_without_outcomes_has_a_report(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("model: m\ntime: {horizon: 5}\nstate: {x: 0}\noutcomes: {}\n")
    page = sim.reporting.report_html(sim.run(sim.load_scenario(path), replications=3))
    assert "The model has no outcome, so there is no answer." in page


def test_failed_runs_are_told(tmp_path: Path) -> None:
    scenarios = study(tmp_path, floor="-1")
    ensemble = sim.run(scenarios, replications=10, kernel="simpy", series=True)
    assert ensemble.failures
    words = Page(sim.reporting.report_html(ensemble)).words
    assert f"{len(ensemble.failures)} of 30 replications broke a rule of the model" in words
    assert ensemble.failures[0].message.split(": ")[-1] in words


def row(
    mean: float, low: float, high: float, n: int = 100, share: bool = True, **more: object
) -> Row:
    made = Row(
        scenario="slow_start", outcome="x", label="", unit="", goal="", share=share,
        estimate=Estimate(mean, low, high, n), difference=None, verdict="baseline", missing=0,
        failed=0,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(20.5, 0, "21"), (21.5, 0, "22"), (100 * 0.285, 0, "29"), (-0.125, 2, "−0.13"), (-0.2, 0, "0"),
     (1234.5, 0, "1,235"), (3.0e22, 0, "30,000,000,000,000,000,000,000")],
)  # fmt: skip
def test_a_half_is_rounded_up(value: float, places: int, text: str) -> None:
    assert decimal(value, places) == text


@pytest.mark.parametrize(
    ("unit", "text"),
    [("day", "days"), ("sortie/month", "sorties/month"), ("battery", "batteries"), ("box", "boxes"),
     ("share", "share"), ("index 0-100", "index 0-100"), ("km", "km"), ("$bn", "$bn"), ("", "")],
)  # fmt: skip
def test_a_unit_has_a_plural_if_it_is_a_word(unit: str, text: str) -> None:
    assert plural(unit) == text
    assert plural(unit, 1.0) == unit


def test_a_difference_among_a_selection_is_not_judged() -> None:
    known = row(12.0, 11.0, 13.0, share=False, goal="minimize", missing=40, verdict="lower",
                difference=Estimate(-2.0, -3.0, -1.0, 60))  # fmt: skip
    assert verdict_text(known) == "lower, better"
    selected = replace(known, unpaired=40)
    assert verdict_text(selected) == "lower"
    assert difference_text(selected).endswith("· n=60")
    assert "over the 60 pairs in which both happen" in differences_text(known, [selected])


def test_counts_come_first() -> None:
    assert level_text(row(0.69, 0.66, 0.72)) == (
        "“x” comes true in 69 of 100 simulated runs of “slow start” "
        "(69 in 100, 95 % interval 66 to 72: likely)"
    )
    assert level_text(row(0.0, 0.0, 0.0037, n=1000)) == (
        "“x” comes true in none of 1,000 simulated runs of “slow start” (at most about 0.37 in 100)"
    )
    known = row(12.31, 12.0, 12.62, share=False, unit="day", missing=3)
    assert level_text(known) == (
        "“x” averages 12.31 [12.00, 12.62] days in “slow start”, over 100 runs; in 3 further runs it "
        "never happens"
    )
    assert level_text(row(float("nan"), 0, 0, n=0)) == (
        "“x” has no value in any simulated run of “slow start”"
    )


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.56, 0.79, "likely"),
        (0.50, 0.60, "roughly even to likely"),
        (0.30, 0.70, ""),
        (0.0, 0.04, "almost no chance"),
        (0.96, 1.0, "almost certain"),
    ],
)
def test_words_of_likelihood(low: float, high: float, words: str) -> None:
    assert likelihood_words(low, high) == words
    text = chance_text(Estimate((low + high) / 2, low, high, 500))
    assert "in 100" in text, "never the word without the number"
    assert text.endswith(f": {words}") if words else ":" not in text


def against(verdict: str, mean: float, low: float, high: float, **more: object) -> Row:
    return row(0.5, 0.4, 0.6, verdict=verdict, difference=Estimate(mean, low, high, 100), **more)


def test_words_of_difference() -> None:
    base = row(0.5, 0.4, 0.6)
    none = against("no difference seen", 0.02, -0.03, 0.07)
    assert differences_text(base, [none]) == (
        "There is no clear difference in “slow start” (+2.0 points [−3.0, +7.0])."
    )
    same = against("identical", 0.0, 0.0, 0.0)
    assert differences_text(base, [same, same]) == (
        "Every run of the other 2 scenarios has the same value as in “slow start”."
    )
    up = against("higher", 0.2, 0.1, 0.3, scenario="up", p_holm=0.001)
    down = against("lower", -0.04, -0.06, -0.02, scenario="down", p_holm=0.01)
    loose = against("higher", 0.03, 0.01, 0.05, scenario="maybe", p_holm=0.3)
    assert differences_text(base, [up, down, none, loose]) == (
        "Against “slow start” it is higher in “up” (+20 points [+10, +30]) and lower "
        "in “down” (−4.0 points [−6.0, −2.0]), with no clear difference in the other scenario; in "
        "“maybe” (+3.0 points [+1.0, +5.0]) the interval excludes 0, which may be chance among so "
        "many differences."
    )
    few = against("too few", 0.1, float("nan"), float("nan"))
    assert "Too few pairs" in differences_text(base, [few])


def test_answer_prints_itself(ensemble: sim.Ensemble) -> None:
    found = summarize(sim.compare(ensemble).rows, ensemble.experiment.model, ("least",), "Why?")
    assert str(found).startswith("Why?\n")
    assert "not everything that could happen" in str(found)
    assert isinstance(sim.compare(ensemble), Comparison)


def test_report_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sim.cli import main

    study(tmp_path)
    out = tmp_path / "r.html"
    words = ["report", *(str(tmp_path / f"{n}.yaml") for n in ("idle", "more"))]
    words += ["-n", "5", "--kernel", "simpy", "--series", "water", "-o", str(out)]
    monkeypatch.setattr(sys, "argv", ["fulcrum", *words])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    told = capsys.readouterr()
    assert told.out == ""
    assert "MB" in told.err
    assert "“idle”" in out.read_text(encoding="utf-8")


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_it_opens_in_a_browser(
    page: str, chromium: str, tmp_path: Path, width: int, height: int
) -> None:
    """No word on the console, no request but for the file itself, and nothing wider than the screen."""
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    log = tmp_path / "net.json"
    done = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr",
            f"--log-net-log={log}", f"--window-size={width},{height}",
            f"--screenshot={tmp_path / 'shot.png'}", path.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (tmp_path / "shot.png").stat().st_size > 20_000
    assert "CONSOLE" not in done.stderr
    asked = set(re.findall(r'"url":"(https?://[^"]+)"', log.read_text(encoding="utf-8")))
    assert not {url for url in asked if "example.org" in url or "vega" in url or "fonts" in url}


def test_a_report_says_why_where_asked(tmp_path: Path) -> None:
    study = Path(__file__).parents[2] / "scenarios" / "port_strike"
    files = [str(study / f"{name}.yaml") for name in ("sit_it_out", "mediate")]
    written = tmp_path / "why.html"
    words = ["report", *files, "-n", "400", "--why", "mediate", "-q", "-o", str(written)]
    done = subprocess.run(
        [sys.executable, "-m", "sim", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    text = written.read_text(encoding="utf-8")
    section = text.partition('<section id="why">')[2].partition("</section>")[0]
    assert "mediate against sit_it_out" in section and " → " in section and "<svg" in section
    assert "--why mediate" in text, "the command at the end gives the same report"
