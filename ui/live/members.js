/**
 * What is declared over sets: its cells by name, as `lockdown[north]`, and what holds for all of them told once.
 *
 * @typedef {{name: string}} Named
 */

import { t } from "./dom.js";

/** The name without the members of a cell. @param {string} name */
export function familyOf(name) {
  return name.split("[")[0];
}

/** An event of the document, or that of all members. @param {any} document @param {string} name */
export function eventOf({ events }, name) {
  return events[name] ?? events[familyOf(name)];
}

/** The series of a document one by one, with those of each member. @param {any} document @returns {any[]} */
export function singleSeries({ series }) {
  return series.flatMap((/** @type {any} */ one) => {
    const { cells, members, ...rest } = one;
    if (!cells) return [one];
    return cells.map((/** @type {string} */ name, /** @type {number} */ i) => ({ ...rest, name, label: `${one.label}, ${members[i]}` }));
  });
}

/**
 * Items by name; those of all members of a name become one where they are alike.
 *
 * @template {Named} Item
 * @param {any} document @param {Item[]} items of levers and assumptions
 * @param {(item: Item) => unknown} valueOf what must be alike
 * @returns {(Item & {label?: string, members?: string[]})[]}
 */
export function foldMembers(document, items, valueOf) {
  const { levers, held = [], assumptions, families = {} } = document;
  /** @type {Map<string, string[]>} */
  const cells = new Map();
  for (const { name, family } of [...levers, ...held, ...assumptions]) {
    if (family && families[family]) cells.set(family, [...(cells.get(family) ?? []), name]);
  }
  if (!cells.size) return items;
  const byName = new Map(items.map((item) => [item.name, item]));
  const done = new Set();
  return items.flatMap((item) => {
    const family = familyOf(item.name);
    const names = item.name === family ? [] : (cells.get(family) ?? []);
    if (done.has(family)) return [];
    const found = names.map((name) => byName.get(name));
    const isOne = names.length > 1 && found.every((one) => one && valueOf(one) === valueOf(item));
    if (!isOne) return [item];
    done.add(family);
    const label = t(document.words, "levers.all_members", { label: families[family].label, n: names.length });
    return [{ ...item, name: family, label, members: names }];
  });
}
