"""Model: its parts, the sources of its numbers, and its limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

import sim
from ui import listing, state, units
from ui.settings import resolve
from ui.study import Study
from ui.text import CAVEAT, doubt, format_value, label_of, plain, rule, sentence

#: A graph of fewer events is drawn at its own size, a larger one as wide as the page.
SMALL_GRAPH = 9
#: From so many initial values of one name on, they are not listed.
FEW_VALUES = 4


def show(study: Study) -> None:
    """Draw the page."""
    scenario = resolve(study, state.current().setting)
    model = scenario.model
    st.markdown(f"### {plain(model.title or model.name)}")
    st.markdown(f"*{plain(sim.formatting.TOY)}* {CAVEAT}")
    counts = {
        "levers": _names(model.levers), "facts and assumptions": _names(model.parameters),
        "state variables": _names(model.state), "events": _names(model.events),
        "outcomes": _names(model.outcomes),
    }  # fmt: skip
    st.caption(" · ".join(f"{n} {what}" for what, n in counts.items()))
    units.show(model)
    tabs = st.tabs(
        ["Events", "Evidence", "Levers", "Outcomes", "State", "Words", "Card and limits"],
        key="about_tabs", on_change="rerun",
    )  # fmt: skip
    parts = (_events, _evidence, _levers, _outcomes, _state, _words)
    for tab, part in zip(tabs, parts, strict=False):
        if tab.open:
            with tab:
                part(model)
    if tabs[-1].open:
        with tabs[-1]:
            _card(study, model)


def _names(entries: Iterable[str]) -> int:
    """Return how many names there are; one that is declared over sets is one."""
    return len({name.partition("[")[0] for name in entries})


def _events(model: sim.Model) -> None:
    groups = list(dict.fromkeys(event.group or "Events" for event in model.events.values()))
    st.caption(
        "Arrow: the first event can schedule the second. Dashed: the first cancels the second. "
        "Box: at a set time or at regular intervals. Ellipse: at random. Diamond: when a condition "
        "becomes true. Rounded: only after another event. Events without an arrow are in the table alone."
    )
    chosen = st.multiselect(
        "Groups",
        groups,
        default=groups if len(model.events) < 30 else groups[:3],
        key="about_groups",
    )
    text = dot(model, chosen, st.context.theme.type == "dark")
    if text:
        small = text.count("[label=") < SMALL_GRAPH
        with st.container(key="graph_small" if small else "graph_wide"):
            st.graphviz_chart(text, width="content" if small else "stretch")
        if not small:
            with st.container(key="phone_graph"):
                st.caption(
                    "The graph is wide: move it sideways, or read the same in the list below."
                )
    records = [
        {
            "Event": (event.label or name.replace("_", " ")) + _each(model, name),
            "Group": event.group,
            "Trigger": rule(model, name),
            "Text": event.tell,
        }
        for name, event in model.events.items()
    ]
    ids = [f"event-{name}" for name in model.events]
    listing.show(records, "events", code=["Trigger"], ids=ids)


def dot(model: sim.Model, groups: list[str], dark: bool) -> str:
    """Return the event graph of some groups: their events that lead to others or come from them."""
    ink, muted, page = (
        ("#E8E6E1", "#9AA4AE", "#12161B") if dark else ("#1B1F24", "#57606A", "#FBFAF7")
    )
    inside = {n for n, e in model.events.items() if (e.group or "Events") in groups}
    edges = []
    for name, event in model.events.items():
        for edge in event.then:
            if name in inside or edge.event in inside:
                style = "solid" if hasattr(edge, "after") else "dashed"
                edges.append((name, edge.event, style, ", ".join(edge.notes)))
    names = {end for a, b, *_ in edges for end in (a, b)}
    if not names:
        return ""
    shapes = {"at": "box", "every": "box", "when": "diamond", "rate": "ellipse", "none": "box"}
    lines = [
        "digraph {",
        f'  bgcolor="{page}"; rankdir=LR; nodesep=0.2; ranksep=0.5;',
        f'  node [fontname="Helvetica" fontsize=11 color="{muted}" fontcolor="{ink}"];',
        f'  edge [color="{muted}" arrowsize=0.7];',
    ]
    for name in (n for n in model.events if n in names):
        event = model.events[name]
        rounded = " style=rounded" if event.trigger == "none" else ""
        label = _quoted(event.label or name.replace("_", " "))
        place = _quoted(f"#event-{name}")
        shape = f"shape={shapes[event.trigger]}{rounded}"
        lines.append(f"  e_{name} [label={label} {shape} URL={place}];")
    for a, b, style, notes in edges:
        label = f" label={_quoted(notes)} fontsize=9" if notes else ""
        lines.append(f"  e_{a} -> e_{b} [style={style}{label}];")
    return "\n".join([*lines, "}"])


def _each(model: sim.Model, name: str) -> str:
    """Return for the members of which sets something is there, in words."""
    sets = [index.set.replace("_", " ") for index in model.over(name)]
    return f", for each {' and '.join(sets)}" if sets else ""


def _quoted(text: str) -> str:
    safe = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{safe}"'


def _evidence(model: sim.Model) -> None:
    kinds = ["fact", "assumption", "counterfactual"]
    count = {kind: sum(p.kind == kind for p in model.parameters.values()) for kind in kinds}
    counted = " · ".join(f"{n} {kind}{'s' if n != 1 else ''}" for kind, n in count.items())
    unread = sum(p.kind == "fact" and bool(doubt(p)) for p in model.parameters.values())
    checked = f": {count['fact'] - unread} facts were checked at their source, {unread} were not"
    st.caption(counted + (checked if count["fact"] else ""))
    records = [
        {
            "What": label_of(p),
            "Kind": f"{p.kind}, unverified" if p.kind == "fact" and doubt(p) else p.kind,
            "Value": format_value(p.value),
            "Range": _span(p) if p.uncertain else "",
            "Unit": p.unit,
            "Source": p.fact.source if p.fact else p.why,
            "Stated by": p.fact.said_by if p.fact else "",
            "Date": p.fact.date if p.fact else "",
            "Checked": p.fact.status if p.fact else "",
            "Note": p.fact.note if p.fact else "",
            "Link": p.fact.url if p.fact and p.fact.url.startswith("http") else None,
        }
        for p in model.parameters.values()
    ]
    if not records:
        st.caption("This model has no parameters.")
        return
    listing.show(records, "evidence")


def _span(entry: sim.model.Lever | sim.model.Parameter) -> str:
    """Return the options or the range of an entry; nothing where it has neither."""
    ends = [format_value(end) for end in (entry.low, entry.high) if end is not None]
    return ", ".join(map(format_value, entry.type.options)) or " to ".join(ends)


def _levers(model: sim.Model) -> None:
    records = [
        {
            "Lever": label_of(lever),
            "Group": lever.group,
            "Default": format_value(lever.default),
            "Range": _span(lever),
            "Unit": lever.unit,
            "What it does and leaves out": lever.help,
            "Source": lever.fact.source if lever.fact else "",
        }
        for lever in model.levers.values()
    ]
    listing.show(records, "levers")


def _outcomes(model: sim.Model) -> None:
    records = [
        {
            "Outcome": label_of(outcome),
            "Group": outcome.group,
            "How it is measured": outcome.measure,
            "Unit": outcome.unit,
            "Goal": outcome.goal,
            "Note": outcome.help,
        }
        for outcome in model.outcomes.values()
    ]
    listing.show(records, "outcomes")


def _state(model: sim.Model) -> None:
    records = []
    states = dict.fromkeys(name.partition("[")[0] for name in model.state)
    for name in (*states, *model.derived):
        label, unit = sim.charts.series_label(model, name)
        firsts = {_initial(model.state[cell]) for cell in model.cells(name) if cell in model.state}
        first = " … ".join(sorted(firsts)) if len(firsts) < FEW_VALUES else "differs"
        formula = "" if name in states else model.derived[name].formula.text
        records.append(
            {
                "What": label + _each(model, name),
                "Name": name,
                "Initial value": first,
                "Formula": formula,
                "Unit": unit,
            }
        )
    listing.show(records, "state", code=["Name", "Formula"])


def _words(model: sim.Model) -> None:
    """What the words of the model and of the page mean."""
    for term in sim.reporting.glossary_terms(model):
        st.markdown(f"**{plain(sentence(term.term))}**  \n{plain(term.text)}")


def _initial(entry: Any) -> str:
    first = entry.initial
    return str(first if isinstance(first, str | int | float) else first.text)


def _card(study: Study, model: sim.Model) -> None:
    file = next((f for n, f in study.files.items() if study.is_model(n)), None)
    try:
        card = sim.reporting.model_card(file) if file is not None else None
    except sim.SimError as error:
        st.code(str(error), language=None)
        return
    st.markdown(
        "**Limits.** The numbers show what follows from the rules of this model, not what will "
        "happen. Bands show chance and the ranges of assumptions inside the model. Anything the model "
        "leaves out cannot appear in its results."
    )
    for name, text in model.docs.items():
        st.markdown(f"**{plain(sentence(name.replace('_', ' ')))}**")
        st.text(text)
    if card is not None:
        st.download_button(
            "Model card (Markdown)", card.text, f"{model.name}_card.md", key="card",
            on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        with st.expander("Full card as text"):
            st.code(card.text, language="markdown", wrap_lines=True, height=500)
