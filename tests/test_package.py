"""The wheel alone, in an empty folder: it carries the studies, runs, and ships its types."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from sim.study.shipped import shipped_studies
from sim.study.templates import starting_points

CI = os.environ.get("CI", "").lower() not in ("", "0", "false")
PARTS = ("sim", "ui", "scenarios", "seeds")
FILES = ("pyproject.toml", "setup.py", "README.md", "LICENSE")

pytestmark = pytest.mark.slow


def done(*words: object, cwd: Path) -> str:
    """Run a program that must succeed and return what it prints."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_"))}
    ended = subprocess.run(
        list(map(str, words)), cwd=cwd, capture_output=True, text=True, check=False, env=environment
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return ended.stdout


@pytest.fixture(scope="module")
def dist(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sdist and wheel; the wheel is built from the sdist."""
    for name, least in (("build", 1), ("setuptools", 77)):
        try:
            found = int(importlib.metadata.version(name).split(".")[0])
        except importlib.metadata.PackageNotFoundError:
            found = 0
        if found < least:
            assert not CI, f"{name} {least} is not installed"
            pytest.skip(f"{name} {least} or newer is not installed")
    source = tmp_path_factory.mktemp("source")
    for part in PARTS:
        shutil.copytree(root / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(root / file, source)
    done(sys.executable, "-m", "build", "--no-isolation", cwd=source)
    return source / "dist"


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with this wheel, beside the dependencies of this one."""
    home = tmp_path_factory.mktemp("clean")
    done(sys.executable, "-m", "venv", "--without-pip", home, cwd=home)
    inside = next(home.glob("lib/python*/site-packages"))
    places = dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    (inside / "dependencies.pth").write_text("\n".join(places) + "\n")
    pip = (sys.executable, "-m", "pip", "--python", home / "bin/python", "install")
    done(*pip, "-q", "--no-deps", "--no-index", *dist.glob("*.whl"), cwd=home)
    return home / "bin"


def test_the_wheel_holds_what_it_needs(dist: Path, root: Path) -> None:
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert "sim/py.typed" in names
    assert {"sim/templates/blank/model.yaml", "sim/reporting/diagnostics.yaml"} <= names
    for folder in ("scenarios", "seeds"):
        for path in (*(root / folder).rglob("*.yaml"), *(root / folder).rglob("*.csv")):
            assert f"sim/packs/{path.relative_to(root)}" in names
    read = [
        f
        for end in ("html", "js", "css")
        for part in ("sim", "ui")
        for f in (root / part).rglob(f"*.{end}")
    ]
    for path in (*read, root / "ui/live/words.yaml"):
        assert str(path.relative_to(root)) in names
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "scenarios"))]
    assert not (root / "sim/packs").exists(), "the studies lie in the repository once"


@pytest.mark.parametrize("study", sorted(starting_points()))
def test_the_wheel_alone_begins_a_study(installed: Path, study: str, tmp_path: Path) -> None:
    where = done(installed / "python", "-c", "import sim; print(sim.__file__)", cwd=tmp_path)
    assert where.startswith(str(installed.parent))
    done(installed / "fulcrum", "new", "x", "--from", study, cwd=tmp_path)
    files = sorted(str(p.relative_to(tmp_path)) for p in (tmp_path / "x").rglob("*.yaml"))
    done(installed / "fulcrum", "check", *files, cwd=tmp_path)
    if study != "ukraine_2025":
        top = [name for name in files if name.count("/") == 1]
        table = done(
            installed / "fulcrum", "compare", *top, "-n", 5, "--format", "csv", cwd=tmp_path
        )
        assert table.startswith("outcome,scenario,")


def test_the_wheel_alone_lists_its_studies_and_takes_their_names(
    installed: Path, tmp_path: Path
) -> None:
    listed = done(installed / "fulcrum", "studies", "--format", "json", cwd=tmp_path)
    assert [row["study"] for row in json.loads(listed)] == list(shipped_studies())
    for study in shipped_studies().keys() - {"ukraine_2025"}:
        shown = done(installed / "fulcrum", "studies", study, cwd=tmp_path)
        assert str(installed.parent) in shown.partition("Files: ")[2]
        few = ("--futures", 2, "-n", 2, "--format", "csv")
        table = done(installed / "fulcrum", "compare", study, *few, cwd=tmp_path)
        assert table.startswith("outcome,scenario,")
    done(installed / "fulcrum", "publish", "port_strike", "-o", "page.html", cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    page = (tmp_path / "page.html").read_text("utf-8")
    assert str(installed.parent) not in page, "a page does not tell where it was made"
