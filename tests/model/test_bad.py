"""The zoo: files with one fault each, which say in their first line what must be found, and where."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from sim.errors import DiagnosedError, ExperimentError, ModelError
from sim.study.files import describe_file

ZOO = Path(__file__).parent.parent / "bad"
HELP = {"seeds", "yaml", "units"}
FILES = sorted(path for path in ZOO.rglob("*.yaml") if path.parent.name not in HELP | {"bad"})
#: Files with one fault that shows in two places.
TWICE = {"lever_range_of_words"}


def faults(path: Path) -> DiagnosedError:
    with pytest.raises((ModelError, ExperimentError)) as caught:
        describe_file(path)
    return caught.value


def escaped(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def test_the_zoo_is_large() -> None:
    assert len(FILES) >= 120


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_bad_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ZOO)
    first = path.read_text(encoding="utf-8").split("\n")[0]
    match = re.fullmatch(r"# expect: (\d+):(\d+) ([a-z-]+): (.*)", first)
    assert match, first
    begun = time.process_time()
    error = faults(path)
    assert time.process_time() - begun < 10
    found = error.diagnostics[0]
    assert found.span is not None
    assert f"{found.span.line}:{found.span.column} {found.code}: {escaped(found.message)}" == (
        f"{match[1]}:{match[2]} {match[3]}: {match[4]}"
    )
    assert len(error.diagnostics) == 1 + (path.stem in TWICE), str(error)
    assert str(error).isascii() or all(c.isprintable() or c == "\n" for c in str(error))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_our_voice(path: Path) -> None:
    for fault in faults(path).diagnostics:
        message = fault.message
        assert not message.endswith("."), message
        assert message[0].islower() or not message[0].isalpha(), message
        for word in ("Input", "pydantic", "Traceback", "None", "Ellipsis", "object"):
            assert word not in message or f"'{word}" in message or word in first_line(path), message


def first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").split("\n")[0]


def test_kinds_of_error() -> None:
    """An experiment that asks too much is told so in the file, like every other fault."""
    assert isinstance(faults(ZOO / "experiments" / "vary_outside.yaml"), ModelError)
