/**
 * The frame of every chart: heading, picture, note, and a table of what is drawn. It is built once;
 * a chart draws into its picture again whenever its data or its width change.
 *
 * @typedef {{words: Record<string, string>, document: any, language: string}} Context
 * @typedef {{caption: string, head: string[], rows: string[][]}} Table the first column heads its rows
 * @typedef {object} Telling what a chart says beside its picture
 * @property {string} title
 * @property {string} [subtitle] unit, direction
 * @property {string} [caption] a sentence of what is seen
 * @property {string} [note] what lines and bands are, and how many runs are behind them
 * @property {() => Table} table made when a reader opens it
 * @typedef {object} Chart
 * @property {HTMLElement} element
 * @property {SVGSVGElement} picture
 * @property {(telling: Telling) => void} tell
 * @property {(sentence: string) => void} say changes the sentence
 * @property {() => void} redraw draws now, or once the chart is to be seen
 * @property {() => Promise<Blob>} asPng
 * @property {() => SVGSVGElement} asSvg its drawing and words, which need no style sheet
 */

import { plural } from "../../sim/browser/wording.js";
import { PRINT_EVENT, node, setAttributes, setShown, setText, svg, t } from "./dom.js";
import { pngOf, standingAlone } from "./chart_picture.js";
import { printableName } from "./export.js";
import { measureLike } from "./chart_text.js";

/** Milliseconds for which an open table waits until its data come to rest. */
const TABLE_WAIT = 250;

/**
 * Make the frame of a chart.
 *
 * @param {Context} context
 * @param {{name: string, label: string, draw: (width: number) => void, wide?: number}} how the constant short label
 * of the picture, what draws it in so many pixels, and the least of them in a picture to keep
 * @returns {Chart}
 */
export function createChart({ words }, { name, label, draw, wide = 0 }) {
  const title = node("p", { class: "fl-chart-title" });
  const subtitle = node("p", { class: "fl-chart-subtitle" });
  const caption = node("p", { class: "fl-chart-caption" });
  const note = node("p", { class: "fl-chart-note" });
  const picture = svg("svg", { class: "fl-chart-picture", role: "img", "aria-label": label });
  const box = node("div", { class: "fl-chart-box" }, picture);
  const held = node("div", { class: "fl-chart-table", role: "region", tabindex: "0" });
  const save = node("button", { type: "button", class: "fl-chart-save" }, t(words, "chart.picture"));
  const data = node(
    "details",
    { class: "fl-chart-data" },
    node("summary", {}, t(words, "chart.data")),
    save,
    held,
  );
  const heading = node("figcaption", {}, title, subtitle, caption);
  const element = node("figure", { class: "fl-chart", "data-chart": name }, heading, box, note, data);
  /** @type {Telling | null} */
  let told = null;
  let width = 0;
  let measured = 0;
  let later = 0;

  const redraw = () => {
    if (!width) width = Math.floor(box.clientWidth);
    if (!width || !told) return;
    if (measured !== width) measureLike(box); // it makes the browser lay the page out
    measured = width;
    draw(width);
  };
  const fill = () => {
    if (data.open && told) setAttributes(fillTable(held, told.table()), { "aria-label": told.title });
  };
  const say = (/** @type {string} */ sentence) => setShown(setText(caption, sentence), sentence);
  setShown(data, false);
  const tell = (/** @type {Telling} */ telling) => {
    told = telling;
    setShown(data, true);
    setText(title, telling.title);
    setShown(setText(subtitle, telling.subtitle), telling.subtitle);
    say(telling.caption ?? "");
    setShown(setText(note, telling.note), telling.note);
    if (!data.open) return;
    clearTimeout(later);
    later = setTimeout(fill, TABLE_WAIT);
  };
  const said = () => [...element.querySelectorAll("p, .fl-lane-key > li")];
  const asPng = () => {
    if (width && width < wide) draw(wide);
    const made = pngOf(picture, said());
    redraw();
    return made;
  };
  const asSvg = () => standingAlone(picture, said());
  data.addEventListener("toggle", fill);
  save.addEventListener("click", async () => offerFile(await asPng(), `${printableName(name)}.png`));
  element.addEventListener(PRINT_EVENT, () => {
    width = Math.floor(box.clientWidth);
    redraw();
  });
  new ResizeObserver(([entry]) => {
    const wide = Math.floor(entry.contentRect.width);
    if (wide === width) return;
    width = wide;
    redraw();
  }).observe(box);
  return { element, picture, tell, say, redraw, asPng, asSvg };
}

/** Put a table into an element. @param {HTMLElement} held @param {Table} table */
function fillTable(held, { caption, head, rows }) {
  const titles = head.map((text) => node("th", { scope: "col" }, text));
  const lines = rows.map(([first, ...rest]) => {
    const cells = rest.map((text) => node("td", {}, text));
    return node("tr", {}, node("th", { scope: "row" }, first), ...cells);
  });
  const inside = [node("caption", {}, caption), node("thead", {}, node("tr", {}, ...titles))];
  held.replaceChildren(node("table", {}, ...inside, node("tbody", {}, ...lines)));
  return held;
}

/** Let the reader keep a file. @param {Blob} blob @param {string} name */
function offerFile(blob, name) {
  const url = URL.createObjectURL(blob);
  node("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Set the size of a picture in pixels. @param {SVGSVGElement} picture */
export function sizePicture(picture, /** @type {number} */ width, /** @type {number} */ height) {
  setAttributes(picture, { viewBox: `0 0 ${width} ${height}`, width, height });
}

/** Groups of a picture, from the back to the front, by their names. @param {SVGSVGElement} picture */
export function layersOf(picture, /** @type {string[]} */ ...names) {
  /** @type {Record<string, SVGGElement>} */
  const found = {};
  for (const name of names) picture.append((found[name] = svg("g", { class: `fl-layer-${name}` })));
  return found;
}

/**
 * Give a group one element for each set of attributes, and change those that it has.
 *
 * @param {Element} group @param {string} tag
 * @param {Record<string, any>[]} items attributes; `text` is a text, a list of them are lines; `tip`
 * is what a pointer is told
 */
export function drawItems(group, tag, items) {
  while (group.childElementCount > items.length) group.lastElementChild?.remove();
  while (group.childElementCount < items.length) group.append(svg(tag));
  items.forEach(({ text, tip, step = 14, ...attributes }, i) => {
    const element = group.children[i];
    setAttributes(element, attributes);
    if (Array.isArray(text)) drawLines(element, text, attributes.x, step);
    else if (text !== undefined) setText(element, text);
    if (tip !== undefined) setText(element.firstElementChild ?? element.appendChild(svg("title")), tip);
  });
}

/** @param {Element} element @param {string[]} lines @param {number} x @param {number} step */
function drawLines(element, lines, x, step) {
  if (element.childElementCount !== lines.length) element.replaceChildren(...lines.map(() => svg("tspan")));
  lines.forEach((line, i) => {
    setText(setAttributes(element.children[i], { x, dy: i ? step : null }), line);
  });
}

/**
 * Say in the middle of a plot that there is nothing to draw.
 *
 * @param {Element} group @param {Record<string, string>} words
 * @param {{left: number, right: number, top: number, bottom: number}} plot @param {boolean} known
 */
export function drawEmpty(group, words, { left, right, top, bottom }, known) {
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2, "text-anchor": "middle" };
  const said = { ...middle, class: "fl-side fl-halo", text: t(words, "chart.none") };
  drawItems(group, "text", known ? [] : [said]);
}

/** Which way is better, in words. @param {Record<string, string>} words @param {string | undefined} goal */
export function goalText(words, goal) {
  const key = { minimize: "chart.less", maximize: "chart.more" }[goal ?? ""];
  return key ? t(words, key) : "";
}

/**
 * What a side of zero is: better or worse by the goal, else higher or lower.
 *
 * @param {Record<string, string>} words @param {boolean} higher @param {string | undefined} goal
 */
export function sideText(words, higher, goal) {
  if (goal === "maximize" || goal === "minimize") {
    return t(words, higher === (goal === "maximize") ? "chart.better" : "chart.worse");
  }
  return t(words, higher ? "chart.higher" : "chart.lower");
}

/** A unit as many of it are called. @param {Context} context @param {string | undefined} unit */
export function unitsText({ language }, unit) {
  return unit && language === "en" ? plural(unit) : (unit ?? "");
}

/** Texts that are not empty, with dots between. @param {(string | undefined)[]} parts */
export function dotted(...parts) {
  return parts.filter(Boolean).join(" · ");
}
