"""Enforcement, trade, remittances, rates and yardsticks as observations."""

import io
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from transforms.parsed import Parsed
from transforms.sources import fed, trade, upm, yardsticks
from transforms.sources.reading import MONTHS

DATA = Path(__file__).parents[5] / "shared" / "data"
ECONOMY = DATA / "economy"
needs_shared = pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the shared files in {DATA}")


def figures(parsed: Parsed) -> dict[str, float]:
    """Return values by observation."""
    return dict(parsed.accepted.select("observation_id", "value").rows())


def workbook(frame: pl.DataFrame, sheet: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return a payload that reads as the frame: no writer of workbooks is installed, so the reader is replaced."""

    def read_excel(payload: bytes, *, sheet_name: str, infer_schema_length: int | None) -> pl.DataFrame:
        assert (payload, sheet_name, infer_schema_length) == (b"workbook", sheet, None)
        return frame

    monkeypatch.setattr(pl, "read_excel", read_excel)
    return b"workbook"


def test_migrants_found_are_summed_over_nationalities_also_where_one_stands_twice() -> None:
    parsed = upm.parse_migrants_found(b"t,nat,n\n2024-12,GIN,12.0\n2024-12,GIN,9.0\n2024-12,HND,9.0\n2025-01,HND,x\n")
    assert parsed.accepted.rows() == [
        (
            "mexico_irregular_migrants_found:events_all_nationalities:2024-12-01",
            "mexico_irregular_migrants_found",
            "MEX_USA",
            None,
            "events_all_nationalities",
            date(2024, 12, 1),
            date(2024, 12, 31),
            30.0,
            "events",
            False,
        )
    ]
    assert parsed.rejected["rule"].to_list() == ["count is no whole number"]


def test_returns_have_one_definition_a_kind() -> None:
    payload = (
        b"t,nat,type,n\n2015-01,BLZ,assisted return,1.0\n2015-01,BLZ,deportation,2.0\n2015-01,CAN,deportation,1.0\n"
        b"2015-01,SLV,assisted return of children,4.0\n2015-01,SLV,expulsion,4.0\n"
    )
    parsed = upm.parse_returns(payload)
    assert figures(parsed) == {
        "mexico_returns:assisted_return:2015-01-01": 1.0,
        "mexico_returns:assisted_return_children:2015-01-01": 4.0,
        "mexico_returns:deportation:2015-01-01": 3.0,
    }
    assert parsed.rejected["rule"].to_list() == ["unknown kind of return"]


def test_remittances_of_the_world_name_no_dyad() -> None:
    payload = (
        b"PERIODO,ID_FLUJO,FLUJO,OPERACIONES,VALOR_USD\n2026-05-01,1,Ingresos,9,5611\n2026-05-01,2,Egresos,1,108\n"
    )
    parsed = trade.parse_remittances(payload)
    assert figures(parsed) == {"mexico_remittances_received:all_origins_monthly:2026-05-01": 5611.0}
    assert parsed.accepted.select("pair_id", "dyad_id").rows() == [(None, None)]
    assert parsed.rejected["rule"].to_list() == ["payments, not receipts"]


def test_remittances_from_the_united_states_are_a_dyads_quarter() -> None:
    payload = (
        b"PERIODO,ID_ESTADO,ESTADO,VALOR_USD\n2026-01-01,TX,Texas,30\n2026-01-01,XX,No Identificado,5\n"
        b"2026-02-01,TX,Texas,30\n"
    )
    parsed = trade.parse_remittances_from_usa(payload)
    assert figures(parsed) == {"remittances_from_usa:by_us_state_quarterly:2026-01-01": 35.0}
    assert parsed.accepted.select("dyad_id", "period_end").rows() == [("USA-MEX", date(2026, 3, 31))]
    assert parsed.rejected["rule"].to_list() == ["no quarter"]


def test_months_to_come_are_absent_and_never_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = {f"{flow}{month}": [0.0, 0.0] for flow in "IE" for month in MONTHS}
    columns |= {"IJAN": [36987.5, 9.0], "IFEB": [0.0, 9.0], "IMAR": [12.0, 9.0], "EJAN": [26948.4, 9.0]}
    frame = pl.DataFrame({"year": ["2023", "2023"], "CTY_CODE": ["2010", "0003"], **columns})
    parsed = trade.parse_census_trade(workbook(frame, "country", monkeypatch))
    assert figures(parsed) == {
        "us_goods_exports:census_basis_nsa:2023-01-01": 26948.4,
        "us_goods_imports:census_basis_nsa:2023-01-01": 36987.5,
        "us_goods_imports:census_basis_nsa:2023-02-01": 0.0,
        "us_goods_imports:census_basis_nsa:2023-03-01": 12.0,
    }
    assert set(parsed.accepted.select("indicator_id", "dyad_id").rows()) == {
        ("us_goods_exports", "USA-MEX"),
        ("us_goods_imports", "MEX-USA"),
    }
    assert parsed.rejected.select("row_number", "rule").rows() == [(2, "another partner")]


def test_usmca_share_is_in_percent_and_has_a_part_for_canada() -> None:
    payload = b"month,cty_code,import_value_usd,usmca_claim_value_usd\n2025-01,1220,200,69\n2025-01,2010,400,180\n"
    assert figures(trade.parse_usmca_share(payload)) == {
        "us_imports_usmca_share:claimed_value:2025-01-01": 45.0,
        "us_imports_usmca_share:claimed_value:2025-01-01:CAN-USA": 34.5,
    }


def test_us_effective_tariff_is_of_all_partners() -> None:
    parsed = trade.parse_us_effective_tariff(b"date,customs_duties,imports_value\n2026-02-01,25,200\n2026-03-01,25,0\n")
    assert figures(parsed) == {"us_effective_tariff:duties_over_imports_all_partners:2026-02-01": 12.5}
    assert parsed.accepted.select("pair_id", "dyad_id").rows() == [(None, None)]
    assert parsed.rejected["rule"].to_list() == ["rate is no number"]


@pytest.mark.parametrize("header", ["DATE", "observation_date"])
def test_a_day_without_a_quotation_is_rejected_as_such(header: str) -> None:
    parsed = fed.parse_daily_rates(f"{header},DEXMXUS\n2024-07-03,18.1\n2024-07-04,.\n2024-07-05,\n".encode())
    assert figures(parsed) == {"mxn_per_usd:noon_rate_daily:2024-07-03": 18.1}
    assert parsed.accepted["period_end"].to_list() == [date(2024, 7, 3)]
    assert parsed.rejected["rule"].to_list() == ["no quotation", "no quotation"]


def test_monthly_rates_are_mexicos() -> None:
    parsed = fed.parse_monthly_rates(
        b"Date,Country,Exchange rate\n2026-06-01,Malaysia,4.2\n2026-06-01,Mexico,17.3792\n"
    )
    assert figures(parsed) == {"mxn_per_usd:noon_rate_monthly_mean:2026-06-01": 17.3792}
    assert parsed.rejected["rule"].to_list() == ["another country"]


def test_gpr_months_without_a_figure_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame(
        {
            "month": [date(1984, 12, 1), date(1985, 1, 1)],
            "GPR": [None, 102.5],
            "GPRC_MEX": [None, 0.25],
            "GPRC_USA": [None, None],
        },
        schema_overrides={"GPRC_USA": pl.Float64},
    )
    parsed = yardsticks.parse_gpr(workbook(frame, "Sheet1", monkeypatch))
    assert figures(parsed) == {
        "gpr_mexico:recent_share:1985-01-01": 0.25,
        "gpr_world:recent_index:1985-01-01": 102.5,
    }
    assert parsed.rejected.select("row_number", "rule").rows() == [(1, "no figure")]


def test_a_month_of_daily_figures_that_is_not_whole_is_provisional() -> None:
    may = "".join(f"{day},5,2026,{0 if day == 1 else 30}\n" for day in range(1, 31)) + "31,5,2026,40\n"
    payload = f"day,month,year,daily_tpu_index\n{may}1,6,2026,0.00\n2,6,2026,7\n2,6,2026,9\n31,6,2026,9\n".encode()
    parsed = yardsticks.parse_tpu_daily(payload)
    assert parsed.accepted.select("value", "is_provisional").rows() == [
        (pytest.approx(910 / 31, abs=1e-6), False),
        (3.5, True),
    ]
    assert parsed.rejected["rule"].to_list() == ["duplicate of an earlier row", "no day"]


def test_the_footnote_of_mexicos_uncertainty_index_is_rejected() -> None:
    payload = (
        b",Year,Month,Mexican Policy Uncertainty Index\n284,2019,9.0,57.98\n285,Source: 'Measuring Uncertainty',,\n"
    )
    parsed = yardsticks.parse_epu_mexico(payload)
    assert figures(parsed) == {"epu_mexico:monthly_index:2019-09-01": 57.98}
    assert parsed.rejected["rule"].to_list() == ["no period"]


def test_wui_quarters_are_dated(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame({"year": ["2024q4", "Note"], "MEX": [0.4, 1.0], "USA": [0.3, 1.0]})
    parsed = yardsticks.parse_wui_quarterly(workbook(frame, "T2", monkeypatch))
    assert parsed.accepted.select("indicator_id", "period_start", "period_end", "value").rows() == [
        ("wui_mexico", date(2024, 10, 1), date(2024, 12, 31), 0.4),
        ("wui_usa", date(2024, 10, 1), date(2024, 12, 31), 0.3),
    ]
    assert parsed.rejected["rule"].to_list() == ["no period"]


@needs_shared
def test_census_workbook_agrees_with_its_extract() -> None:
    parsed = trade.parse_census_trade((ECONOMY / "trade/census_country_1985_2023-01.xlsx").read_bytes())
    extract = pl.read_csv(
        io.BytesIO((ECONOMY / "trade/us_mexico_goods_monthly_1985_2023-01_from_census.csv").read_bytes())
    )
    for flow, column in (("us_goods_exports", "exports_musd"), ("us_goods_imports", "imports_musd")):
        values = parsed.accepted.filter(pl.col("indicator_id") == flow)["value"].round(3)
        assert values.to_list() == pytest.approx(extract[column].to_list(), abs=1e-3)


@needs_shared
def test_the_older_gpr_edition_differs_in_twelve_mexican_months() -> None:
    newer, older = (
        yardsticks.parse_gpr((ECONOMY / f"gpr/{name}.xls").read_bytes()).accepted
        for name in ("data_gpr_export", "data_gpr_export_vintage_2026-01")
    )
    both = newer.join(older, on="observation_id", validate="1:1").filter(pl.col("indicator_id") == "gpr_mexico")
    assert both.filter(pl.col("value") != pl.col("value_right")).height == 12


@needs_shared
def test_migrants_found_meet_the_table_by_sex_and_age_but_for_2024() -> None:
    folder = DATA / "migration" / "mexico-inm-upm"
    found = upm.parse_migrants_found((folder / "irreg_mexico_nat.csv").read_bytes()).accepted
    by_age = pl.read_csv(folder / "irreg_mexico_dmg.csv").group_by("t").agg(pl.col("n").sum())
    both = found.with_columns(t=pl.col("period_start").dt.strftime("%Y-%m")).join(by_age, on="t", validate="1:1")
    differing = both.filter(pl.col("value") != pl.col("n"))["period_start"]
    assert (both.height, differing.len(), differing.dt.year().unique().to_list()) == (88, 12, [2024])
