/**
 * A card for each headline outcome: in large type what the setting changes, with its verdict and its range
 * over futures as words and as a bar; beneath, smaller, the level that it comes to.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("./headline.js").Context} Context
 * @typedef {import("./headline.js").Figures} Figures
 */

import { thousands } from "../../sim/browser/wording.js";
import { figure, icon, node, setAttributes, setFigure, setItems, setText, t } from "./dom.js";
import { headlineRows } from "./headline.js";
import { createBar, createVerdict, setTold } from "./marks.js";
import { opener, setTermed } from "./terms.js";
import { cardUnit, leadPiece, leadUnit, rangeHead, rangeTold, restTold, unitBehind, valuePiece } from "./texts.js";

/** @param {Context} context */
export function createCards(context) {
  const { words, document: study } = context;
  const list = node("ul", { class: "fl-cards-list", role: "list" });
  const note = node("p", { class: "fl-note" });
  const element = node("section", { class: "fl-cards", "aria-label": t(words, "cards.label") }, list, note);
  const helpOf = new Map(study.outcomes.map((/** @type {any} */ { name, help }) => [name, help]));

  /** @param {Figures} figures */
  function update({ rows, full, runs }) {
    const told = headlineRows(study, rows);
    const nested = told.some((row) => row.level);
    const make = (/** @type {Row} */ { label, outcome }) => createCard(words, label, helpOf.get(outcome));
    const early = full ? "" : t(words, "cards.early", { runs: thousands(runs) });
    setItems(list, told, (row) => row.outcome, make, (card, row) => card.flUpdate(row, early));
    setAttributes(element, { "data-preliminary": !full });
    setTermed(context, note, t(words, nested ? "cards.note" : "cards.note_chance"));
  }
  return { element, update };
}

/** @param {Record<string, string>} words @param {string} name of the outcome @param {string} [help] what it is */
function createCard(words, name, help) {
  const label = node("h3", { class: "fl-card-label" });
  const about = help ? opener([icon("about")], help, { class: "fl-card-about", "aria-label": t(words, "levers.about", { label: name }) }) : null;
  const lead = figure({ scenario: "", outcome: "", statistic: "difference_q50", value: null }, "");
  const leadsUnit = node("span", { class: "fl-card-unit" });
  const value = figure({ scenario: "", outcome: "", statistic: "level_q50", value: null }, "");
  const unit = node("span", { class: "fl-card-unit" });
  const early = node("span", { class: "fl-card-early" });
  const goal = node("span", { class: "fl-card-goal" });
  const head = node("span");
  const range = node("span");
  const verdict = createVerdict();
  const difference = node("p", { class: "fl-card-difference" });
  const bar = createBar();
  const element = node(
    "li",
    { class: "fl-card" },
    node("div", { class: "fl-card-head" }, label, about?.word),
    about?.meaning,
    early,
    node("p", { class: "fl-card-lead" }, lead, " ", leadsUnit),
    node("p", { class: "fl-card-verdict" }, verdict.element),
    difference,
    bar.element,
    node("p", { class: "fl-card-value" }, t(words, "cards.level"), " ", value, " ", unit),
    node("p", { class: "fl-card-range" }, head, range, goal),
  );

  /** @param {Row} row @param {string} preliminary words for a card of few runs */
  element.flUpdate = (row, preliminary) => {
    const { scenario, outcome } = row;
    const { text, ...shown } = valuePiece(row);
    const { text: change, ...changed } = leadPiece(row);
    setText(label, row.label);
    setFigure(lead, { scenario, outcome, ...changed }, change);
    setText(leadsUnit, leadUnit(row));
    setFigure(value, { scenario, outcome, ...shown }, text);
    setText(unit, unitBehind(text, cardUnit(row)));
    setText(goal, row.goal ? ` · ${t(words, `cards.${row.goal}`)}` : "");
    const what = rangeHead(row);
    setText(head, what ? `${what}: ` : "");
    setTold(range, rangeTold(row), row);
    verdict.update(row);
    setTold(difference, restTold(row), row);
    bar.update(row);
    setText(early, preliminary);
    setAttributes(element, { "data-outcome": outcome });
  };
  return element;
}
