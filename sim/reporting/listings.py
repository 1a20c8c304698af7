"""Tables of a model's parts in Markdown, and its event graph as Mermaid text, for its card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sim.analysis.evidence import Evidence
from sim.formatting import counted, direction, value_text
from sim.language.expressions import Expression
from sim.model.dates import setting_text
from sim.model.event_types import Cancel, Edge, Event
from sim.model.facts import Fact
from sim.model.members import grouped, indexed_name, members_text, over_text, values_text
from sim.model.types import Lever, Model, Outcome, Table, Value
from sim.reporting.tables import markdown_table
from sim.study.experiment import Experiment
from sim.study.scenario import Scenario
from sim.study.targets import TargetSet


def prose(text: str) -> str:
    """Return an author's text with what Markdown would take for markup taken literally."""
    out = text.strip()
    for sign in ("\\", "*", "<", "$", "`", "[", "]"):
        out = out.replace(sign, "\\" + sign)
    return out


def code(text: str) -> str:
    """Return a name or formula as code, or nothing."""
    text = " ".join(text.split())
    return f"`{text}`" if text else ""


def _named(model: Model, name: str) -> str:
    """Return a name as code, and over what it is declared."""
    return f"{code(name)} {over_text(model.over(name))}".strip()


def _written(value: Value | Expression) -> str:
    return code(value.text) if isinstance(value, Expression) else value_text(value)


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{value_text(low)} to {value_text(high)}"


def _ends(model: Model, lever: Lever) -> str:
    if lever.low is None or lever.high is None:
        return ""
    low, high = (setting_text(model, lever.name, end) for end in (lever.low, lever.high))
    return f"{low} to {high}"


def _table(lines: Iterable[Mapping[str, str]]) -> str:
    """Return records as a table without the columns that nobody fills."""
    records = list(lines)
    filled = [name for name in (records[0] if records else ()) if any(r[name] for r in records)]
    return markdown_table(filled, ((record[name] for name in filled) for record in records))


def unlabelled(model: Model) -> list[str]:
    """Return the parts of a model that a reader would find without words."""
    found = [
        f"lever '{x.name}': no help" for x, _ in grouped(model, model.levers) if not x.help.strip()
    ]
    for kind, parts in (
        ("lever", [x for x, _ in grouped(model, model.levers)]),
        ("parameter", [x for x, _ in grouped(model, model.parameters)]),
        ("event", [*model.events.values()]),
        ("outcome", [x for x, _ in grouped(model, model.outcomes)]),
    ):
        found += [f"{kind} '{part.name}': no label" for part in parts if not part.label.strip()]
    return found


def outcomes(model: Model) -> str:
    """Return the outcomes."""
    return _table(
        {
            "Outcome": prose(o.label),
            "Name": _named(model, o.name),
            "Is": _measure(o),
            "Unit": prose(o.unit),
            "Goal": direction(o.goal),
        }
        for o, _ in grouped(model, model.outcomes)
    )


def _measure(outcome: Outcome) -> str:
    text = code(outcome.of if isinstance(outcome.of, str) else outcome.of.text)
    return text if outcome.statistic == "of" else f"{outcome.statistic} of {text}"


def events(model: Model) -> str:
    """Return the events with what brings them about and what they schedule."""
    return _table(
        {
            "Event": prose(e.label or e.name.replace("_", " ")),
            "Name": _named(model, e.name),
            "Comes": _trigger(e),
            "Takes": code(", ".join(f"{a.name} = {value_text(a.value)}" for a in e.takes)),
            "If": code(e.guard.text) if e.guard else "",
            "Then": "; ".join(_edge(edge) for edge in e.then),
        }
        for e in model.events.values()
    )


def _trigger(event: Event) -> str:
    if event.trigger == "none":
        return "if scheduled"
    words = {"rate": "with hazard", "every": "every", "at": "at", "when": "when"}
    return f"{words[event.trigger]} {code(event.trigger_text)}"


def _edge(edge: Edge) -> str:
    text = ("cancels " if isinstance(edge, Cancel) else "") + code(
        indexed_name(edge.event, edge.index)
    )
    if not isinstance(edge, Cancel) and edge.after is not None:
        text += f" after {code(edge.after.text)}"
    if isinstance(edge, Cancel):
        text += f" where {code(edge.where.text)}" if edge.where else ""
    elif edge.given:
        text += f" with {code(', '.join(edge.notes))}"
    return text + (f" if {code(edge.condition.text)}" if edge.condition else "")


def scenarios(found: Sequence[Scenario]) -> str:
    """Return the scenarios with what each changes."""
    return _table(
        {
            "Scenario": code(s.name),
            "Title": prose(s.title),
            "Changes": "; ".join(
                code(f"{c.name} = {value_text(c.after)}")  # type: ignore[arg-type]
                if c.section in ("levers", "parameters")
                else f"{c.section}: {code(c.name)}"
                for c in s.changes()
            ),
        }
        for s in found
    )


def formulas(model: Model) -> str:
    """Return the quantities that formulas define."""
    if not model.derived:
        return "None."
    return _table(
        {
            "Quantity": _named(model, d.name),
            "Label": prose(d.label),
            "Unit": prose(d.unit),
            "Formula": code(d.formula.text),
        }
        for d in model.derived.values()
    )


def state(model: Model) -> str:
    """Return the state with its initial values."""
    return _table(
        {
            "State": _named(model, x.name),
            "Label": prose(x.label),
            "Initial value": _written(members[0].initial)
            if len(members) == 1
            else code(values_text(m.initial for m in members)),
            "Range": ", ".join(x.type.options) if x.type.options else _range(x.low, x.high),
            "Unit": prose(x.unit),
        }
        for x, members in grouped(model, model.state)
    )


def _of_fact(fact: Fact) -> str:
    return counted(len(fact.series), "point") if fact.series else value_text(fact.value)


def facts(used: Sequence[Fact], later: int) -> str:
    """Return the facts that feed the model; `later` ones only serve its backtest."""
    table = _table(
        {
            "Fact": code(f.name), "Says": prose(f.label), "Value": _of_fact(f),
            "Range": _range(f.low, f.high), "Unit": prose(f.unit), "Date": f.date,
            "Status": f.status, "Source": prose(f.source), "Note": prose(f.note),
        }
        for f in used
    )  # fmt: skip
    words = f"{later} further facts became known only later; they serve the backtest and feed no default."
    return table + (f"\n{words}\n" if later else "") if used or later else "No facts are used."


def tables(model: Model) -> str:
    """Return the tables; nothing without any."""
    found = [
        {
            "Table": code(x.name), "Label": prose(x.label), "Points": f"{len(x.places):,}",
            "From": _place(model, x, 0), "To": _place(model, x, -1), "Between": x.between,
            "Beyond": x.beyond, "Unit": prose(x.unit), "File": code(x.file),
            "Status": x.status if x.source else "",
            "Fact, source or reason": code(x.fact.name) if x.fact else prose(x.source or x.why),
        }
        for x in model.tables.values()
    ]  # fmt: skip
    return _table(found) if found else ""


def _place(model: Model, table: Table, number: int) -> str:
    """Return a place of a table: a number, or the date that was written."""
    place = table.places[number]
    date = model.clock.date(place) if table.dated else None
    return value_text(place) if date is None else date.isoformat()


def levers(model: Model) -> str:
    """Return the levers."""
    return _table(
        {
            "Lever": prose(x.label), "Name": _named(model, x.name),
            "Default": setting_text(model, x.name, x.default)
            if len(members) == 1
            else values_text(member.default for member in members),
            "May be": ", ".join(x.type.options) if x.type.options else _ends(model, x),
            "Unit": prose(x.unit), "Meaning": prose(x.help),
        }
        for x, members in grouped(model, model.levers)
    )  # fmt: skip


def forms(evidence: Evidence) -> str:
    """Return the structural assumptions with their forms, under a heading."""
    return "#### Structural assumptions\n\n" + _table(
        {"Form of the model": prose(g.label) or code(g.name), "Assumed": code(str(g.value)),
         "May be": g.spread or ", ".join(map(code, g.options)), "Reason": prose(g.ground)}
        for g in evidence.structural
    )  # fmt: skip


def grounds(model: Model, evidence: Evidence) -> str:
    """Return the parameters with what each rests on, beside `forms`."""
    cells = {ground.name: ground for ground in evidence.parameters}
    rows = []
    entries = {n: p for n, p in model.parameters.items() if not cells[n].structural}
    for whole, members in grouped(model, entries):
        own = [cells[member.name] for member in members]
        g = own[0]
        low = min((g.low for g in own if g.low is not None), default=None)
        high = max((g.high for g in own if g.high is not None), default=None)
        rows.append(
            {
                "Parameter": _named(model, whole.name), "Label": prose(whole.label),
                "Value": values_text(g.value for g in own),
                "Range": g.spread or ", ".join(g.options) or _range(low, high), "Unit": prose(g.unit),
                "Kind": "; ".join(
                    dict.fromkeys(", ".join(w for w in (g.kind, g.status) if w) for g in own)
                ),
                "Fact or reason": "; ".join(
                    dict.fromkeys(code(g.fact) if g.fact else prose(g.ground) for g in own)
                ),
            }
        )  # fmt: skip
    return _table(rows)


def sets(model: Model) -> str:
    """Return the sets with their members; nothing without any."""
    return (
        ""
        if not model.sets
        else _table(
            {"Set": code(name), "Members": str(len(kind.options)), "They are": members_text(kind)}
            for name, kind in model.sets.items()
        )
    )


def experiments(found: Sequence[Experiment]) -> str:
    """Return the experiments with their size."""
    return _table(
        {
            "Experiment": code(x.name),
            "Title": prose(x.title),
            "Scenarios": str(len(x.scenarios)),
            "Futures": "central values"
            if x.sampler == "central"
            else f"{len(x.futures)}, {x.sampler}",
            "Replications": f"{x.replications:,}",
            "Seed": str(x.seed),
        }
        for x in found
    )


def checks(found: Sequence[TargetSet]) -> str:
    """Return the sets of targets and the verb that holds the model against each."""
    verbs = {"ex_ante": "calibrate", "ex_post": "backtest"}
    return _table(
        {
            "Targets": code(x.name), "Title": prose(x.title), "Figures": str(len(x.entries)),
            "Verb": code(f"fulcrum {verbs[x.vintage]}"),
            "Replications": f"{x.replications:,}", "Seed": str(x.seed),
        }
        for x in found
    )  # fmt: skip


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
        label = f"{label} {over_text(event.over)}".strip()
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
    words = ("if",) * (edge.condition is not None) + edge.notes
    if not words:
        return line
    label = ", ".join(words).replace('"', "'")
    return f'{line}|"{label}"|' if edge.notes else f"{line}|if|"
