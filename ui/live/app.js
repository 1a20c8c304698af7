/**
 * The page of a study: controls and what they change, in a file, a frame, a notebook or a server's page.
 *
 * @typedef {import("./setting.js").View} View
 *
 * @typedef {object} Options
 * @property {any} document see `ui/live/document.py`
 * @property {string} worker text of a worker
 * @property {"file" | "notebook" | "streamlit"} [home]
 * @property {string} [tab] the part that is shown first; a server's page has no bar of them and calls `show`
 * @property {View} [view] what is shown first; by default what the address says
 * @property {View[]} [undo] @property {View[]} [redo] steps before and after it
 * @property {View[]} [pins] settings kept to be compared
 * @property {Record<string, string>} [look] what is looked at; by default what the address says
 * @property {number} [workers]
 * @property {(state: {view: View, undo: View[], redo: View[], pins: View[], look: Record<string, string>}) => void}
 * [onState] called when a change is final
 * @property {(tab: string) => void} [go] turns to another part where the page around it has to
 * @property {(kind: string, question: any) => Promise<any>} [ask] answers what only a server can, where
 * there is one; the question holds the view
 */

import { speak } from "../../sim/browser/phrases.js";
import { addressOf, readAddress } from "./address.js";
import { createCompare } from "./compare.js";
import { createDock } from "./dock.js";
import { node, t } from "./dom.js";
import { createDrivers } from "./drivers.js";
import { createExplore } from "./explore.js";
import { createGuide } from "./guide.js";
import { printHandout } from "./guide_handout.js";
import { createHistory, watchUndoKeys } from "./history.js";
import { addressParams, linkTo, onAddress, talkToFrame, writeAddress } from "./host.js";
import { Stopped, makePicture } from "./picture.js";
import { createPins, leversOf } from "./pins.js";
import { createPrinted, watchPrinting } from "./printed.js";
import { createRail } from "./rail.js";
import { createRunner } from "./runner.js";
import { createComparing, viewOf } from "./scenarios.js";
import { settingsOf, shortTitleOf, titleOf, withScenario, withValue } from "./setting.js";
import { createSheet } from "./sheet.js";
import { createShown } from "./shown.js";
import { createSources } from "./sources.js";
import { createStory } from "./story.js";
import { openStudy } from "./study.js";
import { createTabs } from "./tabs.js";
import { createWhy } from "./why.js";

/** Milliseconds after which a run is said to be under way, and can be stopped. */
const SLOW_RUN = 500;

/**
 * Make the page of a study in an element.
 *
 * @param {HTMLElement} root @param {Options} options
 */
export async function mount(root, { document: given, worker, home = "file", workers, onState, ask, go, ...start }) {
  const study = await openStudy(given, { worker, workers });
  const { document } = study;
  const { words, language } = document;
  speak(document.levers.length ? words : { ...words, "answers.headline_same": words["explore.alone"] });
  const say = (/** @type {string} */ key, values = {}) => t(words, `page.${key}`, values);
  const address = readAddress(document, addressParams(home));
  const history = createHistory(start.view ?? address.view);
  history.restore({ view: start.view ?? address.view, undo: start.undo ?? [], redo: start.redo ?? [] });
  const pins = createPins(document, start.pins ?? []);
  let look = start.look ?? address.look;
  /** @type {import("./picture.js").Picture | null} */
  let picture = null;
  /** What Explore shows. @type {import("./explore.js").Shown | null} */
  let drawn = null;
  /** The runs that are shown whole. @type {{pair: any, of: any, titles: any} | null} */
  let shown = null;
  const own = home !== "streamlit";
  const context = {
    ...{ words, document, language, home, ask, lookAt },
    /** Name of the outcome that is asked for. */
    get asked() {
      return look.outcome ?? document.headlines[0];
    },
    /** What is looked at: outcome, question, step. */
    get look() {
      return look;
    },
    link: (/** @type {View} */ view) => linkTo(home, addressOf(document, view, "", look)),
  };
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
    pin,
  });
  const { allRows, sentenceOf, replay } = createShown(study, { shown: () => shown, picture: () => picture, view: () => history.view });
  const explore = createExplore(context, { onSeries: () => refresh(), onStop: stop, allRows });
  const why = ask || document.whys ? createWhy(context) : null;
  const onWhy = why ? (/** @type {string} */ name) => void why.ask(viewOf(document, pins.all(), history.view, name)) : undefined;
  const comparison = createCompare(context, { onChoose: choose, onSeries: () => compareNow(), onUnpin: unpin, onWhy });
  if (why) comparison.whySlot.append(why.element);
  const trySingle = (/** @type {string} */ name, /** @type {any} */ value) => (setValue(name, value, true), turnTo("explore"));
  const drivers = createDrivers(context, { onSet: trySingle, onAsk: () => void drive(history.view).catch(onError) });
  const story = createStory(context, { replay });
  const sources = own ? createSources(context) : null;
  const parts = { explore, compare: comparison, drivers, story, ...(sources ? { sources } : {}) };
  const printed = own ? createPrinted(context) : null;
  if (printed) explore.element.append(printed.element);
  const tabs = createTabs(context, parts, start.tab ?? address.tab, onTab);
  const dock = createDock(context, rail.element);
  const body = node("div", { class: "fl-body" }, dock.element, tabs.body);
  const onStep = (/** @type {number} */ step) => lookAt("step", step ? String(step) : "");
  const lesson = { view: () => history.view, commit, look: showPart, ask: rail.ask, reveal: revealLever, sentence: sentenceOf, onStep };
  const guide = document.guide ? createGuide(context, { ...lesson, print: () => printHandout(root) }, { body, dock: dock.element }) : null;
  const page = createSheet(context, { bar: tabs.bar, body, guide });
  const unkey = watchUndoKeys(home === "file" ? globalThis.document : page, (step) => travel(history[step]));
  root.classList.add("fl-root");
  root.replaceChildren(page);
  const frame = own ? talkToFrame(root, { set: setFromOutside }) : null;
  const unwatch = watchPrinting(root);
  const runner = createRunner(study, { onPair, onProgress: explore.running, onError });
  const comparing = createComparing(study, runner, { comparison, pins, shown: () => history.view });
  const unlisten = own ? onAddress(openAddress) : null;
  if (own) warnOf(address);
  let slow = 0;
  dock.foldFor(tabs.now());
  refresh(false, !own);
  guide?.open(Number(look.step ?? 0));
  return { set: setFromOutside, show: tabs.show, close };

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
    look = opened.look;
    comparison.draw();
    commit(opened.view);
    tabs.show(opened.tab || "explore");
    guide?.open(Number(look.step ?? 0));
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
    const { view } = history;
    explore.warn(t(words, `rail.pin_${pins.add(view) || "done"}`, { title: titleOf(document, leversOf(document, view)) }));
    final();
    compareNow();
  }

  function unpin(/** @type {string} */ name) {
    pins.remove(name);
    final();
    compareNow();
  }

  /** @param {string} name of a scenario or a pin */
  function choose(name) {
    commit(viewOf(document, pins.all(), history.view, name));
    turnTo("explore");
  }

  /** @param {string} tab */
  function turnTo(tab) {
    if (go) return go(tab);
    tabs.show(tab);
    if (tab === "explore") explore.focus();
  }

  /** Show a part of the page, and what a step of the guide asks to look at. @param {string} part @param {any} look */
  function showPart(part, { outcome, series }) {
    if (outcome) lookAt("outcome", outcome === document.headlines[0] ? "" : outcome);
    if (series) explore.draw(series);
    if (go && part in parts && part !== tabs.now()) go(part);
    else if (part in parts) tabs.show(part);
  }

  /** @param {string} name of a lever or assumption */
  function revealLever(name) {
    dock.unfold();
    rail.reveal(name);
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
    guide?.update();
    tell(moving ? "moving" : "running");
    const { policy, baseline } = settingsOf(document, view);
    clearTimeout(slow);
    slow = setTimeout(() => explore.running(0), SLOW_RUN);
    comparing.age();
    runner.show({ view, policy, baseline, design: study.designOf(view), series: explore.series(), moving });
    if (!moving && !known) final();
  }

  /** Write down a change that is final. */
  function final() {
    writeAddress(home, addressOf(document, history.view, own ? tabs.shown() : "", look));
    onState?.({ ...history.state(), pins: pins.views(), look });
  }

  /** Look at another outcome, question or step; nothing takes it back. @param {string} key @param {string} [value] */
  function lookAt(key, value) {
    const { [key]: _, ...rest } = look;
    look = value ? { ...rest, [key]: value } : rest;
    if (key === "outcome") {
      comparison.draw();
      if (drawn) explore.update(drawn);
    }
    final();
  }

  /** @param {import("./runner.js").Pair} pair @param {import("./runner.js").Wanted} wanted */
  async function onPair(pair, wanted) {
    clearTimeout(slow);
    const { view } = wanted;
    const titles = { here: shortTitleOf(document, wanted.policy), base: shortTitleOf(document, wanted.baseline) };
    picture = await makePicture(study, pair, wanted, explore.needs(pair.full), titles);
    explore.update((drawn = { picture, view, title: titles.here, baseline: titles.base, moving: wanted.moving }));
    if (!pair.full) return;
    shown = { pair, of: wanted, titles };
    story.update({ view, sides: { here: pair.here, base: pair.base }, bands: picture.bands });
    printed?.update(view);
    void guide?.ran().catch(onError);
    sources?.update({ view, hangs: picture.rows.flatMap(({ turns }) => turns.map(({ parameter }) => parameter)) });
    if (tabs.now() === "compare") await comparing.run(view);
    if (tabs.now() === "drivers") await drive(view);
    if (tabs.now() !== "compare") compareNow(); // behind what is looked at
    if (view === history.view) tell("ready", picture.runs);
  }

  /** Compare what is set once more: with another pin, or another series. */
  function compareNow() {
    if (shown) void comparing.run(history.view).catch(onError);
  }

  /** Answer the question of Drivers. @param {View} view */
  async function drive(view) {
    if (!shown || shown.of.view !== view) return;
    await drivers.answer(study, runner, shown, view, addressOf(document, view), () => view === history.view && tabs.now() === "drivers");
  }

  /** @param {string} tab */
  function onTab(tab) {
    final();
    dock.foldFor(tab);
    if (tab === "drivers") void drive(history.view).catch(onError);
    if (tab === "compare") compareNow();
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

  function close() {
    frame?.close();
    unlisten?.();
    guide?.end();
    unwatch();
    unkey();
    study.close();
  }
}
