/**
 * A worker of `pool.js`: it loads each module once and then answers requests.
 *
 * @typedef {object} Question
 * @property {number} id @property {string} task
 * @property {string | number} name of the module to load
 * @property {any} request
 */

import { load } from "./engine.js";
import { loadStatistics } from "./statistics.js";
import { TASKS } from "./analysis.js";

/** Engines by number, and the statistics. @type {Map<string | number, Promise<any>>} */
const loading = new Map();

/** @param {string} task @param {any} request */
async function answered(task, request) {
  if (task === "run" || task === "replay") {
    const engine = await loading.get(request.module);
    const start = performance.now();
    const result = engine[task](request);
    return { result, took: performance.now() - start };
  }
  if (!Object.hasOwn(TASKS, task)) throw new RangeError(`there is no task '${task}'`);
  const result = TASKS[/** @type {keyof typeof TASKS} */ (task)](await loading.get("statistics"), request);
  return { result, took: 0 };
}

self.onmessage = async (/** @type {MessageEvent<Question>} */ { data: { id, task, name, request } }) => {
  if (task === "load") {
    loading.set(name, (name === "statistics" ? loadStatistics : load)(request));
    return;
  }
  try {
    const { result, took } = await answered(task, request);
    const arrays = (ArrayBuffer.isView(result) ? [result] : Object.values(result)).filter(ArrayBuffer.isView);
    self.postMessage({ id, result, took }, { transfer: arrays.map((array) => array.buffer) });
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
};

self.postMessage({ id: 0 }); // it has started
