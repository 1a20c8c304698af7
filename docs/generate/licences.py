"""The licences of all packages that an installation with the user's extras includes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import Requirement

from sim.reporting.tables import markdown_table

PACKAGE = "fulcrum-sim"
EXTRAS = ("ui", "explore", "cluster", "arrays")
PYTHONS = [
    {"python_version": version, "python_full_version": f"{version}.0"}
    for version in ("3.11", "3.12", "3.13")
]
#: Names of licences as packages write them, and what we call them.
SAID = {
    "apache": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd license": "BSD",
    "bsd": "BSD",
    "3-clause bsd license": "BSD-3-Clause",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "the mit license (mit)": "MIT",
    "mit": "MIT",
    "python software foundation license": "PSF-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
}


def licences_table() -> str:
    """Return the table of packages and their licences."""
    rows = sorted(
        ((name, licence_of(name)) for name in brought_along()), key=lambda r: r[0].lower()
    )
    return markdown_table(("Package", "Licence"), rows)


def brought_along(package: str = PACKAGE, extras: tuple[str, ...] = EXTRAS) -> set[str]:
    """Return the names of all packages that a package with its extras needs, directly or not."""
    found: set[str] = set()
    waiting = [(package, frozenset(extras))]
    seen = set()
    while waiting:
        wanted = waiting.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        name, of_it = wanted
        for need in _needs(name, of_it):
            proper = metadata.metadata(need.name)["Name"]
            found.add(proper)
            waiting.append((proper, frozenset(need.extras)))
    return found


def _needs(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    """Yield what a package needs on every Python that is supported."""
    for text in metadata.requires(name) or ():
        need = Requirement(text)
        marker = need.marker
        if marker is None or all(
            any(marker.evaluate(python | {"extra": extra}) for extra in (*extras, ""))
            for python in PYTHONS
        ):
            yield need


def licence_of(name: str) -> str:
    """Return the licence that a package declares: an SPDX expression where it has one."""
    declared = metadata.metadata(name)
    if expressions := declared.get_all("License-Expression"):
        return str(expressions[0])
    classified = [
        text.rpartition(" :: ")[2]
        for text in declared.get_all("Classifier") or ()
        if text.startswith("License ::") and not text.endswith("OSI Approved")
    ]
    text = " and ".join(_said(word) for word in classified) or "".join(
        declared.get_all("License") or ()
    )
    first = text.strip().split("\n")[0]
    return _said(first) if first else "not declared"


def _said(text: str) -> str:
    return SAID.get(re.sub(r"\s+", " ", text.strip().lower()), text.strip())
