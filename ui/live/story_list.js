/**
 * What happens in both runs, in one order of time: this run in one column, the baseline's in another.
 *
 * @typedef {import("./parting.js").Pair} Pair
 * @typedef {import("./turning_points.js").Moment} Moment
 * @typedef {ReturnType<typeof import("./story_card.js").createTeller>} Teller
 */

import { thousands } from "../../sim/browser/wording.js";
import { newId, node, setChildren, setShown, setText, t } from "./dom.js";
import { eventOf } from "./members.js";
import { toldText } from "./story_words.js";
import { momentsOf } from "./turning_points.js";

/** Rows at first. */
const MOST_ROWS = 40;

/**
 * @param {import("./story_words.js").Context} context @param {Teller} teller
 * @param {(pair: Pair) => void} onChoose a row was chosen
 */
export function createList({ words, document: study }, teller, onChoose) {
  const say = (/** @type {string} */ key, values = {}) => t(words, `story.${key}`, values);
  /** @type {Moment[]} */
  let moments = [];
  /** @type {Pair | undefined} */
  let current;
  let most = MOST_ROWS;
  const caption = node("caption", {});
  const list = node("tbody", {});
  const heads = ["when", "here", "base"].map((key) => node("th", { scope: "col" }, say(`col_${key}`)));
  const head = node("thead", {}, node("tr", {}, ...heads));
  const table = node("table", { class: "fl-story-list" }, caption, head, list);
  const how = { class: "fl-story-scroll", tabindex: 0, role: "region", "aria-label": say("list") };
  const scroll = node("div", how, table);
  const none = node("p", { class: "fl-story-none" });
  const more = node("button", { type: "button", class: "fl-story-more", onclick: () => showMore() });
  const cut = node("p", { class: "fl-story-none" });
  const element = node("div", {}, node("h3", { id: newId("list") }, say("list")), scroll, none, more, cut);
  list.addEventListener("click", (/** @type {any} */ event) => {
    const row = event.target.closest("tr");
    if (row) onChoose(moments[[...list.children].indexOf(row)].pair);
  });

  /** @param {Moment} moment */
  function rowOf({ pair, time, where }) {
    const { here, there, kind } = pair;
    const one = /** @type {any} */ (where === "there" ? there : here);
    const group = eventOf(study, one.event)?.group ?? "";
    const beside = where === "both" ? teller.twinText(pair) : teller.besideText(pair, where);
    const cell = (/** @type {string} */ column, /** @type {any} */ extra = {}) =>
      node(
        "td",
        { "data-run": column, ...extra },
        node("span", { class: "fl-story-run" }, say(`run_${column}`)),
        toldText(one),
        beside && node("span", { class: "fl-story-twin" }, beside),
        group && node("span", { class: "fl-story-group" }, group),
      );
    const empty = () => node("td", { class: "fl-story-blank" });
    const cells = {
      both: () => [cell("both", { colspan: 2 })],
      here: () => [cell("here"), empty()],
      there: () => [empty(), cell("there")],
    }[where]();
    const row = node("tr", { "data-kind": kind }, node("th", { scope: "row" }, ...teller.moment(time)), ...cells);
    return Object.assign(row, { flPair: pair });
  }

  /** Show events. @param {Pair[]} pairs @param {number} all @param {number} leftOut */
  function update(pairs, all, leftOut) {
    moments = momentsOf(pairs);
    most = MOST_ROWS;
    setChildren(list, ...moments.slice(0, most).map(rowOf));
    setText(caption, say("rows", { shown: thousands(pairs.length), all: thousands(all) }));
    setShown(scroll, moments.length);
    setText(none, moments.length ? "" : say(all ? "none_left" : "none_at_all"));
    setText(cut, leftOut ? say("left_out", { count: thousands(leftOut) }) : "");
    offerMore();
  }

  /** @param {number} [upTo] */
  function showMore(upTo = 0) {
    const from = most;
    most = Math.max(2 * most, upTo + 1);
    const held = more.matches(":focus");
    list.append(...moments.slice(from, most).map(rowOf));
    offerMore();
    if (current) point(current, false);
    if (held && more.hidden) scroll.focus();
  }

  function offerMore() {
    setShown(more, moments.length > most);
    setText(more, say("show_more", { count: thousands(Math.min(most, moments.length - most)) }));
  }

  /** Mark the rows of an event. @param {Pair} pair @param {boolean} follow whether to scroll there */
  function point(pair, follow) {
    current = pair;
    const at = moments.findIndex((one) => one.pair === pair);
    if (at >= most) showMore(at);
    for (const row of list.children) {
      if (/** @type {any} */ (row).flPair === pair) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    }
    const row = list.children[at];
    if (!follow || !row) return;
    // Scroll the list, not the page.
    const top = row.offsetTop - table.tHead.offsetHeight;
    const bottom = row.offsetTop + row.offsetHeight - scroll.clientHeight;
    scroll.scrollTop = Math.max(Math.min(scroll.scrollTop, top), bottom);
  }

  return { element, update, point };
}
