"""OHSS's monthly tables: months of fiscal years, blocks of columns, and cells that are no figure."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from transforms.parsed import Parsed
from transforms.sources.ohss import SHEETS, parse_ohss_monthly
from warehouse.errors import SourceError

TABLES = Path(__file__).parents[5] / "shared" / "data" / "migration" / "ohss-monthly"
needs_shared = pytest.mark.skipif(not TABLES.is_dir(), reason=f"needs the workbooks in {TABLES}")
REMOVALS = "DHS Removals by Citizenship"

Row = Sequence[str | None]


def parse(monkeypatch: pytest.MonkeyPatch, sheets: Mapping[str, Sequence[Row]]) -> Parsed:
    """Parse a workbook with these rows by sheet, the other sheets having headings only.

    No writer of workbooks is installed, so the reader is replaced.
    """
    rows = {name: sheets.get(name, headings(name)) for name in SHEETS}
    frames = {name: pl.DataFrame(given, orient="row", infer_schema_length=None) for name, given in rows.items()}

    def read_excel(payload: bytes, *, sheet_name: list[str], has_header: bool, infer_schema_length: int) -> object:
        assert (payload, sheet_name, has_header, infer_schema_length) == (b"workbook", list(SHEETS), False, 0)
        return {name: frame.cast(pl.String) for name, frame in frames.items()}

    monkeypatch.setattr(pl, "read_excel", read_excel)
    return parse_ohss_monthly(b"workbook")


def headings(name: str) -> list[Row]:
    blocks = [None, None, *(column.block for column in SHEETS[name])]
    names = ["Fiscal Year", "Month", *(column.heading for column in SHEETS[name])]
    return [blocks, names] if any(blocks) else [names]


def edition(name: str) -> Parsed:
    return parse_ohss_monthly((TABLES / f"ohss_monthly_tables_through_{name}.xlsx").read_bytes())


def test_months_are_of_the_fiscal_year_above_them_and_totals_and_notes_are_no_months(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsed = parse(
        monkeypatch,
        {
            REMOVALS: [
                ("Removals: Fiscal Years 2023 to 2024 YTD (October 2023)", None, None, None),
                ("Fiscal Year", "Month", "Total", "Mexico"),
                ("2023", "Total", "90", "30"),
                (None, "October", "40", "10"),
                (None, "September", "50", "20"),
                ("2024 YTD", "Total", "60", "0"),
                (None, "October", "60", "0"),
                ("Source: Persist Dataset.", None, None, None),
            ]
        },
    )
    found = parsed.accepted.select("definition_id", "period_start", "period_end", "value", "pair_id").rows()
    assert found == [
        (f"removals_{who}", date(year, month, 1), date(year, month, day), value, "MEX_USA")
        for who, values in (("all_citizenships", (40, 50, 60)), ("mexican_citizens", (10, 20, 0)))
        for (year, month, day), value in zip(((2022, 10, 31), (2023, 9, 30), (2023, 10, 31)), values, strict=True)
    ]
    assert parsed.rejected["rule"].to_list() == 2 * [
        "total of a fiscal year",
        "total of a fiscal year",
        "note below the table",
    ]
    assert (parsed.rows_in, parsed.rows_accepted) == (12, 6)


@pytest.mark.parametrize(
    ("month", "cell", "rule"),
    [
        pytest.param("October", "X", "not applicable (X)", id="not applicable"),
        pytest.param("October", "D", "withheld (D)", id="withheld"),
        pytest.param("October", "-", "value is no whole number", id="unknown mark"),
        pytest.param("October", None, "value is no whole number", id="blank"),
        pytest.param("Autumn", "10", "no month of a fiscal year", id="no month"),
    ],
)
def test_a_cell_that_is_no_figure_is_rejected_with_its_reason_and_is_no_zero(
    month: str, cell: str | None, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [*headings(REMOVALS), ("2024", month, "70", cell)]
    parsed = parse(monkeypatch, {REMOVALS: rows})
    reasons = {
        json.loads(row)["column"]: (json.loads(row)["cell"], reason) for _, reason, row in parsed.rejected.rows()
    }
    assert reasons["Mexico"] == (cell, rule)
    assert "removals_mexican_citizens" not in set(parsed.accepted["definition_id"])


def test_columns_are_found_by_block_and_heading_without_footnotes_and_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = parse(
        monkeypatch,
        {
            "SWB Encounters by Citizenship": [
                (None, None, "Total  CBP1", None, "USBP", None),
                ("Fiscal Year", "Month", "Total2", "Mexico", "Total", "Mexico"),
                ("2024", "May", "40", "30", "20", "10"),
            ],
            "CBP SWB Book-Outs by Citp": [
                (None, None, "Total Encounters", None, "Mexico", None),
                (
                    "Fiscal Year",
                    "Month",
                    "T8 repatriations1",
                    "T42 expulsions2",
                    "T8 repatriations1",
                    "T42 expulsions2",
                ),
                ("2022", "May", "4", "3", "2", "1"),
            ],
        },
    )
    assert dict(parsed.accepted.select("definition_id", "value").rows()) == {
        "southwest_all_citizenships": 40,
        "southwest_mexican_citizens": 30,
        "title_42_southwest_all_citizenships": 3,
        "title_42_southwest_mexican_citizens": 1,
    }


def test_a_month_given_twice_is_kept_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*headings(REMOVALS), ("2024", "May", "70", "20"), ("2024", "May", "80", "20")]
    parsed = parse(monkeypatch, {REMOVALS: rows})
    assert sorted(parsed.accepted["value"]) == [20, 70]
    assert parsed.rejected["rule"].to_list() == 2 * ["duplicate of an earlier row"]


def test_a_citizenship_may_leave_the_list_but_the_total_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    without_mexico = [("Fiscal Year", "Month", "Total", "India"), ("2024", "May", "70", "20")]
    assert parse(monkeypatch, {REMOVALS: without_mexico}).accepted["value"].to_list() == [70]
    without_total = [("Fiscal Year", "Month", "All", "Mexico"), ("2024", "May", "70", "20")]
    with pytest.raises(SourceError, match=r"'DHS Removals by Citizenship' has no columns \['Total'\]"):
        parse(monkeypatch, {REMOVALS: without_total})


def test_another_file_is_refused() -> None:
    with pytest.raises(SourceError, match="sheets cannot be read"):
        parse_ohss_monthly(b"Fiscal Year,Month,Total\n2024,May,70\n")


@needs_shared
@pytest.mark.parametrize(("name", "total"), [("may2024", 69_610), ("aug2024", 69_660)])
def test_repatriations_of_january_2024_are_those_read_by_hand(name: str, total: int) -> None:
    found = edition(name).accepted.filter(definition_id="total_all_citizenships", period_start=date(2024, 1, 1))
    assert found["value"].to_list() == [total]


@needs_shared
@pytest.mark.parametrize("name", ["may2024", "aug2024"])
def test_months_add_up_to_the_workbooks_own_totals_but_for_rounding(name: str) -> None:
    parsed = edition(name)
    label = {(sheet, column.label): column.series.definition_id for sheet in SHEETS for column in SHEETS[sheet]}
    totals = {
        (label[row["sheet"], row["column"]], int(row["fiscal_year"][:4])): float(row["cell"])
        for row in map(json.loads, parsed.rejected.filter(rule="total of a fiscal year")["row"])
        if row["cell"] != "X"
    }
    year = pl.col("period_start").dt.offset_by("3mo").dt.year()
    sums = parsed.accepted.group_by("definition_id", year).agg(pl.col("value").sum(), pl.len()).rows()
    assert {(definition, fiscal) for definition, fiscal, _, _ in sums} == set(totals)
    assert len(totals) > 100
    for definition, fiscal, value, months in sums:
        assert abs(value - totals[definition, fiscal]) <= 5 * (months + 1), (definition, fiscal)


@needs_shared
def test_title_42_is_not_applicable_outside_its_months() -> None:
    parsed = edition("aug2024")
    months = parsed.accepted.filter(definition_id="title_42_southwest_mexican_citizens")["period_start"]
    assert (months.min(), months.max(), len(months)) == (date(2020, 3, 1), date(2023, 5, 1), 39)
    marked = parsed.rejected.filter(rule="not applicable (X)")["row"]
    assert len(marked) == 2 * (10 * 12 + 11 - 39), "of October 2013 to August 2024, all citizenships and Mexico's"
