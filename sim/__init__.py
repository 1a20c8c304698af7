"""Fulcrum: a policy-lever scenario simulator. A toy, not a forecast.

The main job in a few lines:

    import sim

    scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
    print(sim.trace(scenario, seed=7))
    later = scenario.with_settings({"mediation_day": 20}, "later")
    ensemble = sim.run([scenario, later], replications=500)
    print(sim.compare(ensemble))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sim.version import __version__

_HOMES = {
    "attribute": "sim.analysis.attribution",
    "compare": "sim.analysis.comparison",
    "Comparison": "sim.analysis.comparison",
    "Row": "sim.analysis.comparison",
    "discover": "sim.analysis.discovery",
    "Estimate": "sim.analysis.estimates",
    "evidence_of": "sim.analysis.evidence",
    "importance": "sim.analysis.givendata",
    "worth": "sim.analysis.information",
    "factors": "sim.analysis.inputs",
    "judge": "sim.analysis.robustness",
    "morris": "sim.analysis.screening",
    "tornado": "sim.analysis.single",
    "search_levers": "sim.analysis.search",
    "sobol": "sim.analysis.sensitivity",
    "run_until": "sim.analysis.stopping",
    "sweep_levers": "sim.analysis.sweep",
    "backtest": "sim.analysis.targets",
    "calibrate": "sim.analysis.targets",
    "pair": "sim.analysis.twins",
    "run_batch": "sim.batch",
    "verify": "sim.batch",
    "Clock": "sim.clock",
    "Ensemble": "sim.ensemble",
    "Trajectories": "sim.ensemble",
    "did_you_mean": "sim.errors",
    "ExperimentError": "sim.errors",
    "ModelError": "sim.errors",
    "ResultError": "sim.errors",
    "RunError": "sim.errors",
    "SimError": "sim.errors",
    "Experiment": "sim.experiment",
    "load_experiment": "sim.experiment_file",
    "plan": "sim.experiment",
    "Target": "sim.experiment",
    "Lever": "sim.model",
    "Model": "sim.model",
    "Outcome": "sim.model",
    "Parameter": "sim.model",
    "charts": "sim.reporting",
    "exploring_charts": "sim.reporting",
    "numbers": "sim.reporting",
    "sensitivity_charts": "sim.reporting",
    "tables": "sim.reporting",
    "answer": "sim.reporting.answers",
    "model_card": "sim.reporting.card",
    "report_html": "sim.reporting.report",
    "replay": "sim.running",
    "run": "sim.running",
    "trace": "sim.running",
    "load_model": "sim.scenario",
    "load_scenario": "sim.scenario",
    "parse_scenario": "sim.scenario",
    "Scenario": "sim.scenario",
    "dump": "sim.source",
    "read_file": "sim.source",
    "splice": "sim.source",
    "to_data": "sim.source",
    "load_results": "sim.store",
    "write_study": "sim.studies",
    "load_targets": "sim.targets",
    "Trace": "sim.traces",
}

__all__ = [*sorted(_HOMES), "__version__"]

if TYPE_CHECKING:
    from sim.analysis.attribution import attribute as attribute
    from sim.analysis.comparison import Comparison as Comparison
    from sim.analysis.comparison import Row as Row
    from sim.analysis.comparison import compare as compare
    from sim.analysis.discovery import discover as discover
    from sim.analysis.estimates import Estimate as Estimate
    from sim.analysis.evidence import evidence_of as evidence_of
    from sim.analysis.givendata import importance as importance
    from sim.analysis.information import worth as worth
    from sim.analysis.inputs import factors as factors
    from sim.analysis.robustness import judge as judge
    from sim.analysis.screening import morris as morris
    from sim.analysis.search import search_levers as search_levers
    from sim.analysis.sensitivity import sobol as sobol
    from sim.analysis.single import tornado as tornado
    from sim.analysis.stopping import run_until as run_until
    from sim.analysis.sweep import sweep_levers as sweep_levers
    from sim.analysis.targets import backtest as backtest
    from sim.analysis.targets import calibrate as calibrate
    from sim.analysis.twins import pair as pair
    from sim.batch import run_batch as run_batch
    from sim.batch import verify as verify
    from sim.clock import Clock as Clock
    from sim.ensemble import Ensemble as Ensemble
    from sim.ensemble import Trajectories as Trajectories
    from sim.errors import ExperimentError as ExperimentError
    from sim.errors import ModelError as ModelError
    from sim.errors import ResultError as ResultError
    from sim.errors import RunError as RunError
    from sim.errors import SimError as SimError
    from sim.errors import did_you_mean as did_you_mean
    from sim.experiment import Experiment as Experiment
    from sim.experiment import Target as Target
    from sim.experiment import plan as plan
    from sim.experiment_file import load_experiment as load_experiment
    from sim.model import Lever as Lever
    from sim.model import Model as Model
    from sim.model import Outcome as Outcome
    from sim.model import Parameter as Parameter
    from sim.reporting import charts as charts
    from sim.reporting import exploring_charts as exploring_charts
    from sim.reporting import numbers as numbers
    from sim.reporting import sensitivity_charts as sensitivity_charts
    from sim.reporting import tables as tables
    from sim.reporting.answers import answer as answer
    from sim.reporting.card import model_card as model_card
    from sim.reporting.report import report_html as report_html
    from sim.running import replay as replay
    from sim.running import run as run
    from sim.running import trace as trace
    from sim.scenario import Scenario as Scenario
    from sim.scenario import load_model as load_model
    from sim.scenario import load_scenario as load_scenario
    from sim.scenario import parse_scenario as parse_scenario
    from sim.source import dump as dump
    from sim.source import read_file as read_file
    from sim.source import splice as splice
    from sim.source import to_data as to_data
    from sim.store import load_results as load_results
    from sim.studies import write_study as write_study
    from sim.targets import load_targets as load_targets
    from sim.traces import Trace as Trace


def __getattr__(name: str) -> Any:
    """Load a public name from its module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    home = importlib.import_module(_HOMES[name])
    if not hasattr(home, name):  # a whole module, as `sim.tables`
        importlib.import_module(f"{_HOMES[name]}.{name}")
    value = getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
