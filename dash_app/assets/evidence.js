// A row that the address names is shown and takes the focus once its table is filled, so that the next Tab is its links.
// So does the title of a record on going to it, also from the page itself, where the path stays the same.
(() => {
  let shown = "", record = null;
  const follow = () => {
    const title = document.getElementById("item");
    if (!title) { if (document.getElementById("content")) record = ""; return; }
    if (record === location.href) return;
    if (record !== null) { title.tabIndex = -1; title.focus({ preventScroll: true }); scrollTo(0, 0); }
    record = location.href;
  };
  const show = () => {
    const row = location.hash.startsWith("#e-") && document.getElementById(location.hash.slice(1));
    if (!row) { shown = ""; return; }
    if (shown === location.href) return;
    shown = location.href;
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "center" });
  };
  new MutationObserver(() => { show(); follow(); }).observe(document.documentElement, { childList: true, subtree: true });
  addEventListener("hashchange", () => { shown = ""; show(); });
})();
