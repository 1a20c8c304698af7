/**
 * All scenarios of a study against the baseline, run one by one; the rows are those of `fulcrum compare`.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("./setting.js").View} View
 */

import { holmOf } from "../../sim/browser/rows.js";
import { compareSides, gapsOf } from "./picture.js";
import { leversOf, pinOf } from "./pins.js";
import { isAssumption, settingsOf, shortTitleOf, withScenario } from "./setting.js";

/** Times of a difference over time. */
const MOST_TIMES = 60;
/** Comparisons kept, so that a move of a lever runs no scenario again. @type {WeakMap<object, Map<string, Found>>} */
const compared = new WeakMap();
const MOST_KEPT = 150;

/**
 * @typedef {{times: number[], levels: Float64Array}} Gap the difference over time, `[level, time]`
 * @typedef {{rows: Row[], base: Row[], gaps: Record<string, Gap>}} Found one scenario against the baseline
 * @typedef {{rows: Row[], base: Row[], gaps: Record<string, Record<string, Gap>>, done: number, of: number,
 * current: string}} AllFound `gaps` by series and scenario; `current` is the name of the setting among the scenarios
 */

/**
 * What runs a comparison again when it is another one.
 *
 * @param {import("./study.js").Study} study
 * @param {ReturnType<typeof import("./runner.js").createRunner>} runner
 * @param {object} of
 * @param {ReturnType<typeof import("./compare.js").createCompare>} of.comparison
 * @param {ReturnType<typeof import("./pins.js").createPins>} of.pins
 * @param {() => View} of.shown the view of the page
 */
export function createComparing(study, runner, { comparison, pins, shown }) {
  let [compared, turns] = ["", 0];
  /** What is being run. @type {{key: string, done: Promise<void>}} */
  let going = { key: "", done: Promise.resolve() };
  /** All that decides what is shown. @param {View} view */
  const keyOf = (view) => JSON.stringify([view, comparison.wanted(), pins.all()]);

  /** @param {View} view */
  function run(view) {
    const key = keyOf(view);
    if (compared === key) comparison.age(false);
    else if (going.key !== key) {
      const done = begin(view, key).finally(() => {
        if (going.done === done) going = { key: "", done: Promise.resolve() };
      });
      going = { key, done };
    }
    return going.done;
  }

  /** @param {View} view @param {string} key */
  async function begin(view, key) {
    const [series, held, turn] = [comparison.wanted(), pins.all(), (turns += 1)];
    const onRows = (/** @type {AllFound} */ found) => comparison.update({ ...found, view, pins: held });
    const isWanted = () => turn === turns && keyOf(shown()) === key;
    if (!(await compareAll(study, runner, view, { pins: held, series }, onRows, isWanted))) return;
    compared = key;
    comparison.age(keyOf(shown()) !== key);
  }

  /** Say that it is of another setting than is now shown. */
  const age = () => comparison.age(compared !== "");
  return { run, age };
}

/**
 * The view of a row of the comparison: a scenario, a pin, or what is set; assumptions stay as they are.
 *
 * @param {any} document @param {import("./pins.js").Pin[]} pins @param {View} view @param {string} name
 * @returns {View}
 */
export function viewOf(document, pins, view, name) {
  const found = pins.find((one) => one.name === name)?.setting;
  if (!found && !document.scenarios.some((/** @type {any} */ one) => one.name === name)) return view;
  const { scenario, values } = found ?? { scenario: name, values: {} };
  return { ...withScenario(view, scenario), values: { ...assumptionsOf(document, view), ...values } };
}

/** The assumptions that are set by hand: they hold in all scenarios. @param {any} document @param {View} view */
function assumptionsOf(document, view) {
  return Object.fromEntries(Object.entries(view.values).filter(([name]) => isAssumption(document, name)));
}

/**
 * Run every scenario, the pinned settings, and the setting where it is none of them.
 *
 * @param {import("./study.js").Study} study
 * @param {ReturnType<typeof import("./runner.js").createRunner>} runner
 * @param {View} view
 * @param {{pins?: import("./pins.js").Pin[], series?: string[]}} more `series`: whose difference over time is wanted
 * @param {(found: AllFound) => void} onRows called after each scenario, with p values adjusted for all rows so far
 * @param {() => boolean} wanted whether to go on
 * @returns {Promise<boolean>} whether all were run
 */
export async function compareAll(study, runner, view, { pins = [], series = [] }, onRows, wanted) {
  const { document } = study;
  const design = study.designOf(view);
  const shared = assumptionsOf(document, view);
  const { policy, baseline } = settingsOf(document, view);
  const names = document.scenarios.map((/** @type {any} */ { name }) => name);
  const others = names.filter((/** @type {string} */ name) => name !== view.baseline);
  /** @type {{name: string, policy: import("./study.js").Policy, title: string}[]} */
  const cases = others.map((/** @type {string} */ name) => {
    const one = { scenario: name, values: shared };
    return { name, policy: one, title: shortTitleOf(document, one) };
  });
  for (const { name, setting, title } of pins) cases.push({ name, policy: { ...setting, values: { ...shared, ...setting.values } }, title });
  const levers = leversOf(document, view);
  const isOwn = Object.keys(levers.values).length > 0;
  const pin = isOwn ? pinOf(pins, levers) : undefined;
  if (isOwn && !pin) cases.push({ name: `${policy.scenario}*`, policy, title: shortTitleOf(document, policy) });
  const current = pin?.name ?? (isOwn ? `${policy.scenario}*` : policy.scenario);
  const outcomes = document.outcomes.map((/** @type {any} */ { name }) => name);
  const needs = { outcomes, hung: document.headlines, series };
  const kept = compared.get(study) ?? new Map();
  compared.set(study, kept);
  const keyOf = (/** @type {any} */ one) => JSON.stringify([one, baseline, design.seed, design.futures, design.replications, view.central]);
  const knows = (/** @type {Found | undefined} */ found) => found && series.every((name) => Object.hasOwn(found.gaps, name));
  /** @type {Row[]} */
  const rows = [];
  /** @type {AllFound["gaps"]} */
  const gaps = {};
  let [base, done] = [/** @type {Row[]} */ ([]), 0];
  const take = (/** @type {Found} */ found, /** @type {any} */ { name, title }) => {
    rows.push(...found.rows.map((row) => ({ ...row, scenario: name, title })));
    for (const [of, gap] of Object.entries(found.gaps)) gaps[of] = { ...gaps[of], [name]: gap };
    [base, done] = [found.base, done + 1];
  };
  const tell = () => onRows({ rows: holmOf(rows), base, gaps, done, of: cases.length, current });
  const missing = cases.filter((one) => {
    const found = kept.get(keyOf(one.policy));
    if (!knows(found)) return true;
    take(found, one);
    return false;
  });
  if (done) tell();
  const against = { policy: baseline, title: shortTitleOf(document, baseline), design };
  return compareEach(study, runner, against, missing, needs, wanted, (found, one) => {
    const before = kept.get(keyOf(one.policy));
    kept.set(keyOf(one.policy), { ...found, gaps: { ...before?.gaps, ...found.gaps } });
    for (const old of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(old);
    take(found, one);
    tell();
  });
}

/**
 * Run policies one by one and compare each with the same other one.
 *
 * @template {{policy: import("./study.js").Policy, title: string}} Case
 * @param {import("./study.js").Study} study
 * @param {ReturnType<typeof import("./runner.js").createRunner>} runner
 * @param {{policy: import("./study.js").Policy, title: string, design: import("./study.js").Design}} against
 * @param {Case[]} cases
 * @param {{outcomes: string[], hung: string[], series?: string[]}} needs
 * @param {() => boolean} wanted whether to go on
 * @param {(found: Found, one: Case, done: number) => void} onFound called after each
 * @returns {Promise<boolean>} whether all were run
 */
export async function compareEach(study, runner, { policy: baseline, title, design }, cases, needs, wanted, onFound) {
  const { series = [] } = needs;
  const base = cases.length ? await runner.whole(baseline, design, series) : null;
  if (!base) return !cases.length;
  for (const [place, one] of cases.entries()) {
    const here = wanted() && (await runner.whole(one.policy, design, series));
    if (!here || !wanted()) return false;
    const pair = { here, base, design, blocks: design.blocks, full: true };
    const of = { policy: one.policy, baseline };
    const found = await compareSides(study, pair, of, needs, { here: one.title, base: title });
    const gaps = await gapsOf(study, here, base, series, one.policy.scenario, MOST_TIMES);
    if (!wanted()) return false;
    onFound({ ...found, gaps }, one, place + 1);
  }
  return true;
}
