"""A browser against a server on the bundled figures; nothing but the server can be reached."""

import shutil
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tools.serving import serving
from warehouse.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_MS = 60_000
"""Waiting time at most; the machine may be busy with other tests."""


SETTLED = """[...document.querySelectorAll('.dash-graph')].every(graph => graph.querySelector('.main-svg'))
    && [...document.querySelectorAll('.ag-root')].every(grid => grid.querySelector('.ag-row, .ag-overlay-no-rows-center'))
    && !document.querySelector('[data-dash-is-loading=true], .ag-delay-render')"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the folder, saying why, where there is no browser."""
    for item in items:
        if "e2e" in item.path.parts and not CHROMIUM:
            item.add_marker(pytest.mark.skip(reason="needs a browser: install Debian's package chromium"))


@pytest.fixture(scope="session")
def address(published: Settings) -> Iterator[str]:
    with serving(published.home, server_processes=1) as address:
        yield address


@pytest.fixture(scope="module")  # Playwright's event loop runs in this thread: Dagster's cannot until it has gone
def browser(published: Settings) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open a path, wait until the page stands, and hold that the console stays silent and no other host is asked."""
    complaints: list[str] = []
    contexts = []

    def closed(route: Route) -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            complaints.append(f"asked for {route.request.url}")
            route.abort()

    def opened(path: str, **options: object) -> Page:
        contexts.append(browser.new_context(**options))  # type: ignore[arg-type]  # Playwright's own options
        contexts[-1].route("**/*", closed)
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address + path)
        page.wait_for_selector("#page")
        settled(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def settled(page: Page) -> None:
    """Wait until every chart is drawn and nothing is being asked."""
    page.wait_for_load_state("networkidle")
    until = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(SETTLED):  # Playwright's own waiting evaluates text, which the page's policy forbids
        assert time.monotonic() < until, "the page does not settle"
        page.wait_for_timeout(50)
