// The editor of queries: running writes the query into the address without loading the document anew; names are put in
// where the cursor stands.
(() => {
  const write = (area, text, at) => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, text);
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
    area.setSelectionRange(at, at);
  };
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "ask") return;
    event.preventDefault();
    const asked = new URLSearchParams([...new FormData(event.target)].filter(([, text]) => text));
    const href = `${event.target.getAttribute("action")}?${asked}`;
    document.body.classList.add("asking");
    history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "q" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest('button[data-act="insert"]');
    const area = document.getElementById("q");
    if (!button || !area) return;
    const { selectionStart: from, selectionEnd: to, value } = area;
    const name = button.dataset.what;
    const gap = from && !/\s|\(|\./.test(value[from - 1]) ? " " : "";
    write(area, value.slice(0, from) + gap + name + value.slice(to), from + gap.length + name.length);
  });
  // The answer has come when Dash is done loading, which it begins a moment after the address has changed.
  let begun = false;
  new MutationObserver(() => {
    const isLoading = document.querySelector('[data-dash-is-loading="true"]') !== null;
    if (isLoading) begun = document.body.classList.contains("asking");
    else if (begun) { begun = false; document.body.classList.remove("asking"); }
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-dash-is-loading"] });
})();
