/**
 * Why two settings differ: an answer in a sentence, the way from the lever to the outcome as boxes, then the
 * numbers. A server works it out; a file may hold answers that were worked out when it was made.
 *
 * @typedef {object} Context
 * @property {Record<string, string>} words @property {any} document @property {string} language
 * @property {(kind: string, question: any) => Promise<any>} [ask] only where a server can answer
 * @property {string} [asked] name of the outcome that the page is about
 * @typedef {import("./setting.js").View} View
 *
 * @typedef {object} Step
 * @property {string} label @property {string} moved @property {"set" | "more" | "less"} direction
 * @property {string} from @property {string} day @property {string[]} through @property {string} removes
 * @property {string} kind
 *
 * @typedef {object} Answer see `ui.why.explain`
 * @property {string} scenario @property {string} against @property {string} outcome
 * @property {string} sentence
 * @property {{title: string, story: string, steps: Step[]}[]} paths
 * @property {string[]} columns @property {string[][]} rows
 * @property {number} runs @property {number} futures @property {number} seed @property {string} held
 * @property {string[]} notes @property {string} command
 */

import { thousands } from "../../sim/browser/wording.js";
import { icon, newId, node, setChildren, setShown, setText, t } from "./dom.js";
import { settingsOf, shortTitleOf, titleOf } from "./setting.js";

/** Milliseconds after which the wait is told again. */
const TICK = 1000;

/**
 * Whether the page can say why a scenario differs from the baseline.
 *
 * @param {Context} context @param {string} scenario
 */
export function canExplain({ ask, document: study }, scenario) {
  return Boolean(ask) || Boolean(study.whys?.[scenario]);
}

/**
 * @param {Context} context
 * @returns {{element: HTMLElement, update: (view: View) => void, ask: (view: View) => Promise<void>}} `ask`
 * shows the panel for a view and asks at once
 */
export function createWhy(context) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `why.${key}`, values);
  /** @type {View | null} */
  let view = null;
  /** What the answer that is shown was asked for; empty without one. */
  let answered = "";
  /** Questions asked so far: an answer to an earlier one comes too late. */
  let turn = 0;

  const title = newId("why");
  const between = node("p", { class: "fl-why-between" });
  const select = node("select", { onchange: () => draw() });
  const central = node("input", { type: "checkbox" });
  const forms = node("input", { type: "checkbox" });
  const centrally = node("label", { class: "fl-story-switch" }, central, say("central"));
  const formally = node("label", { class: "fl-story-switch" }, forms, say("forms"));
  const button = node("button", { type: "button", class: "fl-why-ask", onclick: () => inquire() }, say("ask"));
  const choice = node("label", { class: "fl-story-by" }, say("outcome"), select);
  const controls = node("div", { class: "fl-story-choice" }, choice, centrally, formally, button);
  const wait = node("p", { class: "fl-why-wait", role: "status" });
  const bar = node("progress", { "aria-label": say("title") });
  const note = node("p", { class: "fl-why-note" });
  const found = node("div", { class: "fl-why-found", tabindex: -1, lang: "en" });
  const element = node("section", { class: "fl-why", "aria-labelledby": title });
  element.append(node("h3", { id: title }, say("title")), node("p", { class: "fl-story-lead" }, say("lead")), between);
  element.append(controls, bar, wait, note, found);
  setShown(bar, false);
  setShown(element, false);

  const keyOf = (/** @type {View} */ of) =>
    JSON.stringify([of.scenario, of.values, of.baseline, String(of.seed), of.central, select.value]);

  /** Offer the outcomes that can be asked for. @param {Record<string, Answer> | undefined} filed */
  function fill(filed) {
    const known = study.outcomes.filter((/** @type {any} */ { name }) => context.ask || filed?.[name]);
    const names = known.map((/** @type {any} */ { name }) => name);
    const wanted = [select.value, context.asked ?? "", study.headlines[0]].find((name) => names.includes(name));
    const option = (/** @type {any} */ { name, label }) => node("option", { value: name }, label);
    setChildren(select, ...known.map(option));
    select.value = wanted ?? names[0];
  }

  /** The setting that the page shows. @param {View} now */
  function update(now) {
    view = now;
    const filed = study.whys?.[now.scenario];
    setShown(element, canExplain(context, now.scenario));
    if (!context.ask && !filed) return;
    const { policy, baseline } = settingsOf(study, now);
    setText(between, say("between", { scenario: titleOf(study, policy), baseline: shortTitleOf(study, baseline) }));
    fill(filed);
    setShown(centrally, context.ask && study.uncertain && !now.central);
    setShown(formally, context.ask && study.assumptions.some((/** @type {any} */ one) => one.forms));
    setShown(button, context.ask);
    draw();
  }

  /** Show what a file holds, or whether an answer still is that of the setting. */
  function draw() {
    if (!view) return;
    const answer = context.ask ? undefined : study.whys?.[view.scenario]?.[select.value];
    if (answer) {
      const isOwn = !Object.keys(view.values).length && view.baseline === study.baseline;
      show(answer);
      setText(note, isOwn ? "" : say("as_filed", { scenario: answer.scenario, baseline: answer.against }));
      return;
    }
    setText(note, answered && answered !== keyOf(view) ? say("stale") : "");
  }

  /** Ask the server about the setting. */
  async function inquire() {
    const { ask } = context;
    if (!view || !ask) return;
    const mine = (turn += 1);
    const key = keyOf(view);
    const question = { view, outcome: select.value, central: central.checked, forms: forms.checked };
    const begun = Date.now();
    const tell = () => setText(wait, say("running", { seconds: Math.round((Date.now() - begun) / TICK) }));
    answered = "";
    setChildren(found);
    setText(note, "");
    setShown(bar, true);
    button.setAttribute("aria-disabled", "true");
    tell();
    const timer = setInterval(tell, TICK);
    try {
      const answer = await ask("why", question);
      if (mine !== turn) return;
      answered = key;
      show(answer);
      found.focus({ preventScroll: true });
    } catch (error) {
      if (mine === turn) setText(note, say("failed", { error: error instanceof Error ? error.message : String(error) }));
    } finally {
      clearInterval(timer);
      if (mine === turn) {
        setShown(bar, false);
        setText(wait, "");
        button.removeAttribute("aria-disabled");
        if (view && answered) draw();
      }
    }
  }

  /** The answer: a sentence, the ways, the numbers, how it was computed. @param {Answer} answer */
  function show(answer) {
    const { sentence, paths, columns, rows, runs, futures, seed, held, notes, command } = answer;
    const head = node("tr", {}, ...columns.map((text) => node("th", { scope: "col" }, text)));
    const lines = rows.map(([first, ...rest]) =>
      node("tr", {}, node("th", { scope: "row" }, first), ...rest.map((text) => node("td", {}, text))),
    );
    const table = node("table", {}, node("thead", {}, head), node("tbody", {}, ...lines));
    const ways = paths.map(wayOf);
    const counts = { runs: thousands(runs), futures: thousands(futures), seed };
    const numbers = node("div", { class: "fl-story-scroll", tabindex: 0, role: "region", "aria-label": say("numbers") }, table);
    setChildren(
      found,
      node("p", { class: "fl-why-sentence" }, sentence),
      ...ways.slice(0, 1),
      ways.length > 1 && node("details", {}, node("summary", {}, say("further", { count: ways.length - 1 })), ...ways.slice(1)),
      rows.length > 0 && node("details", {}, node("summary", {}, say("numbers")), numbers),
      node(
        "details",
        {},
        node("summary", {}, say("computed")),
        node("p", { lang: context.language }, say(futures ? "runs" : held ? "runs_held" : "runs_only", counts)),
        ...notes.map((text) => node("p", {}, text)),
        command && node("p", { lang: context.language }, say("again")),
        command && node("pre", { class: "fl-code", tabindex: 0 }, command),
      ),
    );
  }

  /** A way, as boxes with arrows that wrap. @param {Answer["paths"][0]} path @param {number} place */
  function wayOf({ title: head, steps }, place) {
    const named = head || (place ? say("path", { number: place + 1 }) : say("strongest"));
    const boxes = steps.map((step, i) => node("li", { class: "fl-why-link" }, i > 0 && arrowOf(step), boxOf(step)));
    return node("div", { class: "fl-why-way" }, node("h4", {}, named), node("ol", { class: "fl-why-path" }, ...boxes));
  }

  /** @param {Step} step */
  function arrowOf({ through }) {
    const by = through.length > 0 && node("span", {}, say("through", { events: through.slice(0, 2).join(", ") }));
    return node("span", { class: "fl-why-arrow" }, by, icon("next"));
  }

  /** @param {Step} step */
  function boxOf({ label, moved, direction, from, day, removes, kind }) {
    const when = day && (from && from !== day ? say("since", { day, from }) : say("at", { day }));
    const sign = direction === "set" ? null : icon(direction === "more" ? "up" : "down");
    return node(
      "div",
      { class: "fl-why-step", "data-kind": kind, "data-direction": direction },
      node("strong", {}, label),
      node("span", { class: "fl-why-moved" }, sign, node("span", { class: "fl-hidden" }, say(`direction_${direction}`), " "), moved),
      when && node("span", { class: "fl-why-when" }, when),
      removes && node("span", { class: "fl-why-when" }, say("removes", { part: removes })),
    );
  }

  return {
    element,
    update,
    async ask(now) {
      update(now);
      if (context.ask) await inquire();
    },
  };
}
