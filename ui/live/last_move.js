/**
 * What the last move of a lever did: each headline outcome before and after it, or that no run changed.
 *
 * @typedef {import("./headline.js").Context} Context
 * @typedef {import("./picture.js").Picture} Picture
 * @typedef {import("./setting.js").View} View
 */

import { textOf } from "../../sim/browser/phrases.js";
import { headlineRows } from "./headline.js";
import { node, setShown, setText, t } from "./dom.js";
import { entryOf, valueOf } from "./setting.js";
import { settingText } from "./story_words.js";
import { unitBehind, valuePiece, cardUnit } from "./texts.js";

/** @param {Context} context */
export function createLastMove(context) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `last_move.${key}`, values);
  const element = node("p", { class: "fl-last-move", hidden: true });
  /** @type {{view: View, picture: Picture} | null} */
  let last = null;

  /** @param {View} view @param {Picture} picture with all runs */
  function update(view, picture) {
    const before = last;
    if (before?.view === view) return;
    last = { view, picture };
    const name = before && movedOf(before.view, view);
    const entry = name && entryOf(study, name);
    setShown(element, entry);
    if (!before || !entry) return;
    const [was, is] = [before.view, view].map(({ scenario, values }) =>
      settingText(context, entry, values[name] ?? valueOf(study, scenario, name)),
    );
    const effect = sameRuns(before.picture, picture) ? say("nothing") : effectText(before.picture, picture);
    setText(element, say("text", { label: entry.label, was, is, effect }));
  }

  /** @param {Picture} before @param {Picture} after */
  function effectText(before, after) {
    const [was, is] = [before, after].map(({ rows }) => headlineRows(study, rows));
    const parts = is.flatMap((row, i) => {
      const old = was[i];
      if (!old) return [];
      const [one, other] = [old, row].map((of) => textOf([valuePiece(of)]));
      const unit = unitBehind(other, cardUnit(row));
      return [say(one === other ? "same" : "change", { label: row.label, was: one, is: other, unit })];
    });
    return parts.join(" · ");
  }

  return { element, update };
}

/** The one lever or assumption in which two views differ; none if more differs. @param {View} a @param {View} b */
function movedOf(a, b) {
  const rest = (/** @type {View} */ { values: _, ...others }) => JSON.stringify(others);
  const same = rest(a) === rest(b);
  const names = new Set([...Object.keys(a.values), ...Object.keys(b.values)]);
  const moved = [...names].filter((name) => a.values[name] !== b.values[name]);
  return same && moved.length === 1 ? moved[0] : "";
}

/** Whether no outcome of any run differs. @param {Picture} before @param {Picture} after */
function sameRuns({ pair: { here: a } }, { pair: { here: b } }) {
  if (a.outcomes.length !== b.outcomes.length) return false;
  return a.outcomes.every((value, i) => Object.is(value, b.outcomes[i]));
}
