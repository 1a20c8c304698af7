/**
 * What the numbers rest on: every lever, fact and assumption with its source or reason; what the words
 * of the page mean; the model's own card and limits; how to cite it and get the numbers again.
 *
 * @typedef {import("./story_words.js").Context} Context
 * @typedef {import("./setting.js").Entry} Entry
 *
 * @typedef {object} SourcesData
 * @property {any} view
 * @property {string[]} [hangs] names of what the headline differences hang on, the strongest first
 */

import { thousands } from "../../sim/browser/wording.js";
import { icon, newId, node, setChildren, setShown, setText, t } from "./dom.js";
import { commandOf, openCommand } from "./recipe.js";
import { isAssumption, valueOf } from "./setting.js";
import { settingText } from "./story_words.js";

/** Entries listed at first. */
const MOST_ENTRIES = 24;
/** What the words of the page mean, in the order in which a reader meets them. */
const GLOSSARY = ["toy", "lever", "assumption", "future", "run", "chance", "baseline", "twin", "range", "better", "seed"];
/** Ways to filter: a test of an entry each. */
const KINDS = ["all", "hangs", "hand", "lever", "fact", "unverified", "assumption", "counterfactual"];

/**
 * @param {Context} context
 * @returns {{element: HTMLElement, update: (data: SourcesData) => void}}
 */
export function createSources(context) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `sources.${key}`, values);
  /** @type {Entry[]} */
  const entries = [...study.levers, ...(study.held ?? []), ...study.assumptions];
  /** @type {SourcesData} */
  let data = { view: { scenario: study.first, values: {}, baseline: study.baseline } };
  let most = MOST_ENTRIES;
  let drawn = "";
  let visible = false;

  const search = node("input", { type: "search", oninput: () => choose() });
  const kinds = node("select", { onchange: () => choose() });
  const found = node("p", { class: "fl-source-found", role: "status" });
  const list = node("ul", { class: "fl-source-list" });
  const more = node("button", { type: "button", class: "fl-story-more", onclick: () => choose(2 * most) });
  const command = node("div", {});
  const title = newId("sources");
  const element = node("section", { class: "fl-sources", "aria-labelledby": title },
    node("h2", { id: title }, say("title")),
    node("p", { class: "fl-sources-lead" }, say("lead")),
    part("meaning", glossary()),
    part("numbers", node("p", {}, countsText()), node("div", { class: "fl-story-choice" },
      node("label", { class: "fl-story-by" }, say("search"), search),
      node("label", { class: "fl-story-by" }, say("show"), kinds)), found, list, more),
    part("model", ...card()),
    part("again", command));
  new IntersectionObserver((seen) => {
    visible = seen[seen.length - 1].isIntersecting;
    if (visible) refresh();
  }).observe(element);

  /** A part under its heading. @param {string} key @param {...any} children */
  function part(key, ...children) {
    const heading = newId(key);
    return node("section", { class: "fl-source-part", "aria-labelledby": heading },
      node("h3", { id: heading }, say(`part_${key}`)), ...children);
  }

  function glossary() {
    const terms = GLOSSARY.map((key) => node("div", {}, node("dt", {}, say(`term_${key}`)), node("dd", {}, say(`means_${key}`, {
      futures: thousands(study.futures || 1), replications: thousands(study.replications), span: study.span,
    }))));
    return node("dl", { class: "fl-glossary" }, ...terms);
  }

  /** How many there are of each kind, and how many facts were checked. */
  function countsText() {
    const count = (/** @type {(entry: Entry) => unknown} */ test) => entries.filter(test).length;
    const counted = ["lever", "fact", "assumption", "counterfactual"].map((kind) => {
      const n = count((entry) => (entry.badge || "lever") === kind);
      return n && say(n === 1 ? `one_${kind}` : `many_${kind}`, { n: thousands(n) });
    });
    const unread = count(isUnread);
    const facts = count((entry) => entry.badge === "fact");
    const checked = facts ? ` ${say(unread ? "checked" : "all_checked", { checked: facts - unread, unread })}` : "";
    return `${counted.filter(Boolean).join(", ")}.${checked}`;
  }

  /** What the author of the model says of it. */
  function card() {
    const limits = study.limits || study.docs.find((/** @type {any} */ doc) => doc.name === "limits")?.text || "";
    const texts = study.docs.filter((/** @type {any} */ doc) => doc.name !== "limits");
    return [
      node("p", { class: "fl-source-toy" }, say("toy")),
      ...paragraphs(limits),
      ...texts.map((/** @type {any} */ doc) =>
        node("details", { class: "fl-source-doc" }, node("summary", {}, words[`docs.${doc.name}`] ?? doc.title), ...paragraphs(doc.text))),
    ];
  }

  /** The kinds that an entry is of. @param {Entry} entry @param {string} kind */
  function isOfKind(entry, kind) {
    if (kind === "all") return true;
    if (kind === "hangs") return (data.hangs ?? []).includes(entry.name);
    if (kind === "hand") return entry.name in data.view.values;
    if (kind === "unverified") return isUnread(entry);
    return (entry.badge || "lever") === kind;
  }

  /** The value in force, and the model's own where it is another. @param {Entry} entry */
  function valuesOf(entry) {
    const { view } = data;
    const value = view.values[entry.name] ?? valueOf(study, view.scenario, entry.name) ?? entry.default;
    const text = (/** @type {unknown} */ of) => settingText(context, entry, of);
    return { value: text(value), own: value === entry.default ? "" : text(entry.default), byHand: entry.name in view.values };
  }

  /** One entry. @param {Entry} entry */
  function itemOf(entry) {
    const { value, own, byHand } = valuesOf(entry);
    const isLever = !isAssumption(study, entry.name);
    const ends = entry.low != null && entry.high != null && entry.low < entry.high
      ? say("span", { low: settingText(context, { unit: "" }, entry.low), high: settingText(context, entry, entry.high) })
      : entry.options.length ? entry.options.map((word) => word.replaceAll("_", " ")).join(", ") : "";
    const varies = /** @type {any} */ (entry).uncertain;
    const badge = isLever ? "lever" : entry.badge;
    const said = [entry.said, entry.date].filter(Boolean).join(", ");
    const why = [...new Set([entry.help, entry.why])].filter(Boolean);
    const line = (/** @type {string} */ key, /** @type {any[]} */ ...text) =>
      node("p", { class: "fl-source-line" }, node("span", { class: "fl-source-key" }, say(key)), " ", ...text);
    return node("li", { class: "fl-source" },
      node("div", { class: "fl-source-head" },
        node("h4", {}, entry.label),
        node("span", { class: "fl-source-badge", "data-kind": badge }, say(`badge_${badge}`)),
        isUnread(entry) && node("span", { class: "fl-source-badge", "data-kind": "unverified" }, icon("warning"), say("unverified")),
        entry.status === "verified" && node("span", { class: "fl-source-badge" }, icon("check"), say("verified")),
        (data.hangs ?? []).includes(entry.name) && node("span", { class: "fl-source-badge", "data-kind": "hangs" }, say("hangs")),
        byHand && node("span", { class: "fl-source-badge", "data-kind": "hand" }, say("by_hand"))),
      node("p", { class: "fl-source-value" }, node("strong", {}, value),
        ends && node("span", {}, say(isLever ? "can_be" : varies ? "varies" : "may_be", { ends })),
        own && node("span", {}, say("own", { value: own }))),
      ...why.map((text) => node("p", { class: "fl-source-line" }, text)),
      entry.source && line("source", linked(entry.source, entry.url)),
      said && line("said", said),
      !entry.source && !why.length && node("p", { class: "fl-source-line" }, say(isLever ? "no_source_lever" : "no_reason")));
  }

  /** A text that leads to its address on the web. @param {string} text @param {string} url */
  function linked(text, url) {
    return url ? node("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text) : text;
  }

  /** Draw the entries that the filters let through. */
  function choose(count = MOST_ENTRIES) {
    most = count;
    const wanted = search.value.trim().toLowerCase();
    const text = (/** @type {any} */ one) =>
      [one.name, one.label, one.group, one.help, one.why, one.source, one.said].join(" ").toLowerCase();
    const hangs = data.hangs ?? [];
    const rank = ({ name }) => (hangs.includes(name) ? hangs.indexOf(name) : hangs.length);
    const rows = entries.filter((one) => isOfKind(one, kinds.value || "all") && (!wanted || text(one).includes(wanted)));
    rows.sort((a, b) => rank(a) - rank(b));
    setChildren(list, ...rows.slice(0, most).map(itemOf));
    setText(found, rows.length ? say("found", { count: thousands(rows.length), all: thousands(entries.length) }) : say("none"));
    setShown(more, rows.length > most);
    setText(more, say("show_more", { count: thousands(Math.min(most, rows.length - most)) }));
  }

  /** How to cite the study, and to get its numbers again. */
  function recipe() {
    const { view } = data;
    const { command: compare, files } = commandOf(study, view);
    const open = openCommand(study, view);
    const cite = say("cite", { title: study.title, fulcrum: study.fulcrum, seed: String(view.seed) });
    const overlays = Object.entries(files).map(([name, text]) =>
      node("details", { class: "fl-source-doc" }, node("summary", {}, name), node("pre", {}, text)));
    setChildren(command,
      node("h4", {}, say("cite_title")), node("p", {}, cite),
      node("h4", {}, say("command_title")), node("p", {}, say(overlays.length ? "command_files" : "command")),
      node("pre", {}, compare), ...overlays,
      node("p", {}, say("open")), node("pre", {}, open.command));
  }

  /** Draw anew, unless all is as it was. */
  function refresh() {
    const { view, hangs = [] } = data;
    const now = JSON.stringify([view, hangs], (_, value) => (typeof value === "bigint" ? String(value) : value));
    if (!visible || now === drawn) return;
    drawn = now;
    const kept = kinds.value || "all";
    const some = KINDS.filter((kind) => kind === "all" || entries.some((entry) => isOfKind(entry, kind)));
    setChildren(kinds, ...some.map((kind) => node("option", { value: kind }, say(`kind_${kind}`))));
    kinds.value = some.includes(kept) ? kept : "all";
    choose(most);
    recipe();
  }

  return {
    element,
    update(next) {
      data = next;
      refresh();
    },
  };
}

/** Whether a fact was not checked at its source. @param {Entry} entry */
function isUnread({ badge, doubt }) {
  return badge === "fact" && Boolean(doubt);
}

/** Text in paragraphs. @param {string} text */
function paragraphs(text) {
  return text.split(/\n\s*\n/).filter((part) => part.trim()).map((part) => node("p", { class: "fl-source-text" }, part.trim()));
}
