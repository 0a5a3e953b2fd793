"""From editions of a living file to vintages: each figure with the span of days in which it was what was known.

An edition covers a range of months. Within it a figure that is absent has vanished; outside it nothing is said
(CBP's files are rolling windows of four fiscal years: a year that left the window is not retracted).
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from transforms.parsed import Edition


def vintages(
    editions: Sequence[Edition],
    key: Sequence[str],
    value: Sequence[str],
    *,
    series: Sequence[str] = (),
    period: str = "month",
    period_end: pl.Expr | None = None,
) -> pl.DataFrame:
    """Return one row a figure and vintage, with `known_from` and `known_to`.

    The earliest edition held for a period is dated back to the period's end plus the source's lag, marked estimated,
    where that is before its publication; each later edition opens on its own day. Unchanged values stay one row.

    Args:
        editions: In any order; of the same day the one received later is the later, then the greater snapshot id.
        key: Columns that name a figure, the period among them.
        value: Columns that an edition gives for it.
        series: Columns of the key that name a series, where an edition covers a range of each of its own.
        period: Column with the first day of the figure's period.
        period_end: Last day of the period; by default the end of the month of `period`.

    Returns:
        Columns `key`, `value`, `source_id`, `snapshot_id`, `known_from`, `known_from_is_estimated`, `known_to`,
        `closed_because`.
    """
    last_day = pl.col(period).dt.month_end() if period_end is None else period_end
    known = pl.concat([_stamped(edition, key, value, last_day) for edition in editions], how="vertical")
    spans = known.group_by(
        *series, "opened_on", "snapshot_id", "source_id", "lag", "opening_is_estimated", "received_at"
    ).agg(pl.col(period).min().alias("first_period"), pl.col(period).max().alias("last_period"))
    figures = known.select(key).unique()
    states = (
        (figures.join(spans, on=series) if series else figures.join(spans, how="cross"))
        .filter(pl.col(period).is_between("first_period", "last_period"))
        .join(
            known.select(*key, "snapshot_id", *value, pl.lit(value=True).alias("is_present")),
            on=[*key, "snapshot_id"],
            how="left",
            nulls_equal=True,
        )
        .with_columns(pl.col("is_present").fill_null(value=False))
        .sort(*key, "opened_on", "received_at", "snapshot_id", nulls_last=False)
        .unique([*key, "opened_on"], keep="last", maintain_order=True)
    )
    state = pl.struct("is_present", *value)
    changes = states.filter((state != state.shift(1)).over(key).fill_null(value=True))
    end = last_day + pl.col("lag")
    is_first = pl.col("opened_on") == pl.col("opened_on").min().over(key)
    dated_back = is_first & (end < pl.col("opened_on"))
    return (
        changes.with_columns(
            pl.when(dated_back).then(end).otherwise("opened_on").alias("known_from"),
            (dated_back | pl.col("opening_is_estimated")).alias("known_from_is_estimated"),
        )
        .with_columns(
            pl.col("known_from").shift(-1).over(key, order_by="opened_on").alias("known_to"),
            pl.col("is_present").shift(-1).over(key, order_by="opened_on").alias("is_revised"),
        )
        .with_columns(
            pl.when("is_revised")
            .then(pl.lit("revised"))
            .when(~pl.col("is_revised"))
            .then(pl.lit("vanished"))
            .alias("closed_because")
        )
        .filter("is_present")
        .select(
            *key,
            *value,
            "source_id",
            "snapshot_id",
            "known_from",
            "known_from_is_estimated",
            "known_to",
            "closed_because",
        )
        .sort(*key, "known_from")
    )


def opened_on(edition: Edition, last_day: pl.Expr) -> tuple[date, bool]:
    """Return the day an edition became public, and whether it is estimated from its last period and the lag."""
    if edition.published_on is not None:
        return edition.published_on, False
    last = edition.parsed.accepted.select(last_day.max()).item()
    return last + edition.lag, True


def current(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that no later vintage has replaced."""
    return frame.filter(pl.col("known_to").is_null())


def _stamped(edition: Edition, key: Sequence[str], value: Sequence[str], last_day: pl.Expr) -> pl.DataFrame:
    day, is_estimated = opened_on(edition, last_day)
    return edition.parsed.accepted.select(
        *key,
        *value,
        pl.lit(day).alias("opened_on"),
        pl.lit(is_estimated).alias("opening_is_estimated"),
        pl.lit(edition.source_id).alias("source_id"),
        pl.lit(edition.snapshot_id).alias("snapshot_id"),
        pl.lit(edition.lag, dtype=pl.Duration("us")).alias("lag"),
        pl.lit(edition.received_at, dtype=pl.Datetime("us")).alias("received_at"),
    )
