"""What an installation brings along may be used, changed and passed on with it."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from docs.generate.licences import brought_along, licence_of

ROOT = Path(__file__).parent.parent
FREE = r"MIT|MIT-CMU|0?BSD(-[23]-Clause)?|Apache-2\.0|PSF-2\.0|MPL-2\.0|ISC|Zlib|CC0-1\.0"
TERM = re.compile(rf"({FREE})( WITH LLVM-exception)?")


@pytest.mark.parametrize("name", sorted(brought_along()))
def test_licence_is_free_and_no_gpl(name: str) -> None:
    licence = licence_of(name)
    assert all(TERM.fullmatch(term) for term in re.split(r" AND | OR ", licence)), licence


def test_what_builds_the_site_is_free_and_no_gpl() -> None:
    """Docutils declares a GPL for an Emacs mode, which its wheel leaves out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = {Requirement(text).name for text in project["optional-dependencies"]["site"]}
    names = direct.union(*(brought_along(name, ()) for name in direct))
    assert {"sphinx", "furo", "myst-parser", "docutils", "Pygments"} <= names
    mixed = []
    for name in names:
        terms = re.split(r" AND | OR | and ", licence_of(name))
        if not all(TERM.fullmatch(term) for term in terms):
            mixed.append(name)
    assert mixed == ["docutils"]
    files = metadata.files("docutils") or []
    assert len(files) > 100
    assert not [file for file in files if file.suffix in (".el", ".elc")]


def test_the_direct_ones_are_among_them() -> None:
    names = {name.lower() for name in brought_along()}
    assert {"simpy", "numpy", "pyyaml", "streamlit", "distributed", "xarray", "salib"} <= names
    assert "pytest" not in names
