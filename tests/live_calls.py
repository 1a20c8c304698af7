"""Functions of `ui/live` called in Node: what to call is collected, then called at once."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from ui.live import FOLDER

#: Reads documents and calls of ``[module, function, name of a document or "", ...arguments]``.
SCRIPT = """
import { readFileSync } from "node:fs";
const special = new Map(["NaN", "Infinity", "-Infinity"].map((word) => [word, Number(word)]));
const read = (_, value) => special.get(value) ?? value;
const { folder, documents, calls } = JSON.parse(readFileSync(0, "utf-8"), read);
const found = [];
for (const [module, name, of, ...given] of calls) {
  const called = (await import(`${folder}/${module}.js`))[name];
  try {
    found.push(called(...(of ? [documents[of]] : []), ...given) ?? null);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    found.push({ error: error.message });
  }
}
console.log(JSON.stringify(found));
"""


class LiveCalls:
    """Calls of JavaScript functions, with what is expected of each."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {}
        self.calls: list[list[Any]] = []
        self.expected: list[Any] = []

    def add(self, function: str, expected: Any, document: str, *given: Any) -> None:
        """Add a call of ``module.function``, with a document first unless it is empty."""
        self.calls.append([*function.split("."), document, *given])
        self.expected.append(expected)

    def run(self, node: str) -> list[tuple[list[Any], Any, Any]]:
        """Return what was called, what was expected, and what JavaScript says."""
        given = {"folder": FOLDER.as_uri(), "documents": self.documents, "calls": self.calls}
        found = in_node(node, SCRIPT, given)
        return list(zip(self.calls, self.expected, found, strict=True))


def in_node(node: str, script: str, given: Any) -> Any:
    """Run a module that reads JSON from stdin and writes it to stdout."""
    command = [node, "--input-type=module", "-e", script]
    text = json.dumps(given, allow_nan=False)
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
