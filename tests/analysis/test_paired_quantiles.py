"""Quantiles by scenario and their paired differences: coverage, missing values, targets, the command."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from toys import scenario

import sim
from sim.analysis.measures import Measure, read_bounds, summaries
from sim.analysis.quantile_intervals import quantile_differences, resamples
from sim.analysis.quantiles import quantile
from sim.cli import main
from sim.errors import ExperimentError
from sim.statistics.estimates import Estimate, Floats
from sim.study.bounds import Target, level_of

LEVELS = (0.05, 0.5, 0.95)


def pairs(
    rng: np.random.Generator, shape: tuple[int, int], blocks: int | None
) -> tuple[Floats, Floats]:
    """Two correlated normal outcomes over futures and replications; the second is 1 more, N(0, 2)."""
    futures, replications = shape
    theta = np.zeros((1, 1)) if futures == 1 else rng.standard_normal((futures, 1))
    if blocks:  # a Latin hypercube per block
        size = futures // blocks
        parts = [(rng.permutation(size) + rng.random(size)) / size for _ in range(blocks)]
        theta = stats.norm.ppf(np.concatenate(parts))[:, None]
    z, e = rng.standard_normal((2, futures, replications))
    return theta + z, 1 + theta + 0.8 * z + 0.6 * e


@pytest.mark.parametrize(
    ("shape", "blocks"), [((1, 400), None), ((60, 10), None), ((100, 5), 10)], ids=str
)
def test_intervals_cover_what_they_say(shape: tuple[int, int], blocks: int | None) -> None:
    rng, count = np.random.default_rng(3), 200
    sd = 1.0 if shape[0] == 1 else math.sqrt(2.0)
    drawn = resamples(shape, blocks, 7, 400)
    inside, level = np.zeros(3), np.zeros(3)
    for _ in range(count):
        base, here = pairs(rng, shape, blocks)
        found = quantile_differences(here, base, LEVELS, drawn)
        inside += [e.low <= 1.0 <= e.high for e in found]
        ends = [quantile(base, p, blocks) for p in LEVELS]
        right = sd * stats.norm.ppf(LEVELS)
        level += [e.low <= q <= e.high for e, q in zip(ends, right, strict=True)]
    for total in (inside.sum(), level.sum()):  # three levels, hardly independent
        assert 0.93 <= total / (3 * count) <= 0.98


def test_pairs_make_an_interval_narrow() -> None:
    rng = np.random.default_rng(1)
    base = rng.exponential(size=(1, 1000))
    here = base + 0.1 * rng.random((1, 1000))
    drawn = resamples((1, 1000), None, 1)
    paired = quantile_differences(here, base, [0.5], drawn)[0]
    apart = quantile_differences(rng.permuted(here, axis=1), base, [0.5], drawn)[0]
    assert paired.half_width < 0.3 * apart.half_width
    assert paired.mean == apart.mean


def test_whole_numbers_keep_whole_ends() -> None:
    rng = np.random.default_rng(4)
    drawn = resamples((1, 500), None, 1)
    hits = 0
    for _ in range(100):
        base = rng.poisson(20, (1, 500)).astype(float)
        here = base + rng.poisson(4, (1, 500))
        (found,) = quantile_differences(here, base, [0.5], drawn)
        assert found.low == round(found.low) and found.high == round(found.high)
        hits += found.low <= 4 <= found.high
    assert hits >= 95


def test_an_event_that_never_happened_is_later_than_any_day() -> None:
    base = np.arange(100.0)[None]
    here = np.where(base < 60, base, math.inf)
    drawn = resamples((1, 100), None, 1)
    half, late = quantile_differences(here, base, [0.3, 0.8], drawn)
    assert (half.mean, half.high) == (0, 0)
    assert late.mean == math.inf and math.isnan(late.low)
    assert quantile(here, 0.8).mean == math.inf


def test_where_no_pair_differs() -> None:
    same = np.arange(100.0)[None]
    drawn = resamples((1, 100), None, 1)
    assert math.isnan(quantile_differences(same, same, [0.5], drawn)[0].low)
    assert quantile_differences(same, same, [0.5], drawn, False)[0] == Estimate(0, 0, 0, 100)


def test_a_missing_side_leaves_the_pair_out() -> None:
    base = np.arange(100.0)[None]
    here = base + 1
    here[0, ::2] = np.nan
    (found,) = quantile_differences(here, base, [0.5], resamples((1, 100), None, 1))
    assert (found.mean, found.n) == (1.0, 50)


def test_too_few_runs_have_no_interval() -> None:
    base, here = np.random.default_rng(1).random((2, 1, 40))
    drawn = resamples((1, 40), None, 1)
    few, enough = quantile_differences(here, base, [0.95, 0.5], drawn)
    assert math.isnan(few.low) and math.isfinite(enough.low)


QUEUE = """
levers: {speed: {default: 1.0, range: [0.5, 3]}}
parameters: {load: {assume: 1.0, range: [0.5, 1.5]}}
state: {n: 0}
events:
  come: {rate: load, do: n += 1}
  go: {rate: 'speed if n > 0 else 0', do: n -= 1}
  rare: {rate: 0.02 * speed}
outcomes:
  level: {mean: n, goal: minimize, unit: person}
  day: {first: rare, goal: minimize}
  full: {ever: n > 3, goal: minimize}
"""


def ran(**how: Any) -> sim.Ensemble:
    base = scenario(QUEUE, 30)
    fast = base.with_settings({"speed": 2.0}, "fast")
    return sim.run(sim.make_experiment([base, fast], seed=3, **how))


def test_a_comparison_of_scenarios() -> None:
    ensemble = ran(futures=20, replications=20)
    found = sim.analysis.compare_quantiles(
        ensemble, ["mean", "p50", "p95"], outcomes=["level", "day"]
    )
    rows = {(r.outcome.name, r.scenario, r.of): r for r in found.rows}
    assert len(rows) == 2 * 2 * 3
    plain = sim.compare(ensemble).row("level", "fast")
    assert rows["level", "fast", "mean"].difference == plain.difference
    row = rows["level", "fast", "p95"]
    values = [np.quantile(v, 0.95, method="inverted_cdf") for v in ensemble.outcome("level")]
    assert row.value.mean == values[1]
    assert row.difference is not None and row.difference.mean == values[1] - values[0]
    assert row.difference.low < row.difference.mean < row.difference.high < 0
    never = int(np.isnan(ensemble.outcome("day", "fast")).sum())
    assert rows["day", "fast", "p50"].never == never > 0
    assert rows["day", "fast", "p50"].value.n == 400
    assert {"value_low", "difference_high", "of", "never"} <= found.table()[0].keys()
    assert any("later than any day" in note for note in found.notes())
    assert "400" in str(found)


def test_an_unknown_quantile_is_refused() -> None:
    with pytest.raises(ExperimentError, match="'q50' is neither 'mean' nor a quantile"):
        sim.analysis.compare_quantiles(ran(futures=0, replications=5), ["q50"])
    for word in ("p", "p0", "p100", "50", "p-5", "p1e1", "P5", "p5 "):
        with pytest.raises(ValueError, match="neither"):
            level_of(word)


FILES = ["scenarios/port_strike/sit_it_out.yaml", "scenarios/port_strike/mediate.yaml"]


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parent.parent.parent
    line = ["fulcrum", "compare", *(str(root / f) for f in FILES)]
    line += ["--show", "p50,mean", "--outcome", "strike_days", "-n", "50", "--format", "json", "-q"]
    monkeypatch.setattr("sys.argv", line)
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    records = json.loads(capsys.readouterr().out)
    assert [(r["scenario"], r["of"]) for r in records] == [
        (s, of) for s in ("sit_it_out", "mediate") for of in ("p50", "mean")
    ]


def test_a_target_of_a_quantile_counts_futures_by_it() -> None:
    ensemble = ran(futures=30, replications=40)
    target = Target(at_most=3.0, of="p90")
    found = sim.analysis.robustness(ensemble, ("level",), {"level": target})
    (row,) = (c for c in found.criteria if c.name == "satisficing")
    values = np.quantile(ensemble.outcome("level"), 0.9, axis=2, method="inverted_cdf")
    assert row.values == pytest.approx((values <= 3.0).mean(axis=1).tolist())
    assert 0 < row.values[0] < 1
    assert "p90 at most 3" in row.meaning
    never = sim.analysis.robustness(ensemble, ("day",), {"day": Target(at_least=30, of="p50")})
    (row,) = (c for c in never.criteria if c.name == "satisficing")
    days = np.where(np.isnan(ensemble.outcome("day")), np.inf, ensemble.outcome("day"))
    middle = np.quantile(days, 0.5, axis=2, method="inverted_cdf")
    assert row.values == pytest.approx((middle >= 30).mean(axis=1).tolist())


def test_a_file_and_a_run_directory_keep_the_quantile(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text("model: model\ntime: {horizon: 30}\n" + QUEUE)
    text = "experiment: e\nof: model.yaml\nreplications: 2\nrobustness: {level: {at_most: 3, of: p90}}\n"
    (tmp_path / "e.yaml").write_text(text)
    made = sim.load(tmp_path / "e.yaml")
    assert made.targets == {"level": Target(at_most=3.0, of="p90")}
    from sim.storage.batch import write_batch
    from sim.storage.results import load_results

    write_batch(made, str(tmp_path / "runs"))
    assert load_results(str(tmp_path / "runs")).experiment.targets == made.targets


def test_bounds_of_a_search() -> None:
    wanted = {"level": Target(at_most=3.0, of="p95"), "full": Target(0.1, 0.5)}
    assert read_bounds(["p95(level)<=3", "full>=0.1", "full<=0.5"]) == wanted
    for word, message in (
        ("p200(level)<=3", "neither 'mean'"),
        ("p95()<=3", "not of the form"),
        ("p95(level)=3", "not of the form"),
    ):
        with pytest.raises(ExperimentError, match=message):
            read_bounds([word])
    with pytest.raises(ExperimentError, match="bounded by its p95 and its mean"):
        read_bounds(["p95(level)<=3", "level>=1"])


def test_a_search_meets_a_bound_on_a_quantile() -> None:
    given: dict[str, Any] = {"levels": 6, "replications": 60, "fresh_replications": 100}
    found = sim.analysis.search_levers(
        scenario(QUEUE, 30),
        ["level", "full"],
        constraints={"level": Target(2.0, of="p95")},
        **given,
    )
    assert [o.name for o in found.outcomes] == ["level", "full", "p95(level)"]
    assert found.best
    assert all(f.fresh[2].mean >= 2.0 for f in found.best)
    free = sim.analysis.search_levers(scenario(QUEUE, 30), ["level", "full"], **given)
    assert min(f.fresh[0].mean for f in free.best) < min(f.fresh[0].mean for f in found.best)


def test_a_measure_of_weighted_runs() -> None:
    outcome = scenario(QUEUE, 30).model.outcomes["level"]
    values = np.array([[3.0, 1.0, 2.0, 4.0]])
    even = np.array([[0.25] * 4, [0.0, 0.5, 0.5, 0.0]])
    assert Measure(outcome, "p50").resampled(values, even).tolist() == [[2.0], [1.0]]
    assert Measure(outcome).resampled(values, even).tolist() == [[2.5], [1.5]]
    both = summaries(
        [Measure(outcome), Measure(outcome, "p75")], np.stack([values, values], axis=-1)
    )
    assert both.tolist() == [[2.5, 3.0]]
