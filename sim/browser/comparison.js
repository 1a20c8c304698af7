/**
 * One outcome of one scenario against the baseline, in the same futures and with the same luck: the
 * rows that `sim.analysis.differences` makes in Python, to the last bit.
 *
 * @typedef {import("./rows.js").Row} Row
 * @typedef {import("./rows.js").Turn} Turn
 * @typedef {import("./statistics.js").Estimate} Estimate
 * @typedef {import("./statistics.js").Input} Input
 * @typedef {import("./statistics.js").Table} Table
 *
 * @typedef {object} Outcome
 * @property {string} name
 * @property {string} [label]
 * @property {string} [unit]
 * @property {Row["goal"]} [goal]
 * @property {boolean} share
 * @property {number | null} [matters] the smallest difference that a decision would notice
 *
 * @typedef {object} Parameter how an input is named and rounded
 * @property {string} name
 * @property {string} [label]
 * @property {string} [unit]
 * @property {boolean} [whole]
 * @property {string[]} [options] its words; those of yes and no are `false` and `true`
 *
 * @typedef {object} Form as `sim.analysis.forms.Form`
 * @property {string} name
 * @property {string} label
 * @property {string[]} options
 * @property {number} count
 * @property {ArrayLike<number>} values the place of its option that each future has
 *
 * @typedef {object} Side the runs of a scenario
 * @property {string} scenario
 * @property {string} [title]
 * @property {Table} table the outcome; NaN where it has no value
 * @property {ArrayLike<number | boolean>} failed whether a run failed
 */

import { general } from "./format.js";
import { LEAST, verdictOf, verdictOverFutures } from "./rows.js";
import { exponentOf, roundTo } from "./wording.js";

/** What matters where a model does not say: this part of the standard deviation of a run. */
const USUAL_PART = 0.1;
/** Verdicts that leave a question: on which assumption does it hang? */
const OPEN = ["depends on the assumptions", "mostly higher", "mostly lower"];
/** No share of futures. @type {Estimate} */
const NONE = { mean: NaN, low: NaN, high: NaN, n: 0, skewed: false };

/**
 * Compare an outcome of a scenario with the baseline.
 *
 * @param {Awaited<ReturnType<typeof import("./statistics.js").loadStatistics>>} statistics
 * @param {Outcome} outcome @param {Side} side @param {Side | null} base null for the baseline itself
 * @param {object} how
 * @param {number} how.blocks independent parts of the design of the futures
 * @param {boolean} [how.canDiffer] whether the two models allow the outcome to differ
 * @param {boolean} [how.canVary] whether chance or assumptions can move it
 * @param {(Parameter & Input)[]} [how.inputs] those that the sign of a difference may hang on
 * @param {Form[]} [how.forms] under each of which the difference is wanted too
 * @returns {Row}
 */
export function compareOutcome(statistics, outcome, side, base, how) {
  const { blocks, canDiffer = true, canVary = true, inputs = [], forms = [] } = how;
  const { share } = outcome;
  const { table, failed } = side;
  let estimate = statistics.estimate(table, { share, blocks });
  if (estimate.low === estimate.high && canVary) estimate = { ...estimate, low: NaN, high: NaN, skewed: true };
  /** @type {Row} */
  const row = {
    ...{ scenario: side.scenario, title: side.title ?? "", outcome: outcome.name },
    ...{ label: outcome.label ?? "", unit: outcome.unit ?? "", goal: outcome.goal ?? "", share },
    ...{ estimate, difference: null, verdict: "baseline", level: statistics.spread(table) },
    missing: count(table.values, (value, i) => Number.isNaN(value) && !failed[i]),
    failed: count(failed, (value) => Boolean(value)),
    ...{ unpaired: 0, pValue: null, pHolm: null, gap: null, above: null, below: null },
    ...{ events: 0, matters: 0, turns: [], forms: [] },
  };
  if (!base) return row;
  const pairs = statistics.minus(table, base.table);
  row.matters = outcome.matters || usualMatters(statistics, base.table);
  row.unpaired = count(pairs.values, (value, i) => Number.isNaN(value) && !failed[i] && !base.failed[i]);
  Object.assign(row, judgedPairs(statistics, row, pairs, blocks, canDiffer));
  const hung = row.gap && OPEN.includes(row.verdict) && inputs.length > 0;
  return {
    ...row,
    pValue: statistics.pValue(pairs, { share, blocks }),
    turns: hung ? turnsOf(statistics, pairs, inputs, blocks) : [],
    forms: forms.flatMap((form) => {
      const places = [...new Set(Array.from(form.values))].sort((one, other) => one - other);
      return places.map((place) => underForm(statistics, row, pairs, form, place, canDiffer));
    }),
  };
}

/**
 * What the paired differences of some futures say, as fields of a row.
 *
 * @param {any} statistics @param {Row} row @param {Table} pairs @param {number} blocks @param {boolean} possible
 */
function judgedPairs(statistics, { share, matters }, pairs, blocks, possible) {
  const events = count(pairs.values, (value) => Math.abs(value) > 0);
  const difference = statistics.paired(pairs, { share, blocks, canDiffer: events > 0 || possible });
  const gap = statistics.spread(pairs);
  const over = statistics.shares(pairs, blocks);
  const { above, below } = over ?? { above: NONE, below: NONE };
  let verdict = verdictOf(difference);
  if (pairs.rows > 1 && verdict !== "identical") {
    const small = gap && Math.max(-gap.low, gap.high) <= matters;
    const beyond = small ? mostBeyond(statistics, pairs, matters, blocks) : 1;
    verdict = verdictOverFutures(difference, gap, above, below, matters, beyond, events);
  }
  return { difference, verdict, gap, events, above: over ? above : null, below: over ? below : null };
}

/**
 * A row in the futures of one form, which count as independent of each other.
 *
 * @param {any} statistics @param {Row} row @param {Table} pairs @param {Form} form @param {number} place
 * @param {boolean} possible @returns {import("./rows.js").Under}
 */
function underForm(statistics, row, pairs, form, place, possible) {
  const { width } = pairs;
  const values = Array.from(pairs.values).filter((_, i) => form.values[Math.floor(i / width)] === place);
  const futures = values.length / width;
  const some = { values: Float64Array.from(values), rows: futures, width };
  const found =
    futures < LEAST
      ? { difference: null, verdict: "not settled", gap: null, above: null, below: null, events: 0 }
      : judgedPairs(statistics, row, some, futures, possible);
  const { name, label, options, count: forms } = form;
  return { parameter: name, label, option: options[place], futures, forms, row: { ...row, ...found } };
}

/** @param {ArrayLike<any>} values @param {(value: any, i: number) => boolean} test */
function count(values, test) {
  return Array.from(values).filter(test).length;
}

/** A tenth of the standard deviation of a run. @param {any} statistics @param {Table} table */
function usualMatters(statistics, table) {
  const known = Array.from(table.values).filter((value) => !Number.isNaN(value));
  if (known.length < 2) return 0;
  const { squares } = statistics.moments({ values: known, rows: 1, width: known.length });
  return USUAL_PART * Math.sqrt(squares[0] / (known.length - 1));
}

/**
 * The largest share of futures whose difference may matter, upwards or downwards.
 *
 * @param {any} statistics @param {Table} pairs @param {number} matters @param {number} blocks
 */
function mostBeyond(statistics, pairs, matters, blocks) {
  const ends = [1, -1].flatMap((sign) => {
    const values = Float64Array.from(pairs.values, (value) => sign * value - matters);
    const found = statistics.shares({ ...pairs, values }, blocks);
    return found ? [found.above.high] : [];
  });
  return Math.max(...ends);
}

/**
 * `sim.analysis.turning.turns`
 *
 * @param {any} statistics @param {Table} pairs @param {(Parameter & Input)[]} inputs
 * @param {number} blocks @returns {Turn[]}
 */
function turnsOf(statistics, pairs, inputs, blocks) {
  /** @type {import("./statistics.js").Crossing[]} */
  const found = statistics.crossings(pairs, inputs, { blocks });
  return found.map(({ input, p, above, value, span, slope, words }) => {
    const of = inputs[input];
    return {
      ...{ parameter: of.name, label: of.label || of.name.replaceAll("_", " "), unit: of.unit ?? "" },
      ...{ above, value: value === null ? null : roundedValue(of, value, span) },
      ...{ words: words.map((i) => (of.options ?? ["false", "true"])[i]), slope, p },
    };
  });
}

/**
 * A crossing with the digits that its range supports; between two whole numbers, the middle.
 *
 * @param {Parameter & Input} input @param {number} value @param {number} span
 */
function roundedValue(input, value, span) {
  if (input.whole) return Math.floor(value) + 0.5;
  if (input.logarithm) return Number(general(value, 2));
  return roundTo(value, 2 - exponentOf(span));
}
