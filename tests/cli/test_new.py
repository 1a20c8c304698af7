"""A new study checks and runs at once, is complete in itself, and overwrites nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.study.files import describe_file
from sim.study.templates import starting_points, write_study

Run = Callable[..., tuple[int, str, str]]
STUDIES = sorted(starting_points())


def test_what_is_shipped() -> None:
    assert {"blank", "port_strike", "ukraine_2025"} <= set(STUDIES)


@pytest.mark.parametrize("source", STUDIES)
def test_a_new_study_is_without_faults(source: str, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "study"
    written = write_study(folder, source)
    assert {p for p in folder.rglob("*") if p.is_file()} == set(written)
    for path in written:
        if path.suffix == ".yaml":
            assert describe_file(path)
            text = path.read_text(encoding="utf-8")
            assert "../../" not in text
            schema = text.splitlines()[0].partition("$schema=")[2]
            assert (path.parent / schema).is_file()


def test_new_then_compare(fulcrum: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = fulcrum("new", "x")
    assert code == 0
    assert "x/model.yaml" in out.splitlines()
    assert err == "next: fulcrum compare x/*.yaml\n"
    files = sorted(Path("x").glob("*.yaml"))
    assert fulcrum("check", *files, *sorted(Path("x/seeds").glob("*.yaml")))[0] == 0
    code, out, _ = fulcrum("compare", *files, "-n", 5, "--format", "csv")
    assert code == 0
    assert "call_for_help" in out


def test_the_template_s_rule_acts_once(tmp_path: Path) -> None:
    import sim

    write_study(tmp_path / "x")
    ensemble = sim.run(sim.load_scenario(tmp_path / "x/call_for_help.yaml"), replications=50)
    assert not ensemble.failures
    story = sim.trace(sim.load_scenario(tmp_path / "x/call_for_help.yaml"), seed=3)
    assert sum(o.event == "help_arrives" for o in story.occurrences) <= 1


def test_nothing_is_overwritten(fulcrum: Run, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    for folder in (tmp_path, tmp_path / "kept.txt"):
        code, out, err = fulcrum("new", folder)
        assert (code, out) == (2, "")
        assert "not an empty folder" in err
    assert [p.name for p in tmp_path.iterdir()] == ["kept.txt"]
    (tmp_path / "empty").mkdir()
    assert fulcrum("new", tmp_path / "empty", "--quiet")[0] == 0


def test_unknown_studies_are_named(fulcrum: Run, tmp_path: Path) -> None:
    code, _, err = fulcrum("new", tmp_path / "x", "--from", "port_strik")
    assert code == 2
    assert "did you mean 'port_strike'?" in err
    assert not (tmp_path / "x").exists()
    code, _, err = fulcrum("new")
    assert code == 2 and "for example: fulcrum new" in err


def test_version(fulcrum: Run) -> None:
    import sim

    assert fulcrum("--version") == (0, f"fulcrum {sim.__version__}\n", "")
