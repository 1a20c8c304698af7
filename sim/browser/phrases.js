/**
 * Every phrase that sentences on results are made of, in English as `sim.analysis` writes them; `speak`
 * puts those of another language in their place. `{name}` stands for what a sentence puts in.
 *
 * @typedef {{text: string, statistic: string, value: number}} Piece a number within a sentence, with
 * its name among the records of a comparison and its value in full
 * @typedef {(string | Piece)[]} Told a sentence whose numbers can be found again
 */

import { filled } from "./format.js";

/** @type {Record<string, string>} */
export const PHRASES = {
  // marks and names
  decimal_mark: ".",
  thousands_mark: ",",
  minus_sign: "−",
  plus_sign: "+",
  quoted: "“{text}”",
  labels_in_sentences: "lowered",
  list_comma: ", ",
  list_last: "{rest} and {last}",
  clauses_last: "{rest} and {last}",
  list_more: "{count} more",
  list_or: " or ",
  interval: "{mean} [{low}, {high}]",
  range: "{low} … {high}",
  percent: "{text} %",
  points: "points",
  higher: "higher",
  lower: "lower",
  better: "better",
  worse: "worse",
  held: "Assumptions held at central values.",
  caution:
    "Futures are ways in which the assumptions may lie. They and chance are all that ranges and " +
    "intervals show, inside this model; not everything that could happen.",
  // how likely something is
  likelihood_1: "almost no chance",
  likelihood_2: "very unlikely",
  likelihood_3: "unlikely",
  likelihood_4: "roughly even",
  likelihood_5: "likely",
  likelihood_6: "very likely",
  likelihood_7: "almost certain",
  likelihood_two: "{first} to {last}",
  in_hundred: "{count} in 100",
  chance_interval: "{text}, 95 % interval {low} to {high}",
  chance_word: "{text}: {word}",
  // how an outcome stands
  level_never: "{label} has no value in any simulated run of {where}",
  level_futures: "{text}; {range} in 5 to 95 % of futures",
  level_mean: "{label} averages {value} in {where}, over {runs} runs",
  level_missing: "; in {count} further runs it never happens",
  level_none:
    "{label} comes true in none of {runs} simulated runs of {where} (at most about {top} in 100)",
  level_share: "{label} comes true in {count} of {runs} simulated runs of {where} ({chance})",
  of_runs: "{text} · n={count}",
  // verdicts
  verdict_baseline: "baseline",
  verdict_too_few: "too few pairs",
  verdict_too_few_events: "too few events",
  verdict_identical: "the same in every pair",
  verdict_no_difference_seen: "no difference seen",
  verdict_no_difference_that_matters: "no difference that matters",
  verdict_depends_on_the_assumptions: "depends on the assumptions",
  verdict_not_settled: "not settled",
  verdict_mostly_the_same: "mostly the same",
  verdict_mostly_higher: "mostly higher",
  verdict_mostly_lower: "mostly lower",
  verdict_clearly_higher: "clearly higher",
  verdict_clearly_lower: "clearly lower",
  verdict_higher: "higher",
  verdict_lower: "lower",
  verdict_judged: "{verdict}, {word}",
  phrase_identical: "the same in every pair of runs",
  phrase_too_few: "too few pairs of runs have a value to compare",
  phrase_too_few_events: "only {count pair of runs differs|pairs of runs differ}, too few for a direction",
  phrase_no_difference_seen: "no difference is seen",
  phrase_not_settled: "too few runs to settle it",
  phrase_futures: "{verdict}, {futures}",
  degree_clearly: "clearly",
  degree_mostly: "mostly",
  degree_higher: "higher",
  degree_lower: "lower",
  told_degree: "{degree} {word}",
  degree: "{degree} {word} ({count})",
  futures_short: "{word} in {count} [{low}, {high}]",
  futures_interval: "{word} in {count} of 100 futures [{low}, {high}]",
  futures: "{word} in {count} of 100 futures",
  futures_count: "{count} of 100 futures",
  brief_depends: "{verdict} ({word} in {count})",
  brief_mean: "{verdict} ({mean}){chance}",
  brief_chance: ", which may be chance among so many differences",
  brief_maybe: "{word}, maybe chance",
  brief_size: "{middle}, {range}; {direction}",
  // the answer on one difference
  answer_head: "{label} in {where}, against {against}: {verdict}.",
  answer_pair: "The difference is {pair}.",
  answer_size: "The expected difference is {size}.",
  answer_chance: "Chance alone moves the difference of two runs by {size} (standard deviation).",
  size_one: "{range} in 5 to 95 % of futures",
  size_range: "{middle} in the middle, {range} in 5 to 95 % of futures",
  pair_none: "no pairs to compare",
  pair_identical: "exactly 0 in every pair of runs",
  pair_zero: "0 in all of {count} pairs",
  hangs: "It is {texts}.",
  hanging: "{label}: {texts}.",
  hanging_in: "{label} in {where}: {texts}.",
  turn_none: "larger or smaller with {name}, without a turn of its sign",
  turn_words: "{word} on average only where {name} is {words}",
  turn_other_words: "{word} on average only where {name} is not {words}",
  turn_favourable: "more favourable",
  turn_high: "{word} where {name} is high",
  turn_low: "{word} where {name} is low",
  turn_above: "{word} on average only where {name} is above {value}",
  turn_below: "{word} on average only where {name} is below {value}",
  // several scenarios
  told_in: "{word} in {each}",
  told_clear: "clearly {word} in {each}",
  told_over: "Against {against} it is {parts}{tails}.",
  told_over_none: "Against {against} no direction is clear{tails}.",
  told_tail: "; {group} in {where}",
  told_chance: "Against {against} it is {parts}{rest}{chance}.",
  told_loose: "; in {each} the interval excludes 0, which may be chance among so many differences",
  told_rest_one: ", with no clear difference in the other scenario",
  told_rest: ", with no clear difference in the other {count} scenarios",
  told_same_one: "Every run of the other scenario has the same value as in {against}.",
  told_same: "Every run of the other {count} scenarios has the same value as in {against}.",
  told_too_few: "Too few pairs of runs have a value to compare {where}.",
  told_no_clear: "There is no clear difference in {each}.",
  told_none_loose: "No difference to {against} is clear{chance}.",
  told_none:
    "None of the other {count} scenarios makes a clear difference to {against}: each 95 % interval of " +
    "the paired difference holds 0 or is exactly 0{largest}.",
  told_largest: "; the largest seen is {each}",
  scenarios: "{count} scenarios",
  each_futures: "{where} ({share}, {range})",
  each_pair: "{where} ({pair})",
  each_seen: "{pair} over the {count} pairs in which both happen",
  group_mostly: "it is mostly {word}",
  group_depends_on_the_assumptions: "it depends on the assumptions",
  group_not_settled: "it is not settled by so few runs",
  group_too_few: "too few pairs have a value",
  group_too_few_events: "too few pairs differ",
  group_identical: "it is the same in every pair",
  group_no_difference_that_matters: "there is no difference that matters",
  group_no_difference_seen: "no difference is seen",
  // forms of the model
  forms_every: "all {count} forms of {name}",
  forms_both: "both forms of {name}",
  forms_some: "the {count} forms of {name} that futures have",
  forms_fold: "Alike under all forms: {alike} of {all difference|differences}",
  forms_all: "Under {forms}: {clauses}.",
  forms_none: "No direction of a headline outcome is settled under {forms} alike.",
  forms_clause: "{label} is {word} in {each}",
  forms_same: "{label} has no difference that matters in {each}",
  forms_each: "{where} ({degree} under each form, in at least {count} of 100 futures)",
  forms_each_whole: "{where} ({degree} under each form, in {count} of 100 futures)",
  forms_hangs: "{label} in {where} hangs on {name}: {cases}.",
  forms_case: "{phrase} under {option}",
  forms_more: "Differences beside these that hang on a form: {count}.",
  forms_few: "{name} as {option}: {count} futures, too few to say.",
  forms_held: "Forms of the model that are held: {forms}.",
  forms_held_one: "{name} as {option}",
  // cards, tables and the heading of a page
  headline: "{title}, against {baseline}{held}: {clauses}.",
  headline_same: "{title} is the same as the baseline{held}. Move a lever to see a difference.",
  headline_held: " (assumptions held at central values)",
  headline_clause: "{labels} – {phrase}",
  value_never: "never",
  value_runs: "of 100 runs",
  range_futures: "5–95 % of futures",
  range_chance: "95 % interval",
  range_values: "{count} values",
  range_ends: "{low} to {high}",
  range_seen: " · in {count} runs",
  pairs_seen: ", in {count} pairs",
  cell_no_difference_that_matters: "does not matter",
  cell_depends: "depends ({count} {word})",
  cell_differs: "{count} pair differs",
  cell_differ: "{count} pairs differ",
};
let spoken = PHRASES;

/**
 * Speak another language from now on.
 *
 * @param {Record<string, string>} [words] of a document: those whose key is that of a phrase after
 * `answers.`; phrases left out stay English
 */
export function speak(words = {}) {
  const found = Object.entries(words).filter(([key]) => key.startsWith("answers."));
  spoken = { ...PHRASES, ...Object.fromEntries(found.map(([key, text]) => [key.slice(8), text])) };
}

/** Whether the language in use has a phrase. @param {string} key */
export function isPhrase(key) {
  return key in spoken;
}

/** A phrase with its parts. @param {string} key @param {Record<string, string>} [values] */
export function say(key, values = {}) {
  return filled(spoken[key], values);
}

/** The phrase for a verdict. @param {string} group such as `verdict_` @param {string} verdict */
export function keyOf(group, verdict) {
  return group + verdict.replaceAll(" ", "_");
}

/**
 * A phrase some of whose parts are numbers to be found again.
 *
 * @param {string} key @param {Record<string, string | Piece | Told>} values @returns {Told}
 */
export function tell(key, values) {
  return spoken[key].split(/(\{\w+\})/).flatMap((part) => {
    const found = part.startsWith("{") ? values[part.slice(1, -1)] : part;
    return found === "" || found === undefined ? [] : found;
  });
}

/** The text of a sentence with numbers. @param {Told} told */
export function textOf(told) {
  return told.map((part) => (typeof part === "string" ? part : part.text)).join("");
}

/** A number with the marks of the language: `1,234.5` becomes `1.234,5`. @param {string} text */
export function marked(text) {
  /** @type {Record<string, string>} */
  const marks = { ".": "decimal_mark", ",": "thousands_mark", "−": "minus_sign", "+": "plus_sign" };
  return text.replace(/[.,−+]/g, (mark) => spoken[marks[mark]]);
}
