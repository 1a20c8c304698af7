/**
 * What a reader takes along: a link to this setting, its scenario file, its numbers, and the commands that
 * give them again.
 */

import { node, setShown, setText, t } from "./dom.js";
import { csvOf, save } from "./export.js";
import { commandOf, openCommand, overlayYaml } from "./recipe.js";
import { slugOf } from "./setting.js";

/** @param {any} context */
export function createFiles({ words, document, link }) {
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

  function saveCsv() {
    if (!last) return;
    const { rows, base } = last.picture;
    const text = csvOf([...base, ...rows], document, last.view);
    save(`${slugOf(document, last.view)}.csv`, new Blob([text], { type: "text/csv" }));
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
    setText(said, "");
  }

  return { element, update };
}
