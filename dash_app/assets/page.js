// What the page does by itself: writes choices into the address, copies, takes pictures, loads tables when they are opened.
(() => {
  const none = () => window.dash_clientside.no_update;
  const changed = (pick) => {
    const url = new URL(location.href);
    for (const hit of window.dash_clientside.callback_context.triggered) {
      const id = JSON.parse(hit.prop_id.slice(0, hit.prop_id.lastIndexOf(".")));
      const text = pick(hit.value, id);
      if (text !== undefined) url.searchParams.set(id.key, text);
    }
    const href = url.pathname + url.search;
    return href === location.pathname + location.search ? none() : href;
  };
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    page: {
      choice: () => changed((value, id) => {
        const text = value === null || value === undefined ? "" : String(value);
        return text === String(id.now) || Number(text) === Number(id.now || NaN) ? undefined : text;
      }),
      // A point that has an id is picked by it, any other by its month.
      pick: () => changed((click) => (click ? click.points[0].id || String(click.points[0].x).slice(0, 7) : undefined)),
    },
  });

  const say = (text) => { const place = document.getElementById("said"); if (place) { place.textContent = text; setTimeout(() => { place.textContent = ""; }, 4000); } };
  const copy = async (text, done) => {
    try { await navigator.clipboard.writeText(text); say(done); } catch { window.prompt("", text); }
  };
  const picture = (section) => {
    const graph = section.querySelector(".js-plotly-plot");
    const ink = getComputedStyle(document.body);
    const title = section.querySelector(".title").textContent;
    const source = section.querySelector(".src").textContent;
    const layout = { ...graph.layout, paper_bgcolor: ink.backgroundColor, plot_bgcolor: ink.backgroundColor,
      font: { ...graph.layout.font, color: ink.color },
      title: { text: title, x: 0.01, xanchor: "left", font: { size: 17, color: ink.color } },
      margin: { ...graph.layout.margin, t: 56, b: (graph.layout.margin.b || 28) + 44 },
      annotations: [...(graph.layout.annotations || []), { text: source, x: 0, y: 0, xref: "paper", yref: "paper",
        xanchor: "left", yanchor: "top", yshift: -40, showarrow: false, font: { size: 10, color: ink.color } }] };
    return window.Plotly.downloadImage({ data: graph.data, layout }, { format: "png", scale: 2, width: 1100, height: 560,
      filename: `dyadwatch-${section.id}` });
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-act]");
    if (!button) return;
    const what = button.dataset.what;
    if (button.dataset.act === "image") await picture(button.closest(".chart"));
    if (button.dataset.act === "copy-sql") await copy(await (await fetch(what)).text(), button.textContent + " ✓");
    if (button.dataset.act === "copy-link") await copy(new URL(what, location.href).href, button.textContent + " ✓");
    if (button.dataset.act === "copy-text") await copy(what, button.textContent + " ✓");
  });
  // A table is asked for when it is opened, and again when it is open while what it shows becomes another.
  const fill = async (details) => {
    const src = details.dataset.src;
    if (!src || !details.open || details.done === src) return;
    details.done = src;
    const text = await (await fetch(src)).text();
    if (details.done === src) details.querySelector(".scroll").innerHTML = text;
  };
  document.addEventListener("toggle", (event) => { if (event.target.dataset) fill(event.target); }, true);
  new MutationObserver((changes) => changes.forEach((change) => fill(change.target))).observe(document.documentElement,
    { subtree: true, attributes: true, attributeFilter: ["data-src"] });

  // A link to another page or choice of ours changes the address without loading the document anew.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const own = !link.target && !link.hasAttribute("download") && link.origin === location.origin;
    const files = /^\/(data\/|api\/|embed|alerts|healthz)/;
    if (!own || files.test(link.pathname) || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    history.pushState({}, "", link.href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  });

  // A control keeps the focus when its page is made anew, so that a slider can be moved key by key.
  let held = "";
  document.addEventListener("focusin", (event) => {
    const own = event.target.closest("#page [id]");
    const key = own && own.id.startsWith("{") ? JSON.parse(own.id).key : "";
    held = key ? `[id*='"key":"${key}"']` : own && own.matches("input") ? `#${own.id}` : "";
  });
  const focusAgain = () => {
    const own = held && document.activeElement === document.body ? document.querySelector(held) : null;
    const target = own && (own.querySelector("[role=slider]") || own);
    if (target) target.focus({ preventScroll: true });
  };

  // The document's title, and the focus on going to another page: what a browser does where pages are documents.
  let path = location.pathname;
  new MutationObserver(() => {
    const page = document.getElementById("page");
    if (!page) return;
    if (document.title !== page.dataset.title) document.title = page.dataset.title;
    if (document.documentElement.lang !== page.lang) document.documentElement.lang = page.lang;
    // Between two controls nothing has the focus for a moment: only what has lost it for good takes it back.
    if (path === location.pathname) { if (held && document.activeElement === document.body) requestAnimationFrame(focusAgain); }
    else {
      path = location.pathname;
      const target = location.hash && document.getElementById(location.hash.slice(1));
      if (target) target.scrollIntoView(); else { scrollTo(0, 0); document.getElementById("content").focus({ preventScroll: true }); }
    }
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-title"] });
})();
