/**
 * What a step of a lesson sets, and whether the reader has moved its lever.
 *
 * @typedef {import("./setting.js").Study} Study
 * @typedef {import("./setting.js").View} View
 * @typedef {import("./guide.js").Step} Step
 * @typedef {import("../../sim/browser/format.js").Value} Value
 */

import { t } from "./dom.js";
import { entryOf, openingView, valueOf, withScenario, withValue } from "./setting.js";
import { settingText } from "./story_words.js";

/**
 * The view that a step asks for: its values over its scenario, or over the baseline, and the assumptions of
 * the futures.
 *
 * @param {Study} document @param {View} view now @param {Step} step
 * @param {Record<string, Value> | null} [also] values over what is set now
 * @returns {View | null} nothing where a step leaves the page as it is
 */
export function viewOf(document, view, { scenario, baseline, settings }, also = null) {
  if (settings === null && !also) return null;
  const base = baseline || document.baseline;
  const { central } = openingView(document);
  const begun = settings === null ? view : { ...withScenario(view, scenario || base), baseline: base, central };
  return Object.entries({ ...settings, ...also }).reduce((one, [name, value]) => withValue(document, one, name, value), begun);
}

/** The value of the lever of a step before the reader moves it. @param {Study} document @param {View} begun @param {Step} step */
export function startOf(document, begun, step) {
  const view = viewOf(document, begun, step) ?? { ...begun, values: {} };
  return view.values[step.lever] ?? valueOf(document, view.scenario, step.lever);
}

/**
 * Whether a lever is moved as asked: to the value or beyond it; where none is asked for, anywhere.
 *
 * @param {Step} step @param {Value | undefined} start @param {Value} now
 */
export function movedTo({ to }, start, now) {
  if (to === null) return now !== start;
  if (typeof to !== "number" || typeof now !== "number" || typeof start !== "number") return now === to;
  return start < to ? now >= to : start > to ? now <= to : now === to;
}

/** What the reader is asked to move. @param {any} context @param {Step} step */
export function moveText(context, { lever, to }) {
  const { words, document } = context;
  const entry = /** @type {any} */ (entryOf(document, lever));
  const { label } = entry;
  return to === null ? t(words, "guide.move", { label }) : t(words, "guide.move_to", { label, value: settingText(context, entry, to) });
}
