"""Decayed stocks of event streams by dyad: what is outstanding at each month's end, and its rank among the months so far.

For many dyads and sparse events: days without events are never made. The stock at a month's end is the stock after the
last event before it, S, faded by the days between: S 2^(-days / half-life).
"""

from datetime import timedelta

import polars as pl


def dyad_days(events: pl.LazyFrame) -> pl.LazyFrame:
    """Return the sum of values by dyad and day, sorted; columns dyad_id, day, value."""
    return events.group_by("dyad_id", "day").agg(pl.col("value").sum()).sort("dyad_id", "day")


def month_end_stocks(days: pl.LazyFrame, months: pl.Series, half_life_days: float) -> pl.LazyFrame:
    """Return the decayed stock of each dyad at each month's end from its first event on.

    Args:
        days: As `dyad_days` returns them.
        months: First days of months, ordered.
        half_life_days: Days after which an event weighs one half.

    Returns:
        Columns dyad_id, month, stock, sorted.
    """
    stocks = days.with_columns(
        # unstable in polars, so wrapped here once and held to an outside oracle by a test
        pl.col("value").ewm_sum_by("day", half_life=timedelta(days=half_life_days)).over("dyad_id").alias("stock")
    )
    ends = pl.LazyFrame({"month": months}).with_columns(pl.col("month").dt.month_end().alias("end"))
    first = days.group_by("dyad_id").agg(pl.col("day").min().alias("first_day"))
    grid = first.join(ends, how="cross").filter(pl.col("first_day") <= pl.col("end")).sort("dyad_id", "end")
    faded = pl.lit(2.0).pow(-(pl.col("end") - pl.col("day")).dt.total_days() * (1.0 / half_life_days))
    return (
        grid.join_asof(
            stocks,
            left_on="end",
            right_on="day",
            by="dyad_id",
            strategy="backward",
            check_sortedness=False,
            coalesce=False,
        )
        .select("dyad_id", "month", (pl.col("stock") * faded).alias("stock"))
        .sort("dyad_id", "month")
    )


def expanding_percentile(stocks: pl.LazyFrame) -> pl.LazyFrame:
    """Return the stocks with `percentile`: the rank of each month among those of its dyad up to it, average ties, 0-100."""
    ranked = pl.col("stock").rolling_rank(window_size=10**6, min_samples=1)
    return stocks.with_columns((100 * ranked / pl.int_range(1, pl.len() + 1)).over("dyad_id").alias("percentile"))
