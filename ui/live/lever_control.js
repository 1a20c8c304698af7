/**
 * What moves one lever: a slider with its number, buttons to choose from, or a list; and what is known
 * of it.
 *
 * @typedef {import("./levers.js").Entry} Entry
 * @typedef {import("../../sim/browser/format.js").Value} Value
 * @typedef {Record<string, string>} Words
 * @typedef {(value: Value, final: boolean) => void} Move
 * @typedef {object} Control
 * @property {any} element
 * @property {boolean} labelled whether it has its own name, and needs no `label`
 * @property {(value: Value, base: Value | null | undefined, told?: string) => void} show `told` says that
 * what it moves has several values
 */

import { dateAt } from "../../sim/browser/format.js";
import { marked } from "../../sim/browser/phrases.js";
import { node, setAttributes, setShown, setText, t } from "./dom.js";
import { untilSideways } from "./swipe.js";

/** Steps that a Page key moves. */
const PAGE_STEPS = 10;
/** Choices shown as buttons, and the letters of all of them. */
const MOST_BUTTONS = 3;
const MOST_LETTERS = 34;
/** Half the width of the thumb of a slider, in pixels: the way of its middle is so much shorter. */
const THUMB_HALF = 8;

/** Whether two values are the same, but for rounding. @param {unknown} a @param {unknown} b */
export function sameValue(a, b) {
  return typeof a === "number" && typeof b === "number" ? Math.abs(a - b) < 1e-9 : a === b;
}

/** The decimals of a number as it is written. @param {number} x */
function decimalsOf(x) {
  return (String(x).split(".")[1] ?? "").length;
}

/** @param {number} value @param {number} places */
function localNumber(value, places) {
  return marked(value.toLocaleString("en-GB", { maximumFractionDigits: Math.min(places, 6) }));
}

/**
 * A value in words, as precise as its step.
 *
 * @param {Words} words @param {Entry} entry @param {Value} value
 */
function leverText(words, entry, value) {
  if (typeof value === "boolean") return t(words, value ? "levers.yes" : "levers.no");
  if (typeof value === "string") return value.replaceAll("_", " ");
  if (entry.clock) return dateAt(entry.clock, value);
  return localNumber(value, Math.max(decimalsOf(entry.step), decimalsOf(value))).replace("-", "−");
}

/** The unit after a value. @param {Entry} entry @param {number} value */
function leverUnit(entry, value) {
  return Math.abs(value) === 1 ? entry.unit : entry.units;
}

/** A value with its unit. @param {Words} words @param {Entry} entry @param {Value} value */
function withUnit(words, entry, value) {
  const unit = typeof value === "number" && !entry.clock ? leverUnit(entry, value) : "";
  return `${leverText(words, entry, value)} ${unit}`.trimEnd();
}

/**
 * The values of several members: from the least to the greatest, or each once.
 *
 * @param {Words} words @param {Entry} entry @param {Value[]} values
 */
export function spanText(words, entry, values) {
  if (typeof values[0] !== "number") {
    return [...new Set(values)].map((value) => leverText(words, entry, value)).join(", ");
  }
  const [low, high] = [Math.min, Math.max].map((end) => end(...values.map(Number)));
  return `${leverText(words, entry, low)} … ${withUnit(words, entry, high)}`;
}

/**
 * How far a value is from the baseline's; of an assumption, from the model's.
 *
 * @param {Words} words @param {Entry} entry @param {Value} value @param {Value | null | undefined} base
 */
export function changeText(words, entry, value, base) {
  if (base == null) return "";
  const than = entry.badge ? "model" : "baseline";
  if (sameValue(value, base)) return t(words, `levers.same_${than}`);
  if (typeof value !== "number" || typeof base !== "number") {
    return t(words, `levers.value_${than}`, { value: leverText(words, entry, base) });
  }
  const size = Math.abs(value - base);
  const amount = localNumber(size, Math.max(decimalsOf(value), decimalsOf(base)));
  const unit = leverUnit(entry, Number(size.toPrecision(9)));
  return t(words, `levers.against_${than}`, { amount: (value < base ? "−" : "+") + amount, unit });
}

/**
 * Make the control of an entry.
 *
 * @param {Words} words @param {Entry} entry @param {string} id @param {Move} move
 * @returns {Control}
 */
export function createControl(words, entry, id, move) {
  if (entry.part) return partOf(words, entry, id);
  const isWorded = entry.kind === "option" || entry.kind === "boolean";
  return isWorded ? choiceOf(words, entry, id, move) : numberOf(words, entry, id, move);
}

/**
 * A share of a sum: shown, and not moved alone.
 *
 * @param {Words} words @param {Entry} entry @param {string} id @returns {Control}
 */
function partOf(words, entry, id) {
  const text = node("output", { id, class: "fl-unit" });
  const show = (/** @type {Value} */ value) => setText(text, withUnit(words, entry, value));
  const why = node("span", { class: "fl-lever-hint" }, t(words, "levers.part"));
  return { element: node("div", {}, text, " ", why), labelled: false, show };
}

/** A unit that may go on in a second line after its strokes, and nowhere else. @param {string} unit */
function breakable(unit) {
  return unit.replaceAll("/", "/\u200b");
}

/** @param {Words} words @param {Entry} entry @param {string} id @param {Move} move @returns {Control} */
function numberOf(words, entry, id, move) {
  const { name, low, high, step } = entry;
  const isBounded = low != null && high != null;
  const common = { "data-lever": name, min: low, max: high };
  const field = node("input", { id, type: "number", ...common, step: "any", inputmode: "decimal" });
  const unit = node("span", { class: "fl-unit" });
  const hint = node("span", { class: "fl-lever-hint", role: "status" });
  const dateOf = (/** @type {number} */ value) => (entry.clock ? dateAt(entry.clock, value) : "");
  const shownNumber = (/** @type {number} */ value) => dateOf(value) || localNumber(value, decimalsOf(value));
  const box = node("span", { class: "fl-field" }, field, entry.unit || entry.clock ? unit : null);
  /** @type {Value} */
  let now = 0;
  let isMixed = false;
  const put = (/** @type {number} */ value, /** @type {boolean} */ final) => {
    if (!Number.isFinite(value)) return;
    const inside = isBounded ? Math.min(high, Math.max(low, value)) : value;
    const ends = isBounded && { low: shownNumber(low), high: shownNumber(high), unit: entry.clock ? "" : leverUnit(entry, high) };
    setText(hint, ends && inside !== value ? t(words, "levers.range", ends) : "");
    move(entry.kind === "whole" ? Math.round(inside) : inside, final);
  };
  const onKey = (/** @type {Record<string, number>} */ steps) => (/** @type {KeyboardEvent} */ event) => {
    if (!(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    put(Number((Number(now) + steps[event.key] * step).toPrecision(12)), true);
  };
  const pages = { PageUp: PAGE_STEPS, PageDown: -PAGE_STEPS };
  field.onkeydown = onKey({ ArrowUp: 1, ArrowDown: -1, ...pages });
  field.onchange = () => (field.value === "" ? fill() : put(Number(field.value), true));
  const fill = () => {
    const isTyping = field.getRootNode().activeElement === field;
    if (isTyping && field.value !== "" && Number(field.value) === now) return;
    field.value = isMixed ? "" : String(Number(Number(now).toPrecision(10)));
  };
  const showField = (/** @type {Value} */ value, /** @type {any} */ _base, /** @type {string} */ told = "") => {
    [now, isMixed] = [value, told !== ""];
    setAttributes(field, { placeholder: told && "…" });
    setText(unit, (!told && dateOf(Number(value))) || breakable(leverUnit(entry, Number(value))));
    fill();
  };
  const line = node("div", { class: "fl-lever-line" }, box);
  const whole = node("div", {}, line, hint);
  if (!isBounded) return { element: whole, labelled: false, show: showField };
  const slider = sliderOf(words, entry, { ...common, onkeydown: onKey(pages) }, put);
  line.prepend(slider.element);
  if (slider.points) whole.append(slider.points);
  const element = whole;
  const show = (/** @type {Value} */ value, /** @type {Value | null | undefined} */ base, told = "") => {
    showField(value, base, told);
    slider.show(value, base, told);
  };
  return { element, labelled: false, show };
}

/**
 * @param {Words} words @param {Entry} entry @param {Record<string, any>} attributes
 * @param {(value: number, final: boolean) => void} put
 */
function sliderOf(words, entry, attributes, put) {
  const [low, high] = [Number(entry.low), Number(entry.high)];
  const name = t(words, "levers.slider", { label: entry.label });
  const range = node("input", { type: "range", ...attributes, step: entry.step, "aria-label": name });
  const isScroll = untilSideways(range, () => (range.value = String(shownValue)), put);
  range.oninput = () => isScroll() || put(Number(range.value), false);
  range.onchange = () => isScroll() || put(Number(range.value), true);
  const place = (/** @type {unknown} */ value) => {
    const part = high > low ? Math.min(1, Math.max(0, (Number(value) - low) / (high - low))) : 0;
    return `calc(${THUMB_HALF}px + ${part} * (100% - ${2 * THUMB_HALF}px))`;
  };
  const mark = node("span", { class: "fl-lever-tick fl-lever-base", title: t(words, "levers.baseline") });
  const element = node("div", { class: "fl-track" }, range);
  const buttons = entry.points.map(({ label, value }) => {
    const tick = node("span", { class: "fl-lever-tick" });
    tick.style.left = place(value);
    element.append(tick);
    const onclick = () => put(Number(value), true);
    const button = node("button", { type: "button", title: withUnit(words, entry, value), onclick }, label);
    return { button, value };
  });
  element.append(mark);
  /** @type {Value | null | undefined} */
  let shownBase = null;
  /** @type {Value} */
  let shownValue = low;
  const chip = { type: "button", title: t(words, "levers.to_baseline") };
  const toBase = entry.badge ? null : node("button", chip, t(words, "levers.baseline"));
  if (toBase) toBase.onclick = () => put(Number(shownBase), true);
  const chips = [toBase, ...buttons.map(({ button }) => button)].filter(Boolean);
  const points = chips.length ? node("div", { class: "fl-points" }, ...chips) : null;
  const show = (/** @type {Value} */ value, /** @type {Value | null | undefined} */ base, told = "") => {
    [shownBase, shownValue] = [base, value];
    element.classList.toggle("fl-mixed", told !== "");
    if (Number(range.value) !== value) range.value = String(value);
    range.style.setProperty("--fl-fill", place(value));
    setAttributes(range, { "aria-valuetext": told || withUnit(words, entry, value) });
    setShown(mark, base != null);
    if (base != null) mark.style.left = place(base);
    const press = (/** @type {any} */ button, /** @type {unknown} */ at) =>
      setAttributes(button, { "aria-pressed": String(!told && sameValue(at, value)) });
    for (const { button, value: at } of buttons) press(button, at);
    if (!toBase) return;
    setShown(toBase, base != null && !entry.points.some((point) => sameValue(point.value, base)));
    press(toBase, base);
  };
  return { element, points, show };
}

/** @param {Words} words @param {Entry} entry @param {string} id @param {Move} move @returns {Control} */
function choiceOf(words, entry, id, move) {
  /** @type {Value[]} */
  const values = entry.kind === "boolean" ? [false, true] : entry.options;
  const texts = values.map((value) => leverText(words, entry, value));
  if (values.length > MOST_BUTTONS || texts.join("").length > MOST_LETTERS) {
    const options = texts.map((text, i) => node("option", { value: i }, text));
    const list = node("select", { id, "data-lever": entry.name }, ...options);
    list.onchange = () => move(values[Number(list.value)], true);
    const choose = (/** @type {Value} */ value) => (list.value = String(values.indexOf(value)));
    return { element: list, labelled: false, show: choose };
  }
  const radios = values.map((value, i) => {
    const onchange = () => move(value, true);
    return node("input", { type: "radio", name: id, value: i, "data-lever": entry.name, onchange });
  });
  const labels = radios.map((radio, i) => node("label", {}, radio, texts[i]));
  const named = { role: "radiogroup", "aria-labelledby": `${id}-label` };
  const show = (/** @type {Value} */ value) => {
    radios.forEach((radio, i) => (radio.checked = values[i] === value));
  };
  return { element: node("div", { class: "fl-pills", ...named }, ...labels), labelled: true, show };
}

/**
 * What is known of an entry: what it does, its range, where it comes from.
 *
 * @param {Words} words @param {Entry} entry
 * @returns {any[]} paragraphs
 */
export function knownOf(words, entry) {
  const { low, high, help, why, badge, source, url } = entry;
  const lines = [help, why && why !== help ? t(words, "levers.why", { why }) : ""];
  if (low != null && high != null) {
    const [from, to] = [low, high].map((end) => leverText(words, entry, end));
    lines.push(t(words, "levers.range", { low: from, high: to, unit: entry.clock ? "" : entry.units }).replace(" .", "."));
  }
  const paragraphs = lines.filter(Boolean).map((line) => node("p", {}, line));
  const own = badge ? "levers.own_assumption" : low == null ? "levers.own_options" : "levers.own_range";
  if (!source) return [...paragraphs, node("p", {}, t(words, own))];
  const statement = [entry.said, entry.date].filter(Boolean).join(", ");
  const more = [statement, entry.status].filter(Boolean).map((part) => ` · ${part}`);
  const safe = url ? node("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, source) : null;
  const name = safe?.hasAttribute("href") ? safe : source;
  const note = entry.note ? [node("p", {}, entry.note)] : [];
  return [...paragraphs, node("p", {}, t(words, "levers.source"), name, more.join("")), ...note];
}
