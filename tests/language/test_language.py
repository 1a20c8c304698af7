"""Expressions: what they mean, what is refused, and that nothing escapes."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import math
import re
import string
import warnings
from typing import Any

import numpy as np
import pytest
from fuzzing import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.engine.codegen.program import generate
from sim.engine.simpy_kernel import SimpyKernel
from sim.errors import ModelError, SimError, Span
from sim.language import grammar
from sim.language.checker import check
from sim.language.hints import WORDS
from sim.language.names import DRAWS, FUNCTIONS, name_error
from sim.language.render import Renderer
from sim.language.scope import BrokenName, Scope
from sim.language.terms import BOOLEAN, NUMBER, WHOLE, Role, Term, Type
from sim.numerics import LIBRARY
from sim.numerics.arithmetic import maximum, minimum
from sim.study.scenario import parse_scenario
from sim.yaml import Scalar, read_text

PHASE = Type("option", ("war", "talks", "peace"))
NAMES: dict[str, tuple[Role, Type]] = {
    "stock": ("state", WHOLE),
    "level": ("state", NUMBER),
    "open": ("state", BOOLEAN),
    "phase": ("state", PHASE),
    "dose": ("lever", WHOLE),
    "pace": ("parameter", NUMBER),
}
SCOPE = Scope(NAMES, frozenset({"tick", "hit"}), "a test", draws=True, now=True)
VALUES = {"stock": 7.0, "level": 2.5, "open": 1.0, "phase": 1.0, "dose": 3.0, "pace": 0.5}


def scalar(text: str) -> Scalar:
    node = read_text("x: " + repr(text) if text.strip() else "x: ' '")
    found = node.entries["x"].value  # type: ignore[union-attr]
    assert isinstance(found, Scalar)
    return Scalar(text, text, found.span)


def checked(text: str, want: Type | None = None, scope: Scope = SCOPE) -> Term:
    return check(scalar(text), text, scope, want)


def refusal(text: str, want: Type | None = None, scope: Scope = SCOPE) -> str:
    with pytest.raises(ModelError) as caught:
        checked(text, want, scope)
    return caught.value.diagnostics[0].code


class Names:
    """Attributes by name, as the records of the generated source have them."""

    def __init__(self, values: dict[str, float]) -> None:
        self.__dict__.update(values)


def called(target: str, function: str, span: Span) -> str:
    """The beginning of a tested call, without its test."""
    return f"tested('{target}'"


def worth(text: str) -> float:
    """What an expression is worth where `VALUES` hold."""
    code = Renderer(lambda: "0.25", called, {"tick": 0, "hit": 1}).number(checked(text))
    names: dict[str, Any] = {"__builtins__": {}}
    for module in map(importlib.import_module, LIBRARY):
        names |= {k: v for k, v in vars(module).items() if not k.startswith("_")}
    names |= {"s": Names(VALUES), "p": Names(VALUES), "c": Names({"now": 12.0})}
    names |= {"tested": lambda target, *given: names[target](*given) if target else given[0]}
    names |= {"count_of": lambda c, n: 4.0 + n, "pending_of": lambda c, n: 2.0}
    value: float = eval(compile(code, "<test>", "eval"), names)
    assert isinstance(value, float)
    return value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("7 / 2", 3.5),
        ("+level", 2.5),
        ("-level", -2.5),
        ("level ** 2", 6.25),
        ("level ** 0.5", math.sqrt(2.5)),
        ("stock / dose", 7 / 3),
        ("stock // dose * dose + stock % dose", 7),
        ("1 if open else 2", 1),
        ("1 if not open else 2", 2),
        ("1 < level < 3", 1),
        ("1 < level < 2", 0),
        ("level == 2.5 and stock == 7", 1),
        ("level != 2.5 or open", 1),
        ("phase == 'talks'", 1),
        ("phase != 'talks'", 0),
        ("'talks' == phase", 1),
        ("(phase == 'war') + (phase == 'talks')", 1),
        ("phase == ('war' if open else 'peace')", 0),
        ("true + true", 2),
        ("min(stock, level, 3)", 2.5),
        ("max(stock, level, 3)", 7),
        ("abs(-3) + sign(-2)", 2),
        ("floor(2.7) + ceil(2.2) + round(2.5)", 7),
        ("clip(level, 0, 1)", 1),
        ("sigmoid(0)", 0.5),
        ("log(exp(1)) + log10(100) + sqrt(9)", 6),
        ("erf(0) + sin(0) + cos(0) + tanh(0)", 1),
        ("now / 3", 4),
        ("count(tick) + pending(hit)", 6),
        ("1e3 + .5 + 2.", 1002.5),
        ("\n 1 +\n 2 \n", 3),
        ("10 * (stock > 5) * open", 10),
        ("1 / 3 * 3", 1),
        ("2 ** -1", 0.5),
    ],
)
def test_values(text: str, value: float) -> None:
    assert worth(text) == value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("stock + 1", WHOLE),
        ("stock * dose - 3", WHOLE),
        ("stock // 2", WHOLE),
        ("stock % 2", WHOLE),
        ("stock ** 2", WHOLE),
        ("stock ** dose", NUMBER),
        ("stock ** -1", NUMBER),
        ("stock / 1", NUMBER),
        ("stock + 1.0", NUMBER),
        ("stock + pace", NUMBER),
        ("round(pace)", WHOLE),
        ("min(stock, dose)", WHOLE),
        ("min(stock, pace)", NUMBER),
        ("abs(stock)", WHOLE),
        ("sqrt(stock)", NUMBER),
        ("poisson(3)", WHOLE),
        ("binomial(stock, 0.5)", WHOLE),
        ("choice(1, 2, 3)", WHOLE),
        ("uniform(0, 1)", NUMBER),
        ("bernoulli(0.5)", BOOLEAN),
        ("open and stock > 1", BOOLEAN),
        ("not open", BOOLEAN),
        ("true", BOOLEAN),
        ("1 if open else 0", WHOLE),
        ("1 if open else 0.5", NUMBER),
        ("open if open else false", BOOLEAN),
        ("phase", PHASE),
        ("phase if open else 'war'", PHASE),
        ("count(hit)", WHOLE),
        ("pending(hit)", WHOLE),
        ("now", NUMBER),
        ("open + open", WHOLE),
        ("-stock", WHOLE),
    ],
)
def test_types(text: str, kind: Type) -> None:
    assert checked(text).type == kind


def test_words_become_the_options_they_name() -> None:
    for text in ("'peace'", "'war' if open else 'peace'", "phase"):
        assert checked(text, PHASE).type == PHASE
    assert refusal("'truce'", PHASE) == "unknown-option"
    assert refusal("'war' if open else 'truce'", PHASE) == "unknown-option"
    assert refusal("1", PHASE) == "type-mismatch"
    assert refusal("phase", Type("option", ("war", "talks"))) == "type-mismatch"


def test_a_number_takes_a_truth_value_but_not_the_other_way() -> None:
    assert checked("open", NUMBER).type == BOOLEAN
    assert refusal("stock", BOOLEAN) == "type-mismatch"
    assert refusal("pace", WHOLE) == "type-mismatch"
    assert checked("stock", WHOLE).type == WHOLE


def test_a_long_plain_sum_is_fine() -> None:
    assert worth(" + ".join(["1"] * 90)) == 90
    assert worth(" + ".join(["level"] * 80)) == 200


def test_choice_pads_its_weights() -> None:
    assert worth("choice(1, 1)") == 0
    assert worth("choice(0, 0, 5)") == 2


def test_draws_have_sites_in_order() -> None:
    sites: list[str] = []

    def draw() -> str:
        sites.append("u")
        return f"u{len(sites)}"

    text = Renderer(draw, called, {}).number(checked("poisson(gamma(2, 3)) + normal(0, 1)"))
    assert (
        text
        == "(tested('poisson', u2, tested('gamma', u1, 2.0, 3.0)) + tested('normal', u3, 0.0, 1.0))"
    )


def test_a_broken_name_is_passed_over() -> None:
    scope = Scope(NAMES, frozenset(), "a test", broken=frozenset({"lost"}))
    with pytest.raises(BrokenName):
        checked("1 + lost", scope=scope)


def test_hints() -> None:
    for text, hint in [
        ("stok + 1", "did you mean 'stock'?"),
        ("squrt(2)", "did you mean 'sqrt'?"),
        ("phase == 'wra'", "did you mean 'war'?"),
        ("count(tik)", "did you mean 'tick'?"),
        ("hit + 1", "write count(hit)"),
        ("True", "write true"),
        ("1 if level else 2", "compare it, as in 'x > 0'"),
        ("1 if phase else 2", "compare it with '=='"),
        ("clip(1, 2)", "clip(x, low, high)"),
        ("pi * 2", "write 3.141592653589793, or declare it as a parameter"),
        ("weekday == 1", WORDS["weekday"]),
        ("month", WORDS["month"]),
        ("queue + 1", WORDS["queue"]),
        ("integral(level)", WORDS["integral"]),
        ("delay(level, 3)", WORDS["delay"]),
        ("lookup(level)", WORDS["table"]),
        ("stock[1]", "declare it with 'over: SET'"),
        ("[x for x in stock]", WORDS["comprehension"]),
        ("if(stock > 1, 2, 3)", "write 'a if test else b'"),
        ("warmup", WORDS["warmup"]),
        ("percentile(level, 5)", WORDS["percentile"]),
        ("p1", ""),
    ]:
        with pytest.raises(ModelError) as caught:
            checked(text)
        assert caught.value.diagnostics[0].help == hint


#: Attempts to reach Python, its objects, its memory or its clock; none is a word of the language.
ESCAPES = [
    "().__class__.__bases__[0].__subclasses__()",
    "''.__class__.__mro__[1].__subclasses__()",
    "[].__class__",
    "stock.__class__",
    "stock.real",
    "stock.__add__(1)",
    "(1).__class__",
    "1..__class__",
    "1 .real",
    "'war'.upper()",
    "'war'.__len__()",
    "'{0.__class__}'.format(stock)",
    "'%s' % stock",
    "'{}'.format_map(stock)",
    "f'{stock}'",
    "f'{__import__(\"os\")}'",
    "rf'{stock!r}'",
    "b'x'[0]",
    "b'war'",
    "__import__('os')",
    "__import__('os').system('id')",
    "__builtins__",
    "__builtins__['eval']",
    "__name__",
    "__file__",
    "__debug__",
    "__doc__",
    "__loader__",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'eval')",
    "open('/etc/passwd')",
    "input()",
    "print(stock)",
    "globals()",
    "locals()",
    "vars()",
    "dir()",
    "help()",
    "breakpoint()",
    "exit()",
    "quit()",
    "getattr(stock, 'real')",
    "setattr(s, 'stock', 1)",
    "delattr(s, 'stock')",
    "hasattr(s, 'stock')",
    "type(stock)",
    "type('X', (), {})",
    "object()",
    "super()",
    "memoryview(b'x')",
    "bytearray(10)",
    "id(stock)",
    "hash(stock)",
    "iter(stock)",
    "next(stock)",
    "range(10)",
    "list(stock)",
    "dict(a=1)",
    "set()",
    "sum(stock)",
    "len(stock)",
    "chr(65)",
    "ord('A')",
    "str(stock)",
    "int(stock)",
    "float(stock)",
    "bool(stock)",
    "complex(1, 2)",
    "pow(2, 10)",
    "divmod(7, 2)",
    "sorted(stock)",
    "map(abs, stock)",
    "filter(abs, stock)",
    "zip(stock)",
    "any(stock)",
    "all(stock)",
    "callable(stock)",
    "isinstance(stock, stock)",
    "s.stock",
    "p.dose",
    "c.now",
    "o.end",
    "c.env",
    "schedule(c, 0, 0, 0.0)",
    "cancel(c, 0)",
    "fault(c, 1, 0.0)",
    "fire_tick(c, s, p, o, 0, 0, 0)",
    "uniform01(1, 2, 3)",
    "stream(1, 2)",
    "mix(1)",
    "site_hash('x')",
    "replication_key(1, 2, 3)",
    "isfinite(stock)",
    "power(2, 3)",
    "div(1, 2)",
    "NAN",
    "INF",
    "MASK64",
    "lambda: 1",
    "(lambda: 1)()",
    "(lambda x: x.__class__)(1)",
    "[x for x in (1, 2)]",
    "{x for x in (1, 2)}",
    "{x: x for x in (1, 2)}",
    "(x for x in (1, 2))",
    "[stock][0]",
    "{'a': stock}['a']",
    "(stock, level)[0]",
    "stock[0]",
    "stock[::1]",
    "(x := 1)",
    "(yield)",
    "(yield from stock)",
    "await stock",
    "async def f(): pass",
    "import os",
    "from os import system",
    "1; 2",
    "stock = 1",
    "stock += 1",
    "del stock",
    "assert stock",
    "raise stock",
    "return stock",
    "global stock",
    "pass",
    "max(*(1, 2))",
    "max(**{'a': 1})",
    "max(1, 2, key=abs)",
    "max(1, 2)(3)",
    "abs.__self__",
    "max.__self__.__import__",
    "9 ** 9 ** 9 ** 9",
    "10 ** 10 ** 10",
    "2 ** 1024",
    "1 << 64",
    "1 << 10 ** 9",
    "1 >> 1",
    "~0",
    "stock & 1",
    "stock | 1",
    "stock ^ 1",
    "stock @ 1",
    "'war' * 10 ** 9",
    "[0] * 10 ** 9",
    "1e999",
    "-1e999",
    "1e308 * 10",
    "0x7fffffff",
    "0b11",
    "0o7",
    "1_000",
    "1j",
    "...",
    "None",
    "True",
    "NotImplemented",
    "Ellipsis",
    "nan",
    "inf",
    "\uff45val('1')",
    "ev\u0430l('1')",
    "\u1d49val('1')",
    "eval\u200b('1')",
    "st\u00b5ck",
    "stock\u00a0+ 1",
    "stock \u2212 1",
    "stock \u00d7 2",
    "\uff11 + 1",
    "\u0661 + 1",
    "stock # comment",
    "stock \\\n + 1",
    "stock\x00",
    "stock\x0c+ 1",
    "stock\x1b[31m",
    "\ufeffstock",
    "\u202estock",
    "'\\x5f\\x5fclass\\x5f\\x5f'",
    "'war' 'x'",
    "u'war'",
    "stock if level",
    "stock is level",
    "stock in (1, 2)",
    "not",
    "and",
    "",
    "   ",
    "(" * 100 + "1" + ")" * 100,
    "-" * 3000 + "1",
    "not " * 300 + "open",
    "1" + " + 1" * 2000,
    "9" * 500,
    "1 if " * 120 + "open else 1",
]


@pytest.mark.parametrize("text", ESCAPES, ids=range(len(ESCAPES)))
def test_no_escape_from_an_expression(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert refusal(text)


def test_there_are_enough_attempts() -> None:
    assert len(set(ESCAPES)) >= 150


TELLS = [
    "{stock.__class__}",
    "{stock.real}",
    "{stock[0]}",
    "{stock!r}",
    "{stock:>99999999}",
    "{stock:{stock}}",
    "{0}",
    "{}",
    "{ }",
    "{__class__}",
    "{__builtins__}",
    "{self}",
    "{c}",
    "{s}",
    "{c.env}",
    "{stock }",
    "{stock}{",
    "}{stock}",
    "{{stock}",
    "{'stock'}",
    "{stock + 1}",
    "{lambda: 1}",
    "{st\u043eck}",
    "{stock\n}",
]
MODEL = """\
model: zoo
time: {horizon: 3}
state:
  stock: {initial: 7}
  phase: {initial: war, options: [war, peace]}
events:
  tick:
    every: 1
    do: stock += 1
    tell: TELL
outcomes:
  end: {final: stock}
"""


@pytest.mark.parametrize("text", TELLS)
def test_no_escape_from_a_sentence(text: str) -> None:
    quoted = '"' + text.replace("\n", "\\n") + '"'
    with pytest.raises(ModelError):
        parse_scenario(MODEL.replace("TELL", quoted), "model.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{stock} left", "8 left"),
        ("{{stock}} {stock}", "{stock} 8"),
        ("{{{stock}}}", "{8}"),
        ("at {now}, {phase}", "at 1, war"),
        (
            "%s %(stock)s $stock ${stock} [red]{stock}[/red] <b>",
            "%s %(stock)s $stock $8 [red]8[/red] <b>",
        ),
        ("\\\\1 \\\\g<0> {stock}", "\\1 \\g<0> 8"),
    ],
)
def test_sentences(text: str, told: str) -> None:
    scenario = parse_scenario(MODEL.replace("TELL", f'"{text}"'), "model.yaml")
    trace = SimpyKernel(generate(scenario.model)).trace(
        [7.0, 0.0], seed=1, future=0, replication=0, scenario="s", title="t"
    )
    assert trace.occurrences[0].text == told


def test_the_generated_source_is_made_of_checked_names() -> None:
    """Every name in it is of the kernel, of Python's grammar, or a name of the model."""
    from pathlib import Path

    root = Path(__file__).parent.parent.parent
    model = parse_scenario(MODEL.replace("TELL", "'x'"), "model.yaml").model
    programs = [generate(model)]
    for path in sorted((root / "tests" / "models").glob("*.yaml")):
        programs.append(generate(parse_scenario(path.read_text(encoding="utf-8"), path).model))
    for program in programs:
        tree = ast.parse(program.source)
        allowed = (
            ast.FunctionDef | ast.arguments | ast.arg | ast.Return | ast.Assign | ast.If | ast.Pass
            | ast.Expr | ast.Call | ast.Name | ast.Attribute | ast.Constant | ast.Compare
            | ast.BoolOp | ast.BinOp | ast.UnaryOp | ast.IfExp | ast.Module | ast.expr_context
            | ast.operator | ast.unaryop | ast.boolop | ast.cmpop | ast.For | ast.Subscript | ast.Tuple
        )  # fmt: skip
        for node in ast.walk(tree):
            assert isinstance(node, allowed), ast.dump(node)
            if isinstance(node, ast.Attribute):
                assert isinstance(node.value, ast.Name)
                assert node.value.id in ("c", "s", "p", "o")
                assert not node.attr.startswith("_")
            if isinstance(node, ast.Call):
                assert isinstance(node.func, ast.Name)
            if isinstance(node, ast.Constant):
                assert isinstance(node.value, int | float)


@pytest.mark.parametrize(
    "name",
    [
        "match",
        "case",
        "type",
        "x",
        "a1",
        "A",
        "rate_",
        "delay",
        "chance",
        "aux",
        "con",
        *FUNCTIONS,
        *DRAWS,
    ],
)
def test_names_that_are_fine(name: str) -> None:
    assert name_error(name) == ""


def test_names_that_are_taken() -> None:
    assert not set(FUNCTIONS) & set(DRAWS)
    for name in ("now", "count", "pending", "true", "false", "lambda", "for"):
        assert name_error(name) == "is a reserved word"
    for name in ("con", "AUX", "nul"):
        assert name_error(name, spoken=False) == "is a device name on some systems"


NAMED = """\
model: seir
time: {horizon: 20}
levers: {max: {default: 2.0, range: [0, 3]}, exp: {default: 0.5}}
parameters: {beta: {assume: 0.3}, gamma: {assume: 0.1}, normal: {assume: 1.5}, poisson: {assume: 2}}
state: {S: {initial: 9.0}, s: {initial: 1.0}, aux: {initial: 0.0}, uniform01: {initial: 0.0},
  log: {initial: 1}}
derived: {minimum: 'min(S, s, aux, beta, 4)', sqrt: 'sqrt(abs(S)) + exp(-exp)'}
events:
  fire: {rate: beta * minimum + sqrt, do: 'aux += beta(beta, gamma) + normal(normal, gamma)'}
  binomial:
    every: exponential(exp + 0.1)
    do: |
      beta_binomial = poisson(poisson) + max(max, beta, S, s, gamma, minimum)
      absolute = beta_binomial * gamma(2, gamma)
      S = absolute + log(log + 1)
      s = choice(1, max) + count(binomial)
      uniform01 = s
outcomes: {max: {final: S + s}, aux: {final: aux}}
"""


def test_a_name_may_be_that_of_a_function_and_case_matters() -> None:
    """Both kernels read a name as the model's and a call as the function's."""
    scenario = parse_scenario(NAMED, "model.yaml")
    found = [
        sim.run(scenario, replications=20, seed=3, kernel=kernel).values.tobytes()
        for kernel in ("simpy", "compiled")
    ]
    assert found[0] == found[1]
    taken = r"\b(beta|gamma|normal|poisson|max|exp|log|sqrt|minimum)\b(?!\()"
    other = parse_scenario(re.sub(taken, r"\1_x", NAMED), "model.yaml")
    renamed = sim.run(other, replications=20, seed=3)
    assert np.allclose(renamed.values, np.frombuffer(found[1]).reshape(renamed.values.shape))


@pytest.mark.parametrize("count", [3, 4, 5, 17, 190])
def test_min_and_max_of_many(count: int) -> None:
    """They give what calls of two, from left to right, give: of equal ones the last."""
    signs = [
        ("0.0", "-0.0", "level", "pace", "7", "-3")[i % (2 if count < 17 else 6)]
        for i in range(count)
    ]
    for name, two in (("min", minimum), ("max", maximum)):
        expected = functools.reduce(two, (worth(sign) for sign in signs))
        found = worth(f"{name}({', '.join(signs)})")
        assert (found, math.copysign(1, found)) == (expected, math.copysign(1, expected))


SIGNS = (
    "( ) + - * / // % ** == < and or not if else , lambda for in [ ] { } . := @ ~ 0x1 tick 'war' "
    "'x' 1 2.5 now count pending true"
)
words = st.sampled_from([*NAMES, *FUNCTIONS, *DRAWS, *SIGNS.split(" "), "\n"])


@pytest.mark.fuzz
@settings(max_examples=examples(300), deadline=None)
@given(st.lists(words, max_size=30).map(" ".join) | st.text(max_size=60))
def test_random_expressions_only_raise_our_errors(text: str) -> None:
    try:
        term = checked(text)
        Renderer(lambda: "u", called, {"tick": 0, "hit": 1}).number(term)
    except (SimError, BrokenName):
        pass


@pytest.mark.fuzz
@settings(max_examples=examples(200), deadline=None)
@given(st.lists(words | st.just("="), max_size=40).map(" ".join) | st.text(string.printable))
def test_random_statements_only_raise_our_errors(text: str) -> None:
    with contextlib.suppress(SimError):
        grammar.statements(scalar(text), text)
