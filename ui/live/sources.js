/**
 * What the numbers rest on: what the words of the page mean, all evidence, the model's own card and
 * limits, how to cite it and get the numbers again.
 *
 * @typedef {import("./story_words.js").Context} Context
 * @typedef {import("./evidence.js").EvidenceData} EvidenceData
 */

import { PRINT_EVENT, newId, node, setChildren, t } from "./dom.js";
import { createEvidence } from "./evidence.js";
import { commandOf, openCommand } from "./recipe.js";
import { glossaryList } from "./terms.js";

/**
 * @param {Context} context
 * @returns {{element: HTMLElement, update: (data: EvidenceData) => void}}
 */
export function createSources(context) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `sources.${key}`, values);
  const evidence = createEvidence(context);
  const again = node("div", {});
  const title = newId("sources");
  const element = node(
    "section",
    { class: "fl-sources", "aria-labelledby": title },
    node("h2", { id: title, tabindex: -1 }, say("title")),
    node("p", { class: "fl-sources-lead" }, say("lead")),
    part("meaning", glossaryList(context)),
    part("numbers", ...evidence.parts),
    part("model", ...card()),
    part("again", again),
  );
  /** @type {EvidenceData | null} */
  let data = null;
  let drawn = "";
  let visible = false;
  new IntersectionObserver((seen) => {
    visible = seen[seen.length - 1].isIntersecting;
    refresh();
  }).observe(element);

  element.addEventListener(PRINT_EVENT, () => {
    visible = true;
    refresh();
  });

  /** A part under its heading. @param {string} key @param {any[]} children */
  function part(key, ...children) {
    const id = newId(key);
    const heading = node("h3", { id }, say(`part_${key}`));
    return node("section", { class: "fl-source-part", "aria-labelledby": id }, heading, ...children);
  }

  /** What the author of the model says of it, its limits first. */
  function card() {
    const isLimits = (/** @type {any} */ doc) => doc.name === "limits";
    const texts = study.docs.filter((/** @type {any} */ doc) => !isLimits(doc));
    const limits = study.docs.find(isLimits)?.text ?? "";
    const told = texts.map((/** @type {any} */ { name, title: heading, text }) => {
      const summary = node("summary", {}, words[`sources.doc_${name}`] ?? heading);
      return node("details", { class: "fl-source-doc" }, summary, ...paragraphs(text));
    });
    return [node("p", { class: "fl-source-toy" }, say("toy")), ...paragraphs(limits), ...told];
  }

  /** How to cite the study, and to get its numbers again. @param {EvidenceData} of */
  function showRecipe({ view }) {
    const { command, files } = commandOf(study, view);
    const overlays = Object.entries(files).map(([name, text]) =>
      node("details", { class: "fl-source-doc" }, node("summary", {}, name), node("pre", {}, text)),
    );
    setChildren(
      again,
      node("h4", {}, say("cite_title")),
      node("p", {}, say("cite", { title: study.title, fulcrum: study.fulcrum, seed: String(view.seed) })),
      node("h4", {}, say("command_title")),
      node("p", {}, say(overlays.length ? "command_files" : "command")),
      node("pre", {}, command),
      ...overlays,
      node("p", {}, say("open")),
      node("pre", {}, openCommand(study, view).command),
    );
  }

  /** Draw anew, unless all is as it was. */
  function refresh() {
    if (!data || !visible) return;
    const { view, hangs = [] } = data;
    const now = JSON.stringify([view, hangs]);
    if (now === drawn) return;
    drawn = now;
    evidence.update(data);
    showRecipe(data);
  }

  return {
    element,
    update(next) {
      data = next;
      refresh();
    },
  };
}

/** A text in its paragraphs. @param {string} text */
function paragraphs(text) {
  const parts = text.split(/\n\s*\n/).filter((part) => part.trim());
  return parts.map((part) => node("p", { class: "fl-source-text" }, part.trim()));
}
