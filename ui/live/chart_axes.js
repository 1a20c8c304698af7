/**
 * What charts over time share: axes, moments, and the words at the ends of lines.
 *
 * @typedef {import("./chart_scale.js").Scale} Scale
 * @typedef {import("./chart_scale.js").TimeTick} TimeTick
 * @typedef {Record<string, SVGGElement>} Layers
 * @typedef {{name: string, value: string, at: number, tone: string, strong?: boolean}} End
 * @typedef {{time: number, label: string}} Hairline
 * @typedef {{left: number, right: number, top: number, bottom: number}} Plot edges in pixels
 */

import { drawItems } from "./chart_frame.js";
import { spreadApart, tenth, timeTicks } from "./chart_scale.js";
import { freeRow, textWidth, toldApart, wrapText } from "./chart_text.js";

/** Sizes of type; heights of a line at the end of a curve, of a moment's words, of the time axis. */
export const TICK_SIZE = 11;
const END_SIZE = 12;
const END_LINE = 14;
const HAIR_LINE = 14;
/** Most rows of words above a plot. */
const HAIR_ROWS = 4;
/** @type {WeakMap<object, {key: string, ticks: TimeTick[]}>} */
const timeTicksKept = new WeakMap();

/** Pixels below a plot with a time axis. @param {{start?: string | null}} clock */
export function timeRoom(clock) {
  return clock.start ? 34 : 20;
}

/** Pixels left of a plot for the texts of its ticks. @param {string[]} texts */
export function tickRoom(texts) {
  return Math.ceil(Math.max(0, ...texts.map((text) => textWidth(text, TICK_SIZE)))) + 8;
}

/**
 * Draw lines across at the ticks, with their texts.
 *
 * @param {Layers} layers with `grid` and `axis` @param {Plot} plot @param {Scale} y
 * @param {number[]} ticks @param {string[]} texts
 */
export function drawValueAxis(layers, plot, y, ticks, texts) {
  const at = ticks.map((tick) => tenth(y(tick)));
  const across = { x1: plot.left, x2: plot.right };
  drawItems(layers.grid, "line", at.map((y1) => ({ ...across, y1, y2: y1 })));
  const place = { x: plot.left - 6, "text-anchor": "end", class: "fl-tick-text" };
  drawItems(layers.axis, "text", texts.map((text, i) => ({ ...place, y: at[i] + 4, text })));
}

/**
 * Draw the axis of model time, with dates below its ticks.
 *
 * @param {Layers} layers with `times` and `ticks` @param {Record<string, string>} words
 * @param {import("./chart_scale.js").ChartClock} clock @param {[number, number]} span of times
 * @param {Plot} plot @param {Scale} x @param {number} width of the picture
 */
export function drawTimeAxis(layers, words, clock, span, plot, x, width) {
  const room = plot.right - plot.left;
  const key = [clock.unit, clock.start, ...span, Math.round(room)].join(" ");
  const kept = timeTicksKept.get(layers);
  const wide = (/** @type {string} */ text) => textWidth(text, TICK_SIZE);
  const ticks = kept?.key === key ? kept.ticks : timeTicks(words, clock, span, room, wide);
  timeTicksKept.set(layers, { key, ticks });
  const [y1, y2] = [plot.bottom, plot.bottom + 4];
  const at = ticks.map((tick) => tenth(x(tick.time)));
  const lines = at.map((x1) => ({ x1, x2: x1, y1, y2 }));
  drawItems(layers.ticks, "line", [{ x1: plot.left, x2: plot.right, y1, y2: y1 }, ...lines]);
  const placed = (/** @type {string} */ text, /** @type {number} */ i, /** @type {number} */ y) => {
    const half = wide(text) / 2;
    const middle = Math.max(half + 1, Math.min(width - half - 1, at[i]));
    return { x: tenth(middle), y, "text-anchor": "middle", class: "fl-tick-text", text };
  };
  const texts = ticks.map((tick, i) => placed(tick.text, i, plot.bottom + 16));
  const dated = ticks.some((tick) => tick.date) ? ticks : [];
  const dates = dated.map((tick, i) => placed(tick.date, i, plot.bottom + 30));
  drawItems(layers.times, "text", [...texts, ...dates]);
}

/**
 * Break the words at the ends of lines: a name in up to three lines, its value always whole.
 *
 * @param {End[]} ends @param {number} room pixels @param {number} [most] lines of a name
 * @returns {{lines: string[][], wide: number}}
 */
export function wrapEnds(ends, room, most = ends.length > 3 ? 2 : 3) {
  const wide = (/** @type {string} */ text) => textWidth(text, END_SIZE, true);
  const values = ends.map((end) => (end.value ? ` ${end.value}` : ""));
  const widest = Math.max(0, ...values.map(wide));
  const budget = Math.max(room, (most - 0.4) * room - widest);
  const names = toldApart(ends.map((end) => end.name), budget, END_SIZE, true);
  const lines = names.map((name, i) => {
    const found = wrapText(name, room, END_SIZE, most, true);
    const last = found.length - 1;
    if (last < 0) return [ends[i].value];
    if (wide(found[last] + values[i]) <= room) found[last] += values[i];
    else if (found.length < most) found.push(ends[i].value);
    else found[last] = toldApart([found[last]], room - wide(values[i]), END_SIZE, true)[0] + values[i];
    return found;
  });
  return { lines, wide: Math.ceil(Math.max(0, ...lines.flat().map(wide))) };
}

/**
 * Draw the words at the ends of lines, none over another.
 *
 * @param {Layers} layers with `ends` @param {End[]} ends @param {string[][]} lines of each
 * @param {Plot} plot
 */
export function drawEnds(layers, ends, lines, plot) {
  const tallest = END_LINE * Math.max(1, ...lines.map((some) => some.length));
  const half = (tallest + 2) / 2;
  const wanted = ends.map((end) => end.at);
  const centres = spreadApart(wanted, tallest + 2, plot.top - 4 + half, plot.bottom + 6 - half);
  const items = ends.map((end, i) => {
    const y = tenth(centres[i] - ((lines[i].length - 1) * END_LINE) / 2 + 4);
    const look = `fl-end fl-halo ${end.tone}${end.strong ? " fl-strong" : ""}`;
    return { x: plot.right + 8, y, class: look, text: lines[i], step: END_LINE };
  });
  drawItems(layers.ends, "text", items);
}

/**
 * Find rows above a plot for the words of moments.
 *
 * @param {Hairline[]} hairlines @param {Plot} plot of which left and right are known @param {Scale} x
 * @param {number} width of the picture
 * @returns {{x: number, row: number, text: string, from: number}[]} the row −1 has no room for words
 */
export function placeHairlines(hairlines, plot, x, width) {
  const known = hairlines.filter(({ time }) => x(time) >= plot.left - 0.5 && x(time) <= plot.right + 0.5);
  const texts = toldApart(known.map(({ label }) => label), width - 8, TICK_SIZE);
  /** @type {[number, number][][]} */
  const rows = Array.from({ length: HAIR_ROWS }, () => []);
  return known.map(({ time }, i) => {
    const at = tenth(x(time));
    const wide = textWidth(texts[i], TICK_SIZE);
    const from = tenth(Math.max(2, Math.min(at - 2, width - wide - 2)));
    return { x: at, row: freeRow(rows, from, from + wide), text: texts[i], from };
  });
}

/**
 * Draw moments as lines with words above the plot.
 *
 * @param {Layers} layers with `hair` and `moments` @param {Plot} plot
 * @param {ReturnType<typeof placeHairlines>} placed
 */
export function drawHairlines(layers, plot, placed) {
  const y = (/** @type {number} */ row) => plot.top - 8 - HAIR_LINE * row;
  drawItems(
    layers.hair,
    "line",
    placed.map(({ x, row }) => ({ x1: x, x2: x, y1: row < 0 ? plot.top : y(row) + 3, y2: plot.bottom })),
  );
  const texts = placed.filter(({ row }) => row >= 0);
  drawItems(
    layers.moments,
    "text",
    texts.map(({ row, text, from }) => ({ x: from, y: y(row), class: "fl-moment fl-halo", text })),
  );
}

/** Pixels above a plot for the words of its moments. @param {ReturnType<typeof placeHairlines>} placed */
export function hairRoom(placed) {
  return 10 + HAIR_LINE * (1 + Math.max(-1, ...placed.map(({ row }) => row)));
}
