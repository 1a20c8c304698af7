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
import { cardUnit, differenceTold, rangeHead, rangeTold, unitAfter, valuePiece } from "./texts.js";

/** @param {Context} context */
export function createCards({ words, document: study }) {
  const list = node("ul", { class: "fl-cards-list", role: "list" });
  const line = node("p", { class: "fl-cards-runs" });
  const element = node("section", { class: "fl-cards", "aria-label": t(words, "cards.label") }, list, line);

  /** @param {Figures} figures */
  function update(figures) {
    const { rows, done, of } = figures;
    const told = headlineRows(study, rows);
    const nested = told.some((row) => row.level);
    const make = () => createCard(words);
    setItems(list, told, (row) => row.outcome, make, (card, row) => card.flUpdate(row, done < of));
    setAttributes(element, { "data-preliminary": done < of });
    setText(line, `${runsText(words, figures)} ${t(words, nested ? "cards.note" : "cards.note_chance")}`);
  }
  return { element, update };
}

/** How many runs stand behind the figures. @param {Record<string, string>} words @param {Figures} figures */
export function runsText(words, { central, done, of, futures, replications }) {
  const values = {
    ...{ done: thousands(done), of: thousands(of) },
    ...{ futures: thousands(futures), replications: thousands(replications) },
  };
  const key = done < of ? "cards.preliminary" : futures > 1 ? "cards.runs_futures" : "cards.runs";
  return t(words, key, values) + (central ? ` ${t(words, "cards.held")}` : "");
}

/** @param {Record<string, string>} words */
function createCard(words) {
  const label = node("h3", { class: "fl-card-label" });
  const value = figure({ scenario: "", outcome: "", statistic: "level_q50", value: null }, "");
  const unit = node("span", { class: "fl-card-unit" });
  const early = node("span", { class: "fl-card-early", hidden: true }, t(words, "cards.early"));
  const goal = node("span", { class: "fl-card-goal" });
  const head = node("span");
  const range = node("span");
  const verdict = createVerdict();
  const difference = node("p", { class: "fl-card-difference" });
  const bar = createBar();
  const element = node(
    "li",
    { class: "fl-card" },
    node("div", { class: "fl-card-top" }, label, early),
    node("p", { class: "fl-card-value" }, value, " ", unit),
    node("p", { class: "fl-card-range" }, head, range, goal),
    node("p", { class: "fl-card-verdict" }, verdict.element),
    difference,
    bar.element,
  );

  /** @param {Row} row @param {boolean} preliminary */
  element.flUpdate = (row, preliminary) => {
    const { scenario, outcome } = row;
    const { text, ...shown } = valuePiece(row);
    setText(label, row.label);
    setFigure(value, { scenario, outcome, ...shown }, text);
    setText(unit, unitAfter(text, cardUnit(row)));
    setText(goal, row.goal ? ` · ${t(words, `cards.${row.goal}`)}` : "");
    const what = rangeHead(row);
    setText(head, what ? `${what}: ` : "");
    setTold(range, rangeTold(row), row);
    verdict.update(row);
    setTold(difference, differenceTold(row), row);
    bar.update(row);
    early.hidden = !preliminary;
    setAttributes(element, { "data-outcome": outcome });
  };
  return element;
}
