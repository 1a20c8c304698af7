/**
 * What Drivers runs: each lever alone, and more futures of the setting and its baseline.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("./study.js").Study} Study
 * @typedef {import("./study.js").Policy} Policy
 * @typedef {import("./study.js").Design} Design
 * @typedef {import("./runner.js").Side} Side
 * @typedef {import("./setting.js").View} View
 * @typedef {import("./setting.js").Value} Value
 * @typedef {ReturnType<typeof import("./runner.js").createRunner>} Runner
 * @typedef {{lever: any, value: Value, before: Value, rows: Row[], rough: boolean}} Move `rough` is one of
 * which only a first look was taken
 * @typedef {object} Moves
 * @property {Move[]} moves @property {string} title of the setting
 * @property {number} done @property {number} of moves that are run whole @property {number} seconds left
 *
 * @typedef {object} Decision what the assumptions explain of the difference
 * @property {any[]} inputs @property {Float64Array} points `[input, future]`
 * @property {Float64Array} shares of the variance over futures, by input @property {number} floor
 * @property {number} chance @property {Float64Array} expected the difference in each future
 * @property {number} futures @property {number} replications
 * @property {Row | undefined} row of the outcome asked for
 * @property {number} most futures that can be run
 */

import { judgedOf, sizeOfDifference, sideOf } from "../../sim/browser/rows.js";
import { foldMembers } from "./members.js";
import { compareSides } from "./picture.js";
import { firstOf, joinedSides } from "./runner.js";
import { settingsOf, shortTitleOf, sizesOf, valueOf } from "./setting.js";

/** Of the futures, those of a first look at each lever. */
const FIRST_LOOK = 0.2;
/** Runs asked for at once: what is not wanted any more ends after them. */
const AT_ONCE = 500;
/** Runs of a policy that a reader can ask for. */
const MOST_RUNS = 5000;

/** The share of the newest measurement in a cost, and the milliseconds of work before the rest is told. */
const [LATE, MEASURED] = [0.2, 1000];

/** How far a move moves an outcome, in differences that matter. @param {Move} move @param {string} outcome */
export function weightOf(move, outcome) {
  const row = rowOf(move, outcome);
  return row?.matters ? sizeOfDifference(row) / row.matters : 0;
}

/** @param {Move} move @param {string} outcome */
export function rowOf({ rows }, outcome) {
  return rows.find((row) => row.outcome === outcome);
}

/** 0 where a move matters in most futures, 1 where that depends, 2 where too few runs tell, else 3. @param {Row | undefined} row */
export function rankOf(row) {
  if (!row || !row.events) return 3;
  if (sideOf(row)) return 0;
  return { "depends on the assumptions": 1, "not settled": 2, "too few": 2, "too few events": 2 }[row.verdict] ?? 3;
}

/** Moves, those that matter first. @param {Move[]} moves @param {string} outcome */
export function ranked(moves, outcome) {
  const key = new Map(moves.map((move) => [move, [rankOf(rowOf(move, outcome)), -weightOf(move, outcome)]]));
  const of = (/** @type {Move} */ move) => /** @type {number[]} */ (key.get(move));
  return [...moves].sort((a, b) => of(a)[0] - of(b)[0] || of(a)[1] - of(b)[1]);
}

/** Of moves in their order, the first that is better in most futures. @param {Move[]} moves @param {string} outcome */
export function mostHelpful(moves, outcome) {
  return moves.find((move) => {
    const row = rowOf(move, outcome);
    return row && sideOf(row) && judgedOf(row) === "better";
  });
}

/**
 * Run every move of every lever, each alone: a first look at all, then those whole that matter most.
 *
 * @param {Study} study @param {Runner} runner @param {View} view @param {string} asked the outcome
 * @param {(found: Moves) => void} onMoves @param {() => boolean} wanted whether to go on
 * @returns {Promise<boolean>} whether all were run
 */
export async function moveEach(study, runner, view, asked, onMoves, wanted) {
  const { document } = study;
  const design = study.designOf(view);
  const { policy } = settingsOf(document, view);
  const title = shortTitleOf(document, policy);
  const base = await runner.whole(policy, design);
  if (!base || !wanted()) return false;
  const cases = movesOf(document, view);
  const outcomes = [...new Set([asked, ...document.headlines])];
  const first = design.futures > 1 ? Math.max(2, Math.round(design.futures * FIRST_LOOK)) : 0;
  const each = design.futures * design.replications;
  const left = stopwatch();
  /** @type {Map<any, {side: Side | null, move: Move}>} */
  const known = new Map();
  let done = 0;
  const tell = () => {
    const moves = [...known.values()].map(({ move }) => move);
    const run = (cases.length - done) * each - (known.size - done) * first * design.replications;
    const comparison = cases.length - done + (first ? cases.length - known.size : 0);
    onMoves({ moves, title, done, of: cases.length, seconds: left.seconds({ run, comparison }) });
  };
  /** @param {any} one @param {number} futures of the first ones @param {string[]} names */
  const look = async (one, futures, names) => {
    const moved = { ...policy, values: { ...policy.values, ...changesOf(one) } };
    const begun = known.get(one)?.side ?? null;
    const here = await runMore(study, moved, design, begun, futures, wanted);
    if (!here) return false;
    left.did("run", here.status.length - (begun?.status.length ?? 0));
    const blocks = Math.max(1, Math.round((design.blocks * futures) / design.futures));
    const pair = { here, base: firstOf(base, { ...design, futures }), design, blocks, full: true };
    const titles = { here: one.lever.label, base: title };
    const { rows } = await compareSides(study, pair, { policy: moved, baseline: policy }, { outcomes: names, hung: [] }, titles);
    left.did("comparison");
    known.set(one, { side: futures < design.futures ? here : null, move: { ...one, rows, rough: futures < design.futures } });
    return wanted();
  };
  tell();
  for (const one of first ? cases : []) {
    if (!(await look(one, first, [asked]))) return false;
    tell();
  }
  const order = first ? ranked([...known.values()].map(({ move }) => move), asked).map(({ lever, value }) => cases.find((one) => one.lever === lever && one.value === value)) : cases;
  for (const one of order) {
    if (!(await look(one, design.futures, outcomes))) return false;
    done += 1;
    tell();
  }
  return true;
}

/** What a move sets: of a lever of all members, each of them. @param {Pick<Move, "lever" | "value">} move */
export function changesOf({ lever, value }) {
  return Object.fromEntries((lever.members ?? [lever.name]).map((/** @type {string} */ name) => [name, value]));
}

/**
 * Where each lever can go from where it stands; members of a name that stand alike go together.
 *
 * @param {any} document @param {View} view @returns {Pick<Move, "lever" | "value" | "before">[]}
 */
function movesOf(document, view) {
  const items = document.levers.map((/** @type {any} */ lever) => {
    const { name, kind, options, low, high } = lever;
    const at = view.values[name] ?? valueOf(document, view.scenario, name);
    return { ...lever, at, what: JSON.stringify([kind, options, low, high, at]) };
  });
  return foldMembers(document, items, (/** @type {any} */ { what }) => what).flatMap((/** @type {any} */ lever) => {
    const before = lever.at;
    const ends = lever.kind === "boolean" ? [true, false] : lever.kind === "option" ? lever.options : [lever.low, lever.high];
    const others = ends.filter((/** @type {Value | null} */ end) => end !== null && end !== before);
    return others.map((/** @type {Value} */ value) => ({ lever, value, before }));
  });
}

/**
 * Run a policy on, up to so many of its futures; null if that is not wanted any more.
 *
 * @param {Study} study @param {Policy} policy @param {Design} design @param {Side | null} begun
 * @param {number} futures @param {() => boolean} wanted @param {(runs: number) => void} [onRuns]
 * @returns {Promise<Side | null>}
 */
async function runMore(study, policy, design, begun, futures, wanted, onRuns) {
  const width = design.replications;
  const step = Math.max(1, Math.floor(AT_ONCE / width));
  const parts = begun ? [begun] : [];
  for (let first = begun?.rows ?? 0; first < futures; first += step) {
    const count = Math.min(step, futures - first);
    const block = await study.pool.run(study.requestOf(policy, design, { first, count }), { name: "drivers" });
    if (!block || !wanted()) return null;
    parts.push({ scenario: policy.scenario, rows: count, width, outcomes: block.outcomes, status: block.status, series: new Float64Array(0), names: [] });
    onRuns?.(block.status.length);
  }
  return parts.reduce(joinedSides);
}

/**
 * Seconds that are left, by what each kind of work cost of late; NaN until enough was measured: the first runs
 * of a compiled engine are slow.
 */
export function stopwatch(now = () => performance.now()) {
  const start = now();
  let last = start;
  /** Milliseconds of one, by kind. @type {Map<string, number>} */
  const costs = new Map();
  return {
    did: (/** @type {string} */ kind, count = 1) => {
      const time = now();
      const [each, before] = [(time - last) / count, costs.get(kind)];
      costs.set(kind, before === undefined ? each : before + LATE * (each - before));
      last = time;
    },
    seconds: (/** @type {Record<string, number>} */ rest) =>
      last - start < MEASURED ? NaN : Object.entries(rest).reduce((sum, [kind, count]) => sum + count * (costs.get(kind) ?? 0), 0) / 1000,
  };
}

/**
 * What the assumptions explain of the difference in an outcome, from runs that are there.
 *
 * @param {Study} study @param {import("./runner.js").Pair} pair @param {{policy: Policy, baseline: Policy}} of
 * @param {string} outcome @param {{here: string, base: string}} titles @param {View} view
 * @returns {Promise<Decision>}
 */
export async function decide(study, pair, of, outcome, titles, view) {
  const { here, base, design } = pair;
  const place = study.document.outcomes.findIndex((/** @type {any} */ one) => one.name === outcome);
  const column = (/** @type {Side} */ { outcomes, status }) => {
    const width = outcomes.length / status.length;
    return Float64Array.from(status, (_, run) => outcomes[run * width + place]);
  };
  const { inputs, points } = study.inputsOf(design);
  const asked = { here: column(here), base: column(base), rows: here.rows, cols: here.width, inputs, points };
  const [found, { rows }] = await Promise.all([
    inputs.length ? study.pool.ask("decide", asked) : { shares: new Float64Array(0), floor: NaN, chance: NaN, expected: new Float64Array(0) },
    compareSides(study, pair, of, { outcomes: [outcome], hung: [outcome] }, titles),
  ]);
  return { ...found, inputs, points, futures: here.rows, replications: here.width, row: rows[0], most: mostFutures(study.document, view) };
}

/** Futures that a reader can ask for: of those that the model lists, no more than there are. @param {any} document @param {View} view */
export function mostFutures(document, view) {
  return sizesOf(document, { ...view, runs: MOST_RUNS })[0];
}

/**
 * Run the setting and its baseline in more futures; null if that is not wanted any more.
 *
 * @param {Study} study @param {View} view @param {(share: number, seconds: number) => void} onShare
 * @param {() => boolean} wanted
 */
export async function runFutures(study, view, onShare, wanted) {
  const { policy, baseline } = settingsOf(study.document, view);
  const design = study.designOf({ ...view, runs: MOST_RUNS });
  const whole = 2 * design.futures * design.replications;
  const left = stopwatch();
  let done = 0;
  const onRuns = (/** @type {number} */ runs) => {
    done += runs;
    left.did("run", runs);
    onShare(done / whole, left.seconds({ run: whole - done }));
  };
  const here = await runMore(study, policy, design, null, design.futures, wanted, onRuns);
  const base = here && (await runMore(study, baseline, design, null, design.futures, wanted, onRuns));
  return here && base && { here, base, design, blocks: design.blocks, full: true };
}
