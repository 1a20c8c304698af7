/**
 * Several workers share the runs of models, and what is asked about their results.
 *
 * @typedef {import("./engine.js").Request & {module?: number}} PoolRequest `module` is the number of the
 * model, 0 unless given
 * @typedef {import("./engine.js").Block} Block
 * @typedef {import("./engine.js").Layout} Layout
 * @typedef {import("./member.js").Work} Work
 *
 * @typedef {object} Job a run that workers share
 * @property {PoolRequest} request
 * @property {Float64Array} values
 * @property {number} count replications of each future
 * @property {number} total runs in all
 * @property {number} next the place of the first run that no worker has
 * @property {number} done runs that are there
 * @property {number} most runs of a block
 * @property {Block} whole
 * @property {((block: Block, place: number) => void) | undefined} onBlock
 * @property {(result: Block | null) => void} resolve
 * @property {(error: Error) => void} reject
 */

import { MOST_BYTES, layoutOf, tooLarge } from "./engine.js";
import { member } from "./member.js";

/** Milliseconds of a block: a run that is superseded ends after two of them in each worker. */
const TARGET = 6;
/** Runs of the first block of a model whose speed is not known. */
const FIRST = 5;
/** Most bytes of a block. */
const BLOCK_BYTES = 2 ** 26;

/**
 * Start workers for models.
 *
 * @param {object} what
 * @param {(BufferSource | WebAssembly.Module)[]} what.modules
 * @param {BufferSource | WebAssembly.Module} [what.statistics] what `ask` needs
 * @param {object} how
 * @param {string | URL} how.worker address of `worker.js`, or the text of it and what it imports
 * @param {number} [how.workers] by default one for each processor, at most 8
 * @param {number} [how.limit] milliseconds that a block of runs may take
 */
export async function startPool({ modules, statistics }, { worker, workers, limit = 20_000 }) {
  const isText = typeof worker === "string" && worker.includes("\n");
  const url = isText ? URL.createObjectURL(new Blob([worker], { type: "text/javascript" })) : worker;
  const type = isText ? "classic" : "module"; // a page from a file may start no module
  const size = workers ?? Math.min(8, navigator.hardwareConcurrency || 2);
  const start = () => new Worker(url, { type });
  // Workers may report before the models below are compiled.
  /** @type {Map<string, Job>} */
  const jobs = new Map();
  /** @type {Work[]} */
  const asked = [];
  const team = Array.from({ length: size }, () => member(start, () => known, limit, feed));
  const compiled = (/** @type {BufferSource | WebAssembly.Module} */ wasm) =>
    wasm instanceof WebAssembly.Module ? wasm : WebAssembly.compile(wasm);
  /** @type {Map<string | number, WebAssembly.Module>} */
  const known = new Map();
  await Promise.all([
    ...modules.map(async (wasm, i) => known.set(i, await compiled(wasm))),
    ...(statistics ? [statistics] : []).map(async (wasm) => known.set("statistics", await compiled(wasm))),
  ]);
  const layouts = modules.map((_, i) => layoutOf(/** @type {WebAssembly.Module} */ (known.get(i))));
  /** Milliseconds of a run of each model, as the last blocks took. */
  const pace = modules.map(() => NaN);

  /** Give work to those who have none, then, so that nobody waits, a second block of a run. */
  function feed() {
    for (const one of team) {
      if (one.open() === 0) one.give(asked.shift() ?? block());
    }
    for (const one of team) {
      if (one.open() === 1 && !asked.length) one.give(block());
    }
  }

  /** The next block of the first run that is not given out yet. @returns {Work | undefined} */
  function block() {
    for (const job of jobs.values()) {
      const { request, values, count, total, next, most } = job;
      if (next >= total) continue;
      const module = request.module ?? 0;
      const size = Math.max(1, Math.min(most, pace[module] ? Math.floor(TARGET / pace[module]) : FIRST));
      const [row, begun] = [Math.floor(next / count), next % count];
      const rows = begun || size < count ? 1 : Math.min(Math.floor(size / count), total / count - row);
      const part = begun || size < count ? Math.min(size, count - begun) : count;
      const width = layouts[module].values.length;
      job.next += rows * part;
      return {
        ...{ task: "run", job, reject: (error) => end(job, () => job.reject(error)) },
        request: {
          ...{ ...request, module, values: values.slice(row * width, (row + rows) * width), count: part },
          future: BigInt(request.future ?? 0) + BigInt(row),
          first: BigInt(request.first ?? 0) + BigInt(begun),
        },
        resolve: (found, took) => {
          const each = took / (rows * part);
          pace[module] = pace[module] ? (pace[module] + each) / 2 : each;
          if (!isWaited(job)) return;
          put(found, next, job.whole);
          job.onBlock?.(found, next);
          job.done += rows * part;
          if (job.done === total) end(job, () => job.resolve(job.whole));
        },
      };
    }
    return undefined;
  }

  /** Whether somebody waits for a run. @param {Job} job */
  function isWaited(job) {
    return [...jobs.values()].includes(job);
  }

  /** Take a run off the list. @param {Job} job @param {() => void} told */
  function end(job, told) {
    for (const [name, other] of jobs) if (other === job) jobs.delete(name);
    told();
  }

  /** Drop a run: workers that take long over it start afresh. @param {string} name */
  function drop(name) {
    const job = jobs.get(name);
    if (!job) return;
    end(job, () => job.resolve(null));
    for (const one of team) one.leave(job);
  }

  /**
   * Run replications; null if another run of the same name began meanwhile, or all were stopped.
   *
   * @param {PoolRequest} request
   * @param {{name?: string, onBlock?: (block: Block, place: number) => void}} [how]
   * `onBlock` is called with each block as it arrives, and the place of its first run
   * @returns {Promise<Block | null>}
   */
  async function run(request, { name = "run", onBlock } = {}) {
    drop(name);
    const { module = 0, count, series = [] } = request;
    const values = Float64Array.from(request.values);
    const layout = layouts[module];
    if (!layout) throw new RangeError(`there is no model ${module}`);
    const inputs = layout.values.length;
    const futures = inputs ? values.length / inputs : 1;
    if (!(futures >= 1 && Number.isInteger(futures))) {
      throw new RangeError(`${inputs} values expected for each future, not ${values.length}`);
    }
    const [total, width] = [futures * count, layout.outcomes.length];
    const rows = series.length * layout.clock.points;
    const bytes = 8 * (width + rows + 2);
    if (bytes * total > MOST_BYTES) throw new RangeError(tooLarge(bytes * total));
    const whole = {
      outcomes: new Float64Array(total * width),
      status: new Int32Array(total),
      events: new BigInt64Array(total),
      series: new Float64Array(total * rows),
    };
    if (!total) return whole;
    const most = Math.min(Math.ceil(total / (2 * size)), Math.floor(BLOCK_BYTES / bytes));
    return new Promise((resolve, reject) => {
      const job = { request, values, count, total, next: 0, done: 0, most, whole, onBlock };
      jobs.set(name, { ...job, resolve, reject });
      feed();
    });
  }

  /**
   * Ask the first worker that is free for one of `TASKS` in `analysis.js`; null if all were stopped.
   *
   * @param {string} task @param {any} request @param {Transferable[]} [transfer] given away with it
   * @returns {Promise<any>}
   */
  function ask(task, request, transfer = []) {
    return new Promise((resolve, reject) => {
      asked.push({ task, request, transfer, resolve, reject });
      feed();
    });
  }

  /**
   * Tell the story of one replication; see `engine.replay`.
   *
   * @param {any} request with `module`, 0 unless given @returns {Promise<any>}
   */
  const replay = (request) => ask("replay", { module: 0, ...request });

  /** End all work under way; workers start afresh. */
  function stop() {
    for (const name of [...jobs.keys()]) drop(name);
    for (const work of asked.splice(0)) work.resolve(null, 0);
    for (const one of team) one.stop();
  }

  /** End the workers. */
  function close() {
    stop();
    for (const one of team) one.close();
    if (isText) URL.revokeObjectURL(/** @type {string} */ (url));
  }

  return { layouts: /** @type {Layout[]} */ (layouts), run, ask, replay, stop, close };
}

/**
 * Put a block into a whole.
 *
 * @param {Block} block @param {number} place of its first run @param {Block} whole
 */
function put({ outcomes, status, events, series }, place, whole) {
  const [size, total] = [status.length, whole.status.length];
  whole.outcomes.set(outcomes, (place * outcomes.length) / size);
  whole.status.set(status, place);
  whole.events.set(events, place);
  for (let from = 0, to = place; from < series.length; from += size, to += total) {
    for (let i = 0; i < size; i += 1) whole.series[to + i] = series[from + i];
  }
}
