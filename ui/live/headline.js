/**
 * The sentence that leads the page: what a setting changes against the baseline, and what that hangs on.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 *
 * @typedef {object} Context what every view is made with
 * @property {Record<string, string>} words
 * @property {any} document
 * @property {string} language
 *
 * @typedef {object} Figures what the runs of a setting show
 * @property {Row[]} rows of the setting against the baseline: the headline outcomes, or all
 * @property {string} title of the setting
 * @property {string} baseline its title
 * @property {boolean} central whether assumptions are held
 * @property {boolean} full whether all runs are in it
 * @property {number} runs of each scenario so far
 */

import { node, setAttributes, setText, t } from "./dom.js";
import { setTold } from "./marks.js";
import { hangingTexts, headlineTold } from "./texts.js";

/** @param {Context} context */
export function createHeadline({ words, document: study }) {
  const sentence = node("h2", { class: "fl-headline-sentence" });
  const hangs = node("p", { class: "fl-headline-hangs" });
  const element = node("header", { class: "fl-headline" }, sentence, hangs);

  /** @param {Figures} figures */
  function update({ rows, title, baseline, central, full }) {
    const told = headlineRows(study, rows);
    if (!told.length) return;
    const { scenario } = told[0];
    const tags = { title: "strong", baseline: "em" };
    setTold(sentence, headlineTold(told, title, baseline, central), { scenario, outcome: "" }, tags);
    const lines = hangingTexts(told, study.headlines);
    const known = lines.length ? t(words, "headline.hangs", { lines: lines.join(" ") }) : "";
    setText(hangs, full ? known : t(words, "headline.hangs_later"));
    setAttributes(element, { "data-preliminary": !full });
  }
  return { element, update };
}

/**
 * The rows of the headline outcomes, in their order.
 *
 * @param {any} study @param {Row[]} rows @returns {Row[]}
 */
export function headlineRows(study, rows) {
  const by = new Map(rows.map((row) => [row.outcome, row]));
  return study.headlines.flatMap((/** @type {string} */ name) => by.get(name) ?? []);
}
