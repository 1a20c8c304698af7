/**
 * Several workers share the replications of a run.
 *
 * @typedef {import("./engine.js").Request} Request
 * @typedef {import("./engine.js").Block} Block
 * @typedef {import("./engine.js").Layout} Layout
 */

/** Most replications of a block: a run that is superseded ends after those under way. */
const MOST = 64;

/**
 * Start workers that have all loaded a module.
 *
 * @param {BufferSource | WebAssembly.Module} wasm
 * @param {object} how
 * @param {string | URL} how.worker address of `worker.js`, or the text of it and what it imports
 * @param {number} [how.workers] by default one for each processor, at most 8
 */
export async function startPool(wasm, { worker, workers = Math.min(8, navigator.hardwareConcurrency || 2) }) {
  const module = wasm instanceof WebAssembly.Module ? wasm : await WebAssembly.compile(wasm);
  const isText = typeof worker === "string" && worker.includes("\n");
  const url = isText ? URL.createObjectURL(new Blob([worker], { type: "text/javascript" })) : worker;
  const type = isText ? "classic" : "module"; // a page from a file may start no module
  const team = Array.from({ length: workers }, () => member(new Worker(url, { type })));
  const [layout] = await Promise.all(team.map((one) => one.ask("load", module)));
  if (isText) URL.revokeObjectURL(/** @type {string} */ (url));
  /** @type {Map<string, object>} */
  const latest = new Map();

  /**
   * Run replications; null if another run of the same name began meanwhile.
   *
   * @param {Request} request
   * @param {{name?: string, onBlock?: (block: Block, first: number) => void}} [how]
   * `onBlock` is called with each block as it arrives, and the place of its first replication
   * @returns {Promise<Block | null>}
   */
  async function run(request, { name = "run", onBlock } = {}) {
    const mine = {};
    latest.set(name, mine);
    const size = Math.max(1, Math.min(MOST, Math.ceil(request.count / (2 * team.length))));
    /** @type {[number, Block][]} */
    const blocks = [];
    let next = 0;
    const work = async (/** @type {Member} */ one) => {
      while (next < request.count && latest.get(name) === mine) {
        const place = next;
        next += size;
        const count = Math.min(size, request.count - place);
        const first = BigInt(request.first ?? 0) + BigInt(place);
        const block = await one.ask("run", { ...request, first, count });
        if (latest.get(name) !== mine) return;
        blocks.push([place, block]);
        onBlock?.(block, place);
      }
    };
    await Promise.all(team.map(work));
    return latest.get(name) === mine ? joined(blocks, request.count) : null;
  }

  /** Tell the story of one replication; see `engine.replay`. @param {any} request */
  const replay = (request) => team[0].ask("replay", request);

  /** End the workers. */
  const close = () => team.forEach((one) => one.end());

  return { layout: /** @type {Layout} */ (layout), run, replay, close };
}

/**
 * @typedef {ReturnType<typeof member>} Member
 * @param {Worker} worker
 */
function member(worker) {
  /** @type {Map<number, {resolve: Function, reject: Function}>} */
  const open = new Map();
  let last = 0;
  const fail = (/** @type {string} */ message) => {
    for (const { reject } of open.values()) reject(new Error(message));
    open.clear();
  };
  worker.onmessage = ({ data: { id, result, error } }) => {
    const { resolve, reject } = open.get(id) ?? {};
    open.delete(id);
    if (error === undefined) resolve?.(result);
    else reject?.(new Error(error));
  };
  worker.onerror = (event) => fail(event.message || "the worker did not start");
  return {
    /** @param {string} task @param {any} request @returns {Promise<any>} */
    ask: (task, request) =>
      new Promise((resolve, reject) => {
        open.set((last += 1), { resolve, reject });
        worker.postMessage({ id: last, task, request });
      }),
    end: () => {
      worker.terminate();
      fail("the worker was ended");
    },
  };
}

/**
 * Join blocks to one.
 *
 * @param {[number, Block][]} blocks each with the place of its first replication
 * @param {number} count replications in all
 * @returns {Block}
 */
function joined(blocks, count) {
  const some = blocks[0]?.[1];
  const per = (/** @type {keyof Block} */ part) => (some ? some[part].length / some.status.length : 0);
  const [width, rows] = [per("outcomes"), per("series")];
  const whole = {
    outcomes: new Float64Array(count * width),
    status: new Int32Array(count),
    events: new BigInt64Array(count),
    series: new Float64Array(count * rows),
  };
  for (const [place, { outcomes, status, events, series }] of blocks) {
    whole.outcomes.set(outcomes, place * width);
    whole.status.set(status, place);
    whole.events.set(events, place);
    const size = status.length;
    for (let row = 0; row < rows; row += 1) {
      whole.series.set(series.subarray(row * size, (row + 1) * size), row * count + place);
    }
  }
  return whole;
}
