/**
 * One outcome of one scenario against a baseline, and the words for it, to the letter as
 * `sim.analysis.rows` and `verdicts` have them in Python. `comparison.js` makes the rows.
 *
 * @typedef {import("./statistics.js").Estimate} Estimate
 * @typedef {import("./statistics.js").Spread} Spread
 *
 * @typedef {object} Turn as `sim.analysis.turning.Turn`
 * @property {string} parameter
 * @property {string} label
 * @property {string} unit
 * @property {boolean | null} above
 * @property {number | null} value
 * @property {string[]} words
 * @property {number} slope
 * @property {number} p
 *
 * @typedef {object} Row as `sim.analysis.rows.Row`
 * @property {string} scenario
 * @property {string} outcome
 * @property {string} label
 * @property {string} unit
 * @property {"minimize" | "maximize" | ""} goal
 * @property {boolean} share
 * @property {Estimate} estimate
 * @property {Estimate | null} difference
 * @property {string} verdict
 * @property {number} missing
 * @property {number} failed
 * @property {number} unpaired
 * @property {number | null} pValue
 * @property {number | null} pHolm
 * @property {string} title
 * @property {Spread | null} level
 * @property {Spread | null} gap
 * @property {Estimate | null} above
 * @property {Estimate | null} below
 * @property {number} events
 * @property {number} matters
 * @property {Turn[]} turns
 */

import { hundred, intervalText, percent, thousands } from "./wording.js";

/** The lower end of a share of futures above which a direction is clear. */
const CLEAR = 0.97;
/** The share above which a direction mostly holds. */
const MOST_FUTURES = 0.8;
/** Pairs of runs that must differ before a share of futures is given. */
export const MIN_EVENTS = 20;
/** Verdicts that no share of futures goes with. */
export const UNTOLD = ["identical", "too few", "too few events", "no difference seen"];
/** Whether an interval excludes 0. @param {Estimate} found */
function isSeen(found) {
  return found.low > 0 || found.high < 0;
}

/** `Estimate.verdict` @param {Estimate} found */
export function verdictOf(found) {
  if (found.n < 2 || (Number.isNaN(found.low) && found.mean !== 0)) return "too few";
  if (found.low === 0 && found.high === 0) return "identical";
  if (!isSeen(found)) return "no difference seen";
  return found.low > 0 ? "higher" : "lower";
}

/**
 * `sim.analysis.verdicts.verdict_over_futures`
 *
 * @param {Estimate} difference @param {Spread | null} gap @param {Estimate} above
 * @param {Estimate} below @param {number} matters @param {number} beyond @param {number} events
 */
export function verdictOverFutures(difference, gap, above, below, matters, beyond, events) {
  if (difference.n < 2 || !gap) return "too few";
  if (events === 0) return "no difference seen";
  if (events < MIN_EVENTS) return "too few events";
  if (Math.max(-gap.low, gap.high) <= matters && beyond < 1 - MOST_FUTURES) return "no difference that matters";
  const [side, word] = above.mean >= below.mean ? [above, "higher"] : [below, "lower"];
  if (side.mean > MOST_FUTURES && side.low <= 0.5) return "not settled";
  if (side.mean <= MOST_FUTURES && Math.max(above.high, below.high) >= CLEAR) return "not settled";
  if (side.mean > MOST_FUTURES) return `${side.low >= CLEAR ? "clearly" : "mostly"} ${word}`;
  if (above.mean + below.mean < 1 - MOST_FUTURES) return "mostly the same";
  return "depends on the assumptions";
}

/** `sim.formatting.judged` @param {string} side @param {string} goal */
export function judged(side, goal) {
  const better = { maximize: "higher", minimize: "lower" }[goal];
  return !better || !side ? "" : side === better ? "better" : "worse";
}

/** The direction that a verdict names: higher, lower, or none. @param {Row} row */
export function sideOf({ verdict }) {
  return ["higher", "lower"].find((side) => verdict.endsWith(side)) ?? "";
}

/** Whether that is better or worse; nothing without a goal, or among a selection. @param {Row} row */
export function judgedOf(row) {
  return judged(sideOf(row), row.unpaired ? "" : row.goal);
}

/** Whether a difference stands after adjustment for all those of its table. @param {Row} row */
export function isAdjusted({ pHolm }) {
  return pHolm === null || pHolm < 0.05;
}

/** Whether the direction may be called clear. @param {Row} row */
export function isClear(row) {
  return row.gap ? row.verdict.startsWith("clearly") : sideOf(row) !== "" && isAdjusted(row);
}

/** The likelier direction and its share of futures. @param {Row} row @returns {[string, Estimate] | null} */
export function leadingOf(row) {
  if (!row.above || !row.below) return null;
  const up = row.above.mean >= row.below.mean;
  const side = up ? "higher" : "lower";
  return [judged(side, row.unpaired ? "" : row.goal) || side, up ? row.above : row.below];
}

/** Rows with p values adjusted for all tests of the table (Holm 1979). @param {Row[]} rows */
export function holm(rows) {
  const order = rows.flatMap(({ pValue }, i) => (pValue === null ? [] : [{ p: pValue, i }]));
  order.sort((a, b) => a.p - b.p || a.i - b.i);
  /** @type {(number | null)[]} */
  const adjusted = rows.map(() => null);
  let highest = 0;
  order.forEach(({ p, i }, rank) => {
    highest = Math.max(highest, Math.min(1, p * (order.length - rank)));
    adjusted[i] = highest;
  });
  return rows.map((row, i) => ({ ...row, pHolm: adjusted[i] }));
}

/** `sim.analysis.rows.estimate_text` @param {Row} row */
export function estimateText(row) {
  const text = row.share ? percent(row.estimate) : intervalText(row.estimate);
  return row.missing ? `${text} · n=${thousands(row.estimate.n)}` : text;
}

/** `sim.analysis.rows.difference_text` @param {Row} row */
export function differenceText(row) {
  if (!row.difference || row.verdict === "too few") return "–";
  if (row.verdict === "identical") return "0";
  if (row.share) return percent(row.difference, true).replaceAll(" %", " points");
  const pairs = row.unpaired ? ` · n=${thousands(row.difference.n)}` : "";
  return intervalText(row.difference, true) + pairs;
}

/** `sim.analysis.rows.futures_text` @param {Row} row */
export function futuresText(row) {
  const leading = leadingOf(row);
  if (!leading || UNTOLD.includes(row.verdict)) return "–";
  const [word, { mean, low, high }] = leading;
  return `${word} in ${hundred(mean)} [${hundred(low)}, ${hundred(high)}]`;
}

/** `sim.analysis.rows.verdict_text` @param {Row} row */
export function verdictText(row) {
  /** @type {Record<string, string>} */
  const words = { identical: "the same in every pair", "too few": "too few pairs" };
  if (!sideOf(row)) return words[row.verdict] ?? row.verdict;
  const word = judgedOf(row);
  return row.verdict + (word ? `, ${word}` : "") + (isAdjusted(row) || row.gap ? "" : " *");
}

/** The same without the star. @param {Row} row */
export function plainVerdict(row) {
  return verdictText(row).replace(/ \*$/, "");
}
