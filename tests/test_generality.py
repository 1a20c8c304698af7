"""The engine and the page hold no word of any one study; a second study runs as well as the first."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.study.files import describe_file

#: Names of the first study's subject. Whole words are meant where a word could hide in another.
NAMES = (
    r"trump|\bputin|zelensk|biden|rutte|medvedev|peskov|ukrain|russia|moscow|kyiv|kremlin|washington|"
    r"alaska|india\b|china\b|turkiye|türkiye|atacms|patriot|tomahawk|oreshnik|\bpurl\b|\bnato\b|"
    r"tariff|sanction|ceasefire|missile|drone\b|drones|salvo|warhead|refiner|crude|brent\b"
)
SOURCES = ("*.py", "*.html", "*.js", "*.css", "*.toml", "*.jinja")
STUDY = Path("scenarios/port_strike")


def sources(root: Path) -> list[Path]:
    return [
        path
        for package in ("sim", "ui")
        for pattern in SOURCES
        for path in sorted((root / package).rglob(pattern))
    ]


def test_no_source_names_the_subject(root: Path) -> None:
    found = []
    for path in sources(root):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if match := re.search(NAMES, line, re.IGNORECASE):
                found.append(f"{path.relative_to(root)}:{number}: '{match.group()}'")
    assert not found, "\n".join(found)
    assert len(sources(root)) > 40


@pytest.mark.parametrize("word", ["Putin", "tariffs", "a NATO ally", "Patriots", "Ukraine"])
def test_names_are_found(word: str) -> None:
    assert re.search(NAMES, word, re.IGNORECASE)


@pytest.mark.parametrize("word", ["combinator", "signature", "indian summer", "sane"])
def test_other_words_are_let_pass(word: str) -> None:
    assert not re.search(NAMES, word, re.IGNORECASE)


def test_the_second_study_is_without_faults(root: Path) -> None:
    files = sorted((root / STUDY).glob("*.yaml"))
    assert len(files) >= 6
    for file in files:
        assert describe_file(file)


def test_the_second_study_shares_no_word_with_the_first(root: Path) -> None:
    text = "".join(p.read_text(encoding="utf-8") for p in (root / STUDY).glob("*.yaml"))
    assert not re.search(NAMES, text, re.IGNORECASE)


def test_the_kernels_agree_on_the_second_study(root: Path) -> None:
    chosen = [sim.load_scenario(root / STUDY / f"{n}.yaml") for n in ("mediate", "order_to_work")]
    experiment = sim.make_experiment(chosen, replications=15, seed=5)
    slow, quick = (sim.run(experiment, kernel=kernel) for kernel in ("simpy", "compiled"))
    assert np.array_equal(slow.values, quick.values, equal_nan=True)
    assert not slow.failures


def test_ships_are_neither_made_nor_lost(root: Path) -> None:
    scenario = sim.load_scenario(root / STUDY / "reroute.yaml")
    story = sim.trace(scenario, seed=3)
    arrived = sum(o.event == "ship_arrives" for o in story.occurrences)
    last = {name: values[-1] for name, values in story.series.items()}
    assert arrived == last["waiting"] + last["at_berth"] + last["served"] + last["rerouted"]
    assert last["rerouted"] > 0


def test_levers_of_the_second_study_pull(root: Path) -> None:
    experiment = sim.load_experiment(root / STUDY / "compare.yaml")
    ensemble = sim.run(experiment)
    found = {(r.scenario, r.outcome): r for r in sim.compare(ensemble).rows}
    assert found["mediate", "settled_day"].verdict == "lower"
    assert found["reroute", "mean_waiting"].verdict == "lower"
    assert found["reroute", "rerouted"].verdict == "higher"
    assert found["order_to_work", "orders"].verdict == "higher"
    assert found["mediate", "rerouted"].verdict == "no difference seen"
