/**
 * Calls functions of modules: `calls.json` has module, name and arguments of each; `found.json` gets
 * what they return. Numbers that JSON does not have are words. The first argument of a function that
 * needs the statistics is `"statistics"`, and their own functions are called as of a module.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [source, folder] = process.argv.slice(2);
const modules = new Map();
const { loadStatistics } = await import(pathToFileURL(join(source, "statistics.js")).href);
modules.set("statistics", await loadStatistics(readFileSync(join(folder, "statistics.wasm"))));
const special = new Map([["NaN", NaN], ["Infinity", Infinity], ["-Infinity", -Infinity], ["-0", -0]]);
const read = (_, value) => (special.has(value) ? special.get(value) : value);
const told = (_, value) => {
  if (ArrayBuffer.isView(value)) return [...value];
  if (typeof value !== "number") return value;
  return Object.is(value, -0) ? "-0" : Number.isFinite(value) ? value : String(value);
};
const found = [];
for (const [module, name, ...given] of JSON.parse(readFileSync(join(folder, "calls.json"), "utf-8"), read)) {
  if (!modules.has(module)) {
    modules.set(module, await import(pathToFileURL(join(source, `${module}.js`)).href));
  }
  if (given[0] === "statistics") given[0] = modules.get("statistics");
  found.push(modules.get(module)[name](...given));
}
writeFileSync(join(folder, "found.json"), JSON.stringify(found, told));
