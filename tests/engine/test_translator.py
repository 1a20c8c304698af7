"""The translator: the same bits as Python, refusals by name, and indices that stay inside."""

from __future__ import annotations

import ctypes
import importlib
import math
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.llvm.assembly import Assembly
from sim.engine.llvm.kept_code import Code, signature
from sim.engine.llvm.machine_code import object_code
from sim.engine.llvm.types import Record, TranslationError
from sim.numerics import LIBRARY, draws

NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=64)
WORDS = st.integers(0, 2**64 - 1)
WHOLE = st.integers(-(2**31), 2**31)

_loaded: list[Code] = []


def compiled(
    source: str, name: str, records: dict[str, Record] | None = None
) -> Callable[..., Any]:
    """Compile a function and all that it calls."""
    assembly = Assembly(source, LIBRARY, records or {})
    symbol, function = assembly.request(assembly.model, name)
    llvm = assembly.text((assembly.model, name))
    code = Code(object_code(llvm), {symbol: signature(function)})
    _loaded.append(code)
    return code.functions[symbol]


def plain(source: str, name: str) -> Callable[..., Any]:
    """Return the same function as CPython runs it."""
    names: dict[str, Any] = {}
    for module in map(importlib.import_module, LIBRARY):
        names |= vars(module)
    exec(compile(source, "source", "exec"), names)
    function: Callable[..., Any] = names[name]
    return function


def bits(value: float) -> bytes:
    return b"nan" if math.isnan(value) else struct.pack("<d", value)


def both(source: str, name: str = "f") -> tuple[Callable[..., Any], Callable[..., Any]]:
    return plain(source, name), compiled(source, name)


FLOATS = """
def f(x: float, y: float, k: int) -> float:
    total = 0.0
    if x < y <= 1e3 and not (x != x) or k == 3:
        total = x * y - 2 * x + -y
    elif k > 0:
        for i in range(1, k):
            if i == 7:
                break
            if i == 2:
                continue
            total += float(i) * x
            i = 100
    else:
        while k < 0:
            k += 1
            total -= y if total > x else x
    z: float = 1
    return total + z / 3.0
"""

WHOLES = """
def f(a: int, b: int) -> int:
    c = a * 3 - b
    c ^= (a & 255) | (b << 2)
    return (c >> 3) + (1 if a >= b else 0)
"""

BITS = """
def f(a: u64, b: u64, n: int) -> float:
    wide = a * b + n
    z = (wide ^ (a >> 7)) & MASK64
    z = mix(z) if z > b or z == 0 else b - 0 & MASK64
    return float(z >> 11) + float(z & 255)
"""


@settings(max_examples=300, deadline=None)
@given(x=NUMBERS, y=NUMBERS, k=st.integers(-20, 20))
def test_floats(x: float, y: float, k: int) -> None:
    python, machine = _functions(FLOATS)
    assert bits(python(x, y, k)) == bits(machine(x, y, k))


@settings(max_examples=200, deadline=None)
@given(a=WHOLE, b=WHOLE)
def test_whole_numbers(a: int, b: int) -> None:
    python, machine = _functions(WHOLES)
    assert python(a, b) == machine(a, b)


@settings(max_examples=200, deadline=None)
@given(a=WORDS, b=WORDS, n=WHOLE)
def test_words(a: int, b: int, n: int) -> None:
    python, machine = _functions(BITS)
    assert python(a, b, n) == machine(a, b, n)


_cache: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {}


def _functions(source: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    if source not in _cache:
        _cache[source] = both(source)
    return _cache[source]


def _caller(name: str, kinds: str) -> str:
    """Return a source that calls a library function; `kinds` has a letter per parameter."""
    parameters = [f"a{i}" for i in range(len(kinds))]
    typed = ", ".join(
        f"{p}: {'float' if kind == 'f' else 'u64' if kind == 'u' else 'int'}"
        for p, kind in zip(parameters, kinds, strict=True)
    )
    return f"def f({typed}) -> float:\n    return {name}({', '.join(parameters)})\n"


ARITHMETIC = {
    name: "f" * arity
    for arity, names in {
        1: "absolute floor ceil sqrt exp expm1 log log10 log1p sin cos tanh erf sign sigmoid "
        "round_half_even",
        2: "div fmod power mod floordiv minimum maximum",
        3: "clip",
    }.items()
    for name in names.split()
}


@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic(name: str) -> None:
    python, machine = both(_caller(name, ARITHMETIC[name]))
    special = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -2.5, 3.0, 1e-320, 1e308, -1e308, 0.1, -8.0]
    special += [math.inf, -math.inf, math.nan, 745.2, -745.2, 709.9, 2.0**52, 2.0**53 + 2, 1 / 3]

    @settings(max_examples=300, deadline=None)
    @given(st.tuples(*[st.sampled_from(special) | NUMBERS for _ in ARITHMETIC[name]]))
    def check(arguments: tuple[float, ...]) -> None:
        assert bits(python(*arguments)) == bits(machine(*arguments)), arguments

    check()


@pytest.mark.parametrize("name", draws.DRAWS)
def test_draws(name: str) -> None:
    parameters = draws.DRAWS[name][0]
    python, machine = both(_caller(name, "f" * (1 + parameters)))
    given_ = st.floats(0.0, 1.0) | st.floats(0.0, 60.0) | st.integers(-2, 300).map(float) | NUMBERS

    @settings(max_examples=150, deadline=None)
    @given(st.floats(1e-12, 1 - 1e-12), st.tuples(*[given_] * parameters))
    def check(u: float, arguments: tuple[float, ...]) -> None:
        assert bits(python(u, *arguments)) == bits(machine(u, *arguments)), (u, arguments)

    check()


def test_uniforms() -> None:
    python, machine = both(_caller("uniform01", "uui"))
    for n in range(2000):
        w, site = draws.mix(n), draws.mix(n + 12345)
        assert python(w, site, n) == machine(w, site, n)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return x ** 2", "Pow of floats"),
        ("return x % 2.0", "Mod of floats"),
        ("return x // 2.0", "FloorDiv of floats"),
        ("return [x][0]", "List is not part of the language"),
        ("return (lambda: x)()", "not a function of the language"),
        ("return x.real", "a float has no real"),
        ("return open(x)", "open is not a function"),
        ("return __import__(x)", "__import__ is not a function"),
        ("return site_hash(x)", "no such type"),
        ("import os\n    return x", "Import is not part of the language"),
        ("try:\n        return x\n    except ValueError:\n        return x", "Try is not part"),
        ("with x:\n        pass\n    return x", "With is not part"),
        ("raise x", "Raise is not part"),
        ("assert x", "Assert is not part"),
        ("global y\n    return x", "Global is not part"),
        ("del x\n    return 1.0", "Delete is not part"),
        ("yield x", "expression without effect"),
        ("return x if x else 0.0", "bool expected, not float"),
        ("return x and x", "bool expected, not float"),
        ("return x + True", "float expected, not bool"),
        ("return x is x", "Is is not part"),
        ("return 'x'", "str is not a value"),
        ("return 1j", "complex is not a value"),
        ("if x > 0.0:\n        y = 1.0\n    return y", "y may not have a value here"),
        ("if x > 0.0:\n        return 1.0", "not every path returns"),
        ("return 1.0\n    return x", "never reached"),
        ("x = True\n    return 1.0", "float expected, not bool"),
        ("y = 1.0\n    y = 1\n    y = True\n    return y", "float expected, not bool"),
        ("return missing", "missing is not known"),
        ("return exp(x, x)", "exp takes 1 arguments"),
        ("return exp(x=x)", "arguments by name"),
        ("y = f(x)\n    return y", "functions that call each other"),
        ("(x := 1.0)\n    return x", "expression without effect"),
        ("x, y = x, x\n    return y", "Tuple is not part"),
        ("for i in x:\n        pass\n    return x", "only `for name in range"),
        ("k = 1 << 64\n    return float(k)", "64 is outside 0 .. 63"),
        ("return float(18446744073709551616)", "beyond 64 bits"),
        ("return float(mix(3) * 3)", "float of unmasked u64"),
        ("return float(mix(mix(3) + 1))", "u64 expected, not unmasked u64"),
        ("return -mix(3)", "USub of u64"),
        ("return x" + " + x" * 400, "nested deeper"),
    ],
)
def test_refusals(body: str, words: str) -> None:
    with pytest.raises(TranslationError) as caught:
        compiled(f"def f(x: float) -> float:\n    {body}\n", "f")
    assert words in str(caught.value)
    whole = "call each other" in words or "type" in words
    assert whole or "f, line" in str(caught.value)


@pytest.mark.parametrize("parameters", ["x", "x: str", "*x: float", "x: float = 1.0"])
@pytest.mark.parametrize("returns", ["", " -> float"])
def test_refused_signatures(parameters: str, returns: str) -> None:
    with pytest.raises(TranslationError):
        compiled(f"def f({parameters}){returns}:\n    return 1.0\n", "f")


def test_indices_stay_inside() -> None:
    """An index outside its array reads or writes the first slot, never other memory."""
    head = "def f(s: State, a: Floats, i: int) -> float:\n"
    record = Record.of_floats("State", ("x", "y", "z"))
    function = compiled(head + "    a[i] = a[i] + 1.0\n    return s[i]\n", "f", {"State": record})
    memory = (ctypes.c_double * 6)(-1.0, 10.0, 20.0, 30.0, -1.0, -1.0)
    state = ctypes.addressof(memory) + 8
    buffer = (ctypes.c_double * 4)(0.0, 1.0, 2.0, -1.0)
    for i in (3, -1, 2**62, -(2**63)):
        assert function(state, ctypes.addressof(buffer), 3, i) == 10.0
    assert function(state, ctypes.addressof(buffer), 3, 2) == 30.0
    assert list(buffer) == [4.0, 1.0, 3.0, -1.0]
    assert list(memory) == [-1.0, 10.0, 20.0, 30.0, -1.0, -1.0]


def test_constant_indices_are_refused_outside() -> None:
    record = {"State": Record.of_floats("State", ("x", "y"))}
    for index in ("2", "-1"):
        with pytest.raises(TranslationError, match="is outside"):
            compiled(f"def f(s: State) -> float:\n    return s[{index}]\n", "f", record)


def test_a_local_of_one_branch_is_known_where_its_test_holds_again() -> None:
    source = """
def f(x: float) -> float:
    held = x > 0.0
    if held:
        y = x
    total = 1.0
    if held:
        total += y
    return total
"""
    python, machine = both(source)
    assert [python(x) for x in (-1.0, 2.0)] == [machine(x) for x in (-1.0, 2.0)]
    with pytest.raises(TranslationError, match="y may not have a value"):
        compiled(source.replace("total = 1.0", "total = 1.0\n    held = True"), "f")


def test_whole_numbers_of_floats_never_overflow() -> None:
    function = compiled("def f(x: float) -> int:\n    return int(x)\n", "f")
    assert [function(x) for x in (2.9, -2.9, 0.0)] == [2, -2, 0]
    assert function(1e300) == 2**63 - 1
    assert function(math.nan) == 0
