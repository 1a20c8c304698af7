/**
 * What a reader takes along of a run: its text as the command line prints it, and a short page to print.
 *
 * @typedef {import("./story_words.js").Context} Context
 *
 * @typedef {object} Taken
 * @property {import("./setting.js").View} view
 * @property {import("../../sim/browser/engine.js").Story} here @property {import("../../sim/browser/engine.js").Story} base
 * @property {{run: number, future: number, replication: number}} which
 * @property {string} where which run it is, in words
 * @property {any} layout of its module
 * @property {string[]} sentences
 * @property {import("./parting.js").Pair[]} pairs @property {import("./parting.js").Pair[]} turning
 * @property {import("./chart_lanes.js").LanesData} lanes without marks
 */

import { thousands } from "../../sim/browser/wording.js";
import { laneMarks } from "./chart_lanes.js";
import { icon, node, setText, t } from "./dom.js";
import { save } from "./export.js";
import { traceCommand } from "./recipe.js";
import { sceneOf, settingsOf, slugOf, titleOf } from "./setting.js";
import { createTeller } from "./story_card.js";
import { sheetHtml } from "./story_sheet.js";
import { storyText } from "./story_text.js";
import { longDate, outcomeText, storyMoment, toldText } from "./story_words.js";
import { toldTime } from "./turning_points.js";

/** Rows of the short page, so that it stays on two sheets. */
const MOST_POINTS = 40;

/** @param {Context} context */
export function createTake(context) {
  const { words, document: study, language } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `story.${key}`, values);
  /** @type {Taken | null} */
  let taken = null;
  const teller = createTeller(context, () => {
    const { layout } = /** @type {Taken} */ (taken);
    return { clock: layout.clock, layout };
  });
  const button = (/** @type {string} */ key, /** @type {() => void} */ act) =>
    node("button", { type: "button", "data-act": key, onclick: () => taken && act() }, icon("download"), say(key));
  const whole = node("pre", { class: "fl-code fl-story-text", tabindex: 0 });
  const details = node("details", {}, node("summary", {}, say("whole")), whole);
  const command = node("pre", { class: "fl-code", tabindex: 0 });
  const buttons = node("div", { class: "fl-story-choice" }, button("save_text", saveText), button("save_sheet", saveSheet));
  const element = node("div", { class: "fl-story-take" }, node("h3", {}, say("take")), buttons, details);
  element.append(node("p", { class: "fl-story-lead" }, say("again")), command);
  details.addEventListener("toggle", fill);

  /** The text of a long run is made when it is wanted. */
  function fill() {
    if (details.open && taken) setText(whole, textOf(taken));
  }

  /** @param {Taken} of */
  function textOf({ view, here, which, layout }) {
    const { title } = sceneOf(study, view.scenario);
    const units = Object.fromEntries(study.outcomes.map((/** @type {any} */ one) => [one.name, one.unit]));
    return storyText(here, { title, seed: view.seed, ...which, clock: layout.clock, units });
  }

  /** @param {Taken} of */
  function nameOf({ view, which }) {
    return `${slugOf(study, view)}_run_${which.run}`;
  }

  function saveText() {
    const of = /** @type {Taken} */ (taken);
    save(`${nameOf(of)}.txt`, new Blob([`${textOf(of)}\n`], { type: "text/plain;charset=utf-8" }));
  }

  function saveSheet() {
    const of = /** @type {Taken} */ (taken);
    const { view, here, base, sentences, where, pairs, turning, layout } = of;
    const { policy, baseline } = settingsOf(study, view);
    const leading = study.outcomes.filter((/** @type {any} */ { name }) => study.headlines.includes(name));
    const end = (/** @type {any} */ one, /** @type {any} */ story) =>
      story.error || story.outcomes[one.name] === undefined ? "–" : outcomeText(context, one, story.outcomes[one.name]);
    const ends = (leading.length ? leading : study.outcomes).map((/** @type {any} */ one) => [one.label, end(one, here), end(one, base)]);
    const shown = turning.slice(0, MOST_POINTS);
    const when = (/** @type {number} */ time) => {
      const date = longDate(language, layout.clock, time, "short");
      return date || storyMoment(context, layout.clock, time);
    };
    const points = shown.map((pair) => [
      when(toldTime(pair)),
      pair.here ? toldText(pair.here) : "",
      teller.baseText(pair),
    ]);
    const counts = { count: thousands(turning.length), all: thousands(pairs.length) };
    const html = sheetHtml(context, element, {
      ...{ study: study.title, title: titleOf(study, policy), baseline: titleOf(study, baseline), sentences, where },
      ends: [["outcome", "here", "base"].map((key) => say(`col_${key}`)), ...ends],
      lanes: { ...of.lanes, title: "", marks: laneMarks(turning, study.events, toldText) },
      heading: say("sheet_points", counts),
      points: [["when", "here", "base"].map((key) => say(`col_${key}`)), ...points],
      more: turning.length > MOST_POINTS ? say("sheet_more", { count: turning.length - MOST_POINTS }) : "",
      again: [say("again"), command.textContent],
    });
    save(`${nameOf(of)}.html`, new Blob([html], { type: "text/html;charset=utf-8" }));
  }

  /** @param {Taken} now */
  function update(now) {
    taken = now;
    setText(command, traceCommand(study, now.view, now.which));
    fill();
  }

  return { element, update };
}
