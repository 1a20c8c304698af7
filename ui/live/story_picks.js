/**
 * Which run to tell: a typical one, one at the edge of the worst or best, any, or that of a number.
 *
 * @typedef {import("./story_words.js").Context} Context
 * @typedef {import("./runner.js").Side} Side
 */

import { thousands } from "../../sim/browser/wording.js";
import { newId, node, setShown, t } from "./dom.js";
import { completedRuns, rankedRun, typicalRun } from "./parting.js";

const PICKS = ["typical", "worst", "best", "random", "number"];

/**
 * @param {Context} context @param {() => void} onChange another run is wanted
 */
export function createPicks({ words, document: study }, onChange) {
  const say = (/** @type {string} */ key, values = {}) => t(words, `story.${key}`, values);
  const goals = study.outcomes.filter((/** @type {any} */ one) => one.goal);
  const ranked = goals.length ? goals : study.outcomes;
  const known = (/** @type {string} */ name) => ranked.find((/** @type {any} */ one) => one.name === name);
  const stated = study.layouts.flatMap((/** @type {any} */ { outcomes }) => outcomes);
  const dated = new Set(
    stated.flatMap((/** @type {any} */ one) => (one.statistic === "first" ? [one.name] : [])),
  );
  const first = study.headlines
    .map(known)
    .find((/** @type {any} */ one) => one && !one.share && !dated.has(one.name));
  const choice = { pick: "typical", by: (first ?? ranked[0])?.name ?? "", number: 0, dice: Math.random() };

  /** @param {object} changed */
  function change(changed) {
    Object.assign(choice, changed);
    onChange();
  }

  const name = newId("pick");
  const radios = PICKS.map((pick) => {
    const onchange = () => change({ pick });
    const input = node("input", {
      type: "radio",
      name,
      value: pick,
      checked: pick === choice.pick,
      onchange,
    });
    return node("label", { class: "fl-story-pick" }, input, node("span", {}, say(`pick_${pick}`)));
  });
  const options = ranked.map((/** @type {any} */ one) =>
    node("option", { value: one.name, selected: one.name === choice.by }, one.label),
  );
  const select = node("select", { onchange: () => change({ by: select.value }) }, ...options);
  const by = node("label", { class: "fl-story-by" }, say("by"), select);
  const roll = node(
    "button",
    { type: "button", onclick: () => change({ dice: Math.random() }) },
    say("another"),
  );
  const field = node("input", { type: "number", min: 0, step: 1, value: 0 });
  field.onchange = () => change({ number: Math.round(Number(field.value)) || 0 });
  const number = node("label", { class: "fl-story-by" }, say("number"), field);
  const group = node("fieldset", { class: "fl-story-picks" }, node("legend", {}, say("which")), ...radios);
  const element = node("div", { class: "fl-story-choice" }, group, by, roll, number);

  const isEdge = () => choice.pick === "worst" || choice.pick === "best";

  /** Offer what the choice asks for. @param {number} count runs */
  function update(count) {
    setShown(by, isEdge());
    setShown(roll, choice.pick === "random");
    setShown(number, choice.pick === "number");
    field.max = String(count - 1);
  }

  /**
   * The number of the run; null where every run failed.
   *
   * @param {Side} side @param {{name: string}[]} columns its outcomes
   * @returns {number | null}
   */
  function runOf({ outcomes, status }, columns) {
    const place = (/** @type {string} */ of) => columns.findIndex((one) => one.name === of);
    const runs = completedRuns(status);
    if (!runs.length) return null;
    if (choice.pick === "number") return Math.min(Math.max(choice.number, 0), status.length - 1);
    if (choice.pick === "random") return runs[Math.floor(choice.dice * runs.length)];
    if (isEdge() && place(choice.by) >= 0) {
      const worst = choice.pick === "worst";
      return rankedRun(outcomes, columns.length, status, place(choice.by), known(choice.by).goal, worst);
    }
    const counted = ranked.map((/** @type {any} */ one) => place(one.name));
    return typicalRun(
      outcomes,
      columns.length,
      status,
      counted.filter((/** @type {number} */ at) => at >= 0),
    );
  }

  /** Which run that is, in words. @param {number} run @param {number} count */
  function told(run, count) {
    const text = say("run", { run: thousands(run), last: thousands(count - 1) });
    return isEdge() ? `${text} (${say(`ranked_${choice.pick}`, { outcome: known(choice.by).label })})` : text;
  }

  return { element, update, runOf, told };
}
