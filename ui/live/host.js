/**
 * Where the page lives: its address, the frame around it, and what those who embed it are told.
 *
 * @typedef {import("./setting.js").View} View
 */

/** Letters of a message from outside, at most. */
const MOST = 20_000;

/**
 * The parameters of the address: of a file and a frame behind `#`, of a server behind `?`.
 *
 * @param {"file" | "notebook" | "streamlit"} home
 */
export function addressParams(home) {
  const text = home === "streamlit" ? location.search.slice(1) : location.hash.slice(1);
  return new URLSearchParams(text);
}

/** Keys of the address of a server that another part of its page writes. */
const KEPT = ["embed", "embed_options", "question"];

/**
 * Write the address, without a step in the history of the browser.
 *
 * @param {"file" | "notebook" | "streamlit"} home @param {string} query
 */
export function writeAddress(home, query) {
  const kept = [...addressParams(home)].filter(([key]) => KEPT.includes(key));
  const also = home === "streamlit" && kept.length ? `&${new URLSearchParams(kept)}` : "";
  const wanted = (home === "streamlit" ? "?" : "#") + query + also;
  const now = home === "streamlit" ? location.search : location.hash;
  if (now === wanted) return;
  try {
    history.replaceState(history.state, "", home === "streamlit" ? wanted + location.hash : wanted);
  } catch {
    // a frame without an address of its own: the messages tell the setting
  }
}

/**
 * Act on an address that a reader opens in the page that is open: a link, an edit, a step back.
 *
 * @param {() => void} act
 * @returns {() => void} ends it
 */
export function onAddress(act) {
  window.addEventListener("hashchange", act);
  return () => window.removeEventListener("hashchange", act);
}

/** The address of this setting for others; empty where the page has none. @param {string} home @param {string} query */
export function linkTo(home, query) {
  if (!/^(https?|file):$/.test(location.protocol)) return "";
  const here = location.href.split("#")[0].split("?")[0];
  return here + (home === "streamlit" ? "?" : "#") + query;
}

/**
 * Tell the frame around the page its height and its setting, and take a setting from it.
 *
 * @param {HTMLElement} root
 * @param {{set: (setting: Record<string, unknown>) => void}} acts
 */
export function talkToFrame(root, { set }) {
  const framed = window.parent !== window;
  const tell = (/** @type {Record<string, unknown>} */ message) => {
    if (framed) window.parent.postMessage(message, "*");
  };
  let height = 0;
  const watch = new ResizeObserver(() => {
    const now = Math.ceil(root.getBoundingClientRect().height);
    if (now !== height) tell({ type: "fulcrum:height", height: (height = now) });
  });
  if (framed) watch.observe(root);
  const listen = (/** @type {MessageEvent} */ { data, source }) => {
    if (!framed || source !== window.parent || data?.type !== "fulcrum:set") return;
    const { setting } = data;
    try {
      if (setting && typeof setting === "object" && JSON.stringify(setting).length <= MOST) set({ ...setting });
    } catch {
      // what JSON cannot hold is no setting
    }
  };
  window.addEventListener("message", listen);
  const close = () => {
    watch.disconnect();
    window.removeEventListener("message", listen);
  };
  return { tell, close };
}
