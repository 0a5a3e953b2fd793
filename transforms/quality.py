"""What may be wrong with figures that honour their contract: holes in monthly series, sudden jumps, lost coverage."""

import polars as pl

JUMP = 8.0
"""A change is a jump beyond so many times the usual one: the median size of the series' own changes."""
LEAST_CHANGES = 24
"""Changes that a series must have before one of them can be told from the others."""


def gaps(observations: pl.DataFrame) -> pl.DataFrame:
    """Return the months that a monthly series lacks between its first and its last.

    Args:
        observations: As core_indicator__observations.

    Returns:
        Columns indicator_id, definition_id, pair_id, month.
    """
    series = ["indicator_id", "definition_id", "pair_id"]
    monthly = _monthly(observations)
    whole = (
        monthly.group_by(series)
        .agg(pl.date_range(pl.col("period_start").min(), pl.col("period_start").max(), "1mo").alias("period_start"))
        .explode("period_start")
    )
    return (
        whole.join(monthly, on=[*series, "period_start"], how="anti", nulls_equal=True)
        .rename({"period_start": "month"})
        .sort(*series, "month")
    )


def jumps(observations: pl.DataFrame) -> pl.DataFrame:
    """Return the last month of each monthly series whose change is a jump: beyond `JUMP` times the usual one.

    Returns:
        Columns indicator_id, definition_id, pair_id, month, change, usual.
    """
    series = ["indicator_id", "definition_id", "pair_id"]
    changes = (
        _monthly(observations)
        .sort(*series, "period_start")
        .with_columns(pl.col("value").diff().over(series).alias("change"))
        .drop_nulls("change")
    )
    return (
        changes.group_by(series)
        .agg(
            pl.col("period_start").last().alias("month"),
            pl.col("change").last(),
            pl.col("change").abs().median().alias("usual"),
            pl.len().alias("changes"),
        )
        .filter((pl.col("changes") >= LEAST_CHANGES) & (pl.col("change").abs() > JUMP * pl.col("usual")))
        .drop("changes")
        .sort(series)
    )


def _monthly(observations: pl.DataFrame) -> pl.DataFrame:
    is_month = (pl.col("period_start").dt.day() == 1) & (pl.col("period_end") == pl.col("period_start").dt.month_end())
    return observations.filter(pl.col("known_to").is_null() & is_month & pl.col("pair_id").is_not_null())
