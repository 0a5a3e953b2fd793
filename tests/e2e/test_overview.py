"""A reader's use of the overview: the sentence, the month's evidence, choices that live in the address."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dash_app.headline import sentence
from dash_app.scene import scene_of
from dash_app.words import plain
from tests.e2e.conftest import PATIENCE_MS, settled
from tools.serving import serving
from warehouse.query import Warehouse
from warehouse.settings import Settings


def test_the_headline_is_the_sentence_of_the_data(visit: Callable[..., Page], published: Settings) -> None:
    warehouse = Warehouse(published.link).pinned()
    expected = plain(sentence(scene_of(warehouse, "/", {}, datetime.now(UTC).date())))
    expect(visit("/").locator(".headline")).to_have_text(expected)


def test_evidence_of_a_month_sums_to_its_reading(visit: Callable[..., Page], published: Settings) -> None:
    page = visit("/evidence?month=2025-03")
    reading = (
        Warehouse(published.link)
        .frame(
            "SELECT tension_index, cooperation_index FROM out_pair__monthly_tension"
            " WHERE pair_id = 'MEX_USA' AND view = 'latest' AND month = DATE '2025-03-01'"
        )
        .row(0)
    )
    for dimension, value in enumerate(reading):
        cells = page.locator("#month table").nth(dimension).locator("tr.item td:last-child").all_inner_texts()
        shown = [float(text) for text in cells]
        assert sum(shown) == pytest.approx(value, abs=0.0005 * len(shown))  # each is printed to three decimals
        expect(page.locator("#month .sum").nth(dimension)).to_contain_text(f"{value:.1f} index points")
    assert page.locator("#month tr.linked", has_text="Official Pentagon summary").count() == 1
    assert page.locator("#month tr a[href^='http']").count() > 50


def test_a_click_on_the_chart_chooses_the_month(visit: Callable[..., Page]) -> None:
    page = visit("/?range=1y&cooperation=on")
    plot = page.locator("#tension .nsewdrag").first
    box = plot.bounding_box()
    assert box
    third = {"x": box["width"] / 3, "y": box["height"] / 3}
    plot.hover(position=third)
    page.wait_for_selector("#tension .hovertext")
    plot.click(position=third)
    page.wait_for_url(re.compile(r"month=2026-0[1-4]"))
    assert "cooperation=on" in page.url
    found = re.search(r"month=2026-0(\d)", page.url)
    assert found
    name = ["January", "February", "March", "April"][int(found[1]) - 1]
    expect(page.locator("#month h2")).to_have_text(f"What made up {name} 2026?")


def test_controls_work_by_keyboard_and_live_in_the_address(visit: Callable[..., Page]) -> None:
    page = visit("/")
    link = page.locator(".controls a", has_text="5 years")
    for _ in range(25):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    assert link.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("range=5y"))
    expect(page.locator(".controls .on a", has_text="5 years")).to_have_attribute("aria-current", "true")


def test_from_the_overview_to_a_source_by_keyboard_alone(visit: Callable[..., Page]) -> None:
    page = visit("/?month=2025-03")
    bar = page.locator("#month .row a").first
    for _ in range(200):
        page.keyboard.press("Tab")
        if bar.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/evidence\?month=2025-03#e-tension-"))
    settled(page)
    for _ in range(300):
        page.keyboard.press("Tab")
        reached = page.evaluate("document.activeElement.closest('tr') && document.activeElement.href")
        if reached and reached.startswith("https://") and "127.0.0.1" not in reached:
            break
    assert page.evaluate("document.activeElement.target") == "_blank"
    assert page.evaluate("document.activeElement.closest('table') !== null")


def test_a_choice_from_a_list_is_written_into_the_address(visit: Callable[..., Page]) -> None:
    page = visit("/")
    page.get_by_role("textbox", name="Pair", exact=True).click()
    page.get_by_role("option", name="China\N{EN DASH}United States").click()
    page.wait_for_url(re.compile("pair=CHN_USA"))
    settled(page)
    expect(page.locator("h1")).to_have_text("China\N{EN DASH}United States")


def test_a_past_day_is_replayed_and_says_so(visit: Callable[..., Page]) -> None:
    page = visit("/?as_of=2025-03-10")
    expect(page.locator(".banner")).to_contain_text("What was known on 10 March 2025")
    expect(page.locator(".headline")).to_contain_text("in March 2025 (provisional: 10 days known)")
    page.locator(".banner a").click()
    page.wait_for_url(lambda url: "as_of" not in url)
    expect(page.locator(".banner")).to_have_count(0)


def test_a_bad_address_is_answered_with_a_line(visit: Callable[..., Page]) -> None:
    page = visit("/?month=1999-01&pair=XXX_YYY")
    expect(page.locator("#notice")).to_contain_text("pair “XXX_YYY”, which does not exist here")
    expect(page.locator("#notice")).to_contain_text("“1999-01”, which is not a month from January 2001")


def test_a_chart_gives_its_table_its_figures_and_its_own_page(visit: Callable[..., Page], address: str) -> None:
    page = visit("/")
    chart = page.locator("#tension")
    chart.locator("summary", has_text="Table").click()
    expect(chart.locator("table").first).to_contain_text("2025-03-01")
    with page.expect_download() as picture:
        chart.locator("button", has_text="Image").click()
    assert picture.value.suggested_filename == "dyadwatch-tension.png"
    page.goto(address + str(chart.locator("a", has_text="Embed").get_attribute("href")))
    settled(page)
    expect(page.locator("section.chart")).to_have_count(1)
    expect(page.locator("header")).to_have_count(0)


def test_only_charts_that_change_are_drawn_anew(visit: Callable[..., Page]) -> None:
    page = visit("/index")
    count = """() => { window.drawn = {}; for (const graph of document.querySelectorAll(".js-plotly-plot")) {
        const place = graph.closest("section.chart").id;
        graph.on("plotly_afterplot", () => { window.drawn[place] = (window.drawn[place] || 0) + 1; }); } }"""
    page.evaluate(count)
    page.get_by_role("link", name="Cooperation", exact=True).click()
    expect(page.locator("#tension .annotation-text", has_text="Cooperation")).to_have_count(1)
    settled(page)
    drawn = page.evaluate("window.drawn")
    assert drawn["tension"] > 0
    assert "pillars" not in drawn


def test_an_open_table_follows_the_choice(visit: Callable[..., Page]) -> None:
    page = visit("/index")
    place = page.locator("#tension")
    place.locator("summary", has_text="Table").click()
    expect(place.locator("th", has_text="coverage")).to_have_count(1)
    page.get_by_role("link", name="daily", exact=True).click()
    expect(place.locator("th", has_text="day")).to_have_count(1)
    expect(place.locator("th", has_text="coverage")).to_have_count(0)


def test_the_focus_stays_on_what_was_chosen(visit: Callable[..., Page]) -> None:
    page = visit("/index")
    page.get_by_role("link", name="Hard part", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tension .annotation-text", has_text="Hard")).to_have_count(1)
    assert page.evaluate("document.activeElement.textContent") == "Hard part"


def test_without_javascript_the_reading_stands_in_the_document(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert "tension was" in page.inner_text("noscript")
    assert page.get_attribute("html", "lang") == "en"
    context.close()


def test_without_a_build_the_page_says_what_to_run(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, server_processes=1) as empty:
        context = browser.new_context()
        page = context.new_page()
        page.goto(empty)
        expect(page.locator(".notice")).to_contain_text("Run `dyadwatch build`", timeout=PATIENCE_MS)
        assert "Traceback" not in page.inner_text("body")
        context.close()
