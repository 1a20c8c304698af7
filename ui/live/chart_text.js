/** Texts inside a chart: how wide they are, how they wrap, and what is left of long ones. */

/** Widths by font and text; emptied when it has grown. @type {Map<string, number>} */
const textWidths = new Map();
/** @type {Map<string, string[]>} */
const textsToldApart = new Map();
const MOST_KEPT = 4000;
/** @type {CanvasRenderingContext2D | null} */
let textPen = null;
let textFamily = "sans-serif";

/** Measure texts in the font of an element from now on. @param {Element} element */
export function measureLike(element) {
  const family = getComputedStyle(element).fontFamily || "sans-serif";
  if (family === textFamily && textPen) return;
  textFamily = family;
  textPen = document.createElement("canvas").getContext("2d");
  textWidths.clear();
  textsToldApart.clear();
}

/**
 * Pixels that a text takes, a little more than less.
 *
 * @param {string} text @param {number} [size] @param {boolean} [bold]
 * @returns {number}
 */
export function textWidth(text, size = 12, bold = false) {
  if (!text) return 0;
  const key = `${bold ? "b" : ""}${size} ${text}`;
  const known = textWidths.get(key);
  if (known !== undefined) return known;
  if (textWidths.size > MOST_KEPT) textWidths.clear();
  let wide = text.length * size * 0.56;
  if (textPen) {
    textPen.font = `${bold ? "600 " : ""}${size}px ${textFamily}`;
    wide = textPen.measureText(text).width * 1.01 + 0.5;
  }
  textWidths.set(key, wide);
  return wide;
}

/** The longest start (or end) of a text that fits with what follows. @param {string[]} letters */
function longestPart(letters, /** @type {(part: string) => boolean} */ fits, fromEnd = false) {
  let [low, high] = [0, letters.length];
  const part = (/** @type {number} */ n) =>
    (fromEnd ? letters.slice(letters.length - n) : letters.slice(0, n)).join("");
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(part(middle))) low = middle;
    else high = middle - 1;
  }
  return part(low);
}

/** @param {string} text @param {number} room @param {number} size @param {boolean} bold */
function cutText(text, room, size, bold, end = "") {
  if (textWidth(text, size, bold) <= room) return text;
  const fits = (/** @type {string} */ part) => textWidth(`${part}…${end}`, size, bold) <= room;
  return `${longestPart([...text], fits).trimEnd()}…${end}`;
}

/**
 * What is shown of each text in so much room: different texts stay different. Long ones lose their
 * ends; where that makes two alike, their middles; at last they are numbered.
 *
 * @param {string[]} texts @param {number} room pixels @param {number} [size] @param {boolean} [bold]
 * @returns {string[]}
 */
export function toldApart(texts, room, size = 12, bold = false) {
  if (texts.every((text) => textWidth(text, size, bold) <= room)) return texts;
  const key = JSON.stringify([texts, Math.round(room), size, bold]);
  const known = textsToldApart.get(key);
  if (known) return known;
  if (textsToldApart.size > 200) textsToldApart.clear();
  const different = new Set(texts).size;
  const tries = [0, 0.5, 0.8].map((part) =>
    texts.map((text) => {
      const fits = (/** @type {string} */ end) => textWidth(end, size, bold) <= part * room;
      return cutText(text, room, size, bold, part ? longestPart([...text], fits, true) : "");
    }),
  );
  const numbered = texts.map((text, i) => cutText(text, room, size, bold, ` (${i + 1})`));
  const found = tries.find((some) => new Set(some).size === different) ?? numbered;
  textsToldApart.set(key, found);
  return found;
}

/**
 * A text in at most `most` lines of so much room; the last one is cut where it does not fit.
 *
 * @param {string} text @param {number} room @param {number} [size] @param {number} [most]
 * @param {boolean} [bold]
 * @returns {string[]}
 */
export function wrapText(text, room, size = 12, most = 2, bold = false) {
  /** @type {string[]} */
  const lines = [];
  const words = text.split(/ +/).filter(Boolean);
  while (words.length && lines.length < most) {
    if (lines.length === most - 1) {
      lines.push(cutText(words.join(" "), room, size, bold));
      break;
    }
    let line = /** @type {string} */ (words.shift());
    if (textWidth(line, size, bold) > room) {
      const fits = (/** @type {string} */ part) => textWidth(part, size, bold) <= room;
      const start = longestPart([...line], fits) || line[0];
      words.unshift(line.slice(start.length));
      line = start;
    }
    while (words.length && textWidth(`${line} ${words[0]}`, size, bold) <= room) line += ` ${words.shift()}`;
    lines.push(line);
  }
  return lines;
}

/**
 * The first row in which something from `low` to `high` is free, and is then taken; -1 if none is.
 *
 * @param {[number, number][][]} rows what is taken in each @param {number} low @param {number} high
 * @param {number} [gap] @returns {number}
 */
export function freeRow(rows, low, high, gap = 7) {
  const found = rows.findIndex((row) => row.every(([a, b]) => high + gap < a || low > b + gap));
  if (found >= 0) rows[found].push([low, high]);
  return found;
}
