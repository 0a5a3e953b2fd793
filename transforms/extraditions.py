"""Persons surrendered in a calendar year, under each definition: the lowest and the highest published count."""

import polars as pl


def yearly_extraditions(claims: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row a direction, year and definition; only claims of exactly one calendar year, and transfers.

    Transfers under the National Security Law add up within a year and stand apart from treaty extraditions.

    Args:
        claims: Current rows of core_extradition__claims.
    """
    start, end = pl.col("period_start"), pl.col("period_end")
    whole_year = (
        (start.dt.month() == 1)
        & (start.dt.day() == 1)
        & (end.dt.year() == start.dt.year())
        & (end.dt.month() == 12)
        & (end.dt.day() >= 20)
    )
    is_transfer = pl.col("mechanism") == "transfer"
    dated = claims.filter(start.is_not_null() & ~pl.col("is_yearly_average")).with_columns(
        start.dt.year().cast(pl.Int16).alias("year")
    )
    key = ["dyad_id", "year", "definition_id"]
    counts = dated.filter(whole_year & ~is_transfer)
    yearly = counts.group_by(key).agg(
        pl.col("persons").min().alias("persons_low"),
        pl.col("persons").max().alias("persons_high"),
        pl.len().cast(pl.Int64).alias("claims"),
    )
    transfers = (
        dated.filter(is_transfer)
        .group_by(key)
        .agg(
            pl.col("persons").sum().alias("persons_low"),
            pl.col("persons").sum().alias("persons_high"),
            pl.len().cast(pl.Int64).alias("claims"),
        )
    )
    return pl.concat([yearly, transfers]).sort(key)
