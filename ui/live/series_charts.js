/**
 * The chart of a series: a fan, or of one that is declared over sets a picture for each member, or a heat map.
 *
 * @typedef {import("./picture.js").Picture} Picture
 * @typedef {{name: string, label: string, unit: string, goal: string, low: number | null, high: number | null,
 * cells?: string[], members?: string[], sets?: string[]}} Info a series of the document
 */

import { thousands } from "../../sim/browser/wording.js";
import { createFan } from "./chart_fan.js";
import { createHeat } from "./chart_heat.js";
import { createMultiples } from "./chart_multiples.js";
import { t } from "./dom.js";

/** Members that have a picture each; more are lines of a heat map, at most as many. */
const [MOST_PICTURES, MOST_MEMBERS] = [16, 100];

/**
 * @param {any} context @param {Info} info
 * @returns {{element: HTMLElement, update: (data: any) => void}}
 */
export function createSeriesChart(context, { name, cells }) {
  const of = { name: `fan-${name}` };
  if (!cells) return createFan(context, of);
  return isHeat(cells) ? createHeat(context, of) : createMultiples(context, of);
}

/** @param {string[]} cells */
function isHeat(cells) {
  return cells.length > MOST_PICTURES;
}

/** The series of a name: itself, or those of its members that are drawn. @param {Info} info */
export function drawnCells({ name, cells }) {
  return cells?.slice(0, MOST_MEMBERS) ?? [name];
}

/**
 * What the chart of members shows; null where the runs have none of them.
 *
 * @param {Record<string, string>} words @param {Info} info @param {Picture} picture
 * @param {string} note of a fan
 */
export function membersData(words, info, { bands, runs }, note) {
  const { label, unit, goal, low, high, sets = [], cells = [], members: names = [] } = info;
  const members = drawnCells(info).flatMap((cell, i) => {
    const { here, base } = bands[cell] ?? {};
    if (!here) return [];
    const points = here.length / 5;
    return [{ label: names[i], bands: here, baseline: base?.subarray(2 * points, 3 * points) ?? null }];
  });
  if (!members.length) return null;
  const what = isHeat(cells)
    ? t(words, "explore.heat_note", { runs: thousands(runs) })
    : t(words, "explore.members_note", { note });
  const isCut = cells.length > members.length;
  const cut = isCut ? t(words, "explore.cut_members", { n: members.length, all: thousands(cells.length) }) : "";
  const told = [what, cut].filter(Boolean).join(" · ");
  return { label, unit, goal, low, high, sets, members, points: members[0].bands.length / 5, note: told };
}
