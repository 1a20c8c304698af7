"""What test processes share: a file of tests runs in one of them, and all have one another's machine code."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sim import kept

if TYPE_CHECKING:
    import pytest
    from xdist.scheduler import LoadScopeScheduling

#: The files that take longest begin first, so that no process is alone with one at the end.
_NAMES = [
    "test_ukraine_sanity", "test_docs", "test_cards", "test_site", "ui/test_browser", "ui/test_same_figures",
    "engine/test_kernels", "storage/test_batch", "browser/test_engine",
    "ui/test_accessible_pages", "ui/test_memory", "reporting/test_report_pages",
    "cli/test_first_use", "test_package",
    "storage/test_dask_cluster", "live/test_hostile", "live/test_accessible",
    "numerics/test_elementary", "live/test_newcomer", "live/test_compare_page",
    "live/test_drivers", "browser/test_statistics", "browser/test_texts",
    "browser/test_wording", "cli/test_plausible_verbs", "test_benchmarks",
]  # fmt: skip
LONGEST = tuple(f"tests/{name}.py" for name in _NAMES)
#: Files that share what takes long to make run in one process too.
TOGETHER = {
    f"tests/browser/test_{name}.py": "results" for name in ("statistics", "texts", "wording")
}


def file_of(test: str) -> str:
    """Return the file of a test.

    >>> file_of("tests/yaml/test_yaml.py::test_text[b::c]")
    'tests/yaml/test_yaml.py'
    """
    return test.partition("::")[0]


def place(test: str) -> int:
    """Return when the file of a test begins: the longest ones first, then all others."""
    file = file_of(test)
    return LONGEST.index(file) if file in LONGEST else len(LONGEST)


def by_file(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Return what gives each process whole files, in the order they are collected.

    The fixtures of a file are then made once. (Groups of xdist 3.8 have no effect with pytest 9.2:
    pytest-dev/pytest-xdist#1386.)
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = file_of(nodeid)
            return TOGETHER.get(file, file)

    config.option.loadscopereorder = False
    return ByFile(config, log)


def share_code(folder: Path) -> SimpleNamespace:
    """Return what keeps machine code in a folder where nothing is kept otherwise.

    Its name is a digest of all that determines it, as in a user's cache; results are computed anew.
    """

    def recall(name: str, most: int, *, code: bool = False) -> bytes | None:
        if kept.cache_folder():
            return kept.recall(name, most, code=code)
        try:
            return (folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def keep(name: str, content: bytes, *, code: bool = False) -> None:
        if kept.cache_folder():
            kept.keep(name, content, code=code)
        else:
            unfinished = folder / f"{name}.{os.getpid()}"
            unfinished.write_bytes(content)
            unfinished.replace(folder / name)

    return SimpleNamespace(recall=recall, keep=keep)
