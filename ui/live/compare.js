/**
 * All scenarios against the baseline, on one outcome that is asked for: the answer in words, the scenarios in
 * their order, the differences as pictures, and on demand every number of `fulcrum compare --format json`.
 *
 * @typedef {import("../../sim/browser/rows.js").Row} Row
 * @typedef {import("./headline.js").Context & {asked: string, lookAt: (key: string, value: string) => void}} Context
 *
 * @typedef {object} Compared
 * @property {Row[]} rows of all outcomes and finished scenarios, p values adjusted for all of them
 * @property {Row[]} base those of the baseline
 * @property {number} done scenarios finished @property {number} of all
 * @property {string} [current] the name of the setting of the page among the scenarios
 * @property {import("./scenarios.js").AllFound["gaps"]} [gaps]
 * @property {import("./pins.js").Pin[]} [pins]
 * @property {import("./setting.js").View} view
 *
 * @typedef {object} Events
 * @property {(scenario: string) => void} onChoose a scenario, or a pinned setting, is to be explored
 * @property {(series: string) => void} [onSeries] the difference of another series over time is wanted
 * @property {(pin: string) => void} [onUnpin]
 * @property {(scenario: string) => void} [onWhy] why a scenario differs; its answer goes into `whySlot`
 */

import { sentence } from "../../sim/browser/answers.js";
import { plural } from "../../sim/browser/wording.js";
import { createCompareCharts } from "./compare_charts.js";
import { MOST_COLOURED, createSwatch, lookOf, usuallyColoured } from "./compare_looks.js";
import { createShown } from "./compare_shown.js";
import { answerOf, briefVerdict, differing } from "./compare_words.js";
import { node, setAttributes, setItems, setShown, setText, t } from "./dom.js";
import { csvOf, save } from "./export.js";
import { createForms, createHangs, heldForms } from "./headline.js";
import { createVerdict, setTold } from "./marks.js";
import { outcomeItems, select } from "./rail.js";
import { createRecords } from "./records.js";
import { leversOf } from "./pins.js";
import { tableOf } from "./table.js";
import { cellLines, cellTold, standing, titleIn, cardUnit, unitBehind, valuePiece } from "./texts.js";

/** @param {Context} context @param {Events} events */
export function createCompare(context, { onChoose, onSeries = () => {}, onUnpin = () => {}, onWhy }) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `compare.${key}`, values);
  /** @type {string[]} */
  const headlines = study.headlines;
  const offered = outcomeItems(study, study.outcomes.filter((/** @type {any} */ one) => headlines.includes(one.name) || !one.family));
  /** @type {Compared | null} */
  let last = null;
  /** Chosen by hand. @type {string[] | null} */
  let coloured = null;
  let series = "";
  const ask = select(say("ask"), offered, setAsked, "outcome");
  const shown = createShown(words, draw);
  const lead = node("p", { class: "fl-compare-lead" });
  const whole = node("p");
  const hangs = createHangs(words, true);
  const forms = createForms();
  const foldLine = node("summary");
  const fold = node("details", { class: "fl-fold-answer" }, foldLine, whole, forms.element, hangs.element);
  const bar = node("progress", { max: 1, "aria-label": say("progress_label") });
  const done = node("span");
  const progress = node("p", { class: "fl-runs" }, bar, done);
  const old = node("p", { class: "fl-printed fl-note", hidden: true }, say("old"));
  const body = node("tbody");
  const table = tableOf("fl-table fl-ranked", [], body);
  const [headRow] = table.tHead.rows;
  const records = node("div", { class: "fl-records" });
  const charts = createCompareCharts(context, { onPoint: point, onSeries: setSeries });
  const whySlot = node("div", { class: "fl-why-slot" });
  const csv = node("button", { type: "button", class: "fl-chart-save", "data-act": "compare-csv", onclick: saveCsv }, say("csv"));
  const element = node(
    "section",
    { class: "fl-main fl-compare" },
    node("h2", { class: "fl-part", tabindex: -1 }, t(words, "tabs.compare")),
    old,
    node("div", { class: "fl-compare-head" }, ask.element, shown.element),
    lead,
    progress,
    fold,
    node(
      "div",
      { class: "fl-beside" },
      node(
        "div",
        { class: "fl-ranked-part" },
        headlines.length > 1 && node("p", { class: "fl-note fl-narrow-only" }, say("swipe")),
        node("div", { class: "fl-scroll", tabindex: 0, role: "region", "aria-label": say("title") }, table),
        node("p", { class: "fl-note" }, say("colour_note"), " ", say(study.uncertain ? "note" : "note_chance")),
        whySlot,
      ),
      charts.panels,
      charts.over,
    ),
    node("p", {}, csv),
    node("details", { class: "fl-section" }, node("summary", {}, say("records")), node("p", { class: "fl-note" }, say("records_note")), records),
  );

  /** @param {string} name */
  function outcomeOf(name) {
    return study.outcomes.find((/** @type {any} */ one) => one.name === name);
  }

  /** The outcomes of the table, the one asked for first. */
  function columnsNow() {
    const asked = outcomeOf(context.asked ?? "") ? /** @type {string} */ (context.asked) : headlines[0];
    return [asked, ...headlines.filter((name) => name !== asked)];
  }

  /** @param {string} name */
  function setAsked(name) {
    context.lookAt("outcome", name === headlines[0] ? "" : name);
    draw();
  }

  /** @param {string} name */
  function setSeries(name) {
    series = name;
    draw();
    onSeries(name);
  }

  /** The series whose difference over time is, or may at once be, drawn. */
  function wanted() {
    const usual = [...columnsNow(), ...headlines].map(charts.usualSeries);
    return [...new Set([...usual, series])].filter(Boolean);
  }

  /** @param {Compared} compared */
  function update(compared) {
    last = compared;
    draw();
  }

  /** What was found, as it is asked for: without a run. */
  function draw() {
    const columns = columnsNow();
    ask.show(columns[0]);
    setItems(headRow, ["", ...columns], (name) => name, makeHead, (head, name) => head.flUpdate?.(name === columns[0]));
    if (!last?.base.length) return;
    const { rows: found, base, view, pins = [] } = last;
    const moving = last.done < last.of;
    setShown(progress, moving);
    setAttributes(bar, { value: last.of ? last.done / last.of : 0 });
    setText(done, moving ? say("progress", { done: last.done, of: last.of }) : "");
    const rows = [...base, ...found];
    const by = new Map(rows.map((row) => [`${row.scenario} ${row.outcome}`, row]));
    const all = standing(rows, columns[0]);
    const against = base[0].scenario;
    const rowOf = (/** @type {string} */ name) => by.get(`${name} ${columns[0]}`);
    const titleOf = (/** @type {string} */ name) => titleIn(study, rowOf(name));
    shown.update(all.filter((name) => name !== against).map((name) => ({ name, title: titleOf(name) })));
    const order = all.filter((name) => name === against || shown.has(name));
    const own = `${view.scenario}*`; // values set by hand
    const current = last.current ?? (all.includes(own) ? own : view.scenario);
    const compared = order.filter((name) => name !== against);
    const usual = usuallyColoured(study, compared.map(rowOf), current);
    const chosen = (coloured?.filter((name) => compared.includes(name)) ?? usual).slice(0, MOST_COLOURED);
    const baseRow = rowOf(against);
    const leading = found.filter((row) => row.outcome === columns[0]);
    setText(lead, baseRow ? answerOf(words, baseRow, leading, view.central && study.uncertain) : "");
    drawFold(columns, baseRow, leading, moving);
    const of = { against, current, columns, chosen, full: chosen.length >= MOST_COLOURED };
    setItems(body, order, (name) => name, makeScenario, (line, name) => {
      line.flUpdate((/** @type {string} */ outcome) => by.get(`${name} ${outcome}`), { ...of, pin: pins.find((pin) => pin.name === name) });
    });
    setItems(records, all, (name) => name, () => createRecords(words, study), (record, name) => {
      record.flUpdate(rows.filter((row) => row.scenario === name), { built: !moving });
    });
    const look = (/** @type {string} */ name) => {
      const { tone, mark } = lookOf(study, name);
      return { tone: chosen.includes(name) ? tone : 0, mark };
    };
    charts.update({ columns, order: compared, by, look, current, view, moving, baseline: titleOf(against), gaps: last.gaps ?? {} }, series);
    setAttributes(element, { "data-preliminary": moving });
  }

  /**
   * What holds under every form of the model, what hangs on one, and the answer in full.
   *
   * @param {string[]} columns @param {Row | undefined} base @param {Row[]} leading @param {boolean} moving
   */
  function drawFold(columns, base, leading, moving) {
    const { rows, view } = /** @type {Compared} */ (last);
    const outcomes = headlines.includes(columns[0]) ? headlines : columns;
    setText(whole, base && leading.length ? sentence(base, leading, view.central) : "");
    hangs.update(moving ? null : rows, outcomes);
    forms.update(moving ? [] : rows, outcomes, heldForms(study, view));
    setText(foldLine, say(forms.element.hidden ? "fold" : "fold_forms"));
    setShown(fold, leading.length);
  }

  /** @param {string} name of an outcome; nothing heads the scenarios */
  function makeHead(name) {
    if (!name) return node("th", { scope: "col", class: "fl-stick" }, say("scenario"));
    const outcome = outcomeOf(name);
    const [label, unit] = headOf(words, outcome);
    const button = node("button", { type: "button", class: "fl-ask", "data-ask": name, onclick: () => setAsked(name) }, label);
    const head = node("th", { scope: "col" }, button, node("span", { class: "fl-printed" }, label), unit);
    head.flUpdate = (/** @type {boolean} */ isAsked) => {
      setText(unit, headOf(words, isAsked ? outcome : { ...outcome, goal: "" })[1].textContent);
      setAttributes(head, { "data-asked": isAsked });
      setAttributes(button, { "aria-pressed": String(isAsked) });
    };
    return head;
  }

  /** The line of a scenario. @param {string} name */
  function makeScenario(name) {
    const scene = study.scenarios.find((/** @type {any} */ one) => one.name === name);
    const label = node("span", { class: "fl-scenario-title" });
    const role = node("span", { class: "fl-scenario-role" });
    const levers = node("span", { class: "fl-scenario-levers" });
    const link = (/** @type {string} */ key, /** @type {() => void} */ act) =>
      node("button", { type: "button", class: "fl-link", "data-act": key, onclick: act }, say(key), node("span", { class: "fl-hidden" }));
    const explore = link("explore", () => onChoose(name));
    const why = onWhy && link("why", () => onWhy(name));
    const links = [explore, ...(why ? [why] : []), ...(name.startsWith("pin ") ? [link("remove", () => onUnpin(name))] : [])];
    const more = node("details", { class: "fl-row-levers" }, node("summary", {}, say("levers")), levers);
    const swatch = createSwatch();
    const tick = node("input", { type: "checkbox", "data-colour": name, onchange: () => colour(name, tick.checked) });
    const head = node(
      "th",
      { scope: "row", class: "fl-stick" },
      node("div", { class: "fl-scenario-line" }, node("label", { class: "fl-colour" }, tick, swatch.element), node("span", {}, label, " ", role)),
      node("div", { class: "fl-row-acts" }, ...links, more),
    );
    /** @type {Map<string, ReturnType<typeof createCell>>} */
    const cells = new Map();
    const line = node("tr", { onpointerenter: () => point(name), onpointerleave: () => point("") });
    const made = (/** @type {string} */ outcome) => {
      if (!outcome) return head;
      const cell = createCell(outcomeOf(outcome), words);
      cells.set(outcome, cell);
      return cell.element;
    };
    /** @param {(outcome: string) => Row | undefined} rowOf @param {any} how */
    line.flUpdate = (rowOf, { against, current, columns, chosen, full, pin }) => {
      const isBase = name === against;
      const isCurrent = name === current;
      const row = rowOf(columns[0]);
      const isChosen = chosen.includes(name);
      setText(label, titleIn(study, row));
      setText(role, isBase ? say("baseline") : isCurrent ? say("current") : pin ? say("pinned") : "");
      const { view } = /** @type {Compared} */ (last);
      const setting = pin?.setting ?? (scene ? { scenario: name, values: {} } : leversOf(study, view));
      const of = study.scenarios.find((/** @type {any} */ one) => one.name === setting.scenario);
      setText(levers, isBase ? "" : differing(words, study, of, against, setting.values));
      setShown(more, !isBase);
      for (const one of links) setText(one.lastChild, `: ${label.textContent}`);
      setShown(explore, !isCurrent && (scene || pin));
      if (why) setShown(why, !isBase);
      setAttributes(tick, { "aria-label": say("colour", { title: label.textContent ?? "" }) });
      setShown(tick, !isBase);
      tick.checked = isChosen;
      tick.disabled = full && !isChosen;
      swatch.update(lookOf(study, name), isChosen, isBase);
      setAttributes(line, { "data-base": isBase, "data-current": isCurrent, "data-scenario": name });
      setItems(line, ["", ...columns], (outcome) => outcome, made, (_, outcome, place) => {
        if (outcome) cells.get(outcome)?.update(rowOf(outcome), place > 1);
      });
      line.flChosen = chosen;
    };
    /** @param {string} of @param {boolean} on */
    function colour(of, on) {
      coloured = on ? [...line.flChosen, of] : line.flChosen.filter((/** @type {string} */ one) => one !== of);
      draw();
    }
    return line;
  }

  /** Show where a scenario is, in the table and in every chart. @param {string} name */
  function point(name) {
    for (const line of body.children) line.toggleAttribute("data-pointed", line.dataset.scenario === name);
    charts.point(name);
  }

  function saveCsv() {
    if (!last) return;
    const { base, rows, view } = last;
    save(`${study.name ?? "study"}-compare.csv`, new Blob([csvOf([...base, ...rows], study, view)], { type: "text/csv" }));
  }

  /** Say on paper whether the setting changed since. @param {boolean} isOld */
  const age = (isOld) => void setShown(old, isOld);
  return { element, update, draw, age, wanted, whySlot };
}

/** The cell of an outcome: verdict and range; brief ones in few words. @param {any} outcome @param {Record<string, string>} [words] */
export function createCell(outcome, words = {}) {
  const verdict = createVerdict();
  const level = node("span", { class: "fl-cell-level" });
  const range = node("span", { class: "fl-cell-range" });
  const element = node("td", { "data-label": outcome.label }, verdict.element, level, range);

  /** @param {Row | undefined} row @param {boolean} [brief] */
  function update(row, brief = false) {
    setShown(element, row);
    if (!row) return;
    const isBase = row.verdict === "baseline";
    setShown(verdict.element, !isBase);
    if (!isBase) verdict.update(row, brief ? briefVerdict(words, row) : cellLines(row)[0]);
    const unit = brief ? "" : ` ${unitBehind(valuePiece(row).text, cardUnit(row))}`;
    setTold(level, isBase ? [valuePiece(row), unit] : [], row);
    setTold(range, cellTold(row)[1] ?? [], row);
  }
  return { element, update };
}

/** The heading of an outcome. @param {Record<string, string>} words @param {any} outcome */
export function headOf(words, { label, unit, share, goal }) {
  const parts = [share ? t(words, "compare.points") : plural(unit), goal && t(words, `cards.${goal}`)];
  return [label, node("span", { class: "fl-head-unit" }, parts.filter(Boolean).join(", "))];
}
