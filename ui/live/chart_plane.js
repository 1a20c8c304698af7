/**
 * A cloud of futures on the plane of two outcomes: in each the expected difference to the baseline.
 *
 * @typedef {import("./chart_frame.js").Context} Context
 * @typedef {import("./chart_scale.js").Bounds} Bounds
 * @typedef {[number, number, number]} Spread low, middle, high
 * @typedef {{label: string, unit?: string, goal?: string, share?: boolean, bar: Spread}} PlaneAxis `bar`
 * has the middle and 5 to 95 % of futures; a share is in points of a hundred
 * @typedef {object} PlaneData
 * @property {PlaneAxis} x what lies across
 * @property {PlaneAxis} y what lies upwards
 * @property {[number, number][]} dots of futures
 * @property {number[][] | null} [corners] of a hundred futures: [higher across][higher upwards]
 * @property {string} scenario
 * @property {string} baseline
 * @property {boolean} [moving] whether a lever moves: the axes then only grow
 * @property {string} [caption] @property {string} [note]
 */

import { drawValueAxis, tickRoom, TICK_SIZE } from "./chart_axes.js";
import { createChart, dotted, drawEmpty, drawItems, goalText, layersOf } from "./chart_frame.js";
import { sideText, sizePicture, unitsText } from "./chart_frame.js";
import { axisBounds, chartNumber, extentOf, linearScale, niceTicks } from "./chart_scale.js";
import { placesOfBounds, tenth, tickTexts } from "./chart_scale.js";
import { textWidth, toldApart, wrapText } from "./chart_text.js";
import { t } from "./dom.js";

/** Pixels of a line of words around a plane. */
const PLANE_LINE = 14;
const CORNER_SIZE = 12;

/**
 * Make a plane.
 *
 * @param {Context} context
 * @param {{name: string, height?: number}} how
 * @returns {{element: HTMLElement, update: (data: PlaneData) => void, asPng: () => Promise<Blob>}}
 */
export function createPlane(context, { name, height = 230 }) {
  const { words } = context;
  /** @type {PlaneData | null} */
  let data = null;
  /** @type {{key: string, x: Bounds, y: Bounds} | null} */
  let bounds = null;
  const label = t(words, "chart.plane_label");
  const draw = (/** @type {number} */ width) => data && bounds && drawPlane(data, bounds, width);
  const chart = createChart(context, { name, label, draw });
  const names = ["grid", "down", "zero", "dots", "bars", "axis", "across", "corners", "empty"];
  const layers = layersOf(chart.picture, ...names);

  /** @param {PlaneData} now @param {{x: Bounds, y: Bounds}} range @param {number} width */
  function drawPlane(now, range, width) {
    const ticks = niceTicks(...range.y, Math.max(2, Math.round(height / 45)));
    const texts = tickTexts(ticks, true);
    const plot = { left: tickRoom(texts), right: width - 10, top: 0, bottom: 0 };
    const half = (plot.right - plot.left) / 2 - 8;
    const corners = cornerWords(words, now, half);
    const tall = (/** @type {number} */ up) =>
      PLANE_LINE * Math.max(0, ...corners.filter((c) => c.up === up).map((c) => c.lines.length));
    const title = (/** @type {PlaneAxis} */ outcome) =>
      wrapText(axisTitle(context, outcome), width - 4, TICK_SIZE, 3);
    const [upwards, across] = [title(now.y), title(now.x)];
    const above = upwards.length * PLANE_LINE + 4;
    plot.top = above + tall(1) + 8;
    plot.bottom = plot.top + height;
    const below = plot.bottom + tall(0) + 6;
    const x = linearScale(range.x, plot.left, plot.right);
    const y = linearScale(range.y, plot.bottom, plot.top);
    sizePicture(chart.picture, width, below + 20 + across.length * PLANE_LINE);
    drawValueAxis(layers, plot, y, ticks, texts);
    const marks = tickMarks(range.x, plot);
    const ends = { y1: plot.top, y2: plot.bottom };
    const down = marks.map(({ tick }) => tenth(x(tick)));
    drawItems(layers.down, "line", down.map((at) => ({ x1: at, x2: at, ...ends })));
    const [x0, y0] = [tenth(x(0)), tenth(y(0))];
    const cross = [{ x1: x0, x2: x0, ...ends }, { x1: plot.left, x2: plot.right, y1: y0, y2: y0 }];
    drawItems(layers.zero, "line", cross);
    const known = now.dots.filter((dot) => dot.every(Number.isFinite));
    drawItems(layers.dots, "circle", known.map(([a, b]) => ({ cx: tenth(x(a)), cy: tenth(y(b)), r: 2.6 })));
    drawItems(layers.bars, "path", centreOf(now, x, y));
    drawEmpty(layers.empty, words, plot, known.length > 0 || now.x.bar.every(Number.isFinite));
    const common = { "text-anchor": "middle", y: below + 12, class: "fl-tick-text" };
    const numbers = marks.map(({ tick, text }) => {
      const wide = textWidth(text, TICK_SIZE) / 2 + 1;
      return { x: tenth(Math.max(wide, Math.min(width - wide, x(tick)))), text, ...common };
    });
    const titled = { class: "fl-axis-title", step: PLANE_LINE };
    const named = [
      { x: 2, y: 11, text: upwards, ...titled },
      { x: width - 2, y: below + 12 + 18, "text-anchor": "end", text: across, ...titled },
    ];
    drawItems(layers.across, "text", numbers);
    drawItems(layers.corners, "text", [...named, ...corners.map((corner) => cornerText(corner, plot))]);
  }

  /** @param {PlaneData} now */
  function update(now) {
    data = now;
    const { x: across, y: up } = now;
    const key = `${across.label} ${up.label}`;
    const before = bounds?.key === key ? bounds : null;
    const side = (/** @type {0 | 1} */ i) => {
      const needed = extentOf([now.dots.map((dot) => dot[i]), (i ? now.y : now.x).bar, [0]]);
      return axisBounds(needed, {}, before && (i ? before.y : before.x), Boolean(now.moving));
    };
    bounds = { key, x: side(0), y: side(1) };
    const range = bounds;
    const { scenario, baseline } = now;
    chart.tell({
      title: t(words, "chart.plane_title", { x: across.label, y: up.label }),
      caption: now.caption ?? t(words, "chart.plane_says", { scenario, baseline }),
      note: now.note,
      table: () => planeTable(context, now, range),
    });
    chart.redraw();
  }
  return { element: chart.element, update, asPng: chart.asPng };
}

/** @param {Context} context @param {PlaneAxis} outcome */
function planeUnit(context, { unit, share }) {
  return share ? t(context.words, "chart.points") : unitsText(context, unit);
}

/** @param {Context} context @param {PlaneAxis} outcome */
function axisTitle(context, outcome) {
  const place = outcome.unit || outcome.share ? ` (${planeUnit(context, outcome)})` : "";
  return dotted(outcome.label + place, goalText(context.words, outcome.goal));
}

/** As many ticks across as have room. @param {Bounds} range @param {import("./chart_axes.js").Plot} plot */
function tickMarks(range, plot) {
  for (let count = 6; ; count -= 1) {
    const ticks = niceTicks(...range, count);
    const texts = tickTexts(ticks, true);
    const widest = Math.max(...texts.map((text) => textWidth(text, TICK_SIZE)));
    const fits = (widest + 12) * ticks.length <= plot.right - plot.left;
    if (fits || count <= 1) return ticks.map((tick, i) => ({ tick, text: texts[i] })).slice(0, fits ? 9 : 2);
  }
}

/**
 * The centre of a cloud with its bars.
 *
 * @param {PlaneData} data @param {import("./chart_scale.js").Scale} across
 * @param {import("./chart_scale.js").Scale} up
 */
function centreOf({ x, y }, across, up) {
  const [left, cx, right] = x.bar.map((value) => tenth(across(value)));
  const [low, cy, high] = y.bar.map((value) => tenth(up(value)));
  if (!Number.isFinite(cx) || !Number.isFinite(cy)) return [];
  const bars = [];
  if (Number.isFinite(left) && Number.isFinite(right)) bars.push(`M${left} ${cy}H${right}`);
  if (Number.isFinite(low) && Number.isFinite(high)) bars.push(`M${cx} ${low}V${high}`);
  const ring = `M${cx - 6} ${cy}a6 6 0 1 0 12 0a6 6 0 1 0 -12 0`;
  return [
    { class: "fl-cross", d: bars.join("") },
    { class: "fl-centre", d: ring },
  ];
}

/**
 * How many futures of a hundred lie in each corner, and what that means.
 *
 * @param {Record<string, string>} words @param {PlaneData} data @param {number} room
 */
function cornerWords(words, { corners, x, y }, room) {
  const found = [];
  for (const right of [0, 1]) {
    for (const up of [0, 1]) {
      const count = corners?.[right]?.[up] ?? 0;
      if (!count) continue;
      const sides = [sideText(words, right > 0, x.goal), sideText(words, up > 0, y.goal)];
      const same = sides[0] === sides[1];
      const says = t(words, same ? "chart.corner_both" : "chart.corner_two", { x: sides[0], y: sides[1] });
      const many = t(words, "chart.corner_count", { count: String(count) });
      const lines = [toldApart([many], room, CORNER_SIZE, true)[0], ...wrapText(says, room, CORNER_SIZE)];
      found.push({ right, up, lines });
    }
  }
  return found;
}

/**
 * @param {{right: number, up: number, lines: string[]}} corner
 * @param {import("./chart_axes.js").Plot} plot
 */
function cornerText({ right, up, lines }, plot) {
  const y = up ? plot.top - 8 - PLANE_LINE * (lines.length - 1) : plot.bottom + 15;
  const side = { x: right ? plot.right : plot.left, "text-anchor": right ? "end" : "start" };
  return { ...side, y, class: "fl-corner", text: lines, step: PLANE_LINE };
}

/** @param {Context} context @param {PlaneData} data @param {{x: Bounds, y: Bounds}} range */
function planeTable(context, data, range) {
  const { words } = context;
  const places = [range.x, range.y].map((side) => placesOfBounds(side) + 1);
  const text = (/** @type {[number, number]} */ pair) =>
    pair.map((value, i) => chartNumber(value, places[i], true, true));
  const [low, middle, high] = [0, 1, 2].map((i) => text([data.x.bar[i], data.y.bar[i]]));
  const rows = data.dots.map((dot, i) => [t(words, "chart.future", { n: String(i + 1) }), ...text(dot)]);
  return {
    caption: t(words, "chart.plane_says", { scenario: data.scenario, baseline: data.baseline }),
    head: [t(words, "chart.plane_rows"), axisTitle(context, data.x), axisTitle(context, data.y)],
    rows: [
      [t(words, "chart.low"), ...low],
      [t(words, "chart.middle"), ...middle],
      [t(words, "chart.high"), ...high],
      ...rows,
    ],
  };
}
