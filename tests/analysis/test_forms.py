"""What holds under every form of a model, what hangs on one, and where nothing may be said."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from form_models import RIVALS, rivals, rivals_run
from toys import model, scenario

import sim
from sim.analysis import why_by_form
from sim.analysis.form_answers import form_sentences
from sim.analysis.forms import combined, forms_of, held_text, likely_options
from sim.cli.app import main
from sim.errors import ExperimentError

HEAD = "model: rivals\ntime: {horizon: 10, unit: day}\n"
FORMS = "all 3 forms of “How they decide” and both forms of “The ladder”"


@pytest.fixture(scope="module")
def found() -> sim.Comparison:
    return sim.compare(rivals_run(600))


def said(comparison: sim.Comparison) -> list[str]:
    return form_sentences(comparison.rows, comparison.headlines)


def verdicts(comparison: sim.Comparison, outcome: str, parameter: str) -> dict[str, str]:
    forms = comparison.row(outcome, "push_5").forms
    return {u.option: u.row.verdict for u in forms if u.parameter == parameter}


def test_what_holds_under_every_form_is_said_first(found: sim.Comparison) -> None:
    first, *rest = said(found)
    assert first == (
        f"Under {FORMS}: “Peak of escalation” is worse in “Push 5, push = 5” (clearly under each "
        "form, in 100 of 100 futures)."
    )
    assert not any("Peak" in line for line in rest)
    notes = found.notes()
    assert notes.index(first) < notes.index(found.sentence())


def test_a_sign_that_turns_with_the_form_is_told_form_by_form(found: sim.Comparison) -> None:
    assert verdicts(found, "leverage", "decide") == {
        "pressure": "clearly higher",
        "learning": "no difference seen",
        "attrition": "clearly lower",
    }
    assert said(found)[1] == (
        "“Leverage” in “Push 5, push = 5” hangs on “How they decide”: clearly better (100 of 100 "
        "futures) under pressure; no difference is seen under learning; clearly worse (100 of 100 "
        "futures) under attrition."
    )


def test_an_effect_of_one_form_alone_is_told_of_that_form(found: sim.Comparison) -> None:
    line = next(line for line in said(found) if "Damage" in line)
    assert "hangs on “The ladder”: no difference is seen under chance; clearly worse" in line
    assert line.endswith("under in reply.")


def test_few_futures_of_a_form_settle_nothing() -> None:
    few = sim.compare(rivals_run(24))
    first, *rest = said(few)
    assert first == f"No direction of a headline outcome is settled under {FORMS} alike."
    thin = [u for u in few.rows[1].forms if u.futures < 10]
    assert thin and {u.row.verdict for u in thin} == {"not settled"}
    assert all(u.row.leading is None and u.row.difference is None for u in thin)
    assert sum("too few to say" in line for line in rest) == len(thin)


def test_a_form_of_sixty_futures_is_mostly_but_not_clearly_known() -> None:
    some = sim.compare(rivals_run(180))
    assert "(mostly under each form, in 100 of 100 futures)" in said(some)[0]
    assert some.row("peak", "push_5").verdict == "clearly higher"


def test_the_parts_are_the_futures_of_each_form(found: sim.Comparison) -> None:
    ensemble = rivals_run(600)
    [decide, ladder] = forms_of(ensemble.experiment)
    here, there = ensemble.outcome("peak")[[1, 0]]
    for form in (decide, ladder):
        of = [u for u in found.row("peak", "push_5").forms if u.parameter == form.name]
        assert sum(u.futures for u in of) == 600
        for under, place in zip(of, form.places, strict=True):
            mask = ensemble.experiment.sampled(form.name) == under.option
            assert mask.tolist() == (form.values == place).tolist()
            assert under.row.difference is not None
            assert under.row.difference.mean == pytest.approx(float((here - there)[mask].mean()))


def test_noise_alone_holds_under_no_form_and_hangs_on_none() -> None:
    """Of 1,200 differences that are luck none is told, nor one between two forms."""
    rng = np.random.default_rng(5)
    ensemble = rivals_run(200)
    for _ in range(20):
        noise = replace(ensemble, values=rng.normal(size=ensemble.values.shape))
        first, *rest = said(sim.compare(noise, turns=False))
        assert "is better" not in first and "is worse" not in first
        assert not [line for line in rest if "hang" in line]


def test_what_one_scenario_sets_is_no_form() -> None:
    base, push = rivals()
    set_ = replace(push.with_settings({"decide": "learning"}), name="set")
    ensemble = sim.run(sim.make_experiment([base, push, set_], futures=60, replications=2))
    assert [form.name for form in forms_of(ensemble.experiment)] == ["ladder"]


def test_words_of_members_and_words_without_choice_are_no_forms() -> None:
    entries = model(
        """
        sets: {place: [north, south]}
        parameters:
          kind: {over: place, assume: fast, options: [fast, slow]}
          sure: {assume: a, options: [a, b], weights: {a: 1, b: 0}}
          open: {assume: a, options: [a, b, c], weights: {a: 1, b: 0, c: 2}}
          held: {assume: 1.0, range: [0.5, 2]}
        state: {x: 0.0}
        events: {go: {at: 1, do: x = held}}
        outcomes: {end: {final: "x if kind['north'] == 'fast' and sure == 'a' and open == 'a' else 0"}}
        """
    ).parameters
    assert {name for name, entry in entries.items() if entry.structural} == {"open"}
    assert likely_options(entries["open"]) == ["a", "c"]


def test_forms_that_no_future_has_are_not_counted_as_told(found: sim.Comparison) -> None:
    rows = [
        replace(row, forms=tuple(u for u in row.forms if u.option != "learning"))
        for row in found.rows
    ]
    assert "the 2 forms of “How they decide” that futures have" in form_sentences(rows, ["peak"])[0]


def test_held_forms_are_named() -> None:
    held = sim.make_experiment(rivals(), futures=0, replications=30)
    words = (
        "Forms of the model that are held: “How they decide” as pressure, “The ladder” as chance."
    )
    assert held_text(held) == words
    assert words in sim.compare(sim.run(held)).notes()
    assert held_text(rivals_run(30, 1).experiment) == ""


def test_a_model_without_forms_says_nothing_of_them() -> None:
    plain = RIVALS.replace("options: [pressure, learning, attrition]", "options: [pressure]")
    plain = plain.replace("options: [chance, in_reply]", "options: [chance]")
    plain = plain.replace("'attrition'", "'pressure'").replace("'in_reply'", "'chance'")
    pair = [replace(scenario(plain, push=p), name=f"p{p:g}") for p in (0.0, 5.0)]
    compared = sim.compare(sim.run(sim.make_experiment(pair, futures=40, replications=2)))
    assert said(compared) == [] and compared.by_form.rows == ()


def test_combinations_need_futures_of_each() -> None:
    [whole] = combined(forms_of(rivals_run(200, 1).experiment))
    assert whole.options[0] == "pressure · chance" and len(whole.options) == 6
    assert (np.bincount(whole.values) >= 10).all()
    assert combined(forms_of(rivals_run(40, 1).experiment)) == ()


def files(folder: Path) -> list[str]:
    (folder / "model.yaml").write_text(HEAD + RIVALS, "utf-8")
    for push in (0, 5):
        text = (
            f"scenario: push_{push}\ntitle: Push {push}\nof: model.yaml\nlevers: {{push: {push}}}\n"
        )
        (folder / f"push_{push}.yaml").write_text(text, "utf-8")
    return [str(folder / f"push_{push}.yaml") for push in (0, 5)]


def output(capsys: pytest.CaptureFixture[str], *words: str, fault: bool = False) -> str:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as done:
        patch.setattr(sys, "argv", ["fulcrum", "compare", *words, "--by-form", "--quiet"])
        main()
    found = capsys.readouterr()
    assert (done.value.code or 0) == 2 * fault, found.err
    return found.err if fault else found.out


def test_the_table_by_form_has_each_form_with_its_futures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = output(capsys, *files(tmp_path), "--all")
    for words in ("pressure (", "in reply (", "attrition · in", "Under all 3 forms"):
        assert words in out
    records = json.loads(output(capsys, *files(tmp_path), "--format", "json"))
    assert len(records) == 5 * 3
    damage = {r["option"]: r["verdict"] for r in records if r["outcome"] == "damage"}
    assert damage["chance"] == "no difference seen" and damage["in_reply"] == "clearly higher"
    sizes = {r["option"]: r["futures"] for r in records if r["parameter"] == "decide"}
    assert sum(sizes.values()) == 200


def test_the_table_by_form_of_a_chosen_outcome(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = output(capsys, *files(tmp_path), "--outcome", "damage")
    assert "damage" in out and "leverage" not in out


def test_by_form_without_varying_forms_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = output(capsys, *files(tmp_path), "--central", fault=True)
    assert "no-range" in told and "no form of model 'rivals' varies" in told
    alone = output(capsys, files(tmp_path)[0], fault=True)
    assert "one-scenario" in alone and "at least two scenarios" in alone


def test_an_unknown_form_is_refused(found: sim.Comparison) -> None:
    for names in (("decid", "x", "peak", "push_5"), ("decide", "habit", "peak", "push_5")):
        with pytest.raises(ExperimentError, match=r"there is no (parameter|option)"):
            found.by_form.under(*names)


def test_the_chart_by_form_draws(found: sim.Comparison) -> None:
    names = json.dumps(found.by_form.chart().to_dict())
    assert "attrition (How they decide)" in names
    assert found.by_form.under("decide", "attrition", "leverage", "push_5").side == "lower"


def test_the_report_says_it_below_its_headline(found: sim.Comparison) -> None:
    page = sim.reporting.report_html(rivals_run(600))
    assert "Under all 3 forms of “How they decide”" in page
    assert page.index("Under all 3 forms") < page.index('id="compare"')


def test_evidence_and_card_list_forms_apart(tmp_path: Path) -> None:
    files(tmp_path)
    found = sim.analysis.evidence_of(sim.load_model(tmp_path / "model.yaml"))
    assert [g.name for g in found.structural] == ["decide", "ladder"]
    assert [row[3] for row in found.grid().rows] == ["structural assumption"] * 2 + ["assumption"]
    assert any("How they decide (pressure, learning, attrition)" in note for note in found.notes())
    card = sim.reporting.model_card(tmp_path / "model.yaml").text
    part = card[card.index("#### Structural assumptions") :]
    assert "| How they decide | `pressure` | `pressure`, `learning`, `attrition` | Three" in part
    assert card.count("`decide`") == 0 or "| `decide` |" not in card


def test_why_by_form_says_common_links_first() -> None:
    base, push = rivals()
    found = why_by_form(push, base, "peak", replications=200)
    assert found.sentence() == (
        "push_5 against push_0, Peak of escalation: under every form Push → rise → Peak of escalation."
    )
    turned = why_by_form(push, base, "leverage", replications=200)
    assert "no link under every form" in turned.sentence()
    assert "Push → pull → Leverage under pressure and attrition; none under learning" in (
        turned.sentence()
    )
    assert [row[1] for row in turned.grid().rows][:3] == ["pressure", "learning", "attrition"]


def test_why_by_form_without_forms_is_refused() -> None:
    path = Path("scenarios/port_strike")
    pair = [sim.load_scenario(path / f"{name}.yaml") for name in ("mediate", "sit_it_out")]
    with pytest.raises(ExperimentError, match="no structural assumption that both leave open"):
        why_by_form(*pair)
