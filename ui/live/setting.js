/**
 * What a page shows is data: a scenario, values set by hand, a baseline, a seed. As `ui.settings` and
 * `ui.naming` have it in Python.
 *
 * @typedef {import("../../sim/browser/format.js").Value} Value
 * @typedef {import("./levers.js").Entry} Entry
 *
 * @typedef {object} Scene a scenario of the document
 * @property {string} name
 * @property {string} title
 * @property {string} [short]
 * @property {string} file
 * @property {string} [of] the file that an overlay names; by default its own
 * @property {number} module
 * @property {number[]} values in the order of the names of its module
 * @property {string[]} [set] names of values that no file has
 * @property {string} [address] its name in an address; by default its own
 * @property {string} [digest]
 *
 * @typedef {object} Study the document, see `ui.live.document`
 * @property {string} name of the model
 * @property {string} baseline
 * @property {string} first
 * @property {number} seed
 * @property {number} futures 0 where assumptions do not vary
 * @property {number} replications in each future
 * @property {boolean} uncertain
 * @property {{names: string[], rows: number, values: string, counts: [number, number] | null, path: string}} [listed]
 * plausible futures that the model lists
 * @property {boolean} [ranges] whether ranges are sampled although the model lists plausible futures
 * @property {Scene[]} scenarios
 * @property {Entry[]} levers
 * @property {Entry[]} [held] levers that no control moves
 * @property {Entry[]} assumptions
 * @property {Record<string, any>} [families] what is declared over sets, as one for all members
 * @property {Record<string, string>} words
 * @property {string[]} [headlines]
 * @property {string[][]} names of the values of each module
 * @property {string} [digest] of the whole page
 * @property {string} [folder]
 * @property {import("./guide.js").Guide} [guide]
 *
 * @typedef {object} View all that decides the numbers of a page
 * @property {string} scenario
 * @property {Record<string, Value>} values set by hand, other than those of the scenario, by name
 * @property {string} baseline
 * @property {number} seed
 * @property {boolean} central whether assumptions are held at their central values
 * @property {number} runs of each scenario in all futures; 0 for those of the document
 *
 * @typedef {{scenario: string, values: Record<string, Value>}} Setting
 */

import { decode, general, grouped, valueText } from "../../sim/browser/format.js";
import { designSizes } from "../../sim/browser/futures.js";
import { marked } from "../../sim/browser/phrases.js";
import { plural, reprText } from "../../sim/browser/wording.js";
import { t } from "./dom.js";
import { foldMembers } from "./members.js";
import { meant } from "./near.js";

/** Settings that a title tells one by one, and the longest label among them. */
const MOST_TOLD = 3;
const LONGEST_LABEL = 32;
/** Letters of the name of a file. */
const LONGEST_SLUG = 60;
/** The largest number that a model may hold. */
const LARGEST_VALUE = 2 ** 53;

/** What is shown first. @param {Study} document @returns {View} */
export function openingView(document) {
  const { first, baseline, seed, uncertain, futures } = document;
  return { scenario: first, values: {}, baseline, seed, central: uncertain && !futures, runs: 0 };
}

/** The scenario of a name. @param {Study} document @param {string} name @returns {Scene} */
export function sceneOf(document, name) {
  const found = document.scenarios.find((scene) => scene.name === name);
  if (!found) throw new RangeError(`no scenario '${name}'`);
  return found;
}

/** @type {WeakMap<Study, {entries: Map<string, Entry>, places: Map<string, number>[]}>} */
const indices = new WeakMap();

/** Entries by name, and the places of values: they are asked for hundreds of times a move. @param {Study} document */
function indexOf(document) {
  const known = indices.get(document);
  if (known) return known;
  const all = [...document.assumptions, ...(document.held ?? []), ...document.levers];
  const entries = new Map(all.map((entry) => [entry.name, entry]));
  const places = document.names.map((names) => new Map(names.map((name, place) => [name, place])));
  const made = { entries, places };
  indices.set(document, made);
  return made;
}

/** A lever or parameter. @param {Study} document @param {string} name @returns {Entry | undefined} */
export function entryOf(document, name) {
  return indexOf(document).entries.get(name);
}

/** @param {Study} document @param {string} name */
export function isAssumption(document, name) {
  return document.assumptions.some((entry) => entry.name === name);
}

/**
 * The value that a scenario itself has.
 *
 * @param {Study} document @param {string} scenario @param {string} name
 * @returns {Value | undefined} nothing where its model has no such lever or parameter
 */
export function valueOf(document, scenario, name) {
  const { module, values } = sceneOf(document, scenario);
  const place = indexOf(document).places[module].get(name);
  const entry = entryOf(document, name);
  return place === undefined || !entry ? undefined : decode(values[place], entry);
}

/**
 * The view with one lever or parameter set; the scenario's own value leaves no trace, unless it holds a form
 * of the model that would vary. Null takes a value back.
 *
 * @param {Study} document @param {View} view @param {string} name @param {Value | null} value
 * @returns {View}
 * @throws {RangeError} in the words of the page: the name is unknown or the value will not do
 */
export function withValue(document, view, name, value) {
  const own = valueOf(document, view.scenario, name);
  const checked = value === null ? own : checkedValue(document, name, value, own !== undefined);
  const values = { ...view.values, ...(checked === undefined ? {} : { [name]: checked }) };
  if (value === null || (own === checked && !entryOf(document, name)?.forms)) delete values[name];
  const sorted = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...view, values: Object.fromEntries(sorted) };
}

/**
 * @param {Study} document @param {string} name @param {Value} value
 * @param {boolean} known whether the model of the scenario has the name
 * @returns {Value}
 */
function checkedValue(document, name, value, known) {
  const entry = known ? entryOf(document, name) : undefined;
  const say = (/** @type {string} */ key, /** @type {Record<string, unknown>} */ values = {}) =>
    t(document.words, `setting.${key}`, { name, value: String(value), ...values });
  const refuse = (/** @type {string[]} */ ...words) => {
    throw new RangeError(words.filter(Boolean).join("; "));
  };
  if (!entry) {
    const names = [...document.levers, ...(document.held ?? []), ...document.assumptions].map((e) => e.name);
    return refuse(say("unknown_name", { model: document.name }), meant(document.words, name, names));
  }
  const { kind, options, low, high, part } = entry;
  if (part) return refuse(say("part"));
  if (kind === "option") {
    if (options.includes(String(value))) return String(value);
    const words = say("unknown_option", { options: options.join(", ") });
    return refuse(words, meant(document.words, String(value), options));
  }
  if (typeof value !== (kind === "boolean" ? "boolean" : "number") || Number.isNaN(value)) {
    const words = say("wrong_kind", { kind: kindText(document.words, entry) });
    return refuse(words, rangeOf(document.words, entry));
  }
  if (typeof value === "boolean") return value;
  if (Math.abs(Number(value)) > LARGEST_VALUE) return refuse(say("too_large"));
  if (kind === "whole" && !Number.isInteger(value)) return refuse(say("not_whole"));
  if (low != null && high != null && !(low <= Number(value) && Number(value) <= high)) {
    return refuse(say("outside", { low, high }), say("widen"));
  }
  return value;
}

/** What an entry may be, in words. @param {Record<string, string>} words @param {Entry} entry */
export function kindText(words, { kind, options }) {
  return t(words, `setting.kind_${kind}`, { options: options.join(", ") });
}

/**
 * What an entry may be, and its range: `a whole number from 0 to 10`; nothing without a range.
 *
 * @param {Record<string, string>} words @param {Entry} entry
 */
function rangeOf(words, entry) {
  const { low, high } = entry;
  return low == null || high == null ? "" : kindText(words, entry) + t(words, "setting.ends", { low, high });
}

/**
 * A value as Python writes it: 3 of a whole number, 3.0 of another.
 *
 * @param {Value} value @param {Entry} [entry]
 * @returns {string}
 */
export function shownValue(value, entry) {
  if (typeof value !== "number") return String(value);
  return entry?.kind === "whole" ? String(value) : reprText(value);
}

/**
 * The view of another scenario, as its file has it.
 *
 * @param {View} view @param {string} scenario
 * @returns {View}
 */
export function withScenario(view, scenario) {
  return { ...view, scenario, values: {} };
}

/**
 * The two settings that a page compares: assumptions that were set by hand act in both.
 *
 * @param {Study} document @param {View} view
 * @returns {{policy: Setting, baseline: Setting}}
 */
export function settingsOf(document, view) {
  const shared = Object.entries(view.values).filter(
    ([name]) => isAssumption(document, name) && valueOf(document, view.baseline, name) !== undefined,
  );
  return {
    policy: { scenario: view.scenario, values: view.values },
    baseline: { scenario: view.baseline, values: Object.fromEntries(shared) },
  };
}

/**
 * How many futures and replications in each a view asks for; no futures where none vary.
 *
 * @param {Pick<Study, "futures" | "replications" | "uncertain" | "listed">} document
 * @param {Pick<View, "central" | "runs">} view
 * @returns {[number, number]}
 */
export function sizesOf(document, { central, runs }) {
  const whole = Math.max(1, document.futures) * document.replications;
  if (central || !document.uncertain) return [0, runs || whole];
  if ((!runs || runs === whole) && document.futures) return [document.futures, document.replications];
  return designSizes(true, runs || whole, document.listed?.rows);
}

/**
 * What differs between the two settings of a view, levers first.
 *
 * @param {Study} document @param {View} view
 * @returns {{name: string, label: string, unit: string, kind: string, badge: string, baseline: Value,
 * setting: Value}[]}
 */
export function differences(document, view) {
  const { policy, baseline } = settingsOf(document, view);
  const entries = [document.levers, document.held ?? [], document.assumptions].flat();
  return entries.flatMap(({ name, label, unit, kind, badge }) => {
    const [setting, base] = [policy, baseline].map(
      ({ scenario, values: own }) =>
        Object.hasOwn(own, name) ? own[name] : valueOf(document, scenario, name),
    );
    if (setting === undefined || base === undefined || setting === base) return [];
    return [{ name, label, unit, kind, badge, baseline: base, setting }];
  });
}

/** A title up to its first stop. @param {string} title */
function shortTitle(title) {
  return title.split(/[:;] | [–(]/)[0] || title;
}

/**
 * What a setting is called: its scenario, and what was changed by hand.
 *
 * @param {Study} document @param {Setting} setting
 * @returns {string}
 */
export function titleOf(document, { scenario, values }) {
  const { title } = sceneOf(document, scenario);
  const changed = Object.entries(values);
  if (!changed.length) return title;
  const folded = foldMembers(document, changed.map(([name, value]) => ({ name, value })), ({ value }) => value);
  const told = folded.slice(0, MOST_TOLD).map(({ name, value, members }) => {
    const entry = /** @type {Entry} */ (members ? document.families?.[name] : entryOf(document, name));
    const bare = document.families?.[entry.family ?? ""]?.label === (entry.family ?? "").replaceAll("_", " ");
    const label = !bare && entry.label.length <= LONGEST_LABEL ? entry.label : name.replaceAll("_", " ");
    const words = /^.\p{Ll}/u.test(label) ? label[0].toLowerCase() + label.slice(1) : label;
    const unit = plural(entry.unit, typeof value === "number" ? value : null);
    return `${words} = ${valueWords(document.words, value)} ${unit}`.trimEnd();
  });
  const more = folded.length - told.length;
  const rest = more > 0 ? t(document.words, "setting.more", { n: more }) : "";
  return `${shortTitle(title)}, ${told.join(", ")}${rest && ` ${rest}`}`;
}

/** The title of a scenario, short where that tells it apart; of a setting by hand, that it is yours. @param {Study} document @param {Setting} setting */
export function shortTitleOf(document, setting) {
  const scene = sceneOf(document, setting.scenario);
  const own = Object.keys(setting.values).some((name) => !isAssumption(document, name));
  return own ? t(document.words, "setting.own") : (scene.short ?? scene.title);
}

/** A value in a sentence. @param {Record<string, string>} words @param {Value} value */
function valueWords(words, value) {
  if (typeof value === "boolean") return t(words, value ? "levers.yes" : "levers.no");
  return typeof value === "number" ? marked(valueText(value)) : value;
}

/**
 * What the files of a view are called: its scenario, what was changed by hand, and whether assumptions
 * are held.
 *
 * @param {Study} document @param {View} view
 * @returns {string} letters that every file system takes
 */
export function slugOf(document, view) {
  return settingSlug(document, view) + (view.central && document.uncertain ? "_central" : "");
}

/** The same of a setting alone. @param {Study} document @param {Setting} setting @returns {string} */
export function settingSlug(document, { scenario, values }) {
  const parts = [scenario, ...(scenario === document.name ? ["defaults"] : [])];
  for (const [name, value] of Object.entries(values)) {
    const minus = typeof value === "number" && value < 0 ? "minus_" : "";
    const plain = name.includes("[") ? name.replace(/[^\p{L}\p{N}_]+/gu, "_").replace(/^_|_$/g, "").toLowerCase() : name;
    parts.push(plain, minus + plainText(value).replace(/[^\p{L}\p{N}_]/gu, "_").toLowerCase());
  }
  const slug = parts.join("_");
  const digest = crc32(slug).toString(16).padStart(8, "0");
  const short = slug.length > LONGEST_SLUG ? `${slug.slice(0, LONGEST_SLUG - 9)}_${digest}` : slug;
  return short.replace(/__+/g, "_"); // a name has no two underscores in a row
}

/** A value without its sign, with twelve digits. @param {Value} value */
function plainText(value) {
  if (typeof value !== "number") return valueText(value).replaceAll("_", " ");
  const text = general(Math.abs(value), 12);
  return Math.abs(value) >= 10_000 && !text.includes("e") ? grouped(text) : text;
}

/** `zlib.crc32` @param {string} text */
function crc32(text) {
  let crc = -1;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ -1) >>> 0;
}
