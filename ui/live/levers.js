/**
 * The panel of levers, or of facts and assumptions: groups that open, a field to find one, each with its
 * value, the baseline's, and where it comes from.
 *
 * @typedef {import("../../sim/browser/format.js").Value} Value
 *
 * @typedef {object} Entry a lever or parameter, see `ui.live.entries`
 * @property {string} name
 * @property {string} label
 * @property {string} [family] the name that is declared over sets, of which it is one member
 * @property {string} [member] what the member is called
 * @property {"number" | "whole" | "boolean" | "option"} kind
 * @property {string[]} options
 * @property {number | null} low
 * @property {number | null} high
 * @property {number} step
 * @property {string} unit
 * @property {string} units
 * @property {string} group
 * @property {string} help
 * @property {{label: string, value: Value}[]} points
 * @property {Value} default what the model itself has
 * @property {"" | "fact" | "assumption" | "counterfactual"} badge empty of a lever
 * @property {string} doubt
 * @property {string} source
 * @property {string} url
 * @property {string} [said]
 * @property {string} [note] what a reader should know of the fact
 * @property {string} [date]
 * @property {string} [status]
 * @property {string} [why]
 * @property {number} [forms] how many forms of the model it has, if it is a structural assumption
 * @property {boolean} [part] of a sum: it cannot be moved alone
 * @property {import("../../sim/browser/format.js").Clock} [clock] of a value that is shown as a date
 *
 * @typedef {{name: string, items: Entry[]}} Group
 * @typedef {object} Shape what a panel shows
 * @property {Group[]} [groups] as before unless given
 * @property {Record<string, any>} [families] entries for all members, by name, where groups are given
 * @property {Record<string, Value>} values now
 * @property {Record<string, Value | null>} [base] of the baseline; of an assumption the model's own counts
 * @property {Set<string>} [free] forms of the model that futures vary
 * @property {Set<string>} [hand] names of what was set by hand
 * @property {Record<string, Value>} [before] of the chosen scenario, which a reset brings back
 */

import { node, setAttributes, setChildren, setShown, setText, t } from "./dom.js";
import { createFamilyRow } from "./lever_family.js";
import { createRow } from "./lever_row.js";

/**
 * Make a panel.
 *
 * @param {{words: Record<string, string>, language?: string}} context
 * @param {{filtered?: boolean, openGroups?: number}} [options] whether there is a field to find one, and
 * how many groups are open at first; those with a change are too, where there is no such field
 * @returns {{element: any, update: (shape: Shape) => void, reveal: (name: string) => void, ask: (name: string) => void,
 * onMove: (callback: import("./lever_row.js").Moved) => void}}
 */
export function createLevers({ words }, { filtered = false, openGroups = 1 } = {}) {
  /** @type {Map<string, import("./lever_row.js").Row>} */
  const rows = new Map();
  /** The rows of members. @type {Map<string, string>} */
  const owners = new Map();
  /** @type {import("./lever_row.js").Moved[]} */
  const listeners = [];
  /** @type {{box: any, count: any, names: string[]}[]} */
  let groups = [];
  /** @type {Group[]} */
  let last = [];
  /** @type {import("./lever_row.js").Shown} */
  let shown = { values: {}, base: {}, before: {} };
  /** What is under the hand: no update moves it. @type {Record<string, Value>} */
  let moving = {};
  const sought = node("input", { class: "fl-find", type: "search", oninput: () => seek(sought.value) });
  setAttributes(sought, { placeholder: t(words, "levers.find"), "aria-label": t(words, "levers.find") });
  const list = node("div", {});
  const nothing = node("p", { class: "fl-none", role: "status", hidden: true }, t(words, "levers.nothing"));
  const element = node("div", { class: "fl-levers" }, filtered && sought, list, filtered && nothing);

  /** @type {import("./lever_row.js").Moved} */
  function moved(name, value, final) {
    const changes = typeof value === "object" ? value : { [name]: value };
    moving = final ? {} : changes;
    const free = new Set([...(shown.free ?? [])].filter((one) => !Object.hasOwn(changes, one)));
    shown = { ...shown, free, values: { ...shown.values, ...changes } };
    rowOf(name)?.show(shown);
    tally();
    for (const listener of listeners) listener(name, value, final);
  }

  /** The row that moves a lever. @param {string} name */
  function rowOf(name) {
    return rows.get(owners.get(name) ?? name);
  }

  /** @param {Group[]} given @param {Record<string, any>} families */
  function build(given, families) {
    const opened = new Map(groups.map(({ box }) => [box.dataset.name, box.open]));
    rows.clear();
    owners.clear();
    groups = given.map(({ name, items }, place) => {
      const count = node("span", { class: "fl-count" });
      const head = node("summary", {}, name, count);
      const box = node("details", { class: "fl-lever-group", "data-name": name }, head);
      box.open = opened.get(name) ?? place < openGroups;
      const names = [];
      for (const entry of items) {
        const cells = items.filter((one) => entry.family && one.family === entry.family);
        const family = cells.length > 1 && families[entry.family ?? ""] ? (entry.family ?? "") : "";
        if (family) owners.set(entry.name, family);
        if (family && rows.has(family)) continue;
        const row = family ? createFamilyRow(words, families[family], cells, moved) : createRow(words, entry, moved);
        rows.set(row.entry.name, row);
        box.append(row.element);
        names.push(row.entry.name);
      }
      return { box, count, names };
    });
    setChildren(list, ...groups.map(({ box }) => box));
  }

  /** Say of each group how much of it is changed. */
  function tally() {
    for (const { count, names } of groups) {
      const n = names.filter((name) => rows.get(name)?.isChanged()).length;
      setText(count, n ? t(words, "levers.changed", { n }) : "");
    }
  }

  /** Show what has all words of a text in its name. @param {string} text */
  function seek(text) {
    const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { box, names } of groups) {
      const shown = names.filter((name) => {
        const row = /** @type {import("./lever_row.js").Row} */ (rows.get(name));
        const fits = parts.every((part) => row.hay.includes(part));
        setShown(row.element, fits);
        return fits;
      });
      setShown(box, shown.length);
      if (parts.length && shown.length) box.open = true;
      found += shown.length;
    }
    setShown(nothing, !found);
  }

  /** Show values. @param {Shape} shape */
  function update({ groups: given, families = {}, values, base = {}, before = {}, free = new Set(), hand = new Set() }) {
    const isNew = given !== undefined && !sameGroups(given, last);
    if (isNew) build(given, families);
    last = given ?? last;
    shown = { values: { ...values, ...moving }, base, before, free, hand };
    for (const row of rows.values()) row.show(shown);
    tally();
    if (!isNew) return;
    if (filtered) return seek(sought.value);
    for (const { box, names } of groups) {
      if (names.some((name) => rows.get(name)?.isChanged())) box.open = true;
    }
  }

  /** Open the group of a lever and give it the focus. @param {string} name */
  function reveal(name) {
    const row = rowOf(name);
    if (!row) return;
    sought.value = "";
    seek("");
    row.element.closest("details").open = true;
    const element = row.reveal?.(name) ?? row.element;
    showInPanel(element);
    element.scrollIntoView({ block: "nearest" });
    element.querySelector("[data-lever]").focus({ preventScroll: true });
  }

  /** Open the group of a lever and mark it as the one that is asked for. @param {string} name none takes the mark away */
  function ask(name) {
    for (const one of list.querySelectorAll(".fl-asked")) one.classList.remove("fl-asked");
    const row = rowOf(name);
    if (!row) return;
    row.element.closest("details").open = true;
    const element = row.reveal?.(name) ?? row.element;
    element.classList.add("fl-asked");
    showInPanel(element);
  }

  /** Scroll the panel, and not the page. @param {HTMLElement} element */
  function showInPanel(element) {
    const box = element.closest(".fl-dock");
    if (box) box.scrollTop += element.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
  }

  return { element, update, reveal, ask, onMove: (callback) => void listeners.push(callback) };
}

/** Whether groups have the same entries. @param {Group[]} some @param {Group[]} others */
function sameGroups(some, others) {
  const parts = (/** @type {Group[]} */ groups) => groups.flatMap(({ name, items }) => [name, ...items]);
  const [one, other] = [parts(some), parts(others)];
  return one.length === other.length && one.every((part, i) => part === other[i]);
}
