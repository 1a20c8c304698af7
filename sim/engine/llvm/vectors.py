"""Functions of arrays as LLVM vectors: four numbers at a time, on every target."""

from __future__ import annotations

from collections.abc import Callable

from sim.engine.llvm.emitter import Emitter, Value
from sim.engine.llvm.types import BOOL, FLOAT, INT, Array, TranslationError

LANES = 4
_VECTOR = f"<{LANES} x double>"


def _parts(emitter: Emitter, array: Value) -> list[tuple[int, str]]:
    """Load an array in vectors; return the place and the operand of each, of which two may overlap."""
    kind = array.type
    if not isinstance(kind, Array) or kind.element is not FLOAT or (kind.length or 0) < LANES:
        raise TranslationError(f"a {kind.name} of {LANES} floats or more expected")
    last = (kind.length or 0) - LANES
    places = [*range(0, last, LANES), last]
    parts = []
    for place in places:
        step = f"getelementptr inbounds double, ptr {array.text}, i64 {place}"
        address = emitter.emit(FLOAT, step).text
        parts.append((place, emitter.emit(FLOAT, f"load {_VECTOR}, ptr {address}, align 8").text))
    return parts


def least(emitter: Emitter, array: Value) -> Value:
    """Return the least of some numbers, none of them nan."""
    found = [part for _, part in _parts(emitter, array)]
    while len(found) > 1:
        pairs = zip(found[::2], found[1::2], strict=False)
        odd = found[len(found) & ~1 :]
        found = [_smaller(emitter, _VECTOR, *pair) for pair in pairs] + odd
    of = found[0]
    for lanes in (2, 1):
        kind, half = f"<{2 * lanes} x double>", f"<{lanes} x double>"
        halves = []
        for first in (0, lanes):
            mask = ", ".join(f"i32 {i}" for i in range(first, first + lanes))
            text = f"shufflevector {kind} {of}, {kind} poison, <{lanes} x i32> <{mask}>"
            halves.append(emitter.emit(FLOAT, text).text)
        of = _smaller(emitter, half, *halves)
    return emitter.emit(FLOAT, f"extractelement <1 x double> {of}, i64 0")


def _smaller(emitter: Emitter, kind: str, one: str, other: str) -> str:
    lanes = kind[1 : kind.index(" ")]
    test = emitter.emit(BOOL, f"fcmp olt {kind} {one}, {other}").text
    return emitter.emit(FLOAT, f"select <{lanes} x i1> {test}, {kind} {one}, {kind} {other}").text


def places(emitter: Emitter, array: Value, x: Value) -> Value:
    """Return a bit set of the places of the numbers that are equal to one."""
    text = f"insertelement {_VECTOR} poison, double {x.text}, i64 0"
    one = emitter.emit(FLOAT, text).text
    text = f"shufflevector {_VECTOR} {one}, {_VECTOR} poison, <{LANES} x i32> zeroinitializer"
    same = emitter.emit(FLOAT, text).text
    bits = "0"
    for place, part in _parts(emitter, array):
        test = emitter.emit(BOOL, f"fcmp oeq {_VECTOR} {part}, {same}").text
        few = emitter.emit(INT, f"bitcast <{LANES} x i1> {test} to i{LANES}").text
        wide = emitter.emit(INT, f"zext i{LANES} {few} to i64").text
        here = emitter.emit(INT, f"shl i64 {wide}, {place}").text
        bits = emitter.emit(INT, f"or i64 {bits}, {here}").text
    return Value(INT, bits)


def lowest_bit(emitter: Emitter, bits: Value) -> Value:
    """Return the place of the lowest bit that is set."""
    return emitter.emit(INT, f"call i64 @llvm.cttz.i64(i64 {bits.text}, i1 false)")


#: Functions of `sim.engine.clocks` that are written here for the compiled kernel.
VECTORS: dict[str, Callable[..., Value]] = {f.__name__: f for f in (least, places, lowest_bit)}
