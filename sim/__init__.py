"""Fulcrum: a policy-lever scenario simulator. A toy, not a forecast.

The main job in a few lines:

    import sim

    scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
    print(sim.trace(scenario, seed=7))
    later = scenario.with_settings({"mediation_day": 20}, "later")
    ensemble = sim.run([scenario, later], replications=500)
    print(sim.compare(ensemble))

What is less common lies in `sim.analysis`, `sim.charts`, `sim.formatting` and `sim.yaml`. Each name
is loaded when it is first used; `__init__.pyi` lists them.
"""

import lazy_loader

from sim.version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
