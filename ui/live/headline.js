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
 * @property {boolean} [moving] whether a lever is still held: what then changes is not read out
 */

import { node, setAttributes, setChildren, setShown, setText, t } from "./dom.js";
import { setTold } from "./marks.js";
import { hangingTexts, headlineTold } from "./texts.js";

/** @param {Context} context */
export function createHeadline({ words, document: study }) {
  const sentence = node("h2", { class: "fl-headline-sentence", tabindex: -1 });
  const aloud = node("p", { class: "fl-hidden", role: "status" });
  let heard = "";
  const hangs = createHangs(words);
  const element = node("div", { class: "fl-headline" }, sentence, hangs.element, aloud);

  /** @param {Figures} figures */
  function update({ rows, title, baseline, central, full, moving = false }) {
    const told = headlineRows(study, rows);
    if (!told.length) return;
    const { scenario } = told[0];
    const tags = { title: "strong", baseline: "em" };
    setTold(sentence, headlineTold(told, title, baseline, central), { scenario, outcome: "" }, tags);
    hangs.update(full ? told : null, study.headlines);
    setAttributes(element, { "data-preliminary": !full });
    if (!full || moving) return;
    if (heard && heard !== sentence.textContent) setText(aloud, sentence.textContent);
    heard = sentence.textContent;
  }
  return { element, update, focus: () => sentence.focus() };
}

/**
 * What signs hang on: the surest of each outcome in a line, and all of it when that is opened.
 *
 * @param {Record<string, string>} words @param {boolean} [several] scenarios
 */
export function createHangs(words, several = false) {
  const line = node("summary");
  const list = node("ul");
  const later = node("p", { hidden: true });
  const details = node("details", {}, line, list);
  const element = node("div", { class: "fl-hangs" }, details, later);

  /** @param {Row[] | null} rows null before all runs are done @param {string[]} outcomes */
  function update(rows, outcomes) {
    const surest = (rows ?? []).map((row) => ({ ...row, turns: row.turns.slice(0, 1) }));
    const lines = hangingTexts(surest, outcomes, several);
    const isOpen = (rows ?? []).some(({ verdict }) => /^(mostly|depends)/.test(verdict));
    setText(later, rows ? (isOpen ? t(words, "headline.hangs_none") : "") : t(words, "headline.hangs_later"));
    setShown(later, !lines.length && later.textContent);
    setShown(details, lines.length);
    setText(line, t(words, "headline.hangs", { lines: lines.join(" ") }));
    setChildren(list, ...hangingTexts(rows ?? [], outcomes, several).map((text) => node("li", {}, text)));
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
