/**
 * Which assumption decides it: what each explains of how the expected difference to the baseline varies
 * over the futures that were run, and at which value its sign turns.
 *
 * @typedef {import("./headline.js").Context} Context
 * @typedef {import("./driving.js").Decision} Decision
 */

import { turnText } from "../../sim/browser/answers.js";
import { say } from "../../sim/browser/phrases.js";
import { plural, thousands } from "../../sim/browser/wording.js";
import { createDots } from "./chart_dots.js";
import { dotted, unitsText } from "./chart_frame.js";
import { createRows } from "./chart_rows.js";
import { node, setShown, setText, t } from "./dom.js";
import { outcomeOf } from "./drivers_levers.js";
import { select } from "./rail.js";

/** Assumptions that the picture has, at least and at most. */
const [LEAST_DRAWN, DRAWN] = [6, 12];
/** Assumptions that a sentence names. */
const NAMED = 3;

/** @param {Context} context @param {{onMore: () => void, onStop: () => void}} acts */
export function createAssumptionPart(context, { onMore, onStop }) {
  const { words, document: study } = context;
  const speak = (/** @type {string} */ key, values = {}) => t(words, `drivers.${key}`, values);
  const answer = node("p", { class: "fl-compare-lead", "data-answer": "assumptions" });
  const rest = node("p", {});
  const bars = createRows(context, { name: "assumptions", label: speak("shares_label") });
  const dots = createDots(context, { name: "futures_by_assumption" });
  const how = node("p", { class: "fl-note" });
  const more = node("button", { type: "button", onclick: onMore });
  const bar = node("progress", { max: 1 });
  const done = node("span");
  const progress = node("p", { class: "fl-runs", role: "status" }, bar, done, node("button", { type: "button", onclick: onStop }, t(words, "explore.stop")));
  const choice = select(speak("by_assumption"), [], choose, "assumption");
  const element = node("div", { class: "fl-decides" }, answer, rest, bars.element, more, progress, choice.element, dots.element, how);
  /** @type {{found: Decision, asked: string, titles: {here: string, base: string}} | null} */
  let last = null;
  let [chosen, byHand] = ["", false];
  setShown(progress, false);

  /** @param {string} name */
  function choose(name) {
    [chosen, byHand] = [name, true];
    if (last) drawDots(last);
  }

  /** @param {Decision} found @param {string} asked @param {{here: string, base: string}} titles */
  function update(found, asked, titles) {
    last = { found, asked, titles };
    const { inputs, futures } = found;
    const isSame = found.expected.every((gap) => gap === 0);
    const isAsked = inputs.length > 0 && futures > 1 && !isSame;
    const order = orderOf(found);
    const nothing = speak("nothing_differs", { outcome: outcomeOf(study, asked).label, ...titles });
    setText(answer, isAsked ? answerText(found, order, asked) : isSame ? nothing : speak("no_futures"));
    setText(rest, isAsked ? restText(found, order) : "");
    for (const part of [bars.element, choice.element, dots.element, how]) setShown(part, isAsked);
    setShown(more, isAsked && futures < found.most);
    setText(more, speak("more_futures", { n: thousands(found.most) }));
    if (!isAsked) return;
    drawBars(found, order, asked, titles);
    const first = order[0].name;
    if (!byHand || !inputs.some(({ name }) => name === chosen)) chosen = first;
    const list = /** @type {HTMLSelectElement} */ (choice.element.querySelector("select"));
    list.replaceChildren(...order.map(({ name, label }) => node("option", { value: name }, label)));
    choice.show(chosen);
    drawDots(last);
    setText(how, speak("decides_how", { n: inputs.length, futures: thousands(futures), ...titles }));
  }

  /** @param {Decision} found @param {ReturnType<typeof orderOf>} order @param {string} asked */
  function answerText(found, order, asked) {
    const outcome = outcomeOf(study, asked);
    const clear = order.filter((one) => one.clear);
    const values = { outcome: outcome.label, n: order.length, futures: thousands(found.futures) };
    const turned = turnsOf(found);
    if (!clear.length) return [speak("none_clear", values), turned && speak("but_turns", { turned })].filter(Boolean).join(" ");
    const named = clear.slice(0, NAMED).map(({ label, share }) => speak("explains", { label, share: percentText(share) }));
    const text = speak("decides", { ...values, named: named.join(", ") });
    return [text, turned && say("hangs", { texts: turned })].filter(Boolean).join(" ");
  }

  /** What the sign hangs on, where it turns. @param {Decision} found */
  function turnsOf({ row }) {
    const turns = row?.turns.filter((turn) => turn.value !== null || turn.words.length) ?? [];
    return turns.slice(0, 2).map((turn) => turnText(turn, row?.unpaired ? "" : (row?.goal ?? ""))).join(` ${speak("and")} `);
  }

  /** @param {Decision} found @param {ReturnType<typeof orderOf>} order */
  function restText({ futures, chance, most }, order) {
    const [clear, n] = [order.filter((one) => one.clear), order.length];
    const share = Math.max(0, 1 - clear.reduce((sum, one) => sum + one.share, 0));
    const values = { n: n - clear.length, futures: thousands(futures), share: percentText(share), chance: percentText(chance) };
    const parts = [clear.length && speak("rest", values), speak("chance", values), futures < most && speak("try_more", { n: thousands(most) })];
    return parts.filter(Boolean).join(" ");
  }

  /** @param {Decision} found @param {ReturnType<typeof orderOf>} order @param {string} asked @param {any} titles */
  function drawBars(found, order, asked, titles) {
    const clear = order.filter((one) => one.clear);
    const drawn = order.slice(0, Math.min(DRAWN, Math.max(LEAST_DRAWN, clear.length)));
    const mark = (/** @type {number} */ share, pale = false) => ({ low: NaN, middle: 100 * share, high: NaN, text: pale ? speak("untold") : percentText(share), pale });
    const rows = drawn.map(({ label, share, clear: told }) => ({ label, marks: [mark(share, !told)] }));
    const left = Math.max(0, 1 - clear.reduce((sum, one) => sum + one.share, 0));
    rows.push({ label: speak("rest_row"), marks: [{ ...mark(left), pale: true }] });
    bars.update({
      title: speak("shares_title", { outcome: outcomeOf(study, asked).label }),
      subtitle: speak("shares_unit", titles),
      note: speak("shares_note", { n: order.length }),
      ...{ bars: true, bounds: [0, 100], grey: [0, 100 * floorOf(found)], rows },
      head: [speak("assumption"), speak("verdict"), speak("share")],
    });
  }

  /** @param {NonNullable<typeof last>} shown */
  function drawDots({ found, asked, titles }) {
    const place = found.inputs.findIndex(({ name }) => name === chosen);
    if (place < 0) return;
    const { label, unit, options, logarithm, words: count } = found.inputs[place];
    const outcome = outcomeOf(study, asked);
    const k = outcome.share ? 100 : 1;
    const turn = found.row?.turns.find(({ parameter }) => parameter === chosen);
    const goal = found.row?.unpaired ? "" : outcome.goal;
    const x = found.points.subarray(place * found.futures, (place + 1) * found.futures);
    const told = turn && (turn.value !== null || turn.words.length) ? turnText(turn, goal) : "";
    const shownUnit = outcome.share ? t(words, "chart.points") : unitsText(context, outcome.unit);
    dots.update({
      title: speak("dots_title", { outcome: outcome.label, label }),
      caption: told ? `${told[0].toUpperCase()}${told.slice(1)}.` : speak("no_turn", { label }),
      note: speak("dots_note", titles),
      across: dotted(label, unit && plural(unit)),
      upwards: dotted(`${titles.here} − ${titles.base}`, shownUnit),
      ...{ goal, x, y: found.expected.map((value) => k * value), turn: turn?.value ?? null, logarithm },
      ...(count ? { options: (options ?? [speak("no"), speak("yes")]).map((/** @type {string} */ word) => word.replaceAll("_", " ")) } : {}),
    });
  }

  /** Say how far the further futures are; a share of 1 or more ends it. @param {number} share @param {number} seconds */
  function running(share, seconds) {
    const now = share < 1;
    setShown(progress, now);
    setShown(more, !now && last && last.found.futures < last.found.most && last.found.expected.some((gap) => gap !== 0));
    bar.value = share;
    setText(done, speak(seconds >= 1 ? "futures_left" : "futures_run", { n: thousands(last?.found.most ?? 0), seconds: Math.ceil(seconds) }));
  }

  return { element, update, running };
}

/** Assumptions with their share of the expected difference's variance, the largest first. @param {Decision} found */
function orderOf({ inputs, shares, floor, chance }) {
  const all = inputs.map(({ name, label }, i) => ({
    ...{ name, label: label || name.replaceAll("_", " "), clear: shares[i] > floor },
    share: chance < 1 ? Math.max(0, Math.min(1, shares[i] / (1 - chance))) : 0,
    raw: shares[i],
  }));
  return all.sort((a, b) => b.raw - a.raw || 0);
}

/** What chance alone gives, on the same scale. @param {Decision} found */
function floorOf({ floor, chance }) {
  return chance < 1 ? Math.max(0, Math.min(1, floor / (1 - chance))) : 1;
}

/** @param {number} share */
function percentText(share) {
  return say("percent", { text: String(Math.round(100 * share)) });
}
