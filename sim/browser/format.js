/**
 * Numbers, values and dates as text, to the letter as `sim.formatting`, `sim.engine.trace` and
 * `sim.model.clock` write them in Python.
 *
 * @typedef {boolean | number | string} Value
 * @typedef {{kind: "number" | "whole" | "boolean" | "option", options?: string[]}} Kind
 * @typedef {{unit: string, start?: string}} Clock
 */

/** Decimals beyond those shown that tell an exact half from a number near it. */
const MORE = 60;

/**
 * Whether JavaScript, which rounds an exact half up, must round it down, to the even digit.
 *
 * @param {string} kept the digits that stay @param {string} rest those that go
 */
function halfToEven(kept, rest) {
  return /^50*$/.test(rest) && "02468".includes(kept.replace(".", "").slice(-1));
}

/** `f"{x:.{places}f}"` @param {number} x @param {number} places */
export function fixed(x, places) {
  const size = Math.abs(x);
  let text = size.toFixed(places);
  if (size < 1e21) {
    const exact = size.toFixed(Math.min(100, places + MORE));
    const end = exact.indexOf(".") + (places ? 1 + places : 0);
    const kept = exact.slice(0, end);
    if (halfToEven(kept, exact.slice(places ? end : end + 1))) text = kept;
  } else {
    text = BigInt(size) + (places ? "." + "0".repeat(places) : "");
  }
  return (x < 0 || Object.is(x, -0) ? "-" : "") + text;
}

/** `f"{x:.{digits}g}"` @param {number} x @param {number} digits */
export function general(x, digits) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  const sign = x < 0 || Object.is(x, -0) ? "-" : "";
  const size = Math.abs(x);
  let [mantissa, power] = size.toExponential(digits - 1).split("e");
  const [exact, exactPower] = size.toExponential(Math.min(100, digits - 1 + MORE)).split("e");
  const kept = exact.slice(0, digits === 1 ? 1 : digits + 1);
  const rest = exact.slice(digits === 1 ? 2 : digits + 1);
  if (size > 0 && halfToEven(kept, rest)) [mantissa, power] = [kept, exactPower];
  const figures = mantissa.replace(".", "");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= digits) {
    const short = withoutZeros(figures[0] + "." + figures.slice(1));
    return `${sign}${short}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent < 0) return sign + withoutZeros("0." + "0".repeat(-exponent - 1) + figures);
  return sign + withoutZeros(figures.slice(0, exponent + 1) + "." + figures.slice(exponent + 1));
}

/** @param {string} text a number with a point */
function withoutZeros(text) {
  return text.replace(/\.?0*$/, "");
}

/** Put commas between thousands. @param {string} text */
export function grouped(text) {
  const [whole, ...rest] = text.split(".");
  return [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...rest].join(".");
}

/** `sim.formatting.value_text` @param {Value} value */
export function valueText(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "infinity" : "-infinity";
  const size = Math.abs(value);
  if (Number.isInteger(value)) {
    const whole = String(BigInt(value));
    return size >= 10_000 ? grouped(whole) : whole;
  }
  return size >= 1000 ? grouped(fixed(value, 0)) : general(value, 3);
}

/** A stored number as a value of its type. @param {number} stored @param {Kind} kind @returns {Value} */
export function decode(stored, kind) {
  if (kind.kind === "boolean") return stored !== 0;
  if (kind.kind !== "option") return stored;
  const word = kind.options?.[Math.trunc(stored)];
  return word ?? (Number.isInteger(stored) ? stored.toFixed(1) : String(stored));
}

/** A value as the number that is stored. @param {Value} value @param {Kind} kind */
export function encode(value, kind) {
  if (kind.kind !== "option") return Number(value);
  const index = kind.options?.indexOf(String(value)) ?? -1;
  if (index < 0) throw new RangeError(`'${value}' is none of ${kind.options?.join(", ")}`);
  return index;
}

/** A name, with words for 1 and words for all other numbers, as `COUNTED` of `sim/language/names.py`. */
const COUNTED = /^([\p{L}\p{N}_]+(?:\[[^[\]]*\])?)\s+([^|]*[^|\s])\s*\|\s*([^|]*[^|\s])\s*$/u;

/**
 * Put values into a message: `{name}` is a value, `{n ship|ships}` a number with its words, `{{` a brace.
 *
 * @param {string} template @param {Record<string, string>} values
 */
export function filled(template, values) {
  return template.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (text, braces) => {
    if (text === "{{" || text === "}}") return text[0];
    const [, name, one, many] = COUNTED.exec(braces) ?? [];
    const value = name && String(values[name] ?? ""); // a number may be 0
    return value ? `${value} ${/^-?1$/.test(value) ? one : many}` : (values[braces] ?? text);
  });
}

/** Days of each unit of time, and calendar months of those that follow the calendar. */
const DAYS = { second: 1 / 86_400, minute: 1 / 1_440, hour: 1 / 24, day: 1, week: 7, month: 365.25 / 12, year: 365.25 };
const MONTHS = { month: 1, year: 12 };
const DAY = 86_400_000;

/** @param {number} year @param {number} month from 0 @param {number} day */
function utc(year, month, day) {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date.getTime() / DAY;
}

/** Whether Python has a date for a day: one of the years 1 to 9999. @param {number} day */
function isDate(day) {
  return day >= utc(1, 0, 1) && day <= utc(9999, 11, 31);
}

/** The day that lies months after another; the 31st becomes the last of a month. */
function after(/** @type {Date} */ start, /** @type {number} */ months) {
  const all = start.getUTCFullYear() * 12 + start.getUTCMonth() + months;
  const [year, month] = [Math.floor(all / 12), ((all % 12) + 12) % 12];
  const last = new Date(utc(year, month + 1, 0) * DAY).getUTCDate();
  return utc(year, month, Math.min(start.getUTCDate(), last));
}

/**
 * The calendar date at a model time, as `2025-07-14`; empty without a start date.
 *
 * @param {Clock} clock @param {number} time
 */
export function dateAt(clock, time) {
  if (!clock.start) return "";
  const start = new Date(`${clock.start}T00:00:00Z`);
  const first = start.getTime() / DAY;
  const months = MONTHS[/** @type {"month"} */ (clock.unit)];
  let days = time * DAYS[/** @type {"day"} */ (clock.unit)];
  if (months) {
    const whole = Math.floor(time);
    const [begin, end] = [whole, whole + 1].map((k) => after(start, months * k));
    if (!isDate(begin) || !isDate(end)) return "";
    days = begin - first + (time - whole) * (end - begin);
  }
  const day = first + Math.floor(days + 1e-6);
  return isDate(day) ? new Date(day * DAY).toISOString().slice(0, 10) : "";
}

/** `sim.engine.trace.when`: `2025-07-18 d 4.3` @param {Clock} clock @param {number} time */
export function when(clock, time) {
  return `${dateAt(clock, time)} ${clock.unit[0]} ${fixed(time, 1)}`.trim();
}
