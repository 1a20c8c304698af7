/** What is asked of the runs that are shown whole: rows of other outcomes, a sentence, a single run. */

import { middleText, pairText, pointsOrUnit } from "../../sim/browser/answers.js";
import { briefText } from "./compare_words.js";
import { t } from "./dom.js";
import { compareSides } from "./picture.js";
import { settingsOf } from "./setting.js";

/**
 * @typedef {{pair: import("./runner.js").Pair, of: any, titles: {here: string, base: string}}} Shown
 *
 * @param {import("./study.js").Study} study
 * @param {object} now
 * @param {() => Shown | null} now.shown @param {() => import("./picture.js").Picture | null} now.picture
 * @param {() => import("./setting.js").View} now.view
 */
export function createShown(study, now) {
  const { document } = study;

  /** The rows of all outcomes, the baseline's first. */
  async function allRows() {
    const shown = now.shown();
    if (!shown) return [];
    const outcomes = document.outcomes.map((/** @type {any} */ { name }) => name);
    const { pair, of, titles } = shown;
    const { rows, base } = await compareSides(study, pair, of, { outcomes, hung: document.headlines }, titles);
    return [...base, ...rows];
  }

  /** What is known of an outcome, in a short sentence: the difference, its word, in how many futures. @param {string} outcome */
  async function sentenceOf(outcome) {
    const [shown, picture] = [now.shown(), now.picture()];
    if (!shown || !picture) return "";
    const { pair, of, titles } = shown;
    const isShown = picture.rows.some((row) => row.outcome === outcome);
    const found = isShown ? picture : await compareSides(study, pair, of, { outcomes: [outcome], hung: [outcome] }, titles);
    const row = found.rows.find((one) => one.outcome === outcome);
    if (!row) return "";
    const { words } = document;
    if (row.verdict === "identical") return t(words, "guide.found_same", { label: row.label });
    const size = row.gap ? middleText(row) + pointsOrUnit(row) : pairText(row);
    return t(words, "guide.found", { label: row.label, size, word: briefText(words, row) });
  }

  /** The story of a run of one side. @param {"here" | "base"} side @param {number} run */
  function replay(side, run) {
    const view = now.view();
    const { policy, baseline } = settingsOf(document, view);
    const design = study.designOf(view);
    const [future, replication] = [Math.floor(run / design.replications), run % design.replications];
    const request = study.requestOf(side === "here" ? policy : baseline, design, { first: future, count: 1 });
    const { module, values, seed } = request;
    return study.pool.replay({ module, values, seed, future, replication });
  }

  return { allRows, sentenceOf, replay };
}
