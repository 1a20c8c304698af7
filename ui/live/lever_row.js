/**
 * The row of one lever: its control, how far it is from the baseline, and what is known of it.
 *
 * @typedef {import("./levers.js").Entry} Entry
 * @typedef {import("../../sim/browser/format.js").Value} Value
 * @typedef {{values: Record<string, Value>, base: Record<string, Value | null>, before: Record<string, Value>, free?: Set<string>,
 * hand?: Set<string>}} Shown
 * `before` is what a reset brings back
 * @typedef {(name: string, value: any, final: boolean) => void} Moved of all members together `value` has
 * that of each, by name
 *
 * @typedef {object} Row
 * @property {Entry} entry
 * @property {any} element
 * @property {string[]} names of the entries that it moves
 * @property {string} hay what a search looks in
 * @property {(shown: Shown) => void} show
 * @property {() => boolean} isChanged
 * @property {(name: string) => any} [reveal] brings a member in sight; its element
 */

import { icon, newId, node, setAttributes, setChildren, setText, t } from "./dom.js";
import { changeText, createControl, knownOf, sameValue } from "./lever_control.js";

/** The baseline's value of an entry; of an assumption, the model's own. @param {Entry} entry @param {Shown} shown */
export function baseOf(entry, { base }) {
  return entry.badge ? entry.default : base[entry.name];
}

/**
 * @param {Record<string, string>} words @param {Entry} entry @param {Moved} moved
 * @param {{known?: boolean}} [options] whether it tells what is known of the entry
 * @returns {Row}
 */
export function createRow(words, entry, moved, { known = true } = {}) {
  const { name, label } = entry;
  const id = newId("fl-lever");
  const control = createControl(words, entry, id, (value, final) => moved(name, value, final));
  const { reset, about, info } = buttonsOf(words, entry, id);
  const badge = entry.badge && known ? node("span", { class: "fl-badge" }) : null;
  const note = node("span", { class: "fl-change" });
  const head = node("div", { class: "fl-lever-head" }, titleOf(control, id, label), reset, known && about);
  const foot = node("div", { class: "fl-lever-foot" }, badge, note);
  const element = node("div", { class: "fl-lever", "data-row": name }, head, control.element, foot, known && info);
  /** @type {Value} */
  let now = entry.default;
  /** @type {Value | null | undefined} */
  let base;
  /** @type {Value | undefined} */
  let before;
  let isFree = false;
  const isChanged = () => base != null && !isFree && !sameValue(now, base);

  /** @param {Shown} shown */
  function show(shown) {
    [now, base, before] = [shown.values[name] ?? entry.default, baseOf(entry, shown), shown.before[name]];
    isFree = shown.free?.has(name) ?? false;
    control.show(isFree ? NaN : now, base);
    setText(note, isFree ? t(words, "levers.varies") : changeText(words, entry, now, base));
    note.classList.toggle("fl-moved", isChanged());
    const isOwn = entry.forms ? isFree || !shown.hand?.has(name) : before === undefined || sameValue(now, before);
    reset.style.visibility = isOwn ? "hidden" : "visible";
    if (badge) showBadge(words, badge, entry, isChanged());
  }

  reset.onclick = () => {
    if (before === undefined) return;
    moved(name, entry.forms ? { [name]: null } : before, true);
    focusControl(element); // the button goes, and the focus with it
  };
  const hay = `${label} ${name} ${entry.group} ${entry.badge}`.toLowerCase();
  return { entry, element, names: [name], hay, show, isChanged };
}

/** What a control is called. @param {any} control @param {string} id @param {string} label @param {any[]} more */
export function titleOf(control, id, label, ...more) {
  return control.labelled
    ? node("span", { class: "fl-label", id: `${id}-label` }, label, ...more)
    : node("label", { class: "fl-label", for: id }, label, ...more);
}

/** The buttons at the head of a row, and what one of them opens. @param {Record<string, string>} words @param {Entry} entry @param {string} id */
export function buttonsOf(words, entry, id) {
  const { label } = entry;
  const reset = small("reset", t(words, "levers.reset", { label }), t(words, "levers.reset_why"));
  const about = small("about", t(words, "levers.about", { label }), t(words, "levers.about_why"));
  const info = node("div", { class: "fl-known", id: `${id}-known`, hidden: true });
  setAttributes(about, { "aria-expanded": "false", "aria-controls": info.id });
  about.onclick = () => {
    if (!info.childElementCount) setChildren(info, ...knownOf(words, entry));
    info.hidden = !info.hidden;
    setAttributes(about, { "aria-expanded": String(!info.hidden) });
  };
  return { reset, about, info };
}

/** @param {Record<string, string>} words @param {any} badge @param {Entry} entry @param {boolean} isChanged */
export function showBadge(words, badge, entry, isChanged) {
  const kind = entry.badge === "fact" && isChanged ? "counterfactual" : entry.badge;
  const doubt = entry.doubt && kind === "fact" ? `, ${t(words, `levers.${entry.doubt}`)}` : "";
  setText(badge, t(words, `levers.badge_${kind}`) + doubt);
  badge.className = `fl-badge fl-${kind}`;
}

/** Give the focus to the control of a row. @param {any} element */
export function focusControl(element) {
  const held = element.querySelector(":checked") ?? element.querySelector("[data-lever]");
  (held.matches("option") ? held.closest("select") : held).focus();
}

/** A round button with a sign. @param {string} sign @param {string} label @param {string} title */
function small(sign, label, title) {
  return node("button", { class: "fl-small", type: "button", "aria-label": label, title }, icon(sign));
}
