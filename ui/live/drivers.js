/**
 * Drivers: which lever matters most, and which assumption decides the difference to the baseline.
 *
 * @typedef {import("./headline.js").Context} Context
 * @typedef {import("./setting.js").View} View
 * @typedef {{pair: import("./runner.js").Pair, of: any, titles: {here: string, base: string}}} Shown
 */

import { node, setAttributes, setShown, t } from "./dom.js";
import { createAssumptionPart } from "./drivers_assumptions.js";
import { createLeverPart } from "./drivers_levers.js";
import { decide, moveEach, runFutures } from "./driving.js";
import { outcomeItems, select } from "./rail.js";

const QUESTIONS = ["levers", "assumptions"];

/**
 * @param {any} context with `asked`, the outcome, `look` and `lookAt`
 * @param {object} acts
 * @param {(name: string, value: any) => void} acts.onSet a move is to be tried
 * @param {() => void} acts.onAsk another question or outcome is asked for
 */
export function createDrivers(context, { onSet, onAsk }) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `drivers.${key}`, values);
  /** @type {{study: any, shown: Shown, view: View} | null} */
  let last = null;
  /** What was run, by question. @type {Record<string, string>} */
  const answered = {};
  let number = 0;
  const parts = {
    levers: createLeverPart(context, { onSet }),
    assumptions: createAssumptionPart(context, { onMore: () => void more(), onStop: () => void (number += 1) }),
  };
  const buttons = QUESTIONS.map((name) => node("button", { type: "button", "data-question": name, onclick: () => ask("question", name) }, say(name)));
  const choice = select(say("which_outcome"), outcomeItems(study), (/** @type {string} */ name) => ask("outcome", name), "outcome");
  const element = node(
    "section",
    { class: "fl-main fl-drivers" },
    ...[node("h2", {}, say("title")), node("div", { class: "fl-questions", role: "group", "aria-label": say("title") }, ...buttons)],
    ...[choice.element, parts.levers.element, parts.assumptions.element],
  );
  draw();

  /** The outcome asked for. @returns {string} */
  function asked() {
    return context.asked;
  }

  /** The question asked. @returns {"levers" | "assumptions"} */
  function questionNow() {
    const named = context.look.question;
    return QUESTIONS.includes(named) ? named : study.levers.length ? "levers" : "assumptions";
  }

  /** @param {"question" | "outcome"} key @param {string} name */
  function ask(key, name) {
    context.lookAt(key, key === "outcome" && name === study.headlines[0] ? "" : name);
    draw();
    onAsk();
  }

  function draw() {
    const now = questionNow();
    for (const button of buttons) setAttributes(button, { "aria-pressed": String(button.dataset.question === now) });
    for (const [name, part] of Object.entries(parts)) setShown(part.element, name === now);
    choice.show(asked());
  }

  /**
   * Answer the question for what is shown.
   *
   * @param {any} study @param {any} runner @param {Shown} shown @param {View} view @param {string} key of what is shown
   * @param {() => boolean} isCurrent whether this view is still shown
   */
  async function answer(study, runner, shown, view, key, isCurrent) {
    last = { study, shown, view };
    draw();
    const name = questionNow();
    const mark = JSON.stringify([key, asked()]);
    if (answered[name] === mark) return;
    const mine = (number += 1);
    const wanted = () => isCurrent() && mine === number;
    if (name === "assumptions") {
      const found = await decide(study, shown.pair, shown.of, asked(), shown.titles, view);
      if (!wanted()) return;
      parts.assumptions.running(1, 0);
      parts.assumptions.update(found, asked(), shown.titles);
      answered[name] = mark;
      return;
    }
    await whenIdle();
    const onMoves = (/** @type {any} */ found) => wanted() && parts.levers.update(found, asked());
    if (wanted() && (await moveEach(study, runner, view, asked(), onMoves, wanted))) answered[name] = mark;
  }

  /** Run more futures, and answer by these. */
  async function more() {
    if (!last) return;
    const { study, shown, view } = last;
    const mine = (number += 1);
    const wanted = () => mine === number;
    parts.assumptions.running(0, 0);
    const pair = await runFutures(study, view, parts.assumptions.running, wanted);
    parts.assumptions.running(1, 0);
    if (!pair) return;
    const found = await decide(study, pair, shown.of, asked(), shown.titles, view);
    if (wanted()) parts.assumptions.update(found, asked(), shown.titles);
  }

  return { element, answer };
}

/** Until nothing else is to be done, or soon. @returns {Promise<unknown>} */
function whenIdle() {
  return new Promise((resolve) => ("requestIdleCallback" in globalThis ? requestIdleCallback(resolve, { timeout: 500 }) : setTimeout(resolve, 50)));
}
