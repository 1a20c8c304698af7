/**
 * The page on paper: all its parts at the width of a sheet, and what is set as a list in place of the controls.
 *
 * @typedef {import("./setting.js").View} View
 */

import { PRINT_EVENT, newId, node, setChildren, t } from "./dom.js";
import { foldMembers } from "./members.js";
import { commandOf } from "./recipe.js";
import { entryOf, titleOf, valueOf } from "./setting.js";
import { settingText } from "./story_words.js";

/** What is drawn anew for another width. */
const REDRAWN = ".fl-chart, .fl-sources";

/**
 * What is set, and how to get the numbers again; on paper alone.
 *
 * @param {any} context @returns {{element: HTMLElement, update: (view: View) => void}}
 */
export function createPrinted(context) {
  const { words, document: study, link } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `printed.${key}`, values);
  const list = node("dl", { class: "fl-set-list" });
  const again = node("div", {});
  const id = newId("set");
  const element = node("section", { class: "fl-printed", "aria-labelledby": id }, node("h2", { id }, say("title")), list, again);

  /** @param {string} term @param {string} text */
  const item = (term, text) => node("div", {}, node("dt", {}, term), node("dd", {}, text));

  /** @param {View} view */
  function update(view) {
    const { scenario, baseline, values, central } = view;
    const named = (/** @type {string} */ name) => titleOf(study, { scenario: name, values: {} });
    const names = [...study.levers, ...(study.held ?? [])].map(({ name }) => name);
    const hand = Object.keys(values).filter((name) => !names.includes(name));
    const set = [...names, ...hand].flatMap((name) => {
      const isOwn = Object.hasOwn(values, name);
      const value = isOwn ? values[name] : valueOf(study, scenario, name);
      const entry = entryOf(study, name);
      return value === undefined || !entry ? [] : [{ ...entry, value, isOwn }];
    });
    const items = foldMembers(study, set, ({ value, isOwn }) => `${value} ${isOwn}`).map((entry) => {
      const text = settingText(context, entry, entry.value);
      return item(entry.label, entry.isOwn ? say("by_hand", { text }) : text);
    });
    const world = study.uncertain ? [item(t(words, "rail.uncertain"), t(words, central ? "rail.held" : "rail.vary"))] : [];
    const chosen = [item(t(words, "rail.scenario"), named(scenario)), item(t(words, "rail.baseline"), named(baseline))];
    setChildren(list, ...chosen, ...items, ...world, item(t(words, "rail.seed"), String(view.seed)));
    const address = link(view);
    const { command } = commandOf(study, view);
    setChildren(
      again,
      node("p", {}, say("again", { version: study.fulcrum })),
      node("pre", {}, command),
      address && node("p", {}, say("address")),
      address && node("pre", {}, address),
    );
  }
  return { element, update };
}

/**
 * Lay the page out as wide as a sheet while it is printed, all parts in sight.
 *
 * @param {HTMLElement} root @returns {() => void} ends it
 */
export function watchPrinting(root) {
  const turn = (/** @type {Event} */ { type }) => {
    root.classList.toggle("fl-printing", type === "beforeprint");
    for (const one of root.querySelectorAll(REDRAWN)) one.dispatchEvent(new Event(PRINT_EVENT));
  };
  const moments = ["beforeprint", "afterprint"];
  for (const moment of moments) window.addEventListener(moment, turn);
  return () => moments.forEach((moment) => window.removeEventListener(moment, turn));
}
