/**
 * Results as text, to the letter as `sim.formatting` and `sim.analysis.rows` write them in Python, or
 * in another language: a number with as many digits as its interval supports, a unit after it.
 *
 * @typedef {{mean: number, low: number, high: number}} Interval
 * @typedef {import("./rows.js").Row} Row
 */

import { fixed, general, grouped, valueText } from "./format.js";
import { marked, say } from "./phrases.js";

/** Numbers nearer to each other than this part of them differ by rounding alone. */
const ROUNDING = 1e-9;
/** Units that are words but count nothing. */
const UNCOUNTED = [
  ...["share", "probability", "percent", "ratio", "index", "log", "size", "weight", "exponent"],
  ...["effort", "shape", "sign", "odds"],
];
/** Up to which probability each phrase `likelihood_1` … goes. */
const LIKELIHOODS = [0.05, 0.2, 0.45, 0.55, 0.8, 0.95, 1];

/** The power of ten of a positive number. @param {number} x */
export function exponentOf(x) {
  return Number(x.toExponential().split("e")[1]);
}

/** `round(x)` of Python: a half goes to the even number. @param {number} x */
export function roundEven(x) {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 ? down + 1 : down;
}

/** `round(x, places)` of Python. @param {number} x @param {number} places may be negative */
export function roundTo(x, places) {
  if (x === 0 || !Number.isFinite(x)) return x;
  if (places >= 0) return Number(fixed(x, Math.min(places, 40)));
  const figures = exponentOf(Math.abs(x)) + places + 1;
  if (figures > 0) return Number(general(x, figures));
  const up = figures === 0 && Math.abs(x) > 5 * 10 ** (-places - 1);
  return Math.sign(x) * (up ? 10 ** -places : 0);
}

/** How many decimals an interval of this half width supports. @param {number} half */
export function digits(half) {
  if (!Number.isFinite(half) || half <= 0) return 3;
  return Math.max(0, Math.min(6, 1 - exponentOf(half)));
}

/** `sim.formatting.decimal` @param {number} value @param {number} places */
export function decimal(value, places, sign = false) {
  if (Number.isNaN(value)) return "–";
  const text = rounded(Math.abs(value), places);
  const prefix = Number(text) === 0 ? "" : value < 0 ? "−" : sign ? "+" : "";
  return marked(prefix + (value === Infinity || value === -Infinity ? "inf" : grouped(text)));
}

/** A positive number rounded as a reader would: a half goes up. @param {number} value @param {number} places */
function rounded(value, places) {
  if (value === Infinity) return "Infinity";
  if (value >= 1e15) return fixed(value, places);
  const [mantissa, power] = general(value, 15).split("e");
  const [whole, part = ""] = mantissa.split(".");
  const shift = Number(power ?? 0) + places; // of the point
  const figures = whole + part;
  const point = whole.length + shift;
  const padded = point < 0 ? "0".repeat(-point) + figures : figures.padEnd(point, "0");
  const end = Math.max(point, 0);
  let kept = BigInt(padded.slice(0, end) || "0");
  if (padded[end] >= "5") kept += 1n;
  const text = String(kept).padStart(places + 1, "0");
  return places ? `${text.slice(0, -places)}.${text.slice(-places)}` : text;
}

/** `sim.formatting.interval`: `12.3 [11.8, 12.8]` @param {Interval} estimate */
export function intervalText(estimate, sign = false, scale = 1) {
  const [mean, low, high] = intervalParts(estimate, sign, scale);
  return low ? say("interval", { mean, low, high }) : mean;
}

/** The texts of a number and, where it has width, of the ends of its interval. @param {Interval} estimate */
export function intervalParts(estimate, sign = false, scale = 1) {
  const text = numberText(estimate, sign, scale);
  const [low, high] = [estimate.low * scale, estimate.high * scale];
  if (Number.isNaN(low) || isSharp(low, high)) return [text];
  const places = placesOf(estimate, scale);
  return [text, decimal(low, places, sign), decimal(high, places, sign)];
}

/** `sim.formatting.number` @param {Interval} estimate */
export function numberText(estimate, sign = false, scale = 1) {
  return decimal(estimate.mean * scale, placesOf(estimate, scale), sign);
}

/** `sim.formatting.places_of` @param {Interval} estimate @param {number} scale */
function placesOf(estimate, scale) {
  const [mean, low, high] = [estimate.mean, estimate.low, estimate.high].map((x) => x * scale);
  if (Number.isNaN(low)) {
    const whole = Number.isInteger(mean) || Math.abs(mean) === Infinity;
    return whole ? 0 : digits(Math.abs(mean) / 10);
  }
  if (isSharp(low, high)) {
    const near = (/** @type {number} */ x) =>
      Math.abs(x - mean) <= ROUNDING * Math.max(Math.abs(x), Math.abs(mean));
    const fits = [0, 1, 2, 3].find((places) => near(roundTo(mean, places)));
    return fits ?? Math.max(3, digits(Math.abs(mean) / 10));
  }
  let places = digits((high - low) / 2);
  const nearer = Math.min(Math.abs(low), Math.abs(high));
  while (low * high > 0 && places < 6 && Number(rounded(nearer, places)) === 0) places += 1;
  return places;
}

/** Whether an interval is no wider than the rounding of its ends. @param {number} low @param {number} high */
function isSharp(low, high) {
  return high - low <= ROUNDING * Math.max(Math.abs(low), Math.abs(high));
}

/** `sim.formatting.percent` @param {Interval} estimate */
export function percent(estimate, sign = false) {
  const text = intervalText(estimate, sign, 100);
  return text === "–" ? text : say("percent", { text });
}

/** `sim.formatting.plural` @param {string} unit @param {number | null} [value] */
export function plural(unit, value = null) {
  const at = unit.indexOf("/");
  let word = at < 0 ? unit : unit.slice(0, at);
  const plain = /^(?=[a-z]*[aeiou])[a-z]{3,}$/.test(word);
  if (!plain || UNCOUNTED.includes(word) || (value !== null && Math.abs(value) === 1)) return unit;
  if (/[^aeiou]y$/.test(word)) word = `${word.slice(0, -1)}ie`;
  else if (/(s|x|z|ch|sh)$/.test(word)) word += "e";
  return `${word}s${at < 0 ? "" : unit.slice(at)}`;
}

/** `sim.formatting.likelihood_words` @param {number} low @param {number} high */
export function likelihoodWords(low, high) {
  const last = LIKELIHOODS.length - 1;
  const [first, end] = [low, high].map((p) => {
    const found = LIKELIHOODS.findIndex((top) => p <= top);
    return found < 0 ? last : found;
  });
  const words = [first, end].map((place) => say(`likelihood_${place + 1}`));
  if (end <= first) return end < first ? "" : words[0];
  return end - first === 1 ? say("likelihood_two", { first: words[0], last: words[1] }) : "";
}

/** `sim.formatting.exact_text` of a number @param {number} value */
export function exactText(value) {
  const text = valueText(value);
  return Number(text.replaceAll(",", "")) === value ? text : reprText(value);
}

/** `repr` of a float in Python. @param {number} value */
export function reprText(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [mantissa, power] = value.toExponential().split("e");
    return `${mantissa}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  }
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** A share of futures as a number of 100; 100 and 0 only where it is all or none. @param {number} share */
export function hundred(share) {
  const count = roundEven(100 * share);
  if (count === 100 && share < 1) return "99";
  return count === 0 && share > 0 ? "1" : `${count}`;
}

/** A whole number with thousands apart. @param {number} count */
export function thousands(count) {
  return marked(grouped(String(count)));
}

/** The unit of a row as it stands after a number, with a space; or nothing. @param {Row} row */
export function unitText(row) {
  return row.unit ? ` ${plural(row.unit)}` : "";
}

/** The title of the scenario of a row, in quotes. @param {Row} row */
export function scenarioText(row) {
  return inQuotes(row.title || row.scenario.replaceAll("_", " "));
}

/** The label of the outcome of a row, in quotes. @param {Row} row */
export function labelText(row) {
  return inQuotes(row.label || row.outcome.replaceAll("_", " "));
}

/** A text in quotes. @param {string} text */
export function inQuotes(text) {
  return say("quoted", { text });
}

/**
 * `sim.analysis.rows.range_text`: `−4.3 … +9.2`; a share in points of a hundred
 *
 * @param {{low: number, high: number} | null} spread @param {boolean} share
 */
export function rangeText(spread, share, sign = false) {
  if (!spread) return "–";
  const [low, high] = rangeParts(spread, share, sign);
  return high ? say("range", { low, high }) : low;
}

/**
 * The ends of a range over futures; where they are the same, one.
 *
 * @param {{low: number, high: number}} spread @param {boolean} share
 */
export function rangeParts(spread, share, sign = false) {
  const k = share ? 100 : 1;
  const [low, high] = [spread.low * k, spread.high * k];
  if (low === high) return [numberText({ mean: low, low, high }, sign)];
  const places = digits((high - low) / 2);
  return [decimal(low, places, sign), decimal(high, places, sign)];
}

/** `sim.analysis.rows.level_text`: how an outcome stands in one scenario. @param {Row} row */
export function levelText(row) {
  const [label, where, found] = [labelText(row), scenarioText(row), row.estimate];
  if (found.n === 0) return say("level_never", { label, where });
  const wide = row.level && row.level.high > row.level.low;
  const inFutures = (/** @type {string} */ text) =>
    wide ? say("level_futures", { text, range: rangeText(row.level, row.share) }) : text;
  const runs = thousands(found.n);
  if (!row.share) {
    const text = say("level_mean", { label, value: intervalText(found) + unitText(row), where, runs });
    return inFutures(text + (row.missing ? say("level_missing", { count: thousands(row.missing) }) : ""));
  }
  const count = roundEven(found.mean * found.n);
  if (count === 0) {
    const top = decimal(100 * found.high, digits((100 * found.high) / 2));
    return say("level_none", { label, runs, where, top });
  }
  const plain = say("in_hundred", { count: hundred(found.mean) });
  const chance = wide ? inFutures(plain) : chanceText(found);
  return say("level_share", { label, count: thousands(count), runs, where, chance });
}

/** `sim.analysis.rows.chance_text` @param {Interval} found */
export function chanceText({ mean, low, high }) {
  const half = (100 * (high - low)) / 2;
  const places = !Number.isFinite(half) || half >= 1 ? 0 : Math.min(2, digits(half));
  const alone = say("in_hundred", { count: decimal(100 * mean, places) });
  if (!Number.isFinite(half)) return alone;
  const ends = { low: decimal(100 * low, places), high: decimal(100 * high, places) };
  const text = say("chance_interval", { text: alone, ...ends });
  const word = likelihoodWords(low, high);
  return word ? say("chance_word", { text, word }) : text;
}
