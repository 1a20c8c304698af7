/**
 * One event of the story in words: when, what, what the twin has instead, why, and what it changes.
 *
 * @typedef {import("./parting.js").Pair} Pair
 * @typedef {import("./story_words.js").Context} Context
 * @typedef {import("../../sim/browser/format.js").Clock} Clock
 */

import { fixed, general } from "../../sim/browser/format.js";
import { marked } from "../../sim/browser/phrases.js";
import { node, t } from "./dom.js";
import { eventOf } from "./members.js";
import { earlierOf } from "./parting.js";
import { eventLabel, longDate, settingText, storyMoment, toldText } from "./story_words.js";

/** Changes of state told of one event. */
const MOST_CHANGES = 5;

/**
 * @param {Context} context
 * @param {() => {clock: Clock, layout: any}} of the clock and the layout of the module of the first run
 */
export function createTeller(context, of) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `story.${key}`, values);

  /** The card of an event. @param {Pair} pair @returns {any[]} */
  function card(pair) {
    const one = pair.here ?? earlierOf(pair);
    const entry = eventOf(study, one.event);
    const when = [storyMoment(context, of().clock, one.time), entry?.group];
    const [source] = one.cause.split("->");
    const why = one.cause.includes("->")
      ? node("p", { class: "fl-step-why" }, say("set_off", { event: eventLabel(context, source) }))
      : entry?.rule && node("details", { class: "fl-step-why" }, node("summary", {}, say("own_rule")), node("code", {}, entry.rule));
    const changes = one.changes.slice(0, MOST_CHANGES).map(changeText);
    const further = one.changes.length - changes.length;
    changes.unshift(...(one.arguments ?? []).map(argumentText));
    const twin = twinText(pair);
    return [
      node("p", { class: "fl-step-when" }, when.filter(Boolean).join(" · "), " ", mark(pair)),
      node("p", { class: "fl-step-told" }, toldText(one)),
      twin && node("p", { class: "fl-step-twin" }, twin),
      why,
      changes.length > 0 &&
        node(
          "ul",
          { class: "fl-step-changes" },
          ...changes.map((text) => node("li", {}, text)),
          further > 0 && node("li", {}, say("more_changes", { count: further })),
        ),
    ];
  }

  /** What the baseline has instead; empty where it has the same, or nothing. @param {Pair} pair */
  function twinText({ here, there, kind }) {
    if (!here || !there || kind === "same") return "";
    const isOther = toldText(there) !== toldText(here);
    if (kind === "moved") {
      const key = isOther ? "twin_moved_other" : "twin_moved";
      return say(key, { when: apart(there.time - here.time), text: toldText(there) });
    }
    if (isOther) return say("twin_other", { text: toldText(there) });
    const changed = there.changes.find((change, i) => change.after !== here.changes[i]?.after);
    return changed ? say("twin_effect", { change: changeText(changed) }) : "";
  }

  /**
   * What a row of the list adds: where the other run has the same event.
   *
   * @param {Pair} pair @param {"here" | "there" | "both"} where
   */
  function besideText(pair, where) {
    const { here, there, kind } = pair;
    if (!here || !there || kind !== "moved") return "";
    const later = where === "here" ? there.time - here.time : here.time - there.time;
    return say(where === "here" ? "list_in_base" : "list_in_this", { when: apart(later) });
  }

  /** What the baseline has of an event, beside what this run has; empty where it has none. @param {Pair} pair */
  function baseText({ here, there, kind }) {
    if (!there) return "";
    const text = toldText(there);
    if (!here || kind !== "moved") return text;
    const when = apart(there.time - here.time);
    return text === toldText(here) ? say("sheet_same", { when }) : say("sheet_other", { when, text });
  }

  /** How far apart in time: `2.1 days later`. @param {number} later */
  function apart(later) {
    const { unit } = of().clock;
    const size = Math.abs(later);
    // Below a tenth only a phrase is true: 0.0 days would say that it is at once.
    if (size < 0.05) return say(later > 0 ? "a_little_later" : "a_little_sooner");
    const count = size < 9.95 ? fixed(size, 1).replace(/\.0$/, "") : general(Math.round(size), 15);
    const span = say(count === "1" ? `one_${unit}` : `span_${unit}`, { count: marked(count) });
    return say(later > 0 ? "later" : "sooner", { span });
  }

  /** An argument of an event. @param {[string, unknown]} argument */
  function argumentText([name, value]) {
    return `${name.replaceAll("_", " ")}: ${settingText(context, { unit: "" }, value)}`;
  }

  /** A change of state. @param {{name: string, before: unknown, after: unknown}} change */
  function changeText({ name, before, after }) {
    const entry = of().layout.series?.find((/** @type {any} */ one) => one.name === name) ?? { name };
    // A time of −1 is how a model writes that something has not happened.
    const isMoment = entry.unit === of().clock.unit;
    const textOf = (/** @type {unknown} */ value, unit = "") => (isMoment && value === -1 ? say("not_yet") : settingText(context, { unit }, value));
    const [from, to] = [textOf(before), textOf(after, entry.unit)];
    return `${entry.label || name.replaceAll("_", " ")}: ${from} → ${to}`;
  }

  /** In which of the runs something happens. @param {Pair} pair */
  function mark({ kind }) {
    return node("span", { class: "fl-story-mark", "data-kind": kind }, say(`kind_${kind}`));
  }

  /** When, in a row: the date, and the time to a tenth. @param {number} time */
  function moment(time) {
    const { clock } = of();
    const date = longDate(context.language, clock, time, "short");
    const day = say(clock.unit, { count: marked(fixed(time, 1)) });
    return [date || day, date && node("span", { class: "fl-story-day" }, day)];
  }

  return { card, twinText, besideText, baseText, moment };
}
