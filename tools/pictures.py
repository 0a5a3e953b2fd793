"""Take the pictures of the README and the docs from the page itself, on a build of the bundled figures.

    python -m tools.pictures
"""

import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from waitress.server import create_server as listen

from dash_app.brief import find_browser
from dash_app.serve import create_server
from orchestration.run import build
from warehouse.settings import Settings

DOCS = Path(__file__).parent.parent / "docs"
WIDTH, HEIGHT = 1360, 900
DRAWN = ("#tension-graph .annotation-text", "#month .sum", "#compare .main-svg", "#doubt > div > .scroll table")
"""What stands on the page once all of it is drawn."""


def main() -> int:
    """Write docs/dashboard.png and docs/pairs.png."""
    browser = find_browser()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        if build(settings):
            return 1
        server = listen(create_server(settings), host="127.0.0.1", port=0, threads=4)
        threading.Thread(target=server.run, daemon=True).start()
        with sync_playwright() as playwright:
            started = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
            page = started.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.goto(f"http://127.0.0.1:{server.effective_port}/")
            for part in DRAWN:
                page.wait_for_selector(part)
            _take(page)
            started.close()
        server.close()
    return 0


def _take(page: Page) -> None:
    page.wait_for_timeout(1000)  # the fonts, and Plotly's last layout
    page.screenshot(path=DOCS / "dashboard.png")
    page.locator("#compare").screenshot(path=DOCS / "pairs.png")


if __name__ == "__main__":
    sys.exit(main())
