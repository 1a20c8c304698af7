"""How a table for readers fits a screen: what is narrowed, broken into lines, or told in a further table."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from sim.analysis.result import Column, Grid
from sim.reporting.signs import plain

#: Columns of what is no terminal and where COLUMNS does not say, and the least and the most that are used.
USUAL, LEAST, MOST = 100, 40, 140
#: Between two columns, as ``│`` with a blank on each side.
GAP = 3
#: A column of words is not made narrower than this for its longest word: that is folded.
WORD = 22


@dataclass(frozen=True, slots=True)
class Laid:
    """A table with the width of each of its columns."""

    grid: Grid
    widths: tuple[int, ...]

    def height(self, row: Sequence[str]) -> int:
        """Return the lines that a row takes."""
        return max(
            sum(max(1, len(_wrapped(line, width))) for line in cell.split("\n"))
            for cell, width in zip(row, self.widths, strict=True)
        )


def screen_width() -> int:
    """Return how many columns stdout has: those of a terminal or of COLUMNS, else 100."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdecimal():
        return max(LEAST, min(MOST, shutil.get_terminal_size((USUAL, 24)).columns))
    return USUAL


def lay_out(grid: Grid, width: int) -> list[Laid]:
    """Return a table as one or more that are no wider than `width`, with every cell whole.

    Columns of words are narrowed first; then intervals go below their numbers; then the columns that
    are still too many stand in further tables, each with the leading column again.
    """
    grid = _plain(grid)
    for form in (grid, _broken(grid)):
        widths = _widths(form, width)
        if widths is not None:
            return [Laid(form, widths)]
    return _split(_broken(grid), width)


def cut(laid: Sequence[Laid], lines: int) -> int:
    """Return how many rows fit a number of lines, over all tables; all of them where all do."""
    count, left = len(laid[0].grid.rows), lines
    for number in range(count):
        # An answer with one line more than fits is shown whole rather than with a last line about it.
        left -= sum(one.height(one.grid.rows[number]) for one in laid)
        left -= sum(bool(number) and number in one.grid.blocks for one in laid)
        if left < 0:
            return max(1, number)
    return count


def first_rows(grid: Grid, count: int) -> Grid:
    """Return a table with its first rows only."""
    return replace(grid, rows=grid.rows[:count], blocks=[b for b in grid.blocks if b < count])


def table_of(laid: Laid) -> Table:
    """Return a table as Rich prints it."""
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for column, width in zip(laid.grid.columns, laid.widths, strict=True):
        table.add_column(
            Text(column.name), justify="right" if column.numeric else "left", overflow="fold",
            width=width,
        )  # fmt: skip
    for i, row in enumerate(laid.grid.rows):
        if i and i in laid.grid.blocks:
            table.add_section()
        table.add_row(*map(Text, row))
    return table


def wrapped(text: str, width: int, indent: str = "") -> str:
    """Return a text in lines of a width; those after the first begin with `indent`."""
    lines = [
        part for line in text.split("\n") for part in _wrapped(line, width - len(indent)) or [""]
    ]
    return f"\n{indent}".join(lines)


def wrapped_command(text: str, width: int, lead: str = "") -> str:
    """Return a command in lines that a shell reads as one."""
    end, indent = (" ^" if os.name == "nt" else " \\"), "    "
    lines = [lead]
    for word in text.split(" "):
        line = f"{lines[-1]} {word}" if lines[-1] != lead else f"{lead}{word}"
        if cell_len(line) > width - len(end) and lines[-1] != lead:
            lines += [indent + word]
        else:
            lines[-1] = line
    return f"{end}\n".join(lines)


def _wrapped(line: str, width: int) -> list[str]:
    """Return a line of text in lines of a width, broken between words, or in a word that is longer."""
    out: list[str] = []
    for word in line.split():
        if out and cell_len(out[-1]) + 1 + cell_len(word) <= width:
            out[-1] += f" {word}"
            continue
        while cell_len(word) > width:
            room = width
            while cell_len(word[:room]) > width:
                room -= 1
            out.append(word[: max(1, room)])
            word = word[max(1, room) :]
        if word:
            out.append(word)
    return out


def _plain(grid: Grid) -> Grid:
    columns = [column._replace(name=plain(column.name)) for column in grid.columns]
    return replace(grid, columns=columns, rows=[[plain(cell) for cell in row] for row in grid.rows])


def _broken(grid: Grid) -> Grid:
    """Return a table whose numbers have their intervals below them."""
    rows = [
        [
            re.sub(r" (?=\[|· n=|- n=)", "\n", cell) if column.numeric else cell
            for column, cell in zip(grid.columns, row, strict=True)
        ]
        for row in grid.rows
    ]
    return replace(grid, rows=rows)


def _widths(grid: Grid, width: int) -> tuple[int, ...] | None:
    """Return the widths of the columns; None where they cannot be narrow enough."""
    natural, least = [], []
    for i, column in enumerate(grid.columns):
        cells = [row[i] for row in grid.rows]
        lines = [cell_len(line) for cell in (column.name, *cells) for line in cell.split("\n")]
        head = max((cell_len(word) for word in column.name.split()), default=0)
        numbers = [cell_len(line) for cell in cells for line in cell.split("\n")]
        words = [cell_len(word) for cell in cells for word in cell.split()]
        kept = max(numbers, default=0) if column.numeric else min(WORD, max(words, default=0))
        natural.append(max(1, min(max(lines, default=1), column.width or 10**6)))
        least.append(max(1, min(natural[-1], max(head, kept))))
    excess = sum(natural) + GAP * (len(natural) - 1) - width
    while excess > 0:
        room = [(now, -i) for i, now in enumerate(natural) if now > least[i]]
        if not room:
            return None
        natural[-max(room)[1]] -= 1
        excess -= 1
    return tuple(natural)


def _split(grid: Grid, width: int) -> list[Laid]:
    """Return the columns of a table in several tables, each with the leading columns again."""
    numbers = [i for i, column in enumerate(grid.columns) if column.numeric]
    leading = list(range(min(numbers[0] if numbers else 1, 2) or 1))
    found: list[Laid] = []
    here: list[int] = []
    for i in range(len(leading), len(grid.columns)):
        wider = _of(grid, [*leading, *here, i])
        if here and _widths(wider, width) is None:
            found.append(_forced(_of(grid, [*leading, *here]), width))
            here = []
        here.append(i)
    return [*found, _forced(_of(grid, [*leading, *here]), width)]


def _of(grid: Grid, places: Sequence[int]) -> Grid:
    columns: list[Column] = [grid.columns[i] for i in places]
    return replace(grid, columns=columns, rows=[[row[i] for i in places] for row in grid.rows])


def _forced(grid: Grid, width: int) -> Laid:
    """Return a table no wider than asked, words and numbers folded where nothing else helps."""
    widths = _widths(grid, width)
    if widths is None:
        each = max(1, (width - GAP * (len(grid.columns) - 1)) // len(grid.columns))
        widths = (each,) * len(grid.columns)
    return Laid(grid, widths)
