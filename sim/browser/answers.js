/**
 * What is known of a difference, and every sentence on it, to the letter as `sim.analysis.answers` and
 * `briefs` write them in Python.
 *
 * @typedef {import("./statistics.js").Spread} Spread
 * @typedef {import("./rows.js").Row} Row
 * @typedef {import("./rows.js").Turn} Turn
 */

import {
  UNTOLD,
  isAdjusted,
  isClear,
  judged,
  judgedOf,
  leadingOf,
  plainVerdict,
  sideOf,
} from "./rows.js";
import {
  decimal,
  digits,
  exactText,
  hundred,
  intervalText,
  labelText,
  levelText,
  plural,
  rangeText,
  scenarioText,
  thousands,
  unitText,
} from "./wording.js";

/** Names told one by one in a sentence. */
const MAX_NAMES = 3;
/** Said with every answer that leaves out what is not known. */
export const HELD = "Assumptions held at central values.";
/** Stands below a summary. */
export const CAUTION =
  "Futures are ways in which the assumptions may lie. They and chance are all that ranges and " +
  "intervals show, inside this model; not everything that could happen.";

/** `sim.analysis.answers.answer`, as text; `held` ends it. @param {Row} row @param {Row} base */
export function answerText(row, base, held = "") {
  return [answerParts(row, base).join(" "), held].filter(Boolean).join(" ");
}

/** @param {Row} row @param {Row} base @returns {string[]} */
function answerParts(row, base) {
  const against = scenarioText(base);
  const head = `${labelText(row)} in ${scenarioText(row)}, against ${against}: ${verdictPhrase(row)}.`;
  if (!row.gap) return [head, `The difference is ${pairText(row)}.`];
  if (row.verdict === "identical") return [head];
  const parts = [head, `The expected difference is ${sizeText(row)}.`];
  const hangs = hangsText(row);
  if (hangs) parts.push(hangs);
  const chance = Math.sqrt(row.gap.parts.within);
  if (chance > 0) {
    const k = row.share ? 100 : 1;
    const unit = row.share ? " points" : unitText(row);
    const size = decimal(chance * k, digits((chance * k) / 2));
    parts.push(`Chance alone moves the difference of two runs by ${size}${unit} (standard deviation).`);
  }
  return parts;
}

/** `sim.analysis.answers.verdict_phrase` @param {Row} row */
export function verdictPhrase(row) {
  /** @type {Record<string, string>} */
  const words = {
    identical: "the same in every pair of runs",
    "too few": "too few pairs of runs have a value to compare",
    "too few events": `only ${thousands(row.events)} pairs of runs differ, too few for a direction`,
    "no difference seen": "no difference is seen",
    "not settled": "too few runs to settle it",
  };
  const text = words[row.verdict] ?? plainVerdict(row);
  const leading = leadingOf(row);
  if (!leading || UNTOLD.includes(row.verdict)) return text;
  const [word, { mean, low, high }] = leading;
  const futures = `${word} in ${hundred(mean)} of 100 futures [${hundred(low)}, ${hundred(high)}]`;
  return `${sideOf(row) ? row.verdict : text}, ${futures}`;
}

/** `sim.analysis.answers.size_text` @param {Row} row */
export function sizeText(row) {
  const gap = /** @type {Spread} */ (row.gap);
  const unit = row.share ? " points" : unitText(row);
  const ends = rangeText(gap, row.share, true);
  if (gap.low === gap.high) return `${ends}${unit} in 5 to 95 % of futures`;
  return `${middleText(row)}${unit} in the middle, ${ends} in 5 to 95 % of futures`;
}

/** The middle of the expected difference. @param {Row} row */
function middleText({ gap, share }) {
  const { low, middle, high } = /** @type {Spread} */ (gap);
  const k = share ? 100 : 1;
  return decimal(middle * k, digits(((high - low) * k) / 2), true);
}

/** `sim.analysis.answers.hangs_text` @param {Row} row */
export function hangsText(row) {
  const texts = row.turns.map((turn) => turnText(turn, row.unpaired ? "" : row.goal));
  return texts.length ? `It is ${listed(texts)}.` : "";
}

/** `sim.analysis.turning.turn_text` @param {Turn} turn @param {string} goal */
export function turnText(turn, goal) {
  const name = `“${turn.label}”`;
  const flip = goal === "minimize";
  const better = goal ? "better" : "higher";
  if (turn.above === null) {
    if (!turn.words.length) return `differs with ${name}, without a turn of its sign`;
    return `${better} on average only where ${name} is ${flip ? "not " : ""}${turn.words.join(" or ")}`;
  }
  const up = turn.above !== flip;
  if (turn.value === null) {
    return `${goal ? "more favourable" : "higher"} where ${name} is ${up ? "high" : "low"}`;
  }
  const at = `${exactText(turn.value)} ${plural(turn.unit, turn.value)}`.trimEnd().replace("-", "−");
  return `${better} on average only where ${name} is ${up ? "above" : "below"} ${at}`;
}

/** `sim.analysis.answers.pair_text` @param {Row} row */
export function pairText(row, units = true) {
  const found = row.difference;
  if (!found || !Number.isFinite(found.mean)) return "no pairs to compare";
  if (row.verdict === "identical") return "exactly 0 in every pair of runs";
  if (Number.isNaN(found.low)) return `0 in all of ${thousands(found.n)} pairs`;
  const text = intervalText(found, true, row.share ? 100 : 1);
  const [mean] = text.split(" ", 1);
  const unit = row.share ? " points" : units ? unitText(row) : "";
  return mean + unit + text.slice(mean.length);
}

/** Units of an index are not told. @param {Row} row */
function isIndex(row) {
  return row.unit.startsWith("index");
}

/** `sim.analysis.briefs.brief_phrase` @param {Row} row @returns {string} */
export function briefPhrase(row) {
  const leading = leadingOf(row);
  if (!row.gap || !leading) {
    if (!sideOf(row)) return verdictPhrase(row);
    const chance = isAdjusted(row) ? "" : ", which may be chance among so many differences";
    const [mean] = pairText(row, !isIndex(row)).split(" [");
    return `${plainVerdict(row)} (${mean})${chance}`;
  }
  const [word, found] = leading;
  const count = `${hundred(found.mean)} of 100 futures`;
  if (sideOf(row)) return `${row.verdict.split(" ")[0]} ${word} (${count})`;
  if (row.verdict === "depends on the assumptions") return `${row.verdict} (${word} in ${count})`;
  return verdictPhrase({ ...row, above: null, below: null });
}

/** `sim.analysis.briefs.brief_size` @param {Row} row */
export function briefSize(row) {
  if (UNTOLD.includes(row.verdict)) return verdictPhrase(row);
  const leading = leadingOf(row);
  if (!row.gap || !leading || row.gap.low === row.gap.high) return pairText(row, !isIndex(row));
  const unit = row.share ? " points" : isIndex(row) ? "" : unitText(row);
  const [word, found] = leading;
  const told = sideOf(row) || row.verdict === "depends on the assumptions";
  const direction = told ? `${word} in ${hundred(found.mean)} of 100 futures` : briefPhrase(row);
  return `${middleText(row)}${unit}, ${rangeText(row.gap, row.share, true)}; ${direction}`;
}

/** `Comparison.sentence` of one outcome @param {Row} base @param {Row[]} others */
export function sentence(base, others, central = false) {
  const parts = [`${levelText(base)}.`, others.length ? differencesText(base, others) : ""];
  return [...parts, central ? HELD : ""].filter(Boolean).join(" ");
}

/** `sim.analysis.answers.differences_text` @param {Row} base @param {Row[]} others */
export function differencesText(base, others) {
  if (others.some((row) => row.gap)) return overFutures(base, others);
  const against = scenarioText(base);
  const clear = others.filter(isClear);
  const loose = others.filter((row) => sideOf(row) && !clear.includes(row));
  const chance = loose.length
    ? `; in ${eachOf(loose)} the interval excludes 0, which may be chance among so many differences`
    : "";
  if (!clear.length) return noneClear(others, against, chance);
  const parts = ["higher", "lower"].flatMap((side) => {
    const found = clear.filter((row) => sideOf(row) === side);
    return found.length ? [`${side} in ${eachOf(found)}`] : [];
  });
  const rest = others.length - clear.length - loose.length;
  const tail = rest ? `, with no clear difference in the other ${scenarios(rest)}` : "";
  return `Against ${against} it is ${parts.join(" and ")}${tail}${chance}.`;
}

/** @param {Row} base @param {Row[]} others */
function overFutures(base, others) {
  const clear = others.filter(isClear);
  const parts = ["higher", "lower"].flatMap((side) => {
    const found = clear.filter((row) => sideOf(row) === side);
    return found.length ? [`clearly ${judged(side, base.goal) || side} in ${eachOf(found)}`] : [];
  });
  const told = parts.length ? `it is ${parts.join(" and ")}` : "no direction is clear";
  /** @type {Map<string, Row[]>} */
  const groups = new Map();
  for (const row of others) {
    if (clear.includes(row)) continue;
    const word = groupOf(row);
    groups.set(word, [...(groups.get(word) ?? []), row]);
  }
  const short = others.length > MAX_NAMES;
  const tails = [...groups].map(([word, rows]) => {
    if (!short) return `; ${word} in ${eachOf(rows)}`;
    return `; ${word} in ${rows.length === 1 ? scenarioText(rows[0]) : scenarios(rows.length)}`;
  });
  return `Against ${scenarioText(base)} ${told}${tails.join("")}.`;
}

/** How a row without a clear direction is told of. @param {Row} row */
function groupOf(row) {
  const side = sideOf(row);
  if (side) return `it is mostly ${judgedOf(row) || side}`;
  /** @type {Record<string, string>} */
  const words = {
    "depends on the assumptions": "it depends on the assumptions",
    "not settled": "it is not settled by so few runs",
    "too few": "too few pairs have a value",
    "too few events": "too few pairs differ",
    identical: "it is the same in every pair",
    "no difference that matters": "there is no difference that matters",
  };
  return words[row.verdict] ?? "no difference is seen";
}

/** @param {Row[]} others @param {string} against @param {string} chance */
function noneClear(others, against, chance) {
  const total = others.length;
  if (others.every((row) => row.verdict === "identical")) {
    return `Every run of the other ${scenarios(total)} has the same value as in ${against}.`;
  }
  const known = others.filter((row) => row.difference && Number.isFinite(row.difference.mean));
  if (total === 1 && !chance) {
    if (!known.length || others[0].verdict === "too few") {
      return `Too few pairs of runs have a value to compare ${scenarioText(others[0])}.`;
    }
    return `There is no clear difference in ${eachText(known[0])}.`;
  }
  if (chance) return `No difference to ${against} is clear${chance}.`;
  const [widest] = ordered(known);
  const told = widest ? `; the largest seen is ${eachText(widest)}` : "";
  return (
    `None of the other ${scenarios(total)} makes a clear difference to ${against}: each 95 % ` +
    `interval of the paired difference holds 0 or is exactly 0${told}.`
  );
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

/** The first texts of a list as a part of a sentence, and how many more there are. @param {string[]} texts */
function listed(texts) {
  const told = texts.slice(0, MAX_NAMES);
  if (texts.length > MAX_NAMES) told.push(`${texts.length - MAX_NAMES} more`);
  const last = told.pop() ?? "";
  return told.length ? `${told.join(", ")} and ${last}` : last;
}

/** A scenario with its difference: over futures their share and range, else the mean. @param {Row} row */
function eachText(row) {
  const leading = leadingOf(row);
  if (row.gap && leading) {
    if (UNTOLD.includes(row.verdict)) return scenarioText(row);
    const share = `${leading[0]} in ${hundred(leading[1].mean)} of 100 futures`;
    return `${scenarioText(row)} (${share}, ${rangeText(row.gap, row.share, true)})`;
  }
  const pairs = row.difference ? row.difference.n : 0;
  const seen = row.unpaired && pairs ? ` over the ${thousands(pairs)} pairs in which both happen` : "";
  return `${scenarioText(row)} (${pairText(row, false)}${seen})`;
}

/** @param {number} count */
function scenarios(count) {
  return count === 1 ? "scenario" : `${count} scenarios`;
}
