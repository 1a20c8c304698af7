/**
 * The address of a view: all that decides its numbers, and the model it was made with. The keys and
 * their spelling are those of `ui.address` in Python, so a link of one page opens in another.
 *
 * @typedef {import("./setting.js").Study} Study
 * @typedef {import("./setting.js").View} View
 * @typedef {import("../../sim/browser/format.js").Value} Value
 */

import { general } from "../../sim/browser/format.js";
import { t } from "./dom.js";
import { viewOf } from "./guide_step.js";
import { meant } from "./near.js";
import { entryOf, kindText, openingView, sceneOf, shownValue, withScenario, withValue } from "./setting.js";

/** Parts of an address that are told if they cannot be set, and letters of each. */
const [MOST_IGNORED, LONGEST_IGNORED] = [8, 300];
const HELD_WORD = "central";
const VARIED_WORD = "vary";
const NAME_PREFIX = "set.";
/** A key with a point, as no name of a model has. */
const DIGEST_KEY = "model.digest";
/** Keys of what is looked at: they decide no number and last while the reader goes from part to part. */
const LOOK_KEYS = ["outcome", "question", "step"];
/** What parts of the page were called in older links. @type {Record<string, string>} */
const OLDER_TABS = { singles: "drivers" };
/** Keys that are no names of the model. */
const RESERVED_KEYS = [
  ...["scenario", "baseline", "seed", "assumptions", "runs", "tab", DIGEST_KEY],
  ...LOOK_KEYS,
  ...["embed", "embed_options"],
];
/** Whole numbers with their ends. @type {["seed" | "runs", number, number][]} */
const COUNTS = [["seed", 0, 10 ** 15 - 1], ["runs", 2, 5000]];
const DECIMAL = /^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?$/;

/**
 * The query of an address, or the part after `#`: `scenario=thrift&baseline=usual&seed=7`.
 *
 * @param {Study} document @param {View} view @param {string} [tab]
 * @param {Record<string, string>} [look] what is looked at: outcome, question, step
 * @returns {string}
 */
export function addressOf(document, view, tab = "", look = {}) {
  const { scenario, baseline, seed } = view;
  const named = (/** @type {string} */ name) => sceneOf(document, name).address ?? name;
  const query = new URLSearchParams({ scenario: named(scenario), baseline: named(baseline), seed: String(seed) });
  const digest = digestOf(document, view);
  if (digest) query.set(DIGEST_KEY, digest);
  if (view.central) query.set("assumptions", HELD_WORD);
  if (view.runs) query.set("runs", String(view.runs));
  if (tab) query.set("tab", tab);
  for (const key of LOOK_KEYS) if (look[key]) query.set(key, look[key]);
  for (const [name, value] of Object.entries(view.values)) {
    const prefix = RESERVED_KEYS.includes(name) || name.startsWith(NAME_PREFIX) ? NAME_PREFIX : "";
    query.set(prefix + name, writtenValue(value, entryOf(document, name)));
  }
  return query.toString();
}

/** @param {Value} value @param {import("./setting.js").Entry} [entry] */
function writtenValue(value, entry) {
  return typeof value === "boolean" ? (value ? "yes" : "no") : shownValue(value, entry);
}

/** Digits for the model, the scenario and the baseline. @param {Study} document @param {View} view */
function digestOf(document, view) {
  const of = (/** @type {string} */ name) => document.scenarios.find((scene) => scene.name === name)?.digest;
  return [of(document.name) ?? document.digest, of(view.scenario), of(view.baseline)].filter(Boolean).join("-");
}

/**
 * Read an address. What cannot be set is said, and the rest kept.
 *
 * @param {Study} document
 * @param {URLSearchParams | string} given
 * @returns {{view: View, tab: string, look: Record<string, string>, ignored: string[], doubt: string}}
 * `look` is what is looked at; `doubt` says why the numbers may not be those that the sender of a link saw
 */
export function readAddress(document, given) {
  const query = new URLSearchParams(given);
  const params = new Map(query);
  /** @type {string[]} */
  const ignored = [];
  const say = (/** @type {string} */ key, /** @type {Record<string, unknown>} */ values) =>
    ignored.push(t(document.words, `setting.${key}`, values));
  const opening = openingView(document);
  /** What cannot be looked at is said last. @type {string[]} */
  const unseen = [];
  const look = readLook(document, params, (key, values) => unseen.push(t(document.words, `setting.${key}`, values)));
  const step = stepSet(document, params, look);
  let view = (step && viewOf(document, opening, step)) ?? opening;
  const names = document.scenarios.map((scene) => scene.name);
  for (const key of /** @type {const} */ (["scenario", "baseline"])) {
    const name = params.get(key);
    if (name === undefined) continue;
    if (names.includes(name)) {
      view = key === "scenario" ? withScenario(view, name) : { ...view, baseline: name };
    } else {
      const hint = meant(document.words, name, names);
      const choose = t(document.words, "setting.choose", { known: names.join(", ") });
      say("unknown", { key, given: name, hint: hint || choose });
    }
  }
  for (const [key, low, high] of COUNTS) {
    const text = params.get(key);
    if (text === undefined) continue;
    const number = /^[0-9]{1,15}$/.test(text) ? Number(text) : NaN;
    if (low <= number && number <= high) view = { ...view, [key]: number };
    else say("count", { key, given: text.slice(0, 40), low, high });
  }
  const held = params.get("assumptions");
  if (held === HELD_WORD || held === VARIED_WORD) view = { ...view, central: held === HELD_WORD };
  else if (held !== undefined) {
    say("either", { given: held.slice(0, 40), held: HELD_WORD, varied: VARIED_WORD });
  }
  for (const [key, text] of params) {
    if (RESERVED_KEYS.includes(key)) continue;
    const name = key.startsWith(NAME_PREFIX) ? key.slice(NAME_PREFIX.length) : key;
    try {
      view = withValue(document, view, name, readValue(document, name, text));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      ignored.push(error.message);
    }
  }
  ignored.push(...unseen);
  for (const key of params.keys()) {
    const n = query.getAll(key).length;
    const value = String(params.get(key)).slice(0, 40);
    if (n > 1) say("repeated", { key: key.slice(0, 40), n, value });
  }
  const rest = ignored.length - MOST_IGNORED;
  if (rest > 0) ignored.splice(MOST_IGNORED, rest, t(document.words, "setting.more_ignored", { n: rest }));
  const asked = step?.look.outcome;
  if (asked && asked !== document.headlines?.[0]) look.outcome ??= asked;
  const part = step?.look.part === "explore" ? "" : step?.look.part;
  const tab = params.get("tab") ?? part ?? "";
  return { view, tab: OLDER_TABS[tab] ?? tab, look, ignored: ignored.map(clipped), doubt: doubtOf(document, view, params) };
}

/**
 * The step of the lesson whose setting an address opens: it names a step, and sets nothing itself. A step that
 * leaves the page as it is opens with what was set last before it.
 *
 * @param {any} document @param {Map<string, string>} params @param {Record<string, string>} look
 * @returns {import("./guide.js").Step | undefined}
 */
function stepSet(document, params, look) {
  const named = (/** @type {string} */ key) => ["scenario", "baseline"].includes(key) || !RESERVED_KEYS.includes(key);
  if (!look.step || [...params.keys()].some(named)) return undefined;
  const steps = document.guide.steps.slice(0, Number(look.step));
  const { settings, scenario, baseline } = steps.findLast((/** @type {any} */ one) => one.settings !== null) ?? steps[0];
  return { ...steps[steps.length - 1], settings, scenario, baseline };
}

/**
 * What an address says of what is looked at.
 *
 * @param {any} document @param {Map<string, string>} params
 * @param {(key: string, values: Record<string, unknown>) => void} say what cannot be looked at
 */
function readLook(document, params, say) {
  /** @type {Record<string, string>} */
  const look = {};
  const known = { outcome: (document.outcomes ?? []).map((/** @type {any} */ { name }) => name), question: document.questions };
  for (const key of LOOK_KEYS) {
    const text = params.get(key);
    if (text === undefined) continue;
    const given = text.slice(0, 40);
    if (key === "step") {
      const steps = document.guide?.steps.length ?? 0;
      if (/^[1-9][0-9]?$/.test(text) && Number(text) <= steps) look.step = text;
      else say(steps ? "count" : "no_guide", { key, given, low: 1, high: steps });
      continue;
    }
    const names = known[/** @type {"outcome" | "question"} */ (key)];
    if (!names || names.includes(text)) look[key] = text; // a server knows its questions itself
    else say("unknown", { key, given, hint: meant(document.words, given, names) || t(document.words, "setting.choose", { known: names.join(", ") }) });
  }
  return look;
}

/** A text, cut where no reader would go on. @param {string} text */
function clipped(text) {
  return text.length > LONGEST_IGNORED ? `${text.slice(0, LONGEST_IGNORED)}…` : text;
}

/**
 * A value of an address as the type of its entry.
 *
 * @param {Study} document @param {string} name @param {string} text
 * @returns {Value}
 */
function readValue(document, name, text) {
  const entry = entryOf(document, name);
  if (!entry || entry.kind === "option") return text;
  const { kind, low, high } = entry;
  if (kind === "whole" && /^[-+]?[0-9]{1,15}$/.test(text)) return Number(text);
  if (kind === "number" && DECIMAL.test(text) && Number.isFinite(Number(text))) return Number(text);
  if (kind === "boolean" && (text === "yes" || text === "no")) return text === "yes";
  const [from, to] = [low, high].map((end) => general(end ?? 0, 6));
  const ends = low == null ? "" : t(document.words, "setting.ends", { low: from, high: to });
  const values = { name, given: text.slice(0, 40), kind: kindText(document.words, entry), ends };
  throw new RangeError(t(document.words, "setting.not_kind", values));
}

/** @param {Study} document @param {View} view @param {Map<string, string>} params */
function doubtOf(document, view, params) {
  const digest = digestOf(document, view);
  const now = digest.split("-");
  const own = ["embed", "embed_options", "tab", ...LOOK_KEYS]; // keys that decide no number
  if (!digest || ![...params.keys()].some((key) => !own.includes(key))) return "";
  const then = (params.get(DIGEST_KEY) ?? "").split("-");
  if (then.length !== now.length) return t(document.words, "setting.unchecked");
  const { scenario, baseline } = view;
  const asked = [document.name, params.get("scenario") ?? scenario, params.get("baseline") ?? baseline];
  const shown = [document.name, scenario, baseline];
  const keys = ["model", "scenario", "baseline"];
  const said = keys.map((key, i) => t(document.words, `setting.the_${key}`, { name: shown[i] }));
  const changed = said.filter((_, i) => now[i] && asked[i] === shown[i] && then[i] !== now[i]);
  if (!changed.length) return "";
  const what = changed[0] === said[0] ? said[0] : changed.join(t(document.words, "setting.and"));
  return t(document.words, "setting.another", { what, scenario, baseline });
}
