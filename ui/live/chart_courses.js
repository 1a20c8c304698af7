/**
 * The difference of several scenarios to a baseline over time: a median line of each. The coloured ones have their
 * names at their ends; a grey one is named where one points at it.
 *
 * @typedef {import("./chart_frame.js").Context} Context
 * @typedef {import("./chart_scale.js").Bounds} Bounds
 * @typedef {{scenario: string, label: string, values: ArrayLike<number>, tone: number, mark: number}} Course `tone` 0
 * is grey
 * @typedef {object} CoursesData
 * @property {string} title
 * @property {string} [unit] @property {string} [goal]
 * @property {{unit: string, start?: string | null}} clock
 * @property {number[]} times
 * @property {string} baseline its name
 * @property {Course[]} courses
 * @property {string} [note]
 */

import { drawEnds, drawTimeAxis, drawValueAxis, tickRoom, timeRoom, wrapEnds } from "./chart_axes.js";
import { createChart, dotted, drawEmpty, drawItems, goalText, layersOf } from "./chart_frame.js";
import { sideText, sizePicture, unitsText } from "./chart_frame.js";
import { axisBounds, chartNumber, extentOf, linePath, linearScale, momentWords } from "./chart_scale.js";
import { niceTicks, placesOfBounds, tenth, tickTexts } from "./chart_scale.js";
import { dashOf, markAt } from "./compare_looks.js";
import { t } from "./dom.js";
import { listenPointing } from "./pointing.js";

/** Pixels of the plot; of a picture whose words at the ends take more lines, and of its plot. */
const [HEIGHT, NARROW, HIGH] = [270, 520, 360];
/** Pixels around a line within which a pointer means it. */
const REACH = 24;

/**
 * @param {Context} context
 * @param {{name: string, onPoint: (scenario: string) => void}} how what hears of the scenario that a reader points at
 */
export function createCourses(context, { name, onPoint }) {
  const { words } = context;
  /** @type {CoursesData | null} */
  let data = null;
  /** @type {Bounds} */
  let range = [0, 1];
  let pointed = "";
  /** @type {{xs: number[], y: (value: number) => number}} */
  let drawn = { xs: [], y: () => 0 };
  const label = t(words, "chart.courses_label");
  const chart = createChart(context, { name, label, draw: (width) => data && drawCourses(data, width) });
  const layers = layersOf(chart.picture, "grid", "lines", "marks", "ticks", "times", "axis", "sides", "ends", "empty");

  /** @param {CoursesData} now @param {number} width */
  function drawCourses(now, width) {
    const { times, clock } = now;
    const [height, most] = width < NARROW ? [HIGH, 3] : [HEIGHT, 2];
    const ticks = niceTicks(...range, Math.round(height / 45));
    const texts = tickTexts(ticks, true);
    const span = /** @type {Bounds} */ ([times[0] ?? 0, times[times.length - 1] ?? 0]);
    const room = width < NARROW ? 0.36 * width : Math.min(230, 0.3 * width);
    const all = [...now.courses.map(endOf), zeroEnd(now)];
    const { wide } = wrapEnds(all, room, most);
    const plot = { left: tickRoom(texts), right: width - wide - 12, top: 12, bottom: 12 + height };
    const x = linearScale(span[1] > span[0] ? span : [span[0] - 1, span[0] + 1], plot.left, plot.right);
    const y = linearScale(range, plot.bottom, plot.top);
    const xs = times.map((time) => tenth(x(time)));
    drawn = { xs, y };
    sizePicture(chart.picture, width, plot.bottom + timeRoom(clock));
    drawValueAxis(layers, plot, y, ticks, texts);
    drawTimeAxis(layers, words, clock, span, plot, x, width);
    const order = [...now.courses].sort((a, b) => strength(a) - strength(b));
    const zero = { class: "fl-course fl-tone0 fl-dashed", d: `M${plot.left} ${tenth(y(0))}H${tenth(plot.right)}` };
    const lines = order.map(({ values, tone, mark, scenario }) => {
      const look = `fl-tone${tone} ${dashOf(mark)}${scenario === pointed ? " fl-pointed" : ""}${tone ? "" : " fl-faint"}`;
      return { class: `fl-course ${look}`, d: linePath(xs, values, y), "data-scenario": scenario };
    });
    drawItems(layers.lines, "path", [zero, ...lines]);
    const named = order.filter(({ tone, scenario }) => tone || scenario === pointed);
    const marks = named.flatMap(({ values, tone, mark }) => {
      const [end, at] = [xs[xs.length - 1], y(values[values.length - 1])];
      return Number.isFinite(at) ? [{ class: `fl-centre fl-tone${tone}`, d: markAt(mark, end, tenth(at)) }] : [];
    });
    drawItems(layers.marks, "path", marks);
    drawEmpty(layers.empty, words, plot, lines.some(({ d }) => d));
    const ends = [...named.map(endOf), zeroEnd(now)].filter(({ at }) => Number.isFinite(at));
    for (const end of ends) end.at = y(end.at);
    drawEnds(layers, ends, wrapEnds(ends, room, most).lines, plot);
    drawSides(now, plot, y(0));
  }

  /** @param {CoursesData} now @param {import("./chart_axes.js").Plot} plot @param {number} zero */
  function drawSides({ goal }, { left, top, bottom }, zero) {
    const sides = [[zero - top, top + 14, true], [bottom - zero, bottom - 8, false]];
    const shown = sides.filter(([room]) => Number(room) > 26).map(([, y, up]) => {
      return { x: left + 6, y, class: "fl-side fl-halo", text: sideText(words, Boolean(up), goal) };
    });
    drawItems(layers.sides, "text", shown);
  }

  /** @param {Course} course @returns {import("./chart_axes.js").End} */
  function endOf({ label: name, values, tone, scenario }) {
    const at = values[values.length - 1];
    const strong = tone > 0 || scenario === pointed;
    return { name, value: chartNumber(at, placesOfBounds(range), true), at, tone: `fl-tone${tone}`, strong };
  }

  /** The lines that are drawn above others. @param {Course} course */
  function strength({ tone, scenario }) {
    return scenario === pointed ? 2 : Number(tone > 0);
  }

  /** @param {CoursesData} now @returns {import("./chart_axes.js").End} */
  function zeroEnd({ baseline }) {
    return { name: baseline, value: "", at: 0, tone: "fl-tone0" };
  }

  /** @param {CoursesData} now */
  function update(now) {
    data = now;
    const needed = extentOf([[0], ...now.courses.map(({ values }) => values)]);
    range = axisBounds(needed, {}, null, false);
    chart.tell({
      title: now.title,
      subtitle: dotted(unitsText(context, now.unit), goalText(words, now.goal)),
      note: now.note,
      table: () => coursesTable(words, now, range),
    });
    chart.redraw();
  }

  /** @param {string} scenario */
  function point(scenario) {
    if (scenario === pointed) return;
    pointed = scenario;
    chart.redraw();
  }

  /** The course nearest to a place of the picture. @param {number} x @param {number} y */
  function nearest(x, y) {
    const place = drawn.xs.reduce((best, at, i) => (Math.abs(at - x) < Math.abs(drawn.xs[best] - x) ? i : best), 0);
    let [found, least] = ["", REACH];
    for (const { scenario, values } of data?.courses ?? []) {
      const apart = Math.abs(drawn.y(values[place]) - y);
      if (apart < least) [found, least] = [scenario, apart];
    }
    return found;
  }

  const names = () => (data?.courses ?? []).map(({ scenario }) => scenario);
  listenPointing(chart.picture, { nearest, names, onPoint });
  return { element: chart.element, update, asPng: chart.asPng, point };
}

/** @param {Record<string, string>} words @param {CoursesData} data @param {Bounds} range */
function coursesTable(words, { title, unit, courses, times, clock }, range) {
  const places = placesOfBounds(range) + 1;
  return {
    caption: dotted(title, unit),
    head: [t(words, "chart.time"), ...courses.map(({ label }) => label)],
    rows: times.map((time, i) => [
      momentWords(words, clock, time),
      ...courses.map(({ values }) => chartNumber(values[i], places, true, true)),
    ]),
  };
}
