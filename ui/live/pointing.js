/**
 * Name what is grey in a chart: by pointer, by touch, or by arrow keys.
 *
 * @param {SVGSVGElement} picture
 * @param {object} how
 * @param {(x: number, y: number) => string} how.nearest the name of what is nearest to a place in the picture
 * @param {() => string[]} how.names those that arrow keys go through
 * @param {(name: string) => void} how.onPoint nothing where nothing is pointed at any more
 */
export function listenPointing(picture, { nearest, names, onPoint }) {
  let now = "";
  const point = (/** @type {string} */ name) => {
    if (name !== now) onPoint((now = name));
  };
  const onPointer = (/** @type {PointerEvent} */ event) => {
    const { left, top, width } = picture.getBoundingClientRect();
    const scale = Number(picture.getAttribute("width")) / (width || 1);
    point(nearest((event.clientX - left) * scale, (event.clientY - top) * scale));
  };
  const leave = (/** @type {PointerEvent} */ event) => event.pointerType !== "touch" && point("");
  picture.tabIndex = 0;
  picture.addEventListener("pointermove", onPointer);
  picture.addEventListener("pointerdown", onPointer);
  picture.addEventListener("pointerleave", leave);
  picture.addEventListener("blur", () => point(""));
  picture.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") point("");
    if (!step) return;
    event.preventDefault();
    const all = names();
    const at = all.indexOf(now);
    const to = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + step));
    if (all.length) point(all[to]);
  });
}
