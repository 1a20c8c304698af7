"""The benchmark model on Mesa's discrete-event simulator: one agent, the world, and its events."""

from __future__ import annotations

import warnings

import mesa
from mesa.experimental.devs import DEVSimulator

from peers.world import HORIZON, World


class Theatre(mesa.Agent):
    """The world as an agent that schedules its own events."""

    def __init__(self, model, seed: int) -> None:
        super().__init__(model)
        self.world = World(seed)
        self.simulator = model.simulator
        self.rates = {}
        self.events = {}
        self.truths = {"order": False, "alarm": False}

    def begin(self) -> None:
        w = self.world
        for gap, action in (
            (w.raid_gap, w.raid),
            (w.rest_gap, w.rest),
            (w.repair_gap, w.repair),
            (w.week, w.report),
        ):
            self.later(self.renewal, gap(), gap, action)
        self.later(self.once, 60.0, w.shock)
        self.follow()

    def later(self, function, delay, *args):
        self.calls = getattr(self, "calls", [])
        self.calls.append(function)  # Mesa keeps weak references
        return self.simulator.schedule_event_relative(function, delay, function_args=list(args))

    def renewal(self, gap, action) -> None:
        self.once(action)
        self.later(self.renewal, gap(), gap, action)

    def once(self, action, then=None) -> None:
        self.world.account(self.simulator.time)
        delay = action()
        if then is not None:
            self.later(self.once, delay, then)
        self.follow()

    def ring(self, name, action, then) -> None:
        del self.events[name]
        self.rates[name] = 0.0
        self.once(action, then)

    def talks_end(self) -> None:
        self.world.talks_end(self.simulator.time)

    def follow(self) -> None:
        w = self.world
        for name, rate, action, then in (
            ("talks", w.talks_hazard(), w.talks_open, self.talks_end),
            ("break", w.break_hazard(), w.truce_break, None),
        ):
            if rate != self.rates.get(name, 0.0):
                self.rates[name] = rate
                if name in self.events:
                    self.simulator.cancel_event(self.events.pop(name))
                if rate > 0.0:
                    delay = w.rng.exponential(1.0 / rate)
                    self.events[name] = self.later(self.ring, delay, name, action, then)
        for name, holds, action, then in (
            ("order", w.short(), w.reorder, w.delivery),
            ("alarm", w.alarming(), w.alarm, w.alarm_off),
        ):
            if holds and not self.truths[name]:
                self.later(self.once, 0.0, action, then)
            self.truths[name] = holds


class Model(mesa.Model):
    def __init__(self, seed: int) -> None:
        super().__init__(seed=seed)
        self.simulator = DEVSimulator()
        self.simulator.setup(self)
        self.theatre = Theatre(self, seed)
        self.theatre.begin()


def replicate(seed: int) -> tuple[list[float], int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = Model(seed)
        model.simulator.run_until(HORIZON)
    return model.theatre.world.outcomes(), model.theatre.world.events
