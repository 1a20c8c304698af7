"""Modules of several folders join into one script: each name once, imports in one form."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from sim.browser import ANSWERS, FOLDER, PAGE, WORKER, script

ROOT = Path(__file__).parent.parent.parent
FOLDERS = (FOLDER, ROOT / "ui" / "live")
MODULES = [path for folder in FOLDERS for path in sorted(folder.glob("*.js"))]
DECLARED = re.compile(
    r"^(?:export )?(?:async )?(?:function\*?|const|let|class) +(\w+|\[[^\]]*\]|\{[^}]*\})",
    re.MULTILINE,
)
#: What the joiner strips.
IMPORT = re.compile(r'import \{[\w\s,]+\} from "(\./|\.\./\.\./sim/browser/)(\w+)\.js";')


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_module_imports_and_exports_in_the_form_that_is_stripped(path: Path) -> None:
    text = path.read_text("utf-8")
    for statement in re.findall(r"^import\b[^;]*;", text, re.MULTILINE):
        found = IMPORT.fullmatch(statement)
        assert found, statement
        assert " as " not in statement
        folder = path.parent if found[1] == "./" else FOLDER
        assert (folder / f"{found[2]}.js").is_file(), statement
    assert not re.findall(r"^export (?!(async )?function|const|let|class)", text, re.MULTILINE)
    joined = script(path.stem, folder=path.parent)
    assert not re.search(r"^(import|export)\b", joined, re.MULTILINE)
    assert "await " not in re.sub(r"^[ /].*", "", joined, flags=re.MULTILINE), "none at the top"


def test_no_two_modules_have_a_name_in_common() -> None:
    seen: dict[str, Path] = {}
    for path in MODULES:
        for match in DECLARED.findall(path.read_text("utf-8")):
            for name in re.findall(r"\w+", match):
                assert seen.setdefault(name, path) == path, (name, path, seen[name])


@pytest.mark.parametrize("names", [(*PAGE, *ANSWERS), WORKER], ids=["page", "worker"])
def test_modules_stand_after_those_they_import(
    names: tuple[str, ...], node: str, tmp_path: Path
) -> None:
    seen: list[str] = []
    for name in names:
        text = (FOLDER / f"{name}.js").read_text("utf-8")
        assert {found[1] for found in IMPORT.findall(text)} <= set(seen), name
        seen.append(name)
    (tmp_path / "page.mjs").write_text(script(*names), "utf-8")
    subprocess.run([node, "--check", str(tmp_path / "page.mjs")], check=True)
