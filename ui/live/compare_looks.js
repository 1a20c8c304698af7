/**
 * How a scenario looks in every chart of a comparison: a colour, a dash and a mark by its place in the study,
 * whatever else is shown and however it ranks. At most six are coloured at once.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {{tone: number, mark: number}} Look `tone` from 1 to 6, 0 is grey; `mark` from 0 to 3 is of the line and
 * the middle
 */

import { sizeOfDifference, sideOf } from "../../sim/browser/rows.js";
import { svg } from "./dom.js";

export const MOST_COLOURED = 6;
/** Lines of the marks. */
const DASHES = ["fl-solid", "fl-long", "fl-dotted", "fl-dashdot"];
/** Outlines of the marks around 0, 0. */
const OUTLINES = [
  "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
  "m-4.4 -4.4h8.8v8.8h-8.8z",
  "m0 -5.6l5.4 9.4h-10.8z",
  "m0 -6l6 6l-6 6l-6 -6z",
];

/**
 * The look of a scenario, of the setting as moved (a name with `*`), or of a pin (`pin 2`).
 *
 * @param {any} study the document @param {string} name @returns {Look}
 */
export function lookOf({ scenarios }, name) {
  const [, slot] = /^pin (\d+)$/.exec(name) ?? [];
  const known = scenarios.findIndex((/** @type {any} */ one) => one.name === name);
  const place = known >= 0 ? known : scenarios.length + Number(slot ?? 0);
  return { tone: (place % MOST_COLOURED) + 1, mark: Math.floor(place / MOST_COLOURED) % OUTLINES.length };
}

/** The class of the line of a mark. @param {number} mark */
export function dashOf(mark) {
  return DASHES[mark];
}

/** The path of a mark at a place. @param {number} mark @param {number} x @param {number} y */
export function markAt(mark, x, y) {
  return `M${x} ${y}${OUTLINES[mark]}`;
}

/** A piece of line with its mark, as beside a name. */
export function createSwatch() {
  const line = svg("path", { d: "M1 8H27" });
  const mark = svg("path", { class: "fl-centre" });
  const element = svg("svg", { class: "fl-swatch", viewBox: "0 0 28 16", "aria-hidden": "true" }, line, mark);

  /** @param {Look} look @param {boolean} coloured @param {boolean} [isBase] */
  function update({ tone, mark: shape }, coloured, isBase = false) {
    const of = `fl-tone${coloured ? tone : 0}`;
    line.setAttribute("class", `fl-course ${of} ${isBase ? "fl-dashed" : dashOf(shape)}`);
    mark.setAttribute("class", `fl-centre ${of}`);
    mark.setAttribute("d", isBase ? "" : markAt(shape, 14, 8));
  }
  return { element, update };
}

/**
 * Those that are coloured unless a reader chooses others: the setting that the page shows, and those whose
 * difference in the outcome asked for is largest; of each colour one.
 *
 * @param {any} study @param {(Row | undefined)[]} rows of that outcome, of what is shown, without the baseline
 * @param {string} current
 */
export function usuallyColoured(study, rows, current) {
  const known = rows.flatMap((row) => (row?.difference ? [row] : []));
  const rank = (/** @type {Row} */ row) => [Number(row.scenario === current), Number(sideOf(row) !== ""), sizeOfDifference(row)];
  const sorted = known.sort((a, b) => {
    const [one, other] = [rank(a), rank(b)];
    const place = one.findIndex((value, i) => value !== other[i]);
    return place < 0 ? 0 : other[place] - one[place];
  });
  const taken = new Set();
  return sorted.flatMap(({ scenario }) => {
    const { tone } = lookOf(study, scenario);
    if (taken.has(tone)) return [];
    taken.add(tone);
    return [scenario];
  });
}
