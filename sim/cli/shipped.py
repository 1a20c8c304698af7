"""The verb studies: what comes with the package, and what is in one of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.options import Bom, Decimal, FormatOption, Quiet, Separator, TableFile
from sim.cli.printing import (
    Form,
    about_command,
    grid_texts,
    print_records,
    save_records,
    show_next,
)
from sim.formatting import TOY, counted
from sim.reporting.signs import plain

if TYPE_CHECKING:
    from sim.analysis.result import Grid
    from sim.study.shipped import Study


def register(app: typer.Typer) -> None:
    """Add the verb to the application."""
    app.command("studies")(show_studies)


def show_studies(
    name: Annotated[
        str | None, typer.Argument(help="The study to show; without one, all are listed.")
    ] = None,
    format: FormatOption = "table",
    output: TableFile = None,
    separator: Separator = None,
    decimal: Decimal = None,
    bom: Bom = None,
    quiet: Quiet = False,
) -> None:
    """List the studies that come with Fulcrum, or show one: its levers, outcomes, scenarios, commands.

    The name of one does wherever a verb takes a study: fulcrum compare NAME.
    """
    from sim.reporting.shipped import part_grids, part_records, study_grid, study_records
    from sim.study.shipped import shipped_studies, shipped_study

    form = Form(format, False, output, None, separator, decimal, bom)
    form.check()
    found = [shipped_study(one) for one in ([name] if name else shipped_studies())]
    records = part_records(found[0]) if name else study_records(found)
    grids = part_grids(records) if name else [study_grid(records)]
    if format == "table":
        above, below = _around_one(found[0]) if name else _around_all(found)
        print("\n\n".join([*above, *map(_laid, grids), *below]))
        if not name and not quiet:
            show_next(f"fulcrum studies {found[0].name}")
    elif format == "markdown":
        from sim.reporting.tables import grid_markdown

        print("\n\n".join(grid_markdown(grid).rstrip("\n") for grid in grids))
    else:
        print_records(records, format, form.dialect)
    save_records("Study" if name else "Studies", records, form, about_command(None))


def _around_all(studies: Sequence[Study]) -> tuple[list[str], list[str]]:
    """Return what stands above the table of all studies, and below it."""
    first = studies[0].name
    below = (
        f"{TOY}\nWhere a verb takes a study, the name of one of these will do: fulcrum compare {first}\n"
        f"To begin your own from one: fulcrum new mine --from {first}"
    )
    return [f"{counted(len(studies), 'study')} come with Fulcrum."], [_folded(below)]


def _around_one(study: Study) -> tuple[list[str], list[str]]:
    """Return what stands above the tables of a study, and below them."""
    from sim.reporting.shipped import commands_to_try, lesson_text

    docs = study.model.docs
    above = [f"{study.name}: {study.model.title}", docs.get("purpose", "")]
    misuse = docs.get("misuses", "")
    below = [
        lesson_text(study.model),
        f"What it must not be used for: {misuse}" if misuse else "",
        TOY,
    ]
    files = f"Files: {study.folder}"  # in one line, to be copied
    commands = "\n".join(["Commands to try:", *(f"  {one}" for one in commands_to_try(study))])
    return [_folded(one) for one in above if one], [
        *map(_folded, filter(None, below)),
        files,
        commands,
    ]


def _folded(text: str) -> str:
    from sim.reporting.layout import screen_width, wrapped

    lines = (" ".join(line.split()) for line in text.split("\n") if line.strip())
    return "\n".join(wrapped(plain(line), screen_width()) for line in lines)


def _laid(grid: Grid) -> str:
    from sim.reporting.layout import screen_width

    return "\n".join(grid_texts(grid, screen_width()))
