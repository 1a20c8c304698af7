/**
 * Runs the cases of a folder: `cases.json` names modules and requests; block N goes to `N.bin`,
 * its stories to `N.json`.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [engine, folder] = process.argv.slice(2);
const { load } = await import(pathToFileURL(engine).href);
const engines = new Map();
const cases = JSON.parse(readFileSync(join(folder, "cases.json"), "utf-8"));
for (const [number, { module, stories, values, ...request }] of cases.entries()) {
  if (!engines.has(module)) {
    engines.clear(); // cases are sorted by module, and each memory is some megabytes
    engines.set(module, await load(readFileSync(join(folder, module))));
  }
  const runner = engines.get(module);
  const block = runner.run({ ...request, values });
  const parts = [block.outcomes, block.status, block.events, block.series];
  writeFileSync(
    join(folder, `${number}.bin`),
    Buffer.concat(parts.map((part) => Buffer.from(part.buffer))),
  );
  const told = stories.map((replication) => runner.replay({ ...request, values, replication }));
  writeFileSync(
    join(folder, `${number}.json`),
    JSON.stringify(told, (_, value) => (ArrayBuffer.isView(value) ? [...value] : value)),
  );
}
