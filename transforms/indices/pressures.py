"""Item pressures: each item's mean daily part of a pillar in a month, c_i, for directions and pairs (METHOD 2, 3).

The daily law: A = ln(1 + B) / ln 26 over the burdens of a direction and pillar, an item's part its share of B;
C_p = A of both directions + 1/2 H + 1/4 I. A month is the mean of its days up to the ledger's end.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from transforms.indices.burdens import burdens
from transforms.indices.ledger import Ledger, PairScope
from transforms.indices.speech import speech_days
from transforms.indices.sums import total
from warehouse.catalog.models import Irritant, Method

ITEM = ("dimension", "pillar", "indicator_id", "item_kind", "item_id")
INDICATORS = {
    "act": "ledger_acts",
    "policy": "ledger_policies",
    "claim": "ledger_claims",
    "statement": "ledger_statements",
}


def daily_parts(ledger: Ledger, scopes: Sequence[PairScope], method: Method) -> pl.LazyFrame:
    """Return each item's daily part of its direction's pillar, speech at the direction's weight 1/2.

    Returns:
        Columns pair_id, dyad_id, the item's, day, part, part_hard (of standing measures alone) and level (w b).
    """
    where = ["dyad_id", "dimension", "pillar", "day"]
    hard = pl.when(pl.col("item_kind") == "policy").then("burden").otherwise(0.0)
    deeds = (
        burdens(ledger, scopes, method)
        .with_columns(hard.alias("hard"))
        .with_columns(
            total(pl.col("burden")).over(where).alias("total"), total(pl.col("hard")).over(where).alias("total_hard")
        )
        .with_columns(
            (_compressed(pl.col("total"), method) * pl.col("burden") / pl.col("total")).fill_nan(0.0).alias("part"),
            (_compressed(pl.col("total_hard"), method) * pl.col("hard") / pl.col("total_hard"))
            .fill_nan(0.0)
            .alias("part_hard"),
        )
    )
    speech = speech_days(ledger, scopes, method).select(
        "pair_id", "dyad_id", "dimension", "pillar", "day", pl.lit("statement").alias("item_kind"), "item_id",
        pl.col("item_id").alias("matter"), pl.lit(0.0).alias("level"),
        (pl.col("voice") * method.speech_weight).alias("part"), pl.lit(0.0).alias("part_hard"),
    )  # fmt: skip
    columns = speech.collect_schema().names()
    return pl.concat([deeds.select(columns), speech]).with_columns(
        pl.col("item_kind").replace_strict(INDICATORS).alias("indicator_id")
    )


def dyad_item_pressures(parts: pl.LazyFrame, scopes: Sequence[PairScope]) -> pl.LazyFrame:
    """Return c_i by direction and month, with `rise`: what the item's w b gained in the month, without fade."""
    monthly = _monthly(parts, "dyad_id", scopes)
    return monthly.join(
        _rises(parts), on=["dyad_id", "month", "dimension", "pillar", "item_kind", "item_id"], how="left"
    ).with_columns(pl.col("rise").fill_null(0.0), pl.lit(value=False).alias("is_filled"))


def pair_item_pressures(
    parts: pl.LazyFrame, statistics: pl.LazyFrame, scopes: Sequence[PairScope], method: Method
) -> pl.LazyFrame:
    """Return c_i by pair and month: deeds of both directions, speech at half of each, shared statistics at 1/4.

    Args:
        parts: As `daily_parts` returns them.
        statistics: Irritants by pair and month, as `irritants` returns them.
        scopes: Pairs.
        method: Constants.
    """
    share = pl.when(pl.col("item_kind") == "statement").then(0.5).otherwise(1.0)
    deeds = parts.with_columns(pl.col("part") * share)
    statistic = statistic_items(statistics, method)
    monthly = _monthly(deeds, "pair_id", scopes).with_columns(pl.lit(value=False).alias("is_filled"))
    return pl.concat([monthly, statistic.select(monthly.collect_schema().names())])


def statistic_items(statistics: pl.LazyFrame, method: Method) -> pl.LazyFrame:
    """Return shared statistics as items, at weight 1/4, those of no weight too: a carried one must show."""
    pressure = pl.col("irritant") * method.irritant_weight
    return statistics.with_columns(
        pl.lit("tension").alias("dimension"),
        pl.lit("statistic").alias("item_kind"),
        pressure.alias("pressure"),
        pressure.alias("pressure_hard"),
    ).drop("irritant")


def irritants(observed: pl.LazyFrame, scopes: Sequence[PairScope]) -> pl.LazyFrame:
    """Return the height of each shared statistic above its usual level, by pair and month (METHOD 2.3).

    I = max(0, (x - a_m) / (b - a_m)); a_m and b are the catalogue's constants. A month not yet reported carries the last
    value, marked, for at most six months; after that, and before the statistic begins, there is no row.

    Args:
        observed: Columns irritant_id, month, value and as_of: the figures as known on one day or on several.
        scopes: Pairs with their irritants.

    Returns:
        Columns as_of, pair_id, indicator_id, pillar, month, irritant, is_filled, item_id.
    """
    anchors = pl.LazyFrame(
        [
            (
                scope.pair_id,
                name,
                item.pillar,
                month,
                low,
                item.high,
                item.carried_months,
                scope.ledger_start,
                scope.ledger_end,
            )
            for scope in scopes
            for name, item in scope.irritants.items()
            for month, low in item.median_by_month.items()
        ],
        schema={
            "pair_id": pl.String,
            "indicator_id": pl.String,
            "pillar": pl.String,
            "calendar_month": pl.Int8,
            "low": pl.Float64,
            "high": pl.Float64,
            "carried_months": pl.Int64,
            "ledger_start": pl.Date,
            "ledger_end": pl.Date,
        },
        orient="row",
    )
    height = (pl.col("value") - pl.col("low")) / (pl.col("high") - pl.col("low"))
    reported = (
        observed.rename({"irritant_id": "indicator_id"})
        .with_columns(pl.col("month").dt.month().alias("calendar_month"))
        .join(anchors, on=["indicator_id", "calendar_month"], how="inner")
        .filter(pl.col("month").is_between("ledger_start", pl.min_horizontal("ledger_end", "as_of")))
        .with_columns(height.clip(lower_bound=0.0).alias("irritant"), pl.lit(value=False).alias("is_filled"))
    )
    last = reported.sort("month").group_by("as_of", "pair_id", "indicator_id").last()
    carried = (
        last.with_columns(pl.int_ranges(1, pl.col("carried_months") + 1).alias("ahead"))
        .explode("ahead")
        .with_columns(
            pl.col("month").dt.offset_by(pl.format("{}mo", "ahead")).alias("month"),
            pl.lit(value=True).alias("is_filled"),
        )
        .filter(pl.col("month") <= pl.min_horizontal("ledger_end", "as_of"))
    )
    columns = ["as_of", "pair_id", "indicator_id", "pillar", "month", "irritant", "is_filled"]
    return pl.concat([reported.select(columns), carried.select(columns)]).with_columns(
        pl.format("{}:{}", "indicator_id", pl.col("month").dt.strftime("%Y-%m")).alias("item_id")
    )


def observed_irritants(
    tables: Mapping[str, pl.LazyFrame], irritants: Mapping[str, Irritant], days: Sequence[date]
) -> pl.LazyFrame:
    """Return the monthly figures of every irritant of the catalogue as known on each of the days.

    Args:
        tables: Core tables by name, with knowledge time.
        irritants: Irritants by id, each with its table and column.
        days: Days of knowledge.

    Returns:
        Columns irritant_id, month, value, as_of.
    """
    as_of = pl.LazyFrame({"as_of": days}, schema={"as_of": pl.Date})
    return pl.concat(
        tables[irritant.table]
        .join_where(
            as_of,
            pl.col("known_from") <= pl.col("as_of"),
            pl.col("known_to").is_null() | (pl.col("known_to") > pl.col("as_of")),
        )
        .select(
            pl.lit(name).alias("irritant_id"), "month", pl.col(irritant.value).cast(pl.Float64).alias("value"), "as_of"
        )
        for name, irritant in irritants.items()
    )


def known_days(scopes: Sequence[PairScope]) -> pl.LazyFrame:
    """Return the months of each pair's ledger with the days that it covers: pair_id, dyad_id, month, days_known, days."""
    rows = [
        (scope.pair_id, dyad_id, scope.ledger_start, scope.ledger_end)
        for scope in scopes
        for dyad_id, _, _ in scope.dyads
    ]
    frame = pl.LazyFrame(rows, schema=["pair_id", "dyad_id", "start", "end"], orient="row")
    day = pl.date_ranges("start", "end").alias("day")
    return (
        frame.with_columns(day)
        .explode("day")
        .group_by("pair_id", "dyad_id", pl.col("day").dt.truncate("1mo").alias("month"))
        .agg(pl.len().cast(pl.Int16).alias("days_known"))
        .with_columns(pl.col("month").dt.days_in_month().cast(pl.Int16).alias("days"))
    )


def _compressed(burden: pl.Expr, method: Method) -> pl.Expr:
    return burden.log1p() / math.log(method.compression_base)


def _monthly(parts: pl.LazyFrame, level: str, scopes: Sequence[PairScope]) -> pl.LazyFrame:
    days = known_days(scopes).select(level, "month", "days_known").unique()
    sums = parts.group_by(level, pl.col("day").dt.truncate("1mo").alias("month"), *ITEM).agg(
        total(pl.col("part")), total(pl.col("part_hard"))
    )
    return (
        sums.join(days, on=[level, "month"], how="inner", validate="m:1")
        .with_columns(
            (pl.col("part") / pl.col("days_known")).alias("pressure"),
            (pl.col("part_hard") / pl.col("days_known")).alias("pressure_hard"),
        )
        .select(level, "month", *ITEM, "pressure", "pressure_hard")
    )


def _rises(parts: pl.LazyFrame) -> pl.LazyFrame:
    """Return max(level in the month) - level on the day before the month, where positive; renewals rise by nothing."""
    matter = ["dyad_id", "dimension", "pillar", "item_kind", "matter"]
    deeds = parts.filter(pl.col("level") > 0)
    month = pl.col("day").dt.truncate("1mo")
    peaks = deeds.group_by(*matter, month.alias("month")).agg(
        pl.col("level").max().alias("peak"), pl.col("item_id").sort_by("level", "day").last()
    )
    before = deeds.filter(pl.col("day") == pl.col("day").dt.month_end()).select(
        *matter, month.dt.offset_by("1mo").alias("month"), pl.col("level").alias("opening")
    )
    return (
        peaks.join(before, on=[*matter, "month"], how="left", validate="1:1")
        .with_columns((pl.col("peak") - pl.col("opening").fill_null(0.0)).clip(lower_bound=0.0).alias("rise"))
        .select("dyad_id", "dimension", "pillar", "item_kind", "item_id", "month", "rise")
    )
