"""Decayed stocks of event streams by dyad: what is outstanding at each month's end, and its rank among the months so far.

For many dyads and sparse events: days without events are never made. The stock at a month's end is the stock after the
last event before it, S, faded by the days between: S 2^(-days / half-life).
"""

from datetime import timedelta

import polars as pl

DAYS = 2**20
"""More days than a date can count from 1970: a dyad's number and a day make one number, which sorts and joins faster."""


def dyad_days(events: pl.LazyFrame) -> pl.LazyFrame:
    """Return the sum of values by dyad and day, sorted; columns dyad_id, day, value."""
    numbers = _numbers(events)
    return (
        events.join(numbers, on="dyad_id", how="inner")
        .group_by(_place("day").alias("place"))
        .agg(pl.col("value").sum())
        .sort("place")
        .with_columns(
            (pl.col("place") // DAYS).cast(pl.UInt32).alias("number"),
            (pl.col("place") % DAYS).cast(pl.Int32).cast(pl.Date).alias("day"),
        )
        .join(numbers, on="number", how="left", maintain_order="left")
        .select("dyad_id", "day", "value")
    )


def month_end_stocks(days: pl.LazyFrame, months: pl.Series, half_life_days: float) -> pl.LazyFrame:
    """Return the decayed stock of each dyad at each month's end from its first event on.

    Args:
        days: As `dyad_days` returns them.
        months: First days of months, ordered, from 1970 on.
        half_life_days: Days after which an event weighs one half.

    Returns:
        Columns dyad_id, month, stock, sorted.
    """
    numbers = _numbers(days)
    stocks = (
        days.with_columns(
            # unstable in polars, so wrapped here once and held to an outside oracle by a test
            pl.col("value").ewm_sum_by("day", half_life=timedelta(days=half_life_days)).over("dyad_id").alias("stock")
        )
        .join(numbers, on="dyad_id", how="inner", maintain_order="left")
        .select(_place("day").alias("place"), "day", "stock")
        .set_sorted("place")
    )
    ends = pl.LazyFrame({"month": months}).with_columns(pl.col("month").dt.month_end().alias("end"))
    first = days.group_by("dyad_id").agg(pl.col("day").min().alias("first_day"))
    grid = (
        first.join(numbers, on="dyad_id", how="inner")
        .sort("number")
        .join(ends, how="cross", maintain_order="left_right")
        .filter(pl.col("first_day") <= pl.col("end"))
        .with_columns(_place("end").alias("place"))
        .set_sorted("place")
    )
    faded = pl.lit(2.0).pow(-(pl.col("end") - pl.col("day")).dt.total_days() * (1.0 / half_life_days))
    # The last event up to a month's end is of the same dyad: months before a dyad's first event are not in the grid.
    return grid.join_asof(stocks, on="place", strategy="backward").select(
        "dyad_id", "month", (pl.col("stock") * faded).alias("stock")
    )


def _numbers(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Return dyad_id and its number, in the order of the ids."""
    return frame.select("dyad_id").unique().sort("dyad_id").with_row_index("number")


def _place(day: str) -> pl.Expr:
    return pl.col("number").cast(pl.Int64) * DAYS + pl.col(day).cast(pl.Int32)


def expanding_percentile(stocks: pl.LazyFrame) -> pl.LazyFrame:
    """Return the stocks with `percentile`: the rank of each month among those of its dyad up to it, average ties, 0-100."""
    ranked = pl.col("stock").rolling_rank(window_size=10**6, min_samples=1)
    return stocks.with_columns((100 * ranked / pl.int_range(1, pl.len() + 1)).over("dyad_id").alias("percentile"))
