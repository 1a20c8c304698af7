/**
 * The page of a study: controls and what they change, in a file, a frame, a notebook or a server's page.
 *
 * @typedef {import("./setting.js").View} View
 *
 * @typedef {object} Options
 * @property {any} document see `ui/live/document.py`
 * @property {string} worker text of a worker
 * @property {"file" | "notebook" | "streamlit"} [home]
 * @property {View} [view] what is shown first; by default what the address says
 * @property {View[]} [undo] @property {View[]} [redo] steps before and after it
 * @property {number} [workers]
 * @property {(state: {view: View, undo: View[], redo: View[], pins: View[]}) => void} [onState] called when
 * a change is final
 */

import { speak } from "../../sim/browser/phrases.js";
import { addressOf, readAddress } from "./address.js";
import { createCompare } from "./compare.js";
import { icon, node, t } from "./dom.js";
import { createExplore } from "./explore.js";
import { createHistory } from "./history.js";
import { addressParams, linkTo, onAddress, talkToFrame, writeAddress } from "./host.js";
import { Stopped, compareSides, makePicture } from "./picture.js";
import { createPrinted, watchPrinting } from "./printed.js";
import { createRail } from "./rail.js";
import { createRunner } from "./runner.js";
import { compareAll } from "./scenarios.js";
import { settingsOf, shortTitleOf, withScenario, withValue } from "./setting.js";
import { createSingles, moveSingles } from "./singles.js";
import { createSources } from "./sources.js";
import { createStory } from "./story.js";
import { openStudy } from "./study.js";
import { createTabs } from "./tabs.js";

/** Milliseconds after which a run is said to be under way, and can be stopped. */
const SLOW_RUN = 500;

/**
 * Make the page of a study in an element.
 *
 * @param {HTMLElement} root @param {Options} options
 */
export async function mount(root, { document: given, worker, home = "file", workers, onState, ...start }) {
  const study = await openStudy(given, { worker, workers });
  const { document } = study;
  const { words, language } = document;
  speak(document.levers.length ? words : { ...words, "answers.headline_same": words["explore.alone"] });
  const say = (/** @type {string} */ key, values = {}) => t(words, `page.${key}`, values);
  const address = readAddress(document, addressParams(home));
  const history = createHistory(start.view ?? address.view);
  history.restore({ view: start.view ?? address.view, undo: start.undo ?? [], redo: start.redo ?? [] });
  /** @type {View[]} */
  let pins = [];
  /** @type {import("./picture.js").Picture | null} */
  let picture = null;
  /** The runs that are shown whole. @type {{pair: any, of: any, titles: any} | null} */
  let shown = null;
  const context = { words, document, language, link: (/** @type {View} */ view) => linkTo(home, addressOf(document, view)) };
  const rail = createRail(context, {
    scenario: (name) => commit(withScenario(history.view, name)),
    baseline: (name) => commit({ ...history.view, baseline: name }),
    value: setValue,
    central: (central) => commit({ ...history.view, central }),
    seed: (seed) => commit({ ...history.view, seed }),
    runs: (runs) => commit({ ...history.view, runs }),
    undo: () => travel(history.undo),
    redo: () => travel(history.redo),
    reset: () => commit(withScenario(history.view, history.view.scenario)),
    pin: onState ? pin : null,
  });
  const explore = createExplore(context, { onSeries: () => refresh(), onStop: stop, allRows });
  const own = home !== "streamlit";
  const comparison = own ? createCompare(context, { onChoose: choose }) : null;
  const singles = own ? createSingles(context, { onSet: trySingle }) : null;
  const story = own ? createStory(context, { replay }) : null;
  const sources = own ? createSources(context) : null;
  const parts = { explore, ...(own ? { compare: comparison, singles, story, sources } : {}) };
  const printed = own ? createPrinted(context) : null;
  if (printed) explore.element.append(printed.element);
  const tabs = createTabs(context, parts, address.tab, onTab);
  const dock = node("aside", { class: "fl-dock", "aria-label": say("levers") });
  const fold = node("button", { class: "fl-dock-head", type: "button", "aria-expanded": "true", onclick: toggleDock }, say("levers"), icon("down"));
  dock.append(fold, rail.element);
  const page = node(
    "div",
    { class: "fl-page" },
    own && node("header", { class: "fl-head" }, node("button", { class: "fl-skip", type: "button", onclick: skip }, say("skip")), node("h1", {}, document.title), node("p", {}, `${document.span} · `, node("span", { class: "fl-toy" }, say("toy")))),
    own && node("nav", { "aria-label": say("parts") }, tabs.bar),
    node("div", { class: "fl-body" }, dock, tabs.body),
    own && node("footer", { class: "fl-foot" }, `${say("caution")} Fulcrum ${document.fulcrum}`),
  );
  root.classList.add("fl-root");
  root.replaceChildren(page);
  const frame = own ? talkToFrame(root, { set: setFromOutside }) : null;
  const unwatch = watchPrinting(root);
  const runner = createRunner(study, { onPair, onProgress: explore.running, onError });
  const unlisten = own ? onAddress(openAddress) : null;
  if (own) warnOf(address);
  let [compared, moved, slow] = ["", "", 0];
  refresh(false, !own);
  return { set: setFromOutside, close };

  /** @param {string} state @param {number} [runs] */
  function tell(state, runs) {
    for (const element of own ? [root, globalThis.document.documentElement] : [root]) {
      element.dataset.state = state;
      if (runs !== undefined) element.dataset.runs = String(runs);
    }
    frame?.tell({ type: "fulcrum:state", state, setting: settingOf(history.view) });
  }

  /**
   * Say what of an address could not be set. A file is its own version of the study: only a link that names
   * another one is in doubt.
   *
   * @param {ReturnType<typeof readAddress>} of
   */
  function warnOf({ ignored, doubt }) {
    const named = addressParams(home).has("model.digest");
    explore.warn([...ignored, named ? doubt : ""].filter(Boolean).join("\n"));
  }

  function openAddress() {
    const opened = readAddress(document, addressParams(home));
    commit(opened.view);
    tabs.show(opened.tab || "explore");
    warnOf(opened);
  }

  /** @param {View} view */
  function settingOf({ values, ...rest }) {
    return { ...rest, ...values };
  }

  /** Set a lever or assumption; of all members together `value` has that of each. @type {import("./lever_row.js").Moved} */
  function setValue(name, value, final) {
    try {
      const changes = typeof value === "object" ? value : { [name]: value };
      const view = Object.entries(changes).reduce((one, [key, to]) => withValue(document, one, key, to), history.view);
      if (final) commit(view);
      else {
        history.preview(view);
        refresh(true);
      }
    } catch (error) {
      onError(/** @type {Error} */ (error));
    }
  }

  /** @param {View} view */
  function commit(view) {
    explore.warn("");
    history.commit(view);
    refresh();
  }

  /** @param {() => void} step */
  function travel(step) {
    step();
    refresh();
  }

  function pin() {
    pins = [...pins, history.view];
    final();
  }

  /** @param {string} name */
  function choose(name) {
    commit(withScenario(history.view, name));
    tabs.show("explore");
    explore.focus();
  }

  /** Past the controls, to what they change. */
  function skip() {
    const panel = /** @type {HTMLElement} */ (page.querySelector(".fl-panel:not([hidden])"));
    const head = panel.querySelector("h2") ?? panel;
    head.tabIndex = -1;
    head.focus();
  }

  /** Take a setting from the frame around the page. @param {Record<string, unknown>} setting */
  function setFromOutside(setting) {
    const params = new URLSearchParams(Object.entries(setting).map(([key, value]) => [key, String(value)]));
    const { view, ignored } = readAddress(document, params);
    commit(view);
    explore.warn(ignored.join("\n"));
  }

  /**
   * Run and draw what is set.
   *
   * @param {boolean} [moving] whether a lever is still held
   * @param {boolean} [known] whether the server and its address know it already
   */
  function refresh(moving = false, known = false) {
    const { view } = history;
    rail.update({ view, canUndo: history.canUndo, canRedo: history.canRedo });
    tell(moving ? "moving" : "running");
    const { policy, baseline } = settingsOf(document, view);
    clearTimeout(slow);
    slow = setTimeout(() => explore.running(0), SLOW_RUN);
    comparison?.age(compared !== "" && compared !== addressOf(document, view));
    runner.show({ view, policy, baseline, design: study.designOf(view), series: explore.series(), moving });
    if (!moving && !known) final();
  }

  /** Write down a change that is final. */
  function final() {
    writeAddress(home, addressOf(document, history.view, tabs.shown()));
    onState?.({ ...history.state(), pins });
  }

  /** @param {import("./runner.js").Pair} pair @param {import("./runner.js").Wanted} wanted */
  async function onPair(pair, wanted) {
    clearTimeout(slow);
    const { view } = wanted;
    const titles = { here: shortTitleOf(document, wanted.policy), base: shortTitleOf(document, wanted.baseline) };
    picture = await makePicture(study, pair, wanted, explore.needs(pair.full), titles);
    explore.update({ picture, view, title: titles.here, baseline: titles.base, moving: wanted.moving });
    if (!pair.full) return;
    shown = { pair, of: wanted, titles };
    story?.update({ view, sides: { here: pair.here, base: pair.base }, bands: picture.bands });
    printed?.update(view);
    sources?.update({ view, hangs: picture.rows.flatMap(({ turns }) => turns.map(({ parameter }) => parameter)) });
    if (comparison && (compared === "" || tabs.shown() === "compare")) await compare(view);
    if (tabs.shown() === "singles") await moveEach(view);
    if (view === history.view) tell("ready", picture.runs);
  }

  /** The rows of all outcomes of what is shown, the baseline's first. */
  async function allRows() {
    if (!shown) return [];
    const outcomes = document.outcomes.map((/** @type {any} */ { name }) => name);
    const { pair, of, titles } = shown;
    const { rows, base } = await compareSides(study, pair, of, { outcomes, hung: document.headlines }, titles);
    return [...base, ...rows];
  }

  /** Run every scenario, and the setting where it is none. @param {View} view */
  async function compare(view) {
    const key = addressOf(document, view);
    if (compared === key) return;
    const onRows = (/** @type {any} */ found) => comparison?.update({ ...found, view });
    const done = await compareAll(study, runner, view, onRows, () => view === history.view);
    if (!done) return;
    compared = key;
    comparison?.age(view !== history.view);
  }

  /** Run every lever alone. @param {View} view */
  async function moveEach(view) {
    const key = addressOf(document, view);
    if (!singles || moved === key) return;
    const done = await moveSingles(study, runner, view, singles.update, () => view === history.view);
    if (done) moved = key;
  }

  /** @param {string} name @param {any} value */
  function trySingle(name, value) {
    setValue(name, value, true);
    tabs.show("explore");
  }

  /** On a phone the levers cover what is no picture of them. */
  function foldDock(/** @type {boolean} */ folded) {
    dock.toggleAttribute("data-folded", folded);
    fold.setAttribute("aria-expanded", String(!folded));
  }

  /** @param {string} tab */
  function onTab(tab) {
    final();
    if (matchMedia("(max-width: 760px)").matches) foldDock(tab !== "explore");
    if (tab === "singles") void moveEach(history.view).catch(onError);
    if (tab === "compare") void compare(history.view).catch(onError);
  }

  /** The story of a run of one side. @param {"here" | "base"} side @param {number} run */
  function replay(side, run) {
    const { policy, baseline } = settingsOf(document, history.view);
    const design = study.designOf(history.view);
    const [future, replication] = [Math.floor(run / design.replications), run % design.replications];
    const request = study.requestOf(side === "here" ? policy : baseline, design, { first: future, count: 1 });
    const { module, values, seed } = request;
    return study.pool.replay({ module, values, seed, future, replication });
  }

  async function stop() {
    runner.halt();
    await study.pool.stop();
    rest();
    explore.warn(say("stopped"));
    tell("stopped");
  }

  /** Nothing runs any more. */
  function rest() {
    clearTimeout(slow);
    explore.idle();
  }

  /** @param {Error} error */
  function onError(error) {
    if (error instanceof Stopped) return;
    console.error(error);
    rest();
    explore.warn(error.message);
    tell("failed");
  }

  function toggleDock() {
    foldDock(!dock.hasAttribute("data-folded"));
  }

  function close() {
    frame?.close();
    unlisten?.();
    unwatch();
    study.close();
  }
}
