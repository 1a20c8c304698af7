"""Names declared over sets in tables: one row for all members, with the range of their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from sim.formatting import value_text
from sim.language.expressions import Expression
from sim.language.terms import Reference, Term, Type
from sim.model.event_types import Index
from sim.model.naming import family_of
from sim.model.types import Entry, Model, Value

MAX_LISTED = 8
T = TypeVar("T", bound=Entry)


def grouped(model: Model, entries: Mapping[str, T]) -> list[tuple[T, list[T]]]:
    """Return each entry with its members; of one that is declared over sets the whole entry comes first."""
    found: dict[str, tuple[T, list[T]]] = {}
    for name, entry in entries.items():
        family = model.families.get(family_of(name)) if "[" in name else None
        key = family.name if family else name
        whole: T = family.base if family else entry  # type: ignore[assignment]
        found.setdefault(key, (whole, []))[1].append(entry)
    return list(found.values())


def values_text(values: Iterable[Value | Expression]) -> str:
    """Return the values of all members in words: one, a range or a list."""
    listed = list(dict.fromkeys(v.text if isinstance(v, Expression) else v for v in values))
    if len(listed) == 1:
        return value_text(listed[0])
    if all(isinstance(v, float | int) and not isinstance(v, bool) for v in listed):
        return f"{value_text(min(listed))} to {value_text(max(listed))}"
    more = " …" if len(listed) > MAX_LISTED else ""
    return ", ".join(map(value_text, listed[:MAX_LISTED])) + more


def over_text(over: Sequence[Index]) -> str:
    """Return over how many members something is declared, as ``× 12 region``; nothing if over none."""
    return " ".join(f"× {len(index.type.options)} {index.set}" for index in over)


def members_text(kind: Type) -> str:
    """Return the members of a set, not all of many."""
    more = f" … {kind.options[-1]}" if len(kind.options) > MAX_LISTED else ""
    return ", ".join(kind.options[: MAX_LISTED if more else None]) + more


def indexed_name(name: str, index: Sequence[Term]) -> str:
    """Return the name of an event with the members that an edge names, as ``recovery[r]``."""
    words = []
    for one in index:
        if isinstance(one, Reference):
            words.append(one.name)
        elif hasattr(one, "value") and one.type.options:
            words.append(one.type.options[int(one.value)])
        else:
            words.append("…")
    return f"{name}[{', '.join(words)}]" if words else name
