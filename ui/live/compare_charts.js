/**
 * The pictures of a comparison: for each outcome the differences of all scenarios, the outcome asked for first and
 * largest; and their difference over time.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("./compare_looks.js").Look} Look
 * @typedef {object} Shown
 * @property {string[]} columns names of outcomes, the one asked for first
 * @property {string[]} order scenarios in their order, without the baseline
 * @property {Map<string, Row>} by rows by `scenario outcome`
 * @property {(name: string) => Look} look `tone` 0 where it is not coloured
 * @property {string} baseline its title
 * @property {string} current
 * @property {import("./scenarios.js").AllFound["gaps"]} gaps
 * @property {import("./setting.js").View} view
 * @property {boolean} moving whether not all is run
 */

import { middleDifference } from "../../sim/browser/rows.js";
import { createBars } from "./chart_bars.js";
import { createCourses } from "./chart_courses.js";
import { node, setAttributes, setItems, setShown, t } from "./dom.js";
import { select } from "./rail.js";
import { titleIn } from "./texts.js";

/**
 * @param {import("./headline.js").Context} context
 * @param {{onPoint: (scenario: string) => void, onSeries: (name: string) => void}} events
 */
export function createCompareCharts(context, { onPoint, onSeries }) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `compare.${key}`, values);
  /** @type {Map<string, ReturnType<typeof createBars>>} */
  const panels = new Map();
  const element = node("div", { class: "fl-panels-list" });
  const courses = createCourses(context, { name: "courses", onPoint });
  const known = (study.series ?? []).filter((/** @type {any} */ one) => !one.cells && one.kind !== "option" && one.kind !== "boolean");
  const items = known.map((/** @type {any} */ one) => ({ name: one.name, title: one.label }));
  const chooser = select(say("series"), items, onSeries, "compare-series");
  const over = node("section", { class: "fl-section fl-courses", hidden: true }, node("h2", {}, say("over_time")), chooser.element, courses.element);

  /** The series that an outcome is of, or the first that is drawn. @param {string} outcome */
  function usualSeries(outcome) {
    const { series = "" } = study.outcomes.find((/** @type {any} */ one) => one.name === outcome) ?? {};
    return infoOf(series) ? series : infoOf(study.fan) ? study.fan : (known[0]?.name ?? "");
  }

  /** @param {string} name */
  function infoOf(name) {
    return known.find((/** @type {any} */ one) => one.name === name);
  }

  /** @param {string} name of an outcome */
  function makePanel(name) {
    const bars = createBars(context, { name: `bars-${name}`, small: true, onPoint });
    panels.set(name, bars);
    return setAttributes(bars.element, { "data-outcome": name });
  }

  /** @param {Shown} shown @param {string} series chosen by hand, else nothing */
  function update(shown, series) {
    const { columns, order, by, baseline } = shown;
    setItems(element, columns, (name) => name, makePanel, (panel, name, place) => {
      const outcome = study.outcomes.find((/** @type {any} */ one) => one.name === name);
      const rows = order.map((scenario) => by.get(`${scenario} ${name}`));
      const { label, unit, goal, share } = outcome;
      const matters = rows.find((row) => row?.matters)?.matters ?? null;
      setAttributes(panel, { "data-lead": place === 0 });
      const told = rows.flatMap((row) => barOf(row, shown));
      panels.get(name)?.update({ label, unit, goal, share, matters, baseline, lead: place === 0, moving: shown.moving, rows: told });
    });
    drawCourses(shown, series || usualSeries(columns[0]));
  }

  /** @param {Row | undefined} row @param {Shown} shown */
  function barOf(row, { look, current }) {
    const { gap, difference } = row ?? {};
    const middle = row ? middleDifference(row) : NaN;
    if (!row || !difference || !Number.isFinite(middle)) return [];
    const [low, high] = [(gap ?? difference).low, (gap ?? difference).high];
    const ends = { low: Number.isNaN(low) ? middle : low, middle, high: Number.isNaN(high) ? middle : high };
    const { scenario } = row;
    return [{ scenario, label: titleIn(study, row), chosen: scenario === current, ...ends, ...look(scenario) }];
  }

  /** @param {Shown} shown @param {string} series */
  function drawCourses({ gaps, order, by, look, baseline, columns, view }, series) {
    const found = gaps?.[series] ?? {};
    const lines = order.flatMap((scenario) => {
      const { times, levels } = found[scenario] ?? {};
      if (!times || !levels?.length) return [];
      const n = times.length;
      const row = by.get(`${scenario} ${columns[0]}`);
      return [{ scenario, label: titleIn(study, row), values: levels.subarray(2 * n, 3 * n), times, ...look(scenario) }];
    });
    const info = infoOf(series);
    setShown(over, info);
    if (!info) return;
    chooser.show(series);
    setShown(courses.element, lines.length);
    if (!lines.length) return;
    const { module } = study.scenarios.find((/** @type {any} */ one) => one.name === view.scenario);
    const { label, unit, goal } = info;
    courses.update({
      ...{ title: say("courses_title", { label, baseline }), unit, goal, baseline, courses: lines },
      ...{ clock: study.layouts[module].clock, times: lines[0].times },
      note: say("courses_note", { baseline }),
    });
  }

  /** @param {string} scenario */
  function point(scenario) {
    for (const bars of panels.values()) bars.point(scenario);
    courses.point(scenario);
  }
  return { panels: element, over, update, point, usualSeries };
}
