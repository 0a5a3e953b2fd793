"""Questions of the page against the bundled figures."""

from datetime import date, datetime

import polars as pl
import pytest

from dash_app import sections
from dash_app.scene import scene_of
from warehouse import pages
from warehouse.query import Warehouse
from warehouse.settings import Settings

PAIR = "MEX_USA"


@pytest.fixture
def warehouse(published: Settings) -> Warehouse:
    return Warehouse(published.link)


def test_standing_counts_the_months_that_cannot_be_compared(warehouse: Warehouse) -> None:
    known = warehouse.monthly_tension(PAIR, date(2001, 1, 1)).drop_nulls("tension_index").sort("month")
    standing, latest = pages.standing(warehouse, PAIR), known["tension_index"][-1]
    comparable = known.filter("is_comparable")["tension_index"]
    assert standing["months_known"] == known.height
    assert standing["months_incomparable"] == known.height - comparable.len()
    assert standing["comparable_rank"] == (comparable > latest).sum() + 1


def test_standing_of_an_unknown_pair_is_empty(warehouse: Warehouse) -> None:
    assert pages.standing(warehouse, "AAA_BBB") == {}


def test_the_emergency_duty_weighs_by_its_days(warehouse: Warehouse) -> None:
    """25 % on everything from 4 March 2025, on 51.1 % from 7 March: (3 * 25 + 25 * 12.775) / 31 days of March."""
    points = pages.tariff_points(warehouse, PAIR, date(2025, 3, 1)).filter(pl.col("imposer") == "USA")
    march = points.filter(pl.col("month") == date(2025, 3, 1)).row(0, named=True)
    duty = (3 * 25.0 + 25 * 25 * 0.511) / 31
    assert duty < march["in_force"] < duty + 1.5  # the metals duties of 12 March come on top
    assert points.filter(pl.col("month") == date(2025, 12, 1))["in_force"].item() > points["in_force"][-1]


@pytest.mark.parametrize(("day", "stage"), [(date(2025, 3, 3), "suspended"), (date(2025, 3, 15), "in_force")])
def test_measures_stand_in_the_stage_of_the_day(warehouse: Warehouse, day: date, stage: str) -> None:
    measures = pages.standing_measures(warehouse, PAIR, day, "en")
    duty = measures.filter(pl.col("title").str.contains("EO 14194")).row(0, named=True)
    assert duty["stage"] == stage


def test_exempt_measures_do_not_stand(warehouse: Warehouse) -> None:
    titles = pages.standing_measures(warehouse, PAIR, date(2025, 4, 10), "en")["title"].to_list()
    assert not [title for title in titles if "Reciprocal" in title]


def test_encounters_are_two_series_with_their_own_ends(warehouse: Warehouse) -> None:
    series = pages.monthly_encounters(warehouse, PAIR)
    ends = dict(series.group_by("indicator_id").agg(pl.col("month").max()).iter_rows())
    assert ends["southwest_encounters"] < ends["usbp_encounters"]
    assert series.select("indicator_id", "month").is_unique().all()
    fiscal_2024 = series.filter(
        (pl.col("indicator_id") == "southwest_encounters")
        & pl.col("month").is_between(date(2023, 10, 1), date(2024, 9, 1))
    )
    assert fiscal_2024["encounters"].sum() == 2_135_005  # CBP's own total


def test_encounters_of_another_pair_are_not_shown(warehouse: Warehouse) -> None:
    assert pages.monthly_encounters(warehouse, "CHN_USA").is_empty()


def test_every_source_is_listed_with_cbps_notice(warehouse: Warehouse) -> None:
    sources = pages.source_freshness(warehouse, "en")
    assert sources.height == warehouse.frame("FROM ref_sources").height
    assert "not endorsed by CBP" in " ".join(sources["notice"].drop_nulls())


def test_rejected_rows_are_counted_by_reason(warehouse: Warehouse) -> None:
    gaps = pages.gaps(warehouse, PAIR)
    assert gaps["rows_in"] == gaps["rows_accepted"] + gaps["rows_rejected"] > 0
    assert pages.rejected_rows(warehouse)["rows"].sum() == gaps["rows_rejected"]


def test_lasting_outages_are_named_on_the_page(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    outages = pl.DataFrame(
        {"title": ["Rates"], "file": ["daily"], "began_at": [datetime(2026, 11, 1, 18)], "reason": ["server_error"]}
    )
    warehouse = Warehouse(published.link)
    assert pages.lasting_outages(warehouse, "en").is_empty()
    monkeypatch.setattr(pages, "lasting_outages", lambda *_: outages)
    shown = str(sections.doubts(scene_of(warehouse, "/", {}, date(2026, 11, 24))))
    assert "1 outage lasts now" in shown
    assert "server error" in shown
