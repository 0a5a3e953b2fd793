"""US Border Patrol by month and by sector."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from transforms.sources.usbp import SECTORS, parse_usbp_history, parse_usbp_monthly, parse_usbp_sectors

MIGRATION = Path(__file__).parents[5] / "shared" / "data" / "migration"
needs_shared = pytest.mark.skipif(not MIGRATION.is_dir(), reason=f"needs the shared files in {MIGRATION}")
HISTORY = MIGRATION / "usbp-monthly/usbp_monthly_encounters_fy2000-fy2020.csv.gz"


def history(*, total: int, month: str = "10", laredo: str = "6962") -> bytes:
    """Return one month of the history: Laredo and Livermore count, the other sectors are zero."""
    counts = dict.fromkeys(SECTORS, "0") | {"laredo": laredo, "livermore": "716"}
    header = ["month", *SECTORS, "coastal_border", "northern_border", "southwest_border", "monthly_total", "fy", "cy"]
    row = [month, *counts.values(), "716", "0", "6962", str(total), "2000", "1999"]
    return ("|".join(header) + "\n" + "|".join(row) + "\n").encode()


def test_history_is_dated_by_calendar_year() -> None:
    assert parse_usbp_history(history(total=7678)).accepted.rows() == [(date(1999, 10, 1), 7678)]


def test_sectors_carry_their_border() -> None:
    parsed = parse_usbp_sectors(history(total=7678))
    assert parsed.accepted.height == 21
    assert parsed.rows_in == parsed.rows_accepted == 1
    assert parsed.accepted.filter(pl.col("encounters") > 0).rows() == [
        (date(1999, 10, 1), "coastal", "livermore", 716),
        (date(1999, 10, 1), "southwest", "laredo", 6962),
    ]


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        (history(total=7679), "borders do not add up to the month's total"),
        (history(total=7678, laredo="6961"), "sectors do not add up to the southwest border"),
        (history(total=7678, laredo="n/a"), "a count is no whole number"),
        (history(total=7678, month="13"), "no month"),
    ],
)
def test_a_month_that_does_not_add_up_is_rejected(payload: bytes, rule: str) -> None:
    for parsed in (parse_usbp_history(payload), parse_usbp_sectors(payload)):
        assert parsed.accepted.is_empty()
        assert parsed.rejected["rule"].to_list() == [rule]


def test_monthly_file_gives_cbps_own_count() -> None:
    payload = (
        b"fiscal_year,fiscal_month,month_start,encounters_final_count,cbp_usb_encounter_count\n"
        b"2020,10,2019-10-01,36041,36040\n2026,7,2026-07-01,,11298\n2026,8,2026-08-01,5,\n"
    )
    parsed = parse_usbp_monthly(payload)
    assert parsed.accepted.rows() == [(date(2019, 10, 1), 36_040), (date(2026, 7, 1), 11_298)]
    assert parsed.rejected["rule"].to_list() == ["count is no whole number"]


@needs_shared
def test_history_meets_the_annual_list() -> None:
    months = parse_usbp_history(HISTORY.read_bytes()).accepted
    year = pl.col("month").dt.offset_by("3mo").dt.year().alias("year")
    totals = dict(months.group_by(year).agg(pl.col("encounters").sum()).rows())
    assert (totals[2000], totals[2019], totals[2020]) == (1_676_438, 859_501, 405_036)


@needs_shared
def test_sectors_add_up_to_the_months() -> None:
    months = parse_usbp_history(HISTORY.read_bytes()).accepted
    sectors = parse_usbp_sectors(HISTORY.read_bytes()).accepted
    sums = sectors.group_by("month").agg(pl.col("encounters").sum()).sort("month")
    assert sums.equals(months)


@needs_shared
def test_the_two_files_agree_where_they_overlap() -> None:
    later = MIGRATION / "usbp-monthly/usbp_nationwide_monthly_2019-10_2026-07_ddp_cross_reference.csv"
    both = parse_usbp_monthly(later.read_bytes()).accepted.join(
        parse_usbp_history(HISTORY.read_bytes()).accepted, on="month", validate="1:1"
    )
    assert both.height == 12
    assert both["encounters"].equals(both["encounters_right"], check_names=False)
