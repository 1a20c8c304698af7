/**
 * Nodes of the page. What a model says reaches it as text alone: never as markup, and as an address
 * only where that is one of the web.
 *
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes
 * @typedef {Record<string, string>} Words texts by key, of one language
 * @typedef {{scenario: string, outcome: string, statistic: string, value: unknown}} Shown
 */

import { filled } from "../../sim/browser/format.js";

const SVG = "http://www.w3.org/2000/svg";
/** Addresses that a page may lead to; `#` stays in it, `blob:` is a file of its own. */
const SAFE_ADDRESS = /^(https?:\/\/|blob:|#)/i;
/** Drawn as paths, in 16 by 16, since a font may lack these signs. @type {Record<string, string>} */
const SHAPES = {
  about: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M8 7.2v4M8 4.6v.9",
  help: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M6.2 6.2a1.9 1.9 0 1 1 2.7 1.9q-.9.5-.9 1.5M8 11.4v.4",
  reset: "M3.2 5.5A5.5 5.5 0 1 1 2.5 9M3 2.2v3.6h3.6",
  undo: "M6 3L2.5 6.5L6 10M2.5 6.5H10a3.5 3.5 0 0 1 0 7H7",
  redo: "M10 3l3.5 3.5L10 10M13.5 6.5H6a3.5 3.5 0 0 0 0 7h3",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  menu: "M2.5 4h11M2.5 8h11M2.5 12h11",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.3 10.3l3.7 3.7",
  download: "M8 2v8.5M4.5 7L8 10.5L11.5 7M2.5 13.5h11",
  link: "M6.5 9.5l3-3M7 4.5l2-2a3 3 0 0 1 4.2 4.2l-2 2M9 11.5l-2 2a3 3 0 0 1-4.2-4.2l2-2",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  pin: "M5.5 2h5M6.5 2v5l-2 2.5h7l-2-2.5v-5M8 9.5V14",
  play: "M4.5 2.5l8.5 5.5l-8.5 5.5z",
  pause: "M5 3v10M11 3v10",
  back: "M10 3L5 8l5 5",
  next: "M6 3l5 5l-5 5",
  up: "M8 13.5v-11M3.5 7L8 2.5L12.5 7",
  down: "M8 2.5v11M3.5 9L8 13.5L12.5 9",
  same: "M3 6h10M3 10h10",
  warning: "M8 2L14.5 13.5h-13zM8 6.5v3.5M8 11.6v.5",
  check: "M2.5 8.5l3.5 3.5l7.5-8",
  theme: "M8 1.5a6.5 6.5 0 1 0 0 13zM8 1.5a6.5 6.5 0 0 1 0 13",
  print: "M4.5 6V2h7v4M4.5 11.5h-2V6h11v5.5h-2M4.5 9.5h7V14h-7z",
};
/** What is drawn anew for a sheet of paper, and after it, hears of it by this event. */
export const PRINT_EVENT = "fl-print";
let lastId = 0;

/**
 * Make an element: `node("button", {class: "fl-small", onclick: act}, "Undo")`.
 *
 * @param {string} tag
 * @param {Attributes} [attributes] see `setAttributes`
 * @param {Child[]} children text, nodes, or nothing
 * @returns {any} the element
 */
export function node(tag, attributes = {}, ...children) {
  return setAttributes(withChildren(document.createElement(tag), children), attributes);
}

/**
 * Make an element of SVG.
 *
 * @param {string} tag @param {Attributes} [attributes] @param {Child[]} children
 * @returns {any} the element
 */
export function svg(tag, attributes = {}, ...children) {
  return setAttributes(withChildren(document.createElementNS(SVG, tag), children), attributes);
}

/** @param {Element} element @param {Child[]} children */
function withChildren(element, children) {
  for (const child of children.flat()) {
    if (child != null && child !== false) element.append(/** @type {Node | string} */ (child));
  }
  return element;
}

/**
 * Set attributes in place: true is an empty one, false and null none, a function a listener as
 * `onclick`. An address that is not one of the web is left out; inline styles and scripts are refused.
 *
 * @param {any} element @param {Attributes} attributes
 * @returns {any} the element
 */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element[name] = value;
    else if (/^(on|style$|srcdoc$)/.test(name)) throw new TypeError(`'${name}' must not be an attribute`);
    else if (value == null || value === false) element.removeAttribute(name);
    else {
      const text = value === true ? "" : String(value);
      const unsafe = /(^|:)(href|src|action)$/.test(name) && !SAFE_ADDRESS.test(text);
      if (unsafe) element.removeAttribute(name);
      else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
    }
  }
  return element;
}

/** Change the text of an element, if it is another. @param {any} element @param {unknown} text */
export function setText(element, text) {
  const words = text == null ? "" : String(text);
  if (element.textContent !== words) element.textContent = words;
  return element;
}

/** Replace all children of an element. @param {any} element @param {Child[]} children */
export function setChildren(element, ...children) {
  element.replaceChildren();
  return withChildren(element, children);
}

/** Show or hide an element. @param {any} element @param {unknown} shown */
export function setShown(element, shown) {
  if (element.hidden === Boolean(shown)) element.hidden = !shown;
  return element;
}

/**
 * Keep one child for each item, in their order: children that stay are updated, not made anew, so
 * they keep the focus.
 *
 * @template T
 * @param {Element} parent which holds nothing else
 * @param {T[]} items
 * @param {(item: T, place: number) => string} keyOf unique among the items
 * @param {(item: T, place: number) => any} make the element of an item
 * @param {(element: any, item: T, place: number) => void} [update]
 */
export function setItems(parent, items, keyOf, make, update) {
  const kept = new Map([...parent.children].map((child) => [/** @type {any} */ (child).flKey, child]));
  const wanted = items.map((item, place) => {
    const key = keyOf(item, place);
    const element = kept.get(key) ?? Object.assign(make(item, place), { flKey: key });
    update?.(element, item, place);
    return element;
  });
  const stays = new Set(wanted);
  for (const child of [...parent.children]) if (!stays.has(child)) child.remove();
  wanted.forEach((element, place) => {
    if (parent.children[place] !== element) parent.insertBefore(element, parent.children[place] ?? null);
  });
}

/**
 * Make a drawn sign, which says nothing to a screen reader.
 *
 * @param {string} name a key of SHAPES: about, help, reset, undo, redo, close, menu, search, download,
 * link, copy, pin, play, pause, back, next, up, down, same, warning, check, theme, print
 * @returns {SVGElement}
 */
export function icon(name) {
  const path = svg("path", { d: SHAPES[name] ?? "" });
  return svg("svg", { class: "fl-icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, path);
}

/**
 * Make a figure that can be found again: `<data class="fl-figure" data-scenario … data-value="1.5">`.
 *
 * @param {Shown} shown the value in full; of NaN and null nothing
 * @param {string} text
 * @returns {any} the element
 */
export function figure(shown, text) {
  return setFigure(node("data", { class: "fl-figure" }), shown, text);
}

/** Change a figure in place. @param {any} element @param {Shown} shown @param {string} text */
export function setFigure(element, { scenario, outcome, statistic, value }, text) {
  const full = value == null || Number.isNaN(value) ? "" : String(value);
  const names = { "data-scenario": scenario, "data-outcome": outcome, "data-statistic": statistic };
  return setText(setAttributes(element, { ...names, "data-value": full }), text);
}

/**
 * The words of a key, with values put in: `t(words, "levers.range", {low: "1"})`.
 *
 * @param {Words} words @param {string} key @param {Record<string, unknown>} [values]
 * @returns {string} the key itself where there are no words
 */
export function t(words, key, values = {}) {
  return filled(words[key] ?? key, /** @type {Record<string, string>} */ (values));
}

/** An id that no other element of the page has. @param {string} [stem] */
export function newId(stem = "fl") {
  return `${stem}-${(lastId += 1)}`;
}
