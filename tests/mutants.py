"""Change the code a little and see whether a test fails: run by hand, `python tests/mutants.py`.

Each mutant is one small change (a comparison, an operator, a constant, a condition, a statement left
out) in one module. The tests that import the module run on it, or the tests of its package where none
does, in a copy of the repository. A survivor is equivalent or a behaviour that no test checks.

    python tests/mutants.py --each 3 --seed 1 sim/analysis sim/study sim/execution
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib
import multiprocessing
import os
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SKIP = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "node_modules")
SWAPS = """Lt LtE, Gt GtE, Eq NotEq, In NotIn, Is IsNot, Add Sub, Mult Div, And Or, BitAnd BitOr, min max,
any all, minimum maximum, argmin argmax, nanmin nanmax, floor ceil"""
SWAP = dict(pair.split() for pair in SWAPS.split(","))
SWAP |= {b: a for a, b in SWAP.items()} | {"Pow": "Mult", "FloorDiv": "Mult", "Mod": "Mult"}
#: What tests load is loaded once, in the process that theirs are forked from.
LOADED = (
    "pandas", "scipy.stats", "pydantic", "llvmlite.binding", "typer", "rich.table", "altair", "xarray",
    "pyarrow.parquet", "SALib.sample.morris", "sklearn.tree", "ema_workbench.analysis.prim",
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A change of one module: which bytes give way to which text."""

    path: Path
    line: int
    start: int
    end: int
    before: str
    after: str

    def __str__(self) -> str:
        before, after = (" ".join(text.split())[:70] for text in (self.before, self.after))
        return f"{self.path}:{self.line}: {before}  ->  {after}"


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in place of an expression, of a condition or of a statement."""
    made = copy.deepcopy(node)
    match node:
        case ast.Compare(ops=[op, *_]):
            made.ops[0] = swapped(op)
            yield made
        case ast.BinOp(op=op) | ast.BoolOp(op=op) if type(op).__name__ in SWAP:
            made.op = swapped(op)
            yield made
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case ast.IfExp(test=test):
            made.test = ast.UnaryOp(ast.Not(), test)
            yield made
        case ast.Name(id=name, ctx=ast.Load()) if name in SWAP:
            yield ast.Name(SWAP[name])
        case ast.Attribute(value=value, attr=name) if name in SWAP:
            yield ast.Attribute(value, SWAP[name])
        case ast.If(test=test) | ast.While(test=test) if not isinstance(test, ast.Compare):
            yield ast.UnaryOp(ast.Not(), test)
        case ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Expr(value=ast.Call()):
            yield ast.Pass()


def swapped(op: ast.AST) -> ast.AST:
    """Return the opposite operator."""
    return getattr(ast, SWAP[type(op).__name__])()


def mutants(path: Path) -> list[Mutant]:
    """Return every mutant of a module."""
    text = (ROOT / path).read_bytes()
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.JoinedStr | ast.arguments):
            return  # what a message says, and the types of arguments
        changed = list(changes(node))
        at = node.test if changed and isinstance(node, ast.If | ast.While) else node
        for new in changed:
            assert isinstance(at, ast.expr | ast.stmt)
            start = starts[at.lineno - 1] + at.col_offset
            end = starts[(at.end_lineno or at.lineno) - 1] + (at.end_col_offset or 0)
            after = ast.unparse(ast.fix_missing_locations(new))
            after = f"({after})" if isinstance(new, ast.expr) else after
            before = text[start:end].decode()
            found.append(Mutant(path, at.lineno, start, end, before, after))
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    visit(child)

    visit(ast.parse(text))
    return found


@cache
def tests_of(path: Path) -> tuple[str, ...]:
    """Return the test files that import a module; where none does, the folder of its package."""
    package, stem = ".".join(path.parent.parts), path.stem
    named = re.compile(rf"from {package}\.{stem} import|from {package} import .*\b{stem}\b")
    folder = ROOT / "tests" / Path(*path.parent.parts[1:])
    files = [f for f in sorted(folder.glob("test_*.py")) if f.stem == f"test_{stem}"] or [
        f for f in sorted(folder.glob("test_*.py")) if named.search(f.read_text(encoding="utf-8"))
    ]
    return tuple(str(f.relative_to(ROOT)) for f in files or [folder])


def run(tree: Path, tests: tuple[str, ...], timeout: float | None) -> str:
    """Run tests in the copy; return "survived", "killed" or "timeout"."""
    process = multiprocessing.get_context("fork").Process(target=_run_pytest, args=(tree, tests))
    process.start()
    process.join(timeout)
    if process.is_alive():
        process.kill()
        process.join()
        return "timeout"
    return "killed" if process.exitcode else "survived"


def _run_pytest(tree: Path, tests: tuple[str, ...]) -> None:
    os.chdir(tree)
    os.environ |= {"PYTHONPATH": str(tree), "FULCRUM_CACHE": "off", "PYTHONDONTWRITEBYTECODE": "1"}
    sys.dont_write_bytecode = True  # a changed module leaves no trace
    sys.path.insert(0, str(tree))
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os._exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="+", type=Path, help="modules, or folders of modules")
    parser.add_argument("--each", type=int, default=3, help="mutants per module")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    modules = [f for p in options.paths for f in (sorted(p.rglob("*.py")) if p.is_dir() else [p])]
    count: Counter[str] = Counter()
    for name in LOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=SKIP)
        seconds: dict[tuple[str, ...], float] = {}
        for path in modules:
            able = mutants(path)
            draw = random.Random(f"{options.seed} {path}")
            tests = tests_of(path)
            if able and tests not in seconds:
                start = time.monotonic()
                if run(tree, tests, None) != "survived":
                    sys.exit(f"{' '.join(tests)}: fails without a mutant")
                seconds[tests] = time.monotonic() - start
            for mutant in sorted(draw.sample(able, min(options.each, len(able))), key=str):
                text = (ROOT / path).read_bytes()
                after = text[: mutant.start] + mutant.after.encode() + text[mutant.end :]
                (tree / path).write_bytes(after)
                found = run(tree, tests, 30 + 4 * seconds[tests])
                shutil.copy2(ROOT / path, tree / path)
                count[found] += 1
                print(f"{found:9}{mutant}", flush=True)
    print(", ".join(f"{n} {what}" for what, n in sorted(count.items())), f"of {count.total()}")


if __name__ == "__main__":
    main()
