"""The benchmark model as SimPy processes; hazards are interrupted when their rate changes."""

from __future__ import annotations

import simpy

from peers.world import HORIZON, World


class Model:
    def __init__(self, seed: int, keyed: bool = False) -> None:
        self.env = env = simpy.Environment()
        self.world = world = World(seed, keyed)
        for gap, action in (
            (world.raid_gap, world.raid),
            (world.rest_gap, world.rest),
            (world.repair_gap, world.repair),
            (world.week, world.report),
        ):
            env.process(self.renewal(gap, action))
        env.process(self.shock())
        self.conditions = [
            [world.short, False, self.order],
            [world.alarming, False, self.alarm],
        ]
        self.hazards = []
        for rate, action in (
            (world.talks_hazard, self.talks),
            (world.break_hazard, self.truce_break),
        ):
            hazard = [None, rate, rate()]
            hazard[0] = env.process(self.hazard(hazard, action))
            self.hazards.append(hazard)

    def happened(self) -> None:
        """Let hazards and conditions follow the state."""
        for hazard in self.hazards:
            process, rate, old = hazard
            new = rate()
            if new != old:
                hazard[2] = new
                if process is not self.env.active_process:
                    process.interrupt()
        for condition in self.conditions:
            test, was, reaction = condition
            condition[1] = holds = test()
            if holds and not was:
                self.env.process(reaction())

    def renewal(self, gap, action):
        while True:
            yield self.env.timeout(gap())
            self.world.account(self.env.now)
            action()
            self.happened()

    def hazard(self, hazard, action):
        while True:
            try:
                rate = hazard[2]
                if rate > 0.0:
                    yield self.env.timeout(self.world.rng.exponential(1.0 / rate))
                else:
                    yield self.env.event()
            except simpy.Interrupt:
                continue
            self.world.account(self.env.now)
            action()
            self.happened()

    def talks(self) -> None:
        self.env.process(self.later(self.world.talks_open(), self.talks_end))

    def talks_end(self) -> None:
        self.world.talks_end(self.env.now)

    def truce_break(self) -> None:
        self.world.truce_break()

    def later(self, delay, action):
        yield self.env.timeout(delay)
        self.world.account(self.env.now)
        action()
        self.happened()

    def order(self):
        yield self.env.timeout(0)
        self.world.account(self.env.now)
        delay = self.world.reorder()
        self.happened()
        yield from self.later(delay, self.world.delivery)

    def alarm(self):
        yield self.env.timeout(0)
        self.world.account(self.env.now)
        delay = self.world.alarm()
        self.happened()
        yield from self.later(delay, self.world.alarm_off)

    def shock(self):
        yield from self.later(60.0, self.world.shock)


def replicate(seed: int, keyed: bool = False) -> tuple[list[float], int]:
    model = Model(seed, keyed)
    model.env.run(until=HORIZON)
    return model.world.outcomes(), model.world.events
