"""The measured sections of a model card in Markdown."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sim.analysis.answers import CAUTION
from sim.analysis.backtesting import Backtest
from sim.analysis.calibration import Calibration
from sim.analysis.comparison_tables import WORDS, size_text
from sim.analysis.grounds import amount, span_text
from sim.analysis.judgements import MARK, Judged, Judgement
from sim.analysis.narrowing import Narrowing
from sim.analysis.rows import (
    Row,
    difference_text,
    futures_text,
    range_text,
    scenario_text,
    verdict_text,
)
from sim.analysis.scoring import Score, skill_text
from sim.analysis.turning import turn_text
from sim.analysis.variance_parts import VarianceShares
from sim.formatting import counted, decimal, interval, percent, plural
from sim.model.types import Model, Outcome, Parameter
from sim.reporting.listings import code, prose
from sim.reporting.measurements import RUNS, Measurements, Region
from sim.reporting.tables import markdown_table
from sim.statistics.estimates import Estimate
from sim.study.experiment import Experiment
from sim.study.targets import TargetSet

#: Targets that are named as ruling out most.
MOST = 5
#: The columns of the table of differences, each with what it says of a row.
SIGNS: tuple[tuple[str, Callable[[Row], str]], ...] = (
    ("Outcome", lambda row: prose(row.label or row.outcome)),
    ("Scenario", lambda row: prose(row.title or row.scenario)),
    ("Of 100 futures", futures_text),
    ("Expected difference, 5 … 95 %", lambda row: _difference(row)),
    ("Verdict", verdict_text),
    ("What turns the sign", lambda row: _turns(row)),
)


def measured_sections(found: Measurements, file: str) -> str:
    """Return the measured sections of a card.

    Parameters
    ----------
    found : Measurements
        What was measured.
    file : str
        Name of the model's file, for the command that measures it again.
    """
    failed = f", {found.failures:,} failed and left out" if found.failures else ""
    parts = [
        "## Measured",
        f"Run by `fulcrum card {file} --measured`: {found.runs:,} runs in all{failed}. Seeds and numbers "
        f"of runs stand with each table, so the same files give the same text. {CAUTION}",
        "### Share of variance per assumption",
        *_variance(found),
        "### Plausible region",
        *(text for region in found.regions for text in _region(region, found.baseline.model)),
        *_nothing(found.regions, "No targets of vintage ex_ante, so nothing is ruled out."),
        "### What turns each sign",
        *_signs(found),
        "### Calibration",
        *(text for targets, one in found.calibrations for text in _calibration(targets, one)),
        *_nothing(found.calibrations, "No targets of vintage ex_ante."),
        "### Backtest",
        *(text for targets, one in found.backtests for text in _backtest(targets, one)),
        *_nothing(found.backtests, "No targets of vintage ex_post."),
    ]
    return "\n\n".join(part.strip() for part in parts)


def _nothing(found: Sequence[object], words: str) -> list[str]:
    return [] if found else [words]


def _seed(experiment: Experiment) -> str:
    """Return what was run: futures, replications and seed."""
    many = len(experiment.futures)
    listed = "plausible futures of its file" if experiment.sampler == "listed" else "futures"
    across = f"{many:,} {listed} × " if many > 1 else ""
    return f"{across}{counted(experiment.replications, 'replication')}, seed {experiment.seed}"


def _variance(found: Measurements) -> list[str]:
    """Return the shares of variance of the headline outcomes."""
    if found.varied is None:
        return ["Nothing is uncertain in this model, so all that varies is chance."]
    inputs = max((one.inputs for one in found.variances), default=0)
    drawn = "" if found.varied.sampler == "listed" else "; each assumption drawn from its own range"
    words = (
        f"One run of {code(found.baseline.name)} differs from the next by chance and, between futures, by "
        f"what the assumptions are ({_seed(found.varied)}{drawn}). Shares of the variance of one run; of an "
        "assumption the share that it explains alone, with its 95 % interval. Up to five are named, of "
        f"those above what the largest of {counted(inputs, 'input')} without effect reaches in 5 % of "
        "shuffled samples (Westfall and Young 1993)."
    )
    head = ("Outcome", "Chance", "Assumptions", "Largest assumptions")
    return [words, markdown_table(head, (_variances(one) for one in found.variances))]


def _variances(one: VarianceShares) -> tuple[str, ...]:
    label = prose(one.outcome.label or one.outcome.name)
    if math.isnan(one.assumptions):
        return label, "–", "–", prose(one.why_none)
    named = [f"{_label(entry)} {percent(share)}" for entry, share in one.largest]
    largest = "; ".join(named) or prose(one.why_none) or "none stands out"
    shares = (f"{decimal(100 * x, 0)} %" for x in (1 - one.assumptions, one.assumptions))
    return label, *shares, largest


def _label(entry: Parameter) -> str:
    return prose(entry.label or entry.name.replace("_", " "))


def _region(region: Region, model: Model) -> list[str]:
    """Return what the targets of a file rule out."""
    name = f"`fulcrum calibrate {_file(region.targets)} --fit plausible.csv`"
    found = region.found
    if found is None:
        return [f"{name}: {prose(region.why_none)}."]
    waves = " → ".join(f"{futures:,} × {count}" for futures, count in found.waves)
    share = decimal(100 * len(found.futures) / found.drawn, 1)
    left_out = (
        f" Not used, as the model departs on purpose: {', '.join(map(code, found.departures))}."
        if found.departures
        else ""
    )
    words = (
        f"{name} keeps {len(found.futures):,} of {found.drawn:,} futures ({share} %): history matching "
        f"(Vernon, Goldstein and Bower 2010) with implausibility below {found.cutoff:g}, futures × "
        f"replications {waves}, seed {found.seed}.{left_out} Those that rule out most:"
    )
    binding = [r for r in found.ordered() if r.excluded][:MOST]
    table = markdown_table(
        ("Target", "Evidence", "Futures ruled out", "By it alone"),
        (
            (
                prose(r.entry.label), _unit(span_text(r.entry.low, r.entry.high), r.entry.unit),
                f"{decimal(100 * r.excluded, 1)} %", f"{decimal(100 * r.alone, 1)} %",
            )
            for r in binding
        ),
    )  # fmt: skip
    parts = [words, table] if binding else [f"{words} none."]
    if region.file:
        origin = f": {prose(region.origin)}" if region.origin else ""
        parts.append(
            f"The study runs on the {region.kept:,} futures of `{region.file}`{origin}. These are the "
            "plausible ones below."
        )
    return [*parts, *_narrowed(region), *_levels(region, model)]


def _narrowed(region: Region) -> list[str]:
    """Return the assumptions that the plausible futures narrow."""
    if not region.kept:
        return ["No future is plausible."]
    if not region.narrowed:
        return [
            f"{counted(region.kept, 'plausible future')}: no assumption is narrowed further than as many "
            "futures kept at random would narrow one."
        ]
    words = (
        f"Assumptions that {counted(region.kept, 'plausible future')} narrow, further than as many futures "
        "kept at random narrow any in 95 % of samples:"
    )
    head = ("Assumption", "Drawn, 5 to 95 %", "Plausible, 5 to 95 %", "Left of the range")
    return [words, markdown_table(head, (_narrowing(one) for one in region.narrowed))]


def _narrowing(one: Narrowing) -> tuple[str, str, str, str]:
    entry = one.entry
    if entry.type.worded:
        words = entry.type.options or ("no", "yes")
        drawn, kept = (
            ", ".join(f"{w} {decimal(100 * s, 0)} %" for w, s in zip(words, shares, strict=True))
            for shares in (one.drawn, one.kept)
        )
    else:
        drawn, kept = (_unit(span_text(*ends), entry.unit) for ends in (one.drawn, one.kept))
    return _label(entry), drawn, kept, f"{decimal(100 * one.left, 0)} %"


def _levels(region: Region, model: Model) -> list[str]:
    """Return the headline outcomes of the baseline, as assumptions are held, drawn and kept."""
    if not region.levels:
        return []
    words = f"Headline outcomes of the baseline, {RUNS:,} runs or a few more in each column:"
    head = ("Mean or share", "Central values", "Independent ranges", "Plausible futures")
    rows = (
        (
            prose(model.outcomes[name].label or name),
            *(_level(one, model.outcomes[name]) for one in levels),
        )
        for name, levels in region.levels
    )
    return [words, markdown_table(head, rows)]


def _level(found: Estimate | None, outcome: Outcome) -> str:
    if found is None:
        return "–"
    return percent(found) if outcome.share else _unit(interval(found), outcome.unit)


def _signs(found: Measurements) -> list[str]:
    """Return in which futures each difference has its direction, and what turns it."""
    comparison, experiment = found.comparison, found.compared
    if comparison is None or experiment is None:
        return ["No experiment of this study compares scenarios."]
    rows = [row for row in comparison.rows if row.verdict != "baseline"]
    rows = [row for name in comparison.headlines for row in rows if row.outcome == name]
    base = next(row for row in comparison.rows if row.verdict == "baseline")
    words = (
        f"`fulcrum compare {Path(experiment.path).name}{_sizes(experiment)}`, against "
        f"{prose(scenario_text(base))}: "
        f"{size_text(comparison.replications, comparison.futures, comparison.central)}, seed "
        f"{experiment.seed}. {WORDS} The sign turns at the value given, on average over the other "
        "assumptions; only assumptions that stand after correction for looking at all of them are named."
    )
    head = [name for name, _ in SIGNS]
    return [words, markdown_table(head, ([text(row) for _, text in SIGNS] for row in rows))]


def _sizes(experiment: Experiment) -> str:
    """Return the options that make `compare` run as many futures and replications."""
    many = len(experiment.futures)
    futures = f" --futures {many}" if experiment.sampler not in ("listed", "central") else ""
    return f"{futures} -n {experiment.replications}"


def _difference(row: Row) -> str:
    if row.verdict == "identical":
        return "0"
    if row.gap is None:
        return difference_text(row)
    return range_text(row.gap, row.share, True) + (
        " points" if row.share else f" {prose(plural(row.unit))}" if row.unit else ""
    )


def _turns(row: Row) -> str:
    goal = "" if row.unpaired else row.goal
    return "; ".join(prose(turn_text(turn, goal)) for turn in row.turns) or "–"


def _calibration(targets: TargetSet, found: Calibration) -> list[str]:
    """Return the targets from before the start, with what the model makes of each."""
    fed = any(j.entry.fed for j in found.judgements)
    words = (
        f"`fulcrum calibrate {_file(targets)}{_across(found)}`: {found.sentence()} "
        f"{found.runs()[:-1]}, seed {targets.seed}."
        + (" · A parameter rests on the same fact: the model passes it on." if fed else "")
    )
    head = (
        "Target",
        "Scenario",
        "Evidence",
        "Model, mean over futures",
        "In range",
        "Out on purpose",
    )
    rows = (
        (
            prose(j.entry.label) + " ·" * j.entry.fed, code(j.scenario), _evidence(j),
            percent(j.estimate) if j.share else _unit(interval(j.estimate), j.entry.unit),
            MARK[j.in_range], "" if j.in_range else prose(j.entry.departs) or "no: a miss",
        )
        for j in found.judgements
    )  # fmt: skip
    return [words, markdown_table(head, rows)]


def _backtest(targets: TargetSet, found: Backtest) -> list[str]:
    """Return the figures that came later, with intervals and scores."""
    misses = [j.entry.label for j in found.judgements if not j.in_most]
    named = f" Missed: {'; '.join(map(prose, misses))}." if misses else " None is missed."
    words = (
        f"`fulcrum backtest {_file(targets)}`: {found.sentence()}{named} {found.compared()} "
        f"{found.runs()[:-1]}, seed {targets.seed}. CRPS, and the score of the middle 90 % (of yes and no "
        "the logarithmic score), of the model and of persistence, each with the skill: 1 less their ratio "
        "(Gneiting and Raftery 2007)."
    )
    head = ("Target", "What happened", "Middle 50 %", "Middle 90 %", "CRPS: model, persistence", "Skill",
            "90 %: model, persistence", "Skill")  # fmt: skip
    rows = (
        (
            prose(j.entry.label) + " ≠" * j.entry.other_window, _evidence(j),
            _inside(j.half, j.in_half), _inside(j.most, j.in_most), *_scores(j.score),
        )
        for j in found.judgements
    )  # fmt: skip
    other = any(j.entry.other_window for j in found.judgements)
    return [
        words,
        markdown_table(head, rows),
        *(["≠ Seen in another window of time than the model is measured in."] if other else []),
    ]


def _scores(score: Score) -> Iterable[str]:
    """Return the scores of the model and of persistence, with the skills."""
    if math.isnan(score.log):
        second = score.interval, score.persistence_interval, score.interval_skill
    else:
        second = score.log, score.persistence_log, score.log_skill
    for model, persistence, skill in ((score.crps, score.persistence, score.skill), second):
        yield f"{amount(model)}, {'∞' if persistence == math.inf else amount(persistence)}"
        yield skill_text(skill)


def _inside(ends: tuple[float, float], inside: bool) -> str:
    low, high = (amount(end) for end in ends)
    return f"{low if low == high else f'{low} to {high}'}: {MARK[inside]}"


def _evidence(judgement: Judgement) -> str:
    """Return what was seen, with its range."""
    entry = judgement.entry
    scale = 100.0 if judgement.share else 1.0
    text = amount(scale * entry.value)
    if entry.low is not None and entry.high is not None:
        text += f" ({span_text(scale * entry.low, scale * entry.high)})"
    return f"{text} %" if judgement.share else _unit(text, entry.unit)


def _unit(text: str, unit: str) -> str:
    return f"{text} {prose(plural(unit))}".strip()


def _across(found: Judged) -> str:
    return f" --futures {found.futures}" if found.futures > 1 else ""


def _file(targets: TargetSet) -> str:
    """Return the file of targets as seen from the folder of their model."""
    path, model = Path(targets.path).resolve(), targets.model_file
    return Path(os.path.relpath(path, model.parent)).as_posix() if model else path.name
