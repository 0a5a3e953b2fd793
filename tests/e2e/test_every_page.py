"""What holds of every page: it opens in silence, reads in both languages and schemes, fits a phone, is accessible."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dash_app.pages import PAGES
from dash_app.words import languages, texts

pytestmark = pytest.mark.pages
AXE = Axe()
GRAVE = ("serious", "critical")
KEYS = [page.key for page in PAGES]
PATHS = {page.key: page.path for page in PAGES}
LUMINANCE = """text => {
    const part = value => { const s = value / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4 };
    const element = document.querySelector(text);
    const [r, g, b] = getComputedStyle(element).getPropertyValue(
        element instanceof SVGElement ? 'fill' : 'background-color').match(/\\d+/g).map(Number);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
}"""
"""Relative luminance of a text in a chart, or of an element's background, as WCAG 2.2 defines it."""


def grave_faults(page: Page) -> list[str]:
    """Return what axe finds that keeps people out: rule, and the first elements."""
    found = AXE.run(page).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes'][:3]]}" for one in found if one["impact"] in GRAVE]


@pytest.mark.parametrize("key", KEYS)
def test_page_in_english_and_light(visit: Callable[..., Page], key: str) -> None:
    page = visit(PATHS[key], color_scheme="light", viewport={"width": 1440, "height": 900})
    assert page.locator("h1").count() == 1
    assert page.title().startswith(texts("en")[f"page.{key}"])
    assert page.get_attribute("html", "lang") == "en"
    expect(page.locator(".ways .here")).to_have_text(texts("en")[f"page.{key}"])
    expect(page.locator("#notice")).to_have_count(0)
    assert grave_faults(page) == []


@pytest.mark.parametrize("key", KEYS)
def test_page_in_the_other_language_and_scheme_on_a_phone(visit: Callable[..., Page], key: str) -> None:
    lang = languages()[-1]
    page = visit(f"{PATHS[key]}?lang={lang}&scheme=dark", color_scheme="light", viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.get_attribute("html", "lang") == lang
    expect(page.locator(".ways .here")).to_have_text(texts(lang)[f"page.{key}"])
    assert page.evaluate(LUMINANCE, "body") < 0.05
    assert grave_faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_can_be_read_in_both_schemes(visit: Callable[..., Page], scheme: str) -> None:
    page = visit("/?cooperation=on", color_scheme=scheme)
    paper = page.evaluate(LUMINANCE, "body")
    assert (paper > 0.5) == (scheme == "light")
    for text in ("#tension .ytick text", "#tension .annotation-text", "#pillars .xtick text"):
        light, dark = sorted((page.evaluate(LUMINANCE, text), paper), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
