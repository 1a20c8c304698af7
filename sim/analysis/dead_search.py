"""Which parameters and levers change nothing? Each is moved through its range in several policies.

A search that stops early: what is clearly alive is followed no further, so replications go to what
may be dead. Pairs of runs share their random numbers, so what is dead changes no bit of any outcome.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.analysis.deadness import Deadness, Finding, Shift, Verdict, span_of
from sim.analysis.design import points
from sim.analysis.drawn_policies import drawn_settings, in_futures, input_names, scenarios_beside
from sim.analysis.inputs import Factor, named
from sim.engine.codegen.program import generate
from sim.execution.runner import KernelName, Progress
from sim.model.fields import MAX_SEED
from sim.model.naming import family_of
from sim.model.types import Model
from sim.statistics.estimates import Floats, p_value
from sim.study.arguments import bad_argument, whole
from sim.study.scenario import Scenario

#: Settings of the levers that are drawn.
POLICIES = 12
#: Futures of each other scenario in which what changed nothing is tried again.
FUTURES = 4
#: Replications of each run: in every policy, and in other futures of what changed nothing.
REPLICATIONS, IN_FUTURES = 16, 64
#: Later looks at what was not seen, with other random numbers: replications, and at how many pairs of
#: policy and value, the likeliest. Each look has the same part of the chance of error.
AGAIN = ((200, 2), (1_000, 3))
LOOKS = 1 + len(AGAIN)
#: Values of a range that are tried where its ends changed nothing.
LEVELS = 5
#: Differences below this part of the values are rounding: they change a bit, and no mean.
ROUNDING = 1e-9
#: Equal differences of fewer pairs are no proof of a difference.
FEW = 10
#: Outcomes that are held in memory at once.
MAX_HELD = 20_000_000

Values = Callable[[Factor], list[float]]


@dataclass(frozen=True, slots=True)
class Tried:
    """An outcome that changed, with the place of the policy, the value of the input and the bare p."""

    policy: int
    value: float
    p: float
    shift: Shift


@dataclass(frozen=True)
class Search:
    """How runs are made, and what was found so far, by input."""

    policies: list[Scenario]
    seed: int
    kernel: KernelName
    progress: Progress | None
    tried: dict[str, list[Tried]]
    changed: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=lambda: {"runs": 0, "broken": 0})

    def open(self, names: Sequence[str]) -> list[str]:
        """Return those of some inputs that are not yet seen to move an outcome with a goal."""
        return [n for n in names if not any(t.shift.seen and t.shift.goal for t in self.tried[n])]


def dead_parameters(
    scenario: Scenario,
    *,
    policies: int = POLICIES,
    others: Sequence[Scenario] | None = None,
    replications: int = REPLICATIONS,
    seed: int = 1,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Deadness:
    """Find the parameters and levers of a model that change nothing.

    Each parameter with a range or options, and each lever, moves to the ends of its range (an option
    to each word) in every policy, with paired replications. What changed nothing is tried again at
    further values and in other futures; what changed something by no more than noise gets more
    replications. A parameter without a range is looked at only whether anything reads it.

    Parameters
    ----------
    scenario : Scenario
        The model at its defaults, or a scenario of it: the first policy.
    policies : int
        Settings of all levers that are drawn: a Latin hypercube with both ends of every range, keyed
        by the name of the lever.
    others : sequence of Scenario, optional
        More policies; by default the other scenarios of the model in its folder.
    replications : int
        Of each run in the first look.
    seed : int
        Seed of the random numbers.
    kernel : {'auto', 'compiled', 'simpy'}
        Which kernel runs the replications.
    progress : callable, optional
        Called with the replications done and the most that may be left.

    Returns
    -------
    Deadness
        `dead` has the names of what is dead and does not say why it stays (`kept`).

    Raises
    ------
    ExperimentError
        An argument is out of its range, or the model does not run.

    Examples
    --------
    >>> import sim
    >>> model = sim.load_scenario("scenarios/port_strike/model.yaml")
    >>> sim.analysis.dead_parameters(model, policies=4).dead
    ()
    """
    if not all(isinstance(one, Scenario) for one in (scenario, *(others or ()))):
        raise bad_argument("expected scenarios", "load them with load_scenario")
    policies = whole("policies", policies, 0, 1_000, "bad-option")
    replications = whole("replications", replications, 2, None, "bad-replications")
    seed = whole("seed", seed, 0, MAX_SEED, "bad-seed")
    model = scenario.model
    named_so = scenario.settings or scenario.document is None or scenario.document.chain.name
    own = [scenario if named_so else scenario.with_settings({}, "defaults")]
    own += drawn_settings(scenario, policies, seed)
    found, left_out = scenarios_beside(scenario) if others is None else (list(others), [])
    first, wide = [*own, *found], in_futures(own, seed)
    for place, one in enumerate(found):
        wide += in_futures([one] * FUTURES, seed + place + 1)
    names = input_names(model, [*model.parameters, *model.levers])
    inputs = {f.name: f for f in named(scenario, names)}
    read = {name for name in names if any(_reads(policy.model, name) for policy in first)}
    moving = [name for name in names if inputs[name].low < inputs[name].high and name in read]
    search = Search([*first, *wide], seed, kernel, progress, {name: [] for name in names})
    size = max(len(policy.model.outcomes) for policy in first)
    widest = max([1, *(len(_ends(inputs[name])) for name in moving)])
    tests = size * (len(first) * widest + len(wide) * (LEVELS + widest))
    _try_all(search, moving, len(first), replications, tests)
    for turn, (count, pairs) in enumerate(AGAIN, 1):
        _try_again(search, moving, turn, count, pairs, size * pairs)
    if progress is not None and search.counts["runs"]:
        progress(search.counts["runs"], search.counts["runs"])
    return Deadness(
        model=model.name,
        findings=tuple(
            _finding(inputs[name], model, name in read, search)
            for name in names
            if name in moving or name not in read
        ),
        policies=tuple(policy.name for policy in first),
        replications=(replications, IN_FUTURES, AGAIN[-1][0]), tests=tests,
        goals=any(of.goal for of in model.outcomes.values()), left_out=tuple(left_out), seed=seed,
        **search.counts,
    )  # fmt: skip


def _try_all(
    search: Search, names: Sequence[str], first: int, replications: int, tests: int
) -> None:
    """Move inputs to their ends in the first policies; in the others, what changed nothing so far."""
    for i in range(len(search.policies)):
        live, values, count, last = search.open(names), _ends, replications, first
        if i >= first:
            live = [name for name in live if name not in search.changed]
            values, count, last = _values, IN_FUTURES, len(search.policies)
        left = 2 * (last - 1 - i) * len(live) * count
        _try(search, i, dict.fromkeys(live, values), count, tests, left)


def _try_again(
    search: Search, names: Sequence[str], turn: int, count: int, pairs: int, tests: int
) -> None:
    """Look again at what changed and was not seen, where it is likeliest, with other random numbers."""
    live = [name for name in search.open(names) if name in search.changed]
    likeliest = {name: _likeliest(search.tried[name], pairs) for name in live}
    for i in range(len(search.policies)):
        chosen = {n: _these([v for p, v in likeliest[n] if p == i]) for n in search.open(live)}
        _try(search, i, chosen, count, tests, 0, stream=turn * len(search.policies))


def _reads(model: Model, name: str) -> bool:
    """Whether the program of a model reads an input; a share that moves also moves the others."""
    family = family_of(name)
    if any(name in shares.of or family in map(family_of, shares.of) for shares in model.shares):
        return True
    return bool(re.search(rf"\bp\.{re.escape(family)}\b", generate(model).source))


def _ends(factor: Factor) -> list[float]:
    return factor.ends if factor.low < factor.high else []


def _values(factor: Factor) -> list[float]:
    """Return values from end to end, and those ends."""
    return sorted({*_ends(factor), *(v for v in factor.levels(LEVELS) if v != factor.central)})


def _these(values: list[float]) -> Values:
    return lambda factor: values


def _try(
    search: Search,
    place: int,
    values: Mapping[str, Values],
    replications: int,
    tests: int,
    left: int,
    *,
    stream: int = 0,
) -> None:
    """Move some inputs, each to its values, in a policy, and note what changed.

    Parameters
    ----------
    left
        Replications that may follow.
    stream
        Added to the number of the random numbers, which is the policy's.
    """
    policy = search.policies[place]
    model = policy.model
    known = {*model.levers, *model.parameters, *model.families}
    moved = [(f, values[f.name](f)) for f in named(policy, [n for n in values if n in known])]
    room = max(1, MAX_HELD // (replications * max(1, len(model.outcomes))))
    while moved := [(factor, own) for factor, own in moved if own]:
        chunk: list[tuple[Factor, list[float]]] = []
        while moved and (not chunk or sum(len(own) for _, own in (*chunk, moved[0])) <= room):
            chunk.append(moved.pop(0))
        moves = [(i, value) for i, (_, own) in enumerate(chunk) for value in own]
        rows = np.tile([factor.held for factor, _ in chunk], (len(moves) + 1, 1))
        for row, (i, value) in zip(rows[1:], moves, strict=True):
            row[i] = value
        before = search.counts["runs"]

        def told(done: int, total: int, before: int = before) -> None:
            if search.progress is not None:  # never at its end: more may follow
                search.progress(before + done, before + total + left + 1)

        ran = points(
            policy, [factor.name for factor, _ in chunk], rows, replications, search.seed,
            future=place + stream, kernel=search.kernel, progress=told,
        )  # fmt: skip
        search.counts["runs"] += ran.failed.size
        search.counts["broken"] += ran.failures
        for point, (i, value) in enumerate(moves, 1):
            factor = chunk[i][0]
            found = _shifts(policy, factor, value, ran.values[point], ran.values[0], tests)
            search.tried[factor.name] += [Tried(place, value, p, shift) for p, shift in found]
            if found or (ran.failed[point] != ran.failed[0]).any():
                search.changed.add(factor.name)


def _shifts(
    policy: Scenario, factor: Factor, value: float, here: Floats, base: Floats, tests: int
) -> list[tuple[float, Shift]]:
    """Return the outcomes of which a bit changed, from ``float64[replication, outcome]``, with the bare p."""
    found = []
    goals = any(of.goal for of in policy.model.outcomes.values())
    differ = (here.view(np.int64) != base.view(np.int64)) & ~(np.isnan(here) & np.isnan(base))
    for i, outcome in enumerate(policy.model.outcomes.values()):
        if not differ[:, i].any():
            continue
        p, gap, own, missing = _test(here[:, i], base[:, i], outcome.share)
        known = ~np.isnan(gap)
        mean = float(gap[known].mean()) if known.any() else 0.0
        own = own[~np.isnan(own)]
        spread = float(own.std(ddof=1)) if len(own) >= FEW else math.nan
        size = mean / spread if spread else math.copysign(math.inf, mean) if mean else 0.0
        shift = Shift(
            outcome.name, policy.name, factor.word(value), mean, size, min(1.0, p * tests * LOOKS),
            bool(outcome.goal) or not goals, missing,
        )  # fmt: skip
        found.append((p, shift))
    return found


def _test(here: Floats, base: Floats, share: bool) -> tuple[float, Floats, Floats, bool]:
    """Return the p value of a zero difference, the differences, the values, and of what they are.

    Where values are missing, that there is one is tested too, and each of the two counts half.
    """
    gap = here - base
    gap[np.abs(gap) <= ROUNDING * np.maximum(np.abs(here), np.abs(base))] = 0.0
    p = p_value(gap[None], share=share)
    if p is None:  # no two pairs differ
        known = gap[~np.isnan(gap)]
        p = 0.0 if len(known) >= FEW and known[0] != 0.0 and not share else 1.0
    valued = [(~np.isnan(x)).astype(float) for x in (here, base)]
    if (valued[0] == valued[1]).all():
        return p, gap, base, False
    apart = valued[0] - valued[1]
    other = p_value(apart[None], share=True)
    other = 1.0 if other is None else other
    return (2 * p, gap, base, False) if p < other else (2 * other, apart, valued[1], True)


def _likeliest(tried: Sequence[Tried], count: int) -> list[tuple[int, float]]:
    """Return the policies and values at which an outcome with a goal is likeliest to move."""
    best: dict[tuple[int, float], tuple[bool, float]] = {}
    for one in tried:
        place, judged = (one.policy, one.value), (not one.shift.goal, one.p)
        best[place] = min(best.get(place, judged), judged)
    return sorted(best, key=lambda place: best[place])[:count]


def _finding(factor: Factor, model: Model, read: bool, search: Search) -> Finding:
    """Return the verdict on an input, from all that it changed."""
    shifts = [one.shift for one in search.tried[factor.name]]
    seen = [s for s in shifts if s.seen]
    chosen = [s for s in seen if s.goal] or seen
    verdict: Verdict = "dead"
    shift: Shift | None = None
    if chosen:
        verdict = "alive" if chosen[0].goal else "moves no outcome with a goal"
        shift = max(chosen, key=lambda s: abs(s.size) if s.size == s.size else 0.0)
    elif factor.name in search.changed:
        verdict = "not seen beyond noise"
        shift = min(shifts, key=lambda s: s.p, default=None)
    first = factor.members[0].name if factor.members else factor.name
    entry = model.levers.get(first) or model.parameters[first]
    return Finding(
        name=factor.name, section=factor.role, label=factor.label,
        span=span_of(factor) if factor.low < factor.high else "", unit=factor.unit, verdict=verdict,
        read=read, shift=shift, kept=entry.kept,
    )  # fmt: skip
