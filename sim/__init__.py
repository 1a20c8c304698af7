"""Fulcrum: a policy-lever scenario simulator. A toy, not a forecast.

A first script:

    import sim

    scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
    print(sim.trace(scenario, seed=7))
    later = scenario.with_settings({"mediation_day": 20}, "later")
    ensemble = sim.run([scenario, later], replications=500)
    print(sim.compare(ensemble))

Further names are in `sim.analysis`, `sim.charts`, `sim.model`, `sim.reporting`, `sim.formatting` and
`sim.yaml`. `__init__.pyi` lists the public names; each loads at first use.
"""

import lazy_loader

from sim.version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
