/**
 * A card for each headline outcome: its value, the range of that over futures, and the difference to the
 * baseline in numbers, in words, with a sign and as a bar.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("./headline.js").Context} Context
 * @typedef {import("./headline.js").Figures} Figures
 */

import { thousands } from "../../sim/browser/wording.js";
import { figure, node, setAttributes, setFigure, setItems, setText, t } from "./dom.js";
import { headlineRows } from "./headline.js";
import { createBar, createVerdict, setTold } from "./marks.js";
import { cardUnit, differenceTold, rangeHead, rangeTold, unitBehind, valuePiece } from "./texts.js";

/** @param {Context} context */
export function createCards({ words, document: study }) {
  const list = node("ul", { class: "fl-cards-list", role: "list" });
  const note = node("p", { class: "fl-note" });
  const element = node("section", { class: "fl-cards", "aria-label": t(words, "cards.label") }, list, note);

  /** @param {Figures} figures */
  function update({ rows, full, runs }) {
    const told = headlineRows(study, rows);
    const nested = told.some((row) => row.level);
    const make = () => createCard(words);
    const early = full ? "" : t(words, "cards.early", { runs: thousands(runs) });
    setItems(list, told, (row) => row.outcome, make, (card, row) => card.flUpdate(row, early));
    setAttributes(element, { "data-preliminary": !full });
    setText(note, t(words, nested ? "cards.note" : "cards.note_chance"));
  }
  return { element, update };
}

/** @param {Record<string, string>} words */
function createCard(words) {
  const label = node("h3", { class: "fl-card-label" });
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
    label,
    early,
    node("p", { class: "fl-card-value" }, value, " ", unit),
    node("p", { class: "fl-card-range" }, head, range, goal),
    node("p", { class: "fl-card-verdict" }, verdict.element),
    difference,
    bar.element,
  );

  /** @param {Row} row @param {string} preliminary words for a card of few runs */
  element.flUpdate = (row, preliminary) => {
    const { scenario, outcome } = row;
    const { text, ...shown } = valuePiece(row);
    setText(label, row.label);
    setFigure(value, { scenario, outcome, ...shown }, text);
    setText(unit, unitBehind(text, cardUnit(row)));
    setText(goal, row.goal ? ` · ${t(words, `cards.${row.goal}`)}` : "");
    const what = rangeHead(row);
    setText(head, what ? `${what}: ` : "");
    setTold(range, rangeTold(row), row);
    verdict.update(row);
    setTold(difference, differenceTold(row), row);
    bar.update(row);
    setText(early, preliminary);
    setAttributes(element, { "data-outcome": outcome });
  };
  return element;
}
