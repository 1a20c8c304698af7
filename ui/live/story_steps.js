/**
 * The occurrences of two runs: one after the other, as a guided story, and as a list to search.
 *
 * @typedef {import("./parting.js").Pair} Pair
 * @typedef {import("./story_words.js").Context} Context
 *
 * @typedef {object} StepsData
 * @property {Pair[]} pairs all occurrences of both, in order of time
 * @property {import("../../sim/browser/format.js").Clock} clock
 * @property {any} layout of the module of the first run
 * @property {number} leftOut occurrences that no story holds
 */

import { fixed } from "../../sim/browser/format.js";
import { marked } from "../../sim/browser/phrases.js";
import { thousands } from "../../sim/browser/wording.js";
import { icon, newId, node, setChildren, setShown, setText, t } from "./dom.js";
import { eventOf, familyOf } from "./members.js";
import { earlierOf } from "./parting.js";
import { eventLabel, longDate, storyMoment, settingText, toldText } from "./story_words.js";

/** Rows of the list at first, and changes of state told of one occurrence. */
const [MOST_ROWS, MOST_CHANGES] = [40, 5];

/**
 * @param {Context} context
 * @returns {{guide: HTMLElement, list: HTMLElement, update: (data: StepsData) => void}}
 */
export function createSteps(context) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `story.${key}`, values);
  /** @type {StepsData} */
  let data = { pairs: [], clock: { unit: "day" }, layout: {}, leftOut: 0 };
  /** @type {Pair[]} */
  let rows = [];
  let place = 0;
  let most = MOST_ROWS;
  /** Whether the visitor wants what is the same too. */
  let everything = false;

  // The guided story.
  const counter = node("p", { class: "fl-step-count" });
  const card = node("div", { class: "fl-step-card" });
  const live = node("p", { class: "fl-step-live", "aria-live": "polite" });
  const turn = (/** @type {number} */ by) => go(place + by, true);
  const back = node("button", { type: "button", onclick: () => turn(-1) }, icon("back"), say("previous"));
  const next = node(
    "button",
    { type: "button", class: "fl-step-next", onclick: () => turn(1) },
    say("next"),
    icon("next"),
  );
  const guide = node("div", {
    class: "fl-steps",
    role: "group",
    "aria-label": say("guide"),
    onkeydown: steer,
  });
  guide.append(node("div", { class: "fl-step-turn" }, back, next, counter), card, live);

  // The list.
  const filter = node("select", { onchange: () => choose() });
  const differing = node("input", {
    type: "checkbox",
    onchange: (/** @type {any} */ event) => {
      everything = !event.target.checked;
      choose();
    },
  });
  const caption = node("caption", {});
  const list = node("tbody", {});
  const more = node("button", { type: "button", class: "fl-story-more", onclick: showMore });
  const heads = ["when", "what", "group", "where"].map((key) =>
    node("th", { scope: "col" }, say(`col_${key}`)),
  );
  const table = node(
    "table",
    { class: "fl-story-list" },
    caption,
    node("thead", {}, node("tr", {}, ...heads)),
    list,
  );
  const scroll = node(
    "div",
    { class: "fl-story-scroll", tabindex: 0, role: "region", "aria-label": say("list") },
    table,
  );
  const none = node("p", { class: "fl-story-none" });
  const cut = node("p", { class: "fl-story-none" });
  const heading = newId("list");
  const controls = node(
    "div",
    { class: "fl-story-choice fl-story-list-controls" },
    node("label", { class: "fl-story-by" }, say("only_event"), filter),
    node("label", { class: "fl-story-switch" }, differing, say("only_differs")),
  );
  const box = node("div", {}, node("h3", { id: heading }, say("list")));
  box.append(controls, scroll, none, more, cut);
  list.addEventListener("click", (/** @type {any} */ event) => {
    const row = event.target.closest("tr");
    if (row) go([...list.children].indexOf(row), false);
  });

  /** Arrow keys walk the story. @param {KeyboardEvent} event */
  function steer(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const to = { Home: 0, End: rows.length - 1 }[event.key] ?? (by && place + by);
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    go(to, true);
  }

  /** Show an occurrence. @param {number} to its place among the rows @param {boolean} aloud */
  function go(to, aloud) {
    place = Math.max(0, Math.min(rows.length - 1, to));
    if (place >= most) showMore();
    const pair = rows[place];
    setShown(guide, pair);
    if (!pair) return;
    // A button that is disabled loses the focus: these are only marked.
    back.setAttribute("aria-disabled", String(place === 0));
    next.setAttribute("aria-disabled", String(place === rows.length - 1));
    setText(counter, say("count", { place: thousands(place + 1), all: thousands(rows.length) }));
    const told = cardOf(pair);
    setChildren(card, ...told);
    card.dataset.kind = pair.kind;
    if (aloud)
      setText(
        live,
        told
          .slice(0, 3)
          .map((part) => part && part.textContent)
          .filter(Boolean)
          .join(". "),
      );
    for (const [i, row] of [...list.children].entries()) {
      if (i === place) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    }
    if (aloud) showRow(list.children[place]);
  }

  /** Scroll the list, not the page, to a row. @param {any} row */
  function showRow(row) {
    if (!row) return;
    const top = row.offsetTop - table.tHead.offsetHeight;
    const bottom = row.offsetTop + row.offsetHeight - scroll.clientHeight;
    scroll.scrollTop = Math.max(Math.min(scroll.scrollTop, top), bottom);
  }

  /** One occurrence in words: when, what, what of the twin, why, what changes. @param {Pair} pair */
  function cardOf(pair) {
    const one = pair.here ?? earlierOf(pair);
    const when = [storyMoment(context, data.clock, one.time), eventOf(study, one.event)?.group];
    const [source] = one.cause.split("->");
    const rule = eventOf(study, one.event)?.rule;
    const why = one.cause.includes("->")
      ? say("set_off", { event: eventLabel(context, source) })
      : rule && say("own_rule", { rule });
    const changes = one.changes.slice(0, MOST_CHANGES).map(changeText);
    const further = one.changes.length - changes.length;
    changes.unshift(...(one.arguments ?? []).map(argumentText));
    return [
      node("p", { class: "fl-step-when" }, when.filter(Boolean).join(" · "), " ", markOf(pair)),
      node("p", { class: "fl-step-told" }, toldText(one)),
      twinText(pair) && node("p", { class: "fl-step-twin" }, twinText(pair)),
      why && node("p", { class: "fl-step-why" }, why),
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
    const other = toldText(there) !== toldText(here);
    if (kind === "moved") {
      const moment = storyMoment(context, data.clock, there.time);
      const ours = storyMoment(context, data.clock, here.time);
      // Within one unit of time only the fraction tells them apart.
      const soon = say(there.time > here.time ? "a_little_later" : "a_little_sooner");
      const key = (moment === ours ? "twin_soon" : "twin_moved") + (other ? "_other" : "");
      return say(key, { when: moment === ours ? soon : moment, text: toldText(there) });
    }
    if (other) return say("twin_other", { text: toldText(there) });
    const apart = there.changes.find((change, i) => change.after !== here.changes[i]?.after);
    return apart ? say("twin_effect", { change: changeText(apart) }) : "";
  }

  /** An argument of an occurrence. @param {[string, unknown]} argument */
  function argumentText([name, value]) {
    return `${name.replaceAll("_", " ")}: ${settingText(context, { unit: "" }, value)}`;
  }

  /** A change of state. @param {{name: string, before: unknown, after: unknown}} change */
  function changeText({ name, before, after }) {
    const entry = data.layout.series?.find((/** @type {any} */ one) => one.name === name) ?? { name };
    const [from, to] = [before, after].map((value) => settingText(context, { unit: "" }, value));
    return `${entry.label || name.replaceAll("_", " ")}: ${from} → ${to}`;
  }

  /** In which of the runs something happens. @param {Pair} pair */
  function markOf({ kind }) {
    return node("span", { class: "fl-story-mark", "data-kind": kind }, say(`kind_${kind}`));
  }

  /** @param {Pair} pair */
  function rowOf(pair) {
    const one = pair.here ?? earlierOf(pair);
    const date = longDate(context.language, data.clock, one.time, "short");
    const day = say(data.clock.unit, { count: marked(fixed(one.time, 1)) });
    const twin = twinText(pair);
    return node(
      "tr",
      { "data-kind": pair.kind },
      node("th", { scope: "row" }, date || day, date && node("span", { class: "fl-story-day" }, day)),
      node("td", {}, toldText(one), twin && node("span", { class: "fl-story-twin" }, twin)),
      node("td", {}, eventOf(study, one.event)?.group ?? ""),
      node("td", {}, markOf(pair)),
    );
  }

  /** Keep the rows that the filters let through. */
  function choose() {
    const only = filter.value;
    rows = data.pairs.filter(
      (pair) => (!differing.checked || pair.kind !== "same") && (!only || familyOf(earlierOf(pair).event) === only),
    );
    most = MOST_ROWS;
    setChildren(list, ...rows.slice(0, most).map(rowOf));
    setText(caption, say("rows", { shown: thousands(rows.length), all: thousands(data.pairs.length) }));
    setShown(scroll, rows.length);
    setText(none, rows.length ? "" : say(data.pairs.length ? "none_left" : "none_at_all"));
    offerMore();
    go(0, false);
  }

  function showMore() {
    const from = most;
    most = Math.max(2 * most, place + 1);
    const held = more.matches(":focus");
    list.append(...rows.slice(from, most).map(rowOf));
    offerMore();
    if (held && more.hidden) scroll.focus();
  }

  function offerMore() {
    setShown(more, rows.length > most);
    setText(more, say("show_more", { count: thousands(Math.min(most, rows.length - most)) }));
  }

  return {
    guide,
    list: box,
    update(next) {
      data = next;
      const names = [...new Set(data.pairs.map((pair) => familyOf(earlierOf(pair).event)))];
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
      const differs = data.pairs.some((pair) => pair.kind !== "same");
      differing.checked = differs && !everything;
      differing.disabled = !differs;
      setText(cut, data.leftOut ? say("left_out", { count: thousands(data.leftOut) }) : "");
      choose();
    },
  };
}
