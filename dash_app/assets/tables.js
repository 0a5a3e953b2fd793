// A table comes as one string and is set here: as components, its thousand cells would take the browser seconds.
// The server escapes every text in it.
const filled = new Map();
const fillTables = () => {
  for (const [place, nodes] of filled) {
    if (place.isConnected && "html" in place.dataset) continue;
    if (place.isConnected) for (const node of nodes) node.remove();  // the place has become another one's
    filled.delete(place);
    delete place.shownHtml;
  }
  for (const place of document.querySelectorAll("[data-html]")) {
    if (place.shownHtml !== place.dataset.html) {
      place.shownHtml = place.dataset.html;
      place.innerHTML = place.dataset.html;
      filled.set(place, [...place.childNodes]);
    }
  }
};
new MutationObserver(fillTables).observe(document.documentElement, {
  childList: true, subtree: true, attributes: true, attributeFilter: ["data-html"],
});
