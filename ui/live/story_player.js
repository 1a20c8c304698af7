/** Playing a story by itself: a step every few seconds, at a speed to choose, until its end. */

import { icon, node, setChildren, t } from "./dom.js";

/** Seconds of a step. */
const SPEEDS = { slow: 9, normal: 5, fast: 2 };

/**
 * @param {Record<string, string>} words @param {() => boolean} step one step on; false at the end
 * @param {() => void} onStart before the first step
 */
export function createPlayer(words, step, onStart) {
  const say = (/** @type {string} */ key, values = {}) => t(words, `story.${key}`, values);
  let timer = 0;
  const button = node("button", { type: "button", class: "fl-step-play", onclick: () => toggle() });
  const options = Object.entries(SPEEDS).map(([name, seconds]) =>
    node("option", { value: name, selected: name === "normal" }, say(`speed_${name}`, { seconds })),
  );
  const speed = node("select", { "aria-label": say("speed"), onchange: () => timer && run() }, ...options);
  const element = node("span", { class: "fl-step-player" }, button, speed);

  function run() {
    clearInterval(timer);
    const seconds = SPEEDS[/** @type {"slow"} */ (speed.value)];
    timer = setInterval(() => {
      if (!step()) pause();
    }, 1000 * seconds);
    draw();
  }

  function pause() {
    clearInterval(timer);
    timer = 0;
    draw();
  }

  function toggle() {
    if (timer) return pause();
    onStart();
    run();
  }

  function draw() {
    element.toggleAttribute("data-playing", Boolean(timer));
    setChildren(button, icon(timer ? "pause" : "play"), say(timer ? "pause" : "play"));
  }

  draw();
  return { element, pause, toggle };
}
