"""The out tables of the index, each from the tables before it; what the assets call."""

from collections.abc import Mapping, Sequence

import polars as pl

from transforms.indices import tension
from transforms.indices.ledger import PairScope
from transforms.indices.pressures import known_days
from transforms.indices.sums import total
from warehouse.catalog.models import Method

Weights = Mapping[str, float]


def monthly_table(
    scores: pl.LazyFrame,
    pressures: pl.LazyFrame,
    rises: pl.LazyFrame,
    density: pl.LazyFrame,
    *,
    scopes: Sequence[PairScope],
    weights: Weights,
    method: Method,
    level: str,
    under_threat: pl.LazyFrame,
) -> pl.LazyFrame:
    """Return the monthly index of pairs (``level="pair_id"``) or directions, one row a month of the ledger.

    The causal percentile is not among its columns: its comparison set depends on the view.

    Args:
        scores: Pillar scores.
        pressures: Item pressures of the same level.
        rises: Item pressures of directions, for new pressure.
        density: The ledger's density by pair and year.
        scopes: Pairs.
        weights: Pillar weights.
        method: Constants.
        level: ``pair_id`` or ``dyad_id``.
        under_threat: Items (item_kind, item_id) of cooperation under threat.
    """
    days = known_days(scopes)
    month = days.select(
        pl.col(name) for name in dict.fromkeys((level, "month", "days_known", "days", "pair_id"))
    ).unique()
    fresh = tension.new_pressure(rises, scores, days, weights, method, level)
    index = tension.monthly_tension(scores, weights, method, level)
    threatened = _threatened_share(pressures, scores, index, weights, level=level, under_threat=under_threat)
    return (
        month.join(index, on=[level, "month"], how="left", validate="1:1")
        .join(fresh, on=[level, "month"], how="left", validate="1:1")
        .join(threatened, on=[level, "month"], how="left", validate="1:1")
        .with_columns(pl.col("month").dt.year().cast(pl.Int16).alias("year"))
        .join(density.select("pair_id", "year", "is_comparable"), on=["pair_id", "year"], how="left", validate="m:1")
        .sort(level, "month")
        .with_columns(
            pl.when(pl.col("tension_index").is_not_null())
            .then(pl.col("new_pressure").fill_null(0.0))
            .alias("new_pressure"),
            ((pl.col("days_known") < pl.col("days")) | pl.col("is_filled").fill_null(value=False)).alias(
                "is_provisional"
            ),
            pl.col("coverage").fill_null(0.0),
            pl.lit(method.version).alias("method_version"),
        )
        .drop("days", "year", "is_filled", *(["pair_id"] if level == "dyad_id" else []))
    )


def daily_table(
    parts: pl.LazyFrame, grid: pl.LazyFrame, scopes: Sequence[PairScope], weights: Weights, method: Method
) -> pl.LazyFrame:
    """Return T and M by day from acts and speech only, for the days and pillars that the ledger covers, by the month's rules.

    Args:
        parts: As `daily_parts` returns them.
        grid: The pair's months and pillars, as `pillar_grid` returns them.
        scopes: Pairs.
        weights: Pillar weights.
        method: Constants.
    """
    share = pl.when(pl.col("item_kind") == "statement").then(0.5).otherwise(1.0)
    sums = (
        parts.filter(tension.TENSION)
        .group_by("pair_id", "pillar", "day")
        .agg(total(pl.col("part") * share).alias("pressure"))
    )
    ends = pl.LazyFrame([(s.pair_id, s.ledger_end) for s in scopes], schema=["pair_id", "ledger_end"], orient="row")
    days = (
        grid.filter(tension.TENSION)
        .join(ends, on="pair_id", how="inner", validate="m:1")
        .with_columns(
            pl.date_ranges("month", pl.min_horizontal(pl.col("month").dt.month_end(), "ledger_end")).alias("day")
        )
        .explode("day")
    )
    score = tension.score_of(pl.col("pressure").fill_null(0.0))
    scores = (
        days.join(sums, on=["pair_id", "pillar", "day"], how="left", validate="1:1")
        .with_columns(pl.when("is_searched").then(score).alias("score"), pl.lit(value=False).alias("is_filled"))
        .select("pair_id", pl.col("day").alias("month"), "dimension", "pillar", "score", "is_filled")
        .with_columns(pl.col("score").alias("score_hard"))
    )
    return tension.monthly_tension(scores, weights, method, "pair_id").select(
        "pair_id", pl.col("month").alias("day"), "tension_index", "mean_score"
    )


def items_under_threat(acts: pl.LazyFrame) -> pl.LazyFrame:
    """Return the items (item_kind, item_id) that answer a conditional threat: the act, or the claim it is evidence of."""
    answering = acts.filter(pl.col("answers_act_id").is_not_null())
    claims = answering.filter(pl.col("claim_id").is_not_null()).select(
        pl.lit("claim").alias("item_kind"), pl.col("claim_id").alias("item_id")
    )
    policies = answering.filter(pl.col("policy_id").is_not_null()).select(
        pl.lit("policy").alias("item_kind"), pl.col("policy_id").alias("item_id")
    )
    own = answering.select(pl.lit("act").alias("item_kind"), pl.col("act_id").alias("item_id"))
    return pl.concat([own, claims, policies]).unique()


def mark_under_threat(rows: pl.LazyFrame, under_threat: pl.LazyFrame) -> pl.LazyFrame:
    """Return contributions to cooperation with `is_under_threat`."""
    marked = under_threat.with_columns(pl.lit(value=True).alias("is_under_threat"))
    return rows.join(marked, on=["item_kind", "item_id"], how="left", validate="m:1").with_columns(
        pl.col("is_under_threat").fill_null(value=False)
    )


def _threatened_share(
    pressures: pl.LazyFrame,
    scores: pl.LazyFrame,
    index: pl.LazyFrame,
    weights: Weights,
    *,
    level: str,
    under_threat: pl.LazyFrame,
) -> pl.LazyFrame:
    parts = tension.contributions(pressures, scores, index, weights, level=level, dimension="cooperation")
    part = pl.col("contribution")
    return (
        mark_under_threat(parts, under_threat)
        .group_by(level, "month")
        .agg((total(part.filter("is_under_threat")) / total(part)).alias("cooperation_under_threat_share"))
    )
