"""Models with many alike and somebody in particular: against theory, SimPy and plain Python, and locality."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simpy
from scipy import integrate, stats
from scipy.linalg import expm
from toys import scenario

import sim
from sim.engine.codegen.program import generate
from sim.engine.compiled import kernel_for
from sim.engine.protocol import Block
from sim.engine.simpy_kernel import SimpyKernel
from sim.study.experiment import make_experiment

MODELS = Path(__file__).parent.parent / "models"
Z = 4.5
Array = np.ndarray[Any, Any]


def block(of: sim.Scenario, count: int, seed: int = 1, kernel: Any = kernel_for) -> Block:
    """Run a scenario with its central values and without failures."""
    row = make_experiment(of, replications=count, seed=seed, futures=0).row(0, 0)
    every = range(len(generate(of.model).series))
    found: Block = kernel(generate(of.model)).run(
        row, seed=seed, future=0, first=0, count=count, series=every
    )
    assert not found.status.any()
    return found


def outcomes(of: sim.Scenario, count: int, seed: int = 1) -> dict[str, Array]:
    """Return the outcomes of a scenario by name."""
    columns = block(of, count, seed).outcomes.T
    return dict(zip(of.model.computed, columns, strict=True))


def model(name: str, **settings: Any) -> sim.Scenario:
    return sim.load_scenario(MODELS / f"{name}.yaml").with_settings(settings)


def close(sample: Array, mean: float, sd: float | None = None) -> None:
    error = (sample.std(ddof=1) if sd is None else sd) / math.sqrt(len(sample))
    assert abs(sample.mean() - mean) < Z * error, (sample.mean(), mean, error)


def alike(one: Array, other: Array) -> None:
    """Assert that two independent samples have one mean."""
    error = math.hypot(*(x.std(ddof=1) / math.sqrt(len(x)) for x in (one, other)))
    assert abs(one.mean() - other.mean()) < Z * error, (one.mean(), other.mean(), error)


@pytest.mark.parametrize(
    "name", ["shutdown", "rungs", "rungs_of_blocks", "machines", "twelve_regions"]
)
def test_both_kernels_give_the_same_bits(name: str) -> None:
    one, other = (block(model(name), 4, kernel=kernel) for kernel in (SimpyKernel, kernel_for))
    assert np.array_equal(one.events, other.events)
    assert np.array_equal(one.outcomes, other.outcomes, equal_nan=True)
    assert np.array_equal(one.series, other.series, equal_nan=True)
    assert one.events.sum() > 30


# -- a shutdown that ends with a deal --------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"payday": 30.0, "haste": 1.0}, {"rounds": 1.5}])
def test_a_shutdown_lasts_until_the_deal(settings: dict[str, float]) -> None:
    """Rounds of talks that end in a deal by chance: a hazard that rises at the payday."""
    given = {"rounds": 0.5, "agreed": 0.08, "payday": 14.0, "haste": 2.0, **settings}
    before = given["rounds"] * given["agreed"]
    after, payday = before * given["haste"], given["payday"]

    def lasts_longer(t: Any) -> Any:
        early, late = np.minimum(t, payday), np.maximum(t - payday, 0)
        return np.exp(-before * early - after * late)

    found = outcomes(model("shutdown", **settings), 20_000)
    unpaid = math.exp(-before * payday)
    to_payday, from_payday = (1 - unpaid) / before, unpaid / after
    close(found["lasts"], to_payday + from_payday)
    assert stats.kstest(found["lasts"], lambda t: 1 - lasts_longer(t)).pvalue > 1e-4
    close(found["loss_in_all"], 0.2 * to_payday + 0.5 * from_payday)
    close(found["unpaid"], unpaid)
    close(found["talks"], 1 / given["agreed"], math.sqrt(1 - given["agreed"]) / given["agreed"])
    close(found["talks_cost"], 1 / given["agreed"])
    assert np.array_equal(found["loss_a_day"], found["loss_in_all"] / found["lasts"])


# -- two sides of a ladder -------------------------------------------------------------------------


def ladder(resolve: tuple[float, float], answer: float, calm: float, top: int, end: float) -> Any:
    """Probability at `end` of each pair of rungs, and its integral, by the master equation."""
    states = list(itertools.product(range(top + 1), repeat=2))
    rates = np.zeros((len(states), len(states)))
    for i, rungs in enumerate(states):
        if top in rungs:
            continue
        for me in (0, 1):
            up = resolve[me] + answer * rungs[1 - me]
            for change, rate in ((1, up), (-1, calm * rungs[me])):
                if rate > 0:
                    to = list(rungs)
                    to[me] += change
                    rates[i, states.index((to[0], to[1]))] += rate
    rates -= np.diag(rates.sum(axis=1))
    size = len(states)
    both = np.block([[rates, np.eye(size)], [np.zeros((size, 2 * size))]])
    at = expm(both * end)[states.index((0, 1))]
    return states, at[:size], at[size:]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"resolve[blue]": 0.2, "answer": 0.0, "top": 3},
        {"resolve[red]": 0.3, "calm": 0.25, "top": 5, "time.horizon": 90},
    ],
)
@pytest.mark.parametrize("name", ["rungs", "rungs_of_blocks"])
def test_two_sides_climb_as_the_master_equation_says(name: str, settings: dict[str, float]) -> None:
    """The two sides are members of a set, or uses of one block."""
    given = {"resolve[blue]": 0.02, "resolve[red]": 0.05, "answer": 0.06, "calm": 0.1, "top": 4}
    given |= {"time.horizon": 400, **settings}
    resolve = given["resolve[blue]"], given["resolve[red]"]
    top, end = int(given["top"]), given["time.horizon"]
    states, at_end, spent = ladder(resolve, given["answer"], given["calm"], top, end)
    file = MODELS / f"{name}.yaml"
    text = file.read_text().replace("horizon: 400", f"horizon: {end:g}")
    own = {key: value for key, value in settings.items() if key != "time.horizon"}
    if name == "rungs_of_blocks":
        renamed = {f"resolve[{side}]": f"{side}_resolve" for side in ("blue", "red")}
        own = {renamed.get(key, key): value for key, value in own.items()}
    found = outcomes(sim.parse_scenario(text, file).with_settings(own), 20_000)
    fires = [found.get(f"fires[{side}]", found.get(f"{side}_fires")) for side in ("blue", "red")]
    for side, of in enumerate(fires):
        first = sum(p for pair, p in zip(states, at_end, strict=True) if pair[side] == top)
        close(of, first, math.sqrt(first * (1 - first)))
    peace = [(pair, time) for pair, time in zip(states, spent, strict=True) if top not in pair]
    close(found["lasts"], sum(time for _, time in peace))
    close(found["tension"], sum(time * sum(pair) for pair, time in peace))
    assert np.array_equal(found["war"], fires[0] + fires[1])


# -- ten machines that age -------------------------------------------------------------------------


def machines_in_simpy(seed: int, repairers: int) -> float:
    """Availability of ten machines after the warm-up."""
    luck, env, up = np.random.default_rng(seed), simpy.Environment(), [0.0]
    crew = simpy.Resource(env, repairers)

    def machine() -> Any:
        while True:
            life = 50 * luck.weibull(2)
            up[0] += max(0, min(env.now + life, 2000) - max(env.now, 200))
            yield env.timeout(life)
            with crew.request() as asked:
                yield asked
                yield env.timeout(luck.exponential(6))

    for _ in range(10):
        env.process(machine())
    env.run(2000)
    return up[0] / 18_000


@pytest.mark.parametrize("repairers", [1, 2])
def test_machines_wait_for_a_repairer_as_in_simpy(repairers: int) -> None:
    ours = outcomes(model("machines", repairers=repairers), 1_000)
    theirs = np.array([machines_in_simpy(seed, repairers) for seed in range(60)])
    alike(ours["available"], theirs)


@pytest.mark.parametrize("overhaul", [1000.0, 40.0, 12.5])
def test_machines_are_renewed_as_in_theory(overhaul: float) -> None:
    """With a repairer for each: mean life over mean cycle, where an overhaul cuts a life short."""
    life, _ = integrate.quad(lambda t: math.exp(-((t / 50) ** 2)), 0, overhaul, points=[40.0])
    found = outcomes(model("machines", repairers=10, overhaul=overhaul), 1_000)
    close(found["available"], life / (life + 6))
    mean = np.mean([found[f"up[{m}]"] for m in range(1, 11)], axis=0)
    assert np.allclose(mean, found["available"], rtol=1e-12)
    assert found["oldest"].max() <= overhaul + 1e-9


# -- twelve regions --------------------------------------------------------------------------------


def regions_in_python(seed: int, tables: tuple[Array, Array, Array]) -> tuple[Array, int]:
    """Attack rates by region and the peak, by Gillespie's direct method."""
    people, cases, contacts = tables
    luck, now = np.random.default_rng(seed), 0.0
    well, ill = people - cases, cases.copy()
    peak = ill.sum()
    while True:
        infections = (0.35 * ill / people + contacts @ (ill / people)) * well
        rates = np.concatenate([infections, ill / 5]).cumsum()
        if rates[-1] == 0:
            break
        now += luck.exponential(1 / rates[-1])
        if now > 120:
            break
        which = int(np.searchsorted(rates, luck.random() * rates[-1], side="right"))
        region = which % 12
        if which < 12:
            well[region] -= 1
        ill[region] += 1 if which < 12 else -1
        peak = max(peak, ill.sum())
    return 1 - well / people, int(peak)


def region_tables() -> tuple[Array, Array, Array]:
    whole = np.genfromtxt(MODELS / "regions/regions.csv", delimiter=",", skip_header=1)
    contacts = np.genfromtxt(MODELS / "regions/mobility.csv", delimiter=",", skip_header=1)
    return whole[:, 1], whole[:, 2], contacts[:, 1:]


def test_regions_infect_each_other_as_in_plain_python() -> None:
    found = outcomes(model("twelve_regions"), 2_000)
    tables = region_tables()
    runs = [regions_in_python(seed, tables) for seed in range(120)]
    attack = np.array([attack for attack, _ in runs])
    ours = np.array([found[name] for name in found if name.startswith("attack[")]).T
    assert ours.shape == (2_000, 12)
    for region in range(12):
        alike(ours[:, region], attack[:, region])
    alike(found["peak"], np.array([float(peak) for _, peak in runs]))
    assert np.array_equal(ours.max(axis=1), found["worst"])


def further_region(folder: Path, contacts: str) -> sim.Scenario:
    """The twelve regions and a thirteenth, first in the list, with five cases of its own."""
    (folder / "regions").mkdir()
    for name, column, row in (
        ("regions.csv", "", "moor,70,5\n"),
        ("mobility.csv", ",moor\n", "moor" + 12 * f",{contacts}" + ",0\n"),
    ):
        head, *lines = (MODELS / "regions" / name).read_text().splitlines(keepends=True)
        if column:
            head = head.replace("\n", column)
            lines = [line.replace("\n", f",{contacts}\n") for line in lines]
        (folder / "regions" / name).write_text(head + row + "".join(lines))
    file = folder / "regions.yaml"
    file.write_text((MODELS / "twelve_regions.yaml").read_text())
    return sim.load_scenario(file)


@pytest.mark.parametrize("contacts", ["0", "0.004"])
def test_a_thirteenth_region_leaves_the_luck_of_others_alone(tmp_path: Path, contacts: str) -> None:
    """Without contacts, all that happens elsewhere is the same, bit for bit; with some it is not."""
    twelve, thirteen = model("twelve_regions"), further_region(tmp_path, contacts)
    one, other = block(twelve, 20), block(thirteen, 20)
    names = list(thirteen.model.computed)
    assert "attack[moor]" in names
    shared = [name for name in twelve.model.computed if "[" in name]
    found = {name: other.outcomes[:, names.index(name)] for name in names}
    same = [
        np.array_equal(of, found[name], equal_nan=True)
        for name, of in zip(twelve.model.computed, one.outcomes.T, strict=True)
        if name in shared
    ]
    assert all(same) if contacts == "0" else not any(same)
    assert found["attack[moor]"].mean() > 0.1
    assert other.events.sum() > one.events.sum()


# -- what is added leaves all other draws alone ----------------------------------------------------

BASE = """
sets: {firm: [a, b]}
levers: {price: {default: 1.0, range: [0, 2]}}
state:
  stock: {over: firm, initial: 'poisson(9)'}
  seen: 0.0
events:
  sale:
    over: firm as f
    rate: 0.5 + 0.1 * stock[f]
    if: stock[f] > 0
    do: stock[f] -= binomial(stock[f], 0.4)
    then: [{schedule: 'delivery[f]', after: 'gamma(2, 0.5)'}]
  delivery:
    over: firm as f
    do: stock[f] += poisson(3 * price)
  audit:
    every: exponential(1)
    do: seen += uniform(0, 1)
outcomes:
  left: {over: firm as f, final: 'stock[f]'}
  held: {over: firm as f, mean: 'stock[f]'}
  seen: {final: seen}
  audits: {count: audit}
"""
AUDIT = "  audit:\n"
MANY = f"[{', '.join(f'm{i}' for i in range(50))}, a, b, {', '.join(f'n{i}' for i in range(50))}]"
TABLE = "tables: {t: {points: {0: 1, 3: 5, 10: 2}, beyond: hold, why: Made up}}\nlevers:"
#: What is replaced in the model, and by what.
ADDED = {
    "a member at the end": ("[a, b]", "[a, b, c]"),
    "a member in front": ("[a, b]", "[z, a, b]"),
    "another order of members": ("[a, b]", "[b, a]"),
    "a hundred members": ("[a, b]", MANY),
    "a set": ("sets: {", "sets: {year: {count: 9}, "),
    "a lever over a set": (
        "levers: {",
        "levers: {tax: {over: firm, default: 0.1, range: [0, 1]}, ",
    ),
    "a table": ("levers:", TABLE),
    "an argument": (
        "do: stock[f] += poisson(3 * price)",
        "takes: {rush: false}\n    do: stock[f] += poisson(3 * price) + (1 if rush else 0)",
    ),
    "an event that reads a table of the time": (
        AUDIT,
        "  more: {rate: t(now), do: 'x += normal(0, 1)'}\n  audit:\n",
    ),
    "an event over a set": (
        AUDIT,
        "  fire: {over: firm as g, every: 'exponential(2)', do: 'x += normal(0, stock[g])'}\n  audit:\n",
    ),
    "an event over two sets": (
        AUDIT,
        "  fire: {over: [firm as g, firm as h], rate: '0.1 * stock[g]', do: 'x += normal(0, 1)'}\n  audit:\n",
    ),
    "an outcome over two sets": (
        "  audits:",
        "  gaps: {over: [firm as g, firm as h], max: 'stock[g] - stock[h]'}\n  audits:",
    ),
    "a value over members": (
        "events:\n",
        "derived: {all_stock: 'sum(stock[k] for k in firm)'}\nevents:\n",
    ),
}


@pytest.mark.parametrize("what", ADDED)
def test_what_is_added_leaves_all_other_draws_alone(what: str) -> None:
    old, new = ADDED[what]
    assert old in BASE
    text = BASE.replace(old, new)
    if "x +=" in new:
        text = text.replace("  seen: 0.0\n", "  seen: 0.0\n  x: 0.0\n")
    if "t(now)" in new:
        text = text.replace("levers:", TABLE, 1)
    before, after = outcomes(scenario(BASE, 20), 20), outcomes(scenario(text, 20), 20)
    assert len({float(x) for x in before["held[a]"]}) == 20
    assert not np.array_equal(before["held[a]"], before["held[b]"])
    for name, of in before.items():
        assert np.array_equal(of, after[name], equal_nan=True), name
