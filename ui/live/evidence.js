/**
 * Every lever, fact and assumption with its value, source or reason: a list to search and to filter.
 *
 * @typedef {import("./story_words.js").Context} Context
 * @typedef {import("./setting.js").Entry & {uncertain?: boolean, members?: string[],
 *   shape?: string, middle?: [number, number], weights?: string}} Evidence
 *
 * @typedef {object} EvidenceData
 * @property {import("./setting.js").View} view
 * @property {string[]} [hangs] names of what the headline differences hang on, the strongest first
 */

import { thousands } from "../../sim/browser/wording.js";
import { icon, node, setChildren, setShown, setText, t } from "./dom.js";
import { foldMembers } from "./members.js";
import { isAssumption, valueOf } from "./setting.js";
import { spanOf } from "./spans.js";
import { settingText } from "./story_words.js";

/** Entries listed at first. */
const MOST_ENTRIES = 24;
/** Ways to filter the list. */
const FILTERS = ["all", "hangs", "hand", "lever", "fact", "unverified", "assumption", "counterfactual"];
const BADGES = ["lever", "fact", "assumption", "counterfactual"];

/**
 * @param {Context} context
 * @returns {{parts: HTMLElement[], update: (data: EvidenceData) => void}}
 */
export function createEvidence(context) {
  const { words, document: study } = context;
  const say = (/** @type {string} */ key, values = {}) => t(words, `sources.${key}`, values);
  /** @type {Evidence[]} */
  const every = [...study.levers, ...(study.held ?? []), ...study.assumptions, ...(study.tables ?? [])];
  /** Members of a name that have the same value and source are one entry. @type {Evidence[]} */
  const entries = foldMembers(study, every, (entry) => JSON.stringify({ ...entry, name: "", member: "", label: "", default: 0 }));
  const { first, baseline } = study;
  /** @type {{view: any, hangs: string[]}} */
  let data = { view: { scenario: first, values: {}, baseline }, hangs: [] };
  let most = MOST_ENTRIES;

  const search = node("input", { type: "search", oninput: () => choose() });
  const kinds = node("select", { onchange: () => choose() });
  const found = node("p", { class: "fl-source-found", role: "status" });
  const list = node("ul", { class: "fl-source-list" });
  const more = node("button", { type: "button", class: "fl-story-more", onclick: () => choose(2 * most) });
  const controls = node("div", { class: "fl-story-choice" });
  controls.append(
    node("label", { class: "fl-story-by" }, say("search"), search),
    node("label", { class: "fl-story-by" }, say("show"), kinds),
  );

  /** @type {Map<string, any>} */
  const defaults = new Map(every.map((entry) => [entry.name, entry.default]));
  const isByHand = (/** @type {Evidence} */ entry) => namesOf(entry).some((name) => Object.hasOwn(data.view.values, name));

  /** How many there are of each kind, and how many facts were checked. */
  function countsText() {
    const count = (/** @type {(entry: Evidence) => unknown} */ test) => entries.filter(test).length;
    const counted = BADGES.map((kind) => {
      const n = count((entry) => badgeOf(entry) === kind);
      return n && say(n === 1 ? `one_${kind}` : `many_${kind}`, { n: thousands(n) });
    });
    const [facts, unread] = [count((entry) => entry.badge === "fact"), count(isUnread)];
    const checked = say(unread ? "checked" : "all_checked", { checked: facts - unread, unread });
    return `${counted.filter(Boolean).join(", ")}.${facts ? ` ${checked}` : ""}`;
  }

  /** Whether a filter lets an entry through. @param {Evidence} entry @param {string} filter */
  function isOfKind(entry, filter) {
    if (filter === "all") return true;
    if (filter === "hangs") return namesOf(entry).some((name) => data.hangs.includes(name));
    if (filter === "hand") return isByHand(entry);
    if (filter === "unverified") return isUnread(entry);
    return badgeOf(entry) === filter;
  }

  /** What an entry is called, and what kind of thing it is. @param {Evidence} entry */
  function headOf(entry) {
    const { label, status } = entry;
    const badge = (/** @type {string} */ kind, /** @type {string} */ text, /** @type {any} */ sign = null) =>
      node("span", { class: "fl-source-badge", "data-kind": kind }, sign, text);
    return node(
      "div",
      { class: "fl-source-head" },
      node("h4", {}, label),
      badge(badgeOf(entry), say(`badge_${badgeOf(entry)}`)),
      isUnread(entry) && badge("unverified", say("unverified"), icon("warning")),
      status === "verified" && badge("verified", say("verified"), icon("check")),
      isOfKind(entry, "hangs") && badge("hangs", say("hangs")),
      isByHand(entry) && badge("hand", say("by_hand")),
    );
  }

  /** The value in force, what it may be, and the model's own where it is another. @param {Evidence} entry */
  function valueLine(entry) {
    const { options, uncertain, shape, middle, weights } = entry;
    const [low, high] = middle ?? [entry.low, entry.high];
    const names = namesOf(entry);
    const found = names.map((name) => data.view.values[name] ?? valueOf(study, data.view.scenario, name) ?? defaults.get(name));
    const own_ = names.map((name) => defaults.get(name));
    const text = (/** @type {unknown} */ of) => settingText(context, entry, of);
    const bare = (/** @type {unknown} */ of) => settingText(context, { unit: "" }, of);
    const isRange = low != null && high != null && low < high;
    const ends = isRange ? say("span", { low: bare(low), high: text(high) }) : options.map(bare).join(", ");
    const isShaped = uncertain && (middle || weights || shape === "pert");
    const told = isShaped ? say(`shape_${shape}`, { ends, weights }) : ends;
    const key = isAssumption(study, names[0]) ? (uncertain ? "varies" : "may_be") : "can_be";
    const isOther = found.some((value, i) => value !== own_[i]);
    const own = isOther && say("own", { value: spanOf(context, entry, own_) });
    const further = [told && say(key, { ends: told }), own].map((part) => part && node("span", {}, part));
    return node("p", { class: "fl-source-value" }, node("strong", {}, spanOf(context, entry, found)), ...further);
  }

  /** @param {Evidence} entry */
  function itemOf(entry) {
    const { source, url, help, why, note } = entry;
    const said = [entry.said, entry.date].filter(Boolean).join(", ");
    const reasons = [...new Set([help, why])].filter(Boolean);
    const line = (/** @type {any[]} */ ...parts) => node("p", { class: "fl-source-line" }, ...parts);
    const key = (/** @type {string} */ of) => node("span", { class: "fl-source-key" }, `${say(of)} `);
    const link = url
      ? node("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, source || url)
      : source;
    const nothing = !source && !url && !reasons.length;
    return node(
      "li",
      { class: "fl-source" },
      headOf(entry),
      valueLine(entry),
      ...reasons.map((text) => line(text)),
      link && line(key("source"), link),
      said && line(key("said"), said),
      note && line(note),
      nothing && line(say(isAssumption(study, namesOf(entry)[0]) ? "no_reason" : "no_source_lever")),
    );
  }

  /** Draw the entries that the filters let through. */
  function choose(count = MOST_ENTRIES) {
    most = count;
    const asked = search.value.trim().toLowerCase();
    const textOf = (/** @type {any} */ { name, label, group, help, why, source, said, note }) =>
      [name, label, group, help, why, source, said, note].join(" ").toLowerCase();
    const rank = (/** @type {Evidence} */ entry) =>
      Math.min(...namesOf(entry).map((name) => (data.hangs.includes(name) ? data.hangs.indexOf(name) : data.hangs.length)));
    const rows = entries
      .filter((one) => isOfKind(one, kinds.value || "all") && (!asked || textOf(one).includes(asked)))
      .sort((a, b) => rank(a) - rank(b));
    setChildren(list, ...rows.slice(0, most).map(itemOf));
    const counts = { count: thousands(rows.length), all: thousands(entries.length) };
    setText(found, rows.length ? say("found", counts) : say("none"));
    setShown(more, rows.length > most);
    setText(more, say("show_more", { count: thousands(Math.min(most, rows.length - most)) }));
  }

  /** @param {EvidenceData} next */
  function update({ view, hangs = [] }) {
    data = { view, hangs: [...new Set(hangs)] };
    const kept = kinds.value || "all";
    const some = FILTERS.filter((kind) => kind === "all" || entries.some((entry) => isOfKind(entry, kind)));
    setChildren(kinds, ...some.map((kind) => node("option", { value: kind }, say(`kind_${kind}`))));
    kinds.value = some.includes(kept) ? kept : "all";
    choose(most);
  }

  return { parts: [node("p", {}, countsText()), controls, found, list, more], update };
}

/** The names that an entry stands for. @param {Evidence} entry */
function namesOf({ name, members }) {
  return members ?? [name];
}

/** The kind of an entry. @param {Evidence} entry */
function badgeOf({ badge }) {
  return badge || "lever";
}

/** Whether a fact was not checked at its source. @param {Evidence} entry */
function isUnread({ badge, doubt }) {
  return badge === "fact" && Boolean(doubt);
}
