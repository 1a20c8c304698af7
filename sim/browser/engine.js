/**
 * Runs a model that `fulcrum source --emit wasm` compiled, in a page, in a worker or in Node.
 *
 * @typedef {import("./format.js").Value} Value
 * @typedef {Record<string, any>} Layout the content of the section `fulcrum`
 * @typedef {number | bigint} Whole
 *
 * @typedef {object} Request
 * @property {ArrayLike<number>} values of each future, row by row, in the order of `layout.values`; see
 * `engine.values`
 * @property {Whole} [seed] 1 unless given
 * @property {Whole} [future] number of the first future, 0 unless given
 * @property {Whole} [first] number of the first replication of each, 0 unless given
 * @property {number} count replications of each future
 * @property {number[]} [series] numbers of the series to record, in `layout.series`
 *
 * @typedef {object} Block runs are all replications of the first future, then those of the next
 * @property {Float64Array} outcomes `[run, outcome]`; NaN where a run failed
 * @property {Int32Array} status `[run]`; 0 is success, others are keys of `layout.errors`
 * @property {BigInt64Array} events `[run]`; occurrences fired
 * @property {Float64Array} series `[series, time, run]` on the grid of whole time units
 *
 * @typedef {object} Occurrence as `sim.engine.trace.Occurrence`
 * @property {number} time
 * @property {string} date
 * @property {string} event
 * @property {string} label
 * @property {string} text
 * @property {string} cause
 * @property {number} number
 * @property {{name: string, before: Value, after: Value}[]} changes
 * @property {[string, number][]} scheduled
 * @property {[string, number][]} cancelled
 * @property {[string, Value][]} [arguments] of an event that takes some
 *
 * @typedef {object} Story
 * @property {Occurrence[]} occurrences
 * @property {number} leftOut occurrences beyond those
 * @property {Record<string, number>} outcomes
 * @property {Record<string, Float64Array>} series
 * @property {number} end the time at which the run ended
 * @property {{code: string, message: string, help?: string} | null} error why it failed
 */

import { dateAt, decode, encode, filled, general, valueText } from "./format.js";

/** The version of the layout that this file reads. */
export const FORMAT = 1;

export const PAGE = 65_536;
/** Most bytes that runs may take. */
export const MOST_BYTES = 2 ** 29;
/** Slots of a story at first. */
const ROOM = 30_000;
/** Kinds of items of a story; `sim/engine/story.py` writes them. */
const [FIRED, CAUSED, NOTED, SCHEDULED, CANCELLED, CHANGED, TAKEN] = [0, 1, 2, 3, 4, 5, 6];

/**
 * Load a module.
 *
 * @param {BufferSource | WebAssembly.Module} wasm the file's bytes, or what they were compiled to
 */
export async function load(wasm) {
  const { layout, memory, exports } = await loadModule(wasm, (layout) => {
    if (layout.format !== FORMAT || !layout.memory) throw new TypeError(`this is no model of format ${FORMAT}`);
    return layout.memory.free;
  });
  return engineOf(layout, memory, exports.run_block);
}

/**
 * Load a module of ours: what it says of itself, its memory and its functions.
 *
 * @param {BufferSource | WebAssembly.Module} wasm
 * @param {(layout: Layout) => number} freeOf the first free address, if it is a module of the right kind
 */
export async function loadModule(wasm, freeOf) {
  const module = wasm instanceof WebAssembly.Module ? wasm : await WebAssembly.compile(wasm);
  const layout = layoutOf(module);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(freeOf(layout) / PAGE) });
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  return { layout, memory, exports: /** @type {Record<string, Function>} */ (exports) };
}

/** What a module says of itself. @param {WebAssembly.Module} module @returns {Layout} */
export function layoutOf(module) {
  const [section] = WebAssembly.Module.customSections(module, "fulcrum");
  return section ? JSON.parse(new TextDecoder().decode(section)) : {};
}

/** What is said of runs that take too many bytes. @param {number} bytes */
export function tooLarge(bytes) {
  const size = Math.ceil(bytes / 2 ** 20);
  return `these runs need ${size} MB of memory, more than ${MOST_BYTES / 2 ** 20}: ask for fewer runs or series`;
}

/**
 * @param {Layout} layout @param {WebAssembly.Memory} memory @param {Function} runBlock
 */
function engineOf(layout, memory, runBlock) {
  const { calendar, records, free, most, items } = layout.memory;
  const { clock } = layout;
  const width = layout.outcomes.length;

  /**
   * Values of a run: the defaults, and others by name; what an entry does not allow is refused.
   *
   * @param {Record<string, Value>} [settings]
   */
  function values(settings = {}) {
    const known = new Set(layout.values.map((/** @type {any} */ value) => value.name));
    for (const name of Object.keys(settings)) {
      if (!known.has(name)) throw new RangeError(`'${name}' is no lever and no parameter`);
    }
    return Float64Array.from(layout.values, (value) =>
      value.name in settings ? checked(settings[value.name], value) : value.default,
    );
  }

  /** A value as it is stored, if its entry allows it. @param {Value} value @param {any} entry */
  function checked(value, entry) {
    const { name, kind, low = -Infinity, high = Infinity } = entry;
    const stored = encode(value, entry);
    if (kind === "whole" && !Number.isInteger(stored)) throw new RangeError(`'${name}' is a whole number`);
    if (kind === "boolean" && stored !== 0 && stored !== 1) throw new RangeError(`'${name}' is true or false`);
    if (!(stored >= low && stored <= high)) throw new RangeError(`'${name}' is from ${low} to ${high}`);
    return stored;
  }

  /**
   * Run replications; `room` is that of a story, 0 for none.
   *
   * @param {Request} request @param {number} room
   */
  function fill({ values, seed = 1, future = 0, first = 0, count, series = [] }, room) {
    const inputs = layout.values.length;
    const futures = inputs ? values.length / inputs : 1;
    if (!(futures >= 1 && Number.isInteger(futures)) || (!inputs && values.length)) {
      throw new RangeError(`${inputs} values expected for each future, not ${values.length}`);
    }
    const points = series.length ? clock.points : 0;
    const runs = futures * count;
    const size = series.length * points * runs;
    let end = free;
    const place = (/** @type {number} */ bytes) => {
      const at = end;
      end += Math.ceil(Math.max(bytes, 8) / 16) * 16;
      return at;
    };
    const c = place(calendar.items + 8 * room);
    const [state, read, sums] = ["State", "Values", "Accumulators"].map((r) => place(records[r]));
    const [outcomes, status] = [place(8 * runs * width), place(4 * runs)];
    const [events, recorded] = [place(8 * runs), place(8 * size)];
    if (!room && end > MOST_BYTES) throw new RangeError(tooLarge(end));
    const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE);
    if (missing > 0) memory.grow(missing);
    const { buffer } = memory;
    new Uint8Array(buffer, c, calendar.heap_time).fill(0);
    const view = new DataView(buffer);
    const whole = (/** @type {string} */ slot, /** @type {Whole} */ value, at = 0) =>
      view.setBigInt64(c + calendar[slot] + 8 * at, BigInt(value), true);
    view.setFloat64(c + calendar.horizon, clock.horizon, true);
    view.setFloat64(c + calendar.step, 1, true);
    for (const limit of ["max_events", "max_at_once", "max_pending"]) whole(limit, clock[limit]);
    whole("points", points);
    whole("series", series.length);
    series.forEach((number, i) => whole("recorded", number, i));
    whole("telling", room ? 1 : 0);
    whole("variables", layout.state);
    whole("most", most);
    whole("room", room);
    const [given, n] = [Float64Array.from(values), BigInt(count)];
    for (let row = 0; row < futures; row += 1) {
      const at = row * count;
      new Float64Array(buffer, read, inputs).set(given.subarray(row * inputs, (row + 1) * inputs));
      runBlock(
        ...[c, state, read, sums],
        ...[seed, BigInt(future) + BigInt(row), first].map((x) => BigInt.asUintN(64, BigInt(x))),
        ...[n, outcomes + 8 * at * width, n * BigInt(width), BigInt(width), status + 4 * at, n],
        ...[events + 8 * at, n, recorded + 8 * (size && at), BigInt(size && size - at), BigInt(runs)],
      );
    }
    return { buffer, view, c, outcomes, status, events, series: recorded, size, points, runs };
  }

  /** Run replications of one future or of several. @param {Request} request @returns {Block} */
  function run(request) {
    const { buffer, runs, ...at } = fill(request, 0);
    const block = {
      outcomes: new Float64Array(buffer, at.outcomes, runs * width).slice(),
      status: new Int32Array(buffer, at.status, runs).slice(),
      events: new BigInt64Array(buffer, at.events, runs).slice(),
      series: new Float64Array(buffer, at.series, at.size).slice(),
    };
    block.status.forEach((status, r) => {
      if (status) for (let i = r; i < at.size; i += runs) block.series[i] = NaN;
    });
    return block;
  }

  /**
   * Run one replication and tell its story.
   *
   * @param {{values: ArrayLike<number>, seed?: Whole, future?: Whole, replication?: Whole}} request
   * @returns {Story}
   */
  function replay({ replication = 0, ...rest }) {
    const series = layout.series.map((/** @type {any} */ _, /** @type {number} */ i) => i);
    const request = { ...rest, first: replication, count: 1, series };
    let room = ROOM;
    for (;;) {
      const { buffer, view, ...at } = fill(request, room);
      const slot = (/** @type {string} */ name) => Number(view.getBigInt64(at.c + calendar[name], true));
      const used = slot("start");
      if (used > items) throw new RangeError("this story does not fit into memory");
      if (used > room) {
        room = used;
        continue;
      }
      const float = (/** @type {string} */ name) => view.getFloat64(at.c + calendar[name], true);
      const first = new Float64Array(buffer, at.series, at.size);
      const outcomes = new Float64Array(buffer, at.outcomes, width);
      const status = view.getInt32(at.status, true);
      const named = (/** @type {{name: string}[]} */ rows, /** @type {(i: number) => any} */ of) =>
        Object.fromEntries(rows.map(({ name }, i) => [name, of(i)]));
      return {
        occurrences: occurrencesOf(
          new Float64Array(buffer, at.c + calendar.items, used),
          new Float64Array(buffer, at.c + calendar.initial, layout.state),
        ),
        leftOut: slot("left_out"),
        outcomes: named(layout.outcomes, (i) => outcomes[i]),
        series: named(layout.series, (i) => first.slice(i * at.points, (i + 1) * at.points)),
        end: float("now"),
        error: status ? errorOf(status, float("value")) : null,
      };
    }
  }

  /**
   * @param {Float64Array} recorded @param {Float64Array} initial the state at the start
   */
  function occurrencesOf(recorded, initial) {
    /** @type {Occurrence[]} */
    const found = [];
    const state = initial.slice();
    /** @type {number[]} */
    let noted = [];
    let event = layout.events[0];
    const tell = () => {
      if (!found.length) return;
      const texts = noted.map((value, i) => {
        const told = event.told[i];
        const text = valueText(decode(value, told));
        return [told.name, told.kind === "option" ? text.replaceAll("_", " ") : text];
      });
      found[found.length - 1].text = filled(event.tell ?? "", Object.fromEntries(texts));
      noted = [];
    };
    for (let i = 0; i < recorded.length; i += 3) {
      const [kind, first, second] = recorded.subarray(i, i + 3);
      const last = found[found.length - 1];
      if (kind === FIRED) {
        tell();
        event = layout.events[second];
        found.push({
          ...{ time: first, date: dateAt(clock, first), event: event.name, label: event.label },
          ...{ text: "", cause: "", number: 0, changes: [], scheduled: [], cancelled: [] },
          ...(event.takes && { arguments: [] }),
        });
      } else if (kind === CAUSED) {
        [last.cause, last.number] = [layout.activations[first], second];
      } else if (kind === NOTED) {
        noted.push(second);
      } else if (kind === SCHEDULED) {
        last.scheduled.push([layout.events[first].name, second]);
      } else if (kind === CANCELLED) {
        last.cancelled.push([layout.events[first].name, second]);
      } else if (kind === TAKEN) {
        const argument = event.takes[first];
        last.arguments?.push([argument.name, decode(second, argument)]);
      } else if (kind === CHANGED) {
        const variable = layout.series[first];
        const [before, after] = [state[first], second].map((value) => decode(value, variable));
        last.changes.push({ name: variable.name, before, after });
        state[first] = second;
      }
    }
    tell();
    return found;
  }

  /** What a status means. @param {number} status @param {number} [value] the offending one */
  function errorOf(status, value = NaN) {
    const { code, message, help } = layout.errors[status];
    const text = Number.isNaN(value) ? "…" : general(value, 12);
    return { code, message: message.replace("{value}", text), help };
  }

  return { layout, values, run, replay, errorOf };
}
