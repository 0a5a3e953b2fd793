"""Alerts: only what its band separates, lasting, and not again at once; each kind by its own rule."""

from datetime import date

import polars as pl
import pytest

from transforms.alerts import ALERTS, alerts, definitions, late_sources, moves, regime_shifts, revisions
from warehouse.query import Warehouse
from warehouse.settings import Settings

MONTHS = pl.date_range(date(2020, 1, 1), date(2022, 12, 1), "1mo", eager=True)
NO_PARTS = pl.DataFrame(
    schema={
        "pair_id": pl.String,
        "month": pl.Date,
        "view": pl.String,
        "item_id": pl.String,
        "contribution": pl.Float64,
    }
)


def _comparisons(bands: dict[date, tuple[float, float]]) -> pl.DataFrame:
    rows = [("A_B", month, low + 1.0, *bands.get(month, (-1.0, 1.0))) for month, low in ((m, 0.0) for m in MONTHS[3:])]
    frame = pl.DataFrame(rows, schema=["pair_id", "month", "change", "lower_05", "upper_95"], orient="row")
    return frame.with_columns(pl.col("month").dt.offset_by("-3mo").alias("against_month"))


@pytest.mark.parametrize(
    ("bands", "told"),
    [
        ({date(2021, 1, 1): (2.0, 9.0)}, []),  # one month alone
        ({date(2021, 1, 1): (2.0, 9.0), date(2021, 2, 1): (2.0, 9.0)}, [("rise", date(2021, 2, 1))]),
        ({date(2021, 1, 1): (0.5, 9.0), date(2021, 2, 1): (0.5, 9.0)}, []),  # apart from zero, by too little
        ({date(2021, 1, 1): (-9.0, -2.0), date(2021, 2, 1): (-9.0, -2.0)}, [("fall", date(2021, 2, 1))]),
        ({date(2021, 1, 1): (2.0, 9.0), date(2021, 2, 1): (-9.0, -2.0)}, []),  # one each way
        (
            {month: (2.0, 9.0) for month in MONTHS[12:24]},
            [("rise", date(2021, 2, 1)), ("rise", date(2021, 9, 1))],  # again after the cool-down only
        ),
    ],
)
def test_a_move_is_apart_from_zero_and_lasts(
    bands: dict[date, tuple[float, float]], told: list[tuple[str, date]]
) -> None:
    found = moves({"out_pair__comparisons": _comparisons(bands), "out_pair__contributions": NO_PARTS})
    assert found.select("kind", "month").rows() == told


def test_a_move_names_the_items_behind_it_weightiest_first() -> None:
    last, before = date(2021, 2, 1), date(2020, 11, 1)
    parts = pl.DataFrame(
        [
            ("A_B", before, "latest", "old", 5.0),
            ("A_B", last, "latest", "old", 5.5),
            ("A_B", last, "latest", "new", 3.0),
            ("A_B", before, "latest", "gone", 1.0),
            ("A_B", last, "real_time", "other_view", 9.0),
        ],
        schema=NO_PARTS.schema,
        orient="row",
    )
    bands = {date(2021, 1, 1): (2.0, 9.0), last: (2.0, 9.0)}
    found = moves({"out_pair__comparisons": _comparisons(bands), "out_pair__contributions": parts})
    assert found["item_ids"].to_list() == ["new old"]


def test_a_revision_is_told_where_it_is_larger_than_nearly_all_before() -> None:
    then = pl.DataFrame({"month": MONTHS, "tension_index": [10.0] * 36, "view": "real_time"})
    now = then.with_columns(
        pl.when(pl.col("month") == date(2022, 6, 1)).then(14.0).otherwise(10.1).alias("tension_index"),
        pl.lit("latest").alias("view"),
    )
    both = pl.concat([then, now.select(then.columns)]).with_columns(pl.lit("A_B").alias("pair_id"))
    found = revisions({"out_pair__monthly_tension": both})
    assert found.select("month", "detail").rows() == [(date(2022, 6, 1), "read 10.0 at the time, 14.0 now")]


def test_the_first_regime_is_no_shift() -> None:
    table = pl.DataFrame(
        {
            "pair_id": ["A_B"] * 2,
            "regime": [1, 2],
            "starts_on": [date(2020, 1, 1), date(2021, 5, 1)],
            "starts_high": [date(2020, 1, 1), date(2021, 7, 1)],
            "level": [10.0, 30.0],
        }
    )
    found = regime_shifts({"out_pair__regimes": table})
    assert found.select("month", "raised_on").rows() == [(date(2021, 5, 1), date(2021, 7, 31))]


def test_a_definition_is_told_where_it_follows_another_not_where_both_run() -> None:
    table = pl.DataFrame(
        {
            "pair_id": ["A_B"] * 4,
            "indicator_id": ["x", "x", "y", "y"],
            "definition_id": ["old", "new", "one", "other"],
            "period_start": [date(2020, 1, 1), date(2021, 1, 1), date(2020, 1, 1), date(2020, 1, 1)],
            "known_to": [None] * 4,
        },
        schema_overrides={"known_to": pl.Date},
    )
    found = definitions({"core_indicator__observations": table})
    assert found.select("item_ids", "detail").rows() == [("x", "from old to new")]


def test_a_source_is_late_on_the_latest_day_known_and_only_for_its_pairs() -> None:
    fresh = pl.DataFrame(
        {
            "source_id": ["late", "punctual", "irregular"],
            "last_period": [date(2021, 1, 31)] * 3,
            "last_known_from": [date(2021, 2, 10), date(2021, 6, 1), date(2021, 2, 1)],
            "expected_by": [date(2021, 3, 10), date(2021, 7, 1), None],
        }
    )
    feeds = pl.DataFrame({"pair_id": ["A_B", "A_C"], "source_id": ["late", "punctual"]})
    found = late_sources({"meta_freshness": fresh}, feeds)
    assert found.select("pair_id", "item_ids", "raised_on").rows() == [("A_B", "late", date(2021, 3, 11))]


def test_the_bundled_figures_raise_the_crisis_of_2025(published: Settings) -> None:
    told = Warehouse(published.link).frame("FROM out_pair__alerts WHERE pair_id = 'MEX_USA' AND month >= '2024-11-01'")
    rise = told.filter(pl.col("kind") == "rise")
    assert rise["month"].to_list() == [date(2025, 2, 1)]
    assert rise["item_ids"].item().split()[0] == "usa_ieepa_mexico_2025"
    assert set(ALERTS.names()) <= set(told.columns)


def test_no_rows_raise_nothing() -> None:
    names = ("out_pair__comparisons", "out_pair__monthly_tension", "out_pair__contributions", "out_pair__regimes")
    from warehouse.contracts.tables import contract

    tables = {
        name: contract(name).create_empty() for name in (*names, "meta_freshness", "core_indicator__observations")
    }
    assert alerts(tables, pl.DataFrame(schema={"pair_id": pl.String, "source_id": pl.String})).is_empty()
