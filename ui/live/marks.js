/**
 * How a verdict and a difference look: a sign with its words, a sentence whose numbers can be found
 * again, a bar around zero. Nothing is told by colour alone.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("../../sim/browser/phrases.js").Told} Told
 */

import { judgedOf, sideOf } from "../../sim/browser/rows.js";
import { figure, node, setAttributes, setChildren, setFigure, svg } from "./dom.js";
import { shortVerdict } from "./texts.js";

/** Drawn in a circle of 16 by 16. @type {Record<string, string>} */
const VERDICT_SIGNS = {
  better: "M4.5 8.3l2.5 2.5l4.5-5.3",
  worse: "M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4",
  higher: "M8 11.8V4.2M5 7.2l3-3l3 3",
  lower: "M8 4.2v7.6M5 8.8l3 3l3-3",
  depends: "M6 6.4a2 2 0 1 1 2.9 1.8q-.9.5-.9 1.5M8 11.5v.2",
  same: "M4.8 6.5h6.4M4.8 9.5h6.4",
  few: "M4.6 8h.2M7.9 8h.2M11.2 8h.2",
};
/** @type {Record<string, string>} */
const VERDICT_KINDS = {
  identical: "same",
  "no difference that matters": "same",
  "mostly the same": "same",
  "depends on the assumptions": "depends",
};

/** What a verdict comes to: a key of VERDICT_SIGNS. @param {Row} row */
function verdictKind(row) {
  return judgedOf(row) || sideOf(row) || (VERDICT_KINDS[row.verdict] ?? "few");
}

/** A verdict as a sign and a few words; a clear one has a filled sign. */
export function createVerdict() {
  const path = svg("path", {});
  const sign = svg("svg", { class: "fl-sign", viewBox: "0 0 16 16", "aria-hidden": "true" });
  sign.append(svg("circle", { cx: 8, cy: 8, r: 7 }), path);
  const words = figure({ scenario: "", outcome: "", statistic: "verdict", value: "" }, "");
  const element = node("span", { class: "fl-verdict" }, sign, words);

  /** @param {Row} row @param {string} [text] other words for it */
  function update(row, text = shortVerdict(row)) {
    const kind = verdictKind(row);
    const clear = row.verdict.startsWith("clearly") || (!row.gap && sideOf(row) !== "");
    setAttributes(element, { "data-kind": kind, "data-clear": clear });
    setAttributes(path, { d: VERDICT_SIGNS[kind] });
    const { scenario, outcome, verdict } = row;
    setFigure(words, { scenario, outcome, statistic: "verdict", value: verdict }, text);
  }
  return { element, update };
}

/**
 * Write a sentence whose numbers can be found again; in place where it has the same parts as before.
 *
 * @param {any} element which holds nothing else
 * @param {Told} told
 * @param {{scenario: string, outcome: string}} of
 * @param {Record<string, string>} [tags] pieces that are not numbers, and their elements
 */
export function setTold(element, told, { scenario, outcome }, tags = {}) {
  const shape = told.map((part) => (typeof part === "string" ? "" : part.statistic)).join("|");
  const parts = told.map((part) => {
    if (typeof part === "string") return document.createTextNode(part);
    if (tags[part.statistic]) return node(tags[part.statistic], {}, part.text);
    return figure({ scenario, outcome, ...part }, part.text);
  });
  if (element.flShape !== shape || element.childNodes.length !== told.length) {
    element.flShape = shape;
    setChildren(element, ...parts);
    return element;
  }
  told.forEach((part, i) => {
    const child = element.childNodes[i];
    if (typeof part === "string") {
      if (child.nodeValue !== part) child.nodeValue = part;
    } else if (tags[part.statistic]) child.textContent = part.text;
    else setFigure(child, { scenario, outcome, ...part }, part.text);
  });
  return element;
}

/** A bar of a difference around zero: its range, its middle, and what does not matter. */
export function createBar() {
  const grey = svg("rect", { class: "fl-bar-grey", y: 1, height: 14 });
  const range = svg("rect", { class: "fl-bar-range", y: 4, height: 8, rx: 2 });
  const zero = svg("line", { class: "fl-bar-zero", x1: "50%", x2: "50%", y1: 0, y2: 16 });
  const middle = svg("rect", { class: "fl-bar-middle", y: 2, height: 12, width: 3 });
  const element = svg("svg", { class: "fl-bar", "aria-hidden": "true" }, grey, range, zero, middle);

  /** @param {Row} row */
  function update(row) {
    const { gap, difference } = row;
    const [low, mid, high] = gap
      ? [gap.low, gap.middle, gap.high]
      : [difference?.low ?? NaN, difference?.mean ?? NaN, difference?.high ?? NaN];
    const known = [low, mid, high].every(Number.isFinite);
    const reach = 1.12 * Math.max(Math.abs(low), Math.abs(high), 1.5 * row.matters) || 1;
    const at = (/** @type {number} */ value) => 50 + (50 * value) / reach;
    const place = (/** @type {any} */ part, /** @type {number} */ from, /** @type {number} */ to) =>
      setAttributes(part, { x: `${from.toFixed(2)}%`, width: `${Math.max(0.8, to - from).toFixed(2)}%` });
    setAttributes(element, { "data-kind": verdictKind(row), "data-empty": !known });
    if (!known) return;
    place(grey, at(-row.matters), at(row.matters));
    place(range, at(low), at(high));
    setAttributes(middle, { x: `${(at(mid) - 0.4).toFixed(2)}%` });
  }
  return { element, update };
}
