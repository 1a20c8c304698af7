"""What to use instead of words that other languages have: one line each."""

from __future__ import annotations

import ast

#: By a word in an expression, a statement or as a key of a file.
WORDS = {
    "table": "declare its points under 'tables', and call it: NAME(x), or NAME(now) for a series",
    "weekday": "write weekday(now), 1 for Monday to 7 for Sunday; 'every: {weekday: monday}' is a trigger",
    "month": "write month(now), 1 for January to 12 for December; 'every: month' is a trigger",
    "year": "write year(now), the calendar year; 'every: year' is a trigger",
    "delay": "schedule an event later: 'then: [{schedule: EVENT, after: TIME}]'",
    "for": "write out the statements, or repeat an event with 'every'",
    "pi": "write 3.141592653589793, or declare it as a parameter",
    "integral": "an outcome can be one: '{integral: x}'; elsewhere add to a state in an event 'every: STEP'",
    "queue": "let a state count who waits: arrivals add 1, an event 'when: queue > 0 and free > 0' takes 1",
    "random": "write uniform(0, 1), or bernoulli(p) for a chance",
    "time": "the current time is 'now', in 'do', 'after' and 'every'",
    "ln": "write log(x)",
    "pow": "write a power as x**y",
    "sum": "write out the sum: a + b + c",
    "int": "write floor(x)",
    "ifelse": "write 'a if test else b'",
    "step": "let an event at that time set a state",
    "pulse": "let an event at that time change a state",
    "constants": "write them under 'parameters'",
    "variables": "write them under 'state', formulas under 'derived'",
}
OTHER_FORMS = {
    "lookup": "table", "lookups": "table", "interpolate": "table", "interp": "table", "dayofweek": "weekday",
    "while": "for", "loop": "for", "repeat": "for", "integrate": "integral", "queues": "queue",
    "resources": "queue", "resource": "queue", "rand": "random", "t": "time", "trunc": "int",
    "if_then_else": "ifelse", "ramp": "table", "constant": "constants", "variable": "variables",
}  # fmt: skip
SYNTAX: dict[type[ast.AST], str] = {
    ast.Subscript: "give each part a name of its own: 'stock_1' for 'stock[1]'",
    ast.For: WORDS["for"],
    ast.While: WORDS["for"],
    ast.Expr: "declare what happens next under 'then'",
}


def hint(word: str) -> str:
    """Return what to use instead of a word, or an empty string."""
    word = word.lower()
    return WORDS.get(OTHER_FORMS.get(word, word), "")
