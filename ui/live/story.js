/**
 * One run of the setting, as a dated story beside its twin: the baseline with the same luck. A run is
 * replayed only when this part is in sight.
 *
 * @typedef {import("../../sim/browser/engine.js").Story} Story
 * @typedef {import("./runner.js").Side} Side
 * @typedef {import("./story_words.js").Context} Context
 *
 * @typedef {object} StoryData
 * @property {import("./setting.js").View} view
 * @property {{here: Side, base: Side}} sides
 * @property {Record<string, {here: Float64Array | null, base: Float64Array | null}>} [bands] of series, to draw
 * the run over them
 *
 * @typedef {{here: Story, base: Story, run: number}} Told
 */

import { createFan } from "./chart_fan.js";
import { createLanes, laneMarks } from "./chart_lanes.js";
import { figure, newId, node, setChildren, setItems, setShown, setText, t } from "./dom.js";
import { eventOf, singleSeries } from "./members.js";
import { consequenceOf, pairedOccurrences, partingOf } from "./parting.js";
import { differences, sceneOf, settingsOf, shortTitleOf } from "./setting.js";
import { createPicks } from "./story_picks.js";
import { createSteps } from "./story_steps.js";
import { createTake } from "./story_take.js";
import { causeText, consequenceText, endingText, outcomeText, partingText, storyMoment, toldText } from "./story_words.js";
import { createWhy } from "./why.js";

/**
 * The story of one run.
 *
 * @param {Context} context
 * @param {{replay: (side: "here" | "base", run: number) => Promise<Story>}} how
 * @returns {{element: HTMLElement, update: (data: StoryData) => void}}
 */
export function createStory(context, { replay }) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `story.${key}`, values);
  /** @type {StoryData | null} */
  let data = null;
  let visible = false;
  /** What was asked for last, as text. */
  let wanted = "";
  /** @type {Told | null} */
  let told = null;

  const picks = createPicks(context, () => refresh());
  const where = node("p", { class: "fl-story-where" });
  const note = node("p", { class: "fl-story-note", role: "status" });
  const ending = node("p", { class: "fl-story-ending" });
  const parting = node("p", { class: "fl-story-parting" });
  const cause = node("p", { class: "fl-story-cause" });
  const answer = node("div", { class: "fl-story-answer", hidden: true }, ending, parting, cause);
  const lanes = createLanes(context, { name: "story" });
  const steps = createSteps(context, { onStep: lanes.point });
  const take = createTake(context);
  const why = createWhy(context);
  const outcomes = node("div", { class: "fl-story-outcomes" });
  const fan = createFan(context, { name: "run" });
  const series = node("select", { onchange: () => drawFan() });
  const against = node("div", { class: "fl-story-fan" });
  against.append(node("label", { class: "fl-story-by" }, say("series"), series), fan.element);
  const body = node("div", { class: "fl-story-body", hidden: true }, steps.guide, lanes.element);
  body.append(steps.list, outcomes, against, why.element, take.element);
  const title = newId("story");
  const element = node("section", { class: "fl-story", "aria-labelledby": title });
  element.append(node("h2", { id: title, tabindex: -1 }, say("title")), answer, note, picks.element, where);
  element.append(body, node("p", { class: "fl-story-lead" }, say("lead")));
  element.append(node("p", { class: "fl-printed fl-story-unopened" }, say("unopened")));
  new IntersectionObserver((seen) => {
    visible = seen[seen.length - 1].isIntersecting;
    if (visible) refresh();
    else steps.pause();
  }).observe(element);

  /** What the module of a scenario says of itself. @param {string} scenario */
  function layoutOf(scenario) {
    return study.layouts[sceneOf(study, scenario).module];
  }

  /** Choose the run, and replay it if it is another one than was asked for. */
  async function refresh() {
    if (!data || !visible) return;
    const asked = data;
    const { view, sides } = asked;
    const count = sides.here.status.length;
    const run = picks.runOf(sides.here, layoutOf(view.scenario).outcomes);
    picks.update(count);
    const { scenario, values, baseline, seed, central } = view;
    const now = JSON.stringify([scenario, values, baseline, String(seed), central, run, sides.here.width]);
    setText(where, run === null ? "" : whereText(run, count));
    if (run === null) {
      wanted = now;
      showOnly(say("all_failed"));
    } else if (now !== wanted) {
      wanted = now;
      element.setAttribute("aria-busy", "true");
      try {
        const [here, base] = await Promise.all([replay("here", run), replay("base", run)]);
        if (wanted === now) show({ here, base, run }, asked);
      } catch (error) {
        if (wanted !== now) return;
        wanted = "";
        showOnly(say("no_story", { error: error instanceof Error ? error.message : String(error) }));
      }
    } else {
      fillSeries();
      return;
    }
    if (wanted === now || !wanted) element.setAttribute("aria-busy", "false");
  }

  /** Say why there is no story. @param {string} text */
  function showOnly(text) {
    told = null;
    steps.pause();
    setText(note, text);
    setShown(answer, false);
    setShown(body, false);
  }

  /** Which run this is. @param {number} run @param {number} count */
  function whereText(run, count) {
    const { sides, view } = /** @type {StoryData} */ (data);
    const { rows, width } = sides.here;
    const parts = [picks.told(run, count)];
    if (rows > 1) parts.push(say("future", { future: Math.floor(run / width), last: rows - 1 }));
    else if (view.central && study.uncertain) parts.push(say("held"));
    return [...parts, say("seed", { seed: String(view.seed) })].join(" · ");
  }

  /** Tell both stories. @param {Told} stories @param {StoryData} of */
  function show(stories, { view, sides }) {
    told = stories;
    const { here, base } = stories;
    const layouts = [layoutOf(view.scenario), layoutOf(view.baseline)];
    const [{ clock }] = layouts;
    const pairs = pairedOccurrences(here.occurrences, base.occurrences);
    const first = partingOf(pairs);
    const events = layouts.map((layout) => new Set(layout.events.map((/** @type {any} */ one) => one.name)));
    const differ = differences(study, view);
    const apart = differ.map(({ name, setting, baseline }) => ({ name, here: setting, there: baseline }));
    const stops = stopText(here, clock, "stop_here") + stopText(base, clock, "stop_base");
    setText(note, faultText(here, "fault_here") + faultText(base, "fault_base") + stops);
    const reads = (/** @type {string} */ event) => eventOf(study, event)?.reads ?? [];
    const consequence = consequenceOf(pairs, apart, reads);
    const later = consequenceText(context, clock, consequence);
    setText(ending, endingText(context, stories));
    setText(parting, [partingText(context, clock, first), later].filter(Boolean).join(" "));
    setText(cause, causeText(context, first, apart, events));
    setShown(answer, true);
    setShown(body, true);
    const marks = laneMarks(pairs, study.events, toldText);
    const parted = first && first.time > 0 ? { time: first.time, label: say("part") } : null;
    const drawn = { title: say("lanes"), clock, span: /** @type {[number, number]} */ ([0, clock.horizon]), parting: parted };
    const both = { ...drawn, scenario: say("this_run"), twin: say("base_run"), marks };
    lanes.update(both);
    steps.update({ pairs, consequence, clock, layout: layouts[0], leftOut: Math.max(here.leftOut, base.leftOut) });
    const { run } = stories;
    const which = { run, future: Math.floor(run / sides.here.width), replication: run % sides.here.width };
    const sentences = [ending, parting, cause].map(({ textContent }) => textContent ?? "");
    const turning = steps.turning();
    take.update({ view, here, base, which, where: where.textContent, layout: layouts[0], sentences, pairs, turning, lanes: both });
    showOutcomes(stories, sides);
    fillSeries();
  }

  /** Why a run failed, in words. @param {Story} story @param {string} key */
  function faultText({ error }, key) {
    return error ? `${say(key, { error: error.message })}${error.help ? ` ${error.help}.` : ""} ` : "";
  }

  /** When a run ended before the horizon, in words. @param {Story} story @param {any} clock @param {string} key */
  function stopText({ error, end }, clock, key) {
    return error || end >= clock.horizon ? "" : `${say(key, { time: storyMoment(context, clock, end) })} `;
  }

  /** The outcomes of both runs. @param {Told} stories @param {{here: Side, base: Side}} sides */
  function showOutcomes({ here, base, run }, sides) {
    const open = outcomes.querySelector("details")?.open ?? false;
    const cell = (/** @type {any} */ one, /** @type {Story} */ story, /** @type {Side} */ side) => {
      const value = story.error ? undefined : story.outcomes[one.name];
      const shown = { scenario: side.scenario, outcome: one.name, statistic: `run ${run}`, value };
      return node("td", {}, figure(shown, value === undefined ? "–" : outcomeText(context, one, value)));
    };
    const row = (/** @type {any} */ one) => {
      const same = Object.is(here.outcomes[one.name], base.outcomes[one.name]);
      const head = node("th", { scope: "row" }, one.label);
      const cells = [cell(one, here, sides.here), cell(one, base, sides.base)];
      return node("tr", { class: same ? null : "fl-story-differs" }, head, ...cells);
    };
    const heads = () =>
      ["outcome", "here", "base"].map((key) => node("th", { scope: "col" }, say(`col_${key}`)));
    const table = (/** @type {any[]} */ some) =>
      node("table", {}, node("thead", {}, node("tr", {}, ...heads())), node("tbody", {}, ...some.map(row)));
    const isLead = (/** @type {any} */ one) => study.headlines.includes(one.name);
    const lead = study.outcomes.filter(isLead);
    const rest = study.outcomes.filter((/** @type {any} */ one) => !isLead(one));
    const summary = node("summary", {}, say("more_outcomes", { count: rest.length }));
    const more =
      rest.length > 0 && (lead.length ? node("details", { open }, summary, table(rest)) : table(rest));
    setChildren(outcomes, node("h3", {}, say("outcomes")), lead.length > 0 && table(lead), more);
  }

  /** Offer the series over which the run can be drawn. */
  function fillSeries() {
    const bands = data?.bands ?? {};
    const known = singleSeries(study).filter(
      (/** @type {any} */ { name }) => bands[name]?.here && told?.here.series[name],
    );
    const kept = known.some((/** @type {any} */ { name }) => name === series.value)
      ? series.value
      : known[0]?.name;
    setShown(against, known.length);
    if (!known.length) return;
    const option = (/** @type {any} */ { name, label }) => node("option", { value: name }, label);
    setItems(series, known, ({ name }) => name, option);
    series.value = kept;
    drawFan();
  }

  /** Draw the line of the run over all runs. */
  function drawFan() {
    if (!data || !told) return;
    const { view, bands = {} } = data;
    const { here, base } = bands[series.value];
    if (!here) return;
    const points = here.length / 5;
    const { label, unit, goal, low, high } = singleSeries(study).find(
      (/** @type {any} */ one) => one.name === series.value,
    );
    const { policy, baseline } = settingsOf(study, view);
    fan.update({
      ...{
        label,
        title: say("line", { label }),
        unit,
        goal,
        low,
        high,
        clock: layoutOf(view.scenario).clock,
      },
      ...{
        times: Array.from({ length: points }, (_, i) => i),
        scenario: shortTitleOf(study, policy),
        bands: here,
      },
      baseline: base && { label: shortTitleOf(study, baseline), values: base.subarray(2 * points, 3 * points) },
      run: { label: say("col_here"), values: told.here.series[series.value].slice(0, points) },
    });
  }

  return {
    element,
    update(next) {
      data = next;
      why.update(next.view);
      void refresh();
    },
  };
}
