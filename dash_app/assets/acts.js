// Ways to the page of a record: from the words of a row of a long table, and from a bar or point of a chart.
window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {};
window.dashAgGridComponentFunctions.Item = (props) =>
  window.React.createElement("a", { href: props.href + encodeURIComponent(props.data[props.of]) }, props.value || props.data[props.of]);
(() => {
  const follow = (event) => {
    const address = event.points[0].customdata;
    if (typeof address !== "string" || !address.startsWith("/")) return;
    const link = Object.assign(document.createElement("a"), { href: address });
    document.body.append(link);
    link.click();
    link.remove();
  };
  new MutationObserver(() => {
    for (const graph of document.querySelectorAll(":is(.of-acts, .of-extraditions) .js-plotly-plot")) {
      if (graph.on && !graph.follows) { graph.follows = true; graph.on("plotly_click", follow); }
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
