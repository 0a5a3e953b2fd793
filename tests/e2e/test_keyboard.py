"""Each page by keyboard alone: every control is reached and seen to be, nothing traps, long tables are left in a step."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from dash_app.pages import PAGES
from tests.e2e.conftest import settled

pytestmark = pytest.mark.pages
PATHS = {page.key: page.path for page in PAGES} | {"evidence": "/evidence?month=2001-01"}
"""Of evidence a month with few records: each has links, and each link is a step."""
MOST = 600
"""Steps of Tab after which a page is held to trap."""
BEGIN = """() => {
    const signs = node => (style => [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow,
        style.borderColor, style.backgroundColor].join())(getComputedStyle(node));
    const look = node => signs(node) + signs(node.parentElement);
    const reachable = node => node.tabIndex >= 0 && !node.disabled && !node.closest(".ag-root-wrapper")
        && node.checkVisibility({ visibilityProperty: true }) && node.getBoundingClientRect().width > 0;
    const every = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
    window.walk = { look, before: new Map(every.filter(reachable).map(node => [node, look(node)])), seen: new Set(),
        unseen: [], grids: [...document.querySelectorAll(".ag-root-wrapper")],
        name: node => `${node.tagName} ${node.getAttribute("aria-label") || node.textContent || node.id}`.slice(0, 80) }; }"""
"""Notes every control that can be seen, with how it looks without the focus; of a long table, the table as a whole."""
STEP = """() => {
    const node = document.activeElement, { before, look, name, seen, unseen } = window.walk;
    if (node === document.body || seen.has(node)) return node === document.body ? "left" : `again ${name(node)}`;
    seen.add(node);
    const box = node.getClientRects()[0];
    const at = document.elementFromPoint(box.x + box.width / 2, Math.min(box.y + box.height / 2, box.y + 200));
    if (!at || !(node.contains(at) || at.contains(node))) unseen.push(`hidden ${name(node)}`);
    if (before.get(node) === look(node)) unseen.push(`not marked ${name(node)}`);
    return ""; }"""
END = """() => { const { before, grids, name, seen } = window.walk; return [
    ...[...before.keys()].filter(node => !seen.has(node)).map(name),
    ...grids.filter(grid => ![...seen].some(node => grid.contains(node))).map(name)]; }"""
ACTIONS = """() => [...document.querySelectorAll("section.chart")].map(chart => [chart.id,
    [...chart.querySelectorAll(":scope > .foot :is(.acts > *, summary)")].map(node => node.textContent)])"""


@pytest.mark.parametrize("key", PATHS)
def test_every_control_is_reached_and_seen_to_be(visit: Callable[..., Page], key: str) -> None:
    page = visit(PATHS[key], viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    for chart, names in page.evaluate(ACTIONS):
        assert names in (NAMED, NAMED[1:]), chart
    page.evaluate(BEGIN)
    steps, told = 0, ""
    while not told and steps < MOST:
        page.keyboard.press("Tab")
        steps, told = steps + 1, page.evaluate(STEP)
    assert (told, steps < MOST) == ("left", True)
    assert page.evaluate(END) == []
    assert page.evaluate("walk.unseen") == []
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


NAMED = ["Image", "CSV", "Copy as SQL", "Embed", "Copy link", "Table"]
"""What can be done with each chart; a table has no image."""


def test_a_long_table_is_walked_with_arrows_and_its_links_followed(visit: Callable[..., Page]) -> None:
    page = visit("/statements?range=1y", viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page.locator("#list .ag-header-cell").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#list .ag-row-first [role=gridcell]").first).to_be_focused()
    page.keyboard.press("End")
    for _ in range(12):
        if page.evaluate("document.activeElement.matches('.ag-cell:has(a[href^=\"/evidence\"])')"):
            break
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/evidence\?.*item=statement"))
    settled(page)
    expect(page.locator("#item")).to_be_focused()
