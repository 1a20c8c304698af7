"""Experiments: grids, futures, bounds, and files that hold them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toys import scenario

import sim
from sim.errors import ExperimentError, ModelError
from sim.model.fields import MAX_SEED
from sim.model.types import Parameter
from sim.study import designs
from sim.study.experiment import MAX_REPLICATIONS, Experiment, make_experiment
from sim.study.futures import Sampler, sample, sizes
from sim.study.laws import shaped

TOY = """
levers: {dose: {default: 2, range: [0, 10]}, mode: {default: slow, options: [slow, fast]}}
parameters:
  even: {assume: 5.0, range: [0.0, 10.0]}
  skew: {assume: 2.0, range: [0.0, 10.0], shape: triangular}
  log_: {assume: 1.0, range: [0.01, 100.0], shape: loguniform}
  die: {assume: 3, whole: true, range: [1, 6]}
  tent: {assume: 2, whole: true, range: [0, 4], shape: triangular}
  fixed: {assume: 7.0}
  point: {assume: 7.0, range: [7.0, 7.0]}
state: {x: {initial: 0.0}}
events:
  go:
    at: 1
    do: x = even + skew + log_ + die + tent + fixed + point + dose * (mode == 'fast')
outcomes: {end: {final: x}}
"""


@pytest.fixture(scope="module")
def toy() -> sim.Scenario:
    return scenario(TOY)


def codes(error: pytest.ExceptionInfo[ExperimentError]) -> list[str]:
    return [d.code for d in error.value.diagnostics]


def test_vary_makes_every_combination(toy: sim.Scenario) -> None:
    made = make_experiment(
        toy, vary={"dose": [1, 2], "mode": ["slow", "fast"]}, replications=1, futures=0
    )
    assert [s.name for s in made.scenarios] == [
        "toy [dose=1, mode=slow]",
        "toy [dose=1, mode=fast]",
        "toy [dose=2, mode=slow]",
        "toy [dose=2, mode=fast]",
    ]
    ends = sim.run(made, kernel="simpy").outcome("end").ravel()
    assert list(ends - ends[0]) == [0, 1, 0, 2]


def test_close_values_have_names_of_their_own(toy: sim.Scenario) -> None:
    made = make_experiment(toy, vary={"even": [0.1234, 0.12341]}, replications=1)
    assert len({s.name for s in made.scenarios}) == 2


@pytest.mark.parametrize("sampler", ["latin_hypercube", "sobol", "random"])
def test_futures_lie_in_their_ranges(toy: sim.Scenario, sampler: str) -> None:
    made = make_experiment(toy, futures=64, sampler=sampler, replications=1)  # type: ignore[arg-type]
    assert made.parameters == ("even", "skew", "log_", "die", "tent")
    assert made.futures.shape == (64, 5)
    for name, column in zip(made.parameters, made.futures.T, strict=True):
        parameter = toy.model.parameters[name]
        assert parameter.low is not None
        assert parameter.high is not None
        assert (column >= parameter.low).all()
        assert (column <= parameter.high).all()
        if parameter.type.kind == "whole":
            assert (column == np.round(column)).all()
    again = make_experiment(toy, futures=64, sampler=sampler, replications=1)  # type: ignore[arg-type]
    assert np.array_equal(made.futures, again.futures)
    other = make_experiment(toy, futures=64, sampler=sampler, replications=1, seed=2)  # type: ignore[arg-type]
    assert not np.array_equal(made.futures, other.futures)


@pytest.mark.parametrize(("sampler", "parts"), [("latin_hypercube", 20), ("sobol", 16)])
def test_futures_are_independent_randomisations_that_fill_every_stratum(
    toy: sim.Scenario, sampler: Sampler, parts: int
) -> None:
    made = make_experiment(toy, futures=8 * parts, sampler=sampler, replications=1)
    assert made.blocks == parts
    even = made.futures[:, 0].reshape(parts, 8)
    assert np.array_equal(np.sort(np.floor(even * 0.8)), np.tile(np.arange(8.0), (parts, 1)))
    assert len(np.unique(even, axis=0)) == parts


@pytest.mark.parametrize("sampler", ["latin_hypercube", "sobol"])
def test_few_futures_are_independent_of_each_other(toy: sim.Scenario, sampler: Sampler) -> None:
    made = make_experiment(toy, futures=12, sampler=sampler, replications=1)
    assert made.blocks == 12
    assert np.array_equal(sample(toy.model, 9, sampler, made.seed)[1], made.futures[:9])


def test_other_futures_stand_each_for_itself(toy: sim.Scenario) -> None:
    assert make_experiment(toy, replications=9, futures=0).blocks == 1
    assert make_experiment(toy, futures=50, sampler="random", replications=1).blocks == 50


def grid(parameter: Parameter, n: int = 10_000) -> np.ndarray:
    return shaped(parameter, (np.arange(n) + 0.5) / n)


def test_shapes(toy: sim.Scenario) -> None:
    parameters = toy.model.parameters
    assert grid(parameters["even"]).mean() == pytest.approx(5)
    assert grid(parameters["skew"]).mean() == pytest.approx((0 + 2 + 10) / 3, rel=1e-3)
    assert np.log10(grid(parameters["log_"])).mean() == pytest.approx(0, abs=1e-9)
    die = np.unique(grid(parameters["die"], 6000), return_counts=True)
    assert list(die[0]) == [1, 2, 3, 4, 5, 6]
    assert set(die[1]) == {1000}
    tent = np.unique(grid(parameters["tent"], 10_000), return_counts=True)
    assert list(tent[0]) == [0, 1, 2, 3, 4]
    assert list(tent[1]) == sorted(tent[1][:3]) + sorted(tent[1][3:], reverse=True)


def test_futures_are_felt(toy: sim.Scenario) -> None:
    made = make_experiment(toy, futures=8, replications=2)
    ends = sim.run(made, kernel="simpy").outcome("end")[0]
    assert ends.shape == (8, 2)
    assert ends[:, 0] == pytest.approx(made.futures.sum(axis=1) + 14)
    assert np.array_equal(ends[:, 0], ends[:, 1])


def test_a_setting_holds_in_every_future(toy: sim.Scenario) -> None:
    made = make_experiment(toy.with_settings({"even": 3.0}), futures=8, replications=1)
    ends = sim.run(made, kernel="simpy").outcome("end")[0, :, 0]
    assert ends == pytest.approx(made.futures[:, 1:].sum(axis=1) + 17)


NOISY = """
parameters: {m: {assume: 1.0, range: [0.0, 9.0]}}
state: {x: {initial: 0.0}}
events: {go: {rate: 1, do: "x += normal(m, 1)"}}
outcomes: {end: {final: x}}
"""


def test_any_replication_can_be_told_again() -> None:
    made = make_experiment(scenario(NOISY), futures=4, replications=3)
    found = sim.run(made, kernel="simpy").outcome("end")
    for future in range(4):
        one = sim.replay(made, scenario="toy", replication=2, future=future)
        assert one.outcomes["end"] == found[0, future, 2]
    with pytest.raises(ExperimentError):
        sim.replay(made, future=4)
    with pytest.raises(ExperimentError):
        sim.replay(made, scenario="toyy")


def test_doubling_replications_keeps_the_first_half(toy: sim.Scenario) -> None:
    noisy = scenario(NOISY)
    for futures in (0, 3):
        few, many = (
            make_experiment(noisy, replications=n, futures=futures, seed=3) for n in (25, 50)
        )
        first = sim.run(few, kernel="simpy")
        whole = sim.run(many, kernel="simpy", threads=2).outcome("end")
        assert np.array_equal(whole[..., :25], first.outcome("end"))
        assert np.array_equal(whole, sim.run(many, kernel="simpy", extend=first).outcome("end"))


def test_bounds(toy: sim.Scenario) -> None:
    with pytest.raises(ExperimentError) as error:
        make_experiment(toy, replications=0)
    assert codes(error) == ["bad-replications"]
    with pytest.raises(ExperimentError) as error:
        make_experiment(toy, replications=10**9)
    assert codes(error) == ["too-large"]
    assert "1 scenarios × 200,000,000 futures × 5 replications" in str(error.value)
    for wrong in ({"futures": -1}, {"seed": -1, "futures": 3}, {"futures": 10**12}):
        with pytest.raises(ExperimentError) as error:
            make_experiment(toy, **wrong)  # type: ignore[arg-type]
        assert codes(error)[0] in ("bad-futures", "bad-seed", "too-large")
    with pytest.raises(ExperimentError) as error:
        make_experiment(toy, vary={"even": list(range(1000)), "skew": list(range(1000))})
    assert codes(error) == ["too-large"]
    with pytest.raises(ExperimentError) as error:
        make_experiment([])
    assert codes(error) == ["empty"]


def test_bounds_are_still_allowed(toy: sim.Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in (0, MAX_SEED):
        assert make_experiment(toy, seed=seed).seed == seed
    assert make_experiment(toy, replications=MAX_REPLICATIONS).size == MAX_REPLICATIONS
    monkeypatch.setattr(designs, "MAX_SCENARIOS", 4)
    vary = {"dose": [1, 2], "mode": ["slow", "fast"]}
    assert len(make_experiment(toy, vary=vary).scenarios) == 4
    with pytest.raises(ExperimentError) as error:
        make_experiment(toy, vary=vary | {"even": [1.0, 2.0]})
    assert codes(error) == ["too-large"]
    with pytest.raises(ExperimentError) as error:
        make_experiment([toy, toy.with_settings({}, "b")], vary=vary)
    assert codes(error) == ["too-large"]


def test_the_size_counts_scenarios_futures_and_replications(toy: sim.Scenario) -> None:
    made = make_experiment(toy, vary={"dose": [1, 2]}, futures=3, replications=5)
    assert made.size == 2 * 3 * 5
    most = MAX_REPLICATIONS // 6
    assert (
        make_experiment(toy, vary={"dose": [1, 2]}, futures=3, replications=most).size == 6 * most
    )
    with pytest.raises(ExperimentError) as error:
        make_experiment(toy, vary={"dose": [1, 2]}, futures=3, replications=most + 1)
    assert codes(error) == ["too-large"]


def test_shapes_at_their_quantiles(toy: sim.Scenario) -> None:
    p = toy.model.parameters
    u = np.array([0.0, 0.25, 0.5, 1.0])
    assert shaped(p["even"], u) == pytest.approx(np.array([0, 2.5, 5, 10]))
    assert shaped(p["log_"], u) == pytest.approx(np.array([0.01, 0.1, 1, 100]))
    # below its mode at 2 lies a fifth: sqrt(20 u); above it, 10 - sqrt(80 (1 - u))
    wanted = [0, 10 - 60**0.5, 10 - 40**0.5, 10]
    assert shaped(p["skew"], u) == pytest.approx(np.array(wanted))
    assert shaped(p["skew"], np.array([0.05, 0.2])) == pytest.approx(np.array([1.0, 2.0]))
    assert shaped(p["die"], np.array([0.0, 0.16, 0.17, 0.84, 1.0])).tolist() == [1, 1, 2, 6, 6]


def test_results_that_memory_cannot_hold() -> None:
    outcomes = "".join(f"  o{i}: {{final: x}}\n" for i in range(40))
    many = scenario(f"state: {{x: {{initial: 0}}}}\noutcomes:\n{outcomes}")
    with pytest.raises(ExperimentError) as error:
        sim.run(many, replications=40_000_000, kernel="simpy")
    assert codes(error) == ["too-large"]


def test_scenarios_must_belong_together(toy: sim.Scenario) -> None:
    other = scenario(TOY.replace("end:", "finish:"))
    longer = scenario(TOY, horizon=20).with_settings({}, "longer")
    for pair, code in [
        ([toy, toy], "duplicate-scenario"),
        ([toy, other.with_settings({}, "other")], "other-outcomes"),
        ([toy, longer], "other-time"),
    ]:
        with pytest.raises(ExperimentError) as error:
            make_experiment(pair)
        assert codes(error) == [code]
    stranger = sim.parse_scenario("model: m\ntime: {horizon: 10}\n", "m.yaml")
    with pytest.raises(ExperimentError) as error:
        make_experiment([toy, stranger])
    assert codes(error) == ["other-model"]


@pytest.mark.parametrize(
    ("vary", "code"),
    [
        ({"doze": [1]}, "unknown-lever"),
        ({"dose": [1, 20]}, "out-of-range"),
        ({"mode": ["slow", "medium"]}, "unknown-option"),
        ({"dose": [1, 1]}, "duplicate-scenario"),
    ],
)
def test_vary_is_checked(toy: sim.Scenario, vary: dict[str, list[object]], code: str) -> None:
    with pytest.raises(ExperimentError) as error:
        make_experiment(toy, vary=vary)  # type: ignore[arg-type]
    assert codes(error) == [code]


def test_series_of_scenarios_with_other_states() -> None:
    """A series is found by its name, whatever else an overlay adds."""
    text = (
        "state: {x: {initial: 1}, y: {initial: 2}}\nderived: {z: x + y}\noutcomes: {e: {final: x}}"
    )
    more = (
        "state: {a: {initial: 9}, x: {initial: 5}}\nderived: {z: x * 2}\noutcomes: {e: {final: x}}"
    )
    plain, other = scenario(text), scenario(more).with_settings({}, "other")
    found = sim.run([plain, other], replications=3, kernel="simpy", series=True).trajectories
    assert found is not None
    assert found.names == ("x", "y", "z")
    assert found.n == 3
    assert found.bands[0, :, 2, 0].tolist() == [1, 2, 3]
    assert found.bands[1, 0, 2, 0] == 5
    assert np.isnan(found.bands[1, 1]).all()
    assert found.bands[1, 2, 2, 0] == 10
    assert found.samples[1, 2, 2, 0] == 10


def test_long_horizons_are_bounded() -> None:
    states = "".join(f"  s{i}: {{initial: 0}}\n" for i in range(200))
    with pytest.raises(ModelError) as error:
        scenario(f"state:\n{states}", horizon=100_000)
    assert error.value.diagnostics[0].code == "too-large"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "m.yaml").write_text("model: m\ntime: {horizon: 10}\n" + TOY)
    (tmp_path / "high.yaml").write_text("scenario: high\nof: m.yaml\nlevers: {dose: 9}\n")
    return tmp_path


def load(study: Path, text: str) -> Experiment:
    (study / "e.yaml").write_text("experiment: e\n" + text)
    return sim.load_experiment(study / "e.yaml")


def test_files(study: Path) -> None:
    made = load(
        study,
        "title: T\nrationale: why\nscenarios: [m.yaml, high.yaml]\nvary: {mode: [slow, fast]}\n"
        "futures: {sample: sobol, n: 8}\nreplications: 3\nseed: 9\nrobustness: {end: {at_least: 4}}\n",
    )
    assert (len(made.scenarios), len(made.futures), made.replications, made.seed) == (4, 8, 3, 9)
    assert (made.title, made.rationale, made.sampler) == ("T", "why", "sobol")
    assert made.size == 96
    assert made.targets["end"].at_least == 4
    usual = load(study, "of: m.yaml\n")
    assert (len(usual.futures), usual.replications) == (200, 5)
    held = load(study, "of: m.yaml\nfutures: {sample: central, n: 50}\n")
    assert (len(held.futures), held.replications, held.central) == (1, 1_000, True)


def test_faults_of_all_files_come_at_once(study: Path) -> None:
    (study / "high.yaml").write_text("scenario: high\nof: m.yaml\nlevers: {dose: 99}\n")
    (study / "low.yaml").write_text("scenario: low\nof: m.yaml\nlevers: {doze: 1}\n")
    with pytest.raises(ModelError) as error:
        load(study, "scenarios: [high.yaml, low.yaml, gone.yaml]\nreplications: 0\n")
    assert sorted((Path(d.span.file).name, d.code) for d in error.value.diagnostics if d.span) == [
        ("e.yaml", "no-file"),
        ("e.yaml", "wrong-type"),
        ("high.yaml", "out-of-range"),
        ("low.yaml", "unknown-name"),
    ]


def test_a_fault_of_the_model_is_told_once(study: Path) -> None:
    (study / "m.yaml").write_text(
        (study / "m.yaml").read_text().replace("even + skew", "evn + skew")
    )
    with pytest.raises(ModelError) as error:
        load(study, "scenarios: [m.yaml, high.yaml]\n")
    assert [d.code for d in error.value.diagnostics] == ["unknown-name"]


def test_a_future_leaves_what_a_scenario_declares(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "model: m\ntime: {horizon: 3}\nparameters: {k: {assume: 1.0, range: [0.5, 2.0]}}\n"
        "state: {x: 0.0}\nevents: {go: {at: 1, do: x = k}}\noutcomes: {x: {final: x}}\n"
    )
    (tmp_path / "s.yaml").write_text(
        "scenario: s\nof: m.yaml\nparameters: {k: {assume: 10}}\n".replace(
            "assume: 10", "assume: 10, range: [9, 11]"
        )
    )
    made = [sim.load_scenario(tmp_path / name) for name in ("m.yaml", "s.yaml")]
    values = sim.run(sim.make_experiment(made, futures=8, replications=1)).outcome("x")
    assert len(set(values[0].ravel())) == 8
    assert set(values[1].ravel()) == {10.0}


def test_sample_paths_come_from_every_future() -> None:
    text = """
    parameters: {a: {assume: 5.0, range: [0.0, 10.0]}}
    state: {x: {initial: a}}
    outcomes: {e: {final: x}}
    """
    made = make_experiment(scenario(text), replications=9, futures=4, seed=2)
    found = sim.run(made, kernel="simpy", series=True).trajectories
    assert found is not None
    starts = found.samples[0, :, 0, 0]
    expected = np.tile(made.futures[:, 0], 9)[: len(starts)]
    assert np.allclose(starts, expected)


def test_results_introduce_themselves_briefly() -> None:
    ensemble = sim.run(scenario("state: {x: 1}\noutcomes: {e: {final: x}}"), replications=3)
    made = ensemble.experiment
    for thing in (ensemble, made, made.scenarios[0], made.model):
        assert len(repr(thing)) < 120, repr(thing)


@pytest.mark.parametrize(
    ("uncertain", "futures", "replications", "found"),
    [
        (True, None, None, (200, 5)),
        (True, None, 1_000, (200, 5)),
        (True, None, 998, (200, 5)),
        (True, None, 10, (2, 5)),
        (True, None, 9, (2, 5)),
        (True, None, 11, (3, 4)),
        (True, None, 1, (2, 1)),
        (True, 0, None, (0, 1_000)),
        (True, 0, 40, (0, 40)),
        (True, 7, None, (7, 143)),
        (True, 7, 3, (7, 3)),
        (True, 5_000, None, (5_000, 5)),
        (False, None, None, (0, 1_000)),
        (False, None, 40, (0, 40)),
    ],
)
def test_the_rule_of_sizes(
    uncertain: bool, futures: int | None, replications: int | None, found: tuple[int, int]
) -> None:
    """Five replications a future, a thousand in all, at least two futures; what is given counts."""
    assert sizes(uncertain, futures, replications) == found
    assert sizes(uncertain, futures, replications, central=True)[0] == 0


def test_a_model_without_ranges_runs_as_it_did() -> None:
    plain = scenario("state: {x: {initial: 0.0}}\noutcomes: {end: {final: x}}")
    made = make_experiment(plain)
    assert (made.futures.shape, made.replications, made.sampler) == ((1, 0), 1_000, "central")
    assert not made.central
    assert made.blocks == 1


def test_a_trace_and_a_replay_without_futures_hold_central_values(toy: sim.Scenario) -> None:
    held = make_experiment(toy, futures=0, replications=1)
    wanted = sim.run(held, kernel="simpy").outcome("end")[0, 0, 0]
    assert sim.trace(toy).outcomes["end"] == wanted
    assert sim.replay(held).outcomes["end"] == wanted
