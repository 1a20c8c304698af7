/**
 * A worker of a pool: what it is given, how long it takes, and how it starts afresh.
 *
 * @typedef {import("./pool.js").Job} Job
 *
 * @typedef {object} Work what a worker gets
 * @property {string} task
 * @property {any} request
 * @property {Job} [job] the run that it is part of
 * @property {Transferable[]} [transfer]
 * @property {(result: any, took: number) => void} resolve
 * @property {(error: Error) => void} reject
 */

/** Milliseconds for which a worker may go on with a block that nobody waits for. */
const PATIENCE = 60;

/**
 * A worker and the work that it has.
 *
 * @param {() => Worker} start
 * @param {() => Map<string | number, WebAssembly.Module>} known modules by their names
 * @param {number} limit milliseconds for a piece of work @param {() => void} free called when it has less
 */
export function member(start, known, limit, free) {
  /** @type {Worker | null} */
  let worker = null;
  /** Modules that the worker has. @type {Set<string | number>} */
  let loaded = new Set();
  /** @type {(Work & {id: number})[]} */
  let open = [];
  let [last, timer, isBorn, isClosed, broken] = [0, 0, false, false, ""];
  begin();

  function begin() {
    worker = start();
    loaded = new Set();
    worker.onmessage = ({ data: { id, result, error, took } }) => {
      isBorn = true;
      const place = open.findIndex((work) => work.id === id);
      const [work] = place < 0 ? [] : open.splice(place, 1);
      watch();
      if (error === undefined) work?.resolve(result, took);
      else work?.reject(new Error(error));
      free();
    };
    worker.onerror = (event) => {
      event.preventDefault(); // told where it is awaited, not to the page as well
      fail(event.message || "the worker did not start");
    };
  }

  /** Watch the time of the first piece of work. */
  function watch() {
    clearTimeout(timer);
    if (!open.length) return;
    const words = `this took longer than ${limit / 1000} seconds and was stopped`;
    timer = setTimeout(() => fail(words), limit);
  }

  /** Start afresh, and again with what was open and is still wanted. @param {Work[]} wanted */
  function afresh(wanted) {
    worker?.terminate();
    open = [];
    watch();
    begin();
    wanted.forEach(give);
  }

  /** The first piece of work fails. @param {string} message */
  function fail(message) {
    const [first, ...rest] = open;
    if (isBorn) afresh(rest.filter((work) => work.job !== first.job));
    else [broken, open] = [message, []];
    for (const work of isBorn ? [first] : [first, ...rest]) work?.reject(new Error(message));
    free();
  }

  /** @param {Work | undefined} work */
  function give(work) {
    if (!work || isClosed) return;
    if (broken) {
      work.reject(new Error(broken));
      return;
    }
    const { task, request, transfer = [] } = work;
    const needed = request.module ?? "statistics";
    if (!loaded.has(needed)) worker?.postMessage({ task: "load", name: needed, request: known().get(needed) });
    loaded.add(needed);
    open.push({ ...work, id: (last += 1) });
    worker?.postMessage({ id: last, task, request }, transfer);
    if (open.length === 1) watch();
  }

  return {
    give,
    open: () => open.length,
    /** Nobody waits for a run any more. @param {Job} job */
    leave: (job) => {
      const here = worker;
      if (!open.some((work) => work.job === job)) return;
      setTimeout(() => {
        if (worker !== here || isClosed || open[0]?.job !== job) return;
        afresh(open.filter((work) => work.job !== job));
        free();
      }, PATIENCE);
    },
    stop: () => {
      const all = open;
      if (all.length) afresh([]);
      for (const work of all) if (!work.job) work.resolve(null, 0);
    },
    close: () => {
      isClosed = true;
      worker?.terminate();
    },
  };
}
