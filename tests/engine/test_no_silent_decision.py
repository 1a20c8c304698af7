"""Impossible arguments in every position of the grammar: none of them decides anything in silence."""

from __future__ import annotations

import pytest
from fuzzing import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import scenario

import sim
from sim.engine.codegen.program import generate
from sim.engine.compiled import kernel_for
from sim.engine.simpy_kernel import SimpyKernel
from sim.errors import RunError
from sim.language.domains import RULES
from sim.language.names import DRAWS

#: Operations without a finite value where z is 0.
OPERATIONS = (
    "1 / z", "z / z", "5 // z", "5 % z", "z ** (z - 1)", "(z - 8) ** (1 / 3)", "(z - 2) ** 0.5",
    "log(z)", "log10(z - 1)", "sqrt(z - 1)", "exp(z + 800)", "10 ** (z + 400)",
    "(z + 1e99) * (z + 1e99) * (z + 1e99) * (z + 1e99)",
)  # fmt: skip
#: Draws with one impossible argument where z is 0.
IMPOSSIBLE = (
    "bernoulli(z - 0.01)", "bernoulli(z + 1.01)", "exponential(z - 1)", "normal(1, z - 1)",
    "lognormal(1, z - 1)", "uniform(z + 2, 1)", "triangular(1, z, 3)", "gamma(z, 1)",
    "gamma(1, z - 1)", "beta(z, 1)", "beta(1, z)", "weibull(z, 1)", "weibull(1, z - 1)",
    "binomial(z + 3.5, 0.5)", "binomial(3, z + 2)", "poisson(z - 1)", "negative_binomial(z - 1, 1)",
    "negative_binomial(1, z)", "geometric(z)", "beta_binomial(z + 0.5, 1, 1)",
    "beta_binomial(5, z, 1)", "beta_binomial(5, 1, z)", "choice(z, z)", "choice(0.5, z - 0.1)",
)  # fmt: skip
#: What can hide a value that is infinite or not a number; E is evaluated in each.
AROUND = (
    "E", "-E", "0 * E", "(E) ** 0", "1 ** (E)", "2 + E - 1", "min(E, 3)", "max(3, E)",
    "clip(E, 0, 1)", "clip(1, 0, E)", "sign(E)", "sigmoid(E)", "tanh(E)", "erf(E)", "abs(E)",
    "floor(E)", "round(E)", "5 // (E)", "5 / (E)", "(E) % 3", "1 if E > 0 else 2",
    "1 if E != E else 2", "(E == E) + 1", "(0 < E < 1) + 0", "(1 < 2 < E) + 0",
    "1 if not E < 1 else 2", "1 if z == 0 and E > 0 else 2", "1 if z == 1 or E > 0 else 2",
    "1 if E > 0 and z == 0 else 2", "3 if (E if z == 0 else 1) > 2 else 4", "E if z == 0 else 1",
    "1 if z == 1 else E", "exp(-abs(E))", "sqrt(abs(E))",
)  # fmt: skip
#: Where E is not evaluated.
SKIPPED = ("E if z == 1 else 2", "1 if z == 1 and E > 0 else 2", "1 if z == 0 or E > 0 else 2")
#: Places of an expression; the first ones can draw. START has only parameters.
DRAWING = (
    "events: {go: {at: 1, do: 'x = FORM'}}",
    'events: {go: {at: 1, do: "local = FORM\\nx = 1 if local > 0 else 2"}}',
    'events: {go: {at: 1, do: "if FORM > 0:\\n  x = 1"}}',
    'events: {go: {at: 1, do: "if z == 1:\\n  x = 1\\nelif FORM < 1:\\n  x = 2"}}',
    "events: {go: {at: 1, then: [{schedule: two, after: '1.0 * FORM'}]}, two: {}}",
    "events: {go: {every: '1.0 * FORM'}}",
)
PURE = (
    "events: {go: {at: 1, if: 'FORM > 0', do: x = 1}}",
    "events: {go: {when: 'FORM > 0', do: x = 1}}",
    "events: {go: {at: 1, do: x = 1}, two: {when: '(FORM) * x > 0'}}",
    "events: {go: {rate: 'FORM', do: x = 1}}",
    "events: {go: {rate: 1, if: 'FORM > 0', do: x = 1}}",
    "events: {go: {at: 1, then: [{schedule: two, if: 'FORM > 0'}]}, two: {}}",
    "events: {go: {at: 1, then: [{cancel: two, if: 'FORM > 0'}]}, two: {at: 3}}",
    "derived: {d: 'FORM'}\nevents: {go: {at: 1, do: x = 1 if d > 0 else 2}}",
    "derived: {d: 'FORM', e: 'min(d, 1)'}\nevents: {go: {at: 1, if: e > 0, do: x = 1}}",
    *(
        f"outcomes: {{o: {{{statistic}: 'FORM{test}'}}}}"
        for statistic, test in {
            "final": "", "mean": "", "min": "", "max": "", "ever": " > 0", "first": " > 0",
            "count": " > 0", "duration": " > 0",
        }.items()
    ),
    "outcomes: {o: {final: 'FORM', at: 3}}",
    "time: {horizon: 10, stop: 'FORM > 0'}\nevents: {go: {at: 1}}",
)  # fmt: skip
START = ("events: {go: {at: 'FORM'}}", "events: {go: {at: [2, 'FORM']}}")
CODES = {"impossible-argument", "not-finite"}


def model(place: str, form: str, name: str = "z") -> sim.Scenario:
    """A model with a formula at a place."""
    head = "parameters: {p: {assume: 0.0}}\nstate: {x: {initial: 1.0}, z: {initial: 0.0}}\n"
    if name == "p":
        head = head.replace(", z: {initial: 0.0}", "")
        form = form.replace("z", "p").replace("ep", "ez")
    text = place.replace("FORM", f"({form})")
    if text.startswith("time:"):
        time, text = text.split("\n", 1)
        return scenario(f"{time}\n{head}{text}\n")
    return scenario(f"{head}{text}\n")


def error_of(made: sim.Scenario) -> RunError | None:
    """The error of a replication."""
    row = [float(value) for value in sim.make_experiment([made]).row(0, 0)]
    return SimpyKernel(generate(made.model)).failure(row, seed=1, future=0, replication=0)


def found_silent(place: str, form: str, fault: str, name: str = "z") -> str:
    """What is wrong with the error of a fault, or an empty string."""
    error = error_of(model(place, form, name))
    if error is None:
        return f"{place} with {form}: no error"
    found, span = error.diagnostic, error.diagnostic.span
    if found.code not in CODES or span is None or span.text is None:
        return f"{place} with {form}: {found.first_line()}"
    pointed = span.text.content[span.start : span.end]
    wanted = fault if name == "z" else fault.replace("z", "p")
    if pointed.strip("()") not in wanted and wanted not in pointed:
        return f"{place} with {form}: it points at {pointed}"
    return ""


def none_of(faults: list[str]) -> None:
    assert not [fault for fault in faults if fault], "\n".join(filter(None, faults))


def test_every_draw_has_a_rule_and_an_impossible_argument() -> None:
    assert DRAWS.keys() <= RULES.keys()
    assert {text.split("(")[0] for text in IMPOSSIBLE} == DRAWS.keys()


def test_each_fault_in_each_surrounding() -> None:
    faults = (*OPERATIONS, *IMPOSSIBLE)
    none_of([found_silent(DRAWING[0], a.replace("E", f"({f})"), f) for f in faults for a in AROUND])


def test_each_fault_at_each_place() -> None:
    none_of([found_silent(p, f, f) for f in OPERATIONS for p in (*DRAWING, *PURE)])
    none_of([found_silent(p, f, f) for f in IMPOSSIBLE for p in DRAWING])
    none_of([found_silent(p, f, f, "p") for f in OPERATIONS for p in START])


def test_initial_values_are_tested() -> None:
    for fault in (*OPERATIONS, *IMPOSSIBLE):
        form = fault.replace("z", "p").replace("ep", "ez")
        made = scenario(
            f"parameters: {{p: {{assume: 0.0}}}}\nstate: {{x: {{initial: '1.0 * {form}'}}}}"
        )
        error = error_of(made)
        assert error is not None and error.diagnostic.code in CODES, fault
        assert error.event == "start or end"


def test_what_is_not_evaluated_is_no_fault() -> None:
    for fault in (*OPERATIONS, *IMPOSSIBLE):
        for around in SKIPPED:
            assert error_of(model(DRAWING[0], around.replace("E", f"({fault})"))) is None
    for around in SKIPPED:
        made = model(DRAWING[0], around.replace("E", "(log(z) / bernoulli(z - 1))"))
        row = sim.make_experiment([made]).row(0, 0)
        block = kernel_for(generate(made.model)).run(row, seed=1, future=0, first=0, count=1)
        assert block.status.tolist() == [0]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("bernoulli(0.2 - 0.03 * 7 + z)", "bernoulli(p) with p = -0.01: a probability lies between 0 and 1"),
        ("1 / (z - z)", "division by zero: 1 / 0"),
        ("exponential(z - 1)", "exponential(mean) with mean = -1: a mean is 0 or more"),
        ("choice(0.5, z - 0.1)", "choice(w0, w1) with w0 = 0.5, w1 = -0.1: a weight is 0 or more"),
        (
            "binomial(3.5 + z, 0.5)",
            "binomial(n, p) with n = 3.5, p = 0.5: the number of trials is a whole number, 0 or more",
        ),
    ],
)  # fmt: skip
def test_a_message_names_the_cause(form: str, message: str) -> None:
    error = error_of(model(DRAWING[0], form))
    assert error is not None
    assert error.diagnostic.message == message


@pytest.mark.fuzz
@settings(max_examples=examples(25), deadline=None)
@given(
    st.sampled_from((*OPERATIONS, *IMPOSSIBLE)),
    st.lists(st.sampled_from(AROUND), min_size=1, max_size=3),
    st.sampled_from((*DRAWING, *PURE)),
)
def test_no_silent_decision_in_either_kernel(fault: str, around: list[str], place: str) -> None:
    form = fault
    for text in around:
        form = text.replace("E", f"({form})")
    if place in PURE and "z" in fault and fault in IMPOSSIBLE:
        place = DRAWING[len(form) % len(DRAWING)]
    made = model(place, form)
    error = error_of(made)
    assert error is not None, (place, form)
    assert error.diagnostic.code in CODES
    program = generate(made.model)
    row = sim.make_experiment([made]).row(0, 0)
    which = {"seed": 1, "future": 0, "first": 0, "count": 2}
    blocks = [kernel.run(row, **which) for kernel in (SimpyKernel(program), kernel_for(program))]
    assert blocks[0].status.all()
    assert blocks[0].status.tolist() == blocks[1].status.tolist()
    assert blocks[0].events.tolist() == blocks[1].events.tolist()
