"""The house rules: who may import whom, how big a module gets, and what no text may hold."""

from __future__ import annotations

import ast
import graphlib
import itertools
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import sim

ROOT = Path(__file__).parent.parent

#: The floors, from the ground up: packages, and the few modules that belong to none. One imports from
#: lower floors only; inside a package there is no cycle.
FLOORS = (
    "version formatting errors kept",
    "numerics yaml",
    "language",
    "model",
    "engine",
    "statistics",
    "study",
    "execution",
    "storage charts browser",
    "analysis",
    "reporting",
    "__init__",
    "cli",
    "__main__",
)
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names.split()}
#: The one way up to the page: `Scenario.explore` takes it when it is called.
DOOR = ("sim.study.scenario", "ui.live.notebook")
#: Modules of `sim/` that stand beside its packages.
MAX_LOOSE = 6

#: Lines of a module. Longer ones, each with its own bound and the reason it is one piece:
MAX_LINES = 350
LONGER: dict[str, tuple[int, str]] = {}

#: What `import sim` and `fulcrum --help` leave alone: each of these takes its time to load.
HEAVY = {"streamlit", "altair", "pandas", "scipy", "pyarrow", "llvmlite", "dask"}


@dataclass(frozen=True)
class Module:
    """A module of the repository: its path, its dotted name and its syntax tree."""

    path: Path
    name: str
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def floor_name(self) -> str:
        """The word it goes by in the table of floors."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else "__init__"

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))


@cache
def modules(package: str) -> tuple[Module, ...]:
    found = []
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(path, name, ast.parse(path.read_text(encoding="utf-8"))))
    return tuple(found)


@cache
def names_of_modules() -> frozenset[str]:
    return frozenset(m.name for package in ("sim", "ui") for m in modules(package))


def imports(module: Module) -> Iterator[tuple[str, int]]:
    """Every name imported, at the top or inside a function, in full, with its line.

    ``from a import b`` gives ``a.b`` where that is a module of ours, else ``a``.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = module.name.split(".")
                up = up[: len(up) - node.level + module.is_package]
                base = ".".join([*up, base] if base else up)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield (full if full in names_of_modules() else base), node.lineno


def public_definitions(
    module: Module,
) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """The public functions and classes at the top of a module."""
    for node in module.tree.body:
        if isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ) and not node.name.startswith("_"):
            yield node


def none_of(faults: list[str]) -> None:
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


def test_every_module_has_a_floor() -> None:
    words = [name for names in FLOORS for name in names.split()]
    assert len(words) == len(set(words)), "a module stands on two floors"
    unknown = [m for m in modules("sim") if m.floor_name not in FLOOR]
    none_of([f"{m}: give it a floor in FLOORS" for m in unknown])
    assert set(FLOOR) == {m.floor_name for m in modules("sim")}, "a floor nobody stands on"


def test_few_modules_stand_loose() -> None:
    loose = [m for m in modules("sim") if m.path.parent == ROOT / "sim"]
    assert len(loose) <= MAX_LOOSE, [str(m) for m in loose]


def test_packages_say_what_they_hold() -> None:
    faults = []
    for module in modules("sim"):
        sentences = re.findall(r"[.!?](?:\s|$)", ast.get_docstring(module.tree) or "")
        if module.is_package and module.name != "sim" and len(sentences) < 2:
            faults.append(f"{module}: two sentences say what the package holds")
    none_of(faults)


def test_imports_go_down() -> None:
    faults = []
    for module in modules("sim"):
        floor = FLOOR.get(module.floor_name, len(FLOORS))
        for name, line in imports(module):
            package, _, rest = name.partition(".")
            if package == "ui" and module.floor_name != "cli" and (module.name, name) != DOOR:
                faults.append(f"{module}:{line}: sim imports the page, '{name}'")
            if package != "sim":
                continue
            target = FLOOR.get(rest.split(".")[0] or "__init__", 0)
            if target > floor:
                faults.append(f"{module}:{line}: floor {floor} imports '{name}' of floor {target}")
    none_of(faults)


def test_no_cycle() -> None:
    graph: dict[str, set[str]] = {}
    for module in modules("sim"):
        inside = {name for name, _ in imports(module) if name.split(".")[0] == "sim"}
        graph[module.name] = (inside & names_of_modules()) - {module.name}
    faults = []
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        faults.append("a cycle: " + " <- ".join(error.args[1]))
    none_of(faults)


def test_page_imports_only_the_public_names() -> None:
    inner = {m.name.split(".")[1] for m in modules("sim") if "." in m.name} - set(sim.__all__)
    faults = []
    for module in modules("ui"):
        inside = module.name.startswith("ui.live")  # it packs what the engine is made of
        for name, line in imports(module):
            if name.startswith("sim.") and not inside:
                faults.append(f"{module}:{line}: imports '{name}'; only `sim` is open to the page")
        for node in ast.walk(module.tree):
            match node:
                case ast.Attribute(value=ast.Name(id="sim"), attr=attr) if attr in inner:
                    faults.append(f"{module}:{node.lineno}: reaches into 'sim.{attr}'")
    none_of(faults)


def test_no_module_named_utils() -> None:
    names = {"utils", "util", "helpers", "helper", "common", "misc"}
    everything = [*modules("sim"), *modules("ui")]
    none_of([f"{m}: says nothing about its duty" for m in everything if m.path.stem in names])


def test_modules_stay_small() -> None:
    faults = []
    for module in (*modules("sim"), *modules("ui")):
        lines = len(module.path.read_text(encoding="utf-8").splitlines())
        bound = LONGER.get(str(module), (MAX_LINES, ""))[0]
        if lines > bound:
            faults.append(f"{module}: {lines} lines, the bound is {bound}")
    faults += [f"{name}: in LONGER, but not there" for name in LONGER if not (ROOT / name).exists()]
    none_of(faults)


#: What a module of the page does without: a model's words become nodes, never markup or script.
UNSAFE = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment)\b"
    r"|\bdocument\s*\.\s*write|\beval\s*\(|\bnew\s+Function\b|\bset(?:Timeout|Interval)\(\s*[\"'`]"
    r"|[\"']?\bstyle[\"']?\s*(?:=\s*[\"'`]|:\s*[\"'`])|setAttribute\(\s*[\"']style"
)


def scripts() -> list[Path]:
    """The JavaScript modules of the engine and of the live page."""
    found = [path for place in ("sim/browser", "ui/live") for path in (ROOT / place).glob("*.js")]
    assert len(found) > 40
    return sorted(found)


def unsafe(text: str) -> list[str]:
    """What a JavaScript text must not hold, comments apart, with its line."""
    code = re.sub(
        r"/\*.*?\*/|(?<![:\\])//[^\n]*", lambda m: "\n" * m[0].count("\n"), text, flags=re.S
    )
    return [f"{code.count(chr(10), 0, m.start()) + 1}: {m[0]}" for m in UNSAFE.finditer(code)]


def test_scripts_stay_small_and_make_no_markup() -> None:
    faults = []
    for path in scripts():
        text, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT)
        if (lines := len(text.splitlines())) > MAX_LINES:
            faults.append(f"{name}: {lines} lines, the bound is {MAX_LINES}")
        faults += [f"{name}:{found}" for found in unsafe(text)]
    none_of(faults)


@pytest.mark.parametrize(
    ("code", "is_unsafe"),
    [
        ("box.innerHTML = words;", True),
        ("box.outerHTML = words;", True),
        ('box.insertAdjacentHTML("beforeend", words);', True),
        ("document.write(words);", True),
        ("document.writeln(words);", True),
        ("eval (words);", True),
        ('return new Function("x", words);', True),
        ('setTimeout("act()", 1);', True),
        ('const row = `<p style="color: red">`;', True),
        ('node("p", { style: "color: red" });', True),
        ('element.setAttribute("style", words);', True),
        ("/* innerHTML */ element.style.width = size; // no eval(x)", False),
        ("const { style } = element; setTimeout(act, 1);", False),
        ("const link = `https://example.org/`; retrieval(words);", False),
    ],
)
def test_unsafe_scripts_are_found(code: str, is_unsafe: bool) -> None:
    assert bool(unsafe(code)) == is_unsafe


def test_no_function_shares_its_module_s_name() -> None:
    faults = []
    for module in (*modules("sim"), *modules("ui")):
        for node in public_definitions(module):
            if node.name == module.name.rpartition(".")[2]:
                faults.append(f"{module}:{node.lineno}: '{node.name}' is its module's name too")
    none_of(faults)


def hidden_modules(package: Path) -> list[str]:
    """The modules of a package that a name exported by `__init__.py` or `__init__.pyi` hides."""
    inside = {p.stem for p in package.glob("*.py")} | {
        p.parent.name for p in package.glob("*/*.py")
    }
    found = []
    for path in package.glob("__init__.py*"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            # `from . import tables` exports the module itself
            if isinstance(node, ast.ImportFrom) and node.module:
                public = {alias.asname or alias.name for alias in node.names} & inside
                found += [f"{path}:{node.lineno}: '{name}' hides a module" for name in public]
    return found


def test_no_exported_name_hides_a_module() -> None:
    packages = [m.path.parent for m in modules("sim") if m.is_package]
    assert sum((package / "__init__.pyi").exists() for package in packages) >= 4
    none_of([fault for package in packages for fault in hidden_modules(package)])


@pytest.mark.parametrize(
    ("stub", "hides"),
    [
        ("from .search import search_levers as search_levers", False),
        ("from . import search as search", False),
        ("from .search import search as search", True),
        ("from .search import run as engine", True),
    ],
)
def test_a_name_that_hides_a_module_is_found(tmp_path: Path, stub: str, hides: bool) -> None:
    (tmp_path / "engine").mkdir()
    for name in ("__init__.py", "search.py", "engine/__init__.py"):
        (tmp_path / name).touch()
    (tmp_path / "__init__.pyi").write_text(stub, encoding="utf-8")
    assert bool(hidden_modules(tmp_path)) == hides


def test_the_public_names_are_these() -> None:
    """A name more or less is a decision: change this list with it."""
    assert sorted(sim.__all__) == [
        "Comparison",
        "Ensemble",
        "Experiment",
        "ExperimentError",
        "Model",
        "ModelError",
        "Result",
        "ResultError",
        "RunError",
        "Scenario",
        "SimError",
        "Target",
        "Trace",
        "Trajectories",
        "__version__",
        "analysis",
        "charts",
        "check_units",
        "compare",
        "errors",
        "formatting",
        "load",
        "load_experiment",
        "load_model",
        "load_results",
        "load_scenario",
        "make_experiment",
        "model",
        "parse_scenario",
        "replay",
        "reporting",
        "run",
        "run_batch",
        "trace",
        "verify",
        "yaml",
    ]
    assert all(getattr(sim, name) is not None for name in sim.__all__)


def test_public_names_have_docstrings() -> None:
    faults = []
    for module in modules("sim"):
        if not (ast.get_docstring(module.tree) or "").strip(". "):
            faults.append(f"{module}: no docstring")
        for node in public_definitions(module):
            if not ast.get_docstring(node):
                faults.append(f"{module}:{node.lineno}: '{node.name}' has no docstring")
    none_of(faults)


def loaded_by(code: str) -> set[str]:
    """The packages that a fresh interpreter has loaded after this code."""
    program = f"{code}\nimport sys; print('loaded:', *{{m.partition('.')[0] for m in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("loaded:")[2].split())


def test_importing_is_light() -> None:
    assert not loaded_by("import sim").intersection(HEAVY)


def test_help_is_light() -> None:
    code = """
import sys
sys.argv = ["fulcrum", "--help"]
from sim.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""
    assert not loaded_by(code).intersection(HEAVY)


def test_a_comparison_needs_no_scipy() -> None:
    code = """
import sim
files = ["scenarios/port_strike/sit_it_out.yaml", "scenarios/port_strike/mediate.yaml"]
made = [sim.load_scenario(file) for file in files]
print(sim.compare(sim.run(sim.make_experiment(made, futures=20, replications=3))))
"""
    assert "scipy" not in loaded_by(code)


#: What no text of the repository holds. A letter in brackets keeps each rule from matching itself.
FORBIDDEN = {
    r"(?<![\w.~-])/([w]ork|[r]oot|[h]ome/\w+|[U]sers/\w+)/": "a path of one machine",
    r"\.py[e]nv\b|/bash[_]jobs|\.libr[a]ry/": "a path of one machine",
    r"pyp[i]\.org|pyth[o]nhosted|registry\.npm[j]s|deb\.deb[i]an\.org": "a registry's host",
    r"(?<!no-)(?<!escape-)\bsandb[o]x\b(?!=)|\bchatg[p]t\b|\bcopil[o]t\b": "a word about its making",
    r"\bcla[u]de\b|\banthr[o]pic\b|\bsub-?ag[e]nts?\b": "a word about its making",
}


def tracked_texts() -> Iterator[tuple[str, str]]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git work tree")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes())[:8192]:
            yield name, content.decode("utf-8", errors="replace")


def test_texts_hold_no_forbidden_words() -> None:
    rules = [(re.compile(rule, re.IGNORECASE), what) for rule, what in FORBIDDEN.items()]
    faults = []
    for (name, text), (rule, what) in itertools.product(tracked_texts(), rules):
        for found in rule.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            faults.append(f"{name}:{line}: {what}: '{found.group()}'")
    none_of(faults)


@pytest.mark.parametrize(
    "text", ["in /wo|rk/main", "'/ro|ot/x'", "python|hosted", "a sand|box", "https://py|pi.org/x"]
)
def test_forbidden_words_are_found(text: str) -> None:
    assert any(re.search(rule, text.replace("|", "")) for rule in FORBIDDEN)
    assert not any(re.search(rule, text) for rule in FORBIDDEN)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_constraints_pin_every_dependency() -> None:
    pin = re.compile(r"([a-z0-9][a-z0-9._-]*)==[a-z0-9.!+]+( ; [a-z_]+ [=!<>]+ '[^']+'.*)?")
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [(line, pin.fullmatch(line)) for line in lines if not line.startswith("#")]
    faults = [f"constraints.txt: not 'name==version': {line}" for line, match in pins if not match]
    pinned = {normal(match[1]) for _, match in pins if match}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        wanted += extra
    for requirement in wanted:
        match = re.match(r"[A-Za-z0-9._-]+", requirement)
        if match and normal(match[0]) not in pinned | {normal(project["name"])}:
            faults.append(f"constraints.txt: no pin for '{match[0]}': run make lock")
    none_of(faults)


@pytest.mark.skipif(not os.environ.get("CI"), reason="speed is judged on the gate's machine")
def test_importing_is_quick() -> None:
    program = "import time; t = time.process_time(); import sim; print(time.process_time() - t)"
    command = [sys.executable, "-c", program]
    seconds = [float(subprocess.check_output(command, cwd=ROOT, text=True)) for _ in range(3)]
    assert min(seconds) < 0.5
