"""The file of a WebAssembly module: its parts, its linker, and what it says of its model."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import program

import sim
from sim.engine.codegen.program import generate
from sim.engine.codegen.telling import told_source
from sim.engine.llvm.machine_code import wasm_object
from sim.engine.llvm.wasm_module import (
    STACK,
    Bytes,
    LinkError,
    custom_section,
    first_free,
    imports,
    leb,
    link,
    sections,
    signed_leb,
)
from sim.engine.web_module import FORMAT, compile_web_module, read_module

ROOT = Path(__file__).parent.parent.parent

#: Two tables, a call, and a function too long for registers alone.
TABLES = """
@a = private unnamed_addr constant [2 x double] [double 1.5, double 2.5]
@b = private unnamed_addr constant [3 x i64] [i64 7, i64 8, i64 9]
define internal double @inner(i64 %i) noinline optnone {
  %x = alloca i64
  store volatile i64 %i, ptr %x
  %j = load volatile i64, ptr %x
  %p = getelementptr inbounds double, ptr @a, i64 %j
  %v = load double, ptr %p
  ret double %v
}
define double @entry(i64 %i) {
  %x = call double @inner(i64 %i)
  %p = getelementptr inbounds i64, ptr @b, i64 %i
  %v = load i64, ptr %p
  %y = sitofp i64 %v to double
  %z = fadd double %x, %y
  ret double %z
}
"""


@given(st.integers(0, 2**64))
def test_numbers_there_and_back(value: int) -> None:
    assert Bytes(leb(value)).number() == value
    for signed in (value, -value):
        assert Bytes(signed_leb(signed)).signed() == signed


def test_a_linked_module_runs(node: str, tmp_path: Path) -> None:
    module = link(wasm_object(TABLES), {"entry": "run"}, {"note": b"hello"})
    assert [found.name for found in imports(module)] == ["memory"]
    assert custom_section(module, "note") == b"hello"
    assert first_free(module) >= STACK + 40
    names = [name for number, name, _ in sections(module) if number == 0]
    assert names == ["note"], "nothing of the linker's is left"
    (tmp_path / "m.wasm").write_bytes(module)
    script = """
    const bytes = require("fs").readFileSync(process.argv[1]);
    if (!WebAssembly.validate(bytes)) throw new Error("not valid");
    const memory = new WebAssembly.Memory({ initial: 32 });
    const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
    console.log(run(0n), run(1n));
    """
    command = [node, "-e", script, str(tmp_path / "m.wasm")]
    assert subprocess.check_output(command, text=True, timeout=60).split() == ["8.5", "10.5"]


@pytest.mark.parametrize(
    "llvm",
    [
        "@x = external global double\ndefine double @entry() {\n"
        " %v = load double, ptr @x\n ret double %v\n}",
        "declare double @f()\ndefine double @entry() {\n %v = call double @f()\n ret double %v\n}",
        "@f = constant ptr @entry\ndefine double @entry() {\n ret double 1.0\n}",
    ],
)
def test_what_needs_a_real_linker_is_refused(llvm: str) -> None:
    with pytest.raises(LinkError):
        link(wasm_object(llvm), {"entry": "run"}, {})


def test_a_wrong_address_is_found() -> None:
    code = wasm_object(TABLES)
    for number, _, content in sections(code):
        if number == 10:
            place = code.index(content)
    changed = bytearray(code)
    changed[changed.index(leb(16) + b"\0", place)] = 17
    with pytest.raises(LinkError):
        link(bytes(changed), {"entry": "run"}, {})


def test_a_module_is_one_file() -> None:
    model = sim.load_scenario(ROOT / "scenarios" / "ukraine_2025" / "hold_firm.yaml").model
    module = compile_web_module(generate(model))
    again = read_module(module.wasm)
    assert again.layout == module.layout
    assert [found.name for found in imports(module.wasm)] == ["memory"]
    layout = module.layout
    assert layout["format"] == FORMAT
    assert layout["clock"]["start"] == "2025-07-14"
    assert [outcome["name"] for outcome in layout["outcomes"]] == list(model.outcomes)
    assert len(layout["values"]) == len(generate(model).records["Values"])
    with pytest.raises(ValueError, match="format"):
        read_module(module.wasm[:8])


def test_the_source_that_tells_differs_only_where_it_tells() -> None:
    text = """
    state: {x: 0.0}
    events: {go: {at: 1, do: x = x + 1, tell: "{x}"}, still: {at: 2}}
    """
    source = told_source(program(text).source)
    assert "    if telling(c):\n" in source
    assert "note(c, s.x)" in source
    assert "def untold_fire(" in source
    assert source.count("def fire(") == 1


def test_the_command_writes_a_module(
    fulcrum: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    model = ROOT / "scenarios" / "port_strike" / "model.yaml"
    for form in ("python", "llvm"):
        printed = fulcrum("source", model, "--emit", form)[1]
        fulcrum("source", model, "--emit", form, "-o", tmp_path / form)
        assert (tmp_path / form).read_text(encoding="utf-8") == printed
    assert fulcrum("source", model, "--emit", "wasm", "-o", tmp_path / "m.wasm")[0] == 0
    assert read_module((tmp_path / "m.wasm").read_bytes()).layout["model"]["name"] == "port_strike"
    code, _, err = fulcrum("source", model, "--emit", "wasm")
    assert code == 2
    assert "name a file with -o" in err
    code, _, err = fulcrum("source", model, "--emit", "wasm", "-o", tmp_path / "no" / "m.wasm")
    assert code == 74
    assert err.startswith("no-folder:")
