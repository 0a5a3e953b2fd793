"""A month's bars sum to its reading, and texts of the ledger cannot become markup."""

from datetime import date

import polars as pl
from markupsafe import escape

from dash_app import evidence, parts
from dash_app.scene import scene_of
from warehouse import pages
from warehouse.query import Warehouse
from warehouse.settings import Settings

FEBRUARY, MARCH = date(2025, 2, 1), date(2025, 3, 1)


def shown(settings: Settings, month: date, dimension: str) -> str:
    warehouse = Warehouse(settings.link)
    own = pl.col("dimension") == dimension
    items = pages.month_items(warehouse, "MEX_USA", month, "en").filter(own)
    links = pages.linked_records(warehouse, "MEX_USA", month, "en").filter(own)
    return str(evidence.evidence_table(scene_of(warehouse, "/", {}, date(2026, 11, 24)).say, items, links))


def test_items_sum_to_both_readings(published: Settings) -> None:
    warehouse = Warehouse(published.link)
    sums = dict(
        pages.month_items(warehouse, "MEX_USA", MARCH, "en")
        .group_by("dimension")
        .agg(pl.col("contribution").sum())
        .iter_rows()
    )
    reading = warehouse.monthly_tension("MEX_USA", MARCH).row(0, named=True)
    assert abs(sums["tension"] - reading["tension_index"]) < 1e-9
    assert abs(sums["cooperation"] - reading["cooperation_index"]) < 1e-9


def test_march_2025_shows_threat_call_designation_pause_and_its_end(published: Settings) -> None:
    table = shown(published, MARCH, "tension")
    for words in (
        "he plans 25% tariffs on Mexico",  # 20 January
        "the US could act alone",  # the press account of 31 January
        "Official Pentagon summary",
        "declines to exclude military operations",
        "terrorist designations of six Mexican cartels",
        "suspended, to 4 March 2025, duty of 25 %",
        "Tariffs of 25% on Mexican goods take effect",
    ):
        assert words in table


def test_february_2025_shows_the_persons_handed_over_as_cooperation(published: Settings) -> None:
    table = shown(published, FEBRUARY, "cooperation")
    assert "29 persons, transferred outside the treaty" in table
    assert "Rafael Caro Quin" in table


def test_linked_records_follow_their_item_and_carry_no_points(published: Settings) -> None:
    links = pages.linked_records(Warehouse(published.link), "MEX_USA", MARCH, "en")
    assert links.filter(pl.col("item_id") == "USMX0096")["of_id"].to_list() == ["USMX0097"]
    assert links.select("dimension", "item_kind", "item_id").is_unique().all()
    table = shown(published, MARCH, "tension")
    assert table.count('class="linked"') == links.filter(pl.col("dimension") == "tension").height


def test_texts_of_the_ledger_are_escaped() -> None:
    attack = '<img src=x onerror="alert(1)">'
    table = str(parts.table(["a"], [parts.row([attack, parts.site_link("https://a.example/?q=<b>", "\N{EN DASH}")])]))
    assert attack not in table
    assert str(escape(attack)) in table
    assert "<b>" not in table


def test_only_web_addresses_become_links() -> None:
    assert parts.site_link("javascript:alert(1)", "\N{EN DASH}") == "\N{EN DASH}"
    assert parts.link("codebook", "docs/codebook.md") == "codebook"
    assert 'href="https://www.cbp.gov/x"' in parts.site_link("https://www.cbp.gov/x", "\N{EN DASH}")
