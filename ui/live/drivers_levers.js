/**
 * Which lever matters most: each alone, moved from where it stands to the ends of its range or to another
 * option, against the setting itself.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("./headline.js").Context} Context
 * @typedef {import("./driving.js").Move} Move
 * @typedef {import("./driving.js").Moves} Moves
 */

import { rangeText } from "../../sim/browser/wording.js";
import { createRows } from "./chart_rows.js";
import { createCell, headOf } from "./compare.js";
import { briefText } from "./compare_words.js";
import { node, setItems, setShown, setText, t } from "./dom.js";
import { changesOf, mostHelpful, rankOf, ranked, rowOf } from "./driving.js";
import { dotted, goalText, unitsText } from "./chart_frame.js";
import { settingText } from "./story_words.js";
import { tableOf } from "./table.js";

/** Levers that the picture has at most, and rows of the table at first. */
const [DRAWN, FIRST] = [20, 8];

/**
 * @param {Context} context
 * @param {{onSet: (name: string, value: any) => void}} acts a move is to be tried; of all members together
 * the value of each
 */
export function createLeverPart(context, { onSet }) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `drivers.${key}`, values);
  const outcomes = study.headlines.map((/** @type {string} */ name) => outcomeOf(study, name));
  const answer = node("p", { class: "fl-compare-lead", "data-answer": "levers" });
  const best = node("p", { "data-told": "best", hidden: true });
  const counts = node("p", { "data-told": "counts" });
  const bar = node("progress", { max: 1 });
  const done = node("span");
  const progress = node("p", { class: "fl-runs", role: "status" }, bar, done);
  const picture = createRows(context, { name: "levers", label: say("levers_label") });
  const body = node("tbody");
  const heads = outcomes.map((/** @type {any} */ one) => node("th", { scope: "col" }, ...headOf(words, one)));
  const corner = node("th", { scope: "col", class: "fl-stick" }, say("lever"));
  const table = tableOf("fl-table fl-overview", [corner, ...heads], body);
  const more = node("button", { type: "button", class: "fl-action", onclick: () => unfold() });
  const idle = node("p", { class: "fl-note", "data-told": "idle", hidden: true });
  const how = node("p", { class: "fl-note" });
  const element = node(
    "div",
    { class: "fl-levers-alone" },
    ...[answer, best, progress, counts, idle, picture.element],
    node("div", { class: "fl-scroll", tabindex: 0, role: "region", "aria-label": say("levers") }, table),
    ...[more, how],
  );

  let folded = true;
  /** @type {Move[]} */
  let lines = [];

  /** The first rows say what matters; the others are there on demand. */
  function fill() {
    setItems(body, folded ? lines.slice(0, FIRST) : lines, ({ lever, value }) => `${lever.name}=${value}`, lineOf, (line, move) => line.flUpdate(move));
    setText(more, say("all_moves", { n: lines.length }));
    setShown(more, folded && lines.length > FIRST);
  }

  function unfold() {
    folded = false;
    fill();
    /** @type {HTMLElement | null} */ (body.rows[FIRST]?.querySelector("button"))?.focus();
  }

  /** @param {Moves} found @param {string} asked */
  function update({ moves, done: whole, of, seconds, title }, asked) {
    const running = whole < of;
    setShown(progress, running);
    bar.value = of ? (0.2 * moves.length + 0.8 * whole) / of : 0;
    setText(done, say(seconds >= 1.5 ? "progress_left" : "progress", { done: whole, of, seconds: Math.ceil(seconds) }));
    const acting = ranked(moves.filter(({ rows }) => rows.some(({ events }) => events > 0)), asked);
    tell(moves, acting, asked, running);
    draw(acting, asked, title);
    lines = acting;
    fill();
    const still = new Set(moves.map(({ lever }) => lever.label));
    for (const { lever } of acting) still.delete(lever.label);
    setText(idle, still.size && !running ? say("idle", { n: still.size, levers: [...still].join(", ") }) : "");
    setShown(idle, idle.textContent);
    setText(how, say("levers_how", { title }));
  }

  /** @param {Move[]} moves @param {Move[]} acting @param {string} asked @param {boolean} running */
  function tell(moves, acting, asked, running) {
    const outcome = outcomeOf(study, asked).label;
    const [most] = acting;
    const row = most && rowOf(most, asked);
    setText(answer, moves.length ? (row && rankOf(row) < 3 ? mostText(most, row, outcome) : say("none", { outcome })) : say("wait"));
    const first = row && rankOf(row) < 3 ? mostHelpful(acting, asked) : undefined;
    setText(best, first ? (first === most ? say("helps_too") : helpText(first, /** @type {Row} */ (rowOf(first, asked)))) : row && rankOf(row) < 3 && row.goal ? say("none_helps") : "");
    setShown(best, best.textContent);
    /** @type {Map<string, number>} */
    const ranks = new Map();
    for (const move of moves) ranks.set(move.lever.name, Math.min(ranks.get(move.lever.name) ?? 3, rankOf(rowOf(move, asked))));
    const of = (/** @type {number} */ rank) => [...ranks.values()].filter((one) => one === rank).length;
    const parts = ["count_most", "count_depends", "count_open"].flatMap((key, rank) => (of(rank) || !rank ? [say(key, { n: of(rank) })] : []));
    const rough = running && moves.some((move) => move.rough) ? ` ${say("rough")}` : "";
    setText(counts, moves.length ? say("counts", { n: ranks.size, parts: parts.join(", "), rest: of(3) }) + rough : "");
  }

  /** What helps most for the goal of the outcome. @param {Move} move @param {Row} row */
  function helpText({ lever, value, before }, row) {
    return say("helps", { label: lever.label, ...movedTexts({ lever, value, before }), verdict: briefText(words, row) });
  }

  /** @param {Pick<Move, "lever" | "value" | "before">} move */
  function movedTexts({ lever, value, before }) {
    return { value: settingText(context, lever, value), before: settingText(context, lever, before) };
  }

  /** @param {Move} move @param {Row} row @param {string} outcome */
  function mostText({ lever, value, before }, row, outcome) {
    const moved = movedTexts({ lever, value, before });
    const unit = row.share ? ` ${t(words, "chart.points")}` : row.unit ? ` ${unitsText(context, row.unit)}` : "";
    const range = row.gap ? rangeText(row.gap, row.share, true) + unit : "";
    return say(range ? "most" : "most_plain", { outcome, label: lever.label, ...moved, range, verdict: briefText(words, row) });
  }

  /** @param {Move[]} acting @param {string} asked @param {string} title */
  function draw(acting, asked, title) {
    const outcome = outcomeOf(study, asked);
    const k = outcome.share ? 100 : 1;
    /** @type {Map<string, import("./chart_rows.js").RowOfMarks>} */
    const rows = new Map();
    let matters = 0;
    for (const move of acting) {
      const row = rowOf(move, asked);
      const ends = row?.gap ?? (row?.difference && { ...row.difference, middle: row.difference.mean });
      if (!row?.events || !ends) continue;
      matters = row.matters;
      /** @type {import("./chart_rows.js").RowOfMarks} */
      const made = rows.get(move.lever.name) ?? { label: move.lever.label, marks: [] };
      const { low, middle, high } = ends;
      const text = settingText(context, move.lever, move.value);
      made.marks.push({ low: k * low, middle: k * middle, high: k * high, text, pale: rankOf(row) > 0 });
      rows.set(move.lever.name, made);
    }
    const unit = outcome.share ? t(words, "chart.points") : unitsText(context, outcome.unit);
    const most = rows.size > DRAWN ? say("drawn", { n: DRAWN, of: rows.size }) : "";
    picture.update({
      title: say("levers_title", { outcome: outcome.label }),
      subtitle: dotted(say("against_setting", { title }), unit, goalText(words, outcome.goal)),
      note: dotted(say("levers_key"), matters ? t(words, "chart.bars_grey") : "", most),
      ...{ goal: outcome.goal, sides: true, grey: [-k * matters, k * matters], rows: [...rows.values()].slice(0, DRAWN) },
      head: [say("lever"), say("moved_to"), ...["low", "middle", "high"].map((key) => t(words, `chart.${key}`))],
    });
    setShown(picture.element, rows.size);
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

/** @param {any} study @param {string} name */
export function outcomeOf(study, name) {
  return study.outcomes.find((/** @type {any} */ one) => one.name === name);
}
