/**
 * What workers say of results: rows of a comparison, and the data of charts, to the last bit as Python
 * makes them. A run is a replication of a future; runs come future by future.
 *
 * @typedef {Awaited<ReturnType<typeof import("./statistics.js").loadStatistics>>} Statistics
 * @typedef {import("./statistics.js").Input} Input
 * @typedef {import("./statistics.js").Table} Table
 * @typedef {import("./comparison.js").Outcome} Outcome
 * @typedef {import("./comparison.js").Parameter} Parameter
 * @typedef {import("./rows.js").Row} Row
 *
 * @typedef {object} Runs the runs of a scenario
 * @property {string} scenario
 * @property {string} [title]
 * @property {Float64Array} outcomes `[run, outcome]`
 * @property {Int32Array} status `[run]`; 0 is success
 * @property {number} width outcomes
 *
 * @typedef {object} CompareRequest
 * @property {(Outcome & {place: number})[]} outcomes with the column of each
 * @property {Runs} here @property {Runs | null} base the baseline; null if `here` is the baseline
 * @property {number} rows futures @property {number} cols replications of each
 * @property {number} blocks independent parts of the design of the futures
 * @property {Record<string, boolean>} canDiffer by outcome, as are the next two
 * @property {Record<string, boolean>} canVary @property {Record<string, boolean>} baseVary
 * @property {import("./comparison.js").Form[]} [forms] of the model, for the same outcomes
 * @property {(Parameter & Input)[]} inputs @property {string[]} hung outcomes of which turns are wanted
 * @property {Float64Array} [points] values of the inputs, `[input, future]`, where these have none
 *
 * @typedef {object} GapRequest
 * @property {Float64Array} here `[time, run]` @property {Float64Array} base
 * @property {Int32Array} hereStatus @property {Int32Array} baseStatus
 * @property {number} rows futures @property {number} cols replications of each
 * @property {ArrayLike<number>} times those that are wanted
 *
 * @typedef {{here: ArrayLike<number>, base: ArrayLike<number>, share: boolean}} Axis
 *
 * @typedef {object} PlaneRequest
 * @property {Axis} x @property {Axis} y
 * @property {number} rows @property {number} cols @property {number} blocks
 *
 * @typedef {object} DecideRequest
 * @property {ArrayLike<number>} here an outcome of every run @property {ArrayLike<number>} base
 * @property {number} rows futures @property {number} cols replications of each
 * @property {(Parameter & Input)[]} inputs @property {Float64Array} points their values, `[input, future]`
 *
 * @typedef {object} Decided
 * @property {Float64Array} shares of the variance of the mean difference over futures, by input
 * @property {number} floor that the largest share of inputs without effect exceeds in 5 % of samples
 * @property {number} chance the share of that variance that is chance
 * @property {Float64Array} expected the expected difference in each future
 *
 * @typedef {object} Plane
 * @property {[number, number][]} dots futures; with one, runs, or none if an outcome is a share
 * @property {number[]} x low, middle, high @property {number[]} y
 * @property {number[][] | null} corners of 100 futures, by whether x and whether y is above 0
 */

import { compareOutcome } from "./comparison.js";
import { MIN_EVENTS } from "./rows.js";
import { roundTo } from "./wording.js";

/** Quantiles of bands. */
const BANDS = [0.05, 0.25, 0.5, 0.75, 0.95];
/** More dots are not drawn. */
const MAX_DOTS = 200;
/** Replications of which Python takes a mean at once. */
const AT_ONCE = 200;

/** What a worker can be asked. */
export const TASKS = { compare: compareRuns, bands: bandsOf, shares: sharesOf, gap: gapOf, plane: planeOf, decide: decided };

/** Inputs with their values in each future. @param {Pick<CompareRequest, "inputs" | "points" | "rows">} request */
function valued({ inputs, points, rows }) {
  if (!points) return inputs;
  return inputs.map((input, i) => ({ ...input, values: points.subarray(i * rows, (i + 1) * rows) }));
}

/**
 * Rows of a scenario against the baseline, and those of the baseline.
 *
 * @param {Statistics} statistics @param {CompareRequest} request @returns {{rows: Row[], base: Row[]}}
 */
function compareRuns(statistics, { outcomes, here, base, rows, cols, blocks, ...how }) {
  const side = (/** @type {Runs} */ of, /** @type {number} */ place) => {
    const values = new Float64Array(rows * cols);
    for (let run = 0; run < values.length; run += 1) values[run] = of.outcomes[run * of.width + place];
    const { scenario, title, status } = of;
    return { scenario, title, table: { values, rows, width: cols }, failed: status };
  };
  /** @type {{rows: Row[], base: Row[]}} */
  const found = { rows: [], base: [] };
  for (const { place, ...outcome } of outcomes) {
    const { name } = outcome;
    const sides = [here, base].map((of) => of && side(of, place));
    const [mine, other] = /** @type {any[]} */ (sides);
    const isHung = how.hung.includes(name);
    const inputs = isHung ? valued({ ...how, rows }) : [];
    const forms = isHung ? how.forms : [];
    const can = { canDiffer: how.canDiffer[name], canVary: how.canVary[name] };
    found.rows.push(compareOutcome(statistics, outcome, mine, other, { blocks, inputs, forms, ...can }));
    const canVary = how.baseVary[name];
    if (other) found.base.push(compareOutcome(statistics, outcome, other, null, { blocks, canVary }));
  }
  return found;
}

/**
 * Quantiles of a series over the runs that did not fail: `[level, time]`
 *
 * @param {Statistics} statistics @param {{values: Float64Array, status: Int32Array}} request `[time, run]`
 * @returns {Float64Array}
 */
function bandsOf(statistics, { values, status }) {
  const rows = values.length / status.length;
  const { kept, width } = successful(values, status);
  if (!width) return new Float64Array(BANDS.length * rows).fill(NaN);
  return statistics.bands({ values: kept, rows, width }, BANDS);
}

/**
 * Shares of the runs that did not fail at each option: `[option, time]`
 *
 * @param {Statistics} _ @param {{values: Float64Array, status: Int32Array, options: number}} request
 * @returns {Float64Array}
 */
function sharesOf(_, { values, status, options }) {
  const rows = values.length / status.length;
  const { kept, width } = successful(values, status);
  const found = new Float64Array(options * rows);
  for (let time = 0, i = 0; time < rows; time += 1) {
    for (const end = i + width; i < end; i += 1) found[kept[i] * rows + time] += 1;
  }
  return found.map((count) => count / width);
}

/** A series without failed runs. @param {Float64Array} values @param {Int32Array} status */
function successful(values, status) {
  const runs = status.length;
  const width = status.reduce((n, failed) => n + (failed ? 0 : 1), 0);
  return { kept: width === runs ? values : values.filter((_, i) => !status[i % runs]), width };
}

/**
 * Quantiles over futures of the expected difference at some times: `[level, time]`. With one future the
 * mean difference stands in the middle.
 *
 * @param {Statistics} statistics @param {GapRequest} request @returns {Float64Array}
 */
function gapOf(statistics, { here, base, hereStatus, baseStatus, rows, cols, times }) {
  const runs = rows * cols;
  const sides = [here, base].map((values) => {
    if (times.length * runs === values.length) return values;
    const picked = new Float64Array(times.length * runs);
    for (let k = 0; k < times.length; k += 1) {
      picked.set(values.subarray(times[k] * runs, (times[k] + 1) * runs), k * runs);
    }
    return picked;
  });
  const statuses = [hereStatus, baseStatus];
  if (rows < 2) {
    const [one, other] = sides.map((values, i) => meansOf(statistics, values, statuses[i]));
    const found = new Float64Array(BANDS.length * times.length).fill(NaN);
    one.forEach((mean, k) => (found[2 * times.length + k] = mean - other[k]));
    return found;
  }
  const [one, other] = sides.map((values, i) => halvesOf(statistics, values, statuses[i], rows, cols));
  one.counts.forEach((count, cell) => {
    const isPaired = count === other.counts[cell]; // else failed runs have no twin
    for (let at = cell * times.length; at < (cell + 1) * times.length; at += 1) {
      one.means[at] = isPaired ? one.means[at] - other.means[at] : NaN;
    }
  });
  return statistics.ranges(one.means, one.counts, BANDS);
}

/**
 * Means of the runs that did not fail, by time, in the steps that `sim.execution` takes.
 *
 * @param {Statistics} statistics @param {Float64Array} values `[time, run]` @param {Int32Array} status
 * @returns {Float64Array}
 */
function meansOf(statistics, values, status) {
  const runs = status.length;
  const rows = values.length / runs;
  let [means, counted] = [new Float64Array(rows).fill(NaN), 0];
  for (let first = 0; first < runs; first += AT_ONCE) {
    const end = Math.min(first + AT_ONCE, runs);
    const part = values.filter((_, i) => i % runs >= first && i % runs < end);
    const { kept, width } = successful(part, status.subarray(first, end));
    if (!width) continue;
    const more = statistics.moments({ values: kept, rows, width }).means;
    const share = width / (counted + width);
    means = counted ? means.map((mean, k) => mean + (more[k] - mean) * share) : more;
    counted += width;
  }
  return means;
}

/**
 * Means of the even and of the odd replications of each future that did not fail: `[future, half, time]`,
 * and how many these are.
 *
 * @param {Statistics} statistics @param {Float64Array} values `[time, run]` @param {Int32Array} status
 * @param {number} rows @param {number} cols
 */
function halvesOf(statistics, values, status, rows, cols) {
  const runs = rows * cols;
  const points = values.length / runs;
  const [means, counts] = [new Float64Array(2 * rows * points), new Float64Array(2 * rows)];
  const isWhole = cols <= AT_ONCE && !status.some(Boolean);
  const size = isWhole ? rows : 1;
  for (let row = 0; row < rows; row += size) {
    for (let first = 0; first < cols; first += AT_ONCE) {
      const kept = [];
      for (let place = first; place < Math.min(first + AT_ONCE, cols); place += 1) {
        if (isWhole || !status[row * cols + place]) kept.push(place);
      }
      const width = kept.length;
      if (!width) continue;
      const some = isWhole ? values : new Float64Array(points * width);
      if (!isWhole) {
        for (let i = 0; i < some.length; i += 1) {
          some[i] = values[Math.floor(i / width) * runs + row * cols + kept[i % width]];
        }
      }
      const half = kept.map((place) => place % 2);
      const odd = half.reduce((n, side) => n + side, 0);
      const sums = statistics.halfSums({ values: some, rows: points * size, width }, half);
      for (let i = 0; i < 2 * size; i += 1) {
        const cell = 2 * row + i;
        counts[cell] += i % 2 ? odd : width - odd;
        let from = (i % 2) * points * size + Math.floor(i / 2);
        for (let at = cell * points; at < (cell + 1) * points; at += 1, from += size) means[at] += sums[from];
      }
    }
  }
  for (let at = 0; at < means.length; at += 1) means[at] /= counts[Math.floor(at / points)];
  return { means, counts };
}

/**
 * Two differences against each other, future by future: dots, the middle and the range of each, and
 * how many futures lie in which corner.
 *
 * @param {Statistics} statistics @param {PlaneRequest} request @returns {Plane}
 */
function planeOf(statistics, { x, y, rows, cols, blocks }) {
  const tables = [x, y].map(({ here, base, share }) => {
    const k = share ? 100 : 1;
    return { values: Float64Array.from(here, (value, i) => (value - base[i]) * k), rows, width: cols };
  });
  const places = tables.map((table, turn) => (rows > 1 ? statistics.expected(table, turn) : table.values));
  /** @type {[number, number][]} */
  const dots = [];
  places[0].forEach((value, i) => {
    if (Number.isFinite(value) && Number.isFinite(places[1][i])) dots.push([value, places[1][i]]);
  });
  const [across, up] = tables.map((table, i) => barOf(statistics, table, [x, y][i].share, blocks));
  const corners = rows > 1 ? cornersOf(statistics, tables, dots, blocks) : null;
  const isCloud = rows > 1 || !(x.share || y.share); // a run is no share: Python resamples runs then
  return { dots: isCloud ? dots.slice(0, MAX_DOTS) : [], x: across, y: up, corners };
}

/**
 * What the inputs explain of a difference, `sim.analysis.given_data.importance`.
 *
 * @param {Statistics} statistics @param {DecideRequest} request @returns {Decided}
 */
function decided(statistics, { here, base, rows, cols, ...of }) {
  const table = { values: Float64Array.from(here, (value, i) => value - base[i]), rows, width: cols };
  const { between, noise } = statistics.components(table);
  const chance = Number.isNaN(noise) ? 0 : between > 0 ? noise / (between + noise) : 1; // with one replication it is not known
  const expected = statistics.expected(table);
  return { ...statistics.ratios(table, valued({ ...of, rows })), chance, expected };
}

/**
 * The low end, the middle and the high end of a bar.
 *
 * @param {Statistics} statistics @param {Table} table @param {boolean} isShare @param {number} blocks
 */
function barOf(statistics, table, isShare, blocks) {
  const over = table.rows > 1 ? statistics.spread(table) : null;
  if (over) return [over.low, over.middle, over.high];
  const share = isShare && !Array.from(table.values).some((value) => value < 0);
  const k = share ? 100 : 1;
  const values = Float64Array.from(table.values, (value) => value / k);
  const { low, mean, high } = statistics.estimate({ ...table, values }, { share, blocks });
  return [low * k, mean * k, high * k];
}

/**
 * `sim.charts.clouds.quadrants`, as futures of a hundred
 *
 * @param {Statistics} statistics @param {Table[]} tables @param {[number, number][]} dots
 * @param {number} blocks
 */
function cornersOf(statistics, tables, dots, blocks) {
  const differ = tables.map(({ values }) => Array.from(values).filter((value) => Math.abs(value) > 0).length);
  if (Math.min(...differ) < MIN_EVENTS || !dots.length) return null;
  const alone = tables.map((table) => statistics.shares(table, blocks));
  const cells = Array.from({ length: 9 }, () => 0);
  for (const [a, b] of dots) cells[3 * (Math.sign(a) + 1) + Math.sign(b) + 1] += 1 / dots.length;
  let table = cells.map((cell) => cell + 1e-6); // a quadrant without a dot may still have its part
  const wanted = [];
  for (const found of alone) {
    if (!found) return null;
    const [above, below] = [found.above.mean, found.below.mean];
    wanted.push([below, Math.max(0, 1 - above - below), above]);
  }
  for (let turn = 0; turn < 50; turn += 1) {
    wanted.forEach((aim, axis) => {
      const group = (/** @type {number} */ cell) => (axis ? cell % 3 : Math.floor(cell / 3));
      const have = [0, 0, 0];
      table.forEach((value, cell) => (have[group(cell)] += value));
      const part = aim.map((share, i) => (have[i] > 0 ? share / have[i] : 0));
      table = table.map((value, cell) => value * part[group(cell)]);
    });
  }
  return [0, 6].map((row) => [0, 2].map((column) => roundTo(100 * table[row + column], 0)));
}
