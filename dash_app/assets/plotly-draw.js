// Loaded after Plotly. A chart whose figure stays as it is is not drawn anew; one out of sight waits until nothing else is due.
(() => {
  const react = window.Plotly.react;
  const drawn = new WeakMap(), turns = new WeakMap();
  const isInSight = (graph) => {
    const box = graph.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight;
  };
  window.Plotly.react = async (graph, figure, ...rest) => {
    const text = JSON.stringify([figure.data, figure.layout]);
    const turn = (turns.get(graph) || 0) + 1;
    turns.set(graph, turn);
    if (graph.querySelector(".main-svg") && drawn.get(graph) === text) return graph;
    if (!isInSight(graph)) await new Promise((done) => requestIdleCallback(done, { timeout: 1000 }));
    if (turns.get(graph) !== turn) return graph;  // a newer figure has come while this one waited
    drawn.set(graph, text);
    return react(graph, figure, ...rest);
  };
})();
