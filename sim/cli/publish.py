"""The verb publish: a study as one file, or several as a site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.options import (
    Central,
    Futures,
    Independent,
    Quiet,
    Replications,
    Seed,
    Settings,
    asked_futures,
    study_named,
)
from sim.cli.source import FileSource, check_output
from sim.errors import Diagnostic, ExperimentError, ModelError

if TYPE_CHECKING:
    from sim.study.experiment import Experiment

SUFFIXES = (".html", ".htm")
INDEX = "index.html"
#: From a site, the page of a web site around it.
HOME = "../index.html"
#: Folders of a site in which the page of a study's model card may lie.
CARDS = ("models", "docs/models")
#: In place of the name of a scenario, each.
ALL = "all"


def register(app: typer.Typer) -> None:
    """Add the verb to the application."""
    app.command("publish")(write_pages)


def write_pages(
    study: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[STUDY]",
            help="A study's folder, or its files: scenarios, a model or an experiment (YAML). With "
            "--site, folders of studies; without one, all that come with Fulcrum.",
            callback=study_named,
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The HTML file to write.")
    ] = None,
    site: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write a page for each study in the folders given, and a gallery of them, to this folder.",
        ),
    ] = None,
    scenarios: Annotated[
        str | None,
        typer.Option(metavar="A,B,…", help="Only these scenarios, in this order; by default all."),
    ] = None,
    levers: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,…", help="Only these levers can be moved; the others keep their values."
        ),
    ] = None,
    title: Annotated[str, typer.Option(help="Title; by default that of the model.")] = "",
    lang: Annotated[str, typer.Option(help="Language of the page: en or de.")] = "en",
    guide: Annotated[
        bool,
        typer.Option("--guide/--no-guide", help="Offer the guide of the model, if it has one."),
    ] = True,
    baseline: Annotated[
        str | None,
        typer.Option(
            help="Name of the baseline; by default that of an experiment among the files, or the first."
        ),
    ] = None,
    why: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCENARIO",
            help="Also work out why this scenario differs from the baseline in the headline outcomes; "
            "repeatable; 'all' for every one. It takes seconds to minutes for each.",
        ),
    ] = None,
    replications: Replications = None,
    futures: Futures = None,
    central: Central = False,
    independent: Independent = False,
    seed: Seed = None,
    set_: Settings = None,
    quiet: Quiet = False,
) -> None:
    """Publish a study: one file on which anyone can move the levers, without a server.

    It opens from a disk, from any web host, and in a frame of another page.
    """
    from sim.study.shipped import shipped_studies

    if (output is None) == (site is None):
        raise typer.BadParameter("name a file with -o, or a folder with --site")
    if not study and output is not None:
        raise typer.BadParameter(
            "name the study to publish: 'fulcrum studies' lists those that ship"
        )
    files = study or list(shipped_studies().values())
    source = FileSource(
        files, replications, given_seed=seed, settings=set_, quiet=quiet, reads="files",
        **asked_futures(futures, central, independent),
    )  # fmt: skip
    how: dict[str, Any] = {"language": lang, "baseline": baseline, "guide": guide}
    how["levers"] = _names(levers)
    if output is not None:
        _write_file(source, output, _names(scenarios), {"title": title, **how}, why or [])
        return
    if scenarios is not None or levers is not None or baseline is not None or why:
        words = "--scenarios, --levers, --baseline and --why are of one study: use -o"
        raise typer.BadParameter(words)
    assert site is not None
    _write_site(source, site, title, lang)


def _write_file(
    source: FileSource,
    output: Path,
    scenarios: list[str] | None,
    how: dict[str, Any],
    why: list[str],
) -> None:
    from sim.study.arguments import known_name
    from ui.live.document import make_document
    from ui.live.publish import page, refuse_other, write_page
    from ui.why import every_answer

    if output.suffix.lower() not in SUFFIXES:
        words = f"'{output}': a page is an HTML file"
        raise ExperimentError(Diagnostic("bad-suffix", words, None, f"write {output.stem}.html"))
    check_output(output)
    refuse_other(output)
    experiment = _experiment(source, scenarios, how["baseline"])
    names = [scenario.name for scenario in experiment.scenarios]
    asked = names if ALL in why and ALL not in names else why
    for name in asked:
        known_name("scenario", name, names, "unknown-scenario")
    document = make_document(experiment, **how)
    if asked:
        document["whys"] = every_answer(
            experiment, asked, document["baseline"],
            lambda name: source.message(f"working out why {name} differs from {document['baseline']}"),
            as_filed=not (source.settings or source.independent),
        )  # fmt: skip
    text = page(document)
    write_page(output, text)
    source.message(
        f"{output}: {_size(text)}, {len(experiment.scenarios)} scenarios; it needs no server and no "
        f"network\nopen it in a browser: {output.resolve().as_uri()}"
    )


def _write_site(source: FileSource, site: Path, title: str, language: str) -> None:
    """Write the pages of all studies in folders, then the index; nothing if one has an error."""
    from ui.live.document import make_document
    from ui.live.gallery import Card, picture_of
    from ui.live.languages import words
    from ui.live.publish import index, is_page, page, refuse_other, write_page

    found = {_file_name(folder): folder for above in source.files for folder in _studies(above)}
    for name in (INDEX, *found):
        refuse_other(site / name)
    cards = {}
    for name, folder in found.items():
        experiment = _experiment(replace(source, files=[folder]), None, None)
        document = make_document(experiment, language=language)
        source.message(f"{name}: running its scenarios for the picture in the gallery")
        links = {to: words(language)["publish.card"] for to in _model_cards(site, name)}
        cards[name] = Card(document, picture_of(experiment), links)
    texts = {name: page(card.document) for name, card in cards.items()}
    home = HOME if (site / HOME).resolve().is_file() else ""
    texts[INDEX] = index(cards, title=title, language=language, home=home)
    site.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_page(site / name, text)
        source.message(f"{site / name}: {_size(text)}")
    old = [file for file in sorted(site.glob("*.html")) if file.name not in texts and is_page(file)]
    for file in old:
        source.message(f"{file}: of an earlier site, left as it is and no longer linked")
    source.message(f"open {site / INDEX}, or put the folder on any web host")


def _model_cards(site: Path, page: str) -> list[str]:
    """Return the model card of a page's study, if the site holds it already."""
    found = [f"{folder}/{page}" for folder in CARDS if (site / folder / page).is_file()]
    return found[:1]


def _names(words: str | None) -> list[str] | None:
    """Return the names of a list with commas."""
    if words is None:
        return None
    return list(dict.fromkeys(name.strip() for name in words.split(",") if name.strip()))


def _size(text: str) -> str:
    return f"{len(text.encode()) / 1e6:.2f} MB"


def _file_name(folder: Path) -> str:
    """Return the name of a study's page; none is called as the index is."""
    name = f"{folder.resolve().name}.html"
    return f"study_{name}" if name.lower() == INDEX else name


def _studies(folder: Path) -> list[Path]:
    """Return the folders with a model: the one given, or those in it.

    Raises
    ------
    ModelError
        There is none.
    """
    found = [f for f in (folder, *sorted(folder.glob("*/"))) if f.is_dir() and _has_model(f)]
    if not found:
        words = f"'{folder}' holds no study"
        help = "a study is a folder with a model (YAML)"
        raise ModelError(Diagnostic("no-file", words, None, help))
    return found


def _has_model(folder: Path) -> bool:
    from sim.study.files import inside, kind

    return any(kind(file) == "model" for file in inside(folder))


def _experiment(
    source: FileSource, chosen: Sequence[str] | None, baseline: str | None
) -> Experiment:
    """Load a study as the experiment of its page: its baseline first, futures as a page samples them."""
    from sim.study.arguments import known_name
    from sim.study.experiment import make_experiment
    from sim.study.files import kinds

    found = kinds([file for path in source.files for file in _within(path)])
    by_kind: dict[str, list[Path]] = {}
    for file, kind in found:
        by_kind.setdefault(kind, []).append(file)
    files = [file for file, _ in found]
    if any(path.is_dir() for path in source.files):  # what else is there was not asked for
        files = by_kind.get("scenario") or by_kind.get("model") or files
    loaded = replace(source, files=files).experiment()
    known = [scenario.name for scenario in loaded.scenarios]
    for name in (*(chosen or ()), *([baseline] if baseline else ())):
        known_name("scenario", name, known, "unknown-scenario")
    names = chosen or [*_listed(by_kind.get("experiment", ()), known), *known]
    names = list(dict.fromkeys([baseline, *names] if baseline else names))
    if loaded.sampler not in ("central", "latin_hypercube", "plausible"):
        source.message(
            f"a page samples its futures by Latin hypercube, not as here ({loaded.sampler}): its "
            "numbers differ a little from those of fulcrum compare"
        )
    return make_experiment(
        [loaded.scenarios[known.index(name)] for name in names],
        replications=loaded.replications,
        futures=len(loaded.futures) if loaded.parameters else 0,
        seed=loaded.seed,
        name=loaded.name,
    )


def _within(path: Path) -> list[Path]:
    """Return the YAML files that lie in a folder, or the file itself."""
    from sim.study.files import inside

    if not path.is_dir():
        return [path]
    if not (files := inside(path)):
        raise ModelError(Diagnostic("no-file", f"the folder '{path}' holds no YAML file"))
    return files


def _listed(experiments: Sequence[Path], known: Sequence[str]) -> list[str]:
    """Return the scenarios of the first experiment that begins with one of those known."""
    from sim.study.experiment_file import load_experiment

    for file in experiments:
        names = [scenario.name for scenario in load_experiment(file).scenarios]
        if names[0] in known:
            return [name for name in names if name in known]
    return []
