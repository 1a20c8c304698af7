"""What holds under every form of a model, and what hangs on one: in sentences, and as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.analysis.answers import listed
from sim.analysis.briefs import brief_phrase
from sim.analysis.comparison_tables import CELLS, WORDS, cell, futures_record
from sim.analysis.forms import words_of
from sim.analysis.result import Column, Grid, Labels, Result, ends
from sim.analysis.rows import Row, Under, hundred, label_text, scenario_text
from sim.formatting import TOY, plural
from sim.numerics.crossings import LEAST
from sim.statistics.estimates import Estimate
from sim.study.arguments import known_name

SAME = "no difference that matters"
#: Verdicts that leave open what holds under a form.
UNKNOWN = frozenset({"not settled", "too few", "too few events"})
#: Of a 95 % interval: its half width in standard errors, of many futures.
Z = 1.96
#: Differences that hang on a form, told one by one.
MAX_HANGING = 2
#: Futures, all of one direction, with which the rule for *clearly* can be met.
SURE = 80


def form_sentences(
    rows: Sequence[Row], outcomes: Sequence[str], *, asked: bool = False
) -> list[str]:
    """Return what holds under every form, then what hangs on one; nothing without forms.

    What holds under all passed the rule of its word under each, in the futures of that form alone,
    so looking at several makes no false claim likelier (an intersection-union test, Berger 1982).
    What hangs on a form has a direction under one and not under another, and the two mean
    differences are apart beyond noise, corrected for all pairs of forms of all rows.

    Parameters
    ----------
    rows : sequence of Row
        Rows of a comparison.
    outcomes : sequence of str
        Names, in order.
    asked : bool
        Whether they are the outcomes asked for, rather than all headlines.
    """
    told = [row for name in outcomes for row in rows if row.outcome == name and row.forms]
    if not told:
        return []
    found = [_under_all(told, asked=asked)]
    every = [(row, unders) for row in told for unders in _by_parameter(row)]
    looks = sum(len(unders) * (len(unders) - 1) // 2 for _, unders in every)
    pairs = [(row, unders) for row, unders in every if _hangs(unders, looks)]
    pairs.sort(key=lambda pair: not _opposed(pair[1]))
    for row, unders in pairs[:MAX_HANGING]:
        cases = "; ".join(f"{brief_phrase(u.row)} under {words_of(u.option)}" for u in unders)
        name = f"“{unders[0].label}”"
        found.append(f"{label_text(row)} in {scenario_text(row)} hangs on {name}: {cases}.")
    if (more := len(pairs) - MAX_HANGING) > 0:
        found.append(f"Differences beside these that hang on a form: {more}.")
    for under in told[0].forms:
        if under.futures < LEAST:
            found.append(
                f"“{under.label}” as {words_of(under.option)}: {under.futures} futures, too few to say."
            )
    return found


def forms_brief(rows: Sequence[Row], outcomes: Sequence[str], *, asked: bool = False) -> str:
    """Return what holds under every form in one sentence, scenarios counted; empty without forms."""
    told = [row for name in outcomes for row in rows if row.outcome == name and row.forms]
    return _under_all(told, brief=True, asked=asked) if told else ""


def _under_all(rows: Sequence[Row], brief: bool = False, asked: bool = False) -> str:
    """Return what holds under every form; in brief, of more than two scenarios only how many.

    Parameters
    ----------
    asked
        Whether the outcomes are those asked for, rather than all headlines.
    """
    of = listed([_forms_text(unders) for unders in _by_parameter(rows[0])])
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if word := _word(row):
            groups.setdefault((row.outcome, word), []).append(row)
    if not groups:
        labels = list(dict.fromkeys(label_text(row) for row in rows))
        what = listed(labels) if asked else "a headline outcome"
        return f"No direction of {what} is settled under {of} alike."
    clauses = []
    for (_, word), found in groups.items():
        label = label_text(found[0])
        if brief:
            count = len({row.scenario for row in rows})
            several = f"{len(found)} of {count} scenarios"
            where = several if len(found) > 2 else listed([scenario_text(r) for r in found])
            verb = "has" if word == SAME else "is"
            clauses.append(f"{label} {verb} {word} in {where}")
        elif word == SAME:
            clauses.append(f"{label} has {SAME} in {listed([scenario_text(r) for r in found])}")
        else:
            clauses.append(f"{label} is {word} in {listed([_each(row) for row in found])}")
    return f"Under {of}: {'; '.join(clauses)}."


def _forms_text(unders: Sequence[Under]) -> str:
    name, count = f"“{unders[0].label}”", len(unders)
    if count < unders[0].forms:
        return f"the {count} forms of {name} that futures have"
    return f"both forms of {name}" if count == 2 else f"all {count} forms of {name}"


def _by_parameter(row: Row) -> list[list[Under]]:
    """Return what a row is under each form, by structural assumption."""
    names = dict.fromkeys(under.parameter for under in row.forms)
    return [[under for under in row.forms if under.parameter == name] for name in names]


def _word(row: Row) -> str:
    """Return what a row is under every form: better or worse, or no difference; empty where they differ."""
    if all(under.row.verdict == SAME for under in row.forms):
        return SAME
    sides = {under.row.side for under in row.forms}
    return (row.judged or row.side) if sides == {row.side} else ""


def _each(row: Row) -> str:
    """Return a scenario with how sure a direction is under the form that tells least of it."""
    degree = "clearly" if all(under.row.clear for under in row.forms) else "mostly"
    count = hundred(min(_share(under, row.side).mean for under in row.forms))
    least = "" if count == "100" else "at least "
    return f"{scenario_text(row)} ({degree} under each form, in {least}{count} of 100 futures)"


def _share(under: Under, side: str) -> Estimate:
    """Return in which share of the futures of a form a difference has a direction."""
    found = under.row.above if side == "higher" else under.row.below
    assert found is not None
    return found


def _hangs(unders: Sequence[Under], looks: int) -> bool:
    """Whether a form has a direction that another has not, their mean differences apart beyond noise."""
    known = [under for under in unders if under.row.verdict not in UNKNOWN]
    return any(
        one.row.side != other.row.side and _apart(one.row.difference, other.row.difference, looks)
        for one in known
        if one.row.side
        for other in known
    )


def _apart(one: Estimate | None, other: Estimate | None, looks: int) -> bool:
    """Whether two means differ, corrected for so many looks (Bonferroni, with Chernoff's bound)."""
    if one is None or other is None:
        return False
    error = _error(one) ** 2 + _error(other) ** 2
    return (one.mean - other.mean) ** 2 > 2.0 * math.log(looks / 0.05) * error


def _error(found: Estimate) -> float:
    """Return the standard error of a mean difference: none where no pair differs."""
    if math.isnan(found.low):
        return 0.0 if found.mean == 0.0 else math.inf
    return (found.high - found.low) / (2.0 * Z)


def _opposed(unders: Sequence[Under]) -> bool:
    return {"higher", "lower"} <= {under.row.side for under in unders}


@dataclass(frozen=True)
class ByForm(Result):
    """Every difference under each form of a model: forms × scenarios × outcomes.

    Attributes
    ----------
    rows
        Those of a comparison that have forms.
    headlines
        Outcomes that the table shows.
    combinations
        The same rows under each combination of several structural assumptions.
    """

    rows: tuple[Row, ...]
    headlines: tuple[str, ...]
    baseline: str
    failures: int = 0
    combinations: tuple[Row, ...] = ()
    asked: bool = False

    @property
    def unders(self) -> list[tuple[str, Under]]:
        """What each row is under each form, form by form, with the name of its scenario."""
        every = (*self.rows, *self.combinations)
        keys = dict.fromkeys((u.parameter, u.option) for row in every for u in row.forms)
        return [
            (row.scenario, under)
            for key in keys
            for row in every
            for under in row.forms
            if (under.parameter, under.option) == key
        ]

    def under(self, parameter: str, option: str, outcome: str, scenario: str) -> Row:
        """Return the row of an outcome in a scenario under one form.

        Raises
        ------
        ExperimentError
            There is none.
        """
        found = {(u.parameter, u.option, u.row.outcome, s): u.row for s, u in self.unders}
        names = ("parameter", "option", "outcome", "scenario")
        given = (parameter, option, outcome, scenario)
        for place, (name, value) in enumerate(zip(names, given, strict=True)):
            fitting = [key[place] for key in found if key[:place] == given[:place]]
            known_name(name, value, fitting)
        return found[given]

    def table(self) -> list[dict[str, object]]:
        """Return one record per form, outcome and scenario."""
        return [
            {
                "parameter": under.parameter, "option": under.option, "futures": under.futures,
                "outcome": under.row.outcome, "scenario": scenario, "unit": under.row.unit,
                **ends("difference", under.row.difference), "verdict": under.row.verdict,
                **{
                    key: value
                    for key, value in futures_record(under.row).items()
                    if key.startswith(("futures_", "difference_", "matters", "events"))
                },
            }
            for scenario, under in self.unders
        ]  # fmt: skip

    def grid(self) -> Grid:
        """Return a block per form, and in it a line per scenario."""
        lines: dict[tuple[str, str, str], dict[str, str]] = {}
        first: dict[tuple[str, str], str] = {}
        titles = {row.scenario: row.title or row.scenario for row in self.rows}
        for scenario, under in self.unders:
            form = (under.parameter, under.option)
            first.setdefault(form, f"{words_of(under.option)} ({under.futures:,})\n{under.label}")
            lines.setdefault((*form, scenario), {})[under.row.outcome] = cell(under.row, False)
        rows: list[tuple[str, ...]] = []
        blocks = []
        for (parameter, option, scenario), cells in lines.items():
            head = first.pop((parameter, option), "")
            if head:
                blocks.append(len(rows))
            rows.append((head, titles[scenario], *(cells[name] for name in self.headlines)))
        units = {row.outcome: "points" if row.share else plural(row.unit) for row in self.rows}
        heads = ["\n".join(filter(None, (n.replace("_", " "), units[n]))) for n in self.headlines]
        columns = (
            Column("Form (futures)", width=24),
            Column("Scenario", width=26),
            *map(Column, heads),
        )
        return Grid(columns, rows, blocks)

    def sentence(self) -> str:
        """Return what holds under every form, and what hangs on one."""
        return " ".join(form_sentences(self.rows, self.headlines, asked=self.asked))

    def notes(self) -> list[str]:
        """Return how to read the table, and the answer."""
        how = (
            f"Differences to {self.baseline}. The futures of a form count as independent of each other; "
            f"fewer than {LEAST} are not judged, and of fewer than about {SURE} no direction is clear."
        )
        return [
            TOY,
            f"{how} {CELLS} {WORDS}",
            "",
            *form_sentences(self.rows, self.headlines, asked=self.asked),
        ]

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the differences of the first outcome, a bar per form and scenario."""
        from sim.analysis.forest import forest_chart

        several = len({row.scenario for row in self.rows}) > 1
        rows = [row for row in self.rows if row.outcome == self.headlines[0]]
        base = replace(
            rows[0], scenario=self.baseline, difference=None, verdict="baseline", gap=None
        )
        drawn = [base]
        for row in rows:
            for under in row.forms:
                name = f"{words_of(under.option)} ({under.label})"
                name = f"{name}: {row.title or row.scenario}" if several else name
                drawn.append(replace(under.row, scenario=name, title=name))
        count = max((sum(u.futures for u in of) for of in _by_parameter(rows[0])), default=0)
        return forest_chart(
            drawn,
            self.headlines[0],
            runs=rows[0].estimate.n,
            futures=count,
            theme=theme,
            width=width,
        )
