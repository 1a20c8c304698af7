/**
 * What holds under every form of a model, and what hangs on one, to the letter as
 * `sim.analysis.form_answers` says it in Python, or in another language.
 *
 * @typedef {import("./rows.js").Row} Row
 * @typedef {import("./rows.js").Under} Under
 * @typedef {import("./statistics.js").Estimate} Estimate
 */

import { listed } from "./answers.js";
import { briefPhrase } from "./briefs.js";
import { say } from "./phrases.js";
import { LEAST, isClear, judgedOf, sideOf } from "./rows.js";
import { hundred, inQuotes, labelText, scenarioText } from "./wording.js";

/** Differences that hang on a form, told one by one. */
const MAX_HANGING = 2;
const SAME = "no difference that matters";
/** Verdicts that leave open what holds under a form. */
const UNKNOWN = ["not settled", "too few", "too few events"];
/** Of a 95 % interval: its half width in standard errors, of many futures. */
const Z = 1.96;

/** `sim.analysis.form_answers.form_sentences` @param {Row[]} rows @param {string[]} outcomes in order */
export function formSentences(rows, outcomes) {
  const told = outcomes.flatMap((name) => rows.filter((row) => row.outcome === name && row.forms.length));
  if (!told.length) return [];
  const found = [underAll(told)];
  const every = told.flatMap((row) => byParameter(row).map((unders) => ({ row, unders })));
  const looks = every.reduce((sum, { unders }) => sum + (unders.length * (unders.length - 1)) / 2, 0);
  const pairs = every.filter(({ unders }) => hangs(unders, looks));
  pairs.sort((a, b) => Number(opposed(b.unders)) - Number(opposed(a.unders)));
  for (const { row, unders } of pairs.slice(0, MAX_HANGING)) {
    const cases = unders.map((under) => say("forms_case", { phrase: briefPhrase(under.row), option: wordsOf(under) }));
    const names = { label: labelText(row), where: scenarioText(row), name: inQuotes(unders[0].label) };
    found.push(say("forms_hangs", { ...names, cases: cases.join("; ") }));
  }
  const more = pairs.length - MAX_HANGING;
  if (more > 0) found.push(say("forms_more", { count: `${more}` }));
  for (const under of told[0].forms) {
    if (under.futures >= LEAST) continue;
    const names = { name: inQuotes(under.label), option: wordsOf(under), count: `${under.futures}` };
    found.push(say("forms_few", names));
  }
  return found;
}

/**
 * How many of the differences are alike under every form of a model, of how many.
 *
 * @param {Row[]} rows @param {string[]} outcomes
 */
export function alikeUnderForms(rows, outcomes) {
  const told = rows.filter((row) => outcomes.includes(row.outcome) && row.forms.length);
  return [told.filter(wordUnderAll).length, told.length];
}

/** What holds under every form. @param {Row[]} rows */
function underAll(rows) {
  const forms = listed(byParameter(rows[0]).map(formsText));
  /** @type {Map<string, {word: string, found: Row[]}>} */
  const groups = new Map();
  for (const row of rows) {
    const word = wordUnderAll(row);
    if (!word) continue;
    const key = `${row.outcome} ${word}`;
    groups.set(key, { word, found: [...(groups.get(key)?.found ?? []), row] });
  }
  if (!groups.size) return say("forms_none", { forms });
  const clauses = [...groups.values()].map(({ word, found }) => {
    const label = labelText(found[0]);
    if (word === SAME) return say("forms_same", { label, each: listed(found.map(scenarioText)) });
    return say("forms_clause", { label, word: say(word), each: listed(found.map(eachText)) });
  });
  return say("forms_all", { forms, clauses: clauses.join("; ") });
}

/** @param {Under[]} unders of one structural assumption */
function formsText(unders) {
  const names = { name: inQuotes(unders[0].label), count: `${unders.length}` };
  if (unders.length < unders[0].forms) return say("forms_some", names);
  return say(unders.length === 2 ? "forms_both" : "forms_every", names);
}

/** What a row is under each form, by structural assumption. @param {Row} row @returns {Under[][]} */
function byParameter({ forms }) {
  const names = [...new Set(forms.map(({ parameter }) => parameter))];
  return names.map((name) => forms.filter(({ parameter }) => parameter === name));
}

/** What a row is under every form, as the key of its word; nothing where they differ. @param {Row} row */
function wordUnderAll(row) {
  if (row.forms.every((under) => under.row.verdict === SAME)) return SAME;
  const side = sideOf(row);
  return row.forms.every((under) => sideOf(under.row) === side) ? judgedOf(row) || side : "";
}

/** @param {Row} row */
function eachText(row) {
  const isSure = row.forms.every((under) => isClear(under.row));
  const count = hundred(Math.min(...row.forms.map((under) => shareOf(under, sideOf(row)).mean)));
  const names = { where: scenarioText(row), degree: say(isSure ? "degree_clearly" : "degree_mostly"), count };
  return say(count === "100" ? "forms_each_whole" : "forms_each", names);
}

/** In which share of the futures of a form a difference has a direction. @param {Under} under @param {string} side */
function shareOf({ row }, side) {
  return /** @type {import("./rows.js").Estimate} */ (side === "higher" ? row.above : row.below);
}

/**
 * Whether a form has a direction that another has not, their mean differences apart beyond noise.
 *
 * @param {Under[]} unders @param {number} looks
 */
function hangs(unders, looks) {
  const known = unders.filter(({ row }) => !UNKNOWN.includes(row.verdict));
  return known.some(
    (one) =>
      sideOf(one.row) &&
      known.some(
        (other) => sideOf(one.row) !== sideOf(other.row) && isApart(one.row.difference, other.row.difference, looks),
      ),
  );
}

/** @param {Estimate | null} one @param {Estimate | null} other @param {number} looks for which it is corrected */
function isApart(one, other, looks) {
  if (!one || !other) return false;
  const error = errorOf(one) ** 2 + errorOf(other) ** 2;
  return (one.mean - other.mean) ** 2 > 2 * Math.log(looks / 0.05) * error;
}

/** The standard error of a mean difference: none where no pair differs. @param {Estimate} found */
function errorOf({ mean, low, high }) {
  if (Number.isNaN(low)) return mean === 0 ? 0 : Infinity;
  return (high - low) / (2 * Z);
}

/** @param {Under[]} unders */
function opposed(unders) {
  return ["higher", "lower"].every((side) => unders.some((under) => sideOf(under.row) === side));
}

/** @param {Under} under */
function wordsOf({ option }) {
  return option.replaceAll("_", " ");
}
