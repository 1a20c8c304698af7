/**
 * What differs, with many members of a name in one line.
 *
 * @typedef {import("./story_words.js").Context} Context
 */

import { t } from "./dom.js";
import { familyOf, foldMembers } from "./members.js";
import { settingText } from "./story_words.js";

/** So many members of one name have a line each. */
const MOST_LINES = 3;

/**
 * Differences; of more members of a name than have a line each, the spans of their values.
 *
 * @param {Context} context @param {ReturnType<typeof import("./setting.js").differences>} found
 * @returns {any[]}
 */
export function foldSpans(context, found) {
  const { words, document } = context;
  const alike = foldMembers(document, found, ({ baseline, setting }) => JSON.stringify([baseline, setting]));
  const done = new Set();
  return alike.flatMap((one) => {
    const family = familyOf(one.name);
    const known = document.families?.[family];
    const group = one.name === family || !known ? [] : alike.filter(({ name }) => familyOf(name) === family);
    if (done.has(family)) return [];
    if (group.length <= MOST_LINES) return [one];
    done.add(family);
    const all = [...document.levers, ...(document.held ?? []), ...document.assumptions].filter((entry) => entry.family === family);
    const label = t(words, "levers.some_members", { label: known.label, n: group.length, all: all.length });
    const [baseline, setting] = [group.map((cell) => cell.baseline), group.map((cell) => cell.setting)].map((values) => spanOf(context, one, values));
    return [{ ...one, name: family, label, baseline, setting }];
  });
}

/** One value, or from the least to the greatest. @param {Context} context @param {{unit: string}} entry @param {any[]} values */
export function spanOf(context, entry, values) {
  const text = (/** @type {any} */ value) => settingText(context, entry, value);
  if (typeof values[0] !== "number") return [...new Set(values)].map(text).join(", ");
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? text(low) : `${settingText(context, { unit: "" }, low)} … ${text(high)}`;
}
