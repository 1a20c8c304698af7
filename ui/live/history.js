/**
 * The views of a page in their order: what was undone can be done again.
 *
 * @typedef {import("./setting.js").View} View
 * @typedef {{view: View, undo: View[], redo: View[]}} Steps
 */

/** Steps that are kept. */
const MOST_STEPS = 100;

/**
 * Keep the history of a view.
 *
 * @param {View} first
 * @returns {{readonly view: View, readonly committed: View, readonly canUndo: boolean,
 * readonly canRedo: boolean, commit: (view: View) => void, preview: (view: View) => void,
 * undo: () => View, redo: () => View, state: () => Steps, restore: (steps: Steps) => void}}
 * `view` is what is shown, `committed` what the history holds: another while a lever still moves
 */
export function createHistory(first) {
  let [view, committed] = [first, first];
  /** @type {View[]} */
  let undone = [];
  /** @type {View[]} */
  let steps = [];
  const travel = (/** @type {View[]} */ from, /** @type {View[]} */ to) => {
    const next = from.pop();
    if (!next) return view;
    to.push(committed);
    return (view = committed = next);
  };
  return {
    get view() {
      return view;
    },
    get committed() {
      return committed;
    },
    get canUndo() {
      return steps.length > 0;
    },
    get canRedo() {
      return undone.length > 0;
    },
    commit(next) {
      if (!sameView(next, committed)) {
        steps = [...steps, committed].slice(-MOST_STEPS);
        undone = [];
        committed = next;
      }
      view = next;
    },
    preview(next) {
      view = next;
    },
    undo: () => travel(steps, undone),
    redo: () => travel(undone, steps),
    state: () => ({ view: committed, undo: [...steps], redo: [...undone] }),
    restore(kept) {
      view = committed = kept.view;
      steps = kept.undo.slice(-MOST_STEPS);
      undone = kept.redo.slice(-MOST_STEPS);
    },
  };
}

/** Whether two views are the same, in whatever order their values are. @param {View} a @param {View} b */
function sameView(a, b) {
  const parts = (/** @type {View} */ { values, ...rest }) =>
    JSON.stringify([Object.entries(rest).sort(), Object.entries(values).sort()]);
  return parts(a) === parts(b);
}

/**
 * Z takes a step back and Shift+Z forward again, also on a slider; where a text is written it is a letter.
 *
 * @param {any} place whose keys are heard @param {(step: "undo" | "redo") => void} act
 * @returns {() => void} ends it
 */
export function watchUndoKeys(place, act) {
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const field = /** @type {any} */ (event.target).closest?.("input, select, textarea, [contenteditable]");
    const isText = field && !["range", "radio", "checkbox"].includes(field.type);
    if (event.key.toLowerCase() !== "z" || isText || event.altKey) return;
    event.preventDefault();
    act(event.shiftKey ? "redo" : "undo");
  };
  place.addEventListener("keydown", onKey);
  return () => place.removeEventListener("keydown", onKey);
}
