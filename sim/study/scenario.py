"""Scenarios: a named setting of a model, loaded from files or from text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sim.errors import Diagnostic, ExperimentError
from sim.model.facts import Fact, gather
from sim.model.types import Lever, Model, Parameter, Value
from sim.study import arguments
from sim.study.documents import as_mapping
from sim.study.families import set_cells
from sim.study.models import base_of, model_of
from sim.study.overlay import Chain, Change, resolve
from sim.study.paths import StrPath, shown
from sim.study.settings import TIME_SETTINGS, check_setting, set_time
from sim.study.shares import check_sums
from sim.yaml import read_text

if TYPE_CHECKING:
    from ui.live.notebook import Exploration


@dataclass(frozen=True)
class Document:
    """What a scenario was read from, merged: enough to read it again without its files."""

    chain: Chain
    facts: Mapping[str, Fact]


@dataclass(frozen=True)
class Scenario:
    """A model with a name and the values that its levers and parameters have.

    Load one with `sim.load_scenario`; change values with `with_settings`.

    Attributes
    ----------
    name, title : str
        Name in tables and on the command line, and the title for readers.
    model : Model
        The model with the overlay of the scenario file.
    base : Model
        The model without the overlay.
    rationale, path : str
        Why the scenario is of interest, and the file it was read from.
    settings : mapping of str to value
        Values set with `with_settings`, on top of the file.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
    >>> scenario
    <Scenario 'mediate' of model 'port_strike'>
    >>> scenario.with_settings({"mediation_day": 20}, "later")
    <Scenario 'later' of model 'port_strike', mediation_day=20>
    """

    name: str
    title: str
    model: Model
    base: Model
    rationale: str = ""
    path: str = ""
    settings: Mapping[str, Value] = field(default_factory=dict)
    overlay: tuple[Change, ...] = ()
    document: Document | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        given = "".join(f", {name}={value!r}" for name, value in list(self.settings.items())[:6])
        return f"<Scenario '{self.name}' of model '{self.base.name}'{given}>"

    def values(self) -> dict[str, Value]:
        """Return the value of every lever and parameter.

        Returns
        -------
        dict of str to value
            Levers first, then parameters, in the order of the model and in its units.

        Examples
        --------
        >>> import sim
        >>> sim.load_scenario("scenarios/port_strike/mediate.yaml").values()["mediation_day"]
        7
        """
        found: dict[str, Value] = {name: lever.default for name, lever in self.model.levers.items()}
        found |= {name: parameter.value for name, parameter in self.model.parameters.items()}
        return found | dict(self.settings)

    def with_settings(
        self,
        settings: Mapping[str, Value],
        name: str | None = None,
        *,
        allow_out_of_range: bool = False,
    ) -> Scenario:
        """Return the scenario with some levers or parameters set.

        Parameters
        ----------
        settings : mapping of str to value, or pandas.Series
            New values by name, in the units of the model. NumPy values are accepted, and so is a
            row of a data frame. A name declared over sets sets all its members, `name[member]` one
            of them. `time.warmup`, `time.stop` … set the keys of `time`.
        name : str, optional
            Name of the new scenario; by default the name does not change.
        allow_out_of_range : bool
            Let parameters leave their ranges, to test extreme conditions. Levers never do.

        Returns
        -------
        Scenario
            A new scenario; this one does not change.

        Raises
        ------
        ExperimentError
            A name is unknown, a value is out of its range or of the wrong type, or shares of a sum
            do not add up.

        Examples
        --------
        >>> import sim
        >>> scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
        >>> scenario.with_settings({"mediation_day": 20}).values()["mediation_day"]
        20
        """
        given = arguments.mapping("settings", settings)
        if name is not None and not isinstance(name, str):
            raise arguments.bad_argument(f"the name of a scenario must be text, not {name!r}")
        made = self
        timed = {key[5:]: value for key, value in given.items() if key in TIME_SETTINGS}
        if timed and self.document is not None:
            chain, facts = set_time(self.document.chain, timed), self.document.facts
            new = build_scenario(chain, facts, [], self.path)
            made = replace(new, name=self.name, title=self.title, base=self.base)
        named = {key: value for key, value in given.items() if key not in TIME_SETTINGS}
        checked = {
            key: check_setting(made.model, key, value, allow_out_of_range)
            for key, value in set_cells(made.model, named).items()
        }
        new = replace(made, name=name or self.name, settings={**self.settings, **checked})
        if not allow_out_of_range:
            check_sums(made.model, new.values(), checked)
        return new

    def with_levers(self, **levers: Value) -> Scenario:
        """Return the scenario with some levers set; see `with_settings`."""
        return self.with_settings(levers)

    def explore(
        self,
        *others: Scenario,
        levers: Sequence[str] | None = None,
        title: str = "",
        language: str = "en",
        futures: int | None = None,
        replications: int | None = None,
        seed: int | None = None,
        independent: bool = False,
    ) -> Exploration:
        """Return a page on which levers move: show it in a notebook, or save it as a file.

        Parameters
        ----------
        *others : Scenario
            Scenarios to compare; this one is the baseline.
        levers : sequence of str, optional
            The levers that can be moved; by default all.
        title, language : str
            Title, by default that of the model, and the language of the page: `en` or `de`.
        futures, replications, seed : int, optional
            As in `sim.load`.
        independent : bool
            As in `sim.load`.

        Returns
        -------
        Exploration
            A notebook shows it; `save` writes one file that needs no server, and `html` is its text.

        Raises
        ------
        ExperimentError
            The scenarios do not belong together, or a lever or language is unknown.
        ModelError
            A model is too large to compile.

        Examples
        --------
        >>> import sim
        >>> base = sim.load_scenario("scenarios/port_strike/sit_it_out.yaml")
        >>> base.explore(base.with_settings({"mediation": "called"}, "mediated"))
        Exploration(title='A dock strike and three ways to meet it', scenarios=('sit_it_out', 'mediated'))
        """
        try:
            from ui.live.notebook import exploration
        except ModuleNotFoundError as error:
            words = f"this installation has no page: {error}"
            help = "install fulcrum-sim whole"
            raise ExperimentError(Diagnostic("missing-package", words, None, help)) from error
        return exploration(
            (self, *others), levers=levers, title=title, language=language, futures=futures,
            replications=replications, seed=seed, independent=independent,
        )  # fmt: skip

    def changes(self) -> tuple[Change, ...]:
        """Return what differs from the model alone."""
        values = self.values()
        found = []
        for section in ("levers", "parameters"):
            for name, entry in getattr(self.model, section).items():
                base = getattr(self.base, section).get(name)
                if base is None:
                    continue
                before = base.default if isinstance(base, Lever) else base.value
                if values[name] != before or (
                    isinstance(entry, Parameter) and entry.kind == "counterfactual"
                ):
                    found.append(Change(section, name, before, values[name]))
        return (*found, *self.overlay)


def load_model(path: StrPath) -> Model:
    """Load a model from a file.

    Parameters
    ----------
    path : str or os.PathLike
        A file whose first key is `model`, or a scenario of one: its overlay is applied.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        With every error of its files.

    Examples
    --------
    >>> import sim
    >>> list(sim.load_model("scenarios/port_strike/model.yaml").levers)[:2]
    ['wage_offer', 'mediation']
    """
    return load_scenario(path).model


def load_scenario(path: StrPath) -> Scenario:
    """Load a scenario from a file, or a model as the scenario of its default values.

    Parameters
    ----------
    path : str or os.PathLike
        A file whose first key is `scenario` or `model`.

    Returns
    -------
    Scenario

    Raises
    ------
    ModelError
        With every error of its files.

    Examples
    --------
    >>> import sim
    >>> sim.load_scenario("scenarios/port_strike/mediate.yaml").title
    'Call a mediator after a week'
    """
    file = arguments.path(path)
    return _scenario(resolve(file, []), str(file))


def parse_scenario(content: str, path: StrPath) -> Scenario:
    """Load a scenario or model from text, as if it were the content of the file at `path`.

    Parameters
    ----------
    content : str
        The YAML text.
    path : str or os.PathLike
        Where the file would be: files that the text names are relative to it. It need not exist.

    Returns
    -------
    Scenario

    Raises
    ------
    ModelError
        With every error of the text and of the files it names.

    Examples
    --------
    >>> import sim
    >>> text = "scenario: late\\nof: model.yaml\\nlevers: {mediation_day: 30}\\n"
    >>> sim.parse_scenario(text, "scenarios/port_strike/late.yaml")
    <Scenario 'late' of model 'port_strike'>
    """
    file = arguments.path(path)
    if not isinstance(content, str):
        raise arguments.bad_argument(
            f"the content of a file must be text, not {type(content).__name__}"
        )
    return _scenario(resolve(file, [], as_mapping(read_text(content, shown(file)))), str(file))


def _scenario(chain: Chain, path: str) -> Scenario:
    facts, faults = gather(chain.facts)
    return build_scenario(chain, facts, faults, path)


def build_scenario(
    chain: Chain, facts: Mapping[str, Fact], faults: list[Diagnostic], path: str
) -> Scenario:
    """Build the scenario of a chain of documents.

    Raises
    ------
    ModelError
        With every error of the documents.
    """
    model = model_of(chain, facts, [*chain.faults, *faults])
    base = model if chain.node is chain.model else base_of(chain, facts)
    return Scenario(
        name=chain.name or model.name, title=chain.title or model.title, model=model, base=base,
        rationale=chain.rationale, path=path, overlay=chain.overlay,
        document=Document(chain, facts),
    )  # fmt: skip
