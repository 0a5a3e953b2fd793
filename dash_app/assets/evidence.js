// A row that the address names is shown and takes the focus once its table is filled, so that the next Tab is its links.
(() => {
  let shown = "";
  const show = () => {
    const row = location.hash.startsWith("#e-") && document.getElementById(location.hash.slice(1));
    if (!row) { shown = ""; return; }
    if (shown === location.href) return;
    shown = location.href;
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "center" });
  };
  new MutationObserver(show).observe(document.documentElement, { childList: true, subtree: true });
  addEventListener("hashchange", () => { shown = ""; show(); });
})();
