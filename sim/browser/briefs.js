/**
 * A difference in few words, for a heading, a card or a cell, to the letter as `sim.analysis.briefs`.
 *
 * @typedef {import("./rows.js").Row} Row
 * @typedef {import("./phrases.js").Told} Told
 */

import { keyOf, say, tell, textOf } from "./phrases.js";
import { UNTOLD, isAdjusted, leadingOf, plainVerdict, sideOf } from "./rows.js";
import { middleText, pairText, pairTold, pointsOrUnit, verdictPhrase } from "./answers.js";
import { hundred, rangeParts } from "./wording.js";

/** Units of an index are not told. @param {Row} row */
function hasUnit(row) {
  return !row.unit.startsWith("index");
}

/**
 * A direction with how much is known of it: `mostly worse (97 of 100 futures)`.
 *
 * @param {Row} row @param {string} word @param {string} count
 */
export function degreeText(row, word, count) {
  const degree = say(`degree_${row.verdict.split(" ")[0]}`);
  return say("degree", { degree, word: say(word), count });
}

/** `sim.analysis.briefs.brief_phrase` @param {Row} row @returns {string} */
export function briefPhrase(row) {
  const leading = leadingOf(row);
  if (!row.gap || !leading) {
    if (!sideOf(row)) return verdictPhrase(row);
    const [mean] = pairText(row, hasUnit(row)).split(" [");
    const chance = isAdjusted(row) ? "" : say("brief_chance");
    return say("brief_mean", { verdict: plainVerdict(row), mean, chance });
  }
  const [word, found] = leading;
  const count = say("futures_count", { count: hundred(found.mean) });
  if (sideOf(row)) return degreeText(row, word, count);
  if (row.verdict === "depends on the assumptions") {
    return say("brief_depends", { verdict: say(keyOf("verdict_", row.verdict)), word: say(word), count });
  }
  return verdictPhrase({ ...row, above: null, below: null });
}

/** `sim.analysis.briefs.brief_size` @param {Row} row */
export function briefSize(row) {
  return textOf(sizeTold(row));
}

/** Whether a difference is told by its range over futures. @param {Row} row */
export function spreads({ gap, ...row }) {
  return Boolean(gap && gap.low !== gap.high && leadingOf({ gap, ...row }) && !UNTOLD.includes(row.verdict));
}

/** The same, its numbers apart. @param {Row} row @returns {Told} */
export function sizeTold(row) {
  const { gap } = row;
  if (UNTOLD.includes(row.verdict)) return [verdictPhrase(row)];
  if (!gap || !spreads(row)) return pairTold(row, hasUnit(row));
  const middle = { text: middleText(row), statistic: "difference_q50", value: gap.middle };
  return tell("brief_size", {
    middle: [middle, pointsOrUnit(row, hasUnit(row))].filter(Boolean),
    range: spreadTold(gap, row.share, "difference", true),
    direction: directionTold(row),
  });
}

/** In how many futures a difference has its direction, or its verdict where none may be told. @param {Row} row @returns {Told} */
export function directionTold(row) {
  const leading = leadingOf(row);
  if (!leading || !(sideOf(row) || row.verdict === "depends on the assumptions")) return [briefPhrase(row)];
  const [word, { mean }, statistic] = leading;
  return tell("futures", { word: say(word), count: { text: hundred(mean), statistic, value: mean } });
}

/**
 * `rangeText`, its ends apart.
 *
 * @param {import("./statistics.js").Spread} spread @param {boolean} share
 * @param {string} name what a record calls the ends @returns {Told}
 */
export function spreadTold(spread, share, name, sign = false) {
  const [first, last] = rangeParts(spread, share, sign);
  const low = { text: first, statistic: `${name}_q05`, value: spread.low };
  if (!last) return [low];
  return tell("range", { low, high: { text: last, statistic: `${name}_q95`, value: spread.high } });
}
