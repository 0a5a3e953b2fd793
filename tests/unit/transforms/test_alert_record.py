"""The record counts alerts by kind and holds moves against the listed episodes, beside chance."""

from datetime import date

import polars as pl
import pytest

from transforms.alert_record import RECORD, alert_record
from warehouse.catalog.registry import load_validation
from warehouse.contracts.outputs import PairAlerts

VALIDATION = load_validation()
ALERTS = pl.Schema({"pair_id": pl.String, "kind": pl.String, "raised_on": pl.Date})


def record(rows: list[tuple[str, str, date]], pair: str = "MEX_USA") -> pl.DataFrame:
    """Return the record over the ten years 2009 to 2018, in which four of the six episodes lie."""
    months = pl.date_range(date(2009, 1, 1), date(2018, 12, 1), "1mo", eager=True)
    axis = pl.DataFrame({"month": months}).with_columns(pl.lit(pair).alias("pair_id"))
    return alert_record(pl.DataFrame(rows, schema=ALERTS, orient="row"), axis, VALIDATION)


def whole(found: pl.DataFrame, kind: str) -> dict[str, object]:
    return found.filter(pl.col("kind") == kind, pl.col("episode").is_null()).row(0, named=True)


def test_every_kind_of_the_contract_has_a_row() -> None:
    kinds = (PairAlerts.kind.metadata or {})["values"]
    assert record([]).filter(pl.col("episode").is_null())["kind"].to_list() == kinds
    assert record([]).schema == RECORD


def test_numbers_a_year_are_of_the_ledgers_months() -> None:
    row = whole(
        record([("MEX_USA", "revision", date(2010, 5, 31)), ("MEX_USA", "revision", date(2011, 5, 31))]), "revision"
    )
    assert (row["number"], row["per_year"], row["found"], row["chance"]) == (2, 0.2, None, None)
    assert whole(record([("MEX_USA", "data_incident", date(2018, 5, 1))]), "data_incident")["per_year"] is None


@pytest.mark.parametrize(
    ("day", "is_found"),
    [
        (date(2011, 2, 28), 0.0),
        (date(2011, 3, 31), 1.0),
        (date(2011, 5, 31), 1.0),  # two months after the window of one month
        (date(2011, 6, 30), 0.0),
    ],
)
def test_a_rise_counts_within_an_episode_and_two_months_after(day: date, is_found: float) -> None:
    found = record([("MEX_USA", "rise", day)])
    ambassador = found.filter(pl.col("kind") == "rise", pl.col("episode") == "ambassador").row(0, named=True)
    assert ambassador["found"] == is_found
    assert ambassador["chance"] == 0.025  # 3 of 120 shifts put the one alert into its three months
    assert whole(found, "rise")["found"] == round(is_found / 4, 3)
    assert whole(found, "rise")["chance"] == round((4 + 3 + 5 + 5) / 4 / 120, 3)


def test_chance_of_alerts_in_every_month_is_certainty() -> None:
    days = pl.date_range(date(2009, 1, 1), date(2018, 12, 1), "1mo", eager=True)
    row = whole(record([("MEX_USA", "fall", day) for day in days]), "fall")
    assert (row["found"], row["chance"]) == (1.0, 1.0)


def test_another_pair_is_counted_and_not_judged() -> None:
    found = record([("A_B", "rise", date(2011, 3, 31)), ("MEX_USA", "rise", date(2011, 3, 31))], pair="A_B")
    assert found["episode"].drop_nulls().to_list() == []
    assert (whole(found, "rise")["number"], whole(found, "rise")["found"]) == (1, None)
