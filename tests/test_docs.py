"""Commands and snippets of the pages run, their links work, and their generated tables are current.

Blocks run in order, each page in its own folder. ``console`` blocks contain commands (``$ …``) and what
they print, with ``...`` for omitted lines; ``# exit 2`` after a command is its expected exit code.
``yaml file=NAME`` and ``csv file=NAME`` write a file, ``yaml into=NAME`` adds its lines to the sections of
one, ``yaml end=NAME`` to its end; other ``yaml`` must be valid. ``js`` runs in Node. ``sh``, ``r`` and
``text`` do not run. ``pytest --bless`` updates what is printed.
"""

from __future__ import annotations

import contextlib
import io
import os
import pkgutil
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from docs.generate import stale_files
from docs.generate.commands import functions, verbs
from sim.cli import main
from sim.version import __version__
from sim.yaml import read_text, to_data

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in PAGES if page.parent.name != "models"]
#: Pages with links but without blocks to run.
OTHERS = [*(set(ROOT.glob("*.md")) - {PAGES[0]}), ROOT / "sim/ARCHITECTURE.md"]
FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
#: Words that begin a command in blocks that are not run.
SHOWN = ("pip install", "git clone", "make ", "cd ", "fulcrum ui", "fulcrum --install-completion")


@dataclass
class Block:
    """A fenced block of a page."""

    kind: str
    options: dict[str, str]
    text: str
    line: int
    start: int
    end: int


def blocks(text: str) -> list[Block]:
    listed = []
    for match in FENCE.finditer(text):
        options = dict(word.split("=", 1) for word in match[2].split() if "=" in word)
        line = text.count("\n", 0, match.start()) + 1
        listed.append(Block(match[1], options, match[3], line, match.start(3), match.end(3)))
    return listed


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def fulcrum(words: list[str]) -> tuple[int, str, str]:
    """Run a command in this process, which keeps what is compiled."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.argv
    sys.argv = words
    try:
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as end,
        ):
            main()
    finally:
        sys.argv = before
    return int(end.value.code or 0), out.getvalue(), err.getvalue()


def found(pattern: str) -> list[str]:
    return sorted(str(path) for path in Path().glob(pattern))


def run_command(line: str) -> str:
    """Run a line of a console block and return what it prints."""
    wanted = int(match[1]) if (match := re.search(r"# exit (\d+)$", line)) else 0
    words = shlex.split(line, comments=True)
    target = ""
    if ">" in words:
        target = words[-1]
        words = words[: words.index(">")]
    words = [w for word in words for w in (found(word) if "*" in word else [word])]
    if words[0] == "cd":
        os.chdir(words[1])
        return ""
    assert words[0] == "fulcrum", f"a console block runs fulcrum and cd, not '{words[0]}'"
    code, out, err = fulcrum(words)
    assert code == wanted, f"{line}: exit {code}\n{err}"
    if target:
        Path(target).write_text(out, encoding="utf-8")
        return ""
    return "".join(f"{row.rstrip()}\n" for row in out.splitlines())


def console(text: str) -> list[tuple[str, list[str]]]:
    """Return the commands of a block, each with the lines shown below it."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def as_shown(shown: list[str], printed: list[str]) -> list[str]:
    """Return what is printed in the form that the page shows: all, or its head and tail."""
    if "..." not in shown:
        return printed
    place = shown.index("...")
    head, tail = printed[:place], shown[place + 1 :]
    return [*head, "...", *(printed[-len(tail) :] if tail else [])]


def insert(path: Path, text: str) -> None:
    """Add lines below the sections of a file that they belong to."""
    content = path.read_text(encoding="utf-8")
    for part in re.split(r"^(?=\w)", text, flags=re.MULTILINE):
        head, _, body = part.partition("\n")
        if head:
            assert f"\n{head}\n" in content, f"{path} has no section '{head}'"
            content = content.replace(f"\n{head}\n", f"\n{head}\n{body}", 1)
    path.write_text(content, encoding="utf-8")


#: The page of diagnostics consists of examples that fail: tests/test_diagnostics.py runs them.
RUN = [page for page in PAGES if page.name != "diagnostics.md"]


@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_page_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    text = page.read_text(encoding="utf-8")
    if page.name == "README.md" and page.parent == ROOT:
        for folder in ("scenarios", "seeds"):
            shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    names: dict[str, object] = {}
    fresh = text
    for block in blocks(text):
        place = f"{name_of(page)}:{block.line}"
        match block.kind:
            case "console":
                anew = ""
                for command, shown in console(block.text):
                    try:
                        printed = as_shown(shown, run_command(command).splitlines())
                    except AssertionError as error:
                        pytest.fail(f"{place}: {error}", pytrace=False)
                    anew += "\n".join([f"$ {command}", *(printed if shown else []), ""])
                fresh = fresh.replace(block.text, anew, 1)
            case "python":
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(compile(block.text, place, "exec"), names)
            case "js":
                node = request.getfixturevalue("node")
                command = [node, "--input-type=module", "-e", block.text]
                done = subprocess.run(command, capture_output=True, text=True, timeout=60)
                assert done.returncode == 0, f"{place}: {done.stderr}"
            case "yaml" | "csv" if "file" in block.options:
                Path(block.options["file"]).write_text(block.text, encoding="utf-8")
            case "yaml" if "end" in block.options:
                path = Path(block.options["end"])
                path.write_text(path.read_text(encoding="utf-8") + block.text, encoding="utf-8")
            case "yaml" if "into" in block.options:
                insert(Path(block.options["into"]), block.text)
            case "yaml":
                if not all(line.startswith("#") for line in block.text.splitlines()):
                    to_data(read_text(block.text, place))
            case "sh":
                for line in filter(None, block.text.splitlines()):
                    known = (*SHOWN, *(f"fulcrum {verb} " for verb in verbs()))
                    assert line.startswith(known), f"{place}: cannot be shown unrun: {line}"
            case kind:
                assert kind in ("text", "r", "bibtex"), f"{place}: unknown block '{kind}'"
    if fresh != text:
        if request.config.getoption("--bless"):
            page.write_text(fresh, encoding="utf-8")
        else:
            pairs = zip(text.splitlines(), fresh.splitlines(), strict=False)
            first = next(((a, b) for a, b in pairs if a != b), ("", "more or fewer lines"))
            pytest.fail(
                f"{name_of(page)}: commands print otherwise than shown; look, then pytest --bless\n"
                f"shown:   {first[0]}\nprinted: {first[1]}",
                pytrace=False,
            )


def test_generated_parts_are_current() -> None:
    stale = [str(path.relative_to(ROOT)) for path in stale_files(ROOT / "docs")]
    assert not stale, f"out of date: {', '.join(stale)}; write them again: python -m docs.generate"


def test_every_verb_has_a_function_that_is_there() -> None:
    for verb, names in functions().items():
        for name in names:
            module, _, last = f"sim.{name}".rpartition(".")
            assert last in getattr(pkgutil.resolve_name(module), "__all__", [last]), verb
            assert pkgutil.resolve_name(f"sim.{name}"), verb
    assert set(verbs()) - set(functions()) == {"schema", "explain", "source", "ui", "cache"}


@pytest.mark.parametrize("page", sorted([*PAGES, *OTHERS]), ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(FENCE, "", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{name_of(page)}: no '{target}'"


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    found: dict[str, int] = {}
    text = re.sub(FENCE, "", page.read_text(encoding="utf-8"))
    for heading in re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = found[slug] = found.get(slug, 0) + 1
        if count > 1:
            found[f"{slug}-{count - 1}"] = 1
    return set(found)


@pytest.mark.parametrize("page", sorted([*PAGES, *OTHERS]), ids=name_of)
def test_links_lead_to_a_heading(page: Path) -> None:
    text = re.sub(FENCE, "", page.read_text(encoding="utf-8"))
    for target, anchor in re.findall(r"\]\(([^)#]*)#([^)]+)\)", text):
        there = page.parent / target if target else page
        if "://" not in target and there.suffix == ".md":
            assert anchor in anchors(there), f"{name_of(page)}: no heading for '{target}#{anchor}'"


def test_every_page_is_listed() -> None:
    """In the index of its folder if there is one, else in that of `docs`."""
    docs = ROOT / "docs"
    for page in sorted(docs.rglob("*.md")):
        folder = page.parent
        if page.name == "README.md":
            folder = folder.parent
        index = folder if (folder / "README.md").exists() else docs
        if page == docs / "README.md":
            continue
        listed = (index / "README.md").read_text(encoding="utf-8")
        name = str(page.relative_to(index))
        assert f"({name})" in listed, f"{name_of(index)}/README.md leaves out {name}"


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "sim/ARCHITECTURE.md"])
def test_every_package_is_described(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for package in (ROOT / "sim").glob("*/__init__.py"):
        name = package.parent.name
        assert re.search(rf"^\| .*`(sim/)?{name}`.* \|", text, re.MULTILINE), f"{page}: no {name}"


def test_pictures_are_small() -> None:
    for picture in (ROOT / "docs/images").iterdir():
        assert picture.stat().st_size < 300_000, picture.name


def test_changelog_and_citation_name_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {__version__}" in text
    citation = to_data(
        read_text((ROOT / "CITATION.cff").read_text(encoding="utf-8"), "CITATION.cff")
    )
    assert isinstance(citation, dict)
    assert citation["version"] == __version__
