"""The index of a site as a gallery: a card for each study, with a still picture of its own results."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any
from urllib.parse import quote

import sim
from sim.analysis.rows import hundred
from sim.analysis.verdicts import Verdict, side_of
from sim.formatting import first_sentence
from sim.model.naming import family_of
from ui.live.languages import words

#: Scenarios in a picture, the baseline apart, and outcomes.
SHOWN, MOST = 5, 5
#: The verdict, other than a direction, under which shares of the futures are drawn in colour.
DEPENDS = "depends on the assumptions"
#: Verdicts that more runs could change.
OPEN = ("not settled", "too few", "too few events")
#: What a summary need not say before "how closing schools acts on an epidemic".
OPENING = re.compile(r"^To show (?=(?:how|why|what|when|where|whether|which|who)\b)")
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Bar:
    """In which share of the futures a scenario makes an outcome better than the baseline, and worse.

    Without a goal of the outcome, *better* is higher.
    """

    better: float
    worse: float
    verdict: Verdict

    @property
    def look(self) -> str:
        """How it is drawn: in colour only where the study itself tells one side from the other."""
        if side_of(self.verdict) or self.verdict == DEPENDS:
            return "told"
        return "open" if self.verdict in OPEN else "same"


@dataclass(frozen=True)
class Picture:
    """The headline outcomes of a study in its futures; `more` scenarios are left out.

    `bars` has those of each scenario by its title, in the order of the outcomes.
    """

    outcomes: tuple[str, ...]
    goals: tuple[str, ...]
    baseline: str
    bars: Mapping[str, tuple[Bar, ...]]
    futures: int
    replications: int
    more: int = 0


@dataclass(frozen=True)
class Card:
    """What the gallery shows of a study; `links` are the names of other pages by their addresses."""

    document: Document
    picture: Picture | None = None
    links: Mapping[str, str] | None = None


def picture_of(experiment: sim.Experiment, *, shown: int = SHOWN) -> Picture | None:
    """Run an experiment and return the picture of its headline outcomes.

    Parameters
    ----------
    experiment : Experiment
        That of the page; its first scenario is the baseline.
    shown : int
        Scenarios that are drawn, the baseline apart: the first ones.

    Returns
    -------
    Picture or None
        None without another scenario, without several futures of two runs each, or where runs failed.

    Examples
    --------
    >>> import sim
    >>> files = ["scenarios/port_strike/sit_it_out.yaml", "scenarios/port_strike/mediate.yaml"]
    >>> picture = picture_of(sim.load(files, replications=2, futures=20))
    >>> picture.outcomes[0], picture.baseline, len(picture.bars["Call a mediator after a week"])
    ('Settled within 90 days', 'Sit it out', 3)
    """
    others = len(experiment.scenarios) - 1
    few = replace(experiment, scenarios=experiment.scenarios[: shown + 1])
    names = experiment.model.headlines[:MOST]
    if not others or not names:
        return None
    ensemble = sim.run(few)
    if ensemble.failures:
        return None
    found = {(row.scenario, row.outcome): row for row in sim.compare(ensemble, turns=False).rows}
    base, *rest = (scenario.name for scenario in few.scenarios)
    if any(found[other, name].above is None for other in rest for name in names):
        return None
    heads = [found[base, name] for name in names]
    return Picture(
        outcomes=tuple(row.label or row.outcome.replace("_", " ") for row in heads),
        goals=tuple(row.goal for row in heads),
        baseline=heads[0].title or base,
        bars={
            found[other, names[0]].title or other: tuple(_bar(found[other, name]) for name in names)
            for other in rest
        },
        futures=len(few.futures),
        replications=few.replications,
        more=max(0, others - shown),
    )


def _bar(row: Any) -> Bar:
    up, down = row.above.mean, row.below.mean
    better, worse = (down, up) if row.goal == "minimize" else (up, down)
    return Bar(better, worse, row.verdict)


def counts(document: Document) -> dict[str, int]:
    """Return how many levers and scenarios a study has; a lever of every member of a set is one."""
    levers = {family_of(lever["name"]) for lever in document["levers"]}
    return {"levers": len(levers), "scenarios": len(document["scenarios"])}


def purpose(document: Document) -> str:
    """Return the first sentence of what a model is for, if any, without "To show" before a question."""
    found = (entry["text"] for entry in document["docs"] if entry["name"] == "purpose")
    sentence = first_sentence(next(found, ""))
    asks = OPENING.sub("", sentence)
    return sentence if asks == sentence else asks[0].upper() + asks[1:]


def gallery_body(
    cards: Mapping[str, Card], *, title: str, language: str, home: str = ""
) -> list[str]:
    """Return the body of the index: a card for each study, by the name of its page beside this one."""
    known = words(language)
    back = f'<p><a href="{escape(quote(home))}">{escape(known["publish.home"])}</a></p>'
    lines = [
        '<main class="fl-gallery">',
        *([back] if home else []),
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(known['publish.toy'])}</p>",
        '<div class="fl-studies">',
    ]
    for name, card in cards.items():
        lines += _card(name, card, known)
    return [*lines, "</div>", "</main>"]


def _card(name: str, card: Card, known: Mapping[str, str]) -> Iterator[str]:
    document, address = card.document, escape(quote(name))
    yield '<article class="fl-study">'
    yield f'<h2><a href="{address}">{escape(document["title"])}</a></h2>'
    if told := purpose(document):
        yield f"<p>{escape(told)}</p>"
    yield f'<p class="fl-quiet">{escape(_size(document, known))}</p>'
    if card.picture:
        yield from _picture(card.picture, known)
    else:
        leading = [o["label"] for o in document["outcomes"] if o["name"] in document["headlines"]]
        told = known["publish.outcomes"].format(outcomes=" · ".join(leading))
        yield f'<p class="fl-quiet">{escape(told)}</p>'
    for to, word in (card.links or {}).items():
        yield f'<p class="fl-study-link"><a href="{escape(quote(to))}">{escape(word)}</a></p>'
    yield "</article>"


def _size(document: Document, known: Mapping[str, str]) -> str:
    told = known["publish.counts"].format(**counts(document))
    guide = document.get("guide")
    if guide and guide["minutes"]:
        told += " · " + known["publish.lesson"].format(minutes=guide["minutes"])
    return told


def _picture(picture: Picture, known: Mapping[str, str]) -> Iterator[str]:
    """Return the picture: the outcomes as columns with numbers, the scenarios as rows of bars."""
    caption = known["publish.picture"].format(baseline=picture.baseline)
    yield "<figure>"
    yield f"<figcaption>{escape(caption)}</figcaption>"
    yield from _key(picture, known)
    yield "<ol>"
    yield from (f"<li>{escape(name)}</li>" for name in picture.outcomes)
    yield "</ol>"
    numbers = range(1, len(picture.outcomes) + 1)
    heads = "".join(f'<th scope="col">{number}</th>' for number in numbers)
    yield f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>"
    for title, bars in picture.bars.items():
        cells = "".join(
            f"<td>{_drawn(bar, _words(bar, goal, known))}</td>"
            for bar, goal in zip(bars, picture.goals, strict=True)
        )
        yield f'<tr><th scope="row">{escape(title)}</th>{cells}</tr>'
    yield "</tbody></table>"
    runs = known["publish.runs"].format(
        runs=_thousands(picture.futures * picture.replications, known),
        futures=_thousands(picture.futures, known),
        replications=picture.replications,
    )
    more = [known["publish.more"].format(n=picture.more)] if picture.more else []
    yield f'<p class="fl-quiet">{escape(" ".join([runs, *more]))}</p>'
    yield "</figure>"


def _key(picture: Picture, known: Mapping[str, str]) -> Iterator[str]:
    """Return what the colours mean, of the greys those that occur."""
    looks = {bar.look for bars in picture.bars.values() for bar in bars}
    judged = all(picture.goals)
    shown = {
        known["publish.key_better" if judged else "publish.key_higher"]: Bar(1.0, 0.0, "higher"),
        known["publish.key_worse" if judged else "publish.key_lower"]: Bar(0.0, 1.0, "lower"),
    }
    if "same" in looks:
        shown[known["publish.key_same"]] = Bar(0.0, 0.0, "identical")
    if "open" in looks:
        shown[known["publish.key_open"]] = Bar(0.0, 0.0, "not settled")
    yield '<ul class="fl-study-key">'
    yield from (f"<li>{_drawn(bar, '')}{escape(word)}</li>" for word, bar in shown.items())
    yield "</ul>"


def _words(bar: Bar, goal: str, known: Mapping[str, str]) -> str:
    key = "answers.verdict_" + bar.verdict.replace(" ", "_")
    verdict = known.get(key, bar.verdict)
    if bar.look != "told":
        return verdict
    share = known[f"publish.{'better' if goal else 'higher'}"].format(n=hundred(bar.better))
    return f"{share}: {verdict}"


def _thousands(count: int, known: Mapping[str, str]) -> str:
    return f"{count:,}".replace(",", known["publish.thousands"])


def _drawn(bar: Bar, words: str) -> str:
    """Return a bar as a picture: better from the left, worse from the right, between them the same."""
    parts: Sequence[tuple[str, float, float]] = (
        ("fl-still-better", 0, 100 * bar.better),
        ("fl-still-worse", 100 - 100 * bar.worse, 100 * bar.worse),
    )
    drawn = "".join(
        f'<rect class="{look}" x="{x:.6g}" width="{wide:.6g}" height="8"/>'
        for look, x, wide in parts
        if wide and bar.look == "told"
    )
    if bar.look == "open":
        drawn = '<line class="fl-still-open" x1="0" x2="100" y1="4" y2="4"/>'
    said = f' role="img"><title>{escape(words)}</title>' if words else ' aria-hidden="true">'
    return (
        f'<svg viewBox="0 0 100 8" preserveAspectRatio="none"{said}'
        f'<rect class="fl-still-same" width="100" height="8"/>{drawn}</svg>'
    )
