"""Charts are drawn in processes of their own, and drawn all the same where these fail."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from sim.reporting import renderer, renderers


def chart(number: int) -> str:
    mark = '{"data": {"values": [{"x": 1}]}, "mark": "point", "encoding": {"x": {"field": "x"}}'
    return f'{mark}, "title": "chart {number}"}}'


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Popen[bytes]]:
    found: list[Popen[bytes]] = []

    def noted(*given: Any, **how: Any) -> Popen[bytes]:
        found.append(Popen(*given, **how))
        return found[-1]

    monkeypatch.setattr(renderers, "Popen", noted)
    return found


def test_processes_draw_what_this_process_draws(started: list[Popen[bytes]]) -> None:
    specs = [chart(i) for i in range(7)]
    with renderers.rendering(2) as render:
        waiting = [render(spec) for spec in specs]
        drawn = [svg() for svg in waiting]
    assert drawn == [renderers.here(spec)() for spec in specs]
    assert all(f"chart {i}" in svg for i, svg in enumerate(drawn))
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)


def test_one_process_is_this_one(started: list[Popen[bytes]]) -> None:
    with renderers.rendering(1) as render:
        assert render(chart(0))() == renderers.here(chart(0))()
    assert not started


@pytest.mark.parametrize("code", ["", "import sys; sys.stdin.buffer.read(20)", "print('no')"])
def test_a_process_that_ends_early_is_replaced_by_this_one(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "ends.py"
    script.write_text(code)
    monkeypatch.setattr(renderer, "__file__", str(script))
    with renderers.rendering(2) as render:
        waiting = [render(chart(i)) for i in range(3)]
        assert [svg() for svg in waiting] == [renderers.here(chart(i))() for i in range(3)]


def test_without_processes_this_one_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*given: Any, **how: Any) -> Popen[bytes]:
        raise OSError("no more processes")

    monkeypatch.setattr(renderers, "Popen", refused)
    with renderers.rendering(2) as render:
        assert render(chart(0))().startswith("<svg")


def test_a_chart_that_cannot_be_drawn_is_an_error_as_here() -> None:
    with renderers.rendering(2) as render:
        with pytest.raises(ValueError, match="JSON"):
            render("no JSON")()
        assert render(chart(1))().startswith("<svg")


def test_an_error_inside_ends_the_processes(started: list[Popen[bytes]]) -> None:
    with pytest.raises(KeyError), renderers.rendering(2) as render:
        render(chart(0))
        raise KeyError("meanwhile")
    assert all(process.poll() is not None for process in started)


def test_the_process_imports_nothing_of_ours() -> None:
    script = Path(renderer.__file__).read_text(encoding="utf-8")
    assert "import sim" not in script and "from sim" not in script
    with Popen([sys.executable, "-P", renderer.__file__], stdin=-3, stdout=-1) as process:
        assert process.stdout is not None and process.stdout.read() == b""
    assert process.returncode == 0
