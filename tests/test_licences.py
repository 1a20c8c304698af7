"""What an installation brings along may be used, changed and passed on with it."""

from __future__ import annotations

import re

import pytest

from docs.generate.licences import brought_along, licence_of

FREE = r"MIT|MIT-CMU|0?BSD(-[23]-Clause)?|Apache-2\.0|PSF-2\.0|MPL-2\.0|ISC|Zlib|CC0-1\.0"
TERM = re.compile(rf"({FREE})( WITH LLVM-exception)?")


@pytest.mark.parametrize("name", sorted(brought_along()))
def test_licence_is_free_and_no_gpl(name: str) -> None:
    licence = licence_of(name)
    assert all(TERM.fullmatch(term) for term in re.split(r" AND | OR ", licence)), licence


def test_the_direct_ones_are_among_them() -> None:
    names = {name.lower() for name in brought_along()}
    assert {"simpy", "numpy", "pyyaml", "streamlit", "distributed", "xarray", "salib"} <= names
    assert "pytest" not in names
