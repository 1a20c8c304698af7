/**
 * A series of each member of a set over time: small pictures side by side on one scale, each with the bands
 * in which most runs lie, their median, and that of the baseline.
 *
 * @typedef {import("./chart_frame.js").Context} Context
 * @typedef {import("./chart_scale.js").Bounds} Bounds
 * @typedef {ArrayLike<number>} Numbers
 * @typedef {{label: string, bands: Numbers, baseline: Numbers | null}} Member `bands` are [5 levels, time], as
 * those of a fan; `baseline` is its median
 * @typedef {object} MembersData
 * @property {string} label of the series
 * @property {string} [unit] @property {string} [goal]
 * @property {string[]} sets
 * @property {number | null} [low] the declared range @property {number | null} [high]
 * @property {{unit: string, start?: string | null}} clock
 * @property {Numbers} times
 * @property {string} scenario @property {string} baseline
 * @property {Member[]} members
 * @property {boolean} [moving] whether a lever moves: the axis then only grows
 * @property {string} [note]
 */

import { tickRoom, timeRoom } from "./chart_axes.js";
import { createChart, dotted, drawEmpty, drawItems, goalText, layersOf, sizePicture, unitsText } from "./chart_frame.js";
import { areaPath, axisBounds, chartNumber, extentOf, linePath, linearScale, momentWords } from "./chart_scale.js";
import { niceTicks, placesOfBounds, tenth, tickTexts, timeTicks } from "./chart_scale.js";
import { textWidth, toldApart } from "./chart_text.js";
import { t } from "./dom.js";

/** Pixels: the least width of a picture, the height of its plot, what is above it, and between two. */
const [LEAST_WIDTH, PLOT_HEIGHT, HEAD, BETWEEN] = [136, 96, 24, 16];
const MOST_COLUMNS = 5;
const MEDIAN = 2;
const NAME_SIZE = 12;
const TICK_SIZE = 11;

/**
 * Make the pictures of a family.
 *
 * @param {Context} context @param {{name: string}} how
 * @returns {{element: HTMLElement, update: (data: MembersData) => void, asPng: () => Promise<Blob>}}
 */
export function createMultiples(context, { name }) {
  const { words } = context;
  const { chart, ...made } = membersChart(context, {
    ...{ name, label: t(words, "chart.multiples_label"), draw: drawAll },
    numbersOf: ({ members }) => members.flatMap(({ bands, baseline }) => [bands, baseline]),
  });
  const layers = layersOf(chart.picture, "grid", "bands", "lines", "ticks", "times", "axis", "names", "tips", "empty");
  return made;

  /** @param {MembersData} now @param {Bounds} range @param {number} width */
  function drawAll(now, range, width) {
    const { members, times, clock } = now;
    const ticks = niceTicks(...range, 2);
    const texts = tickTexts(ticks);
    const left = tickRoom(texts);
    const columns = columnsOf(members.length, width - left);
    const rows = Math.ceil(members.length / columns);
    const wide = (width - left - 8 - (columns - 1) * BETWEEN) / columns;
    const step = HEAD + PLOT_HEIGHT;
    sizePicture(chart.picture, width, rows * step + timeRoom(clock));
    const span = /** @type {Bounds} */ ([times[0] ?? 0, times[times.length - 1] ?? 0]);
    const room = (/** @type {string} */ text) => textWidth(text, TICK_SIZE);
    const found = timeTicks(words, clock, span, wide, room);
    const apart = (wide * (found[found.length - 1].time - found[0].time)) / (span[1] - span[0] || 1);
    const moments = endsOf(found, apart, room);
    const names = toldApart(members.map(({ label }) => label), wide - 44, NAME_SIZE, true);
    const places = placesOfBounds(range);
    /** @type {Record<string, Record<string, any>[]>} */
    const items = { grid: [], bands: [], lines: [], ticks: [], times: [], axis: [], names: [], tips: [] };
    members.forEach((member, i) => {
      const from = left + (i % columns) * (wide + BETWEEN);
      const top = Math.floor(i / columns) * step + HEAD;
      const [to, bottom] = [from + wide, top + PLOT_HEIGHT - 8];
      const x = linearScale(span[1] > span[0] ? span : [span[0] - 1, span[0] + 1], from, to);
      const y = linearScale(range, bottom, top);
      const xs = Array.from(times, (time) => tenth(x(time)));
      for (const tick of ticks) items.grid.push({ x1: from, x2: to, y1: tenth(y(tick)), y2: tenth(y(tick)) });
      for (const [low, high] of [[0, 4], [1, 3]]) {
        const d = areaPath(xs, levelOf(member, low), levelOf(member, high), y);
        items.bands.push({ class: low ? "fl-band50" : "fl-band90", d });
      }
      if (member.baseline) items.lines.push({ class: "fl-course fl-tone0 fl-dashed", d: linePath(xs, member.baseline, y) });
      items.lines.push({ class: "fl-course fl-median", d: linePath(xs, levelOf(member, MEDIAN), y) });
      items.ticks.push({ x1: from, x2: to, y1: bottom, y2: bottom });
      if (i % columns === 0) {
        ticks.forEach((tick, k) => items.axis.push({ x: from - 6, y: tenth(y(tick) + 4), "text-anchor": "end", class: "fl-tick-text", text: texts[k] }));
      }
      if (i + columns >= members.length) drawTimes(items, moments, x, bottom);
      items.names.push({ x: from, y: top - 6, class: "fl-member fl-halo", text: names[i] });
      const last = chartNumber(lastOf(levelOf(member, MEDIAN)), places);
      items.names.push({ x: to, y: top - 6, "text-anchor": "end", class: "fl-member-end fl-halo fl-tone1", text: last });
      items.tips.push({ x: from, y: top - HEAD, width: tenth(wide), height: step, tip: memberSays(words, now, member, range) });
    });
    drawItems(layers.grid, "line", items.grid);
    drawItems(layers.bands, "path", items.bands);
    drawItems(layers.lines, "path", items.lines);
    drawItems(layers.ticks, "line", items.ticks);
    for (const key of ["times", "axis", "names"]) drawItems(layers[key], "text", items[key]);
    drawItems(layers.tips, "rect", items.tips);
    drawEmpty(layers.empty, words, { left, right: width, top: HEAD, bottom: HEAD + PLOT_HEIGHT }, items.lines.some(({ d }) => d));
  }
}

/**
 * Make a chart of a family without its picture: title, axis, caption and table.
 *
 * @param {Context} context
 * @param {{name: string, label: string, numbersOf: (now: MembersData) => (Numbers | null | undefined)[],
 *   draw: (now: MembersData, range: Bounds, width: number) => void}} how the picture, and the numbers that its axis
 *   must hold
 */
export function membersChart(context, { name, label, numbersOf, draw }) {
  const { words } = context;
  /** @type {MembersData | null} */
  let data = null;
  /** @type {Bounds | null} */
  let bounds = null;
  const redraw = (/** @type {number} */ width) => data && bounds && draw(data, bounds, width);
  const chart = createChart(context, { name, label, draw: redraw });
  chart.element.classList.add("fl-chart-wide");

  /** @param {MembersData} now */
  function update(now) {
    bounds = axisBounds(extentOf(numbersOf(now)), now, bounds, Boolean(now.moving));
    data = now;
    const range = bounds;
    chart.tell({
      title: t(words, "chart.each", { label: now.label, sets: now.sets.join(" × ") }),
      subtitle: dotted(unitsText(context, now.unit), goalText(words, now.goal)),
      caption: extremesSay(words, now, placesOfBounds(range)),
      note: now.note,
      table: () => membersTable(words, now, range),
    });
    chart.redraw();
  }
  return { chart, element: chart.element, update, asPng: chart.asPng };
}

/** As few columns as fill the rows evenly. @param {number} count @param {number} room */
function columnsOf(count, room) {
  const most = Math.max(1, Math.min(MOST_COLUMNS, count, Math.floor((room + BETWEEN) / (LEAST_WIDTH + BETWEEN))));
  return Math.ceil(count / Math.ceil(count / most));
}

/**
 * The first and the last of some moments; the first alone where there is no room between them.
 *
 * @param {import("./chart_scale.js").TimeTick[]} moments @param {number} apart pixels between these two
 * @param {(text: string) => number} room the width of a text
 */
function endsOf(moments, apart, room) {
  const [first, last] = [moments[0], moments[moments.length - 1]];
  const wide = Math.max(room(first.text) + room(last.text), room(first.date) + room(last.date));
  return moments.length > 1 && wide + 8 <= apart ? [first, last] : [first];
}

/**
 * @param {Record<string, Record<string, any>[]>} items
 * @param {import("./chart_scale.js").TimeTick[]} moments @param {(time: number) => number} x
 * @param {number} bottom
 */
function drawTimes(items, moments, x, bottom) {
  moments.forEach(({ time, text, date }, place) => {
    const at = tenth(x(time));
    items.ticks.push({ x1: at, x2: at, y1: bottom, y2: bottom + 4 });
    [text, date].forEach((line, i) => {
      const common = { x: at, y: bottom + 16 + 13 * i, "text-anchor": place ? "end" : "start" };
      if (line) items.times.push({ ...common, class: "fl-tick-text", text: line });
    });
  });
}

/** @param {Member} member @param {number} level */
function levelOf({ bands }, level) {
  const n = bands.length / 5;
  return Array.prototype.slice.call(bands, level * n, (level + 1) * n);
}

/** The median of a member. @param {Member} member */
export function medianOf(member) {
  return levelOf(member, MEDIAN);
}

/** The last number. @param {number[]} values */
function lastOf(values) {
  return values.findLast((value) => Number.isFinite(value)) ?? NaN;
}

/** @param {Record<string, string>} words @param {MembersData} now @param {Member} member @param {Bounds} range */
function memberSays(words, { clock, times, scenario, baseline }, member, range) {
  const text = (/** @type {number} */ value) => chartNumber(value, placesOfBounds(range));
  const [low, middle, high] = [0, MEDIAN, 4].map((level) => text(lastOf(levelOf(member, level))));
  const base = member.baseline ? text(lastOf([...Array.from(member.baseline)])) : "";
  const when = momentWords(words, clock, times[times.length - 1]);
  const key = base ? "chart.fan_says" : "chart.fan_says_alone";
  return `${member.label}. ${t(words, key, { when, scenario, middle, low, high, baseline, base })}`;
}

/** Which members end highest and lowest. @param {Record<string, string>} words @param {MembersData} now @param {number} places */
function extremesSay(words, { members, clock, times }, places) {
  const ends = members.map((member) => ({ label: member.label, end: lastOf(medianOf(member)) }));
  const known = ends.filter(({ end }) => Number.isFinite(end)).sort((a, b) => b.end - a.end);
  if (known.length < 2) return "";
  const [high, low] = [known[0], known[known.length - 1]];
  const when = momentWords(words, clock, times[times.length - 1]);
  if (high.end === low.end) return t(words, "chart.members_same", { when, value: chartNumber(high.end, places) });
  const text = { high: chartNumber(high.end, places), low: chartNumber(low.end, places) };
  return t(words, "chart.members_say", { when, most: high.label, least: low.label, ...text });
}

/** Medians of all members. @param {Record<string, string>} words @param {MembersData} now @param {Bounds} range */
function membersTable(words, { label, unit, scenario, baseline, members, times, clock }, range) {
  const places = placesOfBounds(range) + 1;
  const medians = members.map(medianOf);
  const columns = members.flatMap((member, i) => [medians[i], ...(member.baseline ? [member.baseline] : [])]);
  const head = members.flatMap((member) => [member.label, ...(member.baseline ? [`${member.label}, ${baseline}`] : [])]);
  return {
    caption: dotted(t(words, "chart.medians", { label }), scenario, unit),
    head: [t(words, "chart.time"), ...head],
    rows: Array.from(times, (time, i) => [
      momentWords(words, clock, time),
      ...columns.map((values) => chartNumber(values[i], places, false, true)),
    ]),
  };
}
