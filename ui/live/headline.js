/**
 * The sentence that leads the page: what a setting changes in the outcome that is asked for. Folded into a line
 * each: what holds under every form of the model, and what it hangs on.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 *
 * @typedef {object} Context what every view is made with
 * @property {Record<string, string>} words
 * @property {any} document
 * @property {string} language
 * @property {string} [asked] the outcome that is asked for
 *
 * @typedef {object} Figures what the runs of a setting show
 * @property {Row[]} rows of the setting against the baseline: the headline outcomes, or all
 * @property {string} title of the setting
 * @property {string} baseline its title
 * @property {boolean} central whether assumptions are held
 * @property {boolean} full whether all runs are in it
 * @property {number} runs of each scenario so far
 * @property {string} [held] which forms of the model are held
 * @property {boolean} [moving] whether a lever is still held: what then changes is not read out
 */

import { alikeUnderForms, formSentences } from "../../sim/browser/forms.js";
import { say } from "../../sim/browser/phrases.js";
import { inQuotes } from "../../sim/browser/wording.js";
import { node, setAttributes, setChildren, setShown, setText, t } from "./dom.js";
import { setTold } from "./marks.js";
import { valueOf } from "./setting.js";
import { hangingTexts, headlineTold, othersText } from "./texts.js";

/** @param {Context} context */
export function createHeadline(context) {
  const { words, document: study } = context;
  const sentence = node("h2", { class: "fl-headline-sentence", tabindex: -1 });
  const others = node("p", { class: "fl-headline-others", hidden: true });
  const aloud = node("p", { class: "fl-hidden", role: "status" });
  let heard = "";
  const hangs = createHangs(words);
  const forms = createForms();
  const element = node("div", { class: "fl-headline" }, sentence, others, forms.element, hangs.element, aloud);

  /** @param {Figures} figures */
  function update({ rows, title, baseline, central, full, held = "", moving = false }) {
    const told = askedFirst(headlineRows(study, rows), context.asked);
    if (!told.length) return;
    const { scenario } = told[0];
    const tags = { title: "strong", baseline: "em" };
    setTold(sentence, headlineTold(told, title, baseline, central), { scenario, outcome: "" }, tags);
    const rest = othersText(words, told.slice(1));
    setText(others, rest);
    setShown(others, rest);
    forms.update(told, study.headlines, held);
    hangs.update(full ? told : null, study.headlines);
    setAttributes(element, { "data-preliminary": !full });
    if (!full || moving) return;
    const now = [sentence.textContent, rest].filter(Boolean).join(" ");
    if (heard && heard !== now) setText(aloud, now);
    heard = now;
  }
  return { element, update, focus: () => sentence.focus() };
}

/** What holds under every form of the model, what hangs on one, and which are held. */
export function createForms() {
  const line = node("summary");
  const list = node("div", {});
  const details = node("details", {}, line, list);
  const fixed = node("p", {});
  const element = node("div", { class: "fl-forms", hidden: true }, details, fixed);

  /** @param {Row[]} rows @param {string[]} outcomes @param {string} held */
  function update(rows, outcomes, held) {
    const differing = rows.filter(({ verdict }) => verdict !== "identical");
    const lines = formSentences(differing, outcomes);
    const [alike, all] = alikeUnderForms(differing, outcomes).map(String);
    setText(line, say("forms_fold", { alike, all }));
    setChildren(list, ...lines.map((text) => node("p", {}, text)));
    setShown(details, lines.length);
    setText(fixed, held);
    setShown(fixed, held);
    setShown(element, lines.length || held);
  }
  return { element, update };
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
    const names = surest.filter(({ outcome, turns }) => turns.length && outcomes.includes(outcome)).map(({ turns }) => inQuotes(turns[0].label));
    setText(line, t(words, "headline.hangs", { names: [...new Set(names)].join(", ") }));
    setChildren(list, ...hangingTexts(rows ?? [], outcomes, several).map((text) => node("li", {}, text)));
  }
  return { element, update };
}

/** Rows with that of the outcome that is asked for first. @param {Row[]} rows @param {string} [asked] */
function askedFirst(rows, asked) {
  return [...rows.filter(({ outcome }) => outcome === asked), ...rows.filter(({ outcome }) => outcome !== asked)];
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

/**
 * Which forms of the model are held in a view, as `sim.analysis.forms.held_text`.
 *
 * @param {any} study the document @param {import("./setting.js").View} view
 */
export function heldForms(study, { scenario, values, central }) {
  const { follows } = study.scenarios.find((/** @type {any} */ one) => one.name === scenario);
  const told = study.assumptions.flatMap((/** @type {any} */ { name, label, forms, default: own }) => {
    if (!forms || !(central || Object.hasOwn(values, name) || !follows.includes(name))) return [];
    const option = String(values[name] ?? valueOf(study, scenario, name) ?? own).replaceAll("_", " ");
    return [say("forms_held_one", { name: inQuotes(label), option })];
  });
  return told.length ? say("forms_held", { forms: told.join(say("list_comma")) }) : "";
}
