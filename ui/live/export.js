/**
 * Files that a reader takes along; a chart as a picture is in `chart_picture.js`.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("../../sim/browser/statistics.js").Estimate} Estimate
 * @typedef {import("./setting.js").Study} Study
 */

import { reprText } from "../../sim/browser/wording.js";

/**
 * Save a file.
 *
 * @param {string} name its letters other than of ASCII, digits, `_`, `-` and `.` become `_`
 * @param {Blob} blob
 */
export function save(name, blob) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = printableName(name);
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A name that every file system takes. @param {string} name */
export function printableName(name) {
  return name.replace(/[^\w.-]+/g, "_").replace(/^[.-]+/, "").slice(0, 120) || "file";
}

/**
 * A comparison as `fulcrum compare --format csv` has it, but without `variance_reduction`.
 *
 * @param {Row[]} rows
 * @param {Study} document
 * @param {{central?: boolean}} [view]
 * @returns {string}
 */
export function csvOf(rows, document, { central = false } = {}) {
  const isHeld = central && document.uncertain;
  const records = rows.map((row) => ({ ...recordOf(row), ...(isHeld ? { assumptions: "central" } : {}) }));
  if (!records.length) return "";
  const lines = [Object.keys(records[0]), ...records.map((record) => Object.values(record))];
  return lines.map((line) => `${line.map(cellOf).join(",")}\n`).join("");
}

/** @param {Row} row @returns {Record<string, unknown>} */
function recordOf(row) {
  const { estimate, difference, level, gap } = row;
  return {
    ...{ outcome: row.outcome, scenario: row.scenario, unit: row.unit, n: estimate.n },
    ...{ mean: real(estimate.mean), low: real(estimate.low), high: real(estimate.high) },
    ...endsOf("difference", difference),
    ...{ pairs: difference?.n, verdict: row.verdict },
    ...endsOf("futures_higher", row.above),
    ...endsOf("futures_lower", row.below),
    ...{ difference_q05: real(gap?.low), difference_q50: real(gap?.middle), difference_q95: real(gap?.high) },
    ...{ level_q05: real(level?.low), level_q50: real(level?.middle), level_q95: real(level?.high) },
    ...{ variance_assumptions: real(level?.parts.between), variance_chance: real(level?.parts.within) },
    difference_variance_assumptions: real(gap?.parts.between),
    difference_variance_chance: real(gap?.parts.within),
    ...{ matters: real(row.matters), events: row.events },
    hangs_on: row.turns.map((turn) => turn.parameter).join("; "),
    ...{ p: real(row.pValue), p_holm: real(row.pHolm), never: row.missing, failed: row.failed },
  };
}

/** @param {string} name @param {Estimate | null} found */
function endsOf(name, found) {
  const [low, high] = [real(found?.low), real(found?.high)];
  return { [name]: real(found?.mean), [`${name}_low`]: low, [`${name}_high`]: high };
}

/** A number as Python writes it in full; nothing where there is none. @param {number | null | undefined} x */
function real(x) {
  if (x == null || Number.isNaN(x)) return null;
  return Number.isFinite(x) ? { text: reprText(x) } : { text: x > 0 ? "inf" : "-inf" };
}

/** A cell of CSV: text that a spreadsheet takes for a formula gets an apostrophe. @param {any} value */
function cellOf(value) {
  if (value == null) return "";
  if (typeof value !== "string") return value.text ?? String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
