// How cells of long tables are drawn, and long tables by keyboard: Enter on a cell follows its link, and what takes the
// focus comes into sight, which the grid leaves out.
window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {};
window.dashAgGridComponentFunctions.Link = (props) => {
  if (!/^https?:/.test(props.value || "")) return props.value || "–";
  const name = new URL(props.value).hostname.replace(/^www\./, "");
  return window.React.createElement("a", { href: props.value, target: "_blank", rel: "noopener noreferrer" }, name);
};
document.addEventListener("keydown", (event) => {
  const link = event.key === "Enter" && event.target.matches(".ag-cell") && event.target.querySelector("a[href]");
  if (link) link.click();
});
document.addEventListener("focusin", ({ target }) => {
  if (target.closest(".ag-root-wrapper") && target.matches(":focus-visible")) target.scrollIntoView({ block: "nearest" });
});
