/** Which scenarios of a comparison are shown: all, unless a reader takes some away. */

import { node, setItems, setShown, setText, t } from "./dom.js";

/**
 * @param {Record<string, string>} words @param {() => void} onChange
 */
export function createShown(words, onChange) {
  const say = (/** @type {string} */ key, values = {}) => t(words, `compare.${key}`, values);
  /** @type {Set<string>} */
  const hidden = new Set();
  const line = node("summary");
  const list = node("ul", { class: "fl-shown-list" });
  const all = node("button", { type: "button", class: "fl-link", onclick: showAll }, say("show_all"));
  const element = node("details", { class: "fl-shown" }, line, list, all);

  function showAll() {
    hidden.clear();
    element.querySelector("summary").focus();
    onChange();
  }

  /** @param {{name: string, title: string}} item */
  function make({ name }) {
    const onchange = () => {
      if (input.checked) hidden.delete(name);
      else hidden.add(name);
      onChange();
    };
    const [input, title] = [node("input", { type: "checkbox", "data-show": name, onchange }), node("span")];
    return Object.assign(node("li", {}, node("label", { class: "fl-check" }, input, title)), { flInput: input, flTitle: title });
  }

  /** @param {{name: string, title: string}[]} items that can be hidden */
  function update(items) {
    setItems(list, items, ({ name }) => name, make, (item, { name, title }) => {
      item.flInput.checked = !hidden.has(name);
      setText(item.flTitle, title);
    });
    const n = items.filter(({ name }) => !hidden.has(name)).length;
    setText(line, say("shown", { n, all: items.length }));
    setShown(element, items.length > 1);
    setShown(all, n < items.length);
  }
  return { element, update, has: (/** @type {string} */ name) => !hidden.has(name) };
}
