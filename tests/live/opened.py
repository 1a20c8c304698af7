"""Published pages in Chromium, opened from a disk: what tests of the whole page share."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sim
from ui.live.document import make_document
from ui.live.publish import page

READY = "html[data-state=ready]"
#: Words that would do harm where they are taken for markup, for an address, or for one line.
NASTY = (
    '<img src=x onerror="hit=1"></script><script>hit=1</script>\'"&amp;{done} שלום'
    " 🚢 Z\u0335\u0321\u0351\u0352 " + "W" * 90
)


def published(folder: Path, experiment: sim.Experiment, **how: Any) -> Path:
    """The file of an experiment, written into a folder."""
    target = folder / "page.html"
    target.write_text(page(make_document(experiment, **how)), "utf-8")
    return target


def study(
    folder: Path, model: str, *, replications: int = 5, futures: int | None = 20, **scenarios: str
) -> sim.Experiment:
    """A small study from texts: a model and scenarios of it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.yaml").write_text(textwrap.dedent(model), "utf-8")
    files = []
    for name, text in scenarios.items():
        files.append(folder / f"{name}.yaml")
        body = f"scenario: {name}\nof: model.yaml\n" + textwrap.dedent(text)
        files[-1].write_text(body, "utf-8")
    files = files or [folder / "model.yaml"]
    return sim.load(files, futures=futures, replications=replications, seed=1)


def open_file(context: Any, path: Path, fragment: str = "", state: str = "ready") -> Any:
    """A page that came to a state."""
    shown = context.new_page()
    shown.set_default_timeout(20_000)
    shown.faults = []
    shown.on("pageerror", lambda error: shown.faults.append(str(error)))
    shown.on("dialog", lambda dialog: shown.faults.append(dialog.message))
    shown.goto(path.as_uri() + fragment)
    shown.wait_for_selector(f"html[data-state={state}]")
    return shown


def visits(browser: Any, path: Path, **always: Any) -> Iterator[Callable[..., Any]]:
    """``visit("#tab=story", width=390, dark=True)``: the page, ready, in a context of its own.

    No error may come from any of them; `always` is how every context is made.
    """
    contexts: list[Any] = []
    pages: list[Any] = []

    def visit(
        fragment: str = "", width: int = 1440, height: int = 900, dark: bool = False, **how: Any
    ) -> Any:
        size, scheme = {"width": width, "height": height}, "dark" if dark else "light"
        contexts.append(browser.new_context(**always, viewport=size, color_scheme=scheme, **how))
        pages.append(open_file(contexts[-1], path, fragment))
        return pages[-1]

    yield visit
    faults = [fault for page in pages for fault in page.faults]
    for context in contexts:
        context.close()
    assert not faults


def overflow(shown: Any) -> list[str]:
    """What makes the page wider than the screen."""
    return shown.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll("#fulcrum *")]
          .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(
            "svg, .fl-scroll > *, .fl-chart-table > *, .fl-story-scroll > *, .fl-code > *"))
          .map((e) => `${e.tagName}.${e.className} ${e.textContent.slice(0, 30)}`)"""
    )
