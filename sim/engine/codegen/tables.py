"""Tables in the generated source: how they are read, and what happens at their points."""

from __future__ import annotations

from sim.engine.codegen.errors import ErrorTemplate
from sim.engine.codegen.writer import Writer
from sim.language.expressions import Expression, express
from sim.language.lookups import slope
from sim.language.render import Renderer
from sim.language.terms import Lookup
from sim.model.calendar_tables import calendar_table
from sim.model.types import Model, Table


def code_name(table: str) -> str:
    """Return the name of a table in the source; no name of a model has two underscores in a row."""
    return table.replace(":", "calendar__").replace(" ", "_")


def turn_slot(table: str) -> str:
    """Return the slot of the state that has the time of the next point of a table."""
    return f"{code_name(table)}__turn"


def _register(writer: Writer, model: Model, name: str) -> Table:
    """Return a table of the model or of its calendar, whose points the program has from now on."""
    table = calendar_table(model.clock, name) if name[0] == ":" else model.tables[name]
    return writer.tables.setdefault(code_name(name), table)


def look(writer: Writer, model: Model, term: Lookup, argument: str) -> tuple[str, bool]:
    """Return the text that reads a table, and whether it can fail."""
    name = code_name(term.table)
    table = _register(writer, model, term.table)
    points = f"{name}__places, {name}__values"
    if term.read == "until":
        return f"until({name}__places, {argument})", False
    if term.read == "slope":
        return f"slope_of({points}, {argument})", False
    low, high = table.places[0], table.places[-1]
    covered = term.of_now and low <= 0.0 and high >= model.clock.horizon
    if table.beyond == "hold" or covered:
        return f"{_function(table)}({points}, {argument})", False
    word = term.table.lstrip(":")
    message = f"{word}(x) with x = {{value}} is beyond the table, {low:.12g} to {high:.12g}"
    help = "" if term.table[0] == ":" else "add points, or write 'beyond: hold' in the table"
    writer.errors.append(ErrorTemplate("beyond-table", message, term.span, help))
    return f"table_{name}(c, {len(writer.errors)}, {argument})", True


def _function(table: Table) -> str:
    return "line_of" if table.between == "linear" else "step_of"


def functions(writer: Writer) -> None:
    """Write the functions that set `failed` for an argument beyond their table."""
    for name, table in writer.tables.items():
        if table.beyond == "hold" or not any(f"table_{name}(" in line for line in writer.text):
            continue
        low, high = (repr(place) for place in (table.places[0], table.places[-1]))
        writer.line(0, f"def table_{name}(c: Calendar, code: int, x: float) -> float:")
        writer.line(1, f"if not ({low} <= x <= {high}):")
        writer.line(2, "arguments(c, x)")
        writer.line(2, "flag(c, code)")
        writer.end(f"{_function(table)}({name}__places, {name}__values, x)")


def ramp(writer: Writer, indent: int, of: Expression, renderer: Renderer) -> None:
    """Write the computation of the slope of an expression that follows a line."""
    term = slope(of.term, writer.moving, of.span)
    writer.assign(indent, "slope", express(of.text, of.span, term), renderer, "its slope")


def first_turn(writer: Writer, model: Model, tables: list[str]) -> None:
    """Write the times of the first points after the start, if something follows tables."""
    for table in tables:
        next_turn(writer, 1, model, table, "0.0")
    if tables:
        set_turn(writer, tables)


def next_turn(writer: Writer, indent: int, model: Model, table: str, now: str) -> None:
    """Write the time of the next point of a table."""
    _register(writer, model, table)
    writer.line(indent, f"s.{turn_slot(table)} = next_of({code_name(table)}__places, {now})")


def set_turn(writer: Writer, tables: list[str]) -> None:
    """Write the call that sets when the next point of any table comes."""
    writer.line(1, f"time = s.{turn_slot(tables[0])}")
    for table in tables[1:]:
        writer.line(1, f"time = minimum(time, s.{turn_slot(table)})")
    writer.line(1, "set_turn(c, time)")


def constants(writer: Writer) -> dict[str, tuple[float, ...]]:
    """Return the constants of the source: the places and the values of each table."""
    found = {}
    for name, table in writer.tables.items():
        found[f"{name}__places"], found[f"{name}__values"] = table.places, table.values
    return found
