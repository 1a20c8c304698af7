// Draws every chart with usual and with hostile data. `gallery` holds what was drawn, by name.
import { createBars } from "/ui/live/chart_bars.js";
import { createFan } from "/ui/live/chart_fan.js";
import { createHeat } from "/ui/live/chart_heat.js";
import { createLanes, laneMarks } from "/ui/live/chart_lanes.js";
import { createMultiples } from "/ui/live/chart_multiples.js";
import { createPlane } from "/ui/live/chart_plane.js";
import { createShares } from "/ui/live/chart_shares.js";

const HOSTILE = '<img src=x onerror="window.executed=1">';
const LONG = "Deliveries of long-range weapons are announced, withdrawn and announced again under pressure";
const WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
const NOTE = "line: median · bands: middle 50 % and 90 % of 1,000 runs (200 futures × 5) · dashed: baseline";
const DAY = { unit: "day", start: "2025-07-14" };

let state = 1;
const random = () => ((state = (state * 16807) % 2147483647), state / 2147483647);

const timesTo = (n, step = 1) => Float64Array.from({ length: n }, (_, i) => i * step);
const along = (times, f) => Float64Array.from(times, (t) => f(t / (times[times.length - 1] || 1)));
function fanOf(times, middle, wide) {
  const levels = [-1.6, -0.7, 0, 0.7, 1.6].map((k) => along(times, (s) => middle(s) + k * wide(s)));
  return Float64Array.from(levels.flatMap((level) => [...level]));
}

const times = timesTo(181);
const rise = (s) => 30 + 25 * s + 4 * Math.sin(9 * s);
const usual = {
  ...{ label: "Escalation index", unit: "index", goal: "minimize", low: 0, high: 100, clock: DAY, times },
  ...{ scenario: "Ultimatum with arms", bands: fanOf(times, rise, (s) => 3 + 12 * s), note: NOTE },
  baseline: { label: "Status quo", values: along(times, (s) => 30 + 22 * s) },
};
const gap = {
  ...usual, label: "Escalation index: Ultimatum with arms minus Status quo", low: null, high: null, sign: true,
  bands: fanOf(times, (s) => -4 * s + Math.sin(7 * s), (s) => 4 * s), baseline: { label: "Status quo" },
  hairlines: [{ time: 50, label: "deadline: day 50" }],
};
const one = timesTo(1);
const flat = (value) => fanOf(times, () => value, () => 0);
const holes = fanOf(times, rise, (s) => 3 + 12 * s).map((x, i) => (i % 181 > 60 && i % 181 < 90 ? NaN : x));

export const FANS = {
  fan: { ...usual, hairlines: [{ time: 50, label: "deadline: day 50" }, { time: 62, label: "a second deadline soon after" }] },
  fan_gap: gap,
  fan_samples: {
    ...usual, low: null, high: null, unit: "missile", goal: "",
    samples: Array.from({ length: 30 }, () => { const k = random() * 12 - 6; return along(times, (s) => rise(s) + k * (1 + s)); }),
    run: { label: "this run", values: along(times, (s) => 30 + Math.floor(8 * s) * 4) },
    lines: [{ label: "original baseline", values: along(times, (s) => 30 + 21.5 * s), dash: "dotted" }],
  },
  fan_hostile: {
    ...usual, label: `${HOSTILE} ${LONG}`, unit: `${HOSTILE}/day`, scenario: `${LONG} ${HOSTILE}`, note: `${HOSTILE} ${WORD}`,
    baseline: { label: `${LONG} otherwise`, values: along(times, (s) => 54.9 * s) },
    lines: [{ label: WORD, values: along(times, (s) => 55.1 * s), tone: 2 }, { label: HOSTILE, values: along(times, (s) => 55 * s), tone: 3 }],
    hairlines: [{ time: 178, label: `${HOSTILE} ${LONG}` }, { time: 0, label: WORD }, { time: 180, label: "end" }, { time: 999, label: "never" }, { time: NaN, label: "no time" }],
  },
  fan_one_point: { ...usual, times: one, bands: fanOf(one, () => 40, () => 5), baseline: { label: "Status quo", values: [38] } },
  fan_empty: { ...usual, times: new Float64Array(0), bands: null, baseline: null },
  fan_nan: { ...usual, bands: flat(NaN), baseline: { label: "Status quo", values: along(times, () => NaN) }, low: null, high: null },
  fan_holes: { ...usual, bands: holes },
  fan_constant: { ...usual, low: null, high: null, bands: flat(-0), baseline: { label: "Status quo", values: along(times, () => -0) } },
  fan_constant_big: { ...usual, low: null, high: null, bands: flat(1234567), baseline: { label: "Status quo", values: along(times, () => 1234567) } },
  fan_huge: { ...usual, low: null, high: null, bands: fanOf(times, (s) => 1e15 * s, (s) => 4e14 * s), baseline: { label: "Status quo", values: along(times, (s) => 1.7e308 * (s - 0.5)) } },
  fan_tiny: { ...usual, low: 0, high: null, bands: fanOf(times, (s) => 2e-9 * s, (s) => 4e-10 * s), baseline: null, clock: { unit: "year", start: "1990-01-01" } },
  fan_months: { ...usual, times: timesTo(61), clock: { unit: "month", start: "2024-01-31" }, bands: fanOf(timesTo(61), rise, () => 9), baseline: null },
  fan_hours: { ...usual, times: timesTo(25, 0.5), clock: { unit: "hour" }, bands: fanOf(timesTo(25), rise, () => 9), baseline: null },
  fan_one_future: { ...gap, bands: gap.bands.map((x, i) => (Math.floor(i / 181) === 2 ? x : NaN)) },
};

const x = { label: "Ceasefire within the horizon", unit: "probability", goal: "maximize", share: true, bar: [-2, 8, 16] };
const y = { label: "Highest escalation index", unit: "index", goal: "minimize", bar: [-8.5, -2, 4.2] };
const unknown = [NaN, NaN, NaN];
const cloud = Array.from({ length: 200 }, () => [8 + 9 * (random() + random() - 1), -2 + 7 * (random() + random() - 1)]);
const plane = {
  x, y, dots: cloud, corners: [[11, 5], [62, 22]], scenario: "Ultimatum with arms",
  baseline: "Status quo", note: "a dot: one future, its expected difference; bars: the middle and 5–95 % of futures",
};
export const PLANES = {
  plane,
  plane_hostile: {
    ...plane, scenario: HOSTILE, baseline: WORD, note: HOSTILE, corners: null,
    x: { label: `${HOSTILE} ${LONG}`, unit: WORD, goal: "maximize", bar: unknown }, y: { label: WORD, goal: "", bar: [-1, -0, 1] },
    dots: [[NaN, 1], [1e15, -1e-9], [-0, 0]],
  },
  plane_words: { ...plane, x: { ...x, label: "Cost", unit: "dollar", goal: "", share: false }, y: { ...y, label: LONG } },
  plane_empty: { ...plane, dots: [], x: { ...x, bar: unknown }, y: { ...y, bar: unknown }, corners: null },
};

const parts = (f) => Float64Array.from([0, 1, 2].flatMap((option) => [...along(times, (s) => f(s)[option])]));
const shares = {
  label: "Negotiations", clock: DAY, times, options: ["no talks", "talks", "ceasefire signed"], scenario: "Ultimatum with arms",
  here: parts((s) => [1 - s * 0.7, s * 0.3, s * 0.4]), baseline: "Status quo", base: parts((s) => [1 - s * 0.5, s * 0.3, s * 0.2]),
  note: "1,000 runs (200 futures × 5)",
};
export const SHARES = {
  shares,
  shares_hostile: {
    ...shares, label: HOSTILE, scenario: LONG, options: [`${HOSTILE} first`, `${LONG} one`, `${LONG} two`], note: HOSTILE,
    here: parts(() => [0.998, 0.001, 0.001]), baseline: WORD, base: parts(() => unknown),
  },
  shares_nan: { ...shares, here: parts(() => unknown), base: null },
  shares_one_point: { ...shares, times: one, here: Float64Array.from([0.2, 0.3, 0.5]), base: null },
};

const rows = [
  { scenario: "a", label: "Ultimatum with arms", low: -8.6, middle: -2.1, high: 4.2, chosen: true },
  { scenario: "b", label: "Arms first", low: 0.4, middle: 3.9, high: 9.7 },
  { scenario: "c", label: "Early deal with monitors on both sides of the line of contact", low: -14, middle: -9, high: -3.2 },
  { scenario: "d", label: "Nothing known", low: NaN, middle: NaN, high: NaN },
];
const bars = { label: "Highest escalation index", unit: "index", goal: "minimize", matters: 1.5, baseline: "Status quo", rows, note: "1,000 runs each" };
export const BARS = {
  bars,
  bars_share: { ...bars, label: "Ceasefire", goal: "maximize", share: true, matters: 0.02, rows: rows.map((row) => ({ ...row, low: row.low / 100, middle: row.middle / 100, high: row.high / 100 })) },
  bars_hostile: {
    ...bars, label: HOSTILE, baseline: WORD, unit: LONG, matters: 1e99,
    rows: [{ scenario: "a", label: `${LONG} one`, low: -1e12, middle: -0, high: 1e15 }, { scenario: "b", label: `${LONG} two`, low: 0, middle: 1e-9, high: 1e-8 }, { scenario: "c", label: WORD, low: 5, middle: 5, high: 5 }, { scenario: "d", label: HOSTILE, low: 1, middle: 2, high: 3 }],
  },
  bars_empty: { ...bars, rows: [] },
};

const events = {
  offer: { label: "Offer to talk", group: "Diplomacy" }, deal: { label: "Ceasefire signed", group: "Diplomacy" },
  threat: { label: "Ultimatum repeated in public", group: "Diplomacy" }, strike: { label: "Missile strike", group: "Military" },
  reply: { label: "Retaliation", group: "Military" }, evil: { label: HOSTILE, group: `${HOSTILE} ${LONG}` }, long: { label: LONG, group: `${HOSTILE} ${LONG}` },
};
const happen = (event, time, cause = "trigger") => ({ event, time, cause, text: `${event} at ${time}` });
const told = [happen("offer", 3), happen("threat", 8), happen("threat", 9.5), happen("reply", 51, "strike->reply"), happen("deal", 179), happen("evil", 100), happen("long", 175)];
const strikes = Array.from({ length: 40 }, (_, i) => happen("strike", 4.4 * i + 1));
const alone = [...told, ...strikes].map((here) => ({ here, there: null, kind: "here" }));
const twins = [
  ...told.slice(0, 2).map((here) => ({ here, there: here, kind: "same" })), { here: told[2], there: null, kind: "here" },
  { here: null, there: happen("offer", 20), kind: "there" }, { here: told[3], there: happen("reply", 60), kind: "moved" },
  { here: told[4], there: happen("deal", 179), kind: "otherwise" }, ...strikes.map((here) => ({ here, there: here, kind: "same" })),
];
const tell = (occurrence) => occurrence.text;
const lanes = { title: "Ultimatum with arms: run 17", clock: DAY, span: [0, 180], scenario: "Ultimatum with arms", marks: laneMarks(alone, events, tell), note: "one run of many possible" };
export const LANES = {
  lanes,
  lanes_twin: { ...lanes, twin: "Status quo", title: "Two runs, the same luck", marks: laneMarks(twins, events, tell), parting: { time: 9.5, label: "they part on 23 Jul 2025 (day 9.5)" } },
  lanes_hostile: { ...lanes, title: HOSTILE, scenario: LONG, twin: WORD, marks: laneMarks(twins.slice(2), events, tell), parting: { time: 180, label: `${HOSTILE} ${LONG}` } },
  lanes_empty: { ...lanes, marks: [] },
};

const memberOf = (label, i) => ({ label, bands: fanOf(times, (s) => rise(s) / (1 + i), (s) => 1 + 3 * s), baseline: usual.baseline.values });
const named = (n) => Array.from({ length: n }, (_, i) => memberOf(`region ${i + 1}`, i));
const missing = { label: "never", bands: new Float64Array(5 * times.length).fill(NaN), baseline: null };
const each = { label: "Stock", unit: "person", goal: "minimize", sets: ["region"], clock: DAY, times, scenario: "Ultimatum with arms", baseline: "Status quo", members: named(12), note: NOTE };
export const MULTIPLES = {
  multiples: each,
  multiples_two: { ...each, members: named(2), clock: { unit: "year" } },
  multiples_hostile: { ...each, label: HOSTILE, unit: WORD, scenario: LONG, baseline: HOSTILE, members: [...[HOSTILE, LONG, WORD].map(memberOf), missing] },
  multiples_empty: { ...each, members: [missing, missing] },
};
export const HEATS = {
  heat: { ...each, members: named(30) },
  heat_many: { ...each, members: named(100), clock: { unit: "year" } },
  heat_hostile: { ...each, label: HOSTILE, unit: WORD, members: [...[HOSTILE, LONG, WORD].map(memberOf), missing] },
  heat_empty: { ...each, members: [missing, missing] },
};

export const gallery = {};
export function drawGallery(root, words, language) {
  const context = { words, language, document: {} };
  const kinds = [[createFan, FANS], [createPlane, PLANES], [createShares, SHARES], [createBars, BARS], [createLanes, LANES], [createMultiples, MULTIPLES], [createHeat, HEATS]];
  for (const [create, all] of kinds) {
    for (const [name, data] of Object.entries(all)) {
      const chart = create(context, { name });
      gallery[name] = { chart, data };
      root.append(chart.element);
      chart.update(data);
    }
  }
}
