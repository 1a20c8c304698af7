/**
 * A series of many members of a set over time: a line of colour for each, the stronger the higher its median.
 *
 * @typedef {import("./chart_frame.js").Context} Context
 * @typedef {import("./chart_scale.js").Bounds} Bounds
 * @typedef {import("./chart_multiples.js").MembersData} MembersData
 */

import { drawTimeAxis, timeRoom } from "./chart_axes.js";
import { drawEmpty, drawItems, layersOf, sizePicture } from "./chart_frame.js";
import { chartNumber, linearScale, placesOfBounds, tenth } from "./chart_scale.js";
import { medianOf, membersChart } from "./chart_multiples.js";
import { textWidth, toldApart } from "./chart_text.js";
import { t } from "./dom.js";

/** Strengths of the colour, and the weakest. */
const [STRENGTHS, WEAKEST] = [9, 0.06];
/** Pixels: of all lines together, of one, of a step of time, of the key above. */
const [ALL_LINES, LEAST_LINE, MOST_LINE, TIME_STEP, KEY] = [560, 7, 18, 4, 30];
const NAME_SIZE = 11;
/** The part of the picture that names may take. */
const NAMES = 0.3;

/**
 * Make a heat map.
 *
 * @param {Context} context @param {{name: string}} how
 * @returns {{element: HTMLElement, update: (data: MembersData) => void, asPng: () => Promise<Blob>}}
 */
export function createHeat(context, { name }) {
  const { words } = context;
  const { chart, ...made } = membersChart(context, {
    ...{ name, label: t(words, "chart.heat_label"), draw: drawHeat },
    numbersOf: ({ members }) => members.map(medianOf),
  });
  const layers = layersOf(chart.picture, "heat", "ticks", "times", "names", "tips", "empty");
  return made;

  /** @param {MembersData} now @param {Bounds} range @param {number} width */
  function drawHeat(now, range, width) {
    const { members, times, clock } = now;
    const line = Math.max(LEAST_LINE, Math.min(MOST_LINE, ALL_LINES / members.length));
    const every = Math.ceil(11 / line);
    const labels = toldApart(members.map(({ label }) => label), NAMES * width, NAME_SIZE);
    const left = Math.ceil(Math.max(...labels.map((text) => textWidth(text, NAME_SIZE)))) + 8;
    const plot = { left, right: width - 8, top: KEY, bottom: tenth(KEY + line * members.length) };
    sizePicture(chart.picture, width, plot.bottom + timeRoom(clock));
    const span = /** @type {Bounds} */ ([times[0] ?? 0, times[times.length - 1] ?? 0]);
    const x = linearScale(span[1] > span[0] ? span : [span[0] - 1, span[0] + 1], plot.left, plot.right);
    const steps = stepsOf(times.length, Math.floor((plot.right - plot.left) / TIME_STEP));
    const paths = Array.from({ length: STRENGTHS }, () => "");
    const wide = (plot.right - plot.left) / steps.length;
    const medians = members.map(medianOf);
    medians.forEach((values, row) => {
      const y = tenth(plot.top + row * line);
      let [begun, held] = [0, -1];
      for (let i = 0; i <= steps.length; i += 1) {
        const strength = i < steps.length ? strengthOf(values[steps[i]], range) : -1;
        if (strength === held) continue;
        const [from, to] = [begun, i].map((step) => tenth(plot.left + step * wide));
        if (held >= 0) paths[held] += `M${from} ${y}H${to}V${tenth(y + line)}H${from}Z`;
        [begun, held] = [i, strength];
      }
    });
    const { swatches, texts } = keyOf(words, range, plot);
    const cells = paths.map((d, i) => ({ class: "fl-heat", "fill-opacity": opacityOf(i), d }));
    drawItems(layers.heat, "path", [...cells, ...swatches]);
    const names = labels.map((text, row) => ({ text, x: left - 6, y: tenth(plot.top + row * line + line / 2 + 4), "text-anchor": "end", class: "fl-tick-text" }));
    drawItems(layers.names, "text", [...names.filter((_, row) => row % every === 0), ...texts]);
    drawTimeAxis(layers, words, clock, span, plot, x, width);
    const places = placesOfBounds(range);
    const tips = members.map(({ label }, row) => {
      const known = medians[row].filter(Number.isFinite);
      const [low, high] = [Math.min(...known), Math.max(...known)].map((value) => chartNumber(value, places));
      const tip = known.length ? t(words, "chart.heat_says", { member: label, low, high }) : label;
      return { x: 0, y: tenth(plot.top + row * line), width, height: tenth(line), tip };
    });
    drawItems(layers.tips, "rect", tips);
    drawEmpty(layers.empty, words, plot, paths.some(Boolean));
  }
}

/** Places of the times that are drawn: all, or as many, evenly. @param {number} count @param {number} most */
function stepsOf(count, most) {
  const drawn = Math.max(1, Math.min(count, most));
  return Array.from({ length: drawn }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, drawn - 1)));
}

/** How strong the colour of a value is; −1 of none. @param {number} value @param {Bounds} range */
function strengthOf(value, [low, high]) {
  if (!Number.isFinite(value)) return -1;
  return Math.max(0, Math.min(STRENGTHS - 1, Math.floor((STRENGTHS * (value - low)) / (high - low || 1))));
}

/** @param {number} strength */
function opacityOf(strength) {
  return tenth(100 * (WEAKEST + ((1 - WEAKEST) * strength) / (STRENGTHS - 1))) / 100;
}

/**
 * The key above: all strengths between the numbers at their ends.
 *
 * @param {Record<string, string>} words @param {Bounds} range @param {{left: number}} plot
 */
function keyOf(words, range, { left }) {
  const [low, high] = range.map((value) => chartNumber(value, placesOfBounds(range)));
  const head = `${t(words, "chart.median")}: ${low}`;
  const from = left + textWidth(head, NAME_SIZE) + 6;
  const swatches = Array.from({ length: STRENGTHS }, (_, i) => ({
    ...{ class: "fl-heat", "fill-opacity": opacityOf(i) },
    d: `M${tenth(from + 16 * i)} 6h16v12h-16Z`,
  }));
  const text = { y: 16, class: "fl-tick-text" };
  return { swatches, texts: [{ ...text, x: left, text: head }, { ...text, x: tenth(from + 16 * STRENGTHS + 6), text: high }] };
}
