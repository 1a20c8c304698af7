"""Modules of two folders join into one script: their imports and exports have one form."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from sim.browser import ANSWERS, FOLDER, PAGE, WORKER, script

LIVE = Path(__file__).parent.parent.parent / "ui" / "live"
MODULES = [path for folder in (FOLDER, LIVE) for path in sorted(folder.glob("*.js"))]
IMPORT = re.compile(r'import \{[\w\s,]+\} from "((?:\./|\.\./\.\./sim/browser/)\w+\.js)";')


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_module_imports_and_exports_in_the_form_that_is_joined(path: Path) -> None:
    text = path.read_text("utf-8")
    for statement in re.findall(r"^import\b[^;]*;", text, re.MULTILINE):
        found = IMPORT.fullmatch(statement)
        assert found and " as " not in statement, statement
        target = (path.parent / found[1]).resolve()
        assert target.is_file(), statement
        for name in re.findall(r"\w+", statement[: statement.index("}")])[1:]:
            declared = rf"^export (async )?(function|const|class) {name}\b"
            assert re.search(declared, target.read_text("utf-8"), re.MULTILINE), statement
    for exported in re.findall(r"^export.*", text, re.MULTILINE):
        assert re.match(r"export (async function|function|const|class) \w+", exported), exported
    assert not re.search(r"^(await |\w.* = await )", text, re.MULTILINE), "nothing waits at the top"


@pytest.mark.parametrize(
    "modules",
    [(*PAGE, *ANSWERS), WORKER, (LIVE / "app.js",)],
    ids=["page", "worker", "component"],
)
def test_modules_join_into_a_script(
    modules: tuple[str | Path, ...], node: str, tmp_path: Path
) -> None:
    joined = script(*modules)
    assert not re.search(r"^(import|export)\b", joined, re.MULTILINE)
    (tmp_path / "page.cjs").write_text(joined, "utf-8")  # no module, as in a worker of a file
    subprocess.run([node, "--check", str(tmp_path / "page.cjs")], check=True)
