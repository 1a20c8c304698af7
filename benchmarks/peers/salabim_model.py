"""The benchmark model as salabim components."""

from __future__ import annotations

import salabim

from peers.world import HORIZON, World

salabim.yieldless(False)


class Part(salabim.Component):
    """A component of a model; after each transition hazards and conditions follow the state."""

    def setup(self, model) -> None:
        self.model = model

    def happen(self, action):
        model = self.model
        model.world.account(model.env.now())
        delay = action()
        for hazard in model.hazards:
            new = hazard.rate()
            if new != hazard.current:
                hazard.current = new
                if hazard is not self:
                    hazard.activate(process="process")
        for condition in model.conditions:
            test, was, first, then = condition
            condition[1] = holds = test()
            if holds and not was:
                Chain(model=model, delays=(0.0,), actions=(first, then))
        return delay


class Renewal(Part):
    def setup(self, model, gap, action) -> None:
        self.model, self.gap, self.action = model, gap, action

    def process(self):
        while True:
            yield self.hold(self.gap())
            self.happen(self.action)


class Chain(Part):
    """One transition, and perhaps another as long after it as the first one says."""

    def setup(self, model, delays, actions) -> None:
        self.model, self.delays, self.actions = model, delays, actions

    def process(self):
        (delay,) = self.delays
        for action in self.actions:
            yield self.hold(delay)
            delay = self.happen(action)


class Hazard(Part):
    def setup(self, model, rate, action) -> None:
        self.model, self.rate, self.action = model, rate, action
        self.current = rate()

    def process(self):
        while True:
            if self.current > 0.0:
                yield self.hold(self.model.world.rng.exponential(1.0 / self.current))
                self.happen(self.action)
            else:
                yield self.passivate()


class Model:
    def __init__(self, seed: int) -> None:
        self.env = salabim.Environment(trace=False, random_seed=None)
        self.world = world = World(seed)
        self.conditions = [
            [world.short, False, world.reorder, world.delivery],
            [world.alarming, False, world.alarm, world.alarm_off],
        ]
        self.hazards = []
        for gap, action in (
            (world.raid_gap, world.raid),
            (world.rest_gap, world.rest),
            (world.repair_gap, world.repair),
            (world.week, world.report),
        ):
            Renewal(model=self, gap=gap, action=action)
        Chain(model=self, delays=(60.0,), actions=(world.shock,))
        self.hazards += [
            Hazard(model=self, rate=world.talks_hazard, action=self.talks),
            Hazard(model=self, rate=world.break_hazard, action=world.truce_break),
        ]

    def talks(self) -> None:
        Chain(model=self, delays=(self.world.talks_open(),), actions=(self.talks_end,))

    def talks_end(self) -> None:
        self.world.talks_end(self.env.now())


def replicate(seed: int) -> tuple[list[float], int]:
    model = Model(seed)
    model.env.run(till=HORIZON)
    return model.world.outcomes(), model.world.events
