"""The status says which build is current and how late each source is on a day."""

import io
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from orchestration.cli import main
from orchestration.status import status
from warehouse.query import Warehouse
from warehouse.settings import Settings


def test_the_build_comes_first_and_every_source_after_it(published: Settings) -> None:
    warehouse = Warehouse(published.link)
    found = status(warehouse, date(2026, 11, 24))
    about = warehouse.build()
    assert found.row(0, named=True)["id"] == about["build_id"]
    assert found.row(0, named=True)["content_hash"] == about["content_hash"]
    assert found["what"].to_list() == ["build", *["source"] * (found.height - 1)]
    assert set(found["id"][1:]) == set(warehouse.frame("FROM meta_freshness")["source_id"])


def test_a_source_is_late_from_the_day_after_it_was_due(published: Settings) -> None:
    warehouse = Warehouse(published.link)
    due = warehouse.frame("FROM meta_freshness WHERE source_id = 'usbp_monthly'")["expected_by"].item()
    late = [
        status(warehouse, due + timedelta(days=days)).filter(pl.col("id") == "usbp_monthly")["late_days"].item()
        for days in (-1, 0, 1, 30)
    ]
    assert late == [None, None, 1, 30]


def test_the_command_writes_the_table_and_fails_without_a_build(
    published: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("DYADWATCH_HOME", str(published.home))
    for form, read in (("csv", pl.read_csv), ("json", pl.read_json), ("parquet", pl.read_parquet)):
        assert main(["status", "--format", form]) == 0
        assert read(io.BytesIO(capsysbinary.readouterr().out))["what"][0] == "build"
    monkeypatch.setenv("DYADWATCH_HOME", str(tmp_path))
    assert main(["status"]) == 1
    assert b"dyadwatch build" in capsysbinary.readouterr().err
