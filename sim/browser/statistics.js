/**
 * The library's own statistics in a page, in a worker or in Node, to the last bit as in Python: the
 * module that `sim.statistics.web_library` compiles.
 *
 * @typedef {object} Table values by future and replication, `NaN` where there is none
 * @property {ArrayLike<number>} values `[future, replication]`, row by row
 * @property {number} rows futures
 * @property {number} width replications of each
 *
 * @typedef {object} Estimate as `sim.statistics.estimates.Estimate`
 * @property {number} mean
 * @property {number} low
 * @property {number} high
 * @property {number} n
 * @property {boolean} skewed
 *
 * @typedef {object} Components as `sim.statistics.nested.Components`
 * @property {number} mean
 * @property {number} between
 * @property {number} within
 * @property {number} noise
 * @property {number} futures
 * @property {number} runs
 *
 * @typedef {object} Spread as `sim.statistics.nested.Spread`
 * @property {number} low
 * @property {number} middle
 * @property {number} high
 * @property {Components} parts
 *
 * @typedef {object} Input an uncertain parameter
 * @property {ArrayLike<number>} values its value in each future; of words the number among the options
 * @property {number} [words] how many options it has, 2 of yes and no; left out of a number
 * @property {boolean} [logarithm] whether it is sampled on the scale of its logarithm
 *
 * @typedef {object} Crossing what a difference says of an input that its sign hangs on
 * @property {number} input its place
 * @property {number} p
 * @property {boolean | null} above whether the difference is higher above the value; null of words
 * @property {number | null} value where it crosses 0, before it is rounded
 * @property {number} span
 * @property {number} slope
 * @property {number[]} words the options with a positive difference, where the sign turns among them
 */

import { loadModule, PAGE } from "./engine.js";

/** The ends and the middle of a range over futures. */
const RANGE = [0.05, 0.5, 0.95];
/** Shuffled samples that say what chance alone explains. */
const SHUFFLES = 200;

/** Load the module. @param {BufferSource | WebAssembly.Module} wasm */
export async function loadStatistics(wasm) {
  const { layout, memory, exports } = await loadModule(wasm, ({ format, functions, free }) => {
    if (format !== 1 || !functions) throw new TypeError("these are no statistics of format 1");
    return free;
  });
  return statisticsOf(layout, memory, exports);
}

/**
 * @param {any} layout @param {WebAssembly.Memory} memory @param {Record<string, Function>} exports
 */
function statisticsOf(layout, memory, exports) {
  /**
   * Call a function. An array is copied in; `{room: n}` is n slots to work in, with a `name` returned.
   *
   * @param {string} name @param {any[]} given
   * @returns {Record<string, any>} the rooms with a name, and `found`, what the function returns
   */
  function call(name, ...given) {
    /** @type {string[]} */
    const kinds = layout.functions[name];
    const places = given.map(() => 0);
    let end = layout.free;
    given.forEach((value, i) => {
      if (!kinds[i].endsWith("s")) return;
      places[i] = end;
      end += 16 + Math.ceil((value.room ?? value.length) / 2) * 16;
    });
    const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE);
    if (missing > 0) memory.grow(missing);
    const { buffer } = memory;
    const flat = given.flatMap((value, i) => {
      if (kinds[i] === "float") return [value];
      if (!kinds[i].endsWith("s")) return [BigInt(value)];
      const size = value.room ?? value.length;
      if (value.room === undefined && kinds[i] === "floats") {
        new Float64Array(buffer, places[i], size).set(value);
      } else if (value.room === undefined) {
        new BigInt64Array(buffer, places[i], size).set(Array.from(value, BigInt));
      }
      return [places[i], BigInt(size)];
    });
    const found = exports[name](...flat);
    /** @type {Record<string, any>} */
    const out = { found: typeof found === "bigint" ? Number(found) : found };
    given.forEach((value, i) => {
      if (!value.name) return;
      const floats = kinds[i] === "floats";
      const view = floats
        ? new Float64Array(buffer, places[i], value.room).slice()
        : Array.from(new BigInt64Array(buffer, places[i], value.room), Number);
      out[value.name] = view;
    });
    return out;
  }

  const room = (/** @type {number} */ size, name = "") => ({ room: size, name });
  const rooms = (/** @type {number} */ count, /** @type {number} */ size) =>
    Array.from({ length: count }, () => room(size));

  /** @param {Table} table @param {number} [blocks] */
  function unitsOf({ values, rows, width }, blocks = 0) {
    const size = rows === 1 ? width : rows;
    return { given: [values, rows, width, blocks && blocks < rows ? blocks : rows], room: rooms(2, size) };
  }

  /** @param {Float64Array} out @returns {Estimate} */
  function estimateOf([mean, low, high, n, skewed]) {
    return { mean, low, high, n, skewed: skewed !== 0 };
  }

  /** @param {Float64Array} parts @returns {Components} */
  function componentsOf([mean, between, within, noise, futures, runs]) {
    return { mean, between, within, noise, futures, runs };
  }

  /** Differences of two tables of the same shape. @param {Table} here @param {Table} base @returns {Table} */
  function minus(here, base) {
    const values = Float64Array.from(here.values, (value, i) => value - base.values[i]);
    return { ...here, values };
  }

  /** `sim.statistics.estimates.estimate` @param {Table} table @param {{share: boolean, blocks?: number}} how */
  function estimate(table, { share, blocks }) {
    const { given, room: work } = unitsOf(table, blocks);
    return estimateOf(call("estimate", ...given, share, room(5, "out"), ...work).out);
  }

  /**
   * `sim.statistics.estimates.paired`, of differences
   *
   * @param {Table} table @param {{share: boolean, blocks?: number, canDiffer?: boolean}} how
   */
  function paired(table, { share, blocks, canDiffer = true }) {
    const { given, room: work } = unitsOf(table, blocks);
    return estimateOf(call("paired", ...given, share, canDiffer, room(5, "out"), ...work).out);
  }

  /** `sim.statistics.estimates.p_value` @param {Table} table @param {{share: boolean, blocks?: number}} how */
  function pValue(table, { share, blocks }) {
    const { given, room: work } = unitsOf(table, blocks);
    const p = call("zero_test", ...given, share, room(1), ...work).found;
    return Number.isNaN(p) ? null : /** @type {number} */ (p);
  }

  /** `sim.statistics.nested.components` @param {Table} table */
  function components({ values, rows, width }) {
    return componentsOf(call("split", values, rows, width, room(6, "parts"), ...rooms(3, rows)).parts);
  }

  /** `sim.statistics.nested.spread` @param {Table} table @returns {Spread | null} */
  function spread({ values, rows, width }) {
    const { out, parts, found } = call(
      ...["spread", values, rows, width, RANGE, room(3, "out"), room(6, "parts")],
      ...[...rooms(4, rows), ...rooms(2, 16), room(16 * rows), room(32 * rows)],
    );
    return found ? { low: out[0], middle: out[1], high: out[2], parts: componentsOf(parts) } : null;
  }

  /**
   * `sim.statistics.nested.shares`
   *
   * @param {Table} table @param {number} blocks @returns {{above: Estimate, below: Estimate} | null}
   */
  function shares({ values, rows, width }, blocks) {
    const size = Math.max(rows, 256);
    const { out, found } = call(
      ...["shares", values, rows, width, blocks, room(6, "out"), room(6), ...rooms(9, size)],
    );
    if (!found) return null;
    const [above, below] = [0, 3].map((i) => estimateOf(Float64Array.of(...out.slice(i, i + 3), found, 0)));
    return { above, below };
  }

  /** `sim.statistics.nested.expected` @param {Table} table @returns {Float64Array} */
  function expected({ values, rows, width }, turn = 0) {
    return call(
      ...["expected", values, rows, width, turn % 3, room(rows, "out"), room(6), ...rooms(6, rows)],
      ...rooms(3, rows),
    ).out;
  }

  /**
   * `sim.statistics.nested.ranges`: `[level, time]`
   *
   * @param {ArrayLike<number>} halves `[future, half, time]`, means of the even and odd replications
   * @param {ArrayLike<number>} counts `[future, half]` @param {ArrayLike<number>} [levels]
   * @returns {Float64Array}
   */
  function ranges(halves, counts, levels = RANGE) {
    const rows = counts.length / 2;
    const times = halves.length / counts.length;
    return call(
      ...["ranges", halves, counts, rows, times, levels, room(levels.length * times, "out"), room(6)],
      ...[...rooms(4, rows), ...rooms(2, 16), room(16 * rows), room(32 * rows)],
    ).out;
  }

  /**
   * Quantiles of each row, as of a fan: `[level, row]`
   *
   * @param {Table} table @param {ArrayLike<number>} levels @returns {Float64Array}
   */
  function bands({ values, rows, width }, levels) {
    const out = room(levels.length * rows, "out");
    return call("bands", values, rows, width, levels, out, room(width), room(2 * width)).out;
  }

  /** The mean of each row, and the sum of squares around it. @param {Table} table */
  function moments({ values, rows, width }) {
    const { means, squares } = call(
      ...["moments", values, rows, width, room(rows, "means"), room(rows, "squares")],
    );
    return { means, squares };
  }

  /**
   * Sums of the even and of the odd replications of each row: `[half, row]`
   *
   * @param {Table} table @param {ArrayLike<number>} half 0 or 1 for each replication
   * @returns {Float64Array}
   */
  function halfSums({ values, rows, width }, half) {
    return call("half_sums", values, rows, width, half, room(2 * rows, "out")).out;
  }

  /**
   * `sim.analysis.turning.turns`, without names and before values are rounded
   *
   * @param {Table} table paired differences @param {Input[]} inputs
   * @param {{blocks?: number, most?: number}} [how] @returns {Crossing[]}
   */
  function crossings({ values, rows, width }, inputs, { blocks = 0, most = 3 } = {}) {
    if (!inputs.length) return [];
    const x = new Float64Array(inputs.length * rows);
    inputs.forEach((input, k) => x.set(input.values, k * rows));
    const kinds = inputs.map(({ words, logarithm }) => (words ? 2 : logarithm ? 1 : 0));
    const starts = [0];
    for (const { words } of inputs) starts.push(starts[starts.length - 1] + (words ? words - 1 : 1));
    const size = starts[starts.length - 1] + 1;
    const groups = blocks && blocks * 10 <= rows ? blocks : 1;
    const hung = call(
      ...["hang", values, rows, width, x, kinds, starts, most, room(most, "places")],
      ...[room(most, "tails"), room(rows, "kept"), room(rows, "y"), room(rows, "root")],
      ...[room(groups, "ends"), room(rows), ...rooms(3, size * rows), room(inputs.length)],
      ...[room(inputs.length), room(rows), room(size), ...rooms(2, rows)],
    );
    const told = /** @type {number} */ (hung.found);
    if (!told) return [];
    const wide = Math.max(size, rows);
    const { out } = call(
      ...["cross", x, rows, kinds, starts, hung.places, told, hung.kept, hung.ends[groups - 1]],
      ...[hung.y, hung.root, room(5 * told, "out"), room(size * rows), ...rooms(2, wide)],
      ...[room(size * size), ...rooms(2, wide), ...rooms(2, rows)],
    );
    return hung.places.slice(0, told).map((/** @type {number} */ input, /** @type {number} */ k) => {
      const [above, value, span, slope, mask] = out.slice(5 * k, 5 * k + 5);
      const words = inputs[input].words ?? 0;
      return {
        ...{ input, p: hung.tails[k], above: words ? null : above > 0, span, slope },
        value: Number.isNaN(value) ? null : value,
        words: Array.from({ length: words }, (_, i) => i).filter((i) => Math.floor(mask / 2 ** i) % 2),
      };
    });
  }

  /**
   * What share of the variance over futures each input explains, and the floor that chance alone stays
   * under: `sim.analysis.given_data.ratios`
   *
   * @param {Table} table paired differences @param {Input[]} inputs
   * @returns {{shares: Float64Array, floor: number}}
   */
  function ratios({ values, rows, width }, inputs) {
    const x = new Float64Array(inputs.length * rows);
    inputs.forEach((input, k) => x.set(input.values, k * rows));
    const words = inputs.map((input) => input.words ?? 0);
    const bins = binsOf(known({ values, rows, width }));
    const cells = Math.max(bins, ...words, 1);
    const { out } = call(
      ...["explain", values, rows, width, x, words, bins, SHUFFLES, room(inputs.length + 1, "out"), room(rows)],
      ...[room(rows), room(inputs.length * rows), room(SHUFFLES), room(rows), room(Math.max(rows, SHUFFLES))],
      ...[...rooms(2, rows), ...rooms(2, cells), room(1)],
    );
    return { shares: out.slice(0, -1), floor: out[inputs.length] };
  }

  /**
   * Futures of a Latin hypercube, `[future, parameter]`; `sampleFutures` fills in what is needed.
   *
   * @param {{n: number, blocks: number, seed: number | bigint, kinds: number[], shapes: number[],
   *   laws: number[][], links: import("./futures.js").Links}} design codes and laws as in `sim.numerics.shapes`
   * @returns {Float64Array}
   */
  function futures({ n, blocks, seed, kinds, shapes, laws, links }) {
    const { members, ranks, groups, shared, totals, leads = [] } = links;
    const out = room(n * kinds.length, "out");
    const starts = [0];
    for (const law of laws) starts.push(starts[starts.length - 1] + law.length);
    const most = Math.ceil(n / blocks);
    return call(
      ...["futures", n, blocks, seed, kinds, shapes, starts, laws.flat(), members, ranks, groups, shared, totals, leads],
      ...[out, room(most * kinds.length), room(10), room(most * members.length), room(3 * ranks.length)],
      room(shared.length),
    ).out;
  }

  return {
    ...{ minus, estimate, paired, pValue, components, spread, shares, expected, ranges },
    ...{ bands, moments, halfSums, crossings, ratios, futures },
  };
}

/** How many futures have a value. @param {Table} table */
function known({ values, rows, width }) {
  let count = 0;
  for (let row = 0; row < rows; row += 1) {
    let some = false;
    for (let i = row * width; i < (row + 1) * width; i += 1) some ||= values[i] === values[i];
    count += Number(some);
  }
  return count;
}

/** `sim.analysis.correlation_ratio.bins_of` @param {number} n */
function binsOf(n) {
  return Math.max(2, Math.min(20, Math.round(n ** (1 / 3) * 1.2)));
}
