"""From item pressures to the index: pillar scores, T, M, K, T_hard, new pressure, contributions (METHOD 3)."""

import math
from collections.abc import Mapping, Sequence

import polars as pl

from transforms.indices.ledger import PairScope
from transforms.indices.pressures import known_days
from transforms.indices.sums import total
from warehouse.catalog.models import Method

TENSION = pl.col("dimension") == "tension"


def pillar_grid(scopes: Sequence[PairScope], pressures: pl.LazyFrame, level: str) -> pl.LazyFrame:
    """Return every month, dimension and pillar that the pair ever has, with `is_searched`.

    Args:
        scopes: Pairs with the years searched.
        pressures: Item pressures; a pillar that never has an item is not one of the pair's.
        level: ``pair_id`` (searched means for both sides) or ``dyad_id`` (for the acting side).
    """
    ever = pressures.filter(pl.col("pressure") > 0).select(level, "pillar").unique()
    months = known_days(scopes).select(level, "month").unique()
    if level == "pair_id":
        rows = [(s.pair_id, p, y) for s in scopes for p, years in s.searched_both.items() for y in years]
    else:
        rows = [
            (dyad_id, pillar, year)
            for scope in scopes
            for dyad_id, initiator, _ in scope.dyads
            for (side, pillar), years in scope.searched.items()
            if side == initiator
            for year in years
        ]
    searched = pl.LazyFrame(rows, schema={level: pl.String, "pillar": pl.String, "year": pl.Int32}, orient="row")
    dimensions = pl.LazyFrame({"dimension": ["tension", "cooperation"]})
    return (
        months.join(ever, on=level, how="inner")
        .join(dimensions, how="cross")
        .with_columns(pl.col("month").dt.year().alias("year"))
        .join(searched.with_columns(pl.lit(value=True).alias("is_searched")), on=[level, "pillar", "year"], how="left")
        .with_columns(pl.col("is_searched").fill_null(value=False))
        .drop("year")
    )


def pillar_scores(pressures: pl.LazyFrame, grid: pl.LazyFrame, level: str) -> pl.LazyFrame:
    """Return C and e by month, dimension and pillar; null where the pillar was not searched that year.

    Returns:
        Columns level, month, dimension, pillar, pressure (C), pressure_hard, score (e), score_hard, coverage, is_filled.
    """
    key = [level, "month", "dimension", "pillar"]
    sums = pressures.group_by(key).agg(
        total(pl.col("pressure")), total(pl.col("pressure_hard")), pl.col("is_filled").any()
    )
    return scored(sums, grid, level)


def scored(sums: pl.LazyFrame, grid: pl.LazyFrame, level: str) -> pl.LazyFrame:
    """Return C and e as `pillar_scores` does, from the pillars' sums: one row a month, dimension and pillar."""
    key = [level, "month", "dimension", "pillar"]
    known = pl.when("is_searched")
    return (
        grid.join(sums, on=key, how="left", validate="1:1")
        .with_columns(
            known.then(pl.col("pressure").fill_null(0.0)).alias("pressure"),
            known.then(pl.col("pressure_hard").fill_null(0.0)).alias("pressure_hard"),
            pl.col("is_searched").cast(pl.Float64).alias("coverage"),
            pl.col("is_filled").fill_null(value=False),
        )
        .with_columns(
            score_of(pl.col("pressure")).alias("score"), score_of(pl.col("pressure_hard")).alias("score_hard")
        )
        .drop("is_searched")
    )


def monthly_tension(scores: pl.LazyFrame, weights: Mapping[str, float], method: Method, level: str) -> pl.LazyFrame:
    """Return T, M, T_hard, K and coverage by month; T needs enough weight and at least three pillars."""
    weighted = scores.with_columns(pl.col("pillar").replace_strict(weights, return_dtype=pl.Float64).alias("weight"))
    tension, kind = weighted.filter(TENSION), weighted.filter(~TENSION)
    enough = (pl.col("coverage") >= method.minimum_coverage - 1e-9) & (pl.col("pillars") >= method.minimum_pillars)
    known = pl.col("score").is_not_null()
    base = tension.group_by(level, "month").agg(
        total(known.cast(pl.Float64) * pl.col("weight")).alias("weight_known"),
        total(pl.col("weight")).alias("weight_all"),
        known.sum().alias("pillars"),
        _power_mean("score", 2).alias("tension_index"),
        _power_mean("score", 1).alias("mean_score"),
        _power_mean("score_hard", 2).alias("tension_hard"),
        pl.col("is_filled").any(),
    )
    cooperation = kind.group_by(level, "month").agg(_power_mean("score", 2).alias("cooperation_index"))
    indices = ("tension_index", "mean_score", "tension_hard", "cooperation_index")
    return (
        base.with_columns((pl.col("weight_known") / pl.col("weight_all")).alias("coverage"))
        .join(cooperation, on=[level, "month"], how="left", validate="1:1")
        .with_columns(pl.when(enough).then(pl.col(name)).alias(name) for name in indices)
        .drop("weight_known", "weight_all", "pillars")
    )


def contributions(
    pressures: pl.LazyFrame,
    scores: pl.LazyFrame,
    monthly: pl.LazyFrame,
    weights: Mapping[str, float],
    *,
    level: str,
    dimension: str = "tension",
) -> pl.LazyFrame:
    """Return each item's part of the index, (w e^2 / T) (c_i / C): they sum to T; no rows where T is 0 or null.

    Weights are the pair's own, over the pillars known in the month.
    """
    index = "tension_index" if dimension == "tension" else "cooperation_index"
    of_dimension = pl.col("dimension") == dimension
    known = scores.filter(of_dimension & pl.col("score").is_not_null()).with_columns(
        pl.col("pillar").replace_strict(weights, return_dtype=pl.Float64).alias("weight")
    )
    share = pl.col("weight") / total(pl.col("weight")).over(level, "month")
    parts = known.with_columns(share.alias("weight")).select(
        level, "month", "pillar", "weight", "score", pl.col("pressure").alias("total")
    )
    return (
        pressures.filter(of_dimension & (pl.col("pressure") > 0))
        .join(parts, on=[level, "month", "pillar"], how="inner", validate="m:1")
        .join(
            monthly.select(level, "month", pl.col(index).alias("index")),
            on=[level, "month"],
            how="inner",
            validate="m:1",
        )
        .filter(pl.col("index") > 0)
        .with_columns(
            (pl.col("weight") * pl.col("score") ** 2 / pl.col("index") * pl.col("pressure") / pl.col("total")).alias(
                "contribution"
            )
        )
        .select(level, "month", "pillar", "indicator_id", "item_kind", "item_id", "contribution")
    )


def new_pressure(
    rises: pl.LazyFrame,
    scores: pl.LazyFrame,
    days: pl.LazyFrame,
    weights: Mapping[str, float],
    method: Method,
    level: str,
) -> pl.LazyFrame:
    """Return the flow beside the stock: 100 sum_p w_p sum_directions ln(1 + sum rise) / ln 26, tension only.

    Args:
        rises: Item pressures of directions.
        scores: Pillar scores of the level; its pillars are those over which weights are renormalised.
        days: As `known_days` returns them: which pair a direction belongs to.
        weights: Pillar weights.
        method: Constants.
        level: ``pair_id`` or ``dyad_id``.
    """
    weight = pl.col("pillar").replace_strict(weights, return_dtype=pl.Float64)
    held = scores.select(level, "pillar").unique().group_by(level).agg(total(weight).alias("held"))
    of_pair = days.select("dyad_id", "pair_id").unique()
    flow = pl.col("rise").log1p() / math.log(method.compression_base)
    return (
        rises.filter(TENSION)
        .group_by("dyad_id", "month", "pillar")
        .agg(total(pl.col("rise")))
        .join(of_pair, on="dyad_id", how="inner", validate="m:1")
        .with_columns((100 * weight * flow).alias("new_pressure"))
        .group_by(level, "month")
        .agg(total(pl.col("new_pressure")))
        .join(held, on=level, how="inner", validate="m:1")
        .select(level, "month", pl.col("new_pressure") / pl.col("held"))
    )


def score_of(pressure: pl.Expr) -> pl.Expr:
    """Return e: 100 C up to C = 1, above it 100 (1 + ln C)."""
    return pl.when(pressure <= 1).then(100 * pressure).otherwise(100 * (1 + pressure.log()))


def causal_percentile(level: str, method: Method) -> pl.Expr:
    """Return the percentile rank of T among all months with a T up to each, average ties, 0 to 100; null before 24."""
    index = pl.col("tension_index")
    ranked = index.rolling_rank(window_size=10**6, min_samples=method.percentile_minimum_months)
    return (100 * ranked / index.is_not_null().cum_sum()).over(level, order_by="month")


def _power_mean(score: str, power: int) -> pl.Expr:
    """Return the weighted power mean over the pillars known; null where none is."""
    known = pl.col(score).is_not_null()
    weight = pl.col("weight").filter(known)
    mean = total(weight * pl.col(score).filter(known) ** power) / total(weight)
    return pl.when(known.any()).then(mean ** (1 / power))
