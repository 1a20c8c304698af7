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
 * @property {Under[]} forms
 *
 * @typedef {object} Under as `sim.analysis.rows.Under`
 * @property {string} parameter
 * @property {string} label
 * @property {string} option
 * @property {number} futures
 * @property {number} forms
 * @property {Row} row
 */

import { keyOf, say } from "./phrases.js";
import { hundred, intervalText, percent, thousands } from "./wording.js";

/** The lower end of a share of futures above which a direction is clear. */
const CLEAR = 0.97;
/** The share above which a direction mostly holds. */
const MOST_FUTURES = 0.8;
/** Pairs of runs that must differ before a share of futures is given. */
export const MIN_EVENTS = 20;
/** Fewer futures of a form of the model are not judged. */
export const LEAST = 10;
/** Verdicts that no share of futures goes with. */
export const UNTOLD = ["identical", "too few", "too few events", "no difference seen"];

/** The difference in the middle of the futures, or without these its mean; NaN where there is none. @param {Row} row */
export function middleDifference({ gap, difference }) {
  return gap ? gap.middle : (difference?.mean ?? NaN);
}

/** How far an outcome is moved, whichever way; 0 where there is no difference. @param {Row} row */
export function sizeOfDifference(row) {
  const size = Math.abs(middleDifference(row));
  return Number.isFinite(size) ? size : 0;
}

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

/**
 * The likelier direction, as the key of its phrase, its share of futures, and what a record calls that.
 *
 * @param {Row} row @returns {[string, Estimate, string] | null}
 */
export function leadingOf(row) {
  if (!row.above || !row.below) return null;
  const up = row.above.mean >= row.below.mean;
  const side = up ? "higher" : "lower";
  const word = judged(side, row.unpaired ? "" : row.goal) || side;
  return [word, up ? row.above : row.below, `futures_${side}`];
}

/** Rows with p values adjusted for all tests of the table (Holm 1979). @param {Row[]} rows */
export function holmOf(rows) {
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
  return row.missing ? say("of_runs", { text, count: thousands(row.estimate.n) }) : text;
}

/** `sim.analysis.rows.difference_text` @param {Row} row */
export function differenceText(row) {
  if (!row.difference || row.verdict === "too few") return "–";
  if (row.verdict === "identical") return "0";
  const text = intervalText(row.difference, true, row.share ? 100 : 1);
  if (row.share) return text === "–" ? text : `${text} ${say("points")}`;
  return row.unpaired ? say("of_runs", { text, count: thousands(row.difference.n) }) : text;
}

/** `sim.analysis.rows.futures_text` @param {Row} row */
export function futuresText(row) {
  const leading = leadingOf(row);
  if (!leading || UNTOLD.includes(row.verdict)) return "–";
  const [word, { mean, low, high }] = leading;
  const ends = { low: hundred(low), high: hundred(high) };
  return say("futures_short", { word: say(word), count: hundred(mean), ...ends });
}

/** `sim.analysis.rows.verdict_text` @param {Row} row */
export function verdictText(row) {
  const verdict = say(keyOf("verdict_", row.verdict));
  if (!sideOf(row)) return verdict;
  const word = judgedOf(row);
  const text = word ? say("verdict_judged", { verdict, word: say(word) }) : verdict;
  return isAdjusted(row) || row.gap ? text : `${text} *`;
}

/** The same without the star. @param {Row} row */
export function plainVerdict(row) {
  return verdictText(row).replace(/ \*$/, "");
}

/**
 * A row as a record of `fulcrum compare --format json`, in full; null where it has no number.
 *
 * @param {Row} row
 * @returns {Record<string, string | number | null>}
 */
export function tableRecord(row) {
  const { estimate, difference, level, gap } = row;
  const ends = (/** @type {string} */ name, /** @type {Estimate | null} */ found) => ({
    ...{ [name]: found?.mean, [`${name}_low`]: found?.low, [`${name}_high`]: found?.high },
  });
  const record = {
    ...{ outcome: row.outcome, scenario: row.scenario, unit: row.unit, n: estimate.n },
    ...{ mean: estimate.mean, low: estimate.low, high: estimate.high },
    ...ends("difference", difference),
    ...{ pairs: difference?.n, verdict: row.verdict },
    ...ends("futures_higher", row.above),
    ...ends("futures_lower", row.below),
    ...{ difference_q05: gap?.low, difference_q50: gap?.middle, difference_q95: gap?.high },
    ...{ level_q05: level?.low, level_q50: level?.middle, level_q95: level?.high },
    ...{ variance_assumptions: level?.parts.between, variance_chance: level?.parts.within },
    difference_variance_assumptions: gap?.parts.between,
    difference_variance_chance: gap?.parts.within,
    ...{ matters: row.matters, events: row.events },
    hangs_on: row.turns.map((turn) => turn.parameter).join("; "),
    ...{ p: row.pValue, p_holm: row.pHolm, variance_reduction: null },
    ...{ never: row.missing, failed: row.failed },
  };
  const known = (/** @type {any} */ x) => (typeof x === "string" || Number.isFinite(x) ? x : null);
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, known(value)]));
}
