"""The public names of `sim`, with their docstrings."""

from __future__ import annotations

import inspect
import re
from types import ModuleType
from typing import Any

import sim

_HEADS = ("Functions", "Classes", "Errors")
#: Namespaces whose names are described in full; the others only list them.
_DESCRIBED = ("analysis", "model", "reporting")


def public_names() -> str:
    """Return every public name with its signature and docstring, by kind and namespace."""
    groups: dict[str, list[str]] = {head: [] for head in _HEADS}
    namespaces = []
    for name in sim.__all__:
        thing = getattr(sim, name)
        if isinstance(thing, ModuleType):
            namespaces.append(_namespace(name, thing))
        elif not name.startswith("__"):
            groups[_kind(thing)].append(_section(name, thing))
    groups["Namespaces"] = namespaces
    return "\n".join(f"## {head}\n\n" + "\n".join(texts) for head, texts in groups.items())


def _kind(thing: Any) -> str:
    if not inspect.isclass(thing):
        return "Functions"
    return "Errors" if issubclass(thing, BaseException) else "Classes"


def _namespace(name: str, module: ModuleType) -> str:
    """Return the names of a namespace that `sim` itself does not export."""
    names = getattr(module, "__all__", None) or [
        n
        for n, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and n[0] != "_"
    ]
    names = sorted(set(names) - set(sim.__all__))
    lines = [f"### sim.{name}", "", _prose(inspect.getdoc(module) or ""), ""]
    lines += ["Names: " + ", ".join(f"`{n}`" for n in names) + ".", ""]
    if name in _DESCRIBED:
        things = ((n, getattr(module, n)) for n in names)
        described = [(n, t) for n, t in things if not isinstance(t, ModuleType)]
        lines += [_section(f"{name}.{n}", thing, "####") for n, thing in described]
    return "\n".join(lines)


def _section(name: str, thing: Any, level: str = "###") -> str:
    lines = [f"{level} sim.{name}", ""]
    if not inspect.isclass(thing) and callable(thing):
        lines += ["```text", _signature(name.rpartition(".")[2], thing), "```", ""]
    lines += [_prose(inspect.getdoc(thing) or ""), ""]
    if inspect.isclass(thing) and not issubclass(thing, BaseException):
        members = list(_members(thing))
        if members:
            lines += [*members, ""]
    return "\n".join(lines)


class _Annotation(str):
    """An annotation that is shown without quotes."""

    __repr__ = str.__str__


def _signature(name: str, thing: Any) -> str:
    """Return the signature, one parameter a line where it is long."""
    given = inspect.signature(thing)
    parameters = [
        p.replace(
            annotation=_Annotation(p.annotation),
            default=_Annotation(p.default.__name__) if inspect.isfunction(p.default) else p.default,
        )
        for p in given.parameters.values()
    ]
    returned = _Annotation(given.return_annotation)
    text = f"{name}{given.replace(parameters=parameters, return_annotation=returned)}"
    if len(text) <= 96:
        return text
    words, star = [], False
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            words.append("    *,")
            star = True
        words.append(f"    {parameter},")
    return "\n".join([f"{name}(", *words, f") -> {returned}"])


def _members(thing: type) -> list[str]:
    """Return a line for each public method and property of the class itself."""
    lines = []
    for name, member in vars(thing).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            lines.append(f"- `.{name}` – {_first(member)}")
        elif inspect.isfunction(member):
            parameters = [p for p in inspect.signature(member).parameters if p != "self"]
            lines.append(f"- `.{name}({', '.join(parameters)})` – {_first(member)}")
    return lines


def _first(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


def _prose(text: str) -> str:
    """Return a numpydoc docstring as Markdown: headings in bold, entries as lists, examples as code."""
    text = re.sub(r"``([^`]*)``", r"`\1`", text)
    first, *sections = re.split(r"^(\w[\w ]*)\n-{3,}\n", text, flags=re.MULTILINE)
    parts = [first.strip()]
    for head, body in zip(sections[::2], sections[1::2], strict=True):
        form = {"Examples": _code, "Notes": str.strip}.get(head, _entries)
        parts += [f"**{head}**", form(body)]
    return "\n\n".join(parts)


def _code(body: str) -> str:
    return f"```text\n{body.strip()}\n```"


def _entries(body: str) -> str:
    """Return the entries of a section as a list."""
    lines = body.strip().splitlines()
    return "\n".join(
        f"  {line.strip()}".rstrip() if line.startswith(" ") or not line else _entry(line)
        for line in lines
    )


def _entry(line: str) -> str:
    name, colon, kind = line.partition(" : ")
    return f"- `{name}`" + (f" ({kind})" if colon else "")
