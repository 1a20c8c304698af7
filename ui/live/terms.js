/**
 * Words of the glossary on the page: one with dots below opens its meaning in its place.
 *
 * @typedef {object} Context
 * @property {any} document with `glossary`: by key a term and its text
 */

import { newId, node, setAttributes, setChildren, setShown } from "./dom.js";

/** In texts of `words.yaml`: `[[future]]`, or with other words for it `[[future|futures]]`. */
const MARKED = /\[\[([^\]|]+)(?:\|([^\]]+))?\]\]/;

/**
 * A word that opens what it means; pressed again, or by Escape, it closes.
 *
 * @param {Context} context @param {string} key of the glossary, or a word of the model's own `terms`
 * @param {string} [text] other words for it
 * @returns {any} an element to stand in a line of text; only the words where the glossary has no such key
 */
export function term({ document: { glossary } }, key, text) {
  const entry = glossary?.[key];
  if (!entry) return node("span", {}, text ?? key);
  const { word, meaning } = opener([text ?? entry.term], `${entry.term}: ${entry.text}`, { class: "fl-term-word" });
  return node("span", { class: "fl-term", "data-term": key }, word, meaning);
}

/**
 * A button and what it opens; pressed again, or by Escape, it closes.
 *
 * @param {import("./dom.js").Child[]} children of the button @param {string} text
 * @param {import("./dom.js").Attributes} attributes of the button
 */
export function opener(children, text, attributes) {
  const id = newId("term");
  const meaning = node("span", { id, class: "fl-term-text", role: "note", hidden: true }, text);
  const word = node("button", { type: "button", "aria-expanded": "false", "aria-controls": id, ...attributes }, ...children);
  const open = (/** @type {boolean} */ shown) => {
    setShown(meaning, shown);
    setAttributes(word, { "aria-expanded": String(shown) });
  };
  word.onclick = (/** @type {MouseEvent} */ event) => {
    event.preventDefault(); // within a summary it would fold that
    open(meaning.hidden);
  };
  word.onkeydown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || meaning.hidden) return;
    event.stopPropagation();
    open(false);
  };
  return { word, meaning };
}

/**
 * Write a text whose marked words open their meaning. What is open, and the focus, stay when it changes.
 *
 * @param {Context} context @param {any} element which holds nothing else @param {string} text
 */
export function setTermed(context, element, text) {
  if (element.flTermed === text) return element;
  element.flTermed = text;
  const old = new Map([...element.querySelectorAll(".fl-term")].map((of) => [of.dataset.term, of]));
  const focused = element.contains(document.activeElement) && document.activeElement?.closest(".fl-term")?.getAttribute("data-term");
  setChildren(element, ...termed(context, text));
  for (const of of element.querySelectorAll(".fl-term")) {
    const word = of.querySelector("button");
    if (old.get(of.dataset.term)?.querySelector("[aria-expanded=true]")) word?.click();
    if (focused === of.dataset.term) word?.focus();
  }
  return element;
}

/** The parts of a text, its marked words as terms. @param {Context} context @param {string} text */
export function termed(context, text) {
  /** @type {any[]} */
  const parts = [];
  let rest = text;
  for (let found = MARKED.exec(rest); found; found = MARKED.exec(rest)) {
    parts.push(rest.slice(0, found.index), term(context, found[1], found[2]));
    rest = rest.slice(found.index + found[0].length);
  }
  return [...parts, rest].filter((part) => part !== "");
}

/** All words of the glossary with what they mean, the model's own first. @param {Context} context */
export function glossaryList({ document: { glossary } }) {
  const told = Object.values(glossary ?? {}).map((/** @type {any} */ { term: word, text }) =>
    node("div", {}, node("dt", {}, word), node("dd", {}, text)),
  );
  return node("dl", { class: "fl-glossary" }, ...told);
}
