/**
 * What the setting changes against the baseline: headline, cards, the difference over time, the cloud of
 * futures, series, all outcomes, and how to get the numbers again.
 *
 * @typedef {import("./picture.js").Picture} Picture
 * @typedef {import("./setting.js").View} View
 *
 * @typedef {object} Shown
 * @property {Picture} picture
 * @property {View} view
 * @property {string} title of the setting @property {string} baseline title of the baseline
 * @property {boolean} moving whether a lever is still held
 */

import { thousands } from "../../sim/browser/wording.js";
import { createCards } from "./cards.js";
import { createFan } from "./chart_fan.js";
import { createPlane } from "./chart_plane.js";
import { createShares } from "./chart_shares.js";
import { node, setChildren, setShown, setText, t } from "./dom.js";
import { createHeadline, heldForms } from "./headline.js";
import { createFiles } from "./files.js";
import { createLastMove } from "./last_move.js";
import { foldSpans } from "./spans.js";
import { select } from "./rail.js";
import { createSeriesChart, drawnCells, membersData } from "./series_charts.js";
import { differences, entryOf } from "./setting.js";
import { settingText } from "./story_words.js";
import { createTable } from "./table.js";
import { setTermed } from "./terms.js";

/** Times of the difference over time while a lever moves, and at rest. */
const [FEW_TIMES, MANY_TIMES] = [46, 400];
/** Single runs drawn on request. */
const SAMPLES = 30;

/**
 * @param {any} context
 * @param {object} acts
 * @param {() => void} acts.onSeries other series are wanted
 * @param {() => void} acts.onStop stop the run
 * @param {() => Promise<import("../../sim/browser/rows.js").Row[]>} acts.allRows of all outcomes
 */
export function createExplore(context, { onSeries, onStop, allRows }) {
  const { words, document } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `explore.${key}`, values);
  const headline = createHeadline(context);
  const cards = createCards(context);
  const lastMove = createLastMove(context);
  const own = node("p", { class: "fl-note", hidden: true });
  const held = node("p", { class: "fl-alert", hidden: true }, say("central_warning"));
  const runs = node("span", {});
  const failed = node("p", { class: "fl-note", hidden: true });
  const progress = node("progress", { max: 1, value: 0, hidden: true, "aria-label": say("progress") });
  const stop = node("button", { class: "fl-action", type: "button", hidden: true, onclick: onStop }, say("stop"));
  const alert = node("p", { class: "fl-alert", role: "alert", "data-everywhere": true, hidden: true });
  const gap = document.fan ? createFan(context, { name: "gap", height: 230 }) : null;
  const plane = document.plane ? createPlane(context, { name: "plane", height: 230 }) : null;
  const shares = document.state ? createShares(context, { name: "shares", height: 150 }) : null;
  const fans = document.fans.map((/** @type {string} */ name) => fanOf(name));
  const table = createTable(context);
  const files = createFiles(context, allRows);
  const rest = document.series.filter((/** @type {any} */ one) => !document.fans.includes(one.name) && one.kind !== "option" && one.kind !== "boolean");
  /** @type {ReturnType<typeof fanOf>[]} */
  let further = [];
  /** @type {Shown | null} */
  let last = null;
  const more = node("div", { class: "fl-charts fl-charts-more" });
  const adder = select(say("add_series"), [{ name: "", title: say("choose") }, ...rest.map((/** @type {any} */ one) => ({ name: one.name, title: one.label }))], add, "series");
  const paths = node("input", { type: "checkbox", onchange: () => last && update(last) });
  const outcomes = node("details", { class: "fl-outcomes" }, node("summary", {}, say("all_outcomes")), table.element);
  outcomes.addEventListener("toggle", () => outcomes.open && onSeries());
  const differs = node("table", { class: "fl-differs" });
  const same = node("p", { class: "fl-note" });
  const element = node(
    "section",
    { class: "fl-main fl-explore", "aria-label": say("label") },
    headline.element,
    own,
    held,
    lastMove.element,
    node("p", { class: "fl-runs" }, runs, progress, stop),
    failed,
    alert,
    cards.element,
    node("div", { class: "fl-charts" }, gap?.element, plane?.element),
    node("div", { class: "fl-charts" }, ...fans.map((/** @type {any} */ { fan }) => fan.element)),
    node(
      "div",
      { class: "fl-charts-head" },
      rest.length > 0 && adder.element,
      document.fans.length > 0 && node("label", { class: "fl-check" }, paths, node("span", {}, say("paths"))),
    ),
    node("div", { class: "fl-charts" }, shares?.element),
    more,
    outcomes,
    node("section", { class: "fl-section" }, node("h2", {}, say("differs")), same, differs),
    files.element,
  );

  /** @param {string} name */
  function fanOf(name) {
    return { name, fan: createSeriesChart(context, infoOf(name)) };
  }

  /** @param {string} name of a series */
  function infoOf(name) {
    return document.series.find((/** @type {any} */ one) => one.name === name);
  }

  /** Draw another series, or take it away again. @param {string} name */
  function add(name) {
    if (!name) return;
    adder.show("");
    const known = further.some((one) => one.name === name);
    further = known ? further.filter((one) => one.name !== name) : [...further, fanOf(name)];
    if (known) adder.element.querySelector("select").focus();
    const wide = (/** @type {string} */ of) => (infoOf(of).cells ? { class: "fl-chart-wide" } : {});
    setChildren(more, ...further.map(({ fan, name: of }) => node("div", wide(of), fan.element, remover(of))));
    onSeries();
  }

  /** Draw a series that is not drawn yet. @param {string} name */
  function draw(name) {
    if (rest.some((/** @type {any} */ one) => one.name === name) && !further.some((one) => one.name === name)) add(name);
  }

  /** @param {string} name */
  function remover(name) {
    return node("button", { class: "fl-action", type: "button", onclick: () => add(name) }, say("remove"));
  }

  /** What must be recorded and worked out. @param {boolean} full @returns {import("./picture.js").Needs} */
  function needs(full) {
    return {
      outcomes: full && outcomes.open ? document.outcomes.map((/** @type {any} */ { name }) => name) : document.headlines,
      hung: full ? document.headlines : [],
      fans: [...document.fans, ...further.map(({ name }) => name)].flatMap((name) => drawnCells(infoOf(name))),
      ...{ gap: document.fan, state: document.state, plane: document.plane },
      times: full ? MANY_TIMES : FEW_TIMES,
    };
  }

  /** The series to record. */
  function series() {
    const { fans: drawn, gap: of, state } = needs(false);
    return [...new Set([...drawn, of, state])].filter(Boolean);
  }

  /** @param {Shown} shown */
  function update(shown) {
    last = shown;
    const { picture, view, title, baseline, moving } = shown;
    const { full, rows, runs: count } = picture;
    const central = view.central && document.uncertain;
    const figures = { rows, title, baseline, central, full, runs: count, held: heldForms(document, view), moving };
    headline.update(figures);
    cards.update(figures);
    setTermed(context, runs, runsText(picture, view));
    setText(failed, failedText(picture));
    setShown(failed, failed.textContent);
    const isOwn = Object.keys(view.values).length > 0;
    setText(own, isOwn ? say("own", { title: ownText(view) }) : "");
    setShown(own, isOwn);
    setShown(held, central);
    idle();
    const found = differences(document, view);
    drawCharts(shown, found);
    if (!full) return;
    lastMove.update(view, picture);
    if (outcomes.open) table.update(figures);
    showDifferences(view, found);
    files.update(shown);
  }

  /** The scenario and what is set by hand, in words. @param {View} view */
  function ownText({ scenario, values }) {
    const of = document.scenarios.find((/** @type {any} */ one) => one.name === scenario);
    const found = Object.entries(values).map(([name, setting]) => ({ ...entryOf(document, name), name, setting, baseline: setting }));
    const parts = foldSpans(context, /** @type {any} */ (found)).map((one) => `${one.label}: ${settingText(context, one, one.setting)}`);
    return [of.short, ...parts].join(" · ");
  }

  /** How many runs of each side are left out. @param {Picture} picture */
  function failedText({ pair }) {
    const [here, base] = [pair.here, pair.base].map(({ status }) => status.filter(Boolean).length);
    if (!here && !base) return "";
    return say("failed", { here: thousands(here), base: thousands(base), runs: thousands(pair.here.status.length) });
  }

  /** How many runs stand behind what is shown. @param {Picture} picture @param {View} view */
  function runsText({ runs: count, futures, replications, full }, { seed, central }) {
    const size = { runs: thousands(count), futures: thousands(futures), replications: thousands(replications), seed };
    const { listed } = document;
    const key = futures > 1 ? (listed ? "runs_plausible" : "runs_futures") : "runs";
    const [kept, drawn] = (listed?.counts ?? []).map((/** @type {number} */ count) => thousands(count));
    const origin = listed && (kept ? say("kept_of", { kept, drawn }) : say("listed_in", { file: listed.path }));
    const parts = [full ? "" : say("preliminary"), say(key, { ...size, origin: origin ?? "" })];
    if (central && document.uncertain) parts.push(say("held"));
    return [...parts, say("seed", size), words["page.toy"]].filter(Boolean).join(" · ");
  }

  /** @param {Shown} shown @param {ReturnType<typeof differences>} found */
  function drawCharts({ picture, view, title, baseline, moving }, found) {
    const { bands, gap: difference, shares: parts, plane: cloud, full, pair } = picture;
    const { clock } = clockOf(view);
    const note = fanNote(picture, view);
    const hairlines = momentsOf(found, clock);
    const still = moving || !full;
    if (gap) {
      setShown(gap.element, difference);
      if (difference) {
        const { label, unit, goal } = infoOf(difference.name);
        gap.update({
          ...{ label, title: say("gap_title", { label }), unit, goal, clock, times: difference.times, sign: true },
          ...{ scenario: title, bands: difference.levels, baseline: { label: baseline }, hairlines, moving: still },
          note: picture.futures > 1 ? say("gap_note", { futures: thousands(picture.futures) }) : say("gap_note_one"),
        });
      }
    }
    if (plane) {
      setShown(plane.element, cloud);
      if (cloud) plane.update({ ...planeData(cloud, title, baseline), moving: still });
    }
    for (const { name, fan } of [...fans, ...further]) {
      if (infoOf(name).cells) {
        const found = membersData(words, infoOf(name), picture, note);
        setShown(fan.element, found);
        if (found) fan.update({ ...found, times: timesUpTo(found.points), clock, scenario: title, baseline, moving: still });
        continue;
      }
      const drawn = bands[name];
      setShown(fan.element, drawn?.here);
      if (!drawn?.here) continue;
      const { label, unit, goal, low, high } = infoOf(name);
      const points = drawn.here.length / 5;
      fan.update({
        ...{ label, unit, goal, low, high, clock, times: timesUpTo(points), scenario: title, bands: drawn.here },
        baseline: drawn.base && { label: baseline, values: drawn.base.subarray(2 * points, 3 * points) },
        ...{ hairlines, samples: paths.checked ? samplesOf(pair.here, name, points) : [], moving: still, note },
      });
    }
    if (shares) {
      setShown(shares.element, parts?.here);
      if (parts?.here) {
        const { label, options } = infoOf(parts.name);
        const times = timesUpTo(parts.here.length / options.length);
        shares.update({
          ...{ label, options: options.map(plainWord), clock, times, here: parts.here, base: parts.base },
          ...{ scenario: title, baseline },
          note: say("shares_note", { runs: thousands(picture.runs) }),
        });
      }
    }
  }

  /** @param {any} cloud @param {string} title @param {string} baseline */
  function planeData({ dots, x, y, corners }, title, baseline) {
    const [across, upwards] = document.plane.map((/** @type {string} */ name) =>
      document.outcomes.find((/** @type {any} */ one) => one.name === name),
    );
    const axes = { x: { ...across, bar: x }, y: { ...upwards, bar: y } };
    return { ...axes, dots, corners, scenario: title, baseline, note: say("plane_note") };
  }

  /** @param {Picture} picture @param {View} view */
  function fanNote({ runs: count, futures }, { central }) {
    const key = futures > 1 ? "fan_note" : central && document.uncertain ? "fan_note_held" : "fan_note_chance";
    return say(key, { runs: thousands(count) });
  }

  /** @param {View} view */
  function clockOf(view) {
    const { module } = document.scenarios.find((/** @type {any} */ one) => one.name === view.scenario);
    return document.layouts[module];
  }

  /**
   * The levers that are moments and differ from the baseline: two at most.
   *
   * @param {ReturnType<typeof differences>} found @param {any} clock
   */
  function momentsOf(found, clock) {
    return found
      .filter(({ name }) => document.moments.includes(name))
      .map(({ label, setting }) => ({ label, time: Number(setting) }))
      .filter(({ time }) => time > 0 && time < clock.horizon)
      .slice(0, 2);
  }

  /** @param {View} view @param {ReturnType<typeof differences>} found */
  function showDifferences(view, found) {
    const { changes } = document.scenarios.find((/** @type {any} */ one) => one.name === view.scenario);
    setText(same, found.length || changes.length ? "" : say(document.levers.length ? "nothing_differs" : "nothing_alone"));
    setShown(same, same.textContent);
    const head = ["what", "in_baseline", "in_setting"].map((key) => node("th", { scope: "col" }, say(key)));
    const rows = foldSpans(context, found).map(({ label, unit, baseline, setting, badge }) => {
      const cells = [baseline, setting].map((value) => node("td", {}, settingText(context, { unit }, value)));
      return node("tr", {}, node("th", { scope: "row" }, label, badge && ` (${badge})`), ...cells);
    });
    const structure = changes.map((/** @type {string} */ text) => node("tr", {}, node("th", { scope: "row" }, text), node("td", {}, ""), node("td", {}, say("changed"))));
    const lines = [...rows, ...structure];
    setChildren(differs, lines.length > 0 && node("thead", {}, node("tr", {}, ...head)), node("tbody", {}, ...lines));
  }

  /** Say that a run is under way, and offer to stop it. @param {number} share */
  function running(share) {
    setShown(progress, true);
    setShown(stop, true);
    progress.value = share;
  }

  /** Nothing runs: what had the focus and goes hands it on. */
  function idle() {
    if (stop.matches(":focus")) headline.focus();
    setShown(progress, false);
    setShown(stop, false);
  }

  /** Say what went wrong. @param {string} text */
  function warn(text) {
    setText(alert, text);
    setShown(alert, text);
  }

  return { element, update, draw, needs, series, running, idle, warn, focus: headline.focus };
}

/** @type {Map<number, number[]>} */
const timeLists = new Map();

/** Whole times from 0, the same list each time. @param {number} count */
function timesUpTo(count) {
  if (!timeLists.has(count)) timeLists.set(count, Array.from({ length: count }, (_, i) => i));
  return /** @type {number[]} */ (timeLists.get(count));
}

/** The first runs of different futures. @param {import("./runner.js").Side} side @param {string} name @param {number} points */
function samplesOf({ series, names, rows, width, status }, name, points) {
  const runs = rows * width;
  const start = names.indexOf(name) * points * runs;
  const step = rows > 1 ? width : 1;
  const chosen = Array.from({ length: rows > 1 ? rows : runs }, (_, i) => i * step).filter((run) => !status[run]);
  return chosen.slice(0, SAMPLES).map((run) => Float64Array.from({ length: points }, (_, i) => series[start + i * runs + run]));
}

/** @param {string} word of an option */
function plainWord(word) {
  return word.replaceAll("_", " ");
}
