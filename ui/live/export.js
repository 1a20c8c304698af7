/**
 * Files that a reader takes along: numbers as CSV, a chart as a picture.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("../../sim/browser/statistics.js").Estimate} Estimate
 * @typedef {import("./setting.js").Study} Study
 */

import { reprText } from "../../sim/browser/wording.js";
import { svg } from "./dom.js";

/** Pixels of a picture for each of its chart. */
const PICTURE_SCALE = 2;
/** Space around a chart in a picture, and the height of a line of its words. */
const PICTURE_EDGE = 16;
const PICTURE_LINE = 20;
/** What of a computed style a picture needs, each also an attribute of SVG. */
const DRAWN_STYLES = [
  ...["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity"],
  ...["stroke-linecap", "stroke-linejoin", "opacity", "display", "visibility", "paint-order"],
  ...["font-family", "font-size", "font-weight", "font-style", "text-anchor", "dominant-baseline"],
];

/**
 * Save a file.
 *
 * @param {string} name its letters other than of ASCII, digits, `_`, `-` and `.` become `_`
 * @param {Blob} blob
 */
export function save(name, blob) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = printableName(name);
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A name that every file system takes. @param {string} name */
export function printableName(name) {
  return name.replace(/[^\w.-]+/g, "_").replace(/^[.-]+/, "").slice(0, 120) || "file";
}

/**
 * A comparison as `fulcrum compare --format csv` has it, but without `variance_reduction`.
 *
 * @param {Row[]} rows
 * @param {Study} document
 * @param {{central?: boolean}} [view]
 * @returns {string}
 */
export function csvOf(rows, document, { central = false } = {}) {
  const isHeld = central && document.uncertain;
  const records = rows.map((row) => ({ ...recordOf(row), ...(isHeld ? { assumptions: "central" } : {}) }));
  if (!records.length) return "";
  const lines = [Object.keys(records[0]), ...records.map((record) => Object.values(record))];
  return lines.map((line) => `${line.map(cellOf).join(",")}\n`).join("");
}

/** @param {Row} row @returns {Record<string, unknown>} */
function recordOf(row) {
  const { estimate, difference, level, gap } = row;
  return {
    ...{ outcome: row.outcome, scenario: row.scenario, unit: row.unit, n: estimate.n },
    ...{ mean: real(estimate.mean), low: real(estimate.low), high: real(estimate.high) },
    ...endsOf("difference", difference),
    ...{ pairs: difference?.n, verdict: row.verdict },
    ...endsOf("futures_higher", row.above),
    ...endsOf("futures_lower", row.below),
    ...{ difference_q05: real(gap?.low), difference_q50: real(gap?.middle), difference_q95: real(gap?.high) },
    ...{ level_q05: real(level?.low), level_q95: real(level?.high) },
    ...{ variance_assumptions: real(level?.parts.between), variance_chance: real(level?.parts.within) },
    difference_variance_assumptions: real(gap?.parts.between),
    difference_variance_chance: real(gap?.parts.within),
    ...{ matters: real(row.matters), events: row.events },
    hangs_on: row.turns.map((turn) => turn.parameter).join("; "),
    ...{ p: real(row.pValue), p_holm: real(row.pHolm), never: row.missing, failed: row.failed },
  };
}

/** @param {string} name @param {Estimate | null} found */
function endsOf(name, found) {
  const [low, high] = [real(found?.low), real(found?.high)];
  return { [name]: real(found?.mean), [`${name}_low`]: low, [`${name}_high`]: high };
}

/** A number as Python writes it in full; nothing where there is none. @param {number | null | undefined} x */
function real(x) {
  if (x == null || Number.isNaN(x)) return null;
  return Number.isFinite(x) ? { text: reprText(x) } : { text: x > 0 ? "inf" : "-inf" };
}

/** A cell of CSV: text that a spreadsheet takes for a formula gets an apostrophe. @param {any} value */
function cellOf(value) {
  if (value == null) return "";
  if (typeof value !== "string") return value.text ?? String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A chart as a PNG with its title above and what stands behind it below.
 *
 * @param {SVGSVGElement} chart as it is shown
 * @param {{title: string, note?: string | string[]}} words `note` in lines: a toy, the number of runs
 * @returns {Promise<Blob>}
 */
export async function pngOf(chart, { title, note = [] }) {
  const lines = [note].flat().filter(Boolean);
  const { width, height } = chart.getBoundingClientRect();
  const { color, fontFamily } = getComputedStyle(chart);
  const full = width + 2 * PICTURE_EDGE;
  const tall = height + 2 * PICTURE_EDGE + PICTURE_LINE * (1.5 + lines.length);
  const place = { x: PICTURE_EDGE, y: PICTURE_EDGE + 1.5 * PICTURE_LINE, width, height };
  const text = (/** @type {string} */ words, /** @type {number} */ y, /** @type {object} */ more = {}) => {
    const how = { "font-family": fontFamily, "font-size": 12, fill: color, ...more };
    return svg("text", { x: PICTURE_EDGE, y, ...how }, words);
  };
  const below = (/** @type {number} */ i) => tall - PICTURE_EDGE - PICTURE_LINE * (lines.length - 1 - i);
  const whole = svg(
    "svg",
    { width: full, height: tall, viewBox: `0 0 ${full} ${tall}` },
    svg("rect", { width: full, height: tall, fill: backgroundOf(chart) }),
    text(title, PICTURE_EDGE + 12, { "font-size": 15, "font-weight": 600 }),
    drawnCopy(chart, place),
    ...lines.map((line, i) => text(line, below(i))),
  );
  return drawn(new XMLSerializer().serializeToString(whole), full, tall);
}

/**
 * A copy of a chart that needs no style sheet.
 *
 * @param {SVGSVGElement} chart @param {Record<string, number>} place
 */
function drawnCopy(chart, place) {
  const copy = /** @type {SVGSVGElement} */ (chart.cloneNode(true));
  const pairs = [chart, ...chart.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, i) => {
    const style = getComputedStyle(pairs[i]);
    for (const name of DRAWN_STYLES) element.setAttribute(name, style.getPropertyValue(name));
    for (const name of ["style", "class"]) element.removeAttribute(name);
  });
  for (const [name, value] of Object.entries(place)) copy.setAttribute(name, String(value));
  return copy;
}

/** The colour behind an element. @param {Element | null} element */
function backgroundOf(element) {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (colour !== "transparent" && !/, 0\)$/.test(colour)) return colour;
  }
  return "white";
}

/** @param {string} text SVG @param {number} width @param {number} height @returns {Promise<Blob>} */
async function drawn(text, width, height) {
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height].map((side) => Math.ceil(side * PICTURE_SCALE));
    const brush = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    brush.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!blob) throw new RangeError("the picture is too large");
    return blob;
  } finally {
    URL.revokeObjectURL(url);
  }
}
