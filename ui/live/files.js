/**
 * What a reader takes along: a link to this setting, its scenario file, its numbers, and the commands that
 * give them again.
 */

import { node, setShown, setText, t } from "./dom.js";
import { csvOf, save } from "./export.js";
import { commandOf, openCommand, overlayYaml } from "./recipe.js";
import { slugOf } from "./setting.js";

/**
 * @param {any} context
 * @param {() => Promise<import("../../sim/browser/rows.js").Row[]>} allRows of all outcomes, the baseline's among them
 */
export function createFiles({ words, document, link }, allRows) {
  const say = (/** @type {string} */ key, values = {}) => t(words, `files.${key}`, values);
  /** @type {any} */
  let last = null;
  const said = node("span", { class: "fl-note", role: "status" });
  const button = (/** @type {string} */ key, /** @type {() => void} */ act) =>
    node("button", { type: "button", "data-act": key, onclick: act }, say(key));
  const yaml = node("pre", { class: "fl-code", tabindex: "0" });
  const command = node("pre", { class: "fl-code", tabindex: "0" });
  const open = node("pre", { class: "fl-code", tabindex: "0" });
  const needs = node("p", { class: "fl-note" });
  const address = node("input", { class: "fl-address", readonly: true, "aria-label": say("link") });
  address.onfocus = () => address.select();
  const fileNote = node("p", { class: "fl-note" }, say("file_note"));
  const noLink = node("p", { class: "fl-note" }, say("no_link"));
  const element = node(
    "section",
    { class: "fl-section fl-files" },
    node("h2", {}, say("title")),
    node(
      "div",
      { class: "fl-buttons" },
      button("copy_link", copyLink),
      button("save_yaml", () => last && save(`${slugOf(document, last.view)}.yaml`, new Blob([overlayYaml(document, last.view)], { type: "text/yaml" }))),
      button("save_csv", saveCsv),
      said,
    ),
    node("label", { class: "fl-select" }, node("span", {}, say("link")), address),
    fileNote,
    noLink,
    node("details", {}, node("summary", {}, say("yaml")), yaml),
    node("details", {}, node("summary", {}, say("commands")), needs, command, node("p", { class: "fl-note" }, say("open")), open),
  );

  async function copyLink() {
    try {
      await navigator.clipboard.writeText(address.value);
      setText(said, say("copied"));
    } catch {
      address.focus();
      setText(said, say("copy_by_hand"));
    }
  }

  async function saveCsv() {
    if (!last) return;
    const { view } = last;
    const name = slugOf(document, view);
    const isOwn = Object.keys(view.values).length > 0;
    const rows = (await allRows()).map((row) => {
      return isOwn && row.verdict !== "baseline" ? { ...row, scenario: name } : row;
    });
    save(`${name}.csv`, new Blob([csvOf(rows, document, view)], { type: "text/csv" }));
  }

  /** @param {any} shown */
  function update(shown) {
    last = shown;
    const { view } = shown;
    const found = commandOf(document, view);
    setText(yaml, overlayYaml(document, view));
    setText(command, found.command);
    setText(needs, say(Object.keys(found.files).length ? "needs_files" : "needs_folder", { folder: document.folder }));
    const opening = openCommand(document, view);
    setText(open, `${opening.command}\n${opening.address}`);
    const address_ = link(view);
    address.value = address_;
    setShown(address.parentElement, address_);
    setShown(noLink, !address_);
    setShown(fileNote, location.protocol === "file:");
    setText(said, "");
  }

  return { element, update };
}
