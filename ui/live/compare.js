/**
 * All scenarios against the baseline: a verdict for each headline outcome, the levers that differ, and on
 * demand every number of `fulcrum compare --format json`.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("./headline.js").Context} Context
 *
 * @typedef {object} Compared
 * @property {Row[]} rows of all outcomes and finished scenarios, p values adjusted for all of them
 * @property {Row[]} base those of the baseline
 * @property {number} done scenarios finished @property {number} of all
 * @property {import("./setting.js").View} view
 */

import { sentence } from "../../sim/browser/answers.js";
import { valueText } from "../../sim/browser/format.js";
import { marked } from "../../sim/browser/phrases.js";
import { plural } from "../../sim/browser/wording.js";
import { createBars } from "./chart_bars.js";
import { node, setAttributes, setItems, setShown, setText, t } from "./dom.js";
import { createForms, createHangs, heldForms } from "./headline.js";
import { createVerdict, setTold } from "./marks.js";
import { createRecords } from "./records.js";
import { valueOf } from "./setting.js";
import { foldSpans } from "./spans.js";
import { tableOf } from "./table.js";
import { cellLines, cellTold, standing, titleIn, cardUnit, unitBehind, valuePiece } from "./texts.js";

/** Levers told one by one below the title of a scenario. */
const MOST_LEVERS = 5;

/**
 * @param {Context} context
 * @param {{onChoose: (scenario: string) => void}} events a scenario is to be explored
 */
export function createCompare(context, { onChoose }) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `compare.${key}`, values);
  /** @type {string[]} */
  const names = study.headlines;
  const outcomes = names.map((name) => study.outcomes.find((/** @type {any} */ one) => one.name === name));
  const charts = names.map((name) => createBars(context, { name: `bars-${name}` }));
  const lead = node("p", { class: "fl-compare-lead" });
  const hangs = createHangs(words, true);
  const forms = createForms();
  const bar = node("progress", { max: 1, "aria-label": say("progress_label") });
  const done = node("span");
  const progress = node("p", { class: "fl-runs" }, bar, done);
  const old = node("p", { class: "fl-printed fl-note", hidden: true }, say("old"));
  const corner = node("th", { scope: "col", class: "fl-stick" }, say("scenario"));
  const heads = outcomes.map((one) => node("th", { scope: "col" }, ...headOf(words, one)));
  const body = node("tbody");
  const records = node("div", { class: "fl-records" });
  const table = tableOf("fl-table fl-overview", [corner, ...heads], body);
  const element = node(
    "section",
    { class: "fl-main fl-compare" },
    node("h2", { class: "fl-part", tabindex: -1 }, t(words, "tabs.compare")),
    old,
    progress,
    forms.element,
    lead,
    node("div", { class: "fl-scroll", tabindex: 0, role: "region", "aria-label": say("title") }, table),
    node("p", { class: "fl-note" }, say(study.uncertain ? "note" : "note_chance")),
    hangs.element,
    node("div", { class: "fl-charts" }, ...charts.map((chart) => chart.element)),
    node("section", { class: "fl-section" }, node("h2", {}, say("records")), records),
  );
  records.before(node("p", { class: "fl-note" }, say("records_note")));

  /** @param {Compared} compared */
  function update(compared) {
    const { rows: others, base, view } = compared;
    const moving = compared.done < compared.of;
    setShown(progress, moving);
    setAttributes(bar, { value: compared.of ? compared.done / compared.of : 0 });
    setText(done, moving ? say("progress", { done: compared.done, of: compared.of }) : "");
    const rows = [...base, ...others];
    const by = new Map(rows.map((row) => [`${row.scenario} ${row.outcome}`, row]));
    const order = standing(rows, names[0]);
    const own = `${view.scenario}*`; // values set by hand
    const current = order.includes(own) ? own : view.scenario;
    const against = base[0]?.scenario ?? study.baseline;
    setItems(body, order, (name) => name, makeScenario, (line, name) => {
      const shown = names.map((outcome) => by.get(`${name} ${outcome}`));
      line.flUpdate(shown, { against, isCurrent: name === current });
    });
    const leading = others.filter((row) => row.outcome === names[0]);
    const baseRow = base.find((row) => row.outcome === names[0]);
    setText(lead, baseRow && leading.length ? sentence(baseRow, leading, view.central) : "");
    hangs.update(moving ? null : others, names);
    forms.update(moving ? [] : others, names, heldForms(study, view));
    const make = () => createRecords(words, study);
    setItems(records, order, (name) => name, make, (record, name) => {
      record.flUpdate(rows.filter((row) => row.scenario === name), { built: !moving });
    });
    charts.forEach((chart, i) => {
      const shown = order.map((name) => by.get(`${name} ${names[i]}`));
      const baseline = titleIn(study, base[0]);
      chart.update({ ...barsOf(study, outcomes[i], shown, current), baseline, moving });
    });
    setAttributes(element, { "data-preliminary": moving });
  }

  /** The line of a scenario. @param {string} name */
  function makeScenario(name) {
    const scene = study.scenarios.find((/** @type {any} */ one) => one.name === name);
    const label = node("span", { class: "fl-scenario-title" });
    const role = node("span", { class: "fl-scenario-role" });
    const levers = node("span", { class: "fl-scenario-levers" });
    const hidden = node("span", { class: "fl-hidden" });
    const onclick = () => onChoose(name);
    const explore = node("button", { type: "button", class: "fl-link", onclick }, say("explore"), hidden);
    const cells = outcomes.map(createCell);
    const head = node("th", { scope: "row", class: "fl-stick" }, label, role, levers, explore);
    const line = node("tr", {}, head, ...cells.map((cell) => cell.element));
    /** @param {(Row | undefined)[]} shown @param {{against: string, isCurrent: boolean}} how */
    line.flUpdate = (shown, { against, isCurrent }) => {
      const isBase = name === against;
      const key = isBase ? "baseline" : isCurrent ? "current" : "";
      setText(label, titleIn(study, shown.find(Boolean)));
      setText(role, key && say(key));
      setText(levers, isBase || !scene ? "" : differing(words, study, scene, against));
      setText(hidden, `: ${label.textContent}`);
      setShown(explore, scene && !isCurrent);
      setAttributes(line, { "data-base": isBase, "data-current": isCurrent, "data-scenario": name });
      cells.forEach((cell, i) => cell.update(shown[i]));
    };
    return line;
  }

  /** Say on paper whether the setting changed since. @param {boolean} isOld */
  const age = (isOld) => void setShown(old, isOld);
  return { element, update, age };
}

/**
 * What a chart of one outcome shows.
 *
 * @param {any} study @param {any} outcome @param {(Row | undefined)[]} rows
 * @param {string} current name of the scenario that the page explores
 */
function barsOf(study, { label, unit, goal, share }, rows, current) {
  const shown = rows.flatMap((row) => {
    const { gap, difference } = row ?? {};
    const middle = gap ? gap.middle : (difference?.mean ?? NaN);
    if (!row || !difference || !Number.isFinite(middle)) return [];
    const [low, high] = [(gap ?? difference).low, (gap ?? difference).high];
    const ends = { low: Number.isNaN(low) ? middle : low, middle, high: Number.isNaN(high) ? middle : high };
    const { scenario } = row;
    return [{ scenario, label: titleIn(study, row), chosen: scenario === current, ...ends }];
  });
  const matters = rows.find((row) => row?.matters)?.matters ?? null;
  return { label, unit, goal, share, matters, rows: shown };
}

/** The cell of an outcome: verdict and range. @param {any} outcome */
export function createCell(outcome) {
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
    setTold(level, isBase ? [valuePiece(row), ` ${unitBehind(valuePiece(row).text, cardUnit(row))}`] : [], row);
    setTold(range, cellTold(row)[1] ?? [], row);
  }
  return { element, update };
}

/** The heading of an outcome. @param {Record<string, string>} words @param {any} outcome */
export function headOf(words, { label, unit, share, goal }) {
  const parts = [share ? t(words, "compare.points") : plural(unit), goal && t(words, `cards.${goal}`)];
  return [label, node("span", { class: "fl-head-unit" }, parts.filter(Boolean).join(", "))];
}

/**
 * In which levers a scenario differs from the baseline.
 *
 * @param {Record<string, string>} words @param {any} study @param {any} scene @param {string} base
 */
function differing(words, study, scene, base) {
  const apart = [...study.levers, ...(study.held ?? [])].flatMap((lever) => {
    const [mine, theirs] = [scene.name, base].map((name) => valueOf(study, name, lever.name));
    return mine === undefined || mine === theirs ? [] : [{ ...lever, setting: mine, baseline: theirs }];
  });
  const found = foldSpans({ words, document: study, language: "" }, apart).flatMap((lever) => {
    const { setting: mine } = lever;
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
