/**
 * How often a state stands at each of its options, over time: parts of a hundred runs, stacked.
 *
 * @typedef {import("./chart_frame.js").Context} Context
 * @typedef {ArrayLike<number>} Numbers
 * @typedef {object} SharesData
 * @property {string} label of the state
 * @property {{unit: string, start?: string | null}} clock
 * @property {Numbers} times
 * @property {string[]} options in words
 * @property {Numbers} here [option, time] from 0 to 1, one option after another
 * @property {Numbers | null} [base] the same of the baseline; its last option is drawn
 * @property {string} scenario @property {string} [baseline]
 * @property {string} [caption] @property {string} [note]
 */

import { drawEnds, drawTimeAxis, drawValueAxis, tickRoom, timeRoom, wrapEnds } from "./chart_axes.js";
import { createChart, dotted, drawEmpty, drawItems, layersOf, sizePicture } from "./chart_frame.js";
import { areaPath, linearScale, linePath, momentWords, tenth } from "./chart_scale.js";
import { decimal } from "../../sim/browser/wording.js";
import { t } from "./dom.js";

/** More options are not told apart by colour. */
const MAX_OPTIONS = 8;
/** The part of the picture that the words may take, and most pixels of it. */
const SHARE_ENDS = 0.36;
const SHARE_ENDS_MOST = 220;

/**
 * Make a chart of shares.
 *
 * @param {Context} context @param {{name: string, height?: number}} how
 * @returns {{element: HTMLElement, update: (data: SharesData) => void, asPng: () => Promise<Blob>}}
 */
export function createShares(context, { name, height = 190 }) {
  const { words } = context;
  /** @type {SharesData | null} */
  let data = null;
  const label = t(words, "chart.shares_label");
  const draw = (/** @type {number} */ width) => data && drawShares(data, width);
  const chart = createChart(context, { name, label, draw });
  const layers = layersOf(chart.picture, "grid", "areas", "lines", "ticks", "times", "axis", "ends", "empty");

  /** @param {SharesData} now @param {number} width */
  function drawShares(now, width) {
    const texts = ["0 %", "50 %", "100 %"];
    const plot = { left: tickRoom(texts), right: 0, top: 8, bottom: 8 + height };
    const parts = stacked(now);
    const y = linearScale([0, 1], plot.bottom, plot.top);
    const n = now.times.length;
    const ends = parts.map(({ place, low, high, share }) => {
      const [at, value] = [y((low[n - 1] + high[n - 1]) / 2), `${decimal(100 * share[n - 1], 0)} %`];
      return { name: now.options[place], value, at, tone: "fl-option-end" };
    }).filter((end) => Number.isFinite(end.at));
    const { lines, wide } = wrapEnds(ends, Math.min(SHARE_ENDS * width, SHARE_ENDS_MOST));
    plot.right = width - (ends.length ? wide + 10 : 8);
    const span = /** @type {[number, number]} */ ([now.times[0] ?? 0, now.times[n - 1] ?? 0]);
    const x = linearScale(span[1] > span[0] ? span : [span[0] - 1, span[0] + 1], plot.left, plot.right);
    const xs = Array.from(now.times, (time) => tenth(x(time)));
    sizePicture(chart.picture, width, plot.bottom + timeRoom(now.clock));
    drawValueAxis(layers, plot, y, [0, 0.5, 1], texts);
    drawTimeAxis(layers, words, now.clock, span, plot, x, width);
    const areas = parts.map(({ place, low, high }) => {
      const look = `fl-area fl-option${Math.min(place, MAX_OPTIONS - 1)}`;
      return { class: look, d: areaPath(xs, low, high, y), tip: now.options[place] };
    });
    drawItems(layers.areas, "path", areas);
    const base = now.base ? linePath(xs, now.base, y, (now.options.length - 1) * n) : "";
    const looks = base ? ["fl-course fl-under", "fl-course fl-dashed fl-run"] : [];
    drawItems(layers.lines, "path", looks.map((look) => ({ class: look, d: base })));
    drawEnds(layers, ends, lines, plot);
    drawEmpty(layers.empty, words, plot, parts.length > 0);
  }

  /** @param {SharesData} now */
  function update(now) {
    data = now;
    const last = now.options[now.options.length - 1] ?? "";
    const names = { option: last, baseline: now.baseline ?? "" };
    const dashed = now.base && t(words, "chart.shares_dashed", names);
    chart.tell({
      title: now.label,
      subtitle: t(words, "chart.shares_unit", { scenario: now.scenario }),
      caption: now.caption,
      note: dotted(dashed ?? "", now.note),
      table: () => sharesTable(words, now),
    });
    chart.redraw();
  }
  return { element: chart.element, update, asPng: chart.asPng };
}

/**
 * The edges of the options that ever occur, the last one at the bottom.
 *
 * @param {SharesData} data
 * @returns {{place: number, share: Numbers, low: Float64Array, high: Float64Array}[]}
 */
function stacked({ here, options, times }) {
  const n = times.length;
  const found = [];
  let below = new Float64Array(n);
  for (let place = options.length - 1; place >= 0; place -= 1) {
    const share = Array.from({ length: n }, (_, i) => here[place * n + i]);
    const [low, high] = [below, below.map((at, i) => at + share[i])];
    below = high;
    if (share.some((part) => part > 0)) found.push({ place, share, low, high });
  }
  return found.reverse();
}

/** @param {Record<string, string>} words @param {SharesData} data */
function sharesTable(words, { label, options, times, clock, here, base, baseline, scenario }) {
  const n = times.length;
  const text = (/** @type {number} */ share) => `${decimal(100 * share, 1)} %`;
  const last = options[options.length - 1];
  return {
    caption: dotted(label, scenario),
    head: [t(words, "chart.time"), ...options, ...(base ? [`${last} (${baseline})`] : [])],
    rows: Array.from(times, (time, i) => [
      momentWords(words, clock, time),
      ...options.map((_, place) => text(here[place * n + i])),
      ...(base ? [text(base[(options.length - 1) * n + i])] : []),
    ]),
  };
}
