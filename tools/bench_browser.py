"""What a reader waits for, measured in headless Chromium: the first load, and from an input to the painted chart."""

import base64
import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SIZE: Any = {"width": 1440, "height": 900}
PATIENCE_MS = 60_000
QUIET_MS = 400
"""Nothing has changed for so long when a page is held to be at rest."""
WARM = 4
"""Toggles before those that are measured on an address that was asked before."""

PROBE = """
(() => {
  const probe = window.probe = { first: null, pressed: null, drawn: null, whole: null, last: 0, chart: null };
  const painted = (then) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => then(performance.now());
    channel.port2.postMessage(0);
  });
  probe.arm = (chart) => Object.assign(probe, { chart, pressed: null, drawn: null, whole: null });
  addEventListener("pointerup", (event) => { if (probe.pressed === null) probe.pressed = event.timeStamp; }, true);
  const ofChart = (node) => probe.chart && node.closest && node.closest(probe.chart);
  const draws = (change) => {
    if (!ofChart(change.target)) return false;
    if (change.type === "attributes") return change.oldValue !== change.target.getAttribute("d");
    return [...change.addedNodes].some((node) => node.querySelector && node.querySelector("path[d]"));
  };
  new MutationObserver((changes) => {
    probe.last = performance.now();
    if (probe.first === null && document.querySelector(".js-plotly-plot .scatterlayer .trace path[d]")) {
      probe.first = 0;
      painted((time) => { probe.first = time; });
    }
    if (probe.pressed === null) return;
    const isDrawn = changes.some(draws);
    painted((time) => { probe.whole = time; if (isDrawn) probe.drawn = time; });
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["d"], attributeOldValue: true });
})();
"""
"""Notes in the page when something was painted: the frame after the change, as a task behind it sees the clock."""
AT_REST = f"""probe.first > 0 && performance.now() - probe.last > {QUIET_MS}
    && !document.querySelector('[data-dash-is-loading=true]')"""
REACHED = f"probe.drawn > 0 && performance.now() - probe.last > {QUIET_MS}"
GO = """(address) => {
  history.pushState({}, "", address); window.dispatchEvent(new CustomEvent("_dashprivate_pushstate")); }"""


@dataclass
class Load:
    """Loads of one address with nothing kept."""

    requests: list[float] = field(default_factory=list)
    kilobytes: list[float] = field(default_factory=list)
    first_chart_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Control:
    """A control, and the chart that it changes."""

    name: str
    path: str
    """The page's path, with {month} where its month stands."""
    control: str
    """Selector of what is pressed."""
    chart: str
    place: float | None = None
    """Where along its width it is pressed; none for the middle."""


@dataclass
class Waits:
    """Milliseconds from an input to the frame with the changed chart, and to the last change of the page."""

    drawn: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)

    def take(self, page: Page) -> None:
        """Note what the probe saw."""
        seen = page.evaluate("[probe.drawn - probe.pressed, probe.whole - probe.pressed]")
        self.drawn.append(seen[0])
        self.whole.append(seen[1])

    @property
    def told(self) -> str:
        """Median and worst, in words."""
        return f"{statistics.median(self.drawn):.0f} ({max(self.drawn):.0f})" if self.drawn else "-"


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run a browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser) -> Iterator[tuple[BrowserContext, Page]]:
    """Open a page that keeps nothing of pages before it."""
    context = browser.new_context(viewport=SIZE)
    context.add_init_script(PROBE)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield context, page
    context.close()


def first_loads(browser: Browser, address: str, times: int) -> Load:
    """Load an address a number of times with nothing kept; count all that comes over the wire until it rests."""
    found = Load()
    for _ in range(times):
        with visiting(browser) as (context, page):
            wire = context.new_cdp_session(page)
            own: set[str] = set()
            received = [0.0]

            def asked(event: dict[str, Any], own: set[str] = own) -> None:
                if event["request"]["url"].startswith(("http", "ws")):
                    own.add(event["requestId"])

            def came(event: dict[str, Any], own: set[str] = own, received: list[float] = received) -> None:
                received[0] += event["encodedDataLength"] if event["requestId"] in own else 0

            def framed(event: dict[str, Any], received: list[float] = received) -> None:
                payload, opcode = event["response"]["payloadData"], event["response"]["opcode"]
                received[0] += len(base64.b64decode(payload)) if opcode == 2 else len(payload)

            wire.on("Network.requestWillBeSent", asked)
            wire.on("Network.loadingFinished", came)
            wire.on("Network.webSocketFrameReceived", framed)
            wire.send("Network.enable")
            page.goto(address)
            page.wait_for_load_state("networkidle")
            wait(page, AT_REST)
            found.first_chart_ms.append(page.evaluate("probe.first"))
            found.requests.append(len(own))
            found.kilobytes.append(received[0] / 1000)
    return found


def callback_of(browser: Browser, address: str) -> dict[str, Any]:
    """Return the body of the last callback that an address sends while it loads."""
    bodies: list[dict[str, Any]] = []
    with visiting(browser) as (_, page):
        page.on("request", lambda one: bodies.append(one.post_data_json) if "_dash-update" in one.url else None)
        page.goto(address)
        wait(page, AT_REST)
    return bodies[-1]


def own_waits(browser: Browser, address: str, control: Control, months: list[str]) -> tuple[Waits, Waits]:
    """Press a control of ours on as many months as are given, then as often on one whose answers are kept.

    Returns:
        Where the answer had to be made, and where it was asked before.
    """
    made, kept = Waits(), Waits()
    with visiting(browser) as (_, page):
        _start(page, address + control.path.format(month="2024-06"))
        for month in months:
            _go(page, control.path.format(month=month))
            _press(page, control)
            made.take(page)
        for turn in range(WARM + len(months)):
            _go(page, control.path.format(month="2024-06"))
            _press(page, control)
            if turn >= WARM:
                kept.take(page)
    return made, kept


def peer_waits(browser: Browser, address: str, forth: str, back: str, chart: str, times: int) -> Waits:
    """Press a peer's toggle a number of times, and back; only the way forth counts."""
    waits = Waits()
    with visiting(browser) as (_, page):
        _start(page, address)
        for turn in range(WARM + times):
            _press(page, Control("", "", f"label:has-text('{forth}')", chart))
            if turn >= WARM:
                waits.take(page)
            _press(page, Control("", "", f"label:has-text('{back}')", chart))
    return waits


def _start(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    wait(page, AT_REST)


def _go(page: Page, path: str) -> None:
    """Change the address as a link does."""
    if page.evaluate("location.pathname + location.search") != path:
        with page.expect_response(lambda answer: "_dash-update" in answer.url):
            page.evaluate(GO, path)
    wait(page, AT_REST)


def _press(page: Page, control: Control) -> None:
    target = page.locator(control.control).last
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box, control.name
    wait(page, AT_REST)
    page.evaluate("(chart) => { probe.arm(chart); }", control.chart)
    if control.place is None:
        target.click()
    else:
        target.click(position={"x": box["width"] * control.place, "y": box["height"] / 2})
    wait(page, REACHED)


def wait(page: Page, condition: str) -> None:
    """Wait until something holds in the page."""
    for _ in range(PATIENCE_MS // 50):
        if page.evaluate(condition):  # Playwright's own waiting evaluates text, which the page's policy forbids
            return
        page.wait_for_timeout(50)
    raise TimeoutError(f"{page.url} does not come to rest: {condition}")
