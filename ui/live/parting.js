/**
 * Where two runs of the same luck part, and which run to look at; as `sim.engine.trace`,
 * `sim.charts.timeline` and `sim.analysis.paired_traces` have it in Python.
 *
 * @typedef {import("../../sim/browser/engine.js").Occurrence} Occurrence
 * @typedef {import("../../sim/browser/engine.js").Story} Story
 *
 * @typedef {object} Pair an occurrence in two stories; null where one does not have it
 * @property {Occurrence | null} here
 * @property {Occurrence | null} there
 * @property {"same" | "here" | "there" | "moved" | "otherwise"} kind only in one of them, at another
 * time, or at the same time with another text or effect
 * @property {number} time of the earlier of the two
 *
 * @typedef {{name: string, here: unknown, there: unknown}} Apart a lever or parameter that differs
 */

/** Share of the runs beyond the one that stands for the worst or best of them. */
const EDGE_SHARE = 0.05;

/**
 * Pair the occurrences of two stories: the same event, brought about in the same way for the same time
 * of counting. In order of time, those of the first story before others of the same time.
 *
 * @param {Occurrence[]} here @param {Occurrence[]} there
 * @returns {Pair[]}
 */
export function pairedOccurrences(here, there) {
  const keyed = (/** @type {Occurrence[]} */ all) =>
    new Map(all.map((one) => [JSON.stringify([one.event, one.cause, one.number]), one]));
  const [ours, theirs] = [keyed(here), keyed(there)];
  const keys = new Set([...ours.keys(), ...theirs.keys()]);
  const pairs = Array.from(keys, (key) => occurrencePair(ours.get(key) ?? null, theirs.get(key) ?? null));
  return pairs.sort((a, b) => a.time - b.time);
}

/** @param {Occurrence | null} here @param {Occurrence | null} there @returns {Pair} */
function occurrencePair(here, there) {
  if (!here || !there) {
    const time = /** @type {Occurrence} */ (here ?? there).time;
    return { here, there, kind: here ? "here" : "there", time };
  }
  const kind = here.time !== there.time ? "moved" : isSameThroughout(here, there) ? "same" : "otherwise";
  return { here, there, kind, time: Math.min(here.time, there.time) };
}

/**
 * Whether two values of the same shape are equal in all parts.
 *
 * @param {any} one @param {any} other @returns {boolean}
 */
function isSameThroughout(one, other) {
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) {
    return one === other;
  }
  const names = Object.keys(one);
  const count = Object.keys(other).length;
  return names.length === count && names.every((name) => isSameThroughout(one[name], other[name]));
}

/** The first pair that differs; null where two stories are the same. @param {Pair[]} pairs */
export function partingOf(pairs) {
  return pairs.find(({ kind }) => kind !== "same") ?? null;
}

/**
 * The first difference that is not the settings' own doing: an occurrence of both stories that moved or
 * turned out otherwise, or of one alone, whose event reads no setting that differs.
 *
 * @param {Pair[]} pairs @param {Apart[]} apart @param {(event: string) => Iterable<string>} readsOf
 * @returns {Pair | null}
 */
export function consequenceOf(pairs, apart, readsOf) {
  const names = new Set(apart.map(({ name }) => name));
  const first = partingOf(pairs);
  const isOwn = (/** @type {Pair} */ pair) => [...readsOf(earlierOf(pair).event)].some((name) => names.has(name));
  return pairs.find((pair) => pair.kind !== "same" && pair !== first && !isOwn(pair)) ?? null;
}

/** The earlier of a pair, the first story's if both are at once. @param {Pair} pair @returns {Occurrence} */
export function earlierOf({ here, there }) {
  if (!here || !there) return /** @type {Occurrence} */ (here ?? there);
  return there.time < here.time ? there : here;
}

/**
 * Why two runs part: the settings that differ and that the parting occurrence, or the event that brought
 * it about, reads.
 *
 * @param {Pair} pair the first that differs
 * @param {Apart[]} apart settings that differ, in the order of the model
 * @param {(event: string) => Iterable<string>} readsOf names of the levers and parameters that an event
 * reads, through other quantities too
 * @param {(event: string) => boolean} isShared whether both models have an event
 * @returns {{reads: Apart[], lone: string, differ: Apart[]}} the settings it depends on; else the event
 * that only one of the models has; else the first settings that differ
 */
export function partingCause(pair, apart, readsOf, isShared) {
  const { event, cause } = earlierOf(pair);
  const events = cause.includes("->") ? [event, cause.split("->")[0]] : [event];
  const read = new Set(events.flatMap((name) => [...readsOf(name)]));
  const reads = apart.filter(({ name }) => read.has(name));
  const lone = !reads.length && !events.every(isShared) ? event : "";
  return { reads, lone, differ: reads.length || lone ? [] : apart.slice(0, 4) };
}

/** Numbers of the runs that did not fail. @param {ArrayLike<number>} status @returns {number[]} */
export function completedRuns(status) {
  return Array.from(status, (code, run) => (code === 0 ? run : -1)).filter((run) => run >= 0);
}

/**
 * The run nearest to the middle of all in some outcomes; null where every run failed.
 *
 * @param {ArrayLike<number>} outcomes `[run, outcome]`
 * @param {number} width outcomes of a run
 * @param {ArrayLike<number>} status `[run]`
 * @param {number[]} columns of the outcomes that count
 * @returns {number | null}
 */
export function typicalRun(outcomes, width, status, columns) {
  const runs = completedRuns(status);
  if (!runs.length) return null;
  const distance = new Float64Array(runs.length);
  for (const column of columns) {
    const values = Float64Array.from(runs, (run) => finiteNumber(outcomes[run * width + column]));
    const spread = numpyDeviation(values);
    if (!(spread > 0)) continue;
    const scaled = values.map((value) => value / spread);
    const middle = medianOf(scaled);
    scaled.forEach((value, i) => (distance[i] += Math.abs(value - middle)));
  }
  let nearest = 0;
  distance.forEach((far, i) => {
    if (far < distance[nearest]) nearest = i;
  });
  return runs[nearest];
}

/**
 * The run at the edge of the worst or best 5 in 100 by one outcome; null where every run failed. An
 * outcome that never came about counts as the worst.
 *
 * @param {ArrayLike<number>} outcomes @param {number} width @param {ArrayLike<number>} status
 * @param {number} column @param {string} goal `minimize`, or else more is better
 * @param {boolean} worst
 * @returns {number | null}
 */
export function rankedRun(outcomes, width, status, column, goal, worst) {
  const sign = goal === "minimize" ? 1 : -1;
  const ranked = completedRuns(status).map((run) => {
    const value = outcomes[run * width + column];
    return { run, loss: Number.isNaN(value) ? Infinity : sign * value };
  });
  if (!ranked.length) return null;
  ranked.sort((a, b) => (a.loss < b.loss ? -1 : a.loss > b.loss ? 1 : 0));
  const rank = Math.trunc(EDGE_SHARE * (ranked.length - 1));
  return ranked[worst ? ranked.length - 1 - rank : rank].run;
}

/** A number, as `numpy.nan_to_num` makes it. @param {number} value */
function finiteNumber(value) {
  if (Number.isNaN(value)) return 0;
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));
}

/** The standard deviation, to the bit as numpy's. @param {Float64Array} values */
function numpyDeviation(values) {
  const mean = pairwiseSum(values) / values.length;
  const squares = values.map((value) => (value - mean) * (value - mean));
  return Math.sqrt(pairwiseSum(squares) / values.length);
}

/** The median. @param {Float64Array} values */
function medianOf(values) {
  const sorted = values.slice().sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * A sum in the order in which numpy adds, so that runs at equal distances tie alike.
 *
 * @param {Float64Array} x @returns {number}
 */
function pairwiseSum(x) {
  const n = x.length;
  if (n > 128) {
    const half = (n >> 1) - ((n >> 1) % 8);
    return pairwiseSum(x.subarray(0, half)) + pairwiseSum(x.subarray(half));
  }
  const whole = n < 8 ? 0 : n - (n % 8);
  let total = 0;
  if (whole) {
    const r = x.slice(0, 8);
    for (let i = 8; i < whole; i += 1) r[i % 8] += x[i];
    total = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
  }
  for (let i = whole; i < n; i += 1) total += x[i];
  return total;
}
