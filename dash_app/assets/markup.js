// What only shows comes as one string and is set here: as components, its thousand elements would take the browser seconds.
// The server escapes every text in it. Elements that stay are kept, and with them the focus, where it scrolled to, and what
// a reader has opened.
(() => {
  const filled = new Map();
  const keeping = {
    childrenOnly: true,
    onBeforeElUpdated: (now, next) => {
      if (now.isEqualNode(next)) return false;
      if (now.tagName === "DETAILS") next.open = now.open;
      return true;
    },
    onBeforeElChildrenUpdated: (now) => !now.matches("details[data-src] > .scroll"),  // page.js fills these
  };
  const fill = (place) => {
    const markup = place.dataset.html;
    if (!filled.has(place)) { place.innerHTML = markup; return; }
    const next = place.cloneNode(false);
    next.innerHTML = markup;
    window.morphdom(place, next, keeping);
  };
  new MutationObserver(() => {
    for (const [place, nodes] of filled) {
      if (place.isConnected && "html" in place.dataset) continue;
      if (place.isConnected) for (const node of nodes) node.remove();  // the place has become another one's
      filled.delete(place);
      delete place.shownHtml;
    }
    for (const place of document.querySelectorAll("[data-html]")) {
      if (place.shownHtml === place.dataset.html) continue;
      fill(place);
      place.shownHtml = place.dataset.html;
      filled.set(place, [...place.childNodes]);
    }
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-html"] });
})();
