"""Take the pictures of the README and the docs from the page itself, on a build of the bundled figures.

python -m tools.pictures
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from orchestration.run import build
from tools.bench_browser import browsing
from tools.serving import serving
from warehouse.settings import Settings

DOCS = Path(__file__).parent.parent / "docs"
WIDTH, HEIGHT = 1360, 900
PICTURES = {
    "dashboard": ("/", ""),
    "pairs": ("/pairs", "#pairs"),
}
"""Name of each picture, the address, and the part of the page that it shows; the top of the page where empty."""


def main() -> int:
    """Write the pictures into docs/."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        if build(settings):
            return 1
        with serving(settings.home) as address, browsing() as browser:
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
            for name, (path, part) in PICTURES.items():
                page.goto(f"{address}{path}")
                _take(page, DOCS / f"{name}.png", part)
    return 0


def _take(page: Page, target: Path, part: str) -> None:
    page.wait_for_selector("#page .main-svg, #page table", state="attached")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1000)  # the fonts, and Plotly's last layout
    if part:
        page.locator(part).screenshot(path=target)
    else:
        page.screenshot(path=target)


if __name__ == "__main__":
    sys.exit(main())
