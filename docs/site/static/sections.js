// Below each result of a search: the sections in which its words are, with the text around them. Sphinx
// would fetch the pages for it, which a page that is opened from a disk may not.
"use strict";

(() => {
  const SHOWN = 3;
  const AROUND = 90;
  const results = document.getElementById("search-results");
  const asked = new URLSearchParams(location.search).get("q") || "";
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  if (!results || !words.length) return;
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);

  /** How many of the words stand in a section; those in its heading count twice. */
  const weight = ([, title, text]) => {
    const [above, below] = [title.toLowerCase(), text.toLowerCase()];
    return words.reduce((sum, word) => sum + 2 * above.includes(word) + below.includes(word), 0);
  };

  /** The text around the first of the words, with all of them marked. */
  const excerpt = (text) => {
    const small = text.toLowerCase();
    const places = words.map((word) => small.indexOf(word)).filter((place) => place >= 0);
    const middle = places.length ? Math.min(...places) : 0;
    const start = middle > AROUND ? text.indexOf(" ", middle - AROUND) + 1 : 0;
    const cut = text.slice(start, middle + 2 * AROUND);
    const said = document.createElement("span");
    if (start) said.append("… ");
    const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    for (const piece of cut.split(new RegExp(`(${escaped.join("|")})`, "i"))) {
      if (words.includes(piece.toLowerCase())) {
        said.appendChild(document.createElement("mark")).textContent = piece;
      } else {
        said.append(piece);
      }
    }
    said.append(" …");
    return said;
  };

  const explain = (item) => {
    const link = item.querySelector("a");
    if (!link || item.querySelector(".found")) return;
    const file = new URL(link.href);
    const name = decodeURIComponent(file.pathname.slice(root.pathname.length));
    const sections = (window.fulcrumTexts[name] || []).map((section) => [weight(section), section]);
    const best = sections.filter(([found]) => found).sort(([a], [b]) => b - a);
    const here = decodeURIComponent(file.hash.slice(1));
    const chosen = here ? sections.filter(([, [anchor]]) => anchor === here) : best.slice(0, SHOWN);
    for (const [, [anchor, title, text]] of chosen) {
      const line = item.appendChild(document.createElement("p"));
      line.className = "found";
      if (!here) {
        const deep = line.appendChild(document.createElement("a"));
        deep.href = `${link.href.split("#")[0]}#${encodeURIComponent(anchor)}`;
        deep.textContent = title;
        line.append(" – ");
      }
      line.append(excerpt(text));
    }
  };

  new MutationObserver(() => results.querySelectorAll("li").forEach(explain)).observe(results, {
    childList: true,
    subtree: true,
  });
})();
