// How cells of long tables are drawn.
window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {};
window.dashAgGridComponentFunctions.Link = (props) => {
  if (!/^https?:/.test(props.value || "")) return props.value || "–";
  const name = new URL(props.value).hostname.replace(/^www\./, "");
  return window.React.createElement("a", { href: props.value, target: "_blank", rel: "noopener noreferrer" }, name);
};
