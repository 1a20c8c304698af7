/**
 * Scenarios against a baseline on one axis: in each row 5 to 95 % of futures of the difference, and its
 * middle; grey is what does not matter. A small one among several has no names: they are told where one points.
 *
 * @typedef {import("./chart_frame.js").Context} Context
 * @typedef {import("./chart_scale.js").Bounds} Bounds
 * @typedef {{scenario: string, label: string, low: number, middle: number, high: number, chosen?: boolean,
 *   tone?: number, mark?: number}} BarRow
 * @typedef {object} BarsData
 * @property {string} label of the outcome
 * @property {string} [unit] @property {string} [goal]
 * @property {boolean} [share] whether the numbers are shares; they are shown in points of a hundred
 * @property {number | null} [matters] the least difference that matters
 * @property {string} baseline
 * @property {BarRow[]} rows `chosen` is the one that the page shows; `tone` and `mark` as in `compare_looks.js`
 * @property {boolean} [lead] whether it is the largest of several
 * @property {boolean} [moving]
 * @property {string} [caption] @property {string} [note]
 */

import { TICK_SIZE } from "./chart_axes.js";
import { createChart, dotted, drawItems, goalText, layersOf } from "./chart_frame.js";
import { sideText, sizePicture, unitsText } from "./chart_frame.js";
import { axisBounds, chartNumber, extentOf, linearScale, niceTicks } from "./chart_scale.js";
import { placesOfBounds, tenth, tickTexts } from "./chart_scale.js";
import { textWidth, toldApart, wrapText } from "./chart_text.js";
import { markAt } from "./compare_looks.js";
import { t } from "./dom.js";
import { listenPointing } from "./pointing.js";

/** A narrower picture has the words of a row above its bar. */
const ROW_NARROW = 520;
const ROW_SIZE = 12;
const ROW_LINE = 15;
/** Pixels above the rows, for the words on both sides of zero. */
const ROWS_TOP = 20;
/** Pixels of a row of a small picture, and the width from which it has names. */
const [ROW_SMALL, NAMED] = [12, 290];

/**
 * Make a comparison of scenarios.
 *
 * @param {Context} context
 * @param {{name: string, small?: boolean, onPoint?: (scenario: string) => void}} how `small`: one among several;
 * what hears of the scenario that a reader points at
 * @returns {{element: HTMLElement, update: (data: BarsData) => void, asPng: () => Promise<Blob>,
 * point: (scenario: string) => void}}
 */
export function createBars(context, { name, small = false, onPoint = () => {} }) {
  const { words } = context;
  /** @type {BarsData | null} */
  let data = null;
  /** @type {{key: string, range: Bounds} | null} */
  let kept = null;
  const label = t(words, "chart.bars_label");
  const draw = (/** @type {number} */ width) => data && kept && drawBars(data, kept.range, width);
  const chart = createChart(context, { name, label, draw, wide: small ? 460 : 0 });
  const layers = layersOf(chart.picture, "zone", "grid", "zero", "bars", "names", "values", "axis", "sides", "said");
  let pointed = "";
  /** @type {{row: BarRow, at: number, from: number, to: number}[]} */
  let placed = [];

  /** @param {BarsData} now @param {Bounds} range @param {number} width */
  function drawBars(now, range, width) {
    const bare = small && !now.lead && width < NAMED;
    const narrow = !small && width < ROW_NARROW;
    const values = small ? now.rows.map(() => "") : now.rows.map((row) => barText(words, row, range));
    const widest = Math.ceil(Math.max(0, ...values.map((text) => textWidth(text, ROW_SIZE))));
    const room = narrow ? width - widest - 20 : Math.min(260, (small ? 0.42 : 0.36) * width);
    const shown = toldApart(now.rows.map((row) => row.label), 2.6 * room, ROW_SIZE, true);
    const lines = bare ? [] : shown.map((text) => wrapText(text, room, ROW_SIZE, 3, true));
    const wide = Math.ceil(Math.max(0, ...lines.flat().map((text) => textWidth(text, ROW_SIZE, true))));
    const plot = { left: narrow || bare ? 8 : wide + 14, right: narrow || small ? width - 8 : width - widest - 14 };
    const x = linearScale(range, plot.left, plot.right);
    let bottom = ROWS_TOP;
    const rows = now.rows.map((row, i) => {
      const top = bottom;
      const words = ROW_LINE * (lines[i]?.length ?? 0);
      const least = bare ? ROW_SMALL : small ? 19 : 28;
      bottom += narrow ? words + 26 : Math.max(least, words + (small ? 4 : 10));
      const [from, at] = narrow ? [top + words + 4, top + words + 14] : [top, (top + bottom) / 2];
      const first = narrow ? top + 12 : at + 4 - (words - ROW_LINE) / 2;
      return { row, at, first, from, to: narrow ? bottom - 2 : bottom, value: narrow ? first : at + 4 };
    });
    placed = rows;
    sizePicture(chart.picture, width, bottom + 24);
    const matters = now.matters ? Math.abs(now.matters) * (now.share ? 100 : 1) : 0;
    const within = (/** @type {number} */ at) => Math.max(plot.left, Math.min(plot.right, at));
    const [less, more] = [within(x(-matters)), within(x(matters))];
    const zone = { x: tenth(less), width: tenth(more - less) };
    const zones = rows.map(({ from, to }) => ({ ...zone, y: from, height: to - from }));
    drawItems(layers.zone, "rect", matters ? zones : []);
    const zero = tenth(x(0));
    drawItems(layers.zero, "line", rows.map(({ from, to }) => ({ x1: zero, x2: zero, y1: from, y2: to })));
    drawTicks(range, plot, x, rows, bottom, width);
    drawItems(layers.bars, "path", rows.flatMap(({ row, at }) => barPaths(row, x, at, row.scenario === pointed)));
    const names = rows.map(({ row, first }, i) => {
      const look = `fl-row fl-tone${row.tone ?? 1}${row.tone || row.chosen ? " fl-strong" : ""}`;
      return { x: narrow ? 8 : 2, y: first, class: look, text: lines[i], step: ROW_LINE };
    });
    drawItems(layers.names, "text", bare ? [] : names);
    const end = { x: width - (narrow ? 8 : 2), "text-anchor": "end", class: "fl-row-value" };
    drawItems(layers.values, "text", rows.map(({ value }, i) => ({ ...end, y: value, text: values[i] })));
    drawSides(now, plot, zero);
    drawSaid(now, range, plot, width);
  }

  /**
   * Name the row that a reader points at, and say its numbers.
   *
   * @param {BarsData} now @param {Bounds} range @param {{left: number, right: number}} plot @param {number} width
   */
  function drawSaid(now, range, plot, width) {
    const found = placed.find(({ row }) => row.scenario === pointed);
    if (!found || !small) return drawItems(layers.said, "text", []);
    const { row, at, from } = found;
    const text = (/** @type {number} */ value) => chartNumber(value, placesOfBounds(range), true, true);
    const numbers = t(words, "chart.bar_says", { middle: barText(words, row, range), low: text(row.low), high: text(row.high) });
    const said = wrapText(`${row.label}: ${numbers}`, width - 8, TICK_SIZE, 2, true);
    const y = at > ROWS_TOP + 40 ? from - 4 - 13 * (said.length - 1) : at + 20;
    drawItems(layers.said, "text", [{ x: 4, y, class: "fl-halo fl-said", text: said, step: 13 }]);
  }

  /** @param {string} scenario */
  function point(scenario) {
    if (scenario === pointed) return;
    pointed = scenario;
    chart.redraw();
  }

  /**
   * @param {Bounds} range @param {{left: number, right: number}} plot @param {(v: number) => number} x
   * @param {{from: number, to: number}[]} rows @param {number} bottom @param {number} width
   */
  function drawTicks(range, plot, x, rows, bottom, width) {
    let ticks = niceTicks(...range, Math.max(2, Math.floor((plot.right - plot.left) / 60)));
    let texts = tickTexts(ticks, true);
    const widest = Math.max(...texts.map((text) => textWidth(text, TICK_SIZE)));
    if ((widest + 10) * ticks.length > plot.right - plot.left + 30) {
      ticks = niceTicks(...range, 2).slice(0, 3);
      texts = tickTexts(ticks, true);
    }
    const places = ticks.map((tick) => tenth(x(tick)));
    const lines = rows.flatMap(({ from, to }) => places.map((at) => ({ x1: at, x2: at, y1: from, y2: to })));
    drawItems(layers.grid, "line", lines);
    const texted = texts.map((text, i) => {
      const half = textWidth(text, TICK_SIZE) / 2 + 1;
      const at = tenth(Math.max(half, Math.min(width - half, places[i])));
      return { x: at, y: bottom + 16, "text-anchor": "middle", class: "fl-tick-text", text };
    });
    drawItems(layers.axis, "text", texted);
  }

  /** Write which side is better. @param {BarsData} now @param {{left: number, right: number}} plot */
  function drawSides(now, plot, /** @type {number} */ zero) {
    const items = [];
    for (const higher of [false, true]) {
      const text = sideText(words, higher, now.goal);
      const free = higher ? plot.right - zero : zero - plot.left;
      const anchor = higher ? "start" : "end";
      if (textWidth(text, TICK_SIZE) + 8 > free) continue;
      items.push({ x: zero + (higher ? 6 : -6), y: 13, "text-anchor": anchor, class: "fl-side", text });
    }
    drawItems(layers.sides, "text", items);
  }

  /** @param {BarsData} given */
  function update(given) {
    const now = given.share ? { ...given, rows: given.rows.map(inPoints) } : given;
    data = now;
    const needed = extentOf(now.rows.map(({ low, middle, high }) => [low, middle, high, 0]));
    const range = axisBounds(needed, {}, kept?.key === now.label ? kept.range : null, Boolean(now.moving));
    kept = { key: now.label, range };
    const unit = now.share ? t(words, "chart.points") : unitsText(context, now.unit);
    const against = t(words, "chart.bars_unit", { baseline: now.baseline });
    const grey = now.matters ? t(words, "chart.bars_grey") : "";
    chart.tell({
      title: now.label,
      subtitle: small ? dotted(unit, goalText(words, now.goal)) : dotted(against, unit, goalText(words, now.goal)),
      caption: now.caption,
      note: small && !now.lead ? "" : dotted(t(words, "chart.bars_key"), grey, now.note),
      table: () => barsTable(words, now, range),
    });
    chart.redraw();
  }
  if (small) {
    listenPointing(chart.picture, {
      nearest: (_, y) => placed.find(({ from, to }) => y >= from && y < to)?.row.scenario ?? "",
      names: () => placed.map(({ row }) => row.scenario),
      onPoint,
    });
  }
  return { element: chart.element, update, asPng: chart.asPng, point };
}

/** @param {BarRow} row @returns {BarRow} */
function inPoints(row) {
  return { ...row, low: 100 * row.low, middle: 100 * row.middle, high: 100 * row.high };
}

/** @param {Record<string, string>} words @param {BarRow} row @param {Bounds} range */
function barText(words, row, range) {
  if (!Number.isFinite(row.middle)) return t(words, "chart.none");
  return chartNumber(row.middle, placesOfBounds(range), true, true);
}

/** @param {BarRow} row @param {(value: number) => number} x @param {number} y @param {boolean} pointed */
function barPaths({ low, middle, high, chosen, tone: own, mark = 0 }, x, y, pointed) {
  const tone = `fl-tone${own ?? Number(Boolean(chosen))}${pointed ? " fl-pointed" : ""}`;
  const found = [];
  if (Number.isFinite(low) && Number.isFinite(high)) {
    found.push({ class: `fl-range ${tone}`, d: `M${tenth(x(low))} ${tenth(y)}H${tenth(x(high))}` });
  }
  if (Number.isFinite(middle)) {
    found.push({ class: `fl-centre ${tone}`, d: markAt(mark, tenth(x(middle)), tenth(y)) });
  }
  return found;
}

/** @param {Record<string, string>} words @param {BarsData} data @param {Bounds} range */
function barsTable(words, data, range) {
  const text = (/** @type {number} */ value) => chartNumber(value, placesOfBounds(range) + 1, true, true);
  return {
    caption: dotted(data.label, t(words, "chart.bars_unit", { baseline: data.baseline })),
    head: ["scenario", "low", "middle", "high"].map((key) => t(words, `chart.${key}`)),
    rows: data.rows.map((row) => [row.label, text(row.low), text(row.middle), text(row.high)]),
  };
}
