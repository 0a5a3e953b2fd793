// The line of month-ends: says its day while it is moved, and writes it into the address when it is let go.
(() => {
  const dayOf = (line) => line.closest(".month-ends").dataset.days.split(" ")[Number(line.value)];
  const isLine = (target) => target.matches && target.matches(".month-ends input[type=range]");
  document.addEventListener("input", (event) => {
    if (isLine(event.target)) event.target.closest(".month-ends").querySelector(".shown").textContent = dayOf(event.target);
  });
  document.addEventListener("change", (event) => {
    if (!isLine(event.target)) return;
    const url = new URL(location.href);
    url.searchParams.set("day", dayOf(event.target));
    if (url.href === location.href) return;
    history.pushState({}, "", url.href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  });
})();
