"""Holes and jumps; on the bundled figures the known hole in trade is told."""

from datetime import date

import polars as pl

from transforms.quality import gaps, jumps


def _series(values: dict[date, float]) -> pl.DataFrame:
    return pl.DataFrame(
        {"period_start": list(values), "value": list(values.values())},
        schema={"period_start": pl.Date, "value": pl.Float64},
    ).with_columns(
        pl.col("period_start").dt.month_end().alias("period_end"),
        pl.lit("x").alias("indicator_id"),
        pl.lit("d").alias("definition_id"),
        pl.lit("A_B").alias("pair_id"),
        pl.lit(None, dtype=pl.Date).alias("known_to"),
    )


MONTHS = pl.date_range(date(2020, 1, 1), date(2022, 12, 1), "1mo", eager=True).to_list()


def test_a_month_between_the_ends_is_a_gap() -> None:
    values = {month: 1.0 for month in MONTHS if month != date(2021, 5, 1)}
    assert gaps(_series(values))["month"].to_list() == [date(2021, 5, 1)]
    assert gaps(_series({month: 1.0 for month in MONTHS})).is_empty()


def test_a_jump_is_many_times_the_usual_change_in_a_series_long_enough() -> None:
    calm = {month: float(number % 2) for number, month in enumerate(MONTHS)}
    assert jumps(_series(calm)).is_empty()
    wild = {**calm, MONTHS[-1]: 50.0}
    assert jumps(_series(wild)).select("month", "usual").rows() == [(MONTHS[-1], 1.0)]
    assert jumps(_series({month: wild[month] for month in MONTHS[-10:]})).is_empty()
