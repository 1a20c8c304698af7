/** Fingers on a slider: a swipe up or down scrolls, and only that. */

/** Pixels that a finger goes sideways before it moves a slider. */
const SIDEWAYS = 6;

/**
 * A finger on a slider may only want to scroll: it moves the slider once it goes sideways more than up or down, or
 * where it lets go without a move.
 *
 * @param {any} slider @param {() => void} restore shows what is set @param {(value: number, final: boolean) => void} put
 * @returns {() => boolean} whether what the slider now tells is not to be taken; it is then restored
 */
export function untilSideways(slider, restore, put) {
  /** @type {{x: number, y: number, tried: number | null, still: boolean} | null} */
  let begun = null;
  /** @param {string} kind @param {(event: TouchEvent) => void} act */
  const on = (kind, act) => slider.addEventListener(kind, act, { passive: true });
  const end = () => (begun = null);
  on("touchstart", ({ touches: [{ clientX: x, clientY: y }] }) => (begun = { x, y, tried: null, still: true }));
  on("touchmove", ({ touches: [{ clientX, clientY }] }) => {
    if (!begun) return;
    const [aside, along] = [Math.abs(clientX - begun.x), Math.abs(clientY - begun.y)];
    if (Math.max(aside, along) >= SIDEWAYS) begun.still = false;
    if (aside >= SIDEWAYS && aside > along) end();
  });
  /** After the change that the browser may still tell of this touch. @param {boolean} isTap */
  const letGo = (isTap) => {
    if (!begun) return;
    const { tried, still } = begun;
    restore();
    setTimeout(() => {
      end();
      if (isTap && still && tried !== null) put(tried, true);
    });
  };
  on("touchend", () => letGo(true));
  on("touchcancel", () => letGo(false));
  slider.addEventListener("mousedown", end);
  return () => {
    if (!begun) return false;
    begun.tried ??= Number(slider.value);
    restore();
    return true;
  };
}
