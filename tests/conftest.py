"""What all tests share: where the repository lies, golden files, and programs a test needs."""

from __future__ import annotations

import difflib
import importlib.util
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import sharing

ROOT = Path(__file__).parent.parent
#: On a gate machine everything is there; a test that would skip for want of something fails.
CI = os.environ.get("CI", "").lower() not in ("", "0", "false")
#: How a Chromium is started.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
os.environ.setdefault("FULCRUM_CACHE", "off")  # what a test runs is computed


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="rewrite the files of tests/golden")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, where several processes share them."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: sharing.place(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process whole files."""
    return sharing.by_file(config, log)


@pytest.fixture(scope="session", autouse=True)
def shared_code(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What one process of this session has compiled, none compiles again."""
    from sim.engine.llvm import kept_code

    top = tmp_path_factory.getbasetemp()
    folder = (top.parent if "PYTEST_XDIST_WORKER" in os.environ else top) / "machine_code"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_code, "kept", sharing.share_code(folder))
        yield


def _judge(report: pytest.TestReport | pytest.CollectReport, browser: bool = False) -> None:
    """Fail a report that skips, on a gate machine, for want of a package or of a browser."""
    if CI and report.skipped and (browser or "could not import" in str(report.longrepr)):
        report.outcome = "failed"
        report.longrepr = f"this must not be skipped here: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _judge(report, browser=item.get_closest_marker("browser") is not None)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _judge(report)
    return report


@pytest.fixture
def fulcrum(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """``fulcrum("check", path)``, in this process: exit code, stdout, stderr."""
    from sim.cli import main

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["fulcrum", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return run


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def need() -> Callable[..., str]:
    """``need("cc", "gcc")``: the path of the first of these programs that is installed.

    Where none is, the test is skipped; on a gate machine it fails.
    """

    def find(*names: str) -> str:
        for name in names:
            if path := shutil.which(name):
                return path
        missing = f"not installed: {' or '.join(names)}"
        if CI:
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)

    return find


@pytest.fixture(scope="session")
def chromium(need: Callable[..., str]) -> str:
    """The path of Chromium."""
    return need("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def node(need: Callable[..., str]) -> str:
    """The path of Node: Playwright brings one."""
    found = importlib.util.find_spec("playwright")
    places = found.submodule_search_locations if found else None
    inside = [Path(place) / "driver" / "node" for place in places or ()]
    return next((str(path) for path in inside if path.exists()), "") or need("node")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """A headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as engine:
        opened = engine.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """``golden("traces/queue.txt", text)``: the text equals that file of tests/golden.

    ``pytest --bless`` writes the file instead; look at the difference before you commit it.
    """
    bless = request.config.getoption("--bless")

    def check(name: str, text: str) -> None:
        path = ROOT / "tests" / "golden" / name
        if bless:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        if not path.exists():
            pytest.fail(f"no golden file '{name}': make it with pytest --bless", pytrace=False)
        expected = path.read_text(encoding="utf-8")
        if text != expected:
            lines = difflib.unified_diff(
                expected.splitlines(), text.splitlines(), name, "this run", lineterm=""
            )
            pytest.fail("\n".join(lines) or f"{name}: line ends differ", pytrace=False)

    return check
