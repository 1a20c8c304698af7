/**
 * Axes of a chart: round bounds and ticks, model time with its dates, and paths along values.
 *
 * @typedef {[number, number]} Bounds
 * @typedef {(value: number) => number} Scale from a value to pixels
 * @typedef {{unit: string, start?: string | null}} ChartClock
 * @typedef {{low?: number | null, high?: number | null}} Limits a declared range
 * @typedef {{time: number, text: string, date: string}} TimeTick
 * @typedef {ArrayLike<number>} Numbers
 */

import { dateAt, general } from "../../sim/browser/format.js";
import { decimal } from "../../sim/browser/wording.js";
import { t } from "./dom.js";

/** Numbers beyond this are drawn at it: differences of larger ones are no numbers. */
const FARTHEST = 1e300;
/** Days of a span up to which a date has its day, and its month. */
const WITH_DAY = 330;
const WITH_MONTH = 3700;
/** Pixels that a value may lie outside of a plot, and half the width of a single point. */
const BESIDE = 3;
const LONE = 3;
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * A linear scale; values that are no numbers stay none, those outside lie just beside its ends.
 *
 * @param {Bounds} bounds @param {number} from @param {number} to pixels at its ends
 * @returns {Scale}
 */
export function linearScale([low, high], from, to) {
  const size = high - low || 1;
  const beside = BESIDE / Math.max(1, Math.abs(to - from));
  return (value) => from + Math.max(-beside, Math.min(1 + beside, (value - low) / size)) * (to - from);
}

/** @param {number} low @param {number} high @param {number} count @returns {number[]} round numbers */
export function niceTicks(low, high, count) {
  if (!(high > low)) return [low];
  const raw = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 2.5, 5, 10].find((f) => f * power >= raw * 0.999) ?? 10;
  const step = factor * power;
  if (!(step > 0) || !Number.isFinite(step)) return [low, high];
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  return Array.from({ length: Math.min(last - first + 1, 50) }, (_, k) => (first + k) * step);
}

/** Round bounds around two values; zero is kept where it is near. @returns {Bounds} */
export function niceBounds(/** @type {number} */ low, /** @type {number} */ high) {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  [low, high] = [low, high].map((x) => Math.max(-FARTHEST, Math.min(FARTHEST, x)));
  if (high - low <= 1e-12 * Math.max(Math.abs(low), Math.abs(high))) {
    const pad = Math.abs(low) * 0.1 || 1;
    [low, high] = low >= 0 ? [0, high + pad] : [low - pad, high + pad];
  }
  if (low > 0 && low < 0.6 * high) low = 0;
  const ticks = niceTicks(low, high, 5);
  const gap = ticks.length > 1 ? ticks[1] - ticks[0] : high - low;
  return [Math.floor(low / gap + 1e-9) * gap, Math.ceil(high / gap - 1e-9) * gap];
}

/** The least and the greatest number in lists. @param {(Numbers | null | undefined)[]} lists */
export function extentOf(lists) {
  let [low, high] = [Infinity, -Infinity];
  for (const list of lists) {
    for (let i = 0; list && i < list.length; i += 1) {
      const x = list[i];
      if (x < low && x > -Infinity) low = x;
      if (x > high && x < Infinity) high = x;
    }
  }
  return /** @type {Bounds} */ ([low, high]);
}

/**
 * The bounds of an axis. A declared range of 100 or less is kept; any other axis takes what it needs,
 * but while a lever moves it stands still and grows only.
 *
 * @param {Bounds} needed @param {Limits} limits @param {Bounds | null} kept those drawn before
 * @param {boolean} moving
 * @returns {Bounds}
 */
export function axisBounds(needed, limits, kept, moving) {
  const [least, most] = [limits.low ?? -Infinity, limits.high ?? Infinity];
  let [low, high] = needed[0] <= needed[1] ? needed : [NaN, NaN];
  const isIndex = most - least <= 100 && most > least;
  if (isIndex && !(low < least - 1e-9) && !(high > most + 1e-9)) return [least, most];
  if (moving && kept) {
    if (!(low < kept[0] || high > kept[1])) return kept;
    [low, high] = [Math.min(low, kept[0]), Math.max(high, kept[1])];
  }
  const [under, over] = niceBounds(low, high);
  return [low >= least ? Math.max(under, least) : under, over];
}

/** How many decimals a step has. @param {number} step */
function placesOfStep(step) {
  let places = 0;
  const whole = (/** @type {number} */ x) => Math.abs(x - Math.round(x)) <= 1e-6;
  while (places < 9 && !whole(step * 10 ** places)) places += 1;
  return places;
}

/** Decimals that an axis of these bounds lets one see. @param {Bounds} bounds */
export function placesOfBounds([low, high]) {
  return Math.max(0, Math.min(9, Math.ceil(2 - Math.log10(high - low || 1))));
}

/**
 * A number in a chart: without zeros at its end, very large and very small ones with a power of ten.
 *
 * @param {number} value @param {number} places @param {boolean} [sign]
 * @param {boolean} [keepZeros] as in a column
 */
export function chartNumber(value, places, sign = false, keepZeros = false) {
  const size = Math.abs(value);
  if (Number.isFinite(value) && (size >= 1e8 || (size > 0 && size < 1e-5 && places >= 6))) {
    const [mantissa, power] = Number(general(size, 3)).toExponential().split("e");
    const raised = String(Math.abs(Number(power))).replace(/\d/g, (d) => SUPERSCRIPTS[Number(d)]);
    const before = value < 0 ? "−" : sign ? "+" : "";
    return `${before}${mantissa}·10${Number(power) < 0 ? "⁻" : ""}${raised}`;
  }
  const to = (/** @type {number} */ n) => Number(value.toFixed(n));
  while (!keepZeros && places > 0 && to(places) === to(places - 1)) places -= 1;
  return decimal(value, places, sign);
}

/** The texts of ticks, as many decimals as their steps have. @param {number[]} ticks */
export function tickTexts(ticks, sign = false) {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : Math.abs(ticks[0] ?? 1);
  const places = placesOfStep(step);
  return ticks.map((x) => {
    if (Math.abs(x) < step * 1e-9) return "0";
    const extreme = Math.abs(x) >= 1e8 || step < 1e-5;
    return extreme ? chartNumber(x, 9, sign) : decimal(x, places, sign);
  });
}

/** A calendar date as short as its span asks for. @param {Record<string, string>} words */
function dateText(words, /** @type {string} */ iso, /** @type {number} */ days = 0) {
  if (!iso) return "";
  const [year, month, day] = iso.split("-");
  if (days > WITH_MONTH) return String(Number(year));
  const name = t(words, "chart.months").split(" ")[Number(month) - 1] ?? month;
  const values = { day: String(Number(day)), month: name, year: String(Number(year)) };
  return t(words, days > WITH_DAY ? "chart.month_year" : days ? "chart.day_month" : "chart.date", values);
}

/** A unit of time in the page's language. @param {Record<string, string>} words @param {string} unit */
function unitOfTime(words, unit) {
  return words[`chart.unit_${unit}`] ?? unit;
}

/**
 * A moment in words: `2 Sep 2025 (day 50)`.
 *
 * @param {Record<string, string>} words @param {ChartClock} clock @param {number} time
 */
export function momentWords(words, clock, time) {
  const near = Math.round(time * 1e6) / 1e6;
  const step = Number.isInteger(near) ? 0 : Math.abs(near) < 10 ? 2 : 1;
  const count = `${unitOfTime(words, clock.unit)} ${decimal(near, step)}`;
  const date = dateText(words, dateOf(clock, time));
  return date ? t(words, "chart.moment", { date, count }) : count;
}

/** @param {ChartClock} clock @param {number} time */
function dateOf(clock, time) {
  return clock.start ? dateAt({ unit: clock.unit, start: clock.start }, time) : "";
}

/**
 * Ticks at round model times, each with its date where the model has dates.
 *
 * @param {Record<string, string>} words @param {ChartClock} clock @param {Bounds} span
 * @param {number} room pixels @param {(text: string) => number} wide the width of a text
 * @returns {TimeTick[]}
 */
export function timeTicks(words, clock, [first, end], room, wide) {
  const [begin, close] = [dateOf(clock, first), dateOf(clock, end)];
  const days = begin && close ? (Date.parse(close) - Date.parse(begin)) / 86_400_000 : 0;
  /** @type {TimeTick[]} */
  let ticks = [];
  for (let count = Math.max(2, Math.min(10, Math.floor(room / 65))); count >= 1; count -= 1) {
    const times = niceTicks(first, end, count);
    const texts = tickTexts(times);
    ticks = times.map((time, i) => ({
      time,
      text: i ? texts[i] : `${unitOfTime(words, clock.unit)} ${texts[i]}`,
      date: begin ? dateText(words, dateOf(clock, time), i || days > WITH_DAY ? Math.max(days, 1) : 0) : "",
    }));
    const half = ticks.map((tick) => Math.max(wide(tick.text), wide(tick.date)) / 2);
    const gap = ((times[1] - times[0]) / (end - first)) * room;
    if (half.every((size, i) => !i || gap >= half[i - 1] + size + 8)) break;
  }
  return ticks;
}

/**
 * Places moved apart to at least `gap`: in their order, within bounds, moved the least (an isotonic
 * regression of the places less their rank times the gap).
 *
 * @param {number[]} places @param {number} gap @param {number} low @param {number} high
 */
export function spreadApart(places, gap, low, high) {
  const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
  if (!order.length) return [];
  gap = Math.min(gap, (high - low) / Math.max(order.length - 1, 1));
  /** @type {[number, number][]} */
  const pools = [];
  order.forEach((i, rank) => {
    pools.push([places[i] - rank * gap, 1]);
    while (pools.length > 1 && pools[pools.length - 2][0] > pools[pools.length - 1][0]) {
      const [[mean, size], last] = [/** @type {[number, number]} */ (pools.pop()), pools[pools.length - 1]];
      last[0] = (last[0] * last[1] + mean * size) / (last[1] + size);
      last[1] += size;
    }
  });
  const level = pools.flatMap(([mean, size]) => Array(size).fill(mean));
  const top = high - (order.length - 1) * gap;
  /** @type {number[]} */
  const found = [];
  order.forEach((i, rank) => (found[i] = Math.min(Math.max(level[rank], low), top) + rank * gap));
  return found;
}

/** Pixels to a tenth. @param {number} x */
export function tenth(x) {
  return Math.round(x * 10) / 10;
}

/**
 * The path of a line; it is broken where a value is missing, a single point becomes a short one.
 *
 * @param {number[]} xs pixels @param {Numbers} values @param {Scale} y @param {number} [from] index in values
 */
export function linePath(xs, values, y, from = 0) {
  let path = "";
  let run = 0;
  for (let i = 0; i <= xs.length; i += 1) {
    const at = i < xs.length ? y(values[from + i]) : NaN;
    if (Number.isFinite(at)) {
      path += `${run ? "L" : "M"}${xs[i]} ${tenth(at)}`;
      run += 1;
    } else {
      if (run === 1) path += `m${-LONE} 0h${2 * LONE}`;
      run = 0;
    }
  }
  return path;
}

/**
 * The path of the area between two lines, broken where a value is missing.
 *
 * @param {number[]} xs pixels @param {Numbers} low @param {Numbers} high @param {Scale} y
 */
export function areaPath(xs, low, high, y) {
  let path = "";
  let [there, back] = ["", ""];
  let run = 0;
  for (let i = 0; i <= xs.length; i += 1) {
    const [under, over] = i < xs.length ? [y(low[i]), y(high[i])] : [NaN, NaN];
    if (Number.isFinite(under) && Number.isFinite(over)) {
      there += `${there ? "L" : "M"}${xs[i]} ${tenth(over)}`;
      back = `L${xs[i]} ${tenth(under)}${back}`;
      run += 1;
    } else if (run) {
      const [top, bottom] = [y(high[i - 1]), y(low[i - 1])].map(tenth);
      const lone = `M${xs[i - 1] - LONE} ${top}h${2 * LONE}V${bottom}h${-2 * LONE}Z`;
      path += run > 1 ? `${there}${back}Z` : lone;
      [there, back, run] = ["", "", 0];
    }
  }
  return path;
}
