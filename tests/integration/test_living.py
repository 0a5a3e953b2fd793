"""Living sources from landed bytes to tables: empty without any, recorded with reasons, and read once."""

from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from orchestration import events
from orchestration.assets.checks import quality_checks
from orchestration.assets.core import core_assets
from orchestration.documents import ingest_documents
from orchestration.events import ingest_events
from orchestration.fetch import fetch_file
from orchestration.io import warehouse_io
from orchestration.landing import land
from warehouse.contracts.tables import enforce
from warehouse.settings import Settings
from warehouse.store import Store

NOW = datetime(2025, 3, 9, 12, tzinfo=UTC)
FEED = (
    '<rss version="2.0"><channel><item><title>Talks with Mexico</title><link>https://ustr.gov/press/talks</link>'
    "<pubDate>Thu, 06 Mar 2025 15:00:00 GMT</pubDate><description>We thank Mexico for its cooperation and friendship."
    "</description></item><item><title>No day</title><link>https://ustr.gov/press/other</link></item></channel></rss>"
)
GOOD = FEED.replace("<item><title>No day</title><link>https://ustr.gov/press/other</link></item>", "")


def event(number: int, added: str) -> str:
    cells = [""] * 61
    cells[0], cells[1], cells[7], cells[17], cells[59] = str(number), added[:8], "USA", "MEX", added
    cells[25:35] = ["1", "050", "050", "05", "1", "3.5", "4", "1", "4", "0.39"]
    return "\t".join(cells)


def test_a_fresh_home_has_empty_tables(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    for table, ingested in (
        ("core_document__releases", ingest_documents(settings)),
        ("core_gdelt__daily_dyads", ingest_events(settings)),
    ):
        assert enforce(table, ingested.frame).is_empty()
        assert ingested.snapshots.is_empty()
        assert ingested.rejections.is_empty()


def test_documents_are_stored_with_their_account(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    land(settings, "ustr_releases", "rss.xml", GOOD.encode(), NOW, origin="publisher")
    land(settings, "ustr_releases", "rss.xml", FEED.encode(), NOW, origin="publisher")
    land(settings, "state_releases", "page.json", b"<html>Technical Difficulties</html>", NOW, origin="publisher")
    ingested = ingest_documents(settings)
    Store(settings).write("core_document__releases", ingested)
    mexico = ingested.frame.filter(pl.col("dyad_id") == "USA-MEX")
    assert mexico.select("document_id", "known_from", "names_partner").rows() == [
        ("ustr_releases:press/talks", date(2025, 3, 6), True)
    ]
    assert mexico["stance"].item() > 0
    counts = ingested.snapshots.sort("source_id", "rows_in").select("rows_in", "rows_accepted", "rows_stored").rows()
    assert counts == [(0, 0, 0), (1, 1, 3), (2, 1, 0)]
    assert ingested.snapshots["stopped_because"].drop_nulls().len() == 2
    assert ingested.rejections["rule"].to_list() == ["no day of publication"]


def test_a_file_by_hand_is_landed_by_its_days(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    path = tmp_path / "rss.xml"
    path.write_text(GOOD, "utf-8")
    fetch_file(settings, "ustr_releases", path, date(2025, 3, 6), NOW)
    assert ingest_documents(settings).frame.height == 3
    path = tmp_path / "20250306000000.export.CSV"
    path.write_text(event(1, "20250306000000") + "\n", "utf-8")
    fetch_file(settings, "gdelt_events", path, None, NOW)
    assert ingest_events(settings).frame["events"].to_list() == [1]


def test_event_files_are_read_once_and_written_by_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path)
    rows = f"{event(1, '20250306000000')}\n{event(2, '20250307001500')}\n{event(2, '20250307001500')}\n"
    land(settings, "gdelt_events", "20250306000000.export.CSV", rows.encode(), NOW, origin="publisher")
    land(settings, "gdelt_events", "20250306001500.export.CSV", b"<html>404</html>", NOW, origin="publisher")
    first = ingest_events(settings)
    Store(settings).write("core_gdelt__daily_dyads", first)
    assert sorted(path.parent.name for path in (tmp_path / "events").glob("day=*/*.parquet")) == [
        "day=2025-03-06",
        "day=2025-03-07",
    ]
    assert first.frame.select("day", "events", "known_from").rows() == [
        (date(2025, 3, 6), 1, date(2025, 3, 7)),
        (date(2025, 3, 7), 1, date(2025, 3, 8)),
    ]
    assert first.rejections.select("row_number", "rule").rows() == [(3, "duplicate of an earlier row")]
    assert first.snapshots["stopped_because"].null_count() == 1
    next((tmp_path / "events").glob("day=*/*.parquet")).unlink()
    assert ingest_events(settings).frame.equals(first.frame), "a file that is gone is made again"
    with monkeypatch.context() as unread:
        unread.setattr(events, "parse_published", lambda *_: pytest.fail("read again"))
        unread.setattr(events, "daily_dyads", lambda *_: pytest.fail("counted again"))
        again = ingest_events(settings)
    assert again.frame.equals(first.frame)
    assert again.snapshots.equals(first.snapshots)
    assert again.rejections.equals(first.rejections)
    more = event(3, "20250307003000").encode()
    land(settings, "gdelt_events", "20250307003000.export.CSV", more, NOW, origin="publisher")
    assert ingest_events(settings).frame["events"].to_list() == [1, 2]
    monkeypatch.setattr(events, "iso3_of_cameo", lambda: {"USA": "USA"})
    assert ingest_events(settings).frame.is_empty(), "other countries, other counts"


def test_a_page_without_its_own_link_takes_that_of_the_raw_layer_or_none(tmp_path: Path) -> None:
    page = "<html><body><h1>Comunicado del {} de marzo de 2025</h1><article><p>México.</p></article></body></html>"
    settings = Settings(home=tmp_path)
    url = "https://www.gob.mx/sre/prensa/a"
    land(settings, "gobmx_sre", "a.html", page.format(6).encode(), NOW, origin="publisher", url=url)
    land(settings, "gobmx_sre", "b.html", page.format(7).encode(), NOW, origin="publisher")
    frame = enforce("core_document__releases", ingest_documents(settings).frame)
    assert frame.sort("published_on")["url"].to_list() == [url, None]


def test_a_conference_cut_short_is_told_and_stops_nothing(tmp_path: Path) -> None:
    settings, table = Settings(home=tmp_path), "core_document__releases"
    for number in range(31):
        title = f"Conferencia de prensa de la presidenta del {number + 1} de julio de 2026, versión estenográfica"
        words = "palabra " * (1000 if number < 30 else 400)
        page = f"<html><body><h1>{title}</h1><article><p>PRESIDENTA: {words}</p></article></body></html>"
        land(settings, "gobmx_presidency", f"{number}.html", page.encode(), NOW, origin="publisher")
    asset = next(item for item in core_assets(settings) if item.key.path == [table])
    checks = [check for check in quality_checks() if check.check_key.asset_key == asset.key]
    done = dg.materialize([asset, *checks], resources={"io_manager": warehouse_io(Store(settings))})
    (told,) = done.get_asset_check_evaluations()
    assert done.success
    assert (told.check_name, told.passed, told.severity) == ("is_not_cut_short", False, dg.AssetCheckSeverity.WARN)
    assert [row["document_id"] for row in told.metadata["found"].value] == ["gobmx_presidency:conference:2026-07-31"]
