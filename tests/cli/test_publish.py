"""A study published as a file: it holds all it needs, asks for nothing, and replaces no file but its own."""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.study.shipped import shipped_studies
from sim.study.templates import write_study
from ui import live
from ui.live import document
from ui.live.languages import words
from ui.live.publish import index, is_page, page, write_page

Run = Callable[..., tuple[int, str, str]]
#: Titles that would end an element, open a comment or become markup.
HOSTILE = "</script><img src=x onerror=alert(1)>]]><!-- \"'&lt;{title} ß"
MODEL = """\
model: shop
title: {title}
time: {{unit: day, horizon: 5}}
levers:
  price: {{default: 2.0, range: [1, 3], label: {title}, help: {title}}}
  staff: {{default: 1, range: [1, 3]}}
parameters:
  rate: {{assume: 1.0, range: [0.5, 2.0], why: {title}}}
state: {{sold: {{initial: 0}}}}
events: {{sale: {{rate: rate * staff / price, do: sold += 1}}}}
outcomes: {{sold: {{final: sold, goal: maximize, label: {title}}}}}
docs: {{purpose: {title}}}
"""


class Elements(HTMLParser):
    """The elements of a page as a browser finds them, with their texts and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self.within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {key: value or "" for key, value in attrs}))
        self.within = dict(attrs).get("id") or tag
        self.texts.setdefault(self.within, [])

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.within, []).append(data)

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def text(self, name: str) -> str:
        return "".join(self.texts[name])

    def count(self, tag: str) -> int:
        return sum(found == tag for found, _ in self.found)

    def policy(self) -> dict[str, set[str]]:
        (content,) = (
            given["content"]
            for tag, given in self.found
            if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy"
        )
        parts = (part.split() for part in content.split(";"))
        return {name: set(values) for name, *values in parts}


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the component and the statistics: what is tested with it is the file around them."""
    monkeypatch.setattr(document, "compile_web_library", lambda: b"\0asm")
    monkeypatch.setattr(live, "page_script", lambda: "async function mount() {}")
    monkeypatch.setattr(
        live, "worker_script", lambda: "if (1 < 2 && 3 > 2) self.close(); // </script>"
    )


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study whose every text is hostile, and the working directory above it."""
    folder = tmp_path / "shop"
    folder.mkdir()
    title = json.dumps(HOSTILE)
    (folder / "model.yaml").write_text(MODEL.format(title=title), "utf-8")
    for name, price in (("cheap", 1), ("dear", 3), ("usual", 2)):
        levers = f"levers: {{price: {price}}}\n"
        head = f"scenario: {name}\ntitle: {title}\nrationale: {title}\nof: model.yaml\n"
        (folder / f"{name}.yaml").write_text(head + (levers if price != 2 else ""), "utf-8")
    (folder / "compare.yaml").write_text(
        "experiment: compare\nscenarios: [usual.yaml, dear.yaml]\nreplications: 3\nseed: 9\n"
    )
    monkeypatch.chdir(tmp_path)
    return folder


def document_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Elements(path.read_text("utf-8")).text("fulcrum-document"))
    return found


def published(fulcrum: Run, *given: object) -> dict[str, Any]:
    code, out, err = fulcrum("publish", *given, "-o", "page.html")
    assert (code, out) == (0, ""), err
    return document_of(Path("page.html"))


def test_a_hostile_title_stays_text(shop: Path, fulcrum: Run, stub: None) -> None:
    given = f"{HOSTILE}\u2028"  # no file may hold this one
    data = published(fulcrum, shop, "--title", given)
    text = Path("page.html").read_text("utf-8")
    found = Elements(text)
    assert found.count("script") == 3 and found.count("img") == 0 and found.count("title") == 1
    assert "<!--" not in text and "\u2028" not in found.text("fulcrum-document")
    assert data["scenarios"][0]["title"] == HOSTILE
    assert data["title"] == found.text("title") == given
    assert json.loads(found.text("fulcrum-worker")) == live.worker_script()
    assert not [
        key for _, given in found.found for key in given if key.startswith("on") or key == "style"
    ]
    code, _, err = fulcrum("publish", shop.parent, "--site", "site")
    assert code == 0, err
    found = Elements(Path("site/index.html").read_text("utf-8"))
    assert found.count("img") == found.count("script") == 0 and found.text("a") == HOSTILE


def test_the_policy_allows_what_stands_there_and_nothing_else(
    shop: Path, fulcrum: Run, stub: None
) -> None:
    published(fulcrum, shop)
    found = Elements(Path("page.html").read_text("utf-8"))
    assert found.policy() == {
        "default-src": {"'none'"},
        "script-src": {digest(found.text("script")), "'wasm-unsafe-eval'"},
        "worker-src": {"blob:"},
        "img-src": {"data:", "blob:"},
        "style-src": {digest(found.text("style"))},
        "base-uri": {"'none'"},
        "form-action": {"'none'"},
    }
    types = [given.get("type", "") for tag, given in found.found if tag == "script"]
    assert types == ["application/json", "application/json", ""]
    loads = [given[key] for tag, given in found.found for key in ("src", "href") if key in given]
    assert loads == ["data:,"]
    assert "url(" not in found.text("style") and "@import" not in found.text("style")


def test_readers_without_a_script_learn_what_it_is(shop: Path, fulcrum: Run, stub: None) -> None:
    published(fulcrum, shop, "--lang", "de", "--title", "Ein Laden")
    text = Path("page.html").read_text("utf-8")
    found = Elements(text)
    assert ("html", {"lang": "de"}) in found.found
    named = {
        given.get("name") or given.get("property"): given.get("content") for _, given in found.found
    }
    assert found.text("h1") == named["og:title"] == "Ein Laden"
    assert named["description"] == named["og:description"] == HOSTILE
    assert words("de")["publish.scripts"] in text
    assert found.count("tr") == 4
    assert words("en")["publish.toy"] == sim.formatting.TOY


def test_the_same_study_gives_the_same_bytes(shop: Path, fulcrum: Run, stub: None) -> None:
    published(fulcrum, shop)
    first = Path("page.html").read_bytes()
    os.utime(shop / "model.yaml", (1, 1))
    published(fulcrum, shop)
    assert Path("page.html").read_bytes() == first


def test_an_experiment_in_the_folder_leads(shop: Path, fulcrum: Run, stub: None) -> None:
    """Its baseline and order hold; its runs do not, as in `compare`."""
    found = published(fulcrum, shop)
    assert [s["name"] for s in found["scenarios"]] == ["usual", "dear", "cheap"]
    assert (found["baseline"], found["first"], found["seed"]) == ("usual", "dear", 20250714)
    assert (found["futures"], found["replications"]) == (200, 5)
    alone = published(fulcrum, shop / "compare.yaml")
    assert [s["name"] for s in alone["scenarios"]] == ["usual", "dear"]
    assert alone["seed"] == 9
    model = published(fulcrum, shop / "model.yaml")
    assert [s["name"] for s in model["scenarios"]] == ["shop"]


def test_choices_are_followed(shop: Path, fulcrum: Run, stub: None) -> None:
    given = ("--scenarios", "cheap, dear", "--baseline", "usual", "--levers", "staff", "--seed", 4)
    found = published(fulcrum, shop, *given, "--futures", 30, "-n", 2, "--set", "staff=2")
    assert [s["name"] for s in found["scenarios"]] == ["usual", "cheap", "dear"]
    assert [lever["name"] for lever in found["levers"]] == ["staff"]
    assert [lever["name"] for lever in found["held"]] == ["price"]
    assert (found["seed"], found["futures"], found["replications"]) == (4, 30, 2)
    assert found["scenarios"][0]["set"] == ["staff"]
    assert published(fulcrum, shop, "--central")["futures"] == 0


def test_a_file_can_say_why(shop: Path, fulcrum: Run, stub: None) -> None:
    assert "whys" not in published(fulcrum, shop)
    found = published(fulcrum, shop, "--why", "dear", "--futures", 4, "-n", 3)
    assert list(found["whys"]) == ["dear"]
    (answer,) = found["whys"]["dear"].values()
    assert answer["sentence"].startswith("“</script>")
    assert [step["name"] for step in answer["paths"][0]["steps"]] == ["price", "sale", "sold"]
    assert answer["command"].startswith("fulcrum why dear.yaml --against usual.yaml --outcome sold")
    every = published(fulcrum, shop, "--why", "all", "--central", "--set", "staff=2")
    assert list(every["whys"]) == ["dear", "cheap"]
    assert every["whys"]["cheap"]["sold"]["command"] == ""
    code, _, err = fulcrum("publish", shop, "-o", "page.html", "--why", "dera")
    assert code == 2
    assert "dear" in err and "unknown-scenario" in err
    code, _, err = fulcrum("publish", shop.parent, "--site", "site", "--why", "all")
    assert code == 2
    assert "--why are of one study" in err.replace("\n", " ")


def test_other_futures_than_the_command_line_s_are_said(
    shop: Path, fulcrum: Run, stub: None
) -> None:
    code, _, err = fulcrum("publish", shop, "-o", "page.html", "--futures", 64)
    assert code == 0
    assert "Latin hypercube, not as here (sobol)" in err


@pytest.mark.parametrize(
    ("given", "code", "word"),
    [
        (("--scenarios", "chep"), "unknown-scenario", "did you mean 'cheap'?"),
        (("--baseline", "usuall"), "unknown-scenario", "did you mean 'usual'?"),
        (("--levers", "staf"), "unknown-lever", "did you mean 'staff'?"),
        (("--lang", "fr"), "unknown-language", "one of en, de"),
        (("-o", "page.yaml"), "bad-suffix", "page.html"),
        (("-o", "nowhere/page.html"), "no-folder", "nowhere"),
    ],
)
def test_wrong_words_are_refused(
    shop: Path, fulcrum: Run, stub: None, given: tuple[str, ...], code: str, word: str
) -> None:
    status, _, err = fulcrum("publish", shop, "-o", "page.html", *given)
    assert status in (2, 74) and f"{code}: " in err and word in err, err
    assert [path.name for path in Path().iterdir()] == ["shop"]


def test_a_target_must_be_named_and_be_one(shop: Path, fulcrum: Run) -> None:
    for given in ((), ("-o", "a.html", "--site", "b"), ("--site", "b", "--levers", "staff")):
        status, _, err = fulcrum("publish", shop, *given)
        assert status == 2 and "-o" in err
    for empty in ("none", "none/a.yaml"):
        Path("none").mkdir(exist_ok=True)
        status, _, err = fulcrum("publish", empty, "-o", "a.html")
        assert status == 2 and "no-file: " in err


def test_only_a_page_is_replaced(shop: Path, fulcrum: Run, stub: None) -> None:
    target = Path("page.html")
    target.write_text("<!doctype html><p>mine")
    status, _, err = fulcrum("publish", shop, "-o", target)
    assert status == 2 and "not-a-page: 'page.html' is there already" in err
    assert target.read_text() == "<!doctype html><p>mine"
    target.write_text("")
    published(fulcrum, shop, "--title", "One")
    target.chmod(0o600)
    published(fulcrum, shop, "--title", "Two")
    assert "<title>Two</title>" in target.read_text("utf-8") and is_page(target)
    assert target.stat().st_mode & 0o777 == 0o600
    Path("link.html").symlink_to(target)
    assert fulcrum("publish", shop, "-o", "link.html", "--title", "Three")[0] == 0
    assert Path("link.html").is_symlink() and "<title>Three</title>" in target.read_text("utf-8")


def test_a_full_disk_leaves_the_page_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "page.html"
    before = index({}, title="before")
    write_page(target, before)
    monkeypatch.setattr(
        Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full"))
    )
    with pytest.raises(OSError, match=re.escape(str(target))):
        write_page(target, index({}, title="after"))
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert target.read_text("utf-8") == before


def test_a_site_has_a_page_for_each_study(shop: Path, fulcrum: Run, stub: None) -> None:
    write_study(Path("index"))
    (shop.parent / "empty").mkdir()
    for title in ("First", "Second"):
        code, out, err = fulcrum("publish", ".", "--site", "site", "--title", title)
        assert (code, out) == (0, ""), err
    pages = sorted(path.name for path in Path("site").iterdir())
    assert pages == ["index.html", "shop.html", "study_index.html"]
    text = Path("site/index.html").read_text("utf-8")
    found = Elements(text)
    assert found.text("h1") == "Second"
    links = [given["href"] for tag, given in found.found if tag == "a"]
    assert links == ["study_index.html", "shop.html"] or links == ["shop.html", "study_index.html"]
    assert "Scenarios: 3 · levers: 2" in text and sim.formatting.TOY in text
    assert found.policy()["default-src"] == {"'none'"} and "script-src" not in found.policy()
    assert found.policy()["style-src"] == {digest(found.text("style"))}


def test_a_site_deletes_and_replaces_nothing_in_silence(
    shop: Path, fulcrum: Run, stub: None
) -> None:
    assert fulcrum("publish", ".", "--site", "site")[0] == 0
    shop.rename(shop.parent / "store")
    code, _, err = fulcrum("publish", ".", "--site", "site")
    assert code == 0
    assert "site/shop.html: of an earlier site, left as it is and no longer linked" in err
    Path("site/index.html").write_text("mine")
    Path("site/store.html").unlink()
    assert fulcrum("publish", ".", "--site", "site")[0] == 2
    assert Path("site/index.html").read_text() == "mine" and not Path("site/store.html").exists()


def test_a_faulty_study_leaves_the_site_as_it_is(shop: Path, fulcrum: Run, stub: None) -> None:
    write_study(Path("other"))
    Path("other/bad.yaml").write_text("scenario: bad\nof: nothing.yaml\n")
    code, _, err = fulcrum("publish", ".", "--site", "site")
    assert code == 2 and "no-file" in err
    assert not Path("site").exists()
    code, _, err = fulcrum("publish", "shop/model.yaml", "--site", "site")
    assert code == 2 and "holds no study" in err


def test_all_shipped_studies_fit_in_a_message(
    fulcrum: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = fulcrum("publish", "--site", "site", "--futures", 8, "-n", 2)
    assert code == 0, err
    sizes = {path.stem: path.stat().st_size for path in Path("site").iterdir()}
    assert sizes.keys() == {"index", *shipped_studies()}
    assert max(sizes.values()) < 1_800_000, sizes
    assert sum(sizes.values()) < 1_200_000 * len(shipped_studies()), sizes
    assert "MB" in err
    gallery = Path("site/index.html").read_text("utf-8")
    assert gallery.count("<article") == gallery.count("<figure") == len(shipped_studies())
    assert gallery.count("16 runs of each scenario: 2 in each of 8 futures") == len(
        shipped_studies()
    )


def test_a_site_links_a_model_card_that_it_holds(shop: Path, fulcrum: Run, stub: None) -> None:
    assert fulcrum("publish", ".", "--site", "site")[0] == 0
    assert "Model card" not in Path("site/index.html").read_text("utf-8")
    Path("site/models").mkdir()
    Path("site/models/shop.html").write_text("the card")
    assert fulcrum("publish", shop, "--site", "site")[0] == 0
    assert '<a href="models/shop.html">Model card</a>' in Path("site/index.html").read_text("utf-8")


def test_a_site_links_the_page_above_it(shop: Path, fulcrum: Run, stub: None) -> None:
    def links() -> list[str]:
        assert fulcrum("publish", shop, "--site", "web/site", "--lang", "de")[0] == 0
        found = Elements(Path("web/site/index.html").read_text("utf-8")).found
        return [given["href"] for tag, given in found if tag == "a"]

    Path("web").mkdir()
    Path("web/index.html").write_text("")
    assert links() == ["../index.html", "shop.html"]  # before there is a folder to begin from
    assert ">← Startseite</a>" in Path("web/site/index.html").read_text("utf-8")
    Path("web/index.html").unlink()
    assert links() == ["shop.html"]


def test_a_file_needs_a_study(shop: Path, fulcrum: Run) -> None:
    code, _, err = fulcrum("publish", "-o", "page.html")
    assert code == 2 and "name the study to publish" in err


def test_a_page_needs_no_streamlit() -> None:
    from test_house import loaded_by

    assert "streamlit" not in loaded_by(
        "import ui.live.publish, ui.live.notebook, ui.live.document"
    )


def test_a_script_that_would_end_itself_is_not_written(
    shop: Path, monkeypatch: pytest.MonkeyPatch, stub: None
) -> None:
    data = document.make_document(sim.load(shop / "model.yaml"))
    monkeypatch.setattr(live, "page_script", lambda: "const a = '</script>';")
    with pytest.raises(AssertionError):
        page(data)
