"""A reader's use of the page, in a browser against a server on the bundled figures."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dash_app.callbacks import sentence
from playwright.sync_api import Browser, Page, expect, sync_playwright
from waitress.server import create_server as listen

from dash_app.scene import scene_of
from dash_app.serve import create_server
from dash_app.words import plain
from warehouse.query import Warehouse
from warehouse.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs a browser: install Debian's package chromium")
PATIENCE_MS = 60_000
"""Waiting time at most; the machine may be busy with other tests."""
LUMINANCE = """text => {
    const part = value => { const s = value / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4 };
    const [r, g, b] = getComputedStyle(document.querySelector(text)).getPropertyValue(
        document.querySelector(text) instanceof SVGElement ? 'fill' : 'background-color').match(/\\d+/g).map(Number);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
}"""
"""Relative luminance of a text in a chart, or of an element's background, as WCAG 2.2 defines it."""


def serve(settings: Settings) -> Iterator[str]:
    """Serve a home on a free port until the fixture ends."""
    server = listen(create_server(settings), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}/"
    server.task_dispatcher.shutdown()
    server.close()
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def address(published: Settings) -> Iterator[str]:
    yield from serve(published)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open the page at a query, wait until all parts stand, and hold that the console stays silent."""
    complaints: list[str] = []
    contexts = []

    def opened(query: str = "", **options: object) -> Page:
        contexts.append(browser.new_context(**options))  # type: ignore[arg-type]  # Playwright's own options
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address + query)
        for part in (
            "#month .sum",
            "#doubt > div > .scroll table",
            "#families .main-svg",
            "#tension-graph .annotation-text",
        ):
            page.wait_for_selector(part)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def points(page: Page, dimension: int) -> list[float]:
    """Return the points of the evidence table of tension (0) or cooperation (1)."""
    table = page.locator("#month table").nth(dimension)
    return [float(text) for text in table.locator("tr.item td:last-child").all_inner_texts()]


def test_the_headline_is_the_sentence_of_the_data(visit: Callable[..., Page], published: Settings) -> None:
    warehouse = Warehouse(published.link)
    expected = plain(sentence(warehouse, scene_of(warehouse, "")))
    expect(visit().locator(".headline")).to_have_text(expected)


def test_evidence_of_a_month_sums_to_its_reading(visit: Callable[..., Page], published: Settings) -> None:
    page = visit("?month=2025-03")
    reading = (
        Warehouse(published.link)
        .frame(
            "SELECT tension_index, cooperation_index FROM out_pair__monthly_tension"
            " WHERE pair_id = 'MEX_USA' AND view = 'latest' AND month = DATE '2025-03-01'"
        )
        .row(0)
    )
    for dimension, value in enumerate(reading):
        shown = points(page, dimension)
        assert sum(shown) == pytest.approx(value, abs=0.0005 * len(shown))  # each is printed to three decimals
        expect(page.locator("#month .sum").nth(dimension)).to_contain_text(f"{value:.1f} index points")
    assert page.locator("#month tr.linked", has_text="Official Pentagon summary").count() == 1
    assert page.locator("#month tr a[href^='http']").count() > 50


def test_a_click_on_the_chart_chooses_the_month(visit: Callable[..., Page]) -> None:
    page = visit("?range=1y&cooperation=on")
    plot = page.locator("#tension-graph .nsewdrag").first
    box = plot.bounding_box()
    assert box
    third = {"x": box["width"] / 3, "y": box["height"] / 3}
    plot.hover(position=third)
    page.wait_for_selector("#tension-graph .hovertext")
    plot.click(position=third)
    page.wait_for_url(re.compile(r"month=2026-0[1-4]"))
    assert "cooperation=on" in page.url
    month = re.search(r"month=2026-0(\d)", page.url)
    assert month
    name = ["January", "February", "March", "April"][int(month[1]) - 1]
    expect(page.locator("#month h2")).to_have_text(f"What made up {name} 2026?")


def test_controls_work_by_keyboard_and_live_in_the_address(visit: Callable[..., Page]) -> None:
    page = visit()
    link = page.locator(".controls a", has_text="5 years")
    for _ in range(10):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    assert link.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("range=5y"))
    expect(page.locator(".controls .on", has_text="5 years")).to_have_attribute("aria-current", "true")


def test_a_bad_address_is_answered_with_a_line(visit: Callable[..., Page]) -> None:
    page = visit("?month=1999-01&pair=XXX_YYY")
    expect(page.locator("#notice")).to_contain_text("pair “XXX_YYY”, which does not exist here")
    expect(page.locator("#notice")).to_contain_text("“1999-01”, which is not a month from January 2001")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_can_be_read_in_both_schemes(visit: Callable[..., Page], scheme: str) -> None:
    page = visit("?cooperation=on", color_scheme=scheme)
    paper = page.evaluate(LUMINANCE, "body")
    assert (paper > 0.5) == (scheme == "light")
    for text in ("#tension-graph .ytick text", "#tension-graph .annotation-text", "#graph-trade .xtick text"):
        light, dark = sorted((page.evaluate(LUMINANCE, text), paper), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_overflows_sideways(visit: Callable[..., Page], width: int) -> None:
    page = visit("?month=2025-03&hard=on", viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_without_javascript_the_reading_stands_in_the_document(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert "tension was" in page.inner_text("noscript")
    assert page.get_attribute("html", "lang") == "en"
    context.close()


def test_without_a_build_the_page_says_what_to_run(browser: Browser, tmp_path: Path) -> None:
    for empty in serve(Settings(home=tmp_path)):
        context = browser.new_context()
        page = context.new_page()
        page.goto(empty)
        expect(page.locator("#notice")).to_contain_text("Run `dyadwatch build`", timeout=PATIENCE_MS)
        assert "Traceback" not in page.inner_text("body")
        context.close()
