/**
 * Rows on one axis: in each one or more ranges with their middle, or a bar from zero. What does not matter,
 * or what chance alone gives, is grey.
 *
 * @typedef {import("./chart_frame.js").Context} Context
 * @typedef {import("./chart_scale.js").Bounds} Bounds
 * @typedef {{low: number, middle: number, high: number, text: string, pale?: boolean}} Mark `text` says what it is
 * @typedef {{label: string, marks: Mark[]}} RowOfMarks
 * @typedef {object} RowsData
 * @property {string} title @property {string} [subtitle] @property {string} [note]
 * @property {string} [goal] of what lies across, whose sides are then named
 * @property {boolean} [sides] whether its sides have names
 * @property {boolean} [bars] whether a mark is a bar from zero
 * @property {[number, number]} [grey] a zone
 * @property {Bounds} [bounds] of the axis
 * @property {RowOfMarks[]} rows numbers as they are shown
 * @property {string[]} head of the table: the row, the mark and its three numbers, or its one
 */

import { TICK_SIZE } from "./chart_axes.js";
import { createChart, drawItems, layersOf, sideText, sizePicture } from "./chart_frame.js";
import { axisBounds, chartNumber, extentOf, linearScale, niceTicks } from "./chart_scale.js";
import { placesOfBounds, tenth, tickTexts } from "./chart_scale.js";
import { textWidth, toldApart, wrapText } from "./chart_text.js";
import { t } from "./dom.js";

/** A narrower picture has the words of a row above its marks. */
const NARROW = 520;
const SIZE = 12;
const LINE = 15;
/** Pixels of a mark, and above the rows. */
const MARK = 17;
const TOP = 20;

/**
 * @param {Context} context @param {{name: string, label: string}} how
 * @returns {{element: HTMLElement, update: (data: RowsData) => void}}
 */
export function createRows(context, { name, label }) {
  const { words } = context;
  /** @type {RowsData | null} */
  let data = null;
  const chart = createChart(context, { name, label, draw: (width) => data && draw(data, width) });
  const layers = layersOf(chart.picture, "zone", "grid", "zero", "bars", "names", "values", "axis", "sides");

  /** @param {RowsData} now @param {number} width */
  function draw(now, width) {
    const range = boundsOf(now);
    const narrow = width < NARROW;
    const texts = now.rows.map(({ marks }) => marks.map(({ text }) => text));
    const widest = Math.min(0.4 * width, Math.ceil(Math.max(0, ...texts.flat().map((text) => textWidth(text, SIZE)))));
    const shown = texts.map((some) => some.map((text) => wrapText(text, widest, SIZE, 1)[0] ?? ""));
    const room = narrow ? width - 16 : Math.min(260, 0.34 * width);
    const names = toldApart(now.rows.map((row) => row.label), 2.5 * room, SIZE, true);
    const lines = names.map((text) => wrapText(text, room, SIZE, 3, true));
    const wide = Math.ceil(Math.max(0, ...lines.flat().map((text) => textWidth(text, SIZE, true))));
    const plot = { left: narrow ? 8 : wide + 14, right: width - widest - 14 };
    const x = linearScale(range, plot.left, plot.right);
    let bottom = TOP;
    const rows = now.rows.map(({ marks }, i) => {
      const top = bottom;
      const [head, body] = [LINE * lines[i].length, MARK * Math.max(1, marks.length)];
      const from = narrow ? top + head + 2 : top;
      const height = narrow ? body : Math.max(body, head);
      bottom = from + height + 9;
      const first = from + (height - body) / 2 + MARK / 2 + 3;
      return { from, to: bottom - 2, name: narrow ? top + 12 : from + (height - head) / 2 + 15, at: marks.map((_, k) => tenth(first + k * MARK)) };
    });
    sizePicture(chart.picture, width, bottom + 24);
    const within = (/** @type {number} */ at) => tenth(Math.max(plot.left, Math.min(plot.right, x(at))));
    const [less, more] = (now.grey ?? [0, 0]).map(within);
    drawItems(layers.zone, "rect", more > less ? rows.map(({ from, to }) => ({ x: less, width: tenth(more - less), y: from, height: to - from })) : []);
    const ticks = niceTicks(...range, Math.max(2, Math.floor((plot.right - plot.left) / 70)));
    const across = (/** @type {number} */ at) => rows.map(({ from, to }) => ({ x1: tenth(x(at)), x2: tenth(x(at)), y1: from, y2: to }));
    drawItems(layers.grid, "line", ticks.flatMap(across));
    drawItems(layers.zero, "line", across(0));
    const ends = tickTexts(ticks, Boolean(now.sides)).map((text, i) => {
      const half = textWidth(text, TICK_SIZE) / 2 + 1;
      return { x: tenth(Math.max(half, Math.min(width - half, x(ticks[i])))), y: bottom + 16, "text-anchor": "middle", class: "fl-tick-text", text };
    });
    drawItems(layers.axis, "text", ends);
    drawItems(layers.bars, "path", now.rows.flatMap(({ marks }, i) => marks.flatMap((mark, k) => pathsOf(mark, x, rows[i].at[k], Boolean(now.bars)))));
    drawItems(layers.names, "text", rows.map(({ name: y }, i) => ({ x: narrow ? 8 : 2, y, class: "fl-row", text: lines[i], step: LINE })));
    const told = rows.flatMap(({ at }, i) => at.map((y, k) => ({ x: plot.right + 8, y: y + 4, class: "fl-row-value", text: shown[i][k] })));
    drawItems(layers.values, "text", told);
    drawSides(now, plot, tenth(x(0)));
  }

  /** @param {RowsData} now @param {{left: number, right: number}} plot @param {number} zero */
  function drawSides(now, plot, zero) {
    const items = [false, true].flatMap((higher) => {
      const text = sideText(words, higher, now.goal);
      const free = higher ? plot.right - zero : zero - plot.left;
      if (!now.sides || textWidth(text, TICK_SIZE) + 8 > free) return [];
      return [{ x: zero + (higher ? 6 : -6), y: 13, "text-anchor": higher ? "start" : "end", class: "fl-side", text }];
    });
    drawItems(layers.sides, "text", items);
  }

  /** @param {RowsData} now */
  function update(now) {
    data = now;
    const { title, subtitle, note } = now;
    chart.tell({ title, subtitle, note, table: () => tableOf(now) });
    chart.redraw();
  }
  return { element: chart.element, update };
}

/** @param {RowsData} data @returns {Bounds} */
function boundsOf({ bounds, rows, grey }) {
  if (bounds) return bounds;
  const needed = rows.flatMap(({ marks }) => marks.map(({ low, middle, high }) => [low, middle, high]));
  return axisBounds(extentOf([...needed, [0], grey ?? []]), {}, null, false);
}

/** @param {Mark} mark @param {(value: number) => number} x @param {number} y @param {boolean} bar */
function pathsOf({ low, middle, high, pale }, x, y, bar) {
  const tone = pale ? "fl-tone0" : "fl-tone1";
  if (!Number.isFinite(middle)) return [];
  if (bar) return [{ class: `fl-bar ${tone}`, d: `M${tenth(x(0))} ${tenth(y)}H${tenth(x(middle))}` }];
  const circle = "a4 4 0 1 0 8 0a4 4 0 1 0 -8 0";
  const range = Number.isFinite(low) && Number.isFinite(high) ? [{ class: `fl-range ${tone}`, d: `M${tenth(x(low))} ${y}H${tenth(x(high))}` }] : [];
  return [...range, { class: `fl-centre ${tone}`, d: `M${tenth(x(middle) - 4)} ${y}${circle}` }];
}

/** @param {RowsData} data */
function tableOf(data) {
  const places = placesOfBounds(boundsOf(data)) + 1;
  const text = (/** @type {number} */ value) => chartNumber(value, places, Boolean(data.sides), true);
  const numbers = (/** @type {Mark} */ { low, middle, high }) => (data.bars ? [middle] : [low, middle, high]).map(text);
  const rows = data.rows.flatMap(({ label, marks }) => marks.map((mark) => [label, mark.text, ...numbers(mark)]));
  return { caption: data.title, head: data.head, rows };
}
