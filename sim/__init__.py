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
    "Estimate": "sim.numerics.estimates",
    "evidence_of": "sim.analysis.evidence",
    "importance": "sim.analysis.given_data",
    "worth": "sim.analysis.value_of_information",
    "factors": "sim.analysis.inputs",
    "judge": "sim.analysis.robustness",
    "morris": "sim.analysis.screening",
    "tornado": "sim.analysis.one_at_a_time",
    "search_levers": "sim.analysis.search",
    "sobol": "sim.analysis.variance_decomposition",
    "run_until": "sim.analysis.stopping",
    "sweep_levers": "sim.analysis.sweep",
    "backtest": "sim.analysis.targets",
    "calibrate": "sim.analysis.targets",
    "pair": "sim.analysis.paired_traces",
    "run_batch": "sim.storage.batch",
    "verify": "sim.storage.batch",
    "Clock": "sim.model.clock",
    "Ensemble": "sim.execution.ensemble",
    "Trajectories": "sim.execution.ensemble",
    "did_you_mean": "sim.errors",
    "ExperimentError": "sim.errors",
    "ModelError": "sim.errors",
    "ResultError": "sim.errors",
    "RunError": "sim.errors",
    "SimError": "sim.errors",
    "Experiment": "sim.study.experiment",
    "load_experiment": "sim.study.experiment_file",
    "plan": "sim.study.experiment",
    "Target": "sim.study.experiment",
    "Lever": "sim.model.types",
    "Model": "sim.model.types",
    "Outcome": "sim.model.types",
    "Parameter": "sim.model.types",
    "charts": "sim.reporting",
    "exploring_charts": "sim.reporting",
    "formatting": "sim",
    "sensitivity_charts": "sim.reporting",
    "tables": "sim.reporting",
    "answer": "sim.reporting.answers",
    "model_card": "sim.reporting.card",
    "report_html": "sim.reporting.report",
    "replay": "sim.execution.runner",
    "run": "sim.execution.runner",
    "trace": "sim.execution.runner",
    "load_model": "sim.study.scenario",
    "load_scenario": "sim.study.scenario",
    "parse_scenario": "sim.study.scenario",
    "Scenario": "sim.study.scenario",
    "dump": "sim.yaml",
    "read_file": "sim.yaml",
    "splice": "sim.yaml",
    "to_data": "sim.yaml",
    "load_results": "sim.storage.run_directory",
    "write_study": "sim.study.templates",
    "load_targets": "sim.study.targets",
    "Trace": "sim.engine.trace",
}

__all__ = [*sorted(_HOMES), "__version__"]

if TYPE_CHECKING:
    from sim import charts
    from sim import formatting as formatting
    from sim.analysis.attribution import attribute as attribute
    from sim.analysis.comparison import Comparison as Comparison
    from sim.analysis.comparison import Row as Row
    from sim.analysis.comparison import compare as compare
    from sim.analysis.discovery import discover as discover
    from sim.analysis.evidence import evidence_of as evidence_of
    from sim.analysis.given_data import importance as importance
    from sim.analysis.inputs import factors as factors
    from sim.analysis.one_at_a_time import tornado as tornado
    from sim.analysis.paired_traces import pair as pair
    from sim.analysis.robustness import judge as judge
    from sim.analysis.screening import morris as morris
    from sim.analysis.search import search_levers as search_levers
    from sim.analysis.stopping import run_until as run_until
    from sim.analysis.sweep import sweep_levers as sweep_levers
    from sim.analysis.targets import backtest as backtest
    from sim.analysis.targets import calibrate as calibrate
    from sim.analysis.value_of_information import worth as worth
    from sim.analysis.variance_decomposition import sobol as sobol
    from sim.engine.trace import Trace as Trace
    from sim.errors import ExperimentError as ExperimentError
    from sim.errors import ModelError as ModelError
    from sim.errors import ResultError as ResultError
    from sim.errors import RunError as RunError
    from sim.errors import SimError as SimError
    from sim.errors import did_you_mean as did_you_mean
    from sim.execution.ensemble import Ensemble as Ensemble
    from sim.execution.ensemble import Trajectories as Trajectories
    from sim.execution.runner import replay as replay
    from sim.execution.runner import run as run
    from sim.execution.runner import trace as trace
    from sim.model.clock import Clock as Clock
    from sim.model.types import Lever as Lever
    from sim.model.types import Model as Model
    from sim.model.types import Outcome as Outcome
    from sim.model.types import Parameter as Parameter
    from sim.numerics.estimates import Estimate as Estimate
    from sim.reporting import exploring_charts as exploring_charts
    from sim.reporting import sensitivity_charts as sensitivity_charts
    from sim.reporting import tables as tables
    from sim.reporting.answers import answer as answer
    from sim.reporting.card import model_card as model_card
    from sim.reporting.report import report_html as report_html
    from sim.storage.batch import run_batch as run_batch
    from sim.storage.batch import verify as verify
    from sim.storage.run_directory import load_results as load_results
    from sim.study.experiment import Experiment as Experiment
    from sim.study.experiment import Target as Target
    from sim.study.experiment import plan as plan
    from sim.study.experiment_file import load_experiment as load_experiment
    from sim.study.scenario import Scenario as Scenario
    from sim.study.scenario import load_model as load_model
    from sim.study.scenario import load_scenario as load_scenario
    from sim.study.scenario import parse_scenario as parse_scenario
    from sim.study.targets import load_targets as load_targets
    from sim.study.templates import write_study as write_study
    from sim.yaml import dump as dump
    from sim.yaml import read_file as read_file
    from sim.yaml import splice as splice
    from sim.yaml import to_data as to_data


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
