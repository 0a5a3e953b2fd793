"""Decayed stocks: the same as adding every event faded by its age, at every month's end."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.indices.stocks import dyad_days, expanding_percentile, month_end_stocks

MONTHS = pl.date_range(date(2020, 1, 1), date(2021, 6, 1), "1mo", eager=True).alias("month")
EVENTS = st.lists(
    st.tuples(st.sampled_from(["A-B", "B-A"]), st.integers(0, 500), st.floats(0, 50)), min_size=1, max_size=40
)


def _frame(events: list[tuple[str, int, float]]) -> pl.LazyFrame:
    rows = [(dyad, date(2020, 1, 1) + timedelta(days=age), value) for dyad, age, value in events]
    return pl.LazyFrame(rows, schema={"dyad_id": pl.String, "day": pl.Date, "value": pl.Float64}, orient="row")


@settings(max_examples=50, deadline=None)
@given(events=EVENTS, half_life=st.sampled_from([7.0, 30.0, 90.0]))
def test_the_stock_is_the_sum_of_faded_events(events: list[tuple[str, int, float]], half_life: float) -> None:
    frame = _frame(events)
    found = month_end_stocks(dyad_days(frame), MONTHS, half_life).collect()
    for dyad, month, stock in found.iter_rows():
        end = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        ages = [(end - date(2020, 1, 1)).days - age for name, age, _ in events if name == dyad]
        values = [value for name, _, value in events if name == dyad]
        expected = sum(value * 2 ** (-age / half_life) for age, value in zip(ages, values, strict=True) if age >= 0)
        assert stock == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert found.select("dyad_id", "month").is_unique().all()


def test_no_month_before_the_first_event_has_a_stock() -> None:
    found = month_end_stocks(dyad_days(_frame([("A-B", 100, 1.0)])), MONTHS, 30.0).collect()
    assert found["month"].min() == date(2020, 4, 1)


def test_the_percentile_looks_back_only() -> None:
    stocks = pl.LazyFrame({"dyad_id": ["A-B"] * 4, "month": MONTHS.head(4), "stock": [1.0, 3.0, 2.0, 3.0]})
    assert expanding_percentile(stocks).collect()["percentile"].to_list() == pytest.approx([100, 100, 200 / 3, 87.5])
