"""Which assumptions are narrowed: known cases, and what is kept by chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sim
from sim.analysis.narrowing import Narrowing, narrowings
from sim.study.experiment import Experiment

MODEL = """\
model: toy
time: {horizon: 1}
sets: {place: [north, south]}
parameters:
  even: {assume: 5.0, range: [0.0, 10.0], why: A guess}
  wide: {assume: 10.0, range: [1.0, 100.0], shape: loguniform, why: A guess}
  few: {assume: 1, range: [0, 2], whole: true, why: A guess}
  word: {assume: a, options: [a, b, c], why: A guess}
  pace: {over: place, assume: 1.0, range: [0.0, 2.0], together: true, why: A guess}
state: {x: 0.0}
events: {end: {at: 1, do: x = even + wide + few}}
outcomes: {x: {final: x}}
"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    file = tmp_path_factory.mktemp("toy") / "model.yaml"
    file.write_text(MODEL, encoding="utf-8")
    return sim.make_experiment(sim.load_scenario(Path(file)), futures=1_000, seed=2)


def kept(drawn: Experiment, rows: np.ndarray) -> dict[str, Narrowing]:
    found = narrowings(drawn, drawn.parameters, drawn.futures[rows])
    assert [one.left for one in found] == sorted(one.left for one in found)
    return {one.entry.name: one for one in found}


def test_a_part_that_is_kept_is_the_part_that_is_left(drawn: Experiment) -> None:
    even = drawn.sampled("even")
    found = kept(drawn, (even > 2) & (even < 6))
    assert list(found) == ["even", *[n for n in found if n != "even"]]
    assert found["even"].left == pytest.approx(0.4, abs=0.02)
    assert found["even"].drawn == pytest.approx((0.5, 9.5), abs=0.02)
    assert found["even"].kept == pytest.approx((2.2, 5.8), abs=0.1)
    assert [one.entry.name for one in found.values() if one.beyond_chance] == ["even"]
    # counted in futures: of a logarithmic range too
    assert kept(drawn, drawn.sampled("wide") < 10)["wide"].left == pytest.approx(0.5, abs=0.02)


def test_words_are_narrowed_by_their_shares(drawn: Experiment) -> None:
    found = kept(drawn, drawn.sampled("word") != "b")["word"]
    assert found.drawn == pytest.approx((1 / 3, 1 / 3, 1 / 3), abs=0.01)
    assert found.kept == pytest.approx((0.5, 0.0, 0.5), abs=0.05)
    assert found.left == pytest.approx(2 / 3, abs=0.02) and found.beyond_chance


def test_members_that_move_together_are_one_input(drawn: Experiment) -> None:
    column = drawn.futures[:, drawn.parameters.index("pace[north]")]
    found = kept(drawn, column > 1.5)
    assert "pace" in found and "pace[south]" not in found
    assert found["pace"].left == pytest.approx(0.25, abs=0.02)


def test_what_is_kept_by_chance_narrows_nothing(drawn: Experiment) -> None:
    rng = np.random.default_rng(3)
    seen = [
        any(one.beyond_chance for one in kept(drawn, rng.permutation(1_000)[:30]).values())
        for _ in range(100)
    ]
    assert sum(seen) <= 11  # 5 of 100 expected
    assert all(one.left == 1.0 for one in kept(drawn, np.arange(1_000)).values())


def test_columns_go_by_name_and_may_be_missing(drawn: Experiment) -> None:
    values = np.column_stack([np.zeros(40), np.linspace(4, 5, 40)])
    even, few = narrowings(drawn, ("few", "even"), values)
    assert (even.entry.name, few.entry.name) == ("even", "few")
    assert even.kept == pytest.approx((4 + 1 / 39, 5 - 2 / 39)) and few.kept == (0.0, 0.0)
    assert few.left == pytest.approx(1 / 3 / 0.9, abs=0.02)
    assert narrowings(drawn, ("even",), np.empty((0, 1))) == ()
    assert narrowings(drawn, (), np.empty((5, 0))) == ()
