"""Units: what texts mean, the algebra of products and powers, and malformed texts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.language.unit_words import TIME, singular
from sim.language.units import ONE, Unit, UnitError, parse, product, same, unit_of
from sim.model.clock import DAYS

WORDS = ("missile", "km", "day", "week", "$bn", "person", "share", "%", "tin of paint", "t")
units = st.builds(
    lambda powers, factor: Unit(tuple(powers.items()), factor),
    st.dictionaries(st.sampled_from(WORDS), st.sampled_from([-3, -2, -1, 1, 2, 3]), max_size=4),
    st.sampled_from([1.0, 100.0, 0.5]),
)


def alike(a: Unit, b: Unit) -> bool:
    return a.dimension == b.dimension and math.isclose(a.scale, b.scale)


@given(units, units, units)
def test_products_are_a_commutative_group(a: Unit, b: Unit, c: Unit) -> None:
    assert alike(product(a, b), product(b, a))
    assert alike(product(product(a, b), c), product(a, product(b, c)))
    assert alike(product(a, ONE), a)
    assert alike(product(a, a, -1), ONE)


@given(units, st.sampled_from([-2, -1, 1, 2]), st.sampled_from([-2, 1, 3]))
def test_powers_multiply(a: Unit, m: int, n: int) -> None:
    assert alike(product(ONE, product(ONE, a, m), n), product(ONE, a, m * n))
    assert alike(product(product(ONE, a, m), a, n), product(ONE, a, m + n))


@given(units)
def test_what_is_written_is_read_again(a: Unit) -> None:
    if a.powers and not all(word == "share" for word, _ in a.powers):
        again, shown = parse(str(a)), Unit(tuple(p for p in a.powers if p[0] != "share"), a.factor)
        assert again.dimension == shown.dimension
        assert math.isclose(again.scale, shown.scale, rel_tol=1e-5)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("missiles/day", "missile per day"), ("km²", "km^2"), ("km2", "square kilometres"),
        ("m3", "m³"), ("1/day", "per day"), ("days", "d"), ("1000 t", "kt"), ("1000 kg", "tonne"),
        ("people", "persons"), ("people", "Person"), ("event/day", "1/day"),
        ("$bn", "1000 $M"), ("$m", "million $"), ("$m", "USD million"), ("€", "euros"),
        ("%", "percent"), ("%", "per cent"), ("100 %", "share"), ("index 0-1", "index"),
        ("index 0-100", "%"), ("houses", "house"), ("boxes", "box"), ("losses", "loss"),
        ("cities", "city"), ("buses", "bus"), ("kW h", "kWh"), ("MW day", "24 MWh"),
        ("km/h", "24 km/day"), ("person days", "person*day"), ("$/ship/day", "$ per ship and day"),
        ("a/b/c", "a/(b*c)"), ("a/b*c", "a*c/b"), ("missile/missile", "ratio"), ("year", "12 months"),
        ("day^0.5", "day^(1/2)"), ("log odds per 100 objects", "log odds/(100 object)"),
        ("s⁻¹", "1/second"), ("thousand people", "1,000 person"), ("barrel", "bbl"),
    ],
)  # fmt: skip
def test_two_texts_are_one_unit(one: str, other: str) -> None:
    assert same(one, other)
    assert not same(one, "flea")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("missile/day", "missile/week"), ("share", "%"), ("share", "log odds"), ("m", "$m"),
        ("$bn", "€bn"), ("ship", "berth"), ("Mbbl", "bbl"), ("index 1-5", "index"), ("km", "km²"),
        ("month", "30 day"), ("CO2", "CO"),
    ],
)  # fmt: skip
def test_two_texts_are_two_units(one: str, other: str) -> None:
    assert not same(one, other)


@pytest.mark.parametrize(
    ("text", "words", "at"),
    [
        ("km/", "missing at the end", (2, 3)), ("km//h", "missing before '/'", (3, 4)),
        ("(km", "not closed", (0, 1)), ("km)", "does not belong", (2, 3)),
        ("*km", "missing before '*'", (0, 1)), ("km^0", "a power is from 1 to 12", (2, 4)),
        ("km^99", "a power is from 1 to 12", (2, 5)), ("0 km", "above 0", (0, 1)),
        ("^2", "missing before", (0, 2)), ("", "needs a word", (0, 0)), ("  ", "needs a word", (0, 0)),
        ("km, h", "does not belong", (2, 3)), ("km^", "does not belong", (2, 3)),
        ("km^(1/0)", "not a power", (2, 8)), ("(" * 11 + "km", "too many parentheses", (10, 11)),
        ("1e29 a*1e29 b", "too large", (0, 13)), ("a per", "missing at the end", (4, 5)),
    ],
)  # fmt: skip
def test_malformed_texts_say_where(text: str, words: str, at: tuple[int, int]) -> None:
    with pytest.raises(UnitError, match=words.replace("*", r"\*")) as caught:
        parse(text)
    assert caught.value.at == at


@given(st.text(max_size=200))
def test_any_text_is_a_unit_or_a_located_error(text: str) -> None:
    unit_of(text)
    try:
        parse(text)
    except UnitError as error:
        begin, end = error.at
        assert 0 <= begin <= end <= max(1, len(text))


def test_a_malformed_text_is_a_word_of_its_own() -> None:
    assert same("km//h", "km//h")
    assert not same("km//h", "km/h")


def test_time_is_that_of_the_clock() -> None:
    for name, days in DAYS.items():
        assert math.isclose(TIME[name], days)


def test_singular_leaves_symbols_alone() -> None:
    assert [singular(w) for w in ("ms", "GWs", "gas", "analysis", "pass", "odds", "Mbbl")] == [
        "ms", "GWs", "gas", "analysis", "pass", "odds", "Mbbl",
    ]  # fmt: skip
