"""CBP's encounters and drug seizures."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from transforms.sources.cbp import parse_drug_seizures, parse_sbo_encounters, parse_state_encounters
from warehouse.errors import SourceError

MIGRATION = Path(__file__).parents[5] / "shared" / "data" / "migration"
needs_shared = pytest.mark.skipif(not MIGRATION.is_dir(), reason=f"needs the shared files in {MIGRATION}")

SBO = (
    "wFiscal Year,Month Grouping,Month (abbv),Component,Demographic,Citizenship Grouping,"
    "Title of Authority,Encounter Type,Encounter Count\n"
)
STATE = (
    "Fiscal Year,Month Grouping,Month (abbv),Land Border Region,State,Demographic,Citizenship,"
    "Title of Authority,Encounter Count\n"
)
DRUGS = "FY,Month (abbv),Component,Region,Land Filter,Area of Responsibility,Drug Type,Count of Event,Sum Qty (lbs)\n"


def test_sbo_rows_are_labelled_dated_and_summed_over_encounter_types() -> None:
    rows = (
        "2019,FYTD,DEC,U.S. Border Patrol,FMUA,Honduras,Title 8,Apprehensions,9584.0\n"
        "2020,FYTD,APR,Office of Field Operations,UC / Single Minors,Mexico,Title 42,Expulsions,8.0\n"
        "2020,FYTD,APR,Office of Field Operations,UC / Single Minors,Mexico,Title 42,Inadmissibles,3.0\n"
    )
    parsed = parse_sbo_encounters((SBO + rows).encode())
    assert parsed.accepted.rows() == [
        (date(2018, 12, 1), "border_patrol", "family_unit", "HND", "title_8", 9584),
        (date(2020, 4, 1), "field_operations", "unaccompanied_child", "MEX", "title_42", 11),
    ]
    assert (parsed.rows_in, parsed.rows_accepted) == (3, 3)


@pytest.mark.parametrize("child", ["UC / Single Minors", "UAC"])
def test_both_labels_of_unaccompanied_children_are_one(child: str) -> None:
    row = f"2026 (FYTD),FYTD,NOV,U.S. Border Patrol,{child},Other,Title 8,Apprehensions,12\n"
    parsed = parse_sbo_encounters((SBO.removeprefix("w") + row).encode())
    assert parsed.accepted.rows() == [
        (date(2025, 11, 1), "border_patrol", "unaccompanied_child", "OTHER", "title_8", 12)
    ]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("2019,FYTD,TOT,U.S. Border Patrol,FMUA,Mexico,Title 8,Apprehensions,1", "no month of a fiscal year"),
        ("2019,FYTD,DEC,Coast Guard,FMUA,Mexico,Title 8,Apprehensions,1", "unknown component"),
        ("2019,FYTD,DEC,U.S. Border Patrol,Adults,Mexico,Title 8,Apprehensions,1", "unknown demographic"),
        ("2019,FYTD,DEC,U.S. Border Patrol,FMUA,Cuba,Title 8,Apprehensions,1", "unknown citizenship_group"),
        ("2019,FYTD,DEC,U.S. Border Patrol,FMUA,Mexico,Title 50,Apprehensions,1", "unknown authority"),
        ("2019,FYTD,DEC,U.S. Border Patrol,FMUA,Mexico,Title 8,Apprehensions,", "count is no whole number"),
        ("2019,FYTD,DEC,U.S. Border Patrol,FMUA,Mexico,Title 8,Apprehensions,1.5", "count is no whole number"),
    ],
)
def test_an_unusable_row_is_rejected_with_its_reason(row: str, rule: str) -> None:
    parsed = parse_sbo_encounters(f"{SBO}{row}\n".encode())
    assert parsed.accepted.is_empty()
    assert parsed.rejected.select("row_number", "rule").rows() == [(1, rule)]


def test_a_repeated_row_is_not_counted_twice() -> None:
    row = "2019,FYTD,DEC,U.S. Border Patrol,FMUA,Mexico,Title 8,Apprehensions,7\n"
    parsed = parse_sbo_encounters((SBO + row + row).encode())
    assert parsed.accepted["encounters"].to_list() == [7]
    assert parsed.rejected["rule"].to_list() == ["duplicate of an earlier row"]


def test_state_rows_carry_iso_codes_and_quoted_names_are_read() -> None:
    rows = (
        '2025,FYTD,OCT,Southwest Land Border,TX,Single Adults,"CHINA, PEOPLES REPUBLIC OF",Title 8,4\n'
        "2025,FYTD,JAN,Other,GU,Accompanied Minors,MYANMAR (BURMA),Title 8,1\n"
        "2025,FYTD,JAN,Northern Land Border,AK,FMUA,OTHER,Title 8,2\n"
        "2025,FYTD,JAN,Northern Land Border,AK,FMUA,ATLANTIS,Title 8,2\n"
    )
    parsed = parse_state_encounters((STATE + rows).encode())
    assert parsed.accepted.rows() == [
        (date(2024, 10, 1), "southwest_land", "TX", "single_adults", "CHN", "title_8", 4),
        (date(2025, 1, 1), "northern_land", "AK", "family_unit", "OTHER", "title_8", 2),
        (date(2025, 1, 1), "other", "GU", "accompanied_minor", "MMR", "title_8", 1),
    ]
    assert parsed.rejected["rule"].to_list() == ["unknown citizenship"]


def test_drug_weights_are_summed_over_areas_of_responsibility() -> None:
    rows = (
        "2026 (FYTD),NOV,U.S. Border Patrol,Southwest Border,Land Only,YUMA SECTOR,Fentanyl,1,0.25\n"
        "2026 (FYTD),NOV,U.S. Border Patrol,Southwest Border,Land Only,TUCSON SECTOR,Fentanyl,2,1.5\n"
        "2026 (FYTD),NOV,U.S. Border Patrol,Southwest Border,Land Only,TUCSON SECTOR,Other Drugs**,2,-1\n"
    )
    parsed = parse_drug_seizures((DRUGS + rows).encode())
    assert parsed.accepted.rows() == [
        (date(2025, 11, 1), "border_patrol", "Southwest Border", "Land Only", "Fentanyl", 3, 1.75)
    ]
    assert parsed.rejected["rule"].to_list() == ["weight is no number of pounds"]


def test_files_of_air_and_marine_operations_are_refused() -> None:
    with pytest.raises(SourceError, match="Area of Responsibility"):
        parse_drug_seizures(DRUGS.replace("Area of Responsibility", "Branch").encode())


def fiscal_year() -> pl.Expr:
    """Return the federal fiscal year of the month."""
    return pl.col("month").dt.offset_by("3mo").dt.year()


@needs_shared
def test_south_west_totals_are_cbps_own() -> None:
    files = ["fy19-fy22", "fy21-fy24-oct", "fy22-fy25-aug"]
    frames = [
        parse_sbo_encounters((MIGRATION / f"cbp-encounters/sbo-encounters-{name}.csv").read_bytes()).accepted
        for name in files
    ]
    editions = pl.concat([frame.with_columns(edition=pl.lit(order)) for order, frame in enumerate(frames)])
    newest = editions.filter(pl.col("edition") == pl.col("edition").max().over("month"))
    totals = dict(newest.group_by(fiscal_year().alias("year")).agg(pl.col("encounters").sum()).rows())
    assert {year: totals[year] for year in range(2019, 2025)} == {
        2019: 977_509,
        2020: 458_088,
        2021: 1_734_686,
        2022: 2_378_944,
        2023: 2_475_669,
        2024: 2_135_005,
    }


@needs_shared
@pytest.mark.parametrize("edition", ["fy22-fy25", "fy23-fy26-nov"])
def test_south_west_total_of_the_state_files_in_fiscal_2025(edition: str) -> None:
    payload = (MIGRATION / f"cbp-encounters/nationwide-encounters-{edition}-state.csv").read_bytes()
    south_west = parse_state_encounters(payload).accepted.filter(
        pl.col("border_region") == "southwest_land", fiscal_year() == 2025
    )
    assert south_west["encounters"].sum() == 443_671


@needs_shared
def test_fentanyl_weights_are_cbps_own() -> None:
    payload = (MIGRATION / "cbp-drugs/nationwide-drugs-fy23-fy26-apr.csv").read_bytes()
    fentanyl = parse_drug_seizures(payload).accepted.filter(pl.col("drug") == "Fentanyl")
    totals = dict(fentanyl.group_by(fiscal_year().alias("year")).agg(pl.col("quantity_lbs").sum()).rows())
    assert totals[2023] == pytest.approx(27_022.85, abs=0.01)
    assert totals[2024] == pytest.approx(21_889.21, abs=0.01)
