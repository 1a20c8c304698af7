/**
 * A study in a page: its document, the workers that run it, and what its settings stand for.
 *
 * @typedef {number | boolean | string} Value
 * @typedef {{scenario: string, values: Record<string, Value>}} Policy a scenario and what was set by hand
 * @typedef {{futures: number, replications: number, blocks: number, seed: number, points: Float64Array}} Design
 * `points` are `[future, sampled parameter]`; empty where assumptions are held
 */

import { encode } from "../../sim/browser/format.js";
import { blocksOf, layListed, rowsOf, sampleFutures } from "../../sim/browser/futures.js";
import { startPool } from "../../sim/browser/pool.js";
import { loadStatistics } from "../../sim/browser/statistics.js";
import { sizesOf } from "./setting.js";

/** The version of a document that this page reads. */
const DOCUMENT_FORMAT = 1;
/** Shapes that are even, or symmetric, in the logarithm. */
const LOGARITHMIC = new Set(["loguniform", "lognormal"]);

/** @typedef {Awaited<ReturnType<typeof openStudy>>} Study */

/**
 * Open a document and start its workers.
 *
 * @param {any} document see `ui/live/document.py`
 * @param {{worker: string, workers?: number}} how the text of the worker
 */
export async function openStudy(document, { worker, workers }) {
  if (document.format !== DOCUMENT_FORMAT) throw new TypeError("this study was made for another version");
  const [statisticsBytes, ...modules] = await Promise.all([document.statistics, ...document.modules].map(unpacked));
  const listed = document.listed && (await listedOf(document.listed));
  const [pool, statistics] = await Promise.all([
    startPool({ modules, statistics: statisticsBytes }, { worker, workers }),
    loadStatistics(statisticsBytes),
  ]);
  const { layouts } = pool;
  document = { ...document, layouts };
  const places = layouts.map((/** @type {any} */ layout) => new Map(layout.values.map(placeOf)));
  const scenarios = new Map(document.scenarios.map((/** @type {any} */ one) => [one.name, one]));
  const entries = new Map(document.assumptions.map((/** @type {any} */ entry) => [entry.name, entry]));
  const sampled = document.sampled.map(parameterOf);
  /** @type {Map<string, Design>} */
  const designs = new Map();
  /** @type {WeakMap<Design, {inputs: any[], points: Float64Array}>} */
  const inputs = new WeakMap();
  /** Columns of the futures that differ: of parameters that move together, the first. @type {number[]} */
  const leading = sampled.flatMap((/** @type {any} */ _, /** @type {number} */ i) => ((document.links?.leads?.[i] ?? i) === i ? [i] : []));
  const named = leading.map((i) => inputOf(document.sampled[i]));

  /** What `sim.study.futures` calls a parameter. @param {string} name */
  function parameterOf(name) {
    const { kind, options, low, high, shape, law, default: value } = entries.get(name);
    return { name, kind, options, low, high, shape, law, value };
  }

  /** How an input is named and rounded. @param {string} name */
  function inputOf(name) {
    const { label, together, unit, kind, options, shape } = entries.get(name);
    const words = kind === "option" || kind === "boolean" ? { words: options.length || 2 } : {};
    const listed = options.length ? { options } : {};
    return { name, label: together ?? label, unit, whole: kind === "whole", logarithm: LOGARITHMIC.has(shape), ...words, ...listed };
  }

  /**
   * The futures and replications of a view; those of the document unless another number is asked for.
   *
   * @param {{seed: number, runs: number, central: boolean}} view @returns {Design}
   */
  function designOf({ seed, runs, central }) {
    const key = `${seed} ${runs} ${central}`;
    const known = designs.get(key);
    if (known) return known;
    const [futures, replications] = sizesOf(document, { runs, central });
    const drawn = futures ? sampleFutures(statistics, sampled, futures, seed, document.links) : new Float64Array(0);
    const points = futures && listed ? layListed(drawn, document.sampled, listed) : drawn;
    const blocks = futures && !listed ? blocksOf(futures) : Math.max(1, futures); // each that is listed is a unit
    const design = { futures: Math.max(1, futures), replications, seed, points, blocks };
    if (designs.size > 8) designs.clear();
    designs.set(key, design);
    return design;
  }

  /** The parameters that have their values of the futures. @param {Policy} policy @param {Design} design */
  function followsOf({ scenario, values }, design) {
    if (!design.points.length) return new Set();
    return new Set(scenarios.get(scenario).follows.filter((/** @type {string} */ name) => !Object.hasOwn(values, name)));
  }

  /** The values of a policy in the order of its module. @param {Policy} policy */
  function baseOf({ scenario, values }) {
    const { module, values: own } = scenarios.get(scenario);
    const row = Float64Array.from(own);
    for (const [name, value] of Object.entries(values)) {
      const place = places[module].get(name);
      if (place !== undefined) row[place] = encode(value, layouts[module].values[place]);
    }
    return row;
  }

  /**
   * What to run for a policy: some of its futures.
   *
   * @param {Policy} policy @param {Design} design
   * @param {{first?: number, count?: number, series?: string[]}} [part]
   */
  function requestOf(policy, design, { first = 0, count = design.futures - first, series = [] } = {}) {
    const { module } = scenarios.get(policy.scenario);
    const layout = layouts[module];
    const width = document.sampled.length;
    const names = layout.values.map((/** @type {any} */ value) => value.name);
    const points = design.points.subarray(first * width, (first + count) * width);
    const values = design.points.length
      ? rowsOf(baseOf(policy), names, document.sampled, followsOf(policy, design), points)
      : baseOf(policy);
    const numbers = series.map((name) => layout.series.findIndex((/** @type {any} */ one) => one.name === name));
    return {
      ...{ module, values, future: first, count: design.replications, seed: design.seed },
      series: numbers.filter((number) => number >= 0),
    };
  }

  /** The series of a scenario's module among some. @param {Policy} policy @param {string[]} names */
  function seriesOf({ scenario }, names) {
    const known = new Set(layouts[scenarios.get(scenario).module].series.map((/** @type {any} */ one) => one.name));
    return names.filter((name) => known.has(name));
  }

  /**
   * What can move the outcomes of two policies: whether the models allow them to differ, with the same
   * luck in the same future, and whether chance or a future moves each at all. As
   * `sim.analysis.identity.can_differ` and `can_vary`.
   *
   * @param {Policy} here @param {Policy} there @param {Design} design
   */
  function possible(here, there, design) {
    const policies = [here, there];
    const told = policies.map(({ scenario }) => scenarios.get(scenario));
    const [rows, follows] = [policies.map(baseOf), policies.map((one) => followsOf(one, design))];
    const differs = document.inputs.map((/** @type {string} */ name) => {
      const follow = follows.map((some) => some.has(name));
      if (follow[0] || follow[1]) return follow[0] !== follow[1];
      const [one, other] = rows.map((row, side) => row[places[told[side].module].get(name)]);
      return one !== other;
    });
    const any = (/** @type {string} */ signs, /** @type {(i: number) => boolean} */ test) =>
      [...signs].some((sign, i) => sign === "1" && test(i));
    const followed = follows.map((some) => document.inputs.map((/** @type {string} */ name) => some.has(name)));
    /** @type {Record<string, Record<string, boolean>>} */
    const found = { canDiffer: {}, canVary: {}, baseVary: {} };
    document.outcomes.forEach((/** @type {any} */ { name }, /** @type {number} */ o) => {
      const slices = told.map((one) => document.slices[one.slices[o]]);
      const same = told[0].says[o] === told[1].says[o];
      found.canDiffer[name] = !same || any(slices[0].inputs, (i) => differs[i]);
      const [vary, baseVary] = slices.map(
        ({ inputs: signs, chance }, side) => chance || any(signs, (i) => followed[side][i]),
      );
      Object.assign(found.canVary, { [name]: vary });
      Object.assign(found.baseVary, { [name]: baseVary });
    });
    return found;
  }

  /**
   * What the sign of a difference may hang on, and its values: `[input, future]`.
   *
   * @param {Design} design @returns {{inputs: any[], points: Float64Array}}
   */
  function inputsOf(design) {
    const known = inputs.get(design);
    if (known) return known;
    const { futures, points } = design;
    const moved = points.length ? leading : [];
    const turned = new Float64Array(moved.length * futures);
    moved.forEach((column, i) => {
      for (let f = 0; f < futures; f += 1) turned[i * futures + f] = points[f * sampled.length + column];
    });
    const made = { inputs: moved.length ? named : [], points: turned };
    inputs.set(design, made);
    return made;
  }

  /**
   * The structural assumptions that vary between some futures: those that every scenario leaves open, and
   * no policy sets by hand.
   *
   * @param {Policy[]} policies @param {Design} design @param {number} futures the first ones
   * @returns {import("../../sim/browser/comparison.js").Form[]}
   */
  function formsOf(policies, { points }, futures) {
    const follow = [...scenarios.values()].map(({ follows }) => new Set(follows));
    return document.sampled.flatMap((/** @type {string} */ name, /** @type {number} */ column) => {
      const { forms: count, label, options } = entries.get(name);
      const isOpen = follow.every((names) => names.has(name)) && !policies.some(({ values }) => Object.hasOwn(values, name));
      if (!count || !isOpen || !points.length) return [];
      const values = Array.from({ length: futures }, (_, f) => points[f * sampled.length + column]);
      return new Set(values).size > 1 ? [{ name, label, options, count, values }] : [];
    });
  }

  const close = () => pool.close();
  return {
    ...{ document, pool, layouts, scenarios, close },
    ...{ designOf, requestOf, seriesOf, possible, inputsOf, formsOf },
  };
}

/** @param {{name: string}} value @param {number} place @returns {[string, number]} */
function placeOf({ name }, place) {
  return [name, place];
}

/** The plausible futures of a document. @param {{names: string[], values: string}} listed */
async function listedOf({ names, values }) {
  const text = new TextDecoder().decode(await unpacked(values));
  return { names, values: Float64Array.from(text.split(/[\n,]/), Number) };
}

/** The bytes of a text that `ui.live.document.packed` made. @param {string} text */
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
