"""Names declared over sets, where values are set and sampled: a family stands for its members."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from sim.errors import Diagnostic, ExperimentError, did_you_mean
from sim.model.naming import family_of
from sim.model.types import Family, Model

MAX_LISTED = 12
V = TypeVar("V")


def set_cells(model: Model, values: Mapping[str, V]) -> dict[str, V]:
    """Return values by cell: that of a family is that of every member without one of its own.

    Examples
    --------
    >>> import sim
    >>> model = sim.load_model("scenarios/port_strike/model.yaml")
    >>> set_cells(model, {"mediation_day": 20})
    {'mediation_day': 20}
    """
    found: dict[str, V] = {}
    for name, value in values.items():
        found |= dict.fromkeys(input_cells(model, name), value)
    return found | {name: value for name, value in values.items() if name in found}


def input_cells(model: Model, name: str) -> tuple[str, ...]:
    """Return the cells of a lever or parameter that is declared over sets; else the name itself."""
    family = model.families.get(name)
    return model.cells(name) if family and family.section in ("levers", "parameters") else (name,)


def chosen_cells(model: Model, names: Iterable[str]) -> tuple[str, ...]:
    """Return names with the cells of a family in its place."""
    return tuple(cell for name in names for cell in input_cells(model, name))


def together(model: Model, name: str) -> Family | None:
    """Return the family of a lever or parameter whose members move as one input."""
    family = model.families.get(family_of(name))
    return family if family and family.together else None


def leads(model: Model, names: Sequence[str]) -> list[int]:
    """Return of each parameter the place of the one whose quantiles it has: itself, or the first member.

    Members of a family that is declared `together` have the quantiles of the first among the names.
    """
    first: dict[str, int] = {}
    keys = [family_of(name) if together(model, name) else name for name in names]
    return [first.setdefault(key, i) for i, key in enumerate(keys)]


def leading(model: Model, names: Sequence[str]) -> tuple[str, ...]:
    """Return names without those that move as another one does."""
    led = leads(model, names)
    return tuple(name for i, name in enumerate(names) if led[i] == i)


def unknown_outcome(model: Model, name: str) -> tuple[str, str]:
    """Return what is wrong with the name of an outcome that there is not, and the cure."""
    return _as_family(model, name) or (
        f"there is no outcome '{name}'", did_you_mean(name, model.outcomes)
    )  # fmt: skip


def refuse_family(model: Model, name: str, known: Collection[str], code: str) -> None:
    """Refuse the name of a family where one of its members is needed; other names pass.

    Raises
    ------
    ExperimentError
        The name is that of a family: the error lists its members.
    """
    told = _as_family(model, name) if name not in known else None
    if told is not None:
        raise ExperimentError(Diagnostic(code, told[0], None, told[1]))


def _as_family(model: Model, name: str) -> tuple[str, str] | None:
    cells = model.cells(name)
    if cells == (name,):
        return None
    more = f" … {len(cells) - MAX_LISTED:,} more" if len(cells) > MAX_LISTED else ""
    words = f"'{name}' has {len(cells):,} members: name one of them"
    return words, f"as in {', '.join(cells[:MAX_LISTED])}{more}"
