// Cells of the table of statements: a stance as a number, a mark on a line and a word; the way to a record's evidence.
window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {};
window.dashAgGridComponentFunctions.Stance = (props) => {
  const value = props.value, make = window.React.createElement;
  if (value === null || value === undefined) return "–";
  const number = (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2);
  const mark = { left: `${50 + Math.min(0, value) * 50}%`, width: `${Math.abs(value) * 50}%` };
  return make("div", { className: "stance-cell" }, make("span", null, `${number} ${props.data.word}`),
    make("div", { className: "stance-line", "aria-hidden": true }, make("div", { className: value < 0 ? "warm" : "cool", style: mark })),
    props.data.stance_basis ? make("span", { className: "soft" }, props.data.stance_basis) : null);
};
window.dashAgGridComponentFunctions.Source = (props) => {
  const make = window.React.createElement, tier = make("div", { className: "soft" }, props.data.tier);
  if (!/^https?:/.test(props.value || "")) return tier;
  const name = new URL(props.value).hostname.replace(/^www\./, "");
  return make("div", null, make("a", { href: props.value, target: "_blank", rel: "noopener noreferrer" }, name), tier);
};
window.dashAgGridComponentFunctions.Record = (props) =>
  window.React.createElement("a", { href: props.value, "aria-label": `${props.label}: ${props.data.on} ${props.data.who}` }, props.label);
