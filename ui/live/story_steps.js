/**
 * The story of two runs to step through: its turning points, what differs, or everything; by hand, by
 * keyboard, or played. The list below shows the same events.
 *
 * @typedef {import("./parting.js").Pair} Pair
 * @typedef {import("./story_words.js").Context} Context
 *
 * @typedef {object} StepsData
 * @property {Pair[]} pairs all events of both
 * @property {Pair | null} consequence the first difference that is not the settings' own doing
 * @property {import("../../sim/browser/format.js").Clock} clock
 * @property {any} layout of the module of the first run
 * @property {number} leftOut events that no story holds
 */

import { thousands } from "../../sim/browser/wording.js";
import { icon, newId, node, setChildren, setShown, setText, t } from "./dom.js";
import { familyOf } from "./members.js";
import { earlierOf } from "./parting.js";
import { createTeller } from "./story_card.js";
import { createList } from "./story_list.js";
import { createPlayer } from "./story_player.js";
import { eventLabel } from "./story_words.js";
import { RARE, inToldOrder, toldTime, turningPoints } from "./turning_points.js";

const SCOPES = ["turning", "differ", "all"];

/**
 * @param {Context} context @param {{onStep: (time: number | null) => void}} events the time of the step shown
 * @returns {{guide: HTMLElement, list: HTMLElement, update: (data: StepsData) => void, pause: () => void,
 *   turning: () => Pair[]}}
 */
export function createSteps(context, { onStep }) {
  const { words } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `story.${key}`, values);
  /** @type {StepsData} */
  let data = { pairs: [], consequence: null, clock: { unit: "day" }, layout: {}, leftOut: 0 };
  /** @type {Record<string, Pair[]>} */
  let scopes = { turning: [], differ: [], all: [] };
  /** @type {Pair[]} */
  let rows = [];
  let place = 0;
  let scope = "turning";
  const teller = createTeller(context, () => data);
  const list = createList(context, teller, (pair) => {
    player.pause();
    go(rows.indexOf(pair), false);
  });

  const group = newId("scope");
  const radios = SCOPES.map((name) => {
    const input = node("input", { type: "radio", name: group, value: name, onchange: () => choose(name) });
    const label = node("span", {});
    return { name, input, label, element: node("label", { class: "fl-story-pick" }, input, label) };
  });
  const legend = node("legend", {}, say("scope"));
  const chosen = node("fieldset", { class: "fl-story-picks fl-step-scope" }, legend, ...radios.map((one) => one.element));
  const filter = node("select", { onchange: () => choose(filter.value && scope === "turning" ? "differ" : scope) });
  const only = node("label", { class: "fl-story-by" }, say("only_event"), filter);
  const controls = node("div", { class: "fl-story-choice" }, chosen);
  list.element.firstElementChild?.after(node("div", { class: "fl-story-choice fl-story-list-controls" }, only));

  const counter = node("p", { class: "fl-step-count" });
  const bar = node("span", { class: "fl-step-bar", "aria-hidden": "true" });
  const card = node("div", { class: "fl-step-card", tabindex: 0, role: "region", "aria-label": say("card") });
  const live = node("p", { class: "fl-step-live", "aria-live": "polite" });
  const turn = (/** @type {number} */ by) => {
    player.pause();
    go(place + by, true);
  };
  const back = node("button", { type: "button", onclick: () => turn(-1) }, icon("back"), say("previous"));
  const next = node("button", { type: "button", class: "fl-step-next", onclick: () => turn(1) }, say("next"), icon("next"));
  const player = createPlayer(
    words,
    () => {
      go(place + 1, true);
      return place < rows.length - 1;
    },
    () => place === rows.length - 1 && go(0, true),
  );
  const rule = node("p", { class: "fl-step-rule" });
  const keys = node("p", { class: "fl-step-rule fl-step-keys" }, say("keys"));
  const turns = node("div", { class: "fl-step-turn" }, back, next, player.element, counter);
  const guide = node("div", { class: "fl-steps", role: "group", "aria-label": say("guide"), onkeydown: steer });
  const told = node("div", {}, turns, bar, card, live);
  guide.append(controls, told, rule, keys);

  /** Arrow keys walk the story, space plays it. @param {any} event */
  function steer(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("select, input")) return;
    if (event.key === " " && !event.target.closest("button")) {
      event.preventDefault();
      player.toggle();
      return;
    }
    const by = { ArrowLeft: -1, ArrowRight: 1 }[/** @type {"ArrowLeft"} */ (event.key)];
    const to = { Home: 0, End: rows.length - 1 }[/** @type {"Home"} */ (event.key)] ?? (by && place + by);
    if (to === undefined) return;
    event.preventDefault();
    player.pause();
    go(to, true);
  }

  /** Show an event. @param {number} to its place @param {boolean} aloud */
  function go(to, aloud) {
    place = Math.max(0, Math.min(rows.length - 1, to));
    const pair = rows[place];
    setShown(told, pair);
    onStep(pair ? toldTime(pair) : null);
    if (!pair) return;
    // A button that is disabled loses the focus: these are only marked.
    back.setAttribute("aria-disabled", String(place === 0));
    next.setAttribute("aria-disabled", String(place === rows.length - 1));
    setText(counter, say("count", { place: thousands(place + 1), all: thousands(rows.length) }));
    const length = node("progress", { max: rows.length, value: place + 1, tabindex: -1 });
    setChildren(bar, length);
    const parts = teller.card(pair);
    setChildren(card, node("div", { class: "fl-step-in" }, ...parts));
    card.dataset.kind = pair.kind;
    if (aloud) setText(live, parts.slice(0, 3).map((part) => part && part.textContent).filter(Boolean).join(". "));
    list.point(pair, aloud);
  }

  /** Step through some of the events. @param {string} name */
  function choose(name) {
    player.pause();
    scope = name;
    const shown = pairsOf();
    const of = filter.value;
    rows = shown.filter((pair) => !of || familyOf(earlierOf(pair).event) === of);
    for (const { input, name: own } of radios) input.checked = scopes[own] === shown;
    setText(rule, scopes.turning === shown ? say("turning_rule", { rare: RARE }) : "");
    list.update(rows, data.pairs.length, data.leftOut);
    go(0, false);
  }

  /** Of a run that nothing sets apart, what differs is nothing: the whole then. */
  function pairsOf() {
    return scope === "differ" && !scopes.differ.length ? scopes.all : scopes[scope];
  }

  return {
    guide,
    list: list.element,
    pause: player.pause,
    turning: () => scopes.turning,
    update(now) {
      data = now;
      const { pairs, consequence } = now;
      const all = inToldOrder(pairs);
      const differ = all.filter(({ kind }) => kind !== "same");
      scopes = { turning: turningPoints(pairs, consequence), differ, all };
      for (const { name, label, element } of radios) {
        const count = scopes[name].length;
        setText(label, say(`scope_${name}`, { count: thousands(count) }));
        setShown(element, count && (name !== "differ" || count !== all.length));
      }
      const names = [...new Set(all.map((pair) => familyOf(earlierOf(pair).event)))];
      const kept = names.includes(filter.value) ? filter.value : "";
      const labelled = names
        .map((name) => [name, eventLabel(context, name)])
        .sort((a, b) => a[1].localeCompare(b[1]));
      setChildren(
        filter,
        node("option", { value: "" }, say("all_events")),
        ...labelled.map(([name, label]) => node("option", { value: name }, label)),
      );
      filter.value = kept;
      choose(scope);
    },
  };
}
