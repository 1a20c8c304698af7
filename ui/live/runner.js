/**
 * Runs what a view shows: a first picture from few futures while a lever moves, and the full run when
 * it rests. What was begun for an older view is dropped.
 *
 * @typedef {import("./study.js").Study} Study
 * @typedef {import("./study.js").Policy} Policy
 * @typedef {import("./study.js").Design} Design
 *
 * @typedef {object} Side the runs of a policy, future by future
 * @property {string} scenario
 * @property {number} rows futures
 * @property {number} width replications of each
 * @property {Float64Array} outcomes `[run, outcome]`
 * @property {Int32Array} status `[run]`
 * @property {Float64Array} series `[series, time, run]`
 * @property {string[]} names of the series
 *
 * @typedef {object} Wanted what to run
 * @property {import("./setting.js").View} view that asks for it
 * @property {Policy} policy
 * @property {Policy} baseline
 * @property {Design} design
 * @property {string[]} series
 * @property {boolean} moving whether a lever is still being dragged
 *
 * @typedef {{futures: number, replications: number}} Part
 *
 * @typedef {object} Pair the runs of both, in the same futures
 * @property {Side} here
 * @property {Side} base
 * @property {Design} design
 * @property {number} blocks independent parts of these futures
 * @property {boolean} full whether all futures are in it
 */

/** Milliseconds that the runs of a first picture may take. */
const FIRST_PICTURE = 30;
/** Milliseconds of a full run that needs no first picture where no lever is held, and no bar either. */
const BRIEF = 180;
/** Milliseconds after which a newer view does not wait for a first picture any more. */
const PATIENT = 400;
/** Milliseconds that a held lever must rest before the full run begins. */
const REST = 90;
/** Sides kept, so that a step back or a look at another scenario needs no run; and numbers of all their series. */
const KEPT = 12;
const KEPT_NUMBERS = 3e7;

/**
 * @param {Study} study
 * @param {object} events
 * @param {(pair: Pair, wanted: Wanted) => Promise<void> | void} events.onPair draws; the next begins after it
 * @param {(share: number) => void} [events.onProgress] how much of a full run is done
 * @param {(error: Error) => void} events.onError
 */
export function createRunner(study, { onPair, onProgress, onError }) {
  /** @type {Map<string, Side>} */
  const kept = new Map();
  /** @type {Map<string, Side>} */
  const partial = new Map();
  /** @type {Wanted | null} */
  let queued = null;
  let [number, drawing, last] = [0, false, ""];
  /** Which of the loops below counts, and since when its first picture is computed; 0 when it is not. */
  let [turns, since] = [0, 0];
  /** The timer of the next loop. */
  let due = 0;
  /** Milliseconds of a run, as seen so far: among few, and among all of a setting. */
  let [pace, wholePace] = [0.15, 0.15];

  /** Show a view; a newer one takes its place. @param {Wanted} wanted */
  function show(wanted) {
    queued = wanted;
    number += 1;
    const isOther = !wanted.moving && nameOf(wanted.policy) !== last; // else its first runs are of use
    const isLate = since && (performance.now() - since > PATIENT || isOther);
    if (isLate || (!drawing && !due)) due = setTimeout(next); // a key moves a lever and lets it go at once
  }

  /** Begin nothing more for what was asked. */
  function halt() {
    queued = null;
    number += 1;
  }

  async function next() {
    due = 0;
    const turn = (turns += 1);
    while (queued) {
      const wanted = queued;
      queued = null;
      const mine = number;
      drawing = true;
      const fine = await first(wanted, () => turn === turns).then(() => true, fail);
      if (turn !== turns) return;
      [drawing, since] = [false, 0];
      if (fine && mine === number) void full(wanted, mine).catch(fail);
    }
  }

  /** @param {unknown} error */
  function fail(error) {
    onError(error instanceof Error ? error : new Error(String(error)));
    return false;
  }

  /**
   * Draw a first picture, unless all is known.
   *
   * @param {Wanted} wanted @param {() => boolean} counts whether no newer view took its place
   */
  async function first(wanted, counts) {
    const { design, policy, baseline } = wanted;
    const known = [policy, baseline].map((one) => keptOf(one, wanted));
    const isShown = nameOf(policy) === last;
    last = nameOf(policy);
    const missing = known.filter((side) => !side).length;
    const isBrief = wholePace * missing * design.futures * design.replications < BRIEF;
    if (!wanted.moving && (isBrief || isShown)) return;
    const part = partOf(design, missing);
    since = performance.now();
    const found = await sides(wanted, part);
    if (!found || !counts()) return;
    since = 0;
    if (queued && !queued.moving && isBrief) return; // the lever was let go meanwhile
    const runs = part.futures * part.replications;
    const blocks = Math.max(1, Math.round((design.blocks * runs) / (design.futures * design.replications)));
    await onPair({ ...found, design, blocks: design.futures > 1 ? blocks : 1, full: false }, wanted);
  }

  /**
   * What fits the time of a first picture: whole blocks of the futures, or replications of the only one.
   *
   * @param {Design} design @param {number} scenarios that must be run @returns {Part}
   */
  function partOf({ futures, replications, blocks }, scenarios) {
    if (!scenarios) return { futures, replications };
    const runs = FIRST_PICTURE / pace / scenarios;
    if (futures === 1) return { futures, replications: Math.min(replications, Math.max(20, Math.floor(runs))) };
    const block = Math.max(1, Math.round(futures / blocks));
    const most = block * Math.max(2, Math.floor(runs / replications / block));
    return { futures: Math.min(futures, most), replications };
  }

  /** Run what is left of a view, unless another is asked for. @param {Wanted} wanted @param {number} mine */
  async function full(wanted, mine) {
    if (wanted.moving) await new Promise((resolve) => setTimeout(resolve, REST));
    if (mine !== number) return;
    const { design } = wanted;
    const found = await sides(wanted, design);
    if (!found || mine !== number) return;
    drawing = true;
    try {
      await onPair({ ...found, design, blocks: design.blocks, full: true }, wanted);
    } finally {
      drawing = false;
    }
    if (queued) void next();
  }

  /**
   * The runs of both policies in a part of the design; null if they were dropped.
   *
   * @param {Wanted} wanted @param {Part} part
   */
  async function sides({ policy, baseline, design, series }, part) {
    const here = await side(policy, { design, series }, part, "setting");
    const base = here && (await side(baseline, { design, series }, part, "setting"));
    return here && base ? { here, base } : null;
  }

  /**
   * @param {Policy} policy @param {{design: Design, series: string[]}} how @param {Part} part
   * @param {string} name of the runs in the pool: a newer one takes the place of an older
   * @returns {Promise<Side | null>} null if it was dropped
   */
  async function side(policy, how, part, name) {
    const { design, series } = how;
    const key = keyOf(policy, design);
    const known = keptOf(policy, how);
    if (known) return firstOf(known, part);
    const { futures, replications } = part;
    const names = study.seriesOf(policy, series);
    const some = futures > 1 ? partial.get(key) : undefined;
    const begun = String(some?.names) === String(names) ? some : undefined;
    if (begun && begun.rows >= futures) return firstOf(begun, part);
    const first = begun?.rows ?? 0;
    const request = { ...study.requestOf(policy, design, { first, count: futures - first, series }), count: replications };
    const whole = (futures - first) * replications;
    const isWhole = futures * replications === design.futures * design.replications;
    const start = performance.now();
    let done = 0;
    const onBlock = (/** @type {any} */ block) => {
      done += block.status.length;
      const isLong = performance.now() - start > BRIEF;
      if (isWhole && isLong && name === "setting") onProgress?.(done / whole);
    };
    const block = await study.pool.run(request, { name, onBlock });
    if (!block) return null;
    const each = (performance.now() - start) / whole;
    if (whole === design.futures * design.replications) wholePace = (wholePace + each) / 2;
    else pace = (pace + each) / 2;
    const { outcomes, status, series: recorded } = block;
    const run = {
      ...{ scenario: policy.scenario, rows: futures - first, width: replications, outcomes, status },
      ...{ series: recorded, names },
    };
    const made = begun ? joinedSides(begun, run) : run;
    if (isWhole) keep(key, made);
    else if (futures > 1) begin(key, made);
    return made;
  }

  /**
   * The runs of a policy that are kept, if they have some series and perhaps others.
   *
   * @param {Policy} policy @param {{design: Design, series: string[]}} how
   */
  function keptOf(policy, { design, series }) {
    const key = keyOf(policy, design);
    const side = kept.get(key);
    if (!side || !study.seriesOf(policy, series).every((name) => side.names.includes(name))) return undefined;
    kept.delete(key); // the last to be asked for is the last to go
    kept.set(key, side);
    return side;
  }

  /** Keep the first runs of the latest settings: the full run goes on from there. @param {string} key @param {Side} side */
  function begin(key, side) {
    partial.set(key, side);
    for (const old of partial.keys()) if (partial.size > 2) partial.delete(old);
  }

  /** @param {string} key @param {Side} side */
  function keep(key, side) {
    partial.delete(key);
    kept.set(key, side);
    const isTooMuch = () => {
      const size = [...kept.values()].reduce((sum, { series }) => sum + series.length, 0);
      return kept.size > KEPT || (kept.size > 2 && size > KEPT_NUMBERS);
    };
    for (const old of kept.keys()) if (isTooMuch()) kept.delete(old);
  }

  /** @param {Policy} policy */
  function nameOf({ scenario, values }) {
    return JSON.stringify([scenario, Object.entries(values).sort()]);
  }

  /** @param {Policy} policy @param {Design} design */
  function keyOf(policy, { seed, futures, replications }) {
    return JSON.stringify([nameOf(policy), seed, futures, replications]);
  }

  /** All runs of a policy, for a view of several. @param {Policy} policy @param {Design} design @param {string[]} [series] */
  const whole = (policy, design, series = []) => side(policy, { design, series }, design, `whole ${policy.scenario}`);

  return { show, whole, halt };
}

/** The last part taken of a side: while a lever moves it is asked for again and again. @type {WeakMap<Side, Side>} */
const parts = new WeakMap();

/** The first runs of a side. @param {Side} side @param {Part} part @returns {Side} */
export function firstOf(side, { futures, replications }) {
  const [runs, whole] = [futures * replications, side.rows * side.width];
  if (runs >= whole) return side;
  const taken = parts.get(side);
  if (taken?.rows === futures && taken.width === replications) return taken;
  const width = side.outcomes.length / whole;
  const lines = side.series.length / whole;
  const series = new Float64Array(lines * runs);
  for (let line = 0; line < lines; line += 1) {
    series.set(side.series.subarray(line * whole, line * whole + runs), line * runs);
  }
  const part = {
    ...side,
    ...{ rows: futures, width: replications, series, status: side.status.slice(0, runs) },
    outcomes: side.outcomes.slice(0, runs * width),
  };
  parts.set(side, part);
  return part;
}

/** Two parts of the same runs, one after the other. @param {Side} first @param {Side} second @returns {Side} */
export function joinedSides(first, second) {
  const [one, other] = [first.status.length, second.status.length];
  const [runs, lines] = [one + other, first.series.length / one];
  const series = new Float64Array(lines * runs);
  for (let line = 0; line < lines; line += 1) {
    series.set(first.series.subarray(line * one, (line + 1) * one), line * runs);
    series.set(second.series.subarray(line * other, (line + 1) * other), line * runs + one);
  }
  const outcomes = new Float64Array(first.outcomes.length + second.outcomes.length);
  outcomes.set(first.outcomes);
  outcomes.set(second.outcomes, first.outcomes.length);
  const status = new Int32Array(runs);
  status.set(first.status);
  status.set(second.status, one);
  return { ...first, rows: first.rows + second.rows, outcomes, status, series };
}
