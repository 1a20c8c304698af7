/**
 * What gives the numbers of a view again without this page: an overlay, a command, an address.
 *
 * @typedef {import("./setting.js").Study} Study
 * @typedef {import("./setting.js").View} View
 * @typedef {import("./setting.js").Setting} Setting
 * @typedef {import("../../sim/browser/format.js").Value} Value
 */

import { addressOf } from "./address.js";
import { entryOf, isAssumption, sceneOf, settingSlug, settingsOf } from "./setting.js";
import { shownValue, sizesOf, titleOf, valueOf } from "./setting.js";

/** Words that a shell takes as they are, as `shlex.quote` in Python says. */
const BARE_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * A scenario file that makes the setting of a view.
 *
 * @param {Study} document @param {View} view
 * @returns {string} YAML
 */
export function overlayYaml(document, view) {
  const setting = unfiled(document, settingsOf(document, view).policy);
  return settingYaml(document, setting, freeName(document, settingSlug(document, setting), []));
}

/** A setting with what no file has of its scenario. @param {Study} document @param {Setting} setting */
function unfiled(document, { scenario, values }) {
  const { set = [] } = sceneOf(document, scenario);
  const own = set.map((name) => [name, valueOf(document, scenario, name)]);
  return { scenario, values: { ...Object.fromEntries(own), ...values } };
}

/** @param {Study} document @param {Setting} setting @param {string} name */
function settingYaml(document, setting, name) {
  const { of, file } = sceneOf(document, setting.scenario);
  const title = yamlText(titleOf(document, setting));
  const lines = [`scenario: ${name}`, `title: ${title}`, `of: ${yamlText(of ?? file)}`];
  for (const [section, wanted] of /** @type {const} */ ([["levers", false], ["parameters", true]])) {
    const own = Object.entries(setting.values).filter(([key]) => isAssumption(document, key) === wanted);
    if (own.length) lines.push(`${section}:`);
    /** @type {Record<string, string[]>} */
    const members = {};
    for (const [key, value] of own) {
      const text = typeof value === "string" ? yamlText(value) : shownValue(value, entryOf(document, key));
      const [family, cell] = key.replace("]", "").split("[");
      if (cell === undefined) lines.push(`  ${key}: ${text}`);
      else (members[family] ??= []).push(`      ${yamlKey(cell)}: ${text}`);
    }
    for (const [family, cells] of Object.entries(members)) lines.push(`  ${family}:`, "    members:", ...cells);
  }
  return `${lines.join("\n")}\n`;
}

/** A member as a key; what YAML reads as another thing than text has quotes. @param {string} member */
function yamlKey(member) {
  const isPlain = /^[a-z_][\w,-]*$/i.test(member) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(member);
  return isPlain ? member : yamlText(member);
}

/** Text in YAML; what JSON has in quotes reads the same there. @param {string} text */
function yamlText(text) {
  return JSON.stringify(text);
}

/** A name that no other scenario has. @param {Study} document @param {string} name @param {string[]} taken */
function freeName(document, name, taken) {
  const known = [...taken, ...document.scenarios.map((scene) => scene.name)];
  let unique = name;
  for (let number = 2; known.includes(unique); number += 1) unique = `${name}_${number}`;
  return unique;
}

/**
 * The command that gives the numbers of a view, in the folder of the study, and the files that it needs
 * beside those there.
 *
 * @param {Study} document @param {View} view
 * @returns {{command: string, words: string[], files: Record<string, string>}}
 */
export function commandOf(document, view) {
  const settings = settingsOf(document, view);
  const [baseline, policy] = [settings.baseline, settings.policy].map((one) => unfiled(document, one));
  /** @type {Record<string, string>} */
  const files = {};
  /** @type {[string, Setting][]} */
  const given = [];
  const names = [baseline, policy].map((setting, place) => {
    const scene = sceneOf(document, setting.scenario);
    let { name, file } = scene;
    if (name === document.name || (place && policy.scenario === baseline.scenario)) {
      name = freeName(document, settingSlug(document, setting), given.map(([taken]) => taken));
      file = `${name}.yaml`;
      files[file] = settingYaml(document, setting, name);
    }
    given.push([name, setting]);
    return file;
  });
  const words = ["compare", ...names, ...assigned(document, given)];
  const [futures, replications] = sizesOf(document, view);
  words.push("--seed", String(view.seed));
  if (futures) words.push("--futures", String(futures));
  else if (document.uncertain) words.push("--central");
  if (futures && document.ranges) words.push("--independent");
  words.push("-n", String(replications));
  return { command: ["fulcrum", ...words].map(shellQuote).join(" "), words, files };
}

/**
 * What is set by hand: in both scenarios alike, or in the only one, then in one alone.
 *
 * @param {Study} document @param {[string, Setting][]} given
 */
function assigned(document, given) {
  const [[, first], second] = given;
  const isShared = (/** @type {string} */ name) =>
    Object.hasOwn(first.values, name) && (!second || first.values[name] === second[1].values[name]);
  const shared = Object.keys(first.values).filter(isShared).map((name) => ["", name, first.values[name]]);
  const own = given.flatMap(([scenario, { values }]) =>
    Object.keys(values).filter((name) => !isShared(name)).map((name) => [`${scenario}:`, name, values[name]]),
  );
  return /** @type {[string, string, Value][]} */ ([...shared, ...own]).flatMap(([scope, name, value]) => [
    "--set",
    `${scope}${name}=${shownValue(value, entryOf(document, name))}`,
  ]);
}

/**
 * The command that tells the whole of one run of a view again, in the folder of the study.
 *
 * @param {Study} document @param {View} view @param {{future: number, replication: number}} run
 */
export function traceCommand(document, view, { future, replication }) {
  const setting = unfiled(document, settingsOf(document, view).policy);
  const words = ["trace", sceneOf(document, setting.scenario).file, "--all", ...assigned(document, [["", setting]])];
  const [futures, replications] = sizesOf(document, view);
  words.push("--seed", String(view.seed), "--replication", String(replication));
  if (futures) words.push("--futures", String(futures), "-n", String(replications), "--future", String(future));
  if (futures && document.ranges) words.push("--independent");
  return ["fulcrum", ...words].map(shellQuote).join(" ");
}

/**
 * How the same setting opens in Fulcrum: a command, and what to put behind the address it shows.
 *
 * @param {Study} document @param {View} view
 * @returns {{command: string, address: string}}
 */
export function openCommand(document, view) {
  const command = ["fulcrum", "ui", document.folder || "."].map(shellQuote).join(" ");
  return { command, address: `?${addressOf(document, view)}` };
}

/** `shlex.quote` @param {string} word */
function shellQuote(word) {
  return BARE_WORD.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}
