"""How fresh each source is: the last period it covers, when it was last heard of, when the next period was due."""

from collections.abc import Mapping

import polars as pl

from warehouse.catalog.models import Source

DAY_OF_TABLE = {
    "core_act__events": "occurred_on",
    "core_statement__utterances": "stated_on",
    "core_policy__stages": "stage_on",
    "core_extradition__claims": "period_end",
    "core_repatriation__claims": "period_end",
    "core_indicator__observations": "period_end",
    "core_document__releases": "published_on",
    "core_gdelt__daily_dyads": "day",
}
"""Column that dates a row; tables by month, which are not named here, end with their month."""
PERIOD = {"daily": "1d", "monthly": "1mo", "quarterly": "3mo", "yearly": "1y"}
"""Time to the next period by cadence; irregular sources and those that ended are due on no day."""


NEVER_HEARD = pl.DataFrame(
    schema={"source_id": pl.String, "last_success_at": pl.Datetime("us"), "last_change_at": pl.Datetime("us")}
)


def freshness(
    tables: Mapping[str, pl.DataFrame], sources: Mapping[str, Source], heard: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return one row a source of the catalogue; columns as meta_freshness.

    `expected_by` is the end of the period after the last one plus the source's usual lag. The clock does not enter: how
    stale a source is follows from the day on which one asks.

    Args:
        tables: Core tables by name, with knowledge time.
        sources: Sources by id.
        heard: As `transforms.outages.heard`; without it no publisher was asked.
    """
    rows = pl.concat(
        [
            frame.filter(pl.col("known_to").is_null()).select(
                "source_id",
                (pl.col(DAY_OF_TABLE[name]) if name in DAY_OF_TABLE else pl.col("month").dt.month_end()).alias("day"),
                "known_from",
            )
            for name, frame in tables.items()
            if name in DAY_OF_TABLE or "month" in frame.columns
        ]
    )
    found = rows.group_by("source_id").agg(
        pl.col("day").max().alias("last_period"),
        pl.col("known_from").max().alias("last_known_from"),
        pl.len().cast(pl.Int64).alias("rows"),
    )
    known = pl.DataFrame(
        [(name, PERIOD.get(source.cadence), source.lag_days) for name, source in sources.items()],
        schema={"source_id": pl.String, "period": pl.String, "lag_days": pl.Int64},
        orient="row",
    )
    next_end = pl.col("last_period").dt.offset_by(pl.col("period"))
    whole_month = pl.when(pl.col("period") == "1d").then(next_end).otherwise(next_end.dt.month_end())
    return (
        known.join(found, on="source_id", how="left", validate="1:1")
        .with_columns((whole_month + pl.duration(days="lag_days")).alias("expected_by"), pl.col("rows").fill_null(0))
        .join(NEVER_HEARD if heard is None else heard, on="source_id", how="left", validate="1:1")
        .drop("period", "lag_days")
        .sort("source_id")
    )
