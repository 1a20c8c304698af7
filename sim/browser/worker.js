/**
 * A worker of `pool.js`: it loads a module once and then answers requests.
 *
 * @typedef {{id: number, task: "load" | "run" | "replay", request: any}} Question
 */

import { load } from "./engine.js";

/** @type {Awaited<ReturnType<typeof load>>} */
let engine;

self.onmessage = async (/** @type {MessageEvent<Question>} */ { data: { id, task, request } }) => {
  try {
    if (task === "load") {
      engine = await load(request);
      self.postMessage({ id, result: engine.layout });
      return;
    }
    const result = engine[task](request);
    const arrays = Object.values(result).filter(ArrayBuffer.isView);
    self.postMessage({ id, result }, { transfer: arrays.map((array) => array.buffer) });
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
};
