"""The functions and samples of a model in the generated source: one function for each that is used.

A function gets the uniforms of its draws from its caller, so their sites are those of the call; and
the number of the first of its errors, so that a message says where it was called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sim.engine.codegen.errors import ErrorTemplate, failed_call
from sim.errors import Span
from sim.language.render import Renderer, local
from sim.language.terms import Apply, Definition, Sample

#: No name of a model has two underscores in a row.
FUNCTION, SAMPLE, CODE, UNIFORM = "function__", "sample__", "code__", "u__"


@dataclass
class _Written:
    name: str
    text: str = ""
    draws: int = 0
    errors: list[ErrorTemplate] = field(default_factory=list)


class Functions:
    """Writes the functions and samples that a source uses.

    Parameters
    ----------
    test_result
        Returns the name of the function that calls a function and tests its result.
    """

    def __init__(self, test_result: Callable[[str, str], str]) -> None:
        self.test_result = test_result
        self.definitions: dict[Definition, _Written] = {}
        self.samples: dict[Sample, str] = {}

    def call(
        self, term: Apply, draw: Callable[[], str], arguments: list[str], code: str
    ) -> tuple[str, list[ErrorTemplate]]:
        """Return the text of a call, and the meaning of its errors from `code` on."""
        name, span = term.definition.name, term.span
        written = self.definitions.get(term.definition) or self._function(term.definition)
        called = f"'{name}' is called in {span.file}, line {span.line}, column {span.column}"
        errors = [
            replace(e, help=f"{e.help}; {called}" if e.help else called) for e in written.errors
        ]
        given = ["c", code, *(draw() for _ in range(written.draws)), *arguments]
        return f"{written.name}({', '.join(given)})", errors

    def _function(self, definition: Definition) -> _Written:
        named = sum(known.name == definition.name for known in self.definitions)
        written = _Written(f"{FUNCTION}{definition.name}" + f"__{named}" * bool(named))

        def draw() -> str:
            written.draws += 1
            return f"{UNIFORM}{written.draws - 1}"

        def check(target: str, function: str, span: Span) -> str:
            written.errors.append(failed_call(function, span))
            return f"{self.test_result(target, function)}(c, {CODE} + {len(written.errors) - 1}"

        def apply(term: Apply, draw: Callable[[], str], arguments: list[str]) -> tuple[str, bool]:
            code = f"{CODE} + {len(written.errors)}"
            text, errors = self.call(term, draw, arguments, code)
            written.errors += errors
            return text, bool(errors)

        renderer = Renderer(draw, check, {}, apply=apply, pick=self.pick)
        written.text = renderer.finite(definition.body)
        self.definitions[definition] = written
        return written

    def pick(self, sample: Sample, uniform: str) -> str:
        """Return the text of a draw from a sample."""
        named = sum(known.name == sample.name for known in self.samples)
        name = f"{SAMPLE}{sample.name}" + f"__{named}" * bool(named)
        name = self.samples.setdefault(sample, name)
        return f"step_of({name}__places, {name}__values, {uniform})"

    def constants(self) -> dict[str, tuple[float, ...]]:
        """Return the constants of the source: places and values of each sample."""
        found = {}
        for sample, name in self.samples.items():
            found[f"{name}__places"], found[f"{name}__values"] = sample.places, sample.values
        return found

    def write(self, line: Callable[..., None]) -> None:
        """Write all that was used."""
        for definition, written in self.definitions.items():
            uniforms = [f"{UNIFORM}{i}" for i in range(written.draws)]
            takes = "".join(
                f", {name}: float" for name in [*uniforms, *map(local, definition.takes)]
            )
            head = f"def {written.name}(c: Calendar, {CODE}: int{takes}) -> float:"
            line(0, head, definition.span)
            line(1, f"return {written.text}", definition.span)
            line(0, "")
