/**
 * A run as text, to the letter as `fulcrum trace` prints it, and the command that does.
 *
 * @typedef {import("../../sim/browser/engine.js").Story} Story
 * @typedef {import("../../sim/browser/engine.js").Occurrence} Occurrence
 * @typedef {import("../../sim/browser/format.js").Clock & {horizon: number}} Clock
 *
 * @typedef {object} Named which run it is
 * @property {string} title of its scenario
 * @property {number} seed @property {number} future @property {number} replication
 * @property {Clock} clock
 * @property {Record<string, string>} units of its outcomes
 */

import { fixed, general, grouped, valueText, when } from "../../sim/browser/format.js";
import { plural } from "../../sim/browser/wording.js";

/** Letters before what happens, and of the name of an outcome. */
const [TIME_WIDTH, NAME_WIDTH] = [18, 24];

/** `str(sim.engine.trace.Trace)` @param {Story} story @param {Named} named */
export function storyText({ occurrences, leftOut, outcomes, end }, { title, seed, future, replication, clock, units }) {
  const which = `${title} · seed ${seed}, replication ${replication}${future ? `, future ${future}` : ""}`;
  const lines = [`${which} · one possible run of a toy, no forecast`, ""];
  const margin = " ".repeat(TIME_WIDTH);
  for (const one of occurrences) {
    lines.push(`${when(clock, one.time).padStart(TIME_WIDTH)}  ${one.text || one.label}`);
    const details = detailsOf(one);
    if (details) lines.push(`${margin}    ${details}`);
  }
  if (leftOut) lines.push(`${margin}  … and ${grouped(String(leftOut))} more`);
  const early = clock.horizon - end;
  if (early > 0) {
    lines.push(`${`${clock.unit[0]} ${fixed(end, 1)}`.padStart(TIME_WIDTH)}  The run stops, ${general(early, 4)} early`);
  }
  lines.push("");
  for (const [name, value] of Object.entries(outcomes)) {
    const known = !Number.isNaN(value);
    const text = `${known ? valueText(value) : "never"} ${known ? plural(units[name] ?? "", value) : ""}`;
    lines.push(`${name.padStart(NAME_WIDTH)}  ${text}`.trimEnd());
  }
  return lines.join("\n");
}

/** Its arguments, and the state that it changed. @param {Occurrence} occurrence */
function detailsOf({ arguments: given = [], changes }) {
  const pairs = given.map(([name, value]) => `${name} = ${valueText(value)}`);
  const changed = changes.map(({ name, before, after }) => `${name} ${valueText(before)} → ${valueText(after)}`);
  return [...pairs, ...changed].join(", ");
}
