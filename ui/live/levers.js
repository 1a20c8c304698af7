/**
 * The panel of levers, or of facts and assumptions: groups that open, a field to find one, each with its
 * value, the baseline's, and where it comes from.
 *
 * @typedef {import("../../sim/browser/format.js").Value} Value
 *
 * @typedef {object} Entry a lever or parameter, see `ui.live.entries`
 * @property {string} name
 * @property {string} label
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
 * @property {string} [date]
 * @property {string} [status]
 * @property {string} [why]
 * @property {boolean} [part] of a sum: it cannot be moved alone
 * @property {import("../../sim/browser/format.js").Clock} [clock] of a value that is shown as a date
 *
 * @typedef {{name: string, items: Entry[]}} Group
 * @typedef {object} Shape what a panel shows
 * @property {Group[]} [groups] as before unless given
 * @property {Record<string, Value>} values now
 * @property {Record<string, Value | null>} [base] of the baseline; of an assumption the model's own counts
 * @property {Record<string, Value>} [before] of the chosen scenario, which a reset brings back
 */

import { icon, newId, node, setAttributes, setChildren, setShown, setText, t } from "./dom.js";
import { changeText, createControl, knownOf, sameValue } from "./lever_control.js";

/**
 * Make a panel.
 *
 * @param {{words: Record<string, string>, language?: string}} context
 * @param {{filtered?: boolean, openGroups?: number}} [options] whether there is a field to find one, and
 * how many groups are open at first; those with a change are too, where there is no such field
 * @returns {{element: any, update: (shape: Shape) => void, reveal: (name: string) => void,
 * onMove: (callback: (name: string, value: Value, final: boolean) => void) => void}}
 */
export function createLevers({ words }, { filtered = false, openGroups = 1 } = {}) {
  /** @type {Map<string, ReturnType<typeof rowOf>>} */
  const rows = new Map();
  /** @type {((name: string, value: Value, final: boolean) => void)[]} */
  const listeners = [];
  /** @type {{box: any, count: any, names: string[]}[]} */
  let groups = [];
  /** @type {Group[]} */
  let last = [];
  let moving = ""; // the lever under the hand: no update moves it
  const sought = node("input", { class: "fl-find", type: "search", oninput: () => seek(sought.value) });
  setAttributes(sought, { placeholder: t(words, "levers.find"), "aria-label": t(words, "levers.find") });
  const list = node("div", {});
  const nothing = node("p", { class: "fl-none", role: "status", hidden: true }, t(words, "levers.nothing"));
  const element = node("div", { class: "fl-levers" }, filtered && sought, list, filtered && nothing);

  /** @param {string} name @param {Value} value @param {boolean} final */
  function moved(name, value, final) {
    moving = final ? "" : name;
    rows.get(name)?.show(value);
    tally();
    for (const listener of listeners) listener(name, value, final);
  }

  /** @param {Group[]} given */
  function build(given) {
    const opened = new Map(groups.map(({ box }) => [box.dataset.name, box.open]));
    rows.clear();
    groups = given.map(({ name, items }, place) => {
      const count = node("span", { class: "fl-count" });
      const head = node("summary", {}, name, count);
      const box = node("details", { class: "fl-lever-group", "data-name": name }, head);
      box.open = opened.get(name) ?? place < openGroups;
      for (const entry of items) {
        const row = rowOf(words, entry, moved);
        rows.set(entry.name, row);
        box.append(row.element);
      }
      return { box, count, names: items.map((entry) => entry.name) };
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
        const row = /** @type {ReturnType<typeof rowOf>} */ (rows.get(name));
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
  function update({ groups: given, values, base = {}, before = {} }) {
    const isNew = given !== undefined && !sameGroups(given, last);
    if (isNew) build(given);
    last = given ?? last;
    for (const [name, row] of rows) {
      const own = row.entry.badge ? row.entry.default : base[name];
      row.show(name === moving ? row.value() : values[name], own, before[name]);
    }
    tally();
    if (!isNew) return;
    if (filtered) return seek(sought.value);
    for (const { box, names } of groups) {
      if (names.some((name) => rows.get(name)?.isChanged())) box.open = true;
    }
  }

  /** Open the group of a lever and give it the focus. @param {string} name */
  function reveal(name) {
    const row = rows.get(name);
    if (!row) return;
    sought.value = "";
    seek("");
    row.element.closest("details").open = true;
    row.element.scrollIntoView({ block: "center" });
    row.element.querySelector("[data-lever]").focus({ preventScroll: true });
  }

  return { element, update, reveal, onMove: (callback) => void listeners.push(callback) };
}

/** Whether groups have the same entries. @param {Group[]} some @param {Group[]} others */
function sameGroups(some, others) {
  const parts = (/** @type {Group[]} */ groups) => groups.flatMap(({ name, items }) => [name, ...items]);
  const [one, other] = [parts(some), parts(others)];
  return one.length === other.length && one.every((part, i) => part === other[i]);
}

/**
 * @param {Record<string, string>} words @param {Entry} entry
 * @param {(name: string, value: Value, final: boolean) => void} moved
 */
function rowOf(words, entry, moved) {
  const { name, label } = entry;
  const id = newId("fl-lever");
  const control = createControl(words, entry, id, (value, final) => moved(name, value, final));
  const title = control.labelled
    ? node("span", { class: "fl-label", id: `${id}-label` }, label)
    : node("label", { class: "fl-label", for: id }, label);
  const reset = small("reset", t(words, "levers.reset", { label }), t(words, "levers.reset_why"));
  const about = small("about", t(words, "levers.about", { label }), t(words, "levers.about_why"));
  const info = node("div", { class: "fl-known", id: `${id}-known`, hidden: true });
  setAttributes(about, { "aria-expanded": "false", "aria-controls": info.id });
  about.onclick = () => {
    if (!info.childElementCount) setChildren(info, ...knownOf(words, entry));
    info.hidden = !info.hidden;
    setAttributes(about, { "aria-expanded": String(!info.hidden) });
  };
  const badge = entry.badge ? node("span", { class: "fl-badge" }) : null;
  const note = node("span", { class: "fl-change" });
  const head = node("div", { class: "fl-lever-head" }, title, reset, about);
  const foot = node("div", { class: "fl-lever-foot" }, badge, note);
  const element = node("div", { class: "fl-lever", "data-row": name }, head, control.element, foot, info);
  /** @type {Value} */
  let now = entry.default;
  /** @type {Value | null | undefined} */
  let base;
  /** @type {Value | undefined} */
  let before;
  const isChanged = () => base != null && !sameValue(now, base);

  /** Show a value; the others stay unless given. @param {Value} value @param {Value | null} [newBase] */
  function show(value, newBase = base, /** @type {Value | undefined} */ newBefore = before) {
    [now, base, before] = [value ?? entry.default, newBase, newBefore];
    control.show(now, base);
    setText(note, changeText(words, entry, now, base));
    note.classList.toggle("fl-moved", isChanged());
    reset.style.visibility = before === undefined || sameValue(now, before) ? "hidden" : "visible";
    if (!badge) return;
    const kind = entry.badge === "fact" && isChanged() ? "counterfactual" : entry.badge;
    const doubt = entry.doubt && kind === "fact" ? `, ${t(words, `levers.${entry.doubt}`)}` : "";
    setText(badge, t(words, `levers.badge_${kind}`) + doubt);
    badge.className = `fl-badge fl-${kind}`;
  }

  reset.onclick = () => {
    if (before === undefined) return;
    moved(name, before, true);
    const held = element.querySelector(":checked") ?? element.querySelector("[data-lever]");
    (held.matches("option") ? held.closest("select") : held).focus(); // the button goes, and the focus with it
  };
  const hay = `${label} ${name} ${entry.group} ${entry.badge}`.toLowerCase();
  return { entry, element, hay, show, isChanged, value: () => now };
}

/** A round button with a sign. @param {string} sign @param {string} label @param {string} title */
function small(sign, label, title) {
  return node("button", { class: "fl-small", type: "button", "aria-label": label, title }, icon(sign));
}
