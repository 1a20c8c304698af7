/**
 * Calls functions of the statistics: `calls.json` has their names and arguments, `null` for NaN;
 * `found.json` gets what they return, numbers that JSON does not have as words.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [source, folder] = process.argv.slice(2);
const { loadStatistics } = await import(pathToFileURL(source).href);
const statistics = await loadStatistics(readFileSync(join(folder, "statistics.wasm")));
const numbers = (_, value) =>
  Array.isArray(value) ? value.map((x) => (x === null ? NaN : x)) : value;
const calls = JSON.parse(readFileSync(join(folder, "calls.json"), "utf-8"), numbers);
const told = (_, value) => {
  if (ArrayBuffer.isView(value)) return [...value];
  if (typeof value !== "number") return value;
  return Object.is(value, -0) ? "-0" : Number.isFinite(value) ? value : String(value);
};
const found = calls.map(([name, ...given]) => statistics[name](...given));
writeFileSync(join(folder, "found.json"), JSON.stringify(found, told));
