// What Dash 4.2 to 4.4 does to a whole page on each answer, mended until it does not (plotly/dash#3846).
(() => {
  // Each component that is given anew tells all others, at the price of their number squared: they hear of all at once.
  const quiet = (store) => {
    const { dispatch, subscribe } = store;
    let isReset = false;
    store.dispatch = (action) => {
      isReset = action.type === "RESET_COMPONENT_STATE";
      try { return dispatch(action); } finally { isReset = false; }
    };
    store.subscribe = (listener) => {
      let isDue = false;
      return subscribe(() => {
        if (!isReset) { listener(); return; }
        if (!isDue) queueMicrotask(() => { isDue = false; listener(); });
        isDue = true;
      });
    };
  };
  // Everything is mounted anew, charts and all, as the key counts answers: a component of the same type and id in the
  // same place is kept and only given its new properties.
  const create = window.React.createElement;
  const stores = new WeakSet();
  window.React.createElement = (type, props, ...children) => {
    if (props && props.store && props.store.dispatch && !stores.has(props.store)) {
      stores.add(props.store);
      quiet(props.store);
    }
    const isWrapped = props && "componentType" in props && "componentId" in props && "key" in props;
    return create(type, isWrapped ? { ...props, key: `${props.componentType} ${props.componentId}` } : props, ...children);
  };
})();
