# ruff: noqa: E501 (lines of YAML)
"""Random models over sets: many alike, with everything that the language has for them.

A model follows from a seed, so that it can be written again; `SetModel(seed).text()` is its YAML.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

#: Names of index variables, some of them used by the generated source too.
VARIABLES = ["r", "q", "c", "n", "w", "event", "i0", "value", "guard", "range", "z1", "z2", "z3"]
STEPS = ["1", "0.5", "exponential(1.3)", "uniform(0.2, 2)", "gamma(3, 0.4)", "pert(0.2, 0.7, 3)"]
DELAYS = [
    "1",
    "0.5",
    "2.5",
    "exponential(0.8)",
    "uniform(0, 3)",
    "empirical(waits)",
    "1 + pert(0, 1, 2)",
]
DRAWN = [
    "uniform(0, {})", "normal({}, 1)", "exponential(abs({}) + 0.1)", "poisson(min(abs({}), 50))",
    "bernoulli(0.4) + {}", "empirical(waits) - {}", "pert(0, 1, 2 + abs({}))", "choice(1, 2, 0.5) * {}",
]  # fmt: skip
FORMS = [
    "({} + {})", "({} - {})", "({} * {})", "({} / (abs({}) + 1))", "min({}, {})", "max({}, {})",
    "({} % (abs({}) + 0.7))", "clip({}, -3, abs({}))", "tanh({} + {})", "round({} - {})",
    "exp(-abs({} + {}))", "harmonic(abs({}) + 1, abs({}) + 1)", "curve({} + {})", "sqrt(abs({} * {}))",
    "floor({} + {})", "sigmoid({} - {})", "sign({} - {})", "(-{} + {})",
]  # fmt: skip


@dataclass(frozen=True)
class Place:
    """What a formula may read: members by their set, numbers, the time, counts, draws."""

    members: tuple[tuple[str, str], ...] = ()  # a name or variable, with its set
    numbers: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()  # names of index variables
    state: bool = True
    derived: tuple[str, ...] = ("force", "twice", "big", "lead")
    now: bool = False
    counts: bool = True
    steps: bool = True  # tables of the time that stay between their points


@dataclass
class SetModel:
    """Writes one random model."""

    seed: int
    dice: random.Random = field(init=False)
    sets: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        regions = ["north", "south", "east", "west"][: self.dice.randint(1, 4)]
        self.sets = {
            "region": regions,
            "kind": [str(i + 1) for i in range(self.dice.randint(1, 3))],
        }

    def one(self, *choices: str) -> str:
        """Return one of some texts."""
        return self.dice.choice(choices)

    def maybe(self, share: float = 0.5) -> bool:
        """Return whether to do something that is done this often."""
        return self.dice.random() < share

    def variable(self, at: Place) -> str:
        """Return a name for an index variable that is not taken."""
        free = [name for name in VARIABLES if name not in at.taken]
        return self.dice.choice(free)

    def bound(self, at: Place, variable: str, of: str) -> Place:
        """Return a place that knows one more index variable."""
        return replace(at, members=(*at.members, (variable, of)), taken=(*at.taken, variable))

    def member(self, at: Place, of: str, depth: int = 1) -> str:
        """Write a member of a set: a variable, a word, or what holds one."""
        own = [name for name, kind in at.members if kind == of]
        if own and self.maybe(0.6):
            return self.dice.choice(own)
        word = self.dice.choice(self.sets[of])
        choices = [word] if of == "kind" else [word, f"'{word}'"]
        if of == "region":
            choices += ["home"]
            if at.state:
                choices += ["who"]
                if "lead" in at.derived:
                    choices += ["lead"]
        if depth and self.maybe(0.15):
            v = self.variable(at)
            inner = self.bound(at, v, of)
            extreme = self.one("argmax", "argmin")
            return f"{extreme}({self.number(inner, depth - 1)} for {v} in {of})"
        return self.dice.choice(choices)

    def holder(self, at: Place) -> str:
        """Write what holds a region: a variable, a local, a lever or state; no word."""
        own = [name for name, kind in at.members if kind == "region"]
        return self.dice.choice([*own, *own, "home", *(["who"] if at.state else [])])

    def plain(self, at: Place, depth: int = 1) -> str:
        """Write a number that is a name, perhaps with an index."""
        r, k = self.member(at, "region", depth), self.member(at, "kind", depth)
        choices = [
            "0.5", "2", "3.25", "a", "rate_of", f"tax[{r}]", f"people[{r}]", f"mix[{r}, {k}]",
            f"mob[{r}, {self.member(at, 'region', depth)}]", "horizon", f"position({self.holder(at)})",
        ]  # fmt: skip
        choices += at.numbers
        if at.state:
            choices += ["x", "y", f"S[{r}]", f"T[{r}, {k}]", f"U[{k}]", f"S[{r}]", f"T[{r}, {k}]"]
            choices += [f"force[{r}]"] * ("force" in at.derived)
            choices += ["twice"] * ("twice" in at.derived)
            choices += [f"big[{r}, {k}]"] * ("big" in at.derived)
        if at.counts and at.state:
            choices += [
                "count(tick)", f"count(grow[{r}])", "count(grow)", f"pending(go[{r}])", "pending(go)",
                f"count(move[{r}, {k}])", f"pending(move[{r}, {k}])", "count(watch)", "pending(late)",
            ]  # fmt: skip
        if at.steps:
            choices += ["stepped(now)", "weekday(now)", "day_of_year(now) / 100"]
        if at.now:
            choices += ["now", "line(now)", "month(now)"]
        return self.dice.choice(choices)

    def number(self, at: Place, depth: int = 2) -> str:
        """Write an expression that is a number."""
        if depth <= 0 or self.maybe(0.4):
            return self.plain(at, depth)
        if self.maybe(0.35):
            return self.reduced(at, depth)
        if self.maybe(0.2):
            inner = self.number(at, depth - 1)
            return f"({inner} if {self.truth(at, depth - 1)} else {self.number(at, depth - 1)})"
        return self.one(*FORMS).format(self.number(at, depth - 1), self.number(at, depth - 1))

    def reduced(self, at: Place, depth: int) -> str:
        """Write a function of all members, or of some."""
        inner, loops = at, ""
        for _ in range(self.dice.choice([1, 1, 2])):
            v, of = self.variable(inner), self.one("region", "kind")
            inner = self.bound(inner, v, of)
            loops += f" for {v} in {of}"
        if self.maybe(0.15):
            loops += f" if {self.truth(inner, depth - 1)}"
        function = self.one("sum", "sum", "min", "max", "mean", "count", "any", "all")
        logical = function in ("count", "any", "all")
        body = self.truth(inner, depth - 1) if logical else self.number(inner, depth - 1)
        test = self.truth(inner, depth - 1)
        if not self.maybe(0.4):
            return f"{function}({body}{loops})"
        if function in ("min", "max", "mean") and self.maybe(0.9):
            if " if " in loops:
                return f"sum({body}{loops})"
            first = loops + f" if {test}"
            return f"({function}({body}{first}) if any({test}{loops}) else 1)"
        return f"{function}({body}{loops} if {test})"

    def truth(self, at: Place, depth: int = 1) -> str:
        """Write a condition."""
        a, b = self.plain(at, depth), self.plain(at, depth)
        of = self.one("region", "kind")
        v = self.variable(at)
        inner = self.bound(at, v, of)
        choices = [
            f"{a} > {b}", f"{a} <= {b}", f"0 < {a} < {b} + 5", f"not ({a} > 1)", f"{a} % 2 == 1",
            f"any({self.plain(inner, 0)} > {self.plain(inner, 0)} for {v} in {of})",
        ]  # fmt: skip
        own = [name for name, kind in at.members if kind == "region"]
        if own:
            choices.append(
                f"{own[-1]} {self.one('==', '!=')} '{self.dice.choice(self.sets['region'])}'"
            )
            choices.append(f"{own[-1]} {self.one('==', '!=')} {self.one(*own, 'home')}")
        if at.state:
            r = self.member(at, "region", 0)
            choices += [
                f"F[{r}]",
                f"not F[{r}]",
                f"M[{r}] == 'high'",
                f"who == '{self.sets['region'][0]}'",
            ]
        first = self.dice.choice(choices)
        if depth and self.maybe(0.3):
            return f"({first}) {self.one('and', 'or')} {self.truth(at, depth - 1)}"
        return f"({first})"

    def statements(self, at: Place, depth: int = 2, top: bool = True) -> tuple[list[str], Place]:
        """Write statements that keep the state bounded, and what is known after them."""
        lines = []
        for _ in range(self.dice.randint(1, 3)):
            kind = self.one(
                "draw", "cell", "cell", "pair", "flag", "if", "for", "for", "who", "count", "hold"
            )
            r, k = self.member(at, "region"), self.member(at, "kind")
            if kind == "draw":
                drawn = self.one(*DRAWN).format(self.plain(at))
                lines.append(f"d{depth} = {drawn}")
                lines.append(f"x = clip(x + d{depth}, -40, 40)")
                if top:
                    at = replace(at, numbers=(*at.numbers, f"d{depth}"))
            elif kind == "cell":
                lines.append(
                    f"S[{r}] = clip({self.one('S[' + r + '] + ', '')}{self.number(at)}, -40, 40)"
                )
            elif kind == "pair":
                lines.append(
                    f"T[{r}, {k}] {self.one('+=', '-=')} {self.one('0.1', '0.5 * uniform(0, 1)')}"
                )
                lines.append(f"T[{r}, {k}] = clip(T[{r}, {k}], -9, 9)")
            elif kind == "flag":
                lines.append(
                    f"F[{r}] = {self.one('not F[' + r + ']', self.truth(at), 'bernoulli(0.5)')}"
                )
                lines.append(
                    f"M[{self.member(at, 'region')}] = {self.one(chr(39) + 'high' + chr(39), chr(39) + 'low' + chr(39))}"
                )
            elif kind == "who":
                lines.append(f"who = {self.held(r)}")
            elif kind == "count":
                lines.append(
                    f"U[{k}] = clip(U[{k}] + {self.one('1', '-1', 'position(' + self.holder(at) + ')')}, 0, 40)"
                )
            elif kind == "hold" and top:
                lines.append(f"held = {self.holder(at)}")
                lines.append("y = clip(y + position(held) - 2, -40, 40)")
                at = replace(at, members=(*at.members, ("held", "region")))
            elif kind == "if" and depth:
                lines.append(f"if {self.truth(at)}:")
                lines += ["  " + line for line in self.statements(at, depth - 1, False)[0]]
                if self.maybe():
                    lines.append("else:")
                    lines += ["  " + line for line in self.statements(at, depth - 1, False)[0]]
            elif kind == "for" and depth:
                v, of = self.variable(at), self.one("region", "kind")
                lines.append(f"for {v} in {of}:")
                inner = self.bound(at, v, of)
                lines += ["  " + line for line in self.statements(inner, depth - 1, False)[0]]
        return lines or ["y = clip(y + 0.5, -40, 40)"], at

    def held(self, member: str) -> str:
        """Write a member as a value: words in quotes."""
        return f"'{member}'" if member in self.sets["region"] else member

    def edges(self, at: Place, event: str) -> Iterator[str]:
        """Write edges to fixed, own and dynamic members, with arguments, and cancellations."""
        for _ in range(self.dice.randint(0, 3)):
            r, k = self.member(at, "region"), self.member(at, "kind")
            after = self.one(*DELAYS)
            test = f", if: '{quoted(self.truth(at))}'" if self.maybe(0.3) else ""
            kind = self.one("go", "go", "move", "late", "cancel", "cancel_all", "cancel_move")
            if kind == "go":
                given = []
                if self.maybe():
                    given.append(f"size: '{quoted(self.number(at, 1))}'")
                if self.maybe():
                    given.append(f"which: '{quoted(self.held(self.member(at, 'region')))}'")
                given_ = f", with: {{{', '.join(given)}}}" if given else ""
                limit = self.one("pending(go) < 9", f"pending(go[{r}]) < 4 and count(go) < 300")
                yield f"{{schedule: '{quoted(f'go[{r}]')}', after: '{after}', if: '{quoted(limit)}'{given_}}}"
            elif kind == "move":
                yield f"{{schedule: '{quoted(f'move[{r}, {k}]')}', after: '{after}', if: '{quoted(f'pending(move[{r}, {k}]) < 3 and count(move) < 200')}'}}"
            elif kind == "late":
                yield f"{{schedule: late, after: '{after}', if: pending(late) < 4, with: {{number: '{self.one('1', 'U[1]')}'}}}}"
            elif kind == "cancel":
                where = self.one(
                    "size > 1",
                    f"which == '{self.sets['region'][0]}'",
                    f"position(which) > {self.one('1', 'x')}",
                )
                where_ = f', where: "{where}"' if event != "go" and self.maybe() else ""
                yield f"{{cancel: '{quoted(f'go[{r}]')}'{test}{where_}}}"
            elif kind == "cancel_all":
                where_ = ', where: "size > x"' if event != "go" and self.maybe() else ""
                yield f"{{cancel: go{test}{where_}}}"
            else:
                yield f"{{cancel: '{quoted(f'move[{r}, {k}]')}'{test}}}"

    def trigger(self, at: Place, kinds: list[str]) -> str:
        """Write a trigger."""
        kind = self.dice.choice(kinds)
        match kind:
            case "at":
                return f"at: {self.one('0', '3', '2.5', '[1, 4]', 'a', '2025-09-03')}"
            case "every":
                own = (
                    [f"0.5 + abs({self.plain(replace(at, now=False), 0)})"]
                    if self.maybe(0.3)
                    else STEPS
                )
                return f"every: '{quoted(self.dice.choice(own))}'"
            case "when":
                return f"when: '{quoted(self.truth(at, 2))}'"
            case "rate":
                if self.maybe(0.3):
                    factor = self.plain(replace(at, steps=False), 1)
                    return f"rate: '{quoted(f'0.1 * clip({factor}, 0, 5) * line(now) + 0.1')}'"
                return f"rate: '{quoted(f'clip(abs({self.number(at, 2)}), 0, 3)')}'"
        return ""

    def event(self, name: str, over: list[str], kinds: list[str], takes: str = "") -> str:
        """Write one event."""
        at, declared = Place(), []
        for of in over:
            v = self.variable(at)
            at = self.bound(at, v, of)
            declared.append(f"{of} as {v}")
        lines = []
        if over:
            lines.append(
                f"over: {declared[0]}" if len(over) == 1 else f"over: [{', '.join(declared)}]"
            )
        trigger = self.trigger(at, kinds)
        lines += [trigger] if trigger else []
        if takes:
            lines.append(f"takes: {{{takes}}}")
            if "size" in takes:
                at = replace(
                    at,
                    numbers=(*at.numbers, "size", "size"),
                    members=(*at.members, ("which", "region")),
                )
            else:
                at = replace(at, numbers=("number",))
        inside = replace(at, now=not trigger.startswith("rate"))
        if self.maybe():
            lines.append(f"if: '{quoted(self.truth(inside))}'")
        if self.maybe(0.3):
            lines.append(f"priority: {self.dice.randint(-1, 1)}")
        at = replace(at, now=True)
        body, after = self.statements(at)
        lines.append("do: |")
        lines += ["  " + line for line in body]
        edges = list(self.edges(replace(after, counts=True), name))
        if edges:
            lines.append("then:")
            lines += [f"  - {edge}" for edge in edges]
        if self.maybe(0.3):
            told = [f"{{S[{after.members[0][0]}]}}"] if over and over[0] == "region" else ["{x}"]
            lines.append(f"tell: '{name} {told[0]}'")
        return f"  {name}:\n" + "".join(f"    {line}\n" for line in lines)

    def events(self) -> str:
        """Write the events."""
        return (
            self.event("tick", [], ["every", "rate"])
            + self.event("grow", ["region"], ["rate", "every"])
            + self.event("move", self.dice.choice([["region", "kind"]]), ["every", "at", "none"])
            + self.event("go", ["region"], ["none", "every", "at"], "size: 0.5, which: region")
            + self.event("watch", [self.one("kind", "region")], ["when"])
            + self.event("late", [], ["at", "none"], "number: 1")
            + self.event("flow", ["region", "region"], ["rate"])
        )

    def values(self, *sets: str) -> str:
        """Write a list of values, nested for two sets."""
        if not sets:
            return str(round(self.dice.uniform(0.1, 4), 2))
        return "[" + ", ".join(self.values(*sets[1:]) for _ in self.sets[sets[0]]) + "]"

    def outcomes(self) -> Iterator[str]:
        """Write the outcomes."""
        bare = Place()
        v = self.variable(bare)
        own = self.bound(bare, v, "region")
        stepped = replace(own, now=True)
        yield f"att: {{over: region as {v}, final: '{quoted(self.number(stepped))}'}}"
        yield f"avg: {{over: region as {v}, {self.one('mean', 'integral', 'sd', 'min', 'max')}: '{quoted(self.number(own))}'}}"
        yield f"dev: {{{self.one('sd', 'mean', 'max')}: '{quoted(self.number(bare))}'}}"
        yield f"hit: {{over: region as {v}, {self.one('ever', 'first', 'count', 'duration')}: '{quoted(self.truth(own))}'}}"
        yield f"num: {{over: region as {v}, {self.one('count', 'first', 'ever')}: 'grow[{v}]'}}"
        yield f"all_of: {{{self.one('count', 'first', 'ever')}: {self.one('grow', 'move', 'flow', 'go')}}}"
        yield f"total: {{of: 'sum(att[{v}] for {v} in region) + att[{self.sets['region'][0]}] * a'}}"
        yield f"each: {{over: region as {v}, of: 'att[{v}] + avg[{v}] / (1 + people[{v}]) - dev'}}"
        yield f"worst: {{of: 'max(att[{v}] - tax[{v}] for {v} in region)'}}"
        yield f"where_: {{final: 'position(argmax(S[{v}] for {v} in region))'}}"
        if self.maybe():
            yield "line_mean: {mean: 'a * line(now) + x'}"

    def derived(self) -> Iterator[str]:
        """Write the derived quantities, each of those before it."""
        at = Place(derived=(), counts=self.maybe(0.3))
        v = self.variable(at)
        yield f"force: {{over: region as {v}, formula: '{quoted(self.number(self.bound(at, v, 'region')))}'}}"
        at = replace(at, derived=("force",))
        yield f"twice: '{quoted(self.number(at))}'"
        at = replace(at, derived=("force", "twice"))
        v = self.variable(at)
        yield f"lead: '{self.one('argmax', 'argmin')}({quoted(self.number(self.bound(at, v, 'region'), 1))} for {v} in region)'"
        inner = self.bound(replace(at, derived=("force", "twice", "lead")), v, "region")
        u = self.variable(inner)
        inner = self.bound(inner, u, "kind")
        yield f"big: {{over: [region as {v}, kind as {u}], formula: '{quoted(self.number(inner))}'}}"

    def text(self) -> str:
        """Write the whole model."""
        north, regions = self.sets["region"][0], ", ".join(self.sets["region"])
        start = self.one(
            "'uniform(0, 2)'",
            "0.5",
            "'people[i]'",
            "'normal(people[i], 1)'",
            "'tax[i] + mix[i, 1]'",
        )
        return (
            f"model: made\ntime: {{unit: day, start: '2025-09-01', horizon: 8, max_events: 40000}}\n"
            f"sets: {{region: [{regions}], kind: {{count: {len(self.sets['kind'])}}}}}\n"
            "functions:\n  harmonic: {takes: [u, v], value: 2 * u * v / (u + v)}\n"
            "  pert: {takes: [low, mode, high], draw: 'low + (high - low) * beta(1 + 4 * (mode - low) / "
            "(high - low), 1 + 4 * (high - mode) / (high - low))'}\n"
            "samples: {waits: {values: [0.5, 1, 1.25, 2], source: A log}}\n"
            "tables:\n  stepped: {series: [[0, 1], [2, 2.5], [4.5, 0.5], [6, 3]], beyond: hold, why: A guess.}\n"
            "  line: {series: [[0, 1], [3, 3], [5, 0.5]], between: linear, beyond: hold, why: A guess.}\n"
            "  curve: {points: {-2: 1, 0: 2, 3: 0.5}, beyond: hold, why: A guess.}\n"
            "levers:\n  a: {default: 2.0, range: [0.0, 5.0]}\n"
            f"  tax: {{over: region, default: 0.5, range: [0.0, 2.0], members: {{{north}: 1.5}}}}\n"
            f"  home: {{default: {north}, options: [{regions}]}}\n"
            "parameters:\n  rate_of: {assume: 0.7, range: [0.1, 2.0], why: A guess.}\n"
            f"  people: {{over: region, values: {self.values('region')}, why: A guess.}}\n"
            f"  mob: {{over: [region, region], values: {self.values('region', 'region')}, why: A guess.}}\n"
            f"  mix: {{over: [region, kind], values: {self.values('region', 'kind')}, why: A guess.}}\n"
            "state:\n  x: 1.5\n  y: {initial: 0.0, range: [-50.0, 50.0]}\n"
            f"  S: {{over: region as i, initial: {start}, range: [-60.0, 60.0]}}\n"
            f"  T: {{over: [region as i, kind as j], initial: {self.one('0.0', chr(39) + 'uniform(0, position(j))' + chr(39))}}}\n"
            "  U: {over: kind, initial: 2, range: [0, 50]}\n  F: {over: region, initial: false}\n"
            f"  M: {{over: region, initial: low, options: [low, high], members: {{{north}: high}}}}\n"
            f"  who: {{initial: {north}, options: [{regions}]}}\n"
            "derived:\n" + "".join(f"  {line}\n" for line in self.derived())
            + "events:\n" + self.events()
            + "outcomes:\n" + "".join(f"  {line}\n" for line in self.outcomes())
        )  # fmt: skip


def quoted(text: str) -> str:
    """Return a text for single quotes in YAML."""
    return text.replace("'", "''")
