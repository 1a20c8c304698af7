/**
 * The futures of a page: those that `sim.study.futures` samples in Python, to the last bit.
 *
 * @typedef {object} Sampled an uncertain parameter
 * @property {string} name
 * @property {"number" | "whole" | "boolean" | "option"} kind
 * @property {string[]} [options]
 * @property {number | null} [low] of a number, as `high`
 * @property {number | null} [high]
 * @property {string} [shape] `uniform` unless given
 * @property {number | string | boolean} value the model's own, where a triangle has its peak
 * @property {number[]} [law] numbers of another shape, as `sim.study.laws.law` writes them
 *
 * @typedef {object} Links dependence among uncertain parameters, as `sim.study.dependence.Links` has it
 * @property {number[]} members
 * @property {number[]} ranks
 * @property {number[]} groups
 * @property {number[]} shared
 * @property {number[]} totals
 * @property {number[]} [leads] the column whose quantiles each has: they move together
 */

/** The most parts of a design that are independent of each other. */
const MOST_BLOCKS = 20;
/** Runs of a scenario in all futures, and in each. */
const [USUAL_RUNS, USUAL_PER_FUTURE] = [1_000, 5];
/** Codes of `sim.numerics.hypercube`. */
const SAMPLED_KINDS = ["number", "whole", "option", "part"];
/** @type {Links} */
const INDEPENDENT = { members: [], ranks: [], groups: [0], shared: [], totals: [] };
const SAMPLED_SHAPES = ["uniform", "loguniform", "triangular", "pert", "normal", "lognormal", "discrete"];

/** Of how many independent parts so many futures consist. @param {number} n */
export function blocksOf(n) {
  return Math.min(n, MOST_BLOCKS);
}

/**
 * Futures that the model lists, and what they were kept of.
 *
 * @typedef {object} Listed
 * @property {string[]} names the columns
 * @property {Float64Array} values `[future, column]`
 */

/**
 * Replace what was drawn by what the model lists, the first rows: `sim.study.model_futures.lay_listed`.
 *
 * @param {Float64Array} drawn `[future, parameter]` @param {string[]} sampled names of these columns
 * @param {Listed} listed
 */
export function layListed(drawn, sampled, { names, values }) {
  const [wide, width] = [sampled.length, names.length];
  const laid = Float64Array.from(drawn);
  const columns = names.map((name) => sampled.indexOf(name));
  const count = drawn.length / wide;
  if (columns.includes(-1) || count * width > values.length) throw new RangeError("the model lists too few futures");
  for (let f = 0; f < count; f += 1) {
    columns.forEach((column, i) => {
      laid[f * wide + column] = values[f * width + i];
    });
  }
  return laid;
}

/**
 * How many futures, 0 for central values, and how many replications in each: `sim.study.futures.sizes`.
 *
 * @param {boolean} uncertain whether a model has parameters to sample
 * @param {number} [runs] wanted in all; as many as usual unless given
 * @param {number} [most] futures that there are, where the model lists them
 * @returns {[number, number]}
 */
export function designSizes(uncertain, runs = 0, most = Infinity) {
  const wanted = runs || USUAL_RUNS;
  if (!uncertain) return [0, wanted];
  const futures = Math.min(most, Math.max(2, Math.ceil(wanted / USUAL_PER_FUTURE)));
  return [futures, Math.max(runs ? 1 : USUAL_PER_FUTURE, Math.ceil(wanted / futures))];
}

/**
 * Sample the uncertain parameters of a model: a Latin hypercube in independent blocks.
 *
 * @param {Awaited<ReturnType<typeof import("./statistics.js").loadStatistics>>} statistics
 * @param {Sampled[]} parameters @param {number} n @param {number | bigint} seed @param {Links} [links]
 * @returns {Float64Array} `[future, parameter]`; an option as its place among the words
 */
export function sampleFutures(statistics, parameters, n, seed, links = INDEPENDENT) {
  const worded = parameters.map(({ kind }) => kind === "option" || kind === "boolean");
  const laws = parameters.map(({ law, options, low, high, value }, i) => {
    if (law?.length) return law;
    return worded[i] ? [0, options?.length || 2] : [Number(low ?? NaN), Number(high ?? NaN), Number(value)];
  });
  const odd = parameters.find((_, i) => !laws[i].every(Number.isFinite));
  if (odd) throw new RangeError(`'${odd.name}' has no range, or no value of its own`);
  return statistics.futures({
    ...{ n, blocks: blocksOf(n), seed, laws, links },
    kinds: parameters.map(({ kind }, i) => {
      return codeIn(SAMPLED_KINDS, worded[i] ? "option" : links.shared.includes(i) ? "part" : kind);
    }),
    shapes: parameters.map(({ shape }) => codeIn(SAMPLED_SHAPES, shape || "uniform")),
  });
}

/** The place of a word, which must be one of them. @param {string[]} words @param {string} word */
function codeIn(words, word) {
  const code = words.indexOf(word);
  if (code < 0) throw new RangeError(`'${word}' is none of ${words.join(", ")}`);
  return code;
}

/**
 * What the engine reads in each future: a scenario's values, in which some parameters follow the futures.
 *
 * @param {ArrayLike<number>} base values of the scenario @param {string[]} names of these
 * @param {string[]} sampled names of the columns of the futures
 * @param {Iterable<string>} follows those that this scenario does not set
 * @param {ArrayLike<number>} futures `[future, parameter]`; without columns there is one row
 * @returns {Float64Array} `[future, value]`
 */
export function rowsOf(base, names, sampled, follows, futures) {
  const count = sampled.length ? futures.length / sampled.length : 1;
  const following = new Set(follows);
  const columns = names.map((name) => (following.has(name) ? sampled.indexOf(name) : -1));
  const rows = new Float64Array(count * base.length);
  for (let f = 0; f < count; f += 1) {
    columns.forEach((column, i) => {
      rows[f * base.length + i] = column < 0 ? base[i] : futures[f * sampled.length + column];
    });
  }
  return rows;
}
