/**
 * What is known of a difference, and every sentence on it, to the letter as `sim.analysis.answers`
 * writes them in Python, or in another language (`phrases.js`).
 *
 * @typedef {import("./statistics.js").Spread} Spread
 * @typedef {import("./rows.js").Row} Row
 * @typedef {import("./rows.js").Turn} Turn
 * @typedef {import("./phrases.js").Told} Told
 */

import { isPhrase, keyOf, marked, say, tell, textOf } from "./phrases.js";
import { UNTOLD, isClear, judged, judgedOf, leadingOf, plainVerdict, sideOf } from "./rows.js";
import { decimal, digits, exactText, hundred, intervalParts, labelText, levelText } from "./wording.js";
import { plural, inQuotes, rangeText, scenarioText, thousands, unitText } from "./wording.js";

/** Names told one by one in a sentence. */
const MAX_NAMES = 3;

/** `sim.analysis.answers.answer`, as text; `held` ends it. @param {Row} row @param {Row} base */
export function answerText(row, base, held = "") {
  return [answerParts(row, base).join(" "), held].filter(Boolean).join(" ");
}

/** @param {Row} row @param {Row} base @returns {string[]} */
function answerParts(row, base) {
  const verdict = verdictPhrase(row);
  const names = { label: labelText(row), where: scenarioText(row), against: scenarioText(base) };
  const head = say("answer_head", { ...names, verdict });
  if (!row.gap) return [head, say("answer_pair", { pair: pairText(row) })];
  if (row.verdict === "identical") return [head];
  const parts = [head, say("answer_size", { size: sizeText(row) })];
  const hangs = hangsText(row);
  if (hangs) parts.push(hangs);
  const chance = Math.sqrt(row.gap.parts.within) * (row.share ? 100 : 1);
  if (chance > 0) {
    parts.push(say("answer_chance", { size: decimal(chance, digits(chance / 2)) + pointsOrUnit(row) }));
  }
  return parts;
}

/** What stands after a difference. @param {Row} row @param {boolean} [units] whether other units are told */
export function pointsOrUnit(row, units = true) {
  if (row.share) return ` ${say("points")}`;
  return units ? unitText(row) : "";
}

/** `sim.analysis.answers.verdict_phrase` @param {Row} row */
export function verdictPhrase(row) {
  const key = keyOf("phrase_", row.verdict);
  const text = isPhrase(key) ? say(key, { count: thousands(row.events) }) : plainVerdict(row);
  const leading = leadingOf(row);
  if (!leading || UNTOLD.includes(row.verdict)) return text;
  const [word, { mean, low, high }] = leading;
  const parts = { word: say(word), count: hundred(mean), low: hundred(low), high: hundred(high) };
  const verdict = sideOf(row) ? say(keyOf("verdict_", row.verdict)) : text;
  return say("phrase_futures", { verdict, futures: say("futures_interval", parts) });
}

/** `sim.analysis.answers.size_text` @param {Row} row */
export function sizeText(row) {
  const gap = /** @type {Spread} */ (row.gap);
  const unit = pointsOrUnit(row);
  const range = rangeText(gap, row.share, true) + unit;
  if (gap.low === gap.high) return say("size_one", { range });
  return say("size_range", { middle: middleText(row) + unit, range: rangeText(gap, row.share, true) });
}

/** The middle of the expected difference. @param {Row} row */
export function middleText({ gap, share }) {
  const { low, middle, high } = /** @type {Spread} */ (gap);
  const k = share ? 100 : 1;
  return decimal(middle * k, digits(((high - low) * k) / 2), true);
}

/** `sim.analysis.answers.hangs_text` @param {Row} row */
export function hangsText(row) {
  return row.turns.length ? say("hangs", { texts: turnsText(row) }) : "";
}

/** The same as a part of a sentence. @param {Row} row */
export function turnsText(row) {
  const texts = row.turns.map((turn) => turnText(turn, row.unpaired ? "" : row.goal));
  return listed(texts, "clauses_last");
}

/** `sim.analysis.turning.turn_text` @param {Turn} turn @param {string} goal */
export function turnText(turn, goal) {
  const name = inQuotes(turn.label);
  const flip = goal === "minimize";
  const word = say(goal ? "better" : "higher");
  if (turn.above === null) {
    if (!turn.words.length) return say("turn_none", { name });
    const words = turn.words.join(say("list_or"));
    return say(flip ? "turn_other_words" : "turn_words", { word, name, words });
  }
  const up = turn.above !== flip;
  if (turn.value === null) {
    const favourable = say(goal ? "turn_favourable" : "higher");
    return say(up ? "turn_high" : "turn_low", { word: favourable, name });
  }
  const at = `${exactText(turn.value)} ${plural(turn.unit, turn.value)}`.trimEnd().replace("-", "−");
  const value = at.replace(/^\S+/, marked);
  return say(up ? "turn_above" : "turn_below", { word, name, value });
}

/** `sim.analysis.answers.pair_text` @param {Row} row */
export function pairText(row, units = true) {
  return textOf(pairTold(row, units));
}

/** The same, its numbers apart. @param {Row} row @returns {Told} */
export function pairTold(row, units = true) {
  const found = row.difference;
  if (!found || !Number.isFinite(found.mean)) return [say("pair_none")];
  if (row.verdict === "identical") return [say("pair_identical")];
  if (Number.isNaN(found.low)) return [say("pair_zero", { count: thousands(found.n) })];
  const [mean, low, high] = intervalParts(found, true, row.share ? 100 : 1);
  const middle = [{ text: mean, statistic: "difference", value: found.mean }, pointsOrUnit(row, units)];
  if (!low) return middle.filter(Boolean);
  return tell("interval", {
    mean: middle.filter(Boolean),
    low: { text: low, statistic: "difference_low", value: found.low },
    high: { text: high, statistic: "difference_high", value: found.high },
  });
}

/** `Comparison.sentence` of one outcome @param {Row} base @param {Row[]} others */
export function sentence(base, others, central = false) {
  const parts = [`${levelText(base)}.`, others.length ? differencesText(base, others) : ""];
  return [...parts, central ? say("held") : ""].filter(Boolean).join(" ");
}

/** `sim.analysis.answers.differences_text` @param {Row} base @param {Row[]} others */
export function differencesText(base, others) {
  if (others.some((row) => row.gap)) return overFutures(base, others);
  const against = scenarioText(base);
  const clear = others.filter(isClear);
  const loose = others.filter((row) => sideOf(row) && !clear.includes(row));
  const chance = loose.length ? say("told_loose", { each: eachOf(loose) }) : "";
  if (!clear.length) return noneClear(others, against, chance);
  const parts = bySide(clear, (side, each) => say("told_in", { word: say(side), each }));
  const count = others.length - clear.length - loose.length;
  const rest = count ? say(count === 1 ? "told_rest_one" : "told_rest", { count: `${count}` }) : "";
  return say("told_chance", { against, parts, rest, chance });
}

/** @param {Row[]} rows @param {(side: string, each: string) => string} told */
function bySide(rows, told) {
  const parts = ["higher", "lower"].flatMap((side) => {
    const found = rows.filter((row) => sideOf(row) === side);
    return found.length ? [told(side, eachOf(found))] : [];
  });
  return listed(parts);
}

/** @param {Row} base @param {Row[]} others */
function overFutures(base, others) {
  const clear = others.filter(isClear);
  const parts = bySide(clear, (side, each) =>
    say("told_clear", { word: say(judged(side, base.goal) || side), each }),
  );
  /** @type {Map<string, Row[]>} */
  const groups = new Map();
  for (const row of others) {
    if (clear.includes(row)) continue;
    const word = groupOf(row);
    groups.set(word, [...(groups.get(word) ?? []), row]);
  }
  const short = others.length > MAX_NAMES;
  const tails = [...groups].map(([group, rows]) => {
    const one = rows.length === 1 ? scenarioText(rows[0]) : say("scenarios", { count: `${rows.length}` });
    return say("told_tail", { group, where: short ? one : eachOf(rows) });
  });
  const names = { against: scenarioText(base), parts, tails: tails.join("") };
  return say(parts ? "told_over" : "told_over_none", names);
}

/** How a row without a clear direction is told of. @param {Row} row */
function groupOf(row) {
  const side = sideOf(row);
  if (side) return say("group_mostly", { word: say(judgedOf(row) || side) });
  const key = keyOf("group_", row.verdict);
  return say(isPhrase(key) ? key : "group_no_difference_seen");
}

/** @param {Row[]} others @param {string} against @param {string} chance */
function noneClear(others, against, chance) {
  const total = others.length;
  const count = `${total}`;
  if (others.every((row) => row.verdict === "identical")) {
    return say(total === 1 ? "told_same_one" : "told_same", { count, against });
  }
  const known = others.filter((row) => row.difference && Number.isFinite(row.difference.mean));
  if (total === 1 && !chance) {
    if (!known.length || others[0].verdict === "too few") {
      return say("told_too_few", { where: scenarioText(others[0]) });
    }
    return say("told_no_clear", { each: eachText(known[0]) });
  }
  if (chance) return say("told_none_loose", { against, chance });
  const [widest] = ordered(known);
  const largest = widest ? say("told_largest", { each: eachText(widest) }) : "";
  return say("told_none", { count, against, largest });
}

/** Rows, the largest difference first. @param {Row[]} rows */
function ordered(rows) {
  const size = (/** @type {Row} */ row) => (row.difference ? Math.abs(row.difference.mean) : 0);
  return [...rows].sort((a, b) => size(b) - size(a) || 0);
}

/** Scenarios with their differences, the largest first. @param {Row[]} rows */
function eachOf(rows) {
  return listed(ordered(rows).map(eachText));
}

/**
 * The first texts of a list as a part of a sentence, and how many more there are.
 *
 * @param {string[]} texts @param {string} [end] the phrase before the last
 */
export function listed(texts, end = "list_last") {
  const told = texts.slice(0, MAX_NAMES);
  if (texts.length > MAX_NAMES) told.push(say("list_more", { count: `${texts.length - MAX_NAMES}` }));
  const last = told.pop() ?? "";
  return told.length ? say(end, { rest: told.join(say("list_comma")), last }) : last;
}

/** A scenario with its difference: over futures their share and range, else the mean. @param {Row} row */
export function eachText(row) {
  const [where, leading] = [scenarioText(row), leadingOf(row)];
  if (row.gap && leading) {
    if (UNTOLD.includes(row.verdict)) return where;
    const share = say("futures", { word: say(leading[0]), count: hundred(leading[1].mean) });
    return say("each_futures", { where, share, range: rangeText(row.gap, row.share, true) });
  }
  const pair = pairText(row, false);
  const count = row.difference ? row.difference.n : 0;
  const seen = row.unpaired && count;
  return say("each_pair", { where, pair: seen ? say("each_seen", { pair, count: thousands(count) }) : pair });
}
