/**
 * What cards, tables and the heading say of a row, to the letter as `ui.text` and the tables of
 * `sim.analysis.comparison_tables` write it in Python, or in the language of the page.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("../../sim/browser/phrases.js").Piece} Piece
 * @typedef {import("../../sim/browser/phrases.js").Told} Told
 */

import { middleText, pointsOrUnit, turnsText } from "../../sim/browser/answers.js";
import { briefPhrase, degreeText, directionTold, sizeTold, spreadTold, spreads } from "../../sim/browser/briefs.js";
import { isPhrase, keyOf, say, tell, textOf } from "../../sim/browser/phrases.js";
import { UNTOLD, differenceText, isAdjusted, judgedOf, leadingOf, middleDifference, sideOf, verdictText } from "../../sim/browser/rows.js";
import { decimal, digits, hundred, numberText, plural, thousands } from "../../sim/browser/wording.js";
import { t } from "./dom.js";

/** `ui.text.unit_of` @param {Row} row */
export function unitOf(row) {
  return row.share ? say("value_runs") : row.unit;
}

/** Whether the label of a row says its unit already. @param {Row} row */
function saysUnit({ unit, label }) {
  return unit.startsWith("index") || label.toLowerCase().includes(unit.replace(/s+$/, "").toLowerCase());
}

/** `ui.text.card_unit` @param {Row} row */
export function cardUnit(row) {
  return row.share || !saysUnit(row) ? unitOf(row) : "";
}

/** A unit as it stands after a value. @param {string} value @param {string} unit */
export function unitBehind(value, unit) {
  return plural(unit, value === "1" ? 1 : null);
}

/** How the expected value lies over the futures, where it does move. @param {Row} row */
function movingLevel({ level }) {
  return level && level.high > level.low ? level : null;
}

/** @param {number} half @param {boolean} share */
function placesFor(half, share) {
  return share || !(half > 0) ? 0 : digits(half);
}

/** `ui.text.value_text`: the expected value in the middle. @param {Row} row @returns {Piece} */
export function valuePiece(row) {
  const [found, scale, level] = [row.estimate, row.share ? 100 : 1, movingLevel(row)];
  if (Number.isNaN(found.mean)) return { text: row.missing ? say("value_never") : "–", statistic: "mean", value: found.mean };
  const { value, half, statistic } = level
    ? { value: level.middle, half: ((level.high - level.low) * scale) / 2, statistic: "level_q50" }
    : { value: found.mean, half: ((found.high - found.low) / 2) * scale, statistic: "mean" };
  return { text: decimal(value * scale, placesFor(half, row.share)), statistic, value };
}

/** What the ends of `rangeTold` are: a range over futures, or an interval. @param {Row} row */
export function rangeHead(row) {
  if (movingLevel(row)) return say("range_futures");
  return Number.isNaN(row.estimate.low) ? "" : say("range_chance");
}

/** The ends of the range of a value, without `rangeHead`. @param {Row} row @returns {Told} */
export function rangeTold(row) {
  const [found, scale, level] = [row.estimate, row.share ? 100 : 1, movingLevel(row)];
  if (!level && Number.isNaN(found.low)) {
    return tell("range_values", { count: { text: thousands(found.n), statistic: "n", value: found.n } });
  }
  const names = level ? ["level_q05", "level_q95"] : ["low", "high"];
  const ends = [(level ?? found).low, (level ?? found).high];
  const places = placesFor((ends[1] * scale - ends[0] * scale) / 2, row.share);
  const [low, high] = ends.map((value, i) => {
    return { text: decimal(value * scale, places), statistic: names[i], value };
  });
  const told = tell("range_ends", { low, high });
  if (!row.missing) return told;
  const count = { text: thousands(found.n), statistic: "n", value: found.n };
  return [...told, ...tell("range_seen", { count })];
}

/** `ui.text.range_text` @param {Row} row */
export function cardRange(row) {
  const head = rangeHead(row);
  return (head ? `${head}: ` : "") + textOf(rangeTold(row));
}

/** `ui.text.difference_text`, its numbers apart. @param {Row} row @returns {Told} */
export function differenceTold(row) {
  if (!row.difference) return [say("verdict_baseline")];
  const told = [...sizeTold(row), ...selectionTold(row)];
  const [first] = told;
  if (typeof first === "string") told[0] = capitalized(first);
  return told;
}

/** A difference in large type: its middle over the futures, or the mean of its pairs. @param {Row} row @returns {Piece} */
export function leadPiece(row) {
  if (row.verdict === "identical") return { text: "0", statistic: "difference", value: 0 };
  const { gap, difference } = row;
  const isKnown = difference && Number.isFinite(difference.mean) && !UNTOLD.includes(row.verdict);
  if (!isKnown) return { text: "–", statistic: "difference", value: /** @type {any} */ (difference?.mean ?? null) };
  if (spreads(row)) return { text: middleText(row), statistic: "difference_q50", value: /** @type {any} */ (gap).middle };
  return { text: numberText(difference, true, row.share ? 100 : 1), statistic: "difference", value: difference.mean };
}

/** The unit of `leadPiece`; nothing where it says none. @param {Row} row */
export function leadUnit(row) {
  if (leadPiece(row).text === "–" || row.verdict === "identical") return "";
  return pointsOrUnit(row, !row.unit.startsWith("index")).trim();
}

/** `differenceTold` beneath `leadPiece`, which says its middle already. @param {Row} row @returns {Told} */
export function restTold(row) {
  if (!spreads(row)) return differenceTold(row);
  return [...spreadTold(/** @type {any} */ (row.gap), row.share, "difference", true), "; ", ...directionTold(row), ...selectionTold(row)];
}

/** Which pairs a difference rests on, where it is not all of them. @param {Row} row @returns {Told} */
function selectionTold(row) {
  if (!row.unpaired || !row.difference || row.verdict.startsWith("too few")) return [];
  const { n } = row.difference;
  return tell("pairs_seen", { count: { text: thousands(n), statistic: "pairs", value: n } });
}

/** `ui.text.difference_text` @param {Row} row */
export function cardDifference(row) {
  return textOf(differenceTold(row));
}

/**
 * A sentence on the first outcome, which is asked for; the others have their cards. The title and the
 * baseline are apart in it.
 *
 * @param {Row[]} rows @param {string} title @param {string} baseline @param {boolean} central
 * @returns {Told}
 */
export function headlineTold(rows, title, baseline, central) {
  const held = central ? say("headline_held") : "";
  const names = {
    title: { text: title, statistic: "title", value: NaN },
    baseline: { text: baseline, statistic: "baseline", value: NaN },
  };
  if (rows.every((row) => row.verdict === "identical")) return tell("headline_same", { ...names, held });
  const [first] = rows;
  const phrase = briefPhrase(first) + textOf(selectionTold(first));
  return tell("headline", { ...names, held, clauses: say("headline_clause", { labels: labelInside(first.label), phrase }) });
}

/** The same without markup @param {Row[]} rows @param {string} title @param {string} baseline */
export function headlineText(rows, title, baseline, central = false) {
  return textOf(headlineTold(rows, title, baseline, central));
}

/** What may be said of outcomes beside the one that is asked for, in this order. */
const OTHERS = ["worse", "depends", "better"];
const MOST_OTHERS = 3;

/**
 * Names of other outcomes by their verdict, at most three of them; empty where none is better, worse or open.
 *
 * @param {Record<string, string>} words @param {Row[]} rows without the outcome that is asked for
 */
export function othersText(words, rows) {
  let room = MOST_OTHERS;
  let left = 0;
  const parts = OTHERS.flatMap((kind) => {
    const labels = rows.filter((row) => otherKind(row) === kind).map(({ label }) => label);
    const named = labels.slice(0, room);
    room -= named.length;
    left += labels.length - named.length;
    return named.length ? [t(words, `headline.others_${kind}`, { names: named.join(", ") })] : [];
  });
  const more = left ? ` ${t(words, "headline.others_more", { n: left })}` : "";
  return parts.length ? `${parts.join(" · ")}${more}` : "";
}

/** @param {Row} row */
function otherKind(row) {
  if (!row.goal) return "";
  if (row.verdict === "depends on the assumptions") return "depends";
  return row.gap || isAdjusted(row) ? judgedOf(row) : "";
}

/** A label as it stands inside a sentence; an acronym or name keeps its capitals. @param {string} text */
function labelInside(text) {
  const [head, rest] = [text.split(" ", 1)[0], text.indexOf(" ") + 1];
  const plain = head === head.charAt(0).toUpperCase() + head.slice(1).toLowerCase();
  if (say("labels_in_sentences") !== "lowered" || !plain || !rest || rest === text.length) return text;
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** @param {string} text */
function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * What the signs of some differences hang on, a sentence for each; the one that is surest of each outcome.
 *
 * @param {Row[]} rows @param {string[]} outcomes in their order @param {boolean} [several] scenarios
 */
export function hangingTexts(rows, outcomes, several = false) {
  return outcomes.flatMap((outcome) => {
    const found = rows.filter((row) => row.outcome === outcome && row.turns.length);
    if (!found.length) return [];
    const row = found.reduce((a, b) => (b.turns[0].p <= a.turns[0].p ? b : a));
    const key = several ? "hanging_in" : "hanging";
    return [say(key, { label: row.label, where: row.title, texts: turnsText(row) })];
  });
}

/** A verdict in two words for a reader in a hurry: `mostly better`. @param {Row} row */
export function shortVerdict(row) {
  const side = sideOf(row);
  if (!side) return say(keyOf("verdict_", row.verdict));
  const [leading] = leadingOf(row) ?? [judgedOf(row) || side];
  if (!row.gap) return say(isAdjusted(row) ? leading : "brief_maybe", { word: say(leading) });
  const [first] = row.verdict.split(" ");
  const word = say(leading);
  return first === side ? word : say("told_degree", { degree: say(`degree_${first}`), word });
}

/**
 * Scenarios in order, as `sim.analysis.comparison_tables.standing`: the baseline, then the best.
 *
 * @param {Row[]} rows @param {string} outcome
 */
export function standing(rows, outcome) {
  const found = rows.filter((row) => row.outcome === outcome);
  const kept = found.map((row) => ({ name: row.scenario, rank: rankOf(row) }));
  const compare = (/** @type {number[]} */ a, /** @type {number[]} */ b) => {
    const place = a.findIndex((value, i) => value !== b[i] && !(Number.isNaN(value) && Number.isNaN(b[i])));
    return place < 0 ? 0 : a[place] - b[place];
  };
  return kept.sort((a, b) => compare(a.rank, b.rank)).map(({ name }) => name);
}

/** @param {Row} row */
function rankOf(row) {
  const middle = middleDifference(row);
  const good = row.goal === "minimize" ? middle : -middle;
  return [Number(row.verdict !== "baseline"), Number(Number.isNaN(middle)), good];
}

/** The two lines of a cell of the table of all scenarios. @param {Row} row */
export function cellLines(row) {
  return cellTold(row).map(textOf);
}

/** The same, their numbers apart. @param {Row} row @returns {Told[]} */
export function cellTold(row) {
  if (row.verdict === "baseline") {
    const text = numberText(row.estimate, false, row.share ? 100 : 1);
    const count = { text, statistic: "mean", value: row.estimate.mean };
    const first = row.share ? tell("in_hundred", { count }) : [count];
    return row.level ? [first, spreadTold(row.level, row.share, "level")] : [first];
  }
  const leading = leadingOf(row);
  if (!row.gap || !leading) {
    const points = ` ${say("points")}`;
    const text = differenceText(row);
    return [[verdictText(row)], [row.share && text.endsWith(points) ? text.slice(0, -points.length) : text]];
  }
  const [word, { mean }] = leading;
  const key = keyOf("cell_", row.verdict);
  let head = say(isPhrase(key) ? key : keyOf("verdict_", row.verdict));
  if (sideOf(row)) head = degreeText(row, word, hundred(mean));
  else if (row.verdict === "depends on the assumptions") {
    head = say("cell_depends", { count: hundred(mean), word: say(word) });
  }
  if (row.verdict !== "too few events") return [[head], spreadTold(row.gap, row.share, "difference", true)];
  const count = { text: thousands(row.events), statistic: "events", value: row.events };
  return [[head], tell(row.events === 1 ? "cell_differs" : "cell_differ", { count })];
}

/**
 * What the scenario of a row is called: short, but whole where values were set by hand.
 *
 * @param {any} study the document @param {Row | undefined} row
 */
export function titleIn(study, row) {
  const scene = study.scenarios.find((/** @type {any} */ one) => one.name === row?.scenario);
  return scene && row?.title === scene.title ? scene.short || scene.title : (row?.title ?? "");
}
