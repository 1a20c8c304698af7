/**
 * All scenarios of a study against the baseline, run one by one; the rows are those of `fulcrum compare`.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("./setting.js").View} View
 */

import { holmOf } from "../../sim/browser/rows.js";
import { compareSides } from "./picture.js";
import { isAssumption, settingsOf, shortTitleOf } from "./setting.js";

/**
 * Run every scenario, and the setting where it is none of them.
 *
 * @param {import("./study.js").Study} study
 * @param {ReturnType<typeof import("./runner.js").createRunner>} runner
 * @param {View} view
 * @param {(found: {rows: Row[], base: Row[], done: number, of: number}) => void} onRows
 * called after each scenario, with p values adjusted for all rows so far
 * @param {() => boolean} wanted whether to go on
 * @returns {Promise<boolean>} whether all were run
 */
export async function compareAll(study, runner, view, onRows, wanted) {
  const { document } = study;
  const design = study.designOf(view);
  const shared = Object.fromEntries(Object.entries(view.values).filter(([name]) => isAssumption(document, name)));
  const { policy, baseline } = settingsOf(document, view);
  const names = document.scenarios.map((/** @type {any} */ { name }) => name);
  const others = names.filter((/** @type {string} */ name) => name !== view.baseline);
  const policies = others.map((/** @type {string} */ scenario) => ({ scenario, values: shared }));
  const own = Object.keys(view.values).some((name) => !Object.hasOwn(shared, name));
  if (own) policies.push(policy);
  const cases = policies.map((/** @type {any} */ one) => ({ policy: one, title: shortTitleOf(document, one) }));
  const outcomes = document.outcomes.map((/** @type {any} */ { name }) => name);
  const needs = { outcomes, hung: document.headlines };
  /** @type {Row[]} */
  const rows = [];
  const against = { policy: baseline, title: shortTitleOf(document, baseline), design };
  return compareEach(study, runner, against, cases, needs, wanted, (found, one, done) => {
    const name = one.policy === policy && own ? `${policy.scenario}*` : one.policy.scenario;
    rows.push(...found.rows.map((row) => ({ ...row, scenario: name })));
    onRows({ rows: holmOf(rows), base: found.base, done, of: cases.length });
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
 * @param {{outcomes: string[], hung: string[]}} needs
 * @param {() => boolean} wanted whether to go on
 * @param {(found: {rows: Row[], base: Row[]}, one: Case, done: number) => void} onFound called after each
 * @returns {Promise<boolean>} whether all were run
 */
export async function compareEach(study, runner, { policy: baseline, title, design }, cases, needs, wanted, onFound) {
  const base = await runner.whole(baseline, design);
  if (!base) return false;
  for (const [place, one] of cases.entries()) {
    const here = wanted() && (await runner.whole(one.policy, design));
    if (!here || !wanted()) return false;
    const pair = { here, base, design, blocks: design.blocks, full: true };
    const of = { policy: one.policy, baseline };
    const found = await compareSides(study, pair, of, needs, { here: one.title, base: title });
    if (!wanted()) return false;
    onFound(found, one, place + 1);
  }
  return true;
}
