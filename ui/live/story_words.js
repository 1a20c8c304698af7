/**
 * What the story of one run says: pure functions from occurrences and values to the words of the page.
 *
 * @typedef {import("../../sim/browser/engine.js").Occurrence} Occurrence
 * @typedef {import("../../sim/browser/format.js").Clock} Clock
 * @typedef {import("./parting.js").Pair} Pair
 * @typedef {import("./parting.js").Apart} Apart
 * @typedef {{words: Record<string, string>, document: any, language: string}} Context
 */

import { dateAt, valueText } from "../../sim/browser/format.js";
import { marked } from "../../sim/browser/phrases.js";
import { plural } from "../../sim/browser/wording.js";
import { t } from "./dom.js";
import { eventOf } from "./members.js";
import { earlierOf, partingCause } from "./parting.js";
import { entryOf } from "./setting.js";

/** Where dates are written day first. @type {Record<string, string>} */
const DATE_LOCALES = { en: "en-GB" };
/** Settings that a sentence names at most. */
const MOST_NAMED = 3;
/** Outcomes whose end a sentence tells. */
const MOST_ENDS = 3;

/**
 * A moment in words: `day 50, 2 September 2025`; without a start date `day 50`.
 *
 * @param {Context} context @param {Clock} clock @param {number} time
 */
export function storyMoment({ words, language }, clock, time) {
  const count = t(words, `story.${clock.unit}`, { count: Math.floor(time + 1e-6) });
  const date = longDate(language, clock, time);
  return date ? `${count}, ${date}` : count;
}

/**
 * The date of a moment as text; empty without a start date.
 *
 * @param {string} language @param {Clock} clock @param {number} time @param {"long" | "short"} [month]
 */
export function longDate(language, clock, time, month = "long") {
  const date = dateAt(clock, time);
  if (!date) return "";
  const how = /** @type {const} */ ({ day: "numeric", month, year: "numeric", timeZone: "UTC" });
  return new Intl.DateTimeFormat(DATE_LOCALES[language] ?? language, how).format(new Date(`${date}T00:00Z`));
}

/** What an occurrence says. @param {Occurrence} occurrence */
export function toldText({ text, label, event }) {
  return text || label || event.replaceAll("_", " ");
}

/** What an event is called. @param {Context} context @param {string} event */
export function eventLabel({ document }, event) {
  const [family, members] = event.replace("]", "").split("[");
  const label = document.events[family]?.label || family.replaceAll("_", " ");
  return members ? `${label}, ${members.replaceAll(",", ", ").replaceAll("_", " ")}` : label;
}

/**
 * Where two runs part: `With the same luck, this run and the baseline's first differ on day 50, …`.
 *
 * @param {Context} context @param {Clock} clock @param {Pair | null} pair the first that differs
 */
export function partingText(context, clock, pair) {
  const { words } = context;
  return pair ? t(words, "story.parting", partedOf(context, clock, pair)) : t(words, "story.identical");
}

/** What follows: `The first consequence: day 9, 23 July 2025: …`. @param {Context} context @param {Clock} clock @param {Pair | null} pair */
export function consequenceText(context, clock, pair) {
  return pair ? t(context.words, "story.consequence", partedOf(context, clock, pair)) : "";
}

/** When a pair differs, and how. @param {Context} context @param {Clock} clock @param {Pair} pair */
function partedOf(context, clock, pair) {
  const { words } = context;
  const early = earlierOf(pair);
  const label = early.label || eventLabel(context, early.event);
  const sooner = early === pair.here ? "here" : "there";
  const kind = pair.kind === "moved" ? `sooner_${sooner}` : pair.kind;
  const what = t(words, `story.parts_${kind}`, { event: label });
  return { when: storyMoment(context, clock, pair.time), what };
}

/**
 * Why two runs part, as a sentence: `It hangs on: Deadline (30 days here, 50 days in the baseline).`
 *
 * @param {Context} context @param {Pair | null} pair @param {Apart[]} apart
 * @param {Set<string>[]} events names of the events of each of the two models
 */
export function causeText(context, pair, apart, events) {
  if (!pair) return "";
  const { words, document } = context;
  const reads = (/** @type {string} */ event) => eventOf(document, event)?.reads ?? [];
  const shared = (/** @type {string} */ event) => events.every((names) => names.has(event));
  const { reads: hangs, lone, differ } = partingCause(pair, apart, reads, shared);
  if (lone) return t(words, "story.cause_lone", { event: eventLabel(context, lone) });
  const told = (hangs.length ? hangs : differ).map((one) => apartText(context, one));
  if (!told.length) return "";
  const more =
    told.length > MOST_NAMED ? t(words, "story.more_settings", { count: told.length - MOST_NAMED }) : "";
  const settings = told.slice(0, MOST_NAMED).join("; ") + more;
  return t(words, hangs.length ? "story.cause_reads" : "story.cause_differ", { settings });
}

/** A setting with both its values. @param {Context} context @param {Apart} apart */
function apartText(context, { name, here, there }) {
  const entry = entryOf(context.document, name) ?? { label: name.replaceAll("_", " ") };
  const [ours, theirs] = [here, there].map((value) => settingText(context, entry, value));
  return t(context.words, "story.apart", { label: entry.label, here: ours, there: theirs });
}

/** A value with its unit. @param {Context} context @param {any} entry @param {unknown} value */
export function settingText({ words }, entry, value) {
  if (value == null) return "–";
  if (typeof value === "boolean") return t(words, value ? "story.yes" : "story.no");
  if (typeof value === "string") return value.replaceAll("_", " ");
  if (entry.clock) return dateAt(entry.clock, /** @type {number} */ (value));
  const number = marked(valueText(/** @type {number} */ (value)).replace(/^-/, "−"));
  return `${number} ${plural(entry.unit ?? "", /** @type {number} */ (value))}`.trim();
}

/** An outcome of one run as text. @param {Context} context @param {any} outcome @param {number} value */
export function outcomeText(context, outcome, value) {
  if (value == null || Number.isNaN(value)) return t(context.words, "story.never");
  return settingText(context, outcome, outcome.share ? value !== 0 : value);
}

/**
 * How this run ends against its twin, in the first headline outcomes, as a sentence; empty where one of
 * the two broke a rule.
 *
 * @param {Context} context
 * @param {{here: import("../../sim/browser/engine.js").Story, base: import("../../sim/browser/engine.js").Story}} stories
 */
export function endingText(context, { here, base }) {
  const { words, document } = context;
  if (here.error || base.error) return "";
  const leading = document.outcomes.filter((/** @type {any} */ { name }) => document.headlines.includes(name));
  const told = (leading.length ? leading : document.outcomes).slice(0, MOST_ENDS).flatMap((/** @type {any} */ outcome) => {
    const [ours, theirs] = [here.outcomes[outcome.name], base.outcomes[outcome.name]];
    if (ours === undefined || theirs === undefined) return [];
    const [text, beside] = [outcomeText(context, outcome, ours), outcomeText(context, { ...outcome, unit: "" }, theirs)];
    const values = { outcome: outcome.label, here: text, there: beside, side: sideOf(words, outcome, ours, theirs) };
    // What differs in a digit that nobody sees is the same to the reader.
    return [t(words, text === outcomeText(context, outcome, theirs) ? "story.end_same" : "story.end_differs", values)];
  });
  return told.length ? t(words, "story.ends", { ends: told.join("; ") }) : "";
}

/**
 * Whether one end is better than the other by the goal, in brackets; nothing where there is no telling.
 *
 * @param {Record<string, string>} words @param {any} outcome @param {number} here @param {number} there
 */
function sideOf(words, { goal, matters }, here, there) {
  if (here !== there && Math.abs(here - there) < (matters ?? 0)) return t(words, "story.end_small");
  const sign = goal === "minimize" ? -1 : goal === "maximize" ? 1 : 0;
  const gap = sign * (here - there);
  return gap ? t(words, gap > 0 ? "story.end_better" : "story.end_worse") : "";
}
