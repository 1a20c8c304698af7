/**
 * What a pair of runs shows, worked out by the workers: rows of a comparison, bands of series, the
 * difference over time, shares of a state, the cloud of futures.
 *
 * @typedef {import("./study.js").Study} Study
 * @typedef {import("./runner.js").Pair} Pair
 * @typedef {import("./runner.js").Side} Side
 * @typedef {import("./runner.js").Wanted} Wanted
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 *
 * @typedef {object} Needs what is in sight
 * @property {string[]} outcomes whose rows are wanted
 * @property {string[]} hung outcomes of which to find what their sign hangs on
 * @property {string[]} fans series
 * @property {string} gap series of the difference over time, or none
 * @property {string} state option state whose shares are drawn, or none
 * @property {string[] | null} plane two outcomes
 * @property {number} times most times of the difference
 *
 * @typedef {object} Picture
 * @property {boolean} full whether it has all futures
 * @property {number} runs of each policy
 * @property {number} futures @property {number} replications
 * @property {Row[]} rows of the setting @property {Row[]} base those of the baseline
 * @property {Record<string, {here: Float64Array | null, base: Float64Array | null}>} bands `[level, time]` by series
 * @property {{name: string, times: number[], levels: Float64Array} | null} gap `[level, time]`
 * @property {{name: string, here: Float64Array | null, base: Float64Array | null} | null} shares `[option, time]`
 * @property {any} plane
 * @property {Pair} pair
 */

import { holmOf } from "../../sim/browser/rows.js";

/** Parts of a task: as many keep the workers busy to the end. */
const PARTS = 4;
/** What was worked out of a side, which does not change. @type {WeakMap<Side, Map<string, Promise<any>>>} */
const worked = new WeakMap();

/** What was asked for was stopped. */
export class Stopped extends Error {}

/**
 * Ask a worker.
 *
 * @param {Study} study @param {string} task @param {any} request @param {Transferable[]} [transfer]
 * @throws {Stopped}
 */
async function asked({ pool }, task, request, transfer) {
  const found = await pool.ask(task, request, transfer);
  if (found === null) throw new Stopped();
  return found;
}

/**
 * @param {Study} study @param {Pair} pair
 * @param {Pick<Wanted, "policy" | "baseline">} of
 * @param {Needs} needs
 * @param {{here: string, base: string}} titles
 * @returns {Promise<Picture>}
 */
export async function makePicture(study, pair, of, needs, titles) {
  const { here, base } = pair;
  const times = timesOf(study, of.policy.scenario, needs.times);
  const [compared, bands, gaps, shares, plane] = await Promise.all([
    compareSides(study, pair, of, needs, titles),
    Promise.all(needs.fans.map((name) => bandsOf(study, here, base, name))),
    needs.gap && has(here, base, needs.gap) ? gapLevels(study, here, base, needs.gap, times) : null,
    needs.state ? sharesOf(study, here, base, needs.state) : null,
    needs.plane ? planeOf(study, pair, needs.plane) : null,
  ]);
  return {
    ...{ full: pair.full, runs: here.status.length, futures: here.rows, replications: here.width, pair },
    ...{ ...compared, plane, shares: shares && { name: needs.state, ...shares } },
    bands: Object.fromEntries(needs.fans.map((name, i) => [name, bands[i]])),
    gap: gaps && { name: needs.gap, times, levels: gaps },
  };
}

/**
 * The rows of some outcomes, and those of the baseline; p values are adjusted for all of them.
 *
 * @param {Study} study @param {Pair} pair @param {Pick<Wanted, "policy" | "baseline">} of
 * @param {Pick<Needs, "outcomes" | "hung">} needs @param {{here: string, base: string}} titles
 * @returns {Promise<{rows: Row[], base: Row[]}>}
 */
export async function compareSides(study, { here, base, design, blocks }, { policy, baseline }, needs, titles) {
  const possible = study.possible(policy, baseline, design);
  const { inputs, points } = study.inputsOf(design);
  const forms = study.formsOf([policy, baseline], design, here.rows);
  const parts = split(needs.outcomes, PARTS).map((names) => {
    const hung = names.filter((name) => needs.hung.includes(name));
    const all = study.document.outcomes;
    const places = [...all.keys()].filter((place) => names.includes(all[place].name));
    const outcomes = places.map((place, i) => ({ ...all[place], place: i }));
    const [mine, other] = [here, base].map((side) => columnsOf(side, places));
    return asked(study, "compare", {
      ...{ outcomes, rows: here.rows, cols: here.width, blocks, ...possible, hung },
      ...(hung.length ? { inputs, points, forms } : { inputs: [] }),
      here: { ...mine, scenario: policy.scenario, title: titles.here },
      base: { ...other, scenario: baseline.scenario, title: titles.base },
    });
  });
  const found = await Promise.all(parts);
  const order = new Map(needs.outcomes.map((name, i) => [name, i]));
  const sorted = (/** @type {Row[]} */ rows) =>
    rows.sort((a, b) => /** @type {number} */ (order.get(a.outcome)) - /** @type {number} */ (order.get(b.outcome)));
  return { rows: holmOf(sorted(found.flatMap((part) => part.rows))), base: sorted(found.flatMap((part) => part.base)) };
}

/** Some outcomes of every run, `[run, outcome]`. @param {Side} side @param {number[]} places */
function columnsOf({ outcomes, status }, places) {
  const [all, width] = [outcomes.length / status.length, places.length];
  const chosen = new Float64Array(status.length * width);
  for (let run = 0, at = 0; run < status.length; run += 1) {
    for (const place of places) chosen[at++] = outcomes[run * all + place];
  }
  return { outcomes: chosen, status, width };
}

/** Every `parts`-th of a list. @template T @param {T[]} items @param {number} parts @returns {T[][]} */
function split(items, parts) {
  return Array.from({ length: parts }, (_, k) => items.filter((_, i) => i % parts === k)).filter((some) => some.length);
}

/** Whether both sides have a series. @param {Side} here @param {Side} base @param {string} name */
function has(here, base, name) {
  return here.names.includes(name) && base.names.includes(name);
}

/** One series of a side, `[time, run]`, in memory of its own; none if it has none. @param {Side} side @param {string} name */
function seriesOfSide({ series, names }, name) {
  const [place, size] = [names.indexOf(name), series.length / Math.max(1, names.length)];
  return place < 0 ? null : series.slice(place * size, (place + 1) * size);
}

/**
 * Work out something of one series of a side, once.
 *
 * @param {Study} study @param {"bands" | "shares"} task @param {Side} side @param {string} name
 * @param {Record<string, unknown>} [more]
 * @returns {Promise<Float64Array | null>} null where the side has no such series
 */
function ofSeries(study, task, side, name, more = {}) {
  const known = worked.get(side) ?? new Map();
  worked.set(side, known);
  const key = `${task} ${name}`;
  if (!known.has(key)) {
    const values = seriesOfSide(side, name);
    const found = values && asked(study, task, { values, status: side.status, ...more }, [values.buffer]);
    known.set(key, Promise.resolve(found));
    found?.catch(() => known.delete(key));
  }
  return known.get(key);
}

/** @param {Study} study @param {Side} here @param {Side} base @param {string} name */
async function bandsOf(study, here, base, name) {
  const [one, other] = [here, base].map((side) => ofSeries(study, "bands", side, name));
  return { here: await one, base: await other };
}

/**
 * The differences of some series over time, of those that both sides have.
 *
 * @param {Study} study @param {Side} here @param {Side} base @param {string[]} names
 * @param {string} scenario @param {number} most times
 * @returns {Promise<Record<string, {times: number[], levels: Float64Array}>>} no levels where a side lacks the series
 */
export async function gapsOf(study, here, base, names, scenario, most) {
  const times = timesOf(study, scenario, most);
  const found = names.map(async (name) => {
    const levels = has(here, base, name) ? await gapLevels(study, here, base, name, times) : new Float64Array(0);
    return [name, { times, levels }];
  });
  return Object.fromEntries(await Promise.all(found));
}

/** @param {Study} study @param {Side} here @param {Side} base @param {string} name @param {number[]} times */
async function gapLevels(study, here, base, name, times) {
  const parts = split(times, PARTS).map((some) => gapOf(study, here, base, name, some));
  return woven(await Promise.all(parts), times.length);
}

/** @param {Study} study @param {Side} here @param {Side} base @param {string} name @param {number[]} times */
function gapOf(study, here, base, name, times) {
  const [one, other] = [here, base].map((side) => atTimes(side, name, times));
  return asked(
    study,
    "gap",
    {
      ...{ here: one, base: other, hereStatus: here.status, baseStatus: base.status },
      ...{ rows: here.rows, cols: here.width, times: times.map((_, i) => i) },
    },
    [one.buffer, other.buffer],
  );
}

/** A series of a side at some times. @param {Side} side @param {string} name @param {number[]} times */
function atTimes({ series, names, status }, name, times) {
  const [runs, size] = [status.length, series.length / names.length];
  const start = names.indexOf(name) * size;
  const found = new Float64Array(times.length * runs);
  times.forEach((time, i) => found.set(series.subarray(start + time * runs, start + (time + 1) * runs), i * runs));
  return found;
}

/** The parts that `split` made of the times, in one: `[level, time]`. @param {Float64Array[]} parts @param {number} count */
function woven(parts, count) {
  const whole = new Float64Array(5 * count);
  parts.forEach((levels, part) => {
    const size = levels.length / 5;
    for (let level = 0; level < 5; level += 1) {
      for (let i = 0; i < size; i += 1) whole[level * count + parts.length * i + part] = levels[level * size + i];
    }
  });
  return whole;
}

/** @param {Study} study @param {Side} here @param {Side} base @param {string} name */
async function sharesOf(study, here, base, name) {
  const options = study.document.series.find((/** @type {any} */ one) => one.name === name).options.length;
  const [one, other] = [here, base].map((side) => ofSeries(study, "shares", side, name, { options }));
  return { here: await one, base: await other };
}

/** @param {Study} study @param {Pair} pair @param {string[]} names */
function planeOf(study, { here, base, blocks }, names) {
  const { outcomes } = study.document;
  const axis = (/** @type {string} */ name) => {
    const place = outcomes.findIndex((/** @type {any} */ one) => one.name === name);
    const [mine, other] = [here, base].map((side) => columnsOf(side, [place]).outcomes);
    return { here: mine, base: other, share: outcomes[place].share };
  };
  const [x, y] = names.map(axis);
  return asked(study, "plane", { x, y, rows: here.rows, cols: here.width, blocks });
}

/** Times at which a difference is drawn: all, or as many, evenly. @param {Study} study @param {string} scenario @param {number} most */
function timesOf({ layouts, scenarios }, scenario, most) {
  const { points } = layouts[scenarios.get(scenario).module].clock;
  const count = Math.min(points, most);
  const all = Array.from({ length: count }, (_, i) => Math.trunc((i * (points - 1)) / Math.max(1, count - 1)));
  return [...new Set(all)];
}
