/** The nearest of known words, as `difflib.get_close_matches` finds it in Python. */

import { t } from "./dom.js";

/** How alike two words must be, from 0 to 1. */
const ALIKE = 0.6;
/** Letters of what may be a word misspelt. */
const LONGEST_WORD = 200;

/**
 * A hint with the nearest known word, or nothing.
 *
 * @param {Record<string, string>} words of the page @param {string} given @param {string[]} known
 * @returns {string}
 */
export function meant(words, given, known) {
  const near = nearest(given, known);
  return near ? t(words, "setting.meant", { near }) : "";
}

/** @param {string} given @param {string[]} known @returns {string} nothing where none is near */
export function nearest(given, known) {
  if (given.length > LONGEST_WORD) return "";
  let best = "";
  let most = ALIKE;
  for (const word of known) {
    const score = likeness(word, given);
    if (score > most || (score === most && word > best)) [best, most] = [word, score];
  }
  return best;
}

/** `SequenceMatcher.ratio` @param {string} a @param {string} b */
function likeness(a, b) {
  const length = a.length + b.length;
  return length ? (2 * matching(a, b)) / length : 1;
}

/**
 * Letters of the longest common part, and of those before and after it.
 *
 * @param {string} a @param {string} b
 * @returns {number}
 */
function matching(a, b) {
  let [size, from, at] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    for (let j = 0; j < b.length; j += 1) {
      let k = 0;
      while (i + k < a.length && j + k < b.length && a[i + k] === b[j + k]) k += 1;
      if (k > size) [size, from, at] = [k, i, j];
    }
  }
  if (!size) return 0;
  const rest = matching(a.slice(from + size), b.slice(at + size));
  return size + matching(a.slice(0, from), b.slice(0, at)) + rest;
}
