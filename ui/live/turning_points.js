/**
 * Which events of two runs a class steps through: the turning points, by a rule that the page states. And
 * everything that happens in one order of time, whichever run it is in.
 *
 * @typedef {import("./parting.js").Pair} Pair
 * @typedef {import("../../sim/browser/engine.js").Occurrence} Occurrence
 *
 * @typedef {object} Moment something that happens, in one run or in both at once
 * @property {Pair} pair
 * @property {number} time
 * @property {"here" | "there" | "both"} where
 */

import { familyOf } from "./members.js";
import { earlierOf, partingOf } from "./parting.js";

/** An event that happens so often in the two runs, or less, is rare: each time counts. */
export const RARE = 2;

/** When the story tells a pair: in this run where it has it. @param {Pair} pair */
export function toldTime({ here, there }) {
  return /** @type {Occurrence} */ (here ?? there).time;
}

/** Pairs in the order in which the story tells them. @param {Pair[]} pairs */
export function inToldOrder(pairs) {
  return [...pairs].sort((a, b) => toldTime(a) - toldTime(b));
}

/**
 * The turning points: where the runs part and its first consequence, the first of each kind of event in
 * this run and in the baseline's alone, and each time of a kind that is rare. Only what differs counts,
 * unless nothing does.
 *
 * @param {Pair[]} pairs @param {Pair | null} consequence
 * @returns {Pair[]} in the order in which they are told
 */
export function turningPoints(pairs, consequence) {
  const differing = pairs.filter(({ kind }) => kind !== "same");
  const of = inToldOrder(differing.length ? differing : pairs);
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const pair of pairs) {
    const kind = kindOf(pair);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const parting = partingOf(pairs);
  const seen = new Set();
  return of.filter((pair) => {
    const kind = kindOf(pair);
    const first = !seen.has(kind);
    seen.add(kind);
    return first || (counts.get(kind) ?? 0) <= RARE || pair === parting || pair === consequence;
  });
}

/** @param {Pair} pair */
function kindOf(pair) {
  return familyOf(earlierOf(pair).event);
}

/**
 * What happens in both runs in one order of time: what is in both at another time stands where it happens
 * in each.
 *
 * @param {Pair[]} pairs @returns {Moment[]}
 */
export function momentsOf(pairs) {
  /** @type {Moment[]} */
  const found = pairs.flatMap((pair) => {
    const { here, there, kind } = pair;
    if (here && there && kind !== "moved") return [{ pair, time: here.time, where: /** @type {const} */ ("both") }];
    return /** @type {Moment[]} */ ([
      ...(here ? [{ pair, time: here.time, where: "here" }] : []),
      ...(there ? [{ pair, time: there.time, where: "there" }] : []),
    ]);
  });
  return found.sort((a, b) => a.time - b.time);
}
