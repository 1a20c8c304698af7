"""The sites of draws in the generated source: a number each, or a table for the members of sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sim.errors import Diagnostic, ModelError, Span
from sim.language.render import flat_place, local
from sim.language.terms import Type
from sim.model.event_types import Index
from sim.model.naming import cell_name, cells_over, combinations
from sim.numerics.draws import site_hash

#: Ends the names in the second copy of a model beside a first; a model's own have no two underscores
#: in a row. Both copies have the same luck.
TWIN = "__twin"
#: Prefix of the tables of constants that a source defines.
TABLE = "TABLE_"
#: Most members, or combinations of members, of one draw or one edge.
MAX_SITES = 50_000


def site_of(name: str) -> int:
    """Return the hash of a draw or an edge: that of the original for one in a copy."""
    return site_hash(name.replace(TWIN, ""))


def too_many(what: str, most: int, place: Span | None) -> ModelError:
    """Return the error of a model that is too large to generate."""
    message = f"the model is too large: {what}, at most {most:,} are allowed"
    return ModelError(Diagnostic("too-large", message, place, "use fewer members"))


class Sites:
    """Knows whose members are being written, and collects tables of constants."""

    def __init__(self) -> None:
        self.family = ""  # what is being written, where it is declared over sets
        self.over: tuple[Index, ...] = ()
        self.writing: Span | None = None  # the statement or event under way
        self.loops: tuple[tuple[str, Type], ...] = ()  # of statements, around this place
        self.lists: dict[tuple[int, ...], str] = {}  # constants of the source

    @contextmanager
    def within(self, family: str, over: tuple[Index, ...]) -> Iterator[None]:
        """Write what an entry does for each member: draws have a site for each of them."""
        before = self.family, self.over
        self.family, self.over = family, over
        yield
        self.family, self.over = before

    def site(self, name: str) -> str:
        """Return the text of a draw's site: a number, or its place in a table of all members."""
        loops = tuple(Index(variable, "", kind) for variable, kind in self.loops)
        over = (*self.over, *loops)
        if not over:
            return f"{site_of(name):#018x}"
        if (size := cells_over(over)) > MAX_SITES:
            raise too_many(f"a draw for {size:,} combinations of members", MAX_SITES, self.writing)
        rest = name.removeprefix(self.family) if self.over else name
        names = []
        for members in combinations(over):
            own, looped = members[: len(self.over)], members[len(self.over) :]
            start = cell_name(self.family, own) if self.over else ""
            names.append(start + rest + ("@" + cell_name("", looped) if looped else ""))
        table = self.table(tuple(site_of(one) for one in names))
        return f"{table}[{self.place(over)}]"

    def place(self, over: Sequence[Index]) -> str:
        """Return the text of the place of a cell, from its index variables."""
        sizes = [len(index.type.options) for index in over]
        return flat_place([local(index.variable) for index in over], sizes)

    def table(self, values: tuple[int, ...]) -> str:
        """Return the name of a table of constants in the source."""
        return self.lists.setdefault(values, f"{TABLE}{len(self.lists)}")
