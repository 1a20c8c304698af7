"""The values of levers and parameters as a document has them."""

from __future__ import annotations

from collections.abc import Iterable

from sim.model.sets import OWN_KEY
from sim.model.types import Value
from sim.yaml import Mapping as MappingNode
from sim.yaml import Node, Scalar, Sequence


def declared(node: MappingNode) -> Iterable[tuple[str, str, MappingNode, Value | None]]:
    """Yield section, name and entry of each lever and parameter, and the value written in it."""
    for section in ("levers", "parameters"):
        for name, entry in node.section(section).items():
            if isinstance(entry.value, MappingNode):
                yield section, name, entry.value, _own_value(entry.value, OWN_KEY[section])


def _own_value(entry: MappingNode, key: str) -> Value | None:
    """Return the value of an entry; of one with members, a value with a fraction if there is one."""
    nodes: list[Node | None] = [entry.get(key), entry.get("values")]
    for of in entry.section("members").values():
        nodes.append(of.value.get(key) if isinstance(of.value, MappingNode) else of.value)
    found: list[Value] = []
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, Scalar) and node.value is not None:
            found.append(node.value)
        elif isinstance(node, Sequence):
            nodes += node.items
        elif isinstance(node, MappingNode):
            nodes += [of.value for of in node.entries.values()]
    return next((v for v in found if isinstance(v, float)), found[0] if found else None)


def without_range(entry: MappingNode, given: set[str]) -> set[str]:
    """Return the keys that go with the range of a fact which a scenario replaces by a value of its own."""
    ours = {"fact", "range"} & {*entry.entries, *given}
    return {"shape", "bounds"} - given if ours == {"fact"} and "fact" not in given else set()
