"""Every model of the repository, and models that Hypothesis writes."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent
STUDIES = sorted(
    path
    for folder in ("scenarios", "tests/models", "sim/templates", "benchmarks")
    for path in (ROOT / folder).rglob("*.yaml")
    if path.read_text().lstrip("# \n").startswith(("model:", "scenario:"))
    or "\nmodel:" in path.read_text()[:400]
    or "\nscenario:" in path.read_text()[:400]
)


NUMBERS = ["x", "y", "k", "a", "rate_of", "twice"]
DRAWS = [
    "uniform(0, {})",
    "exponential(abs({}) + 0.1)",
    "normal({}, 1)",
    "lognormal(0, 0.5)",
    "triangular(0, 1, 2)",
    "gamma(2, abs({}) + 0.1)",
    "beta(2, 3)",
    "weibull(1.5, 2)",
    "binomial(9, 0.3)",
    "poisson(min(abs({}), 50))",
    "negative_binomial(3, 1.5)",
    "geometric(0.4)",
    "beta_binomial(7, 1.2, 2)",
    "choice(1, 2, 0.5)",
    "bernoulli(0.4)",
]
EVENTS = ["one", "two", "three", "four"]


@st.composite
def number(draw: st.DrawFn, depth: int = 2) -> str:
    """Write an expression that is a number."""
    if depth == 0 or draw(st.booleans()):
        plain = [*NUMBERS, "0.5", "2", "3.25", "count(one)", "pending(three)"]
        return draw(st.sampled_from(plain))
    a, b = draw(number(depth - 1)), draw(number(depth - 1))
    form = draw(
        st.sampled_from(
            [
                "({} + {})", "({} - {})", "({} * {})", "({} / (abs({}) + 1))", "min({}, {})",
                "max({}, {})", "({} % (abs({}) + 0.7))", "({} // (abs({}) + 0.3))",
                "clip({}, -3, abs({}))", "tanh({} + {})", "sqrt(abs({} * {}))", "exp(-abs({} + {}))",
                "log(1 + abs({} - {}))", "round({} + {})", "sign({} - {})", "sigmoid({} - {})",
                "(abs({}) + 0.1) ** clip({}, -2, 2)", "floor({} + {})", "(-{} + {})",
            ]
        )
    )  # fmt: skip
    return form.format(a, b)


@st.composite
def truth(draw: st.DrawFn) -> str:
    """Write a condition."""
    a, b = draw(number(1)), draw(number(1))
    first = draw(
        st.sampled_from(
            ["{} > {}", "{} <= {}", "0 < {} < {} + 5", "mode == 'up'", "not flag", "flag"]
        )
    ).format(a, b)
    if draw(st.booleans()):
        return first
    return f"({first}) {draw(st.sampled_from(['and', 'or']))} {a} != {b}"


@st.composite
def statements(draw: st.DrawFn) -> list[str]:
    """Write a `do` block that keeps the state bounded."""
    lines = []
    if draw(st.booleans()):
        lines.append(f"d = {draw(st.sampled_from(DRAWS)).format(draw(number(1)))}")
        lines.append("x = clip(x + d, -40, 40)")
    lines.append(f"y = clip({draw(number())}, -40, 40)")
    if draw(st.booleans()):
        inner = draw(st.sampled_from(["k = min(k + 1, 60)", "flag = not flag", "mode = 'down'"]))
        lines += [
            f"if {draw(truth())}:",
            f"  {inner}",
            "else:",
            "  mode = 'up' if flag else 'down'",
        ]
    return lines


@st.composite
def events(draw: st.DrawFn) -> str:
    """Write the events: every trigger, edges with and without delay, cancels, ties, priorities."""
    text = ""
    for name in EVENTS:
        kind = draw(st.sampled_from(["at", "every", "when", "rate", "none"]))
        if name in ("one", "two"):
            kind = draw(st.sampled_from(["every", "rate"]))
        if name == "three":
            kind = draw(st.sampled_from(["at", "every", "none"]))
        text += f"  {name}:\n"
        match kind:
            case "at":
                text += f"    at: {draw(st.sampled_from(['0', '3', '2.5', 'a']))}\n"
            case "every":
                steps = ["1", "0.5", "exponential(1.3)", "uniform(0.2, 2)", "gamma(3, 0.4)"]
                text += f"    every: {draw(st.sampled_from(steps))}\n"
            case "when":
                text += f"    when: {draw(truth())}\n"
            case "rate":
                text += f"    rate: clip(abs({draw(number(1))}), 0, 4)\n"
        if draw(st.booleans()):
            text += f"    if: {draw(truth())}\n"
        if draw(st.booleans()):
            text += f"    priority: {draw(st.integers(-1, 1))}\n"
        lines = draw(statements())
        if name == "three":
            text += "    takes: {quantity: 0.0, number: 1}\n"
            lines.append("y = clip(y + tanh(quantity) + 0.1 * number, -40, 40)")
        text += "    do: |\n" + "".join(f"      {line}\n" for line in lines)
        edges = []
        for _ in range(draw(st.integers(0, 2))):
            after = draw(st.sampled_from(["1", "0.5", "2.5", "exponential(0.8)", "uniform(0, 3)"]))
            extra = f", if: {draw(truth())}" if draw(st.booleans()) else ""
            given = f"quantity: '{draw(number(1))}'" if draw(st.booleans()) else "number: k"
            edges.append(
                f"      - {{schedule: three, after: '{after}', if: pending(three) < 6, "
                f"with: {{{given}}}}}\n"
            )
            if draw(st.integers(0, 3)) == 0:
                where = f"quantity > {draw(number(1))} or number % 3 == 1"
                edges.append(f'      - {{cancel: three, where: "{where}"}}\n')
            if extra and name != "four":
                edges.append(f"      - {{schedule: four, after: '{after}'}}\n")
        text += ("    then:\n" + "".join(edges)) if edges else ""
    if draw(st.booleans()):
        text += "  stop: {every: 2.5, then: [{cancel: three}]}\n"
    return text


@st.composite
def models(draw: st.DrawFn) -> str:
    """Write a whole model."""
    return (
        "model: made\ntime: {horizon: 12}\nlevers: {a: {default: 2.0, range: [0.0, 5.0]}}\n"
        "parameters: {rate_of: {assume: 0.7, range: [0.1, 2.0]}}\n"
        "state:\n  x: 1.5\n  y: {initial: 0.0, range: [-50.0, 50.0]}\n  k: 0\n  flag: false\n"
        "  mode: {initial: down, options: [up, down]}\n"
        "derived: {twice: 2 * y + a}\nevents:\n"
        + draw(events())
        + "outcomes:\n  f: {final: x}\n  m: {mean: y}\n  lo: {min: x}\n  hi: {max: twice}\n"
        "  e: {ever: y > 2}\n  w: {first: flag}\n  n: {count: one}\n  t: {count: y > 0}\n"
        "  d: {duration: mode == 'up'}\n  s: {first: two}\n"
        "  i: {integral: y}\n  v: {sd: twice}\n  c: {of: (i + a) / horizon - v}\n"
        "  h: {of: w if w < m else s}\n  r: {of: h > c and n > rate_of}\n"
    )
