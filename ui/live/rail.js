/**
 * The controls beside the results: scenario and baseline, levers, assumptions, seed and runs.
 *
 * @typedef {import("./setting.js").View} View
 * @typedef {import("./setting.js").Value} Value
 *
 * @typedef {object} Acts what the controls ask for
 * @property {(name: string) => void} scenario
 * @property {(name: string) => void} baseline
 * @property {import("./lever_row.js").Moved} value
 * @property {(central: boolean) => void} central
 * @property {(seed: number) => void} seed
 * @property {(runs: number) => void} runs
 * @property {() => void} undo @property {() => void} redo @property {() => void} reset
 * @property {() => void} pin
 */

import { thousands } from "../../sim/browser/wording.js";
import { icon, newId, node, setItems, setShown, setText, t } from "./dom.js";
import { createLevers } from "./levers.js";
import { valueOf } from "./setting.js";

/** Runs of each scenario that are offered, beside those of the document. */
const RUNS = [200, 500, 1000, 2000, 5000];
const MAX_SEED = 10 ** 15 - 1;
/** Keys that do what a button does. @type {Record<string, string>} */
const KEYS = { undo: "Z", redo: "Shift+Z" };

/** @param {any} context @param {Acts} acts */
export function createRail({ words, document, language }, acts) {
  const w = (/** @type {string} */ key, values = {}) => t(words, `rail.${key}`, values);
  const names = document.scenarios.map((/** @type {any} */ { name, title }) => ({ name, title }));
  const scenario = select(w("scenario"), names, acts.scenario, "scenario");
  const baseline = select(w("baseline"), names, acts.baseline, "baseline");
  const button = (/** @type {string} */ name, /** @type {() => void} */ act) =>
    node("button", { class: "fl-action", type: "button", "data-act": name, title: KEYS[name], onclick: (/** @type {any} */ { currentTarget: of }) => of.ariaDisabled !== "true" && act() }, icon(name), w(name));
  // A button that is disabled loses the focus: these are only marked.
  const enable = (/** @type {any} */ of, /** @type {unknown} */ can) => of.setAttribute("aria-disabled", String(!can));
  const [undo, redo, reset] = /** @type {const} */ (["undo", "redo", "reset"]).map((name) => button(name, acts[name]));
  const pin = button("pin", acts.pin);
  const levers = createLevers({ words, language }, { openGroups: 2 });
  const hasForms = document.assumptions.some((/** @type {any} */ { forms }) => forms);
  const assumptions = createLevers({ words, language }, { filtered: true, openGroups: Number(hasForms) });
  levers.onMove(acts.value);
  assumptions.onMove(acts.value);
  const changed = node("span", { class: "fl-count" });
  const groups = { levers: groupsOf(document.levers), assumptions: groupsOf(document.assumptions, w("forms")) };
  let [opened, shown] = [false, /** @type {any} */ (null)];
  const world = node(
    "details",
    { class: "fl-world" },
    node("summary", {}, w("assumptions"), " ", changed),
    node("p", { class: "fl-note" }, w("assumptions_note")),
    assumptions.element,
  );
  world.addEventListener("toggle", () => {
    opened = world.open;
    if (opened && shown) showAssumptions(shown);
  });
  const group = newId("central");
  const central = node(
    "fieldset",
    { class: "fl-choice" },
    node("legend", {}, w("uncertain")),
    ...["vary", "held"].map((word) =>
      node(
        "label",
        {},
        node("input", {
          ...{ type: "radio", name: group, value: word, "data-central": word },
          onchange: () => acts.central(word === "held"),
        }),
        node("span", {}, w(word)),
      ),
    ),
  );
  const seed = node("input", { id: newId("seed"), type: "number", min: 0, max: MAX_SEED, step: 1, "data-seed": true });
  seed.onchange = () => {
    const value = Number(seed.value);
    if (seed.value !== "" && Number.isInteger(value) && value >= 0 && value <= MAX_SEED) acts.seed(value);
    else seed.value = String(shown?.view.seed ?? document.seed);
  };
  const usual = Math.max(1, document.futures) * document.replications;
  const runs = select(w("runs"), [...new Set([...RUNS, usual])].sort((a, b) => a - b).map(runsItem), setRuns, "runs");
  const options = node(
    "details",
    { class: "fl-options" },
    node("summary", {}, w("options")),
    node("div", { class: "fl-pair" }, node("label", { for: seed.id }, w("seed"), seed), runs.element),
    node("p", { class: "fl-note" }, w("options_note")),
  );
  const element = node(
    "div",
    { class: "fl-rail", role: "group", "aria-label": w("label") },
    node("div", { class: "fl-choosers" }, scenario.element, baseline.element),
    node("div", { class: "fl-actions" }, undo, redo, reset, pin),
    levers.element,
    document.uncertain && central,
    document.assumptions.length > 0 && world,
    options,
  );

  /** @param {string} value */
  function setRuns(value) {
    acts.runs(Number(value) === usual ? 0 : Number(value));
  }

  /** @param {{view: View, canUndo: boolean, canRedo: boolean}} state */
  function update(state) {
    shown = state;
    const { view } = state;
    scenario.show(view.scenario);
    baseline.show(view.baseline);
    enable(undo, state.canUndo);
    enable(redo, state.canRedo);
    enable(reset, Object.keys(view.values).length);
    levers.update({ groups: groups.levers, families: document.families, ...itemsOf(document.levers, view, view.baseline) });
    const hand = document.assumptions.filter((/** @type {any} */ { name }) => Object.hasOwn(view.values, name));
    const count = new Set(hand.map((/** @type {any} */ { name, family }) => family || name)).size;
    setText(changed, count ? w("changed", { count }) : "");
    setShown(changed, count);
    if (opened) showAssumptions(state);
    for (const input of central.querySelectorAll("input")) input.checked = (input.value === "held") === view.central;
    if (globalThis.document.activeElement !== seed) seed.value = String(view.seed);
    const many = view.runs || usual;
    if (![...RUNS, usual].includes(many)) runs.add(runsItem(many));
    runs.show(String(many));
  }

  /** @param {{view: View}} state */
  function showAssumptions({ view }) {
    const forms = { free: freeForms(view), hand: new Set(Object.keys(view.values)) };
    assumptions.update({ groups: groups.assumptions, families: document.families, ...forms, ...itemsOf(document.assumptions, view, "") });
  }

  /** The forms of the model that futures vary in a view. @param {View} view */
  function freeForms({ scenario, values, central }) {
    const { follows } = document.scenarios.find((/** @type {any} */ one) => one.name === scenario);
    const varies = (/** @type {any} */ { name, forms }) => forms && !Object.hasOwn(values, name) && follows.includes(name);
    return new Set(central ? [] : document.assumptions.filter(varies).map((/** @type {any} */ { name }) => name));
  }

  /**
   * Entries with their values; `base` is that of the baseline, or the model's own.
   *
   * @param {any[]} entries @param {View} view @param {string} baseline
   */
  function itemsOf(entries, view, baseline) {
    const values = (/** @type {(name: string, entry: any) => any} */ of) =>
      Object.fromEntries(entries.map((entry) => [entry.name, of(entry.name, entry)]));
    const before = values((name) => valueOf(document, view.scenario, name));
    return {
      values: { ...before, ...Object.fromEntries(Object.entries(view.values).filter(([name]) => Object.hasOwn(before, name))) },
      base: values((name, entry) => (baseline ? valueOf(document, baseline, name) : entry.default)),
      before,
    };
  }

  /** Open what holds a lever or assumption, and mark it as the one asked for; none takes the mark away. @param {string} name */
  function ask(name) {
    const isWorld = document.assumptions.some((/** @type {any} */ entry) => entry.name === name);
    if (isWorld && shown) {
      world.open = opened = true;
      showAssumptions(shown);
    }
    for (const [panel, mine] of /** @type {[any, boolean][]} */ ([[levers, !isWorld], [assumptions, isWorld]])) panel.ask(mine ? name : "");
  }

  return { element, update, ask, reveal: (/** @type {string} */ name) => (ask(name), (document.assumptions.some((/** @type {any} */ one) => one.name === name) ? assumptions : levers).reveal(name)) };
}

/**
 * Entries by group, in their order; those that are forms of the model first.
 *
 * @param {any[]} entries @param {string} [forms] the name of that group
 */
function groupsOf(entries, forms = "") {
  /** @type {Map<string, any[]>} */
  const groups = new Map();
  for (const entry of [...entries.filter((one) => one.forms), ...entries.filter((one) => !one.forms)]) {
    const name = entry.forms ? forms : entry.group;
    groups.set(name, [...(groups.get(name) ?? []), entry]);
  }
  return [...groups].map(([name, items]) => ({ name, items }));
}

/** @param {number} count */
function runsItem(count) {
  return { name: String(count), title: thousands(count) };
}

/**
 * Outcomes to choose from: the headlines first, the others by group. What is called alike is told apart by its
 * unit, or else by its group.
 *
 * @param {any} study @param {any[]} [outcomes] @returns {{name: string, title: string, group: string}[]}
 */
export function outcomeItems({ headlines, outcomes: all }, outcomes = all) {
  const leads = outcomes.filter(({ name }) => headlines.includes(name));
  const rest = outcomes.filter(({ name }) => !headlines.includes(name));
  const groups = [...new Set(rest.map(({ group }) => group ?? ""))];
  const titleOf = (/** @type {any} */ { name, label, unit, group }) => {
    const alike = outcomes.filter((one) => one.label === label && one.name !== name);
    const apart = [unit, group].find((own, i) => own && alike.every((one) => [one.unit, one.group][i] !== own));
    return alike.length ? `${label} (${apart ?? name.replaceAll("_", " ")})` : label;
  };
  const ordered = groups.flatMap((of) => rest.filter(({ group }) => (group ?? "") === of));
  return [
    ...headlines.flatMap((/** @type {string} */ name) => leads.filter((one) => one.name === name)).map((/** @type {any} */ one) => ({ name: one.name, title: titleOf(one), group: "" })),
    ...ordered.map((one) => ({ name: one.name, title: titleOf(one), group: one.group ?? "" })),
  ];
}

/**
 * A labelled list to choose from; items of a group stand together under its name.
 *
 * @param {string} label @param {{name: string, title: string, group?: string}[]} items
 * @param {(name: string) => void} choose @param {string} role
 */
export function select(label, items, choose, role) {
  const id = newId("select");
  const list = node("select", { id, "data-choose": role, onchange: () => choose(list.value) });
  const option = (/** @type {{name: string, title: string}} */ { name, title }) => node("option", { value: name }, title);
  for (const group of new Set(items.map((item) => item.group ?? ""))) {
    const own = items.filter((item) => (item.group ?? "") === group).map(option);
    list.append(...(group ? [node("optgroup", { label: group }, ...own)] : own));
  }
  return {
    element: node("label", { class: "fl-select", for: id }, node("span", {}, label), list),
    show: (/** @type {string} */ name) => {
      if (list.value !== name) list.value = name;
    },
    add: (/** @type {{name: string, title: string}} */ { name, title }) => {
      if (![...list.options].some((option) => option.value === name)) list.append(node("option", { value: name }, title));
    },
  };
}
