/**
 * All scenarios against the baseline: a verdict for each headline outcome, the levers that differ, and on
 * demand every number of `fulcrum compare --format json`.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("./headline.js").Context} Context
 *
 * @typedef {object} Compared
 * @property {Row[]} rows of all outcomes and finished scenarios, the baseline among them (`holmOf`)
 * @property {string} base name of the baseline
 * @property {number} done scenarios finished @property {number} of all
 * @property {boolean} [central] whether assumptions are held
 * @property {string} [current] name of the scenario that the page explores
 */

import { sentence } from "../../sim/browser/answers.js";
import { valueText } from "../../sim/browser/format.js";
import { marked } from "../../sim/browser/phrases.js";
import { plural } from "../../sim/browser/wording.js";
import { node, setAttributes, setItems, setShown, setText, t } from "./dom.js";
import { createVerdict, setTold } from "./marks.js";
import { createRecords } from "./records.js";
import { valueOf } from "./setting.js";
import { tableOf } from "./table.js";
import { cellLines, cellTold, hangingTexts, standing } from "./texts.js";

/** Levers told one by one below the title of a scenario. */
const MOST_LEVERS = 5;

/**
 * @param {Context} context
 * @param {{onChoose: (scenario: string) => void}} events a scenario is to be explored
 */
export function createCompare({ words, document: study }, { onChoose }) {
  const outcomes = study.headlines.map((/** @type {string} */ name) =>
    study.outcomes.find((/** @type {any} */ one) => one.name === name),
  );
  /** Places for a chart of each headline outcome. @type {Map<string, any>} */
  const slots = new Map(
    study.headlines.map((/** @type {string} */ name) => [name, node("div", { class: "fl-slot" })]),
  );
  const lead = node("p", { class: "fl-compare-lead" });
  const hangs = node("p", { class: "fl-note" });
  const bar = node("progress", { max: 1, "aria-label": t(words, "compare.progress_label") });
  const told = node("span");
  const progress = node("p", { class: "fl-compare-progress", role: "status" }, bar, told);
  const corner = node("th", { scope: "col", class: "fl-stick" }, t(words, "compare.scenario"));
  const heads = outcomes.map((/** @type {any} */ one) => node("th", { scope: "col" }, ...headOf(words, one)));
  const body = node("tbody");
  const table = tableOf("fl-table fl-overview", [corner, ...heads], body);
  const title = t(words, "compare.title");
  const records = node("div", { class: "fl-records" });
  const element = node(
    "section",
    { class: "fl-compare" },
    node("h2", {}, title),
    progress,
    lead,
    node("div", { class: "fl-scroll", tabindex: 0, role: "region", "aria-label": title }, table),
    node("p", { class: "fl-note" }, t(words, study.uncertain ? "compare.note" : "compare.note_chance")),
    hangs,
    node("div", { class: "fl-slots" }, ...slots.values()),
    node("h3", {}, t(words, "compare.records")),
    node("p", { class: "fl-note" }, t(words, "compare.records_note")),
    records,
  );

  /** @param {Compared} compared */
  function update({ rows, base, done, of, central = false, current = "" }) {
    const running = done < of;
    setShown(progress, running);
    setAttributes(bar, { value: of ? done / of : 0 });
    setText(told, running ? ` ${t(words, "compare.progress", { done, of })}` : "");
    const by = new Map(rows.map((row) => [`${row.scenario} ${row.outcome}`, row]));
    const order = standing(rows, study.headlines[0]);
    const lines = order.map((name) => ({ name, isBase: name === base, isCurrent: name === current }));
    setItems(body, lines, ({ name }) => name, makeScenario, (line, item) => {
      const shown = study.headlines.map((/** @type {string} */ outcome) => by.get(`${item.name} ${outcome}`));
      line.flUpdate(item, shown, base);
    });
    const first = rows.filter((row) => row.outcome === study.headlines[0]);
    const baseRow = first.find((row) => row.verdict === "baseline");
    const others = first.filter((row) => row !== baseRow);
    setText(lead, baseRow && others.length ? sentence(baseRow, others, central) : "");
    const hanging = hangingTexts(rows, study.headlines, true);
    setText(hangs, hanging.length ? t(words, "headline.hangs", { lines: hanging.join(" ") }) : "");
    const make = () => createRecords(words, study);
    setItems(records, order, (name) => name, make, (one, name) => {
      const held = rows.filter((row) => row.scenario === name);
      one.flUpdate(held, { built: !running });
    });
    setAttributes(element, { "data-preliminary": running });
  }

  /** @param {{name: string}} line */
  function makeScenario({ name }) {
    const scene = study.scenarios.find((/** @type {any} */ one) => one.name === name);
    const label = node("span", { class: "fl-scenario-title" }, scene?.short || scene?.title || name);
    const role = node("span", { class: "fl-scenario-role" });
    const levers = node("span", { class: "fl-scenario-levers" });
    const explore = node(
      "button",
      { type: "button", class: "fl-link", onclick: () => onChoose(name) },
      t(words, "compare.explore"),
      node("span", { class: "fl-hidden" }, ` ${scene?.short || name}`),
    );
    const cells = outcomes.map(createCell);
    const head = node("th", { scope: "row", class: "fl-stick" }, label, role, levers, explore);
    const line = node("tr", {}, head, ...cells.map((/** @type {any} */ cell) => cell.element));
    line.flUpdate = (
      /** @type {{isBase: boolean, isCurrent: boolean}} */ { isBase, isCurrent },
      /** @type {(Row | undefined)[]} */ shown,
      /** @type {string} */ base,
    ) => {
      const key = isBase ? "compare.baseline" : isCurrent ? "compare.current" : "";
      setText(role, key && t(words, key));
      setText(levers, isBase ? "" : differing(words, study, scene, base));
      setAttributes(line, { "data-base": isBase, "data-current": isCurrent, "data-scenario": name });
      cells.forEach((/** @type {any} */ cell, /** @type {number} */ i) => cell.update(shown[i]));
    };
    return line;
  }
  return { element, slots, update };
}

/** @param {any} outcome */
function createCell(outcome) {
  const verdict = createVerdict();
  const level = node("span", { class: "fl-cell-level" });
  const range = node("span", { class: "fl-cell-range" });
  const element = node("td", { "data-label": outcome.label }, verdict.element, level, range);

  /** @param {Row | undefined} row */
  function update(row) {
    setShown(element, row);
    if (!row) return;
    const isBase = row.verdict === "baseline";
    setShown(verdict.element, !isBase);
    if (!isBase) verdict.update(row, cellLines(row)[0]);
    setTold(level, isBase ? cellTold(row)[0] : [], row);
    setTold(range, cellTold(row)[1] ?? [], row);
  }
  return { element, update };
}

/** The heading of an outcome. @param {Record<string, string>} words @param {any} outcome */
function headOf(words, { label, unit, share, goal }) {
  const parts = [share ? t(words, "compare.points") : plural(unit), goal && t(words, `cards.${goal}`)];
  return [label, node("span", { class: "fl-head-unit" }, parts.filter(Boolean).join(", "))];
}

/**
 * In which levers a scenario differs from the baseline.
 *
 * @param {Record<string, string>} words @param {any} study @param {any} scene @param {string} base
 */
function differing(words, study, scene, base) {
  if (!scene) return "";
  const found = [...study.levers, ...(study.held ?? [])].flatMap((lever) => {
    const [mine, theirs] = [scene.name, base].map((name) => valueOf(study, name, lever.name));
    if (mine === undefined || mine === theirs) return [];
    if (typeof mine !== "number") return [`${lever.label}: ${leverWord(words, mine)}`];
    const text = marked(valueText(mine).replace("-", "−"));
    return [`${lever.label} ${text} ${plural(lever.unit, mine)}`.trim()];
  });
  const parts = [...found, ...(scene.changes ?? [])];
  if (!parts.length) return t(words, "compare.no_levers");
  const rest = parts.length - MOST_LEVERS;
  if (rest <= 1) return parts.join(" · ");
  return [...parts.slice(0, MOST_LEVERS), t(words, "compare.more", { count: rest })].join(" · ");
}

/** @param {Record<string, string>} words @param {boolean | string} value */
function leverWord(words, value) {
  if (typeof value === "boolean") return t(words, value ? "compare.yes" : "compare.no");
  return value.replaceAll("_", " ");
}
