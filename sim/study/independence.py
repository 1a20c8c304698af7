"""Scenarios of models that list plausible futures, without them: their ranges are sampled."""

from __future__ import annotations

from dataclasses import replace

from sim.study.scenario import Scenario


def lists_futures(scenario: Scenario) -> bool:
    """Whether the file of the model of a scenario names plausible futures, used or not."""
    document = scenario.document
    return document is not None and "futures" in document.chain.model.entries


def independent(scenario: Scenario) -> Scenario:
    """Return the scenario of a model that lists no plausible futures."""
    if scenario.base.futures is None:
        return scenario
    document = scenario.document
    if document is not None:
        document = replace(document, chain=replace(document.chain, listed=None))
    model = replace(scenario.model, futures=None)
    alone = scenario.base is scenario.model
    base = model if alone else replace(scenario.base, futures=None)
    return replace(scenario, model=model, base=base, document=document)
