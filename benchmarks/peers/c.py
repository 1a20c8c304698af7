"""A program of ours as C: the same algorithm, the same random numbers, the same bits.

Nobody writes a flagship by hand, so a small writer turns the generated source, the draws and the
event loop into one C file, a statement for a statement. gcc sees it whole and is told -O3.
"""

from __future__ import annotations

import ast
import ctypes
import importlib
import inspect
import math
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from sim.engine import compiled
from sim.engine.llvm.assembly import parsed
from sim.engine.llvm.types import FLOAT, SLOT, Array, Table
from sim.engine.protocol import Block
from sim.numerics import LIBRARY, arithmetic

FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-fno-builtin", "-shared", "-fPIC", "-w")
C_TYPES = {"float": "double", "int": "int64_t", "u64": "uint64_t", "bool": "int64_t"}
BUFFERS = {"Floats": "double", "Ints": "int64_t", "Shorts": "int32_t"}
#: What is one instruction, whatever the flags.
INSTRUCTIONS = {"absolute": "__builtin_fabs"} | {
    name: f"__builtin_{name}" for name in ("sqrt", "floor", "ceil")
}
HEADER = """
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
static inline uint64_t bits(double x) { uint64_t n; memcpy(&n, &x, 8); return n; }
static inline double from_bits(uint64_t n) { double x; memcpy(&x, &n, 8); return x; }
typedef double vector __attribute__((vector_size(32), aligned(8)));

static inline __attribute__((always_inline)) double least(const double *x, int64_t n) {
    vector m = *(vector *)(x + n - 4);
    for (int64_t i = 0; i + 4 <= n; i += 4) m = __builtin_ia32_minpd256(*(vector *)(x + i), m);
    double a = m[0] < m[2] ? m[0] : m[2], b = m[1] < m[3] ? m[1] : m[3];
    return a < b ? a : b;
}
static inline __attribute__((always_inline)) int64_t places(
    const double *x, double of, int64_t n) {
    vector same = {of, of, of, of};
    uint64_t bits = 0;
    for (int64_t i = 0; i + 4 <= n; i += 4)
        bits |= (uint64_t)__builtin_ia32_movmskpd256((vector)(*(vector *)(x + i) == same)) << i;
    return bits
        | (uint64_t)__builtin_ia32_movmskpd256((vector)(*(vector *)(x + n - 4) == same)) << (n - 4);
}
"""
OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.BitAnd: "&"}
OPERATORS |= {ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>"}
#: Functions whose tables, of any length, are passed on.
LOOKUPS = "sim.numerics.lookups"
OPERATORS |= {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
FOOTER = """
int64_t run(double *p, uint64_t seed, uint64_t future, uint64_t first, int64_t count,
            double *outcomes, int64_t width, int32_t *statuses, int64_t *fired, double *series,
            int64_t points, int64_t *recorded, int64_t size) {{
    Calendar *c = calloc(1, sizeof(Calendar)); State s; Accumulators o;
    c->v_series = size;
    for (int64_t i = 0; i < size; i++) c->v_recorded[i] = recorded[i];
    c->v_horizon = {horizon!r}; c->v_step = 1.0; c->v_points = points;
    c->v_max_events = {events}; c->v_max_at_once = {instant};
    c->v_max_pending = {pending};
    int64_t failed = event_loop_run_block(c, &s, (Values *)p, &o, seed, future, first, count,
                                          outcomes, width, statuses, fired, series, count);
    free(c); return failed;
}}
"""


class Writer:
    """Writes the functions that `run_block` reaches, callees after callers."""

    def __init__(self, program) -> None:
        self.records = compiled.layouts(program)
        self.trees = {"model": ast.parse(program.source)}
        self.spaces: dict[str, dict] = {"model": dict(program.tables)}
        for module in (*LIBRARY, *compiled.CALENDARS):
            self.spaces["model"] |= vars(importlib.import_module(module))
        for node in self.trees["model"].body:
            if isinstance(node, ast.Assign):  # a table of members
                self.spaces["model"][node.targets[0].id] = ast.literal_eval(node.value)
        self.done: dict[str, str] = {}
        self.heads: list[str] = [HEADER]
        self.tables: dict[str, str] = {}
        for name, record in self.records.items():
            self.heads.append(f"typedef struct {{ {self.fields(name, record)} }} {name};")
        self.function("sim.engine.event_loop", "run_block")
        clock = program.model.clock
        footer = FOOTER.format(
            horizon=clock.horizon,
            events=clock.max_events,
            instant=clock.max_at_once,
            pending=clock.max_pending,
        )
        self.text = "\n".join([*self.heads, *self.tables.values(), *self.done.values(), footer])

    def fields(self, record_name, record) -> str:
        fields = []
        for name, (kind, _) in record.slots.items():
            if isinstance(kind, Table):
                self.table(f"t_{record_name}_{name}", kind.element.name, kind.values)
            elif isinstance(kind, Array):
                fields.append(f"{C_TYPES[kind.element.name]} v_{name}[{kind.length}];")
            else:
                fields.append(f"{C_TYPES[kind.name]} v_{name};")
        return " ".join(fields) or "double v_none;"

    def table(self, symbol, kind, values) -> None:
        items = ", ".join(self.number(v)[0] for v in values)
        self.tables[symbol] = f"static const {C_TYPES[kind]} {symbol}[] = {{{items}}};"

    def number(self, value) -> tuple[str, str]:
        if isinstance(value, float):
            if not math.isfinite(value):
                return {math.inf: "INFINITY", -math.inf: "-INFINITY"}.get(value, "NAN"), "float"
            return value.hex(), "float"
        value = int(value)
        return (f"{value}ULL", "u64") if value >= 1 << 63 else (f"{value}LL", "int")

    def function(self, module, name) -> tuple[str, ast.FunctionDef]:
        """Return the symbol of a function and its definition; write it if that is not done."""
        tree = self.trees.setdefault(module, parsed(module) if module != "model" else None)
        node = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
        if module == "sim.numerics.arithmetic" and name in arithmetic.INSTRUCTIONS:
            return INSTRUCTIONS.get(name, name), node
        symbol = f"{module.split('.')[-1]}_{name}"
        if symbol not in self.done:
            self.done[symbol] = ""
            if module != "model":
                self.spaces.setdefault(module, vars(importlib.import_module(module)))
            body, parameters, kind = FunctionWriter(self, module, node).written()
            head = f"static {kind} {symbol}({parameters})"
            self.heads.append(f"{head};")
            self.done[symbol] = f"{head} {{\n{body}\n}}"
        return symbol, node


class FunctionWriter:
    def __init__(self, writer, module, node) -> None:
        self.writer, self.module, self.node = writer, module, node
        self.kinds: dict[str, str] = {}
        self.locals: dict[str, str] = {}

    def written(self) -> tuple[str, str, str]:
        parameters = []
        for argument in self.node.args.args:
            kind = self.kinds[argument.arg] = ast.unparse(argument.annotation)
            if kind != "Rules":
                pointed = BUFFERS.get(kind) or (kind if kind in self.writer.records else None)
                of = f"{pointed} *restrict" if pointed else C_TYPES[kind]
                parameters.append(f"{of} v_{argument.arg}")
        if self.module == LOOKUPS:
            parameters += [f"int64_t n_{name}" for name, k in self.kinds.items() if k == "Floats"]
        body = self.block(self.node.body)
        declared = "".join(f"{C_TYPES[kind]} v_{name}; " for name, kind in self.locals.items())
        returns = ast.unparse(self.node.returns)
        return declared + body, ", ".join(parameters), C_TYPES.get(returns, "void")

    def block(self, statements) -> str:
        return "\n".join(self.statement(s) for s in statements)

    def statement(self, node) -> str:
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                return ""
            case ast.Expr(value=ast.Call(func=ast.Name(id="note" | "arguments"))):
                return ""
            case ast.Expr(value=value):
                return f"{self.value(value)[0]};"
            case (
                ast.Assign(targets=[target], value=value)
                | ast.AnnAssign(target=target, value=value)
            ):
                text, kind = self.value(value)
                if isinstance(target, ast.Name) and target.id not in self.kinds:
                    self.kinds[target.id] = self.locals[target.id] = kind
                return f"{self.value(target)[0]} = {text};"
            case ast.AugAssign(target=target, op=op, value=value):
                place = self.value(target)[0]
                return f"{place} = {place} {OPERATORS[type(op)]} {self.value(value)[0]};"
            case ast.Return(value=value):
                return f"return {self.value(value)[0] if value else ''};"
            case ast.If(test=test, body=body, orelse=orelse):
                text = f"if ({self.value(test)[0]}) {{ {self.block(body)} }}"
                return text + (f" else {{ {self.block(orelse)} }}" if orelse else "")
            case ast.While(test=test, body=body):
                return f"while ({self.value(test)[0]}) {{ {self.block(body)} }}"
            case ast.For(target=ast.Name(id=name), iter=ast.Call(args=bounds), body=body):
                first, end = [self.value(b)[0] for b in ([ast.Constant(0), *bounds][-2:])]
                self.kinds[name] = self.locals[name] = "int"
                head = f"for (v_{name} = {first}; v_{name} < {end}; v_{name}++)"
                return f"{head} {{ {self.block(body)} }}"
            case ast.Break():
                return "break;"
            case ast.Continue():
                return "continue;"
        raise NotImplementedError(ast.dump(node))

    def value(self, node) -> tuple[str, str]:
        """Return the C text of an expression and its type."""
        match node:
            case ast.Constant(value=value):
                return self.writer.number(value)
            case ast.Name(id=name) if name in self.kinds:
                return f"v_{name}", self.kinds[name]
            case ast.Name(id=name):
                value = {"inf": math.inf, "nan": math.nan}.get(name)
                value = self.writer.spaces[self.module][name] if value is None else value
                if not isinstance(value, tuple):
                    return self.writer.number(value)
                kind = "float" if isinstance(value[0], float) else "int"
                self.writer.table(f"g_{name}", kind, value)
                return f"g_{name}", kind
            case ast.Attribute(value=ast.Name(id=owner), attr=slot):
                kind, _ = self.writer.records[self.kinds[owner]].slots[slot]
                element = kind if not isinstance(kind, Array | Table) else kind.element
                table = f"t_{self.kinds[owner]}_{slot}"
                return table if isinstance(kind, Table) else f"v_{owner}->v_{slot}", element.name
            case ast.Subscript(value=of, slice=index):
                place = self.value(index)[0]
                if isinstance(of, ast.Name) and self.kinds.get(of.id) in self.writer.records:
                    return f"((double *)v_{of.id})[{place}]", FLOAT.name
                text, kind = self.value(of)
                kind = {"Floats": "float"}.get(kind, kind)
                return f"{text}[{place}]", {"Ints": "int", "Shorts": "int"}.get(kind, kind)
            case ast.BinOp(left=left, op=op, right=right):
                (a, kind), (b, other) = self.value(left), self.value(right)
                both = {kind, other}
                kind = "float" if "float" in both else "u64" if "u64" in both else "int"
                return f"({a} {OPERATORS[type(op)]} {b})", kind
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return f"(!{self.value(operand)[0]})", "bool"
            case ast.UnaryOp(operand=operand):
                text, kind = self.value(operand)
                return f"(-{text})", kind
            case ast.BoolOp(op=op, values=values):
                sign = " && " if isinstance(op, ast.And) else " || "
                return f"({sign.join(self.value(v)[0] for v in values)})", "bool"
            case ast.Compare(left=left, ops=ops, comparators=others):
                terms = [self.value(n)[0] for n in (left, *others)]
                pairs = zip(terms, ops, terms[1:], strict=False)
                text = " && ".join(f"({a} {OPERATORS[type(op)]} {b})" for a, op, b in pairs)
                return f"({text})", "bool"
            case ast.IfExp(test=test, body=body, orelse=orelse):
                (a, kind), b = self.value(body), self.value(orelse)[0]
                return f"({self.value(test)[0]} ? {a} : {b})", kind
            case ast.Call(func=function, args=arguments):
                return self.call(function, arguments)
        raise NotImplementedError(ast.dump(node))

    def call(self, function, arguments) -> tuple[str, str]:
        name = function.attr if isinstance(function, ast.Attribute) else function.id
        if name == "float":  # of 52 bits: signed conversion is the quick one
            return f"((double)(int64_t){self.value(arguments[0])[0]})", "float"
        if name in ("int", "u64"):
            return f"(({C_TYPES[name]}){self.value(arguments[0])[0]})", name
        if name == "len":
            return self.length(arguments[0]), "int"
        texts = [self.value(a) for a in arguments if ast.unparse(a) != "rules"]
        if name in ("least", "places"):
            return f"{name}({', '.join(t for t, _ in texts)}, {self.length(arguments[0])})", (
                "float" if name == "least" else "int"
            )
        if name == "lowest_bit":
            return f"__builtin_ctzll({texts[0][0]})", "int"
        if name == "div":
            return f"({texts[0][0]} / {texts[1][0]})", "float"
        module = "model" if isinstance(function, ast.Attribute) else self.module
        tree = self.writer.trees.get(module)
        if not any(isinstance(n, ast.FunctionDef) and n.name == name for n in tree.body):
            value = self.writer.spaces[module][name]
            assert inspect.isfunction(value), name
            module, name = value.__module__, value.__name__
        symbol, node = self.writer.function(module, name)
        given = [text for text, _ in texts]
        if module == LOOKUPS:  # a table goes with its length
            pairs = zip(arguments, node.args.args, strict=True)
            given += [self.length(a) for a, p in pairs if ast.unparse(p.annotation) == "Floats"]
        return f"{symbol}({', '.join(given)})", ast.unparse(node.returns)

    def length(self, node) -> str:
        if isinstance(node, ast.Name) and self.kinds.get(node.id) in self.writer.records:
            return str(self.writer.records[self.kinds[node.id]].size // SLOT)
        if isinstance(node, ast.Name) and node.id in self.kinds:
            return f"n_{node.id}"
        if isinstance(node, ast.Name):
            return str(len(self.writer.spaces[self.module][node.id]))
        kind, _ = self.writer.records[self.kinds[node.value.id]].slots[node.attr]
        return str(kind.length if isinstance(kind, Array) else len(kind.values))


class CKernel:
    """The program compiled by gcc, with the interface of a kernel of ours."""

    name = "c"

    def __init__(self, program, compiler: str = "gcc") -> None:
        self.program = program
        with tempfile.TemporaryDirectory() as folder:
            source, library = Path(folder, "model.c"), Path(folder, "model.so")
            source.write_text(Writer(program).text)
            subprocess.run([compiler, *FLAGS, source, "-o", library, "-lm"], check=True)
            self._run = ctypes.CDLL(str(library)).run
        pointer, whole, word = ctypes.c_void_p, ctypes.c_int64, ctypes.c_uint64
        self._run.argtypes = [pointer, word, word, word, whole, pointer, whole]
        self._run.argtypes += [pointer, pointer, pointer, whole, pointer, whole]
        self._run.restype = whole

    def run(self, values, *, seed, future, first, count, series=()) -> Block:
        model, constants = self.program.model, self.program.records["Constants"]
        given = np.concatenate([values, np.zeros(len(constants))])
        points, width = model.clock.grid() if len(series) else 0, len(model.outcomes)
        recorded = np.array(series, np.int64)
        outcomes = np.full((count, width), np.nan)
        status, events = np.zeros(count, np.int32), np.zeros(count, np.int64)
        grid = np.full((len(series), points, count), np.nan)
        arrays = [a.ctypes.data for a in (given, outcomes, status, events, grid)]
        self._run(
            *(arrays[0], seed, future, first, count, arrays[1], width, *arrays[2:5], points),
            *(recorded.ctypes.data, len(recorded)),
        )
        return Block(outcomes, status, events, grid)
