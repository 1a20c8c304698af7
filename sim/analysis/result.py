"""What every analysis returns: a table, a chart and a sentence, in one protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from sim.formatting import html_table
from sim.model.types import Outcome
from sim.statistics.estimates import Estimate

if TYPE_CHECKING:
    import pandas as pd

#: What levers and parameters are called in a chart.
Labels = Mapping[str, str] | None


class Column(NamedTuple):
    """A column of a table: its heading, whether it holds numbers, and its largest width."""

    name: str
    numeric: bool = False
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table for readers, every cell as text.

    Attributes
    ----------
    blocks
        Numbers of the rows that begin a new block.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    blocks: Sequence[int] = ()

    @property
    def head(self) -> list[str]:
        """Headings of the columns."""
        return [column.name for column in self.columns]


@runtime_checkable
class Result(Protocol):
    """What every analysis returns.

    A result is frozen. An analysis defines `table`, `grid`, `notes`, `sentence` and `chart`; the
    other methods follow from these. One whose `grid` is long defines `brief` too.

    Examples
    --------
    >>> import sim
    >>> ensemble = sim.run(sim.load("scenarios/port_strike/mediate.yaml", replications=50))
    >>> isinstance(sim.compare(ensemble), sim.Result)
    True
    """

    def table(self) -> list[dict[str, object]]:
        """Return one record per row, numbers in full precision."""

    def grid(self) -> Grid:
        """Return the table for readers, numbers with the digits that their intervals support."""

    def brief(self) -> tuple[Grid, ...]:
        """Return what a reader sees first on a screen, which cuts it by rows: by default `grid`."""
        return (self.grid(),)

    def every(self) -> tuple[Grid, ...]:
        """Return all tables of a reader who asked for everything: by default `grid`."""
        return (self.grid(),)

    @property
    def uncut(self) -> bool:
        """Whether a screen shows all rows, for they are the answer."""
        return False

    @property
    def more(self) -> str:
        """What a table that is shown whole leaves out, and how to see it; empty where nothing is."""
        return ""

    def notes(self) -> list[str]:
        """Return the lines that must stand below the table."""

    def brief_notes(self) -> list[str]:
        """Return the lines below what `brief` shows: by default `notes`."""
        return self.notes()

    def sentence(self) -> str:
        """Return the answer in a sentence or two."""

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the answer as an Altair chart.

        Parameters
        ----------
        theme : {'light', 'dark'}
            Colours.
        width : int
            Width in pixels.
        labels : mapping of str to str, optional
            What levers and parameters are called; by default their names.
        """

    @property
    def failed(self) -> int:
        """Number of replications that failed and are left out."""
        return int(getattr(self, "failures", 0))

    def to_pandas(self) -> pd.DataFrame:
        """Return `table` as a data frame."""
        import pandas as pd

        return pd.DataFrame(self.table())

    def __str__(self) -> str:
        grid = self.grid()
        lines = [[cell.replace("\n", " ") for cell in row] for row in (grid.head, *grid.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = [
            "  ".join(
                cell.rjust(width) if column.numeric else cell.ljust(width)
                for cell, width, column in zip(row, widths, grid.columns, strict=True)
            ).rstrip()
            for row in lines
        ]
        return "\n".join([self.sentence(), "", *text, "", *self.notes()])

    def _repr_html_(self) -> str:
        grid = self.grid()
        return html_table(self.sentence(), grid.head, grid.rows, self.notes())


def ends(name: str, found: Estimate | None) -> dict[str, object]:
    """Return an estimate as parts of a record: ``NAME``, ``NAME_low`` and ``NAME_high``."""
    values = (None,) * 3 if found is None else (found.mean, found.low, found.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def outcome_label(outcome: Outcome) -> str:
    """Return the label of an outcome, or its name in words."""
    return outcome.label or outcome.name.replace("_", " ")
