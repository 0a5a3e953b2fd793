"""A browser against a server on the bundled figures; nothing but the server can be reached."""

import shutil
import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright
from werkzeug.serving import make_server

from dash_app.serve import create_server
from orchestration.replay import replayed
from warehouse.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_MS = 60_000
"""Waiting time at most; the machine may be busy with other tests."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the folder, saying why, where there is no browser."""
    for item in items:
        if "e2e" in item.path.parts and not CHROMIUM:
            item.add_marker(pytest.mark.skip(reason="needs a browser: install Debian's package chromium"))


def serving(settings: Settings) -> Iterator[str]:
    """Serve a home on a free port until the fixture ends."""
    app = create_server(settings, lambda day: replayed(settings, day).link)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@pytest.fixture(scope="session")
def address(published: Settings) -> Iterator[str]:
    yield from serving(published)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
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
    page.wait_for_function(
        "[...document.querySelectorAll('.dash-graph')].every(graph => graph.querySelector('.main-svg'))"
        " && !document.querySelector('[data-dash-is-loading=true]')"
    )
