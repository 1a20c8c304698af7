"""Charts: what they show is what was computed, they never break, and texts stay texts."""

from __future__ import annotations

import itertools
import json
import math
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim import charts
from sim.analysis.forest import forest_frame
from sim.charts.axes import moment, nice_bounds, nice_ticks, spread, tick_format
from sim.charts.clouds import cloud_kind
from sim.charts.labels import Box, placed, told_apart
from sim.charts.theme import THEMES, TONES, marks, records, text_width, wrapped

#: A text that would do harm as an expression, as markup, or as the name of a field.
NASTY = 'a.b[0] ${x} datum.y\'); alert(1) <script>"&amp;" \\'
MODEL = """\
model: well
title: A well and its pump
time: {unit: day, start: 2025-03-30, horizon: 40}
levers:
  pumps: {default: 1, range: [0, 3], label: Pumps}
  repair_at: {default: 30, range: [0, 50], unit: day}
state:
  water: {initial: 50.0, range: [0.0, 100.0], unit: m3, label: 'LABEL'}
  health: {initial: fair, options: [fair, worn, broken], label: Health}
  repairs: {initial: 0}
derived:
  level: {formula: water, range: [0.0, 100.0], unit: '%', label: Level}
events:
  rain: {rate: 0.4, group: Weather, label: Rain, do: 'water = min(100, water + 8)'}
  draw: {every: 1, group: Pump, label: Water is drawn, do: 'water = max(0, water - 3 * pumps)'}
  wear: {rate: 0.05 * pumps, if: health == 'fair', group: Pump, label: 'LABEL', do: health = 'worn',
         then: [{schedule: breaks, after: exponential(6)}]}
  breaks: {group: Pump, label: The pump breaks, do: health = 'broken'}
  repair: {at: repair_at, group: Repair, label: Repair, do: "health = 'fair'\\nrepairs += 1",
           then: [{cancel: breaks}, {schedule: rain, after: 2, if: water < 90}]}
outcomes:
  broke: {ever: health == 'broken', goal: minimize, label: The pump breaks}
  dry: {ever: water == 0, goal: maximize, label: 'LABEL'}
  broken_day: {first: health == 'broken', goal: maximize, unit: day, label: Day of the break}
  worn_day: {first: wear, unit: day}
  low: {min: level, goal: minimize, unit: '%', label: Lowest level}
  never: {ever: repairs > 9}
"""


def study(folder: Path, label: str = "Water") -> Path:
    """Write the model and its overlays; the label stands where a user's words go."""
    text = MODEL.replace("'LABEL'", json.dumps(label))
    (folder / "model.yaml").write_text(text, encoding="utf-8")
    for name, levers in {"idle": "pumps: 0", "two": "pumps: 2", "late": "repair_at: 50"}.items():
        overlay = f"scenario: {name}\nof: model.yaml\ntitle: {name.title()}\nlevers: {{{levers}}}\n"
        (folder / f"{name}.yaml").write_text(overlay, encoding="utf-8")
    return folder


def loaded(folder: Path) -> list[sim.Scenario]:
    names = ("model", "idle", "two", "late")
    return [sim.load_scenario(folder / f"{name}.yaml") for name in names]


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> list[sim.Scenario]:
    return loaded(study(tmp_path_factory.mktemp("study")))


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> sim.Ensemble:
    found = loaded(study(tmp_path_factory.mktemp("nasty"), NASTY))
    return sim.run(found, replications=12, seed=3, kernel="simpy", series=True)


@pytest.fixture(scope="module")
def ensemble(scenarios: list[sim.Scenario]) -> sim.Ensemble:
    return sim.run(scenarios, replications=40, seed=3, kernel="simpy", series=True)


def every_chart(ensemble: sim.Ensemble) -> dict[str, Callable[..., Any]]:
    experiment = ensemble.experiment
    model = experiment.model
    traces = [sim.replay(experiment, scenario=s, replication=1) for s in ensemble.scenarios]
    comparison = sim.compare(ensemble)
    return {
        "fan": lambda **k: charts.fan_chart(ensemble, "water", samples=3, hairlines={"x": 5}, **k),
        "plane": lambda **k: charts.plane_chart(ensemble, **k),
        "forest": lambda **k: comparison.chart(**k),
        "incidence": lambda **k: charts.incidence_chart(ensemble, "broken_day", "worn_day", **k),
        "shares": lambda **k: charts.shares_chart(ensemble, "health", scenario="well", **k),
        "multiples": lambda **k: charts.multiples_chart(ensemble, "water", **k),
        "several": lambda **k: charts.multiples_chart(ensemble, ("water", "level"), **k),
        "graph": lambda **k: charts.graph_chart(model, **k),
        "timeline": lambda **k: charts.timeline_chart(traces[0], model, **k),
        "twin": lambda **k: charts.twin_chart(traces[0], traces[2], model, **k),
        "rates": lambda **k: charts.rates_chart(traces[:1], model, **k),
    }


TITLES = {
    "fan": "Water", "plane": "The pump breaks against water", "forest": "Difference to well",
    "incidence": "Day of the break: how soon, how often", "shares": "Health", "multiples": "Water",
    "several": "Idle", "graph": "Event graph", "timeline": "A well and its pump",
    "twin": "Well and two, the same luck", "rates": "How often events occur in well",
}  # fmt: skip
#: Words that only an axis or a direct label brings.
WITHIN = {
    "fan": "30 Mar", "plane": "The pump breaks (%), less is better", "forest": "idle", "incidence": "30 Mar",
    "shares": "broken", "multiples": "late", "several": "Level", "graph": "Water is drawn",
    "timeline": "30 Mar", "twin": "Weather", "rates": "Rain",
}  # fmt: skip


def texts(svg: str) -> list[str]:
    """The texts of an SVG; the lines of one text are one."""
    nodes = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return [" ".join(node.itertext()).replace("\xa0", " ") for node in nodes]


@pytest.mark.parametrize("name", TITLES)
def test_every_chart_as_svg(ensemble: sim.Ensemble, name: str) -> None:
    dark = "dark" if len(name) % 2 else "light"
    for width in (760, 370):
        svg = charts.svg_text(every_chart(ensemble)[name](theme=dark, width=width))
        whole = " ".join(texts(svg))
        assert TITLES[name] in whole
        assert WITHIN[name] in whole
        assert "a toy, no forecast" in whole
        if name != "graph":
            assert re.search(r"n = [\d,]+", whole), "the number of runs"
        assert THEMES[dark].background.lower() in svg.lower()
        size = re.search(r'width="([\d.]+)" height=', svg)
        assert size is not None
        assert width * 0.8 <= float(size[1]) <= width * 1.06


@pytest.mark.parametrize("name", ["fan", "plane", "twin", "forest"])
def test_texts_of_a_user_stay_texts(nasty: sim.Ensemble, name: str) -> None:
    chart = every_chart(nasty)[name](width=760)
    svg = charts.svg_text(chart)
    assert "<script" not in svg
    ElementTree.fromstring(svg)
    spec = chart.to_dict()
    spec.pop("datasets", None)

    def walk(node: Any, key: str = "") -> None:
        if isinstance(node, dict):
            for k, v in node.items():
                walk(v, k)
        elif isinstance(node, list):
            for v in node:
                walk(v, key)
        elif key in ("filter", "expr", "calculate", "test", "labelExpr", "signal", "field"):
            assert "alert" not in str(node)

    walk(spec)


def test_png_has_pixels(ensemble: sim.Ensemble, tmp_path: Path) -> None:
    path = tmp_path / "fan.png"
    charts.save_chart(charts.fan_chart(ensemble, "water"), path)
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20], "big") == 2 * 760


def test_json_and_html(ensemble: sim.Ensemble, tmp_path: Path) -> None:
    chart = charts.shares_chart(ensemble)
    charts.save_chart(chart, tmp_path / "x.json")
    spec = json.loads((tmp_path / "x.json").read_text())
    assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    charts.save_chart(chart, tmp_path / "x.html")
    page = (tmp_path / "x.html").read_text()
    assert "<script" not in page
    assert "default-src 'none'" in page
    with pytest.raises(sim.ExperimentError, match=r"cannot be written as '\.gif'"):
        charts.save_chart(chart, tmp_path / "x.gif")


def test_spec_is_constant_and_holds_no_data(
    ensemble: sim.Ensemble, scenarios: list[sim.Scenario]
) -> None:
    model = ensemble.experiment.model
    other = sim.run(scenarios[:2], replications=5, seed=9, kernel="simpy", series=True)
    for make in (
        lambda m: charts.fan_spec(m, "water", labels=("well 10",)),
        lambda m: charts.plane_spec(m),
        lambda m: charts.shares_spec(m, "health"),
    ):
        first, second = make(model), make(other.experiment.model)
        assert json.dumps(first) == json.dumps(second)
        assert "data" not in first
        assert "datasets" not in first
        assert first["width"] == "container"


def test_spec_and_data_make_the_chart(ensemble: sim.Ensemble) -> None:
    import vl_convert

    spec = charts.fan_spec(ensemble.experiment.model, "water", width=700)
    frame = charts.fan_frame(ensemble, "water")
    svg = vl_convert.vegalite_to_svg(json.dumps({**spec, "data": {"values": records(frame)}}))
    found = texts(svg)
    for text in frame.loc[frame["role"] == "label", "text"]:
        assert text in found


def test_fan_shows_the_quantiles(ensemble: sim.Ensemble) -> None:
    kept = ensemble.trajectories
    assert kept is not None
    frame = charts.fan_frame(ensemble, "water", scenario="two", samples=2)
    focus = frame[frame["role"] == "focus"]
    bands = kept.bands[ensemble.scenario_index("two"), kept.names.index("water")]
    for column, row in zip(("low90", "low50", "median", "high50", "high90"), bands, strict=True):
        np.testing.assert_array_equal(focus[column], row)
    assert list(focus["date"][:2]) == ["2025-03-30", "2025-03-31"]
    base = frame[(frame["role"] == "other") & (frame["tone"] == "baseline")]
    assert set(base["stroke"]) == {"dashed"}
    sample = frame[frame["role"] == "sample"]
    np.testing.assert_array_equal(
        sample["median"][:41], kept.samples[2, 0, kept.names.index("water")]
    )
    assert set(frame.loc[frame["role"] == "bound", "at"]) == {0.0, 100.0}


def test_a_moment_is_utc_milliseconds() -> None:
    import datetime

    clock = sim.model.Clock("hour", 48, datetime.date(2025, 3, 30))
    wanted = datetime.datetime(2025, 3, 30, 2, 30, tzinfo=datetime.UTC).timestamp() * 1000
    assert moment(clock, 2.5) == wanted
    assert moment(sim.model.Clock("day", 9), 2.5) == 2.5


def test_plane_centres_are_means(ensemble: sim.Ensemble) -> None:
    assert charts.plane_axes(ensemble.experiment.model) == ("broke", "dry")
    frame = charts.plane_frame(ensemble)
    again = charts.plane_frame(ensemble)
    assert frame.equals(again), "a cloud is the same each time"
    rows = {row.scenario: row for row in sim.compare(ensemble).rows if row.outcome == "broke"}
    centres = frame[frame["role"] == "centre"]
    assert len(centres) == 4
    for _, centre in centres.iterrows():
        row = rows[centre["scenario"]]
        assert centre["x"] == pytest.approx(100 * row.estimate.mean)
        assert centre["x_low"] == pytest.approx(100 * row.estimate.low)
    cloud = frame[frame["role"] == "dot"]
    assert cloud["x"].between(0, 100).all()
    assert (
        cloud.groupby("scenario")["x"].mean().sub(centres.set_index("scenario")["x"]).abs().max()
        < 5
    )


def test_plane_by_replication_and_future(scenarios: list[sim.Scenario]) -> None:
    experiment = sim.make_experiment(scenarios[:2], replications=6, seed=4)
    ensemble = sim.run(experiment, kernel="simpy")
    frame = charts.plane_frame(ensemble, "low", "broken_day", cloud="replications")
    dots = frame[(frame["role"] == "dot") & (frame["scenario"] == "well")]
    day, low = ensemble.outcome("broken_day", "well")[0], ensemble.outcome("low", "well")[0]
    np.testing.assert_array_equal(dots["x"], low[~np.isnan(day)])
    np.testing.assert_array_equal(dots["y"], day[~np.isnan(day)])


def test_plane_wants_two_outcomes(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("model: m\ntime: {horizon: 5}\nstate: {x: 0}\noutcomes: {a: {final: x}}\n")
    with pytest.raises(sim.ExperimentError, match="a plane wants two outcomes"):
        charts.plane_axes(sim.load_model(path))


def test_forest_tells_the_comparison(ensemble: sim.Ensemble) -> None:
    comparison = sim.compare(ensemble)
    frame = forest_frame(comparison.rows, "low").set_index("scenario")
    rows = {r.scenario: r for r in comparison.rows if r.outcome == "low"}
    assert list(frame.index) == ["two", "late", "idle"], "the best first"
    for name, row in frame.iterrows():
        difference = rows[str(name)].difference
        assert difference is not None
        assert (row["mean"], row["low"], row["high"]) == (
            difference.mean, difference.low, difference.high,
        )  # fmt: skip
    assert frame.loc["two", "seen"] == "yes"
    never = forest_frame(comparison.rows, "never")["text"].tolist()
    assert never == ["exactly 0", "exactly 0", "0.0 [−6.6, +6.6]"]  # only 'late' could bring it
    with pytest.raises(sim.ExperimentError, match="there is no outcome 'lov'"):
        comparison.chart("lov")


def test_incidence_counts_runs(ensemble: sim.Ensemble) -> None:
    frame = charts.incidence_frame(ensemble, "broken_day", scenario="two")
    days = ensemble.outcome("broken_day", "two")[0]
    focus = frame[frame["role"] == "focus"].set_index("time")
    for day in (0, 7, 20, 40):
        assert focus.loc[day, "median"] == pytest.approx(100 * np.mean(days <= day))
    assert (focus["median"].diff().dropna() >= 0).all()
    assert ((focus["low90"] <= focus["median"]) & (focus["median"] <= focus["high90"])).all()
    assert charts.incidence_outcomes(ensemble.experiment.model) == ("broken_day", "worn_day")
    with pytest.raises(sim.ExperimentError, match="'low' is not a 'first' outcome"):
        charts.incidence_chart(ensemble, "low")


def test_shares_add_up(ensemble: sim.Ensemble) -> None:
    frame = charts.shares_frame(ensemble, "health", scenario="two")
    areas = frame[frame["role"] == "area"]
    totals = (areas["high"] - areas["low"]).groupby(areas["time"]).sum()
    np.testing.assert_allclose(totals, 100.0)
    against = charts.shares_frame(ensemble, "health", scenario="two", baseline="well")
    kept = ensemble.trajectories
    assert kept is not None
    line = against.loc[against["role"] == "line", "at"]
    np.testing.assert_allclose(line, 100.0 * kept.shares["health"][0, -1])
    with pytest.raises(sim.ExperimentError, match="'water' is not a state with options"):
        charts.shares_chart(ensemble, "water")


def test_graph_holds_every_edge(ensemble: sim.Ensemble) -> None:
    model = ensemble.experiment.model
    frame = charts.graph_frame(model)
    heads = frame[frame["role"] == "head"]
    assert sorted(heads["kind"]) == ["cancel", "schedule", "schedule"]
    assert "repair -> rain, after 2" in heads["told"].str.cat(sep="|")
    nodes = frame[frame["role"] == "node"].set_index("text")["y"]
    assert len(nodes) == len(model.events)
    arrow = heads.set_index("edge").loc["repair#0"]
    assert arrow["y"] == nodes["The pump breaks"], "an arrow ends at its target"
    assert set(frame.loc[frame["role"] == "group", "text"]) == {"Weather", "Pump", "Repair"}


def test_timeline_holds_every_occurrence(ensemble: sim.Ensemble) -> None:
    trace = sim.replay(ensemble.experiment, scenario="two", replication=2)
    spec = charts.timeline_chart(trace, ensemble.experiment.model).to_dict()
    rows = next(iter(spec["datasets"].values()))
    seen = sorted(r["time"] for r in rows if r["role"] in ("point", "tick"))
    assert seen == sorted(o.time for o in trace.occurrences)
    labels = [r for r in rows if r["role"] == "label"]
    assert labels
    assert len({(r["y"], r["when"]) for r in labels}) == len(labels)


def test_twins_part_where_they_differ(ensemble: sim.Ensemble) -> None:
    experiment, model = ensemble.experiment, ensemble.experiment.model
    one = sim.replay(experiment, scenario="well", replication=1)
    assert charts.first_parting(one, sim.replay(experiment, scenario="well", replication=1)) is None
    two = sim.replay(experiment, scenario="two", replication=1)
    time, words = charts.first_parting(one, two) or (math.nan, "")
    assert time <= 1.0
    assert words
    late = sim.replay(experiment, scenario="late", replication=1)
    time, words = charts.first_parting(one, late) or (math.nan, "")
    assert time == 30.0
    assert words == "'Repair' in well only"
    other = sim.replay(experiment, scenario="two", replication=2)
    with pytest.raises(sim.ExperimentError, match="the same seed"):
        charts.twin_chart(one, other, model)


def test_rates_count_per_run(ensemble: sim.Ensemble) -> None:
    experiment = ensemble.experiment
    traces = [sim.replay(experiment, scenario="two", replication=r) for r in range(3)]
    frame = charts.rates_frame(traces, experiment.model)
    rain = frame[(frame["label"] == "Rain") & (frame["role"] == "cell")]
    count = sum(o.event == "rain" for t in traces for o in t.occurrences)
    assert rain["rate"].sum() == pytest.approx(count / 3)
    assert rain["part_of_peak"].max() == 1.0


def test_without_series_it_says_so(scenarios: list[sim.Scenario]) -> None:
    bare = sim.run(scenarios[:1], replications=2, kernel="simpy")
    with pytest.raises(sim.ExperimentError, match="these results hold no series over time"):
        charts.fan_chart(bare, "water")


@pytest.mark.parametrize("name", ["race", "sir"])
def test_models_without_dates_or_words(root: Path, name: str) -> None:
    scenario = sim.load_scenario(root / "tests" / "models" / f"{name}.yaml")
    ensemble = sim.run(scenario, replications=3, kernel="simpy", series=True)
    model = scenario.model
    charts.svg_text(charts.plane_chart(ensemble))
    charts.svg_text(charts.graph_chart(model))
    charts.svg_text(charts.timeline_chart(sim.trace(scenario), model))
    if name == "race":
        charts.svg_text(charts.shares_chart(ensemble))
        with pytest.raises(sim.ExperimentError, match="has no number that could be drawn"):
            charts.multiples_chart(ensemble)
    else:
        charts.svg_text(charts.fan_chart(ensemble, charts.usual_series(model)))
    assert "<svg" in sim.reporting.report_html(ensemble)


def test_colour_follows_the_scenario() -> None:
    names = [f"s{i}" for i in range(19)]
    found = marks(names, "s0")
    assert (found["s0"].tone, found["s0"].stroke) == ("baseline", "dashed")
    assert [found[f"s{i}"].tone for i in range(1, 7)] == list(TONES[1:])
    looks = {(m.tone, m.shape) for m in found.values()}
    assert len(looks) == 19, "every scenario has a look of its own"


LABELS = st.lists(st.text("abcde =:ñ中0123456789", min_size=1, max_size=60), max_size=12)


@given(LABELS, st.sampled_from(["", "port strike: mediation day = "]), st.floats(5, 400))
def test_labels_that_are_cut_stay_different(words: list[str], start: str, room: float) -> None:
    labels = [start + word for word in words]
    shown = told_apart(labels, room)
    assert len(set(shown.values())) == len(set(labels))
    for label in labels:
        whole = text_width(label, 11) * 1.05 <= room
        assert (shown[label] == label) if whole else ("…" in shown[label])
        assert room < 40 or text_width(shown[label], 11) <= room


@pytest.mark.parametrize("name", ["forest", "fan", "plane"])
def test_no_chart_draws_two_scenarios_under_one_label(name: str) -> None:
    scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
    start = "mediate in the strike of the port by a panel: mediation_day = "
    days = [scenario.with_settings({"mediation_day": d}, f"{start}{d}") for d in range(6)]
    ensemble = sim.run(days, replications=20, series=True)
    series = charts.main_series(ensemble.experiment.model, 1)[0]
    draw: dict[str, Callable[..., Any]] = {
        "forest": sim.compare(ensemble).chart,
        "fan": lambda **k: charts.fan_chart(ensemble, series, **k),
        "plane": lambda **k: charts.plane_chart(ensemble, **k),
    }
    drawn = charts.svg_text(draw[name](width=400))
    texts = set(re.findall(r">(medi[^<>]*…[^<>]*?= \d)[^<>]*<", drawn))
    assert len(texts) == 6 - (name != "fan"), "a difference has no label of the baseline"


def test_a_cut_keeps_what_differs() -> None:
    days = [f"port strike: mediation day = {day}" for day in range(49)]
    shown = told_apart([*days, "reroute"], 150)
    assert shown["port strike: mediation day = 7"] == "port strike:…iation day = 7"
    assert shown["reroute"] == "reroute"
    assert told_apart(["the first of a few words", "another of them"], 80) == {
        "the first of a few words": "the first of a…", "another of them": "another of th…",
    }  # fmt: skip


@given(
    st.lists(st.floats(-50, 150), min_size=1, max_size=12),
    st.floats(0.1, 12),
)
def test_labels_keep_apart(places: list[float], gap: float) -> None:
    found = spread(places, gap, 0.0, 100.0)
    least = min(gap, 100 / max(len(places) - 1, 1))
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = [found[i] for i in order]
    assert all(b - a >= least - 1e-9 for a, b in itertools.pairwise(moved))
    assert min(moved) >= -1e-9
    assert max(moved) <= 100 + 1e-9


def test_labels_that_fit_stay() -> None:
    assert spread([10.0, 50.0, 30.0], 5.0, 0.0, 100.0) == [10.0, 50.0, 30.0]


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 600), st.floats(0, 300)), min_size=1, max_size=8))
def test_labels_stay_in_the_picture(anchors: list[tuple[float, float]]) -> None:
    widths = [70.0] * len(anchors)
    for x, y in placed(anchors, widths, Box(0, 0, 600, 300)):
        assert -1e-6 <= x <= 530 + 1e-6
        assert 7 <= y <= 293 + 1e-6


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_bounds_hold_their_values(low: float, width: float) -> None:
    bottom, top = nice_bounds(low, low + width)
    assert bottom <= low + 1e-6 * (abs(low) + width)
    assert top >= low + width - 1e-6 * (abs(low) + width)
    assert len(nice_ticks(bottom, top, 5)) <= 14


def test_ticks_have_the_decimals_of_their_steps() -> None:
    assert tick_format([0.0, 20.0]) == "+,.0f"
    assert tick_format([0.0, 0.025]) == "+,.3f"


def test_wrapping_fits_the_width() -> None:
    lines = wrapped("word " * 60, 370, 12)
    assert max(len(line) for line in lines) * 12 * 0.5 < 370


def run_cli(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    from sim.cli import main

    monkeypatch.setattr(sys, "argv", ["fulcrum", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_plot_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = study(tmp_path)
    files = [folder / f"{name}.yaml" for name in ("idle", "two")]
    out = tmp_path / "x.svg"
    common = ("-n", 5, "--seed", 1, "-q", "--kernel", "simpy", "-o", out)
    for chart, more in {
        "fan": ("--series", "level", "--samples", 3),
        "plane": ("--outcome", "low", "--outcome", "broke"),
        "forest": ("--outcome", "low", "--baseline", "two"),
        "graph": (),
        "twin": ("--replication", 2, "--theme", "dark", "--width", 400),
    }.items():
        out.unlink(missing_ok=True)
        assert run_cli(monkeypatch, "plot", *files, "--chart", chart, *more, *common) == 0
        assert out.read_text().startswith("<svg")
    assert capsys.readouterr().err == ""
    assert run_cli(monkeypatch, "plot", *files, "--series", "levle", *common) == 2
    assert "did you mean 'level'" in capsys.readouterr().err
    assert run_cli(monkeypatch, "plot", *files, "-o", tmp_path / "x.bmp") == 2
    assert "one of .png" in capsys.readouterr().err
    assert run_cli(monkeypatch, "plot", *files, "-q", "-o", tmp_path / "no" / "x.svg") == 74
    assert "there is no folder" in capsys.readouterr().err


def test_text_has_contrast() -> None:
    """Text in the colour of a scenario is read on the ground of its theme (WCAG 2.2 AA: 4.5 to 1)."""

    def light(colour: str) -> float:
        parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    for look in THEMES.values():
        for ink in (*look.ink, look.muted, look.text):
            low, high = sorted((light(ink), light(look.background)))
            assert (high + 0.05) / (low + 0.05) >= 4.5, ink


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_text_in_the_colour_of_a_mark(ensemble: sim.Ensemble, theme: Any) -> None:
    """Layers share a scale of colours: the text of a chart must not fall back to that of its marks."""
    look = THEMES[theme]
    faint = set(look.categorical) - set(look.ink)
    assert faint
    experiment, model = ensemble.experiment, ensemble.experiment.model
    traces = [sim.replay(experiment, scenario=s, replication=1) for s in ("well", "two")]
    for chart in (
        charts.plane_chart(ensemble, theme=theme),
        charts.fan_chart(ensemble, "water", theme=theme),
        charts.twin_chart(*traces, model, theme=theme),
    ):
        for text in re.findall(r"<text[^>]*>", charts.svg_text(chart)):
            assert not any(colour.lower() in text.lower() for colour in faint), text


def test_few_replications_of_many_futures_are_no_stripes(ensemble: sim.Ensemble) -> None:
    """A share of ten runs has eleven values: the dots would lie in lines."""
    model = ensemble.experiment.model
    share = next(name for name, outcome in model.outcomes.items() if outcome.share)
    other = next(name for name, outcome in model.outcomes.items() if not outcome.share)
    made = sim.make_experiment(ensemble.experiment.scenarios, replications=10, futures=40, seed=3)
    many = sim.run(made, kernel="simpy")
    assert cloud_kind(many, share, other) == "futures"
    assert "one future, its expected value" in charts.cloud_note(many, share, other)
    dots = charts.plane_frame(many, share, other).query("role == 'dot' and scenario == 'two'")
    assert dots["x"].nunique() > 11
