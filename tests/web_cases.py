"""Programs compiled to WebAssembly and run in Node: what to run is collected, then run at once."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.browser import FOLDER
from sim.engine.codegen.program import Program
from sim.engine.compiled import kernel_for
from sim.engine.protocol import Block, Floats
from sim.engine.web_module import compile_web_module

HERE = Path(__file__).parent


def same_bits(a: Block, b: Block) -> None:
    """Assert that two blocks have the same bits, but for those of a NaN."""
    assert np.array_equal(a.status, b.status)
    assert np.array_equal(a.events, b.events)
    for one, two in ((a.outcomes, b.outcomes), (a.series, b.series)):
        assert one.shape == two.shape
        holes = np.isnan(one)
        assert np.array_equal(holes, np.isnan(two))
        assert np.array_equal(one[~holes].view(np.int64), two[~holes].view(np.int64))


def block_of(data: bytes, program: Program, count: int, series: int) -> Block:
    """Return a block from the bytes of its four arrays."""
    width, points = len(program.model.outcomes), program.model.clock.grid()
    sizes = (8 * count * width, 4 * count, 8 * count, 8 * series * points * count)
    ends = np.cumsum([0, *sizes]).tolist()
    assert ends[-1] == len(data)
    parts = [data[a:b] for a, b in itertools.pairwise(ends)]
    return Block(
        np.frombuffer(parts[0]).reshape(count, width),
        np.frombuffer(parts[1], np.int32),
        np.frombuffer(parts[2], np.int64),
        np.frombuffer(parts[3]).reshape(series, points if series else 0, count),
    )


def kernel_block(
    program: Program, rows: Floats, request: dict[str, int], series: Sequence[int]
) -> Block:
    """Return what the compiled kernel says, a call for each row of values."""
    kernel, future = kernel_for(program), request["future"]
    blocks = [
        kernel.run(row, **{**request, "future": future + number}, series=series)
        for number, row in enumerate(np.atleast_2d(rows))
    ]
    return Block(
        *(
            np.concatenate([getattr(b, f) for b in blocks])
            for f in ("outcomes", "status", "events")
        ),
        np.concatenate([block.series for block in blocks], axis=2),
    )


@contextmanager
def opened_file(browser: Any, path: Path, text: str) -> Iterator[Any]:
    """A page that is opened from a file and says when it is ready; no error may reach its window."""
    path.write_text(text, encoding="utf-8")
    opened = browser.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.goto(path.as_uri())
    opened.wait_for_function("window.ready")
    yield opened
    assert not faults
    opened.close()


_compiled: dict[str, bytes] = {}


def web_bytes(program: Program) -> bytes:
    """Return the file of a program; those of one digest are compiled once."""
    if program.digest not in _compiled:
        _compiled[program.digest] = compile_web_module(program).wasm
    return _compiled[program.digest]


@dataclass
class WebCases:
    """What is to be run in Node, with what the compiled kernel says of it."""

    folder: Path
    cases: list[dict[str, Any]] = field(default_factory=list)
    expected: list[tuple[Program, Block]] = field(default_factory=list)

    def add(
        self, program: Program, row: Floats, *, seed: int, future: int = 0, first: int = 0,
        count: int = 3, series: Sequence[int] | None = None, stories: Sequence[int] = (),
    ) -> None:  # fmt: skip
        """Add a run, of several futures if `row` has several rows, and the stories of some replications."""
        name = f"{program.digest}.wasm"
        (self.folder / name).write_bytes(web_bytes(program))
        recorded = list(range(len(program.series)) if series is None else series)
        request = {"seed": seed, "future": future, "first": first, "count": count}
        self.expected.append((program, kernel_block(program, row, request, recorded)))
        values = np.ravel(row).tolist()
        case = {"module": name, "values": values, "series": recorded, "stories": list(stories)}
        self.cases.append(case | request)

    def run(self, node: str) -> list[tuple[Block, Block, list[dict[str, Any]]]]:
        """Return for each case the block expected, that of Node, and its stories."""
        (self.folder / "cases.json").write_text(json.dumps(self.cases))
        script = HERE / "browser" / "run_cases.mjs"
        command = [node, str(script), str(FOLDER / "engine.js"), str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        found = []
        for number, (program, block) in enumerate(self.expected):
            case = self.cases[number]
            data = (self.folder / f"{number}.bin").read_bytes()
            ran = block_of(data, program, len(block.status), len(case["series"]))
            stories = json.loads((self.folder / f"{number}.json").read_text())
            found.append((block, ran, stories))
        return found
