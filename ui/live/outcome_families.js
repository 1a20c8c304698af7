/**
 * Outcomes that are declared over sets, in tables: one line for all members, which opens those of each.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {{key: string, row?: Row | null, family?: string, members?: Row[], name?: string}} Line an outcome, the head of a family, or
 * a member of one
 */

import { middleDifference } from "../../sim/browser/rows.js";
import { node, setAttributes, setShown, setText, t } from "./dom.js";
import { shortVerdict, unitBehind, unitOf, valuePiece } from "./texts.js";
import { chartNumber, placesOfBounds } from "./chart_scale.js";

/**
 * Keep which families of a table are open.
 *
 * @param {Record<string, string>} words @param {any} study the document
 */
export function createFamilies(words, study) {
  const families = new Map(study.outcomes.map((/** @type {any} */ { name, family }) => [name, family]));
  const members = new Map(study.outcomes.map((/** @type {any} */ { name, member }) => [name, member]));
  /** @type {Set<string>} */
  const opened = new Set();

  /** Lines of rows: those of members below the head of their family. @param {Row[]} rows @returns {Line[]} */
  function linesOf(rows) {
    const done = new Set();
    return rows.flatMap((row) => {
      /** @type {string} */
      const family = families.get(row.outcome);
      const own = family ? rows.filter((one) => families.get(one.outcome) === family) : [];
      /** @type {Line[]} */
      const alone = [{ key: row.outcome, row }];
      if (own.length < 2) return alone;
      if (done.has(family)) return [];
      done.add(family);
      /** @type {Line} */
      const head = { key: `family ${family}`, family, members: own };
      return [head, ...own.map((one) => ({ key: one.outcome, row: one, family }))];
    });
  }

  /**
   * The line of all members.
   *
   * @param {string} family @param {number} columns @param {string[]} [looks] classes of its cells
   */
  function headOf(family, columns, looks = []) {
    const { label, sets } = study.families[family];
    const count = node("span", { class: "fl-each" });
    const button = node("button", { type: "button", class: "fl-fold", onclick: turn }, label, " ", count);
    const cells = Array.from({ length: columns }, (_, i) => node("td", { class: looks[i] || null }));
    const line = node("tr", { class: "fl-family-line" }, node("th", { scope: "row", class: "fl-stick" }, button), ...cells);

    function turn() {
      if (!opened.delete(family)) opened.add(family);
      fold(line.parentElement);
    }

    /** @param {Row[]} rows @param {(rows: Row[]) => string[]} textsOf of its cells */
    line.flFamily = (rows, textsOf) => {
      setText(count, t(words, "table.members", { n: rows.length, sets: sets.join(" × ") }));
      textsOf(rows).forEach((text, i) => setText(cells[i], text));
    };
    line.flFold = () => setAttributes(button, { "aria-expanded": String(opened.has(family)) });
    return line;
  }

  /** Make a line one of a member. @param {any} line @param {Line} of */
  function belongTo(line, { family, row }) {
    line.classList.add("fl-member-line");
    line.flFold = () => setShown(line, opened.has(family ?? ""));
    const head = line.querySelector("th");
    setAttributes(head, { "aria-label": row?.label });
    setText(head, members.get(row?.outcome));
  }

  /** Show what is open. @param {any} body */
  function fold(body) {
    for (const line of body.children) line.flFold?.();
  }
  return { linesOf, headOf, belongTo, fold };
}

/** The least and the greatest value, with the unit. @param {Row[]} rows */
export function valueSpan(rows) {
  const known = rows.map((row) => valuePiece(row)).filter(({ value }) => Number.isFinite(value));
  if (!known.length) return "–";
  const sorted = known.sort((a, b) => Number(a.value) - Number(b.value));
  const [low, high] = [sorted[0].text, sorted[sorted.length - 1].text];
  const text = low === high ? high : `${low} … ${high}`;
  return `${text} ${unitBehind(high, unitOf(rows[0]))}`.trim();
}

/** The least and the greatest difference. @param {Row[]} rows */
export function differenceSpan(rows) {
  return spanOf(rows, middleDifference, true);
}

/** The least and the greatest mean. @param {Row[]} rows */
export function meanSpan(rows) {
  return spanOf(rows, ({ estimate }) => estimate.mean);
}

/** @param {Row[]} rows @param {(row: Row) => number} numberOf @param {boolean} [sign] */
function spanOf(rows, numberOf, sign = false) {
  const known = rows.map((row) => numberOf(row) * (row.share ? 100 : 1)).filter(Number.isFinite);
  if (!known.length) return "–";
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const places = placesOfBounds([0, Math.max(Math.abs(low), Math.abs(high))]);
  const [from, to] = [low, high].map((value) => chartNumber(value, places, sign));
  return from === to ? to : `${from} … ${to}`;
}

/** How often each verdict stands. @param {Row[]} rows */
export function verdictCounts(rows) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const row of rows) counts.set(shortVerdict(row), (counts.get(shortVerdict(row)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([text, n]) => `${n} × ${text}`).join(", ");
}
