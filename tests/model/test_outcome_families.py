"""An outcome may have the name of what it measures, over the same sets, other sets or none."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim

MODEL = """
model: wards
time: {unit: day, horizon: 5}
sets: {ward: [north, south], floor: [low, high]}
state:
  ill: {over: ward, initial: 3, range: [0, 9]}
  beds: 7
derived:
  free: {over: ward as w, formula: 'beds - ill[w]'}
events:
  arrival: {over: ward as w, at: 2, do: 'ill[w] += position(w)'}
outcomes:
"""
NAMESAKES = {
    "ill: {over: ward as w, final: 'ill[w]'}": {"ill[north]": 4, "ill[south]": 5},
    "ill: {over: floor as f, final: \"ill['north'] + position(f)\"}": {
        "ill[low]": 5,
        "ill[high]": 6,
    },
    "ill: {final: 'sum(ill[w] for w in ward)'}\n  twice: {of: 2 * ill}": {"ill": 9, "twice": 18},
    "beds: {over: ward as w, final: beds}\n  all: {of: 'sum(beds[w] for w in ward)'}": {
        "beds[north]": 7,
        "beds[south]": 7,
        "all": 14,
    },
    "free: {over: floor as f, final: 'sum(free[w] for w in ward) * position(f)'}": {
        "free[low]": 5,
        "free[high]": 10,
    },
    "arrival: {over: ward as w, count: 'arrival[w]'}": {"arrival[north]": 1, "arrival[south]": 1},
}


@pytest.mark.parametrize("outcomes", NAMESAKES)
@pytest.mark.parametrize("kernel", ["simpy", "compiled"])
def test_an_outcome_has_the_name_of_what_it_measures(
    outcomes: str, kernel: str, tmp_path: Path
) -> None:
    file = tmp_path / "wards.yaml"
    file.write_text(f"{MODEL}  {outcomes}\n", encoding="utf-8")
    found = sim.run(sim.load([file], replications=2, futures=0), kernel=kernel)
    expected = NAMESAKES[outcomes]
    assert {name: found[name].values.tolist() for name in expected} == {
        name: [value, value] for name, value in expected.items()
    }
