"""What to use instead of words that other languages have: one line each."""

from __future__ import annotations

import ast
from collections.abc import Collection

from sim.errors import did_you_mean

#: By a word in an expression, a statement or as a key of a file.
WORDS = {
    "table": "declare its points under 'tables', and call it: NAME(x), or NAME(now) for a series",
    "weekday": "write weekday(now), 1 for Monday to 7 for Sunday; 'every: {weekday: monday}' is a trigger",
    "month": "write month(now), 1 for January to 12 for December; 'every: month' is a trigger",
    "year": "write year(now), the calendar year; 'every: year' is a trigger",
    "quarter": "'every: quarter' is a trigger; the quarter of the year is ceil(month(now) / 3)",
    "week": "'every: week' is a trigger, and 'every: {weekday: monday}'",
    "delay": "schedule an event later: 'then: [{schedule: EVENT, after: TIME}]'",
    "after": "schedule it from the event that it follows: 'then: [{schedule: EVENT, after: TIME}]'",
    "for": "declare a set: an entry 'over: region as r' is one for each member; sum(x[r] for r in region)",
    "while": "repeat an event with 'every', or let it schedule itself again under 'then'",
    "subscript": "declare a set, as in 'sets: {region: [north, south]}': what is 'over: region' has a value "
    "for each member, as stock[north]",
    "comprehension": "sum, min, max, any, all, count and argmax take one, as in sum(x[r] for r in region)",
    "pi": "write 3.141592653589793, or declare it as a parameter",
    "integral": "an outcome can be one: '{integral: x}'; elsewhere add to a state in an event 'every: STEP'",
    "queue": "let a state count who waits; what befalls one of them is an event with arguments: "
    "'{schedule: leaves, after: patience, with: {who: n}}'",
    "agent": "declare a set of them, as in 'sets: {machine: {count: 10}}', and entries 'over: machine'",
    "random": "write uniform(0, 1), or bernoulli(p) for a chance",
    "time": "the current time is 'now', in 'do', 'after' and 'every'",
    "dt": "there are no steps of time: an event happens at its instant; 'every: 1' repeats one",
    "warmup": "write it under 'time', as in 'time: {horizon: 1000, warmup: 200}'",
    "horizon": "write it under 'time'; an outcome may read it, as in '{of: cost / horizon}'",
    "ln": "write log(x)",
    "e": "write exp(x) for a power of e",
    "pow": "write a power as x**y",
    "sum": "add up over a set, as in sum(x[r] for r in region), or write out a + b + c",
    "mean": "take it as an outcome, as in '{mean: backlog}'; of a few values write (a + b) / 2",
    "any": "say of which members, as in any(x[r] > 0 for r in region)",
    "all": "say of which members, as in all(x[r] > 0 for r in region)",
    "argmax": "say of which members, as in argmax(x[r] for r in region)",
    "argmin": "say of which members, as in argmin(x[r] for r in region)",
    "percentile": "ask for it of the results: 'fulcrum quantiles', or 'fulcrum compare --show p5,p50,p95'",
    "smooth": "let an event 'every: STEP' move a state towards it: level += (x - level) * STEP / TIME",
    "int": "write floor(x)",
    "ifelse": "write 'a if test else b'",
    "step": "let an event at that time set a state, or read a table of the time, with 'between: step'",
    "pulse": "let an event at that time change a state",
    "include": "write the part as a block in a file: 'use: [{file: blocks/queue.yaml, line: north}]'",
    "stock": "write them under 'state'",
    "flow": "a flow is an event with a 'rate' or 'every' that changes state",
    "array": "declare a set, as in 'sets: {region: [north, south]}', and entries 'over: region'",
    "constants": "write them under 'parameters'",
    "variables": "write them under 'state', formulas under 'derived'",
}
OTHER_FORMS = {
    "lookup": "table", "lookups": "table", "interpolate": "table", "interp": "table", "tables": "table",
    "ramp": "table", "with_lookup": "table", "dayofweek": "weekday", "day_of_week": "weekday",
    "months": "month", "monthly": "month", "yearly": "year", "annually": "year", "quarterly": "quarter",
    "weekly": "week", "loop": "for", "repeat": "while", "foreach": "for", "range": "for",
    "integrate": "integral", "integ": "integral", "queues": "queue", "resources": "queue",
    "resource": "queue", "agents": "agent", "entities": "agent", "entity": "agent", "population": "agent",
    "rand": "random", "t": "time", "today": "time", "date": "time", "timestep": "dt", "time_step": "dt",
    "trunc": "int", "warm_up": "warmup", "if_then_else": "ifelse", "iif": "ifelse", "average": "mean",
    "avg": "mean", "quantile": "percentile", "median": "percentile", "smooth1": "smooth",
    "smooth3": "smooth", "smoothi": "smooth", "delay1": "delay", "delay3": "delay",
    "delay_fixed": "delay", "wait": "delay", "timeout": "delay", "import": "include",
    "includes": "include", "imports": "include", "stocks": "stock", "flows": "flow", "arrays": "array",
    "dimensions": "array", "indices": "array", "subscripts": "array", "constant": "constants",
    "variable": "variables",
}  # fmt: skip
SYNTAX: dict[type[ast.AST], str] = {
    ast.Subscript: WORDS["subscript"],
    ast.ListComp: WORDS["comprehension"],
    ast.SetComp: WORDS["comprehension"],
    ast.DictComp: WORDS["comprehension"],
    ast.GeneratorExp: WORDS["comprehension"],
    ast.List: WORDS["subscript"],
    ast.Tuple: WORDS["subscript"],
    ast.Dict: WORDS["table"],
    ast.For: WORDS["for"],
    ast.While: WORDS["while"],
    ast.Expr: "declare what happens next under 'then'",
}


def hint(word: str) -> str:
    """Return what to use instead of a word, or an empty string."""
    word = word.lower()
    return WORDS.get(OTHER_FORMS.get(word, word), "")


def answer(word: str, known: Collection[str]) -> str:
    """Return what to write for an unknown word: a name that is hardly another, else what does it here.

    Examples
    --------
    >>> answer("queues", ["queue"]), answer("pi", ["p"])
    ("did you mean 'queue'?", 'write 3.141592653589793, or declare it as a parameter')
    """
    if word in known:  # it is spelt right, and used in the wrong way
        return hint(word)
    return did_you_mean(word, known, 0.8) or hint(word) or did_you_mean(word, known)
