"""A file that a person downloaded: a snapshot like any other, judged row by row, and stopped when too much is wrong."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from orchestration.cli import main
from orchestration.fetch import fetch_file
from orchestration.ingest import ingest_statistics
from orchestration.landing import land, land_bundled, snapshots
from warehouse.errors import SourceError, UnknownKeyError
from warehouse.settings import Settings

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TABLE = "core_usbp__monthly_encounters"
HEADER = "month_start,cbp_usb_encounter_count\n"


def _settings(home: Path) -> Settings:
    settings = Settings(home=home)
    land_bundled(settings, "usbp_monthly", "*", NOW)
    return settings


def _file(folder: Path, rows: list[tuple[str, str]], name: str = "usbp.csv") -> Path:
    path = folder / name
    path.write_text(HEADER + "".join(f"{month},{count}\n" for month, count in rows), "utf-8")
    return path


def _held(settings: Settings, month: date) -> list[tuple[int, date, bool, date | None]]:
    frame = ingest_statistics(settings, TABLE, ["usbp_monthly"]).frame.filter(pl.col("month") == month)
    return frame.select("encounters", "known_from", "known_from_is_estimated", "known_to").sort("known_from").rows()


def test_a_revised_figure_closes_the_former_on_the_day_of_publication(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "home")
    month = date(2026, 7, 1)
    ((before, known_from, is_estimated, _),) = _held(settings, month)
    path = _file(tmp_path, [("2026-07-01", str(before + 7)), ("2026-08-01", "9000")])
    fetch_file(settings, "usbp_monthly", path, date(2026, 9, 15), NOW)
    assert _held(settings, month) == [
        (before, known_from, is_estimated, date(2026, 9, 15)),
        (before + 7, date(2026, 9, 15), False, None),
    ]


def test_without_a_day_the_rule_of_the_source_dates_it(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "home")
    fetch_file(settings, "usbp_monthly", _file(tmp_path, [("2026-08-01", "9000")]), None, NOW)
    assert _held(settings, date(2026, 8, 1)) == [(9000, date(2026, 8, 31) + timedelta(days=20), True, None)]


def test_the_same_bytes_again_change_nothing(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "home")
    path = _file(tmp_path, [("2026-08-01", "9000")])
    first, _ = fetch_file(settings, "usbp_monthly", path, date(2026, 9, 15), NOW)
    before = ingest_statistics(settings, TABLE, ["usbp_monthly"])
    second, _ = fetch_file(settings, "usbp_monthly", path, date(2026, 9, 20), NOW + timedelta(days=1))
    after = ingest_statistics(settings, TABLE, ["usbp_monthly"])
    assert second == first
    assert after.frame.equals(before.frame)
    assert after.snapshots.equals(before.snapshots)


def test_rejected_rows_go_to_quarantine_with_their_reason_and_the_rest_go_on(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "home")
    months = [f"{year}-{month:02d}-01" for year in (2024, 2025) for month in range(1, 13)]
    path = _file(tmp_path, [*[(month, "8000") for month in months], ("2026-01-01", "eight thousand")])
    landed, _ = fetch_file(settings, "usbp_monthly", path, date(2026, 9, 15), NOW)
    found = ingest_statistics(settings, TABLE, ["usbp_monthly"])
    (row,) = found.rejections.filter(pl.col("snapshot_id") == landed.snapshot_id).rows(named=True)
    assert (row["row_number"], row["rule"]) == (25, "count is no whole number")
    assert "eight thousand" in row["row"]
    counts = found.snapshots.filter(pl.col("snapshot_id") == landed.snapshot_id)
    assert counts.select("rows_in", "rows_accepted", "rows_rejected").row(0) == (25, 24, 1)
    assert 8000 in [encounters for encounters, *_ in _held(settings, date(2024, 5, 1))]


def test_a_source_with_too_many_bad_rows_is_stopped_and_keeps_its_last_good_data(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "home")
    before = ingest_statistics(settings, TABLE, ["usbp_monthly"])
    path = _file(tmp_path, [("2026-06-01", "8000"), ("2026-07-01", "n/a"), ("2026-08-01", "?")])
    with pytest.raises(SourceError, match="2 of 3 rows are rejected"):
        fetch_file(settings, "usbp_monthly", path, None, NOW)
    land(settings, "usbp_monthly", path.name, path.read_bytes(), NOW, origin="publisher")  # as a connector would
    after = ingest_statistics(settings, TABLE, ["usbp_monthly"])
    assert after.frame.equals(before.frame)
    (row,) = after.snapshots.filter(pl.col("stopped_because").is_not_null()).rows(named=True)
    assert "2 of 3 rows are rejected, more than 5%" in row["stopped_because"]
    assert (row["rows_in"], row["rows_accepted"], row["rows_rejected"], row["rows_stored"]) == (3, 1, 2, 0)


def test_a_payload_that_cannot_be_read_is_recorded_and_stops_nothing_else(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "home")
    before = ingest_statistics(settings, TABLE, ["usbp_monthly"])
    land(settings, "usbp_monthly", "page.csv", b"<html>Access denied</html>", NOW, origin="publisher")
    after = ingest_statistics(settings, TABLE, ["usbp_monthly"])
    assert after.frame.equals(before.frame)
    assert after.snapshots["stopped_because"].drop_nulls().len() == 1


def test_a_payload_whose_sidecar_was_never_written_is_not_read(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "home")
    (settings.raw / "usbp_monthly" / "0123456789ab-half.csv").write_bytes(b"month_sta")
    assert "half.csv" not in {item.name for item in snapshots(settings, "usbp_monthly")}


@pytest.mark.parametrize(
    ("day", "says"), [(date(2027, 1, 1), "cannot be published on"), (date(2020, 1, 1), "cannot be published on")]
)
def test_a_day_of_publication_that_cannot_be_is_refused(tmp_path: Path, day: date, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        fetch_file(_settings(tmp_path / "home"), "usbp_monthly", _file(tmp_path, [("2026-08-01", "1")]), day, NOW)


def test_a_source_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownKeyError, match="usbp_monthly"):
        fetch_file(_settings(tmp_path / "home"), "usbp", _file(tmp_path, [("2026-08-01", "1")]), None, NOW)


def test_the_command_says_what_became_of_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DYADWATCH_HOME", str(tmp_path / "home"))
    path = _file(tmp_path, [("2026-08-01", "9000")])
    assert main(["fetch", "usbp_monthly", "--file", str(path), "--published", "2026-09-15"]) == 0
    assert "1 rows read, 1 accepted, 0 rejected; published on 2026-09-15" in capsys.readouterr().err
    assert main(["fetch", "usbp_monthly", "--file", str(tmp_path / "none.csv")]) == 1
    assert "cannot be read" in capsys.readouterr().err
