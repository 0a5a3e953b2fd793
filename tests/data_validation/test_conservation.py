"""Every row of every publisher's file is accounted for in SQL: accepted, or rejected with its reason and content."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from orchestration.ingest import ingest_statistics
from orchestration.landing import land, land_bundled
from transforms.sources.bundled import TABLE_OF_SOURCE
from warehouse.query import Warehouse
from warehouse.settings import Settings
from warehouse.store import NOT_CONTENT

BEFORE = datetime(2026, 10, 9, 7, 30, tzinfo=UTC)
AFTER = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
OBSERVATIONS = "core_indicator__observations"

WEEKDAYS = pl.select(pl.business_day_count(date(1993, 11, 8), date(2023, 9, 16))).item()
"""FRED's file has a row for each weekday of its range, with or without a quotation."""
RECEIPT_MONTHS = (2026 - 1995) * 12 + 5
"""Receipts run from January 1995 to May 2026; the other rows of the file are payments."""
TRADE_YEARS = 2023 - 1985 + 1
"""The Census file has one row for each partner and year; Mexico's are 1985 to 2023."""


@pytest.fixture
def warehouse(published: Settings) -> Warehouse:
    return Warehouse(published.link)


def test_every_row_is_accepted_or_rejected(warehouse: Warehouse) -> None:
    snapshots = warehouse.frame(
        "SELECT s.*, (SELECT count(*) FROM meta_rejections r WHERE r.snapshot_id = s.snapshot_id"
        " AND r.table_name = s.table_name) AS explained FROM meta_snapshots s"
    )
    statistics = snapshots.filter(pl.col("source_id") != "ledger")
    assert set(statistics["source_id"]) == set(TABLE_OF_SOURCE)
    assert snapshots.filter(pl.col("rows_in") != pl.col("rows_accepted") + pl.col("rows_rejected")).is_empty()
    assert snapshots.filter(pl.col("rows_rejected") != pl.col("explained")).is_empty()


def test_every_rejection_belongs_to_a_snapshot_and_says_why_and_what(warehouse: Warehouse) -> None:
    rejections = warehouse.frame("FROM meta_rejections")
    assert rejections.height > 0
    assert warehouse.frame("FROM meta_rejections ANTI JOIN meta_snapshots USING (snapshot_id, table_name)").is_empty()
    assert rejections.filter(pl.col("rule").str.strip_chars() == "").is_empty()
    assert all(isinstance(json.loads(row), dict) for row in rejections["row"])


@pytest.mark.parametrize(
    ("edition", "rule", "rows", "accepted"),
    [
        pytest.param("daily_1993_2023-09", "no quotation", 303, WEEKDAYS - 303, id="days without a quotation"),
        pytest.param("receipts_1995-01_2026-05", "payments, not receipts", 161, RECEIPT_MONTHS, id="payments"),
        pytest.param("1985-01_2023-01", "another partner", 8_435, TRADE_YEARS, id="other partners"),
    ],
)
def test_rejected_rows_are_counted_by_reason(
    edition: str, rule: str, rows: int, accepted: int, warehouse: Warehouse
) -> None:
    found = warehouse.frame(
        "SELECT rule, count(*)::INT AS n, any_value(rows_accepted) AS accepted, any_value(rows_in) AS rows_in"
        " FROM meta_rejections JOIN meta_snapshots USING (snapshot_id, table_name) WHERE edition = $edition"
        " GROUP BY rule",
        edition=edition,
    )
    assert found.rows() == [(rule, rows, accepted, rows + accepted)]


def test_days_without_a_quotation_are_absent_from_the_table(warehouse: Warehouse) -> None:
    rows = warehouse.frame("SELECT row FROM meta_rejections WHERE rule = 'no quotation'")["row"]
    days = {date.fromisoformat(json.loads(row)["DATE"]) for row in rows}
    quoted = warehouse.frame(f"SELECT period_start FROM {OBSERVATIONS} WHERE definition_id = 'noon_rate_daily'")
    assert date(1993, 11, 11) in days, "Veterans Day"
    assert date(1993, 11, 12) in set(quoted["period_start"])
    assert days.isdisjoint(quoted["period_start"])


def test_rows_stored_are_the_rows_of_the_landed_edition(published: Settings, warehouse: Warehouse) -> None:
    stored = warehouse.frame("SELECT file, rows_stored FROM meta_snapshots WHERE source_id <> 'ledger'")
    for file, rows in stored.iter_rows():
        path = published.home / file
        assert rows == (pl.read_csv(path) if path.suffix == ".csv" else pl.read_parquet(path)).height, file


@pytest.mark.parametrize("source", ["banxico_remittances", "cbp_sbo_encounters"])
def test_content_does_not_depend_on_the_time_of_landing(source: str, tmp_path: Path) -> None:
    table = TABLE_OF_SOURCE[source]
    ingested = []
    for name, now in (("first", BEFORE), ("second", AFTER)):
        settings = Settings(home=tmp_path / name)
        land_bundled(settings, source, "*", now)
        ingested.append(ingest_statistics(settings, table, [source]))
    first, second = ingested
    assert first.frame.equals(second.frame)
    assert first.rejections.equals(second.rejections)
    assert first.snapshots["retrieved_at"].to_list() != second.snapshots["retrieved_at"].to_list()
    columns = [name for name in first.snapshots.columns if name not in NOT_CONTENT]
    assert first.snapshots.select(columns).equals(second.snapshots.select(columns))


def test_a_bundled_edition_takes_the_place_of_a_former_release_of_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    landed = land_bundled(settings, "census_trade", "*", AFTER)
    (edition,) = [item for item in landed if item.name.endswith(".csv")]
    former = pl.read_csv(edition.payload).drop("rows_in")
    land(settings, "census_trade", edition.name, former.write_csv().encode(), BEFORE)
    ingested = ingest_statistics(settings, OBSERVATIONS, ["census_trade"])
    counts = ingested.snapshots.select("rows_in", "rows_accepted", "rows_rejected", "rows_stored").rows()
    assert counts == [(8_474, 39, 8_435, former.height)]
    assert set(ingested.rejections["snapshot_id"]) == {edition.snapshot_id}
