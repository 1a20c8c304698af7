"""Many threads that parse at once get their trees and no error of the interpreter's."""

from __future__ import annotations

import ast
from concurrent.futures import ThreadPoolExecutor

import pytest

from sim.language.parsing import module_tree, python_tree

TEXT = "\n".join(f"x{i} = (a + {i}) * min(b, {i}) if c > {i} else -d ** 2" for i in range(60))


def test_threads_parse_side_by_side() -> None:
    wanted = ast.dump(module_tree(TEXT))
    with ThreadPoolExecutor(8) as pool:
        trees = list(pool.map(lambda _: module_tree(TEXT), range(200)))
    assert all(ast.dump(tree) == wanted for tree in trees[::20])


def test_faults_come_through() -> None:
    with pytest.raises(SyntaxError):
        python_tree("1 +", "eval")
    assert isinstance(python_tree("1 + x", "eval"), ast.Expression)
