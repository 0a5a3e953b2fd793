"""Take the pictures of the README and the docs from the page itself, on a build of the bundled figures.

    python -m tools.pictures
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from dash_app.brief import find_browser
from orchestration.run import build
from warehouse.settings import Settings

DOCS = Path(__file__).parent.parent / "docs"
WIDTH, HEIGHT = 1360, 900
PICTURES = {
    "dashboard": ("/", ""),
    "pairs": ("/pairs", "#pairs"),
    "index": ("/index?range=5y&month=2025-03", ""),
    "acts": ("/acts?range=5y", ""),
    "evidence": ("/evidence?month=2025-03", ""),
}
"""Name of each picture, the address, and the part of the page that it shows; the top of the page where empty."""


def main() -> int:
    """Write the pictures into docs/."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        if build(Settings(home=Path(folder))):
            return 1
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        environment = {**os.environ, "DYADWATCH_HOME": folder, "DYADWATCH_PORT": str(port)}
        with subprocess.Popen([sys.executable, "-m", "orchestration.cli", "serve"], env=environment) as server:
            _wait(f"http://127.0.0.1:{port}")
            with sync_playwright() as playwright:
                started = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
                page = started.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
                for name, (path, part) in PICTURES.items():
                    page.goto(f"http://127.0.0.1:{port}{path}")
                    _take(page, DOCS / f"{name}.png", part)
                started.close()
            server.terminate()
    return 0


def _wait(address: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{address}/livez").close()
            return
        except OSError:
            time.sleep(0.1)


def _take(page: Page, target: Path, part: str) -> None:
    page.wait_for_selector("#page .main-svg, #page table")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1000)  # the fonts, and Plotly's last layout
    if part:
        page.locator(part).screenshot(path=target)
    else:
        page.screenshot(path=target)


if __name__ == "__main__":
    sys.exit(main())
