/**
 * All outcomes of a setting against the baseline; means, intervals and p values where they are asked for.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("../../sim/browser/phrases.js").Told} Told
 * @typedef {import("./headline.js").Context} Context
 * @typedef {import("./headline.js").Figures} Figures
 *
 * @typedef {object} Column
 * @property {string} key of its heading
 * @property {boolean} [more] whether it stands among means and intervals
 * @property {(row: Row) => Told} [told]
 */

import { pairTold } from "../../sim/browser/answers.js";
import { general } from "../../sim/browser/format.js";
import { marked, say, tell } from "../../sim/browser/phrases.js";
import { verdictText } from "../../sim/browser/rows.js";
import { intervalParts, thousands } from "../../sim/browser/wording.js";
import { node, setAttributes, setItems, setText, t } from "./dom.js";
import { createVerdict, setTold } from "./marks.js";
import { createFamilies, differenceSpan, valueSpan, verdictCounts } from "./outcome_families.js";
import { differenceTold, rangeHead, rangeTold, unitBehind, unitOf, valuePiece } from "./texts.js";

/** @type {Column[]} */
const COLUMNS = [
  { key: "value", told: valueTold },
  { key: "range", told: rangeTold },
  { key: "difference", told: differenceTold },
  { key: "verdict" },
  { key: "mean", more: true, told: meanTold },
  { key: "pair", more: true, told: (row) => (row.difference ? pairTold(row) : ["–"]) },
  { key: "n", more: true, told: ({ estimate: { n } }) => [{ text: thousands(n), statistic: "n", value: n }] },
  { key: "p", more: true, told: (row) => [pPiece("p", row.pValue)] },
  { key: "p_holm", more: true, told: (row) => [pPiece("p_holm", row.pHolm)] },
];

/** @param {Row} row @returns {Told} */
function valueTold(row) {
  const piece = valuePiece(row);
  const unit = unitBehind(piece.text, unitOf(row));
  return unit ? [piece, ` ${unit}`] : [piece];
}

/** A mean or share with its interval. @param {Row} row @returns {Told} */
function meanTold(row) {
  const { estimate, share } = row;
  const [mean, low, high] = intervalParts(estimate, false, share ? 100 : 1);
  const middle = { text: mean, statistic: "mean", value: estimate.mean };
  const told = !low
    ? [middle]
    : tell("interval", {
        mean: middle,
        low: { text: low, statistic: "low", value: estimate.low },
        high: { text: high, statistic: "high", value: estimate.high },
      });
  return share && mean !== "–" ? tell("percent", { text: told }) : told;
}

/** @param {string} statistic @param {number | null} value */
function pPiece(statistic, value) {
  if (value === null) return { text: "–", statistic, value: NaN };
  const text = value < 0.001 ? `< ${marked("0.001")}` : marked(general(value, 2));
  return { text, statistic, value };
}

/** @param {Context} context */
export function createTable({ words, document: study }) {
  const families = createFamilies(words, study);
  const looks = COLUMNS.map(lookOf);
  const groups = new Map(study.outcomes.map((/** @type {any} */ one) => [one.name, one.group ?? ""]));
  const heads = COLUMNS.map(({ key, more }) =>
    node("th", { scope: "col", class: more ? "fl-more" : null }, t(words, `table.${key}`)),
  );
  const corner = node("th", { scope: "col", class: "fl-stick" }, t(words, "table.outcome"));
  const body = node("tbody");
  const table = tableOf("fl-table", [corner, ...heads], body);
  const onchange = () => setAttributes(table, { "data-more": more.checked });
  const more = node("input", { type: "checkbox", role: "switch", onchange });
  const note = node("p", { class: "fl-note" });
  const title = t(words, "table.title");
  const element = node(
    "section",
    { class: "fl-outcome-table" },
    switchOf(more, t(words, "table.more")),
    node("div", { class: "fl-scroll", tabindex: 0, role: "region", "aria-label": title }, table),
    note,
  );

  /** @param {Figures} figures */
  function update({ rows, central, full }) {
    const [first] = rows;
    if (!first) return;
    setText(heads[1], rangeHead(first) || say("range_chance"));
    setItems(body, linesOf(rows), ({ key }) => key, make, (line, item) => {
      if (item.members) line.flFamily(item.members, spansOf);
      else line.flUpdate?.(item.row);
      if (item.row && item.family) families.belongTo(line, item);
    });
    families.fold(body);
    const text = t(words, first.level ? "table.note" : "table.note_chance");
    setText(note, central ? `${text} ${say("held")}` : text);
    setAttributes(element, { "data-preliminary": !full });
  }

  /**
   * The lines of the table: outcomes by group, below its heading.
   *
   * @param {Row[]} rows @returns {any[]}
   */
  function linesOf(rows) {
    const names = [...new Set(rows.map((row) => groups.get(row.outcome) ?? ""))];
    return names.flatMap((name) => {
      const held = rows.filter((row) => (groups.get(row.outcome) ?? "") === name);
      const lines = families.linesOf(held).map((line) => ({ row: null, ...line, name: "" }));
      const title = names.length > 1 ? name || t(words, "table.other") : "";
      return title ? [{ key: `group ${name}`, row: null, name: title }, ...lines] : lines;
    });
  }

  /** @param {any} item */
  function make(item) {
    return item.members ? families.headOf(item.family, COLUMNS.length, looks) : makeLine(item);
  }
  return { element, update };
}

/** What the line of all members says in each column. @param {Row[]} rows @returns {string[]} */
function spansOf(rows) {
  /** @type {Record<string, (rows: Row[]) => string>} */
  const spans = { value: valueSpan, difference: differenceSpan, verdict: verdictCounts };
  return COLUMNS.map(({ key }) => spans[key]?.(rows) ?? "");
}

/** The class of a cell. @param {Column} column */
function lookOf({ key, more }) {
  return more ? "fl-more" : `fl-at-${key}`;
}

/** A table with a line of headings. @param {string} name its class @param {any[]} heads @param {any} body */
export function tableOf(name, heads, body) {
  return node("table", { class: name }, node("thead", {}, node("tr", {}, ...heads)), body);
}

/** A switch with its label. @param {any} input @param {string} label */
function switchOf(input, label) {
  return node("label", { class: "fl-switch" }, input, node("span", {}, label));
}

/** @param {{row: Row | null, name: string}} line */
function makeLine({ row, name }) {
  if (!row) {
    const head = node("th", { scope: "rowgroup", colspan: COLUMNS.length + 1 }, node("span", {}, name));
    return node("tr", { class: "fl-group" }, head);
  }
  const label = node("th", { scope: "row", class: "fl-stick" });
  const verdict = createVerdict();
  const cells = COLUMNS.map(({ key, more, told }) =>
    node("td", { class: lookOf({ key, more }) }, told ? null : verdict.element),
  );
  const element = node("tr", {}, label, ...cells);
  element.flUpdate = (/** @type {Row} */ now) => {
    if (!element.classList.contains("fl-member-line")) setText(label, now.label);
    verdict.update(now, verdictText(now));
    COLUMNS.forEach(({ told }, i) => told && setTold(cells[i], told(now), now));
  };
  return element;
}
