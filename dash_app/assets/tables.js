// A table comes as one string and is set here: as components, its thousand cells would take the browser seconds.
// The server escapes every text in it.
const fillTables = () => {
  for (const place of document.querySelectorAll("[data-html]")) {
    if (place.shownHtml !== place.dataset.html) {
      place.shownHtml = place.dataset.html;
      place.innerHTML = place.dataset.html;
    }
  }
};
new MutationObserver(fillTables).observe(document.documentElement, {
  childList: true, subtree: true, attributes: true, attributeFilter: ["data-html"],
});
