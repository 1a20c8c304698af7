/** The parts of the page, one in sight; printed, all of them. */

import { newId, node, setShown, t } from "./dom.js";

/**
 * @param {any} context @param {Record<string, any>} parts views by name @param {string} first
 * @param {(name: string) => void} onTab
 */
export function createTabs({ words, home }, parts, first, onTab) {
  const names = Object.keys(parts);
  let now = names.includes(first) ? first : names[0];
  const panels = names.map((name) => {
    const id = newId(`tab-${name}`);
    const panel = node("div", { class: "fl-panel", id, "data-tab": name }, parts[name].element);
    const tab = node(
      "button",
      { type: "button", role: "tab", "aria-controls": id, id: `${id}-tab`, onclick: () => show(name) },
      ...labelOf(words, name),
    );
    if (home !== "streamlit") {
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
    }
    return { name, panel, tab };
  });
  const bar = node("div", { class: "fl-tabs", role: "tablist", onkeydown: walk }, ...panels.map(({ tab }) => tab));
  const body = node(home === "streamlit" ? "div" : "main", { class: "fl-panels" }, ...panels.map(({ panel }) => panel));
  draw();

  function draw() {
    for (const { name, panel, tab } of panels) {
      setShown(panel, name === now);
      tab.setAttribute("aria-selected", String(name === now));
      tab.tabIndex = name === now ? 0 : -1;
      // What went wrong is said in the part in sight.
      const alert = name === now && !panel.querySelector("[data-everywhere]") && body.querySelector("[data-everywhere]");
      if (alert) panel.prepend(alert);
    }
  }

  /** @param {string} name */
  function show(name) {
    if (name === now || !names.includes(name)) return;
    now = name;
    draw();
    onTab(name);
  }

  /** @param {KeyboardEvent} event */
  function walk(event) {
    const at = names.indexOf(now);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const place = (to + names.length) % names.length;
    show(names[place]);
    panels[place].tab.focus();
  }

  return { bar, body, show, now: () => now, shown: () => (now === names[0] ? "" : now) };
}

/** The label of a part; what has no room on a phone is hidden there. @param {Record<string, string>} words @param {string} name */
function labelOf(words, name) {
  const [label, short] = [t(words, `tabs.${name}`), words[`tabs.${name}_short`]];
  return short && label.startsWith(short) ? [short, node("span", { class: "fl-wide-only" }, label.slice(short.length))] : [label];
}
