/**
 * A series over time: the bands in which most runs lie, their median, and that of the baseline. With
 * `sign` it is a difference to the baseline, over futures: the baseline is the line at zero.
 *
 * @typedef {import("./chart_frame.js").Context} Context
 * @typedef {import("./chart_scale.js").Bounds} Bounds
 * @typedef {ArrayLike<number>} Numbers
 * @typedef {{label: string, values: Numbers, tone?: number, dash?: string}} Line `tone` from 1 to 6, 0 is
 * grey; `dash` is "dashed" or "dotted"
 * @typedef {object} FanData
 * @property {string} label of the series
 * @property {string} [title] by default the label
 * @property {string} [unit]
 * @property {string} [goal] "minimize", "maximize" or nothing
 * @property {number | null} [low] the declared range of the series
 * @property {number | null} [high]
 * @property {{unit: string, start?: string | null}} clock
 * @property {Numbers} times of the model; the same object while they stay
 * @property {string} scenario what the line is called at its end
 * @property {Numbers | null} bands [5 levels, time] at 5, 25, 50, 75 and 95 %, one level after another
 * @property {{label: string, values?: Numbers} | null} [baseline] its median; with `sign` only its name
 * @property {Line[]} [lines] further lines, as the baseline under the original assumptions
 * @property {{time: number, label: string}[]} [hairlines] moments with words
 * @property {Numbers[]} [samples] single runs, drawn faintly
 * @property {{label: string, values: Numbers} | null} [run] a single run, drawn strongly
 * @property {boolean} [sign] whether it is a difference
 * @property {Bounds | null} [bounds] of the axis, if several charts share it
 * @property {boolean} [moving] whether a lever moves: the axis then only grows
 * @property {string} [subtitle] by default the unit and which way is better
 * @property {string} [caption] by default what stands at the end, in a sentence
 * @property {string} [note] "line: median · bands: …"
 */

import { drawEnds, drawHairlines, drawTimeAxis, drawValueAxis } from "./chart_axes.js";
import { hairRoom, placeHairlines, tickRoom, timeRoom, wrapEnds } from "./chart_axes.js";
import { createChart, dotted, drawEmpty, drawItems, goalText, layersOf } from "./chart_frame.js";
import { sideText, sizePicture, unitsText } from "./chart_frame.js";
import { areaPath, axisBounds, chartNumber, extentOf, linePath, linearScale } from "./chart_scale.js";
import { momentWords, niceTicks, placesOfBounds, tenth, tickTexts } from "./chart_scale.js";
import { t } from "./dom.js";

/** The part of a picture that the words at the ends of lines may take, and most pixels of it. */
const FAN_ENDS = 0.34;
const FAN_ENDS_MOST = 240;
const MEDIAN = 2;

/**
 * Make a fan.
 *
 * @param {Context} context
 * @param {{name: string, height?: number}} how the name of its figure, pixels of its plot
 * @returns {{element: HTMLElement, update: (data: FanData) => void, asPng: () => Promise<Blob>}}
 */
export function createFan(context, { name, height = 190 }) {
  const { words } = context;
  /** @type {FanData | null} */
  let data = null;
  /** @type {Bounds | null} */
  let bounds = null;
  /** @type {{times: Numbers | null, left: number, right: number, xs: number[]}} */
  let across = { times: null, left: 0, right: 0, xs: [] };
  let pointed = -1;
  let sight = { top: 0, bottom: 0 };
  const label = t(words, "chart.fan_label");
  const draw = (/** @type {number} */ width) => data && bounds && drawFan(data, bounds, width);
  const chart = createChart(context, { name, label, draw });
  const behind = ["grid", "bands", "samples", "hair", "lines", "pointer"];
  const before = ["ticks", "times", "axis", "moments", "sides", "ends", "empty"];
  const layers = layersOf(chart.picture, ...behind, ...before);

  /** @param {FanData} now @param {Bounds} range @param {number} width */
  function drawFan(now, range, width) {
    const { times, clock, sign = false } = now;
    const ticks = niceTicks(...range, Math.max(2, Math.round(height / 45)));
    const texts = tickTexts(ticks, sign);
    const lines = fanLines(now);
    const drawn = lines.filter((line) => Number.isFinite(fanLast(line.values)));
    const span = /** @type {Bounds} */ ([times[0] ?? 0, fanLast(times) ?? 0]);
    const plot = { left: tickRoom(texts), right: 0, top: 0, bottom: 0 };
    const scale = linearScale(range, 0, height);
    const ends = drawn.map((line) => fanEnd(line, range, sign));
    const { lines: endLines, wide } = wrapEnds(ends, Math.min(FAN_ENDS * width, FAN_ENDS_MOST));
    plot.right = width - (ends.length ? wide + 10 : 8);
    const x = linearScale(span[1] > span[0] ? span : [span[0] - 1, span[0] + 1], plot.left, plot.right);
    const moments = placeHairlines(now.hairlines ?? [], plot, x, width);
    plot.top = hairRoom(moments);
    plot.bottom = plot.top + height;
    sight = plot;
    sizePicture(chart.picture, width, plot.bottom + timeRoom(clock));
    const y = (/** @type {number} */ value) => plot.bottom - scale(value);
    if (across.times !== times || across.left !== plot.left || across.right !== plot.right) {
      across = { times, left: plot.left, right: plot.right, xs: Array.from(times, (time) => tenth(x(time))) };
    }
    const { xs } = across;
    drawValueAxis(layers, plot, y, ticks, texts);
    drawTimeAxis(layers, words, clock, span, plot, x, width);
    drawHairlines(layers, plot, moments);
    const areas = fanBands(now).map(([low, high], i) => {
      return { class: `fl-band${i ? 50 : 90}`, d: areaPath(xs, low, high, y) };
    });
    drawItems(layers.bands, "path", areas);
    const faint = (now.samples ?? []).map((values) => linePath(xs, values, y)).join("");
    drawItems(layers.samples, "path", faint ? [{ class: "fl-sample", d: faint }] : []);
    const paths = lines.map((line) => ({ class: line.look, d: linePath(xs, line.values, y) }));
    drawItems(layers.lines, "path", paths);
    drawEmpty(layers.empty, words, plot, paths.some(({ d }) => d));
    for (const end of ends) end.at = y(end.at);
    drawEnds(layers, ends, endLines, plot);
    drawItems(layers.sides, "text", sign ? fanSides(words, now.goal, plot, y(0)) : []);
  }

  /** Say in the sentence what stands at a time. @param {number} place in times; −1 is the end */
  function pointAt(place) {
    if (!data || !bounds || place >= data.times.length || pointed === place) return;
    pointed = place;
    const [x, { top, bottom }] = [across.xs[place], sight];
    drawItems(layers.pointer, "line", place < 0 ? [] : [{ x1: x, x2: x, y1: top, y2: bottom }]);
    chart.say(place < 0 ? sentenceOf(data, bounds) : fanSentence(words, data, bounds, place));
  }

  /** @param {FanData} now @param {Bounds} range */
  function sentenceOf(now, range) {
    return now.caption ?? fanSentence(words, now, range, now.times.length - 1);
  }

  /** @param {FanData} now */
  function update(now) {
    data = now;
    if (pointed >= 0) pointAt(-1);
    const all = fanLines(now).map((line) => line.values);
    const needed = extentOf([now.bands, ...all, ...(now.samples ?? [])]);
    if (now.sign && needed[0] <= needed[1]) {
      needed[0] = Math.min(needed[0], 0);
      needed[1] = Math.max(needed[1], 0);
    }
    bounds = now.bounds ?? axisBounds(needed, now.sign ? {} : now, bounds, Boolean(now.moving));
    const range = bounds;
    chart.tell({
      title: now.title ?? now.label,
      subtitle: now.subtitle ?? dotted(unitsText(context, now.unit), goalText(words, now.goal)),
      caption: sentenceOf(now, range),
      note: now.note,
      table: () => fanTable(words, now, range),
    });
    chart.redraw();
  }
  chart.picture.addEventListener("pointermove", (event) => {
    const { left, width } = chart.picture.getBoundingClientRect();
    const x = ((event.clientX - left) / (width || 1)) * Number(chart.picture.getAttribute("width"));
    pointAt(nearestPlace(across.xs, x));
  });
  chart.picture.addEventListener("pointerleave", () => pointAt(-1));
  return { element: chart.element, update, asPng: chart.asPng };
}

/** The place of the number nearest to another. @param {number[]} sorted @param {number} x */
function nearestPlace(sorted, x) {
  const place = sorted.findIndex((one) => one >= x);
  if (place < 0) return sorted.length - 1;
  return place && x - sorted[place - 1] < sorted[place] - x ? place - 1 : place;
}

/** @param {Numbers} values @returns {number} */
function fanLast(values) {
  return values[values.length - 1];
}

/** One level of the bands. @param {FanData} data @param {number} level */
function fanLevel({ bands, times }, level) {
  const n = times.length;
  if (!bands) return new Float64Array(n).fill(NaN);
  if (bands instanceof Float64Array) return bands.subarray(level * n, (level + 1) * n);
  return Array.prototype.slice.call(bands, level * n, (level + 1) * n);
}

/** The two bands, the wide one first. @param {FanData} data @returns {[Numbers, Numbers][]} */
function fanBands(data) {
  if (!data.bands) return [];
  return [
    [fanLevel(data, 0), fanLevel(data, 4)],
    [fanLevel(data, 1), fanLevel(data, 3)],
  ];
}

/**
 * The lines of a fan, the strongest last, with their looks.
 *
 * @param {FanData} data
 * @returns {{label: string, values: Numbers, tone: string, look: string, strong: boolean}[]}
 */
function fanLines(data) {
  const { baseline, sign, run } = data;
  const found = (data.lines ?? []).map(({ label, values, tone = 0, dash }) => {
    const look = `fl-course fl-tone${tone} fl-${dash ?? "solid"}`;
    return { label, values, tone: `fl-tone${tone}`, look, strong: false };
  });
  const zero = sign && baseline ? new Float64Array(data.times.length) : null;
  const base = zero ?? baseline?.values;
  if (baseline && base) {
    const look = `fl-course fl-tone0 ${sign ? "fl-zero" : "fl-dashed"}`;
    found.push({ label: baseline.label, values: base, tone: "fl-tone0", look, strong: false });
  }
  if (data.bands) {
    const look = "fl-course fl-median";
    const values = fanLevel(data, MEDIAN);
    found.push({ label: data.scenario, values, tone: "fl-tone1", look, strong: true });
  }
  if (run) found.push({ ...run, tone: "fl-run-tone", look: "fl-course fl-run", strong: false });
  return found;
}

/**
 * @param {ReturnType<typeof fanLines>[0]} line @param {Bounds} range
 * @returns {import("./chart_axes.js").End}
 */
function fanEnd(line, range, sign = false) {
  const at = fanLast(line.values);
  const value = line.look.endsWith("zero") ? "" : chartNumber(at, placesOfBounds(range), sign);
  return { name: line.label, value, at, tone: line.tone, strong: line.strong };
}

/**
 * What lies above and below zero, where there is room.
 *
 * @param {Record<string, string>} words @param {string | undefined} goal
 * @param {import("./chart_axes.js").Plot} plot @param {number} zero pixels
 */
function fanSides(words, goal, { left, top, bottom }, zero) {
  const common = { x: left + 6, class: "fl-side fl-halo" };
  const above = { ...common, y: top + 14, text: sideText(words, true, goal) };
  const below = { ...common, y: bottom - 8, text: sideText(words, false, goal) };
  return [...(zero - top > 26 ? [above] : []), ...(bottom - zero > 26 ? [below] : [])];
}

/**
 * What stands at a time, in a sentence.
 *
 * @param {Record<string, string>} words @param {FanData} data @param {Bounds} range
 * @param {number} place in times
 */
function fanSentence(words, data, range, place) {
  const n = data.times.length;
  const at = (/** @type {number} */ level) => data.bands?.[level * n + place] ?? NaN;
  if (!Number.isFinite(at(MEDIAN))) return "";
  const text = (/** @type {number} */ value) => chartNumber(value, placesOfBounds(range), data.sign);
  const base = data.baseline?.values?.[place];
  const values = {
    ...{ when: momentWords(words, data.clock, data.times[place]), scenario: data.scenario },
    ...{ middle: text(at(MEDIAN)), low: text(at(0)), high: text(at(4)) },
    ...{ baseline: data.baseline?.label ?? "", base: base === undefined ? "" : text(base) },
  };
  const known = Number.isFinite(at(0)) && Number.isFinite(at(4));
  if (data.sign && Array.prototype.every.call(data.bands ?? [], (value) => !value)) return t(words, "chart.gap_none", values);
  if (data.sign) return t(words, known ? "chart.gap_says" : "chart.mean_says", values);
  return t(words, Number.isFinite(base) ? "chart.fan_says" : "chart.fan_says_alone", values);
}

/** @param {Record<string, string>} words @param {FanData} data @param {Bounds} range */
function fanTable(words, data, range) {
  const places = placesOfBounds(range) + 1;
  const levels = data.bands ? [0, 1, 2, 3, 4].map((level) => fanLevel(data, level)) : [];
  const others = fanLines(data).filter((line) => !line.strong && !(data.sign && line.look.includes("zero")));
  const key = data.sign ? "chart.level_futures" : "chart.level";
  const head = levels.map((_, i) => t(words, key, { p: String([5, 25, 50, 75, 95][i]) }));
  const columns = [...levels, ...others.map((line) => line.values)];
  return {
    caption: dotted(data.title ?? data.label, data.scenario, data.unit),
    head: [t(words, "chart.time"), ...head, ...others.map((line) => line.label)],
    rows: Array.from(data.times, (time, i) => [
      momentWords(words, data.clock, time),
      ...columns.map((values) => chartNumber(values[i], places, data.sign, true)),
    ]),
  };
}
