/** A lesson on paper: the questions with space to write, the answers at the end. */

import { node, t } from "./dom.js";
import { moveText } from "./guide_step.js";
import { entryOf } from "./setting.js";
import { settingText } from "./story_words.js";

/** Lines to write on. */
const LINES = 3;

/** @param {any} context @param {import("./guide.js").Guide} guide @returns {any[]} */
export function handout(context, { title, steps }) {
  const { words } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `guide.${key}`, values);
  const parts = (/** @type {string} */ text) => text.split("\n").filter(Boolean).map((part) => node("p", {}, part));
  const told = steps.map((step) =>
    node(
      "li",
      {},
      node("h3", {}, step.title),
      ...parts(step.text),
      step.settings && node("p", {}, presetText(context, step)),
      step.lever && node("p", {}, node("strong", {}, moveText(context, step))),
      step.look.text && node("p", {}, step.look.text),
      step.ask && node("p", {}, node("strong", {}, say("think")), " ", step.ask),
      step.ask && node("div", { class: "fl-guide-lines" }, ...Array.from({ length: LINES }, () => node("div"))),
    ),
  );
  const answers = steps.flatMap((step, i) => (step.answer ? [node("li", { value: i + 1 }, node("p", {}, node("strong", {}, step.title)), ...parts(step.answer))] : []));
  return [
    node("h2", {}, say("lesson", { title })),
    node("ol", {}, ...told),
    answers.length > 0 && node("div", { class: "fl-guide-answers" }, node("h2", {}, say("answers")), node("ol", {}, ...answers)),
  ].filter(Boolean);
}

/** What a step sets: its scenario, and its levers by name. @param {any} context @param {import("./guide.js").Step} step */
function presetText(context, { scenario, baseline, settings }) {
  const { words, document } = context;
  const name = scenario || baseline || document.baseline;
  const { short } = document.scenarios.find((/** @type {any} */ one) => one.name === name);
  const set = Object.entries(settings ?? {}).map(([lever, value]) => {
    const entry = entryOf(document, lever);
    return `${entry?.label ?? lever}: ${settingText(context, entry ?? {}, value)}`;
  });
  return t(words, "guide.presets", { settings: [short, ...set].join("; ") });
}

/** Print the steps of a lesson alone. @param {HTMLElement} root */
export function printHandout(root) {
  root.classList.add("fl-handout");
  window.addEventListener("afterprint", () => root.classList.remove("fl-handout"), { once: true });
  window.print();
}
