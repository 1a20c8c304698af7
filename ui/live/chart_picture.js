/** A chart as a picture to keep: its drawing and its words, on its background, without the page. */

import { svg } from "./dom.js";
import { wrapText } from "./chart_text.js";

/** What the style sheets say of a drawing, as attributes that a picture keeps. */
const DRAWN = [
  ...["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap"],
  ...["stroke-linejoin", "stroke-opacity", "opacity", "font-size", "font-weight", "text-anchor"],
  ...["dominant-baseline", "paint-order"],
];
const PICTURE_PAD = 12;

/**
 * A drawing as a PNG, twice as fine as on the page.
 *
 * @param {SVGSVGElement} drawn on the page @param {Element[]} words above it, the last one below; each
 * may begin with a sign
 * @returns {Promise<Blob>}
 */
export async function pngOf(drawn, words) {
  const picture = standingAlone(drawn, words);
  const text = new XMLSerializer().serializeToString(picture);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * Number(picture.getAttribute("width"));
  canvas.height = 2 * Number(picture.getAttribute("height"));
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) => {
    canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/png");
  });
}

/** Write into a copy what the style sheets say. @param {SVGSVGElement} drawn @param {SVGSVGElement} copy */
function keepLook(drawn, copy) {
  const [from, to] = [drawn, copy].map((root) => [...root.querySelectorAll("*")]);
  from.forEach((element, i) => {
    const look = getComputedStyle(element);
    for (const name of DRAWN) to[i].setAttribute(name, look.getPropertyValue(name));
  });
  return copy;
}

/**
 * A copy of a drawing that needs no style sheet.
 *
 * @param {SVGSVGElement} drawn @param {Element[]} words @returns {SVGSVGElement}
 */
export function standingAlone(drawn, words) {
  const copy = /** @type {SVGSVGElement} */ (drawn.cloneNode(true));
  keepLook(drawn, copy);
  const [wide, high] = ["width", "height"].map((name) => Number(drawn.getAttribute(name)));
  const look = getComputedStyle(drawn);
  let y = PICTURE_PAD;
  /** @type {SVGElement[]} */
  const lines = [];
  const add = (/** @type {Element} */ element) => {
    const style = getComputedStyle(element);
    const [size, bold] = [parseFloat(style.fontSize), Number(style.fontWeight) >= 600];
    const sign = element.querySelector("svg");
    const x = PICTURE_PAD + (sign ? 20 : 0);
    if (sign) {
      const place = svg("g", { transform: `translate(${PICTURE_PAD + 8} ${y + size * 0.65})` });
      place.append(...keepLook(sign, /** @type {SVGSVGElement} */ (sign.cloneNode(true))).childNodes);
      lines.push(place);
    }
    for (const line of wrapText(element.textContent ?? "", wide - x + PICTURE_PAD, size, 9, bold)) {
      y += size * 1.3;
      const font = { "font-size": size, "font-weight": bold ? "600" : "400", fill: style.color };
      lines.push(svg("text", { x, y: y - size * 0.3, ...font }, line));
    }
  };
  words.slice(0, -1).forEach(add);
  y += 6;
  const place = svg("g", { transform: `translate(${PICTURE_PAD} ${y})` });
  place.append(...copy.childNodes);
  y += high + 2;
  add(words[words.length - 1]);
  const [width, height] = [wide + 2 * PICTURE_PAD, Math.ceil(y + PICTURE_PAD)];
  const ground = look.getPropertyValue("--fl-bg").trim() || "white";
  return svg(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}` },
    svg("rect", { width, height, fill: ground }),
    svg("g", { "font-family": look.fontFamily }, place, ...lines),
  );
}
