/** The page around the parts: title, toy notice, bar of parts and foot; a server's page has its own. */

import { node, t } from "./dom.js";

/**
 * @param {any} context
 * @param {{bar: Node, body: HTMLElement, guide: {invitation: Node, printed: Node} | null}} inside
 * @returns {HTMLElement}
 */
export function createSheet({ words, document: study, home }, { bar, body, guide }) {
  const say = (/** @type {string} */ key) => t(words, `page.${key}`);
  const own = home !== "streamlit";
  const toy = node("span", { class: "fl-toy" }, say("toy"));
  const skipper = node("button", { class: "fl-skip", type: "button", onclick: skip }, say("skip"));
  const page = node(
    "div",
    { class: "fl-page" },
    own && node("header", { class: "fl-head" }, skipper, node("h1", {}, study.title), node("p", {}, `${study.span} · `, toy)),
    own && node("nav", { "aria-label": say("parts") }, bar),
    guide?.invitation,
    body,
    own && node("footer", { class: "fl-foot" }, `${say("caution")} Fulcrum ${study.fulcrum}`),
    guide?.printed,
  );

  /** Past the controls, to what they change. */
  function skip() {
    const panel = /** @type {HTMLElement} */ (page.querySelector(".fl-panel:not([hidden])"));
    const head = panel.querySelector("h2") ?? panel;
    head.tabIndex = -1;
    head.focus();
  }

  return page;
}
