"""A model with two structural assumptions: a lever helps under some forms, and not under others."""

from __future__ import annotations

from dataclasses import replace

from toys import scenario

import sim

#: Under every form *peak* rises; *leverage* turns with *decide*; *damage* moves under one form alone.
RIVALS = """
levers: {push: {default: 0.0, range: [0.0, 10.0], label: Push}}
parameters:
  decide:
    assume: pressure
    options: [pressure, learning, attrition]
    label: How they decide
    why: Three readings of one record.
  ladder: {assume: chance, options: [chance, in_reply], label: The ladder, why: Two readings.}
  strength: {assume: 1.0, range: [0.5, 1.5], why: A guess.}
state: {heat: 0.0, will: 50.0, lost: 0.0}
derived:
  pull: "push * strength if decide == 'pressure' else (0 - push * strength if decide == 'attrition' else 0)"
  rise: "push * strength if ladder == 'chance' else 2 * push * strength"
events:
  tick:
    every: 1
    do: |
      heat = heat + normal(0, 1) + rise / 10
      will = will + normal(0, 1) + pull / 10
      lost = lost + normal(0, 1) + (push / 10 if ladder == 'in_reply' else 0)
outcomes:
  leverage: {final: will, goal: maximize, headline: true, matters: 0.5, label: Leverage}
  peak: {max: heat, goal: minimize, headline: true, matters: 0.5, label: Peak of escalation}
  damage: {final: lost, goal: minimize, headline: true, matters: 0.5, label: Damage}
"""


def rivals(*pushes: float) -> list[sim.Scenario]:
    """The model with its lever at some values, by default 0 and 5."""
    return [
        replace(scenario(RIVALS, push=push), name=f"push_{push:g}", title=f"Push {push:g}")
        for push in pushes or (0.0, 5.0)
    ]


def rivals_run(futures: int = 200, replications: int = 5, *pushes: float) -> sim.Ensemble:
    """Its runs in sampled futures."""
    made = sim.make_experiment(rivals(*pushes), futures=futures, replications=replications, seed=3)
    return sim.run(made)
