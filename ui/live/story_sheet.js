/**
 * A run on a sheet of paper: one small HTML file without script that says how it ends, shows its turning
 * points beside its twin's, and how to get it again.
 *
 * @typedef {import("./story_words.js").Context} Context
 *
 * @typedef {object} Sheet
 * @property {string} study its title
 * @property {string} title of the setting
 * @property {string} baseline its title
 * @property {string[]} sentences the answer, where the two part, and why
 * @property {string} where which run it is
 * @property {string[][]} ends rows of the outcomes, the first their head
 * @property {import("./chart_lanes.js").LanesData} lanes
 * @property {string} heading of the turning points
 * @property {string[][]} points rows of the turning points, the first their head
 * @property {string} more how many are left out; empty where none is
 * @property {string[]} again sentences and commands
 */

import { createLanes } from "./chart_lanes.js";
import { node, t } from "./dom.js";

/** Pixels of the picture: as wide as a sheet, in which letters stay readable. */
const WIDTH = 720;
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";
const STYLE = `
@page { size: A4; margin: 13mm; }
body { margin: 0 auto; max-width: 760px; padding: 16px; background: #fff; color: #1b1f24; line-height: 1.35;
  font: 10.5pt/1.35 "Source Sans 3", "Segoe UI", "Liberation Sans", Arial, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 15pt; } h2 { margin: 12pt 0 4pt; font-size: 11.5pt; break-after: avoid; }
p { margin: 3pt 0; } .answer { font-size: 12pt; } .quiet { color: #57606a; font-size: 9.5pt; }
table { width: 100%; border-collapse: collapse; } tr { break-inside: avoid; }
th, td { border-bottom: 1px solid #dad5ca; padding: 2.5pt 6pt 2.5pt 0; text-align: left; vertical-align: top; font-weight: 400; }
thead th { color: #57606a; font-size: 9.5pt; } tbody th { white-space: nowrap; }
td { width: 40%; } svg { display: block; width: 100%; height: auto; } figure { margin: 0; break-inside: avoid; }
pre { margin: 3pt 0; padding: 4pt 6pt; background: #f1eee7; font-size: 9pt; white-space: pre-wrap; }
@media (max-width: 500px) { tbody th { white-space: normal; } td { width: auto; } }
@media print { body { max-width: none; padding: 0; font-size: 8.5pt; line-height: 1.25; } .answer { font-size: 10.5pt; }
  h2 { margin: 7pt 0 2pt; } th, td { padding: 1.5pt 5pt 1.5pt 0; } svg { width: auto; max-width: 100%; max-height: 150mm; } }`;

/**
 * The file, as text.
 *
 * @param {Context} context @param {HTMLElement} beside what lies in the page, beside which the picture is drawn
 * @param {Sheet} sheet
 */
export function sheetHtml(context, beside, sheet) {
  const { words, document: study, language } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `story.${key}`, values);
  const made = document.implementation.createHTMLDocument(`${say("sheet_title", { title: sheet.title })} – ${sheet.study}`);
  made.documentElement.lang = language;
  made.head.prepend(node("meta", { charset: "utf-8" }));
  made.head.append(
    node("meta", { "http-equiv": "Content-Security-Policy", content: POLICY }),
    node("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
  );
  made.body.append(
    node("p", { class: "quiet" }, `${sheet.study} · ${t(words, "page.toy")}`),
    node("h1", {}, say("sheet_title", { title: sheet.title })),
    node("p", { class: "quiet" }, say("sheet_against", { baseline: sheet.baseline })),
    ...sheet.sentences.filter(Boolean).map((text, i) => node("p", i ? {} : { class: "answer" }, text)),
    node("h2", {}, say("outcomes")),
    tableOf(sheet.ends),
    node("h2", {}, say("sheet_lanes")),
    node("figure", {}, pictureOf(context, beside, sheet.lanes)),
    node("h2", {}, sheet.heading),
    tableOf(sheet.points),
    ...(sheet.more ? [node("p", { class: "quiet" }, sheet.more)] : []),
    node("h2", {}, say("sheet_again")),
    node("p", {}, `${sheet.where} · Fulcrum ${study.fulcrum}`),
    ...sheet.again.map((text, i) => node(i % 2 ? "pre" : "p", {}, text)),
    node("p", { class: "quiet" }, t(words, "page.caution")),
  );
  // As text: the policy of the page forbids a style that is put into it, even on the way elsewhere.
  const html = new XMLSerializer().serializeToString(made.documentElement).replace("</head>", `<style>${STYLE}</style></head>`);
  return `<!doctype html>\n${html}\n`;
}

/** @param {string[][]} rows the first is the head */
function tableOf([head, ...rows]) {
  const heads = head.map((text) => node("th", { scope: "col" }, text));
  const lines = rows.map(([first, ...rest]) =>
    node("tr", {}, node("th", { scope: "row" }, first), ...rest.map((text) => node("td", {}, text))),
  );
  return node("table", {}, node("thead", {}, node("tr", {}, ...heads)), node("tbody", {}, ...lines));
}

/** The lanes in the colours of paper, drawn out of sight. @param {Context} context @param {HTMLElement} beside @param {any} data */
function pictureOf(context, beside, data) {
  const lanes = createLanes(context, { name: "sheet" });
  const holder = node("div", { class: "fl-root fl-sheet-holder", "data-theme": "light", "aria-hidden": "true" }, lanes.element);
  holder.style.width = `${WIDTH}px`;
  beside.append(holder);
  try {
    lanes.update(data);
    return lanes.asSvg();
  } finally {
    holder.remove();
  }
}
