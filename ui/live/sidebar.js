/**
 * The panel of levers in the sidebar of a page of Streamlit: it reports moves to the server while a lever
 * is dragged, and keeps showing them until the server has answered.
 *
 * @typedef {import("../../sim/browser/format.js").Value} Value
 *
 * @typedef {object} Told what the server says
 * @property {import("./levers.js").Group[]} groups
 * @property {Record<string, Value>} values @property {Record<string, Value | null>} base
 * @property {Record<string, Value>} before
 * @property {boolean} live whether moves are reported while they go on
 * @property {number} throttle milliseconds between two reports
 * @property {boolean} filtered @property {number} openGroups
 * @property {number} seen the number of the last report that was answered
 */

import { createLevers } from "./levers.js";

/** The panel of each element. @type {WeakMap<Element, (told: Told, send: Function) => void>} */
const sidebars = new WeakMap();

/**
 * Show what the server says of levers; Streamlit calls it whenever that changes.
 *
 * @param {{parentElement: ParentNode, data: Told, setTriggerValue: Function}} component
 * @param {Record<string, string>} words
 */
export function showLevers({ parentElement, data, setTriggerValue }, words) {
  const root = parentElement.querySelector(".fl-sidebar");
  if (!root) return;
  if (!sidebars.has(root)) sidebars.set(root, startSidebar(root, data, words));
  sidebars.get(root)?.(data, setTriggerValue);
}

/** @param {Element} root @param {Told} first @param {Record<string, string>} words */
function startSidebar(root, first, words) {
  const panel = createLevers({ words }, first);
  root.replaceChildren(panel.element);
  /** Moves that are not answered yet, with their numbers. @type {Map<string, [Value, number]>} */
  const waiting = new Map();
  const moved = () => Object.fromEntries([...waiting].map(([name, [value]]) => [name, value]));
  let [told, number, last, timer] = [first, 0, 0, 0];
  /** @type {Function} */
  let send = () => {};

  function report(/** @type {boolean} */ final) {
    last = performance.now();
    send("moves", { values: moved(), final, number });
  }
  panel.onMove((name, value, final) => {
    number += 1;
    waiting.set(name, [value, number]);
    clearTimeout(timer);
    if (final) report(true);
    else if (told.live) timer = window.setTimeout(report, last + told.throttle - performance.now(), false);
  });
  return (/** @type {Told} */ data, /** @type {Function} */ given) => {
    send = given;
    const isKnown = JSON.stringify(data.groups) === JSON.stringify(told.groups);
    told = { ...data, groups: isKnown ? told.groups : data.groups };
    number = Math.max(number, data.seen);
    for (const [name, [, of]] of waiting) if (of <= data.seen) waiting.delete(name);
    panel.update({ ...told, values: { ...data.values, ...moved() } });
  };
}
