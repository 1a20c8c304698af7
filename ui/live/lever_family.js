/**
 * The row of a lever that is declared over sets: one control that moves all members together, and one for
 * each member below it, once they are opened.
 *
 * @typedef {import("./levers.js").Entry} Entry
 * @typedef {import("./lever_row.js").Row} Row
 * @typedef {import("./lever_row.js").Shown} Shown
 * @typedef {import("./lever_row.js").Moved} Moved
 * @typedef {import("../../sim/browser/format.js").Value} Value
 */

import { newId, node, setAttributes, setText, t } from "./dom.js";
import { changeText, createControl, sameValue, spanText } from "./lever_control.js";
import { baseOf, buttonsOf, createRow, focusControl, showBadge, titleOf } from "./lever_row.js";

/**
 * @param {Record<string, string>} words @param {Entry & {sets: string[]}} family what all members share
 * @param {Entry[]} cells @param {Moved} moved
 * @returns {Row}
 */
export function createFamilyRow(words, family, cells, moved) {
  const { name, label } = family;
  const id = newId("fl-lever");
  const entry = { ...family, ...commonRange(cells) };
  const move = (/** @type {(cell: Entry) => any} */ to, /** @type {boolean} */ final) =>
    moved(name, Object.fromEntries(cells.map((cell) => [cell.name, to(cell)])), final);
  const control = createControl(words, entry, id, (value, final) => move(() => value, final));
  const { reset, about, info } = buttonsOf(words, entry, id);
  const badge = entry.badge ? node("span", { class: "fl-badge" }) : null;
  const note = node("span", { class: "fl-change", id: `${id}-note` });
  const each = node("span", { class: "fl-each" }, t(words, "levers.each", { sets: family.sets.join(" × ") }));
  const open = t(words, "levers.members", { n: cells.length });
  const summary = node("summary", {}, open, node("span", { class: "fl-hidden" }, `: ${label}`));
  const list = node("div", { class: "fl-members-list", role: "group", "aria-label": label });
  const members = node("details", { class: "fl-members", ontoggle: () => members.open && build() }, summary, list);
  const element = node(
    "div",
    { class: "fl-lever fl-family", "data-row": name },
    node("div", { class: "fl-lever-head" }, titleOf(control, id, label, " ", each), reset, about),
    control.element,
    node("div", { class: "fl-lever-foot" }, badge, note),
    info,
    members,
  );
  for (const input of control.element.querySelectorAll("[data-lever]")) setAttributes(input, { "aria-describedby": note.id });
  /** @type {Row[]} */
  let rows = [];
  /** @type {Shown} */
  let last = { values: {}, base: {}, before: {} };
  const valueOf = (/** @type {Entry} */ cell) => last.values[cell.name] ?? cell.default;
  const isMoved = (/** @type {Entry} */ cell) => {
    const base = baseOf(cell, last);
    return base != null && !sameValue(valueOf(cell), base);
  };

  /** Make the rows of the members, when they are first wanted. */
  function build() {
    if (rows.length) return;
    rows = cells.map((cell) => {
      const known = cell.source !== family.source || cell.help !== family.help;
      return createRow(words, { ...cell, label: cell.member ?? cell.label }, moved, { known });
    });
    list.append(...rows.map((row) => row.element));
    for (const row of rows) row.show(last);
  }

  /** @param {Shown} shown */
  function show(shown) {
    last = shown;
    const values = cells.map(valueOf);
    const bases = cells.map((cell) => baseOf(cell, shown));
    const isOne = values.every((value) => sameValue(value, values[0]));
    const base = bases.every((one) => sameValue(one, bases[0])) ? bases[0] : null;
    const told = isOne ? "" : t(words, "levers.differs", { span: spanText(words, entry, values) });
    const count = cells.filter(isMoved).length;
    if (isOne) control.show(values[0], base);
    else control.show(middleOf(entry, values), base, told);
    const than = entry.badge ? "levers.moved_model" : "levers.moved_baseline";
    const changed = count && (told || base == null) ? t(words, than, { n: count, all: cells.length }) : "";
    const same = !count && base == null ? t(words, `levers.same_${entry.badge ? "model" : "baseline"}`) : "";
    const alone = isOne ? changeText(words, entry, values[0], base) : "";
    setText(note, [told, alone, changed, same].filter(Boolean).join(" · "));
    note.classList.toggle("fl-moved", count > 0);
    const differs = (/** @type {Entry} */ cell) => shown.before[cell.name] !== undefined && !sameValue(valueOf(cell), shown.before[cell.name]);
    reset.style.visibility = cells.some(differs) ? "visible" : "hidden";
    if (badge) showBadge(words, badge, entry, count > 0);
    for (const row of rows) row.show(shown);
  }

  reset.onclick = () => {
    move((cell) => last.before[cell.name] ?? valueOf(cell), true);
    focusControl(element); // the button goes, and the focus with it
  };

  /** @param {string} cell */
  function reveal(cell) {
    if (cell === name) return element;
    members.open = true;
    build();
    return rows.find((row) => row.entry.name === cell)?.element ?? element;
  }

  const hay = `${label} ${name} ${entry.group} ${entry.badge} ${cells.map(({ member }) => member).join(" ")}`.toLowerCase();
  return { entry, element, names: cells.map((cell) => cell.name), hay, show, isChanged: () => cells.some(isMoved), reveal };
}

/** The range that all members have in common; none where one of them has no range. @param {Entry[]} cells */
function commonRange(cells) {
  if (cells.some(({ low, high }) => low == null || high == null)) return { low: null, high: null };
  const low = Math.max(...cells.map((cell) => Number(cell.low)));
  const high = Math.min(...cells.map((cell) => Number(cell.high)));
  return low < high ? { low, high } : { low: null, high: null };
}

/** Where the control of members that differ stands. @param {Entry} entry @param {Value[]} values @returns {any} */
function middleOf(entry, values) {
  if (typeof values[0] !== "number") return undefined;
  const numbers = values.map(Number);
  const middle = (Math.min(...numbers) + Math.max(...numbers)) / 2;
  return entry.kind === "whole" ? Math.round(middle) : Number(middle.toPrecision(10));
}
