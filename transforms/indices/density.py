"""How densely the ledger was kept: levels are compared within comparable spans only (METHOD 3)."""

from collections.abc import Sequence

import polars as pl

from transforms.indices.ledger import Ledger, PairScope
from warehouse.catalog.models import Method

DAYS_A_MONTH = 365.25 / 12
"""Mean length of a month, in days."""


def ledger_density(ledger: Ledger, scopes: Sequence[PairScope], method: Method) -> pl.LazyFrame:
    """Return counted records a month by pair and year, and whether the year is comparable in level with the present.

    Counted are acts of executives and statements of counted speakers. A year is comparable where its records a month
    are at least the method's share (one half) of those of the ledger's latest twelve months.
    """
    records = _records(ledger)
    yearly = [_of_pair(records, scope, method) for scope in scopes]
    return pl.concat(yearly)


def _records(ledger: Ledger) -> pl.LazyFrame:
    acts = ledger.acts.filter(pl.col("actor_branch") == "executive").select(
        pl.col("occurred_on").alias("day"), pl.col("initiator").alias("a"), pl.col("target").alias("b")
    )
    statements = ledger.statements.filter("is_counted").select(
        pl.col("stated_on").alias("day"), pl.col("country").alias("a"), pl.col("addressee").alias("b")
    )
    return pl.concat([acts, statements])


def _of_pair(records: pl.LazyFrame, scope: PairScope, method: Method) -> pl.LazyFrame:
    own = records.filter(
        pl.col("a").is_in(scope.members) & pl.col("b").is_in(scope.members) & (pl.col("day") <= scope.ledger_end)
    )
    year_before = pl.lit(scope.ledger_end).dt.offset_by("-12mo")
    latest = own.select((pl.col("day") > year_before).sum().alias("latest"))
    calendar = (
        pl.LazyFrame({"day": pl.date_range(scope.ledger_start, scope.ledger_end, eager=True)})
        .group_by(pl.col("day").dt.year().alias("year"))
        .agg((pl.len() / DAYS_A_MONTH).alias("months"))
    )
    counted = own.group_by(pl.col("day").dt.year().alias("year")).agg(pl.len().alias("counted_records"))
    return (
        calendar.join(counted, on="year", how="left", validate="1:1")
        .join(latest, how="cross")
        .with_columns(pl.col("counted_records").fill_null(0).cast(pl.Int64), pl.lit(scope.pair_id).alias("pair_id"))
        .with_columns((pl.col("counted_records") / pl.col("months")).alias("records_a_month"))
        .with_columns(
            (pl.col("records_a_month") >= method.comparable_density * pl.col("latest") / 12).alias("is_comparable")
        )
        .select(
            "pair_id", pl.col("year").cast(pl.Int16), "counted_records", "months", "records_a_month", "is_comparable"
        )
        .sort("year")
    )
