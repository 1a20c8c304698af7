"""The component in a cell of a notebook, and in what is exported from one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import sim
from sim.study.files import DEFAULT_SEED
from ui.live.document import make_document
from ui.live.publish import page, write_page

#: Pixels; the corner of the frame can be drawn.
HEIGHT = 860
#: What the page in the frame may do. It stays a stranger to the notebook, whose cells it cannot reach.
ALLOWED = "allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox"


@dataclass(frozen=True)
class Exploration:
    """Levers and what they change, in a frame of a notebook or in a file.

    Attributes
    ----------
    title : str
        Title of the page.
    scenarios : tuple of str
        Names of its scenarios; the first is the baseline.
    html : str
        The page, which needs no server and no network.
    """

    title: str
    scenarios: tuple[str, ...]
    html: str = field(repr=False)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file, whole or not at all.

        Raises
        ------
        ExperimentError
            A file is there that is no such page.
        OSError
            It cannot be written.
        """
        write_page(Path(path), self.html)

    def _repr_html_(self) -> str:
        # In a quoted attribute only these two signs would be read as something else.
        inside = self.html.replace("&", "&amp;").replace('"', "&quot;")
        title = escape(self.title)
        return (
            f'<iframe title="{title}" sandbox="{ALLOWED}" loading="lazy" width="100%" height="{HEIGHT}" '
            f'style="border:0;resize:vertical" srcdoc="{inside}"></iframe>\n'
            f"<p><small>{title}: {escape(', '.join(self.scenarios))}. {sim.formatting.TOY} "
            "Where no page shows above, this reader leaves out frames: run the notebook, or open the "
            "file that <code>save</code> writes.</small></p>"
        )


def exploration(
    scenarios: Sequence[sim.Scenario],
    *,
    levers: Sequence[str] | None = None,
    title: str = "",
    language: str = "en",
    futures: int | None = None,
    replications: int | None = None,
    seed: int | None = None,
    independent: bool = False,
) -> Exploration:
    """Return the page of scenarios; see `sim.Scenario.explore`."""
    chosen = DEFAULT_SEED if seed is None else seed
    experiment = sim.make_experiment(
        scenarios, futures=futures, replications=replications, seed=chosen,
        independent=independent,
    )  # fmt: skip
    document = make_document(experiment, title=title, language=language, levers=levers)
    names = tuple(scenario.name for scenario in experiment.scenarios)
    return Exploration(document["title"], names, page(document))
