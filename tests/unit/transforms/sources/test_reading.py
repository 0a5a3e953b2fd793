"""Text to months, counts and labels."""

from datetime import date

import polars as pl
import pytest

from transforms.sources.reading import as_read, day_of, fiscal_month, read_sheet, read_text, sift, whole, year_of
from warehouse.errors import SourceError


@pytest.mark.parametrize(
    ("year", "month", "expected"),
    [
        pytest.param("2025", "OCT", date(2024, 10, 1), id="October opens the fiscal year"),
        pytest.param("2025", "DEC", date(2024, 12, 1), id="December is of the year before"),
        pytest.param("2025", "JAN", date(2025, 1, 1), id="January is of the year itself"),
        pytest.param("2026 (FYTD)", "SEP", date(2026, 9, 1), id="an open year is marked"),
        pytest.param("FY26", "SEP", None, id="no year"),
        pytest.param("2026", "SEPT", None, id="no month"),
    ],
)
def test_fiscal_month_is_a_calendar_month(year: str, month: str, expected: date | None) -> None:
    frame = pl.DataFrame({"year": [year], "month": [month]})
    assert frame.select(fiscal_month("year", "month")).item() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("8.0", 8), ("12", 12), ("0", 0), ("8.5", None), ("-1", None), ("", None), ("nan", None), ("1,200", None)],
)
def test_a_count_is_a_whole_number_or_null(text: str, expected: int | None) -> None:
    assert pl.DataFrame({"n": [text]}).select(whole("n")).item() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2024-02-29", date(2024, 2, 29)), ("2024-02", date(2024, 2, 1)), ("2024-13", None), ("Feb 2024", None)],
)
def test_a_date_or_a_month_is_read(text: str, expected: date | None) -> None:
    assert pl.DataFrame({"t": [text]}).select(day_of("t")).item() == expected


def test_a_rejected_row_is_shown_as_it_was_read() -> None:
    read = pl.DataFrame({"n": ["1", "x"]})
    good, rejected = sift(read, [whole("n").alias("count")], [("no count", pl.col("count").is_not_null())])
    assert good.rows() == [("1", 1)]
    assert rejected.rows() == [(2, "no count", '{"n":"x"}')]
    assert as_read(rejected, read).equals(rejected)


def test_a_missing_column_is_an_error_that_names_it() -> None:
    with pytest.raises(SourceError, match="'n'"):
        read_text("upm_enforcement", b"t,nat\n2024-01,HND\n", ["t", "nat", "n"])


@pytest.mark.parametrize("payload", [b"", b"a\xff\n\xfe\n"], ids=["empty", "not UTF-8"])
def test_a_payload_that_is_no_text_is_an_error(payload: bytes) -> None:
    with pytest.raises(SourceError):
        read_text("upm_enforcement", payload, ["t"])


def test_a_payload_that_is_no_workbook_is_an_error() -> None:
    with pytest.raises(SourceError, match="Sheet1"):
        read_sheet("gpr", b"<html>busy</html>", "Sheet1", ["month"])


@pytest.mark.parametrize(
    ("text", "year"), [("2026", 2026), ("2026.0", 2026), ("300000", None), ("26", None), ("9e18", None)]
)
def test_a_year_has_four_digits(text: str, year: int | None) -> None:
    assert pl.DataFrame({"y": [text]}).select(year_of("y")).item() == year


def test_a_count_beyond_what_a_float_holds_is_none() -> None:
    assert pl.DataFrame({"n": ["9" * 30]}).select(whole("n")).item() is None


def test_heads_that_differ_in_spaces_only_are_an_error() -> None:
    with pytest.raises(SourceError, match="not a delimited file"):
        read_text("upm_enforcement", b"t,t \n1,2\n", ["t"])
