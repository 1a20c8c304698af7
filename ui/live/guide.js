/**
 * The lesson of a study: an invitation, then a card with one step at a time. Going to a step sets what it
 * says, as a reader would, and shows its part of the page.
 *
 * @typedef {import("./setting.js").View} View
 * @typedef {import("../../sim/browser/format.js").Value} Value
 *
 * @typedef {object} Step see `sim.model.guide.Step`
 * @property {string} title @property {string} text
 * @property {string} scenario @property {string} baseline
 * @property {Record<string, Value> | null} settings
 * @property {string} lever @property {Value | null} to
 * @property {string} ask @property {string} answer
 * @property {{part: string, outcome: string, series: string, text: string}} look
 *
 * @typedef {object} Guide
 * @property {string} title @property {string} audience @property {number} minutes @property {Step[]} steps
 *
 * @typedef {object} Acts
 * @property {() => View} view
 * @property {(view: View) => void} commit
 * @property {(part: string, look: Step["look"]) => void} look show a part of the page
 * @property {(lever: string) => void} ask mark a lever; none takes the mark away
 * @property {(lever: string) => void} reveal bring a lever in sight and give it the focus
 * @property {(outcome: string) => Promise<string>} sentence what the page says of an outcome
 * @property {(step: number) => void} onStep the step is another one; 0 ends the lesson
 * @property {(step: number) => void} print
 */

import { icon, newId, node, setChildren, setShown, setText, t } from "./dom.js";
import { handout } from "./guide_handout.js";
import { movedTo, moveText, startOf, viewOf } from "./guide_step.js";
import { entryOf, valueOf } from "./setting.js";
import { settingText } from "./story_words.js";

/** Screens on which the levers stand at the foot: the step stands above them. */
const PHONE = "(max-width: 760px)";

/**
 * @param {any} context @param {Acts} acts
 * @param {{body: any, dock: any}} homes where the card stands: before the results, or above the levers of a phone
 */
export function createGuide(context, acts, { body, dock }) {
  const { words, document: study } = context;
  const guide = /** @type {Guide} */ (study.guide);
  const { steps } = guide;
  const say = (/** @type {string} */ key, values = {}) => t(words, `guide.${key}`, values);
  const button = (/** @type {string} */ key, /** @type {() => void} */ onclick, /** @type {any[]} */ ...content) =>
    node("button", { class: "fl-action", type: "button", "data-guide": key, onclick }, ...(content.length ? content : [say(key)]));
  let now = 0;
  let folded = false;
  /** Whether the lever was moved as asked; going on from there takes nothing back. */
  let done = false;
  /** What was set when the step began. @type {View} */
  let begun = acts.view();
  /** The outcome and setting of which a sentence is shown or on its way. */
  let told = "";

  const minutes = guide.minutes ? say("minutes", { n: guide.minutes }) : "";
  const facts = [say("steps", { n: steps.length }), minutes, guide.audience && say("for", { whom: guide.audience })];
  const start = button("start", () => go(1));
  const invitation = node(
    "section",
    { class: "fl-guide-invite", "aria-label": say("label") },
    node("p", {}, node("strong", {}, say("lesson", { title: guide.title })), " ", node("span", {}, facts.filter(Boolean).join(" · "))),
    start,
  );

  const count = node("p", { class: "fl-guide-count" });
  const title = node("h2", { class: "fl-guide-title", tabindex: -1 });
  const tick = node("span", { class: "fl-guide-tick", hidden: true }, icon("check"), node("span", { class: "fl-hidden" }, say("done")));
  const inside = newId("guide");
  const fold = button("fold", () => (setFolded(!folded), !folded && inSight()), icon("down"), node("span", {}));
  fold.setAttribute("aria-controls", inside);
  const close = button("close", () => leave(), icon("close"), node("span", { class: "fl-hidden" }, say("close")));
  const text = node("div", { class: "fl-guide-text" });
  const asked = node("span");
  const show = button("show", () => reveal());
  const help = button("help", () => doIt());
  const move = node("p", { class: "fl-guide-move" }, asked, " ", show, help);
  const state = node("p", { class: "fl-guide-state", role: "status" });
  const look = node("p", { class: "fl-guide-look" });
  const question = node("p", { class: "fl-guide-ask" });
  const answer = node("div", { class: "fl-guide-answer" });
  const back = button("back", () => go(now - 1), icon("back"), say("back"));
  const next = button("next", () => (now < steps.length ? go(now + 1) : leave()));
  const paper = button("print", () => acts.print(now), icon("print"), say("print"));
  const content = node("div", { class: "fl-guide-body", id: inside }, text, question, move, state, look, answer);
  const card = node(
    "section",
    { class: "fl-guide", "aria-label": say("label"), hidden: true, onkeydown: escape },
    node("div", { class: "fl-guide-head" }, count, title, tick, node("span", { class: "fl-guide-tools" }, fold, close)),
    content,
    node("div", { class: "fl-guide-foot" }, back, next, paper),
  );
  const printed = node("section", { class: "fl-guide-paper", hidden: true, "aria-label": say("label") });
  const narrow = matchMedia(PHONE);
  narrow.addEventListener("change", place);
  place();

  /** Before the results, or above the levers of a phone. */
  function place() {
    if (narrow.matches) dock.prepend(card);
    else body.prepend(card);
  }

  /** Go to a step and set what it says. @param {number} step from 1 */
  function go(step) {
    const view = viewOf(study, acts.view(), steps[step - 1]);
    open(step);
    acts.onStep(step);
    acts.look(steps[step - 1].look.part || "explore", steps[step - 1].look);
    if (view) acts.commit(view);
    begun = acts.view();
    done = false;
    update();
    title.focus({ preventScroll: true });
    inSight();
  }

  /** Bring the step and the result into sight. */
  function inSight() {
    if (narrow.matches) {
      body.scrollIntoView();
      dock.scrollTop = 0;
    } else card.scrollIntoView({ block: "nearest" });
  }

  /** Show a step, as an address asks for it, and leave what is set. @param {number} step 0 closes the lesson */
  function open(step) {
    now = step;
    begun = acts.view();
    [told, done] = ["", false];
    setShown(card, now);
    setShown(invitation, !now);
    setShown(printed, now);
    card.parentElement?.classList.toggle("fl-has-guide", Boolean(now));
    if (!now) return acts.ask("");
    setFolded(false);
    draw(steps[now - 1]);
    if (!printed.hasChildNodes()) setChildren(printed, ...handout(context, guide));
    update();
    acts.ask(steps[now - 1].lever);
    if (narrow.matches) dock.scrollTop = 0; // the step stands there
  }

  /** End the lesson. */
  function leave() {
    if (now === steps.length) setText(start, say("again"));
    open(0);
    acts.onStep(0);
    if (start.checkVisibility()) return start.focus();
    const head = /** @type {HTMLElement | null} */ (body.querySelector(".fl-panel:not([hidden]) h2"));
    if (head) head.tabIndex = -1;
    head?.focus();
  }

  /** @param {Step} step */
  function draw(step) {
    setText(count, say("count", { n: now, all: steps.length }));
    setText(title, step.title);
    setChildren(text, ...step.text.split("\n").filter(Boolean).map((part) => node("p", {}, part)));
    setShown(move, step.lever);
    setText(asked, step.lever ? moveText(context, step) : "");
    setShown(help, step.to !== null);
    setText(state, "");
    setText(look, step.look.text);
    setShown(look, step.look.text);
    setChildren(question, node("strong", {}, say("think")), " ", step.ask);
    setShown(question, step.ask);
    const parts = step.answer.split("\n").filter(Boolean).map((part) => node("p", {}, part));
    setChildren(answer, parts.length > 0 && node("details", {}, node("summary", {}, say("answer")), ...parts));
    setShown(back, now > 1);
    setText(next, say(now < steps.length ? "next" : "end"));
  }

  /** Say whether the lever is moved as asked, for what is set. */
  function update() {
    const step = steps[now - 1];
    if (!step) return;
    const { lever } = step;
    const view = acts.view();
    const value = valueNow(view, lever);
    const from = lever ? startOf(study, begun, step) : undefined;
    const isThere = Boolean(lever) && value !== undefined && movedTo(step, from, value);
    done = isThere || (done && value !== from);
    setShown(tick, done);
    card.toggleAttribute("data-done", done);
    help.setAttribute("aria-disabled", String(isThere));
    if (lever && !done) {
      told = "";
      setText(state, "");
    }
  }

  /** @param {View} view @param {string} lever */
  function valueNow({ scenario, values }, lever) {
    return lever ? (values[lever] ?? valueOf(study, scenario, lever)) : undefined;
  }

  /** What is set has run: say what it changed, where the lever is moved as asked or none is to be. */
  async function ran() {
    const step = steps[now - 1];
    if (!step) return;
    update();
    const view = acts.view();
    if (step.lever ? !done : !step.look.outcome) return;
    const key = `${now} ${JSON.stringify(view)}`;
    if (told === key) return;
    told = key;
    const found = step.look.outcome ? await acts.sentence(step.look.outcome) : "";
    if (told !== key) return;
    const entry = step.lever ? entryOf(study, step.lever) : undefined;
    const moved = entry ? say("moved", { label: entry.label, value: settingText(context, entry, valueNow(view, step.lever)) }) : "";
    setText(state, [moved, found].filter(Boolean).join(" "));
  }

  function reveal() {
    const top = window.scrollY;
    if (narrow.matches) setFolded(true);
    acts.reveal(steps[now - 1].lever);
    if (narrow.matches) window.scrollTo(0, top); // the levers alone are scrolled
  }

  function doIt() {
    const { lever, to } = steps[now - 1];
    if (help.getAttribute("aria-disabled") === "true") return;
    const moved = viewOf(study, acts.view(), { ...steps[now - 1], settings: null }, { [lever]: /** @type {Value} */ (to) });
    if (moved) acts.commit(moved);
    update();
  }

  /** @param {boolean} to */
  function setFolded(to) {
    folded = to;
    card.toggleAttribute("data-folded", folded);
    fold.setAttribute("aria-expanded", String(!folded));
    const label = /** @type {HTMLElement} */ (fold.lastElementChild);
    setText(label, say(folded ? "unfold" : "fold"));
    label.classList.toggle("fl-hidden", !folded);
  }

  /** @param {KeyboardEvent} event */
  function escape(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    setFolded(true);
    fold.focus();
  }

  function end() {
    narrow.removeEventListener("change", place);
  }

  return { invitation, printed, open, update, ran, end };
}
