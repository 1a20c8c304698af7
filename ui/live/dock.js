/** The levers beside the results; on a phone at the foot of the screen, where a bar folds them away. */

import { icon, node, t } from "./dom.js";

/** Screens on which the levers lie over the results. */
const PHONE = "(max-width: 760px)";

/** @param {any} context @param {HTMLElement} inside the controls */
export function createDock({ words }, inside) {
  const label = t(words, "page.levers");
  const element = node("aside", { class: "fl-dock", "aria-label": label });
  const onclick = () => foldIt(!element.hasAttribute("data-folded"));
  const bar = node("button", { class: "fl-dock-head", type: "button", "aria-expanded": "true", onclick }, label, icon("down"));
  element.append(bar, inside);

  /** @param {boolean} folded */
  function foldIt(folded) {
    element.toggleAttribute("data-folded", folded);
    bar.setAttribute("aria-expanded", String(!folded));
  }

  /** On a phone the levers cover what is no picture of them. @param {string} tab the part in sight */
  function foldFor(tab) {
    if (matchMedia(PHONE).matches) foldIt(tab !== "explore");
  }

  return { element, foldFor, unfold: () => foldIt(false) };
}
