"""The catalogue of diagnostic codes: what each means, an example that produces it, and the cure."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sim.yaml import read_file, to_data

CATALOGUE = Path(__file__).with_name("diagnostics.yaml")


@dataclass(frozen=True, slots=True)
class Explanation:
    """One diagnostic code, as `fulcrum explain` and the reference show it.

    `yaml` is the content of ``example.yaml``; `needs` says why the example is not run by a test.
    """

    code: str
    group: str
    meaning: str
    cure: str
    yaml: str = ""
    command: str = ""
    python: str = ""
    needs: str = ""

    @property
    def summary(self) -> str:
        """The first sentence of the meaning."""
        return self.meaning.partition(". ")[0].removesuffix(".") + "."

    @property
    def commands(self) -> str:
        """The command lines that produce the code, if the example is not Python."""
        return self.command or (
            "fulcrum check example.yaml" if self.yaml and not self.python else ""
        )

    def markdown(self) -> str:
        """Return meaning, example and cure as Markdown."""
        shown = [("yaml", self.yaml), ("python", self.python), ("sh", self.commands)]
        parts = [self.meaning]
        if self.yaml or self.python or self.commands:
            parts.append("**Example**" + (", which needs " + self.needs if self.needs else ""))
        parts += [f"```{kind}\n{text.strip()}\n```" for kind, text in shown if text]
        if len(parts) == 1:
            parts.append(f"**Example**: none, because it needs {self.needs}.")
        parts.append(f"**Cure**: {self.cure}")
        wrapped = (p if p.startswith("```") else textwrap.fill(p, 100) for p in parts)
        return "\n\n".join(wrapped)


@cache
def explanations() -> dict[str, Explanation]:
    """Return all entries of the catalogue by code, in its order."""
    groups: Any = to_data(read_file(CATALOGUE))
    return {
        code: Explanation(code, group, **entry)
        for group, entries in groups.items()
        for code, entry in entries.items()
    }
