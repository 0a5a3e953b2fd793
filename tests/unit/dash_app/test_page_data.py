"""The page about the data: what is held, for a paper, freshness, rejections, what was searched."""

from datetime import date, datetime

import polars as pl
import pytest
from flask.testing import FlaskClient

from dash_app.pages import data
from dash_app.scene import Scene, scene_of
from dash_app.serve import create_server
from warehouse import holdings
from warehouse.query import Warehouse
from warehouse.settings import Settings

TODAY = date(2026, 11, 24)


def scene(published: Settings, **query: str) -> Scene:
    return scene_of(Warehouse(published.link).pinned(), "/data", query, TODAY, data.CHOICES)


@pytest.fixture
def client(published: Settings) -> FlaskClient:
    return create_server(published).test_client()


def test_every_table_is_listed_with_its_rows(published: Settings) -> None:
    at = scene(published)
    shown = str(data.page(at))
    tables = at.answers["holdings"].frame
    assert set(tables["table_name"]) == at.warehouse.tables()
    for name in ("core_act__events", "out_pair__monthly_tension"):
        rows = at.warehouse.frame(f"SELECT count(*) FROM {name}").item()
        assert tables.filter(pl.col("table_name") == name)["rows"].item() == rows
        assert f"{rows:,}" in shown


def test_current_rows_are_those_not_replaced(published: Settings) -> None:
    warehouse = Warehouse(published.link)
    row = (
        holdings.tables(warehouse)
        .filter(pl.col("table_name") == "core_cbp__monthly_encounters_southwest")
        .to_dicts()[0]
    )
    sql = "SELECT count(*) FROM core_cbp__monthly_encounters_southwest WHERE known_to IS NULL"
    assert row["current"] == warehouse.frame(sql).item() < row["rows"]


def test_a_chosen_table_shows_its_dictionary_and_its_download_has_all_rows(published: Settings) -> None:
    at = scene(published, table="core_act__events")
    shown = str(data.page(at))
    assert "Identifier of the act" in shown
    assert at.answers["rows"].frame.height == at.warehouse.frame("SELECT count(*) FROM core_act__events").item()
    assert "/api/v1/tables/core_act__events" in shown


@pytest.mark.parametrize("name", ["nothing", "core_act__events; DROP TABLE x", "meta_rejections--"])
def test_an_unknown_table_is_told_and_the_rest_stands(published: Settings, name: str) -> None:
    at = scene(published, table=name)
    assert f"There is no table “{name}”" in str(data.page(at))
    assert "rows" not in at.answers
    assert at.answers["holdings"].frame.height > 50


def test_an_empty_table_says_so(published: Settings) -> None:
    at = scene(published, table="core_gdelt__daily_dyads")
    assert "core_gdelt__daily_dyads has no rows" in str(data.page(at))


def test_rows_that_may_not_be_passed_on_are_left_out() -> None:
    class Asked(Warehouse):
        def __init__(self) -> None:
            self.sql: list[str] = []

        def frame(self, sql: str, **params: object) -> pl.DataFrame:
            self.sql.append(sql)
            return pl.DataFrame({"column_name": ["source_id"]})

    asked = Asked()
    for table in ("core_document__releases", "meta_rejections"):
        holdings.rows(asked, table)
        assert "NOT redistributable" in asked.sql[-1]


def test_the_paper_has_band_comparable_method_and_build(published: Settings, client: FlaskClient) -> None:
    at = scene(published)
    shown = str(data.page(at))
    lines = client.get("/data/data/series.csv").text.splitlines()
    assert lines[0].split(",")[:5] == ["pair_id", "month", "tension_index", "lower_05", "upper_95"]
    assert {"coverage", "is_comparable", "method_version", "content_hash"} <= set(lines[0].split(","))
    months = at.warehouse.frame(
        "SELECT count(*) FROM out_pair__monthly_tension WHERE pair_id = 'MEX_USA' AND view = 'latest'"
    ).item()
    assert len(lines) == 1 + months
    assert at.build["content_hash"] in lines[1]
    assert f"content hash {at.build['content_hash']}" in shown
    assert "January 2001 to October 2026" in shown


def test_publishers_behind_the_index_are_counted_item_by_item(published: Settings) -> None:
    warehouse = Warehouse(published.link)
    items = warehouse.frame(
        "SELECT count(*) FROM (SELECT item_kind, item_id FROM out_pair__contributions WHERE pair_id = 'MEX_USA'"
        " AND view = 'latest' UNION SELECT item_kind, item_id FROM out_pair__cooperation_contributions"
        " WHERE pair_id = 'MEX_USA' AND view = 'latest')"
    ).item()
    assert holdings.index_sources(warehouse, "MEX_USA")["items"].sum() == items


@pytest.mark.parametrize("pair", ["CAN_USA", "CHN_USA"])
def test_a_pair_without_index_has_no_series_and_says_so(published: Settings, pair: str) -> None:
    at = scene(published, pair=pair)
    assert "has no index in any month" in str(data.page(at))
    assert "series" not in at.answers


def test_every_source_stands_with_its_days_late_and_notice(published: Settings) -> None:
    at = scene(published)
    shown = str(data.page(at))
    sources = at.answers["sources"].frame
    assert sources.height == at.warehouse.frame("FROM ref_sources").height
    late = sources.filter(pl.col("source_id") == "census_trade").to_dicts()[0]
    assert late["days_late"] == (TODAY - late["expected_by"]).days
    assert f"late by {late['days_late']:,} days" in shown
    assert "not endorsed by CBP" in shown


def test_rejected_rows_sum_and_have_an_example(published: Settings) -> None:
    at = scene(published)
    data.page(at)
    rejected = at.answers["rejected"].frame
    assert rejected["rows"].sum() == at.warehouse.frame("SELECT count(*) FROM meta_rejections").item()
    assert rejected["example"].drop_nulls().str.starts_with("{").all()


def test_outages_stand_with_their_state(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    outage = {"title": "Rates", "file": "daily", "began_at": datetime(2026, 11, 1, 18), "ended_at": None}
    outage |= {"reason": "server_error", "detail": "503", "url": "https://example.org/rates"}
    assert "No outage is on record" in str(data.page(scene(published)))
    monkeypatch.setattr(holdings, "outages", lambda *_: pl.DataFrame([outage]))
    shown = str(data.page(scene(published)))
    assert "1 outage, 1 of them lasts now" in shown
    assert "server error" in shown


def test_pillars_are_known_where_the_index_has_their_scores(published: Settings) -> None:
    """The rule that the page tells gives the same years as the scores."""
    warehouse = Warehouse(published.link)
    for pair in ("MEX_USA", "CAN_USA", "CHN_USA"):
        known = data.known_pillars(holdings.searches(warehouse, pair))
        scores = warehouse.frame(
            "SELECT pillar, year(month) AS year, bool_and(score IS NOT NULL) AS known FROM out_pair__pillar_scores"
            " WHERE view = 'latest' AND dimension = 'tension' AND pair_id = $pair_id GROUP BY ALL",
            pair_id=pair,
        )
        for pillar, year, is_known in scores.iter_rows():
            assert (year in known[pillar]) == is_known, (pair, pillar, year)


def test_the_shown_build_is_among_those_kept(published: Settings) -> None:
    at = scene(published)
    assert at.build["build_id"] in holdings.kept_builds(at.warehouse)["build_id"].to_list()
