/**
 * Futures as dots: the value of an assumption against the expected difference, and where its sign turns.
 *
 * @typedef {import("./chart_frame.js").Context} Context
 * @typedef {import("./chart_scale.js").Bounds} Bounds
 * @typedef {object} DotsData
 * @property {string} title @property {string} [subtitle] @property {string} [caption] @property {string} [note]
 * @property {string} across what lies across, with its unit @property {string} upwards
 * @property {string} [goal] of what lies upwards
 * @property {ArrayLike<number>} x of an assumption of words its place among them @property {ArrayLike<number>} y
 * @property {string[]} [options] of an assumption of words
 * @property {boolean} [logarithm]
 * @property {number | null} [turn] the value at which the sign turns
 */

import { TICK_SIZE, drawValueAxis, tickRoom } from "./chart_axes.js";
import { createChart, drawEmpty, drawItems, layersOf, sideText, sizePicture } from "./chart_frame.js";
import { chartNumber, extentOf, linearScale, niceBounds, niceTicks } from "./chart_scale.js";
import { placesOfBounds, tenth, tickTexts } from "./chart_scale.js";
import { textWidth, toldApart, wrapText } from "./chart_text.js";
import { t } from "./dom.js";

const HEIGHT = 230;
const LINE = 14;

/** @param {Context} context @param {{name: string}} how */
export function createDots(context, { name }) {
  const { words } = context;
  /** @type {DotsData | null} */
  let data = null;
  const label = t(words, "drivers.dots_label");
  const chart = createChart(context, { name, label, draw: (width) => data && draw(data, width) });
  const layers = layersOf(chart.picture, "grid", "zero", "hair", "dots", "axis", "across", "sides", "empty");

  /** @param {DotsData} now @param {number} width */
  function draw(now, width) {
    const { xs, range } = placesOf(now);
    const up = niceBounds(...extentOf([now.y, [0]]));
    const ticks = niceTicks(...up, 5);
    const texts = tickTexts(ticks, true);
    const upwards = wrapText(now.upwards, width - 4, TICK_SIZE, 3);
    const across = wrapText(now.across, width - 16, TICK_SIZE, 3);
    const top = upwards.length * LINE + 8;
    const plot = { left: tickRoom(texts), right: width - 12, top, bottom: top + HEIGHT };
    const [x, y] = [linearScale(range, plot.left, plot.right), linearScale(up, plot.bottom, plot.top)];
    sizePicture(chart.picture, width, plot.bottom + 22 + across.length * LINE);
    drawValueAxis(layers, plot, y, ticks, texts);
    const zero = tenth(y(0));
    drawItems(layers.zero, "line", [{ x1: plot.left, x2: plot.right, y1: zero, y2: zero }]);
    const turn = typeof now.turn === "number" ? [tenth(x(now.logarithm ? Math.log10(now.turn) : now.turn))] : [];
    drawItems(layers.hair, "line", turn.map((at) => ({ x1: at, x2: at, y1: plot.top, y2: plot.bottom })));
    const dots = Array.from(now.y, (value, i) => ({ cx: tenth(x(xs[i])), cy: tenth(y(value)), r: 2.8 }));
    const known = dots.filter(({ cx, cy }) => Number.isFinite(cx) && Number.isFinite(cy));
    drawItems(layers.dots, "circle", known);
    drawEmpty(layers.empty, words, plot, known.length > 0);
    drawItems(layers.across, "text", [
      ...marksOf(now, range, x, plot, width),
      { x: 2, y: 11, class: "fl-axis-title", text: upwards, step: LINE },
      { x: plot.right, y: plot.bottom + 32, "text-anchor": "end", class: "fl-axis-title", text: across, step: LINE },
    ]);
    const sides = [true, false].map((higher) => ({
      ...{ x: plot.right, y: higher ? zero - 5 : zero + 13, "text-anchor": "end", class: "fl-side fl-halo" },
      text: sideText(words, higher, now.goal),
    }));
    drawItems(layers.sides, "text", sides.filter(({ y: at }) => at > plot.top + 6 && at < plot.bottom - 2));
  }

  /** @param {DotsData} now */
  function update(now) {
    data = now;
    const { title, subtitle, caption, note } = now;
    chart.tell({ title, subtitle, caption, note, table: () => tableOf(words, now) });
    chart.redraw();
  }
  return { element: chart.element, update };
}

/** Where the dots lie across, and the bounds of the axis. @param {DotsData} data @returns {{xs: number[], range: Bounds}} */
function placesOf({ x, options, logarithm }) {
  if (options) {
    // Those of one word stand side by side, in the order of the futures.
    const xs = Array.from(x, (value, i) => value + (((i * 0.618034) % 1) - 0.5) * 0.5);
    return { xs, range: [-0.5, options.length - 0.5] };
  }
  const xs = Array.from(x, (value) => (logarithm ? Math.log10(value) : value));
  const [low, high] = extentOf([xs]);
  return { xs, range: low < high ? [low, high] : [low - 0.5, low + 0.5] };
}

/** @param {DotsData} now @param {Bounds} range @param {(v: number) => number} x @param {any} plot @param {number} width */
function marksOf({ options, logarithm }, range, x, plot, width) {
  const room = plot.right - plot.left;
  const ticks = options ? options.map((_, i) => i) : niceTicks(...range, Math.max(2, Math.floor(room / 80)));
  const plain = logarithm ? ticks.map((tick) => chartNumber(10 ** tick, 6)) : tickTexts(ticks);
  const texts = options ? toldApart(options, room / options.length - 6, TICK_SIZE) : plain;
  return ticks.map((tick, i) => {
    const half = textWidth(texts[i], TICK_SIZE) / 2 + 1;
    const at = tenth(Math.max(half, Math.min(width - half, x(tick))));
    return { x: at, y: plot.bottom + 15, "text-anchor": "middle", class: "fl-tick-text", text: texts[i] };
  });
}

/** @param {Record<string, string>} words @param {DotsData} data */
function tableOf(words, { title, across, upwards, x, y, options }) {
  const places = [extentOf([x]), extentOf([y])].map((bounds) => placesOfBounds(bounds) + 1);
  const rows = Array.from(y, (value, i) => [
    t(words, "chart.future", { n: i + 1 }),
    options ? options[x[i]] : chartNumber(x[i], places[0], false, true),
    chartNumber(value, places[1], true, true),
  ]);
  return { caption: title, head: [t(words, "chart.plane_rows"), across, upwards], rows };
}
