/**
 * What a comparison of scenarios says in words: the answer on one outcome, a cell of the table, and in which levers a
 * scenario differs.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 */

import { differencesText, eachText } from "../../sim/browser/answers.js";
import { valueText } from "../../sim/browser/format.js";
import { marked, say } from "../../sim/browser/phrases.js";
import { judgedOf, leadingOf, sizeOfDifference, sideOf } from "../../sim/browser/rows.js";
import { hundred, labelText, plural, scenarioText } from "../../sim/browser/wording.js";
import { t } from "./dom.js";
import { valueOf } from "./setting.js";
import { foldSpans } from "./spans.js";
import { shortVerdict } from "./texts.js";

/** Groups of an answer in their order. */
const GROUPS = ["better", "worse", "higher", "lower", "same", "depends", "open"];
/** @type {Record<string, string>} */
const GROUP_OF = {
  ...{ identical: "same", "mostly the same": "same", "no difference that matters": "same", "no difference seen": "same" },
  "depends on the assumptions": "depends",
};

/**
 * The answer on one outcome: in how many scenarios it is better, worse, alike or open, and the best and the worst.
 *
 * @param {Record<string, string>} words @param {Row} base @param {Row[]} rows of the others @param {boolean} central
 */
export function answerOf(words, base, rows, central) {
  const held = central ? say("held") : "";
  const label = labelText(base);
  if (!rows.length) return t(words, "compare.answer_none");
  if (rows.length === 1) {
    return [t(words, "compare.answer_one", { label, text: differencesText(base, rows) }), held].filter(Boolean).join(" ");
  }
  const found = GROUPS.map((group) => ({ group, held: rows.filter((row) => groupOf(row) === group) }));
  const counts = found
    .filter(({ held: some }) => some.length)
    .map(({ group, held: some }, i) => {
      const what = words[`compare.what_${group}`] ?? say(group);
      return t(words, i ? "compare.count" : "compare.count_first", { what, n: String(some.length), all: String(rows.length) });
    });
  const head = t(words, "compare.answer", { label, against: scenarioText(base), counts: counts.join(say("list_comma")) });
  return [head, ...endsOf(words, found), held].filter(Boolean).join(" ");
}

/** @param {Record<string, string>} words @param {{group: string, held: Row[]}[]} found */
function endsOf(words, found) {
  const of = (/** @type {string} */ group) => found.find((one) => one.group === group)?.held ?? [];
  return [["better", "best"], ["worse", "worst"], ["higher", "highest"], ["lower", "lowest"]].map(([group, key]) => {
    const held = of(group);
    if (held.length) return t(words, `compare.${key}`, { each: eachText(held.reduce((a, b) => (sizeOfDifference(b) > sizeOfDifference(a) ? b : a))) });
    return group === "better" && of("worse").length ? t(words, "compare.none_better") : "";
  });
}

/** @param {Row} row */
function groupOf(row) {
  return judgedOf(row) || sideOf(row) || (GROUP_OF[row.verdict] ?? "open");
}

/** The verdict of a cell in as few words as a narrow column takes. @param {Record<string, string>} words @param {Row} row */
export function briefVerdict(words, row) {
  const leading = row.gap ? leadingOf(row) : null;
  const key = `compare.brief_${row.verdict.replaceAll(" ", "_")}`;
  if (leading && sideOf(row)) return t(words, "compare.brief_side", { word: say(leading[0]), count: hundred(leading[1].mean) });
  return words[key] ? t(words, key, { count: leading ? hundred(leading[1].mean) : "" }) : shortVerdict(row);
}

/** The same in a sentence. @param {Record<string, string>} words @param {Row} row */
export function briefText(words, row) {
  const leading = row.gap ? leadingOf(row) : null;
  if (!leading) return shortVerdict(row);
  const parts = { word: say(leading[0]), count: hundred(leading[1].mean), verdict: shortVerdict(row) };
  return t(words, sideOf(row) ? "compare.brief_futures" : "compare.brief_but", parts);
}

/**
 * In which levers a scenario differs from the baseline.
 *
 * @param {Record<string, string>} words @param {any} study @param {any} scene @param {string} base
 * @param {Record<string, any>} [values] set by hand
 */
export function differing(words, study, scene, base, values = {}) {
  const apart = [...study.levers, ...(study.held ?? [])].flatMap((lever) => {
    const { name } = lever;
    const mine = Object.hasOwn(values, name) ? values[name] : valueOf(study, scene.name, name);
    const theirs = valueOf(study, base, name);
    return mine === undefined || mine === theirs ? [] : [{ ...lever, setting: mine, baseline: theirs }];
  });
  const found = foldSpans({ words, document: study, language: "" }, apart).flatMap((lever) => {
    const { setting: mine } = lever;
    if (typeof mine !== "number") return [`${lever.label}: ${leverWord(words, mine)}`];
    const text = marked(valueText(mine).replace("-", "−"));
    return [`${lever.label} ${text} ${plural(lever.unit, mine)}`.trim()];
  });
  const parts = [...found, ...(scene.changes ?? [])];
  return parts.length ? parts.join(" · ") : t(words, "compare.no_levers");
}

/** @param {Record<string, string>} words @param {boolean | string} value */
function leverWord(words, value) {
  if (typeof value === "boolean") return t(words, value ? "compare.yes" : "compare.no");
  return value.replaceAll("_", " ");
}
