"""From dated figures to rows of `core_indicator__observations`, without knowledge time."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

Grain = Literal["day", "month", "quarter"]

PARTIAL_DIGITS = 6
"""Decimals kept in a mean of daily figures, so that it does not depend on the order of adding."""

COLUMNS = (
    "observation_id",
    "indicator_id",
    "pair_id",
    "dyad_id",
    "definition_id",
    "period_start",
    "period_end",
    "value",
    "unit",
    "is_provisional",
)


@dataclass(frozen=True)
class Series:
    """What a run of figures is: indicator, definition and unit; the pair or the dyad where it is bilateral."""

    indicator_id: str
    definition_id: str
    unit: str
    pair_id: str | None = None
    dyad_id: str | None = None
    part: str | None = None
    """Last piece of the observation's id, where a period has several observations."""


def observations(frame: pl.DataFrame, series: Series, *, grain: Grain, value: str = "value") -> pl.DataFrame:
    """Return one observation a row.

    Args:
        frame: Columns `period_start` and the value's; `is_provisional` where a row may be so.
        series: What the figures are.
        grain: Length of a period.
        value: Column with the figure.
    """
    start = pl.col("period_start")
    ends = {"day": start, "month": start.dt.month_end(), "quarter": start.dt.offset_by("2mo").dt.month_end()}
    provisional = pl.col("is_provisional") if "is_provisional" in frame.columns else pl.lit(value=False)
    tail = "" if series.part is None else f":{series.part}"
    return (
        frame.select(
            pl.format(
                "{}:{}:{}{}", *map(pl.lit, (series.indicator_id, series.definition_id)), start, pl.lit(tail)
            ).alias("observation_id"),
            pl.lit(series.indicator_id).alias("indicator_id"),
            pl.lit(series.pair_id, dtype=pl.String).alias("pair_id"),
            pl.lit(series.dyad_id, dtype=pl.String).alias("dyad_id"),
            pl.lit(series.definition_id).alias("definition_id"),
            start,
            ends[grain].alias("period_end"),
            pl.col(value).cast(pl.Float64).alias("value"),
            pl.lit(series.unit).alias("unit"),
            provisional.alias("is_provisional"),
        )
        .select(COLUMNS)
        .sort("observation_id")
    )


def monthly_means(days: pl.DataFrame) -> pl.DataFrame:
    """Return the mean of each month; a month whose days are not all there is provisional.

    Args:
        days: Columns `day` and `value`, one row a calendar day.
    """
    return (
        days.group_by(pl.col("day").dt.truncate("1mo").alias("period_start"))
        .agg(pl.col("value").mean().round(PARTIAL_DIGITS), pl.len().alias("days"))
        .with_columns((pl.col("days") < pl.col("period_start").dt.days_in_month()).alias("is_provisional"))
        .drop("days")
        .sort("period_start")
    )
