"""The benchmark model by hand: its state, its transitions and its outcomes, without a clock.

What an engine has to add is when something happens. Numbers come from NumPy's generator, as anyone
would write it, or from our own draws; either way in another order, so these models agree with ours in
distribution, not bit for bit.
"""

from __future__ import annotations

import math

import numpy as np

from sim.numerics import draws

HORIZON = 180.0
NAMES = ("leaked", "damage", "mean_stock", "truce", "truce_day", "truce_days", "alarms")
NAMES += ("worst_fatigue",)


class World:
    reorder_level, batch, raid_interval, raid_size, p_stop = 60, 90, 0.85, 5.0, 0.6
    talks_rate, break_rate, p_truce, alarm_level = 0.004, 0.02, 0.35, 22

    def __init__(self, seed: int, keyed: bool = False) -> None:
        self.rng = Keyed(seed) if keyed else np.random.default_rng(seed)
        self.phase = "war"
        self.stock, self.on_order = 120, 0
        self.launched = self.stopped = self.leaked = self.leaked_week = self.weeks = 0
        self.damage = self.repaired = self.pressure = self.fatigue = self.trend = 0.0
        self.patience = self.morale = 1.0
        self.seen = 0.0
        self.stock_days = self.truce_days = self.worst_fatigue = 0.0
        self.truce_day = math.nan
        self.alarms = self.events = 0

    def account(self, now: float) -> None:
        """Add up what has lasted until now; called before every transition."""
        self.events += 1
        passed = now - self.seen
        self.stock_days += self.stock * passed
        if self.phase == "truce":
            self.truce_days += passed
        self.seen = now

    def outcomes(self) -> list[float]:
        self.account(HORIZON)
        self.events -= 1
        held = not math.isnan(self.truce_day)
        return [
            *(self.leaked, self.damage, self.stock_days / HORIZON, float(held), self.truce_day),
            *(self.truce_days, self.alarms, self.worst_fatigue),
        ]

    # Intervals, hazards and conditions.

    def raid_gap(self) -> float:
        return self.rng.exponential(self.raid_interval)

    def rest_gap(self) -> float:
        return self.rng.exponential(3.0)

    def repair_gap(self) -> float:
        return self.rng.uniform(2.0, 4.0)

    def week(self) -> float:
        return 7.0

    def talks_hazard(self) -> float:
        if self.phase != "war":
            return 0.0
        return self.talks_rate * (1.0 + self.pressure + 2.0 * (1.0 - self.patience))

    def break_hazard(self) -> float:
        return self.break_rate * (2.0 - self.patience) if self.phase == "truce" else 0.0

    def short(self) -> bool:
        return self.stock < self.reorder_level and self.on_order == 0

    def alarming(self) -> bool:
        return self.leaked_week > self.alarm_level

    # Transitions; those that schedule another return after how long.

    def raid(self) -> None:
        if self.phase == "truce":
            return
        n = int(self.rng.poisson(self.raid_size))
        engaged = min(n, self.stock)
        hits = int(self.rng.binomial(engaged, self.p_stop * (1.0 - 0.3 * self.fatigue)))
        self.stock -= engaged
        self.launched += n
        self.stopped += hits
        self.leaked += n - hits
        self.leaked_week += n - hits
        self.damage += (n - hits) * self.rng.lognormal(0.0, 0.5)
        self.fatigue = min(1.0, self.fatigue + 0.02)
        self.worst_fatigue = max(self.worst_fatigue, self.fatigue)

    def rest(self) -> None:
        self.fatigue *= 0.6
        self.morale = min(max(self.morale + self.rng.normal(0.0, 0.05), 0.0), 2.0)

    def repair(self) -> None:
        self.repaired += (self.damage - self.repaired) * 0.1
        self.pressure = min(max(0.01 * (self.damage - self.repaired), 0.0), 3.0)

    def report(self) -> None:
        self.trend = 0.7 * self.trend + 0.3 * self.leaked_week
        self.leaked_week = 0
        self.weeks += 1
        self.patience = min(max(self.patience - 0.01 * self.trend / 7.0, 0.0), 1.0)

    def reorder(self) -> float:
        self.on_order += 1
        return self.rng.triangular(3.0, 7.0, 20.0)

    def delivery(self) -> None:
        self.stock += self.batch
        self.on_order -= 1

    def alarm(self) -> float:
        self.alarms += 1
        self.morale *= 0.9
        return self.rng.exponential(3.0)

    def alarm_off(self) -> None:
        self.morale = min(2.0, self.morale + 0.05)

    def talks_open(self) -> float:
        self.phase = "talks"
        return self.rng.uniform(7.0, 30.0)

    def talks_end(self, now: float) -> None:
        self.phase = "truce" if self.rng.random() < self.p_truce else "war"
        if self.phase == "truce" and math.isnan(self.truce_day):
            self.truce_day = now

    def truce_break(self) -> None:
        self.phase = "war"

    def shock(self) -> None:
        self.patience *= 0.8


class Keyed:
    """Fulcrum's keyed draws under the names of NumPy's generator: a site for each kind of draw.

    With these a peer does the same arithmetic for a random number as Fulcrum, in CPython.
    """

    def __init__(self, seed: int) -> None:
        self.stream = draws.replication_key(1, 0, seed)
        self.n = 0

    def random(self) -> float:
        self.n += 1
        return draws.uniform01(self.stream, 0x9A31, self.n)

    def exponential(self, mean: float) -> float:
        return draws.exponential(self.random(), mean)

    def uniform(self, low: float, high: float) -> float:
        return draws.uniform(self.random(), low, high)

    def triangular(self, low: float, mode: float, high: float) -> float:
        return draws.triangular(self.random(), low, mode, high)

    def normal(self, mean: float, sd: float) -> float:
        return draws.normal(self.random(), mean, sd)

    def lognormal(self, mu: float, sigma: float) -> float:
        return draws.lognormal(self.random(), mu, sigma)

    def poisson(self, mean: float) -> float:
        return draws.poisson(self.random(), mean)

    def binomial(self, n: int, p: float) -> float:
        return draws.binomial(self.random(), float(n), p)
