/**
 * Every number of a scenario as `fulcrum compare --format json` gives it, in full; made when it is opened.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 */

import { general } from "../../sim/browser/format.js";
import { keyOf, marked, say } from "../../sim/browser/phrases.js";
import { tableRecord } from "../../sim/browser/rows.js";
import { figure, node, setChildren, setText, t } from "./dom.js";
import { createFamilies, differenceSpan, meanSpan, verdictCounts } from "./outcome_families.js";
import { tableOf } from "./table.js";
import { titleIn } from "./texts.js";

/** Columns: the key of a heading, and the numbers below it. @type {[string, string[]][]} */
const RECORD_COLUMNS = [
  ["verdict", ["verdict"]],
  ["n", ["n"]],
  ["mean", ["mean", "low", "high"]],
  ["level", ["level_q05", "level_q50", "level_q95"]],
  ["difference", ["difference", "difference_low", "difference_high"]],
  ["gap", ["difference_q05", "difference_q50", "difference_q95"]],
  ["futures_higher", ["futures_higher", "futures_higher_low", "futures_higher_high"]],
  ["futures_lower", ["futures_lower", "futures_lower_low", "futures_lower_high"]],
  ["p", ["p", "p_holm"]],
  ["pairs", ["pairs", "events"]],
  ["variance", ["variance_assumptions", "variance_chance"]],
  ["gap_variance", ["difference_variance_assumptions", "difference_variance_chance"]],
  ["matters", ["matters"]],
  ["missing", ["never", "failed"]],
  ["hangs_on", ["hangs_on"]],
];

/** @param {Record<string, string>} words @param {any} study */
export function createRecords(words, study) {
  const summary = node("summary");
  const box = node("div", { class: "fl-scroll", tabindex: 0, role: "region" });
  const ontoggle = () => element.open && build();
  const element = node("details", { class: "fl-record", ontoggle }, summary, box);
  const families = createFamilies(words, study);
  let rows = /** @type {Row[]} */ ([]);
  let shown = /** @type {Row[] | null} */ (null);

  /** The line of all members. @param {Row[]} held @param {string} family */
  function familyOf(held, family) {
    const line = families.headOf(family, RECORD_COLUMNS.length);
    /** @type {Record<string, (rows: Row[]) => string>} */
    const spans = { verdict: verdictCounts, mean: meanSpan, difference: differenceSpan };
    line.flFamily(held, (/** @type {Row[]} */ some) => RECORD_COLUMNS.map(([key]) => spans[key]?.(some) ?? ""));
    return line;
  }

  function build() {
    if (shown === rows) return;
    shown = rows;
    const heads = RECORD_COLUMNS.map(([key, names]) => {
      const small = node("span", { class: "fl-head-unit" }, names.join(" "));
      return node("th", { scope: "col" }, t(words, `compare.${key}`), small);
    });
    const corner = node("th", { scope: "col", class: "fl-stick" }, t(words, "table.outcome"));
    const lines = families.linesOf(rows).map((line) => {
      if (line.members) return familyOf(line.members, line.family ?? "");
      const made = lineOf(words, /** @type {Row} */ (line.row));
      if (line.family) families.belongTo(made, line);
      return made;
    });
    const body = node("tbody", {}, ...lines);
    setChildren(box, tableOf("fl-table", [corner, ...heads], body));
    families.fold(body);
  }

  /** @param {Row[]} held @param {{built: boolean}} how whether all is final, to be read at once */
  element.flUpdate = (held, { built }) => {
    const same = held.length === rows.length && held.every((row, i) => row === rows[i]);
    if (!same) rows = held;
    const title = titleIn(study, held[0]);
    setText(summary, title);
    box.setAttribute("aria-label", title);
    if (built || element.open) build();
  };
  return element;
}

/** @param {Record<string, string>} words @param {Row} row */
function lineOf(words, row) {
  const record = tableRecord(row);
  const cells = RECORD_COLUMNS.map(([, names]) => {
    const found = names.map((statistic) => {
      const value = record[statistic];
      const text = statistic === "verdict" ? say(keyOf("verdict_", row.verdict)) : shortValue(value);
      return figure({ scenario: row.scenario, outcome: row.outcome, statistic, value }, text);
    });
    return node("td", {}, ...found.flatMap((one, i) => (i ? [" · ", one] : [one])));
  });
  return node("tr", {}, node("th", { scope: "row", class: "fl-stick" }, row.label), ...cells);
}

/** @param {string | number | null} value */
function shortValue(value) {
  if (value === null || value === "") return "–";
  return typeof value === "string" ? value : marked(general(value, 4).replace("-", "−"));
}
