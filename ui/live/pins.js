/**
 * Settings that a reader pinned, to be compared with the scenarios: their levers, whatever else was set.
 *
 * @typedef {import("./setting.js").View} View
 * @typedef {{name: string, view: View, title: string, setting: import("./setting.js").Setting}} Pin `name` is
 * `pin 1` to `pin 6`, the same as long as it is pinned
 */

import { isAssumption, titleOf } from "./setting.js";

export const MOST_PINS = 6;

/**
 * @param {any} document
 * @param {View[]} given those that are pinned at the start
 */
export function createPins(document, given) {
  /** @type {Pin[]} */
  let pins = [];
  const known = new Set(document.scenarios.map((/** @type {any} */ { name }) => name));
  for (const view of given) if (known.has(view.scenario)) add(view);

  /**
   * Pin a setting.
   *
   * @param {View} view @returns {string} why that cannot be, as the end of a key of words; else nothing
   */
  function add(view) {
    const setting = leversOf(document, view);
    if (!Object.keys(setting.values).length) return "is_scenario";
    if (pinOf(pins, setting)) return "is_pinned";
    if (pins.length >= MOST_PINS) return "most";
    const free = Array.from({ length: MOST_PINS }, (_, i) => `pin ${i + 1}`);
    const name = /** @type {string} */ (free.find((one) => pins.every((pin) => pin.name !== one)));
    pins = [...pins, { name, view, title: titleOf(document, setting), setting }];
    return "";
  }

  /** @param {string} name */
  function remove(name) {
    pins = pins.filter((pin) => pin.name !== name);
  }

  return { add, remove, all: () => pins, views: () => pins.map(({ view }) => view) };
}

/** A view as its scenario and the levers that were moved. @param {any} document @param {View} view */
export function leversOf(document, { scenario, values }) {
  const moved = Object.entries(values).filter(([name]) => !isAssumption(document, name));
  return { scenario, values: Object.fromEntries(moved) };
}

/** The pin of a setting. @param {Pin[]} pins @param {import("./setting.js").Setting} setting */
export function pinOf(pins, setting) {
  const key = keyOf(setting);
  return pins.find((pin) => keyOf(pin.setting) === key);
}

/** @param {import("./setting.js").Setting} setting */
function keyOf({ scenario, values }) {
  return JSON.stringify([scenario, Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
