"""The event graph as Mermaid text, which many readers of Markdown draw."""

from __future__ import annotations

from sim.model.types import Cancel, Edge, Model

#: The brackets that give a node its shape, by what brings the event about.
SHAPES = {
    "at": ("[/", "/]"), "every": ("{{", "}}"), "when": ("{", "}"), "rate": ("(", ")"),
    "none": ("[", "]"),
}  # fmt: skip


def mermaid(model: Model) -> str:
    """Return the event graph, grouped as the model groups its events, or nothing without events."""
    if not model.events:
        return ""
    groups: dict[str, list[str]] = {}
    for name, event in model.events.items():
        left, right = SHAPES[event.trigger]
        label = (event.label or name.replace("_", " ")).replace('"', "'")
        groups.setdefault(event.group, []).append(f'e_{name}{left}"{label}"{right}')
    lines = ["```mermaid", "flowchart LR"]
    for number, (group, nodes) in enumerate(groups.items()):
        if not group:
            lines += [f"  {node}" for node in nodes]
            continue
        lines.append(f'  subgraph g{number}["{group}"]')
        lines += [f"    {node}" for node in nodes]
        lines.append("  end")
    edges = [
        f"  e_{name} {_arrow(edge)} e_{edge.event}"
        for name, event in model.events.items()
        for edge in event.then
    ]
    return "\n".join([*lines, *dict.fromkeys(edges), "```"])


def _arrow(edge: Edge) -> str:
    line = "-.->" if isinstance(edge, Cancel) else "-->"
    return line if edge.condition is None else f"{line}|if|"
