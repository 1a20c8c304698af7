"""What a setting is called: its title, the names of its files, the command that runs it again."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping

import sim
from ui.settings import Setting, Value, overlay_text, resolve
from ui.study import Study
from ui.text import format_value

#: Letters of the name of a file.
MAX_SLUG = 60


def title_of(study: Study, setting: Setting) -> str:
    """Return the title of a setting: that of its scenario, and what was changed by hand."""
    title = study.titles[setting.scenario]
    if setting == Setting(setting.scenario):
        return title
    scenario = resolve(study, setting)
    if scenario.title not in (title, study.scenarios[setting.scenario].title):
        return scenario.title  # the text is a scenario of its own
    words = sim.analysis.settings_text(scenario.model, dict(setting.values))
    parts = [words] if words else []
    if setting.text is not None:
        parts.append("text edited")
    return ", ".join([sim.formatting.short_title(title), *parts])


def short_title_of(study: Study, setting: Setting) -> str:
    """Return the title of a setting, short where that tells it apart from others of the study."""
    whole = title_of(study, setting)
    known = sim.formatting.short_titles(study.titles)
    return known[setting.scenario] if whole == study.titles[setting.scenario] else whole


def slug_of(study: Study, setting: Setting) -> str:
    """Return what the files of a setting are called: its scenario, and what was changed by hand."""
    parts = [setting.scenario, *(["defaults"] if study.is_model(setting.scenario) else [])]
    for name, value in setting.values:
        sign = "minus_" if isinstance(value, int | float) and value < 0 else ""
        plain = re.sub(r"\W+", "_", name).strip("_").lower() if "[" in name else name
        parts += [plain, sign + re.sub(r"\W", "_", format_value(value).strip("−").lower())]
    if setting.text is not None:
        parts.append(f"text_{zlib.crc32(setting.text.encode()):08x}")
    slug = "_".join(parts)
    if len(slug) > MAX_SLUG:
        digest = f"{zlib.crc32(slug.encode()):08x}"
        slug = f"{slug[: MAX_SLUG - 9]}_{digest}"
    return re.sub("__+", "_", slug)  # a name has no two underscores in a row


def recipe(
    study: Study, settings: Mapping[str, Setting], experiment: sim.Experiment
) -> sim.reporting.Recipe:
    """Return the command for an experiment whose scenarios, the baseline first, have these settings.

    A setting that is a file of the study with other values needs no file of its own; an edited text,
    the model's defaults and a second setting of one scenario do.
    """
    words, files, names = [], {}, {}
    given: dict[str, dict[str, Value]] = {}
    plain = {name for name in study.scenarios if Setting(name) in settings.values()}
    for scenario in experiment.scenarios:
        setting = settings[scenario.name]
        name = setting.scenario
        second = name in given or (name in plain and setting != Setting(name))
        if setting.text is not None or study.is_model(name) or second:
            name = _free(slug_of(study, setting), given, study)
            file = f"{name}.yaml"
            text = overlay_text(study, setting)
            files[file] = sim.yaml.splice(text, [(("scenario",), name)], file)
        else:
            file = study.files[name].name
        names[scenario.name] = name
        given[name] = dict(scenario.settings)
        words.append(file)
    first = next(iter(given.values()))
    shared = {k: v for k, v in first.items() if all(g.get(k) == v for g in given.values())}
    own = {f"{n}:{k}": v for n, g in given.items() for k, v in g.items() if k not in shared}
    for key, value in {**shared, **own}.items():
        words += ["--set", f"{key}={sim.formatting.yaml_text(value)}"]
    words += sim.reporting.run_options(experiment)
    return sim.reporting.Recipe(tuple(words), files, names)


def _free(name: str, taken: Mapping[str, object], study: Study) -> str:
    """Return a name that no other scenario has."""
    unique, number = name, 2
    while unique in taken or unique in study.scenarios:
        unique, number = f"{name}_{number}", number + 1
    return unique
