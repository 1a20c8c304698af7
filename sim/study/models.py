"""The models of merged documents: each is read once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace

from sim.errors import Diagnostic
from sim.model.builder import read_model
from sim.model.facts import Fact
from sim.model.types import Model, Value
from sim.study.guide import read_guide
from sim.study.overlay import Chain
from sim.study.own_values import declared
from sim.yaml import Mapping as MappingNode
from sim.yaml import Scalar

#: Models by all that they were read from: a study reads each of its models once.
_models: OrderedDict[tuple[object, ...], Model] = OrderedDict()
MAX_MODELS = 16


def base_of(chain: Chain, facts: Mapping[str, Fact]) -> Model:
    """Return the model alone, without the overlays."""
    alone = replace(
        chain, node=chain.model, files=chain.files[:1], faults=[], texts=chain.texts[:1],
        counterfactual=frozenset(),
    )  # fmt: skip
    return model_of(alone, facts, [])


def model_of(chain: Chain, facts: Mapping[str, Fact], faults: list[Diagnostic]) -> Model:
    """Return the model of a chain of documents, or the one that the same documents gave before."""
    files = (*chain.files, *(text.name for text in chain.blocks))
    key: tuple[object, ...] = (
        chain.texts, chain.blocks, files, chain.counterfactual, tuple(facts.items()),
    )  # fmt: skip
    key += tuple((name, file.text) for name, file in chain.csv.items())
    if chain.listed is not None:
        key += (chain.listed.path, chain.listed.content, chain.listed.errors)
    if chain.guide is not None:
        key += (chain.guide.path, chain.guide.node.span.text)
    model = None if faults else _models.get(key)
    if model is None:
        usual = {}
        if chain.node is not chain.model:
            usual = _usual(chain.model, facts) | chain.added
        model = read_model(
            chain.node, facts, files, chain.counterfactual, tuple(faults), usual, chain.csv
        )
        if chain.guide is not None and chain.node is chain.model:
            model = replace(model, guide=read_guide(chain.guide, model))
        elif chain.guide is not None:
            model = replace(model, guide=base_of(chain, facts).guide)
        if chain.listed is not None:
            own = model if chain.node is chain.model else base_of(chain, facts)
            file = own.futures or replace(chain.listed, parameters=own.parameters)
            model = replace(model, futures=file)
        _models[key] = model
        while len(_models) > MAX_MODELS:
            _models.popitem(last=False)
    return model


def _usual(model: MappingNode, facts: Mapping[str, Fact]) -> dict[str, Value]:
    """Return the values of levers and parameters as the file of the model gives them."""
    found: dict[str, Value] = {}
    for _, name, entry, own in declared(model):
        fact = entry.get("fact")
        if own is not None:
            found[name] = own
        elif isinstance(fact, Scalar) and fact.value in facts:
            found[name] = facts[str(fact.value)].value
    return found
