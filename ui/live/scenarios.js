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
 * @param {(found: {rows: Row[], base: Row[], done: number, of: number, policies: any[]}) => void} onRows
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
  const policies = names.filter((/** @type {string} */ name) => name !== view.baseline).map((/** @type {string} */ scenario) => ({ scenario, values: shared }));
  const own = Object.keys(view.values).some((name) => !Object.hasOwn(shared, name));
  if (own) policies.push(policy);
  const outcomes = document.outcomes.map((/** @type {any} */ { name }) => name);
  const needs = { outcomes, hung: document.headlines };
  const base = await runner.whole(baseline, design);
  if (!base) return false;
  /** @type {Row[]} */
  const rows = [];
  /** @type {Row[]} */
  let baseRows = [];
  for (const [place, one] of policies.entries()) {
    const here = wanted() && (await runner.whole(one, design));
    if (!here || !wanted()) return false;
    const pair = { here, base, design, blocks: design.blocks, full: true };
    const titles = { here: shortTitleOf(document, one), base: shortTitleOf(document, baseline) };
    const found = await compareSides(study, pair, { policy: one, baseline }, needs, titles);
    if (!wanted()) return false;
    const name = one === policy && own ? `${one.scenario}*` : one.scenario;
    rows.push(...found.rows.map((row) => ({ ...row, scenario: name })));
    baseRows = found.base;
    onRows({ rows: holmOf(rows), base: baseRows, done: place + 1, of: policies.length, policies });
  }
  return true;
}
