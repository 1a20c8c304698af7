/**
 * One run of the setting, as a dated story beside its twin: the baseline with the same luck. A run is
 * replayed only when this part is in sight.
 *
 * @typedef {import("../../sim/browser/engine.js").Story} Story
 * @typedef {import("./story_words.js").Context} Context
 *
 * @typedef {object} StoryData
 * @property {any} view
 * @property {{here: any, base: any}} sides
 * @property {boolean} [moving] whether fewer runs are shown while a lever moves: the story waits
 *
 * @typedef {object} StoryHow
 * @property {(side: "here" | "base", run: number) => Promise<Story>} replay
 * @property {(slot: HTMLElement, drawn: {series: string, here: Float64Array, base: Float64Array | null,
 * run: number}) => void} [drawLine] draw the line of the run over the fan of a series
 * @property {(slot: HTMLElement, drawn: {here: Story, base: Story, pairs: any[], clock: any}) => void}
 * [drawLanes] draw both runs as a timeline
 */

import { thousands } from "../../sim/browser/wording.js";
import { figure, newId, node, setChildren, setShown, setText, t } from "./dom.js";
import { completedRuns, pairedOccurrences, partingOf, rankedRun, typicalRun } from "./parting.js";
import { differences, sceneOf } from "./setting.js";
import { createSteps } from "./story_steps.js";
import { causeText, outcomeText, partingText } from "./story_words.js";

/** Ways to choose a run. */
const PICKS = ["typical", "worst", "best", "random", "number"];

/**
 * The story of one run.
 *
 * @param {Context} context @param {StoryHow} how
 * @returns {{element: HTMLElement, update: (data: StoryData) => void}}
 */
export function createStory(context, { replay, drawLine, drawLanes }) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `story.${key}`, values);
  const choice = { pick: "typical", by: "", number: 0, dice: Math.random() };
  /** @type {StoryData | null} */
  let data = null;
  let visible = false;
  let shown = "";
  /** @type {{here: Story, base: Story, run: number} | null} */
  let told = null;

  const picks = createPicks();
  const where = node("p", { class: "fl-story-where" });
  const note = node("p", { class: "fl-story-note", role: "status" });
  const parting = node("p", { class: "fl-story-parting" });
  const cause = node("p", { class: "fl-story-cause" });
  const lanes = node("div", { class: "fl-story-lanes" });
  const steps = createSteps(context);
  const outcomes = node("div", { class: "fl-story-outcomes" });
  const line = createLine();
  const body = node("div", { class: "fl-story-body", hidden: true });
  body.append(parting, cause, steps.element, lanes, outcomes, line.element);
  const title = newId("story");
  const element = node("section", { class: "fl-story", "aria-labelledby": title });
  element.append(
    node("h2", { id: title }, say("title")),
    node("p", { class: "fl-story-lead" }, say("lead")),
    ...[picks.element, where, note, body],
  );
  new IntersectionObserver((seen) => {
    visible = seen[seen.length - 1].isIntersecting;
    if (visible) refresh();
  }).observe(element);

  /** The controls that choose a run. */
  function createPicks() {
    const name = newId("pick");
    const change = (/** @type {object} */ changed) => {
      Object.assign(choice, changed);
      refresh();
    };
    const radios = PICKS.map((pick) =>
      node("label", { class: "fl-story-pick" },
        node("input", { type: "radio", name, value: pick, checked: pick === choice.pick, onchange: () => change({ pick }) }),
        node("span", {}, say(`pick_${pick}`))),
    );
    const goals = study.outcomes.filter((/** @type {any} */ one) => one.goal);
    const ranked = goals.length ? goals : study.outcomes;
    const first = study.headlines
      .map((/** @type {string} */ of) => ranked.find((/** @type {any} */ one) => one.name === of))
      .find((/** @type {any} */ one) => one && !one.share && one.statistic !== "first");
    choice.by = (first ?? ranked[0])?.name ?? "";
    const options = ranked.map((/** @type {any} */ one) =>
      node("option", { value: one.name, selected: one.name === choice.by }, one.label));
    const by = node("label", { class: "fl-story-by" }, say("by"),
      node("select", { onchange: (/** @type {any} */ event) => change({ by: event.target.value }) }, ...options));
    const roll = node("button", { type: "button", onclick: () => change({ dice: Math.random() }) }, say("another"));
    const field = node("input", { type: "number", min: 0, step: 1, value: 0,
      onchange: (/** @type {any} */ event) => change({ number: Math.round(Number(event.target.value)) || 0 }) });
    const number = node("label", { class: "fl-story-by" }, say("number"), field);
    const group = node("fieldset", { class: "fl-story-picks" }, node("legend", {}, say("which")), ...radios);
    const box = node("div", { class: "fl-story-choice" }, group, by, roll, number);
    const draw = (/** @type {number} */ count) => {
      setShown(by, choice.pick === "worst" || choice.pick === "best");
      setShown(roll, choice.pick === "random");
      setShown(number, choice.pick === "number");
      field.max = String(count - 1);
    };
    return { element: box, draw, ranked };
  }

  /** The line of the run over all runs of a series. */
  function createLine() {
    const slot = node("div", { class: "fl-story-fan" });
    const select = node("select", { onchange: draw });
    for (const { name, label, kind } of study.series) {
      if (kind !== "option") select.append(node("option", { value: name, selected: name === study.fan }, label));
    }
    const label = node("label", { class: "fl-story-by" }, say("series"), select);
    const box = node("div", { class: "fl-story-line", hidden: true }, node("h3", {}, say("line")), label, slot);
    function draw() {
      const here = told?.here.series[select.value];
      setShown(box, here && drawLine);
      if (!told || !here || !drawLine) return;
      drawLine(slot, { series: select.value, here, base: told.base.series[select.value] ?? null, run: told.run });
    }
    return { element: box, draw };
  }

  /** What the module of a scenario says of itself. @param {string} scenario */
  function layoutOf(scenario) {
    return study.layouts[sceneOf(study, scenario).module];
  }

  /** The number of the run to tell; null where there is none. @param {any} side */
  function chosenRun({ outcomes: table, status }) {
    const columns = layoutOf(/** @type {StoryData} */ (data).view.scenario).outcomes;
    const place = (/** @type {string} */ name) => columns.findIndex((/** @type {any} */ one) => one.name === name);
    const width = columns.length;
    if (choice.pick === "number") return Math.min(Math.max(choice.number, 0), status.length - 1);
    if (choice.pick === "random") {
      const runs = completedRuns(status);
      return runs.length ? runs[Math.floor(choice.dice * runs.length)] : null;
    }
    const goals = picks.ranked.map((/** @type {any} */ one) => place(one.name)).filter((/** @type {number} */ i) => i >= 0);
    if (choice.pick === "typical") return typicalRun(table, width, status, goals);
    const by = picks.ranked.find((/** @type {any} */ one) => one.name === choice.by);
    return rankedRun(table, width, status, place(choice.by), by?.goal ?? "", choice.pick === "worst");
  }

  /** Choose the run, and replay it if it is another one than is shown. */
  async function refresh() {
    if (!data || !visible) return;
    const { sides, view, moving } = data;
    const run = chosenRun(sides.here);
    picks.draw(sides.here.status.length);
    setText(where, run === null ? "" : whereText(run));
    if (run === null) {
      shown = "";
      setText(note, say("all_failed"));
      setShown(body, false);
      return;
    }
    const { scenario, values, baseline, seed, central } = view;
    const wanted = JSON.stringify([scenario, values, baseline, String(seed), central, run]);
    if (moving || wanted === shown) {
      element.setAttribute("aria-busy", String(wanted !== shown));
      return;
    }
    shown = wanted;
    const asked = data;
    element.setAttribute("aria-busy", "true");
    try {
      const [here, base] = await Promise.all([replay("here", run), replay("base", run)]);
      if (shown === wanted) show({ here, base, run }, asked);
    } catch (error) {
      if (shown !== wanted) return;
      shown = "";
      setText(note, say("no_story", { error: error instanceof Error ? error.message : String(error) }));
      setShown(body, false);
    }
    element.setAttribute("aria-busy", "false");
  }

  /** Which run this is. @param {number} run */
  function whereText(run) {
    const { sides: { here }, view } = /** @type {StoryData} */ (data);
    const parts = [say("run", { run: thousands(run), last: thousands(here.status.length - 1) })];
    if (choice.pick === "worst" || choice.pick === "best") {
      const by = picks.ranked.find((/** @type {any} */ one) => one.name === choice.by);
      parts[0] += ` (${say(`ranked_${choice.pick}`, { outcome: by?.label ?? choice.by })})`;
    }
    if (here.rows > 1) {
      parts.push(say("future", { future: Math.floor(run / here.width), last: here.rows - 1 }));
    } else if (view.central) parts.push(say("held"));
    return [...parts, say("seed", { seed: String(view.seed) })].join(" · ");
  }

  /** Tell both stories. @param {{here: Story, base: Story, run: number}} stories @param {StoryData} of */
  function show(stories, { view, sides }) {
    told = stories;
    const layouts = [layoutOf(view.scenario), layoutOf(view.baseline)];
    const [layout] = layouts;
    const { here, base } = stories;
    const pairs = pairedOccurrences(here.occurrences, base.occurrences);
    const first = partingOf(pairs);
    const named = layouts.map(({ events }) => new Set(events.map((/** @type {any} */ one) => one.name)));
    const apart = differences(study, view).map(({ name, setting, baseline }) => ({ name, here: setting, there: baseline }));
    setText(note, faultText(here, "fault_here") + faultText(base, "fault_base"));
    setText(parting, partingText(context, layout.clock, first));
    setText(cause, causeText(context, first, apart, named));
    steps.update({ pairs, clock: layout.clock, layout, leftOut: Math.max(here.leftOut, base.leftOut) });
    setShown(body, true);
    setShown(lanes, drawLanes);
    drawLanes?.(lanes, { here, base, pairs, clock: layout.clock });
    showOutcomes(stories, sides);
    line.draw();
  }

  /** Why a run failed, in words. @param {Story} story @param {string} key */
  function faultText({ error }, key) {
    return error ? `${say(key, { error: error.message })}${error.help ? ` ${error.help}` : ""} ` : "";
  }

  /** The outcomes of both runs. @param {{here: Story, base: Story, run: number}} stories @param {any} sides */
  function showOutcomes({ here, base, run }, sides) {
    const open = outcomes.querySelector("details")?.open ?? false;
    const cell = (/** @type {any} */ one, /** @type {Story} */ story, /** @type {any} */ side) => {
      const value = story.error ? NaN : story.outcomes[one.name];
      const text = story.error || value === undefined ? "–" : outcomeText(context, one, value);
      const shownAs = { scenario: side?.scenario ?? "", outcome: one.name, statistic: `run ${run}`, value };
      return node("td", {}, figure(shownAs, text));
    };
    const table = (/** @type {any[]} */ some) =>
      node("table", {},
        node("thead", {}, node("tr", {}, ...["outcome", "here", "base"].map((key) => node("th", { scope: "col" }, say(`col_${key}`))))),
        node("tbody", {}, ...some.map((one) => {
          const differs = !Object.is(here.outcomes[one.name], base.outcomes[one.name]);
          return node("tr", { class: differs ? "fl-differs" : null },
            node("th", { scope: "row" }, one.label), cell(one, here, sides.here), cell(one, base, sides.base));
        })));
    const [lead, rest] = [true, false].map((is) => study.outcomes.filter((/** @type {any} */ one) => one.headline === is));
    const [top, more] = lead.length ? [lead, rest] : [rest, []];
    const all = more.length && node("details", { open }, node("summary", {}, say("more_outcomes", { count: more.length })), table(more));
    setChildren(outcomes, node("h3", {}, say("outcomes")), table(top), all);
  }

  return {
    element,
    update(next) {
      data = next;
      refresh();
    },
  };
}
