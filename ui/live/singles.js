/**
 * Which lever matters most: each alone, moved from where it stands to the ends of its range or to another
 * option, against the setting itself.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("./headline.js").Context} Context
 * @typedef {import("./setting.js").View} View
 * @typedef {import("./setting.js").Value} Value
 * @typedef {{lever: any, value: Value, before: Value, rows: Row[]}} Move
 */

import { verdictPhrase } from "../../sim/browser/answers.js";
import { createCell, headOf } from "./compare.js";
import { node, setItems, setShown, setText, t } from "./dom.js";
import { foldMembers } from "./members.js";
import { select } from "./rail.js";
import { compareEach } from "./scenarios.js";
import { settingsOf, shortTitleOf, valueOf } from "./setting.js";
import { settingText } from "./story_words.js";
import { tableOf } from "./table.js";

/**
 * @param {Context} context
 * @param {{onSet: (name: string, value: any) => void}} acts a move is to be tried; of all members together
 * the value of each
 */
export function createSingles(context, { onSet }) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `singles.${key}`, values);
  const outcomes = study.headlines.map((/** @type {string} */ name) =>
    study.outcomes.find((/** @type {any} */ one) => one.name === name),
  );
  let by = study.headlines[0];
  /** @type {{moves: Move[], done: number, of: number, title: string}} */
  let last = { moves: [], done: 0, of: 0, title: "" };
  const lead = node("p", { class: "fl-note" });
  const most = node("p", { class: "fl-compare-lead" });
  const idle = node("p", { class: "fl-note" });
  const bar = node("progress", { max: 1 });
  const done = node("span");
  const progress = node("p", { class: "fl-runs", role: "status" }, bar, done);
  const order = select(say("by"), outcomes.map((/** @type {any} */ { name, label }) => ({ name, title: label })), choose, "order");
  const body = node("tbody");
  const heads = outcomes.map((/** @type {any} */ one) => node("th", { scope: "col" }, ...headOf(words, one)));
  const corner = node("th", { scope: "col", class: "fl-stick" }, say("lever"));
  const table = tableOf("fl-table fl-overview", [corner, ...heads], body);
  const element = node(
    "section",
    { class: "fl-main fl-singles" },
    ...[node("h2", {}, say("title")), lead, progress, most, order.element],
    node("div", { class: "fl-scroll", tabindex: 0, role: "region", "aria-label": say("title") }, table),
    idle,
  );

  /** @param {string} name */
  function choose(name) {
    by = name;
    update(last);
  }

  /** @param {typeof last} found */
  function update(found) {
    last = found;
    const { moves, title } = found;
    order.show(by);
    setText(lead, say("lead", { title }));
    setShown(progress, found.done < found.of);
    bar.value = found.of ? found.done / found.of : 0;
    setText(done, say("progress", found));
    const acting = moves.filter(({ rows }) => rows.some(({ events }) => events > 0));
    const ranked = acting.sort((a, b) => weightOf(b, by) - weightOf(a, by));
    setItems(body, ranked, ({ lever, value }) => `${lever.name}=${value}`, lineOf, (line, move) => line.flUpdate(move));
    const still = new Set(moves.map(({ lever }) => lever.label));
    for (const { lever } of acting) still.delete(lever.label);
    setText(idle, still.size ? say("idle", { levers: [...still].join(", ") }) : "");
    setText(most, moves.length && found.done === found.of ? mostText(ranked[0]) : "");
  }

  /** @param {Move | undefined} move the one that moves the outcome most */
  function mostText(move) {
    const { label: outcome } = outcomes.find((/** @type {any} */ one) => one.name === by);
    if (!move || !weightOf(move, by)) return say("none", { outcome });
    const verdict = verdictPhrase(/** @type {Row} */ (rowOf(move, by)));
    const { lever, value } = move;
    return say("most", { outcome, label: lever.label, value: settingText(context, lever, value), verdict });
  }

  /** @param {Move} move */
  function lineOf({ lever, value, before }) {
    const told = say("to", { value: settingText(context, lever, value), before: settingText(context, lever, before) });
    const onclick = () => onSet(lever.name, lever.members ? changesOf({ lever, value }) : value);
    const hidden = node("span", { class: "fl-hidden" }, `: ${lever.label} ${told}`);
    const head = node(
      "th",
      { scope: "row", class: "fl-stick" },
      node("span", { class: "fl-scenario-title" }, lever.label),
      node("span", { class: "fl-scenario-levers" }, told),
      node("button", { type: "button", class: "fl-link", onclick }, say("set"), hidden),
    );
    const cells = outcomes.map(createCell);
    const line = node("tr", {}, head, ...cells.map((/** @type {any} */ cell) => cell.element));
    line.flUpdate = (/** @type {Move} */ move) =>
      cells.forEach((/** @type {any} */ cell, /** @type {number} */ i) => cell.update(rowOf(move, outcomes[i].name)));
    return line;
  }

  return { element, update };
}

/** @param {Move} move @param {string} outcome */
function rowOf({ rows }, outcome) {
  return rows.find((row) => row.outcome === outcome);
}

/** How far a move moves an outcome, in differences that matter. @param {Move} move @param {string} outcome */
function weightOf(move, outcome) {
  const row = rowOf(move, outcome);
  const middle = row?.gap ? row.gap.middle : (row?.difference?.mean ?? 0);
  return row?.matters ? Math.abs(middle) / row.matters || 0 : 0;
}

/**
 * Run every move of every lever, each alone.
 *
 * @param {import("./study.js").Study} study
 * @param {ReturnType<typeof import("./runner.js").createRunner>} runner
 * @param {View} view
 * @param {(found: {moves: Move[], done: number, of: number, title: string}) => void} onMoves
 * @param {() => boolean} wanted whether to go on
 * @returns {Promise<boolean>} whether all were run
 */
export async function moveSingles(study, runner, view, onMoves, wanted) {
  const { document } = study;
  const design = study.designOf(view);
  const { policy } = settingsOf(document, view);
  const title = shortTitleOf(document, policy);
  /** @type {(Omit<Move, "rows"> & {policy: import("./study.js").Policy, title: string})[]} */
  const cases = movesOf(document, view).map((/** @type {any} */ move) => {
    const values = { ...policy.values, ...changesOf(move) };
    return { ...move, policy: { ...policy, values }, title: move.lever.label };
  });
  const needs = { outcomes: document.headlines, hung: [] };
  /** @type {Move[]} */
  const moves = [];
  onMoves({ moves, done: 0, of: cases.length, title });
  return compareEach(study, runner, { policy, title, design }, cases, needs, wanted, ({ rows }, { lever, value, before }, done) => {
    moves.push({ lever, value, before, rows });
    onMoves({ moves, done, of: cases.length, title });
  });
}

/** What a move sets: of a lever of all members, each of them. @param {Pick<Move, "lever" | "value">} move */
function changesOf({ lever, value }) {
  return Object.fromEntries((lever.members ?? [lever.name]).map((/** @type {string} */ name) => [name, value]));
}

/** Where each lever can go from where it stands; members of a name that stand alike go together. @param {any} document @param {View} view */
function movesOf(document, view) {
  const items = document.levers.map((/** @type {any} */ lever) => {
    const { name, kind, options, low, high } = lever;
    const at = view.values[name] ?? valueOf(document, view.scenario, name);
    return { ...lever, at, what: JSON.stringify([kind, options, low, high, at]) };
  });
  return foldMembers(document, items, (/** @type {any} */ { what }) => what).flatMap((/** @type {any} */ lever) => {
    const before = lever.at;
    const ends = lever.kind === "boolean" ? [true, false] : lever.kind === "option" ? lever.options : [lever.low, lever.high];
    const others = ends.filter((/** @type {Value | null} */ end) => end !== null && end !== before);
    return others.map((/** @type {Value} */ value) => ({ lever, value, before }));
  });
}
