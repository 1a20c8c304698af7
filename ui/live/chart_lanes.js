/**
 * One run as a timeline: a lane for each group of events, a mark for each occurrence. Beside its twin
 * of the same luck, colour, shape and height tell what happened in one of them only.
 *
 * @typedef {import("./chart_frame.js").Context} Context
 * @typedef {{time: number, event: string, label: string, group: string, told: string,
 *   where: "here" | "there" | "both", caused?: boolean}} LaneMark `told` is what it did, `caused`
 * whether another event brought it about
 * @typedef {object} LanesData
 * @property {string} title
 * @property {{unit: string, start?: string | null}} clock
 * @property {[number, number]} span of times
 * @property {LaneMark[]} marks of events in the order of the model's groups
 * @property {string} scenario
 * @property {string} [twin] what the other run is; without it there is one run
 * @property {{time: number, label: string} | null} [parting] where the two part, in words
 * @property {string} [caption] @property {string} [note]
 */

import { drawHairlines, drawTimeAxis, hairRoom, placeHairlines, timeRoom } from "./chart_axes.js";
import { createChart, drawItems, layersOf, sizePicture } from "./chart_frame.js";
import { linearScale, momentWords, tenth } from "./chart_scale.js";
import { freeRow, textWidth, toldApart } from "./chart_text.js";
import { eventOf, familyOf } from "./members.js";
import { node, setItems, setShown, setText, svg, t } from "./dom.js";

/** An event that occurs more often is drawn as ticks; of a rarer one the first few are labelled. */
const MAX_MARKS = 12;
const MAX_MARK_LABELS = 3;
/** Pixels: a heading, the marks of a lane, a row of their labels; most rows of them. */
const LANE_HEADING = 20;
const LANE_MARKS = 30;
const LANE_LABEL = 14;
const LANE_LABEL_ROWS = 4;
const LANE_LABEL_SIZE = 11;
/** How far above or below the line of a lane a mark lies. */
const LANE_SIDES = { here: -8, both: 0, there: 8 };
const LANE_SHAPES = {
  circle: "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0Z",
  triangle: "M0 -5.2L5 4H-5Z",
  diamond: "M0 -5.6L5.6 0L0 5.6L-5.6 0Z",
  square: "M-3.2 -3.2H3.2V3.2H-3.2Z",
  tick: "M0 -5V5",
};

/**
 * The marks of one run, or of two whose occurrences are paired (see `pairedOccurrences`).
 *
 * @param {{here: any, there: any, kind: string}[]} pairs of one run with `there` null
 * @param {Record<string, {label: string, group: string}>} events of the document
 * @param {(occurrence: any) => string} tell what an occurrence did
 * @returns {LaneMark[]} in the order of the events of the document
 */
export function laneMarks(pairs, events, tell) {
  const order = Object.keys(events);
  const marks = pairs.flatMap(({ here, there, kind }) => {
    /** @type {[any, "here" | "there" | "both"][]} */
    const sides = kind === "same" ? [[here, "both"]] : [[here, "here"], [there, "there"]];
    return sides.filter(([one]) => one).map(([one, where]) => {
      const known = eventOf({ events }, one.event) ?? { label: one.event, group: "" };
      const [label, group] = [known === events[one.event] ? known.label : one.label, known.group];
      const caused = String(one.cause ?? "").includes("->");
      return { time: one.time, event: one.event, label, group, told: tell(one), where, caused };
    });
  });
  const place = (/** @type {LaneMark} */ mark) => order.indexOf(familyOf(mark.event));
  return marks.sort((a, b) => place(a) - place(b) || a.time - b.time);
}

/**
 * Make a timeline.
 *
 * @param {Context} context @param {{name: string}} how
 * @returns {{element: HTMLElement, update: (data: LanesData) => void, point: (time: number | null) => void,
 *   asPng: () => Promise<Blob>, asSvg: () => SVGSVGElement}} `point` shows a place in the story
 */
export function createLanes(context, { name }) {
  const { words } = context;
  /** @type {LanesData | null} */
  let data = null;
  /** @type {number | null} */
  let at = null;
  let drawn = () => {};
  const label = t(words, "chart.lanes_label");
  const draw = (/** @type {number} */ width) => data && drawLanes(data, width);
  const chart = createChart(context, { name, label, draw });
  const key = node("ul", { class: "fl-lane-key" });
  chart.element.insertBefore(key, chart.picture.parentElement);
  const names = ["grid", "parting", "step", "pointer", "marks", "ticks", "times", "names", "moments", "labels"];
  const layers = layersOf(chart.picture, ...names);

  /** @param {LanesData} now @param {number} width */
  function drawLanes(now, width) {
    const plot = { left: 8, right: width - 8, top: 0, bottom: 0 };
    const [from, to] = now.span;
    const span = /** @type {[number, number]} */ ([from, to > from ? to : from + 1]);
    const x = linearScale(span, plot.left, plot.right);
    const moments = placeHairlines(now.parting ? [now.parting] : [], plot, x, width);
    plot.top = hairRoom(moments);
    const found = placedLanes(words, now, plot, x);
    plot.bottom = found.bottom;
    sizePicture(chart.picture, width, plot.bottom + timeRoom(now.clock));
    const across = { x1: plot.left, x2: plot.right };
    drawItems(layers.grid, "line", found.lines.map((y) => ({ ...across, y1: y, y2: y })));
    drawItems(layers.names, "text", found.names);
    drawItems(layers.marks, "path", found.marks);
    drawItems(layers.labels, "text", found.labels);
    drawHairlines({ ...layers, hair: layers.parting }, plot, moments);
    drawTimeAxis(layers, words, now.clock, span, plot, x, width);
    drawn = () => drawStep(plot, x);
    drawn();
  }

  /** A line through all lanes where the story is. @param {any} plot @param {(time: number) => number} x */
  function drawStep(plot, x) {
    const places = at === null ? [] : [tenth(x(at))];
    const top = Math.max(8, plot.top);
    const lines = places.map((place) => ({ x1: place, x2: place, y1: top, y2: plot.bottom }));
    drawItems(layers.step, "line", lines);
    drawItems(layers.pointer, "path", places.map((place) => ({ d: "M-6 -8H6L0 0Z", transform: `translate(${place} ${top})` })));
  }

  /** @param {number | null} time */
  function point(time) {
    at = time;
    drawn();
  }

  /** @param {LanesData} now */
  function update(now) {
    data = now;
    const signs = keyOfLanes(words, now);
    setItems(key, signs, ([look]) => look, keyItem, (item, [, text]) => setText(item.lastElementChild, text));
    setShown(key, key.childElementCount);
    const { title, caption, note } = now;
    chart.tell({ title, caption, note, table: () => laneTable(words, now) });
    chart.redraw();
  }
  return { element: chart.element, update, point, asPng: chart.asPng, asSvg: chart.asSvg };
}

/** A sign and what it means. @param {[string, string]} sign */
function keyItem([look]) {
  const [shape] = look.split(" ");
  const sign = svg("path", { class: `fl-mark ${look}`, d: LANE_SHAPES[/** @type {"circle"} */ (shape)] });
  const drawn = svg("svg", { viewBox: "-8 -8 16 16", "aria-hidden": "true" }, sign);
  return node("li", {}, drawn, node("span"));
}

/** Shape and colour of a mark. @param {LaneMark} mark @param {boolean} twins @param {boolean} often */
function lookOfMark({ where, caused }, twins, often) {
  if (often) return `tick fl-${twins ? where : "here"}`;
  if (!twins) return `${caused ? "triangle" : "circle"} fl-here`;
  return { here: "circle fl-here", there: "diamond fl-there", both: "square fl-both" }[where];
}

/**
 * What the signs mean.
 *
 * @param {Record<string, string>} words @param {LanesData} data
 * @returns {[string, string][]} the look of each and its words
 */
function keyOfLanes(words, { marks, twin, scenario }) {
  const often = oftenOf(marks);
  const looks = new Set(marks.map((mark) => lookOfMark(mark, Boolean(twin), often.has(mark.event))));
  /** @type {[string, string][]} */
  const all = twin
    ? [
        ["circle fl-here", t(words, "chart.only_in", { name: scenario })],
        ["diamond fl-there", t(words, "chart.only_in", { name: twin })],
        ["square fl-both", t(words, "chart.in_both")],
      ]
    : [
        ["circle fl-here", t(words, "chart.own_trigger")],
        ["triangle fl-here", t(words, "chart.caused")],
      ];
  const tick = [...looks].find((look) => look.startsWith("tick"));
  if (tick) all.push([tick, t(words, "chart.often")]);
  return all.filter(([look]) => looks.has(look));
}

/**
 * Events that occur too often for marks of their own, and how often.
 *
 * @param {LaneMark[]} marks @returns {Map<string, number>}
 */
function oftenOf(marks) {
  const counts = { here: new Map(), there: new Map() };
  for (const { event, where } of marks) {
    if (where !== "there") counts.here.set(event, (counts.here.get(event) ?? 0) + 1);
    if (where !== "here") counts.there.set(event, (counts.there.get(event) ?? 0) + 1);
  }
  return new Map([...counts.there, ...counts.here].filter(([, count]) => count > MAX_MARKS));
}

/**
 * Where everything in the lanes stands.
 *
 * @param {Record<string, string>} words @param {LanesData} data
 * @param {import("./chart_axes.js").Plot} plot @param {(time: number) => number} x
 */
function placedLanes(words, { marks, twin }, plot, x) {
  const often = oftenOf(marks);
  const twins = Boolean(twin);
  /** @type {Map<string, LaneMark[]>} */
  const groups = new Map();
  for (const mark of marks) groups.set(mark.group, [...(groups.get(mark.group) ?? []), mark]);
  const heads = [...groups].map(([group, all]) => {
    const many = [...often].filter(([event]) => all.some((mark) => mark.event === event)).slice(0, 3);
    const label = (/** @type {string} */ event) => all.find((mark) => mark.event === event)?.label ?? event;
    const counts = many.map(([event, count]) => `${label(event)} × ${count}`).join(", ");
    return [group || t(words, "chart.events"), counts].filter(Boolean).join(" | ");
  });
  const names = toldApart(heads, plot.right - plot.left, LANE_LABEL_SIZE + 1, true);
  /** @type {{lines: number[], names: any[], marks: any[], labels: any[], bottom: number}} */
  const found = { lines: [], names: [], marks: [], labels: [], bottom: 0 };
  let top = plot.top;
  [...groups.values()].forEach((all, i) => {
    found.names.push({ x: plot.left, y: top + 14, class: "fl-lane-name fl-halo", text: names[i] });
    const base = top + LANE_HEADING + LANE_MARKS / 2 - 3;
    found.lines.push(base);
    for (const mark of all) {
      const look = lookOfMark(mark, twins, often.has(mark.event));
      const [shape] = look.split(" ");
      const y = base + (twins ? LANE_SIDES[mark.where] : 0);
      const place = { class: `fl-mark ${look}`, transform: `translate(${tenth(x(mark.time))} ${tenth(y)})` };
      found.marks.push({ ...place, d: LANE_SHAPES[/** @type {"circle"} */ (shape)], tip: mark.told });
    }
    const labels = laneLabels(all.filter((mark) => !often.has(mark.event)), twins, plot, x);
    const marksEnd = top + LANE_HEADING + LANE_MARKS + (twins ? 4 : 0);
    for (const { row, ...label } of labels) {
      found.labels.push({ ...label, y: marksEnd + 5 + LANE_LABEL * row });
    }
    const rows = 1 + Math.max(-1, ...labels.map(({ row }) => row));
    top = marksEnd + LANE_LABEL * rows + 4;
  });
  found.bottom = top + 2;
  return found;
}

/**
 * The labels that find room below a lane.
 *
 * @param {LaneMark[]} marks @param {boolean} twins
 * @param {import("./chart_axes.js").Plot} plot @param {(time: number) => number} x
 */
function laneLabels(marks, twins, plot, x) {
  /** @type {[number, number][][]} */
  const rows = Array.from({ length: LANE_LABEL_ROWS }, () => []);
  /** @type {Map<string, number>} */
  const labelled = new Map();
  const found = [];
  for (const mark of [...marks].sort((a, b) => a.time - b.time)) {
    const key = `${mark.where} ${mark.event}`;
    const count = labelled.get(key) ?? 0;
    if ((twins && mark.where === "both") || count >= MAX_MARK_LABELS) continue;
    const [text] = toldApart([mark.label], plot.right - plot.left, LANE_LABEL_SIZE);
    const wide = textWidth(text, LANE_LABEL_SIZE);
    const from = tenth(Math.max(plot.left - 4, Math.min(x(mark.time) - 5, plot.right + 4 - wide)));
    const row = freeRow(rows, from, from + wide);
    if (row < 0) continue;
    labelled.set(key, count + 1);
    found.push({ row, x: from, class: `fl-lane-label fl-halo fl-${twins ? mark.where : "here"}`, text });
  }
  return found;
}

/** @param {Record<string, string>} words @param {LanesData} data */
function laneTable(words, { title, marks, clock, twin, scenario }) {
  const sorted = [...marks].sort((a, b) => a.time - b.time);
  const where = { here: scenario, there: twin ?? "", both: t(words, "chart.in_both") };
  const columns = ["time", "event", "what", "where"].slice(0, twin ? 4 : 3);
  const rows = sorted.map((mark) => {
    return [momentWords(words, clock, mark.time), mark.label, mark.told, where[mark.where]];
  });
  return {
    caption: title,
    head: columns.map((key) => t(words, `chart.${key}`)),
    rows: rows.map((row) => row.slice(0, columns.length)),
  };
}
